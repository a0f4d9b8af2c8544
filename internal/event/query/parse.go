package query

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/fault"
)

// Limits of a query. People type a hundredth of it; programs that make queries
// must not make one that takes minutes.
const (
	maxText  = 4096 // bytes
	maxTests = 200
	maxDepth = 50
)

// Parse reads a query. An empty one finds everything. Times without a zone
// are in zone. Its faults are Invalid, say at which character they were seen,
// counted from 1, and have keys that begin with "query.".
func Parse(text string, zone *time.Location) (Expr, error) {
	if len(text) > maxText {
		return Expr{}, fault.New(fault.Invalid, "query.too_long", maxText)
	}
	p := parser{s: text, zone: zone}
	e, err := p.or(0)
	if err != nil {
		return Expr{}, err
	}
	if p.space(); p.i < len(p.s) { // only a parenthesis ends or early
		return Expr{}, p.fault("query.paren_open", p.i)
	}
	return e, nil
}

type parser struct {
	s     string
	i     int
	tests int
	zone  *time.Location
}

// fault makes a fault whose last argument is the place of byte at.
func (p *parser) fault(key string, at int, args ...any) error {
	return fault.New(fault.Invalid, key, append(args, utf8.RuneCountInString(p.s[:at])+1)...)
}

func (p *parser) space() {
	for p.i < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.i:])
		if !unicode.IsSpace(r) {
			return
		}
		p.i += n
	}
}

// word looks whether a bare word follows that is an operator, and passes it.
func (p *parser) word(op string) bool {
	p.space()
	end := p.i + len(op)
	if end > len(p.s) || !strings.EqualFold(p.s[p.i:end], op) {
		return false
	}
	if end < len(p.s) {
		if r, _ := utf8.DecodeRuneInString(p.s[end:]); !unicode.IsSpace(r) && r != '(' && r != ')' && !isQuote(r) {
			return false
		}
	}
	p.i = end
	return true
}

// operatorNext says whether and or or follows, without passing it.
func (p *parser) operatorNext() bool {
	at := p.i
	found := p.word("and") || p.word("or")
	p.i = at
	return found
}

func (p *parser) end() bool {
	p.space()
	return p.i == len(p.s) || p.s[p.i] == ')'
}

func (p *parser) or(depth int) (Expr, error) {
	if depth > maxDepth {
		return Expr{}, p.fault("query.too_deep", p.i, maxDepth)
	}
	return p.chain("or", Or, func() (Expr, error) { return p.and(depth) })
}

// chain reads parts with an operator between them.
func (p *parser) chain(op string, join func(...Expr) Expr, part func() (Expr, error)) (Expr, error) {
	var kids []Expr
	for {
		kid, err := part()
		if err != nil {
			return Expr{}, err
		}
		kids = append(kids, kid)
		at := p.i
		if !p.word(op) {
			return join(kids...), nil
		}
		if p.end() || p.operatorNext() {
			p.i = at
			p.space()
			return Expr{}, p.fault("query.operand", p.i, op)
		}
	}
}

// and reads parts with "and" or nothing between them.
func (p *parser) and(depth int) (Expr, error) {
	var kids []Expr
	for !p.end() {
		at := p.i
		if op := p.operator(); op != "" {
			if len(kids) == 0 || p.end() || p.operatorNext() {
				return Expr{}, p.fault("query.operand", at, op)
			}
			if op == "or" {
				p.i = at
				break
			}
			continue
		}
		kid, err := p.not(depth)
		if err != nil {
			return Expr{}, err
		}
		kids = append(kids, kid)
	}
	return And(kids...), nil
}

// operator passes and or or, and says which it was.
func (p *parser) operator() string {
	for _, op := range []string{"and", "or"} {
		if p.word(op) {
			return op
		}
	}
	return ""
}

func (p *parser) not(depth int) (Expr, error) {
	at := p.i
	if !p.word("not") {
		return p.primary(depth)
	}
	if p.end() || p.operatorNext() {
		return Expr{}, p.fault("query.operand", at, "not")
	}
	if depth > maxDepth {
		return Expr{}, p.fault("query.too_deep", at, maxDepth)
	}
	kid, err := p.not(depth + 1)
	return Not(kid), err
}

func (p *parser) primary(depth int) (Expr, error) {
	p.space()
	at := p.i
	if p.s[at] == '(' {
		return p.group(func() (Expr, error) { return p.or(depth + 1) })
	}
	if p.tests++; p.tests > maxTests {
		return Expr{}, p.fault("query.too_many", at, maxTests)
	}
	if name, op := p.field(); op != "" {
		return p.comparison(name, op, at, depth)
	}
	l, err := p.literal()
	if err != nil {
		return Expr{}, err
	}
	return l.test(""), nil
}

// group reads what stands in parentheses.
func (p *parser) group(inside func() (Expr, error)) (Expr, error) {
	at := p.i
	p.i++
	if p.end() {
		if p.i < len(p.s) {
			return Expr{}, p.fault("query.paren_empty", at)
		}
		return Expr{}, p.fault("query.paren_close", at)
	}
	e, err := inside()
	if err != nil {
		return Expr{}, err
	}
	if p.space(); p.i == len(p.s) {
		return Expr{}, p.fault("query.paren_close", at)
	}
	p.i++
	return e, nil
}

// field passes a name and the operator behind it, if both are there.
func (p *parser) field() (name, op string) {
	start := p.i
	ascii := true
	for p.i < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.i:])
		if !nameRune(r) {
			break
		}
		ascii = ascii && n == 1
		p.i += n
	}
	name = p.s[start:p.i]
	if name == "" || name[0] >= '0' && name[0] <= '9' || name[0] == '.' || name[0] == '-' {
		p.i = start
		return "", ""
	}
	tight := p.s[p.i:]
	p.space()
	for _, op := range []string{":", "：", "<=", ">=", "<", ">"} {
		rest, ok := strings.CutPrefix(p.s[p.i:], op)
		// Words that only look like a field: http://…, C:\….
		if op == "：" && !ascii {
			continue // 件名：至急 is text
		}
		if ok && (op != ":" || !strings.HasPrefix(rest, "//") && (len(name) > 1 || !strings.HasPrefix(tight, `:\`))) {
			p.i += len(op)
			if op == "：" {
				op = ":"
			}
			return name, op
		}
	}
	p.i = start
	return "", ""
}

func nameRune(r rune) bool {
	if r >= utf8.RuneSelf {
		return unicode.IsLetter(r) || unicode.IsMark(r)
	}
	return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' || r == '@'
}

// comparison reads what stands behind a field's name and operator.
func (p *parser) comparison(name, op string, at, depth int) (Expr, error) {
	f, known := core(name)
	kind := Keyword
	if known {
		name, kind = f.Name, f.Kind
	}
	if op == ":" {
		p.space()
		for _, o := range []string{"<=", ">=", "<", ">"} {
			if strings.HasPrefix(p.s[p.i:], o) {
				p.i += len(o)
				op = o
				break
			}
		}
	}
	if p.end() || p.operatorNext() {
		return Expr{}, p.fault("query.value", at, name)
	}
	if op != ":" {
		l, err := p.literal()
		if err != nil {
			return Expr{}, err
		}
		return p.between(name, kind, op, l)
	}
	return p.value(name, kind, depth)
}

// value reads a value, or values in parentheses.
func (p *parser) value(name string, kind Kind, depth int) (Expr, error) {
	if depth > maxDepth {
		return Expr{}, p.fault("query.too_deep", p.i, maxDepth)
	}
	p.space()
	switch {
	case p.s[p.i] == '(':
		return p.group(func() (Expr, error) { return p.values(name, kind, depth+1) })
	case p.s[p.i] == '{':
		return Expr{}, p.fault("query.braces", p.i)
	}
	if p.tests++; p.tests > maxTests {
		return Expr{}, p.fault("query.too_many", p.i, maxTests)
	}
	l, err := p.literal()
	if err != nil {
		return Expr{}, err
	}
	switch {
	case l.pattern && l.text == "*":
		return Expr{Op: OpTest, Test: Test{Field: name, How: Exists}}, nil
	case kind == Time:
		return p.between(name, kind, ":", l)
	case kind == Number && !l.pattern:
		if _, err := strconv.ParseUint(l.text, 10, 63); err != nil {
			return Expr{}, p.fault("query.number", l.at, name, l.text)
		}
	case strings.Contains(l.text, "/") && !l.quoted && !l.pattern:
		if net, err := netip.ParsePrefix(l.text); err == nil && kind != Number && kind != Long {
			return Expr{Op: OpTest, Test: Test{Field: name, How: Within, Value: net.Masked().String()}}, nil
		} else if kind == Address {
			return Expr{}, p.fault("query.network", l.at, l.text)
		}
	}
	return l.test(name), nil
}

// values reads (a or b and not c).
func (p *parser) values(name string, kind Kind, depth int) (Expr, error) {
	return p.chain("or", Or, func() (Expr, error) {
		return p.chain("and", And, func() (Expr, error) {
			if at := p.i; p.word("not") {
				if p.end() || p.operatorNext() {
					return Expr{}, p.fault("query.operand", at, "not")
				}
				kid, err := p.value(name, kind, depth)
				return Not(kid), err
			}
			if p.end() || p.operatorNext() {
				return Expr{}, p.fault("query.value", p.i, name)
			}
			return p.value(name, kind, depth)
		})
	})
}
