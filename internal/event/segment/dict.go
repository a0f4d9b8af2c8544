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
	size    int // bytes of all values
	last    string
	lastAt  int32
}

func newDict() *dict { return &dict{numbers: map[string]int32{}, lastAt: -1} }

func (d *dict) reset() {
	clear(d.numbers)
	clear(d.values)
	*d = dict{numbers: d.numbers, counts: d.counts[:0], values: d.values[:0], lastAt: -1}
}

// number counts one more s and gives its number.
func (d *dict) number(s string) int32 {
	i := d.lastAt
	if i < 0 || s != d.last {
		var ok bool
		if i, ok = d.numbers[s]; !ok {
			i = d.add(s)
		}
		d.last, d.lastAt = d.values[i], i
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
