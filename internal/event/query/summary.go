package query

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/event/segment"
	"github.com/torideproject/toride/internal/fault"
)

// Bounds of what a summary holds.
const (
	MaxBuckets = 2000
	MaxTop     = 1000
	// At most about 10 MB for a field, of which a page counts six, in a part for
	// each processor: names that somebody makes up cannot take the memory.
	maxDistinct = 1 << 17 // values of one field that are counted
)

// SummaryRequest says what is counted.
type SummaryRequest struct {
	Request
	// Width of a bucket of the histogram. 0 chooses one that gives at most 100
	// buckets; negative makes no histogram.
	Width time.Duration
	// Zone is the zone in which buckets begin at full hours and days; nil is UTC.
	Zone *time.Location
	// Top are the names of fields whose most frequent values are wanted, at most
	// Values each (0 is 10). Fields of the entry's own are counted, too, where
	// they are no columns by reading their JSON; times and whole texts are not counted.
	Top    []string
	Values int
}

// Summary is counted, not estimated. When Complete is false, Count and all other
// counts are "at least".
type Summary struct {
	Outcome
	Count     int64
	Width     time.Duration
	Datasets  []string // in order of their names
	Histogram []Bucket // without gaps, the oldest first
	Top       []Top    // as asked for
}

// Bucket counts the events from From on, for the width of the histogram.
type Bucket struct {
	From  time.Time
	Count int64
	Of    []int64 // of each of Datasets
}

// Top are the most frequent values of a field, the first the most frequent.
type Top struct {
	Field    string
	Values   []Count
	Distinct int // how many different values there are
	// Exact is false when there are more different values than are counted. Then the
	// values and counts are those of a part of the events.
	Exact bool
}

// Count is a value and how many events have it.
type Count struct {
	Value string
	Count int64
}

// Summarise counts what r finds. The newest row groups are counted first, so that
// a summary that was stopped stands for the newest events. Where a whole row group is
// found, the counts of its dictionaries are taken and no row is read.
func Summarise(ctx context.Context, v *View, r SummaryRequest) (*Summary, error) {
	c := &counting{run: newRun(ctx, v, r.Request), values: cmp.Or(min(r.Values, MaxTop), 10)}
	defer c.run.close()
	if err := c.setTop(r.Top); err != nil {
		return nil, err
	}
	if err := c.setBuckets(r); err != nil {
		return nil, err
	}
	c.tail(c.worker())
	jobs := c.jobs()
	var wait sync.WaitGroup
	for range workers() {
		own := c.worker()
		wait.Go(func() {
			for j := range jobs {
				if ctx.Err() == nil {
					c.do(j, own)
				}
			}
		})
	}
	wait.Wait()
	return c.summary(), nil
}

// counting is a summary under way.
type counting struct {
	run     *run
	fields  []leaf // whose values are counted; see newLeaf
	names   []string
	values  int
	buckets bucketing

	parts []*counts // what each worker has counted
}

// worker gives a worker what it counts in.
func (c *counting) worker() *counts {
	own := c.empty()
	c.parts = append(c.parts, own)
	return own
}

// bucketing divides time.
type bucketing struct {
	width, first int64 // microseconds; no histogram when width is 0
	n            int
}

// of gives the bucket of a time. A catalogue that is wrong about a part's times
// makes a wrong first or last bucket, not a crash.
func (b bucketing) of(t int64) int { return int(max(0, min(int64(b.n)-1, (t-b.first)/b.width))) }

func (c *counting) setTop(names []string) error {
	for _, name := range names {
		f, known := core(name)
		if known && (f.Kind == Time || f.col == segment.ColOriginal) {
			return fault.New(fault.Invalid, "query.top", name)
		}
		l, _ := newLeaf(Test{Field: name, How: Exists})
		c.fields, c.names = append(c.fields, l), append(c.names, name)
	}
	return nil
}

// setBuckets chooses where buckets begin: at multiples of the width in the
// zone's offset at the end of the range.
func (c *counting) setBuckets(r SummaryRequest) error {
	if r.Width < 0 {
		return nil
	}
	least, greatest, ok := c.extent()
	if !ok {
		return nil
	}
	width := r.Width.Microseconds()
	if width == 0 {
		for _, w := range widths() {
			if width = w.Microseconds(); (greatest-least)/width < 100 {
				break
			}
		}
	}
	offset := int64(0)
	if r.Zone != nil {
		_, seconds := time.UnixMicro(greatest).In(r.Zone).Zone()
		offset = int64(seconds) * 1_000_000
	}
	first := floor(least+offset, width) - offset
	n := (greatest-first)/width + 1
	if n > MaxBuckets {
		return fault.New(fault.Invalid, "query.buckets", MaxBuckets)
	}
	c.buckets = bucketing{width: width, first: first, n: int(n)}
	return nil
}

// floor is the greatest multiple of width that is not above n.
func floor(n, width int64) int64 {
	if n%width < 0 {
		return n - n%width - width
	}
	return n - n%width
}

func widths() []time.Duration {
	return []time.Duration{
		time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 365 * 24 * time.Hour,
		10 * 365 * 24 * time.Hour, 100 * 365 * 24 * time.Hour,
	}
}

// extent is the time range of the request, cut to what the view has.
func (c *counting) extent() (least, greatest int64, ok bool) {
	grow := func(a, b int64) {
		a, b = max(a, c.run.from), min(b, c.run.to-1)
		if a > b {
			return
		}
		if !ok {
			least, greatest, ok = a, b, true
		}
		least, greatest = min(least, a), max(greatest, b)
	}
	for i := range c.run.view.Parts {
		grow(c.run.partSpan(&c.run.view.Parts[i]))
	}
	c.eachOfTail(func(t int64) { grow(t, t) })
	return least, greatest, ok
}

// job is a row group to count.
type job struct {
	newest      int64
	part, group int
}

// jobs opens the parts in the time range and gives their row groups, the newest
// first.
func (c *counting) jobs() chan job {
	var list []job
	for i := range c.run.view.Parts {
		if !c.run.wants(&c.run.view.Parts[i]) {
			continue
		}
		r, err := c.run.reader(i)
		if err != nil {
			c.run.damage(i, err)
			continue
		}
		for j := range r.Groups() {
			g := r.Group(j)
			_, newest := c.run.span(g.Span())
			g.Close()
			list = append(list, job{newest: newest, part: i, group: j})
		}
	}
	slices.SortFunc(list, func(a, b job) int { return cmp.Compare(b.newest, a.newest) })
	out := make(chan job, len(list))
	for _, j := range list {
		out <- j
	}
	close(out)
	return out
}

// do counts one row group, and adds it to own when it could be read to its end.
func (c *counting) do(j job, own *counts) {
	r, err := c.run.reader(j.part)
	if err != nil {
		return // jobs has noted it
	}
	g := r.GroupIn(j.group, &c.run.memory)
	defer g.Close()
	if err = c.group(g, own); c.run.ctx.Err() != nil {
		return
	}
	if err != nil {
		c.run.damage(j.part, err)
	}
	c.run.advance(g.Rows())
}

// summary makes the answer.
func (c *counting) summary() *Summary {
	t := c.parts[0]
	for _, part := range c.parts[1:] {
		t.add(part)
	}
	s := &Summary{Outcome: c.run.outcome(), Count: t.count, Width: time.Duration(c.buckets.width) * time.Microsecond}
	for name := range t.buckets {
		s.Datasets = append(s.Datasets, name)
	}
	slices.Sort(s.Datasets)
	for i := range c.buckets.n {
		b := Bucket{From: time.UnixMicro(c.buckets.first + int64(i)*c.buckets.width).UTC(), Of: make([]int64, len(s.Datasets))}
		for j, name := range s.Datasets {
			b.Of[j] = t.buckets[name][i]
			b.Count += b.Of[j]
		}
		s.Histogram = append(s.Histogram, b)
	}
	for i, name := range c.names {
		s.Top = append(s.Top, t.tops[i].top(name, c.values))
	}
	return s
}

// tally counts values.
type tally struct {
	counts map[string]*int64
	full   bool
}

func newTally() *tally { return &tally{counts: map[string]*int64{}} }

func (t *tally) add(value string, n int64) {
	if p := t.counts[value]; p != nil {
		*p += n
		return
	}
	if len(t.counts) >= maxDistinct {
		t.full = true
		return
	}
	first := n
	t.counts[strings.Clone(value)] = &first // value may be part of a whole dictionary
}

func (t *tally) top(name string, n int) Top {
	out := Top{Field: name, Distinct: len(t.counts), Exact: !t.full, Values: make([]Count, 0, len(t.counts))}
	for v, count := range t.counts {
		out.Values = append(out.Values, Count{Value: v, Count: *count})
	}
	slices.SortFunc(out.Values, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	out.Values = slices.Clone(out.Values[:min(n, len(out.Values))])
	return out
}
