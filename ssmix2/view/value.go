package view

import (
	"strconv"

	"github.com/torideproject/toride/hl7"
)

// Origin is the place in the message a value came from. Segment counts from 0,
// Field and Rep from 1; the zero Origin with Field 0 means nowhere.
type Origin struct {
	Segment int32
	Field   int16
	Rep     int16
}

// MarshalText writes an Origin as segment-field~repetition, 2-5~1.
func (o Origin) MarshalText() ([]byte, error) {
	b := strconv.AppendInt(nil, int64(o.Segment), 10)
	b = strconv.AppendInt(append(b, '-'), int64(o.Field), 10)
	return strconv.AppendInt(append(b, '~'), int64(o.Rep), 10), nil
}

// State says whether the sender wrote something.
type State uint8

// The states. NoValue is the sender's explicit null: there is none.
const (
	Absent State = iota
	Empty
	NoValue
	Present
)

// MarshalText names the state.
func (s State) MarshalText() ([]byte, error) {
	return []byte([...]string{"absent", "empty", "null", "present"}[s&3]), nil
}

// From is where a value came from and what stood there.
type From struct {
	At    Origin `json:"at"`
	State State  `json:"state"`
	Raw   string `json:"raw,omitempty"` // as sent, in UTF-8, escapes and delimiters untouched
}

// Has reports whether there is something.
func (f From) Has() bool { return f.State == Present }

// Text is a plain text or number as sent.
type Text struct {
	From
	Text string `json:"text,omitempty"`
}

// Coded is a coded text. Display is what to show: the hospital's own text,
// else the standard's, else a code.
type Coded struct {
	From
	Display   string `json:"display,omitempty"`
	Code      string `json:"code,omitempty"`
	Text      string `json:"text,omitempty"`
	System    string `json:"system,omitempty"`
	AltCode   string `json:"alt_code,omitempty"`
	AltText   string `json:"alt_text,omitempty"`
	AltSystem string `json:"alt_system,omitempty"`
}

// CWE gives the coded text as package hl7 has it.
func (c Coded) CWE() hl7.CWE {
	return hl7.CWE{Code: c.Code, Text: c.Text, System: c.System, AltCode: c.AltCode, AltText: c.AltText, AltSystem: c.AltSystem}
}

// Is reports whether either code is one of these.
func (c Coded) Is(codes ...string) bool {
	for _, k := range codes {
		if c.Code == k || c.AltCode == k {
			return true
		}
	}
	return false
}

// Time is a time with the precision the sender wrote.
type Time struct {
	From
	Time hl7.Time `json:"-"`
	Day  string   `json:"day,omitempty"` // YYYYMMDD where the day was written, hours from 24 carried over
	// Precision is how much was written: year, month, day, hour, minute, second
	// or fraction; "" where there is no time.
	Precision string `json:"precision,omitempty"`
	// Odd: Raw holds more than could be understood as a time.
	Odd bool `json:"odd,omitempty"`
}

// Quantity is a number as sent with its unit; neither is converted.
type Quantity struct {
	From
	Number string `json:"number,omitempty"`
	Unit   Coded  `json:"unit,omitzero"`
}

// Person is a member of staff.
type Person struct {
	From
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Place is a ward, room and bed, or a department.
type Place struct {
	From
	Ward string `json:"ward,omitempty"`
	Room string `json:"room,omitempty"`
	Bed  string `json:"bed,omitempty"`
	Kind string `json:"kind,omitempty"` // N ward, C clinic, D department
}

// Same reports whether two places are the same bed.
func (p Place) Same(o Place) bool { return p.Ward == o.Ward && p.Room == o.Room && p.Bed == o.Bed }

// Note is a stable code with arguments; its text belongs to the caller.
type Note struct {
	Code string   `json:"code"`
	Args []string `json:"args,omitempty"`
}

// Life says what became of an item. Items of every life stay in the lists.
type Life string

// The lives.
const (
	Live      Life = "live"
	Deleted   Life = "deleted"   // the sender took it out of the list
	Cancelled Life = "cancelled" // an order stopped, an event taken back
	Mistaken  Life = "mistaken"  // entered in error, or for another patient
)

func from(s hl7.Segment, field, rep int, v hl7.Value) From {
	st := State(v.State())
	if st == Absent {
		return From{}
	}
	return From{At: Origin{int32(s.Index()), int16(min(field, 1<<15-1)), int16(min(rep, 1<<15-1))}, State: st, Raw: v.Raw()} //nolint:gosec // bounded by package hl7 and min
}

func text(s hl7.Segment, n int) Text {
	v := s.Field(n)
	return Text{from(s, n, 1, v), v.All()}
}

// word is text for a field of one word: its first component alone.
func word(s hl7.Segment, n int) Text {
	v := s.Field(n)
	return Text{from(s, n, 1, v), v.Text()}
}

func texts(s hl7.Segment, n int) []Text {
	return list(s, n, func(rep int, v hl7.Value) Text { return Text{from(s, n, rep, v), v.All()} })
}

func list[T any](s hl7.Segment, n int, of func(int, hl7.Value) T) []T {
	v := s.Field(n)
	if v.State() != hl7.Present {
		return nil
	}
	out, rep := make([]T, 0, v.NumReps()), 0
	for r := range v.Reps() {
		rep++
		out = append(out, of(rep, r))
	}
	return out
}

func codedOf(f From, c hl7.CWE) Coded {
	return Coded{f, c.Display(), c.Code, c.Text, c.System, c.AltCode, c.AltText, c.AltSystem}
}

func coded(s hl7.Segment, n int) Coded {
	v := s.Field(n)
	return codedOf(from(s, n, 1, v), hl7.CWEOf(v))
}

func codes(s hl7.Segment, n int) []Coded {
	return list(s, n, func(rep int, v hl7.Value) Coded { return codedOf(from(s, n, rep, v), hl7.CWEOf(v)) })
}

func timeOf(f From, t hl7.Time) Time {
	return Time{f, t, t.Date(), precision(t.Precision), t.Odd}
}

func precision(p hl7.Precision) string {
	switch p {
	case hl7.Year:
		return "year"
	case hl7.Month:
		return "month"
	case hl7.Day:
		return "day"
	case hl7.Hour:
		return "hour"
	case hl7.Minute:
		return "minute"
	case hl7.Second:
		return "second"
	case hl7.Fraction:
		return "fraction"
	}
	return ""
}

func when(s hl7.Segment, n int) Time {
	v := s.Field(n)
	return timeOf(from(s, n, 1, v), hl7.TimeOf(v))
}

func quantity(s hl7.Segment, n int) Quantity {
	v := s.Field(n)
	q := hl7.CQOf(v)
	f := from(s, n, 1, v)
	out := Quantity{From: f, Number: q.Quantity}
	if !q.Unit.IsZero() {
		out.Unit = codedOf(f, q.Unit)
		out.Unit.Raw = ""
	}
	return out
}

// amount is a number in one field with its unit in another.
func amount(s hl7.Segment, n, unit int) Quantity {
	v := s.Field(n)
	return Quantity{from(s, n, 1, v), v.All(), coded(s, unit)}
}

func person(s hl7.Segment, n int) Person {
	v := s.Field(n)
	p := hl7.Staff(v)
	return Person{from(s, n, 1, v), p.ID, p.Display()}
}

func place(s hl7.Segment, n int) Place {
	v := s.Field(n)
	p := hl7.PLOf(v)
	return Place{from(s, n, 1, v), p.Ward, p.Room, p.Bed, p.Kind}
}
