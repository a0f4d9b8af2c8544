package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/torideproject/toride/internal/discreet"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/release"
	"github.com/torideproject/toride/internal/text"
)

// Status is what `toride status` shows.
type Status struct {
	Version     string            `json:"version"`
	Facility    string            `json:"facility"`
	Hospital    string            `json:"hospital"`
	SetUp       bool              `json:"set_up"`
	Listen      string            `json:"listen"`
	Fingerprint string            `json:"certificate_sha256"`
	Ledger      ledger.Checkpoint `json:"ledger"`
}

// Failure is how the admin socket answers when something did not work.
type Failure struct {
	Kind fault.Kind `json:"kind"`
	Key  string     `json:"key"`
	Say  string     `json:"say"` // in the language of Accept-Language
}

// adminHandler answers commands of this box. Whoever reaches the socket is the
// owner of the data folder; each act is in the ledger under the user's name.
func (a *App) adminHandler() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, do func(w http.ResponseWriter, r *http.Request, actor ledger.Actor) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := do(w, r, console(r)); err != nil {
				a.adminFail(w, r, err)
			}
		})
	}
	handle("GET /status", a.adminStatus)
	handle("POST /setup-link", a.adminSetupLink)
	handle("GET /backup", a.adminBackup)
	handle("GET /ledger", func(w http.ResponseWriter, r *http.Request, actor ledger.Actor) error {
		if err := a.Book.Note(r.Context(), actor, "ledger.export", "ledger", nil); err != nil {
			return err
		}
		return a.Book.Export(r.Context(), w)
	})
	handle("GET /ledger/verify", a.adminVerify)
	handle("GET /readings", func(w http.ResponseWriter, r *http.Request, _ ledger.Actor) error {
		set, err := reading.Collect(r.Context(), a.readings)
		if err != nil {
			return err
		}
		return reply(w, set)
	})
	a.adminParts(handle)
	return mux
}

func reply(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// adminFail sends the fault in a header, because a body may have begun.
func (a *App) adminFail(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.Of(err)
	if f.Kind == fault.Internal {
		a.log.Error("command failed", "err", discreet.Error(err))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.Kind.Status())
	say := a.Catalog.Say(text.ParseLang(r.Header.Get("Accept-Language")), f.Msg)
	if err := reply(w, Failure{Kind: f.Kind, Key: f.Msg.Key, Say: say}); err != nil {
		a.log.Debug("command went away", "err", err)
	}
}

// connKey is the context key of a command's connection.
type connKey struct{}

// withConn keeps the connection for console.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// console names the operating-system user at the other end of the socket, as
// the kernel knows it.
func console(r *http.Request) ledger.Actor {
	actor := ledger.Actor{ID: "console", Name: "console", Via: "console"}
	conn, ok := r.Context().Value(connKey{}).(*net.UnixConn)
	if !ok {
		return actor
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return actor
	}
	err = raw.Control(func(fd uintptr) {
		cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err != nil {
			return
		}
		actor.ID, actor.Name = fmt.Sprintf("console/%d", cred.Uid), fmt.Sprintf("console uid %d", cred.Uid)
		if u, err := user.LookupId(strconv.Itoa(int(cred.Uid))); err == nil {
			actor.Name = "console " + u.Username
		}
	})
	if err != nil {
		return actor
	}
	return actor
}

func (a *App) adminStatus(w http.ResponseWriter, r *http.Request, _ ledger.Actor) error {
	setting, err := a.Parts.Identity.Setting(r.Context())
	if err != nil {
		return err
	}
	head, err := a.Book.Head(r.Context())
	if err != nil {
		return err
	}
	return reply(w, Status{Version: release.Version(), Facility: a.Book.Facility(), Hospital: setting.Hospital, SetUp: setting.SetUp,
		Listen: a.cfg.Listen, Fingerprint: a.cert.Fingerprint, Ledger: head})
}

func (a *App) adminSetupLink(w http.ResponseWriter, r *http.Request, _ ledger.Actor) error {
	token, err := a.Parts.Identity.SetupLink(r.Context())
	if err != nil {
		return err
	}
	return reply(w, map[string]string{"path": "/setup?token=" + token})
}

func (a *App) adminBackup(w http.ResponseWriter, r *http.Request, actor ledger.Actor) error {
	w.Header().Set("Trailer", "Toride-Backup")
	m, err := a.Backup(r.Context(), actor, w)
	if err != nil {
		return err
	}
	made, err := json.Marshal(m)
	if err != nil {
		return err
	}
	w.Header().Set("Toride-Backup", string(made)) // only a whole backup has it
	return nil
}

// Verified is the answer to `toride ledger verify`.
type Verified struct {
	Report ledger.Report `json:"report"`
	Broken int64         `json:"broken,omitempty"`
	Reason ledger.Reason `json:"reason,omitempty"`
}

func (a *App) adminVerify(w http.ResponseWriter, r *http.Request, _ ledger.Actor) error {
	against, err := ledger.ParseCheckpoint(r.URL.Query().Get("checkpoint"))
	if err != nil {
		return err
	}
	rep, err := a.Book.Verify(r.Context(), against)
	v := Verified{Report: rep}
	if be, ok := errors.AsType[*ledger.BrokenError](err); ok {
		v.Broken, v.Reason = be.Seq, be.Reason
	} else if err != nil {
		return err
	}
	return reply(w, v)
}
