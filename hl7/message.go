package hl7

import (
	"bytes"
	"iter"
	"slices"
	"strings"
)

// Message is one message that was read. The zero value is empty; Decoder
// fills it, as often as wanted.
type Message struct {
	raw      []byte
	text     string
	segs     []span
	ends     []uint32 // where each field ends in text, all segments in a row
	d        Delimiters
	cs       Charset
	problems []Problem
	lost     int
	tail     int // where the bytes behind the last segment begin in raw
}

// span is where a segment stands.
type span struct {
	rawFrom, rawTo uint32 // in raw, without the terminator
	from           uint32 // in text
	first, count   uint32 // its fields in ends; the first one is the ID
}

// Bytes is the input as it was given.
func (m *Message) Bytes() []byte { return m.raw }

// Delimiters are those of MSH-1 and MSH-2.
func (m *Message) Delimiters() Delimiters { return m.d }

// Charset is the charset that was found, or that Options prescribed.
func (m *Message) Charset() Charset { return m.cs }

// Declared is the charset that MSH-18 names; Auto: none that is known.
func (m *Message) Declared() Charset { return declared(m.First("MSH").Field(18).Raw()) }

// Problems lists what was wrong, in order of discovery, at most MaxProblems;
// more is how many further ones there were. The slice is the message's own.
func (m *Message) Problems() (list []Problem, more int) { return m.problems, m.lost }

// Clean reports whether there was no problem at all.
func (m *Message) Clean() bool { return len(m.problems) == 0 }

// Len is the number of segments.
func (m *Message) Len() int { return len(m.segs) }

// Segment is the i-th segment, i from 0; the zero Segment if there is none.
func (m *Message) Segment(i int) Segment {
	if i < 0 || i >= len(m.segs) {
		return Segment{}
	}
	return Segment{m, i}
}

// Segments yields all segments in order.
func (m *Message) Segments() iter.Seq[Segment] {
	return func(yield func(Segment) bool) {
		for i := range m.segs {
			if !yield(Segment{m, i}) {
				return
			}
		}
	}
}

// All yields the segments with an ID, in order.
func (m *Message) All(id string) iter.Seq[Segment] {
	return func(yield func(Segment) bool) {
		for i := range m.segs {
			if s := (Segment{m, i}); s.ID() == id && !yield(s) {
				return
			}
		}
	}
}

// First is the first segment with an ID; the zero Segment if there is none.
func (m *Message) First(id string) Segment {
	for i := range m.segs {
		if s := (Segment{m, i}); s.ID() == id {
			return s
		}
	}
	return Segment{}
}

// Type is MSH-9: message, trigger and structure, ADT, A08 and ADT_A01. What
// the sender left out is "".
func (m *Message) Type() (message, trigger, structure string) {
	v := m.First("MSH").Field(9)
	return v.Comp(1).Text(), v.Comp(2).Text(), v.Comp(3).Text()
}

// Text is the whole message in UTF-8, a line feed behind every segment.
func (m *Message) Text() string {
	var b strings.Builder
	b.Grow(len(m.text) + len(m.segs))
	for s := range m.Segments() {
		b.WriteString(s.Raw())
		b.WriteByte('\n')
	}
	return b.String()
}

// Clone is a copy that shares nothing with m but the input's bytes and the
// immutable text.
func (m *Message) Clone() *Message {
	out := *m
	out.segs, out.ends, out.problems = slices.Clone(m.segs), slices.Clone(m.ends), slices.Clone(m.problems)
	return &out
}

// Reset empties m and keeps its memory for the next message.
func (m *Message) Reset() {
	*m = Message{segs: m.segs[:0], ends: m.ends[:0], problems: m.problems[:0]}
}

// Segment is one segment of a Message. The zero Segment has no fields.
type Segment struct {
	m *Message
	i int
}

// There reports whether s is a segment of a message: First and Segment give
// the zero Segment where there is none.
func (s Segment) There() bool { return s.m != nil }

// Index is the segment's number in its message, from 0; -1 for the zero
// Segment.
func (s Segment) Index() int {
	if s.m == nil {
		return -1
	}
	return s.i
}

// Message is the message that s belongs to; nil for the zero Segment.
func (s Segment) Message() *Message { return s.m }

// Next is the segment behind s; the zero Segment at the end.
func (s Segment) Next() Segment {
	if s.m == nil {
		return s
	}
	return s.m.Segment(s.i + 1)
}

// ID is the segment's name, "PID".
func (s Segment) ID() string {
	if s.m == nil {
		return ""
	}
	at := &s.m.segs[s.i]
	return s.m.text[at.from:s.m.ends[at.first]]
}

// Raw is the segment's text in UTF-8, escapes untouched, without terminator.
func (s Segment) Raw() string {
	if s.m == nil {
		return ""
	}
	at := &s.m.segs[s.i]
	return s.m.text[at.from:s.m.ends[at.first+at.count-1]]
}

// Bytes is the segment as it stands in the input, without terminator.
func (s Segment) Bytes() []byte {
	if s.m == nil {
		return nil
	}
	at := &s.m.segs[s.i]
	return s.m.raw[at.rawFrom:at.rawTo]
}

// Offset is where the segment begins in the input, in bytes.
func (s Segment) Offset() int {
	if s.m == nil {
		return 0
	}
	return int(s.m.segs[s.i].rawFrom)
}

// NumFields is the number of the last field that was written, 0 for a segment
// of its ID alone.
func (s Segment) NumFields() int {
	if s.m == nil {
		return 0
	}
	n := int(s.m.segs[s.i].count) - 1
	if s.header() {
		n++
	}
	return n
}

// header reports whether s begins with the definition of the delimiters,
// which count as fields 1 and 2.
func (s Segment) header() bool { return headerID(s.ID()) }

func headerID(id string) bool { return id == "MSH" || id == "FHS" || id == "BHS" }

// Field is the n-th field, n from 1 as in the standard. It takes constant
// time and allocates nothing.
func (s Segment) Field(n int) Value {
	if s.m == nil || n < 1 {
		return Value{}
	}
	v := Value{d: s.m.d, cs: s.m.cs}
	at := &s.m.segs[s.i]
	if s.header() {
		if n == 1 && at.count > 1 {
			end := s.m.ends[at.first]
			return Value{s: s.m.text[end : end+1], level: SubLevel, there: true}
		}
		if n--; n == 1 { // the encoding characters stand for themselves
			v.level, v.d = SubLevel, Delimiters{}
		}
	}
	if n < 1 || n >= int(at.count) {
		return v
	}
	v.s, v.there = s.m.text[s.m.ends[int(at.first)+n-1]+1:s.m.ends[int(at.first)+n]], true
	return v
}

// Fields yields the fields with their numbers, those that are empty too.
func (s Segment) Fields() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		for n := 1; n <= s.NumFields(); n++ {
			if !yield(n, s.Field(n)) {
				return
			}
		}
	}
}

// segmentStart reports whether a line begins with a segment's ID: a capital
// and two capitals or digits, and then a field separator; or nothing, if the
// standard has such a segment: in free text CRP may stand on a line alone.
func segmentStart(line []byte, sep byte) bool {
	if len(line) < 3 || line[0] < 'A' || line[0] > 'Z' || !idByte(line[1]) || !idByte(line[2]) {
		return false
	}
	if len(line) == 3 {
		return line[0] == 'Z' || knownID(line)
	}
	return line[3] == sep || bytes.HasPrefix(line, []byte("MSH"))
}

// knownID reports whether three bytes are the ID of a segment that SS-MIX2 or
// chapter 2 of the standard uses.
func knownID(id []byte) bool {
	const known = "MSH SFT EVN PID PD1 ROL NK1 PV1 PV2 DB1 OBX AL1 DG1 DRG PR1 GT1 IN1 IN2 IN3 ACC UB1 UB2 PDA IAM NTE ORC TQ1 TQ2 ODS ODT OBR CTD SPM SAC " +
		"FT1 CTI BLG IPC TCD DSC INV SID PRB VAR PTH GOL RXO RXR RXC RXE RXA RXD RXG MSA ERR QRD QRF QPD RCP QAK FHS FTS BHS BTS DSP ADD"
	for i := 0; i < len(known); i += 4 {
		if known[i] == id[0] && known[i+1] == id[1] && known[i+2] == id[2] {
			return true
		}
	}
	return false
}

func idByte(c byte) bool { return c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' }
