package logbook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/journal"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
)

func TestPipeline_EventsReachAllTakersInOrder(t *testing.T) {
	t.Parallel()
	d := begin(t)
	var want []string
	for i := range 300 {
		w := fmt.Sprint("entry ", i)
		want = append(want, w)
		if err := d.Sink("s").Take(t.Context(), []event.Record{d.rec(w)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*memory{d.first, d.second} {
		if got := m.all(); !slices.Equal(got, want) {
			t.Fatalf("%d events: %.200q", len(got), got)
		}
	}
	for i, e := range d.second.events {
		if v, _ := e.Get("w1"); v != fmt.Sprint(i) || e.Source != "s" || e.Peer != "192.0.2.7" || e.Dataset != "plain" || string(e.Text) != string(e.Original) {
			t.Fatalf("%+v", e)
		}
		if i > 0 && e.At.Compare(d.second.events[i-1].At) <= 0 {
			t.Fatalf("%v after %v", e.At, d.second.events[i-1].At)
		}
	}
	eventually(t, "what all have kept is purged", func() bool {
		s, err := d.State(t.Context())
		return err == nil && s.Journal.Batches == 0 && s.Takers[0].Events == 300 && s.Slow == ""
	})
}

// A taker in front decides what those behind it see.
func TestPipeline_ResendsStayWithTheStore(t *testing.T) {
	t.Parallel()
	d := newDesk()
	cfg := config(t, t.TempDir(), ledgertest.BookAt(t, d.clock), d)
	inner := cfg.Takers[0].Take
	cfg.Takers[0].Take = func(ctx context.Context, epoch uint32, seq uint64, events []event.Event) ([]event.Event, error) {
		if _, err := inner(ctx, epoch, seq, events); err != nil {
			return nil, err
		}
		n := 0
		for i := range events { // moves events about, as the store does
			if events[i].Key == "" {
				events[n] = events[i]
				n++
			}
		}
		return events[:n], nil
	}
	open(t, d, cfg)
	for i := range 50 {
		again := d.rec(fmt.Sprintf("again %d %d", i, i))
		again.Key = "k"
		if err := d.Sink("s").Take(t.Context(), []event.Record{again, d.rec(fmt.Sprintf("new %d", i)), again, d.rec(fmt.Sprintf("newer %d", i))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(d.first.all()) != 200 || len(d.second.all()) != 100 {
		t.Fatalf("%d and %d", len(d.first.all()), len(d.second.all()))
	}
	for _, m := range []*memory{d.first, d.second} {
		for _, e := range m.events {
			words := ""
			for _, f := range e.Fields {
				words += " " + f.Value
			}
			if words[1:] != string(e.Original) { // fields of one event in another one's memory
				t.Fatalf("%q has the fields of %q", e.Original, words)
			}
		}
	}
}

func TestPipeline_SlowTakerPushesBackAndIsNamed(t *testing.T) {
	t.Parallel()
	d := newDesk()
	cfg := config(t, t.TempDir(), ledgertest.BookAt(t, d.clock), d)
	cfg.Journal.MaxBytes = 20_000
	open(t, d, cfg)
	hold := make(chan struct{})
	d.second.set(nil, hold)
	var want []string
	for i := 0; ; i++ {
		w := fmt.Sprint("entry ", i)
		err := d.Sink("s").Take(t.Context(), []event.Record{d.rec(w)})
		if fault.KindOf(err) == fault.Full {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, w)
	}
	eventually(t, "detection is named", func() bool { s, err := d.State(t.Context()); return err == nil && s.Slow == "detect" })
	if s, err := d.State(t.Context()); err != nil || s.Journal.State != journal.Full || s.Takers[1].Waiting <= ahead {
		t.Errorf("%+v %v", s, err)
	}
	d.second.set(nil, nil)
	close(hold)
	eventually(t, "the journal takes again", func() bool { return d.Sink("s").Take(t.Context(), []event.Record{d.rec("last")}) == nil })
	if err := d.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*memory{d.first, d.second} {
		if got := m.all(); !slices.Equal(got, append(want, "last")) {
			t.Errorf("%d of %d", len(got), len(want)+1)
		}
	}
}

func TestPipeline_RefusedBatchComesAgain(t *testing.T) {
	t.Parallel()
	d := begin(t)
	d.first.set(fault.New(fault.Full, "event.store.full", 1, 2), nil)
	if err := d.Sink("s").Take(t.Context(), []event.Record{d.rec("one")}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the state says why", func() bool {
		s, err := d.State(t.Context())
		return err == nil && s.Takers[0].Err != nil && s.Takers[0].Err.Msg.Key == "event.store.full" && s.Slow == "store"
	})
	d.first.set(nil, nil)
	if err := d.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := d.second.all(); !slices.Equal(got, []string{"one"}) || d.first.given < 2 {
		t.Errorf("%q", got)
	}
	if s, err := d.State(t.Context()); err != nil || s.Takers[0].Err != nil || s.Slow != "" {
		t.Errorf("%+v %v", s, err)
	}
}

// TestPipeline_StartsWhereTheSlowestIs: after a restart each taker gets what it
// has not kept, and nothing is purged before both have it.
func TestPipeline_StartsWhereTheSlowestIs(t *testing.T) {
	t.Parallel()
	d := newDesk()
	book, dir := ledgertest.BookAt(t, d.clock), t.TempDir()
	cfg := config(t, dir, book, d)
	forgetful := cfg.Takers[1]
	cfg.Takers[1].Done = func() event.Position { // keeps two batches only
		if at := forgetful.Done(); at.Seq < 2 {
			return at
		}
		return event.Position{Epoch: 1, Seq: 2}
	}
	stop := open(t, d, cfg)
	for i := range 6 {
		if err := d.Sink("s").Take(t.Context(), []event.Record{d.rec(fmt.Sprint(i))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "two batches are purged", func() bool { s, err := d.journal.Stats(t.Context()); return err == nil && s.Batches == 4 })
	stop()
	d.second.words, d.second.kept = d.second.words[:2], event.Position{Epoch: 1, Seq: 2} // the power fails
	cfg = config(t, dir, book, d)
	cfg.Takers[1] = forgetful
	open(t, d, cfg)
	if err := d.Sink("s").Take(t.Context(), []event.Record{d.rec("6")}); err != nil {
		t.Fatal(err)
	}
	if err := d.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*memory{d.first, d.second} {
		if got := m.all(); !slices.Equal(got, []string{"0", "1", "2", "3", "4", "5", "6"}) {
			t.Errorf("%q", got)
		}
	}
}

// What was left of an old journal goes only to those who are behind: the store
// refuses epochs before its own.
func TestPipeline_OldEpochIsForThoseWhoAreBehind(t *testing.T) {
	t.Parallel()
	d := newDesk()
	book, dir := ledgertest.BookAt(t, d.clock), t.TempDir()
	stop := open(t, d, config(t, dir, book, d))
	d.second.set(errors.New("not now"), nil)
	for i := range 3 {
		if err := d.Sink("s").Take(t.Context(), []event.Record{d.rec(fmt.Sprint(i))}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the first has all", func() bool { return len(d.first.all()) == 3 })
	stop()
	d.first.kept = event.Position{Epoch: 2, Seq: 7} // it was elsewhere meanwhile: the journal's folder is an old one
	d.second.set(nil, nil)
	open(t, d, config(t, dir, book, d))
	if err := d.Sink("s").Take(t.Context(), []event.Record{d.rec("3")}); err != nil {
		t.Fatal(err)
	}
	if err := d.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := d.second.all(); !slices.Equal(got, []string{"0", "1", "2", "3"}) {
		t.Errorf("behind: %q", got)
	}
	if got := d.first.all(); !slices.Equal(got, []string{"0", "1", "2", "3"}) || d.first.kept != (event.Position{Epoch: 3, Seq: 1}) {
		t.Errorf("ahead: %q %v", got, d.first.kept)
	}
	losses, err := d.Losses(t.Context())
	if err != nil || len(losses) != 1 || losses[0].Epoch != 2 || losses[0].From != 1 || losses[0].To != 7 {
		t.Errorf("%+v %v", losses, err)
	}
	if sig := <-d.signals; sig.Kind != "source.lost" || sig.Values["count"] != "7" {
		t.Errorf("%+v", sig)
	}
}

func TestNormalise_WhatNoFormatReadsIsKept(t *testing.T) {
	t.Parallel()
	d := begin(t)
	odd := d.rec("odd \xff bytes")
	odd.Format = "unheard of"
	set := []event.Record{d.rec("panic please"), odd, d.rec("good entry")}
	if err := d.Sink("s").Take(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	if err := d.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := d.first.events
	if len(e) != 3 || e[0].Unread != UnreadBroken || e[1].Unread != UnreadFormat || e[2].Unread != "" {
		t.Fatalf("%+v", e)
	}
	if string(e[0].Original) != "panic please" || len(e[0].Fields) != 0 || e[0].Dataset != "unknown" || string(e[1].Text) == string(e[1].Original) {
		t.Errorf("%+v", e[:2])
	}
	if s, err := d.State(t.Context()); err != nil || s.Broken != 1 {
		t.Errorf("%+v %v", s.Broken, err)
	}
}

func TestNormalise_Clocks(t *testing.T) {
	t.Parallel()
	at := func(words string) event.Record {
		return event.Record{Source: "s", Format: "plain", Received: monday, Data: []byte(words)}
	}
	old := at("at 1970-01-01T00:00:07Z")
	old.Backfill = true
	never := at("at 0001-06-01T00:00:00Z")
	never.Backfill = true
	week := monday.Add(-7 * 24 * time.Hour)
	for name, c := range map[string]struct {
		r    event.Record
		late bool
		want time.Time
		skew bool
	}{
		"no time of its own":       {at("hello"), false, monday, false},
		"zero time":                {at("zeroth"), false, monday, false},
		"an hour ago":              {at("at " + monday.Add(-time.Hour).Format(time.RFC3339)), false, monday.Add(-time.Hour), false},
		"a day ago":                {at("at " + monday.Add(-24*time.Hour).Format(time.RFC3339)), false, monday.Add(-24 * time.Hour), false},
		"a clock in 1970":          {at("at 1970-01-01T00:00:07Z"), false, monday, true},
		"1970, and it may be late": {at("at 1970-01-01T00:00:07Z"), true, monday, true},
		"a week ago":               {at("at " + week.Format(time.RFC3339)), false, monday, true},
		"a week, and it may be":    {at("at " + week.Format(time.RFC3339)), true, week, false},
		"two days ahead":           {at("at " + monday.Add(48*time.Hour).Format(time.RFC3339)), true, monday, true},
		"an upload of 1970":        {old, false, time.Unix(7, 0).UTC(), false},
		"an upload of no time":     {never, false, monday, true},
	} {
		n := &normaliser{formats: map[string]event.Format{"plain": plain{}}, late: func(string) bool { return c.late }, log: quiet()}
		var e event.Event
		n.one(&c.r, &e, event.Position{}, nil)
		if !e.Time.Equal(c.want) || e.Skew != c.skew {
			t.Errorf("%s: %v skew %v, want %v %v", name, e.Time, e.Skew, c.want, c.skew)
		}
	}
}
