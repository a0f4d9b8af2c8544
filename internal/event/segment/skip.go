package segment

import (
	"encoding/binary"
	"math/bits"
)

// A skip index is the set of all four-byte pieces of a row group's folded text,
// as a map of 2^n bits. A word whose pieces are not all in it occurs nowhere in
// the group. It is right for ASCII, for Japanese (three bytes a character) and
// regardless of case, because Fold was there first.
const (
	gramBits    = 20 // of a full group's map
	minGramBits = 10
	gramFactor  = 2654435761 // 2^32 / golden ratio
)

// gramSet is a skip index while a group is written.
type gramSet [1 << (gramBits - 6)]uint64

// add puts all pieces of a folded text into the set; ≈ 0.7 ns per byte. Eight
// bytes are loaded at once for the five pieces that begin in the first five.
func (g *gramSet) add(s []byte) {
	for ; len(s) >= 8; s = s[5:] {
		x := binary.LittleEndian.Uint64(s)
		g.set(uint32(x))
		g.set(uint32(x >> 8))
		g.set(uint32(x >> 16))
		g.set(uint32(x >> 24))
		g.set(uint32(x >> 32))
	}
	for ; len(s) >= 4; s = s[1:] {
		g.set(binary.LittleEndian.Uint32(s))
	}
}

// set writes only where it must: nearly all pieces have been there before.
func (g *gramSet) set(piece uint32) {
	x := piece * gramFactor >> (32 - gramBits)
	if word, bit := &g[x>>6], uint64(1)<<(x&63); *word&bit == 0 {
		*word |= bit
	}
}

// shrunk gives the set as bytes. A sparse one is folded in half until a
// sixteenth of its bits are set: neighbours differ in the low bits of the hash.
func (g *gramSet) shrunk() []byte {
	set := 0
	for _, w := range g {
		set += bits.OnesCount64(w)
	}
	n := gramBits
	for n > minGramBits && set*16 < 1<<n {
		n--
	}
	out := make([]byte, 1<<(n-3))
	for i, w := range g {
		for ; w != 0; w &= w - 1 {
			x := (i<<6 | bits.TrailingZeros64(w)) >> (gramBits - n)
			out[x>>3] |= 1 << (x & 7)
		}
	}
	return out
}

// gramMap is a skip index as it was read; its length is a power of two.
type gramMap []byte

// mayHold says whether the folded text s may occur. Texts of less than four bytes
// always may.
func (g gramMap) mayHold(s []byte) bool {
	shift := 32 - bits.TrailingZeros(uint(len(g))<<3)
	for i := 0; i+4 <= len(s); i++ {
		x := binary.LittleEndian.Uint32(s[i:]) * gramFactor >> shift
		if g[x>>3]>>(x&7)&1 == 0 {
			return false
		}
	}
	return true
}

// A filter is a Bloom filter over the folded values of a row group's dictionaries
// and keys: ten bits a value, four probes, one in about eighty values that are
// not there looks as if it were.
type filter []byte

const (
	filterBits   = 10
	filterProbes = 4
)

// newFilter makes a filter for the values with these hashes.
func newFilter(hashes []uint64) filter {
	f := make(filter, (len(hashes)*filterBits+7)/8+1)
	for _, h := range hashes {
		f.probe(h, func(i uint64) bool { f[i>>3] |= 1 << (i & 7); return true })
	}
	return f
}

// mayHold says whether the value with that hash may be there.
func (f filter) mayHold(h uint64) bool {
	return len(f) == 0 || f.probe(h, func(i uint64) bool { return f[i>>3]>>(i&7)&1 != 0 })
}

func (f filter) probe(h uint64, do func(bit uint64) bool) bool {
	n, step := uint64(len(f))<<3, h>>32|1
	for range filterProbes {
		i, _ := bits.Mul64(h, n)
		if !do(i) {
			return false
		}
		h = h*0x9e3779b97f4a7c15 + step
	}
	return true
}

// hashValue hashes a folded value of a column. It is part of the file format.
func hashValue(c Column, s []byte) uint64 {
	h := uint64(c)*0x9e3779b97f4a7c15 ^ uint64(len(s))
	mix := func(x uint64) {
		hi, lo := bits.Mul64(h^x, 0xd6e8feb86659fd93)
		h = hi ^ lo ^ 0xa0761d6478bd642f
	}
	for len(s) >= 8 {
		mix(binary.LittleEndian.Uint64(s))
		s = s[8:]
	}
	var last [8]byte
	copy(last[:], s)
	mix(binary.LittleEndian.Uint64(last[:]))
	mix(0x2545f4914f6cdd1d)
	return h
}
