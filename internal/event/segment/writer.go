package segment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	pzstd "github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// writer writes rows that come in the order of the file. They come in batches so
// small that one is in the processor's cache until it is done.
type writer struct {
	out    *output
	pq     *parquet.Writer
	o      Options
	zip    *zstd.Encoder
	values []parquet.Value
	stats  stats

	// The row group in hand.
	group     groupMeta
	groupSize int
	blockMeta blockMeta
	slice     [wides][]parquet.Value
	sliceRows int
	sliceSize int
	grams     *gramSet
	dicts     [dicts]*dict
	keys      []uint64
	folded    []byte
	folded2   []byte

	// What waits until the pages are written.
	groups []groupMeta
	pieces []byte
}

func newWriter(w io.Writer, o Options) *writer {
	if o.GroupRows <= 0 {
		o.GroupRows = groupRows
	}
	level := zstd.SpeedFastest // for these pages no larger than SpeedDefault
	if o.Small {
		level = zstd.SpeedBetterCompression
	}
	out := &output{w: w}
	options := []parquet.WriterOption{
		parquetSchema(),
		parquet.Compression(&pzstd.Codec{Level: level, Concurrency: 1}),
		parquet.PageBufferSize(blockRows * 16), // more than a page of narrow values: pages are cut by block and slice
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.DeltaLengthByteArray),
		parquet.DataPageStatistics(false),
		parquet.CreatedBy("toride", fmt.Sprint(Version), ""),
	}
	for i, path := range parquetSchema().Columns() {
		if !Column(i).bounded() {
			options = append(options, parquet.SkipPageBounds(path...))
		}
	}
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	if err != nil {
		panic("segment: " + err.Error()) // only wrong options are an error
	}
	s := &writer{out: out, pq: parquet.NewWriter(out, options...), o: o, zip: zip, grams: new(gramSet), values: make([]parquet.Value, 0, batchRows)}
	for i := range s.dicts {
		s.dicts[i] = newDict()
	}
	s.group.slices = []uint32{0}
	return s
}

// room says how many rows the next batch takes.
func (w *writer) room() int {
	return min(batchRows, blockRows-w.blockMeta.rows, w.o.GroupRows-w.group.rows)
}

// idle says that nothing of the batches before is needed any longer.
func (w *writer) idle() bool { return w.sliceRows == 0 }

// batch writes rows, at most room() of them. Their long strings are needed until
// the writer is idle.
func (w *writer) batch(rows []row) error {
	for i := range rows {
		w.note(&rows[i])
	}
	for c := range firstWide {
		w.values = w.values[:0]
		if c.IsNumber() {
			w.numbers(c, rows)
		} else {
			d := w.dicts[c-firstDict]
			for i := range rows {
				w.values = append(w.values, parquet.ByteArrayValue(stringBytes(d.count(*rows[i].str(c)))))
			}
		}
		if _, err := w.pq.ColumnWriters()[c].WriteRowValues(w.values); err != nil {
			return fmt.Errorf("segment: column %d: %w", c, err)
		}
	}
	for c := range w.slice {
		for i := range rows {
			w.slice[c] = append(w.slice[c], parquet.ByteArrayValue(rows[i].wide[c]))
		}
	}
	w.sliceRows += len(rows)
	w.group.rows += len(rows)
	if w.sliceRows >= sliceRows || w.sliceSize >= sliceBytes || w.group.rows == w.o.GroupRows {
		if err := w.endSlice(); err != nil {
			return err
		}
	}
	if w.blockMeta.rows >= blockRows {
		if err := w.endBlock(); err != nil {
			return err
		}
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

// numbers fills values with a column of numbers.
func (w *writer) numbers(c Column, rows []row) {
	switch c {
	case ColSeq, ColReceived, ColTime, ColBytes:
		for i := range rows {
			w.values = append(w.values, parquet.Int64Value(rows[i].number(c)))
		}
	default:
		for i := range rows {
			w.values = append(w.values, parquet.Int32Value(int32(rows[i].number(c))))
		}
	}
}

// endSlice writes the pages of the wide columns.
func (w *writer) endSlice() error {
	if w.sliceRows == 0 {
		return nil
	}
	for i := range w.slice {
		column := w.pq.ColumnWriters()[int(firstWide)+i]
		_, err := column.WriteRowValues(w.slice[i])
		if err == nil {
			err = column.Flush()
		}
		if err != nil {
			return fmt.Errorf("segment: column %d: %w", int(firstWide)+i, err)
		}
		clear(w.slice[i])
		w.slice[i] = w.slice[i][:0]
	}
	w.group.slices = append(w.group.slices, uint32(w.group.rows))
	w.sliceRows, w.sliceSize = 0, 0
	return nil
}

// endBlock writes the pages of the narrow columns.
func (w *writer) endBlock() error {
	if w.blockMeta.rows == 0 {
		return nil
	}
	for c := range firstWide {
		if err := w.pq.ColumnWriters()[c].Flush(); err != nil {
			return fmt.Errorf("segment: column %d: %w", c, err)
		}
	}
	w.group.blocks = append(w.group.blocks, w.blockMeta)
	w.blockMeta = blockMeta{first: w.group.rows}
	return nil
}

// note adds a row to everything that summarises rows.
func (w *writer) note(r *row) {
	b, at := &w.blockMeta, r.position()
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
	size := r.size()
	w.sliceSize += size
	w.groupSize += size
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
	if err := errors.Join(w.endSlice(), w.endBlock()); err != nil {
		return err
	}
	w.blockMeta = blockMeta{}
	if err := w.pq.Flush(); err != nil {
		return fmt.Errorf("segment: row group: %w", err)
	}
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
	w.group, w.groupSize, w.keys = groupMeta{slices: []uint32{0}}, 0, hashes[:0]
	clear(w.grams[:])
	return nil
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
	for key, value := range map[string]string{
		"toride.version": fmt.Sprint(Version), "toride.facility": info.Facility,
		"toride.first": info.First.String(), "toride.last": info.Last.String(),
	} {
		w.pq.SetKeyValueMetadata(key, value)
	}
	w.out.hold = true
	if err := w.pq.Close(); err != nil {
		return nil, fmt.Errorf("segment: footer: %w", err)
	}
	held := w.out.held
	if len(held) < 8 {
		return nil, fmt.Errorf("segment: footer: %w", io.ErrShortWrite)
	}
	cut := len(held) - 8 - int(binary.LittleEndian.Uint32(held[len(held)-8:]))
	w.out.hold = false
	for i := range w.groups {
		if err := w.place(i, held[:cut], w.out.n); err != nil {
			return nil, err
		}
	}
	d := directory{info: info, groups: w.groups}
	plain := d.encode()
	packed := w.zip.EncodeAll(plain, nil)
	for _, part := range [][]byte{held[:cut], w.pieces, packed, trailer(len(plain), packed, held[cut:]), held[cut:]} {
		if _, err := w.out.Write(part); err != nil {
			return nil, err
		}
	}
	return &info, nil
}

// place notes where the pages of group i lie, which Parquet's page index knows,
// and moves its pieces to where they will stand. index stands at the offset base.
func (w *writer) place(i int, index []byte, base int64) error {
	g, meta := &w.groups[i], w.pq.File().Metadata().RowGroups[i]
	for c := range g.cols {
		m, chunk := &g.cols[c], meta.Columns[c]
		m.start = chunk.MetaData.DataPageOffset
		if at := chunk.MetaData.DictionaryPageOffset; at > 0 {
			m.start, m.dict = at, uint32(m.start-at)
		}
		var pages format.OffsetIndex
		from := chunk.OffsetIndexOffset - base
		if err := thrift.Unmarshal(new(thrift.CompactProtocol), index[from:from+int64(chunk.OffsetIndexLength)], &pages); err != nil {
			return fmt.Errorf("segment: page index: %w", err)
		}
		for _, p := range pages.PageLocations {
			m.pages = append(m.pages, uint32(p.CompressedPageSize))
		}
	}
	start := base + int64(len(index))
	g.skip.start += start
	g.filter.start += start
	for i := range g.summary {
		g.summary[i].start += start
	}
	return nil
}

// output counts what is written, and can hold it back.
type output struct {
	w    io.Writer
	n    int64
	hold bool
	held []byte
}

func (o *output) Write(b []byte) (int, error) {
	if o.hold {
		o.held = append(o.held, b...)
		return len(b), nil
	}
	n, err := o.w.Write(b)
	o.n += int64(n)
	return n, err
}
