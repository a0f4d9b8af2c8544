package keys

import (
	"cmp"
	"slices"
)

// item is a hash and the leaf of the segment with its event.
type item struct {
	hash uint64
	leaf uint32
}

func compareItems(a, b item) int {
	return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.leaf, b.leaf))
}

// set is a table of items in memory: open addressing, at most two thirds full.
type set struct {
	items []item // the zero hash marks a free place
	n     int
	none  []uint32 // leaves of the hash zero
}

func (s *set) add(it item) {
	if it.hash == 0 {
		s.none = append(s.none, it.leaf)
		return
	}
	if 3*(s.n+1) > 2*len(s.items) {
		s.grow()
	}
	mask := uint64(len(s.items) - 1)
	for i := it.hash & mask; ; i = (i + 1) & mask {
		switch s.items[i] {
		case it:
			return
		case item{}:
			s.items[i] = it
			s.n++
			return
		}
	}
}

func (s *set) grow() {
	old := s.items
	s.items, s.n = make([]item, max(64, 2*len(old))), 0
	for _, it := range old {
		if it.hash != 0 {
			s.add(it)
		}
	}
}

func (s *set) find(h uint64, out []uint32) []uint32 {
	if h == 0 {
		return append(out, s.none...)
	}
	if s.n == 0 {
		return out
	}
	mask := uint64(len(s.items) - 1)
	for i := h & mask; s.items[i].hash != 0; i = (i + 1) & mask {
		if s.items[i].hash == h {
			out = append(out, s.items[i].leaf)
		}
	}
	return out
}

// sorted gives all items in order.
func (s *set) sorted() []item {
	var out []item
	for _, leaf := range s.none {
		out = append(out, item{0, leaf})
	}
	for _, it := range s.items {
		if it.hash != 0 {
			out = append(out, it)
		}
	}
	slices.SortFunc(out, compareItems)
	return slices.Compact(out)
}
