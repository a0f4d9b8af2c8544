package view

import "github.com/torideproject/toride/hl7"

// Result is an OBX segment.
type Result struct {
	// Life is Deleted for OBX-11 D and Mistaken for W (posted wrongly, such as
	// for another patient): hide such a value and say that there was one.
	Life   Life    `json:"life"`
	Stage  Stage   `json:"stage"`
	Item   Coded   `json:"item,omitzero"`    // OBX-3
	Group  Text    `json:"group,omitzero"`   // OBX-4: items of one group belong together
	Type   Text    `json:"type,omitzero"`    // OBX-2
	Values []Value `json:"values,omitempty"` // OBX-5; none: nothing was written
	Unit   Coded   `json:"unit,omitzero"`    // OBX-6, never converted
	Range  Text    `json:"range,omitzero"`   // OBX-7, as sent
	Flags  []Coded `json:"flags,omitempty"`  // OBX-8, table 0078
	Status Text    `json:"status,omitzero"`  // OBX-11, table 0085
	At     Time    `json:"at,omitzero"`      // OBX-14
	By     Person  `json:"by,omitzero"`      // OBX-16
	Method Coded   `json:"method,omitzero"`  // OBX-17
	Notes  []Text  `json:"notes,omitempty"`
}

// Stage says how final a result is, from OBX-11.
type Stage string

// The stages. Unsaid: OBX-11 is missing, which is not final.
const (
	Unsaid      Stage = "unsaid"
	Ordered     Stage = "ordered"     // O: asked for, no result
	Pending     Stage = "pending"     // I: in the laboratory
	Preliminary Stage = "preliminary" // P, R, S, N
	Final       Stage = "final"       // F, U
	Corrected   Stage = "corrected"   // C
	Impossible  Stage = "impossible"  // X: there will be none
	Withdrawn   Stage = "withdrawn"   // D, W
)

func stageOf(status string) Stage {
	switch status {
	case "O":
		return Ordered
	case "I":
		return Pending
	case "P", "R", "S", "N":
		return Preliminary
	case "F", "U":
		return Final
	case "C":
		return Corrected
	case "X":
		return Impossible
	case "D", "W":
		return Withdrawn
	}
	return Unsaid
}

// Value is one repetition of OBX-5, read by the type of OBX-2. Show is what to
// show; a text that a sender wrote with delimiters in it keeps them.
type Value struct {
	From
	Show   string  `json:"show,omitempty"`
	Coded  *Coded  `json:"coded,omitempty"`  // CWE, CE, CNE, ZRD
	Number *Number `json:"number,omitempty"` // SN
	Time   *Time   `json:"time,omitempty"`   // TS, DT, DTM
	Person *Person `json:"person,omitempty"` // XCN
}

// Number is a structured number as sent, not converted to a machine's. What has
// the type NM is in Show alone.
type Number struct {
	Comparator string `json:"comparator,omitempty"`
	First      string `json:"first,omitempty"`
	Separator  string `json:"separator,omitempty"`
	Second     string `json:"second,omitempty"`
}

func result(s hl7.Segment) Result {
	r := Result{Life: Live, Item: item(s), Group: text(s, 4), Type: word(s, 2), Unit: coded(s, 6), Range: text(s, 7), Flags: codes(s, 8), Status: word(s, 11),
		At: when(s, 14), By: person(s, 16), Method: coded(s, 17)}
	r.Stage = stageOf(r.Status.Text)
	switch r.Status.Text {
	case "D":
		r.Life = Deleted
	case "W":
		r.Life = Mistaken
	}
	switch v := s.Field(5); v.State() {
	case hl7.Present:
		r.Values = list(s, 5, func(rep int, v hl7.Value) Value { return value(from(s, 5, rep, v), r.Type.Text, v) })
	case hl7.Null:
		r.Values = []Value{{From: from(s, 5, 1, v)}}
	}
	return r
}

// item is OBX-3, whose parts real files divide by & to say of what the text
// is (9A100&IMP, R 振幅&V5): both stay in the text.
func item(s hl7.Segment) Coded {
	c := coded(s, 3)
	if t := s.Field(3).Comp(2); c.Text != "" && t.Sub(2).Has() && c.Display == c.Text {
		c.Display = t.All()
	}
	return c
}

func value(f From, kind string, v hl7.Value) Value {
	out := Value{From: f}
	switch kind {
	case "CWE", "CE", "CNE", "ZRD":
		c := codedOf(f, hl7.CWEOf(v))
		out.Coded, out.Show = &c, c.Display
		c.Raw = ""
		if kind == "ZRD" {
			out.Show = v.All() // code, text and an amount: only the whole says it
		}
	case "SN":
		n := hl7.SNOf(v)
		out.Number, out.Show = &Number{n.Comparator, n.Num1, n.Separator, n.Num2}, n.String()
		if out.Show == "" {
			out.Show = v.All()
		}
	case "TS", "DT", "DTM":
		t := timeOf(f, hl7.TimeOf(v))
		t.Raw = ""
		out.Time, out.Show = &t, v.Text()
	case "XCN":
		p := hl7.XCNOf(v)
		out.Person, out.Show = &Person{From: From{At: f.At, State: f.State}, ID: p.ID, Name: p.Display()}, p.Display()
	default:
		out.Show = v.All()
	}
	return out
}

// Show joins the values for people; "" where nothing was written.
func (r *Result) Show() string {
	switch len(r.Values) {
	case 0:
		return ""
	case 1:
		return r.Values[0].Show
	}
	out := r.Values[0].Show
	for _, v := range r.Values[1:] {
		out += "\n" + v.Show
	}
	return out
}
