package sigma

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Of every character: all its cases fold to the same one, that one is one of
// them, and folding again changes nothing.
func TestFoldRune_EveryCharacter(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		f := FoldRune(r)
		among := f == r
		for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
			if FoldRune(o) != f {
				t.Fatalf("%U folds to %U, its other case %U to %U", r, f, o, FoldRune(o))
			}
			among = among || o == f
		}
		if !among || FoldRune(f) != f {
			t.Fatalf("%U folds to %U", r, f)
		}
		if r < 128 && f != unicode.ToLower(r) {
			t.Fatalf("%U folds to %U", r, f)
		}
	}
}

func TestFold_KnownTexts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                   "",
		"already":                            "already",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`@": "abcdefghijklmnopqrstuvwxyz[\\]^_`@",
		"ＡＺ":                                 "ａｚ",
		"Windows®":                           "windows®",
		"\u212A":                             "k",
		"ſ":                                  "s",
		"ÀÉ×Þ":                               "àé×þ",
		"ΣΑΣ":                                "σασ",
		"İ":                                  "İ",
		"Ⱥ":                                  "ⱥ",
		"ẞ":                                  "ß",
		"\xffA\xe3\x81B":                     "\xffa\xe3\x81b",
		"給食サーバーABCDEFGH給食IJKLMNOP": "給食サーバーabcdefgh給食ijklmnop",
	} {
		if got := Fold(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// plainFold does one character after the other.
func plainFold(s []byte) []byte {
	var out []byte
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n <= 1 {
			out = append(out, s[0])
		} else {
			out = utf8.AppendRune(out, FoldRune(r))
		}
		s = s[n:]
	}
	return out
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "ABCDEFGHabcdefgh", "ＡＢＣ給食K\u212Aſ®", "\xff\xe3\x81ABCDEFGHIJKLMNOP", "ȺȺȺȺȺȺȺȺ", strings.Repeat("Aé", 50)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		got := AppendFold([]byte("x"), s)
		if !bytes.Equal(got[1:], plainFold(s)) || got[0] != 'x' || Fold(string(s)) != string(got[1:]) {
			t.Fatalf("%q folds to %q, plainly to %q", s, got[1:], plainFold(s))
		}
		if again := AppendFold(nil, got[1:]); !bytes.Equal(again, got[1:]) {
			t.Fatalf("%q folds on to %q", got[1:], again)
		}
		if utf8.Valid(s) {
			// Go's expressions fold in the same way.
			if !regexp.MustCompile(`(?is)\A` + regexp.QuoteMeta(string(s)) + `\z`).Match(got[1:]) {
				t.Fatalf("%q and %q are not the same to (?i)", s, got[1:])
			}
		}
	})
}

func BenchmarkAppendFold(b *testing.B) {
	for name, s := range map[string]string{
		"ascii":    `"C:\WINDOWS\system32\reg.exe" add "HKCU\Software\Microsoft\Windows Script\Settings" /v AmsiEnable /t REG_DWORD /d 0 /f`,
		"japanese": `C:\Users\医療情報部\Desktop\電子カルテ\バックアップ手順書_2026年版.xlsx を開きました。給食サーバ ＡＢＣ`,
		"latin":    "Microsoft® Windows® Operating System, Éditions spéciales à Genève, Straße, Größe, ΑΒΓΔΕ",
	} {
		b.Run(name, func(b *testing.B) {
			src, dst := []byte(s), make([]byte, 0, 512)
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				dst = AppendFold(dst[:0], src)
			}
		})
	}
}
