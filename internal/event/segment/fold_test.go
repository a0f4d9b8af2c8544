package segment

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// plainFold is Fold without short ways: what is UTF-8 between bytes that are
// none is normalised, then each character goes to upper and lower case.
func plainFold(s []byte) []byte {
	var out []byte
	for len(s) > 0 {
		end := 0
		for end < len(s) {
			r, n := utf8.DecodeRune(s[end:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			end += n
		}
		for _, r := range norm.NFKC.String(string(s[:end])) {
			out = utf8.AppendRune(out, unicode.ToLower(unicode.ToUpper(r)))
		}
		if end < len(s) {
			out = append(out, s[end])
			end++
		}
		s = s[end:]
	}
	return out
}

func TestFold_WritesWhatPeopleType(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                   "",
		"ADMINistrator":      "administrator",
		"[@AZ`az{":           "[@az`az{",
		"ＡＢＣ１２３":             "abc123",
		"ﾔﾏﾀﾞ ﾀﾛｳ":           "ヤマダ タロウ",
		"か\u3099":            "が",
		"e\u0301É":           "éé",
		"電子カルテ":              "電子カルテ",
		"電子カルテ　サーバ":          "電子カルテ サーバ",
		"㈱砦病院":               "(株)砦病院",
		"ΣΊΣΥΦΟΣ":            "σίσυφοσ",
		"a\xff\x81B\xe3\x81": "a\xff\x81b\xe3\x81",
		"Straße":             "straße",
	} {
		if got := FoldString(in); got != want {
			t.Errorf("Fold(%q) = %q, not %q", in, got, want)
		}
	}
}

// Each character on the short way is really one that folds so, alone and after
// any other.
func TestFold_CharactersOnTheShortWay(t *testing.T) {
	t.Parallel()
	seen := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := utf8.AppendRune(nil, r)
		if n, _ := short(s); r >= utf8.RuneSelf && n == 0 {
			continue
		}
		seen++
		if got, want := Fold(nil, s), plainFold(s); !bytes.Equal(got, want) || !norm.NFKC.Properties(s).BoundaryBefore() {
			t.Errorf("%U folds to %q, not %q", r, got, want)
		}
	}
	if seen < 20_000 {
		t.Errorf("only %d characters take the short way", seen)
	}
}

func TestFold_ShortWaysChangeNothing(t *testing.T) {
	t.Parallel()
	pieces := []string{"A", "z", "0123", "ABCDEFGHIJ", "か", "\u3099", "ﾞ", "ｶ", "Ａ", "漢字", "é", "\u0301", "\xff", "\xe3\x81", "　", "ǅ", "\U0001F600", "ㅎ", "ᄒ", "ᅡ", "ᆫ", "Å"}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var s []byte
		for range rng.IntN(12) {
			s = append(s, pieces[rng.IntN(len(pieces))]...)
		}
		if got, want := Fold(nil, s), plainFold(s); !bytes.Equal(got, want) {
			t.Fatalf("Fold(%q) = %q, not %q", s, got, want)
		}
	}
}

// Plain text is only made lower case; wide text keeps all that is not ASCII.
func checkPlain(t *testing.T, s []byte) {
	t.Helper()
	n := Plain(s, false)
	if got, want := Fold(nil, s[:n]), lowered(s[:n]); !bytes.Equal(got, want) {
		t.Errorf("%q is not plain: %q", s[:n], got)
	}
	wide := Plain(s, true)
	if wide < n || wide > len(s) {
		t.Fatalf("%q: %d wide, %d plain", s, wide, n)
	}
	foreign := func(b []byte) []byte { // without ASCII, and without what becomes ASCII
		return bytes.Map(func(r rune) rune {
			if r < utf8.RuneSelf || r == 0x3000 || r >= 0xff01 && r <= 0xff5e {
				return ' '
			}
			return r
		}, b)
	}
	if got, want := foreign(Fold(nil, s[:wide])), foreign(s[:wide]); !bytes.Equal(got, want) {
		t.Errorf("%q is not wide: %q", s[:wide], got)
	}
}

func lowered(s []byte) []byte {
	out := bytes.Clone(s)
	for i, c := range out {
		if c >= 'A' && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return out
}

func TestPlain_IsOnlyMadeLowerCase(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= 0x2ffff; r++ {
		if utf8.ValidRune(r) {
			checkPlain(t, append([]byte("aZ 医"), string(r)...))
		}
	}
	for n := range 70 { // the step of 32
		s := bytes.Repeat([]byte("Ab"), 40)[:n]
		if got := Plain(append(s, "ＶＰＮ"...), false); got != n {
			t.Errorf("%d of %d", got, n)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add([]byte("ADMIN か\u3099 ﾊﾟ \xff"))
	f.Fuzz(func(t *testing.T, s []byte) {
		if got, want := Fold([]byte("x"), s), append([]byte("x"), plainFold(s)...); !bytes.Equal(got, want) {
			t.Errorf("Fold(%q) = %q, not %q", s, got, want)
		}
		checkPlain(t, s)
	})
}

func BenchmarkFold(b *testing.B) {
	for name, s := range map[string]string{
		"ascii":    `<189>date=2026-11-22 time=10:15:30 devname="FGT-HQ-01" logid="0000000013" type="traffic" srcip=10.10.3.45`,
		"japanese": "アカウントが正常にログオンしました。電子カルテの患者記録を参照（入院・外来）。",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(s)))
			dst, src := make([]byte, 0, 4096), []byte(s)
			for b.Loop() {
				dst = Fold(dst[:0], src)
			}
		})
	}
}
