package winlog

import (
	"strconv"
	"strings"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/sigma"
)

// maxShapes bounds how many shapes a Matcher keeps. A log of one year of a
// domain controller was never seen to have more than some hundreds; what a
// made-up file has beyond is worked out for each record, slower.
const maxShapes = 8192

// Matcher finds the rules that match records. It is for one goroutine; all
// records must come from decoders that share one evtx.Cache.
type Matcher struct {
	engine  *sigma.Engine
	matcher *sigma.Matcher
	shapes  []*shape // by evtx.Shape.ID
	kept    int
	got     []evtx.Value
	values  []sigma.Value
	fold    []byte // folded texts that are not ASCII, and second values
}

// New makes a Matcher for the rules of an engine.
func New(engine *sigma.Engine) *Matcher {
	return &Matcher{engine: engine, matcher: engine.NewMatcher()}
}

// shape is what is known of all records of one evtx.Shape.
type shape struct {
	of     *evtx.Shape
	names  []string // for the engine
	place  []place  // of each name
	fixed  []sigma.Field
	event  int // field whose value decides the log sources too (EventType), or -1
	engine *sigma.EngineShape
	reads  []int // evtx fields that are read
	at     []int // of each name: index in reads, or -1
	byType map[string]*shape
}

// place says where the value of a name comes from.
type place struct {
	field int
	hex   bool // the value is the decimal form of a hexadecimal number
}

// Match appends to dst the rules that match the record, as indices of the
// engine's rules in ascending order.
func (m *Matcher) Match(rec *evtx.Record, dst []int32) []int32 {
	s := m.shape(rec)
	if s.engine.Empty() {
		return dst
	}
	return m.matcher.Match(s.engine, m.read(rec, s), dst)
}

// read converts the fields that the rules of the shape ask for.
func (m *Matcher) read(rec *evtx.Record, s *shape) []sigma.Value {
	m.got = rec.Select(m.got, s.reads)
	m.values, m.fold = m.values[:0], m.fold[:0]
	for i, at := range s.at {
		if at < 0 || m.got[at].Text == nil {
			m.values = append(m.values, sigma.Value{})
			continue
		}
		v := m.got[at]
		switch {
		case s.place[i].hex:
			m.values = append(m.values, m.decimal(v.Text))
		case ascii(v.Text):
			m.values = append(m.values, sigma.Value{Raw: v.Text, Low: v.Lower})
		default:
			m.values = append(m.values, sigma.Value{Raw: v.Text, Low: m.folded(v.Text)})
		}
	}
	return m.values
}

// folded folds as Sigma does. evtx lowers text, which is the same for ASCII
// only: ſ, the Kelvin sign and some others differ.
func (m *Matcher) folded(text []byte) []byte {
	from := len(m.fold)
	m.fold = sigma.AppendFold(m.fold, text)
	to := len(m.fold)
	m.fold = append(m.fold, "\x00\x00\x00\x00\x00\x00\x00\x00"...)
	return m.fold[from:to]
}

// decimal is the value of a hexadecimal number as the rules of another log
// source write it; what is no such number stays as it is.
func (m *Matcher) decimal(text []byte) sigma.Value {
	from := len(m.fold)
	digits, isHex := strings.CutPrefix(string(text), "0x") // no allocation: it does not escape
	n, err := strconv.ParseUint(digits, 16, 64)
	if isHex && err == nil {
		m.fold = strconv.AppendUint(m.fold, n, 10)
	} else {
		m.fold = append(m.fold, text...)
	}
	raw := m.fold[from:len(m.fold):len(m.fold)]
	return sigma.Value{Raw: raw, Low: m.folded(raw)}
}

func ascii(b []byte) bool {
	for len(b) >= 8 {
		if (b[0]|b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7])&0x80 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// shape finds what is known of the record's shape, or works it out.
func (m *Matcher) shape(rec *evtx.Record) *shape {
	of := rec.Shape()
	id := of.ID()
	var s *shape
	if id >= 0 && id < len(m.shapes) {
		s = m.shapes[id]
	}
	if s == nil || s.of != of {
		s = m.learn(of)
		if id >= 0 && m.kept < maxShapes {
			for id >= len(m.shapes) {
				m.shapes = append(m.shapes, nil)
			}
			if m.shapes[id] == nil {
				m.kept++
			}
			m.shapes[id] = s
		}
	}
	if s.event < 0 {
		return s
	}
	return m.typed(rec, s)
}

// typed finds the variant of a shape for the record's EventType, which decides
// whether Sysmon's event 12 is an addition or a removal.
func (m *Matcher) typed(rec *evtx.Record, s *shape) *shape {
	m.got = rec.Select(m.got, []int{s.event})
	if known := s.byType[string(m.got[0].Text)]; known != nil {
		return known
	}
	word := string(m.got[0].Text)
	variant := m.build(s.of, word)
	if len(s.byType) < 16 { // Sysmon knows four
		s.byType[word] = variant
	}
	return variant
}

func (m *Matcher) learn(of *evtx.Shape) *shape {
	if of.EventID() == 12 {
		if i := of.Lookup("EventType"); i >= 0 {
			return &shape{of: of, event: i, byType: map[string]*shape{}}
		}
	}
	return m.build(of, "")
}

// build asks the engine for the rules of a shape.
func (m *Matcher) build(of *evtx.Shape, eventType string) *shape {
	id := int(of.EventID())
	s := &shape{of: of, event: -1, fixed: []sigma.Field{{Name: "EventID", Value: strconv.Itoa(id)}, {Name: "Channel", Value: of.Channel()}, {Name: "Provider_Name", Value: of.Provider()}}}
	sources := sigma.WindowsSources(nil, of.Channel(), of.Provider(), id, eventType)
	for i, f := range of.Fields() {
		if name := Name(f.Name); !isFixed(name) {
			s.names, s.place = append(s.names, name), append(s.place, place{field: i})
		}
	}
	for _, source := range sources {
		s.rename(source.Service, id)
	}
	s.engine = m.engine.Shape(sources, s.names, s.fixed)
	s.choose()
	return s
}

// Name is the name under which rules ask for a field of package evtx.
func Name(name string) string { return strings.TrimPrefix(name, "Security_") }

func isFixed(name string) bool {
	return name == "EventID" || name == "Channel" || name == "Provider_Name"
}

func (s *shape) rename(service string, id int) {
	have := map[string]bool{}
	for _, name := range s.names {
		have[name] = true
	}
	for i, name := range s.names {
		if r, ok := sigma.WindowsField(service, name, id); ok && !have[r.To] {
			have[r.To] = true
			s.names, s.place = append(s.names, r.To), append(s.place, place{s.place[i].field, r.Hex})
		}
	}
}

// choose notes which fields are read.
func (s *shape) choose() {
	needs := s.engine.Needs()
	where := map[int]int{}
	s.at = make([]int, len(s.names))
	for i := range s.names {
		s.at[i] = -1
		if needs[i] == sigma.NeedNothing {
			continue
		}
		field := s.place[i].field
		at, known := where[field]
		if !known {
			at = len(s.reads)
			where[field] = at
			s.reads = append(s.reads, field)
		}
		s.at[i] = at
	}
}
