package query

import (
	"cmp"
	"slices"
	"sync"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
)

// What is read at once when there is no limit: so many matches, from so many
// pages of long values, of which each has 2 MiB or one entry.
const (
	maxBatch  = 8192
	maxSlices = 48
)

// fetch reads the events of matches, wherever they lie. Neighbours in time are
// seldom neighbours in a file, so that it goes by the order of the files and reads
// each page once. The event of a match that cannot be read stays nil, and the
// damage is noted.
func (r *run) fetch(found []match) {
	order := make([]*match, 0, len(found))
	for i := range found {
		if found[i].event == nil {
			order = append(order, &found[i])
		}
	}
	slices.SortFunc(order, func(a, b *match) int {
		return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.group, b.group), cmp.Compare(a.row, b.row))
	})
	var groups [][]*match
	for i := 0; i < len(order); {
		from := i
		for i < len(order) && order[i].part == order[from].part && order[i].group == order[from].group {
			i++
		}
		groups = append(groups, order[from:i])
	}
	waiting := make(chan []*match, len(groups))
	for _, g := range groups {
		waiting <- g
	}
	close(waiting)
	var wait sync.WaitGroup
	for range min(workers(), len(groups)) {
		wait.Go(func() {
			for g := range waiting {
				if r.ctx.Err() == nil {
					r.fetchGroup(g)
				}
			}
		})
	}
	wait.Wait()
}

// fetchGroup reads matches of one row group.
func (r *run) fetchGroup(found []*match) {
	reader, err := r.reader(found[0].part)
	if err != nil {
		r.damage(found[0].part, err)
		return
	}
	g := reader.GroupIn(found[0].group, &r.memory)
	defer g.Close()
	if err := take(g, found); err == nil {
		return
	}
	for i := range found { // some of them may be readable
		if r.ctx.Err() != nil {
			return
		}
		if err := take(g, found[i:i+1]); err != nil {
			r.damage(found[i].part, err)
		}
	}
}

func take(g *segment.Group, found []*match) error {
	rows := make([]int, len(found))
	for i, m := range found {
		rows[i] = m.row
	}
	events, err := g.Take(rows)
	if err != nil {
		return err
	}
	for i, m := range found {
		m.event = events[i]
	}
	return nil
}

// readable gives the events of matches whose rows were fetched: all that are whole,
// or, when the context has ended, those before the first that is missing.
func (r *run) readable(found []match) []*event.Event {
	out := make([]*event.Event, 0, len(found))
	for i := range found {
		if e := found[i].event; e != nil {
			out = append(out, e)
		} else if r.ctx.Err() != nil {
			break
		}
	}
	return out
}
