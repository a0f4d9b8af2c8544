package sigma

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern is a text value of a rule while its modifiers are applied: literals
// and wildcards, still with the case of the rule.
type pattern []piece

// piece is a literal, or with wild a single * or ?.
type piece struct {
	literal string
	wild    byte
}

// parsePattern reads the wildcards and escapes of a text (specification,
// "Escaping"): a backslash before *, ? or a backslash takes it literally, before
// anything else it is itself.
func parsePattern(text string) pattern {
	var out pattern
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, piece{literal: b.String()})
			b.Reset()
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`*?\`, text[i+1]) >= 0:
			i++
			b.WriteByte(text[i])
		case c == '*' || c == '?':
			flush()
			out = append(out, piece{wild: c})
		default:
			b.WriteByte(c)
		}
	}
	flush()
	return out
}

// plain gives the text of a pattern without wildcards.
func (p pattern) plain() (string, bool) {
	var b strings.Builder
	for _, x := range p {
		if x.wild != 0 {
			return "", false
		}
		b.WriteString(x.literal)
	}
	return b.String(), true
}

// mapLiterals gives the pattern with every literal changed.
func (p pattern) mapLiterals(f func(string) string) pattern {
	out := slices.Clone(p)
	for i, x := range out {
		if x.wild == 0 {
			out[i].literal = f(x.literal)
		}
	}
	return out
}

func star() piece { return piece{wild: '*'} }

func (p pattern) startswith() pattern { return append(slices.Clone(p), star()) }
func (p pattern) endswith() pattern   { return append(pattern{star()}, p...) }
func (p pattern) contains() pattern   { return p.endswith().startswith() }

// match gives the simplest leaf that says the same as the pattern: a * at
// either end becomes Prefix, Suffix or Contains, all others a Glob.
func (p pattern) match(field string, cased bool) *Match {
	parts := p.parts(cased)
	m := &Match{Field: field, Cased: cased}
	first, last := parts[0], parts[len(parts)-1]
	plainLast := !last.Any && last.Skip == 0
	switch {
	case len(parts) == 1 && plainLast:
		m.Kind, m.Text = Equals, first.Literal
	case len(parts) == 1 && last.Skip == 0 && last.Literal == "":
		m.Kind = Exists // * alone: anything, the empty text too
	case len(parts) == 1 && last.Skip == 0:
		m.Kind, m.Text = Suffix, first.Literal
	case len(parts) == 2 && last.Skip == 0 && last.Literal == "" && first.Skip == 0 && first.Any:
		m.Kind, m.Text = Contains, first.Literal
	case len(parts) == 2 && last.Skip == 0 && last.Literal == "" && first.Skip == 0:
		m.Kind, m.Text = Prefix, first.Literal
	default:
		m.Kind, m.Parts = Glob, parts
	}
	return m
}

// parts joins neighbouring pieces: * and ? in any order and number are one
// (any length, and at least so many characters).
func (p pattern) parts(cased bool) []GlobPart {
	var out []GlobPart
	var now GlobPart
	var lit strings.Builder
	open := false // now has its wildcards, lit grows
	flush := func() {
		now.Literal = lit.String()
		if !cased {
			now.Literal = Fold(now.Literal)
		}
		out = append(out, now)
		now, open = GlobPart{}, false
		lit.Reset()
	}
	for _, x := range p {
		if x.wild == 0 {
			lit.WriteString(x.literal)
			open = true
			continue
		}
		if open {
			flush()
		}
		if x.wild == '*' {
			now.Any = true
		} else {
			now.Skip++
		}
	}
	if open || now.Any || now.Skip > 0 || len(out) == 0 {
		flush()
	}
	return out
}

// dashes are what windash takes for one another (modifiers appendix): hyphen,
// slash, en dash, em dash, horizontal bar.
func dashes() []string { return []string{"-", "/", "\u2013", "\u2014", "\u2015"} }

// windash gives every permutation of the dashes that begin an option: a hyphen
// or slash with no letter, digit or _ before it and one behind. ok is false
// when there would be more than most.
func (p pattern) windash(most int) (all []pattern, ok bool) {
	all = []pattern{nil}
	for _, x := range p {
		choices := []string{x.literal}
		if x.wild == 0 {
			choices = dashChoices(x.literal, most)
		}
		if len(choices) == 0 || len(all)*len(choices) > most {
			return nil, false
		}
		next := make([]pattern, 0, len(all)*len(choices))
		for _, head := range all {
			for _, c := range choices {
				next = append(next, append(slices.Clone(head), piece{literal: c, wild: x.wild}))
			}
		}
		all = next
	}
	return all, true
}

func dashChoices(text string, most int) []string {
	out, from, all := []string{""}, 0, dashes()
	for i := 0; i < len(text); i++ {
		if c := text[i]; c != '-' && c != '/' {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+1:])
		if i > 0 && wordRune(before) || i+1 == len(text) || !wordRune(after) {
			continue
		}
		if len(out)*len(all) > most {
			return nil
		}
		next := make([]string, 0, len(out)*len(all))
		for _, head := range out {
			for _, d := range all {
				next = append(next, head+text[from:i]+d)
			}
		}
		out, from = next, i+1
	}
	for i := range out {
		out[i] += text[from:]
	}
	return out
}

func wordRune(r rune) bool {
	return r == '_' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r))
}
