package evtx

import (
	"slices"
	"strconv"
	"strings"
)

// layout is the flat list of fields of all records whose documents use the
// same templates, and where in the record each value stands.
type layout struct {
	tuple  string
	salt   uint64
	kept   bool // the cache holds it
	over   bool // fields beyond the limits were left out
	size   int  // about how many bytes it takes
	fields []Field
	sorted []uint16 // places in fields, by name
	src    []source
	consts []Value
	multis [][]part
	time   int   // place of the event's time in fields, or -1
	ident  []int // fields that identify a shape and differ between records
}

type srcKind uint8

const (
	srcSingle srcKind = iota // one hole
	srcConst                 // literal, the same in every record
	srcMulti                 // several holes and literals
)

// source says where a field's value comes from.
type source struct {
	kind  srcKind
	ident int8 // place in layout.ident, or -1
	inst  uint16
	sub   uint16
	aux   int32 // place in consts or multis
}

// part is one piece of a field that has several.
type part struct {
	lit  string
	hole bool
	sep  bool // a line feed, if something stands on both sides
	inst uint16
	sub  uint16
}

// flattener walks the trees of a record's documents once for each layout.
type flattener struct {
	b     *body
	l     *layout
	index map[string]int
	parts [][]part       // by field
	seen  map[string]int // how often a name occurred
	steps int
}

// scope is where in an event an element stands.
type scope struct {
	inst    int
	section Section
	prefix  string
	depth   int
}

func newLayout(b *body) *layout {
	f := &flattener{b: b, l: &layout{}, index: map[string]int{}, seen: map[string]int{}}
	for _, n := range b.insts[0].t.roots {
		if n.el == nil {
			continue
		}
		if n.el.name != "Event" {
			f.element(n.el, scope{section: UserData, depth: 1})
			continue
		}
		f.attributes(n.el, "Event", scope{})
		f.children(n.el.kids, scope{depth: 1})
	}
	f.finish()
	return f.l
}

// children walks the elements among nodes, and the documents in holes.
func (f *flattener) children(ns []node, s scope) {
	for _, n := range ns {
		switch {
		case n.el != nil:
			f.element(n.el, s)
		case n.kind == pieceSub:
			if child, ok := f.b.child(s.inst, n.sub); ok {
				in := s
				in.inst = child
				in.depth++
				f.children(f.b.insts[child].t.roots, in)
			}
		}
	}
}

func (f *flattener) element(e *element, s scope) {
	if f.steps++; f.steps > 4*maxNodes || s.depth > 2*MaxDepth {
		f.l.over = true
		return
	}
	s.depth++
	top := false
	if s.section == Other && s.prefix == "" {
		top = true
		if s.section = sectionOf(e.name); s.section == Other {
			s.prefix = e.name + "_"
		}
	}
	name := s.prefix + e.name
	switch {
	case e.dataName != "":
		name = s.prefix + fieldName(e.dataName)
	case top:
		name = e.name
	}
	f.attributes(e, name, s)
	f.children(e.kids, s)
	ps, kids := f.content(e.kids, s.inst)
	if len(ps) == 0 && (kids || top || s.section == System || len(e.attrs) > 0 && e.dataName == "") {
		return
	}
	f.add(name, s.section, ps)
}

func sectionOf(name string) Section {
	switch name {
	case "System":
		return System
	case "EventData", "ProcessingErrorData", "DebugData", "BinaryEventData":
		return EventData
	case "UserData":
		return UserData
	}
	return Other
}

// attributes adds an element's attributes, but not name spaces nor a Data
// element's name.
func (f *flattener) attributes(e *element, name string, s scope) {
	for i := range e.attrs {
		a := &e.attrs[i]
		if strings.HasPrefix(a.name, "xmlns") || e.dataName != "" && a.name == "Name" {
			continue
		}
		ps := make([]part, 0, len(a.pieces))
		for _, p := range a.pieces {
			ps = append(ps, f.part(p, s.inst))
		}
		f.add(name+"_"+a.name, s.section, ps)
	}
}

func (f *flattener) part(p piece, inst int) part {
	if p.kind == pieceSub {
		return part{hole: true, inst: uint16(inst), sub: p.sub}
	}
	return part{lit: p.lit}
}

// content gives the texts among nodes, and whether there are elements too.
// Blank literals between elements are only how the text was laid out.
func (f *flattener) content(ns []node, inst int) (ps []part, kids bool) {
	blank := true
	for _, n := range ns {
		if n.el != nil {
			kids = true
			continue
		}
		if n.kind == piecePI {
			continue
		}
		if n.kind == pieceSub {
			if _, ok := f.b.child(inst, n.sub); ok {
				kids = true
				continue
			}
			blank = false
		}
		blank = blank && strings.TrimSpace(n.lit) == ""
		ps = append(ps, f.part(n.piece, inst))
	}
	if kids && blank {
		return nil, true
	}
	return ps, kids
}

// add puts a field into the list. Data is one field however often it occurs.
func (f *flattener) add(name string, sec Section, ps []part) {
	if i, ok := f.index[name]; ok && name == "Data" {
		f.parts[i] = append(append(f.parts[i], part{sep: true}), ps...)
		return
	}
	if len(f.l.fields) >= MaxFields {
		f.l.over = true
		return
	}
	base := name
	for n := f.seen[base]; ; n++ {
		if n > 0 {
			name = base + "_" + strconv.Itoa(n)
		}
		if _, taken := f.index[name]; !taken {
			f.seen[base] = n + 1
			break
		}
	}
	f.index[name] = len(f.l.fields)
	f.l.fields = append(f.l.fields, Field{Name: name, Section: sec})
	f.parts = append(f.parts, ps)
	f.l.size += 64 + len(name)
}

// finish turns the gathered parts into sources.
func (f *flattener) finish() {
	l := f.l
	l.size += 256
	l.time = -1
	for i, ps := range f.parts {
		s := source{ident: -1}
		holes := 0
		for _, p := range ps {
			l.size += 40 + len(p.lit)
			if p.hole {
				holes++
				s.inst, s.sub = p.inst, p.sub
			}
		}
		switch {
		case holes == 1 && len(ps) == 1:
		case holes == 0:
			s.kind, s.aux = srcConst, int32(len(l.consts))
			l.consts = append(l.consts, constant(ps))
		default:
			s.kind, s.aux = srcMulti, int32(len(l.multis))
			l.multis = append(l.multis, ps)
		}
		if s.kind != srcConst && identifies(l.fields[i]) {
			s.ident = int8(len(l.ident))
			l.ident = append(l.ident, i)
		}
		l.src = append(l.src, s)
		l.sorted = append(l.sorted, uint16(i))
		if l.fields[i] == (Field{"TimeCreated_SystemTime", System}) {
			l.time = i
		}
	}
	slices.SortFunc(l.sorted, func(a, b uint16) int { return strings.Compare(l.fields[a].Name, l.fields[b].Name) })
	l.fields, l.src, l.consts, l.sorted = slices.Clip(l.fields), slices.Clip(l.src), slices.Clip(l.consts), slices.Clip(l.sorted)
}

// lookup finds a field by its name.
func (l *layout) lookup(name string) int {
	i, ok := slices.BinarySearchFunc(l.sorted, name, func(at uint16, name string) int {
		return strings.Compare(l.fields[at].Name, name)
	})
	if !ok {
		return -1
	}
	return int(l.sorted[i])
}

// identifies reports whether a field tells kinds of events apart.
func identifies(f Field) bool {
	switch f.Name {
	case "EventID", "Channel", "Provider_Name", "Provider_EventSourceName":
		return f.Section == System
	}
	return false
}

func constant(ps []part) Value {
	var text []byte
	for _, p := range ps {
		if p.sep && len(text) > 0 {
			text = append(text, '\n')
		}
		text = append(text, p.lit...)
	}
	if len(ps) == 0 {
		return padded(nil)
	}
	return padded(append(make([]byte, 0, len(text)), text...))
}
