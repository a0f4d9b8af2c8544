package view

import "github.com/torideproject/toride/hl7"

// Meal is one order of OMD^O03. Hospitals write meals at discharge only, some
// of them: an absent order does not mean that there is no diet.
type Meal struct {
	Life     Life     `json:"life"`
	Order    Order    `json:"order,omitzero"`
	Timings  []Timing `json:"timings,omitempty"`
	Diets    []Diet   `json:"diets,omitempty"`
	Findings []Result `json:"findings,omitempty"`
	Notes    []Text   `json:"notes,omitempty"`
}

// Diet is an ODS or ODT segment.
type Diet struct {
	Segment string  `json:"segment"`           // ODS diet, ODT tray
	Kind    Text    `json:"kind,omitzero"`     // ODS-1: D diet, S supplement, P preference; ODT-1 the kind of tray
	Service []Coded `json:"service,omitempty"` // at which meals
	Codes   []Coded `json:"codes,omitempty"`   // ODS-3
	Texts   []Text  `json:"texts,omitempty"`   // ODS-4, ODT-3
	Notes   []Text  `json:"notes,omitempty"`
}

// MealsOf reads the orders of OMD^O03.
func MealsOf(m *hl7.Message) (out []Meal) {
	for s := range m.Segments() {
		id := s.ID()
		if id == "ORC" {
			o := order(s)
			out = append(out, Meal{Life: o.Life, Order: o})
			continue
		}
		if len(out) == 0 {
			if id != "ODS" && id != "ODT" {
				continue
			}
			out = append(out, Meal{Life: Live})
		}
		out[len(out)-1].add(s)
	}
	return out
}

func (a *Meal) add(s hl7.Segment) {
	switch s.ID() {
	case "TQ1":
		a.Timings = append(a.Timings, timing(s))
	case "ODS":
		a.Diets = append(a.Diets, Diet{Segment: "ODS", Kind: word(s, 1), Service: codes(s, 2), Codes: codes(s, 3), Texts: texts(s, 4)})
	case "ODT":
		a.Diets = append(a.Diets, Diet{Segment: "ODT", Kind: text(s, 1), Service: codes(s, 2), Texts: texts(s, 3)})
	case "OBX":
		a.Findings = append(a.Findings, result(s))
	case "NTE":
		if n := len(a.Diets); n > 0 {
			a.Diets[n-1].Notes = append(a.Diets[n-1].Notes, text(s, 3))
			return
		}
		a.Notes = append(a.Notes, text(s, 3))
	}
}
