package hl7

import (
	"bytes"
	"unicode/utf8"
)

// Charset is how a message's characters are written as bytes.
type Charset uint8

// The charsets. Auto is only for Options: detect it.
const (
	Auto Charset = iota
	ASCII
	// ISO2022JP: ASCII, JIS X 0208 and, tolerated, JIS X 0212 and the
	// half-width katakana of JIS X 0201, switched by escape sequences; what
	// SS-MIX2 prescribes. Where tables differ it reads as browsers and Windows
	// do: the dash 215D is U+FF0D and the wave 2141 is U+FF5E, which other
	// programs read as U+2212 and U+301C (so too U+2225, U+2015, U+FFE0, U+FFE1,
	// U+FFE2). An index should fold them; an Encoder writes either.
	ISO2022JP
	// CP932: Microsoft's Shift_JIS with the characters of NEC and IBM.
	CP932
	EUCJP
	UTF8
	UTF16LE
	UTF16BE
)

// String names the charset as IANA does.
func (c Charset) String() string {
	names := [...]string{"", "US-ASCII", "ISO-2022-JP", "Windows-31J", "EUC-JP", "UTF-8", "UTF-16LE", "UTF-16BE"}
	if int(c) < len(names) {
		return names[c]
	}
	return ""
}

// Detect finds the charset of a message, in this order: a byte order mark;
// nothing but seven-bit bytes (ISO2022JP where there is an escape or shift,
// else ASCII); valid UTF-8; escape sequences of ISO 2022 beside eight-bit
// bytes; else CP932, or EUC-JP if that has fewer bytes that are no character
// (or fewer half-width katakana) and at least one kana: half-width katakana of
// CP932 in pairs look like kanji of EUC-JP. It reads the bytes at most four
// times.
func Detect(data []byte) Charset {
	switch {
	case bytes.HasPrefix(data, []byte{0xEF, 0xBB, 0xBF}):
		return UTF8
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}):
		return UTF16LE
	case bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		return UTF16BE
	}
	shifts := bytes.IndexByte(data, escByte) >= 0 || bytes.IndexByte(data, shiftOut) >= 0
	if sevenBit(data) {
		if shifts {
			return ISO2022JP
		}
		return ASCII
	}
	switch {
	case utf8.Valid(data):
		return UTF8
	case bytes.Contains(data, []byte("\x1b$B")) || bytes.Contains(data, []byte("\x1b$@")):
		return ISO2022JP
	}
	if cost, kana := scoreEUC(data); kana > 0 && cost < scoreCP932(data) {
		return EUCJP
	}
	return CP932
}

func sevenBit(data []byte) bool {
	for len(data) >= 8 {
		if (data[0]|data[1]|data[2]|data[3]|data[4]|data[5]|data[6]|data[7])&0x80 != 0 {
			return false
		}
		data = data[8:]
	}
	for _, c := range data {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// The scores weigh a byte that is no character as 16 half-width katakana: a
// text of EUC-JP read as CP932 is full of those.
const (
	costBad  = 16
	costKana = 1
)

func scoreCP932(data []byte) int {
	cost := 0
	for i := 0; i < len(data); {
		if data[i] < 0x80 {
			i++
			continue
		}
		r, n := cp932Rune(data[i:])
		switch {
		case r == utf8.RuneError:
			cost += costBad
		case n == 1:
			cost += costKana
		}
		i += n
	}
	return cost
}

// scoreEUC also counts hiragana and katakana, which no Japanese text lacks.
func scoreEUC(data []byte) (cost, kana int) {
	for i := 0; i < len(data); {
		if data[i] < 0x80 {
			i++
			continue
		}
		r, n := eucRune(data[i:])
		switch {
		case r == utf8.RuneError:
			cost += costBad
		case data[i] == 0x8E:
			cost += costKana
		case r >= 0x3041 && r <= 0x30FF:
			kana++
		}
		i += n
	}
	return cost, kana
}

// declared gives the charset that MSH-18 names, Auto for none that is known.
// Blanks and the case of letters do not matter: ISO IR87 is seen as ISOIR87.
func declared(msh18 string) Charset {
	var buf [64]byte
	name := buf[:0]
	for i := 0; i < len(msh18) && len(name) < len(buf); i++ {
		c := msh18[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != ' ' {
			name = append(name, c)
		}
	}
	has := func(s string) bool { return bytes.Contains(name, []byte(s)) }
	switch {
	case has("ISOIR87"), has("ISOIR159"), has("ISO2022"):
		return ISO2022JP
	case has("UTF-8"), has("UTF8"):
		return UTF8
	case has("SJIS"), has("SHIFT"), has("CP932"), has("31J"):
		return CP932
	case has("EUC"):
		return EUCJP
	case string(name) == "ASCII", string(name) == "ISOIR6":
		return ASCII
	}
	return Auto
}

// decodeString decodes a few bytes, as they stand in an escape.
func decodeString(raw []byte, cs Charset) string {
	if sevenBit(raw) && bytes.IndexByte(raw, escByte) < 0 {
		return string(raw)
	}
	if cs == Auto || cs == ASCII || cs == UTF16LE || cs == UTF16BE || raw[0] == escByte {
		cs = Detect(raw)
	}
	x := decoding{cs: cs}
	x.line(raw, 0)
	return string(x.out)
}
