package view

import (
	"strings"

	"github.com/torideproject/toride/hl7"
)

// Medication is an RXE segment with its order: a drug of a prescription, or one
// injection, whose drugs are then its Components.
type Medication struct {
	Life         Life        `json:"life"`
	Order        Order       `json:"order,omitzero"`
	Drug         Coded       `json:"drug,omitzero"`          // RXE-2; of an injection its kind
	Least        Quantity    `json:"least,omitzero"`         // RXE-3 with -5: for each time; of an injection the volume
	Most         Quantity    `json:"most,omitzero"`          // RXE-4 with -5
	Form         Coded       `json:"form,omitzero"`          // RXE-6
	Instructions []Coded     `json:"instructions,omitempty"` // RXE-7
	Dispensed    Quantity    `json:"dispensed,omitzero"`     // RXE-10, -11
	Refills      Text        `json:"refills,omitzero"`       // RXE-12
	Narcotic     Person      `json:"narcotic,omitzero"`      // RXE-13: narcotics licence of the prescriber
	Number       Text        `json:"number,omitzero"`        // RXE-15
	Daily        Quantity    `json:"daily,omitzero"`         // RXE-19
	Categories   []Coded     `json:"categories,omitempty"`   // RXE-21
	Per          Text        `json:"per,omitzero"`           // RXE-22
	Rate         Quantity    `json:"rate,omitzero"`          // RXE-23, -24
	Strength     Quantity    `json:"strength,omitzero"`      // RXE-25, -26
	Kind         Coded       `json:"kind,omitzero"`          // RXE-27
	Volume       Quantity    `json:"volume,omitzero"`        // RXE-33, -34
	More         []Coded     `json:"more,omitempty"`         // RXE-31
	Ward         Place       `json:"ward,omitzero"`          // RXE-42
	Timings      []Timing    `json:"timings,omitempty"`
	Routes       []Route     `json:"routes,omitempty"`
	Components   []Component `json:"components,omitempty"`
	Notes        []Text      `json:"notes,omitempty"`
	Findings     []Result    `json:"findings,omitempty"`
	// Requested are RXO segments, as sent.
	Requested []Segment `json:"requested,omitempty"`
}

// MedicationsOf reads the orders of RDE^O11, prescriptions and injections: a
// group begins with ORC, or with RXE where a sender leaves that out for the
// further drugs of one order. A cancelled order's drugs stay in the list. An
// ORC without RXE is in the list too, with an absent Drug.
func MedicationsOf(m *hl7.Message) (out []Medication) {
	open := false // an ORC came and its RXE not yet
	for s := range m.Segments() {
		switch id := s.ID(); {
		case id == "ORC":
			o := order(s)
			out, open = append(out, Medication{Life: o.Life, Order: o}), true
		case id == "RXE":
			if !open {
				var d Medication
				if n := len(out); n > 0 {
					d = Medication{Life: out[n-1].Life, Order: out[n-1].Order}
				} else {
					d.Life = Live
				}
				out = append(out, d)
			}
			open = false
			out[len(out)-1].read(s)
		case len(out) > 0:
			out[len(out)-1].add(s)
		}
	}
	return out
}

func (d *Medication) read(s hl7.Segment) {
	d.Drug, d.Least, d.Most = coded(s, 2), amount(s, 3, 5), amount(s, 4, 5)
	if !d.Most.Has() {
		d.Most = Quantity{From: d.Most.From}
	}
	d.Form, d.Instructions, d.Dispensed, d.Refills, d.Narcotic, d.Number = coded(s, 6), codes(s, 7), amount(s, 10, 11), word(s, 12), person(s, 13), word(s, 15)
	d.Daily, d.Categories, d.Per, d.Rate = quantity(s, 19), codes(s, 21), text(s, 22), amount(s, 23, 24)
	d.Strength, d.Kind, d.More, d.Volume, d.Ward = amount(s, 25, 26), coded(s, 27), codes(s, 31), amount(s, 33, 34), place(s, 42)
}

func (d *Medication) add(s hl7.Segment) {
	switch s.ID() {
	case "TQ1":
		d.Timings = append(d.Timings, timing(s))
	case "RXR":
		d.Routes = append(d.Routes, route(s))
	case "RXC":
		d.Components = append(d.Components, component(s))
	case "RXO":
		d.Requested = append(d.Requested, generic(s))
	case "OBX":
		d.Findings = append(d.Findings, result(s))
	case "NTE":
		if n := len(d.Components); n > 0 {
			d.Components[n-1].Notes = append(d.Components[n-1].Notes, text(s, 3))
			return
		}
		d.Notes = append(d.Notes, text(s, 3))
	}
}

// Rp is the number that joins the drugs taken together, out of ORC-4 (rule
// rp.group: the part behind the order's number, without leading zeros, of
// order_Rp or order_Rp_sequence; a number alone as it is).
func (d *Medication) Rp() Computed[string] {
	c := Computed[string]{Rule: "rp.group"}
	parts := strings.Split(d.Order.Group.Text, "_")
	switch {
	case parts[0] == "" && len(parts) == 1:
		c.doubt("rp.missing")
		return c
	case len(parts) == 1:
		c.Value = parts[0]
	case len(parts) <= 3:
		c.Value = parts[1]
	default:
		c.doubt("rp.unknown", d.Order.Group.Raw)
		return c
	}
	if t := strings.TrimLeft(c.Value, "0"); t != "" {
		c.Value = t
	}
	c.OK = c.Value != ""
	return c
}

// AsNeeded reports whether the sender marks the drug as taken when needed
// (頓用): its kind, its category, or the usage code's timing.
func (d *Medication) AsNeeded() bool {
	if d.Kind.Code == "22" {
		return true
	}
	for _, c := range d.Categories {
		if c.Code == "OTP" {
			return true
		}
	}
	u := d.usage()
	return len(u) == 16 && u[2] == '5'
}

// External reports whether the sender marks the drug as external (外用).
func (d *Medication) External() bool {
	u := d.usage()
	return d.Kind.Code == "23" || len(u) == 16 && u[0] == '2'
}

// usage is the code of JAMI for how the drug is used, "" if there is none.
func (d *Medication) usage() string {
	for _, t := range d.Timings {
		for _, p := range t.Patterns {
			switch {
			case p.System == "JAMISDP01" && len(p.Code) == 16:
				return p.Code
			case p.AltSystem == "JAMISDP01" && len(p.AltCode) == 16:
				return p.AltCode
			}
		}
	}
	return ""
}
