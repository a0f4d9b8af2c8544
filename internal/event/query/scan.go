package query

import (
	"cmp"
	"container/heap"
	"slices"
	"sync"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
)

// scan finds rows newest first. What there is to read waits as units, the one with the
// newest event in front: a part, which becomes its row groups, which become
// their blocks, which become matches. A match is certain once no unit can have
// a newer one.
type scan struct {
	r     *run
	limit int     // of matches that a block needs to give; 0: all
	below *cursor // only rows behind it

	mu      sync.Mutex
	changed *sync.Cond
	units   units
	busy    []int64 // the newest possible events of the units in work
	found   matches
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
	at               int64
	pos              event.Position
	part, group, row int
	event            *event.Event // of the tail
}

// maxWaiting is how many matches wait for a slow reader before the workers rest.
const maxWaiting = 1 << 16

func newScan(r *run) *scan {
	s := &scan{r: r}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// run gives matches to take, newest first, until it returns false.
func (s *scan) run(take func(*match, *event.Event) bool) error {
	defer s.r.close()
	for i := range s.r.view.Parts {
		if p := &s.r.view.Parts[i]; s.r.wants(p) {
			_, newest := s.r.partSpan(p)
			s.units = append(s.units, unit{newest: newest, part: i, group: -1, block: -1})
		}
	}
	heap.Init(&s.units)
	s.tail()
	stop := s.stopWith()
	defer stop()
	var wait sync.WaitGroup
	for range workers() {
		wait.Go(s.work)
	}
	defer wait.Wait()
	defer s.stop()
	reader := rowReader{r: s.r}
	defer reader.close()
	for {
		m, ok := s.next()
		if !ok {
			return nil
		}
		e := m.event
		if e == nil {
			var err error
			if e, err = reader.read(m); err != nil {
				if s.r.ctx.Err() != nil {
					return nil
				}
				s.r.damage(m.part, err)
				continue
			}
		}
		if !take(m, e) {
			return nil
		}
	}
}

// stopWith stops the scan when the context ends.
func (s *scan) stopWith() func() {
	done := make(chan struct{})
	go func() {
		select {
		case <-s.r.ctx.Done():
			s.stop()
		case <-done:
		}
	}()
	return func() { close(done) }
}

func (s *scan) stop() {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.changed.Broadcast()
}

// tail tests the events that are not sealed.
func (s *scan) tail() {
	if s.r.view.Tail == nil {
		return
	}
	var mem scratch
	n := 0
	s.r.view.Tail.Each(func(e *event.Event) bool {
		if s.r.node.event(e, &mem) {
			if m := (match{at: s.r.timeOf(e), pos: e.At}); s.behind(&m) {
				m.event = keep(e)
				s.found = append(s.found, m)
			}
		}
		n++
		return n%1024 != 0 || s.r.ctx.Err() == nil
	})
	heap.Init(&s.found)
	s.r.advance(n)
}

func (s *scan) behind(m *match) bool {
	return s.below == nil || m.at < s.below.at || m.at == s.below.at && m.pos.Compare(s.below.pos) < 0
}

// next waits for the newest match that is certain.
func (s *scan) next() (*match, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.stopped {
		if s.certain() {
			m := heap.Pop(&s.found).(match)
			if len(s.found) == maxWaiting/2 {
				s.changed.Broadcast()
			}
			return &m, true
		}
		if len(s.units) == 0 && len(s.busy) == 0 {
			return nil, false
		}
		s.changed.Broadcast() // workers may rest because there was enough to take
		s.changed.Wait()
	}
	return nil, false
}

// certain says whether the newest match is newer than all that is still unread.
func (s *scan) certain() bool {
	if len(s.found) == 0 {
		return false
	}
	at := s.found[0].at
	return (len(s.units) == 0 || s.units[0].newest < at) && (len(s.busy) == 0 || slices.Max(s.busy) < at)
}

// work reads units until there are none.
func (s *scan) work() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.stopped {
		switch {
		case len(s.units) > 0 && (len(s.found) < maxWaiting || !s.certain()):
			u := heap.Pop(&s.units).(unit)
			s.busy = append(s.busy, u.newest)
			s.mu.Unlock()
			more, found, err := s.read(u)
			s.mu.Lock()
			if err != nil && s.r.ctx.Err() == nil {
				s.r.damage(u.part, err)
			}
			i := slices.Index(s.busy, u.newest)
			s.busy = slices.Delete(s.busy, i, i+1)
			for _, u := range more {
				heap.Push(&s.units, u)
			}
			for i := range found {
				heap.Push(&s.found, found[i])
			}
			s.changed.Broadcast()
		case len(s.units) == 0 && len(s.busy) == 0:
			return
		default:
			s.changed.Wait()
		}
	}
}

// read makes smaller units or matches of a unit.
func (s *scan) read(u unit) ([]unit, []match, error) {
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
	found, err := s.readBlock(u)
	s.r.advance(u.rows)
	u.lent.release()
	return nil, found, err
}

// readGroup asks what can be known without reading rows.
func (s *scan) readGroup(u unit, reader *segment.Reader) ([]unit, error) {
	l := newLender(reader, u.group, s.r.node)
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
		l.users++
		more = append(more, unit{newest: newest, part: u.part, group: u.group, block: i, rows: block.Rows, lent: l})
	}
	s.r.advance(skipped)
	return more, nil
}

func (s *scan) readBlock(u unit) ([]match, error) {
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
	found := make([]match, 0, out.count())
	out.each(func(i int) {
		if err != nil || s.below != nil && times[i] > s.below.at {
			return
		}
		m := match{at: times[i], part: u.part, group: u.group, row: block.First + i}
		m.pos, err = g.Position(m.row)
		if s.behind(&m) {
			found = append(found, m)
		}
	})
	if s.limit > 0 && len(found) > s.limit {
		slices.SortFunc(found, func(a, b match) int { return -a.compare(&b) })
		found = found[:s.limit]
	}
	return found, err
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
