package correlate

import (
	"math"

	"github.com/torideproject/toride/sigma"
)

// group is what a correlation knows of one combination of group-by values.
type group struct {
	counter    *counter
	key        string
	labels     []string
	prev, next *group // neighbours in the counter's list
	order      uint64 // of its place in that list among all groups
	used       bool   // since it was put there: it gets a second chance
	touched    int64  // the State's clock when it was last hit, or its judged window opened
	first      int64  // time of the earliest hit; of a judged window its beginning
	newest     int64  // time of the newest hit
	pending    bool   // of a judged window: it is open
	episode    episode
	bytes      int // estimated

	refs []Ref // latest hits, a ring
	ref  int   // where the next one goes

	// One of these, as the type of the correlation asks.
	count   int // of a judged EventCount
	times   times
	values  *values
	numbers *numbers
	marks   *marks
}

// episode is for how long the condition has been holding.
type episode struct {
	open        bool
	began, last int64
	hits        int
	number      float64
}

// Times that no hit has: see nanoseconds. With a timespan of ten years more or
// less they do not wrap.
const (
	never   = math.MinInt64 / 4
	forever = math.MaxInt64 - 1e18
)

// Estimated bytes of things that are kept.
const (
	groupBytes = 320 // with its place in a map
	valueBytes = 96  // with its place in a map
	refBytes   = 16
	timeBytes  = 16 // with what a growing slice keeps free
)

// newGroup makes a group, from one that was given up if there is one: a flood
// of keys must not become work for the collector.
func (k *counter) newGroup(key []byte, h Hit, at int64) *group {
	g := &group{}
	if n := len(k.spare); n > 0 {
		g = k.spare[n-1]
		k.spare = k.spare[:n-1]
		*g = group{refs: g.refs[:0], labels: g.labels[:0], times: g.times, values: g.values, numbers: g.numbers, marks: g.marks}
	}
	g.counter, g.key, g.first, g.newest = k, string(key), at, never
	g.labels = labels(g.labels, h.Fields, k.feeds[h.Rule].group)
	g.bytes = groupBytes + 2*len(key) + g.empty()
	return g
}

// maxSpare is how many given up groups of a correlation wait to be used again.
const maxSpare = 64

// empty clears the group's storage, and gives how many bytes it takes. What had
// grown large is left to the collector.
func (g *group) empty() int {
	k := g.counter
	g.count = 0
	switch {
	case k.Type == sigma.EventCount:
		g.times.clear()
	case k.Type == sigma.ValueCount:
		if g.values == nil || cap(g.values.nodes) > 64 {
			g.values = newValues(k)
		}
		g.values.clear()
	case k.Type.Temporal():
		if g.marks == nil {
			g.marks = newMarks(len(k.Rules), k.Type == sigma.TemporalOrdered)
		}
		g.marks.clear()
		return g.marks.bytes()
	default:
		g.numbers = &numbers{}
	}
	return 0
}

// remember notes a hit as evidence.
func (g *group) remember(r Ref, most int) {
	if len(g.refs) < most {
		g.refs = append(g.refs, r)
		g.bytes += refBytes
		return
	}
	g.refs[g.ref%most] = r
	g.ref++
}

// evidence gives the references from the oldest to the latest.
func (g *group) evidence() []Ref {
	out := make([]Ref, 0, len(g.refs))
	for i := range g.refs {
		out = append(out, *g.latest(i))
	}
	return out
}

// latest gives the i-th of the references from the oldest on.
func (g *group) latest(i int) *Ref { return &g.refs[(g.ref+i)%len(g.refs)] }

// hold notes that the condition holds at a time. It says whether that begins an
// episode.
func (g *group) hold(at int64, number float64) bool {
	e := &g.episode
	if e.open && at <= e.last+g.counter.quiet { // a late hit is of the same episode too
		e.last, e.hits, e.number = max(e.last, at), e.hits+1, number
		return false
	}
	*e = episode{open: true, began: at, last: at, hits: 1, number: number}
	return true
}

// over says whether the group can be forgotten at a time of the State's clock.
func (g *group) over(clock int64) bool {
	k := g.counter
	wait := k.span + k.tolerance
	if g.episode.open {
		wait += k.quiet
	}
	return g.touched+wait < clock
}

// toEnd makes the group the newest of its correlation.
func (k *counter) toEnd(g *group) {
	if k.newest == g {
		return
	}
	if g.prev != nil || g.next != nil || k.oldest == g {
		k.unlink(g)
	}
	g.prev, g.next = k.newest, nil
	if k.newest != nil {
		k.newest.next = g
	} else {
		k.oldest = g
	}
	k.newest = g
}

func (k *counter) unlink(g *group) {
	if g.prev != nil {
		g.prev.next = g.next
	} else {
		k.oldest = g.next
	}
	if g.next != nil {
		g.next.prev = g.prev
	} else {
		k.newest = g.prev
	}
	g.prev, g.next = nil, nil
}
