package evtx

import (
	"strings"
	"unicode/utf8"
)

// AppendXML appends the event as XML in the form that Windows itself gives
// (Event Viewer, "XML View"; wevtutil): attributes in apostrophes, GUIDs in
// braces and lower case, times with seven digits behind the second, an
// element again for each value of an array, and an element or attribute left
// out where the template says so for values that are null. Characters that
// XML cannot hold are U+FFFD.
func (r *Record) AppendXML(dst []byte) []byte {
	d := r.d
	d.left = MaxRecordText
	x := xmlWriter{render{d: d, dst: dst}}
	x.nodes(0, d.body.insts[0].t.roots, 0)
	r.limited()
	return x.dst
}

type xmlWriter struct{ render }

func (x *xmlWriter) nodes(inst int, ns []node, depth int) {
	for i := range ns {
		n := &ns[i]
		switch {
		case n.el != nil:
			x.element(inst, n.el, depth)
		case n.kind == pieceSub:
			if child, ok := x.d.body.child(inst, n.sub); !ok {
				x.sub(inst, n.piece)
			} else if depth <= 2*MaxDepth {
				x.nodes(child, x.d.body.insts[child].t.roots, depth+1)
			}
		case n.kind == piecePI:
			if x.spend(len(n.lit)) {
				x.instruction(n.lit)
			}
		case x.spend(len(n.lit)):
			x.dst = appendXMLString(x.dst, n.lit, 0)
		}
	}
}

// instruction writes a processing instruction: target, blank, data. One named
// xml would be a declaration, which may not stand here.
func (x *xmlWriter) instruction(s string) {
	target, data, _ := strings.Cut(s, " ")
	if strings.EqualFold(target, "xml") {
		target = "_" + target
	}
	x.string("<?")
	x.name(target)
	x.byte(' ')
	x.dst = appendXMLString(x.dst, data, '?')
	x.string("?>")
}

func (x *xmlWriter) sub(inst int, p piece) {
	if v := x.d.body.value(inst, p.sub); v.typ != tNull && x.d.left >= 0 {
		x.text(v)
	}
}

func (x *xmlWriter) text(v val) {
	if v.typ == tString {
		from := len(x.dst)
		x.dst = appendXMLUnits(x.dst, trimNUL(x.bytes(v)))
		x.spend(len(x.dst) - from)
		return
	}
	buf := x.plain(x.d.scratch[:0], v, asXML)
	x.d.scratch = buf
	x.spend(len(buf))
	x.dst = appendXMLString(x.dst, buf, 0)
}

// element writes one element, or one for each value where its content is an
// array.
func (x *xmlWriter) element(inst int, e *element, depth int) {
	p, sole := e.soleSub()
	if !sole {
		x.tags(inst, e, depth, nil)
		return
	}
	v := x.d.body.value(inst, p.sub)
	switch {
	case p.optional && v.typ == tNull:
	case v.typ&tArray != 0 && v.n > 0:
		one := val{off: v.off, typ: v.typ &^ tArray}
		for rest := x.bytes(v); len(rest) > 0 && x.d.left >= 0; {
			item, behind := nextItem(rest, one.typ)
			one.n = uint32(len(item))
			x.tags(inst, e, depth, &one)
			one.off += uint32(len(rest) - len(behind))
			rest = behind
		}
	default:
		x.tags(inst, e, depth, nil)
	}
}

// tags writes start tag, content and end tag. The content is one value of an
// array or, where that is nil, the element's own.
func (x *xmlWriter) tags(inst int, e *element, depth int, one *val) {
	if !x.spend(2 * len(e.name)) {
		return
	}
	x.byte('<')
	x.name(e.name)
	x.attributes(inst, e)
	from := len(x.dst)
	x.byte('>')
	if one != nil {
		x.text(*one)
	} else {
		x.nodes(inst, e.kids, depth+1)
	}
	if len(x.dst) == from+1 {
		x.dst = append(x.dst[:from], "/>"...)
		return
	}
	x.string("</")
	x.name(e.name)
	x.byte('>')
}

func (x *xmlWriter) attributes(inst int, e *element) {
	for i := range e.attrs {
		a := &e.attrs[i]
		if len(a.pieces) == 1 && a.pieces[0].optional && x.null(inst, a.pieces) || !x.spend(len(a.name)) {
			continue
		}
		x.byte(' ')
		x.name(a.name)
		x.string("='")
		buf := x.joined(inst, a.pieces, asXML)
		x.spend(len(buf))
		x.dst = appendXMLString(x.dst, buf, '\'')
		x.byte('\'')
	}
}

// name writes an element's or attribute's name. Files lie, and a name with
// angle brackets would make other XML of it.
func (x *xmlWriter) name(s string) {
	colon := false
	for i, r := range s {
		switch {
		case r == ':' && i > 0 && i < len(s)-1 && !colon: // a prefix
			colon = true
			x.byte(':')
		case r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || isNameLetter(r):
			x.dst = utf8.AppendRune(x.dst, r)
		case i > 0 && (r == '-' || r == '.' || r >= '0' && r <= '9'):
			x.byte(byte(r))
		default:
			x.byte('_')
		}
	}
}

// isNameLetter knows the letters beyond ASCII that every edition of XML takes
// in names and that names of events may have: Western European and Japanese.
func isNameLetter(r rune) bool {
	return r >= 0xC0 && r <= 0xFF && r != 0xD7 && r != 0xF7 ||
		r >= 0x3041 && r <= 0x3094 || r >= 0x30A1 && r <= 0x30FA || r >= 0x4E00 && r <= 0x9FA5
}
