package query

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
	"unsafe"

	"github.com/torideproject/toride/internal/event/segment"
)

// Op is what an expression does with its parts.
type Op uint8

// The operations.
const (
	OpAnd  Op = iota // all of Kids; an expression without any finds everything
	OpOr             // one of Kids
	OpNot            // not Kids[0]
	OpTest           // Test
)

// Expr is a query as a tree. The zero value finds everything. It is not changed
// after it was built.
type Expr struct {
	Op   Op
	Kids []Expr
	Test Test
}

// Test is a test of one field.
type Test struct {
	Field string // as in Fields, or the entry's own name; empty: the text
	How   How
	// Value is what is compared with. In a Like, * stands for anything, and \* and
	// \\ for themselves.
	Value string
	// From and To bound Between: numbers, or times in microseconds since 1970.
	// To is not included.
	From, To float64
}

// How is how a test compares.
type How uint8

// The comparisons.
const (
	Is      How = iota // the whole value; in Long fields and the text, a part of it
	Like               // a pattern; in Long fields and the text, of a part of it
	Exists             // says something
	Between            // a number or a time in a range; an entry that does not say is in none
	Within             // an address inside the network Value
)

// All finds everything.
func All() Expr { return Expr{} }

// And finds what all kids find.
func And(kids ...Expr) Expr {
	if len(kids) == 1 {
		return kids[0]
	}
	return Expr{Op: OpAnd, Kids: kids}
}

// Or finds what one of the kids finds.
func Or(kids ...Expr) Expr {
	if len(kids) == 1 {
		return kids[0]
	}
	return Expr{Op: OpOr, Kids: kids}
}

// Not finds what kid does not find.
func Not(kid Expr) Expr { return Expr{Op: OpNot, Kids: []Expr{kid}} }

// Text finds entries whose text holds words.
func Text(words string) Expr { return Expr{Op: OpTest, Test: Test{Value: words}} }

// Equal finds entries whose field is value.
func Equal(field, value string) Expr {
	return Expr{Op: OpTest, Test: Test{Field: field, Value: value}}
}

// matcher compares one value. It is safe for several goroutines.
type matcher struct {
	how      How
	whole    bool     // Is and Like: the whole value, not a part of it
	parts    []string // folded literals in their order, stars between them
	head     bool     // Like: a star before the first part
	tail     bool     // and behind the last
	from, to float64
	net      netip.Prefix
}

// newMatcher works out what a test of that kind of field means.
func newMatcher(t Test, kind Kind) matcher {
	m := matcher{how: t.How, whole: kind != Long, from: t.From, to: t.To}
	switch t.How {
	case Is:
		value := t.Value
		if kind == Address {
			if a, err := netip.ParseAddr(value); err == nil {
				value = a.String()
			}
		}
		m.parts = []string{segment.FoldString(value)}
		if kind == Number || kind == Time {
			m.how, m.from, m.to = Between, 0, 0 // finds nothing
			if n, err := strconv.ParseUint(value, 10, 63); err == nil && kind == Number {
				m.from, m.to = float64(n), float64(n)+1
			}
		}
	case Like:
		if m.parts, m.head, m.tail = pattern(t.Value); !m.head && !m.tail && len(m.parts) < 2 {
			m.how, m.parts = Is, []string{strings.Join(m.parts, "")} // no star
		}
	case Within:
		m.parts = []string{segment.FoldString(t.Value)}
		if p, err := netip.ParsePrefix(t.Value); err == nil {
			m.net = p
		}
	}
	return m
}

// pattern splits a pattern at its stars and folds what is between them.
func pattern(s string) (parts []string, head, tail bool) {
	var part []byte
	star := false
	flush := func() {
		if len(part) > 0 {
			parts = append(parts, segment.FoldString(string(part)))
		}
		part = part[:0]
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '*' {
			if flush(); len(parts) == 0 {
				head = true
			}
			star = true
			continue
		}
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '*' || s[i+1] == '\\') {
			i++
		}
		part, star = append(part, s[i]), false
	}
	flush()
	return parts, head, star
}

// text tests a value; folded is the same value folded by segment.Fold.
func (m *matcher) text(value string, folded []byte) bool {
	switch m.how {
	case Is:
		if m.whole {
			return string(folded) == m.parts[0]
		}
		return strings.Contains(bytesString(folded), m.parts[0])
	case Like:
		return m.like(bytesString(folded))
	case Exists:
		return value != ""
	case Between:
		n, err := strconv.ParseFloat(value, 64)
		return err == nil && m.number(n)
	}
	if string(folded) == m.parts[0] {
		return true
	}
	if !m.net.IsValid() {
		return false
	}
	a, err := netip.ParseAddr(value)
	return err == nil && m.net.Contains(a.Unmap())
}

func (m *matcher) like(s string) bool {
	if len(m.parts) == 0 {
		return m.head && s != "" || !m.whole
	}
	parts := m.parts
	if m.whole && !m.head {
		var ok bool
		if s, ok = strings.CutPrefix(s, parts[0]); !ok {
			return false
		}
		parts = parts[1:]
	}
	last := ""
	if m.whole && !m.tail {
		if len(parts) == 0 { // "abc" without a star
			return s == ""
		}
		last, parts = parts[len(parts)-1], parts[:len(parts)-1]
	}
	for _, p := range parts {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, last)
}

// number tests a number that the entry says.
func (m *matcher) number(n float64) bool {
	return m.how == Exists || n >= m.from && n < m.to
}

// decimal writes a number as it is compared with text; 0 is not said.
func decimal(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(n), 10)
}

// infinite is an end that no number reaches.
const infinite = 1e300

// above is the least number greater than n.
func above(n float64) float64 { return math.Nextafter(n, infinite) }

// bytesString changes the type without copying; b is not written to while the
// string is in use.
func bytesString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
