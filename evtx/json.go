package evtx

// AppendJSON appends the event as one JSON object without line breaks, in the
// shape that the common tools share: {"Event":{"#attributes":{…},
// "System":{…},"EventData":{…}}}.
//
// An element without attributes and elements of its own is its value; null
// where it has none. One with attributes is an object with "#attributes" and,
// if it has a text, "#text". A Data element is a member under its Name. Data
// elements without a name are one member "Data" with the list of their texts
// under "#text", also where there is but one. A name that occurs again in the
// same element gets _1, _2 and so on behind it. Integers, truth values and
// floating point numbers are JSON's own; everything else is a string as in
// Value.Text, and an array is a list. The numbers of System are JSON numbers
// also where the event holds them as text, so that they are of one type.
func (r *Record) AppendJSON(dst []byte) []byte {
	d := r.d
	d.left = MaxRecordText
	j := jsonWriter{render{d: d, dst: dst}}
	j.byte('{')
	j.members(0, d.body.insts[0].t.roots, jsonScope{first: true})
	j.byte('}')
	r.limited()
	return j.dst
}

type jsonWriter struct{ render }

// jsonScope is where in the event something is written.
type jsonScope struct {
	depth  int
	system bool
	first  bool // no comma yet
}

// members writes elements as members of an object and reports whether it
// still has none.
func (j *jsonWriter) members(inst int, ns []node, s jsonScope) bool {
	grouped := false
	for i := range ns {
		n := &ns[i]
		switch {
		case n.el != nil && n.el.unnamed:
			if !grouped && j.spend(8) {
				grouped = true
				j.comma(&s)
				j.group(inst, ns)
			}
		case n.el != nil:
			s.first = j.member(inst, n.el, n.el.dup, s)
		case n.kind == pieceSub:
			s.first = j.document(inst, ns[:i], n.sub, s)
		}
	}
	return s.first
}

// document writes the elements of a nested document among its siblings.
func (j *jsonWriter) document(inst int, before []node, sub uint16, s jsonScope) bool {
	child, ok := j.d.body.child(inst, sub)
	if !ok || s.depth > 2*MaxDepth {
		return s.first
	}
	roots := j.d.body.insts[child].t.roots
	for i := range roots {
		el := roots[i].el
		if el == nil {
			continue
		}
		dup := el.dup
		for k := range before {
			if b := before[k].el; b != nil && j.spend(0) && b.key() == el.key() {
				dup++
			}
			if other, ok := j.d.body.child(inst, before[k].sub); ok && before[k].el == nil && j.spend(0) &&
				len(j.d.body.insts[other].t.roots) > 0 {
				if r := j.d.body.insts[other].t.roots[0].el; r != nil && r.key() == el.key() {
					dup++
				}
			}
		}
		s.first = j.member(child, el, dup, s)
	}
	return s.first
}

func (j *jsonWriter) comma(s *jsonScope) {
	if !s.first {
		j.byte(',')
	}
	s.first = false
}

// member writes "name":value.
func (j *jsonWriter) member(inst int, e *element, dup int, s jsonScope) bool {
	key := e.key()
	if !j.spend(len(key)) {
		return s.first
	}
	j.comma(&s)
	if dup == 0 {
		j.string(e.json)
	} else {
		j.dst = appendJSONKey(j.dst, key, dup)
	}
	if p, ok := e.soleSub(); ok && len(e.attrs) == 0 {
		// Most elements of most events.
		if v := j.d.body.value(inst, p.sub); v.typ != tBinXML && v.typ&tArray == 0 {
			j.scalar(v.typ, j.bytes(v), (s.system || s.depth == 1) && isNumberName(e.name))
			return false
		}
	}
	s.system = s.system || s.depth == 1 && e.name == "System"
	s.depth++
	j.value(inst, e, s)
	return false
}

// value writes an element's attributes, text and elements.
func (j *jsonWriter) value(inst int, e *element, s jsonScope) {
	mark := len(j.d.pieces)
	ps, kids := j.texts(inst, e.kids)
	defer func() { j.d.pieces = j.d.pieces[:mark] }()
	attrs := j.attributed(inst, e)
	if !attrs && !kids {
		j.text(inst, ps, s.system && isNumberName(e.name))
		return
	}
	j.byte('{')
	s.first = true
	if attrs {
		j.attributes(inst, e, s.system)
		s.first = false
	}
	if !j.null(inst, ps) {
		j.comma(&s)
		j.string(`"#text":`)
		j.text(inst, ps, s.system && isNumberName(e.name))
	}
	if kids {
		j.members(inst, e.kids, s)
	}
	j.byte('}')
}

// skipAttr reports whether an attribute is not written as one.
func (j *jsonWriter) skipAttr(inst int, e *element, a *attribute) bool {
	return e.name == "Data" && e.dataName != "" && a.name == "Name" || len(a.pieces) > 0 && j.null(inst, a.pieces)
}

func (j *jsonWriter) attributed(inst int, e *element) bool {
	for i := range e.attrs {
		if !j.skipAttr(inst, e, &e.attrs[i]) {
			return true
		}
	}
	return false
}

func (j *jsonWriter) attributes(inst int, e *element, system bool) {
	j.string(`"#attributes":{`)
	first := true
	for i := range e.attrs {
		a := &e.attrs[i]
		if j.skipAttr(inst, e, a) || !j.spend(len(a.name)) {
			continue
		}
		if !first {
			j.byte(',')
		}
		first = false
		number := system && isNumberName(a.name)
		if j.string(a.json); a.value != "" && !number && j.spend(len(a.value)) {
			j.string(a.value)
			continue
		}
		j.text(inst, a.pieces, number)
	}
	j.byte('}')
}

// isNumberName knows the parts of System that are numbers.
func isNumberName(name string) bool {
	switch name {
	case "EventID", "Qualifiers", "Version", "Level", "Task", "Opcode", "EventRecordID", "ProcessID", "ThreadID",
		"SessionID", "KernelTime", "UserTime", "ProcessorTime", "ProcessorID":
		return true
	}
	return false
}

// text writes pieces as one JSON value.
func (j *jsonWriter) text(inst int, ps []piece, number bool) {
	if j.d.left < 0 || j.null(inst, ps) && (len(ps) == 0 || ps[0].kind == pieceSub) {
		j.string("null")
		return
	}
	if len(ps) == 1 && ps[0].kind == pieceSub {
		v := j.d.body.value(inst, ps[0].sub)
		if v.typ&tArray == 0 {
			j.scalar(v.typ, j.bytes(v), number)
			return
		}
		j.byte('[')
		j.items(v, true)
		j.byte(']')
		return
	}
	buf := j.joined(inst, ps, asData)
	j.spend(len(buf))
	j.quoted(buf, number)
}

// items writes an array's values with commas and reports whether there was
// none and first still holds.
func (j *jsonWriter) items(v val, first bool) bool {
	b, typ := j.bytes(v), v.typ&^tArray
	for len(b) > 0 && j.spend(1) {
		var item []byte
		item, b = nextItem(b, typ)
		if !first {
			j.byte(',')
		}
		first = false
		j.scalar(typ, item, false)
	}
	return first
}

// group writes all Data elements without a name as one list.
func (j *jsonWriter) group(inst int, ns []node) {
	j.string(`"Data":{"#text":[`)
	first := true
	for i := range ns {
		e := ns[i].el
		if e == nil || !e.unnamed || !j.spend(1) {
			continue
		}
		mark := len(j.d.pieces)
		ps, _ := j.texts(inst, e.kids)
		if !j.null(inst, ps) {
			first = j.entry(inst, ps, first)
		}
		j.d.pieces = j.d.pieces[:mark]
	}
	j.string(`]}`)
}

func (j *jsonWriter) entry(inst int, ps []piece, first bool) bool {
	if len(ps) == 1 && ps[0].kind == pieceSub {
		if v := j.d.body.value(inst, ps[0].sub); v.typ&tArray != 0 {
			return j.items(v, first)
		}
	}
	if !first {
		j.byte(',')
	}
	j.text(inst, ps, false)
	return false
}

// scalar writes one value that is no array.
func (j *jsonWriter) scalar(typ byte, b []byte, number bool) {
	from := len(j.dst)
	want := fixedSize(typ)
	switch {
	case typ == tNull || j.d.left < 0 || len(b) == 0 && want > 0:
		j.string("null")
	case typ == tString && !number:
		j.dst = appendJSONUnits(j.dst, trimNUL(b))
	case (typ >= tInt8 && typ <= tUint64 || typ == tBool) && len(b) >= want:
		j.dst = j.d.scalars.append(j.dst, typ, b, asData)
	case want > 0 && typ != tReal32 && typ != tReal64:
		// No digit, letter or sign of these types needs escaping.
		j.byte('"')
		j.dst = j.d.scalars.append(j.dst, typ, b, asData)
		j.byte('"')
	default:
		buf := j.d.scalars.append(j.d.scratch[:0], typ, b, asData)
		j.d.scratch = buf
		if (typ == tReal32 || typ == tReal64) && len(b) >= want && finite(buf) {
			j.dst = append(j.dst, buf...)
		} else {
			j.quoted(buf, number)
		}
	}
	j.spend(len(j.dst) - from)
}

// finite tells numbers from NaN and infinities, which JSON does not know.
func finite(b []byte) bool {
	last := b[len(b)-1]
	return last >= '0' && last <= '9'
}

// quoted writes a text, as a number where it is asked for and is one.
func (j *jsonWriter) quoted(b []byte, number bool) {
	if number && isDecimal(b) {
		j.dst = append(j.dst, b...)
		return
	}
	j.dst = appendJSONString(j.dst, b)
}

func isDecimal(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0 && len(b) < 20 && (b[0] != '0' || len(b) == 1)
}
