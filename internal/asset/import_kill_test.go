package asset_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/web/browsertest"
)

// stuckContext never ends, and after some thousand questions whether it has,
// it says so on standard output and answers no more: the transaction that
// asks stands still in its middle.
type stuckContext struct {
	context.Context
	asked atomic.Int64
	after int64
}

func (c *stuckContext) Done() <-chan struct{} {
	if c.asked.Add(1) == c.after {
		fmt.Println("in the middle")
		select {}
	}
	return c.Context.Done()
}

// openAt opens a register in a folder.
func openAt(ctx context.Context, dir string) (*asset.Register, *ledger.Book, *sqlite.DB, error) {
	db, err := sqlite.Open(filepath.Join(dir, "state.db"))
	if err != nil {
		return nil, nil, nil, err
	}
	clock := ledgertest.NewClock()
	book, err := ledger.Open(ctx, db, clock.Now)
	if err != nil {
		return nil, nil, nil, err
	}
	reg, err := asset.New(ctx, asset.Config{Book: book, Clock: clock.Now, Zone: time.FixedZone("JST", 9*3600)})
	return reg, book, db, err
}

func registerAt(t testing.TB, dir string) (*asset.Register, *ledger.Book, *sqlite.DB) {
	t.Helper()
	reg, book, db, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return reg, book, db
}

// chromium is the browser of all tests of this package.
var chromium browsertest.One

// TestMain makes the test binary the process that TestApply_Killed kills, when
// the environment says so.
func TestMain(m *testing.M) {
	if dir := os.Getenv("TORIDE_KILL_DIR"); dir != "" {
		reg, _, _, err := openAt(context.Background(), dir)
		if err == nil {
			ctx := &stuckContext{Context: context.Background(), after: 4_000}
			_, err = reg.Apply(ctx, ledgertest.Actor(), os.Getenv("TORIDE_KILL_ID"))
		}
		fmt.Println("ended", err)
		os.Exit(0)
	}
	os.Exit(chromium.Main(m))
}

// TestApply_Killed kills a process by SIGKILL in the middle of applying 1,000
// rows: nothing of it may be there, the ledger must hold, and the import must
// still be there to be applied.
func TestApply_Killed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	reg, _, db := registerAt(t, dir)
	id, err := reg.Stage(t.Context(), ledgertest.Actor(), "x.xlsx", workbook(t, 1000, 40), asset.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "TORIDE_KILL_DIR="+dir, "TORIDE_KILL_ID="+id)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	middle := false
	for lines := bufio.NewScanner(out); !middle && lines.Scan(); {
		middle = strings.Contains(lines.Text(), "in the middle")
		if strings.Contains(lines.Text(), "ended") {
			t.Fatalf("the child was not stopped in the middle: %s", lines.Text())
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || !middle {
		t.Fatalf("the child ended by itself; in the middle: %v", middle)
	}
	reg, book, db := registerAt(t, dir)
	defer db.Close()
	var changes int
	if err := db.Read().QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM asset_change) + (SELECT count(*) FROM asset_asset) + (SELECT count(*) FROM asset_vendor)").Scan(&changes); err != nil || changes != 0 {
		t.Errorf("%d lines of a killed import, %v", changes, err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	verify(t, book)
	rep, err := reg.Apply(t.Context(), ledgertest.Actor(), id)
	if err != nil || rep.Counts[asset.RowNew] != 999+40+24 {
		t.Errorf("apply after the kill: %v %v", rep.Counts, err)
	}
	verify(t, book)
}

func verify(t testing.TB, book *ledger.Book) {
	t.Helper()
	if _, err := book.Verify(t.Context(), ledger.Checkpoint{}); err != nil {
		t.Errorf("ledger: %v", err)
	}
}
