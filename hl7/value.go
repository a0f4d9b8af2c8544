package hl7

import (
	"iter"
	"strings"
)

// Delimiters are the five characters that MSH-1 and MSH-2 define.
type Delimiters struct {
	Field, Comp, Rep, Escape, Sub byte
}

// StandardDelimiters gives | ^ ~ \ &, which every SS-MIX2 message uses.
func StandardDelimiters() Delimiters { return Delimiters{'|', '^', '~', '\\', '&'} }

// State says whether there is something in a Value.
type State uint8

// The four states.
const (
	Absent  State = iota // the sender wrote no such field or component
	Empty                // it is there, with nothing in it
	Null                 // two double quotes: the sender says that there is none
	Present              // it holds something
)

// Level says what a Value is.
type Level uint8

// The four levels, from the outside in.
const (
	FieldLevel Level = iota
	RepLevel
	CompLevel
	SubLevel
)

// Value is a field, a repetition, a component or a sub-component. The zero
// Value is an absent field.
type Value struct {
	s     string
	d     Delimiters
	level Level
	there bool
	cs    Charset
}

// Raw is the text as it stands in the message, in UTF-8, with its delimiters
// and escapes.
func (v Value) Raw() string { return v.s }

// Level says on which level v stands.
func (v Value) Level() Level { return v.level }

// State says whether v holds something.
func (v Value) State() State {
	switch {
	case !v.there:
		return Absent
	case v.s == "":
		return Empty
	case v.s == `""`:
		return Null
	}
	return Present
}

// Has reports whether v is Present.
func (v Value) Has() bool { return v.s != "" && v.s != `""` }

// Text is what a person reads: the first sub-component below v with its
// escapes undone, "" when v is absent, empty or null. It allocates only where
// there are escapes.
func (v Value) Text() string {
	for v.level < SubLevel {
		v = v.part(1)
	}
	if v.s == `""` {
		return ""
	}
	return v.unescape(v.s)
}

// All is the whole of v with its escapes undone and its delimiters left in
// place: for free text whose writer forgot to escape, and for showing what
// could not be understood. "" when v is absent, empty or null.
func (v Value) All() string {
	if v.s == `""` {
		return ""
	}
	return v.unescape(v.s)
}

// delim is the character that divides v, and false on the lowest level.
func (v Value) delim() (byte, bool) {
	switch v.level {
	case FieldLevel:
		return v.d.Rep, v.d.Rep != 0
	case RepLevel:
		return v.d.Comp, v.d.Comp != 0
	case CompLevel:
		return v.d.Sub, v.d.Sub != 0
	}
	return 0, false
}

// part is the n-th piece of v on the next level, n from 1.
func (v Value) part(n int) Value {
	out := Value{d: v.d, level: min(v.level+1, SubLevel), cs: v.cs}
	sep, ok := v.delim()
	if !ok || n < 1 || !v.there {
		if n == 1 {
			out.s, out.there = v.s, v.there
		}
		return out
	}
	rest := v.s
	for ; n > 1; n-- {
		i := strings.IndexByte(rest, sep)
		if i < 0 {
			return out
		}
		rest = rest[i+1:]
	}
	if i := strings.IndexByte(rest, sep); i >= 0 {
		rest = rest[:i]
	}
	out.s, out.there = rest, true
	return out
}

// parts yields the pieces of v on the next level.
func (v Value) parts(yield func(Value) bool) {
	if !v.there {
		return
	}
	sep, ok := v.delim()
	rest, more := v.s, true
	for more {
		one := rest
		if i := strings.IndexByte(rest, sep); ok && i >= 0 {
			one, rest = rest[:i], rest[i+1:]
		} else {
			more = false
		}
		if !yield(Value{s: one, d: v.d, level: min(v.level+1, SubLevel), there: true, cs: v.cs}) {
			return
		}
	}
}

// to brings v down to a level by taking the first piece of each one between.
func (v Value) to(l Level) Value {
	for v.level < l {
		v = v.part(1)
	}
	return v
}

// Reps yields the repetitions of a field in order; none for an absent or
// empty field, one for any Value below the level of a field.
func (v Value) Reps() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		switch {
		case !v.there || v.s == "":
		case v.level > FieldLevel:
			yield(v)
		default:
			v.parts(yield)
		}
	}
}

// NumReps counts the repetitions that Reps yields.
func (v Value) NumReps() int {
	switch {
	case !v.there || v.s == "":
		return 0
	case v.level > FieldLevel || v.d.Rep == 0:
		return 1
	}
	return strings.Count(v.s, string(rune(v.d.Rep))) + 1
}

// Rep is the n-th repetition of a field, n from 1.
func (v Value) Rep(n int) Value {
	if v.level > FieldLevel {
		if n == 1 {
			return v
		}
		return Value{d: v.d, level: v.level, cs: v.cs}
	}
	return v.part(n)
}

// Comp is the n-th component, n from 1, of a repetition or of a field's first
// repetition. Where a whole composite stands inside a component (CQ-2, RPT-1)
// ask it with Part.
func (v Value) Comp(n int) Value {
	v = v.to(RepLevel)
	if v.level > RepLevel {
		if n == 1 {
			return v
		}
		return Value{d: v.d, level: v.level, cs: v.cs}
	}
	return v.part(n)
}

// Sub is the n-th sub-component, n from 1, of a component, or of the first
// component of what stands above.
func (v Value) Sub(n int) Value { return v.to(CompLevel).part(n) }

// Part is the n-th piece of a composite, n from 1, whatever the level it
// stands on: a component of a field or repetition, a sub-component of a
// component. Where a sender divided a whole field by sub-component delimiters
// only (3&TAB), these are taken.
func (v Value) Part(n int) Value {
	v = v.to(RepLevel)
	if v.level == RepLevel && strings.IndexByte(v.s, v.d.Comp) < 0 && v.d.Sub != 0 && strings.IndexByte(v.s, v.d.Sub) >= 0 {
		v.level = CompLevel
	}
	return v.part(n)
}

// split gives the texts of the first pieces of a composite on the level below
// a repetition (or below a component, see Part), in one pass.
func (v Value) split(to []string) {
	v = v.to(RepLevel)
	if v.level == RepLevel && strings.IndexByte(v.s, v.d.Comp) < 0 && v.d.Sub != 0 && strings.IndexByte(v.s, v.d.Sub) >= 0 {
		v.level = CompLevel
	}
	v.fill(to)
}

// comps gives the texts of the first components.
func (v Value) comps(to []string) { v.to(RepLevel).fill(to) }

func (v Value) fill(to []string) {
	sep, ok := v.delim()
	if !ok || v.level < RepLevel {
		to[0] = v.Text()
		return
	}
	piece := Value{d: v.d, level: v.level + 1, cs: v.cs, there: true}
	rest := v.s
	for i := range to {
		j := strings.IndexByte(rest, sep)
		if piece.s = rest; j >= 0 {
			piece.s = rest[:j]
		}
		if piece.s != "" {
			to[i] = piece.Text()
		}
		if j < 0 {
			return
		}
		rest = rest[j+1:]
	}
}
