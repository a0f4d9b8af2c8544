package sheet

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"github.com/torideproject/toride/internal/fault"
)

// decode finds the encoding of a text file and turns it into UTF-8. The order:
// a byte order mark; the escape sequences of ISO-2022-JP; valid UTF-8; UTF-16
// by its NUL bytes; then Shift_JIS (as code page 932) or EUC-JP, whichever
// reads without a fault, and when both do, the one that gives more of what
// Japanese is written in. No text is made up: a byte that fits nowhere is a
// fault which names its line.
func decode(data []byte) (words, name string, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")):
		if body := data[3:]; utf8.Valid(body) {
			return string(body), "UTF-8", nil
		}
		return "", "", wrongBytes("UTF-8", firstInvalid(data))
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		return decodeAs(data[2:], unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "UTF-16LE")
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		return decodeAs(data[2:], unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "UTF-16BE")
	case bytes.Contains(data, []byte("\x1b$B")) || bytes.Contains(data, []byte("\x1b$@")):
		return decodeAs(data, japanese.ISO2022JP, "ISO-2022-JP")
	}
	if bytes.IndexByte(data, 0) < 0 {
		if utf8.Valid(data) {
			return string(data), "UTF-8", nil
		}
		return decodeLegacy(data)
	}
	even, odd := 0, 0
	for i, c := range data {
		if c == 0 && i%2 == 0 {
			even++
		} else if c == 0 {
			odd++
		}
	}
	switch {
	case odd > 8*even && odd > len(data)/20:
		return decodeAs(data, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "UTF-16LE")
	case even > 8*odd && even > len(data)/20:
		return decodeAs(data, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "UTF-16BE")
	}
	return "", "", fault.New(fault.Invalid, "sheet.text.nul", lineOf(data, bytes.IndexByte(data, 0)))
}

func decodeAs(data []byte, enc encoding.Encoding, name string) (string, string, error) {
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return "", "", wrongBytes(name, 1).With(err)
	}
	if n := bytes.IndexRune(out, utf8.RuneError); n >= 0 {
		return "", "", wrongBytes(name, lineOf(out, n))
	}
	if n := bytes.IndexByte(out, 0); n >= 0 {
		return "", "", fault.New(fault.Invalid, "sheet.text.nul", lineOf(out, n))
	}
	return string(out), name, nil
}

// decodeLegacy decides between the two encodings of eight bits.
func decodeLegacy(data []byte) (string, string, error) {
	sjis, _, errS := decodeAs(data, japanese.ShiftJIS, "Shift_JIS")
	euc, _, errE := decodeAs(data, japanese.EUCJP, "EUC-JP")
	switch {
	case errS == nil && (errE != nil || likely(sjis) >= likely(euc)):
		return sjis, "Shift_JIS", nil
	case errE == nil:
		return euc, "EUC-JP", nil
	}
	line := 1
	if f := fault.Of(errS); len(f.Msg.Args) > 1 {
		line, _ = f.Msg.Args[1].(int)
	}
	return "", "", wrongBytes("Shift_JIS / EUC-JP / UTF-8", line)
}

func wrongBytes(name string, line int) *fault.Error {
	return fault.New(fault.Invalid, "sheet.text.encoding", name, line)
}

// likely scores text read in a guessed encoding: hiragana, katakana and common
// marks speak for it; half-width katakana without a neighbour of their kind
// and rare ideographs speak against. EUC-JP read as Shift_JIS is a run of
// half-width katakana.
func likely(s string) int {
	score := 0
	for _, r := range s[:min(len(s), 1<<16)] {
		switch {
		case r >= 0x3041 && r <= 0x30FE, r >= 0x3001 && r <= 0x3011:
			score += 3
		case r >= 0x4E00 && r <= 0x9FFF:
			score++
		case r >= 0xFF01 && r <= 0xFF5E:
			score++
		case r >= 0xFF61 && r <= 0xFF9F:
			score--
		case r >= 0xE000 && r <= 0xF8FF, r >= 0x0400 && r <= 0x04FF, r >= 0x2500 && r <= 0x257F:
			score -= 2
		}
	}
	return score
}

func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return lineOf(data, i)
		}
		i += n
	}
	return 1
}

// lineOf is the number of the line in which a byte stands.
func lineOf(data []byte, at int) int { return 1 + bytes.Count(data[:at], []byte{'\n'}) }

// Encoding is how a text file is written.
type Encoding string

// The encodings that are written. Excel in Japan opens both by a double click.
const (
	UTF8BOM  Encoding = "utf-8"
	ShiftJIS Encoding = "shift_jis"
)

// Unmappable is a character that an encoding cannot hold.
type Unmappable struct {
	Row, Column int // from 0, in what was to be written
	Character   string
}

// sameInCP932 exchanges characters for those of the same look that code page
// 932 has in their place (the wave dash problem), as Windows does.
func sameInCP932() *strings.Replacer {
	return strings.NewReplacer("〜", "～", "−", "－", "‖", "∥", "—", "―", "¢", "￠", "£", "￡", "¬", "￢", "\u00a0", " ")
}

// SameInShiftJIS reports whether two texts are one text after a way through
// Shift_JIS: they differ at most in characters of the same look.
func SameInShiftJIS(a, b string) bool {
	if a == b {
		return true
	}
	if ascii(a) && ascii(b) {
		return false
	}
	same := sameInCP932()
	return same.Replace(a) == same.Replace(b)
}

// encodeRows makes cells Shift_JIS and lists what cannot be written.
func encodeRows(rows [][]string) ([][]string, []Unmappable) {
	var bad []Unmappable
	same, enc := sameInCP932(), japanese.ShiftJIS.NewEncoder()
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = make([]string, len(row))
		for j, cell := range row {
			coded, err := enc.String(same.Replace(cell))
			if err == nil {
				out[i][j] = coded
				continue
			}
			for _, r := range same.Replace(cell) {
				if _, err := enc.String(string(r)); err != nil {
					bad = append(bad, Unmappable{i, j, string(r)})
				}
			}
		}
	}
	return out, bad
}
