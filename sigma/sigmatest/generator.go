package sigmatest

import (
	"math/rand/v2"
	"strings"

	"github.com/torideproject/toride/sigma"
)

// Generator makes rules and events.
type Generator struct{ r *rand.Rand }

// New gives the generator of a seed.
func New(seed uint64) *Generator { return &Generator{r: rand.New(rand.NewPCG(seed, 0x746f72696465))} }

// FieldNames are the fields of the events that a Generator makes.
func FieldNames() []string {
	return []string{"Image", "CommandLine", "ParentImage", "User", "EventID", "SourceIp", "UtcTime", "Size", "Details", "状態"}
}

func words() []string {
	return []string{"cmd.exe", "CMD.EXE", `C:\Windows\System32\`, `\powershell.exe`, "powershell", "-enc", "/enc", "–enc", "—c", "―c", "-c", "/c",
		"whoami", "WhoAmI", " ", "  ", "K", "k", "\u212A", "s", "ſ", "S", "ß", "ẞ", "Microsoft® Windows®", "MICROSOFT®", "ａｄｍｉｎ", "ＡＤＭＩＮ", "給食サーバ", "カルテ",
		"é", "É", "Σ", "σ", "ς", "İ", "i", "Ⱥ", "ⱥ", "Ǆ", "ǅ", "aaaa", "aaab", "abab", "aab", `\\`, `\`, "*", "?", `\*`, "%", "0x10", "10", "16", "4688", "-1", "1e3",
		"", "a", "b", "ab", ".", ".exe", "exe", "\x00", "\xff", "\xe3\x81", "10.0.0.5", "::ffff:10.0.0.5", "2001:db8::1", "192.168.1.1", "2026-11-22T03:04:05Z",
		"2026-11-22 23:59:59.123", "true", "false", "SYSTEM", "NT AUTHORITY\\SYSTEM", "net user", "vssadmin delete shadows", "=", "\"", "\n"}
}

func (g *Generator) pick(from []string) string { return from[g.r.IntN(len(from))] }

func (g *Generator) word() string { return g.pick(words()) }

// Text gives a text of some words, in odd case now and then.
func (g *Generator) Text() string {
	var b strings.Builder
	for range 1 + g.r.IntN(4) {
		b.WriteString(g.word())
	}
	switch g.r.IntN(6) {
	case 0:
		return strings.ToUpper(b.String())
	case 1:
		return strings.ToLower(b.String())
	}
	return b.String()
}

// Value gives a value as the field of that name would hold it, most of the
// time.
func (g *Generator) Value(field string) string {
	if g.r.IntN(8) == 0 {
		return g.Text()
	}
	switch field {
	case "EventID", "Size":
		return g.pick([]string{"1", "4688", "10", "16", "0x10", "0X10", "-5", "3.5", "1e3", "9007199254740993", "", "ten", "10 ", "0x"})
	case "SourceIp":
		return g.pick([]string{"10.0.0.5", "10.0.0.6", "::ffff:10.0.0.5", "192.168.1.1", "2001:db8::1", "fe80::1%3", "::1", "", "-", "10.0.0.5:80"})
	case "UtcTime":
		return g.pick([]string{"2026-11-22 03:04:05.123", "2026-11-22T23:59:59Z", "2024-02-29T00:00:00+09:00", "2026/01/01 12:00:00", "2026-01-01", "", "yesterday"})
	}
	return g.Text()
}

// Event gives an event: some of the fields, in any order, each once.
func (g *Generator) Event() []sigma.Field {
	var out []sigma.Field
	names := FieldNames()
	g.r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:g.r.IntN(len(names)+1)] {
		out = append(out, sigma.Field{Name: name, Value: g.Value(name)})
	}
	return out
}

// Expr gives a condition of a few leaves. Some leaves are the same object in
// two places.
func (g *Generator) Expr() *sigma.Expr { return g.expr(3) }

func (g *Generator) expr(depth int) *sigma.Expr {
	if depth == 0 || g.r.IntN(3) == 0 {
		return g.Leaf()
	}
	switch g.r.IntN(10) {
	case 0:
		return &sigma.Expr{Op: sigma.Op(int(sigma.True) + g.r.IntN(2))}
	case 1, 2:
		return &sigma.Expr{Op: sigma.Not, Kids: []*sigma.Expr{g.expr(depth - 1)}}
	case 3:
		shared := g.expr(depth - 1)
		return &sigma.Expr{Op: sigma.Op(g.r.IntN(2)), Kids: []*sigma.Expr{shared, g.expr(depth - 1), shared}}
	}
	e := &sigma.Expr{Op: sigma.Op(g.r.IntN(2))}
	for range g.r.IntN(4) {
		e.Kids = append(e.Kids, g.expr(depth-1))
	}
	return e
}

// Leaf gives what an item with random modifiers resolves into: a leaf, or an
// expression of leaves.
func (g *Generator) Leaf() *sigma.Expr {
	for {
		if e, err := g.Item().Expr(sigma.ItemOptions{}); err == nil {
			return e
		}
	}
}

// Item gives one line of a detection. Most items resolve; some are refused.
func (g *Generator) Item() sigma.Item {
	it := sigma.Item{Field: g.pick(FieldNames())}
	text := func() sigma.Scalar { return sigma.Scalar{Kind: sigma.TextScalar, Text: g.Text()} }
	make := text
	switch g.r.IntN(14) {
	case 0:
		it.Modifiers = g.modifiers("re", "", "i", "m", "s")
		make = func() sigma.Scalar { return sigma.Scalar{Text: g.expression()} }
	case 1:
		it.Field, it.Modifiers = "SourceIp", []string{"cidr"}
		make = func() sigma.Scalar {
			return sigma.Scalar{Text: g.pick([]string{"10.0.0.0/8", "10.0.0.4/30", "10.0.0.5/32", "::/0", "2001:db8::/32", "fe80::/10", "::ffff:10.0.0.0/104", "0.0.0.0/0"})}
		}
	case 2:
		it.Modifiers = []string{"exists"}
		make = func() sigma.Scalar {
			return sigma.Scalar{Kind: sigma.BoolScalar, Text: g.pick([]string{"true", "false"})}
		}
	case 3:
		it.Modifiers = g.modifiers("fieldref", "", "contains", "startswith", "endswith", "cased")
		make = func() sigma.Scalar { return sigma.Scalar{Text: g.pick(FieldNames())} }
	case 4:
		it.Field, it.Modifiers = g.pick([]string{"EventID", "Size"}), g.modifiers("", "lt", "lte", "gt", "gte")
		make = func() sigma.Scalar {
			return sigma.NumberScalarOf(g.pick([]string{"1", "4688", "0x10", "3.5", "-5", "1e3", "16"}))
		}
	case 5:
		it.Field, it.Modifiers = "UtcTime", g.modifiers(g.pick([]string{"minute", "hour", "day", "week", "month", "year"}), "", "lt", "gte")
		make = func() sigma.Scalar { return sigma.NumberScalarOf(g.pick([]string{"1", "3", "4", "22", "23", "2026"})) }
	case 6:
		make = func() sigma.Scalar { return sigma.Scalar{Kind: sigma.NullScalar} }
	case 7:
		it.Field = "" // keywords
	case 8:
		it.Modifiers = g.modifiers(g.pick([]string{"base64", "base64offset", "wide", "utf16be", "utf16"}), "", "contains")
	default:
		it.Modifiers = g.modifiers(g.pick([]string{"", "contains", "startswith", "endswith"}), "", "", "windash", "cased", "all", "neq")
	}
	for range 1 + g.r.IntN(3) {
		it.Values = append(it.Values, make())
	}
	return it
}

func (g *Generator) modifiers(first string, more ...string) []string {
	var out []string
	for _, m := range []string{first, g.pick(more)} {
		if m != "" {
			out = append(out, m)
		}
	}
	return out
}

func (g *Generator) expression() string {
	return g.pick([]string{`cmd\.exe`, `^C:\\`, `\.exe$`, `[a-c]+b`, `(?i)WHOAMI`, `a{2,4}b`, `\bk\b`, `サーバ$`, `^$`, `.`, `\x00`, `(abc|aab|\d{3,})`, `\s-e[nc]+`, `[^a-z]`, `^.{2,5}$`, `ß|ſ`})
}

// Rule gives a rule with an id, a title and one of a few log sources.
func (g *Generator) Rule() *sigma.Rule {
	id := make([]byte, 8)
	for i := range id {
		id[i] = "0123456789abcdef"[g.r.IntN(16)]
	}
	sources := []sigma.LogSource{{Product: "windows", Category: "process_creation"}, {Product: "windows", Service: "security"}, {Product: "windows"}, {Category: "antivirus"}, {}}
	return &sigma.Rule{ID: string(id) + "-0000-4000-8000-000000000000", Title: "rule " + string(id), Level: sigma.Level(1 + g.r.IntN(5)),
		LogSource: sources[g.r.IntN(len(sources))], Condition: g.Expr()}
}
