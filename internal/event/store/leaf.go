package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"hash"
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
	"github.com/torideproject/toride/internal/event/store/tiles"
)

// leafHasher hashes events as leaves of the tree of their segment:
//
//	SHA-256(0x00 || facility "/" epoch "-" seq "-" index "\n" original)
//
// which is RFC 6962's leaf hash of the event's identity, a line feed and the
// bytes as they came.
type leafHasher struct {
	hash  hash.Hash
	start []byte
	buf   []byte
	out   tlog.Hash // here, so that it is not allocated for each leaf
}

func newLeafHasher(facility string) *leafHasher {
	return &leafHasher{hash: sha256.New(), start: append([]byte{0}, facility+"/"...)}
}

func (l *leafHasher) leaf(at event.Position, original []byte) tlog.Hash {
	b := append(l.buf[:0], l.start...)
	b = append(strconv.AppendUint(b, uint64(at.Epoch), 10), '-')
	b = append(strconv.AppendUint(b, at.Seq, 10), '-')
	b = append(strconv.AppendUint(b, uint64(at.Index), 10), '\n')
	l.buf = b
	l.hash.Reset()
	l.hash.Write(b)
	l.hash.Write(original)
	l.hash.Sum(l.out[:0])
	return l.out
}

// leaf is the hash of one event with its place in its segment.
type leaf struct {
	seq   uint64
	index uint32
	hash  tlog.Hash
}

// leaves collects the leaves of one segment, in any order.
type leaves []leaf

// root puts the leaves in the order of their positions and gives their root.
// Two at one position make it false.
func (l leaves) root() (tlog.Hash, bool) {
	slices.SortFunc(l, compareLeaves)
	var t tiles.Tree
	for i := range l {
		if i > 0 && compareLeaves(l[i-1], l[i]) == 0 {
			return tlog.Hash{}, false
		}
		t.Add(l[i].hash)
	}
	return t.Root(), true
}

func compareLeaves(a, b leaf) int {
	return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.index, b.index))
}

// bound is what the log says of one sealed set of events.
type bound struct {
	leaf     int64
	from, to uint64 // batches
	rows     int64
	root     tlog.Hash
	got      leaves
	wrong    bool
}

// maxLeaves bounds the memory of checkBounds: about 48 MB of leaves.
const maxLeaves = 1 << 20

// checkBounds reads the originals of a segment and tells which bounds do not
// have their root, or have other rows. bounds are those of the log, in order of
// from; stray is how many events lie in none of them. A file with more than a
// million events is read several times.
func checkBounds(ctx context.Context, facility string, epoch uint32, r *segment.Reader, bounds []*bound) (stray int64, err error) {
	hasher := newLeafHasher(facility)
	for first := 0; first < len(bounds) || first == 0; {
		last, rows := first, int64(0)
		for last < len(bounds) && (last == first || rows+bounds[last].rows <= maxLeaves) {
			rows += bounds[last].rows
			last++
		}
		group := bounds[first:last]
		for _, b := range group {
			b.got = make(leaves, 0, min(b.rows, maxLeaves))
		}
		lost, err := fillBounds(ctx, r, group, epoch, hasher)
		if err != nil {
			return stray, err
		}
		if first == 0 { // strays of one group may belong to another
			stray = lost - rowsOf(bounds[last:])
		}
		for _, b := range group {
			root, ok := b.got.root()
			b.wrong = !ok || int64(len(b.got)) != b.rows || root != b.root
			b.got = nil
		}
		if first = last; len(bounds) == 0 {
			break
		}
	}
	return max(stray, 0), nil
}

func rowsOf(bounds []*bound) (n int64) {
	for _, b := range bounds {
		n += b.rows
	}
	return n
}

// fillBounds gives each bound of the group its leaves, and counts the others.
func fillBounds(ctx context.Context, r *segment.Reader, group []*bound, epoch uint32, hasher *leafHasher) (others int64, err error) {
	var at *bound
	err = r.Originals(ctx, func(o segment.Original) error {
		if at == nil || o.At.Seq < at.from || o.At.Seq > at.to {
			at = find(group, o.At.Seq)
		}
		if at == nil || o.At.Epoch != epoch {
			others++
			return nil
		}
		if int64(len(at.got)) <= at.rows { // one too many is enough to know
			at.got = append(at.got, leaf{o.At.Seq, o.At.Index, hasher.leaf(o.At, o.Original)})
		}
		return nil
	})
	return others, err
}

// find gives the bound with a batch, or nil.
func find(bounds []*bound, seq uint64) *bound {
	i, ok := slices.BinarySearchFunc(bounds, seq, func(b *bound, seq uint64) int {
		switch {
		case b.to < seq:
			return -1
		case b.from > seq:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return bounds[i]
}

// leafNumber is how a number of an entry stands in the index of keys.
func leafNumber(leaf int64) uint32 { return uint32(min(leaf, 1<<32-1)) }
