package view

import (
	"strings"

	"github.com/torideproject/toride/hl7"
)

// Problem is a PRB segment with what belongs to it.
type Problem struct {
	Life     Life  `json:"life"`
	Action   Text  `json:"action,omitzero"`   // PRB-1: AD add, CO correct, DE delete, UP update
	ActedAt  Time  `json:"acted_at,omitzero"` // PRB-2
	Disease  Coded `json:"disease,omitzero"`  // PRB-3; 20084317 is a disease without code
	Instance Text  `json:"instance,omitzero"` // PRB-4
	SetAt    Time  `json:"set_at,omitzero"`   // PRB-7
	Resolved Time  `json:"resolved,omitzero"` // PRB-9
	Class    Coded `json:"class,omitzero"`    // PRB-10.4 to .6: the kind of diagnosis, table JHSD0004; Raw is all of PRB-10
	ICD      Text  `json:"icd,omitzero"`      // PRB-10.1, with the dot it is read with (K29.7); Raw without
	Edition  Text  `json:"edition,omitzero"`  // PRB-10.7, of ICD-10: 2003, 2013
	Doubtful Coded `json:"doubtful,omitzero"` // PRB-13: 1 suspected (疑い)
	Outcome  Coded `json:"outcome,omitzero"`  // PRB-14
	EndedAt  Time  `json:"ended_at,omitzero"` // PRB-15
	Onset    Time  `json:"onset,omitzero"`    // PRB-16
	Name     Text  `json:"name,omitzero"`     // PRB-17: the whole name as the hospital reads it
	Rank     Coded `json:"rank,omitzero"`     // PRB-18: 1 main diagnosis
	Security Coded `json:"security,omitzero"` // PRB-25
	// Confidential: PRB-25 says that this is not for everybody's eyes (V very
	// restricted, R restricted, or anything but U, usual). Show a mask first.
	Confidential bool        `json:"confidential,omitempty"`
	Prefixes     []Coded     `json:"prefixes,omitempty"` // ZPR-1
	Base         Coded       `json:"base,omitzero"`      // ZPR-2
	Suffixes     []Coded     `json:"suffixes,omitempty"` // ZPR-3
	Exchange     []Coded     `json:"exchange,omitempty"` // ZPR-4 to 6
	Comment      Text        `json:"comment,omitzero"`   // ZPR-7
	Teeth        []Segment   `json:"teeth,omitempty"`    // ZPD, as sent
	Insurances   []Insurance `json:"insurances,omitempty"`
	Findings     []Result    `json:"findings,omitempty"`
	Orders       []Order     `json:"orders,omitempty"`
	Notes        []Text      `json:"notes,omitempty"`
}

// ProblemsOf reads the PRB segments and what follows each.
func ProblemsOf(m *hl7.Message) []Problem {
	var out []Problem
	for s := range m.Segments() {
		if s.ID() == "PRB" {
			out = append(out, problem(s))
			continue
		}
		if len(out) > 0 {
			out[len(out)-1].add(s)
		}
	}
	return out
}

func problem(s hl7.Segment) Problem {
	p := Problem{Life: Live, Action: word(s, 1), ActedAt: when(s, 2), Disease: coded(s, 3), Instance: word(s, 4), SetAt: when(s, 7), Resolved: when(s, 9),
		Class: class(s), Doubtful: coded(s, 13), Outcome: coded(s, 14), EndedAt: when(s, 15), Onset: when(s, 16), Name: text(s, 17),
		Rank: coded(s, 18), Security: coded(s, 25)}
	if c := s.Field(10).Comp(1); c.Has() {
		p.ICD = Text{From: from(s, 10, 1, s.Field(10)), Text: dotted(c.Text())}
		p.ICD.Raw = c.Raw()
	}
	if c := s.Field(10).Comp(7); c.Has() {
		p.Edition = Text{From: from(s, 10, 1, s.Field(10)), Text: c.Text()}
		p.Edition.Raw = c.Raw()
	}
	switch p.Action.Text {
	case "DE":
		p.Life = Deleted
	case "ER":
		p.Life = Mistaken
	}
	p.Confidential = p.Security.Has() && !p.Security.Is("U")
	return p
}

// class is the second code of PRB-10, which is of another thing than the first
// and must not be shown in its place.
func class(s hl7.Segment) Coded {
	v := s.Field(10)
	return codedOf(from(s, 10, 1, v), hl7.CWE{Code: v.Comp(4).Text(), Text: v.Comp(5).Text(), System: v.Comp(6).Text()})
}

// dotted writes an ICD-10 code as it is read: K297 is K29.7.
func dotted(s string) string {
	if len(s) > 3 && len(s) <= 6 && !strings.Contains(s, ".") && s[0] >= 'A' && s[0] <= 'Z' {
		return s[:3] + "." + s[3:]
	}
	return s
}

func (p *Problem) add(s hl7.Segment) {
	switch s.ID() {
	case "ZPR":
		p.Prefixes, p.Base, p.Suffixes, p.Comment = codes(s, 1), coded(s, 2), codes(s, 3), text(s, 7)
		for n := 4; n <= 6; n++ {
			p.Exchange = append(p.Exchange, codes(s, n)...)
		}
	case "ZPD":
		p.Teeth = append(p.Teeth, generic(s))
	case "ZI1":
		p.Insurances = append(p.Insurances, insurance(s))
	case "OBX":
		p.Findings = append(p.Findings, result(s))
	case "ORC":
		p.Orders = append(p.Orders, order(s))
	case "NTE":
		p.Notes = append(p.Notes, text(s, 3))
	}
}

// Title is the name to show. The hospital's whole name (PRB-17) is given as it
// is (rule problem.name.sent); else it is put together of prefixes, disease and
// suffixes (problem.name.parts). 疑い of PRB-13 is not part of it.
func (p *Problem) Title() Computed[string] {
	if p.Name.Has() {
		return Computed[string]{Value: p.Name.Text, OK: true, Rule: "problem.name.sent"}
	}
	c := Computed[string]{Rule: "problem.name.parts"}
	var b strings.Builder
	for _, x := range p.Prefixes {
		b.WriteString(x.Display)
	}
	if p.Disease.Has() {
		b.WriteString(p.Disease.Display)
	} else {
		b.WriteString(p.Base.Display)
	}
	for _, x := range p.Suffixes {
		b.WriteString(x.Display)
	}
	c.Value = b.String()
	c.OK = c.Value != ""
	if len(p.Prefixes)+len(p.Suffixes) > 0 {
		c.doubt("problem.name.order")
	}
	if p.Disease.Is("20084317", "0000999") {
		c.doubt("problem.name.uncoded")
	}
	return c
}

// Active says whether the problem still stands (rule problem.active: live, and
// neither a day of resolution nor one of outcome). Diagnoses are often never
// closed, which is a doubt of every true.
func (p *Problem) Active() Computed[bool] {
	c := Computed[bool]{OK: true, Rule: "problem.active"}
	c.Value = p.Life == Live && !p.Resolved.Has() && !p.EndedAt.Has()
	switch {
	case c.Value && p.Outcome.Has():
		c.doubt("problem.outcome_without_day", p.Outcome.Raw)
	case c.Value:
		c.doubt("problem.never_closed")
	}
	return c
}

// Suspected reports whether the sender marks the diagnosis as suspected.
func (p *Problem) Suspected() bool { return p.Doubtful.Code == "1" }

// Main reports whether the sender marks it as the main diagnosis.
func (p *Problem) Main() bool { return p.Rank.Code == "1" }
