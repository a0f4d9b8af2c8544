package query

import (
	"strings"

	"github.com/torideproject/toride/internal/event/segment"
)

// eval finds which rows of in, rows of block i, pass.
func (b *bound) eval(g *segment.Group, i int, in, out *rows) error {
	switch b.state {
	case none:
		*out = rows{}
		return nil
	case all:
		*out = *in
		return nil
	}
	switch b.op {
	case OpTest:
		return b.evalLeaf(g, i, in, out)
	case OpNot:
		var found rows
		if err := b.kids[0].eval(g, i, in, &found); err != nil {
			return err
		}
		for w := range out {
			out[w] = in[w] &^ found[w]
		}
		return nil
	case OpOr:
		return b.evalOr(g, i, in, out)
	}
	left := *in
	for _, k := range b.kids {
		if left.empty() {
			break
		}
		var found rows
		if err := k.eval(g, i, &left, &found); err != nil {
			return err
		}
		left = found
	}
	*out = left
	return nil
}

// evalOr asks each kid only about the rows that none before it has taken.
func (b *bound) evalOr(g *segment.Group, i int, in, out *rows) error {
	left := *in
	*out = rows{}
	for _, k := range b.kids {
		if left.empty() {
			return nil
		}
		var found rows
		if err := k.eval(g, i, &left, &found); err != nil {
			return err
		}
		for w := range out {
			out[w] |= found[w]
			left[w] &^= found[w]
		}
	}
	return nil
}

func (b *bound) evalLeaf(g *segment.Group, i int, in, out *rows) error {
	*out = rows{}
	l := b.leaf
	switch {
	case l.isText:
		return b.evalTexts(g, g.Block(i).First, in, out)
	case l.native != "":
		return b.evalOwn(g, i, in, out)
	case l.column.IsNumber():
		return b.evalNumbers(g, i, in, out)
	case l.column.IsWide():
		return b.evalLong(g, l.column, g.Block(i).First, in, out)
	}
	indexes, err := g.Indexes(l.column, i)
	if err != nil {
		return err
	}
	for w, x := range in {
		if x == 0 {
			continue
		}
		var y uint64
		for j, at := range indexes[w<<6 : min(w<<6+64, len(indexes))] {
			if b.mask[at] {
				y |= 1 << j
			}
		}
		out[w] = x & y
	}
	return nil
}

func (b *bound) evalNumbers(g *segment.Group, i int, in, out *rows) error {
	block, l := g.Block(i), b.leaf
	isTime := l.column == segment.ColTime || l.column == segment.ColReceived
	if isTime {
		least, greatest := block.TimeMin, block.TimeMax
		if l.column == segment.ColReceived {
			least, greatest = block.ReceivedMin, block.ReceivedMax
		}
		switch l.span(least, greatest) {
		case none:
			return nil
		case all:
			*out = *in
			return nil
		}
	}
	values, err := g.Numbers(l.column, i)
	if err != nil {
		return err
	}
	in.each(func(j int) {
		if isTime && l.moment(values[j]) || !isTime && l.integer(values[j], b.s) {
			out.set(j)
		}
	})
	return nil
}

// evalTexts tests the text of rows; first is the block's first row in the group.
func (b *bound) evalTexts(g *segment.Group, first int, in, out *rows) error {
	many := b.leaf.word != nil && in.count() >= fewRows
	for j := in.next(0); j >= 0; {
		at, from, end := g.Slice(first + j)
		texts, err := g.Bodies(at)
		if err != nil {
			return err
		}
		if s, ok := texts.Whole(); many && ok {
			j = b.evalWord(s, from-first, in, out)
			continue
		}
		for ; j >= 0 && first+j < end; j = in.next(j + 1) {
			if b.leaf.string(bytesString(texts.At(first+j-from)), b.s) {
				out.set(j)
			}
		}
	}
	return nil
}

// evalLong tests a column of long strings.
func (b *bound) evalLong(g *segment.Group, c segment.Column, first int, in, out *rows) error {
	many := b.leaf.word != nil && in.count() >= fewRows
	for j := in.next(0); j >= 0; {
		at, from, end := g.Slice(first + j)
		values, err := g.Strings(c, at)
		if err != nil {
			return err
		}
		if many {
			j = b.evalWord(values, from-first, in, out)
			continue
		}
		for ; j >= 0 && first+j < end; j = in.next(j + 1) {
			if b.leaf.string(bytesString(values.At(first+j-from)), b.s) {
				out.set(j)
			}
		}
	}
	return nil
}

// fewRows of a block are quicker looked at one by one.
const fewRows = 512

// evalWord tests the rows of a slice, whose first one is row from of the block,
// and gives the next row behind the slice. A slice may begin before the block and
// end behind it.
func (b *bound) evalWord(s *segment.Strings, from int, in, out *rows) int {
	asked := func(i int) bool { return from+i >= 0 && from+i < segment.MaxBlock && in.has(from+i) }
	b.leaf.word.rows(s, func(i int) bool {
		return asked(i) && b.leaf.string(bytesString(s.At(i)), b.s)
	}, func(i int) {
		if asked(i) {
			out.set(from + i)
		}
	})
	return in.next(from + s.Len())
}

// evalOwn tests one of the entry's own fields: first where it is a column, then
// in the JSON of those rows that have it there.
func (b *bound) evalOwn(g *segment.Group, i int, in, out *rows) error {
	shapes, err := g.Indexes(segment.ColShape, i)
	if err != nil {
		return err
	}
	byColumn := map[segment.Column]*rows{}
	var json rows
	in.each(func(j int) {
		use := &b.own.shapes[shapes[j]]
		for _, c := range use.columns {
			if byColumn[c] == nil {
				byColumn[c] = &rows{}
			}
			byColumn[c].set(j)
		}
		if use.json && b.own.inJSON {
			json.set(j)
		}
	})
	for c, set := range byColumn {
		if err := b.evalColumn(g, i, c, set, out); err != nil {
			return err
		}
	}
	for w := range json {
		json[w] &^= out[w]
	}
	return b.evalJSON(g, g.Block(i).First, &json, out)
}

// evalColumn tests the rows of set whose field stands in column c.
func (b *bound) evalColumn(g *segment.Group, i int, c segment.Column, set, out *rows) error {
	switch {
	case c.IsDict():
		indexes, err := g.Indexes(c, i)
		if err != nil {
			return err
		}
		mask := b.own.masks[c]
		set.each(func(j int) {
			if mask[indexes[j]] {
				out.set(j)
			}
		})
		return nil
	case c.IsWide():
		return b.evalLong(g, c, g.Block(i).First, set, out)
	}
	values, err := g.Numbers(c, i)
	if err != nil {
		return err
	}
	set.each(func(j int) {
		if b.leaf.string(decimal(values[j]), b.s) {
			out.set(j)
		}
	})
	return nil
}

func (b *bound) evalJSON(g *segment.Group, first int, in, out *rows) error {
	for j := in.next(0); j >= 0; {
		at, from, end := g.Slice(first + j)
		values, err := g.Strings(segment.ColFields, at)
		if err != nil {
			return err
		}
		for ; j >= 0 && first+j < end; j = in.next(j + 1) {
			segment.Pairs(values.At(first+j-from), func(name, value string) bool {
				if strings.EqualFold(name, b.leaf.native) && b.leaf.string(value, b.s) {
					out.set(j)
					return false
				}
				return true
			})
		}
	}
	return nil
}
