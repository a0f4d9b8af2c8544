package evtx

import (
	"strings"
	"unicode/utf8"
)

// element is one element of a template.
type element struct {
	name  string
	attrs []attribute
	kids  []node
	// dataName is the literal attribute Name of a Data element: the name of
	// its field. unnamed says that it is a Data element without any.
	dataName string
	unnamed  bool
	// dup counts earlier siblings with the same key in JSON.
	dup  int
	json string // the key as a JSON string and the colon, if dup is 0
}

type attribute struct {
	name   string
	pieces []piece
	json   string // the name as a JSON string, and the colon
	value  string // the value as a JSON string, if it is literal; else empty
}

// node is an element or, where el is nil, a piece of text.
type node struct {
	el *element
	piece
}

type pieceKind uint8

const (
	pieceText pieceKind = iota
	pieceSub
	pieceCDATA
	piecePI
)

// piece is a literal text or a hole that a value fills.
type piece struct {
	lit      string
	kind     pieceKind
	optional bool
	sub      uint16
}

// key is the element's name in JSON, before any number for duplicates.
func (e *element) key() string {
	if e.dataName != "" && e.name == "Data" {
		return e.dataName
	}
	return e.name
}

// soleSub gives the hole that is the element's whole content.
func (e *element) soleSub() (piece, bool) {
	if len(e.kids) == 1 && e.kids[0].el == nil && e.kids[0].kind == pieceSub {
		return e.kids[0].piece, true
	}
	return piece{}, false
}

// template is a compiled program. It does not change.
type template struct {
	id     uint32 // its number in the cache, from 1; 0: kept by nobody
	prog   string
	roots  []node
	nested []uint16 // holes in content, where a value may be a whole document
	size   int      // about how many bytes it takes
}

// compiler builds the tree from a program that writer has made, so it need
// not check anything.
type compiler struct {
	p     string
	at    int
	t     *template
	stack []*element
}

func compile(prog string) *template {
	c := &compiler{p: prog, t: &template{prog: prog, size: 256 + 10*len(prog)}}
	for c.at < len(c.p) {
		c.step()
	}
	number(c.t.roots)
	return c.t
}

func (c *compiler) step() {
	op := c.p[c.at]
	c.at++
	switch op {
	case opElement:
		e := &element{name: c.units()}
		c.add(node{el: e})
		c.stack = append(c.stack, e)
		c.attributes(e)
	case opEnd:
		e := c.stack[len(c.stack)-1]
		c.stack = c.stack[:len(c.stack)-1]
		number(e.kids)
	case opPI:
		p := piece{kind: piecePI, lit: c.units()}
		if c.at < len(c.p) && c.p[c.at] == opPIData {
			c.at++
			p.lit += " " + c.units()
		}
		c.add(node{piece: p})
	case opPIData:
		c.units()
	default:
		p := c.piece(op)
		if p.kind == pieceSub {
			c.nest(p.sub)
		}
		c.add(node{piece: p})
	}
}

func (c *compiler) add(n node) {
	if len(c.stack) == 0 {
		c.t.roots = append(c.t.roots, n)
		return
	}
	e := c.stack[len(c.stack)-1]
	e.kids = append(e.kids, n)
}

func (c *compiler) nest(sub uint16) {
	for _, s := range c.t.nested {
		if s == sub {
			return
		}
	}
	c.t.nested = append(c.t.nested, sub)
}

func (c *compiler) attributes(e *element) {
	for {
		op := c.p[c.at]
		c.at++
		if op == opClose {
			break
		}
		if op == opAttr {
			name := c.units()
			e.attrs = append(e.attrs, attribute{name: name, json: string(appendJSONKey(nil, name, 0))})
			continue
		}
		a := &e.attrs[len(e.attrs)-1]
		a.pieces = append(a.pieces, c.piece(op))
	}
	data := e.name == "Data" || e.name == "ComplexData"
	for i := range e.attrs {
		a := &e.attrs[i]
		lit, ok := literal(a.pieces)
		if ok {
			a.value = string(appendJSONString(nil, lit))
		}
		if data && a.name == "Name" {
			e.dataName = lit
		}
	}
	e.json = string(appendJSONKey(nil, e.key(), 0))
	e.unnamed = e.name == "Data" && e.dataName == "" && (len(e.attrs) == 0 || len(e.attrs) == 1 && e.attrs[0].named())
}

// named reports whether an attribute is a literal Name, which is no more than
// an empty one where this is asked.
func (a *attribute) named() bool {
	return a.name == "Name" && len(a.pieces) == 0
}

// literal joins pieces that are all literal.
func literal(ps []piece) (s string, ok bool) {
	for _, p := range ps {
		if p.kind == pieceSub {
			return "", false
		}
		s += p.lit
	}
	return s, true
}

func (c *compiler) piece(op byte) piece {
	switch op {
	case opSub:
		p := piece{kind: pieceSub, sub: uint16(c.p[c.at]) | uint16(c.p[c.at+1])<<8, optional: c.p[c.at+3] != 0}
		c.at += 4
		return p
	case opChar:
		r := rune(c.p[c.at]) | rune(c.p[c.at+1])<<8
		c.at += 2
		if !utf8.ValidRune(r) {
			r = utf8.RuneError
		}
		return piece{lit: string(r)}
	case opEntity:
		return piece{lit: entity(c.units())}
	case opCDATA:
		return piece{kind: pieceCDATA, lit: c.units()}
	}
	return piece{lit: c.units()}
}

func entity(name string) string {
	switch name {
	case "amp":
		return "&"
	case "lt":
		return "<"
	case "gt":
		return ">"
	case "quot":
		return "\""
	case "apos":
		return "'"
	}
	return "&" + name + ";"
}

// units reads a counted UTF-16 text of the program.
func (c *compiler) units() string {
	n := 2 * (int(c.p[c.at]) | int(c.p[c.at+1])<<8)
	raw := c.p[c.at+2 : c.at+2+n]
	c.at += 2 + n
	return utf16String([]byte(raw))
}

// number counts the siblings that would have the same key in JSON. Data
// elements without a name are one key together, so they are not counted.
func number(ns []node) {
	var seen map[string]int
	for _, n := range ns {
		if n.el == nil {
			continue
		}
		if seen == nil {
			seen = make(map[string]int, len(ns))
		}
		if n.el.unnamed {
			seen["Data"] = max(seen["Data"], 1)
			continue
		}
		k := n.el.key()
		n.el.dup = seen[k]
		seen[k]++
	}
}

// fieldName is the name of a field as rules write it: without blanks.
func fieldName(s string) string { return strings.ReplaceAll(s, " ", "") }
