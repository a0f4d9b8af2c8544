package sigma

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// fieldIndex finds all literals of one field of a bucket in a value.
type fieldIndex struct {
	id        uint32 // in its engine, for the memo
	present   int32  // literals, -1 where none is asked for
	nonEmpty  int32
	whole     map[string]int32
	wholeLens uint64             // bit min(len, 63) is set for each text of whole
	base      map[string][]int32 // last path element with its backslash → literals that end with it
	baseLens  uint64
	four      gramFilter
	three     gramFilter
	two       gramFilter // of single characters that are not ASCII
	heavy     bool       // searching it costs more than asking the memo
}

func lengthBit(n int) uint64 { return 1 << min(n, 63) }

// newFieldIndex builds the index of the literals in of.
func newFieldIndex(id uint32, lits []literal, of []int32) *fieldIndex {
	x := &fieldIndex{id: id, present: -1, nonEmpty: -1, whole: map[string]int32{}, base: map[string][]int32{}}
	var two, three, four []int32
	for _, id := range of {
		l := &lits[id]
		switch l.kind {
		case litPresent:
			x.present = id
		case litNonEmpty:
			x.nonEmpty = id
		case litWhole:
			x.whole[l.text] = id
			x.wholeLens |= lengthBit(len(l.text))
		case litBase:
			name := baseName([]byte(l.text))
			x.base[string(name)] = append(x.base[string(name)], id)
			x.baseLens |= lengthBit(len(name))
		case litInside:
			switch len(l.text) {
			case 2:
				two = append(two, id)
			case 3:
				three = append(three, id)
			default:
				four = append(four, id)
			}
		}
	}
	x.two, x.three, x.four = newGramFilter(lits, two), newGramFilter(lits, three), newGramFilter(lits, four)
	x.heavy = len(x.four.entries)+len(x.base) >= heavyIndex
	return x
}

// heavyIndex is the number of grams and names from which on an index is heavy.
const heavyIndex = 128

// baseName is the last path element with the backslash before it, nil without
// one.
func baseName(b []byte) []byte {
	if i := bytes.LastIndexByte(b, '\\'); i >= 0 {
		return b[i:]
	}
	return nil
}

// find appends to f.found the literals that a value has, each once; that the
// field is there is left to the caller. padded is the folded value with at
// least 8 bytes behind its n bytes.
func (x *fieldIndex) find(f *gramFinder, padded []byte, n int) {
	if f.round++; f.round == 0 {
		clear(f.seen)
		f.round = 1
	}
	low := padded[:n]
	if x.wholeLens&lengthBit(n) != 0 {
		if id, ok := x.whole[string(low)]; ok {
			f.found = append(f.found, id)
		}
	}
	if x.baseLens != 0 {
		if name := baseName(low); name != nil && x.baseLens&lengthBit(len(name)) != 0 {
			for _, id := range x.base[string(name)] {
				if text := f.lits[id].text; len(text) <= n && string(low[n-len(text):]) == text {
					f.found = append(f.found, id)
				}
			}
		}
	}
	x.four.find(f, padded, n)
	x.three.find(f, padded, n)
	if len(x.two.entries) > 0 && !isASCII(low) {
		x.two.find(f, padded, n)
	}
}

func isASCII(b []byte) bool {
	const highs = 0x8080808080808080
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b)&highs != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// empty says that there is nothing to be found.
func (x *fieldIndex) empty() bool {
	return x.present < 0 && x.nonEmpty < 0 && len(x.whole) == 0 && len(x.base) == 0 && len(x.two.entries) == 0 && len(x.three.entries) == 0 && len(x.four.entries) == 0
}
