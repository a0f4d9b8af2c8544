package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
)

func lines(n int) []ledger.Line {
	var out []ledger.Line
	for i := range n {
		actor := ledgertest.Actor()
		if i%2 == 1 {
			actor.ID = fmt.Sprintf("glass/%d", i)
		}
		out = append(out, ledger.Line{Actor: actor, Action: "chart.view", Subject: fmt.Sprintf("patient/%d", i%3), Detail: map[string]any{"n": i}})
	}
	return out
}

func TestNotes_KeepTheChainAndItsOrder(t *testing.T) {
	t.Parallel()
	book := ledgertest.Book(t)
	for _, n := range []int{1, 40, 0, 7} {
		if err := book.Notes(t.Context(), lines(n)); err != nil {
			t.Fatal(err)
		}
		if err := book.Note(t.Context(), ledgertest.Actor(), "sample.act", "", nil); err != nil {
			t.Fatal(err)
		}
	}
	r, err := book.Verify(t.Context(), ledger.Checkpoint{})
	if err != nil || r.Lines != 52 {
		t.Fatalf("%+v %v", r, err)
	}
	var numbers []string
	err = book.Each(t.Context(), ledger.Query{Action: "chart.", Limit: 7}, func(e ledger.Entry) error {
		numbers = append(numbers, string(e.Detail))
		return nil
	})
	if err != nil || strings.Join(numbers, "") != `{"n":6}{"n":5}{"n":4}{"n":3}{"n":2}{"n":1}{"n":0}` {
		t.Errorf("%v %v", numbers, err)
	}
}

func TestNotes_AllOrNone(t *testing.T) {
	t.Parallel()
	book := ledgertest.Book(t)
	bad := append(lines(3), ledger.Line{Actor: ledgertest.Actor(), Action: "x", Detail: func() {}})
	if err := book.Notes(t.Context(), bad); err == nil {
		t.Fatal("a detail that is no JSON was taken")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := book.Notes(ended, lines(3)); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context gave %v", err)
	}
	if head, err := book.Head(t.Context()); err != nil || head.Seq != 0 {
		t.Errorf("%v %v", head, err)
	}
}

func TestEach_ChoosesByIndex(t *testing.T) {
	t.Parallel()
	clock := ledgertest.NewClock()
	book := ledgertest.BookAt(t, clock)
	for range 2 {
		if err := book.Notes(t.Context(), lines(6)); err != nil {
			t.Fatal(err)
		}
		clock.Add(time.Hour)
	}
	count := func(q ledger.Query) int {
		t.Helper()
		n, last := 0, int64(1<<60)
		err := book.Each(t.Context(), q, func(e ledger.Entry) error {
			if e.Seq >= last {
				t.Errorf("%+v: %d after %d", q, e.Seq, last)
			}
			n, last = n+1, e.Seq
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return n
	}
	f := func(q ledger.Query, want int) {
		t.Helper()
		if got := count(q); got != want {
			t.Errorf("%+v: %d, want %d", q, got, want)
		}
	}
	f(ledger.Query{}, 12)
	f(ledger.Query{Subject: "patient/1"}, 4)
	f(ledger.Query{Subject: "patient/"}, 0)
	f(ledger.Query{Actor: "glass/"}, 6)
	f(ledger.Query{Actor: "glass/3"}, 2)
	f(ledger.Query{Actor: ledgertest.Actor().ID, From: ledgertest.Start().Add(time.Minute)}, 3)
	f(ledger.Query{From: ledgertest.Start()}, 12)
	f(ledger.Query{Before: 7}, 6)
	f(ledger.Query{Action: "chart.view", Limit: 5}, 5)
	f(ledger.Query{Action: "chart.v"}, 0)
	f(ledger.Query{Action: "chart."}, 12)
	stop := errors.New("stop")
	if err := book.Each(t.Context(), ledger.Query{}, func(ledger.Entry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error of do became %v", err)
	}
}

func BenchmarkNotes_Hundred(b *testing.B) {
	book := ledgertest.Book(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := book.Notes(b.Context(), lines(100)); err != nil {
			b.Fatal(err)
		}
	}
}
