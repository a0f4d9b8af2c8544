package index

import (
	"encoding/binary"
	"unicode/utf8"
)

// tokens is how many lists there are; a pair of signs falls into one of them.
const tokens = 1 << 16

// postings says for each pair of neighbouring signs which rows may hold it: a
// list of rows as differences, so that a row costs one or two bytes. Pairs share
// lists by their hash; whoever reads compares the name itself.
type postings struct {
	start []uint32 // tokens+1 places in data
	data  []byte
}

// newPostings goes through all names twice: to count, and to write.
func newPostings(names *words, each func(name []byte, yield func(token uint16))) postings {
	rows := len(names.off) - 1
	last := make([]int32, tokens)
	size := make([]uint32, tokens+1)
	through := func(use func(token uint16, delta uint64)) {
		for i := range last {
			last[i] = -1
		}
		row := int32(0)
		take := func(token uint16) { // one for all rows: it is called for each sign
			if last[token] != row {
				use(token, uint64(row-last[token]))
				last[token] = row
			}
		}
		for ; int(row) < rows; row++ {
			each(names.at(int(row)), take)
		}
	}
	through(func(token uint16, delta uint64) {
		size[token]++
		for delta >= 0x80 {
			size[token]++
			delta >>= 7
		}
	})
	p := postings{start: make([]uint32, tokens+1)}
	total := uint32(0)
	for i := range tokens {
		p.start[i] = total
		total += size[i]
		size[i] = p.start[i]
	}
	p.start[tokens] = total
	p.data = make([]byte, total)
	through(func(token uint16, delta uint64) {
		size[token] += uint32(binary.PutUvarint(p.data[size[token]:], delta))
	})
	return p
}

// list gives the bytes of a token's list: their number is about that of rows.
func (p *postings) list(token uint16) []byte { return p.data[p.start[token]:p.start[int(token)+1]] }

// rowsOf yields the rows of a list, ascending.
func rowsOf(list []byte, yield func(row int)) {
	row := -1
	for len(list) > 0 {
		delta, n := uint64(list[0]), 1
		if delta >= 0x80 {
			delta, n = binary.Uvarint(list)
		}
		row += int(delta)
		list = list[n:]
		yield(row)
	}
}

// kanaTokens are a name's beginning and the pairs of its signs.
func kanaTokens(name []byte, yield func(uint16)) {
	before := byte(0)
	for _, b := range name {
		yield(uint16(before)<<8 | uint16(b))
		before = b
	}
}

// kanjiTokens are those and single ideographs, because a family name may be one.
func kanjiTokens(name []byte, yield func(uint16)) {
	before := rune(0)
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRune(name[i:])
		yield(pairToken(before, r))
		if r >= 0x3400 {
			yield(pairToken(-1, r))
		}
		before = r
		i += n
	}
}

func pairToken(a, b rune) uint16 {
	h := (uint32(a)*0x9E3779B1 ^ uint32(b)) * 0x85EBCA6B
	return uint16(h >> 16)
}

// place says where in a name a text stands.
type place uint8

const (
	nowhere place = iota
	whole
	begin
	inside
)

func placeOf(name, part []byte) place {
	// Names are short: comparing at each place is quicker than bytes.Index.
	last := len(name) - len(part)
	if last < 0 || len(part) == 0 {
		return nowhere
	}
	first := part[0]
	for at := 0; at <= last; at++ {
		if name[at] != first || string(name[at:at+len(part)]) != string(part) {
			continue
		}
		switch {
		case at > 0:
			return inside
		case last == 0:
			return whole
		}
		return begin
	}
	return nowhere
}

// rarest gives the shortest list that holds every row with part in its name. A
// single kana or letter is only looked for at the beginning of names: only is
// begin then, else inside..
func (p *postings) rarest(part []byte, kanji bool) (list []byte, only place) {
	if kanji {
		r, n := utf8.DecodeRune(part)
		if n == len(part) {
			if r >= 0x3400 {
				return p.list(pairToken(-1, r)), inside
			}
			return p.list(pairToken(0, r)), begin
		}
		before := r
		for i := n; i < len(part); {
			r, n := utf8.DecodeRune(part[i:])
			if l := p.list(pairToken(before, r)); list == nil || len(l) < len(list) {
				list = l
			}
			before = r
			i += n
		}
		return list, inside
	}
	if len(part) == 1 {
		return p.list(uint16(part[0])), begin
	}
	for i := 1; i < len(part); i++ {
		if l := p.list(uint16(part[i-1])<<8 | uint16(part[i])); list == nil || len(l) < len(list) {
			list = l
		}
	}
	return list, inside
}
