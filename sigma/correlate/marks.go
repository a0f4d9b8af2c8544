package correlate

import (
	"cmp"
	"slices"
)

// marks say when each rule of a temporal correlation last matched in a group.
type marks struct {
	// recent holds the last times of each place in Rules, newest first: a hit
	// that comes late is compared with these.
	recent [][lookBack]int64
	// chains are for ordered correlations: chains[i*n+l] is the latest beginning
	// of a chain of l+1 rules in their order that ends at place i.
	chains []int64
}

const lookBack = 8

func newMarks(rules int, ordered bool) *marks {
	m := &marks{recent: make([][lookBack]int64, rules)}
	if ordered {
		m.chains = make([]int64, rules*rules)
	}
	m.clear()
	return m
}

func (m *marks) clear() {
	for i := range m.recent {
		for j := range m.recent[i] {
			m.recent[i][j] = never
		}
	}
	for i := range m.chains {
		m.chains[i] = never
	}
}

func (m *marks) bytes() int { return len(m.recent)*lookBack*8 + len(m.chains)*8 }

// note records a hit at a place.
func (m *marks) note(place int, at int64) {
	r := &m.recent[place]
	for i := range r {
		if at > r[i] {
			copy(r[i+1:], r[i:lookBack-1])
			r[i] = at
			return
		}
		if at == r[i] {
			return
		}
	}
}

// seen says whether the rule at a place matched within [from, to].
func (m *marks) seen(place int, from, to int64) bool {
	for _, t := range m.recent[place] {
		if from <= t && t <= to {
			return true
		}
	}
	return false
}

// count gives how many rules matched within [from, to].
func (m *marks) count(from, to int64) int {
	n := 0
	for place := range m.recent {
		if m.seen(place, from, to) {
			n++
		}
	}
	return n
}

// starts gives the times, newest first, at which a window that takes in a late
// hit can begin.
func (m *marks) starts(at, span int64) []int64 {
	var out []int64
	for _, r := range m.recent {
		for _, t := range r {
			if at-span <= t && t <= at {
				out = append(out, t)
			}
		}
	}
	slices.SortFunc(out, func(a, b int64) int { return cmp.Compare(b, a) })
	return slices.Compact(out)
}

// extend takes a hit into the chains.
func (m *marks) extend(place int, at, span int64) {
	n := len(m.recent)
	row := m.chains[place*n : (place+1)*n]
	row[0] = at
	for l := 1; l <= place; l++ {
		for before := range place {
			if b := m.chains[before*n+l-1]; b >= at-span {
				row[l] = max(row[l], b)
			}
		}
	}
}

// longest gives the length of the longest chain that begins at from or later.
func (m *marks) longest(from int64) int {
	n := len(m.recent)
	for l := n; l > 0; l-- {
		for place := l - 1; place < n; place++ {
			if m.chains[place*n+l-1] >= from {
				return l
			}
		}
	}
	return 0
}

// replay finds the longest chain when hits did not come in their order: the
// last hits of every rule, those before the horizon left out, are put in order
// and the chains made from them.
func (m *marks) replay(span, horizon int64) (length int, ended int64) {
	type mark struct {
		at    int64
		place int
	}
	var all []mark
	for place, r := range m.recent {
		for _, t := range r {
			if t != never && t >= horizon {
				all = append(all, mark{t, place})
			}
		}
	}
	slices.SortFunc(all, func(a, b mark) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.place, b.place)) })
	again := newMarks(len(m.recent), true)
	again.recent = m.recent
	for _, x := range all {
		again.extend(x.place, x.at, span)
		if l := again.longest(x.at - span); l >= length {
			length, ended = l, x.at
		}
	}
	for i, b := range again.chains {
		m.chains[i] = max(m.chains[i], b)
	}
	return length, ended
}
