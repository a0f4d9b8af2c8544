package keys

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/torideproject/toride/internal/event/store/files"
)

// A run file: magic, the items in order, a Bloom filter over their hashes, the
// number of items, and a CRC-32C of all before it.
//
//	"TORIKEY1" | (hash 8 bytes BE, leaf 4 bytes BE)* | filter, 64 bytes a block | count 8 bytes BE | crc 4 bytes BE
const (
	magic     = "TORIKEY1"
	itemSize  = 12
	footSize  = 12
	blockBits = 512
	perKey    = 12  // bits of the filter for each item: about 1 in 150 is a false alarm
	stride    = 256 // items between two entries of the sparse list
	smallRun  = 4096
)

// ErrDamaged says that a file of the index is not what was written.
var ErrDamaged = errors.New("keys: the index of keys is damaged")

// run is one file, with what of it stays in memory.
type run struct {
	name   string
	number int
	count  int
	filter []byte
	sparse []uint64 // every stride-th hash
	small  []item   // all items, when they are few
}

func (r *run) memory() int64 {
	return int64(len(r.filter) + 8*len(r.sparse) + 16*len(r.small) + 128)
}

func filterSize(count int) int {
	return max(1, (count*perKey+blockBits-1)/blockBits) * (blockBits / 8)
}

// bits gives the block of a hash and six places in it.
func bits(filter []byte, h uint64) (block []byte, at [6]uint16) {
	n := uint64(len(filter) / (blockBits / 8))
	i := (h >> 32) * n >> 32
	x := (h&0xFFFFFFFF | h<<32) * 0x9E3779B97F4A7C15
	for k := range at {
		at[k] = uint16(x>>(9*k)) & (blockBits - 1)
	}
	return filter[i*(blockBits/8) : (i+1)*(blockBits/8)], at
}

func setBits(filter []byte, h uint64) {
	block, at := bits(filter, h)
	for _, a := range at {
		block[a/8] |= 1 << (a % 8)
	}
}

func hasBits(filter []byte, h uint64) bool {
	block, at := bits(filter, h)
	for _, a := range at {
		if block[a/8]&(1<<(a%8)) == 0 {
			return false
		}
	}
	return true
}

// find gives the leaves of a hash.
func (r *run) find(f files.FS, h uint64, out []uint32) ([]uint32, error) {
	if !hasBits(r.filter, h) {
		return out, nil
	}
	if r.small != nil {
		return collect(r.small, h, out), nil
	}
	// The first place where h may stand is behind the last sparse hash below it.
	at, _ := slices.BinarySearch(r.sparse, h)
	from := max(0, at-1) * stride
	to := from
	for at < len(r.sparse) && r.sparse[at] == h {
		at++
	}
	to = min(r.count, max(at, 1)*stride)
	items, err := r.items(f, from, to)
	if err != nil {
		return out, err
	}
	return collect(items, h, out), nil
}

func collect(items []item, h uint64, out []uint32) []uint32 {
	at, _ := slices.BinarySearchFunc(items, h, func(it item, h uint64) int { return cmp.Compare(it.hash, h) })
	for ; at < len(items) && items[at].hash == h; at++ {
		out = append(out, items[at].leaf)
	}
	return out
}

func (r *run) items(f files.FS, from, to int) ([]item, error) {
	in, err := f.Open(r.name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	buf := make([]byte, (to-from)*itemSize)
	if n, err := in.ReadAt(buf, int64(len(magic)+from*itemSize)); n < len(buf) {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, r.name, err)
	}
	out := make([]item, to-from)
	for i := range out {
		out[i] = decodeItem(buf[i*itemSize:])
	}
	return out, nil
}

func decodeItem(b []byte) item {
	return item{binary.BigEndian.Uint64(b), binary.BigEndian.Uint32(b[8:])}
}

// writer writes a run item by item.
type writer struct {
	out    *bufio.Writer
	crc    uint32
	filter []byte
	r      *run
	err    error
	buf    []byte
}

func newWriter(w io.Writer, name string, number, atMost int) *writer {
	out := &writer{out: bufio.NewWriterSize(w, 256<<10), filter: make([]byte, filterSize(atMost)), r: &run{name: name, number: number}}
	out.put([]byte(magic))
	return out
}

func (w *writer) put(b []byte) {
	if w.err == nil {
		w.crc = crc32.Update(w.crc, crc32.MakeTable(crc32.Castagnoli), b)
		_, w.err = w.out.Write(b)
	}
}

func (w *writer) add(it item) {
	w.buf = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(w.buf[:0], it.hash), it.leaf)
	w.put(w.buf)
	setBits(w.filter, it.hash)
	if w.r.count%stride == 0 {
		w.r.sparse = append(w.r.sparse, it.hash)
	}
	if w.r.count < smallRun {
		w.r.small = append(w.r.small, it)
	}
	w.r.count++
}

// finish writes the end of the file.
func (w *writer) finish() (*run, error) {
	w.put(w.filter)
	w.put(binary.BigEndian.AppendUint64(nil, uint64(w.r.count)))
	if w.err == nil {
		_, w.err = w.out.Write(binary.BigEndian.AppendUint32(nil, w.crc))
	}
	if w.err == nil {
		w.err = w.out.Flush()
	}
	w.r.filter = w.filter
	if w.r.count > smallRun {
		w.r.small = nil
	}
	return w.r, w.err
}

// openRun reads and checks a whole file, and keeps the little that find needs.
func openRun(f files.FS, name string, number int) (*run, error) {
	in, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	size, err := in.Size()
	if err != nil {
		return nil, err
	}
	damaged := func(why string) (*run, error) { return nil, fmt.Errorf("%w: %s: %s", ErrDamaged, name, why) }
	if size < int64(len(magic)+footSize) {
		return damaged("too short")
	}
	foot := make([]byte, footSize)
	if n, err := in.ReadAt(foot, size-footSize); n < footSize {
		return nil, err
	}
	count := binary.BigEndian.Uint64(foot)
	rest := size - int64(len(magic)) - footSize
	if count > uint64(rest)/itemSize || (rest-int64(count)*itemSize)%(blockBits/8) != 0 {
		return damaged("wrong size")
	}
	r := &run{name: name, number: number, count: int(count)}
	crc := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	from := bufio.NewReaderSize(io.TeeReader(io.NewSectionReader(in, 0, size-4), crc), 1<<20)
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(from, head); err != nil || string(head) != magic {
		return damaged("not an index")
	}
	if err := r.readItems(from); err != nil {
		return damaged(err.Error())
	}
	r.filter = make([]byte, rest-int64(count)*itemSize)
	if _, err := io.ReadFull(from, r.filter); err != nil || len(r.filter) == 0 {
		return damaged("no filter")
	}
	if _, err := io.Copy(io.Discard, from); err != nil || crc.Sum32() != binary.BigEndian.Uint32(foot[8:]) {
		return damaged("wrong checksum")
	}
	return r, nil
}

func (r *run) readItems(from io.Reader) error {
	buf := make([]byte, itemSize)
	var before item
	for i := range r.count {
		if _, err := io.ReadFull(from, buf); err != nil {
			return err
		}
		it := decodeItem(buf)
		if i > 0 && compareItems(before, it) > 0 {
			return errors.New("not in order")
		}
		before = it
		if i%stride == 0 {
			r.sparse = append(r.sparse, it.hash)
		}
		if r.count <= smallRun {
			r.small = append(r.small, it)
		}
	}
	return nil
}
