package ledger_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/web/webtest"
)

func fill(t *testing.T, book *ledger.Book, n int) {
	t.Helper()
	for i := range n {
		if err := book.Note(t.Context(), ledgertest.Actor(), "asset.line.update", fmt.Sprintf("asset/line/%d", i), map[string]any{"field": "版"}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWrite_ChangeAndLineStandOrFallTogether(t *testing.T) {
	t.Parallel()
	book := ledgertest.Book(t)
	boom := errors.New("boom")
	err := book.Write(t.Context(), ledgertest.Actor(), "x", func(tx *ledger.Tx) error {
		if _, err := tx.ExecContext(t.Context(), "CREATE TABLE half(a)"); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	if head, _ := book.Head(t.Context()); head.Seq != 0 {
		t.Errorf("a line stands without its change: %v", head)
	}
	if _, err := book.DB().Read().ExecContext(t.Context(), "SELECT * FROM half"); err == nil {
		t.Error("the change stands")
	}
}

// tamper changes the file as somebody with the disk would.
func tamper(t *testing.T, book *ledger.Book, statements ...string) {
	t.Helper()
	err := book.DB().Write(t.Context(), func(tx *sql.Tx) error {
		for _, s := range append([]string{"DROP TRIGGER IF EXISTS ledger_entry_keep", "DROP TRIGGER IF EXISTS ledger_entry_stay"}, statements...) {
			if _, err := tx.ExecContext(context.Background(), s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestVerify_FindsEachKindOfTampering(t *testing.T) {
	t.Parallel()
	f := func(name string, seq int64, reason ledger.Reason, statements ...string) {
		t.Helper()
		book := ledgertest.Book(t)
		fill(t, book, 5)
		before, err := book.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := book.Verify(t.Context(), before); err != nil {
			t.Fatalf("%s: untouched: %v", name, err)
		}
		tamper(t, book, statements...)
		_, err = book.Verify(t.Context(), before)
		got, ok := errors.AsType[*ledger.BrokenError](err)
		if !ok || got.Seq != seq || got.Reason != reason {
			t.Errorf("%s: %v, want line %d %s", name, err, seq, reason)
		}
	}
	f("altered", 3, ledger.Altered, "UPDATE ledger_entry SET actor = '別人' WHERE seq = 3")
	f("altered time", 2, ledger.Altered, "UPDATE ledger_entry SET at = '2020-01-01T00:00:00Z' WHERE seq = 2")
	f("removed", 3, ledger.Missing, "DELETE FROM ledger_entry WHERE seq = 3")
	f("cut off", 4, ledger.Shortened, "DELETE FROM ledger_entry WHERE seq = 5")
	f("swapped hash", 4, ledger.Unlinked, "UPDATE ledger_entry SET prev = (SELECT hash FROM ledger_entry WHERE seq = 2) WHERE seq = 4")
	f("no time", 2, ledger.Altered, "UPDATE ledger_entry SET at = 'gestern' WHERE seq = 2")
}

func TestEntry_CannotBeChangedBySQL(t *testing.T) {
	t.Parallel()
	book := ledgertest.Book(t)
	fill(t, book, 1)
	for _, s := range []string{"UPDATE ledger_entry SET actor = 'x'", "DELETE FROM ledger_entry"} {
		err := book.DB().Write(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(s)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestVerifyExport_AnotherProgramCanCheck(t *testing.T) {
	t.Parallel()
	book := ledgertest.Book(t)
	fill(t, book, 20)
	var out bytes.Buffer
	if err := book.Export(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	head, _ := book.Head(t.Context())
	rep, err := ledger.VerifyExport(bytes.NewReader(out.Bytes()), head)
	if err != nil || rep.Lines != 20 {
		t.Fatalf("%+v %v", rep, err)
	}
	forged := strings.Replace(out.String(), "試験 太郎", "試験 次郎", 1)
	if _, err := ledger.VerifyExport(strings.NewReader(forged), head); err == nil {
		t.Error("a forged export was taken")
	}
}

func TestVerify_ClockSetBackIsShown(t *testing.T) {
	t.Parallel()
	clock := ledgertest.NewClock()
	book := ledgertest.BookAt(t, clock)
	fill(t, book, 2)
	clock.Add(-48 * time.Hour)
	fill(t, book, 1)
	rep, err := book.Verify(t.Context(), ledger.Checkpoint{})
	if err != nil || rep.Backwards != 1 || rep.FirstBack != 3 {
		t.Fatalf("%+v %v", rep, err)
	}
	site := webtest.New(t, clock.Now, book.Module())
	site.As(webtest.Person("ledger.read")).Get("/ledger/verify").Want(t, 200, "時計が戻された")
}

func TestPages_ListVerifyExport(t *testing.T) {
	t.Parallel()
	clock := ledgertest.NewClock()
	book := ledgertest.BookAt(t, clock)
	fill(t, book, 3)
	c := webtest.New(t, clock.Now, book.Module()).As(webtest.Person("ledger.read", "ledger.export"))
	c.Get("/ledger?action=asset.").Want(t, 200, "asset/line/2", "試験 太郎")
	c.Get("/ledger?q=asset/line/1").Want(t, 200, "asset/line/1").Lacks(t, "asset/line/2")
	c.Get("/ledger/verify?checkpoint=1:zz").Want(t, 422, "照合値として読めません")
	c.Post("/ledger/export", nil).Want(t, 200, `"action":"ledger.export"`)
	tamper(t, book, "UPDATE ledger_entry SET actor = '別人' WHERE seq = 2")
	c.Get("/ledger/verify").Want(t, 200, "つながりが壊れています", "2行目")
	webtest.CheckTemplates(t, book.Module())
}

func BenchmarkWrite(b *testing.B) {
	book := ledgertest.Book(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := book.Note(b.Context(), ledgertest.Actor(), "bench", "bench", nil); err != nil {
			b.Fatal(err)
		}
	}
}
