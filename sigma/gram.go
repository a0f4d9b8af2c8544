package sigma

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// gramFilter finds literals in a value. Of every literal one gram (four bytes
// in a row, or three for literals of three) is in a bitmap; a value is looked
// up in the bitmap at each of its places, and only where a bit is set is
// anything compared. Where all literals are long, stride grams in a row of each
// are in the bitmap, and a value is looked up at every stride-th place only.
type gramFilter struct {
	bits    []uint64
	shift   uint32 // a hash is the upper 32-shift bits of the product
	stride  int    // 1, 2 or 4
	least   int    // length of the shortest literal
	mask    uint32 // 0xffffffff, or for literals of three or two bytes fewer of its lower bytes
	heads   []uint32
	entries []gramEntry
}

// gramEntry is one literal below one of its grams; heads[h>>4] to heads[h>>4+1]
// are those whose hash begins alike.
type gramEntry struct {
	gram uint32
	at   uint32 // where the gram is in the literal
	lit  int32
}

const gramFactor = 0x9E3779B1

// Sizes of the bitmap: one place in bitsPerGram is set by chance, fewer where
// the bitmap stays within the first cache.
const (
	bitsPerGram    = 32
	bitsPerGramFew = 256
	fewBits        = 1 << 16
)

// newGramFilter builds the filter of the literals in of (indices of lits), all
// of at least four bytes, or all of three or of two.
func newGramFilter(lits []literal, of []int32) gramFilter {
	if len(of) == 0 {
		return gramFilter{}
	}
	g := gramFilter{mask: 0xffffffff, least: len(lits[of[0]].text)}
	use := newGramUse()
	for _, id := range of {
		g.least = min(g.least, len(lits[id].text))
		use.add(lits[id].text)
	}
	if g.least < 4 {
		g.mask >>= 8 * (4 - g.least)
	}
	g.stride = strideOf(len(of), g.least)
	grams := len(of) * g.stride
	size := 1 << bits.Len(uint(max(grams*bitsPerGram, min(grams*bitsPerGramFew, fewBits))-1))
	g.bits, g.shift = make([]uint64, size/64), uint32(32-bits.TrailingZeros(uint(size)))
	for _, id := range of {
		text := lits[id].text
		from := use.rarest(text, g.stride)
		for at := from; at < from+g.stride; at++ {
			e := gramEntry{gram: gramAt(text, at) & g.mask, at: uint32(at), lit: id}
			h := g.hash(e.gram)
			g.bits[h>>6] |= 1 << (h & 63)
			g.entries = append(g.entries, e)
		}
	}
	g.sortEntries(size)
	return g
}

// strideOf keeps the bitmap of many literals small, and of few the search
// short. A literal of n bytes has n-3 grams in a row.
func strideOf(literals, least int) int {
	switch {
	case least >= 7 && literals <= 1024:
		return 4
	case least >= 5 && literals <= 2048:
		return 2
	}
	return 1
}

func (g *gramFilter) sortEntries(size int) {
	slices.SortStableFunc(g.entries, func(a, b gramEntry) int { return int(g.hash(a.gram)) - int(g.hash(b.gram)) })
	g.heads = make([]uint32, size/16+1)
	for _, e := range g.entries {
		g.heads[g.hash(e.gram)>>4+1]++
	}
	for i := 1; i < len(g.heads); i++ {
		g.heads[i] += g.heads[i-1]
	}
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
type gramUse struct {
	count  [1 << 14]uint16
	common [256]uint8 // byte → its place in commonBytes, from 1; 0 for others
}

func newGramUse() *gramUse {
	u := &gramUse{}
	for i := range len(commonBytes) {
		u.common[commonBytes[i]] = uint8(i + 1)
	}
	return u
}

func (u *gramUse) slot(text string, at int) *uint16 { return &u.count[gramAt(text, at)*gramFactor>>18] }

func (u *gramUse) add(text string) {
	for i := 0; i+4 <= len(text); i++ {
		if c := u.slot(text, i); *c < 1<<15 {
			*c++
		}
	}
}

// rarest gives the offset of the stride grams in a row with the least cost.
func (u *gramUse) rarest(text string, stride int) int {
	var costs [maxStride]int // of the last grams
	best, least, sum := 0, 1<<30, 0
	for i := 0; i+4 <= len(text); i++ {
		cost := int(*u.slot(text, i)) * 8
		for _, c := range []byte(text[i : i+4]) {
			cost += int(u.common[c])
		}
		sum += cost - costs[i%stride]
		costs[i%stride] = cost
		if i+1 >= stride && sum < least {
			best, least = i+1-stride, sum
		}
	}
	return best
}

const maxStride = 4

// commonBytes are the bytes of paths and command lines, rare ones first.
const commonBytes = "xzqjkvbwgyp0123456789fdh_-umlcsrn/:tioa.\\ e"

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
	if len(g.entries) == 0 || n < g.least {
		return
	}
	switch {
	case g.stride == 4:
		g.findEvery4(f, padded, n)
	case g.stride == 2:
		g.findEvery2(f, padded, n)
	default:
		g.findEvery(f, padded, n)
	}
}

func (g *gramFilter) findEvery(f *gramFinder, padded []byte, n int) {
	table, shift, mask := g.bits, g.shift&31, g.mask
	for i := 0; i+2 <= n; i += 4 { // no gram is shorter
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

func (g *gramFilter) findEvery2(f *gramFinder, padded []byte, n int) {
	table, shift := g.bits, g.shift&31
	for i := 0; i+4 <= n; i += 4 {
		x := binary.LittleEndian.Uint64(padded[i:])
		h0 := uint32(x) * gramFactor >> shift
		h2 := uint32(x>>16) * gramFactor >> shift
		hit := table[h0>>6]>>(h0&63)&1 | table[h2>>6]>>(h2&63)&1<<2
		for ; hit != 0; hit &= hit - 1 {
			k := bits.TrailingZeros64(hit)
			g.compare(f, padded[:n], i+k, uint32(x>>(8*k)))
		}
	}
}

func (g *gramFilter) findEvery4(f *gramFinder, padded []byte, n int) {
	table, shift := g.bits, g.shift&31
	for i := 0; i+4 <= n; i += 8 {
		x := binary.LittleEndian.Uint64(padded[i:])
		h0 := uint32(x) * gramFactor >> shift
		h4 := uint32(x>>32) * gramFactor >> shift
		hit := table[h0>>6]>>(h0&63)&1 | table[h4>>6]>>(h4&63)&1<<4
		for ; hit != 0; hit &= hit - 1 {
			k := bits.TrailingZeros64(hit)
			g.compare(f, padded[:n], i+k, uint32(x>>(8*k)))
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
