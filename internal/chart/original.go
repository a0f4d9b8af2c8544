package chart

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

// Segment is a segment of an original with the names of its fields.
type Segment struct {
	Number int // from 1
	ID     string
	Name   string
	Fields []Field
	More   int // fields that were left out for their number
}

// Field is one repetition of a field that holds something.
type Field struct {
	Place string // PID-5, and PID-5 (2) for a second repetition
	Name  string
	Null  bool // two double quotes: the sender says that there is none
	Parts []Piece
	Raw   string // as sent, where the parts do not say the same
	// Meaning is what a code means that stands alone, by the tables of package
	// view; "" where the sender gave words, or the table does not know it.
	Meaning string
	At      bool   // the place that was asked for
	Other   bool   // the version beside it has another value here, or none
	ID      string // of the element, "at" for the first such place
}

// Piece is a component that holds something; Number 0 is the whole field.
type Piece struct {
	Number int
	Text   string
}

// Place is a place in a message as package view writes it: segment-field~rep,
// the segment counted from 0.
type Place struct{ segment, field, rep int }

// parsePlace reads 2-5~1; ok is false for what is none, such as a path of FHIR.
func parsePlace(s string) (p Place, ok bool) {
	seg, rest, cut := strings.Cut(s, "-")
	if !cut {
		return Place{}, false
	}
	field, rep, hasRep := strings.Cut(rest, "~")
	var err1, err2, err3 error
	p.segment, err1 = strconv.Atoi(seg)
	p.field, err2 = strconv.Atoi(field)
	if hasRep {
		p.rep, err3 = strconv.Atoi(rep)
	}
	return p, err1 == nil && err2 == nil && err3 == nil && p.segment >= 0 && p.field >= 0 && p.rep >= 0
}

// What a page of an original shows at most; the file holds everything.
const (
	maxValues     = 450  // on one side; the segment that goes beyond is whole
	maxFieldText  = 2000 // bytes of one component
	maxFieldCount = 120  // of one segment
	maxJSON       = 90_000
)

// segments arranges a message for reading, from a segment on; left is how many
// stand behind the last one shown. at is highlighted.
func segments(m *hl7.Message, from int, at Place, hasAt bool, lang text.Lang) (out []Segment, left int) {
	known := fieldNames(lang)
	marked, values := false, 0
	for i := from; i < m.Len() && values < maxValues; i++ {
		s := m.Segment(i)
		seg := Segment{Number: i + 1, ID: s.ID(), Name: known.of(s.ID(), 0)}
		for n, v := range s.Fields() {
			if len(seg.Fields) >= maxFieldCount {
				seg.More++
				continue
			}
			for r, field := range repetitions(s.ID(), n, v) {
				field.Place, field.Name = s.ID()+"-"+strconv.Itoa(n), known.of(s.ID(), n)
				field.Meaning = meaning(s.ID(), n, &field, lang)
				if r > 0 {
					field.Place += " (" + strconv.Itoa(r+1) + ")"
				}
				field.At = hasAt && i == at.segment && n == at.field && (at.rep == 0 || at.rep == r+1)
				if field.At && !marked {
					field.ID, marked = "at", true
				}
				seg.Fields = append(seg.Fields, field)
				values++
			}
		}
		out = append(out, seg)
	}
	return out, max(0, m.Len()-from-len(out))
}

// repetitions reads a field that holds something; none for one that does not.
func repetitions(segment string, n int, v hl7.Value) []Field {
	switch v.State() {
	case hl7.Null:
		return []Field{{Null: true, Raw: v.Raw()}}
	case hl7.Present:
	default:
		return nil
	}
	if segment == "MSH" && n <= 2 { // the delimiters themselves
		return []Field{{Parts: []Piece{{Text: v.Raw()}}}}
	}
	var out []Field
	for rep := range v.Reps() {
		f := Field{}
		for c := 1; c <= maxComps; c++ {
			comp := rep.Comp(c)
			if comp.State() == hl7.Absent {
				break
			}
			if comp.Has() {
				f.Parts = append(f.Parts, Piece{Number: c, Text: cut(comp.All())})
			}
		}
		if len(f.Parts) == 1 && f.Parts[0].Number == 1 {
			f.Parts[0].Number = 0
		}
		if len(f.Parts) > 1 || len(f.Parts) == 1 && f.Parts[0].Text != rep.Raw() {
			f.Raw = cut(rep.Raw())
		}
		out = append(out, f)
	}
	return out
}

// meaning looks a code up that was sent without words.
func meaning(segment string, n int, f *Field, lang text.Lang) string {
	table := codeTable(segment + "-" + strconv.Itoa(n))
	if table == "" || len(f.Parts) != 1 || f.Parts[0].Number > 1 {
		return ""
	}
	ja, en, ok := view.TableName(table, f.Parts[0].Text)
	if !ok {
		return ""
	}
	if lang == text.EN {
		return en
	}
	return ja
}

// codeTable is the HL7 table of a field (version 2.5), "" for fields without
// one that matters here.
func codeTable(place string) string {
	switch place {
	case "PID-8":
		return "0001"
	case "PV1-2":
		return "0004"
	case "PV1-10":
		return "0069"
	case "PV1-36":
		return "0112"
	case "ORC-1":
		return "0119"
	case "ORC-5":
		return "0038"
	case "OBX-8":
		return "0078"
	case "OBX-11":
		return "0085"
	case "AL1-2", "IAM-2":
		return "0127"
	case "AL1-4", "IAM-4":
		return "0128"
	case "IAM-6", "RXA-21":
		return "0323"
	case "IAM-9":
		return "0436"
	case "IAM-17":
		return "0438"
	case "PRB-1":
		return "0287"
	case "PRB-14":
		return "0241"
	case "RXR-1":
		return "0162"
	case "RXC-1":
		return "0166"
	case "RXA-20":
		return "0322"
	case "ORC-29":
		return "0482"
	}
	return ""
}

// compare marks what differs between two versions, apart from when they were
// sent.
func compare(a, b []Segment) {
	mark := func(list []Segment, known map[string]int) {
		for i := range list {
			for k := range list[i].Fields {
				f := &list[i].Fields[k]
				if key := f.key(); known[key] > 0 {
					known[key]--
				} else if f.Place != "MSH-7" && f.Place != "MSH-10" {
					f.Other = true
				}
			}
		}
	}
	inA, inB := counted(a), counted(b)
	mark(a, inB)
	mark(b, inA)
}

func counted(list []Segment) map[string]int {
	out := map[string]int{}
	for i := range list {
		for k := range list[i].Fields {
			out[list[i].Fields[k].key()]++
		}
	}
	return out
}

func (f *Field) key() string {
	key := f.Place
	for _, p := range f.Parts {
		key += "\x00" + strconv.Itoa(p.Number) + "\x01" + p.Text
	}
	return key
}

// maxComps is more components than any type of HL7 has.
const maxComps = 60

// cut shortens a text at a character's border and says so by an ellipsis.
func cut(s string) string {
	if len(s) <= maxFieldText {
		return s
	}
	n := maxFieldText
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}

// prettyJSON indents a resource; what is no JSON is given as it is. whole is
// false where the end was left out.
func prettyJSON(data []byte) (out string, whole bool) {
	var b bytes.Buffer
	if json.Indent(&b, data, "", "  ") != nil {
		b.Reset()
		b.Write(data)
	}
	if b.Len() <= maxJSON {
		return b.String(), true
	}
	return strings.ToValidUTF8(string(b.Bytes()[:maxJSON]), ""), false
}

// around cuts a resource into what stands before, in and behind the element
// that a path begins with (valueQuantity of valueQuantity.value, component of
// component[1]). in is "" where there is none.
func around(indented, path string) (before, in, behind string) {
	name := path
	if i := strings.IndexAny(path, ".["); i >= 0 {
		name = path[:i]
	}
	from := strings.Index(indented, "\n  "+strconv.Quote(name)+":")
	if name == "" || from < 0 {
		return indented, "", ""
	}
	from++
	to := len(indented)
	for _, end := range []string{"\n  \"", "\n}"} {
		if i := strings.Index(indented[from:], end); i >= 0 {
			to = min(to, from+i+1)
		}
	}
	return indented[:from], indented[from:to], indented[to:]
}

// problems puts what is wrong with a message's bytes into words.
func problems(m *hl7.Message) []text.Msg {
	list, more := m.Problems()
	count := map[hl7.ProblemKind]int{}
	var order []hl7.ProblemKind
	for _, p := range list {
		if count[p.Kind] == 0 {
			order = append(order, p.Kind)
		}
		count[p.Kind]++
	}
	var out []text.Msg
	for _, k := range order {
		out = append(out, text.M("chart.original.problem."+problemCode(k), count[k]))
	}
	if more > 0 {
		out = append(out, text.M("chart.original.problem.more", more))
	}
	return out
}

// problemCode is the stable end of a problem's key.
func problemCode(k hl7.ProblemKind) string {
	codes := [...]string{hl7.Undecodable: "undecodable", hl7.OpenKanji: "open_kanji", hl7.EightBit: "eight_bit", hl7.Gaiji: "gaiji", hl7.NoHeader: "no_header", hl7.OtherHeader: "other_header",
		hl7.Continued: "continued", hl7.Junk: "junk", hl7.Padding: "padding", hl7.OverLimit: "over_limit", hl7.OtherCharset: "other_charset"}
	if int(k) < len(codes) && codes[k] != "" {
		return codes[k]
	}
	return "other"
}
