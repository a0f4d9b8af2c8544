package segment

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// dict numbers the strings of one column of one row group in the order in which
// they come, as the Parquet writer does, and counts them. Counting here makes
// "which values, how often" an answer that needs no rows.
type dict struct {
	index  map[string]uint32
	counts []uint32
	values []string
	size   int // bytes of all values
	last   string
	lastAt uint32
}

func newDict() *dict { return &dict{index: map[string]uint32{}} }

func (d *dict) reset() {
	clear(d.index)
	clear(d.values)
	*d = dict{index: d.index, counts: d.counts[:0], values: d.values[:0]}
}

// count counts one more s and gives it as it is written: without bytes that are
// no UTF-8.
func (d *dict) count(s string) string {
	if s == d.last && len(d.counts) > 0 {
		d.counts[d.lastAt]++
		return d.values[d.lastAt]
	}
	i, ok := d.index[s]
	if !ok {
		i = d.add(s)
	}
	d.counts[i]++
	d.last, d.lastAt = d.values[i], i
	return d.values[i]
}

func (d *dict) add(s string) uint32 {
	clean := s
	if !utf8.ValidString(s) {
		clean = strings.ToValidUTF8(s, "\uFFFD")
		if i, ok := d.index[clean]; ok {
			return i
		}
	}
	clean = strings.Clone(clean) // s may be part of a large block
	i := uint32(len(d.values))
	d.index[clean] = i
	d.values, d.counts = append(d.values, clean), append(d.counts, 0)
	d.size += len(clean)
	return i
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
