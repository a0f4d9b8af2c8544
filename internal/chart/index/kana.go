package index

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Kana are compared as keys of one byte a sign: a katakana is 0x80 + its place
// in the block U+30A0, Latin letters (small) and digits are themselves, any
// other sign is otherSign. Keys never hold 0.
const (
	kanaBase  = 0x80
	kanaBlock = 0x30A0
	otherSign = 0x7F
)

// kanaKey folds a name in kana so that ways to write the same name become one:
// hiragana, katakana and half width; small and large kana; ヰ ヱ ヲ ヂ ヅ ヴ and
// what sounds like them; the long mark, which becomes the vowel before it; and
// every blank or dot between family and given name.
func kanaKey(s string) []byte {
	s = plainKana(s)
	key := make([]byte, 0, len(s)/3+1)
	last := rune(0)
	for _, r := range s {
		switch {
		case r == 'ー':
			if r = vowel(last); r == 0 {
				continue
			}
		case r == 'ヽ' || r == 'ヾ': // the sign before it once more
			r = last
		default:
			r = foldKana(r)
		}
		switch {
		case r == 0:
			continue
		case r > kanaBlock && r <= 'ヺ':
			key = append(key, byte(kanaBase+r-kanaBlock))
		case r < otherSign && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			key = append(key, byte(unicode.ToLower(r)))
		default:
			key = append(key, otherSign)
		}
		last = r
	}
	return key
}

// plainKana writes kana in full width as katakana and takes separators out; it
// folds nothing that sounds or looks different.
func plainKana(s string) string {
	s = norm.NFKC.String(s)
	return strings.Map(func(r rune) rune {
		switch {
		case separates(r), r == 0x3099, r == 0x309A:
			return -1
		case r >= 'ぁ' && r <= 'ゖ', r == 'ゝ', r == 'ゞ':
			return r + 'ァ' - 'ぁ'
		}
		return r
	}, s)
}

// separates tells what stands between the parts of a name.
func separates(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("・.,'’‘`=゠/-‐‑‒–—―−", r)
}

// foldKana gives the large kana of a small one, and one kana for those that
// sound alike in names.
func foldKana(r rune) rune {
	switch r {
	case 'ァ', 'ィ', 'ゥ', 'ェ', 'ォ', 'ッ', 'ャ', 'ュ', 'ョ', 'ヮ':
		return r + 1
	case 'ヵ':
		return 'カ'
	case 'ヶ':
		return 'ケ'
	case 'ヰ':
		return 'イ'
	case 'ヱ':
		return 'エ'
	case 'ヲ':
		return 'オ'
	case 'ヂ':
		return 'ジ'
	case 'ヅ':
		return 'ズ'
	case 'ヴ':
		return 'ブ'
	}
	return r
}

// vowel gives the vowel that a folded kana ends in; 0 for ン and what is no kana.
func vowel(r rune) rune {
	for _, row := range [...]string{"アカサタナハマヤラワガザダバパ", "イキシチニヒミリギジビピ", "ウクスツヌフムユルグズブプ", "エケセテネヘメレゲゼデベペ", "オコソトノホモヨロゴゾドボポ"} {
		if strings.ContainsRune(row, r) {
			first, _ := firstRune(row)
			return first
		}
	}
	return 0
}

func firstRune(s string) (rune, bool) {
	for _, r := range s {
		return r, true
	}
	return 0, false
}

// maxLong is how many long vowels of a query are tried both ways.
const maxLong = 3

// longVowels gives the keys of a query in kana: the one that was typed first,
// then those in which オオ stands for オウ, エエ for エイ and the other way
// around (コーイチ is コウイチ, オーノ is オオノ): at most 8. What is stored is
// not folded so, because 大野 and 小野 must not become the same name.
func longVowels(key []byte) [][]byte {
	all := [][]byte{key}
	tried := 0
	for i := 1; i < len(key) && tried < maxLong; i++ {
		other := otherVowel(key[i-1], key[i])
		if other == 0 {
			continue
		}
		tried++
		for _, k := range all[:len(all):len(all)] {
			k = append([]byte(nil), k...)
			k[i] = other
			all = append(all, k)
		}
	}
	return all
}

func otherVowel(before, b byte) byte {
	if b <= kanaBase || before <= kanaBase {
		return 0
	}
	v := vowel(rune(before) - kanaBase + kanaBlock)
	switch r := rune(b) - kanaBase + kanaBlock; {
	case v == 'オ' && r == 'オ':
		return kanaByte('ウ')
	case v == 'オ' && r == 'ウ':
		return kanaByte('オ')
	case v == 'エ' && r == 'エ':
		return kanaByte('イ')
	case v == 'エ' && r == 'イ':
		return kanaByte('エ')
	}
	return 0
}

func kanaByte(r rune) byte { return byte(kanaBase + r - kanaBlock) }

// isKana tells a sign that a name in kana is written with, after NFKC.
func isKana(r rune) bool {
	return r >= 'ぁ' && r <= 'ゞ' || r >= 'ァ' && r <= 'ヾ'
}
