package query

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"slices"
	"sync"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
)

// scan finds rows newest first. What there is to read waits as units, the one with the
// newest event in front: a part, which becomes its row groups, which become
// their blocks, which become matches. A match is certain once no unit can have
// a newer one.
//
// With a limit, units that are older than the last of so many matches are never
// read: the cost of the newest hundred does not grow with the days before them.
// Memory: buffers of one row group for each worker and of maxIdle more, a few megabytes
// each; at most maxWaiting matches and what a block adds, or the limit; and the
// events that are given at once (see maxBatch, MaxLimit).
type scan struct {
	r     *run
	limit int     // of matches; 0: all
	below *cursor // only rows behind it
	batch int     // how many matches were given at once last

	mu      sync.Mutex
	changed *sync.Cond
	units   units
	busy    []int64 // the newest possible events of the units in work
	found   matches // a heap; with a limit a list, the newest first
	least   int64   // with a limit: older rows cannot be among the newest
	stopped bool
}

// unit is a part (group < 0), a row group (block < 0) or a block.
type unit struct {
	newest             int64
	part, group, block int
	rows               int // of a block
	lent               *lender
}

// match is a row that was found.
type match struct {
	at                      int64
	pos                     event.Position
	part, group, row, slice int
	event                   *event.Event // of the tail, or fetched
}

// maxWaiting is how many matches wait for a slow reader before the workers rest.
const maxWaiting = 1 << 16

func newScan(r *run, limit int, below *cursor) *scan {
	s := &scan{r: r, limit: limit, below: below, least: math.MinInt64}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// start begins; what it gives ends it.
func (s *scan) start() (stop func()) {
	for i := range s.r.view.Parts {
		if p := &s.r.view.Parts[i]; s.r.wants(p) {
			_, newest := s.r.partSpan(p)
			s.units = append(s.units, unit{newest: newest, part: i, group: -1, block: -1})
		}
	}
	heap.Init(&s.units)
	s.tail()
	forget := context.AfterFunc(s.r.ctx, s.stop)
	var wait sync.WaitGroup
	for range workers() {
		wait.Go(s.work)
	}
	return func() {
		forget()
		s.stop()
		wait.Wait()
	}
}

func (s *scan) stop() {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.changed.Broadcast()
}

// newest gives the limit newest matches, the newest first; when the context ends
// before, those of them that are certain.
func (s *scan) newest() []match {
	defer s.start()()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.stopped && !s.over() {
		s.changed.Wait()
	}
	n := len(s.found)
	if !s.over() {
		unread := s.unread()
		n, _ = slices.BinarySearchFunc(s.found, unread, func(m match, at int64) int { return cmp.Compare(at, m.at) })
	}
	return slices.Clone(s.found[:n]) // workers may still add theirs
}

// each gives all matches to take in their order, some at once, until it returns
// false. Their events are fetched.
func (s *scan) each(take func([]match) bool) {
	defer s.start()()
	s.batch = 64
	for {
		found := s.next()
		if len(found) == 0 {
			return
		}
		if s.r.fetch(found); !take(found) {
			return
		}
	}
}

// next waits for matches that are certain and gives some of them.
func (s *scan) next() []match {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batch = min(2*s.batch, maxBatch)
	for !s.stopped && !s.certain() {
		if s.over() {
			return nil
		}
		s.changed.Wait()
	}
	var out []match
	type place struct{ part, group, slice int }
	places := map[place]bool{}
	for !s.stopped && s.certain() && len(out) < s.batch && len(places) < maxSlices {
		m := heap.Pop(&s.found).(match)
		places[place{m.part, m.group, m.slice}] = true
		out = append(out, m)
	}
	s.changed.Broadcast() // workers rest when there is enough to take
	return out
}

// tail tests the events that are not sealed.
func (s *scan) tail() {
	if s.r.view.Tail == nil {
		return
	}
	var mem scratch
	n := 0
	s.r.view.Tail.Each(func(e *event.Event) bool {
		n++
		m := match{at: s.r.timeOf(e), pos: e.At}
		if m.at >= s.least && s.behind(&m) && s.r.node.event(e, &mem) {
			m.event = keep(e)
			if s.found = append(s.found, m); s.limit > 0 && len(s.found) >= 2*s.limit {
				s.settle()
			}
		}
		return n%1024 != 0 || s.r.ctx.Err() == nil
	})
	if s.limit > 0 {
		s.settle()
	} else {
		heap.Init(&s.found)
	}
	s.r.advance(n)
}

// settle keeps the newest of found.
func (s *scan) settle() {
	slices.SortFunc(s.found, func(a, b match) int { return -a.compare(&b) })
	if len(s.found) >= s.limit {
		clear(s.found[s.limit:])
		s.found = s.found[:s.limit]
		s.least = s.found[s.limit-1].at
	}
}

// add takes what a worker has found.
func (s *scan) add(found []match) {
	if len(found) == 0 {
		return
	}
	if s.limit > 0 {
		s.found = append(s.found, found...)
		s.settle()
		return
	}
	for i := range found {
		heap.Push(&s.found, found[i])
	}
}

func (s *scan) behind(m *match) bool {
	return s.below == nil || m.at < s.below.at || m.at == s.below.at && m.pos.Compare(s.below.pos) < 0
}

// unread is the newest time that something unread may have.
func (s *scan) unread() int64 {
	newest := int64(math.MinInt64)
	if len(s.units) > 0 {
		newest = s.units[0].newest
	}
	for _, at := range s.busy {
		newest = max(newest, at)
	}
	return newest
}

// certain says whether the newest match is newer than all that is still unread.
func (s *scan) certain() bool {
	return len(s.found) > 0 && (len(s.units) == 0 && len(s.busy) == 0 || s.unread() < s.found[0].at)
}

// over says that nothing is left to read that matters.
func (s *scan) over() bool {
	return len(s.busy) == 0 && (len(s.units) == 0 || s.units[0].newest < s.least)
}

// due says whether the next unit should be read now.
func (s *scan) due() bool {
	if len(s.units) == 0 || s.units[0].newest < s.least {
		return false
	}
	return s.limit > 0 || len(s.found) < maxWaiting || !s.certain()
}

// work reads units until there are none that matter.
func (s *scan) work() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.stopped {
		switch {
		case s.due():
			u, least := heap.Pop(&s.units).(unit), s.least
			s.busy = append(s.busy, u.newest)
			s.mu.Unlock()
			more, found, err := s.read(u, least)
			s.mu.Lock()
			if err != nil && s.r.ctx.Err() == nil {
				s.r.damage(u.part, err)
			}
			if s.r.ctx.Err() == nil { // otherwise it was not read to its end, and is not
				i := slices.Index(s.busy, u.newest)
				s.busy = slices.Delete(s.busy, i, i+1)
			}
			for _, u := range more {
				heap.Push(&s.units, u)
			}
			s.add(found)
			s.changed.Broadcast()
		case s.over():
			return
		default:
			s.changed.Wait()
		}
	}
}

// read makes smaller units or matches of a unit.
func (s *scan) read(u unit, least int64) ([]unit, []match, error) {
	if err := s.r.ctx.Err(); err != nil {
		return nil, nil, err
	}
	reader, err := s.r.reader(u.part)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case u.group < 0:
		more := make([]unit, reader.Groups())
		for i := range more {
			g := reader.Group(i)
			_, newest := s.r.span(g.Span())
			more[i] = unit{newest: newest, part: u.part, group: i, block: -1}
			g.Close()
		}
		return more, nil, nil
	case u.block < 0:
		more, err := s.readGroup(u, reader)
		return more, nil, err
	}
	found, err := s.readBlock(u, least)
	s.r.advance(u.rows)
	u.lent.release()
	return nil, found, err
}

// readGroup asks what can be known without reading rows.
func (s *scan) readGroup(u unit, reader *segment.Reader) ([]unit, error) {
	l := newLender(s.r, reader, u.group)
	t, err := l.get()
	if err != nil {
		return nil, err
	}
	defer l.put(t)
	if t.b.state == none {
		s.r.advance(t.g.Rows())
		return nil, nil
	}
	var more []unit
	skipped := 0
	for i := range t.g.Blocks() {
		block := t.g.Block(i)
		least, newest := s.r.span(block)
		if newest < s.r.from || least >= s.r.to || s.below != nil && least > s.below.at {
			skipped += block.Rows
			continue
		}
		more = append(more, unit{newest: newest, part: u.part, group: u.group, block: i, rows: block.Rows, lent: l})
	}
	l.expect(len(more))
	s.r.advance(skipped)
	return more, nil
}

func (s *scan) readBlock(u unit, least int64) ([]match, error) {
	t, err := u.lent.get()
	if err != nil {
		return nil, err
	}
	defer u.lent.put(t)
	g, block := t.g, t.g.Block(u.block)
	var in, out rows
	in.fill(block.Rows)
	if err := t.b.eval(g, u.block, &in, &out); err != nil {
		return nil, err
	}
	if out.empty() {
		return nil, nil
	}
	times, err := g.Numbers(s.r.column, u.block)
	if err != nil {
		return nil, err
	}
	hits, limit := make([]hit, 0, out.count()), s.limit
	out.each(func(i int) {
		at := times[i]
		if at < least || s.below != nil && at > s.below.at {
			return
		}
		hits = append(hits, hit{at: at, row: block.First + i})
		if limit > 0 && s.below != nil && at == s.below.at {
			limit++ // it may stand before the cursor
		}
	})
	hits = newestHits(hits, limit)
	found := make([]match, 0, len(hits))
	for _, h := range hits {
		m := match{at: h.at, part: u.part, group: u.group, row: h.row}
		if m.pos, err = g.Position(m.row); err != nil {
			return nil, err
		}
		if m.slice, _, _ = g.Slice(m.row); s.behind(&m) {
			found = append(found, m)
		}
	}
	return found, nil
}

// hit is a row whose position nobody has read yet.
type hit struct {
	at  int64
	row int
}

// newestHits gives the limit newest hits and those of the same time as the last
// of them.
func newestHits(hits []hit, limit int) []hit {
	if limit == 0 || len(hits) <= limit {
		return hits
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Compare(b.at, a.at) })
	n := limit
	for n < len(hits) && hits[n].at == hits[limit-1].at {
		n++
	}
	return hits[:n]
}

func (m *match) compare(o *match) int {
	return cmp.Or(cmp.Compare(m.at, o.at), m.pos.Compare(o.pos))
}

// units is a heap, the newest first.
type units []unit

func (u units) Len() int           { return len(u) }
func (u units) Less(i, j int) bool { return u[i].newest > u[j].newest }
func (u units) Swap(i, j int)      { u[i], u[j] = u[j], u[i] }
func (u *units) Push(x any)        { *u = append(*u, x.(unit)) }

func (u *units) Pop() any {
	last := (*u)[len(*u)-1]
	*u = (*u)[:len(*u)-1]
	return last
}

// matches is a heap, the newest first.
type matches []match

func (m matches) Len() int           { return len(m) }
func (m matches) Less(i, j int) bool { return m[i].compare(&m[j]) > 0 }
func (m matches) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }
func (m *matches) Push(x any)        { *m = append(*m, x.(match)) }

func (m *matches) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}
