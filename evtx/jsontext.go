package evtx

import (
	"encoding/binary"
	"unicode/utf8"
)

// appendJSONKey writes a member's name, with a number if the same name stood
// before, and the colon.
func appendJSONKey(dst []byte, key string, dup int) []byte {
	dst = appendJSONString(dst, key)
	if dup > 0 {
		dst = append(dst[:len(dst)-1], '_')
		dst = append(appendDigits(dst, dup, 1), '"')
	}
	return append(dst, ':')
}

// unescaped reports whether JSON takes eight bytes as they are: none is below
// a blank, a quotation mark or a backslash. Bytes from 0x80 on may be told
// wrongly, which costs time only.
func unescaped(w uint64) bool {
	quote, slash := w^'"'*ones, w^'\\'*ones
	return ((w-0x20*ones)&^w|(quote-ones)&^quote|(slash-ones)&^slash)&(0x80*ones) == 0
}

// appendJSONString writes UTF-8 as a JSON string.
func appendJSONString[T string | []byte](dst []byte, b T) []byte {
	dst = append(dst, '"')
	from := 0
	for i := range len(b) {
		if c := b[i]; c < 0x20 || c == '"' || c == '\\' {
			dst = append(dst, b[from:i]...)
			dst = appendJSONByte(dst, c)
			from = i + 1
		}
	}
	dst = append(dst, b[from:]...)
	return append(dst, '"')
}

// appendJSONByte writes one ASCII character as it stands in a JSON string.
func appendJSONByte(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if c < 0x20 {
		return append(dst, '\\', 'u', '0', '0', lowerHex[c>>4], lowerHex[c&15])
	}
	return append(dst, c)
}

// appendJSONUnits writes UTF-16LE units as a JSON string, eight at a time
// while they are ASCII and need no escaping.
func appendJSONUnits(dst, src []byte) []byte {
	dst = append(dst, '"')
	for i := 0; i+2 <= len(src); {
		if i+16 <= len(src) {
			a, b := u64(src, i), u64(src, i+8)
			if (a|b)&notASCII == 0 {
				w := pack(a) | pack(b)<<32
				if i += 16; unescaped(w) {
					dst = binary.LittleEndian.AppendUint64(dst, w)
					continue
				}
				for k := 0; k < 64; k += 8 {
					dst = appendJSONByte(dst, byte(w>>k))
				}
				continue
			}
		}
		c := rune(binary.LittleEndian.Uint16(src[i:]))
		if c < utf8.RuneSelf {
			dst = appendJSONByte(dst, byte(c))
			i += 2
			continue
		}
		var size int
		c, size = decodeUnit(src[i:], c)
		i += size
		dst = utf8.AppendRune(dst, c)
	}
	return append(dst, '"')
}
