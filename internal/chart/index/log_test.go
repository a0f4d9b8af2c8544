package index

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/source"
)

// A walk that fails at a patient's folder is said in the log without his number.
func TestRun_LogHoldsNoPatient(t *testing.T) {
	t.Parallel()
	const id = "0000012345"
	var out bytes.Buffer
	src := newFake("s1", crowd(5, 3))
	src.gone = &fs.PathError{Op: "readdir", Path: "/mnt/SSMIX/000/001/" + id + "/20260101", Err: syscall.EIO}
	ctx, stop := context.WithCancel(t.Context())
	ix := New(Config{Sources: func() []source.Source { return []source.Source{src} }, Zone: time.UTC, Log: slog.New(slog.NewTextHandler(&out, nil)),
		After: func(time.Duration) <-chan time.Time { stop(); return nil }})
	if err := ix.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.Contains(got, "could not be refreshed") || !strings.Contains(got, syscall.EIO.Error()) || strings.Contains(got, id) {
		t.Errorf("%s", got)
	}
}
