package query

import (
	"strings"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
)

// way is where rows of one shape have the value of one of the entry's own fields.
type way struct {
	kind   wayKind
	column segment.Column
}

type wayKind uint8

const (
	nowhere wayKind = iota
	inColumn
	inJSON
	inBoth // the name stands there more than once; the event is read whole
)

// waysOf looks where each shape of the group has the field.
func (k *groupCount) waysOf(f int) ([]way, error) {
	if w, ok := k.ways[f]; ok {
		return w, nil
	}
	shapes, err := k.g.Shapes()
	if err != nil {
		return nil, err
	}
	ways := make([]way, len(shapes))
	for i, s := range shapes {
		w := &ways[i]
		if s.All {
			w.kind = inJSON
			continue
		}
		for _, own := range s.Fields {
			switch {
			case !strings.EqualFold(own.Name, k.c.fields[f].native):
			case w.kind == nowhere && own.InJSON, w.kind == inJSON && own.InJSON:
				w.kind = inJSON
			case w.kind == nowhere:
				w.kind, w.column = inColumn, own.Column
			default:
				w.kind = inBoth
			}
		}
	}
	if k.ways == nil {
		k.ways = map[int][]way{}
	}
	k.ways[f] = ways
	return ways, nil
}

// own counts one of the entry's own fields.
func (k *groupCount) own(f, i int, found *rows) error {
	ways, err := k.waysOf(f)
	if err != nil {
		return err
	}
	shapes, err := k.g.Indexes(segment.ColShape, i)
	if err != nil {
		return err
	}
	byColumn := map[segment.Column]*rows{}
	var json, whole rows
	found.each(func(j int) {
		switch w := ways[shapes[j]]; w.kind {
		case inColumn:
			if byColumn[w.column] == nil {
				byColumn[w.column] = &rows{}
			}
			byColumn[w.column].set(j)
		case inJSON:
			json.set(j)
		case inBoth:
			whole.set(j)
		}
	})
	for c, set := range byColumn {
		if err := k.column(c, k.out.tops[f], i, set); err != nil {
			return err
		}
	}
	if err := k.json(f, i, &json); err != nil {
		return err
	}
	return k.events(f, i, &whole)
}

// column counts a column to which shapes refer.
func (k *groupCount) column(c segment.Column, to *tally, i int, set *rows) error {
	switch {
	case c.IsWide():
		return k.long(c, to, i, set)
	case c.IsNumber():
		values, err := k.g.Numbers(c, i)
		if err != nil {
			return err
		}
		set.each(func(j int) { to.add(decimal(values[j]), 1) })
		return nil
	}
	indexes, err := k.g.Indexes(c, i)
	if err != nil {
		return err
	}
	values, err := k.g.Dict(c)
	if err != nil {
		return err
	}
	set.each(func(j int) { to.add(values[indexes[j]], 1) })
	return nil
}

func (k *groupCount) json(f, i int, set *rows) error {
	first, name := k.g.Block(i).First, k.c.fields[f].native
	for j := set.next(0); j >= 0; {
		at, from, end := k.g.Slice(first + j)
		values, err := k.g.Strings(segment.ColFields, at)
		if err != nil {
			return err
		}
		for ; j >= 0 && first+j < end; j = set.next(j + 1) {
			segment.Pairs(values.At(first+j-from), func(n, value string) bool {
				if value == "" || !strings.EqualFold(n, name) {
					return true
				}
				k.out.tops[f].add(value, 1)
				return false
			})
		}
	}
	return nil
}

// events counts by reading whole events.
func (k *groupCount) events(f, i int, set *rows) error {
	var e event.Event
	var err error
	first := k.g.Block(i).First
	set.each(func(j int) {
		if err == nil {
			if err = k.g.Event(first+j, &e); err == nil {
				k.c.fields[f].values(&e, func(v string) { k.out.tops[f].add(v, 1) })
			}
		}
	})
	return err
}
