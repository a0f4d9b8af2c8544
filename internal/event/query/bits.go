package query

import (
	"math/bits"

	"github.com/torideproject/toride/internal/event/segment"
)

// rows is a set of rows of one block.
type rows [segment.MaxBlock / 64]uint64

func (r *rows) set(i int) { r[i>>6] |= 1 << (i & 63) }

func (r *rows) has(i int) bool { return r[i>>6]>>(i&63)&1 != 0 }

// fill makes r the first n rows.
func (r *rows) fill(n int) {
	*r = rows{}
	for i := range n >> 6 {
		r[i] = ^uint64(0)
	}
	if n&63 != 0 {
		r[n>>6] = 1<<(n&63) - 1
	}
}

func (r *rows) empty() bool {
	for _, w := range r {
		if w != 0 {
			return false
		}
	}
	return true
}

func (r *rows) count() int {
	n := 0
	for _, w := range r {
		n += bits.OnesCount64(w)
	}
	return n
}

// next gives the first row from i on, or -1.
func (r *rows) next(i int) int {
	for w := i >> 6; w < len(r); w++ {
		x := r[w]
		if w == i>>6 {
			x &= ^uint64(0) << (i & 63)
		}
		if x != 0 {
			return w<<6 | bits.TrailingZeros64(x)
		}
	}
	return -1
}

// each calls do for every row, in order.
func (r *rows) each(do func(i int)) {
	for w, x := range r {
		for ; x != 0; x &= x - 1 {
			do(w<<6 | bits.TrailingZeros64(x))
		}
	}
}
