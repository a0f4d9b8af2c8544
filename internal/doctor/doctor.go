package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Finding is the outcome of one look.
type Finding struct {
	ID   string    `json:"id"`
	Mark web.Level `json:"level"` // danger, warn, done, unclear
	Say  text.Msg  `json:"-"`
	Todo text.Msg  `json:"-"` // zero when there is nothing to do
}

// Box is what the doctor looks at. Functions are handed in by those who know.
type Box struct {
	Data     string // data folder
	Key      string // path of the seal key
	KeyCred  bool   // the key comes from systemd
	Recovery bool   // a recovery key was made
	OwnCert  bool
	CertEnds time.Time
	Now      time.Time
	Demo     bool
	// LastEntry is the time of the newest ledger line.
	LastEntry time.Time
	// LastBackup is the time of the newest backup; zero when none was made.
	LastBackup time.Time
	// Chain says whether the ledger holds.
	Chain func(context.Context) error
	// Database runs the database's own check.
	Database func(context.Context) error
	// More are findings of others, such as what ties the emergency chart to what
	// it must outlive.
	More []Finding
}

// Examine looks at everything and never stops at the first finding.
func Examine(ctx context.Context, b Box) []Finding {
	out := []Finding{b.user(), b.folder(), b.key(), b.recovery(), b.certificate(), b.clock(), b.timeSync(), b.backup(), b.disk(), b.encryption()}
	out = append(out, check("ledger", b.Chain(ctx)), check("database", b.Database(ctx)))
	return append(out, b.More...)
}

func good(id string, args ...any) Finding {
	return Finding{ID: id, Mark: web.Done, Say: text.M("doctor."+id+".done", args...)}
}

func bad(id string, level web.Level, args ...any) Finding {
	return Finding{ID: id, Mark: level, Say: text.M("doctor."+id+"."+string(level), args...), Todo: text.M("doctor." + id + ".todo")}
}

func check(id string, err error) Finding {
	if err != nil {
		return bad(id, web.Danger, err.Error())
	}
	return good(id)
}

func (b Box) user() Finding {
	if os.Geteuid() == 0 {
		return bad("user", web.Warn)
	}
	return good("user")
}

func (b Box) folder() Finding {
	info, err := os.Stat(b.Data)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		return bad("folder", web.Danger, b.Data)
	}
	return good("folder", b.Data)
}

// key is red where a copy of the data folder alone would open the secrets.
func (b Box) key() Finding {
	if b.KeyCred {
		return good("key", "systemd")
	}
	rel, err := filepath.Rel(b.Data, b.Key)
	if err == nil && !strings.HasPrefix(rel, "..") {
		return bad("key", web.Danger, b.Key)
	}
	info, err := os.Stat(b.Key)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		return bad("key", web.Danger, b.Key)
	}
	return good("key", b.Key)
}

func (b Box) recovery() Finding {
	if !b.Recovery {
		return bad("recovery", web.Warn)
	}
	return good("recovery")
}

func (b Box) certificate() Finding {
	left := int(b.CertEnds.Sub(b.Now).Hours() / 24)
	switch {
	case left < 14:
		return bad("certificate", web.Danger, left)
	case b.OwnCert:
		return bad("certificate", web.Warn, left)
	}
	return good("certificate", left)
}

// clock finds a clock that was set back: the ledger already has later lines.
func (b Box) clock() Finding {
	if b.LastEntry.After(b.Now.Add(2 * time.Minute)) {
		return bad("clock", web.Danger, b.LastEntry)
	}
	return good("clock")
}

// timeSync asks the file that systemd-timesyncd keeps; chrony and others leave
// the kernel's flag.
func (b Box) timeSync() Finding {
	if _, err := os.Stat("/run/systemd/timesync/synchronized"); err == nil {
		return good("timesync")
	}
	var tx unix.Timex
	if state, err := unix.Adjtimex(&tx); err == nil && state != unix.TIME_ERROR && tx.Status&unix.STA_UNSYNC == 0 {
		return good("timesync")
	}
	return bad("timesync", web.Warn)
}

func (b Box) backup() Finding {
	switch age := b.Now.Sub(b.LastBackup); {
	case b.LastBackup.IsZero():
		return bad("backup", web.Danger, text.M("doctor.never"))
	case age > 8*24*time.Hour:
		return bad("backup", web.Danger, b.LastBackup)
	}
	return good("backup", b.LastBackup)
}

// Least free space: below it SQLite may be unable to write a large import.
const (
	fewBytes  = 1 << 30
	someBytes = 5 << 30
)

func (b Box) disk() Finding {
	var fs unix.Statfs_t
	if err := unix.Statfs(b.Data, &fs); err != nil {
		return bad("disk", web.Unclear, 0)
	}
	free := int64(fs.Bavail) * fs.Bsize //nolint:gosec // far below the limit
	switch {
	case free < fewBytes:
		return bad("disk", web.Danger, free>>20)
	case free < someBytes:
		return bad("disk", web.Warn, free>>20)
	}
	return good("disk", free>>20)
}

// encryption looks whether the data folder lies on a device-mapper crypt
// device. Other ways of encryption cannot be seen from here: then it is not
// known.
func (b Box) encryption() Finding {
	var st unix.Stat_t
	if err := unix.Stat(b.Data, &st); err != nil {
		return bad("encryption", web.Unclear)
	}
	dev := uint64(st.Dev) //nolint:unconvert // differs by architecture
	uuid, err := os.ReadFile(filepath.Join("/sys/dev/block", devName(dev), "dm", "uuid"))
	if err == nil && strings.HasPrefix(string(uuid), "CRYPT-") {
		return good("encryption")
	}
	return bad("encryption", web.Unclear)
}

func devName(dev uint64) string {
	return fmt.Sprintf("%d:%d", unix.Major(dev), unix.Minor(dev))
}
