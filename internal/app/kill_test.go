package app_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/app/apptest"
	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/ledger"
)

// TestKill ends a writing process by SIGKILL at different points: between two
// writes, in the middle of an import, right after it. What was acknowledged is
// there afterwards, nothing else is, and the ledger verifies.
func TestKill_NothingHalfWrittenNothingAcknowledgedLost(t *testing.T) {
	t.Parallel()
	for _, at := range []struct {
		name, line string
		seen       int
	}{{"between writes", "line ", 7}, {"in an import", "importing", 1}, {"after an import", "imported", 1}, {"in the second import", "importing", 2}} {
		t.Run(at.name, func(t *testing.T) {
			t.Parallel()
			cfg := apptest.Config(t)
			acknowledged, imports := runVictim(t, strings.TrimSuffix(cfg.Data, "/data"), at.line, at.seen)
			a := apptest.Open(t, cfg)
			if _, err := a.Book.Verify(t.Context(), ledger.Checkpoint{}); err != nil {
				t.Fatal(err)
			}
			for _, id := range acknowledged {
				if _, err := a.Parts.Asset.Line(t.Context(), id); err != nil {
					t.Errorf("acknowledged line %s: %v", id, err)
				}
			}
			_, devices, err := a.Parts.Asset.Assets(t.Context(), asset.Filter{Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			applied, _, err := a.Book.Entries(t.Context(), ledger.Filter{Action: "asset.import.apply", Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			if (devices > 0) != (len(applied) > 0) {
				t.Errorf("%d devices, but %d lines of applied imports in the ledger", devices, len(applied))
			}
			if imports > 0 && devices < 2800 {
				t.Errorf("an acknowledged import left %d devices", devices)
			}
			if devices > 0 && devices < 2800 {
				t.Errorf("half an import: %d devices", devices)
			}
		})
	}
}

// runVictim starts the victim, waits until it has printed a line that begins
// so for the given time, kills it by its own id, and gives what it
// acknowledged.
func runVictim(t *testing.T, dir, line string, seen int) (acknowledged []string, imports int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	killed := false
	for lines.Scan() {
		if id, ok := strings.CutPrefix(lines.Text(), "line "); ok {
			acknowledged = append(acknowledged, id)
		}
		if strings.HasPrefix(lines.Text(), "imported") {
			imports++
		}
		if strings.HasPrefix(lines.Text(), line) {
			seen--
		}
		if seen <= 0 && !killed {
			killed = true
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || !killed {
		t.Fatalf("the victim was not killed: %v", err)
	}
	return acknowledged, imports
}
