package index

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/fault"
)

// The file of an index: fileMagic, the version, the length of a head in JSON and
// the head, columns in a fixed order (each with its length in bytes before it,
// numbers little-endian), and the SHA-256 of everything before.
const (
	fileMagic   = "TORIDEIX"
	fileVersion = 2
	maxHead     = 1 << 30
)

// fileHead is what is not a column.
type fileHead struct {
	Rows    int                   `json:"rows"`
	Sources []sourceInfo          `json:"sources"`
	Kinds   []kindInfo            `json:"kinds"`
	Beds    []bedRow              `json:"beds"`
	Whole   map[string]time.Time  `json:"whole"`
	Walks   map[string]*walkState `json:"walks"`
	Order   []string              `json:"order"` // of Walks, whose sets follow the columns
}

// encode writes a table and how far its walks are.
func encode(t *table, whole map[string]time.Time, walks map[string]*walkState) ([]byte, error) {
	head := fileHead{Rows: t.rows(), Sources: t.sources, Kinds: t.kinds, Beds: t.beds, Whole: whole, Walks: walks}
	for name := range walks {
		head.Order = append(head.Order, name)
	}
	slices.Sort(head.Order)
	headText, err := json.Marshal(head)
	if err != nil {
		return nil, fault.New(fault.Internal, "index.save").With(err)
	}
	size := len(headText) + t.rows()*64 + len(t.ids.data) + len(t.show.data) + len(t.kana.data) + len(t.kanji.data) + len(t.counts.data) + len(t.memo.data) + 4096
	out := append(make([]byte, 0, size), fileMagic...)
	out = binary.LittleEndian.AppendUint32(out, fileVersion)
	out = appendBlock(out, headText)
	out = appendBlock(out, t.src)
	out = appendBlock(out, t.flags)
	for _, w := range t.texts() {
		out = appendUint32s(out, w.off)
		out = appendBlock(out, w.data)
	}
	out = appendInt32s(out, t.birth)
	out = appendUint32s(out, t.items)
	out = appendUint32s(out, t.files)
	out = appendUint64s(out, t.newest)
	out = appendUint64s(out, t.mark)
	for _, name := range head.Order {
		out = appendUint64s(out, walks[name].seen)
	}
	sum := sha256.Sum256(out)
	return append(out, sum[:]...), nil
}

func (t *table) texts() []*words {
	return []*words{&t.ids, &t.show, &t.kana, &t.kanji, &t.counts, &t.memo}
}

func appendBlock(out, data []byte) []byte {
	return append(binary.LittleEndian.AppendUint64(out, uint64(len(data))), data...)
}

func appendUint32s(out []byte, all []uint32) []byte {
	out = binary.LittleEndian.AppendUint64(out, uint64(len(all)*4))
	for _, v := range all {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

func appendInt32s(out []byte, all []int32) []byte {
	out = binary.LittleEndian.AppendUint64(out, uint64(len(all)*4))
	for _, v := range all {
		out = binary.LittleEndian.AppendUint32(out, uint32(v))
	}
	return out
}

func appendUint64s(out []byte, all []uint64) []byte {
	out = binary.LittleEndian.AppendUint64(out, uint64(len(all)*8))
	for _, v := range all {
		out = binary.LittleEndian.AppendUint64(out, v)
	}
	return out
}

// Why a file is not believed.
var (
	errFileForeign = errors.New("index: this is not the file of an index")
	errFileVersion = errors.New("index: the file is of another version")
	errFileSum     = errors.New("index: the file's digest does not fit")
	errFileShape   = errors.New("index: the file's columns do not fit together")
)

// decoder reads blocks; after an error it gives nothing.
type decoder struct {
	data []byte
	err  error
}

func (d *decoder) block() []byte {
	if d.err != nil || len(d.data) < 8 {
		d.err = errFileShape
		return nil
	}
	n := binary.LittleEndian.Uint64(d.data)
	if n > uint64(len(d.data)-8) {
		d.err = errFileShape
		return nil
	}
	out := d.data[8 : 8+n : 8+n]
	d.data = d.data[8+n:]
	return out
}

func (d *decoder) uint32s() []uint32 {
	b := d.block()
	out := make([]uint32, len(b)/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return out
}

func (d *decoder) int32s() []int32 {
	b := d.block()
	out := make([]int32, len(b)/4)
	for i := range out {
		out[i] = int32(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}

func (d *decoder) uint64s() []uint64 {
	b := d.block()
	out := make([]uint64, len(b)/8)
	for i := range out {
		out[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return out
}

// decode reads what encode wrote. Texts stay in data's memory. Anything that
// does not fit is an error: a file is believed as a whole or not at all.
func decode(data []byte) (*table, *fileHead, error) {
	if len(data) < len(fileMagic)+4+sha256.Size || string(data[:len(fileMagic)]) != fileMagic {
		return nil, nil, errFileForeign
	}
	if v := binary.LittleEndian.Uint32(data[len(fileMagic):]); v != fileVersion {
		return nil, nil, fmt.Errorf("%w: %d", errFileVersion, v)
	}
	body := data[:len(data)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], data[len(body):]) {
		return nil, nil, errFileSum
	}
	d := decoder{data: body[len(fileMagic)+4:]}
	var head fileHead
	if text := d.block(); d.err != nil || len(text) > maxHead || json.Unmarshal(text, &head) != nil {
		return nil, nil, errFileShape
	}
	t := &table{sources: head.Sources, kinds: head.Kinds, beds: head.Beds}
	t.src, t.flags = d.block(), slices.Clone(d.block())
	for _, w := range t.texts() {
		w.off, w.data = d.uint32s(), d.block()
	}
	t.birth, t.items, t.files, t.newest, t.mark = d.int32s(), d.uint32s(), d.uint32s(), d.uint64s(), d.uint64s()
	for _, name := range head.Order {
		if head.Walks[name] == nil {
			return nil, nil, errFileShape
		}
		head.Walks[name].seen = bits(d.uint64s())
	}
	if d.err != nil || len(d.data) > 0 || !t.sound(head.Rows) || !head.sound() {
		return nil, nil, errFileShape
	}
	for i := range t.flags {
		t.flags[i] &= sexBits
	}
	t.finish()
	return t, &head, nil
}

// sound tells whether the columns fit together, so that nothing that reads them
// can fall out of them.
func (t *table) sound(rows int) bool {
	if rows < 0 || rows > math.MaxInt32 || len(t.sources) > 255 || len(t.flags) != rows || len(t.src) != rows || len(t.birth) != rows ||
		len(t.items) != rows || len(t.files) != rows || len(t.newest) != rows || len(t.mark) != rows {
		return false
	}
	for _, w := range t.texts() {
		if len(w.off) != rows+1 || w.off[0] != 0 || int(w.off[rows]) != len(w.data) || !slices.IsSorted(w.off) {
			return false
		}
	}
	for _, k := range t.kinds {
		if int(k.Source) >= len(t.sources) {
			return false
		}
	}
	for i, b := range t.beds {
		if int(b.Row) >= rows || i > 0 && b.Row <= t.beds[i-1].Row {
			return false
		}
	}
	for row := range rows {
		if int(t.src[row]) >= len(t.sources) || row > 0 && t.order(row-1, t.src[row], t.ids.at(row)) >= 0 {
			return false
		}
	}
	return true
}

// sound tells whether the walks fit the rows.
func (h *fileHead) sound() bool {
	if len(h.Walks) != len(h.Order) {
		return false
	}
	for _, w := range h.Walks {
		if w == nil || !w.seen.fits(h.Rows) {
			return false
		}
	}
	return true
}

// load takes the file of an earlier run. A file that is not believed is left
// where it is until the next save replaces it, and everything is built anew.
func (b *builder) load() {
	b.table = b.ix.table.Load()
	if b.ix.cfg.Store == nil {
		return
	}
	b.ix.phase(PhaseLoading, nil)
	data, err := b.ix.cfg.Store.Load()
	if err == nil && data == nil {
		return
	}
	var t *table
	var head *fileHead
	if err == nil {
		t, head, err = decode(data)
	}
	if err != nil {
		b.ix.cfg.Log.Warn("the file of the index is not used; the index is built anew", "error", err)
		b.ix.phase(PhaseLoading, func(p *Progress) { p.Err = err })
		return
	}
	b.table = t
	if head.Whole != nil {
		b.whole = head.Whole
	}
	if head.Walks != nil {
		b.walks = head.Walks
	}
	b.ix.table.Store(t)
	b.ix.mu.Lock()
	defer b.ix.mu.Unlock()
	for name, at := range b.whole {
		b.ix.whole[name] = at
	}
	b.ix.progress.Patients, b.ix.progress.Items = t.rows(), t.fileSum
}

// save writes the file, if there is something that it has not. A save that
// fails is tried again at the next checkpoint: the index itself goes on.
func (b *builder) save() {
	if b.ix.cfg.Store == nil || !b.dirty {
		return
	}
	b.flush()
	from := b.ix.cfg.Clock()
	data, err := encode(b.table, b.whole, b.walks)
	if err == nil {
		err = b.ix.cfg.Store.Save(data)
	}
	b.saved = b.ix.cfg.Clock()
	b.saving = b.saved.Sub(from)
	if err != nil {
		b.ix.cfg.Log.Warn("the index could not be saved", "error", err)
		return
	}
	b.dirty = false
}
