package cli_test

import (
	"bufio"
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/cli"
	"github.com/torideproject/toride/internal/text"
)

// served runs serve until a line of its holds one of until, stops it and gives all that it
// printed.
func served(t *testing.T, until ...string) string {
	t.Helper()
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	go func() {
		code := cli.Run(ctx, []string{"serve", "--data", filepath.Join(dir, "data"), "--key", filepath.Join(dir, "key", "toride.key"), "--listen", "127.0.0.1:0"},
			strings.NewReader(""), w, w, text.EN)
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
		_ = w.Close() // a pipe's end does not fail
	}()
	var all strings.Builder
	for lines := bufio.NewScanner(r); lines.Scan(); {
		all.WriteString(lines.Text() + "\n")
		if slices.ContainsFunc(until, func(s string) bool { return strings.Contains(lines.Text(), s) }) {
			stop()
		}
	}
	return all.String()
}

// The journal is read by more people than the administrator, and kept.
func TestServe_OneTimeLinkStaysOutOfTheJournal(t *testing.T) {
	t.Setenv("JOURNAL_STREAM", "8:12345")
	if out := served(t, "setup-link", "token="); strings.Contains(out, "token=") || !strings.Contains(out, "setup-link") {
		t.Errorf("printed under systemd: %s", out)
	}
}

func TestServe_OneTimeLinkIsPrintedOnATerminal(t *testing.T) {
	t.Setenv("JOURNAL_STREAM", "")
	if out := served(t, "token="); !strings.Contains(out, "token=") {
		t.Errorf("printed on a terminal: %s", out)
	}
}
