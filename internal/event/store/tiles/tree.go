package tiles

import "golang.org/x/mod/sumdb/tlog"

// Tree computes the root of a Merkle tree (RFC 6962) from its leaves, given in
// order, in memory that grows with the logarithm of their number.
type Tree struct {
	stack []tlog.Hash // of complete subtrees, the largest first
	sizes []int64     // of them
	size  int64
}

// Add adds the hash of a leaf.
func (t *Tree) Add(h tlog.Hash) {
	t.size++
	t.stack, t.sizes = append(t.stack, h), append(t.sizes, 1)
	for k := len(t.sizes); k > 1 && t.sizes[k-1] == t.sizes[k-2]; k = len(t.sizes) {
		t.stack[k-2] = tlog.NodeHash(t.stack[k-2], t.stack[k-1])
		t.sizes[k-2] *= 2
		t.stack, t.sizes = t.stack[:k-1], t.sizes[:k-1]
	}
}

// Size is the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Root gives the root of the leaves so far.
func (t *Tree) Root() tlog.Hash {
	if len(t.stack) == 0 {
		h, _ := tlog.TreeHash(0, nil) // the hash of nothing needs no reader
		return h
	}
	h := t.stack[len(t.stack)-1]
	for i := len(t.stack) - 2; i >= 0; i-- {
		h = tlog.NodeHash(t.stack[i], h)
	}
	return h
}
