package query_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/event/segment"
)

// Small pages, one after the other, and Each give what the oracle gives, also where
// many events are from the same moment.
func TestRows_SmallPagesAreTheOracles(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 1))
	events := append(eventtest.Events(7, 900, day(1), day(2)), strange(rng, 300, 100_000)...)
	for i, e := range events {
		if i%3 == 0 {
			e.Time = day(1).Add(time.Duration(i/300) * time.Hour)
		}
	}
	views := mixtures(t, rng, events)
	for n := range 4 {
		r := query.Request{Received: n%4 == 0}
		if n > 0 {
			r.Query = ask(rng, events, 1)
		}
		want := wanted(events, r)
		for name, v := range views {
			for _, limit := range []int{3, 50} {
				name := fmt.Sprintf("%s by %d, %v", name, limit, r.Query)
				sameEvents(t, name, pages(t, v, r, limit, 12), want[:min(len(want), 12*limit)])
			}
			var got []*event.Event
			out, err := query.Each(t.Context(), v, r, func(e *event.Event) error { got = append(got, e); return nil })
			if err != nil || !out.Complete || out.Progress.Done != out.Progress.Total {
				t.Fatal(err, out)
			}
			sameEvents(t, name, got, want)
		}
	}
}

// pages reads at most most pages.
func pages(t *testing.T, v *query.View, r query.Request, limit, most int) []*event.Event {
	t.Helper()
	var got []*event.Event
	after := ""
	for range most {
		page, err := query.Rows(t.Context(), v, r, limit, after)
		if err != nil || !page.Complete || len(page.Events) > limit {
			t.Fatal(err, page)
		}
		if got, after = append(got, page.Events...), page.Next; after == "" {
			break
		}
	}
	return got
}

func sameEvents(t *testing.T, name string, got, want []*event.Event) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d events, not %d", name, len(got), len(want))
	}
	for i := range got {
		if !alike(got[i], want[i]) {
			t.Fatalf("%s: event %d is\n%+v, not\n%+v", name, i, got[i], want[i])
		}
	}
}

// days gives a view of one part a day, and counts which of them were opened.
func days(t *testing.T, n, rows int) (*query.View, []atomic.Int64) {
	t.Helper()
	v := &query.View{}
	opened := make([]atomic.Int64, n)
	for i := range n {
		events := eventtest.Events(uint64(i), rows, day(1+i), day(2+i))
		for _, e := range events {
			e.At.Epoch = uint32(i + 1)
		}
		p := part(t, events, 0)
		open := p.Open
		p.Open = func() (*segment.Reader, func(), error) {
			opened[i].Add(1)
			return open()
		}
		v.Parts = append(v.Parts, p)
	}
	return v, opened
}

// The newest rows are read from the newest files alone.
func TestRows_OldFilesStayShut(t *testing.T) {
	t.Parallel()
	v, opened := days(t, 8, 150)
	v.Tail = tail(eventtest.Events(9, 20, day(9), day(9).Add(time.Minute)))
	for _, c := range []struct{ limit, files int }{{10, 0}, {100, 1}, {200, 2}} {
		for i := range opened {
			opened[i].Store(0)
		}
		page, err := query.Rows(t.Context(), v, query.Request{}, c.limit, "")
		if err != nil || len(page.Events) != c.limit || !page.Complete || page.Next == "" {
			t.Fatal(err, page)
		}
		// The others may look one file ahead each before the first is through.
		ahead := 0
		if c.files > 0 {
			ahead = min(4, runtime.GOMAXPROCS(0)) - 1
		}
		for i := range opened {
			if n := opened[i].Load(); i < len(opened)-c.files-ahead && n > 0 || i >= len(opened)-c.files && n == 0 {
				t.Errorf("%d rows: file %d was opened %d times", c.limit, i, n)
			}
		}
	}
}

// rotten gives a part some of whose pages are damaged, and the events that can
// still be read, the newest first.
func rotten(t *testing.T, events []*event.Event) (query.Part, []*event.Event) {
	t.Helper()
	var out bytes.Buffer
	if _, err := segment.Write(context.Background(), &out, segment.Options{Facility: eventtest.Facility, GroupRows: 100}, events); err != nil {
		t.Fatal(err)
	}
	b := out.Bytes()
	whole, err := segment.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	// A byte of the first row group's pages is wrong.
	bad := slices.Clone(b)
	bad[200] ^= 0x55
	p := partOf(t, bad)
	r, _, err := p.Open()
	if err != nil {
		t.Fatal(err)
	}
	lost := map[event.Position]bool{}
	g := whole.Group(0)
	defer g.Close()
	if damaged := r.Group(0); damaged.Rows() == 0 || takeAll(damaged) == nil {
		t.Fatal("nothing is damaged")
	}
	for row := range g.Rows() {
		at, err := g.Position(row)
		if err != nil {
			t.Fatal(err)
		}
		lost[at] = true
	}
	kept := slices.DeleteFunc(wanted(events, query.Request{}), func(e *event.Event) bool { return lost[e.At] })
	return p, kept
}

func takeAll(g *segment.Group) error {
	_, err := g.Take([]int{0, g.Rows() - 1})
	return err
}

// What is damaged is said, and everything else fills the pages.
func TestRows_DamagedRowsAreLeftOut(t *testing.T) {
	t.Parallel()
	p, kept := rotten(t, eventtest.Events(3, 600, day(1), day(2)))
	v := &query.View{Parts: []query.Part{p}}
	for _, limit := range []int{7, 450, 1000} {
		var got []*event.Event
		after := ""
		for range 1000 {
			page, err := query.Rows(t.Context(), v, query.Request{}, limit, after)
			if err != nil || len(page.Damaged) > 0 == page.Complete {
				t.Fatal(err, page.Outcome)
			}
			if len(page.Events) < limit && page.Next != "" {
				t.Fatalf("a page of %d, and there is more", len(page.Events))
			}
			if got, after = append(got, page.Events...), page.Next; after == "" {
				break
			}
		}
		sameEvents(t, fmt.Sprint(limit), got, kept)
	}
	n := 0
	out, err := query.Each(t.Context(), v, query.Request{}, func(*event.Event) error { n++; return nil })
	if err != nil || n != len(kept) || out.Complete || len(out.Damaged) != 1 {
		t.Error(n, out, err)
	}
}

// A context that has ended ends the search; nothing that was given is wrong.
func TestRows_EndsWithTheContext(t *testing.T) {
	t.Parallel()
	v, _ := days(t, 2, 300)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	page, err := query.Rows(ctx, v, query.Request{}, 50, "")
	if err != nil || page.Complete || len(page.Events) > 0 {
		t.Error(err, page)
	}
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	n := 0
	out, err := query.Each(ctx, v, query.Request{}, func(*event.Event) error {
		if n++; n == 10 {
			cancel()
		}
		return nil
	})
	if err != nil || out.Complete || n < 10 || n == 600 {
		t.Error(err, out, n)
	}
	enough := errors.New("enough")
	if _, err := query.Each(t.Context(), v, query.Request{}, func(*event.Event) error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
}
