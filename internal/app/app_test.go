package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/app/apptest"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
)

func wantFault(t *testing.T, err error, key string) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Msg.Key != key {
		t.Fatalf("error %v, want %s", err, key)
	}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestOpen_SecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	cfg := apptest.Config(t)
	apptest.Open(t, cfg)
	_, err := app.Open(t.Context(), cfg, discard())
	wantFault(t, err, "app.data.locked")
}

func TestOpen_FolderThatOthersCanReadIsRefused(t *testing.T) {
	t.Parallel()
	cfg := apptest.Config(t)
	if err := os.MkdirAll(cfg.Data, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := app.Open(t.Context(), cfg, discard())
	wantFault(t, err, "app.data.open")
}

func TestOpen_NewerDataIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	cfg := apptest.Config(t)
	a, err := app.Open(t.Context(), cfg, discard())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(filepath.Join(cfg.Data, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE schema_version SET version = 99 WHERE domain = 'asset'")
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = app.Open(t.Context(), cfg, discard())
	wantFault(t, err, "app.data.newer")
}

func TestOpen_LostKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	cfg := apptest.Config(t)
	a, err := app.Open(t.Context(), cfg, discard())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Close(), os.Remove(cfg.Key)); err != nil {
		t.Fatal(err)
	}
	_, err = app.Open(t.Context(), cfg, discard())
	wantFault(t, err, "seal.key.missing")
}

func TestBackup_RestoresIntoAnEmptyFolder(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	var out bytes.Buffer
	m, err := h.Backup(t.Context(), ledger.System("test"), &out)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out.Bytes(), []byte("SQLite format")) || bytes.Contains(out.Bytes(), []byte("manifest.json")) {
		t.Error("the backup is readable without a key")
	}
	cfg := h.Config
	cfg.Data = filepath.Join(t.TempDir(), "new")
	if _, err := app.Restore(t.Context(), cfg, bytes.NewReader(out.Bytes()), true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, "state.db")); err == nil {
		t.Error("the dry run restored")
	}
	if _, err := app.Restore(t.Context(), cfg, bytes.NewReader(out.Bytes()), false); err != nil {
		t.Fatal(err)
	}
	b := apptest.Open(t, cfg)
	if _, err := b.Book.Verify(t.Context(), m.Ledger); err != nil {
		t.Error(err)
	}
	lines, err := b.Parts.Asset.Lines(t.Context())
	if err != nil || len(lines) < 10 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	_, err = app.Restore(t.Context(), cfg, bytes.NewReader(out.Bytes()), false)
	wantFault(t, err, "app.restore.notempty")
}

func TestRestore_DamageIsFoundAndNothingIsPutInPlace(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	var out bytes.Buffer
	if _, err := h.Backup(t.Context(), ledger.System("test"), &out); err != nil {
		t.Fatal(err)
	}
	f := func(name string, data []byte) {
		t.Helper()
		cfg := h.Config
		cfg.Data = filepath.Join(t.TempDir(), "new")
		_, err := app.Restore(t.Context(), cfg, bytes.NewReader(data), false)
		if err == nil {
			t.Errorf("%s was restored", name)
		}
		left, err := filepath.Glob(filepath.Join(cfg.Data, "*"))
		if err != nil || len(left) > 0 {
			t.Errorf("%s left %v", name, left)
		}
	}
	whole := out.Bytes()
	f("cut off", whole[:len(whole)/2])
	f("empty", nil)
	f("not ours", []byte("PK\x03\x04 something else"))
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	f("one bit", flipped)
}

func TestCommands_GoThroughTheRunningProcess(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	h.Serve(t)
	var s app.Status
	err := app.With(t.Context(), h.Config, text.JA, func(c *app.Client) error { return c.GetJSON(t.Context(), "/status", &s) })
	if err != nil || s.Hospital == "" || !s.SetUp {
		t.Fatalf("%+v %v", s, err)
	}
	err = app.With(t.Context(), h.Config, text.EN, func(c *app.Client) error {
		return c.PostJSON(t.Context(), "/setup-link", nil, &struct{}{})
	})
	f := fault.Of(err)
	if f == nil || f.Kind == fault.Internal || strings.Contains(text.NewCatalog(time.UTC).Say(text.EN, f.Msg), "設定") {
		t.Errorf("a refused command: %v", err)
	}
	entries, _, err := h.Book.Entries(t.Context(), ledger.Filter{Limit: 1})
	if err != nil || len(entries) == 0 {
		t.Fatal(err)
	}
}

func TestRun_StopsInOrder(t *testing.T) {
	t.Parallel()
	cfg := apptest.Config(t)
	a := apptest.Open(t, cfg)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	ready := make(chan struct{})
	go func() { done <- a.Run(ctx, func(net.Addr) { close(ready) }) }()
	<-ready
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, err := a.Book.Head(t.Context()); err != nil {
		t.Errorf("the database closed before its users: %v", err)
	}
}

func TestReadings_ArePublishedOnce(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	h.Serve(t)
	var set map[string]json.RawMessage
	err := app.With(t.Context(), h.Config, text.JA, func(c *app.Client) error { return c.GetJSON(t.Context(), "/readings", &set) })
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"asset.lines.rdp", "exposure.outside", "access.overdue", "audit.fortios.version", "incident.contacts", "comply.officer", "identity.mfa", "ledger.chain"} {
		if set[id] == nil {
			t.Errorf("nobody publishes %s", id)
		}
	}
}

func actor() ledger.Actor { return ledger.Actor{ID: "person/test", Name: "試験 太郎", Via: "test"} }
