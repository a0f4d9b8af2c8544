package sigma

import (
	"bytes"
)

// spare is how many readable bytes stand behind every Value.Low.
const spare = 8

// ValueOf makes a Value of a text, for tests and callers without a buffer of
// their own; it allocates.
func ValueOf(s string) Value {
	low := AppendFold(make([]byte, 0, len(s)+spare), []byte(s))
	if cap(low)-len(low) < spare {
		low = append(low, "12345678"...)[:len(low)]
	}
	return Value{Raw: append(make([]byte, 0, len(s)+1), s...), Low: low}
}

// cost is what a test takes, in units of one look at a fact.
func (l *leaf) cost() float64 {
	switch l.match.Kind {
	case Regexp:
		return 200
	case Glob, CIDR, Compare, TimePart:
		return 50
	}
	if l.field == keywordField {
		return 100
	}
	return 10
}

// test says whether a value that is there fits the leaf. FieldRef is not its
// business: it looks at two.
func (l *leaf) test(v Value) bool {
	m, b := l.match, v.Low
	if m.Cased {
		b = v.Raw
	}
	switch m.Kind {
	case Equals:
		return string(b) == m.Text
	case Prefix:
		return bytes.HasPrefix(b, l.needle)
	case Suffix:
		return bytes.HasSuffix(b, l.needle)
	case Contains:
		return bytes.Contains(b, l.needle)
	case Glob:
		return globFits(m.Parts, b)
	case Regexp:
		return m.Re.Match(v.Raw)
	case CIDR:
		addr, ok := parseAddr(v.Raw)
		return ok && (m.Net.Contains(addr) || m.Net.Contains(addr.Unmap()))
	case Null:
		return len(v.Raw) == 0
	case Exists:
		return true
	case Compare:
		n, ok := parseNumber(v.Raw)
		return ok && ordered(n, m.Order, m.Number)
	case TimePart:
		t, ok := ParseTime(string(v.Raw))
		return ok && float64(timeUnitOf(t, m.Unit)) == m.Number
	}
	return false
}

// refers compares the values of two fields.
func (l *leaf) refers(v, other Value) bool {
	a, b := v.Low, other.Low
	if l.match.Cased {
		a, b = v.Raw, other.Raw
	}
	switch l.match.Ref {
	case Prefix:
		return bytes.HasPrefix(a, b)
	case Suffix:
		return bytes.HasSuffix(a, b)
	case Contains:
		return bytes.Contains(a, b)
	}
	return bytes.Equal(a, b)
}

// parseNumber is ParseNumber without garbage for what is no number.
func parseNumber(b []byte) (float64, bool) {
	if len(b) == 0 || !bytes.ContainsAny(b[:1], "0123456789+-.") || !bytes.ContainsAny(b, "0123456789") {
		return 0, false
	}
	return ParseNumber(string(b))
}
