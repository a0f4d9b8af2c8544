package query

import (
	"strings"

	"github.com/torideproject/toride/internal/event/segment"
)

// state is what a row group's directory, filters and dictionaries say about an
// expression before any row is read.
type state uint8

const (
	some state = iota // rows must be read
	none              // no row passes
	all               // every row passes
)

// bound is an expression made ready for one row group and one goroutine.
type bound struct {
	op    Op
	leaf  *leaf
	kids  []*bound
	state state
	mask  []bool // of a column with a dictionary: the values that pass
	own   *ownField
	s     *scratch
}

// ownField is where the values of one of the entry's own fields are.
type ownField struct {
	shapes []shapeUse // by the number of the shape
	masks  map[segment.Column][]bool
	inJSON bool // a value in the JSON may pass
}

type shapeUse struct {
	json    bool
	columns []segment.Column
}

// bind prepares n for a row group; what is none is known without reading a row.
func bind(n *node, g *segment.Group, s *scratch) (*bound, error) {
	b := &bound{op: n.op, leaf: &n.leaf, s: s}
	if n.op == OpTest {
		var err error
		b.state, err = b.bindLeaf(g)
		return b, err
	}
	for _, k := range n.kids {
		kid, err := bind(k, g, s)
		if err != nil {
			return nil, err
		}
		b.kids = append(b.kids, kid)
		if n.op == OpAnd && kid.state == none || n.op == OpOr && kid.state == all {
			b.state = kid.state
			return b, nil
		}
	}
	b.state = b.join()
	return b, nil
}

// join works out the state of an expression whose kids do not decide it early.
func (b *bound) join() state {
	if b.op == OpNot {
		switch b.kids[0].state {
		case none:
			return all
		case all:
			return none
		}
		return some
	}
	neutral := all // of and
	if b.op == OpOr {
		neutral = none
	}
	for _, k := range b.kids {
		if k.state != neutral {
			return some
		}
	}
	return neutral
}

func (b *bound) bindLeaf(g *segment.Group) (state, error) {
	l := b.leaf
	switch {
	case l.isText:
		return l.text(g)
	case l.native != "":
		return b.bindOwn(g)
	case l.column == segment.ColTime, l.column == segment.ColReceived:
		span := g.Span()
		if l.column == segment.ColReceived {
			return l.span(span.ReceivedMin, span.ReceivedMax), nil
		}
		return l.span(span.TimeMin, span.TimeMax), nil
	case l.column.IsNumber():
		return some, nil
	case l.column.IsWide():
		return l.text(g)
	}
	if l.match.how == Is && l.match.parts[0] != "" {
		if ok, err := g.MayHoldValue(l.column, []byte(l.match.parts[0])); !ok || err != nil {
			return none, err
		}
	}
	var st state
	var err error
	b.mask, st, err = b.maskOf(g, l.column)
	return st, err
}

// span says what is known from the least and the greatest time.
func (l *leaf) span(least, greatest int64) state {
	switch {
	case l.match.how == Exists:
		return all
	case l.match.how != Between, float64(greatest) < l.match.from, float64(least) >= l.match.to:
		return none
	case float64(least) >= l.match.from && float64(greatest) < l.match.to:
		return all
	}
	return some
}

// text asks the skip index.
func (l *leaf) text(g *segment.Group) (state, error) {
	if !l.match.whole && strings.Join(l.match.parts, "") == "" && (l.match.how == Is || l.match.how == Like) {
		return all, nil // every text holds nothing
	}
	if l.match.how == Is || l.match.how == Like {
		for _, p := range l.match.parts {
			if ok, err := g.MayHoldText([]byte(p)); !ok || err != nil {
				return none, err
			}
		}
	}
	return some, nil
}

// maskOf tests the values of a dictionary.
func (b *bound) maskOf(g *segment.Group, c segment.Column) ([]bool, state, error) {
	values, err := g.Dict(c)
	if err != nil {
		return nil, none, err
	}
	mask, n := make([]bool, len(values)), 0
	for i, v := range values {
		if b.leaf.string(v, b.s) {
			mask[i] = true
			n++
		}
	}
	switch n {
	case 0:
		return mask, none, nil
	case len(mask):
		return mask, all, nil
	}
	return mask, some, nil
}

// bindOwn looks which shapes have the field, and where.
func (b *bound) bindOwn(g *segment.Group) (state, error) {
	shapes, err := g.Shapes()
	if err != nil {
		return none, err
	}
	own := &ownField{shapes: make([]shapeUse, len(shapes)), masks: map[segment.Column][]bool{}}
	json, columns := false, false
	for i, s := range shapes {
		use := &own.shapes[i]
		use.json = s.All
		for _, f := range s.Fields {
			switch {
			case !strings.EqualFold(f.Name, b.leaf.native):
			case f.InJSON:
				use.json = true
			default:
				use.columns = append(use.columns, f.Column)
				columns = true
			}
		}
		json = json || use.json
	}
	if json {
		st, err := b.leaf.text(g)
		if err != nil {
			return none, err
		}
		own.inJSON = st != none
	}
	if !own.inJSON && !columns {
		return none, nil
	}
	b.own = own
	return b.bindColumns(g)
}

// bindColumns tests the dictionaries that shapes refer to.
func (b *bound) bindColumns(g *segment.Group) (state, error) {
	possible := b.own.inJSON
	for _, use := range b.own.shapes {
		for _, c := range use.columns {
			if !c.IsDict() {
				possible = true
			} else if b.own.masks[c] == nil {
				mask, st, err := b.maskOf(g, c)
				if err != nil {
					return none, err
				}
				b.own.masks[c] = mask
				possible = possible || st != none
			}
		}
	}
	if !possible {
		return none, nil
	}
	return some, nil
}
