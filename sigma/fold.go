package sigma

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// Fold gives s with every character replaced by the one that stands for all
// its cases, so that two texts that differ only in case become the same bytes.
// It is Unicode simple folding, one character for one (the C and S lines of
// CaseFolding.txt): K and the Kelvin sign become k, s and the long s become s,
// full-width Ａ becomes ａ. Width, accents, kana and ß against ss are left
// alone. Bytes that are not UTF-8 stay as they are. Rules and events are folded
// by this one function; for ASCII it is lower-casing.
func Fold(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return string(AppendFold(make([]byte, 0, len(s)+8), []byte(s)))
		}
	}
	return s
}

// AppendFold appends src as Fold gives it to dst. The result may be longer or
// shorter than src (Ⱥ grows by a byte, the Kelvin sign shrinks by two). ASCII
// is folded eight bytes at a time.
func AppendFold(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		if i+8 <= len(src) {
			if x := binary.LittleEndian.Uint64(src[i:]); x&(0x80*eachByte) == 0 {
				dst = binary.LittleEndian.AppendUint64(dst, lowerEight(x))
				i += 8
				continue
			}
		}
		c := src[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		if 0xE3 <= c && c <= 0xE9 && i+2 < len(src) && src[i+1]&0xC0 == 0x80 && src[i+2]&0xC0 == 0x80 {
			dst = append(dst, c, src[i+1], src[i+2]) // U+3000 to U+9FFF: kana and kanji
			i += 3
			continue
		}
		r, n := utf8.DecodeRune(src[i:])
		if f := FoldRune(r); f != r && !(r == utf8.RuneError && n == 1) {
			dst = utf8.AppendRune(dst, f)
		} else {
			dst = append(dst, src[i:i+n]...)
		}
		i += n
	}
	return dst
}

const eachByte = 0x0101010101010101

// lowerEight lower-cases eight bytes of ASCII: in each byte the highest bit of
// the two sums says whether it is at least A and whether it is beyond Z.
func lowerEight(x uint64) uint64 {
	fromA, afterZ := x+(0x80-'A')*eachByte, x+(0x80-'Z'-1)*eachByte
	return x | (fromA^afterZ)&(0x80*eachByte)>>2
}

// FoldRune folds one character, for those who decode text themselves: what it
// gives for every character of a text is what Fold gives for the text.
func FoldRune(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	case r <= 0xFF:
		if 0xC0 <= r && r <= 0xDE && r != 0xD7 {
			r += 0x20 // À to Þ
		}
		return r
	case 0x0410 <= r && r <= 0x042F:
		return r + 0x20 // А to Я
	case 0x0430 <= r && r <= 0x044F, 0x2000 <= r && r <= 0x20FF:
		return r // а to я; dashes, quotation marks
	case 0x2E80 <= r && r <= 0xA63F, 0xAC00 <= r && r <= 0xFAFF:
		return r // kana, kanji, hangul: no case
	case 0xFF21 <= r && r <= 0xFF3A:
		return r + 0x20 // full-width letters
	}
	next := unicode.SimpleFold(r)
	if next == r {
		return r
	}
	least := min(r, next)
	for ; next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	// The lower case of the least is what people expect to see, but only where
	// simple folding knows it: İ lower-cases to i and folds to itself.
	lower := unicode.ToLower(least)
	for next = unicode.SimpleFold(least); next != least; next = unicode.SimpleFold(next) {
		if next == lower {
			return lower
		}
	}
	return least
}
