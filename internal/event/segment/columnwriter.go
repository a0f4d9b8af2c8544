package segment

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
)

// Pages are written without parquet-go's writer, which wants each value in a
// struct of its own and hashes the strings of dictionaries a second time; that is
// a fifth of the time. Its encoders, and its types for the footer, are used.

// columnWriter gathers one column of the row group in hand.
type columnWriter struct {
	column Column

	// The page in hand.
	ints    []int64
	indexes []int32
	bytes   []byte
	offsets []uint32

	numbers numberDict

	// The pages that are done.
	pages  []byte
	sizes  []uint32
	firsts []int64 // the first row of each
	plain  int64   // what they would be without compression, with headers
	rows   int64
}

// packer encodes and compresses pages for all columns, one at a time.
type packer struct {
	zip    *zstd.Encoder
	plain  []byte
	packed []byte
	narrow []int32
}

// encoding is how the data pages of a column are encoded.
func (c Column) encoding() format.Encoding {
	switch {
	case c.IsWide():
		return format.DeltaLengthByteArray
	case c.IsDict(), c.numberDict():
		return format.RLEDictionary
	}
	return format.DeltaBinaryPacked
}

// long says which columns have 64-bit numbers.
func (c Column) long() bool {
	return c == ColSeq || c == ColReceived || c == ColTime || c == ColBytes
}

func (w *columnWriter) int(v int64) {
	if w.column.numberDict() {
		w.indexes = append(w.indexes, w.numbers.number(v))
		return
	}
	w.ints = append(w.ints, v)
}

func (w *columnWriter) string(b []byte) {
	if len(w.offsets) == 0 {
		w.offsets = append(w.offsets, 0)
	}
	w.bytes = append(w.bytes, b...)
	w.offsets = append(w.offsets, uint32(len(w.bytes)))
}

// end makes a page of what was gathered.
func (w *columnWriter) end(p *packer) error {
	var err error
	rows := len(w.ints) + len(w.indexes)
	switch c := w.column; {
	case c.IsWide():
		rows = len(w.offsets) - 1
		p.plain, err = (&delta.LengthByteArrayEncoding{}).EncodeByteArray(p.plain, w.bytes, w.offsets)
		w.bytes, w.offsets = w.bytes[:0], w.offsets[:0]
	case c.encoding() == format.RLEDictionary:
		p.plain, err = (&rle.DictionaryEncoding{}).EncodeInt32(p.plain, w.indexes)
		w.indexes = w.indexes[:0]
	case c.long():
		p.plain, err = (&delta.BinaryPackedEncoding{}).EncodeInt64(p.plain, w.ints)
		w.ints = w.ints[:0]
	default:
		p.narrow = p.narrow[:0]
		for _, v := range w.ints {
			p.narrow = append(p.narrow, int32(v))
		}
		p.plain, err = (&delta.BinaryPackedEncoding{}).EncodeInt32(p.plain, p.narrow)
		w.ints = w.ints[:0]
	}
	if err != nil {
		return err
	}
	before := len(w.pages)
	w.pages = p.page(w.pages, pageInfo{values: rows, encoding: w.column.encoding()})
	w.sizes = append(w.sizes, uint32(len(w.pages)-before))
	w.firsts = append(w.firsts, w.rows)
	w.plain += int64(len(w.pages) - before - len(p.packed) + len(p.plain))
	w.rows += int64(rows)
	return nil
}

// reset forgets the row group.
func (w *columnWriter) reset() {
	w.numbers.reset()
	w.pages, w.sizes, w.firsts, w.plain, w.rows = w.pages[:0], w.sizes[:0], w.firsts[:0], 0, 0
}

// pageInfo is what a page's header says besides its sizes.
type pageInfo struct {
	dict     bool
	values   int
	encoding format.Encoding
}

// page compresses p.plain and appends it with its header: fields in Thrift's compact
// protocol, each a byte with the distance of its number from the one before and
// its type (5 is i32, 12 a struct), numbers as zigzag varints, a 0 at the end.
func (p *packer) page(to []byte, i pageInfo) []byte {
	p.packed = p.zip.EncodeAll(p.plain, p.packed[:0])
	kind := int64(0)
	if i.dict {
		kind = 2
	}
	for _, v := range []int64{kind, int64(len(p.plain)), int64(len(p.packed)), int64(int32(crc32.ChecksumIEEE(p.packed)))} {
		to = binary.AppendVarint(append(to, 0x15), v)
	}
	if i.dict { // field 7: values, encoding
		to = binary.AppendVarint(append(to, 0x3c, 0x15), int64(i.values))
		to = binary.AppendVarint(append(to, 0x15), int64(i.encoding))
	} else { // field 5: values, encoding, that of the levels, of which there are none
		to = binary.AppendVarint(append(to, 0x1c, 0x15), int64(i.values))
		for _, v := range []format.Encoding{i.encoding, format.RLE, format.RLE} {
			to = binary.AppendVarint(append(to, 0x15), int64(v))
		}
	}
	return append(append(to, 0, 0), p.packed...)
}
