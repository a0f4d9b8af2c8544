package query

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// literal is a word or a quoted text.
type literal struct {
	at      int
	text    string // without quotation marks; of a pattern with \* and \\ kept
	quoted  bool
	pattern bool // has a star that stands for anything
}

// test makes a test of a literal.
func (l literal) test(field string) Expr {
	how := Is
	if l.pattern {
		how = Like
	}
	return Expr{Op: OpTest, Test: Test{Field: field, How: how, Value: l.text}}
}

// isQuote knows the marks that a Japanese keyboard makes, too.
func isQuote(r rune) bool { return r == '"' || r == '“' || r == '”' || r == '＂' }

// special says whether a backslash before r makes a letter of it.
func special(r rune) bool {
	return isQuote(r) || unicode.IsSpace(r) || strings.ContainsRune(`\*():<>{}`, r)
}

// literal reads a word or a quoted text.
func (p *parser) literal() (literal, error) {
	p.space()
	at := p.i
	if r, n := utf8.DecodeRuneInString(p.s[p.i:]); isQuote(r) {
		p.i += n
		return p.quoted(at)
	}
	var plain, raw []byte // raw keeps \* and \\ as a pattern needs them
	star := false
	for p.i < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.i:])
		if unicode.IsSpace(r) || r == '(' || r == ')' || isQuote(r) {
			break
		}
		if c, m := utf8.DecodeRuneInString(p.s[p.i+n:]); r == '\\' && m > 0 && special(c) {
			if c == '*' || c == '\\' {
				raw = append(raw, '\\')
			}
			p.i += n
			plain, raw = append(plain, p.s[p.i:p.i+m]...), append(raw, p.s[p.i:p.i+m]...)
			p.i += m
			continue
		}
		star = star || r == '*'
		if r == '\\' {
			raw = append(raw, '\\')
		}
		plain, raw = append(plain, p.s[p.i:p.i+n]...), append(raw, p.s[p.i:p.i+n]...)
		p.i += n
	}
	if len(plain) == 0 {
		return literal{}, p.fault("query.paren_open", p.i)
	}
	if star {
		return literal{at: at, text: string(raw), pattern: true}, nil
	}
	return literal{at: at, text: string(plain)}, nil
}

func (p *parser) quoted(at int) (literal, error) {
	var out []byte
	for p.i < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.i:])
		if isQuote(r) {
			p.i += n
			return literal{at: at, text: string(out), quoted: true}, nil
		}
		if c, _ := utf8.DecodeRuneInString(p.s[p.i+1:]); r == '\\' && (isQuote(c) || c == '\\') {
			p.i++
		}
		_, n = utf8.DecodeRuneInString(p.s[p.i:])
		out = append(out, p.s[p.i:p.i+n]...)
		p.i += n
	}
	return literal{}, p.fault("query.quote", at)
}

// between makes a range of an operator and a literal.
func (p *parser) between(name string, kind Kind, op string, l literal) (Expr, error) {
	t := Test{Field: name, How: Between}
	low, high := 0.0, 0.0 // of what the literal stands for
	switch kind {
	case Time:
		from, to, ok := parseTime(l.text, p.zone)
		if !ok {
			return Expr{}, p.fault("query.time", l.at, l.text)
		}
		low, high = float64(from.UnixMicro()), float64(to.UnixMicro())
	case Long, Address:
		return Expr{}, p.fault("query.range", l.at, name)
	default:
		n, err := strconv.ParseFloat(l.text, 64)
		if err != nil || n != n || n-n != 0 {
			return Expr{}, p.fault("query.number", l.at, name, l.text)
		}
		low, high = n, above(n)
	}
	t.From, t.To = -infinite, infinite
	switch op {
	case "<":
		t.To = low
	case "<=":
		t.To = high
	case ">":
		t.From = high
	case ">=":
		t.From = low
	default:
		t.From, t.To = low, high
	}
	return Expr{Op: OpTest, Test: t}, nil
}

// parseTime reads a time and says when what was written begins and ends: a day
// is 24 hours long, a minute 60 seconds.
func parseTime(s string, zone *time.Location) (from, to time.Time, ok bool) {
	if zone == nil {
		zone = time.UTC
	}
	s = strings.Replace(strings.ReplaceAll(s, "/", "-"), " ", "T", 1)
	for _, form := range []struct {
		layout string
		length time.Duration
	}{
		{"2006-01-02T15:04:05.000000Z07:00", time.Microsecond},
		{"2006-01-02T15:04:05.000Z07:00", time.Millisecond},
		{"2006-01-02T15:04:05Z07:00", time.Second},
		{"2006-01-02T15:04Z07:00", time.Minute},
		{"2006-01-02T15:04:05.000000", time.Microsecond},
		{"2006-01-02T15:04:05.000", time.Millisecond},
		{"2006-01-02T15:04:05", time.Second},
		{"2006-01-02T15:04", time.Minute},
		{"2006-1-2T15:04", time.Minute},
	} {
		if t, err := time.ParseInLocation(form.layout, s, zone); err == nil && !strings.Contains(s, ",") {
			return t, t.Add(form.length), true
		}
	}
	for _, layout := range []string{"2006-01-02", "2006-1-2"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, t.AddDate(0, 0, 1), true
		}
	}
	if t, err := time.ParseInLocation("2006-01", s, zone); err == nil {
		return t, t.AddDate(0, 1, 0), true
	}
	return from, to, false
}
