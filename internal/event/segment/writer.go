package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// writer writes rows that come in the order of the file.
type writer struct {
	out    io.Writer
	n      int64 // bytes written
	o      Options
	pack   packer
	zip    *zstd.Encoder // for everything but pages
	stats  stats
	footer *footer

	// The row group in hand.
	group     groupMeta
	groupSize int
	block     blockMeta
	sliceRows int
	sliceSize int
	cols      [columns]columnWriter
	dicts     [dicts]*dict
	grams     *gramSet
	keys      []uint64
	key       []byte
	folded    []byte
	folded2   []byte

	// What waits until the pages are written.
	groups []groupMeta
	pieces []byte
}

func newWriter(out io.Writer, o Options) (*writer, error) {
	if o.GroupRows <= 0 {
		o.GroupRows = groupRows
	}
	level := zstd.SpeedFastest // for these pages no larger than SpeedDefault
	if o.Small {
		level = zstd.SpeedBetterCompression
	}
	w := &writer{out: out, o: o, grams: new(gramSet)}
	var err error
	if w.footer, err = newFooter(); err != nil {
		return nil, err
	}
	if w.pack.zip, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true), zstd.WithEncoderLevel(level)); err != nil {
		return nil, err
	}
	if w.zip, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false)); err != nil {
		return nil, err
	}
	for i := range w.cols {
		w.cols[i].column = Column(i)
	}
	for i := range w.dicts {
		w.dicts[i] = newDict()
	}
	w.group.slices = []uint32{0}
	return w, w.write([]byte(magic))
}

func (w *writer) write(b []byte) error {
	n, err := w.out.Write(b)
	w.n += int64(n)
	return err
}

// add writes a row. It keeps nothing of it.
func (w *writer) add(r *row) error {
	size := r.size()
	w.note(r)
	for c := range firstDict {
		w.cols[c].int(r.number(c))
	}
	for i, s := range r.dict {
		c := &w.cols[int(firstDict)+i]
		c.indexes = append(c.indexes, w.dicts[i].number(s))
	}
	w.key = appendKey(w.key[:0], bytesString(r.wide[0]))
	w.cols[ColKey].string(w.key)
	for i, b := range r.wide[1:] {
		w.cols[int(ColKey)+1+i].string(b)
	}
	w.group.rows++
	w.sliceRows++
	w.sliceSize += size
	w.groupSize += size
	if w.sliceRows == sliceRows || w.sliceSize >= sliceBytes {
		if err := w.endSlice(); err != nil {
			return err
		}
	}
	if w.block.rows < blockRows && w.group.rows < w.o.GroupRows && w.groupSize < groupBytes {
		return nil
	}
	if err := w.endBlock(); err != nil {
		return err
	}
	if w.group.rows >= w.o.GroupRows || w.groupSize >= groupBytes || w.dictSize() >= dictBytes {
		return w.endGroup()
	}
	return nil
}

func (w *writer) dictSize() int {
	size := 0
	for i := range w.dicts {
		size += w.dicts[i].size
	}
	return size
}

// endSlice writes the pages of the wide columns.
func (w *writer) endSlice() error {
	if w.sliceRows == 0 {
		return nil
	}
	for c := firstWide; c < columns; c++ {
		if err := w.cols[c].end(&w.pack); err != nil {
			return fmt.Errorf("segment: column %d: %w", c, err)
		}
	}
	w.group.slices = append(w.group.slices, uint32(w.group.rows))
	w.sliceRows, w.sliceSize = 0, 0
	return nil
}

// endBlock writes the pages of the narrow columns.
func (w *writer) endBlock() error {
	if w.block.rows == 0 {
		return nil
	}
	for c := range firstWide {
		if err := w.cols[c].end(&w.pack); err != nil {
			return fmt.Errorf("segment: column %d: %w", c, err)
		}
	}
	w.group.blocks = append(w.group.blocks, w.block)
	w.block = blockMeta{first: w.group.rows}
	return nil
}

// note adds a row to everything that summarises rows.
func (w *writer) note(r *row) {
	b, at := &w.block, r.position()
	if b.rows == 0 {
		b.timeMin, b.timeMax, b.receivedMin, b.receivedMax, b.positionMin, b.positionM = r.time, r.time, r.received, r.received, at, at
	}
	b.rows++
	b.timeMin, b.timeMax = min(b.timeMin, r.time), max(b.timeMax, r.time)
	b.receivedMin, b.receivedMax = min(b.receivedMin, r.received), max(b.receivedMax, r.received)
	if at.Compare(b.positionMin) < 0 {
		b.positionMin = at
	}
	if at.Compare(b.positionM) > 0 {
		b.positionM = at
	}
	w.stats.add(r)
	w.words(r)
}

// words puts the row's text into the skip index, and those long values that do not
// stand in the folded text: where all of the text was folded character by character,
// a value that stands in the text stands in the folded text, too.
func (w *writer) words(r *row) {
	var simple bool
	w.folded, simple = fold(w.folded[:0], r.textBytes())
	w.grams.add(w.folded)
	if key := *r.long(ColKey); len(key) > 0 {
		w.keys = append(w.keys, hashValue(ColKey, key))
	}
	if simple && r.looked {
		for _, v := range r.extra {
			w.folded2 = Fold(w.folded2[:0], v)
			w.grams.add(w.folded2)
		}
		return
	}
	at := 0
	for c := ColCommandLine; c <= ColMessage; c++ {
		if v := *r.long(c); len(v) > 0 {
			w.word(v, &at)
		}
	}
	for p := (pairReader{b: *r.long(ColFields)}); p.next(); {
		v := p.rawValue
		if bytes.IndexByte(v, '\\') >= 0 {
			v = stringBytes(unquote(v))
		}
		w.word(v, &at)
	}
}

// word adds a value, unless it is a part of the folded text. Values mostly come
// in the order of the text; at is where the last one ended.
func (w *writer) word(v []byte, at *int) {
	w.folded2 = Fold(w.folded2[:0], v)
	if v = w.folded2; len(v) < 4 {
		return
	}
	if i := bytes.Index(w.folded[*at:], v); i >= 0 {
		*at += i + len(v)
		return
	}
	if i := bytes.Index(w.folded[:*at], v); i < 0 {
		w.grams.add(v)
	}
}

// endGroup writes the row group and what was gathered about it.
func (w *writer) endGroup() error {
	if w.group.rows == 0 {
		return nil
	}
	if err := w.endSlice(); err != nil {
		return err
	}
	if err := w.endBlock(); err != nil {
		return err
	}
	for i := range w.cols {
		if err := w.endColumn(&w.cols[i]); err != nil {
			return err
		}
	}
	w.footer.group(&w.group, w.cols[:], w.dicts[:])
	w.group.skip = w.piece(w.grams.shrunk())
	hashes := w.keys
	for i, d := range w.dicts {
		if c := firstDict + Column(i); c != ColShape {
			hashes = d.hashes(c, hashes)
		}
		w.group.summary[i] = w.piece(d.appendCounts(nil))
		d.reset()
	}
	w.group.filter = w.piece(newFilter(hashes))
	w.groups = append(w.groups, w.group)
	for i := range w.cols {
		w.cols[i].reset()
	}
	w.group, w.block, w.groupSize, w.keys = groupMeta{slices: []uint32{0}}, blockMeta{}, 0, hashes[:0]
	clear(w.grams[:])
	return nil
}

// endColumn writes a column's dictionary and its pages.
func (w *writer) endColumn(c *columnWriter) error {
	m := &w.group.cols[c.column]
	m.start, m.pages = w.n, append([]uint32(nil), c.sizes...)
	values := 0
	switch {
	case c.column.IsDict():
		d := w.dicts[c.column-firstDict]
		w.pack.plain, values = d.page(w.pack.plain[:0]), len(d.values)
	case c.column.numberDict():
		w.pack.plain, values = c.numbers.page(w.pack.plain[:0]), len(c.numbers.values)
	}
	if values > 0 {
		page := w.pack.page(nil, pageInfo{dict: true, values: values, encoding: format.Plain})
		c.plain += int64(len(page) - len(w.pack.packed) + len(w.pack.plain))
		m.dict = uint32(len(page))
		if err := w.write(page); err != nil {
			return err
		}
	}
	return w.write(c.pages)
}

// piece keeps b for the end of the file, packed when that is worth it: the
// first byte says whether it is. Its start is counted from the first piece.
func (w *writer) piece(b []byte) piece {
	start := len(w.pieces)
	if len(b) < 64 {
		w.pieces = append(append(w.pieces, 0), b...)
	} else {
		w.pieces = binary.AppendUvarint(append(w.pieces, 1), uint64(len(b)))
		w.pieces = w.zip.EncodeAll(b, w.pieces)
	}
	part := w.pieces[start:]
	return piece{start: int64(start), length: uint32(len(part)), crc: checksum(part)}
}

// close writes what comes behind the row groups.
func (w *writer) close(bounds []Bound) (*Info, error) {
	if err := w.endGroup(); err != nil {
		return nil, err
	}
	info := w.stats.info(w.o.Facility, bounds)
	w.footer.meta.KeyValueMetadata = []format.KeyValue{
		{Key: "toride.facility", Value: info.Facility},
		{Key: "toride.first", Value: info.First.String()},
		{Key: "toride.last", Value: info.Last.String()},
		{Key: "toride.version", Value: fmt.Sprint(Version)},
	}
	index, end, err := w.footer.write(w.n)
	if err != nil {
		return nil, fmt.Errorf("segment: footer: %w", err)
	}
	start := w.n + int64(len(index))
	for i := range w.groups {
		g := &w.groups[i]
		g.skip.start += start
		g.filter.start += start
		for i := range g.summary {
			g.summary[i].start += start
		}
	}
	d := directory{info: info, groups: w.groups}
	plain := d.encode()
	packed := w.zip.EncodeAll(plain, nil)
	for _, part := range [][]byte{index, w.pieces, packed, trailer(len(plain), packed, end), end} {
		if err := w.write(part); err != nil {
			return nil, err
		}
	}
	return &info, nil
}
