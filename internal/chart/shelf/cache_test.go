package shelf

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/vault"
)

func keyIs(key *vault.Key) func([]string) (*vault.Key, error) {
	return func([]string) (*vault.Key, error) { return key, nil }
}

func chartOf(id string, rows int) *model.Chart {
	return &model.Chart{ID: id, Items: make([]model.Item, rows)}
}

func TestCache_OneReaderForManyWhoWait(t *testing.T) {
	t.Parallel()
	c := newCache(1<<20, time.Minute, time.Now)
	var reads atomic.Int64
	begun, hold := make(chan struct{}), make(chan struct{})
	key := keyOf("1", source.Want{}, false)
	read := func(context.Context) (*model.Chart, error) {
		reads.Add(1)
		close(begun)
		<-hold
		return chartOf("1", 1), nil
	}
	impatient, leave := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { _, _ = c.get(impatient, key, read) })
	<-begun
	for range 20 {
		all.Go(func() {
			if got, err := c.get(context.Background(), key, read); err != nil || got.ID != "1" {
				t.Error(got, err)
			}
		})
	}
	leave() // who began it goes away: the others get it all the same
	close(hold)
	all.Wait()
	if n := reads.Load(); n != 1 {
		t.Errorf("read %d times", n)
	}
}

// A few reports of a megabyte each are no few rows: they do not take more than
// the cache may.
func TestCache_LongTextsCount(t *testing.T) {
	t.Parallel()
	const most = 8 << 20
	c := newCache(most, time.Minute, time.Now)
	var real int64
	for i := range 40 {
		id, text := fmt.Sprint(i), strings.Repeat("所見", 1<<10)
		chart := chartOf(id, 1)
		report := model.Report{Lines: make([]model.Line, 50)}
		for k := range report.Lines {
			report.Lines[k].Texts = []model.Text{{Show: text}, {Raw: text}}
		}
		chart.Reports.Rows = []model.Report{report}
		chart.Labs.Rows = []model.Lab{{Values: []model.Text{{Show: text}}, Earlier: make([]model.Lab, 100)}}
		if _, err := c.get(t.Context(), keyOf(id, source.Want{}, false), func(context.Context) (*model.Chart, error) { return chart, nil }); err != nil {
			t.Fatal(err)
		}
		real = 101 * int64(len(text))
	}
	if n := int64(len(c.entries)); n == 0 || n*real > most || n*real < most/4 {
		t.Errorf("%d charts of %d bytes are kept in %d", n, real, most)
	}
}

func TestCache_ForgetsWhatChangedWhatIsOldAndWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	c := newCache(10*sizeOf(chartOf("", 10)), time.Minute, func() time.Time { return now })
	reads := 0
	get := func(id string, w source.Want) {
		t.Helper()
		if _, err := c.get(context.Background(), keyOf(id, w, false), func(context.Context) (*model.Chart, error) { reads++; return chartOf(id, 10), nil }); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(n int, what string) {
		t.Helper()
		if reads != n {
			t.Errorf("%s: %d reads, want %d", what, reads, n)
		}
		reads = 0
	}
	get("0001", source.Want{})
	get("0001", source.Want{})
	expect(1, "kept")
	get("0001", source.Want{Only: []model.Part{model.Labs}})
	expect(0, "a part of what is kept whole")
	get("0001", source.Want{Today: 5})
	expect(1, "another day")
	c.drop("1")
	get("0001", source.Want{})
	expect(1, "changed, with other zeros")
	now = now.Add(2 * time.Minute)
	get("0001", source.Want{})
	expect(1, "old")
	for i := range 30 {
		get(fmt.Sprint("x", i), source.Want{})
	}
	expect(30, "many")
	get("x29", source.Want{})
	expect(0, "the last of many")
	get("x0", source.Want{})
	expect(1, "the first of many")
	if c.bytes > c.max || len(c.entries) != c.used.Len() {
		t.Errorf("%d bytes of %d, %d and %d", c.bytes, c.max, len(c.entries), c.used.Len())
	}
	kept := len(c.entries)
	now = now.Add(30 * time.Second)
	get("young", source.Want{})
	reads = 0
	now = now.Add(40 * time.Second)
	if c.sweep(); kept < 5 || len(c.entries) != 1 || c.used.Len() != 1 || c.bytes != sizeOf(chartOf("", 10)) {
		t.Errorf("of %d and a young one %d are left, %d bytes", kept, len(c.entries), c.bytes)
	}
	get("young", source.Want{})
	expect(0, "swept around")
	c.clear()
	get("x0", source.Want{})
	expect(1, "cleared")
	if k := keyOf("1", source.Want{Stored: func(string) (bool, bool) { return false, false }}, false); k != (cacheKey{}) {
		t.Error("a request with its own Stored is kept")
	}
}

// A chart that takes long to read is on its way when its copy is closed: who asks
// from then on does not get that one.
func TestCache_WhoComesAfterAChangeReadsAnew(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*cache){"another copy": (*cache).clear, "the index saw it": func(c *cache) { c.drop("1") }} {
		c := newCache(1<<20, time.Minute, time.Now)
		key := keyOf("0001", source.Want{}, false)
		begun, hold := make(chan struct{}), make(chan struct{})
		var waits sync.WaitGroup
		waits.Go(func() {
			got, err := c.get(t.Context(), key, func(context.Context) (*model.Chart, error) {
				close(begun)
				<-hold
				return chartOf("old", 1), nil
			})
			if err != nil || got.ID != "old" {
				t.Error(name, got, err)
			}
		})
		<-begun
		change(c)
		ctx, leave := context.WithTimeout(t.Context(), 10*time.Second)
		for range 2 {
			got, err := c.get(ctx, key, func(context.Context) (*model.Chart, error) { return chartOf("new", 1), nil })
			if err != nil || got.ID != "new" {
				t.Fatalf("%s: %+v, %v", name, got, err)
			}
		}
		leave()
		close(hold)
		waits.Wait()
		if got := c.lookup(key); got == nil || got.ID != "new" || len(c.flights) != 0 {
			t.Errorf("%s: %+v is kept, %d are being read", name, got, len(c.flights))
		}
	}
}

func TestCache_WhatChangedWhileItWasReadIsNotKept(t *testing.T) {
	t.Parallel()
	c := newCache(1<<20, time.Minute, time.Now)
	key := keyOf("0001", source.Want{}, false)
	reads := 0
	read := func(context.Context) (*model.Chart, error) {
		reads++
		c.drop("1")
		return chartOf("0001", 1), nil
	}
	for range 2 {
		if _, err := c.get(context.Background(), key, read); err != nil {
			t.Fatal(err)
		}
	}
	if reads != 2 {
		t.Errorf("%d reads", reads)
	}
	failed := func(context.Context) (*model.Chart, error) {
		reads++
		return &model.Chart{Stores: []model.Store{{Failed: true}}}, nil
	}
	for range 2 {
		if _, err := c.get(context.Background(), key, failed); err != nil {
			t.Fatal(err)
		}
	}
	if reads != 4 {
		t.Errorf("a chart that says a source is away was kept: %d reads", reads)
	}
}
