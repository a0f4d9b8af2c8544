package document

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"github.com/torideproject/toride/hl7"
)

// declared finds the charset that XML or HTML says of itself: in the XML
// declaration, or in a meta element near the beginning.
var declared = regexp.MustCompile(`(?i)(?:encoding|charset)\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)`)

// Decode reads the characters of a text, whatever charset it is in: a byte
// order mark first, then UTF-8 where the bytes are just that, then what XML or
// HTML says of itself, then what package hl7 makes of the bytes. bad counts
// characters that could not be read; they are U+FFFD. Control characters, and
// those that turn the direction of writing, are replaced too, so that a text
// reads in the order it was written.
func Decode(data []byte) (s, charset string, bad int) {
	raw, charset := decode(data)
	return clean(raw, charset)
}

func decode(data []byte) (string, string) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return string(data[3:]), "UTF-8"
	case bytes.HasPrefix(data, []byte("\xff\xfe")), wide(data, 1):
		return through(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), data), "UTF-16"
	case bytes.HasPrefix(data, []byte("\xfe\xff")), wide(data, 0):
		return through(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), data), "UTF-16"
	}
	seven := !bytes.ContainsFunc(data, func(r rune) bool { return r >= utf8.RuneSelf })
	if seven && bytes.IndexByte(data, 0x1b) < 0 {
		return string(data), "US-ASCII"
	}
	if !seven && utf8.Valid(data) {
		return string(data), "UTF-8"
	}
	name := ""
	if m := declared.FindSubmatch(data[:min(len(data), 2048)]); m != nil {
		name = strings.ToLower(string(m[1]))
	}
	switch name {
	case "shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "cp932", "ms932", "ms_kanji", "csshiftjis":
		return through(japanese.ShiftJIS, data), "Shift_JIS"
	case "euc-jp", "x-euc-jp", "eucjp", "ujis":
		return through(japanese.EUCJP, data), "EUC-JP"
	case "iso-2022-jp", "csiso2022jp", "jis":
		return through(japanese.ISO2022JP, data), "ISO-2022-JP"
	}
	return guess(data, name)
}

// guess is for texts that say nothing of themselves, or something that does not
// fit: UTF-8 that is not, Latin 1 from editors that put it into every file.
func guess(data []byte, name string) (string, string) {
	switch c := hl7.Detect(data); c {
	case hl7.ISO2022JP:
		return through(japanese.ISO2022JP, data), c.String()
	case hl7.EUCJP:
		return through(japanese.EUCJP, data), c.String()
	case hl7.UTF8:
		return string(data), c.String()
	}
	s := through(japanese.ShiftJIS, data)
	latin := name == "iso-8859-1" || name == "latin1" || name == "windows-1252"
	if latin && strings.ContainsRune(s, utf8.RuneError) {
		return through(charmap.Windows1252, data), "windows-1252"
	}
	return s, "Shift_JIS"
}

func through(e encoding.Encoding, data []byte) string {
	out, err := e.NewDecoder().Bytes(data)
	if err != nil && len(out) == 0 {
		return strings.ToValidUTF8(string(data), "\ufffd")
	}
	return string(out)
}

// wide tells UTF-16 without a mark: markup and most of its text has zeros at
// every other place.
func wide(data []byte, zeroAt int) bool {
	if len(data) < 4 {
		return false
	}
	head := data[:min(len(data), 256)&^1]
	zeros := 0
	for i := zeroAt; i < len(head); i += 2 {
		if head[i] == 0 && head[i^1] != 0 {
			zeros++
		}
	}
	return zeros*2 > len(head)/2*1 && zeros >= 2
}

// clean replaces what cannot be shown, or would mislead.
func clean(s, charset string) (string, string, int) {
	bad, odd := 0, false
	for _, r := range s {
		if r == utf8.RuneError {
			bad++
		}
		odd = odd || strange(r)
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	if !odd {
		return s, charset, bad
	}
	return strings.Map(func(r rune) rune {
		if !strange(r) {
			return r
		}
		if r == '\f' || r == '\v' {
			return '\n'
		}
		bad++
		return utf8.RuneError
	}, s), charset, bad
}

// strange are controls, and marks that turn the direction of writing.
func strange(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfffe, r == 0xffff:
		return true
	}
	return false
}
