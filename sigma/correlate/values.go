package correlate

import (
	"hash/maphash"
	"slices"
)

// values are the distinct values of a group, each with the time it was last
// seen, in the order of that time: a list in an arena, with a hash table once it is
// long.
type values struct {
	nodes   []valueNode
	free    []int32
	first   int32   // oldest
	last    int32   // newest
	edge    int32   // oldest inside the window that ends with the group's newest hit
	edgeAt  int64   // its time, here to leave the node alone
	n, live int     // all, and from edge on
	table   []int32 // by hash, open addressing: node + 1, 0 is free; nil while the list is short
	used    int     // places of the table that were ever taken
	span    int64
	seed    maphash.Seed
}

type valueNode struct {
	key        string // what distinguishes it
	shown      string
	at         int64
	prev, next int32
	hash       uint32
}

const (
	none      = int32(-1)
	removed   = int32(-1) // a place of the table whose node went
	indexFrom = 12        // values from which the table pays
)

func newValues(k *counter) *values {
	return &values{span: k.span, seed: k.seed}
}

func (v *values) clear() {
	clear(v.nodes)
	*v = values{nodes: v.nodes[:0], free: v.free[:0], first: none, last: none, edge: none, span: v.span, seed: v.seed}
}

// add notes a value. newest is the time of the group's newest hit, this one
// included. It gives the bytes that the group grew by.
func (v *values) add(key []byte, shown string, at, newest int64) int {
	v.advance(newest)
	grown := 0
	hash := uint32(maphash.Bytes(v.seed, key))
	i := v.find(key, hash)
	if i == none {
		i = v.alloc(valueNode{key: string(key), shown: clip(shown), hash: hash})
		grown = valueBytes + len(key) + len(v.nodes[i].shown)
		v.n++
	} else {
		if at <= v.nodes[i].at {
			return 0
		}
		v.cut(i, newest)
	}
	v.nodes[i].at = at
	v.place(i, newest)
	if grown > 0 {
		v.enter(i)
	}
	return grown
}

func (v *values) alloc(n valueNode) int32 {
	if len(v.free) > 0 {
		i := v.free[len(v.free)-1]
		v.free = v.free[:len(v.free)-1]
		v.nodes[i] = n
		return i
	}
	v.nodes = append(v.nodes, n)
	return int32(len(v.nodes) - 1)
}

func (v *values) find(key []byte, hash uint32) int32 {
	if v.table == nil {
		for i := v.last; i != none; i = v.nodes[i].prev {
			if v.nodes[i].hash == hash && v.nodes[i].key == string(key) {
				return i
			}
		}
		return none
	}
	mask := uint32(len(v.table) - 1)
	for p := hash & mask; v.table[p] != 0; p = (p + 1) & mask {
		if i := v.table[p] - 1; v.table[p] != removed && v.nodes[i].hash == hash && v.nodes[i].key == string(key) {
			return i
		}
	}
	return none
}

// enter puts a node that is linked into the table, and makes the table anew
// when it is more than half used.
func (v *values) enter(i int32) {
	if v.table == nil && v.n <= indexFrom {
		return
	}
	if v.table != nil && 2*(v.used+1) <= len(v.table) {
		v.put(i)
		return
	}
	size := 32
	for size < 4*v.n {
		size *= 2
	}
	v.table, v.used = make([]int32, size), 0
	for i := v.first; i != none; i = v.nodes[i].next {
		v.put(i)
	}
}

func (v *values) put(i int32) {
	mask := uint32(len(v.table) - 1)
	p := v.nodes[i].hash & mask
	for v.table[p] != 0 {
		p = (p + 1) & mask
	}
	v.table[p] = i + 1
	v.used++
}

// leave takes a node out of the table.
func (v *values) leave(i int32) {
	if v.table == nil {
		return
	}
	mask := uint32(len(v.table) - 1)
	for p := v.nodes[i].hash & mask; v.table[p] != 0; p = (p + 1) & mask {
		if v.table[p] == i+1 {
			v.table[p] = removed
			return
		}
	}
}

// advance moves the edge to the beginning of the window.
func (v *values) advance(newest int64) {
	for v.edge != none && v.edgeAt < newest-v.span {
		v.setEdge(v.nodes[v.edge].next)
		v.live--
	}
}

func (v *values) setEdge(i int32) {
	if v.edge = i; i != none {
		v.edgeAt = v.nodes[i].at
	}
}

// place links a node where its time belongs; almost always that is the end.
func (v *values) place(i int32, newest int64) {
	n := &v.nodes[i]
	after := v.last
	for after != none && v.nodes[after].at > n.at {
		after = v.nodes[after].prev
	}
	n.prev = after
	if after == none {
		n.next, v.first = v.first, i
	} else {
		n.next, v.nodes[after].next = v.nodes[after].next, i
	}
	if n.next == none {
		v.last = i
	} else {
		v.nodes[n.next].prev = i
	}
	if n.at >= newest-v.span {
		v.live++
		if v.edge == none || n.next == v.edge {
			v.setEdge(i)
		}
	}
}

// cut unlinks a node.
func (v *values) cut(i int32, newest int64) {
	n := v.nodes[i]
	if n.at >= newest-v.span {
		v.live--
		if v.edge == i {
			v.setEdge(n.next)
		}
	}
	if n.prev == none {
		v.first = n.next
	} else {
		v.nodes[n.prev].next = n.next
	}
	if n.next == none {
		v.last = n.prev
	} else {
		v.nodes[n.next].prev = n.prev
	}
}

// trim forgets values before a horizon, and the oldest beyond most. It gives the
// bytes that were freed and how many of them still counted.
func (v *values) trim(horizon, newest int64, most int) (bytes, counted int) {
	for v.first != none && (v.n > most || v.nodes[v.first].at < horizon) {
		i := v.first
		n := v.nodes[i]
		if n.at >= newest-v.span {
			counted++
		}
		v.cut(i, newest)
		v.leave(i)
		bytes += valueBytes + len(n.key) + len(n.shown)
		v.nodes[i] = valueNode{}
		v.free = append(v.free, i)
		v.n--
	}
	return bytes, counted
}

// around gives the greatest number of values within span around a time, and
// where that window ends: for hits that came late.
func (v *values) around(at int64) (end int64, number int) {
	var in []int64
	for i := v.last; i != none && v.nodes[i].at >= at-v.span; i = v.nodes[i].prev {
		if v.nodes[i].at <= at+v.span {
			in = append(in, v.nodes[i].at)
		}
	}
	slices.Reverse(in)
	from := 0
	for to, t := range in {
		for in[from] < t-v.span {
			from++
		}
		if t >= at && in[from] <= at && to-from+1 > number {
			end, number = t, to-from+1
		}
	}
	return end, number
}

// latest gives the values last seen, newest first.
func (v *values) latest(most int) []string {
	var out []string
	for i := v.last; i != none && len(out) < most; i = v.nodes[i].prev {
		out = append(out, v.nodes[i].shown)
	}
	return out
}
