package sigma

import (
	"encoding/binary"
	"slices"
)

// instr is one step of a program: test a leaf and go on at yes or no.
type instr struct {
	leaf    int32 // a fact, or ^(a lazy)
	yes, no uint32
}

// A program ends at one of these places, where no instruction is ever read.
const (
	hit uint32 = iota
	miss
	firstInstr
)

// emitter writes programs: short-circuit code, in each And and Or the cheap and
// decisive parts first.
type emitter struct {
	code    []instr
	weights []float64 // of facts
	lazies  []lazy
}

// emit appends the code of n and gives the place where it begins.
func (e *emitter) emit(n *node, yes, no uint32) uint32 {
	switch n.op {
	case True:
		return yes
	case False:
		return no
	case Not:
		return e.emit(n.kids[0], no, yes)
	case And:
		for _, k := range slices.Backward(e.ordered(n)) {
			yes = e.emit(k, yes, no)
		}
		return yes
	case Or:
		for _, k := range slices.Backward(e.ordered(n)) {
			no = e.emit(k, yes, no)
		}
		return no
	}
	leaf := n.id
	if n.what == isLazy {
		leaf = ^leaf
	}
	e.code = append(e.code, instr{leaf: leaf, yes: yes, no: no})
	return uint32(len(e.code) - 1)
}

// ordered gives the kids of an And or Or in the order that probably ends
// soonest: by cost over the chance to decide.
func (e *emitter) ordered(n *node) []*node {
	type ranked struct {
		node *node
		rank float64
	}
	kids := make([]ranked, len(n.kids))
	for i, k := range n.kids {
		p, cost := e.guess(k)
		if n.op == And {
			p = 1 - p
		}
		kids[i] = ranked{k, cost / max(p, 0.001)}
	}
	slices.SortStableFunc(kids, func(a, b ranked) int {
		switch {
		case a.rank < b.rank:
			return -1
		case a.rank > b.rank:
			return 1
		}
		return 0
	})
	out := make([]*node, len(kids))
	for i, k := range kids {
		out[i] = k.node
	}
	return out
}

// guess gives how often n is probably true, and what finding out costs in
// units of one look at a fact.
func (e *emitter) guess(n *node) (p, cost float64) {
	switch n.op {
	case True:
		return 1, 0
	case False:
		return 0, 0
	case Not:
		p, cost = e.guess(n.kids[0])
		return 1 - p, cost
	case And:
		p = 1
		for _, k := range n.kids {
			q, c := e.guess(k)
			cost += p * c
			p *= q
		}
		return p, cost
	case Or:
		not := 1.0
		for _, k := range n.kids {
			q, c := e.guess(k)
			cost += not * c
			not *= 1 - q
		}
		return 1 - not, cost
	}
	if n.what == isFact {
		if int(n.id) >= len(e.weights) { // a fixed leaf
			return 0.1, 1
		}
		return min(e.weights[n.id], 0.95), 1
	}
	return 0.3, e.lazies[n.id].cost()
}

// nodeKey is the same for trees with the same code.
func nodeKey(dst []byte, n *node) []byte {
	dst = append(dst, byte(n.op), byte(n.what))
	dst = binary.AppendUvarint(dst, uint64(n.id))
	dst = binary.AppendUvarint(dst, uint64(len(n.kids)))
	for _, k := range n.kids {
		dst = nodeKey(dst, k)
	}
	return dst
}
