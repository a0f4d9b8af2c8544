package evtx

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/maphash"
)

// Decoder reads the records of one chunk after another. It must not be used
// by two goroutines at once; any number of decoders may share a Cache. Once
// it has seen the kinds of events of a log it allocates nothing more.
type Decoder struct {
	opt   Options
	cache *Cache

	// The present chunk.
	c     []byte
	base  int64
	index int
	gen   uint32
	work  int // bytes of definitions read in this chunk
	walk  walk

	rec    Record
	body   body
	writer writer

	defs     [defSlots]defSlot
	variants map[defKey][]*variant
	progs    [progSlots]*template
	layouts  [layoutSlots]*layout
	shapes   [shapeSlots]*Shape
	key      []byte
	stub     *template // content of records without any

	arena   arena
	scalars scalars
	scratch []byte
	pieces  []piece // of the elements that are being written
	empty   []byte
	left    int // bytes of text that this call may still give

	damage damageLog
}

const (
	layoutSlots = 512
	shapeSlots  = 4096
)

// NewDecoder makes a decoder.
func NewDecoder(o Options) *Decoder {
	if o.Cache == nil {
		o.Cache = NewCache()
	}
	return &Decoder{
		opt:      o,
		cache:    o.Cache,
		variants: map[defKey][]*variant{},
		stub:     o.Cache.template(stubProgram()),
		scalars:  scalars{ansi: o.ANSI},
		empty:    make([]byte, 0, Pad),
	}
}

// Chunk begins a chunk. The decoder keeps its data until the next one.
func (d *Decoder) Chunk(c *Chunk) {
	data := c.Data[:min(len(c.Data), ChunkSize)]
	d.c, d.base, d.index = data, c.Offset, c.Index
	if d.gen++; d.gen == 0 {
		d.defs, d.gen = [defSlots]defSlot{}, 1
	}
	d.work = 0
	d.rec = Record{d: d}
	d.begin()
}

// AppendDamage appends what was found damaged since the last call, and
// forgets it. Call it after each chunk: more than MaxDamage are not kept.
func (d *Decoder) AppendDamage(dst []Damage) []Damage {
	dst = append(dst, d.damage.list...)
	d.damage = damageLog{list: d.damage.list[:0]}
	return dst
}

func (d *Decoder) add(m Damage) {
	m.Chunk = d.index
	d.damage.add(m)
}

// Record is the record that Next has found.
func (d *Decoder) Record() *Record { return &d.rec }

// Next goes to the next record of the chunk, passing over damage. It reports
// false at the chunk's end.
func (d *Decoder) Next() bool {
	for {
		at, size, ok := d.step()
		if !ok {
			return false
		}
		if d.load(at, size) {
			return true
		}
	}
}

// load decodes the record at an offset of the chunk. It reports false for
// bytes that only look like a record.
func (d *Decoder) load(at, size int) bool {
	r := &d.rec
	r.number, r.written = u64(d.c, at+8), u64(d.c, at+16)
	r.offset, r.raw = d.base+int64(at), d.c[at:at+size:at+size]
	r.recovered, r.told = d.walk.found || d.walk.alien, false
	d.arena.reset()
	err := d.decode(at+recordHeader, at+size-4)
	if err != nil && d.walk.found && !d.walk.trusted() {
		return d.reject(at, size)
	}
	d.accept(at, size, r.number)
	if err != nil {
		d.stand(at)
		d.body.err = err
	}
	if d.body.err != nil {
		d.add(Damage{Kind: BadBody, Offset: r.offset, Length: int64(size), Record: r.number, Cause: d.body.err})
	}
	d.setShape()
	return true
}

// stand puts a document in the place of one that cannot be decoded: number
// and time of the record's header.
func (d *Decoder) stand(at int) {
	b := &d.body
	b.reset()
	b.vals = append(b.vals, val{off: uint32(at + 16), n: 8, typ: tFileTime}, val{off: uint32(at + 8), n: 8, typ: tUint64})
	b.insts = append(b.insts, instance{t: d.stub, from: 0, to: 2})
}

// setShape finds the shape of the decoded record.
func (d *Decoder) setShape() {
	l := d.findLayout()
	if !l.kept {
		s := d.newShape(l, nil)
		s.id = -1
		d.rec.shape = s
		return
	}
	key := d.identity(d.key[:0], l)
	d.key = key
	h := maphash.Bytes(d.cache.seed, key) ^ l.salt
	slot := &d.shapes[h%shapeSlots]
	if s := *slot; s != nil && s.layout == l && bytes.Equal(s.key, key) {
		d.rec.shape = s
		return
	}
	s := d.cache.shape(h, l, key, func() *Shape { return d.newShape(l, key) })
	if s.id >= 0 {
		*slot = s
	}
	d.rec.shape = s
}

// findLayout finds the list of fields by the templates of the record's documents
// and how they stand in one another.
func (d *Decoder) findLayout() *layout {
	b := &d.body
	key := d.key[:0]
	h := uint32(0)
	for i := range b.insts {
		id := b.insts[i].t.id
		if id == 0 {
			return newLayout(b)
		}
		key = binary.LittleEndian.AppendUint32(key, id)
		h = (h ^ id) * 0x9E3779B1
	}
	for _, l := range b.links {
		key = binary.LittleEndian.AppendUint16(key, l.parent)
		key = binary.LittleEndian.AppendUint16(key, l.sub)
		key = binary.LittleEndian.AppendUint16(key, l.child)
	}
	d.key = key
	slot := &d.layouts[(h>>16^h)%layoutSlots]
	if l := *slot; l != nil && l.tuple == string(key) {
		return l
	}
	l := d.cache.layout(key, b)
	if l.kept {
		*slot = l
	}
	return l
}

// begin checks the chunk's header and sets out the walk.
func (d *Decoder) begin() {
	w := &d.walk
	*w = walk{pos: chunkHeader, limit: len(d.c)}
	c := d.c
	if len(c) < chunkHeader {
		w.pos = len(c)
		return
	}
	if string(c[:8]) != chunkMagic {
		w.pos, w.search = 0, true
		if !allZero(c) {
			w.alien = true
		}
		return
	}
	crc := crc32.Update(crc32.ChecksumIEEE(c[:120]), crc32.IEEETable, c[128:chunkHeader])
	free := int(u32(c, 48))
	sound := crc == u32(c, 124)
	if !sound {
		d.add(Damage{Kind: BadChunkHeader, Offset: d.base, Length: chunkHeader, Cause: errHeaderCRC})
	}
	if free < chunkHeader || free > ChunkSize {
		if sound {
			d.add(Damage{Kind: BadChunkHeader, Offset: d.base, Length: chunkHeader, Cause: fmt.Errorf("%w (%d)", errFree, free)})
		}
		return
	}
	whole := free <= len(c)
	data := whole && crc32.ChecksumIEEE(c[chunkHeader:free]) == u32(c, 52)
	if whole && sound && !data {
		d.add(Damage{Kind: BadChecksum, Offset: d.base + chunkHeader, Length: int64(free - chunkHeader), Cause: errDataCRC})
	}
	w.first, w.last = 1, 0
	if sound {
		w.first, w.last = u64(c, 24), u64(c, 32)
	}
	// A header with a wrong checksum is believed about the end of the
	// records where their own checksum agrees with it.
	if sound || data && free > chunkHeader {
		w.sound, w.limit = true, min(free, len(c))
	}
}
