//go:build measure

package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/event/segment"
)

// searchDays is over how many days the searched events are spread.
const searchDays = 30

func searchDay(n int) time.Time { return time.Date(2026, 10, 1+n, 0, 0, 0, 0, time.UTC) }

// TestMeasure_Search searches ten million events of thirty days, in files as the
// store merges them: one for each day. The files are made once and kept in
// TORIDE_MEASURE_CACHE.
func TestMeasure_Search(t *testing.T) {
	measuring(t)
	n := envInt("TORIDE_MEASURE_EVENTS", 10_000_000)
	cache := os.Getenv("TORIDE_MEASURE_CACHE")
	if cache == "" {
		t.Fatal("TORIDE_MEASURE_CACHE names no folder")
	}
	dir := filepath.Join(cache, fmt.Sprintf("search-%d", n))
	if _, err := os.Stat(dir); err != nil {
		makeSearched(t, dir, n)
	}
	v, size := openSearched(t, dir)
	row("search: what is searched", fmt.Sprintf("%d events, %d days, %d files", n, searchDays, len(v.Parts)), fmt.Sprintf("%.1f bytes per event", float64(size)/float64(n)), "")
	rare := func(kind eventtest.Kind, i int) eventtest.Needle {
		var of []eventtest.Needle
		for _, needle := range eventtest.Needles() {
			if needle.Kind == kind {
				of = append(of, needle)
			}
		}
		return of[i]
	}
	address, name := rare(eventtest.FortiGate, 0), rare(eventtest.Windows, 2)
	code, path := rare(eventtest.Windows, 0), rare(eventtest.Windows, 1)
	ward, wide := rare(eventtest.Chart, 0), rare(eventtest.FortiGate, 1)
	for _, q := range []struct {
		what, text, bar string
		want            int
	}{
		{"equality, address", "destination.ip: " + address.Value, "< 100 ms", address.Count},
		{"equality, account", "user.name: " + name.Value, "< 100 ms", name.Count},
		{"rare substring, ASCII", `"` + code.Text[4:30] + `"`, "< 1 s", code.Count},
		{"rare substring, other case", `"WANNACRY.EXE"`, "< 1 s", path.Count},
		{"rare substring, Japanese", `"` + ward.Text + `"`, "< 1 s", ward.Count},
		{"rare substring, half-width for full-width", `"VPN装置の設定変更"`, "< 1 s", wide.Count},
		{"substring that is nowhere", `"こういう語は無い"`, "< 1 s", 0},
	} {
		timed(t, v, q.what+" `"+q.text+"`", q.bar, func(v *query.View) {
			if got := rowsOf(t, v, q.text, 100); got != q.want {
				t.Errorf("%s: %d events, want %d", q.what, got, q.want)
			}
		})
	}
	for _, text := range []string{"", "event.code: 4625", "event.outcome: failure and user.name: ya*", `"救急外来"`} {
		timed(t, v, "first 100 rows `"+text+"`", "< 300 ms", func(v *query.View) {
			if got := rowsOf(t, v, text, 100); got != 100 {
				t.Errorf("first rows of %q: %d", text, got)
			}
		})
	}
	for _, s := range []struct{ what, text, top string }{{"top 10 accounts", "", "user.name"}, {"top 10 hosts of failed logons", "event.code: 4625", "host.name"}, {"histogram", "", ""}, {"histogram of failed logons", "event.code: 4625", ""}} {
		bar, width, top := "", time.Duration(0), []string(nil)
		if s.top != "" {
			bar, width, top = "< 100 ms", -1, []string{s.top}
		}
		timed(t, v, s.what+" `"+s.text+"`", bar, func(v *query.View) { summarise(t, v, s.text, width, top) })
	}
}

func rowsOf(t *testing.T, v *query.View, text string, limit int) int {
	t.Helper()
	expr, err := query.Parse(text, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	page, err := query.Rows(t.Context(), v, query.Request{Query: expr}, limit, "")
	if err != nil || !page.Complete {
		t.Fatal(err, page.Damaged)
	}
	return len(page.Events)
}

func summarise(t *testing.T, v *query.View, text string, width time.Duration, top []string) {
	t.Helper()
	expr, err := query.Parse(text, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	s, err := query.Summarise(t.Context(), v, query.SummaryRequest{Request: query.Request{Query: expr}, Width: width, Top: top})
	if err != nil || s.Count == 0 {
		t.Fatal(err, s)
	}
}

// timed prints the first time and the median of five more; before the first,
// no file of the view is open, but the kernel may have its pages.
func timed(t *testing.T, v *query.View, what, bar string, ask func(*query.View)) {
	t.Helper()
	fresh, closeAll := reopened(t, v)
	defer closeAll()
	var all, worked []time.Duration
	for range 6 {
		began, before := time.Now(), cpuSpent()
		ask(fresh)
		all, worked = append(all, time.Since(began)), append(worked, cpuSpent()-before)
	}
	first, firstWorked := all[0], worked[0]
	rest := all[1:]
	slices.Sort(rest)
	slices.Sort(worked[1:])
	row("search: "+what, fmt.Sprintf("%.1f ms (%.0f of processor)", rest[2].Seconds()*1e3, worked[3].Seconds()*1e3),
		fmt.Sprintf("the first time, files not open yet: %.1f ms (%.0f)", first.Seconds()*1e3, firstWorked.Seconds()*1e3), bar)
}

// reopened gives the view with readers of its own, opened when they are needed
// and kept, as the store does.
func reopened(t *testing.T, v *query.View) (*query.View, func()) {
	t.Helper()
	out := &query.View{Parts: slices.Clone(v.Parts)}
	var files []*os.File
	open := make([]*segment.Reader, len(out.Parts))
	for i := range out.Parts {
		name := out.Parts[i].Name
		out.Parts[i].Open = func() (*segment.Reader, func(), error) {
			if open[i] == nil { // a query asks for one part after the other
				f, r, err := openSegment(name)
				if err != nil {
					return nil, nil, err
				}
				files, open[i] = append(files, f), r
			}
			return open[i], func() {}, nil
		}
	}
	return out, func() {
		for _, f := range files {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func openSegment(name string) (*os.File, *segment.Reader, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	r, err := segment.NewReader(f, info.Size())
	return f, r, err
}

func openSearched(t *testing.T, dir string) (v *query.View, size int64) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	v = &query.View{}
	for _, name := range names {
		f, r, err := openSegment(name)
		if err != nil {
			t.Fatal(err)
		}
		i := r.Info()
		v.Parts = append(v.Parts, query.Part{Name: name, Rows: i.Rows, First: i.First, Last: i.Last,
			TimeMin: i.TimeMin, TimeMax: i.TimeMax, ReceivedMin: i.ReceivedMin, ReceivedMax: i.ReceivedMax})
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return v, size
}

// makeSearched writes the files day by day.
func makeSearched(t *testing.T, dir string, n int) {
	t.Helper()
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(part, 0o700); err != nil {
		t.Fatal(err)
	}
	g := eventtest.New(1, n, searchDay(0), searchDay(searchDays))
	var batch []*event.Event
	var pieces []string
	day := 0
	seal := func() {
		if len(batch) == 0 {
			return
		}
		name := filepath.Join(part, fmt.Sprintf("piece-%02d-%d", day, len(pieces)))
		writeSegment(t, name, batch)
		pieces, batch = append(pieces, name), nil
	}
	for {
		e := &event.Event{}
		more := g.Next(nil, e)
		eventtest.Keep(e)
		if !more || !e.Received.Before(searchDay(day+1)) {
			seal()
			mergeDay(t, filepath.Join(part, fmt.Sprintf("%02d.seg", day)), pieces)
			pieces = nil
			day++
		}
		if !more {
			break
		}
		if batch = append(batch, e); len(batch) == segment.MaxSealRows {
			seal()
		}
	}
	if err := os.Rename(part, dir); err != nil {
		t.Fatal(err)
	}
}

func writeSegment(t *testing.T, name string, events []*event.Event) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := segment.Write(context.Background(), f, segment.Options{Facility: eventtest.Facility}, events); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// mergeDay merges the pieces of a day and removes them.
func mergeDay(t *testing.T, name string, pieces []string) {
	t.Helper()
	var in []*segment.Reader
	for _, p := range pieces {
		f, r, err := openSegment(p)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		in = append(in, r)
	}
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := segment.Merge(context.Background(), out, segment.Options{Small: true}, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range pieces {
		if err := os.Remove(p); err != nil {
			t.Fatal(err)
		}
	}
}
