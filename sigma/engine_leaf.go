package sigma

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// leaf is a Match that one or more rules share, with what an index can know
// about it.
type leaf struct {
	match *Match
	field int32 // engine field; keywordField for a keyword
	ref   int32 // of a FieldRef: the other field, else -1
	// index decides the leaf alone: the leaf is true where one of these
	// literals is found, and only there.
	index []literal
	// guard is necessary: where none of these literals is found the leaf is
	// false. Only of leaves without index.
	guard  []literal
	needle []byte // Text, for those that need bytes
	re     *regexpPlan
}

// keywordField stands for all fields.
const keywordField = -1

// literalKind is the way in which a literal is found.
type literalKind uint8

const (
	litPresent  literalKind = iota // the field is there
	litNonEmpty                    // the field is there and not empty
	litWhole                       // the value is the text
	litBase                        // the value ends with the text, which has a backslash
	litInside                      // the text occurs; anchors may bind it to the ends
)

const (
	atStart uint8 = 1 << iota // the occurrence is where the value begins
	atEnd                     // the occurrence is where the value ends
)

// literal is something to be found in the folded value of a field.
type literal struct {
	field  int32
	kind   literalKind
	anchor uint8 // of litInside
	text   string
}

// minGram is the length in bytes from which on a text can be found by its
// grams; shorter ones would be found everywhere, unless they are not ASCII.
const minGram = 3

// findable says whether a text is long enough for an index.
func findable(text string) bool {
	return len(text) >= minGram || len(text) == 2 && text[0] >= utf8.RuneSelf && text[1] >= utf8.RuneSelf
}

// newLeaf works out what an index can do for m.
func newLeaf(m *Match, field, ref int32) leaf {
	l := leaf{match: m, field: field, ref: ref, needle: []byte(m.Text)}
	switch {
	case m.Kind == Regexp:
		l.re = newRegexpPlan(m.Re)
		l.guard = literalsOf(field, l.re.required)
	case m.Kind == Glob:
		l.guard = globGuard(m, field)
	case m.Kind > Contains:
	case m.Cased:
		if folded := Fold(m.Text); utf8.ValidString(m.Text) {
			l.guard = literalsOf(field, []string{folded})
		}
	default:
		l.index = textIndex(m, field)
	}
	if l.index == nil && l.guard == nil && field != keywordField && m.Kind != Null && m.Kind != Exists {
		l.guard = []literal{{field: field, kind: litPresent}}
	}
	return l
}

func textIndex(m *Match, field int32) []literal {
	long := findable(m.Text)
	switch m.Kind {
	case Equals:
		if field != keywordField {
			return []literal{{field: field, kind: litWhole, text: m.Text}}
		}
		if long {
			return []literal{{field: field, kind: litInside, anchor: atStart | atEnd, text: m.Text}}
		}
	case Suffix:
		i := strings.LastIndexByte(m.Text, '\\')
		if field != keywordField && i >= 0 && i < len(m.Text)-1 {
			return []literal{{field: field, kind: litBase, text: m.Text}}
		}
		if long {
			return []literal{{field: field, kind: litInside, anchor: atEnd, text: m.Text}}
		}
	case Prefix:
		if long {
			return []literal{{field: field, kind: litInside, anchor: atStart, text: m.Text}}
		}
	case Contains:
		if long {
			return []literal{{field: field, kind: litInside, text: m.Text}}
		}
	}
	if m.Text == "" && field != keywordField {
		return []literal{{field: field, kind: litPresent}}
	}
	return nil
}

// globGuard takes the longest literal of a pattern.
func globGuard(m *Match, field int32) []literal {
	best := literal{field: field, kind: litInside}
	for i, p := range m.Parts {
		text := p.Literal
		if m.Cased {
			if text = Fold(text); !utf8.ValidString(text) {
				continue
			}
		}
		if len(text) <= len(best.text) {
			continue
		}
		best.text, best.anchor = text, 0
		if i == 0 && !p.Any && p.Skip == 0 {
			best.anchor |= atStart
		}
		if i == len(m.Parts)-1 {
			best.anchor |= atEnd
		}
	}
	if !findable(best.text) {
		return nil
	}
	return []literal{best}
}

// literalsOf gives an or-set of texts, or nothing when one is too short.
func literalsOf(field int32, texts []string) []literal {
	var out []literal
	for _, t := range texts {
		if !findable(t) {
			return nil
		}
		out = append(out, literal{field: field, kind: litInside, text: t})
	}
	return out
}

// leafKey makes equal leaves of different rules one.
func leafKey(m *Match, field, ref int32) string {
	var b strings.Builder
	for _, n := range []int{int(field), int(ref), int(m.Kind), int(m.Ref), int(m.Order), int(m.Unit)} {
		b.WriteString(strconv.Itoa(n))
		b.WriteByte(' ')
	}
	if m.Cased {
		b.WriteByte('c')
	}
	switch m.Kind {
	case Glob:
		for _, p := range m.Parts {
			b.WriteString(strconv.FormatBool(p.Any))
			b.WriteString(strconv.Itoa(p.Skip))
			b.WriteString(strconv.Quote(p.Literal))
		}
	case Regexp:
		b.WriteString(m.Re.String())
	case CIDR:
		b.WriteString(m.Net.String())
	case Compare, TimePart:
		b.WriteString(strconv.FormatFloat(m.Number, 'g', -1, 64))
	case FieldRef:
	default:
		b.WriteString(m.Text)
	}
	return b.String()
}
