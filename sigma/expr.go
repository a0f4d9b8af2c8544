package sigma

import (
	"net/netip"
	"regexp"
)

// Op is what an expression does with its parts.
type Op uint8

// The operations.
const (
	And   Op = iota // all of Kids; true without any
	Or              // one of Kids; false without any
	Not             // Kids[0] is false
	Leaf            // Match
	True            //
	False           //
)

// Expr is a condition as a tree. It is never changed after it was built, and
// may share parts with others.
type Expr struct {
	Op    Op
	Kids  []*Expr
	Match *Match // of a Leaf
}

// Kind is how a leaf compares.
type Kind uint8

// The comparisons. Text is compared without regard to case (Unicode simple
// folding as Fold does it) unless Cased is set.
const (
	Equals   Kind = iota // the value is Text
	Prefix               // begins with Text
	Suffix               // ends with Text
	Contains             // Text occurs in it
	Glob                 // fits Parts: literals with * and ? between
	Regexp               // Re finds something in it, unanchored
	CIDR                 // is an address inside Net
	Null                 // the field is absent or its value is empty
	Exists               // the field is there, whatever its value
	FieldRef             // compares with the field Text as Ref says
	Compare              // is a number less or greater than Number
	TimePart             // a part of the time in it is Number
)

// Match tests one field, or with an empty Field every value of the event (a
// keyword).
type Match struct {
	Field  string
	Kind   Kind
	Cased  bool
	Text   string         // folded by Fold unless Cased
	Parts  []GlobPart     // of Glob, folded unless Cased
	Re     *regexp.Regexp // of Regexp, with its flags worked in
	Source string         // of Regexp: the expression as written, without flags
	Net    netip.Prefix   // of CIDR
	Ref    Kind           // of FieldRef: Equals, Prefix, Suffix or Contains
	Order  Order          // of Compare
	Number float64        // of Compare and TimePart
	Unit   TimeUnit       // of TimePart
}

// GlobPart is a piece of a pattern: a literal, after Any (something of any
// length, *) or after Skip unknown characters (?). The last part of a pattern
// that ends with a wildcard has an empty Literal.
type GlobPart struct {
	Any     bool // * stands before Literal
	Skip    int  // so many ? stand before Literal, counted in characters
	Literal string
}

// Order is the direction of a Compare.
type Order uint8

// The orders of the modifiers lt, lte, gt and gte.
const (
	Less Order = iota
	LessEqual
	Greater
	GreaterEqual
)

// TimeUnit is the part of a time that TimePart looks at.
type TimeUnit uint8

// The units of the modifiers minute, hour, day, week, month and year.
const (
	Minute TimeUnit = iota
	Hour
	Day
	Week
	Month
	Year
)
