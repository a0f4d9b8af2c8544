package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	pzstd "github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// writer writes blocks of rows that come in the order of the file.
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
	level := zstd.SpeedDefault
	if o.Small {
		level = zstd.SpeedBetterCompression
	}
	out := &output{w: w}
	options := []parquet.WriterOption{
		parquetSchema(),
		parquet.Compression(&pzstd.Codec{Level: level, Concurrency: 1}),
		parquet.PageBufferSize(64 << 10), // pages are cut by block and slice, not by size
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
	s := &writer{out: out, pq: parquet.NewWriter(out, options...), o: o, zip: zip, grams: new(gramSet), values: make([]parquet.Value, 0, blockRows)}
	for i := range s.dicts {
		s.dicts[i] = newDict()
	}
	s.group.slices = []uint32{0}
	return s
}

// room says how many rows the next block takes.
func (w *writer) room() int { return min(blockRows, w.o.GroupRows-w.group.rows) }

// block writes rows, at most room() of them.
func (w *writer) block(rows []row) error {
	w.noteBlock(rows)
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
		if err := w.page(c); err != nil {
			return err
		}
	}
	for start := 0; start < len(rows); {
		n := w.cut(rows[start:])
		for c := firstWide; c < columns; c++ {
			w.values = w.values[:0]
			for i := range rows[start : start+n] {
				w.values = append(w.values, parquet.ByteArrayValue(*rows[start+i].long(c)))
			}
			if err := w.page(c); err != nil {
				return err
			}
		}
		start += n
		w.group.slices = append(w.group.slices, uint32(w.group.rows-len(rows)+start))
	}
	size := 0
	for i := range w.dicts {
		size += w.dicts[i].size
	}
	if w.group.rows >= w.o.GroupRows || w.groupSize >= groupBytes || size >= dictBytes {
		return w.endGroup()
	}
	return nil
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

// page writes values as one page.
func (w *writer) page(c Column) error {
	column := w.pq.ColumnWriters()[c]
	if _, err := column.WriteRowValues(w.values); err != nil {
		return fmt.Errorf("segment: column %d: %w", c, err)
	}
	if err := column.Flush(); err != nil {
		return fmt.Errorf("segment: column %d: %w", c, err)
	}
	return nil
}

// cut says how many of rows make the next slice.
func (w *writer) cut(rows []row) int {
	size := 0
	for i := range rows {
		if size += rows[i].size(); i+1 == sliceRows || size >= sliceBytes {
			return i + 1
		}
	}
	return len(rows)
}

// noteBlock adds rows to everything that summarises them.
func (w *writer) noteBlock(rows []row) {
	b := blockMeta{first: w.group.rows, rows: len(rows)}
	for i := range rows {
		r := &rows[i]
		at := r.position()
		if i == 0 {
			b.timeMin, b.timeMax, b.receivedMin, b.receivedMax, b.positionMin, b.positionM = r.time, r.time, r.received, r.received, at, at
		}
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
		w.groupSize += r.size()
	}
	w.group.blocks = append(w.group.blocks, b)
	w.group.rows += len(rows)
}

// words puts the row's text into the skip index, and those long values that do not
// stand in the text as they are.
func (w *writer) words(r *row) {
	w.folded = Fold(w.folded[:0], r.textBytes())
	w.grams.add(w.folded)
	at := 0
	for c := ColCommandLine; c <= ColMessage; c++ {
		if v := *r.long(c); len(v) > 0 {
			w.word(v, &at)
		}
	}
	if r.flags&flagNoText != 0 || len(*r.long(ColFields)) > 2 {
		for p := (pairReader{b: *r.long(ColFields)}); p.next(); {
			v := p.rawValue
			if bytes.IndexByte(v, '\\') >= 0 {
				v = stringBytes(unquote(v))
			}
			w.word(v, &at)
		}
	}
	if key := *r.long(ColKey); len(key) > 0 {
		w.keys = append(w.keys, hashValue(ColKey, key))
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
		w.pieces = w.zip.EncodeAll(b, append(w.pieces, 1))
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
	packed := w.zip.EncodeAll(d.encode(), nil)
	for _, part := range [][]byte{held[:cut], w.pieces, packed, trailer(packed, held[cut:]), held[cut:]} {
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
