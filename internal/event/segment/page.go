package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
)

// The pages are read without parquet-go's reader: it trusts sizes that a damaged
// file can lie about, and gives values one by one, where a search wants the bytes of
// a whole page. Its decoders are used.

// maxPage is how large an unpacked page may be. A slice has at most 1 MiB and one
// more entry.
const maxPage = 512 << 20

// padding is readable memory that parquet-go's decoders want behind their input.
const padding = 64

var errPage = errors.New("segment: a page does not fit together")

// pageHeader is the part of Parquet's page header that is needed here.
type pageHeader struct {
	kind         int64 // 0 data page, 2 dictionary page
	unpacked     int64
	packed       int64
	crc          uint32
	headerLength int
}

// parseHeader reads the first four fields of a header in Thrift's compact
// protocol: one byte with type 5 (i32) and the distance of the field's number,
// then a zigzag varint. What follows is known from the schema; the header's
// length follows from that of the page.
func parseHeader(b []byte) (pageHeader, error) {
	var fields [5]int64
	i, id := 0, 0
	for id < 4 && i < len(b) && b[i]&0x0f == 5 && b[i]>>4 != 0 {
		id += int(b[i] >> 4)
		n, l := binary.Varint(b[i+1:])
		if l <= 0 || id > 4 {
			break
		}
		fields[id] = n
		i += 1 + l
	}
	h := pageHeader{kind: fields[1], unpacked: fields[2], packed: fields[3], crc: uint32(int32(fields[4])), headerLength: len(b) - int(fields[3])}
	if h.unpacked < 0 || h.unpacked > maxPage || h.packed < 0 || h.headerLength < i {
		return h, errPage
	}
	return h, nil
}

// pageReader reads pages with buffers that it uses again.
type pageReader struct {
	zip *zstd.Decoder
	in  []byte
	out []byte
}

func newPageReader() pageReader {
	zip, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPage), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		panic("segment: " + err.Error()) // only wrong options are an error
	}
	return pageReader{zip: zip}
}

// read reads the page of that length and unpacks it. What it gives is valid
// until the next call and has padding bytes behind it.
func (p *pageReader) read(file io.ReaderAt, at int64, length uint32) ([]byte, pageHeader, error) {
	p.in = grow(p.in, int(length)+padding)[:length]
	if _, err := file.ReadAt(p.in, at); err != nil {
		return nil, pageHeader{}, err
	}
	h, err := parseHeader(p.in)
	if err != nil {
		return nil, h, err
	}
	body := p.in[h.headerLength:]
	if crc32.ChecksumIEEE(body) != h.crc {
		return nil, h, fmt.Errorf("%w: wrong checksum", errPage)
	}
	p.out = grow(p.out, int(h.unpacked)+padding)
	out, err := p.zip.DecodeAll(body, p.out[:0:h.unpacked])
	if err != nil {
		return nil, h, err
	}
	if len(out) != int(h.unpacked) {
		return nil, h, errPage
	}
	return p.out[:len(out)], h, nil
}

func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n, n+n/4)
	}
	return b[:n]
}

// piece reads a part that belongs to no column, into memory that is used again.
func (p *pageReader) piece(file io.ReaderAt, at piece, into []byte) ([]byte, error) {
	p.in = grow(p.in, int(at.length))
	b := p.in
	if _, err := file.ReadAt(b, at.start); err != nil {
		return nil, err
	}
	if len(b) == 0 || checksum(b) != at.crc {
		return nil, fmt.Errorf("%w: wrong checksum", errPage)
	}
	if b[0] == 0 {
		return append(into[:0], b[1:]...), nil
	}
	size, l := binary.Uvarint(b[1:])
	if l <= 0 {
		return nil, errPage
	}
	return p.unpack(b[1+l:], size, into)
}

// unpack unpacks what should have size bytes then.
func (p *pageReader) unpack(b []byte, size uint64, into []byte) ([]byte, error) {
	if size > maxPage {
		return nil, errPage
	}
	into = grow(into, int(size))
	out, err := p.zip.DecodeAll(b, into[:0:size])
	if err == nil && uint64(len(out)) != size {
		err = errPage
	}
	return out, err
}

// decodeIndexes decodes a page of dictionary numbers into dst, which has the
// length that is expected.
func decodeIndexes(dst []int32, page []byte, values int) ([]int32, error) {
	n := len(dst)
	if !runsFit(page, n) {
		return nil, errPage
	}
	var enc rle.DictionaryEncoding
	out, err := enc.DecodeInt32(dst[:0], page)
	if err != nil {
		return nil, err
	}
	if len(out) < n { // bit-packed runs come in eights, so there may be more
		return nil, errPage
	}
	out = out[:n]
	for _, i := range out {
		if uint32(i) >= uint32(values) {
			return nil, errPage
		}
	}
	return out, nil
}

// runsFit says whether the runs of a page have room in n values, so that a page
// cannot ask for more memory than there are rows. A run begins with twice its
// length; one more says that groups of eight packed values follow, not one value.
func runsFit(page []byte, n int) bool {
	if len(page) == 0 || page[0] > 32 {
		return n == 0
	}
	width, total := uint64(page[0]), uint64(0)
	for b := page[1:]; len(b) > 0; {
		h, l := binary.Uvarint(b)
		if l <= 0 || h>>1 > uint64(n)+7 {
			return false
		}
		b = b[l:]
		count, size := h>>1, (width+7)/8
		if h&1 != 0 {
			count, size = count*8, count*width
		}
		if total += count; total > uint64(n)+7 || size > uint64(len(b)) {
			return false
		}
		b = b[size:]
	}
	return true
}

// decodeInts decodes a page of delta-packed numbers; wide ones have 64 bits.
func decodeInts(dst []int64, spare []int32, page []byte, wide bool) ([]int64, []int32, error) {
	n := len(dst)
	if count, ok := deltaCount(page); !ok || count != n {
		return nil, spare, errPage
	}
	var enc delta.BinaryPackedEncoding
	if wide {
		out, err := enc.DecodeInt64(dst[:0], page)
		if err == nil && len(out) != n {
			err = errPage
		}
		return out, spare, err
	}
	spare, err := enc.DecodeInt32(spare[:0], page)
	if err != nil || len(spare) != n {
		return nil, spare, errors.Join(errPage, err)
	}
	for i, v := range spare {
		dst[i] = int64(uint32(v))
	}
	return dst, spare, nil
}

// deltaCount reads how many values a delta-packed page says it has, so that it
// cannot ask for more memory than there are rows.
func deltaCount(page []byte) (int, bool) {
	var n uint64
	for range 3 { // block size, mini-blocks, values
		v, l := binary.Uvarint(page)
		if l <= 0 {
			return 0, false
		}
		n, page = v, page[l:]
	}
	return int(n), n <= groupRows*64
}

// decodeStrings decodes a page of length-prefixed strings: all bytes, and where
// each string begins and ends. The bytes are a copy.
func decodeStrings(s *Strings, page []byte, n int) error {
	if count, ok := deltaCount(page); !ok || count != n {
		return errPage
	}
	var enc delta.LengthByteArrayEncoding
	var err error
	s.Bytes, s.offsets, err = enc.DecodeByteArray(s.Bytes, page, s.offsets)
	if err == nil && len(s.offsets) != n+1 {
		err = errPage
	}
	return err
}

// Strings are the values of a slice of a wide column, one behind the other.
type Strings struct {
	Bytes   []byte
	offsets []uint32
}

// Len is how many values there are.
func (s *Strings) Len() int { return len(s.offsets) - 1 }

// At gives value i as a part of Bytes.
func (s *Strings) At(i int) []byte {
	from, to := s.offsets[i], s.offsets[i+1]
	return s.Bytes[from:to:to]
}

// From is where value i begins in Bytes; that of Len is where the last one ends.
func (s *Strings) From(i int) int { return int(s.offsets[i]) }

// Holding gives the value that has the byte at that place.
func (s *Strings) Holding(at int) int {
	i, found := slices.BinarySearch(s.offsets, uint32(at))
	if !found {
		return i - 1
	}
	for i+1 < len(s.offsets) && s.offsets[i+1] == uint32(at) { // empty values
		i++
	}
	return i
}

// decodeDict reads a dictionary of strings. The strings are parts of one copy.
func decodeDict(page []byte) ([]string, error) {
	n := 0
	for at := 0; at < len(page); n++ {
		if at+4 > len(page) {
			return nil, errPage
		}
		length := int(binary.LittleEndian.Uint32(page[at:]))
		if at += 4; length < 0 || length > len(page)-at {
			return nil, errPage
		}
		at += length
	}
	whole, out := string(page), make([]string, n)
	for i, at := 0, 0; i < n; i++ {
		length := int(binary.LittleEndian.Uint32(page[at:]))
		at += 4
		out[i] = whole[at : at+length]
		at += length
	}
	return out, nil
}

// decodeNumberDict reads a dictionary of 32-bit numbers.
func decodeNumberDict(page []byte, signed bool) ([]int64, error) {
	if len(page)%4 != 0 {
		return nil, errPage
	}
	out := make([]int64, 0, len(page)/4)
	for ; len(page) > 0; page = page[4:] {
		v := binary.LittleEndian.Uint32(page)
		if signed {
			out = append(out, int64(int32(v)))
		} else {
			out = append(out, int64(v))
		}
	}
	return out, nil
}
