package query

import (
	"cmp"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
)

// node is an expression made ready for many events. It is never changed, so
// that several goroutines share it.
type node struct {
	op   Op
	kids []*node // of OpAnd and OpOr: the cheap ones first
	leaf leaf
	cost int
}

// leaf is a test made ready.
type leaf struct {
	column segment.Column // of a field of the core
	native string         // or the entry's own name; both unset: the text
	isText bool
	match  matcher
	word   *word // where a part of a long value decides
}

// What tests cost, roughly in nanoseconds per event.
const (
	costTime   = 1
	costDict   = 2
	costNumber = 3
	costLong   = 50
	costNative = 200
	costText   = 400
)

func compile(e *Expr) *node {
	n := &node{op: e.Op}
	if e.Op == OpTest {
		n.leaf, n.cost = newLeaf(e.Test)
		return n
	}
	for i := range e.Kids {
		kid := compile(&e.Kids[i])
		n.kids, n.cost = append(n.kids, kid), n.cost+kid.cost
	}
	slices.SortStableFunc(n.kids, func(a, b *node) int { return cmp.Compare(a.cost, b.cost) })
	return n
}

func newLeaf(t Test) (leaf, int) {
	f, known := core(t.Field)
	switch {
	case t.Field == "", known && f.col == segment.ColOriginal:
		m := newMatcher(t, Long)
		return leaf{isText: true, match: m, word: newWord(&m)}, costText
	case !known:
		return leaf{native: t.Field, match: newMatcher(t, Keyword)}, costNative
	}
	l, cost := leaf{column: f.col, match: newMatcher(t, f.Kind)}, costDict
	switch {
	case f.Kind == Time:
		cost = costTime
	case f.Kind == Number:
		cost = costNumber
	case f.col.IsWide():
		cost, l.word = costLong, newWord(&l.match)
	}
	return l, cost
}

// scratch is memory that evaluation uses again and again.
type scratch struct{ folded []byte }

// string tests a string.
func (l *leaf) string(value string, s *scratch) bool {
	switch l.match.how {
	case Is, Like, Within:
		s.folded = segment.Fold(s.folded[:0], stringBytes(value))
	}
	return l.match.text(value, s.folded)
}

// integer tests a number of the core; 0 is not said.
func (l *leaf) integer(n int64, s *scratch) bool {
	if l.match.how == Between || l.match.how == Exists {
		return n != 0 && l.match.number(float64(uint64(n)))
	}
	return l.string(decimal(n), s)
}

// moment tests a time, which every event has.
func (l *leaf) moment(t int64) bool {
	switch l.match.how {
	case Between:
		return l.match.number(float64(t))
	case Exists:
		return true
	}
	return false
}

// event says whether e passes. It is how events of the tail are tested.
func (n *node) event(e *event.Event, s *scratch) bool {
	switch n.op {
	case OpTest:
		return n.leaf.event(e, s)
	case OpNot:
		return !n.kids[0].event(e, s)
	case OpOr:
		for _, k := range n.kids {
			if k.event(e, s) {
				return true
			}
		}
		return false
	}
	for _, k := range n.kids {
		if !k.event(e, s) {
			return false
		}
	}
	return true
}

func (l *leaf) event(e *event.Event, s *scratch) bool {
	switch {
	case l.isText:
		return l.string(bytesString(e.Text), s)
	case l.native != "":
		for i := range e.Fields {
			if strings.EqualFold(e.Fields[i].Name, l.native) && l.string(e.Fields[i].Value, s) {
				return true
			}
		}
		return false
	case l.column == segment.ColTime, l.column == segment.ColReceived:
		return l.moment(numberOf(e, l.column))
	case l.column.IsNumber():
		return l.integer(numberOf(e, l.column), s)
	}
	return l.string(stringOf(e, l.column), s)
}
