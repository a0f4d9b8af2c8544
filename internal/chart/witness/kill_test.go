package witness_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart/witness"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/sqlite"
)

// victim names the environment variable with the folder of a process that is
// to be killed.
const victim = "TORIDE_WITNESS_VICTIM"

// TestMain is the process that is killed, where a test asked for it.
func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		if err := note(dir, os.Getenv(victim+"_FULL") != ""); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		select {} // between note and answer
	}
	os.Exit(m.Run())
}

// note writes one note, says so, and stays.
func note(dir string, full bool) error {
	ctx := context.Background()
	db, err := sqlite.Open(filepath.Join(dir, "state.db"))
	if err != nil {
		return err
	}
	book, err := ledger.Open(ctx, db, ledgertest.Start)
	if err != nil {
		return err
	}
	w, err := witness.New(ctx, witness.Config{Book: book, Clock: ledgertest.Start, Log: slog.New(slog.DiscardHandler), Late: []string{filepath.Join(dir, "late", "late.jsonl")}})
	if err != nil {
		return err
	}
	if full {
		if err := db.Close(); err != nil {
			return err
		}
	}
	if err := w.Note(ctx, ledgertest.Actor(), "chart.open", witness.Patient("7"), nil); err != nil {
		return err
	}
	fmt.Println("noted")
	return nil
}

func TestKill_BetweenNoteAndAnswerLosesNothing(t *testing.T) {
	t.Parallel()
	for _, full := range []string{"", "yes"} {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), victim+"="+dir, victim+"_FULL="+full)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil || strings.TrimSpace(line) != "noted" {
			t.Fatalf("%q %v", line, err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
		db, err := sqlite.Open(filepath.Join(dir, "state.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		book, err := ledger.Open(t.Context(), db, ledgertest.Start)
		if err != nil {
			t.Fatal(err)
		}
		w, err := witness.New(t.Context(), witness.Config{Book: book, Clock: ledgertest.Start, Log: slog.New(slog.DiscardHandler), Late: []string{filepath.Join(dir, "late", "late.jsonl")}})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		until(t, func() bool { return w.State().Since.IsZero() })
		all, _, err := w.Find(t.Context(), witness.Search{Patient: "7"})
		if err != nil || len(all) != 1 || all[0].Late != (full != "") {
			t.Errorf("full %q: %+v %v", full, all, err)
		}
	}
}
