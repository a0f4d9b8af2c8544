package index

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxQuery is how much of a query is looked at, in bytes, and maxTerms how many
// parts of it.
const (
	maxQuery = 400
	maxTerms = 6
)

// term is one part of a query; a patient fits if any of its ways does.
type term struct {
	kana  [][]byte // keys; the first is what was typed, the others its long vowels
	kanji []byte   // key
	birth days
	id    []byte
	// plainKana and plainKanji are for telling whether folding was needed.
	plainKana, plainKanji string
}

// meaning is what a query may mean.
type meaning struct {
	id    []byte   // the whole as a number
	codes [][]byte // the whole as a bar code
	terms []term   // all of them must fit
	loose []term   // the same, names of several words taken apart
}

// understand reads a query.
func (f *folder) understand(text string, rules []Rule) meaning {
	if len(text) > maxQuery {
		text = strings.ToValidUTF8(text[:maxQuery], "")
	}
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, norm.NFKC.String(text)))
	var m meaning
	if text == "" {
		return m
	}
	code := strings.Join(strings.Fields(text), "")
	if isASCII(code) && strings.ContainsAny(code, "0123456789") {
		m.id = []byte(code)
		for _, rule := range rules {
			if number, ok := rule.number(code); ok {
				m.codes = append(m.codes, []byte(number))
			}
		}
	}
	f.addTerms(&m, strings.Fields(text))
	return m
}

// addTerms takes the words one by one; names that stand beside one another are
// one name, which may be stored with or without a blank.
func (f *folder) addTerms(m *meaning, words []string) {
	if d, ok := birthDays(strings.Join(words, "")); ok { // 昭和 60年 3月 5日
		m.terms = []term{{birth: d}}
		return
	}
	name, class := "", 0
	flush := func() {
		if name != "" {
			m.terms = append(m.terms, f.name(name, class))
		}
		name = ""
	}
	apart := false
	for _, w := range words {
		d, isDay := birthDays(w)
		switch c := classOf(w); {
		case isDay:
			flush()
			m.terms, m.loose = append(m.terms, term{birth: d}), append(m.loose, term{birth: d})
		case c == classNumber:
			flush()
			m.terms, m.loose = append(m.terms, term{id: []byte(w)}), append(m.loose, term{id: []byte(w)})
		default:
			if c != class {
				flush()
			}
			apart = apart || name != ""
			name, class = name+w, c
			m.loose = append(m.loose, f.name(w, c))
		}
	}
	flush()
	if !apart {
		m.loose = nil
	}
	m.terms, m.loose = m.terms[:min(maxTerms, len(m.terms))], m.loose[:min(maxTerms, len(m.loose))]
}

const (
	classKana = iota + 1
	classKanji
	classLatin
	classNumber
)

func classOf(word string) int {
	class := 0
	for _, r := range word {
		c := classKanji
		switch {
		case separates(r):
			continue
		case r == 'ー' && class != 0:
			continue
		case isKana(r):
			c = classKana
		case r >= '0' && r <= '9':
			return classNumber
		case r < otherSign:
			c = classLatin
		}
		class = max(class, c)
		if c == classKanji {
			class = classKanji
		}
	}
	return class
}

// name reads a name.
func (f *folder) name(s string, class int) term {
	t := term{kanji: f.kanjiKey(s), plainKanji: plainKanji(s)}
	switch class {
	case classKana:
		t.kana = longVowels(kanaKey(s))
		t.plainKana = plainKana(s)
	case classLatin:
		if kana, ok := f.romaji(s); ok {
			t.kana = longVowels(kanaKey(kana))
			t.plainKana = plainKana(kana)
		}
		if own := kanaKey(s); len(own) > 0 { // foreign names in the field of kana
			t.kana = append(t.kana, own)
		}
	}
	if len(t.kana) > 0 && len(t.kana[0]) == 0 {
		t.kana = nil
	}
	return t
}

// empty tells that nothing can be looked for.
func (t *term) empty() bool {
	return len(t.kana) == 0 && len(t.kanji) == 0 && t.birth == (days{}) && len(t.id) == 0
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
