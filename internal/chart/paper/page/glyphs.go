package page

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Missing is what is printed for a character that the font has not.
const Missing = '〓'

// Readable makes every text of a sheet printable: separated voicing marks are
// joined, control characters go, and a character for which has is false becomes
// 〓. It gives those characters as "〓 U+hhhhh", sorted. Variation selectors go,
// and are given as "字 U+hhhhh", because a name may be meant in that form.
func Readable(s *Sheet, has func(rune) bool) []string {
	lost := map[string]bool{}
	each(s, func(text string) string { return readable(text, has, lost) })
	out := make([]string, 0, len(lost))
	for l := range lost {
		out = append(out, l)
	}
	slices.Sort(out)
	return out
}

// plain reports whether a text is what most texts are: nothing to be done.
func plain(text string, has func(rune) bool) bool {
	for _, r := range text {
		if r < ' ' && r != '\n' || r == 0x7F || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || !has(r) {
			return false
		}
	}
	return true
}

func readable(text string, has func(rune) bool, lost map[string]bool) string {
	if plain(strings.ReplaceAll(text, "\n", ""), has) {
		return text
	}
	out := make([]rune, 0, len(text))
	for _, r := range strings.ReplaceAll(text, "\r\n", "\n") {
		switch {
		case r == '\n':
			out = append(out, r)
		case r == '\t' || r == '\r' || r == '\v' || r == '\f' || r == 0x85 || r == 0x2028 || r == 0x2029:
			out = append(out, ' ')
		case unicode.Is(unicode.Variation_Selector, r):
			lost[form(out, r)] = true
		case unicode.Is(unicode.Cf, r) || r < ' ' || r == 0x7F:
			// Marks of direction and joining, and controls, have no picture.
		case unicode.Is(unicode.Mn, r) && joined(out, r, has):
		case unicode.IsSpace(r) && !has(r):
			out = append(out, ' ')
		case !has(r):
			out = append(out, Missing)
			lost[fmt.Sprintf("%c U+%04X", Missing, r)] = true
		default:
			out = append(out, r)
		}
	}
	return string(out)
}

func form(out []rune, selector rune) string {
	if len(out) == 0 {
		return fmt.Sprintf("U+%04X", selector)
	}
	return fmt.Sprintf("%c U+%04X", out[len(out)-1], selector)
}

// joined joins a mark with the letter before it where there is a character for
// both. Whole texts are not normalised: that would put common forms in the
// place of the forms that a name was registered with (U+F900 and further).
func joined(out []rune, mark rune, has func(rune) bool) bool {
	if len(out) == 0 {
		return false
	}
	both := []rune(norm.NFC.String(string([]rune{out[len(out)-1], mark})))
	if len(both) != 1 || !has(both[0]) {
		return false
	}
	out[len(out)-1] = both[0]
	return true
}

// each puts every text of a sheet through fn.
func each(s *Sheet, fn func(string) string) {
	for _, p := range []*string{&s.Title, &s.Slogan, &s.Mark, &s.Foot, &s.Head.Hospital, &s.Head.About, &s.Head.AsOf, &s.Head.Printed} {
		*p = fn(*p)
	}
	for i, w := range s.Head.Warnings {
		s.Head.Warnings[i] = fn(w)
	}
	if p := s.Head.Patient; p != nil {
		for _, t := range []*string{&p.Kanji, &p.Kana, &p.Birth, &p.Sex, &p.Place, &p.IDLabel} {
			*t = fn(*t)
		}
	}
	for _, list := range [][]Block{s.Repeat, s.Blocks} {
		for i, b := range list {
			list[i] = eachBlock(b, fn)
		}
	}
}

func eachCell(c Cell, fn func(string) string) {
	for i := range c {
		c[i].Text = fn(c[i].Text)
	}
}

func eachBlock(b Block, fn func(string) string) Block {
	switch b := b.(type) {
	case Heading:
		return Heading{Text: fn(b.Text), Note: fn(b.Note)}
	case Text:
		eachCell(b.Cell, fn)
	case Facts:
		for i := range b.Facts {
			b.Facts[i].Label = fn(b.Facts[i].Label)
			eachCell(b.Facts[i].Value, fn)
		}
	case Table:
		for i := range b.Columns {
			b.Columns[i].Title = fn(b.Columns[i].Title)
		}
		for _, r := range b.Rows {
			for _, c := range r.Cells {
				eachCell(c, fn)
			}
		}
	case Lines:
		b.Label = fn(b.Label)
		return b
	case Boxes:
		for i := range b.Labels {
			b.Labels[i] = fn(b.Labels[i])
		}
	case Labels:
		for _, l := range b.Items {
			eachCell(l.Lines, fn)
		}
	}
	return b
}
