package hl7

import "strings"

// Script is how a name is written (XPN-8).
type Script string

// The scripts. Names that do not say are told by their characters.
const (
	Ideographic Script = "I" // kanji
	Phonetic    Script = "P" // kana
	Alphabetic  Script = "A"
)

// XPN is one way to write a person's name.
type XPN struct {
	Family, Given, Middle, Suffix, Prefix string
	Kind                                  string // XPN-7: L legal
	Script                                Script // as the sender says; "" where he does not
}

// XPNOf reads one repetition of a name.
func XPNOf(v Value) XPN {
	var c [8]string
	v.comps(c[:])
	return XPN{Family: c[0], Given: c[1], Middle: c[2], Suffix: c[3], Prefix: c[4], Kind: c[6], Script: Script(c[7])}
}

// Full is family and given name with an ideographic space between them. A
// name that the sender put whole into one component is given as it is.
func (n XPN) Full() string { return join(n.Family, n.Given, n.Middle) }

func join(parts ...string) string {
	out := ""
	for _, p := range parts {
		switch {
		case p == "":
		case out == "":
			out = p
		default:
			out += "　" + p
		}
	}
	return out
}

// IsZero reports whether there is no name.
func (n XPN) IsZero() bool { return n.Family == "" && n.Given == "" && n.Middle == "" }

// Names picks the name for reading (kanji, or what comes nearest) and the
// kana from the repetitions of a name field. Where no repetition says which
// it is, the characters decide.
func Names(field Value) (kanji, kana XPN) {
	for v := range field.Reps() {
		n := XPNOf(v)
		if n.IsZero() {
			continue
		}
		switch script := n.script(); {
		case script == Phonetic && kana.IsZero():
			kana = n
		case script == Ideographic && (kanji.IsZero() || kanji.script() != Ideographic):
			kanji = n
		case script == Alphabetic && kanji.IsZero():
			kanji = n
		}
	}
	return kanji, kana
}

// Alphabet is the name in Latin letters, the zero XPN if there is none.
func Alphabet(field Value) XPN {
	for v := range field.Reps() {
		if n := XPNOf(v); !n.IsZero() && n.script() == Alphabetic {
			return n
		}
	}
	return XPN{}
}

// script is what the sender says or what the characters say.
func (n XPN) script() Script {
	switch n.Script {
	case Ideographic, Phonetic, Alphabetic:
		return n.Script
	}
	kana, latin := true, true
	for _, r := range n.Family + n.Given {
		if r == ' ' || r == '　' {
			continue
		}
		kana = kana && (r >= 0x3041 && r <= 0x30FF || r >= 0xFF66 && r <= 0xFF9F)
		latin = latin && (r < 0x250 || r >= 0xFF21 && r <= 0xFF5A)
	}
	switch {
	case kana:
		return Phonetic
	case latin:
		return Alphabetic
	}
	return Ideographic
}

// XCN is a member of staff: an ID and a name.
type XCN struct {
	ID     string
	Name   XPN
	Degree string
}

// XCNOf reads one repetition. Both forms that are in use are understood:
// family and given name apart, or the whole name in the second component.
func XCNOf(v Value) XCN {
	var c [15]string
	v.comps(c[:])
	return XCN{ID: c[0], Degree: c[6], Name: XPN{Family: c[1], Given: c[2], Middle: c[3], Suffix: c[4], Prefix: c[5], Kind: c[9], Script: Script(c[14])}}
}

// Display is the name, else the ID.
func (x XCN) Display() string {
	if !x.Name.IsZero() {
		return x.Name.Full()
	}
	return x.ID
}

// Staff picks the person from a field whose repetitions are the same person
// in kanji and kana: the first that is not phonetic, with the ID of any.
func Staff(field Value) XCN {
	var out XCN
	for v := range field.Reps() {
		x := XCNOf(v)
		id := out.ID
		if out.Name.IsZero() || (out.Name.script() == Phonetic && !x.Name.IsZero() && x.Name.script() != Phonetic) {
			out = x
		}
		if out.ID == "" {
			out.ID = id
		}
		if out.ID == "" {
			out.ID = x.ID
		}
	}
	return out
}

// PL is a place: ward, room and bed of an inpatient, or a department.
type PL struct {
	Ward, Room, Bed string
	Facility        string
	Kind            string // PL-6: N ward, C clinic, D department
	Building, Floor string
	Description     string
}

// PLOf reads a place.
func PLOf(v Value) PL {
	var c [9]string
	v.comps(c[:])
	return PL{Ward: c[0], Room: c[1], Bed: c[2], Facility: c[3], Kind: c[5], Building: c[6], Floor: c[7], Description: c[8]}
}

// XAD is an address. Japanese senders put all but the postcode in Whole.
type XAD struct {
	Street, Other, City, Prefecture, Postcode, Country string
	Kind                                               string // H home, B business
	Whole                                              string // XAD-8
}

// XADOf reads one repetition of an address.
func XADOf(v Value) XAD {
	var c [8]string
	v.comps(c[:])
	return XAD{Street: c[0], Other: c[1], City: c[2], Prefecture: c[3], Postcode: c[4], Country: c[5], Kind: c[6], Whole: c[7]}
}

// Display is the address in one line, without the postcode.
func (a XAD) Display() string {
	if a.Whole != "" {
		return a.Whole
	}
	return a.Prefecture + a.City + a.Street + a.Other
}

// XTN is a telephone number or another way to reach someone.
type XTN struct {
	Use       string // PRN home, WPN work, EMR emergency
	Equipment string // PH telephone, CP mobile, FX fax
	Mail      string
	Number    string
}

// XTNOf reads one repetition. The number is the free one of XTN-12, else the
// one of XTN-1, else what the parts give.
func XTNOf(v Value) XTN {
	var c [12]string
	v.comps(c[:])
	x := XTN{Use: c[1], Equipment: c[2], Mail: c[3], Number: c[11]}
	if x.Number == "" {
		x.Number = c[0]
	}
	if x.Number == "" {
		x.Number = strings.Trim(strings.Join([]string{c[5], c[6]}, "-"), "-")
	}
	return x
}

// CX is an identifier with its kind (PI: patient's number in the hospital).
type CX struct {
	ID, Check, CheckScheme, Authority, Kind string
}

// CXOf reads one repetition of an identifier.
func CXOf(v Value) CX {
	var c [5]string
	v.comps(c[:])
	return CX{ID: c[0], Check: c[1], CheckScheme: c[2], Authority: c[3], Kind: c[4]}
}

// PatientID picks the patient's number from PID-3: the repetition of kind PI,
// else the first that has an ID.
func PatientID(field Value) string {
	first := ""
	for v := range field.Reps() {
		x := CXOf(v)
		if x.Kind == "PI" && x.ID != "" {
			return x.ID
		}
		if first == "" {
			first = x.ID
		}
	}
	return first
}
