package segment

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// The directory stands between the page index and the footer of the Parquet
// file, where readers of Parquet do not look. It says where every page lies and what
// may be skipped, so that ours need nothing else. Behind it, right before
// Parquet's footer, stands the trailer, with checksums of the directory and of the
// footer.
type directory struct {
	info   Info
	groups []groupMeta
}

// groupMeta is a row group.
type groupMeta struct {
	rows    int
	blocks  []blockMeta
	slices  []uint32 // the first row of each slice, and at the end the number of rows
	cols    [columns]columnMeta
	skip    piece
	filter  piece
	summary [dicts]piece
}

// blockMeta is a block: the rows of one page of each narrow column.
type blockMeta struct {
	first, rows            int
	timeMin, timeMax       int64 // microseconds, inclusive
	receivedMin            int64
	receivedMax            int64
	positionMin, positionM event.Position
}

// columnMeta says where a column's pages lie: the dictionary's first, then one
// for each block or slice, without gaps.
type columnMeta struct {
	start int64
	dict  uint32 // length of the dictionary's page with its header, or 0
	pages []uint32
}

// piece is a part of the file that belongs to no column.
type piece struct {
	start  int64
	length uint32
	crc    uint32
}

const (
	trailerMagic = "TORIDEv1"
	trailerSize  = 8 + 5*4
	maxDirectory = 256 << 20 // bytes, unpacked
)

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// trailer has the lengths of the packed and the plain directory, the checksums of
// the packed one and of the footer, and the version.
func trailer(plain int, packed, footer []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(packed)))
	b = binary.LittleEndian.AppendUint32(b, checksum(packed))
	b = binary.LittleEndian.AppendUint32(b, checksum(footer))
	b = binary.LittleEndian.AppendUint32(b, Version)
	b = binary.LittleEndian.AppendUint32(b, uint32(plain))
	return append(b, trailerMagic...)
}

// encoder writes the directory. Numbers that are never negative are varints.
type encoder struct{ b []byte }

func (e *encoder) uint(n uint64) { e.b = binary.AppendUvarint(e.b, n) }
func (e *encoder) int(n int64)   { e.b = binary.AppendVarint(e.b, n) }
func (e *encoder) text(s string) { e.uint(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) time(t time.Time) {
	e.int(t.UnixMicro())
}

func (e *encoder) position(p event.Position) {
	e.uint(uint64(p.Epoch))
	e.uint(p.Seq)
	e.uint(uint64(p.Index))
}

func (e *encoder) piece(p piece) {
	e.uint(uint64(p.start))
	e.uint(uint64(p.length))
	e.b = binary.LittleEndian.AppendUint32(e.b, p.crc)
}

func (e *encoder) info(i *Info) {
	e.uint(uint64(i.Version))
	e.text(i.Facility)
	e.uint(uint64(i.Rows))
	e.position(i.First)
	e.position(i.Last)
	for _, t := range []time.Time{i.ReceivedMin, i.ReceivedMax, i.TimeMin, i.TimeMax} {
		e.time(t)
	}
	e.uint(uint64(len(i.Bounds)))
	for _, b := range i.Bounds {
		e.position(b.First)
		e.position(b.Last)
		e.uint(uint64(b.Rows))
		e.text(string(b.Root))
	}
	e.uint(uint64(len(i.Shares)))
	for _, s := range i.Shares {
		e.text(s.Source)
		e.text(s.Dataset)
		e.uint(uint64(s.Rows))
		e.uint(uint64(s.Backfill))
		e.uint(uint64(s.Bytes))
		for _, t := range []time.Time{s.ReceivedMin, s.ReceivedMax, s.TimeMin, s.TimeMax} {
			e.time(t)
		}
	}
}

func (e *encoder) group(g *groupMeta) {
	e.uint(uint64(g.rows))
	e.uint(uint64(len(g.blocks)))
	for _, b := range g.blocks {
		e.uint(uint64(b.rows))
		e.int(b.timeMin)
		e.uint(uint64(b.timeMax - b.timeMin))
		e.int(b.receivedMin)
		e.uint(uint64(b.receivedMax - b.receivedMin))
		e.position(b.positionMin)
		e.position(b.positionM)
	}
	e.uint(uint64(len(g.slices) - 1))
	for i := 1; i < len(g.slices); i++ {
		e.uint(uint64(g.slices[i] - g.slices[i-1]))
	}
	for _, c := range g.cols {
		e.uint(uint64(c.start))
		e.uint(uint64(c.dict))
		for _, p := range c.pages {
			e.uint(uint64(p))
		}
	}
	e.piece(g.skip)
	e.piece(g.filter)
	for _, p := range g.summary {
		e.piece(p)
	}
}

func (d *directory) encode() []byte {
	var e encoder
	e.info(&d.info)
	e.uint(uint64(columns))
	e.uint(uint64(len(d.groups)))
	for i := range d.groups {
		e.group(&d.groups[i])
	}
	return e.b
}

var errDirectory = errors.New("segment: the directory does not fit together")

// decoder reads what encoder wrote. The first thing that does not fit ends it.
type decoder struct {
	b    []byte
	size int64 // of the file: nothing lies outside
	err  error
}

func (d *decoder) fail() { d.err, d.b = errDirectory, nil }

func (d *decoder) uint() uint64 {
	n, l := binary.Uvarint(d.b)
	if l <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[l:]
	return n
}

func (d *decoder) int() int64 {
	n, l := binary.Varint(d.b)
	if l <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[l:]
	return n
}

// count reads how many things of at least one byte follow.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return 0
	}
	return int(n)
}

// upTo reads a number that is at most limit.
func (d *decoder) upTo(limit int64) int64 {
	n := d.uint()
	if n > uint64(limit) {
		d.fail()
		return 0
	}
	return int64(n)
}

func (d *decoder) text() string {
	n := d.count()
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *decoder) time() time.Time { return time.UnixMicro(d.int()).UTC() }

func (d *decoder) position() event.Position {
	return event.Position{Epoch: uint32(d.upTo(1<<32 - 1)), Seq: d.uint(), Index: uint32(d.upTo(1<<32 - 1))}
}

func (d *decoder) piece() piece {
	p := piece{start: d.upTo(d.size), length: uint32(d.upTo(d.size))}
	if len(d.b) < 4 || p.start+int64(p.length) > d.size {
		d.fail()
		return piece{}
	}
	p.crc = binary.LittleEndian.Uint32(d.b)
	d.b = d.b[4:]
	return p
}

func (d *decoder) info() Info {
	i := Info{Version: int(d.upTo(1 << 20)), Facility: d.text(), Rows: d.upTo(1 << 40), First: d.position(), Last: d.position()}
	i.ReceivedMin, i.ReceivedMax, i.TimeMin, i.TimeMax = d.time(), d.time(), d.time(), d.time()
	for range d.count() {
		b := Bound{First: d.position(), Last: d.position(), Rows: d.upTo(1 << 40)}
		if root := d.text(); root != "" {
			b.Root = []byte(root)
		}
		i.Bounds = append(i.Bounds, b)
	}
	for range d.count() {
		s := Share{Source: d.text(), Dataset: d.text(), Rows: d.upTo(1 << 40), Backfill: d.upTo(1 << 40), Bytes: d.upTo(1 << 50)}
		s.ReceivedMin, s.ReceivedMax, s.TimeMin, s.TimeMax = d.time(), d.time(), d.time(), d.time()
		i.Shares = append(i.Shares, s)
	}
	return i
}

func (d *decoder) group(known int) groupMeta {
	g := groupMeta{rows: int(d.upTo(1 << 30))}
	at := 0
	for range d.count() {
		b := blockMeta{first: at, rows: int(d.upTo(blockRows)), timeMin: d.int()}
		b.timeMax = b.timeMin + int64(d.uint())
		b.receivedMin = d.int()
		b.receivedMax = b.receivedMin + int64(d.uint())
		b.positionMin, b.positionM = d.position(), d.position()
		at += b.rows
		g.blocks = append(g.blocks, b)
	}
	g.slices = []uint32{0}
	end := 0
	for range d.count() {
		end += int(d.upTo(sliceRows))
		g.slices = append(g.slices, uint32(end))
	}
	if at != g.rows || end != g.rows || g.rows == 0 {
		d.fail()
	}
	for c := range known {
		g.columnMeta(d, Column(c))
	}
	g.skip, g.filter = d.piece(), d.piece()
	for i := range g.summary {
		g.summary[i] = d.piece()
	}
	return g
}

// columnMeta reads one column; pages must lie inside the file.
func (g *groupMeta) columnMeta(d *decoder, c Column) {
	n := len(g.blocks)
	if c.IsWide() {
		n = len(g.slices) - 1
	}
	m := columnMeta{start: d.upTo(d.size), dict: uint32(d.upTo(d.size))}
	if n > len(d.b) {
		d.fail()
		return
	}
	m.pages = make([]uint32, n)
	end := m.start + int64(m.dict)
	for i := range m.pages {
		m.pages[i] = uint32(d.upTo(d.size))
		end += int64(m.pages[i])
	}
	if end > d.size {
		d.fail()
	}
	g.cols[c] = m
}

// decodeDirectory reads a directory of a file of that size.
func decodeDirectory(b []byte, size int64) (*directory, error) {
	d := decoder{b: b, size: size}
	out := &directory{info: d.info()}
	known := d.count()
	if known != int(columns) { // of version 1; later ones know the numbers of earlier
		d.fail()
	}
	rows := int64(0)
	for range d.count() {
		if d.err != nil {
			break
		}
		g := d.group(known)
		rows += int64(g.rows)
		out.groups = append(out.groups, g)
	}
	if d.err == nil && (rows != out.info.Rows || len(d.b) != 0) {
		d.fail()
	}
	return out, d.err
}
