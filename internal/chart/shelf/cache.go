package shelf

import (
	"container/list"
	"context"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// cacheKey names a chart by all that it was read for.
type cacheKey struct {
	id    string
	today model.Day
	limit int
	only  string // "" for everything
	known bool   // whether it was known what the copy stores
}

// keyOf gives the key of a request; zero for one that is not to be kept because
// it brings its own Stored.
func keyOf(id string, want source.Want, building bool) cacheKey {
	if want.Stored != nil || id == "" {
		return cacheKey{}
	}
	k := cacheKey{id: id, today: want.Today, limit: want.Limit, known: !building}
	if want.Only != nil {
		var parts strings.Builder
		parts.WriteString("+")
		for _, p := range want.Only {
			parts.WriteString(string(p))
			parts.WriteByte('+')
		}
		k.only = parts.String()
	}
	return k
}

// cache keeps charts that were read lately, the least used going first, and lets
// each be read by one goroutine only.
type cache struct {
	max   int64
	keep  time.Duration
	clock func() time.Time

	mu      sync.Mutex
	bytes   int64
	entries map[cacheKey]*list.Element
	used    *list.List // newest first
	flights map[cacheKey]*flight
}

type kept struct {
	key   cacheKey
	chart *model.Chart
	bytes int64
	at    time.Time
}

// flight is a chart that is being read.
type flight struct {
	done  chan struct{}
	chart *model.Chart
	err   error
	stale bool // something changed meanwhile: who waits is given it, nobody later
}

func newCache(max int64, keep time.Duration, clock func() time.Time) *cache {
	return &cache{max: max, keep: keep, clock: clock, entries: map[cacheKey]*list.Element{}, used: list.New(), flights: map[cacheKey]*flight{}}
}

// get gives the chart, reading it if it is not there.
func (c *cache) get(ctx context.Context, key cacheKey, read func(context.Context) (*model.Chart, error)) (*model.Chart, error) {
	c.mu.Lock()
	if chart := c.lookup(key); chart != nil {
		c.mu.Unlock()
		return chart, nil
	}
	f := c.flights[key]
	if f == nil {
		f = &flight{done: make(chan struct{})}
		c.flights[key] = f
		go c.fly(ctx, key, f, read)
	}
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.chart, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *cache) fly(ctx context.Context, key cacheKey, f *flight, read func(context.Context) (*model.Chart, error)) {
	f.chart, f.err = read(ctx)
	bytes := int64(0)
	if f.err == nil {
		bytes = sizeOf(f.chart) // some milliseconds for a hundred thousand results: nobody else waits for it
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[key] == f { // else somebody reads it anew
		delete(c.flights, key)
	}
	if f.err == nil && !f.stale && !failedSome(f.chart) {
		c.put(key, f.chart, bytes)
	}
	close(f.done)
}

// failedSome tells that a source was away: the next request asks again.
func failedSome(chart *model.Chart) bool {
	for _, st := range chart.Stores {
		if st.Failed {
			return true
		}
	}
	return false
}

// lookup gives what is kept; everything does for who wants a part.
func (c *cache) lookup(key cacheKey) *model.Chart {
	whole := key
	whole.only = ""
	for _, k := range []cacheKey{key, whole} {
		e, ok := c.entries[k]
		if !ok {
			continue
		}
		v := e.Value.(*kept)
		if c.clock().Sub(v.at) > c.keep {
			c.remove(e)
			continue
		}
		c.used.MoveToFront(e)
		return v.chart
	}
	return nil
}

func (c *cache) put(key cacheKey, chart *model.Chart, bytes int64) {
	v := &kept{key: key, chart: chart, bytes: bytes, at: c.clock()}
	if v.bytes > c.max {
		return
	}
	if e, ok := c.entries[key]; ok {
		c.remove(e)
	}
	c.entries[key] = c.used.PushFront(v)
	c.bytes += v.bytes
	for c.bytes > c.max {
		c.remove(c.used.Back())
	}
}

func (c *cache) remove(e *list.Element) {
	v := e.Value.(*kept)
	c.used.Remove(e)
	delete(c.entries, v.key)
	c.bytes -= v.bytes
}

// drop forgets what was read of a patient, under whatever zeros.
func (c *cache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, f := range c.flights {
		if ssmix2.SamePatient(k.id, id) {
			c.ground(k, f)
		}
	}
	for k, e := range c.entries {
		if ssmix2.SamePatient(k.id, id) {
			c.remove(e)
		}
	}
}

// ground lets a chart that is being read go to those who wait for it, and to
// nobody else: it may be of a copy that is not to be read any more.
func (c *cache) ground(key cacheKey, f *flight) {
	f.stale = true
	delete(c.flights, key)
}

// sweep forgets what is not believed any more: nobody may ask for it again, and
// patients' records do not lie in memory longer than they are of use.
func (c *cache) sweep() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock()
	for _, e := range c.entries {
		if now.Sub(e.Value.(*kept).at) > c.keep {
			c.remove(e)
		}
	}
}

// clear forgets everything.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, f := range c.flights {
		c.ground(k, f)
	}
	clear(c.entries)
	c.used.Init()
	c.bytes = 0
}
