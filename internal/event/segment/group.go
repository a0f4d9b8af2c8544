package segment

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/torideproject/toride/internal/event"
)

// Group reads one row group. It keeps what it has decoded last, so that
// neighbouring rows cost little; a goroutine uses one of its own. Close gives its
// buffers back.
type Group struct {
	r    *Reader
	meta *groupMeta
	mem  *Memory
	own  *buffers // see buf

	skip    gramMap
	filter  filter
	dicts   [columns][]string
	numbers [columns][]int64 // dictionaries of numbers
	row     row
}

// Memory is what reading needs besides the answer, a few megabytes for each
// Group in use. Those that read many segments for one purpose share one, so that
// the memory is used again. The zero value is ready.
type Memory struct{ pool sync.Pool }

// buffers belong to one Group at a time.
type buffers struct {
	pages  pageReader
	blocks [columns]block
	wide   [wides]slice
	spare  []int32
	skip   []byte
	filter []byte
	counts []byte
}

// buf lends the group its buffers when it needs them first.
func (g *Group) buf() *buffers {
	if g.own != nil {
		return g.own
	}
	b, ok := g.mem.pool.Get().(*buffers)
	if !ok {
		b = &buffers{pages: newPageReader()}
	}
	for c := range b.blocks {
		b.blocks[c].indexesAt, b.blocks[c].valuesAt = 0, 0
	}
	for c := range b.wide {
		b.wide[c].have = false
	}
	g.own = b
	return b
}

// block is a decoded page of a narrow column: numbers of a dictionary's values,
// or numbers.
type block struct {
	indexes   []int32
	values    []int64
	indexesAt int // 1 + the block whose indexes these are
	valuesAt  int
}

// slice is a decoded page of a wide column.
type slice struct {
	have bool
	at   int
	Strings
}

// Groups says how many row groups there are.
func (r *Reader) Groups() int { return len(r.dir.groups) }

// Group begins to read row group i.
func (r *Reader) Group(i int) *Group { return r.GroupIn(i, &r.mem) }

// GroupIn is Group with memory that is shared with other readers.
func (r *Reader) GroupIn(i int, m *Memory) *Group {
	return &Group{r: r, meta: &r.dir.groups[i], mem: m}
}

// Close ends it.
func (g *Group) Close() {
	if g.own != nil && g.own.modest() {
		g.mem.pool.Put(g.own)
	}
	g.own = nil
}

// modest says whether buffers are worth keeping: not those that a single huge
// entry has made huge.
func (b *buffers) modest() bool {
	size := cap(b.pages.in) + cap(b.pages.out)
	for i := range b.wide {
		size += cap(b.wide[i].Bytes)
	}
	return size < 64<<20
}

// Rows is how many rows the group has.
func (g *Group) Rows() int { return g.meta.rows }

// Block says which rows a page of the narrow columns holds, and when they are from.
type Block struct {
	First, Rows              int
	TimeMin, TimeMax         int64 // microseconds since 1970, inclusive
	ReceivedMin, ReceivedMax int64
}

// Blocks is how many blocks the group has.
func (g *Group) Blocks() int { return len(g.meta.blocks) }

// Block describes block i.
func (g *Group) Block(i int) Block {
	b := &g.meta.blocks[i]
	return Block{First: b.first, Rows: b.rows, TimeMin: b.timeMin, TimeMax: b.timeMax, ReceivedMin: b.receivedMin, ReceivedMax: b.receivedMax}
}

// Span describes the whole group as one block.
func (g *Group) Span() Block {
	all := g.Block(0)
	for i := 1; i < g.Blocks(); i++ {
		b := g.Block(i)
		all.Rows += b.Rows
		all.TimeMin, all.TimeMax = min(all.TimeMin, b.TimeMin), max(all.TimeMax, b.TimeMax)
		all.ReceivedMin, all.ReceivedMax = min(all.ReceivedMin, b.ReceivedMin), max(all.ReceivedMax, b.ReceivedMax)
	}
	return all
}

// Slice gives the first row of the slice that has row, and the first of the next.
func (g *Group) Slice(row int) (i, first, end int) {
	i, found := slices.BinarySearch(g.meta.slices, uint32(row))
	if !found {
		i--
	}
	return i, int(g.meta.slices[i]), int(g.meta.slices[i+1])
}

// MayHoldText says whether the folded text can occur in the text of any row, or in
// one of its fields, command lines, file names and messages. The answer no is
// certain.
func (g *Group) MayHoldText(folded []byte) (_ bool, err error) {
	if len(folded) < 4 {
		return true, nil
	}
	if g.skip == nil {
		defer g.r.guard(&err)
		buf := g.buf()
		b, err := buf.pages.piece(g.r.file, g.meta.skip, buf.skip)
		if err != nil {
			return false, err
		}
		buf.skip = b
		if n := len(b); n == 0 || n&(n-1) != 0 || n > 1<<(gramBits-3) {
			return false, errPage
		}
		g.skip = b
	}
	return g.skip.mayHold(folded), nil
}

// MayHoldValue says whether a row can have the folded value, which is not empty,
// in a column with a dictionary. The answer no is certain.
func (g *Group) MayHoldValue(c Column, folded []byte) (bool, error) {
	return g.mayHold(hashValue(c, folded))
}

func (g *Group) mayHold(hash uint64) (_ bool, err error) {
	if g.filter == nil {
		defer g.r.guard(&err)
		buf := g.buf()
		if buf.filter, err = buf.pages.piece(g.r.file, g.meta.filter, buf.filter); err != nil {
			return false, err
		}
		g.filter = buf.filter
	}
	return g.filter.mayHold(hash), nil
}

// Dict gives the values of a column with a dictionary. Indexes numbers them.
func (g *Group) Dict(c Column) (_ []string, err error) {
	if g.dicts[c] == nil {
		defer g.r.guard(&err)
		page, _, err := g.buf().pages.read(g.r.file, g.meta.cols[c].start, g.meta.cols[c].dict)
		if err != nil {
			return nil, err
		}
		if g.dicts[c], err = decodeDict(page); err != nil {
			return nil, err
		}
	}
	return g.dicts[c], nil
}

// Counts says how many rows of the group have each value of Dict.
func (g *Group) Counts(c Column) (_ []uint32, err error) {
	defer g.r.guard(&err)
	buf := g.buf()
	b, err := buf.pages.piece(g.r.file, g.meta.summary[c-firstDict], buf.counts)
	if err != nil {
		return nil, err
	}
	buf.counts = b
	n, l := binary.Uvarint(b)
	if l <= 0 || n > uint64(len(b)) {
		return nil, errPage
	}
	b = b[l:]
	out := make([]uint32, n)
	for i := range out {
		v, l := binary.Uvarint(b)
		if l <= 0 || v > uint64(g.meta.rows) {
			return nil, errPage
		}
		out[i], b = uint32(v), b[l:]
	}
	return out, nil
}

// page finds page i of a column.
func (g *Group) page(c Column, i int) ([]byte, error) {
	m := &g.meta.cols[c]
	at := m.start + int64(m.dict)
	for _, n := range m.pages[:i] {
		at += int64(n)
	}
	b, _, err := g.buf().pages.read(g.r.file, at, m.pages[i])
	return b, err
}

// Indexes gives, for each row of a block, the place of its value in Dict. It is
// valid until the next call for the same column.
func (g *Group) Indexes(c Column, i int) (_ []int32, err error) {
	b := &g.buf().blocks[c]
	if b.indexesAt == i+1 {
		return b.indexes, nil
	}
	defer g.r.guard(&err)
	values := 0
	if c.IsDict() {
		d, err := g.Dict(c)
		if err != nil {
			return nil, err
		}
		values = len(d)
	} else {
		if err := g.numberDict(c); err != nil {
			return nil, err
		}
		values = len(g.numbers[c])
	}
	b.indexesAt = 0
	page, err := g.page(c, i)
	if err != nil {
		return nil, err
	}
	n := g.meta.blocks[i].rows
	b.indexes = slices.Grow(b.indexes[:0], n+8)[:n]
	if b.indexes, err = decodeIndexes(b.indexes, page, values); err != nil {
		return nil, err
	}
	b.indexesAt = i + 1
	return b.indexes, nil
}

func (g *Group) numberDict(c Column) error {
	if g.numbers[c] != nil {
		return nil
	}
	page, _, err := g.buf().pages.read(g.r.file, g.meta.cols[c].start, g.meta.cols[c].dict)
	if err != nil {
		return err
	}
	g.numbers[c], err = decodeNumberDict(page, c == ColOffset)
	return err
}

// Numbers gives the values of a column of numbers for a block. They are valid
// until the next call for the same column.
func (g *Group) Numbers(c Column, i int) (_ []int64, err error) {
	b := &g.buf().blocks[c]
	if b.valuesAt == i+1 {
		return b.values, nil
	}
	b.valuesAt = 0
	defer g.r.guard(&err)
	n := g.meta.blocks[i].rows
	b.values = slices.Grow(b.values[:0], n)[:n]
	if c.numberDict() {
		indexes, err := g.Indexes(c, i)
		if err != nil {
			return nil, err
		}
		for j, at := range indexes {
			b.values[j] = g.numbers[c][at]
		}
		b.valuesAt = i + 1
		return b.values, nil
	}
	page, err := g.page(c, i)
	if err != nil {
		return nil, err
	}
	if b.values, g.own.spare, err = decodeInts(b.values, g.own.spare, page, c.long()); err != nil {
		return nil, err
	}
	b.valuesAt = i + 1
	return b.values, nil
}

// Strings gives the values of a wide column for slice i. They are valid until
// the next call for the same column.
func (g *Group) Strings(c Column, i int) (_ *Strings, err error) {
	s := &g.buf().wide[c-firstWide]
	if s.have && s.at == i {
		return &s.Strings, nil
	}
	defer g.r.guard(&err)
	s.have = false
	page, err := g.page(c, i)
	if err != nil {
		return nil, err
	}
	if err := decodeStrings(&s.Strings, page, int(g.meta.slices[i+1]-g.meta.slices[i])); err != nil {
		return nil, err
	}
	if c == ColKey {
		unpackKeys(&s.Strings)
	}
	s.have, s.at = true, i
	return &s.Strings, nil
}

// blockOf gives the block that has a row.
func (g *Group) blockOf(row int) int {
	i, found := slices.BinarySearchFunc(g.meta.blocks, row, func(b blockMeta, row int) int { return b.first - row })
	if !found {
		i--
	}
	return i
}

// load puts a row of the group into g.row.
func (g *Group) load(at int) error {
	i := g.blockOf(at)
	in := at - g.meta.blocks[i].first
	for c := range firstDict {
		v, err := g.Numbers(c, i)
		if err != nil {
			return err
		}
		g.row.setNumber(c, v[in])
	}
	for c := firstDict; c < firstWide; c++ {
		indexes, err := g.Indexes(c, i)
		if err != nil {
			return err
		}
		*g.row.str(c) = g.dicts[c][indexes[in]]
	}
	j, first, _ := g.Slice(at)
	for c := firstWide; c < columns; c++ {
		s, err := g.Strings(c, j)
		if err != nil {
			return err
		}
		*g.row.long(c) = s.At(at - first)
	}
	return nil
}

// Event fills e with a row of the group. Long strings and the original are valid
// until a row of another slice is read; Keep makes an event independent, Take
// gives events that are.
func (g *Group) Event(row int, e *event.Event) (err error) {
	defer g.r.guard(&err)
	if err := g.load(row); err != nil {
		return err
	}
	return unflatten(&g.row, e)
}

// Keep makes e independent of what it was read from.
func Keep(e *event.Event) {
	same := bytesString(e.Original) == bytesString(e.Text)
	e.Original = bytes.Clone(e.Original)
	if same {
		e.Text = e.Original
	} else {
		e.Text = bytes.Clone(e.Text)
	}
	c := &e.Core
	for _, s := range []*string{&e.Key, &c.CommandLine, &c.File, &c.Message} {
		*s = string(stringBytes(*s))
	}
	e.Fields = slices.Clone(e.Fields)
	for i := range e.Fields {
		e.Fields[i].Value = string(stringBytes(e.Fields[i].Value))
		e.Fields[i].Name = string(stringBytes(e.Fields[i].Name))
	}
}
