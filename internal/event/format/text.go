package format

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"

	"github.com/torideproject/toride/internal/event"
)

// Text sets e.Text, the entry in UTF-8, and gives it as one string, of which
// fields may be parts, without a byte order mark. It costs one allocation where
// the entry is UTF-8 already.
func Text(r *event.Record, e *event.Event) string {
	e.Original = r.Data
	e.Text = UTF8(r.Data)
	return strings.TrimPrefix(string(e.Text), "\uFEFF")
}

// UTF8 gives data as UTF-8: data itself where it is that already, otherwise
// what it was read as: ISO-2022-JP, Shift_JIS (code page 932) or EUC-JP, as
// Japanese devices send them; bytes that are nothing of these become U+FFFD.
//
// The choice between Shift_JIS and EUC-JP is a judgement where the bytes fit
// both, which short texts do; the original bytes are kept beside it. A text
// that is UTF-8 but for some broken bytes, such as one cut off in the middle of
// a character, stays UTF-8.
func UTF8(data []byte) []byte {
	if utf8.Valid(data) {
		if hasISO2022(data) {
			return decode(japanese.ISO2022JP, data)
		}
		return data
	}
	if mostlyUTF8(data) {
		return bytes.ToValidUTF8(data, []byte("\uFFFD"))
	}
	sjis, sOK := scoreShiftJIS(data)
	euc, eOK := scoreEUC(data)
	switch {
	case eOK && (!sOK || euc > sjis):
		return decode(japanese.EUCJP, data)
	case sOK:
		return decode(japanese.ShiftJIS, data)
	case hasISO2022(data):
		return decode(japanese.ISO2022JP, data)
	}
	return bytes.ToValidUTF8(data, []byte("\uFFFD"))
}

// hasISO2022 looks for the escape sequences that switch to Japanese: ESC $ @,
// ESC $ B and ESC ( J. Colours of terminals begin with ESC [ and stay.
func hasISO2022(data []byte) bool {
	for {
		i := bytes.IndexByte(data, 0x1b)
		if i < 0 || i+2 >= len(data) {
			return false
		}
		a, b := data[i+1], data[i+2]
		if a == '$' && (b == '@' || b == 'B') || a == '(' && (b == 'J' || b == 'I') {
			return true
		}
		data = data[i+1:]
	}
}

// decode never fails: what the decoder cannot read it writes as U+FFFD. What it
// gives is checked all the same, because everything behind relies on it.
func decode(enc encoding.Encoding, data []byte) []byte {
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil || !utf8.Valid(out) {
		return bytes.ToValidUTF8(data, []byte("\uFFFD"))
	}
	return out
}

// mostlyUTF8 says whether the bytes above ASCII are, most of them, whole UTF-8
// characters.
func mostlyUTF8(data []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			if !utf8.FullRune(data[i:]) {
				return bad == 0 // cut off at the end
			}
			bad++
		} else {
			good += n
		}
		i += n
	}
	return good > 2*bad
}

// scoreShiftJIS says whether data can be Shift_JIS, and how much it looks like
// Japanese: kana and marks of sound count for it, lone half-width katakana hardly.
func scoreShiftJIS(data []byte) (score int, ok bool) {
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case c < 0x80:
		case c >= 0xA1 && c <= 0xDF: // half-width katakana
			if voiced(data, i) {
				score += 4
			}
		case (c >= 0x81 && c <= 0x9F) || (c >= 0xE0 && c <= 0xFC):
			if i+1 >= len(data) {
				return score, true // cut off
			}
			d := data[i+1]
			if d < 0x40 || d == 0x7F || d > 0xFC {
				return 0, false
			}
			switch {
			case c == 0x82 && d >= 0x9F, c == 0x83 && d <= 0x96: // hiragana, katakana
				score += 4
			case c == 0x81, c >= 0x88 && c <= 0x9F: // punctuation, kanji
				score += 2
			}
			i++
		default:
			return 0, false
		}
	}
	return score, true
}

// voiced reports a mark of sound behind the kana that take one, or the mark of
// a long vowel behind any kana.
func voiced(data []byte, i int) bool {
	if i == 0 {
		return false
	}
	switch c, before := data[i], data[i-1]; c {
	case 0xDE:
		return before >= 0xB6 && before <= 0xC4 || before >= 0xCA && before <= 0xCE
	case 0xDF:
		return before >= 0xCA && before <= 0xCE
	case 0xB0:
		return before >= 0xB1 && before <= 0xDF
	}
	return false
}

// scoreEUC does the same for EUC-JP.
func scoreEUC(data []byte) (score int, ok bool) {
	for i := 0; i < len(data); i++ {
		c := data[i]
		if c < 0x80 {
			continue
		}
		n := 1
		if c == 0x8F {
			n = 2
		} else if c != 0x8E && (c < 0xA1 || c == 0xFF) {
			return 0, false
		}
		for k := 1; k <= n; k++ {
			if i+k >= len(data) {
				return score, true // cut off
			}
			if d := data[i+k]; d < 0xA1 || d == 0xFF {
				return 0, false
			}
		}
		switch {
		case c == 0xA4, c == 0xA5: // hiragana, katakana
			score += 4
		case c == 0xA1, c >= 0xB0 && c <= 0xCF: // punctuation, common kanji
			score += 2
		}
		i += n
	}
	return score, true
}
