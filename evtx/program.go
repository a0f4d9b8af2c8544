package evtx

import "encoding/binary"

// A program is a template's binary XML written out: names and literal texts
// stand in it instead of offsets into a chunk, so that the same template has
// the same program in every chunk of every file. Its operations are a letter
// and then:
const (
	opElement = 'E' // count u16, UTF-16 units: the name
	opAttr    = 'A' // the same
	opClose   = '>' // the start tag ends
	opEnd     = 'e' // the element ends
	opText    = 'T' // count u16, UTF-16 units
	opCDATA   = 'D' // the same
	opPI      = 'P' // the same: target
	opPIData  = 'p' // the same
	opEntity  = 'R' // the same: the entity's name
	opChar    = 'C' // u16
	opSub     = 'S' // index u16, type byte, optional byte
)

// reloc is a place in a definition whose bytes differ from chunk to chunk
// although the template is the same: an offset of a name.
type reloc struct {
	pos    int32
	inline bool   // the name itself follows, and its link to another name
	name   []byte // count and units as they stand in the name's structure
}

// writer turns tokens into a program. In a record without a template it
// takes the texts out as values, so that all such records with the same
// elements share one program too.
type writer struct {
	c        []byte // the chunk
	pos, end int
	dep      bool // elements carry a dependency identifier
	inline   bool // texts become values
	out      []byte
	relocs   []reloc
	vals     []val
	base     int // len(vals) where this program's values begin
	nodes    int
	open     int  // elements that are open
	literal  bool // the next text stays literal although inline
}

// run reads the tokens of one fragment up to its end token or w.end. It tries
// the form with dependency identifiers first or second, as told: templates
// always have them, nested fragments mostly do not, and nothing says which.
func (w *writer) run(depFirst bool) error {
	start := w.pos
	w.dep = depFirst
	first := w.fragment()
	if first == nil {
		return nil
	}
	w.pos, w.dep = start, !depFirst
	if w.fragment() == nil {
		return nil
	}
	return first
}

func (w *writer) fragment() error {
	w.out, w.relocs, w.vals = w.out[:0], w.relocs[:0], w.vals[:w.base]
	w.nodes, w.open, w.literal = 0, 0, false
	for w.pos < w.end {
		tok := w.c[w.pos]
		if tok == tokEnd {
			w.pos++
			break
		}
		if err := w.token(tok &^ moreBit); err != nil {
			return err
		}
		if w.nodes > maxNodes {
			return errTooMany
		}
		if len(w.out) > maxProgram {
			return errTooLong
		}
	}
	if w.open != 0 {
		return errNesting
	}
	return nil
}

func (w *writer) token(tok byte) error {
	switch tok {
	case tokFragment:
		return w.skip(4)
	case tokOpen:
		return w.element()
	case tokEndElement:
		if w.open == 0 {
			return errNesting
		}
		w.open--
		w.pos++
		w.out = append(w.out, opEnd)
		return nil
	case tokPITarget:
		w.pos++
		return w.name(opPI)
	case tokPIData:
		return w.counted(opPIData, 1)
	}
	if w.open == 0 {
		return errToken
	}
	if tok == tokTemplate && w.inline {
		return w.document()
	}
	_, err := w.text(tok)
	return err
}

// document takes a template instance that stands among elements without a
// template: a value that is a document, as far as readers are concerned.
// Inside a definition there can be none, because its values would be the same
// in all events.
func (w *writer) document() error {
	from, end := w.pos, w.end
	if end-from < 14 {
		return errBounds
	}
	at := from + 10
	if def := int(u32(w.c, from+6)); def == at {
		if end-at < defHeader+4 {
			return errBounds
		}
		size := int(u32(w.c, at+20))
		if size < 0 || size > end-at-defHeader-4 {
			return errBounds
		}
		at += defHeader + size
	}
	n := int(u32(w.c, at))
	if at += 4; n < 0 || n > maxValues || n > (end-at)/4 {
		return errTooMany
	}
	desc := w.c[at : at+4*n]
	for at += 4 * n; len(desc) >= 4; desc = desc[4:] {
		at += u16(desc, 0)
	}
	if at > end {
		return errBounds
	}
	w.nodes++
	w.pos = at
	return w.hole(val{off: uint32(from), n: uint32(at - from), typ: tBinXML})
}

// hole writes a hole for a value of a record without a template.
func (w *writer) hole(v val) error {
	index := len(w.vals) - w.base
	if index >= maxValues {
		return errTooMany
	}
	w.vals = append(w.vals, v)
	w.out = append(w.out, opSub, byte(index), byte(index>>8), v.typ, 0)
	return nil
}

// text writes one piece of text, and says whether the token was one.
func (w *writer) text(tok byte) (bool, error) {
	w.nodes++
	switch tok {
	case tokValue:
		return true, w.value()
	case tokCDATA:
		return true, w.counted(opCDATA, 1)
	case tokCharRef:
		at := w.pos + 1
		if err := w.skip(3); err != nil {
			return true, err
		}
		w.out = append(w.out, opChar, w.c[at], w.c[at+1])
		return true, nil
	case tokEntityRef:
		w.pos++
		return true, w.name(opEntity)
	case tokSub, tokOptSub:
		at := w.pos + 1
		if err := w.skip(4); err != nil {
			return true, err
		}
		if u16(w.c, at) >= maxValues || w.inline {
			return true, errTooMany
		}
		w.out = append(w.out, opSub, w.c[at], w.c[at+1], w.c[at+2], tok-tokSub)
		return true, nil
	}
	return false, errToken
}

// value reads a literal text: a type, which is always a string, and its units.
func (w *writer) value() error {
	if w.end-w.pos < 4 || w.c[w.pos+1] != tString {
		return errToken
	}
	if !w.inline || w.literal {
		return w.counted(opText, 2)
	}
	n := 2 * u16(w.c, w.pos+2)
	from := w.pos + 4
	if err := w.skip(4 + n); err != nil {
		return err
	}
	return w.hole(val{off: uint32(from), n: uint32(n), typ: tString})
}

// counted copies a count u16 and its UTF-16 units that stand behind the token.
func (w *writer) counted(op byte, behind int) error {
	at := w.pos + behind
	if w.end-at < 2 {
		return errBounds
	}
	n := 2 + 2*u16(w.c, at)
	if err := w.skip(behind + n); err != nil {
		return err
	}
	w.out = append(w.out, op)
	w.out = append(w.out, w.c[at:at+n]...)
	return nil
}

func (w *writer) skip(n int) error {
	if w.end-w.pos < n {
		return errBounds
	}
	w.pos += n
	return nil
}

// name reads a name's offset and, where the name stands right behind it, the
// name.
func (w *writer) name(op byte) error {
	at := w.pos
	if err := w.skip(4); err != nil {
		return err
	}
	off := u32(w.c, at)
	raw, size, err := nameAt(w.c, off)
	if err != nil {
		return err
	}
	inline := int(off) == w.pos
	if inline {
		if err := w.skip(size); err != nil {
			return err
		}
	}
	if !w.inline {
		w.relocs = append(w.relocs, reloc{pos: int32(at), inline: inline, name: raw})
	}
	w.out = append(w.out, op)
	w.out = append(w.out, raw...)
	return nil
}

// element reads a start tag with its attributes.
func (w *writer) element() error {
	more := w.c[w.pos]&moreBit != 0
	if w.nodes++; w.open >= MaxDepth {
		return errDeep
	}
	n := 5 // token, size of the element
	if w.dep {
		n += 2
	}
	if err := w.skip(n); err != nil {
		return err
	}
	at := len(w.out)
	if err := w.name(opElement); err != nil {
		return err
	}
	if more {
		data := isData(w.out[at+3:])
		if err := w.skip(4); err != nil {
			return err
		}
		for w.pos < w.end && w.c[w.pos]&^moreBit == tokAttribute {
			if err := w.attribute(data); err != nil {
				return err
			}
		}
	}
	if w.pos >= w.end {
		return errBounds
	}
	tok := w.c[w.pos]
	w.pos++
	w.out = append(w.out, opClose)
	switch tok {
	case tokCloseStart:
		w.open++
	case tokCloseEmpty:
		w.out = append(w.out, opEnd)
	default:
		return errToken
	}
	return nil
}

func (w *writer) attribute(data bool) error {
	w.nodes++
	w.pos++
	at := len(w.out)
	if err := w.name(opAttr); err != nil {
		return err
	}
	// Names of fields are part of the program, not values.
	w.literal = data && equalASCII(w.out[at+3:], "Name") || equalASCII(w.out[at+3:], "xmlns")
	for w.pos < w.end {
		if tok := w.c[w.pos] &^ moreBit; tok < tokValue || tok == tokAttribute || tok > tokOptSub {
			break
		} else if ok, err := w.text(tok); !ok {
			return errToken
		} else if err != nil {
			return err
		}
	}
	w.literal = false
	return nil
}

// isData reports whether an element of this name (UTF-16) takes its field's
// name from its attribute Name.
func isData(name []byte) bool { return equalASCII(name, "Data") || equalASCII(name, "ComplexData") }

func equalASCII(units []byte, s string) bool {
	if len(units) != 2*len(s) {
		return false
	}
	for i := range len(s) {
		if binary.LittleEndian.Uint16(units[2*i:]) != uint16(s[i]) {
			return false
		}
	}
	return true
}
