package correlate

import "slices"

// times are the hits of a group in the order of their time.
type times struct {
	at   []int64
	head int // those before it are gone
}

func (t *times) clear() {
	if cap(t.at) > 256 {
		t.at = nil
	}
	t.at, t.head = t.at[:0], 0
}

func (t *times) live() []int64 { return t.at[t.head:] }

// add puts a time in its place among those that are live, and gives the place.
func (t *times) add(at int64) int {
	live := t.live()
	i := len(live)
	if i > 0 && at < live[i-1] {
		i, _ = slices.BinarySearch(live, at+1)
	}
	t.at = slices.Insert(t.at, t.head+i, at)
	return i
}

// trim forgets times before a horizon, and the oldest beyond most. It gives how
// many went.
func (t *times) trim(horizon int64, most int) int {
	live := t.live()
	gone := max(0, len(live)-most)
	for gone < len(live) && live[gone] < horizon {
		gone++
	}
	t.head += gone
	if t.head > len(t.at)/2 && t.head > 16 {
		t.at = slices.Delete(t.at, 0, t.head)
		t.head = 0
	}
	return gone
}

// fulfilled says whether need times around place i lie within span, and how
// many lie in the window that ends with the last of them.
func (t *times) fulfilled(i, need int, span int64) (end int64, number int, ok bool) {
	live := t.live()
	for j := min(i, len(live)-need); j >= max(0, i-need+1); j-- {
		if last := live[j+need-1]; last-live[j] <= span {
			from, _ := slices.BinarySearch(live, last-span)
			return last, j + need - from, true
		}
	}
	return 0, 0, false
}
