package web

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Piece is a stretch of a text, and whether a line must not end within it.
type Piece struct {
	Text  string
	Whole bool
}

// longestWhole bounds what is kept on one line, in letters: more would stick
// out of a telephone's screen.
const longestWhole = 20

// Pieces parts a text so that an amount stays in one line. Browsers end a line
// between any two wide letters, therefore within "５００ｍＬ" too, and "５" at
// the end of a line is another amount than "５００". A whole piece is a stretch
// of 2 to 20 letters, digits and signs of numbers and rates, some of them wide.
// Cost: linear.
func Pieces(s string) []Piece {
	var out []Piece
	put := func(text string, whole bool) {
		if text == "" {
			return
		}
		if n := len(out); n > 0 && !whole && !out[n-1].Whole {
			out[n-1].Text += text
			return
		}
		out = append(out, Piece{text, whole})
	}
	rest := s
	for rest != "" {
		start := strings.IndexFunc(rest, func(r rune) bool { return amounts(r) && r != '-' && r != '－' }) // no name's hyphen looks like a minus
		if start < 0 {
			put(rest, false)
			break
		}
		put(rest[:start], false)
		rest = rest[start:]
		end := strings.IndexFunc(rest, func(r rune) bool { return !amounts(r) })
		if end < 0 {
			end = len(rest)
		}
		n := utf8.RuneCountInString(rest[:end])
		put(rest[:end], 1 < n && n <= longestWhole && n < end) // what is ASCII alone stays whole by itself
		rest = rest[end:]
	}
	return out
}

// amounts says whether a sign may be within an amount such as "１００ｍｇ",
// "2.5%" or "ｍＬ／ｈ". A line may end before and after, as ever.
func amounts(r rune) bool {
	if r >= '！' && r <= '～' { // the wide forms of ASCII
		r -= '！' - '!'
	}
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune(".,%/-", r) || r == 'μ' || r == 'µ' || r == '－'
}
