package segment

import (
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold appends s to dst in the form in which texts are compared: Unicode
// normalisation NFKC, then each character to upper and to lower case. Full-width
// letters and half-width katakana become what people type, and case does not
// matter. Bytes that are no UTF-8 stay as they are. The skip index, the executor
// and the parser of queries all use this one function.
//
// ASCII and the usual Japanese characters, which folding leaves alone or
// changes by one bit, take a short way; cost ≈ 0.3 ns per byte of ASCII and
// 1 ns per byte of Japanese.
func Fold(dst, s []byte) []byte {
	dst, _ = fold(dst, s)
	return dst
}

// fold also says whether all of s took the short way. Then each character was
// folded by itself, and a part of s folds to a part of the result.
func fold(dst, s []byte) (_ []byte, simple bool) {
	simple = true
	i := 0
	src, out := 0, 0 // how long the character before i is in s and in dst
	for i < len(s) {
		if n := lowerASCII(&dst, s[i:]); n > 0 {
			i += n
			src, out = 1, 1
			continue
		}
		if n, c := short(s[i:]); n > 0 {
			out = n
			switch {
			case c != 0:
				out, dst = 1, append(dst, c)
				i += n
			case n == 3: // Japanese comes in runs
				end := i + 3
				end += staying(s[end:])
				dst = append(dst, s[i:end]...)
				i = end
			default:
				dst = append(dst, s[i])
				i++
			}
			if src = n; n == 1 { // no character, so nothing melts with it
				src, out = 0, 0
			}
			continue
		}
		// Something that may change, and may melt with the character before it.
		end := i
		for end < len(s) && s[end] >= utf8.RuneSelf {
			if n, _ := short(s[end:]); n > 0 {
				break
			}
			_, n := utf8.DecodeRune(s[end:])
			end += n
		}
		dst = foldSlowly(dst[:len(dst)-out], s[i-src:end])
		i, src, out = end, 0, 0
		simple = false
	}
	return dst, simple
}

// FoldString is Fold for short texts such as a query's words.
func FoldString(s string) string { return string(Fold(nil, []byte(s))) }

// foldSlowly is the definition of Fold for s without bytes that are no UTF-8;
// it is the only part that knows Unicode.
func foldSlowly(dst, s []byte) []byte {
	var buf [96]byte
	for _, r := range string(norm.NFKC.Append(buf[:0], s...)) {
		dst = utf8.AppendRune(dst, unicode.ToLower(unicode.ToUpper(r)))
	}
	return dst
}

const (
	highBits = 0x8080808080808080
	ones     = 0x0101010101010101
)

// lowerASCII appends the ASCII that s begins with in lower case and says how
// long it was.
func lowerASCII(to *[]byte, s []byte) int {
	if len(s) == 0 || s[0] >= utf8.RuneSelf {
		return 0
	}
	n := len(*to)
	dst := slices.Grow(*to, len(s))[:n+len(s)]
	out, i := dst[n:], 0
	for ; i+8 <= len(s); i += 8 {
		x := binary.LittleEndian.Uint64(s[i:])
		if x&highBits != 0 {
			break
		}
		binary.LittleEndian.PutUint64(out[i:], lower8(x))
	}
	for ; i < len(s) && s[i] < utf8.RuneSelf; i++ {
		c := s[i]
		if c-'A' <= 'Z'-'A' {
			c |= 0x20
		}
		out[i] = c
	}
	*to = dst[:n+i]
	return i
}

// lower8 makes eight ASCII characters lower case at once: a byte plus
// 0x80-'A' has its high bit set from 'A' on, one plus 0x7f-'Z' after 'Z'.
func lower8(x uint64) uint64 {
	fromA := x + ones*(0x80-'A')
	afterZ := x + ones*(0x7f-'Z')
	return x | (fromA^afterZ)&highBits>>2
}

// short gives the length of the character at s when folding it needs no
// tables and it never melts with the one before it. Kana, Chinese characters
// and bytes that are no UTF-8 stay; full-width forms become the ASCII character
// c.
func short(s []byte) (n int, c byte) {
	if len(s) < 3 || s[0] < 0xe3 || s[0] > 0xef || s[1]&0xc0 != 0x80 || s[2]&0xc0 != 0x80 {
		if r, n := utf8.DecodeRune(s); r == utf8.RuneError && n == 1 {
			return 1, 0
		}
		return 0, 0
	}
	if stays(s) {
		return 3, 0
	}
	r := rune(s[0]&0x0f)<<12 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f)
	switch {
	case r == 0x3000:
		return 3, ' '
	case r >= 0xff01 && r <= 0xff5e:
		c = byte(r - 0xff01 + '!')
		if c-'A' <= 'Z'-'A' {
			c |= 0x20
		}
		return 3, c
	case r >= 0xd800 && r <= 0xdfff: // no characters, so no UTF-8
		return 1, 0
	}
	return 0, 0
}

// stays says whether s begins with a kana or a Chinese character that folding
// leaves alone: U+3001–3029, 3041–3096, 30A1–30FE, 4E00–9FFF.
func stays(s []byte) bool {
	if len(s) < 3 || s[1]&0xc0 != 0x80 || s[2]&0xc0 != 0x80 {
		return false
	}
	switch a, b := s[0], s[1]; {
	case a >= 0xe5 && a <= 0xe9:
		return true
	case a == 0xe4:
		return b >= 0xb8
	case a == 0xe3:
		r := rune(b&0x3f)<<6 | rune(s[2]&0x3f)
		return r >= 0x41 && r <= 0x96 || r >= 0xa1 && r <= 0xfe || r >= 0x01 && r <= 0x29
	}
	return false
}

// staying gives the length of the characters that stay with which s begins.
func staying(s []byte) int {
	i := 0
	for ; i+3 <= len(s); i += 3 {
		a, b, c := s[i], s[i+1], s[i+2]
		if (b^0x80|c^0x80)&0xc0 != 0 {
			break
		}
		if a-0xe5 <= 4 {
			continue
		}
		if r := uint32(b&0x3f)<<6 | uint32(c&0x3f); a != 0xe3 || r-0x41 > 0x55 && r-0xa1 > 0x5d && r-0x01 > 0x28 {
			if a != 0xe4 || b < 0xb8 {
				break
			}
		}
	}
	return i
}

// Plain gives the length of what s begins with and Fold does nothing to but make
// ASCII letters lower case: ASCII, kana and Chinese characters. Each byte of it
// stands at the same place in what Fold makes of it; cost ≈ 0.1 ns per byte of
// ASCII. With wide, full-width forms of ASCII count as well: their place moves, but
// what Fold makes of them is ASCII and leaves their neighbours alone.
func Plain(s []byte, wide bool) int {
	i := 0
	for i < len(s) {
		for ; i+32 <= len(s); i += 32 {
			b := s[i : i+32 : i+32]
			x := binary.LittleEndian.Uint64(b) | binary.LittleEndian.Uint64(b[8:])
			if (x|binary.LittleEndian.Uint64(b[16:])|binary.LittleEndian.Uint64(b[24:]))&highBits != 0 {
				break
			}
		}
		for end := min(i+32, len(s)); i < end && s[i] < utf8.RuneSelf; {
			i++
		}
		if i == len(s) || s[i] < utf8.RuneSelf {
			continue
		}
		n := staying(s[i:])
		if n == 0 && wide {
			if m, c := short(s[i:]); c != 0 {
				n = m
			}
		}
		if i += n; n == 0 {
			return i
		}
	}
	return i
}
