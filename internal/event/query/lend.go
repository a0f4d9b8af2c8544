package query

import (
	"sync"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
)

// lender lends the means to read one row group to the workers that read its
// blocks, each to one at a time, and frees them after the last block.
type lender struct {
	reader *segment.Reader
	group  int
	node   *node

	mu    sync.Mutex
	free  []*tools
	users int // blocks that are not read yet
}

// tools belong to one worker at a time.
type tools struct {
	g *segment.Group
	b *bound
}

func newLender(r *segment.Reader, group int, n *node) *lender {
	return &lender{reader: r, group: group, node: n}
}

// get lends tools.
func (l *lender) get() (*tools, error) {
	l.mu.Lock()
	if n := len(l.free); n > 0 {
		t := l.free[n-1]
		l.free = l.free[:n-1]
		l.mu.Unlock()
		return t, nil
	}
	l.mu.Unlock()
	t := &tools{g: l.reader.Group(l.group)}
	var err error
	if t.b, err = bind(l.node, t.g, &scratch{}); err != nil {
		t.g.Close()
		return nil, err
	}
	return t, nil
}

func (l *lender) put(t *tools) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, t)
	l.sweep()
}

// release says that a block was read.
func (l *lender) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users--
	l.sweep()
}

func (l *lender) sweep() {
	if l.users > 0 {
		return
	}
	for _, t := range l.free {
		t.g.Close()
	}
	l.free = nil
}

// rowReader reads whole events. It keeps the row groups that it read last:
// rows that follow one another in time come from few of them.
type rowReader struct {
	r    *run
	open []openGroup
}

type openGroup struct {
	part, group int
	g           *segment.Group
}

const maxOpenGroups = 12

func (r *rowReader) read(m *match) (*event.Event, error) {
	at := -1
	for i, o := range r.open {
		if o.part == m.part && o.group == m.group {
			at = i
		}
	}
	if at < 0 {
		reader, err := r.r.reader(m.part)
		if err != nil {
			return nil, err
		}
		if len(r.open) == maxOpenGroups {
			r.open[0].g.Close()
			r.open = append(r.open[:0], r.open[1:]...)
		}
		r.open = append(r.open, openGroup{m.part, m.group, reader.Group(m.group)})
		at = len(r.open) - 1
	}
	o := r.open[at]
	r.open = append(append(r.open[:at], r.open[at+1:]...), o) // the last used stands last
	e := &event.Event{}
	if err := o.g.Event(m.row, e); err != nil {
		return nil, err
	}
	segment.Keep(e)
	return e, nil
}

func (r *rowReader) close() {
	for _, o := range r.open {
		o.g.Close()
	}
}
