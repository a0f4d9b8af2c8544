package evtx

import "fmt"

// instance is one document of a record: the template and where its values
// stand. The first is the event; others are values that are documents.
type instance struct {
	t        *template
	from, to int // in body.vals
}

// link says that a hole of one instance is filled by another.
type link struct {
	parent uint16
	sub    uint16
	child  uint16
}

// body is a record's decoded binary XML. It is used again for each record.
type body struct {
	insts []instance
	links []link
	vals  []val
	err   error // why some or all of it is missing; nil: whole
}

func (b *body) reset() {
	b.insts, b.links, b.vals, b.err = b.insts[:0], b.links[:0], b.vals[:0], nil
}

// value gives the value that fills a hole; holes without one are null.
func (b *body) value(inst int, sub uint16) val {
	in := &b.insts[inst]
	if i := in.from + int(sub); i < in.to {
		return b.vals[i]
	}
	return val{}
}

// child gives the instance that fills a hole.
func (b *body) child(inst int, sub uint16) (int, bool) {
	for _, l := range b.links {
		if int(l.parent) == inst && l.sub == sub {
			return int(l.child), true
		}
	}
	return 0, false
}

// decode reads the document at c[pos:end] and those nested in it. An error in
// a nested one loses that one alone and is noted in b.err.
func (d *Decoder) decode(pos, end int) error {
	b := &d.body
	b.reset()
	if err := d.document(pos, end, true); err != nil {
		return err
	}
	if len(b.insts[0].t.roots) == 0 {
		return errToken
	}
	// Nested documents lie within their parent's bytes, so this ends; the
	// list grows while it is walked.
	for i := 0; i < len(b.insts); i++ {
		in := b.insts[i]
		for _, sub := range in.t.nested {
			v := b.value(i, sub)
			if v.typ != tBinXML || v.n == 0 {
				continue
			}
			if len(b.insts) >= maxInstances {
				b.err = errTooMany
				return nil
			}
			if err := d.document(int(v.off), int(v.off+v.n), false); err != nil {
				b.err = fmt.Errorf("value %d: %w", sub, err)
				continue
			}
			b.links = append(b.links, link{parent: uint16(i), sub: sub, child: uint16(len(b.insts) - 1)})
		}
	}
	return nil
}

// document reads one fragment: an instance of a template, or elements.
func (d *Decoder) document(pos, end int, depFirst bool) error {
	from := pos
	for end-pos >= 4 && d.c[pos] == tokFragment {
		pos += 4
	}
	if pos >= end {
		return errBounds
	}
	if pos == from && d.c[pos] == tokEnd {
		return errToken // zeros, not an empty document
	}
	if d.c[pos] == tokTemplate {
		return d.instance(pos, end)
	}
	return d.fragment(pos, end, depFirst)
}

// instance reads a template instance: token, unknown u8, identifier u32,
// definition's offset u32, the definition itself where it is used first, then
// the count of values, a size u16 and type u8 for each, and their bytes.
func (d *Decoder) instance(pos, end int) error {
	if end-pos < 14 {
		return errBounds
	}
	def := u32(d.c, pos+6)
	pos += 10
	t, size, err := d.definition(def)
	if err != nil {
		return err
	}
	if int(def) == pos {
		pos += size
	}
	if end-pos < 4 {
		return errBounds
	}
	n := int(u32(d.c, pos))
	pos += 4
	if n < 0 || n > maxValues || n > (end-pos)/4 {
		return errTooMany
	}
	b := &d.body
	from := len(b.vals)
	desc, at := d.c[pos:pos+4*n], pos+4*n
	for ; len(desc) >= 4; desc = desc[4:] {
		size := int(desc[0]) | int(desc[1])<<8
		b.vals = append(b.vals, val{off: uint32(at), n: uint32(size), typ: desc[2]})
		at += size
	}
	if at > end {
		b.vals = b.vals[:from]
		return errBounds
	}
	b.insts = append(b.insts, instance{t: t, from: from, to: len(b.vals)})
	return nil
}

// fragment reads elements that stand in the record without a template. Their
// texts become values of a template made of the rest.
func (d *Decoder) fragment(pos, end int, depFirst bool) error {
	b, w := &d.body, &d.writer
	w.c, w.pos, w.end, w.inline = d.c, pos, end, true
	w.vals, w.base = b.vals, len(b.vals)
	err := w.run(depFirst)
	b.vals = w.vals
	if err != nil {
		b.vals = b.vals[:w.base]
		return err
	}
	b.insts = append(b.insts, instance{t: d.compiled(w.out), from: w.base, to: len(b.vals)})
	return nil
}
