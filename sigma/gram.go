package sigma

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// gramFilter finds literals in a value. Of every literal one gram (four bytes
// in a row, or three for literals of three) is in a bitmap; a value is looked
// up in the bitmap at each of its places, and only where a bit is set is
// anything compared.
type gramFilter struct {
	bits    []uint64
	shift   uint32 // a hash is the upper 32-shift bits of the product
	heads   []uint32
	entries []gramEntry
	mask    uint32 // 0xffffffff, or 0xffffff for grams of three bytes
}

// gramEntry is one literal below its gram; heads[h>>4] to heads[h>>4+1] are
// those whose hash begins alike.
type gramEntry struct {
	gram uint32
	at   uint32 // where the gram is in the literal
	lit  int32
}

const gramFactor = 0x9E3779B1

// bitsPerGram keeps one place in so many set by chance.
const bitsPerGram = 32

// newGramFilter builds the filter of the literals in of (indices of lits), all
// of at least four bytes, or of exactly three.
func newGramFilter(lits []literal, of []int32, three bool) gramFilter {
	if len(of) == 0 {
		return gramFilter{}
	}
	size := max(1024, 1<<bits.Len(uint(len(of)*bitsPerGram)-1))
	g := gramFilter{bits: make([]uint64, size/64), shift: uint32(32 - bits.TrailingZeros(uint(size))), mask: 0xffffffff}
	if three {
		g.mask = 0xffffff
	}
	var use gramUse
	for _, id := range of {
		use.add(lits[id].text)
	}
	for _, id := range of {
		at := 0
		if !three {
			at = use.rarest(lits[id].text)
		}
		e := gramEntry{gram: gramAt(lits[id].text, at) & g.mask, at: uint32(at), lit: id}
		h := g.hash(e.gram)
		g.bits[h>>6] |= 1 << (h & 63)
		g.entries = append(g.entries, e)
	}
	slices.SortStableFunc(g.entries, func(a, b gramEntry) int { return int(g.hash(a.gram)) - int(g.hash(b.gram)) })
	g.heads = make([]uint32, size/16+1)
	for _, e := range g.entries {
		g.heads[g.hash(e.gram)>>4+1]++
	}
	for i := 1; i < len(g.heads); i++ {
		g.heads[i] += g.heads[i-1]
	}
	return g
}

func (g *gramFilter) hash(gram uint32) uint32 { return gram * gramFactor >> g.shift }

// gramAt reads four bytes, fewer where the text ends.
func gramAt(text string, at int) uint32 {
	var b [4]byte
	copy(b[:], text[at:])
	return binary.LittleEndian.Uint32(b[:])
}

// gramUse counts roughly how many literals have a gram, so that each is found
// by a gram that few others have and that is rare in logs.
type gramUse struct{ count [1 << 14]uint16 }

func (u *gramUse) slot(text string, at int) *uint16 { return &u.count[gramAt(text, at)*gramFactor>>18] }

func (u *gramUse) add(text string) {
	for i := 0; i+4 <= len(text); i++ {
		if c := u.slot(text, i); *c < 1<<15 {
			*c++
		}
	}
}

// rarest gives the offset of the gram with the least cost.
func (u *gramUse) rarest(text string) int {
	best, least := 0, 1<<30
	for i := 0; i+4 <= len(text); i++ {
		cost := int(*u.slot(text, i)) * 8
		for _, c := range []byte(text[i : i+4]) {
			cost += commonness(c)
		}
		if cost < least {
			best, least = i, cost
		}
	}
	return best
}

// commonBytes are the bytes of paths and command lines, rare ones first.
const commonBytes = "xzqjkvbwgyp0123456789fdh_-umlcsrn/:tioa.\\ e"

func commonness(c byte) int {
	for i := range len(commonBytes) {
		if commonBytes[i] == c {
			return i + 1
		}
	}
	return 0
}

// gramFinder is what a search needs besides the filter.
type gramFinder struct {
	lits  []literal
	seen  []uint32 // seen[lit] == round: found in this value already
	round uint32
	found []int32
}

// find appends to f.found the literals that occur in padded[:n], each once.
// padded must be at least n+8 bytes long; what is behind n does not matter.
func (g *gramFilter) find(f *gramFinder, padded []byte, n int) {
	if len(g.entries) == 0 {
		return
	}
	table, shift, mask := g.bits, g.shift&31, g.mask
	for i := 0; i+3 <= n; i += 4 {
		x := binary.LittleEndian.Uint64(padded[i:])
		h0 := (uint32(x) & mask) * gramFactor >> shift
		h1 := (uint32(x>>8) & mask) * gramFactor >> shift
		h2 := (uint32(x>>16) & mask) * gramFactor >> shift
		h3 := (uint32(x>>24) & mask) * gramFactor >> shift
		hit := table[h0>>6]>>(h0&63)&1 | table[h1>>6]>>(h1&63)&1<<1 |
			table[h2>>6]>>(h2&63)&1<<2 | table[h3>>6]>>(h3&63)&1<<3
		for ; hit != 0; hit &= hit - 1 {
			k := bits.TrailingZeros64(hit)
			g.compare(f, padded[:n], i+k, uint32(x>>(8*k))&mask)
		}
	}
}

// compare tries the literals whose gram stands at place i.
func (g *gramFilter) compare(f *gramFinder, b []byte, i int, gram uint32) {
	h := g.hash(gram) >> 4
	for _, e := range g.entries[g.heads[h]:g.heads[h+1]] {
		if e.gram != gram || f.seen[e.lit] == f.round {
			continue
		}
		l := &f.lits[e.lit]
		from := i - int(e.at)
		end := from + len(l.text)
		if from < 0 || end > len(b) || string(b[from:end]) != l.text {
			continue
		}
		if l.anchor&atStart != 0 && from != 0 || l.anchor&atEnd != 0 && end != len(b) {
			continue
		}
		f.seen[e.lit] = f.round
		f.found = append(f.found, e.lit)
	}
}
