package view

import "github.com/torideproject/toride/hl7"

// Allergy is an AL1 or IAM segment.
type Allergy struct {
	Source    string `json:"source"` // AL1 or IAM
	Life      Life   `json:"life"`
	Kind      Coded  `json:"kind,omitzero"` // table 0127: DA drug, FA food, …
	Allergen  Coded  `json:"allergen,omitzero"`
	Severity  Coded  `json:"severity,omitzero"`
	Reactions []Text `json:"reactions,omitempty"`
	Action    Coded  `json:"action,omitzero"` // IAM-6: A, D, U, X
	Reason    Text   `json:"reason,omitzero"` // IAM-8
	Nature    Coded  `json:"nature,omitzero"` // IAM-9: adverse reaction, allergy, contraindication, intolerance
	Onset     Time   `json:"onset,omitzero"`
	OnsetText Text   `json:"onset_text,omitzero"`
	Reported  Time   `json:"reported,omitzero"`
	Informant Text   `json:"informant,omitzero"`
	Relation  Coded  `json:"relation,omitzero"`
	// Status is IAM-17: U unconfirmed, P pending, S suspect, C confirmed, I
	// confirmed but inactive, E erroneous, D doubt raised.
	Status    Coded  `json:"status,omitzero"`
	Confirmed Person `json:"confirmed,omitzero"`
}

// AllergiesOf reads the AL1 and IAM segments in their order. One that was
// deleted (IAM-6 D) or found erroneous (IAM-17 E) is in the list with that
// Life. An empty list says nothing about the patient: only that this message
// names none.
func AllergiesOf(m *hl7.Message) (out []Allergy) {
	for s := range m.Segments() {
		switch s.ID() {
		case "AL1":
			out = append(out, Allergy{Source: "AL1", Life: Live, Kind: coded(s, 2), Allergen: coded(s, 3), Severity: coded(s, 4), Reactions: texts(s, 5), Onset: when(s, 6)})
		case "IAM":
			a := Allergy{Source: "IAM", Life: Live, Kind: coded(s, 2), Allergen: coded(s, 3), Severity: coded(s, 4), Reactions: texts(s, 5), Action: coded(s, 6),
				Reason: text(s, 8), Nature: coded(s, 9), Onset: when(s, 11), OnsetText: text(s, 12), Reported: when(s, 13), Informant: text(s, 14),
				Relation: coded(s, 15), Status: coded(s, 17), Confirmed: person(s, 18)}
			switch {
			case a.Status.Code == "E":
				a.Life = Mistaken
			case a.Action.Code == "D":
				a.Life = Deleted
			}
			out = append(out, a)
		}
	}
	return out
}
