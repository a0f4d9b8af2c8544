package evtx

import "bytes"

// arena holds the texts of one record's values: UTF-8, and lower-cased. Its
// blocks are used again for the next record. A block that is full is left to
// those who hold slices of it, and the next one is twice as large, so that
// soon nothing is allocated any more.
type arena struct {
	text, low []byte
}

const (
	arenaStart = 16 << 10
	arenaMax   = 4 << 20
)

func (a *arena) reset() { a.text, a.low = a.text[:0], a.low[:0] }

// room makes sure that n bytes and the padding fit behind both.
func (a *arena) room(n int) {
	if cap(a.text)-len(a.text) < n+2*Pad {
		a.text = make([]byte, 0, max(n+2*Pad, min(max(arenaStart, 2*cap(a.text)), arenaMax)))
	}
	if cap(a.low)-len(a.low) < n+2*Pad {
		a.low = make([]byte, 0, max(n+2*Pad, min(max(arenaStart, 2*cap(a.low)), arenaMax)))
	}
}

// padded makes a Value of its own memory from a text; nil stays nil.
func padded(text []byte) Value {
	low := make([]byte, 3*len(text)+Pad)
	n := lowerText(low, text)
	return Value{Text: text, Lower: low[: n : n+Pad]}
}

// fill writes one field's value.
func (d *Decoder) fill(dst *Value, sh *Shape, s *source) {
	switch {
	case s.ident >= 0:
		*dst = sh.fixed[s.ident]
	case s.kind == srcSingle:
		in := &d.body.insts[s.inst]
		if i := in.from + int(s.sub); i < in.to {
			d.single(dst, &d.body.vals[i])
			return
		}
		*dst = Value{Lower: d.empty}
	case s.kind == srcConst:
		*dst = sh.layout.consts[s.aux]
	default:
		d.multi(dst, sh.layout.multis[s.aux])
	}
}

// single converts one value. Strings are most of all and have their own way.
func (d *Decoder) single(dst *Value, v *val) {
	if v.typ == tNull || d.left < 0 {
		*dst = Value{Lower: d.empty}
		return
	}
	b := d.c[v.off : v.off+v.n]
	if v.typ != tString {
		d.other(dst, v.typ, b)
		return
	}
	b = trimNUL(b)
	a := &d.arena
	a.room(len(b)/2*3 + Pad)
	nt, nl := len(a.text), len(a.low)
	if d.opt.NoLower {
		a.text = appendUTF16(a.text, b)
		dst.Text, dst.Lower = a.text[nt:len(a.text):len(a.text)], nil
		d.left -= len(dst.Text)
		return
	}
	t, l := utf16Both(b, a.text[nt:cap(a.text)], a.low[nl:cap(a.low)])
	a.text = a.text[:nt+t]
	dst.Text = a.text[nt : nt+t : nt+t]
	d.lowered(dst, nl, nl+l)
	d.left -= t
}

// lowered ends a lower-cased text that stands at the arena's end with its
// padding of zeros.
func (d *Decoder) lowered(dst *Value, from, to int) {
	low := d.arena.low[:to+Pad]
	clear(low[to:])
	d.arena.low = low
	dst.Lower = low[from : to : to+Pad]
}

// other converts a value that is no plain string. Types that have no letters
// to lower are written once, and both slices show the same bytes.
func (d *Decoder) other(dst *Value, typ byte, b []byte) {
	a := &d.arena
	a.room(roomFor(typ, len(b)))
	nt, nl := len(a.text), len(a.low)
	if typ == tGUID && len(b) >= 16 && !d.opt.NoLower {
		text, low := a.text[:nt+guidLen], a.low[:nl+guidLen+Pad]
		putGUID(text[nt:], b, upperLetters)
		putGUID(low[nl:], b, lowerLetters)
		a.text = text
		dst.Text = text[nt : nt+guidLen : nt+guidLen]
		d.lowered(dst, nl, nl+guidLen)
		d.left -= guidLen
		return
	}
	if isNumber(typ) && !d.opt.NoLower {
		low := d.scalars.append(a.low, typ, b, asData)
		if len(b) >= fixedSize(typ) {
			dst.Text = low[nl:len(low):len(low)]
			d.lowered(dst, nl, len(low))
			d.left -= len(dst.Text)
			return
		}
	}
	a.text = d.appendValue(a.text, typ, b)
	d.finish(dst, nt)
}

// finish makes a Value of what stands in the arena's text from nt on.
func (d *Decoder) finish(dst *Value, nt int) {
	a := &d.arena
	dst.Text, dst.Lower = a.text[nt:len(a.text):len(a.text)], nil
	d.left -= len(dst.Text)
	if d.opt.NoLower {
		return
	}
	a.room(3*len(dst.Text) + Pad)
	nl := len(a.low)
	d.lowered(dst, nl, nl+lowerText(a.low[nl:cap(a.low)], dst.Text))
}

func isNumber(typ byte) bool {
	return typ >= tInt8 && typ <= tUint64 || typ == tBool || typ == tHex32 || typ == tHex64
}

// roomFor is how many bytes of text a value of n bytes can give at most.
func roomFor(typ byte, n int) int {
	switch typ {
	case tFileTime, tSysTime, tGUID:
		return 64
	case tInt8 | tArray, tUint8 | tArray:
		return 5*n + 64
	}
	return 4*n + 64
}

// appendValue writes a value or, line by line, an array.
func (d *Decoder) appendValue(dst []byte, typ byte, b []byte) []byte {
	if typ&tArray == 0 {
		return d.scalars.append(dst, typ, b, asData)
	}
	typ &^= tArray
	for first := true; len(b) > 0; first = false {
		var item []byte
		item, b = nextItem(b, typ)
		if !first {
			dst = append(dst, '\n')
		}
		dst = d.scalars.append(dst, typ, item, asData)
	}
	return dst
}

// multi joins literals and holes. It is nil if it has holes alone and all are
// null.
func (d *Decoder) multi(dst *Value, ps []part) {
	*dst = Value{Lower: d.empty}
	a := &d.arena
	buf := d.scratch[:0]
	some, pending := false, false
	for i := range ps {
		p := &ps[i]
		switch {
		case d.left < len(buf):
			d.left = -1
			return
		case p.sep:
			pending = some
			continue
		case p.hole:
			v := d.body.value(int(p.inst), p.sub)
			if v.typ == tNull {
				continue
			}
			if pending {
				buf = append(buf, '\n')
			}
			buf = d.appendValue(buf, v.typ, d.c[v.off:v.off+v.n])
		default:
			if pending {
				buf = append(buf, '\n')
			}
			buf = append(buf, p.lit...)
		}
		some, pending = true, false
	}
	d.scratch = buf
	if !some {
		return
	}
	a.room(len(buf))
	nt := len(a.text)
	a.text = append(a.text, buf...)
	d.finish(dst, nt)
}

// identity writes the bytes of the values that tell shapes apart.
func (d *Decoder) identity(key []byte, l *layout) []byte {
	for _, i := range l.ident {
		if s := &l.src[i]; s.kind == srcSingle {
			key = d.rawValue(key, s.inst, s.sub)
		} else {
			for _, p := range l.multis[s.aux] {
				if p.hole {
					key = d.rawValue(key, p.inst, p.sub)
				}
			}
		}
	}
	return key
}

func (d *Decoder) rawValue(key []byte, inst, sub uint16) []byte {
	v := d.body.value(int(inst), sub)
	key = append(key, v.typ, byte(v.n), byte(v.n>>8))
	return append(key, d.c[v.off:v.off+v.n]...)
}

// newShape makes the shape of the present record.
func (d *Decoder) newShape(l *layout, key []byte) *Shape {
	s := &Shape{layout: l, key: bytes.Clone(key), fixed: make([]Value, len(l.ident))}
	for at, i := range l.ident {
		src := l.src[i]
		src.ident = -1
		var v Value
		d.left = MaxRecordText
		d.fill(&v, s, &src)
		s.fixed[at] = Value{Lower: d.empty}
		if v.Text != nil {
			s.fixed[at] = padded(append(make([]byte, 0, len(v.Text)), v.Text...))
		}
	}
	text := func(name string) string {
		if i := s.Lookup(name); i >= 0 {
			v, _ := s.Const(i)
			return string(v.Text)
		}
		return ""
	}
	s.channel = text("Channel")
	if s.provider = text("Provider_Name"); s.provider == "" {
		s.provider = text("Provider_EventSourceName")
	}
	s.eventID = parseID(text("EventID"))
	return s
}

func parseID(s string) uint32 {
	var n uint64
	for _, c := range []byte(s) {
		if n = 10*n + uint64(c-'0'); c < '0' || c > '9' || n > 1<<32-1 {
			return 0
		}
	}
	return uint32(n)
}
