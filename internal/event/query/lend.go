package query

import (
	"slices"
	"sync"

	"github.com/torideproject/toride/internal/event/segment"
)

// maxIdle is how many row groups stay ready for their next block. More than a few
// are in use only where many files are from the same time; then the one that
// waited longest is made ready again when its turn comes.
const maxIdle = 8

// lending lends the means to read row groups to the workers that read their
// blocks, each to one at a time. What is ready at the same time does not grow
// with what is searched: one for each worker, and maxIdle.
type lending struct {
	mu   sync.Mutex
	idle []*tools // the last used stands last
}

// lender lends for one row group.
type lender struct {
	r      *run
	reader *segment.Reader
	group  int
	users  int // blocks that are not read yet; under lending.mu
}

// tools belong to one worker at a time.
type tools struct {
	of *lender
	g  *segment.Group
	b  *bound
}

func newLender(r *run, reader *segment.Reader, group int) *lender {
	return &lender{r: r, reader: reader, group: group}
}

// get lends tools.
func (l *lender) get() (*tools, error) {
	if t := l.ready(); t != nil {
		return t, nil
	}
	t := &tools{of: l, g: l.reader.GroupIn(l.group, &l.r.memory)}
	var err error
	if t.b, err = bind(l.r.node, t.g, &scratch{}); err != nil {
		t.g.Close()
		return nil, err
	}
	return t, nil
}

func (l *lender) ready() *tools {
	all := &l.r.lending
	all.mu.Lock()
	defer all.mu.Unlock()
	i := slices.IndexFunc(all.idle, func(t *tools) bool { return t.of == l })
	if i < 0 {
		return nil
	}
	t := all.idle[i]
	all.idle = slices.Delete(all.idle, i, i+1)
	return t
}

// put takes tools back.
func (l *lender) put(t *tools) {
	all := &l.r.lending
	all.mu.Lock()
	defer all.mu.Unlock()
	all.idle = append(all.idle, t)
	if len(all.idle) > maxIdle {
		all.idle[0].g.Close()
		all.idle = slices.Delete(all.idle, 0, 1)
	}
	l.sweep()
}

// expect says that so many blocks will be read.
func (l *lender) expect(blocks int) {
	l.r.lending.mu.Lock()
	defer l.r.lending.mu.Unlock()
	l.users = blocks
}

// release says that a block was read.
func (l *lender) release() {
	l.r.lending.mu.Lock()
	defer l.r.lending.mu.Unlock()
	l.users--
	l.sweep()
}

// sweep frees the tools of a group that nobody will read.
func (l *lender) sweep() {
	if l.users > 0 {
		return
	}
	all := &l.r.lending
	all.idle = slices.DeleteFunc(all.idle, func(t *tools) bool {
		if t.of != l {
			return false
		}
		t.g.Close()
		return true
	})
}
