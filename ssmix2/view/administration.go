package view

import "github.com/torideproject/toride/hl7"

// Administration is an order of RAS^O17 with what was given for it. Without any
// Dose nothing was given, or nothing was recorded: the message does not tell.
type Administration struct {
	Order    Order     `json:"order,omitzero"`
	Doses    []Dose    `json:"doses,omitempty"`
	Timings  []Timing  `json:"timings,omitempty"`
	Findings []Result  `json:"findings,omitempty"`
	Notes    []Text    `json:"notes,omitempty"`
	Ordered  []Segment `json:"ordered,omitempty"` // RXO, RXE and RXC, as sent
}

// Outcome says what became of a dose.
type Outcome string

// The outcomes. Unstated: the sender says nothing in RXA-20, which is not the
// same as given.
const (
	Given    Outcome = "given"
	Partial  Outcome = "partial"
	Refused  Outcome = "refused"
	NotGiven Outcome = "not_given"
	Unstated Outcome = "unstated"
)

// Dose is an RXA segment.
type Dose struct {
	Life    Life     `json:"life"`
	Outcome Outcome  `json:"outcome"` // of RXA-20, table 0322
	Status  Text     `json:"status,omitzero"`
	Start   Time     `json:"start,omitzero"`
	End     Time     `json:"end,omitzero"`
	Drug    Coded    `json:"drug,omitzero"`
	Amount  Quantity `json:"amount,omitzero"`
	Form    Coded    `json:"form,omitzero"`
	Remarks []Coded  `json:"remarks,omitempty"` // RXA-9
	By      Person   `json:"by,omitzero"`
	Place   Place    `json:"place,omitzero"`
	Rate    Text     `json:"rate,omitzero"` // RXA-12
	Lot     Text     `json:"lot,omitzero"`
	Expiry  Time     `json:"expiry,omitzero"`
	Refusal []Coded  `json:"refusal,omitempty"` // RXA-18
	Action  Text     `json:"action,omitzero"`   // RXA-21: A, D, U
	Entered Time     `json:"entered,omitzero"`  // RXA-22
	Routes  []Route  `json:"routes,omitempty"`
}

// AdministrationsOf reads RAS^O17. RXR belongs to all RXA since the one before,
// as one route is sent for several drugs.
func AdministrationsOf(m *hl7.Message) (out []Administration) {
	first := 0 // the first dose that has no route yet
	for s := range m.Segments() {
		id := s.ID()
		if id == "ORC" {
			out, first = append(out, Administration{Order: order(s)}), 0
			continue
		}
		if id == "RXA" && len(out) == 0 {
			out = append(out, Administration{Order: Order{Life: Live}})
		}
		if len(out) == 0 {
			continue
		}
		a := &out[len(out)-1]
		switch id {
		case "RXA":
			if n := len(a.Doses); n > 0 && len(a.Doses[n-1].Routes) > 0 {
				first = n
			}
			a.Doses = append(a.Doses, dose(s))
		case "RXR":
			r := route(s)
			for i := first; i < len(a.Doses); i++ {
				a.Doses[i].Routes = append(a.Doses[i].Routes, r)
			}
		case "TQ1":
			a.Timings = append(a.Timings, timing(s))
		case "OBX":
			a.Findings = append(a.Findings, result(s))
		case "NTE":
			a.Notes = append(a.Notes, text(s, 3))
		case "RXO", "RXE", "RXC":
			a.Ordered = append(a.Ordered, generic(s))
		}
	}
	return out
}

func dose(s hl7.Segment) Dose {
	d := Dose{Life: Live, Outcome: Unstated, Start: when(s, 3), End: when(s, 4), Drug: coded(s, 5), Amount: amount(s, 6, 7), Form: coded(s, 8),
		Remarks: codes(s, 9), By: person(s, 10), Place: place(s, 11), Rate: text(s, 12), Lot: text(s, 15), Expiry: when(s, 16), Refusal: codes(s, 18),
		Status: word(s, 20), Action: word(s, 21), Entered: when(s, 22)}
	switch d.Status.Text {
	case "CP":
		d.Outcome = Given
	case "PA":
		d.Outcome = Partial
	case "RE":
		d.Outcome = Refused
	case "NA":
		d.Outcome = NotGiven
	}
	if d.Action.Text == "D" {
		d.Life = Deleted
	}
	return d
}
