package sigma

import (
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParseAddr(f *testing.F) {
	for _, s := range []string{"10.0.0.5", "::1", "::ffff:10.0.0.5", "fe80::1%3", "2001:db8::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "01.2.3.4", "1.2.3", "::1%", "%", "1::2::3", ":::", "1:2:3:4:5:6:7::", "12345::", "1.2.3.4:80", "1.2.3.4%x", "-", "::1.2.3.4.5", "1:2:3:4:5:6:7:1.2.3.4", "ab%:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := netip.ParseAddr(s)
		got, ok := parseAddr([]byte(s))
		if ok != (err == nil) || ok && got != want.WithZone("") {
			t.Errorf("%q: %v %v, netip %v %v", s, got, ok, want, err)
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"", "-", "1", "0x1F", "0X", "+5", "-.5", "1e3", "e3", ".", "9007199254740993", "1_000", "Inf", "nan", "0x-1", strings.Repeat("9", 500), "0." + strings.Repeat("0", 400) + "1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, wantOK := ParseNumber(s)
		if got, ok := parseNumber([]byte(s)); ok != wantOK || ok && got != want {
			t.Errorf("%q: %v %v, ParseNumber %v %v", s, got, ok, want, wantOK)
		}
	})
}

// randomGlob makes a pattern and a value out of few pieces, some of them not
// UTF-8, so that they often nearly fit.
func randomGlob(r *rand.Rand) ([]GlobPart, string) {
	pieces := []string{"a", "b", "ab", "é", "あ", "\xa9", "\xc3", "\xe3\x81", "", "x"}
	word := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		return b.String()
	}
	var parts []GlobPart
	for range r.IntN(5) {
		parts = append(parts, GlobPart{Any: r.IntN(2) == 0, Skip: r.IntN(3) * r.IntN(2), Literal: word(r.IntN(3))})
	}
	return parts, word(r.IntN(9))
}

func TestGlobFits_AgreesWithTheOracle(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	fits := 0
	for range 300_000 {
		parts, value := randomGlob(r)
		want := matchesGlob(parts, value)
		if got := globFits(parts, []byte(value)); got != want {
			t.Fatalf("%+v on %q: %v, oracle %v", parts, value, got, want)
		}
		if want {
			fits++
		}
	}
	if fits < 1000 {
		t.Errorf("only %d fit", fits)
	}
}

func expressions() []string {
	return []string{`a`, ``, `^$`, `^a`, `b$`, `\bk\b`, `\Bk`, `(?i)k+s`, `[^a-z]`, `.{3,7}x`, `(?m)^b$`, `(?s)a.b`, `a.b`, `\x{FFFD}`, `サーバ`, `[あ-ん]+b`, `(a|b)*abb`, `a{20}`,
		`(?:a|b)*a(?:a|b){9}`, `\d+\.\d+`, `\w+\s`, `^(?:a|ab)(?:c|bcd)$`, `(?i)ſ`, `[[:^ascii:]]`, `\pL\PL`, `(a*)*b`, `x*`, `$^`, `\z`, `\A\bb`, `(?:^|,)k(?:,|$)`, `\x00`, `(?i)[k-m]é`, `.{1000,}`, `a\b.`}
}

// A text for expressions: few characters, so that they match often.
func randomText(r *rand.Rand, n int) string {
	pieces := []string{"a", "b", "c", "k", "K", "\u212a", "s", "ſ", "\n", " ", ",", ".", "1", "é", "É", "サーバ", "あ", "\xff", "\xe3\x81", "x", "\x00", "\uFFFD", "_"}
	var b strings.Builder
	for range n {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

func TestDFA_AgreesWithRegexp(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for _, expr := range expressions() {
		re := regexp.MustCompile(expr)
		spent := 0
		d := newDFA(newRegexpPlan(re), &spent)
		matches := 0
		for i := range 3000 {
			text := randomText(r, r.IntN(3+i/50))
			want := re.MatchString(text)
			if got := d.match([]byte(text)); got != want {
				t.Fatalf("%s on %q: %v, regexp %v", expr, text, got, want)
			}
			if want {
				matches++
				low := []byte(Fold(text))
				if !d.plan.hinted(low) || len(text) < d.plan.least || d.plan.required != nil && !hasOne(string(low), d.plan.required) {
					t.Fatalf("%s on %q: matches against %q %q %d", expr, text, d.plan.required, d.plan.hints, d.plan.least)
				}
			}
		}
		if d.plan.prog == nil || d.flushes > 0 {
			t.Errorf("%s: no automaton (%d flushes)", expr, d.flushes)
		}
	}
}

func hasOne(text string, of []string) bool {
	for _, s := range of {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// An expression whose automaton explodes stays right and within its memory.
func TestDFA_Explosion(t *testing.T) {
	t.Parallel()
	re := regexp.MustCompile(`(?:a|b)*a(?:a|b){30}c`)
	spent := 0
	d := newDFA(newRegexpPlan(re), &spent)
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		text := strings.Map(func(c rune) rune { return rune('a' + r.IntN(2)) }, strings.Repeat("x", 400)) + "c"
		if got, want := d.match([]byte(text)), re.MatchString(text); got != want {
			t.Fatalf("%v, regexp %v", got, want)
		}
		if d.cost > maxCost+1<<16 || spent != d.cost {
			t.Fatalf("%d bytes, %d told", d.cost, spent)
		}
	}
	if d.flushes <= maxFlushes || d.next != nil {
		t.Errorf("%d flushes: the expression was to be left to package regexp", d.flushes)
	}
}

func FuzzDFA(f *testing.F) {
	for _, e := range expressions() {
		f.Add(e, "abk サーバ\xff")
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		re, err := regexp.Compile(expr)
		if err != nil || len(expr) > 200 || len(text) > 2000 {
			return
		}
		spent := 0
		p := newRegexpPlan(re)
		d := newDFA(p, &spent)
		want := re.MatchString(text)
		if got := d.match([]byte(text)); got != want {
			t.Fatalf("%q on %q: %v, regexp %v", expr, text, got, want)
		}
		if low := Fold(text); want && (!p.hinted([]byte(low)) || len(text) < p.least || p.required != nil && !hasOne(low, p.required)) {
			t.Fatalf("%q on %q: matches against %q %q %d", expr, text, p.required, p.hints, p.least)
		}
	})
}

// literals makes n texts of least to most bytes.
func literals(r *rand.Rand, n, least, most int) []literal {
	var out []literal
	known := map[string]bool{}
	for len(out) < n {
		text := randomText(r, 2+r.IntN(most))
		if text = text[:min(len(text), most)]; len(text) < least || !findable(text) || known[text] {
			continue
		}
		known[text] = true
		out = append(out, literal{kind: litInside, text: text, anchor: uint8(r.IntN(4) * r.IntN(2))})
	}
	return out
}

func TestGramFilter_FindsWhatIsThere(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	strides := map[int]bool{}
	for _, c := range []struct{ n, least, most int }{{1, 2, 2}, {5, 3, 3}, {40, 4, 9}, {30, 5, 9}, {30, 7, 20}, {400, 3, 12}, {1500, 7, 14}, {1, 30, 30}} {
		lits := literals(r, c.n, c.least, c.most)
		all := make([]int32, len(lits))
		for i := range all {
			all[i] = int32(i)
		}
		x := newFieldIndex(1, lits, all)
		strides[x.four.stride] = true
		f := gramFinder{lits: lits, seen: make([]uint32, len(lits))}
		for range 2000 {
			text := randomText(r, r.IntN(12)) + lits[r.IntN(len(lits))].text + randomText(r, r.IntN(12))
			if r.IntN(3) == 0 {
				text = lits[r.IntN(len(lits))].text
			}
			padded := append([]byte(text), "abababab"...)
			f.found = f.found[:0]
			x.find(&f, padded, len(text))
			checkFound(t, lits, f.found, text)
		}
	}
	if !strides[1] || !strides[2] || !strides[4] {
		t.Errorf("strides %v: not all were tried", strides)
	}
}

func checkFound(t *testing.T, lits []literal, found []int32, text string) {
	t.Helper()
	got := map[int32]bool{}
	for _, id := range found {
		if got[id] {
			t.Fatalf("%q found twice in %q", lits[id].text, text)
		}
		got[id] = true
	}
	for i, l := range lits {
		var want bool
		switch l.anchor {
		case 0:
			want = strings.Contains(text, l.text)
		case atStart:
			want = strings.HasPrefix(text, l.text)
		case atEnd:
			want = strings.HasSuffix(text, l.text)
		default:
			want = text == l.text
		}
		if want != got[int32(i)] {
			t.Fatalf("%q (anchor %d) in %q: %v", l.text, l.anchor, text, got[int32(i)])
		}
	}
}

func TestFindable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"": false, "ab": false, "abc": true, "é": true, "aé": true, "\xffa": false, "あ": true} {
		if findable(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
	if utf8.RuneLen('é') != 2 {
		t.Error("é is no longer two bytes")
	}
}

// A memo that forgets all the time never says what is not so.
func TestMemo_SaysWhatWasKept(t *testing.T) {
	t.Parallel()
	m := newMemo(leastMemo)
	r := rand.New(rand.NewPCG(9, 10))
	known := 0
	for range 300_000 {
		n := r.IntN(40)
		if r.IntN(4) == 0 {
			n = r.IntN(2000)
		}
		index := uint32(n % 3)
		low := []byte(strings.Repeat(string(rune('a'+n%26)), 20+n))
		facts, ok, slot, hash := m.find(index, low)
		want := make([]int32, n%50)
		for i := range want {
			want[i] = int32(n + i)
		}
		switch {
		case ok:
			known++
			if len(facts) != len(want) || len(want) > 0 && (facts[0] != want[0] || facts[len(want)-1] != want[len(want)-1]) {
				t.Fatalf("value %d of field %d: %v, kept were %v", n, index, facts, want)
			}
		case slot != nil:
			m.keep(slot, hash, index, low, want)
		}
	}
	if known < 10_000 || m.turn < 10 {
		t.Errorf("%d known, %d turns: the memo was hardly used", known, m.turn)
	}
}
