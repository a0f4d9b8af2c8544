package segment

import (
	"container/heap"
	"context"
	"io"
	"maps"
	"slices"

	"github.com/torideproject/toride/internal/event"
)

// Merge writes the events of all segments as one, streaming; the same position
// in two inputs is kept once. Inputs stay open. The new file's bounds are
// those of the inputs together.
//
// An input is only read while its turn has come, dataset by dataset and then by
// time. Files that follow one another in time therefore need the memory of two or
// three, not of all: a few megabytes each.
func Merge(ctx context.Context, w io.Writer, o Options, in []*Reader) (*Info, error) {
	if len(in) == 0 {
		return nil, errNoInputs
	}
	m := merger{ctx: ctx}
	if o.Facility == "" {
		o.Facility = in[0].Info().Facility
	}
	datasets := map[string]bool{}
	for _, r := range in {
		if r.Info().Facility != o.Facility {
			return nil, errFacility
		}
		for _, b := range r.Info().Bounds {
			if !slices.ContainsFunc(m.bounds, func(x Bound) bool { return x.First == b.First && x.Last == b.Last }) {
				m.bounds = append(m.bounds, b)
			}
		}
		for _, s := range r.Info().Shares {
			datasets[s.Dataset] = true
		}
	}
	var err error
	if m.out, err = newWriter(w, o); err != nil {
		return nil, err
	}
	starts := make([]int, len(in))
	for _, name := range slices.Sorted(maps.Keys(datasets)) {
		if err := m.dataset(name, in, starts); err != nil {
			return nil, err
		}
	}
	return m.out.close(m.bounds)
}

type merger struct {
	ctx     context.Context
	out     *writer
	bounds  []Bound
	cursors cursors

	n    int
	last event.Position
	any  bool
}

// dataset merges what the inputs have of one dataset; starts are where it
// begins in each of them.
func (m *merger) dataset(name string, in []*Reader, starts []int) error {
	defer m.cursors.close()
	for i, r := range in {
		rows, first := 0, int64(0)
		for _, s := range r.Info().Shares {
			if s.Dataset != name {
				continue
			}
			if t := s.TimeMin.UnixMicro(); rows == 0 || t < first {
				first = t
			}
			rows += int(s.Rows)
		}
		if rows > 0 {
			before := &row{time: first} // where it can begin at the earliest
			*before.str(ColDataset) = name
			m.cursors = append(m.cursors, &cursor{r: r, at: starts[i], end: starts[i] + rows, row: before})
		}
		starts[i] += rows
	}
	heap.Init(&m.cursors)
	m.any = false
	for len(m.cursors) > 0 {
		c := m.cursors[0]
		if c.loaded {
			if err := m.take(c.row); err != nil {
				return err
			}
			c.at++
		}
		if c.at == c.end {
			c.close()
			heap.Pop(&m.cursors)
			continue
		}
		if err := c.load(); err != nil {
			return err
		}
		heap.Fix(&m.cursors, 0)
	}
	return nil
}

// take writes a row, unless it was there already.
func (m *merger) take(r *row) error {
	at := r.position()
	if m.any && at == m.last {
		return nil
	}
	m.last, m.any = at, true
	if m.n++; m.n%1024 == 0 && m.ctx.Err() != nil {
		return m.ctx.Err()
	}
	return m.out.add(r)
}

// cursor stands at a row of one input.
type cursor struct {
	r       *Reader
	at, end int // rows of the file
	g       *Group
	first   int // row of the file at which g begins
	group   int
	loaded  bool
	row     *row
}

// load reads the row at which the cursor stands.
func (c *cursor) load() (err error) {
	defer c.r.guard(&err)
	for c.g == nil || c.at >= c.first+c.g.Rows() {
		if c.g != nil {
			c.first += c.g.Rows()
			c.group++
			c.g.Close()
		}
		c.g = c.r.Group(c.group)
	}
	c.loaded = true
	err = c.g.load(c.at - c.first)
	c.row = &c.g.row
	return err
}

func (c *cursor) close() {
	if c.g != nil {
		c.g.Close()
		c.g = nil
	}
}

// cursors is a heap by time and position.
type cursors []*cursor

func (c cursors) Len() int           { return len(c) }
func (c cursors) Less(i, j int) bool { return compareRows(c[i].row, c[j].row) < 0 }
func (c cursors) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *cursors) Push(x any)        { *c = append(*c, x.(*cursor)) }

func (c *cursors) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

func (c *cursors) close() {
	for _, x := range *c {
		x.close()
	}
	*c = (*c)[:0]
}
