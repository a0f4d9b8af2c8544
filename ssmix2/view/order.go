package view

import "github.com/torideproject/toride/hl7"

// Order is an ORC segment.
type Order struct {
	Life      Life   `json:"life"`
	Control   Text   `json:"control,omitzero"` // ORC-1, table 0119
	Number    Text   `json:"number,omitzero"`  // ORC-2
	Filler    Text   `json:"filler,omitzero"`  // ORC-3
	Group     Text   `json:"group,omitzero"`   // ORC-4: for drugs the number of the Rp
	Status    Text   `json:"status,omitzero"`  // ORC-5, table 0038
	Parent    Text   `json:"parent,omitzero"`  // ORC-8
	At        Time   `json:"at,omitzero"`      // ORC-9, when it was ordered
	EnteredBy Person `json:"entered_by,omitzero"`
	By        Person `json:"by,omitzero"` // ORC-12
	Place     Place  `json:"place,omitzero"`
	Effective Time   `json:"effective,omitzero"`
	Reason    Coded  `json:"reason,omitzero"`
	Dept      Coded  `json:"dept,omitzero"`
	Class     Coded  `json:"class,omitzero"` // ORC-29: I, O
}

func order(s hl7.Segment) Order {
	o := Order{Life: Live, Control: word(s, 1), Number: word(s, 2), Filler: word(s, 3), Group: word(s, 4), Status: word(s, 5), Parent: word(s, 8),
		At: when(s, 9), EnteredBy: person(s, 10), By: person(s, 12), Place: place(s, 13), Effective: when(s, 15), Reason: coded(s, 16),
		Dept: coded(s, 17), Class: coded(s, 29)}
	switch o.Control.Text {
	case "CA", "OC", "DC", "OD", "CR", "DR":
		o.Life = Cancelled
	}
	switch o.Status.Text {
	case "CA", "DC":
		o.Life = Cancelled
	case "ER":
		if o.Life == Live {
			o.Life = Mistaken
		}
	}
	return o
}

// Timing is a TQ1 segment.
type Timing struct {
	Quantity  Quantity `json:"quantity,omitzero"`  // TQ1-2
	Patterns  []Coded  `json:"patterns,omitempty"` // TQ1-3: usage, then interval or weekdays
	Duration  Quantity `json:"duration,omitzero"`  // TQ1-6
	Start     Time     `json:"start,omitzero"`
	End       Time     `json:"end,omitzero"`
	Priority  Coded    `json:"priority,omitzero"`
	Condition Text     `json:"condition,omitzero"`
	Text      Text     `json:"text,omitzero"`  // TQ1-11
	Total     Text     `json:"total,omitzero"` // TQ1-14: how often in all
}

func timing(s hl7.Segment) Timing {
	t := Timing{Quantity: quantity(s, 2), Duration: quantity(s, 6), Start: when(s, 7), End: when(s, 8), Priority: coded(s, 9), Condition: text(s, 10),
		Text: text(s, 11), Total: word(s, 14)}
	t.Patterns = list(s, 3, func(rep int, v hl7.Value) Coded {
		r := hl7.RPTOf(v)
		c := codedOf(from(s, 3, rep, v), r.Pattern)
		if c.Display == "" || r.Text != "" && r.Pattern.Text == "" {
			c.Display = r.Text
		}
		return c
	})
	return t
}

// Route is an RXR segment: how a drug gets into the body.
type Route struct {
	Way    Coded `json:"way,omitzero"`
	Site   Coded `json:"site,omitzero"`
	Device Coded `json:"device,omitzero"`
	Method Coded `json:"method,omitzero"`
	Line   Coded `json:"line,omitzero"`
	Side   Coded `json:"side,omitzero"`
}

func route(s hl7.Segment) Route {
	return Route{coded(s, 1), coded(s, 2), coded(s, 3), coded(s, 4), coded(s, 5), coded(s, 6)}
}
