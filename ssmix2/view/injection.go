package view

import "github.com/torideproject/toride/hl7"

// Component is an RXC segment: what is mixed into an injection.
type Component struct {
	Role     Text     `json:"role,omitzero"` // B base, A additive (table 0166)
	Drug     Coded    `json:"drug,omitzero"`
	Amount   Quantity `json:"amount,omitzero"`   // RXC-3, -4
	Strength Quantity `json:"strength,omitzero"` // RXC-5, -6
	More     []Coded  `json:"more,omitempty"`    // RXC-7
	Notes    []Text   `json:"notes,omitempty"`
}

func component(s hl7.Segment) Component {
	return Component{Role: word(s, 1), Drug: coded(s, 2), Amount: amount(s, 3, 4), Strength: amount(s, 5, 6), More: codes(s, 7)}
}
