package ssmix2

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
)

// RepairName gives what a file name should read whose CP932 bytes were kept as
// they are (a copy to Linux), or taken for characters of another code page
// (ZIP by old programs: CP437, Windows-1252). ok is false if the name is as it
// should be, or cannot be helped. The name on disk stays what it is: this is
// for reading and showing.
func RepairName(name string) (repaired string, ok bool) {
	if isASCII(name) {
		return name, false
	}
	if !utf8.ValidString(name) {
		return fromCP932([]byte(name))
	}
	if japaneseText(name) {
		return name, false
	}
	for _, page := range []*charmap.Charmap{charmap.CodePage437, charmap.Windows1252, charmap.ISO8859_1} {
		raw, err := page.NewEncoder().String(name)
		if err != nil {
			continue
		}
		if utf8.ValidString(raw) && japaneseText(raw) {
			return raw, true // UTF-8 that was taken for another page
		}
		if s, ok := fromCP932([]byte(raw)); ok && japaneseText(s) {
			return s, true
		}
	}
	return name, false
}

func fromCP932(raw []byte) (string, bool) {
	out, err := japanese.ShiftJIS.NewDecoder().Bytes(raw)
	if err != nil {
		return string(raw), false
	}
	for _, r := range string(out) {
		if r == utf8.RuneError {
			return string(raw), false
		}
	}
	return string(out), true
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// japaneseText reports whether all beyond ASCII is kana, kanji or full-width.
func japaneseText(s string) bool {
	some := false
	for _, r := range s {
		switch {
		case r < 0x80:
		case r >= 0x3000 && r <= 0x30FF, r >= 0x3400 && r <= 0x9FFF, r >= 0xF900 && r <= 0xFAFF, r >= 0xFF01 && r <= 0xFFE5, r >= 0x2010 && r <= 0x2312, r >= 0x2460 && r <= 0x2473:
			some = true
		default:
			return false
		}
	}
	return some
}
