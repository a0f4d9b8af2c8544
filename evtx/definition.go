package evtx

import (
	"bytes"
	"fmt"
	"hash/maphash"
)

// A definition is a template as it stands in a chunk: link u32, GUID, size
// u32 and that many bytes of tokens.
const defHeader = 24

// defKey is what a definition says of itself. Files lie, so it only narrows
// down which variants are compared.
type defKey [20]byte

// variant is one way a template's bytes stand in chunks. Ways differ in which
// names stand inline, because a chunk holds each name once.
type variant struct {
	t      *template
	data   []byte
	relocs []reloc // with names of its own, not the chunk's
}

// matches reports whether the definition at c[at:at+len(v.data)] is this
// template: all bytes are equal except offsets of names, and those point to
// equal names. A byte comparison instead of parsing is what makes many small
// chunks quick.
func (v *variant) matches(c []byte, at int) bool {
	b, prev := c[at:at+len(v.data)], 0
	for i := range v.relocs {
		r := &v.relocs[i]
		p := int(r.pos)
		if !bytes.Equal(b[prev:p], v.data[prev:p]) {
			return false
		}
		off := u32(b, p)
		if r.inline {
			if int(off) != at+p+4 {
				return false
			}
			prev = p + 8
			continue
		}
		prev = p + 4
		end := uint64(off) + 6 + uint64(len(r.name)) + 2
		if end > uint64(len(c)) || !bytes.Equal(c[off+6:end-2], r.name) || c[end-2] != 0 || c[end-1] != 0 {
			return false
		}
	}
	return bytes.Equal(b[prev:], v.data[prev:])
}

// defSlot remembers what one offset of the present chunk defines.
type defSlot struct {
	gen  uint32 // number of the chunk
	off  uint32
	size int // of the definition with its header
	t    *template
	err  error
}

const (
	defSlots = 256 // a chunk of Windows has fewer than a hundred definitions
	defSteps = 16
)

// definition gives the template defined at an offset, and its size.
func (d *Decoder) definition(off uint32) (*template, int, error) {
	h := off>>2 ^ off>>10
	s := &d.defs[h%defSlots]
	for i := range uint32(defSteps) {
		next := &d.defs[(h+i)%defSlots]
		if next.gen != d.gen {
			s = next
			break
		}
		if next.off == off {
			return next.t, next.size, next.err
		}
	}
	s.gen, s.off = d.gen, off
	if s.t, s.size, s.err = d.define(off); s.err != nil {
		s.err = fmt.Errorf("%w: %w", errTemplate, s.err)
	}
	return s.t, s.size, s.err
}

func (d *Decoder) define(off uint32) (*template, int, error) {
	if off > uint32(len(d.c)) || len(d.c)-int(off) < defHeader {
		return nil, 0, errBounds
	}
	at := int(off) + defHeader
	size := int(u32(d.c, int(off)+20))
	if size < 0 || size > len(d.c)-at {
		return nil, 0, errBounds
	}
	// All definitions of a chunk lie in the chunk. Ones that overlap could
	// make one chunk as much work as a thousand.
	if d.work += defHeader + size; d.work > 4*ChunkSize {
		return nil, 0, errWork
	}
	key := defKey(d.c[off+4 : off+24])
	vs := d.variants[key]
	for _, v := range vs {
		if v.matches(d.c, at) {
			return v.t, defHeader + size, nil
		}
	}
	if vs = d.cache.known(key); len(vs) > 0 {
		d.remember(key, vs)
		for _, v := range vs {
			if v.matches(d.c, at) {
				return v.t, defHeader + size, nil
			}
		}
	}
	return d.parse(key, at, size)
}

// remember keeps what the shared cache knows of a key where no lock is needed.
func (d *Decoder) remember(key defKey, vs []*variant) {
	if len(d.variants) >= MaxTemplates {
		clear(d.variants)
	}
	d.variants[key] = vs
}

func (d *Decoder) parse(key defKey, at, size int) (*template, int, error) {
	w := &d.writer
	w.c, w.pos, w.end, w.inline, w.vals, w.base = d.c, at, at+size, false, nil, 0
	if err := w.run(true); err != nil {
		return nil, 0, err
	}
	if len(w.out) == 0 {
		return nil, 0, errToken
	}
	t := d.compiled(w.out)
	for i := range w.relocs {
		w.relocs[i].pos -= int32(at)
	}
	if t.id != 0 {
		if vs := d.cache.learn(key, &variant{t: t, data: d.c[at : at+size], relocs: w.relocs}); vs != nil {
			d.remember(key, vs)
		}
	}
	return t, defHeader + size, nil
}

const progSlots = 512

// compiled gives the one template for a program.
func (d *Decoder) compiled(prog []byte) *template {
	h := maphash.Bytes(d.cache.seed, prog)
	slot := &d.progs[h%progSlots]
	if *slot != nil && (*slot).prog == string(prog) {
		return *slot
	}
	*slot = d.cache.template(prog)
	return *slot
}
