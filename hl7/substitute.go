package hl7

import "strings"

// Substitute gives what SS-MIX2 exporters write for a character that JIS X
// 0208 does not have: circled digits become (1), unit signs their letters,
// half-width katakana full-width. ok is false if there is nothing better than
// the geta mark.
func Substitute(r rune) (string, bool) {
	switch {
	case r >= '①' && r <= '⑳':
		return "(" + itoa(int(r-'①')+1) + ")", true
	case r >= 'Ⅰ' && r <= 'Ⅻ':
		return roman(int(r-'Ⅰ') + 1), true
	case r >= 'ⅰ' && r <= 'ⅻ':
		return strings.ToLower(roman(int(r-'ⅰ') + 1)), true
	case r >= 0xFF61 && r <= 0xFF9F:
		s, _ := fullKana(r, 0)
		return s, true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF: // variation selectors
		return "", true
	}
	if s, ok := substituteSign(r); ok {
		return s, true
	}
	return substituteUnit(r)
}

// substituteSign gives the characters of JIS X 0208 that other systems write
// with another code point for the same sign, and single signs.
func substituteSign(r rune) (string, bool) {
	switch r {
	case '\u2212', '\u2011':
		return "－", true
	case '\u2010', '\u2013', '\u2043':
		return "‐", true
	case '\u301c', '\u02dc':
		return "～", true
	case '\u2016':
		return "∥", true
	case '\u2014':
		return "―", true
	case '\u00a2':
		return "￠", true
	case '\u00a3':
		return "￡", true
	case '\u00a5':
		return "￥", true
	case '\u00ac':
		return "￢", true
	case '\u00a6', '\uffe4':
		return "｜", true
	case '\u203e', '\u00af':
		return "￣", true
	case '\u00a0', '\u2003', '\u2002', '\u2009':
		return " ", true
	case '\u00b5':
		return "μ", true
	case '\u00b7':
		return "・", true
	case '\u3099':
		return "゛", true
	case '\u309a':
		return "゜", true
	case '〝':
		return "″", true
	case '〟':
		return "、", true
	case '\uff02':
		return "″", true
	case '\uff07':
		return "′", true
	case '∮':
		return "Φ", true
	case '∑':
		return "Σ", true
	case '∟':
		return "└", true
	case '⊿':
		return "Δ", true
	}
	return "", false
}

// sameSign reports whether the substitute is the same sign under another code
// point, so that nothing is lost.
func sameSign(r rune) bool {
	return strings.ContainsRune("\u2212\u301c\u2016\u2014\u00a2\u00a3\u00a5\u00ac\u203e\u00b5\u00a0", r)
}

func substituteUnit(r rune) (string, bool) {
	const table = "㍉ミリ㌔キロ㌢センチ㍍メートル㌘グラム㌧トン㌃アール㌶ヘクタール㍑リットル㍗ワット㌍カロリー㌦ドル㌣セント㌫パーセント㍊ミリバール㌻ページ" +
		"㎜mm㎝cm㎞km㎎mg㎏kg㏄cc㎡m*2㍻平成№No.㏍K.K.℡Tel㊤(上)㊥(中)㊦(下)㊧(左)㊨(右)㈱(株)㈲(有)㈹(代)㍾明治㍽大正㍼昭和㋿令和㎥m*3㎖ml㎗dl㎍μg"
	if r < 0x2100 || r > 0x33FF {
		return "", false
	}
	i := strings.IndexRune(table, r)
	if i < 0 || !unitSign(r) {
		return "", false
	}
	rest := table[i+len(string(r)):]
	end := strings.IndexFunc(rest, unitSign)
	if end < 0 {
		end = len(rest)
	}
	return rest[:end], true
}

// unitSign reports whether r is one of the signs of the table, none of which
// is a katakana or a letter.
func unitSign(r rune) bool { return r >= 0x2100 && r <= 0x214F || r >= 0x3200 && r <= 0x33FF }

func itoa(n int) string {
	if n >= 10 {
		return string(rune('0'+n/10)) + string(rune('0'+n%10))
	}
	return string(rune('0' + n))
}

func roman(n int) string {
	names := [...]string{"", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}
	return names[n]
}

// fullKana gives the full-width form of a half-width katakana; both reports
// that a following sound mark went into it.
func fullKana(r, mark rune) (full string, both bool) {
	const plain = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜"
	one := []rune(plain)[r-0xFF61]
	switch {
	case mark == 'ﾞ' && strings.ContainsRune("カキクケコサシスセソタチツテトハヒフヘホ", one):
		return string(one + 1), true
	case mark == 'ﾞ' && one == 'ウ':
		return "ヴ", true
	case mark == 'ﾟ' && strings.ContainsRune("ハヒフヘホ", one):
		return string(one + 2), true
	}
	return string(one), false
}
