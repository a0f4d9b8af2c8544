package sheet

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean trims a cell's text and changes nothing else of it: spaces of any
// width, invisible marks and byte order marks at the ends go, runs of spaces
// and line ends inside become one space. It is what a register stores.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		switch {
		case invisible(r):
		case unicode.IsSpace(r):
			gap = b.Len() > 0
		default:
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// CleanLines is Clean for each line of a cell; blank lines at the ends go.
func CleanLines(s string) string {
	if strings.IndexByte(s, '\n') < 0 {
		return Clean(s)
	}
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = Clean(lines[i])
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// plain reports whether Clean would change nothing, for the common case.
func plain(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c < ' ' || (c == ' ' && before == ' ') {
			return false
		}
		before = c
	}
	return s == "" || before != ' '
}

// invisible knows characters that are not seen and come with copied text.
func invisible(r rune) bool {
	return r >= 0x200B && r <= 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x2064 ||
		r >= 0x2066 && r <= 0x2069 || r == 0xFEFF || r == 0x00AD
}

// Narrow is Clean with full-width digits and letters made narrow and
// half-width kana made wide (Unicode NFKC), and with the many dashes as "-".
// It is for codes, addresses and versions, which have one right spelling.
func Narrow(s string) string {
	s = Clean(s)
	if ascii(s) {
		return s
	}
	return strings.Map(dash, norm.NFKC.String(s))
}

func dash(r rune) rune {
	switch r {
	case '‐', '‑', '‒', '–', '—', '―', '−', '－':
		return '-'
	}
	return r
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Fold makes texts that people take for the same text equal: Narrow, lower
// case, no spaces. It is for comparing and never shown.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, Narrow(s))
}

// Key is Fold without marks and brackets: 「設置場所（※）」 and "設置 場所" have
// one key. It is for headings. The long vowel mark stays.
func Key(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'ー', r == '々', r == '〇', unicode.IsLetter(r), unicode.IsNumber(r), unicode.Is(unicode.M, r):
			return r
		}
		return -1
	}, Fold(s))
}
