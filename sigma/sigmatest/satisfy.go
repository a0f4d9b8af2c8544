package sigmatest

import (
	"encoding/hex"
	"net/netip"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"

	"github.com/torideproject/toride/sigma"
)

// EventFor makes an event that the expression probably fits: of an Or one part
// is taken, what stands under a Not is left to chance. One event in three is
// spoiled a little, so that it just misses. Ask the oracle which it is.
func (g *Generator) EventFor(e *sigma.Expr) []sigma.Field {
	values := map[string]string{}
	var order []string
	set := func(name, value string) {
		if _, known := values[name]; !known {
			order = append(order, name)
		}
		values[name] = value
	}
	g.fill(e, set, values)
	var out []sigma.Field
	for _, name := range order {
		out = append(out, sigma.Field{Name: name, Value: values[name]})
	}
	if len(out) > 0 && g.r.IntN(3) == 0 {
		i := g.r.IntN(len(out))
		out[i].Value = g.spoil(out[i].Value)
	}
	if g.r.IntN(3) == 0 {
		for _, f := range g.Event() {
			if _, known := values[f.Name]; !known {
				out = append(out, f)
			}
		}
	}
	return out
}

func (g *Generator) fill(e *sigma.Expr, set func(name, value string), have map[string]string) {
	switch e.Op {
	case sigma.And:
		for _, kid := range e.Kids {
			g.fill(kid, set, have)
		}
	case sigma.Or:
		if len(e.Kids) > 0 {
			g.fill(e.Kids[g.r.IntN(len(e.Kids))], set, have)
		}
	case sigma.Leaf:
		name := e.Match.Field
		if name == "" {
			name = "Message"
		}
		if e.Match.Kind == sigma.FieldRef {
			if _, known := have[e.Match.Text]; !known {
				set(e.Match.Text, g.Text())
			}
		}
		if e.Match.Kind != sigma.Null || g.r.IntN(2) == 0 {
			set(name, g.valueFor(e.Match, have))
		}
	}
}

// valueFor gives a value that fits one leaf; a value that another leaf of the
// same event already gave is kept around it where that is possible.
func (g *Generator) valueFor(m *sigma.Match, have map[string]string) string {
	before := have[m.Field]
	switch m.Kind {
	case sigma.Equals:
		return g.recase(m, m.Text)
	case sigma.Prefix:
		return g.recase(m, m.Text) + before + g.word()
	case sigma.Suffix:
		return g.word() + before + g.recase(m, m.Text)
	case sigma.Contains:
		return before + g.word() + g.recase(m, m.Text) + g.word()
	case sigma.Glob:
		var b strings.Builder
		for _, p := range m.Parts {
			if p.Any {
				b.WriteString(g.word())
			}
			for range p.Skip {
				b.WriteString(g.pick([]string{"x", "給", "é", "1"}))
			}
			b.WriteString(g.recase(m, p.Literal))
		}
		return b.String()
	case sigma.Regexp:
		tree, err := syntax.Parse(m.Re.String(), syntax.Perl)
		if err != nil {
			return g.Text()
		}
		return before + g.sample(tree.Simplify(), 0)
	case sigma.FieldRef:
		return map[sigma.Kind]string{sigma.Prefix: have[m.Text] + "x", sigma.Suffix: "x" + have[m.Text], sigma.Contains: "x" + have[m.Text] + "x"}[m.Ref] +
			map[bool]string{true: have[m.Text]}[m.Ref == sigma.Equals]
	}
	return g.otherValue(m)
}

func (g *Generator) otherValue(m *sigma.Match) string {
	switch m.Kind {
	case sigma.CIDR:
		addr := m.Net.Addr()
		if g.r.IntN(2) == 0 && m.Net.Contains(addr.Next()) {
			addr = addr.Next()
		}
		if addr.Is4() && g.r.IntN(3) == 0 {
			return netip.AddrFrom16(addr.As16()).String()
		}
		return addr.String()
	case sigma.Null:
		return ""
	case sigma.Compare:
		n := m.Number + float64(g.r.IntN(3)-1)
		if n >= 0 && n == float64(int(n)) && g.r.IntN(3) == 0 {
			return "0x" + strconv.FormatInt(int64(n), 16)
		}
		return strconv.FormatFloat(n, 'f', -1, 64)
	case sigma.TimePart:
		parts := map[sigma.TimeUnit]int{sigma.Month: 11, sigma.Day: 22, sigma.Hour: 3, sigma.Minute: 4, sigma.Year: 2026}
		parts[m.Unit] = int(m.Number)
		two := func(n int) string { return string([]byte{byte('0' + n/10%10), byte('0' + n%10)}) }
		return strconv.Itoa(parts[sigma.Year]) + "-" + two(parts[sigma.Month]) + "-" + two(parts[sigma.Day]) + " " + two(parts[sigma.Hour]) + ":" + two(parts[sigma.Minute]) + ":00"
	}
	return g.Text()
}

// recase changes the case of some characters, where case does not matter.
func (g *Generator) recase(m *sigma.Match, s string) string {
	if m.Cased || g.r.IntN(2) == 0 {
		return s
	}
	if strings.ContainsRune(strings.ToValidUTF8(s, "\uFFFD"), '\uFFFD') {
		return s // not text
	}
	var b strings.Builder
	for _, r := range s {
		for range g.r.IntN(3) {
			r = unicode.SimpleFold(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// spoil changes one place of a value.
func (g *Generator) spoil(s string) string {
	switch i := g.r.IntN(len(s) + 1); g.r.IntN(4) {
	case 0:
		return s[:i] + g.word() + s[i:]
	case 1:
		return s[:i]
	case 2:
		return s[i:]
	default:
		return s + hex.EncodeToString([]byte{byte(i)})
	}
}

// sample gives a text that an expression finds, its anchors left aside.
func (g *Generator) sample(re *syntax.Regexp, depth int) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		if len(re.Rune) == 0 {
			return ""
		}
		i := g.r.IntN(len(re.Rune)/2) * 2
		span := min(int(re.Rune[i+1]-re.Rune[i]), 60)
		return string(re.Rune[i] + rune(g.r.IntN(span+1)))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return g.pick([]string{"x", "1", "給", " ", "A"})
	case syntax.OpCapture, syntax.OpPlus:
		return g.sample(re.Sub[0], depth+1)
	case syntax.OpStar, syntax.OpQuest:
		if g.r.IntN(2) == 0 || depth > 30 {
			return ""
		}
		return g.sample(re.Sub[0], depth+1)
	case syntax.OpAlternate:
		return g.sample(re.Sub[g.r.IntN(len(re.Sub))], depth+1)
	case syntax.OpConcat:
		var b strings.Builder
		for _, s := range re.Sub {
			b.WriteString(g.sample(s, depth+1))
		}
		return b.String()
	}
	return ""
}
