package doctor_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/doctor"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

func now() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }

// healthy is a box about which everything that a test can set is in order.
func healthy(t *testing.T) doctor.Box {
	t.Helper()
	dir := t.TempDir()
	data, key := filepath.Join(dir, "data"), filepath.Join(dir, "key")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fine := func(context.Context) error { return nil }
	return doctor.Box{Data: data, Key: key, Recovery: true, CertEnds: now().AddDate(1, 0, 0), Now: now(), LastEntry: now(), LastBackup: now().AddDate(0, 0, -1), Chain: fine, Database: fine}
}

func level(t *testing.T, b doctor.Box, id string) web.Level {
	t.Helper()
	for _, f := range doctor.Examine(t.Context(), b) {
		if f.ID == id {
			return f.Mark
		}
	}
	t.Fatalf("nobody looked at %s", id)
	return ""
}

func TestExamine_EachFindingFollowsItsCause(t *testing.T) {
	t.Parallel()
	f := func(id string, want web.Level, change func(*doctor.Box)) {
		t.Helper()
		b := healthy(t)
		if got := level(t, b, id); got != web.Done {
			t.Errorf("%s of a healthy box: %s", id, got)
		}
		change(&b)
		if got := level(t, b, id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	f("folder", web.Danger, func(b *doctor.Box) {
		if err := os.Chmod(b.Data, 0o755); err != nil { //nolint:gosec // that is the point
			t.Fatal(err)
		}
	})
	f("key", web.Danger, func(b *doctor.Box) { b.Key = filepath.Join(b.Data, "key") })
	f("key", web.Danger, func(b *doctor.Box) {
		if err := os.Chmod(b.Key, 0o644); err != nil { //nolint:gosec // that is the point
			t.Fatal(err)
		}
	})
	f("recovery", web.Warn, func(b *doctor.Box) { b.Recovery = false })
	f("certificate", web.Warn, func(b *doctor.Box) { b.OwnCert = true })
	f("certificate", web.Danger, func(b *doctor.Box) { b.CertEnds = now().AddDate(0, 0, 5) })
	f("clock", web.Danger, func(b *doctor.Box) { b.LastEntry = now().Add(time.Hour) })
	f("backup", web.Danger, func(b *doctor.Box) { b.LastBackup = time.Time{} })
	f("backup", web.Danger, func(b *doctor.Box) { b.LastBackup = now().AddDate(0, 0, -9) })
	f("ledger", web.Danger, func(b *doctor.Box) { b.Chain = func(context.Context) error { return errors.New("line 3") } })
	f("database", web.Danger, func(b *doctor.Box) { b.Database = func(context.Context) error { return errors.New("page 7") } })
}

func TestExamine_UnknownIsNotGood(t *testing.T) {
	t.Parallel()
	b := healthy(t)
	b.Data = "/proc" // no disk of ours: nothing can be seen of its encryption
	if got := level(t, b, "encryption"); got == web.Done {
		t.Error("encryption that cannot be seen was called good")
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	b := healthy(t)
	b.LastBackup = time.Time{}
	desk := doctor.Desk{Box: func(context.Context) (doctor.Box, error) { return b, nil }}
	site := webtest.New(t, now, desk.Module())
	site.As(webtest.Person("doctor.read")).Get("/doctor").Want(t, 200, "一度もありません", "toride backup")
	site.As(webtest.Person("doctor.read")).In("en").Get("/doctor").Want(t, 200, "never")
	site.As(webtest.Person("other")).Get("/doctor").Want(t, 403)
	webtest.CheckTemplates(t, desk.Module())
}
