package evtx

import (
	"encoding/binary"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	notASCII = 0xFF80FF80FF80FF80 // bits that are zero in four ASCII units
	evenPair = 0x0000FFFF0000FFFF
	ones     = 0x0101010101010101
)

// pack squeezes four ASCII units of UTF-16 into four bytes.
func pack(v uint64) uint64 {
	v = (v | v>>8) & evenPair
	return (v | v>>16) & 0xFFFFFFFF
}

// lower8 lower-cases eight ASCII bytes at once: a byte of A to Z has its high
// bit set after adding 0x3f and not after adding 0x25.
func lower8(w uint64) uint64 {
	return w | ((w+0x3f*ones)&^(w+0x25*ones)&(0x80*ones))>>2
}

// utf16Both writes UTF-16LE units as UTF-8 into text and lower-cased into
// low, eight at a time while they are ASCII. Both must have room for three
// bytes for each unit and eight more.
func utf16Both(src, text, low []byte) (nt, nl int) {
	i := 0
	for {
		for i+16 <= len(src) && nt+8 <= len(text) && nl+8 <= len(low) {
			a, b := u64(src, i), u64(src, i+8)
			if (a|b)&notASCII != 0 {
				break
			}
			w := pack(a) | pack(b)<<32
			binary.LittleEndian.PutUint64(text[nt:], w)
			binary.LittleEndian.PutUint64(low[nl:], lower8(w))
			i, nt, nl = i+16, nt+8, nl+8
		}
		if i+8 <= len(src) {
			if a := u64(src, i); a&notASCII == 0 {
				w := pack(a)
				binary.LittleEndian.PutUint32(text[nt:], uint32(w))
				binary.LittleEndian.PutUint32(low[nl:], uint32(lower8(w)))
				i, nt, nl = i+8, nt+4, nl+4
				continue
			}
		}
		if i+2 > len(src) {
			return nt, nl
		}
		var n int
		n, nt, nl = slowUnits(src[i:], text, low, nt, nl)
		i += n
	}
}

// slowUnits does what the fast loop cannot: units that are not ASCII, and the
// last three. It stops where the fast loop can go on.
func slowUnits(src, text, low []byte, nt, nl int) (n, t, l int) {
	i := 0
	for i+2 <= len(src) {
		c := rune(binary.LittleEndian.Uint16(src[i:]))
		if c < utf8.RuneSelf {
			if i > 0 && len(src)-i >= 8 {
				break
			}
			i += 2
			text[nt], low[nl] = byte(c), byte(c)
			if c-'A' < 26 && c >= 'A' {
				low[nl] = byte(c) + 'a' - 'A'
			}
			nt, nl = nt+1, nl+1
			continue
		}
		if uncased(c) {
			i += 2
			a, b, d := 0xE0|byte(c>>12), 0x80|byte(c>>6)&0x3F, 0x80|byte(c)&0x3F
			text[nt], text[nt+1], text[nt+2] = a, b, d
			low[nl], low[nl+1], low[nl+2] = a, b, d
			nt, nl = nt+3, nl+3
			continue
		}
		var size int
		c, size = decodeUnit(src[i:], c)
		i += size
		nt += utf8.EncodeRune(text[nt:], c)
		nl += utf8.EncodeRune(low[nl:], unicode.ToLower(c))
	}
	return i, nt, nl
}

// decodeUnit joins surrogate pairs; a half one is U+FFFD.
func decodeUnit(src []byte, c rune) (r rune, size int) {
	if !utf16.IsSurrogate(c) {
		return c, 2
	}
	if len(src) >= 4 {
		if r := utf16.DecodeRune(c, rune(binary.LittleEndian.Uint16(src[2:]))); r != utf8.RuneError {
			return r, 4
		}
	}
	return utf8.RuneError, 2
}

// uncased knows the large ranges without upper and lower case (Japanese,
// Chinese, Korean), so that the table of all cases is not searched for them.
// All are three bytes in UTF-8.
func uncased(r rune) bool {
	return r >= 0x2E80 && r < 0xA640 || r >= 0xAC00 && r < 0xD800 || r >= 0xF900 && r < 0xFB00
}

// appendUTF16 appends UTF-16LE units as UTF-8.
func appendUTF16(dst, src []byte) []byte {
	for i := 0; i+2 <= len(src); {
		if i+8 <= len(src) {
			if a := u64(src, i); a&notASCII == 0 {
				dst = binary.LittleEndian.AppendUint32(dst, uint32(pack(a)))
				i += 8
				continue
			}
		}
		c := rune(binary.LittleEndian.Uint16(src[i:]))
		size := 2
		if c >= utf8.RuneSelf {
			c, size = decodeUnit(src[i:], c)
		}
		i += size
		dst = utf8.AppendRune(dst, c)
	}
	return dst
}

func utf16String(src []byte) string { return string(appendUTF16(make([]byte, 0, len(src)), src)) }

// trimNUL takes NUL units off the end, which Windows counts in.
func trimNUL(b []byte) []byte {
	b = b[:len(b)&^1]
	for len(b) >= 2 && b[len(b)-1] == 0 && b[len(b)-2] == 0 {
		b = b[:len(b)-2]
	}
	return b
}

// lowerText lower-cases UTF-8 into dst, which must have room for three bytes
// for each of src and eight more.
func lowerText(dst, src []byte) int {
	n, i := 0, 0
	for i < len(src) {
		for i+8 <= len(src) && n+8 <= len(dst) {
			w := u64(src, i)
			if w&(0x80*ones) != 0 {
				break
			}
			binary.LittleEndian.PutUint64(dst[n:], lower8(w))
			i, n = i+8, n+8
		}
		for end := min(i+8, len(src)); i < end; {
			c := src[i]
			if c >= utf8.RuneSelf {
				r, size := utf8.DecodeRune(src[i:])
				i += size
				n += utf8.EncodeRune(dst[n:], unicode.ToLower(r))
				continue
			}
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst[n] = c
			i, n = i+1, n+1
		}
	}
	return n
}
