package vault

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"
)

// A directory is a tree of blocks in a sealed file. Leaves hold the entries of
// files, sorted; blocks above hold the first key, the place and the SHA-256 of
// each block below. The manifest signs the digest of the top block, so every
// entry that is read is covered by the signature without reading the rest.
//
// A block is: level (a byte), number of entries, then entries whose keys are
// written as the length they share with the one before and what follows.
// A key is a path with 0 for /, so that keys sort as folders are walked.
const (
	blockFull  = 32 << 10
	maxKey     = 4 << 10
	maxKind    = 1 << 10
	digestSize = sha256.Size
)

// Entry is one file of a generation.
type Entry struct {
	Path    string
	Size    int64
	ModTime time.Time
	SHA256  [digestSize]byte
	Kind    string // data type, as the source calls it; "" is none
	Day     int    // YYYYMMDD; 0 is none

	pack  int   // place in the manifest's packs
	frame int64 // the (first) frame's place
	in    int   // where in the frame
}

var errBlock = errors.New("vault: a block of the directory is damaged")

// blockWriter fills one block.
type blockWriter struct {
	buf   []byte
	first string
	last  string
	kind  string
	n     int
}

func (b *blockWriter) key(key string) {
	if b.n == 0 {
		b.first, b.last, b.kind = key, "", ""
	}
	shared := 0
	for shared < len(key) && shared < len(b.last) && key[shared] == b.last[shared] {
		shared++
	}
	b.buf = binary.AppendUvarint(b.buf, uint64(shared))
	b.buf = binary.AppendUvarint(b.buf, uint64(len(key)-shared))
	b.buf = append(b.buf, key[shared:]...)
	b.last = key
	b.n++
}

func (b *blockWriter) entry(key string, e *Entry) {
	b.key(key)
	b.buf = append(b.buf, e.SHA256[:]...)
	b.buf = binary.AppendUvarint(b.buf, uint64(e.Size))
	b.buf = binary.AppendVarint(b.buf, e.ModTime.UnixNano())
	b.buf = binary.AppendUvarint(b.buf, uint64(e.pack))
	b.buf = binary.AppendUvarint(b.buf, uint64(e.frame))
	b.buf = binary.AppendUvarint(b.buf, uint64(e.in))
	b.buf = binary.AppendUvarint(b.buf, uint64(e.Day))
	if e.Kind == b.kind {
		b.buf = append(b.buf, 0)
		return
	}
	b.buf = binary.AppendUvarint(b.buf, uint64(len(e.Kind))+1)
	b.buf = append(b.buf, e.Kind...)
	b.kind = e.Kind
}

func (b *blockWriter) child(key string, c child) {
	b.key(key)
	b.buf = append(b.buf, c.digest[:]...)
	b.buf = binary.AppendUvarint(b.buf, uint64(c.at))
}

// bytes gives the block and empties the writer.
func (b *blockWriter) bytes(level int) []byte {
	out := binary.AppendUvarint([]byte{byte(level)}, uint64(b.n))
	out = append(out, b.buf...)
	*b = blockWriter{buf: b.buf[:0]}
	return out
}

// child is a block below.
type child struct {
	at     int64
	digest [digestSize]byte
}

// blockReader goes through one block.
type blockReader struct {
	b      []byte
	left   int
	leaf   bool
	key    []byte
	kind   string
	e      Entry // of a leaf, without Path
	c      child // of a block above
	parked bool  // the current entry was looked at and is still to be given
	err    error
}

// parseBlock begins a block that should stand on a level of the tree.
func parseBlock(b []byte, level int) (blockReader, error) {
	if len(b) < 2 || int(b[0]) != level {
		return blockReader{}, errBlock
	}
	n, used := binary.Uvarint(b[1:])
	if used <= 0 || n > uint64(len(b)) {
		return blockReader{}, errBlock
	}
	return blockReader{b: b[1+used:], left: int(n), leaf: level == 0}, nil
}

func (r *blockReader) next() bool {
	if r.parked {
		r.parked = false
		return true
	}
	if r.left == 0 || r.err != nil {
		return false
	}
	r.left--
	shared, rest := r.number(), r.number()
	if shared > uint64(len(r.key)) || shared+rest > maxKey || rest > uint64(len(r.b)) {
		r.err = errBlock
	}
	if r.err != nil {
		return false
	}
	r.key = append(r.key[:shared], r.b[:rest]...)
	r.b = r.b[rest:]
	if len(r.b) < digestSize {
		r.err = errBlock
		return false
	}
	if r.leaf {
		r.readEntry()
	} else {
		r.c.digest = [digestSize]byte(r.b)
		r.b = r.b[digestSize:]
		r.c.at = int64(r.number())
	}
	return r.err == nil
}

func (r *blockReader) readEntry() {
	r.e.SHA256 = [digestSize]byte(r.b)
	r.b = r.b[digestSize:]
	r.e.Size = int64(r.number())
	ns, used := binary.Varint(r.b)
	if used <= 0 {
		r.err = errBlock
		return
	}
	r.b = r.b[used:]
	r.e.ModTime = time.Unix(0, ns).UTC()
	r.e.pack = int(r.number())
	r.e.frame = int64(r.number())
	r.e.in = int(r.number())
	r.e.Day = int(r.number())
	switch n := r.number(); {
	case n == 0:
	case n-1 > maxKind || n-1 > uint64(len(r.b)):
		r.err = errBlock
	default:
		r.kind = string(r.b[:n-1])
		r.b = r.b[n-1:]
	}
	r.e.Kind = r.kind
	if r.e.Size < 0 || r.e.pack < 0 || r.e.frame < 0 || r.e.in < 0 || r.e.in > maxFrame {
		r.err = errBlock
	}
}

func (r *blockReader) number() uint64 {
	v, used := binary.Uvarint(r.b)
	if used <= 0 {
		r.err = errBlock
		return 0
	}
	r.b = r.b[used:]
	return v
}
