package evtx

import (
	"encoding/binary"
	"unicode/utf8"
)

// xmlEscape gives what stands for a character in XML, or nothing where it
// stands for itself. quote is the attribute's quote, '?' in a processing
// instruction, or 0.
func xmlEscape(c, quote byte) string {
	switch {
	case c == '&':
		return "&amp;"
	case c == '<':
		return "&lt;"
	case c == '>':
		return "&gt;"
	case c == '\'' && quote == '\'':
		return "&apos;"
	case c == '\r':
		return "&#13;"
	case c == '\n' && quote != 0:
		return "&#10;"
	case c == '\t' && quote != 0:
		return "&#9;"
	case c < 0x20 && c != '\n' && c != '\t':
		return "\uFFFD"
	}
	return ""
}

// appendXMLString writes UTF-8 as XML text.
func appendXMLString[T string | []byte](dst []byte, b T, quote byte) []byte {
	from := 0
	for i := 0; i < len(b); {
		c, n := b[i], 1
		esc := ""
		switch {
		case c < 0x40:
			esc = xmlEscape(c, quote)
		case c == 0xEF && i+2 < len(b) && b[i+1] == 0xBF && b[i+2] >= 0xBE: // U+FFFE, U+FFFF
			esc, n = "\uFFFD", 3
		}
		if i += n; esc != "" {
			dst = append(append(dst, b[from:i-n]...), esc...)
			from = i
		}
	}
	return append(dst, b[from:]...)
}

// plain reports whether XML takes eight bytes of text as they are: none is
// below a blank, nor one of &, < and >. It may be told wrongly where it is
// false, which costs time only. (< and > differ in one bit.)
func plain(w uint64) bool {
	amp, angle := w^'&'*ones, w&^(2*ones)^'<'*ones
	return ((w-0x20*ones)&^w|(amp-ones)&^amp|(angle-ones)&^angle)&(0x80*ones) == 0
}

// appendXMLUnits writes UTF-16LE units as XML text.
func appendXMLUnits(dst, src []byte) []byte {
	for i := 0; i+2 <= len(src); {
		if i+16 <= len(src) {
			a, b := u64(src, i), u64(src, i+8)
			if (a|b)&notASCII == 0 {
				if w := pack(a) | pack(b)<<32; plain(w) {
					dst = binary.LittleEndian.AppendUint64(dst, w)
					i += 16
					continue
				}
			}
		}
		for end := min(i+16, len(src)); i+2 <= end; {
			c := rune(binary.LittleEndian.Uint16(src[i:]))
			size := 2
			if c >= utf8.RuneSelf {
				c, size = decodeUnit(src[i:], c)
			}
			i += size
			switch esc := xmlEscape(byte(min(c, 0x7F)), 0); {
			case esc != "":
				dst = append(dst, esc...)
			case c == 0xFFFE || c == 0xFFFF:
				dst = append(dst, "\uFFFD"...)
			default:
				dst = utf8.AppendRune(dst, c)
			}
		}
	}
	return dst
}
