package rulepack

import (
	"strings"

	"github.com/torideproject/toride/internal/text"
)

// Words is a text in both languages.
type Words struct {
	JA string `json:"ja"`
	EN string `json:"en"`
}

// In gives the words in the language, in the other one when there are none.
func (w Words) In(lang text.Lang) string {
	if lang == text.EN && w.EN != "" || w.JA == "" {
		return w.EN
	}
	return w.JA
}

// Zero reports whether nothing is said.
func (w Words) Zero() bool { return w.JA == "" && w.EN == "" }

// both reports whether both languages are there.
func (w Words) both() bool { return strings.TrimSpace(w.JA) != "" && strings.TrimSpace(w.EN) != "" }

// Same makes Words that read alike in both languages.
func Same(s string) Words { return Words{JA: s, EN: s} }
