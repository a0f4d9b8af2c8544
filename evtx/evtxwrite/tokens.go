package evtxwrite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"unicode/utf16"
)

// errFull says that a record does not fit into the chunk any more.
var errFull = errors.New("evtxwrite: the chunk is full")

// chunk is one chunk while it is filled. Names and templates are written
// where they are first used and only pointed to after that; the header holds
// 64 lists of names and 32 of templates, by hash.
type chunk struct {
	buf       []byte
	names     map[string]uint32
	templates map[string]uint32
	first     uint64
	last      uint64
	lastAt    int
	records   int
	undo      *mark
}

func newChunk() *chunk {
	return &chunk{buf: make([]byte, chunkHeader, chunkSize), names: map[string]uint32{}, templates: map[string]uint32{}}
}

// mark is a chunk's state before a record, so that one that does not fit
// leaves no trace.
type mark struct {
	length int
	lists  [chunkHeader]byte
	names  []string
	tmpls  []string
}

func (c *chunk) mark() *mark {
	c.undo = &mark{length: len(c.buf)}
	copy(c.undo.lists[:], c.buf)
	return c.undo
}

func (c *chunk) rollback(m *mark) {
	c.buf = c.buf[:m.length]
	copy(c.buf, m.lists[:])
	for _, n := range m.names {
		delete(c.names, n)
	}
	for _, n := range m.tmpls {
		delete(c.templates, n)
	}
}

func (c *chunk) at() uint32        { return uint32(len(c.buf)) }
func (c *chunk) u8(b ...byte)      { c.buf = append(c.buf, b...) }
func (c *chunk) u16(n int)         { c.buf = binary.LittleEndian.AppendUint16(c.buf, uint16(n)) }
func (c *chunk) u32(n uint32)      { c.buf = binary.LittleEndian.AppendUint32(c.buf, n) }
func (c *chunk) u64(n uint64)      { c.buf = binary.LittleEndian.AppendUint64(c.buf, n) }
func (c *chunk) get(at int) uint32 { return binary.LittleEndian.Uint32(c.buf[at:]) }
func (c *chunk) put(at, n int)     { binary.LittleEndian.PutUint32(c.buf[at:], uint32(n)) }

// size leaves room for a size and gives the function that fills it in with
// the number of bytes written since.
func (c *chunk) size() func() {
	at := len(c.buf)
	c.u32(0)
	return func() { c.put(at, len(c.buf)-at-4) }
}

// units writes a text with its count of UTF-16 units in front.
func (c *chunk) units(s string) error {
	u := utf16.Encode([]rune(s))
	if len(u) > 0xffff {
		return fmt.Errorf("evtxwrite: a text of %d characters is too long", len(u))
	}
	c.u16(len(u))
	for _, x := range u {
		c.u16(int(x))
	}
	return nil
}

// name points to a name, or writes it behind the pointer if it is new.
func (c *chunk) name(s string) error {
	if off, ok := c.names[s]; ok {
		c.u32(off)
		return nil
	}
	off := c.at() + 4
	c.u32(off)
	hash := uint32(0)
	for _, u := range utf16.Encode([]rune(s)) {
		hash = hash*65599 + uint32(u)
	}
	list := 128 + 4*int(hash&0xffff%64)
	c.u32(c.get(list))
	c.put(list, int(off))
	c.u16(int(hash & 0xffff))
	if err := c.units(s); err != nil {
		return err
	}
	c.u16(0)
	c.names[s] = off
	c.undo.names = append(c.undo.names, s)
	return nil
}

// element writes an element and all in it. Templates carry the number of the
// hole that an element depends on, or -1; other documents carry no such field
// when they are values.
func (c *chunk) element(e *elem, dep bool) error {
	open, closing := byte(0x01), []byte{0x02}
	if len(e.attrs) > 0 {
		open |= 0x40
	}
	if len(e.kids) == 0 && e.text.kind == nothing {
		closing = []byte{0x03}
	}
	c.u8(open)
	if dep {
		n := 0xffff
		if e.text.kind == optional {
			n = e.text.sub
		}
		c.u16(n)
	}
	done := c.size()
	if err := c.name(e.name); err != nil {
		return err
	}
	if err := c.attributes(e.attrs); err != nil {
		return err
	}
	c.u8(closing...)
	if closing[0] == 0x02 {
		for _, k := range e.kids {
			if err := c.element(k, dep); err != nil {
				return err
			}
		}
		if err := c.content(e.text); err != nil {
			return err
		}
		c.u8(0x04)
	}
	done()
	return nil
}

func (c *chunk) attributes(as []attr) error {
	if len(as) == 0 {
		return nil
	}
	done := c.size()
	for i, a := range as {
		token := byte(0x06)
		if i < len(as)-1 {
			token |= 0x40
		}
		c.u8(token)
		if err := c.name(a.name); err != nil {
			return err
		}
		if err := c.content(a.text); err != nil {
			return err
		}
	}
	done()
	return nil
}

func (c *chunk) content(t content) error {
	switch t.kind {
	case literal:
		c.u8(0x05, typeString)
		return c.units(t.lit)
	case hole:
		c.u8(0x0d)
	case optional:
		c.u8(0x0e)
	default:
		return nil
	}
	c.u16(t.sub)
	c.u8(t.typ)
	return nil
}

// instance writes a document that uses a template: the template's definition
// where it is first used, then the values. A value that is itself a document
// is written by nested, which may be nil.
func (c *chunk) instance(tree *elem, values []Raw, nested func() error) error {
	c.u8(0x0f, 1, 1, 0, 0x0c, 1)
	if err := c.definition(tree); err != nil {
		return err
	}
	n := len(values)
	if nested != nil {
		n++
	}
	c.u32(uint32(n))
	for _, v := range values {
		if len(v.Bytes) > 0xffff {
			return fmt.Errorf("evtxwrite: a value of %d bytes is too long", len(v.Bytes))
		}
		c.u16(len(v.Bytes))
		c.u8(v.Type, 0)
	}
	at := len(c.buf)
	if nested != nil {
		c.u32(0)
	}
	for _, v := range values {
		c.u8(v.Bytes...)
	}
	if nested == nil {
		return nil
	}
	from := len(c.buf)
	if err := nested(); err != nil {
		return err
	}
	if len(c.buf)-from > 0xffff {
		return errFull
	}
	c.put(at, len(c.buf)-from|typeBinXML<<16)
	return nil
}

// definition writes a template's number and place, and itself if it is new.
func (c *chunk) definition(tree *elem) error {
	key := describe(tree)
	h := fnv.New128a()
	h.Write([]byte(key))
	guid := h.Sum(nil)
	id := binary.LittleEndian.Uint32(guid)
	c.u32(id)
	if off, ok := c.templates[key]; ok {
		c.u32(off)
		return nil
	}
	off := c.at() + 4
	c.u32(off)
	list := 384 + 4*int(id%32)
	c.u32(c.get(list))
	c.put(list, int(off))
	c.u8(guid...)
	done := c.size()
	c.u8(0x0f, 1, 1, 0)
	if err := c.element(tree, true); err != nil {
		return err
	}
	c.u8(0)
	done()
	c.templates[key] = off
	c.undo.tmpls = append(c.undo.tmpls, key)
	return nil
}

// describe writes a tree so that two are the same if their texts are.
func describe(e *elem) string { return fmt.Sprintf("%#v%s", *e.flat(), kidsOf(e)) }

func (e *elem) flat() *elem { return &elem{name: e.name, attrs: e.attrs, text: e.text} }

func kidsOf(e *elem) string {
	s := ""
	for _, k := range e.kids {
		s += "(" + describe(k) + ")"
	}
	return s
}

func guidText(b []byte) string {
	be := binary.BigEndian
	le := binary.LittleEndian
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", le.Uint32(b), le.Uint16(b[4:]), le.Uint16(b[6:]), be.Uint16(b[8:]), b[10:16])
}
