package hl7

// CQ is a quantity with its unit.
type CQ struct {
	Quantity string
	Unit     CWE
}

// CQOf reads a quantity. The unit's parts stand apart by & inside the second
// component (3^TAB&錠&MR9P); a unit that is spread over further components,
// as some senders do, is read too.
func CQOf(v Value) CQ {
	v = v.to(RepLevel)
	q := CQ{Quantity: v.Comp(1).Text(), Unit: CWEOf(v.Comp(2))}
	if q.Unit.Text == "" && v.Comp(3).Has() {
		q.Unit = CWE{Code: v.Comp(2).Text(), Text: v.Comp(3).Text(), System: v.Comp(4).Text()}
	}
	return q
}

// RPT is a repeat pattern: how a drug is to be taken.
type RPT struct {
	Pattern CWE
	Text    string // RPT-11, general timing
}

// RPTOf reads one repetition of a repeat pattern.
func RPTOf(v Value) RPT {
	v = v.to(RepLevel)
	r := RPT{Pattern: CWEOf(v.Comp(1)), Text: v.Comp(11).Text()}
	if r.Pattern.Text == "" && v.Comp(2).Has() && !v.Comp(4).Has() && KindOf(v.Comp(3).Text()) != Unnamed {
		// The sender wrote a CWE where the standard has its parts apart by &.
		r.Pattern = CWE{Code: v.Comp(1).Text(), Text: v.Comp(2).Text(), System: v.Comp(3).Text()}
	}
	return r
}

// TQ1 is a segment of timing.
type TQ1 struct {
	Quantity   CQ
	Patterns   []RPT // TQ1-3: usage, then interval or days of the week
	Duration   CQ    // TQ1-6: days
	Start, End Time  // TQ1-7, TQ1-8
	Priority   CWE   // TQ1-9
	Condition  string
	Note       string // TQ1-11
	Link       string // TQ1-12: S, A, C
	Total      string // TQ1-14: how often in all
}

// TQ1Of reads a TQ1 segment.
func TQ1Of(s Segment) TQ1 {
	t := TQ1{Quantity: CQOf(s.Field(2)), Duration: CQOf(s.Field(6)), Start: TimeOf(s.Field(7)), End: TimeOf(s.Field(8)), Priority: CWEOf(s.Field(9)),
		Condition: s.Field(10).All(), Note: s.Field(11).All(), Link: s.Field(12).Text(), Total: s.Field(14).Text()}
	for v := range s.Field(3).Reps() {
		t.Patterns = append(t.Patterns, RPTOf(v))
	}
	return t
}

// EI is the identifier of an order or another entity.
type EI struct {
	ID, Namespace, Universal, Kind string
}

// EIOf reads an identifier, also from inside a component (EIP).
func EIOf(v Value) EI {
	return EI{ID: v.Part(1).Text(), Namespace: v.Part(2).Text(), Universal: v.Part(3).Text(), Kind: v.Part(4).Text()}
}

// SN is a structured number: >^100, 1^:^128.
type SN struct {
	Comparator, Num1, Separator, Num2 string
}

// SNOf reads a structured number.
func SNOf(v Value) SN {
	return SN{Comparator: v.Part(1).Text(), Num1: v.Part(2).Text(), Separator: v.Part(3).Text(), Num2: v.Part(4).Text()}
}

// String is the number as a person reads it.
func (n SN) String() string { return n.Comparator + n.Num1 + n.Separator + n.Num2 }
