package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// footer is Parquet's description of the file, for other readers.
type footer struct {
	meta    format.FileMetaData
	columns []format.ColumnIndex // of the bounded columns, row group by row group
	offsets []format.OffsetIndex // of all columns
	paths   []string
}

// newFooter takes the description of the columns from parquet-go.
func newFooter() (*footer, error) {
	var empty bytes.Buffer
	schema := parquetSchema()
	if err := parquet.NewWriter(&empty, schema).Close(); err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(bytes.NewReader(empty.Bytes()), int64(empty.Len()))
	if err != nil {
		return nil, err
	}
	m := f.Metadata()
	out := &footer{meta: format.FileMetaData{Version: m.Version, Schema: m.Schema, ColumnOrders: m.ColumnOrders, CreatedBy: fmt.Sprintf("toride version %d", Version)}}
	for _, path := range schema.Columns() {
		out.paths = append(out.paths, path[0])
	}
	return out, nil
}

// group describes a row group whose columns begin at the offsets of g.
func (f *footer) group(g *groupMeta, cols []columnWriter, dicts []*dict) {
	r := format.RowGroup{NumRows: int64(g.rows), FileOffset: g.cols[0].start, Ordinal: int16(len(f.meta.RowGroups))}
	r.SortingColumns = []format.SortingColumn{{ColumnIdx: int32(ColDataset)}, {ColumnIdx: int32(ColTime)}}
	for i := range cols {
		c, m := Column(i), &g.cols[i]
		packed := int64(m.dict) + int64(len(cols[i].pages))
		chunk := format.ColumnMetaData{
			Type: format.ByteArray, Codec: format.Zstd, PathInSchema: []string{f.paths[i]}, NumValues: int64(g.rows),
			Encoding:              []format.Encoding{c.encoding()},
			TotalUncompressedSize: cols[i].plain, TotalCompressedSize: packed, DataPageOffset: m.start + int64(m.dict),
		}
		if c.IsNumber() {
			chunk.Type = format.Int32
			if c.long() {
				chunk.Type = format.Int64
			}
		}
		if m.dict > 0 {
			chunk.DictionaryPageOffset = m.start
			chunk.Encoding = []format.Encoding{format.Plain, format.RLEDictionary}
		}
		if c.IsDict() {
			least, greatest := dicts[c-firstDict].bounds()
			chunk.Statistics = textBounds(least, greatest)
		} else if low, high, ok := g.bounds(c, 0, len(g.blocks)); ok {
			chunk.Statistics = format.Statistics{MinValue: low, MaxValue: high}
		}
		r.Columns = append(r.Columns, format.ColumnChunk{MetaData: chunk})
		r.TotalByteSize += chunk.TotalUncompressedSize
		r.TotalCompressedSize += packed
		f.index(g, &cols[i])
	}
	f.meta.RowGroups = append(f.meta.RowGroups, r)
	f.meta.NumRows += r.NumRows
}

// textBounds leaves long values out: a part of a value would not be one.
func textBounds(least, greatest string) format.Statistics {
	if len(least) > 64 || len(greatest) > 64 {
		return format.Statistics{}
	}
	return format.Statistics{MinValue: []byte(least), MaxValue: []byte(greatest)}
}

// bounds gives the least and greatest value of a column of times in blocks, as
// Parquet writes them.
func (g *groupMeta) bounds(c Column, from, to int) (low, high []byte, ok bool) {
	if c != ColTime && c != ColReceived {
		return nil, nil, false
	}
	var least, greatest int64
	for i, b := range g.blocks[from:to] {
		l, h := b.timeMin, b.timeMax
		if c == ColReceived {
			l, h = b.receivedMin, b.receivedMax
		}
		if i == 0 {
			least, greatest = l, h
		}
		least, greatest = min(least, l), max(greatest, h)
	}
	return binary.LittleEndian.AppendUint64(nil, uint64(least)), binary.LittleEndian.AppendUint64(nil, uint64(greatest)), true
}

// index describes the pages of a column.
func (f *footer) index(g *groupMeta, w *columnWriter) {
	var o format.OffsetIndex
	m := &g.cols[w.column]
	at := m.start + int64(m.dict)
	for i, n := range w.sizes {
		o.PageLocations = append(o.PageLocations, format.PageLocation{Offset: at, CompressedPageSize: int32(n), FirstRowIndex: w.firsts[i]})
		at += int64(n)
	}
	f.offsets = append(f.offsets, o)
	if !w.column.bounded() {
		return
	}
	var c format.ColumnIndex
	for i := range g.blocks {
		low, high, _ := g.bounds(w.column, i, i+1)
		c.NullPages = append(c.NullPages, false)
		c.NullCounts = append(c.NullCounts, 0)
		c.MinValues, c.MaxValues = append(c.MinValues, low), append(c.MaxValues, high)
	}
	f.columns = append(f.columns, c)
}

// write gives the page index, which begins at the offset at, and the footer
// with its length and the mark at the end.
func (f *footer) write(at int64) (index, end []byte, err error) {
	add := func(v any) (from int64, length int32, err error) {
		b, err := thrift.Marshal(new(thrift.CompactProtocol), v)
		from = at + int64(len(index))
		index = append(index, b...)
		return from, int32(len(b)), err
	}
	columns := f.columns
	for i := range f.meta.RowGroups {
		for c := range f.meta.RowGroups[i].Columns {
			if !Column(c).bounded() {
				continue
			}
			chunk := &f.meta.RowGroups[i].Columns[c]
			if chunk.ColumnIndexOffset, chunk.ColumnIndexLength, err = add(&columns[0]); err != nil {
				return nil, nil, err
			}
			columns = columns[1:]
		}
	}
	offsets := f.offsets
	for i := range f.meta.RowGroups {
		for c := range f.meta.RowGroups[i].Columns {
			chunk := &f.meta.RowGroups[i].Columns[c]
			if chunk.OffsetIndexOffset, chunk.OffsetIndexLength, err = add(&offsets[0]); err != nil {
				return nil, nil, err
			}
			offsets = offsets[1:]
		}
	}
	if end, err = thrift.Marshal(new(thrift.CompactProtocol), &f.meta); err != nil {
		return nil, nil, err
	}
	end = binary.LittleEndian.AppendUint32(end, uint32(len(end)))
	return index, append(end, magic...), nil
}
