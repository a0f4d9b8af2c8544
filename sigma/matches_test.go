package sigma

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// naiveGlob writes a pattern as an expression.
func naiveGlob(p pattern) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for _, x := range p {
		switch x.wild {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(x.literal))
		}
	}
	b.WriteString(`\z`)
	return regexp.MustCompile(b.String())
}

// A pattern fits what the expression written for it fits: through the leaf it
// becomes (Equals, Prefix, Suffix, Contains, Exists or Glob), with case and
// without.
func FuzzGlob(f *testing.F) {
	for _, s := range [][2]string{{"*a*", "bab"}, {"a?c*", "abcd"}, {`\*a`, "*a"}, {"**", ""}, {"?*?", "x"}, {"*?給*", "x給食"}, {`a\\*b`, `a\x\b`}, {"a*b*c*d", "abcabcabcd"}, {"*K*", "\u212A"}, {"Ⱥ?", "ⱥx"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, written, value string) {
		if !utf8.ValidString(written) || !utf8.ValidString(value) || len(written) > 200 || len(value) > 2000 {
			t.Skip() // expressions read text only
		}
		p := parsePattern(written)
		want := naiveGlob(p).MatchString(value)
		m := p.match("F", true)
		if got := Matches(leafExpr(m), []Field{{"F", value}}); got != want {
			t.Fatalf("%q on %q: %v, as an expression %v (%+v)", written, value, got, want, m)
		}
		folded := naiveGlob(p.mapLiterals(Fold)).MatchString(Fold(value))
		m = p.match("F", false)
		if got := Matches(leafExpr(m), []Field{{"F", value}}); got != folded {
			t.Fatalf("%q on %q without case: %v, as an expression %v (%+v)", written, value, got, folded, m)
		}
		for i, part := range m.Parts {
			if i > 0 && !part.Any && part.Skip == 0 || i+1 < len(m.Parts) && i > 0 && part.Literal == "" {
				t.Fatalf("%q gives parts that belong together: %+v", written, m.Parts)
			}
		}
	})
}

func TestPattern_BecomesTheSimplestLeaf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Kind{"a": Equals, "": Equals, "*": Exists, "***": Exists, "a*": Prefix, "*a": Suffix, "*a*": Contains, "**a**": Contains,
		"a*b": Glob, "?": Glob, "*?": Glob, "a?": Glob, `\*`: Equals, `*\*`: Suffix, `\\*`: Prefix} {
		if m := parsePattern(text).match("F", false); m.Kind != want {
			t.Errorf("%q: %d", text, m.Kind)
		}
	}
}

func TestMatches_OperatorsWithoutParts(t *testing.T) {
	t.Parallel()
	for op, want := range map[Op]bool{And: true, Or: false, True: true, False: false} {
		if Matches(&Expr{Op: op}, nil) != want {
			t.Error(op)
		}
	}
}

func TestMatches_FirstOfTheSameNameCounts(t *testing.T) {
	t.Parallel()
	e := leafExpr(&Match{Field: "F", Kind: Equals, Text: "b"})
	if Matches(e, []Field{{"F", "a"}, {"F", "b"}}) || !Matches(e, []Field{{"F", "b"}, {"F", "a"}}) {
		t.Error("not the first")
	}
}

func TestMatches_OracleIsNotExponential(t *testing.T) {
	t.Parallel()
	p := parsePattern(strings.Repeat("*a", 100) + "b")
	if Matches(leafExpr(p.match("F", true)), []Field{{"F", strings.Repeat("a", 5000)}}) {
		t.Error("it does not end with b")
	}
}

func TestParseNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"0": 0, "42": 42, "-1.5": -1.5, "1e3": 1000, "0xff": 255, "0XFF": 255, "0xffffffffffffffff": 1<<64 - 1, "+3": 3, ".5": .5, "007": 7} {
		if n, ok := ParseNumber(text); !ok || n != want {
			t.Errorf("%s: %v %v", text, n, ok)
		}
	}
	for _, text := range []string{"", " 1", "1 ", "x", "0x", "0x1ffffffffffffffff", "inf", "NaN", "1e999", "1_0", "0x1p4", "--1", "1,000", "１"} {
		if n, ok := ParseNumber(text); ok {
			t.Errorf("%q is %v", text, n)
		}
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-11-22T03:04:05Z": "2026-11-22 03:04:05", "2026-11-22 03:04:05.123": "2026-11-22 03:04:05", "2026-11-22T03:04:05.123456789+09:00": "2026-11-22 03:04:05",
		"2026/11/22 03:04:05": "2026-11-22 03:04:05", "2026-11-22": "2026-11-22 00:00:00", "2026-11-22 03:04:05Z": "2026-11-22 03:04:05",
	} {
		if got, ok := ParseTime(text); !ok || got.Format("2006-01-02 15:04:05") != want {
			t.Errorf("%s: %v %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "2026-13-01", "2026-11-22_03:04:05", "22.11.2026 03:04:05", "2026-11-22T25:00:00Z", "1700000000", strings.Repeat("2", 1000), "2026-11-22 03:04"} {
		if got, ok := ParseTime(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}
