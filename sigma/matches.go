package sigma

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// Matches says whether an event fits an expression. It is the oracle that
// Engine is tested against: the specification's sentences one after the other,
// no index, no cache. Of fields with the same name the first counts. Cost:
// every leaf reads its field anew; use Engine for more than tests.
func Matches(e *Expr, fields []Field) bool {
	switch e.Op {
	case And:
		for _, kid := range e.Kids {
			if !Matches(kid, fields) {
				return false
			}
		}
		return true
	case Or:
		for _, kid := range e.Kids {
			if Matches(kid, fields) {
				return true
			}
		}
		return false
	case Not:
		return !Matches(e.Kids[0], fields)
	case Leaf:
		return matchesLeaf(e.Match, fields)
	case True:
		return true
	}
	return false
}

// Matches says whether an event fits the rule's condition; whether the rule is
// for events of that kind at all is the caller's to see (LogSource.Covers).
func (r *Rule) Matches(fields []Field) bool { return Matches(r.Condition, fields) }

func matchesLeaf(m *Match, fields []Field) bool {
	if m.Field == "" { // a keyword: any value of the event
		for _, f := range fields {
			if matchesValue(m, f.Value) {
				return true
			}
		}
		return false
	}
	value, there := lookUp(fields, m.Field)
	switch m.Kind {
	case Null:
		return !there || value == ""
	case Exists:
		return there
	case FieldRef:
		other, otherThere := lookUp(fields, m.Text)
		return there && otherThere && compareTexts(m.Ref, cased(m, value), cased(m, other))
	}
	return there && matchesValue(m, value)
}

func lookUp(fields []Field, name string) (value string, there bool) {
	for _, f := range fields {
		if f.Name == name {
			return f.Value, true
		}
	}
	return "", false
}

// cased gives the text that is compared: folded, unless case matters.
func cased(m *Match, s string) string {
	if m.Cased {
		return s
	}
	return Fold(s)
}

// matchesValue tests a value that is there.
func matchesValue(m *Match, value string) bool {
	switch m.Kind {
	case Equals, Prefix, Suffix, Contains:
		return compareTexts(m.Kind, cased(m, value), m.Text)
	case Glob:
		return matchesGlob(m.Parts, cased(m, value))
	case Regexp:
		return m.Re.MatchString(value)
	case CIDR:
		return inNetwork(value, m.Net)
	case Null:
		return value == ""
	case Exists:
		return true
	case Compare:
		n, ok := ParseNumber(value)
		return ok && ordered(n, m.Order, m.Number)
	case TimePart:
		t, ok := ParseTime(value)
		return ok && float64(timeUnitOf(t, m.Unit)) == m.Number
	}
	return false
}

func compareTexts(how Kind, value, text string) bool {
	switch how {
	case Prefix:
		return strings.HasPrefix(value, text)
	case Suffix:
		return strings.HasSuffix(value, text)
	case Contains:
		return strings.Contains(value, text)
	}
	return value == text
}

// inNetwork says whether a value is an address inside a network. An IPv4
// address written as IPv6 (::ffff:192.0.2.1, as Windows logs sign-ins) is the
// IPv4 address; a zone (%3) is left out.
func inNetwork(value string, net netip.Prefix) bool {
	addr, err := netip.ParseAddr(value)
	if err != nil {
		return false
	}
	addr = addr.WithZone("")
	return net.Contains(addr) || net.Contains(addr.Unmap())
}

// matchesGlob tries every place: rest[i] says whether what is left of the
// pattern fits the value from its i-th character on. A byte that is not UTF-8
// is a character.
func matchesGlob(parts []GlobPart, value string) bool {
	ends := []int{len(value)} // where each character begins, backwards, and the end
	for s := value; s != ""; {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
		ends = append(ends, len(s))
	}
	rest := make([]bool, len(ends)) // for no parts: only the end fits
	rest[0] = true
	for p := len(parts) - 1; p >= 0; p-- {
		rest = globBefore(parts[p], value, ends, rest)
	}
	return rest[len(rest)-1]
}

// globBefore gives, for each place, whether part fits there with the rest of
// the pattern behind it.
func globBefore(part GlobPart, value string, places []int, rest []bool) []bool {
	after := make(map[int]bool, len(places)) // by offset: does the rest fit from here
	for i, at := range places {
		after[at] = rest[i]
	}
	here := make([]bool, len(places))
	for i, at := range places {
		here[i] = strings.HasPrefix(value[at:], part.Literal) && after[at+len(part.Literal)]
	}
	for range part.Skip {
		for i := len(here) - 1; i > 0; i-- {
			here[i] = here[i-1]
		}
		here[0] = false
	}
	if part.Any {
		for i := 1; i < len(here); i++ {
			here[i] = here[i] || here[i-1]
		}
	}
	return here
}
