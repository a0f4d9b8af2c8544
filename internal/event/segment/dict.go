package segment

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// dict numbers the strings of one column of one row group in the order in which
// they come, and counts them. Counting here makes "which values, how often" an
// answer that needs no rows.
type dict struct {
	numbers map[string]int32
	counts  []uint32
	values  []string
	size    int              // bytes of all values
	recent  [dictSlots]int32 // 1 + the number of a value, by mark
}

const (
	dictBits  = 9
	dictSlots = 1 << dictBits
)

func newDict() *dict { return &dict{numbers: map[string]int32{}} }

func (d *dict) reset() {
	clear(d.numbers)
	clear(d.values)
	*d = dict{numbers: d.numbers, counts: d.counts[:0], values: d.values[:0]}
}

// mark tells values apart at little cost: by their length and their ends.
func mark(s string) uint32 {
	n := len(s)
	if n < 8 {
		h := uint32(n)
		for i := range n {
			h = h*31 + uint32(s[i])
		}
		return h * gramFactor >> (32 - dictBits)
	}
	x := binary.LittleEndian.Uint64(stringBytes(s)[n-8:])
	y := binary.LittleEndian.Uint64(stringBytes(s))
	return uint32((x^y>>3^uint64(n)<<56)*0x9e3779b97f4a7c15>>32) >> (32 - dictBits)
}

// number counts one more s and gives its number.
func (d *dict) number(s string) int32 {
	slot := &d.recent[mark(s)]
	i := *slot - 1
	if i < 0 || s != d.values[i] {
		var ok bool
		if i, ok = d.numbers[s]; !ok {
			i = d.add(s)
		}
		*slot = i + 1
	}
	d.counts[i]++
	return i
}

// add takes in a new value, without bytes that are no UTF-8.
func (d *dict) add(s string) int32 {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		if i, ok := d.numbers[s]; ok {
			return i
		}
	}
	s = strings.Clone(s) // it may be part of a large block
	i := int32(len(d.values))
	d.numbers[s] = i
	d.values, d.counts = append(d.values, s), append(d.counts, 0)
	d.size += len(s)
	return i
}

// page appends the dictionary as Parquet's plain encoding has it.
func (d *dict) page(b []byte) []byte {
	for _, v := range d.values {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
		b = append(b, v...)
	}
	return b
}

// bounds gives the least and the greatest value.
func (d *dict) bounds() (least, greatest string) {
	for i, v := range d.values {
		if i == 0 || v < least {
			least = v
		}
		if v > greatest {
			greatest = v
		}
	}
	return least, greatest
}

// hashes adds the hashes of all values to those of a filter. The empty value is
// not looked for by filter.
func (d *dict) hashes(c Column, to []uint64) []uint64 {
	var folded []byte
	for _, v := range d.values {
		if v != "" {
			folded = Fold(folded[:0], stringBytes(v))
			to = append(to, hashValue(c, folded))
		}
	}
	return to
}

// appendCounts writes how often each value occurs, in the order of the dictionary.
func (d *dict) appendCounts(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(d.counts)))
	for _, n := range d.counts {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

// numberDict numbers the values of a column of numbers.
type numberDict struct {
	numbers map[int64]int32
	values  []int64
}

func (d *numberDict) number(v int64) int32 {
	if len(d.values) > 0 && d.values[0] == v {
		return 0
	}
	i, ok := d.numbers[v]
	if !ok {
		i = int32(len(d.values))
		if d.numbers == nil {
			d.numbers = map[int64]int32{}
		}
		d.numbers[v], d.values = i, append(d.values, v)
	}
	return i
}

func (d *numberDict) reset() {
	clear(d.numbers)
	d.values = d.values[:0]
}

// page appends the dictionary as 32-bit numbers.
func (d *numberDict) page(b []byte) []byte {
	for _, v := range d.values {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b
}
