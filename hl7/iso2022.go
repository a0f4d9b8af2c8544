package hl7

import (
	"bytes"
	"unicode/utf8"
)

// The sets that ISO-2022-JP switches between.
type jisSet uint8

const (
	setASCII jisSet = iota
	setKana         // half-width katakana of JIS X 0201
	setKanji        // JIS X 0208
	setHojo         // JIS X 0212
)

// designation reports whether seq, the bytes behind an escape character,
// selects a set that is known.
func designation(seq []byte) bool {
	_, n := selects(seq)
	return n > 0 && n == len(seq)
}

// selects gives the set that the bytes behind an escape character select and
// how many they are; 0: none that is known.
func selects(b []byte) (jisSet, int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch {
	case b[0] == '$' && (b[1] == 'B' || b[1] == '@'):
		return setKanji, 2
	case b[0] == '(' && (b[1] == 'B' || b[1] == 'J' || b[1] == 'H'):
		return setASCII, 2
	case b[0] == '(' && b[1] == 'I':
		return setKana, 2
	case b[0] == '$' && b[1] == '(' && len(b) > 2 && (b[2] == 'B' || b[2] == '@'):
		return setKanji, 3
	case b[0] == '$' && b[1] == '(' && len(b) > 2 && b[2] == 'D':
		return setHojo, 3
	}
	return 0, 0
}

// isoLine is the state of one line: nothing of it outlives the line, so that
// a missing return to ASCII spoils one segment at most.
type isoLine struct {
	src     []byte
	base    int
	set     jisSet
	shifted bool // between shift-out and shift-in
	open    int  // where the two-byte set was selected
	last    bool // no further escape on this line: the return is missing
}

// iso2022 decodes one line of ISO-2022-JP.
func (x *decoding) iso2022(src []byte, base int) {
	l := isoLine{src: src, base: base}
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == escByte:
			i += x.escape(&l, i)
		case c == shiftOut:
			l.shifted = true
			i++
		case c == shiftIn:
			l.shifted = false
			i++
		case l.shifted, l.set == setKana:
			i += x.kana(&l, i)
		case l.set == setKanji && !l.last:
			if n := x.kanjiRun(src[i:]); n > 0 {
				i += n
			} else {
				i += x.twoBytes(&l, i)
			}
		case l.set != setASCII:
			i += x.twoBytes(&l, i)
		case c >= 0x80:
			i += x.eightBit(&l, i)
		default:
			j := i + 1
			for j < len(src) && src[j] < 0x80 && src[j] != escByte && src[j] != shiftOut && src[j] != shiftIn {
				j++
			}
			x.out = append(x.out, src[i:j]...)
			i = j
		}
	}
	if l.set >= setKanji {
		x.problem(OpenKanji, base+l.open, len(src)-l.open)
	}
}

// escape reads the escape sequence at i and gives its length.
func (x *decoding) escape(l *isoLine, i int) int {
	set, n := selects(l.src[i+1:])
	if n == 0 {
		// What follows is shown as ASCII: it cannot be worse than wrong kanji.
		x.problem(Undecodable, l.base+i, 1)
		x.out = utf8.AppendRune(x.out, utf8.RuneError)
		l.set = setASCII
		return 1
	}
	l.set, l.open = set, i
	l.last = set >= setKanji && bytes.IndexByte(l.src[i+1:], escByte) < 0
	return n + 1
}

func (x *decoding) kana(l *isoLine, i int) int {
	c := l.src[i] & 0x7F
	if c >= 0x21 && c <= 0x5F {
		x.out = utf8.AppendRune(x.out, rune(c)+(0xFF61-0x21))
		return 1
	}
	if l.src[i] >= 0x80 {
		return x.eightBit(l, i)
	}
	// A delimiter beyond the katakana, or a control character: it stands for
	// itself.
	x.out = append(x.out, c)
	return 1
}

// eightBit reads a byte that has no place in ISO-2022-JP: JIS X 0201 in eight
// bits, or nothing that is known.
func (x *decoding) eightBit(l *isoLine, i int) int {
	if c := l.src[i]; c >= 0xA1 && c <= 0xDF {
		x.problem(EightBit, l.base+i, 1)
		x.out = utf8.AppendRune(x.out, rune(c)+(0xFF61-0xA1))
		return 1
	}
	x.problem(Undecodable, l.base+i, 1)
	x.out = utf8.AppendRune(x.out, utf8.RuneError)
	return 1
}

// kanjiRun decodes the sound characters of JIS X 0208 at the start of src and
// gives how many bytes they take. It is where most of the time goes.
func (x *decoding) kanjiRun(src []byte) int {
	out, i := x.out, 0
	for ; i+1 < len(src); i += 2 {
		c0, c1 := src[i]-0x21, src[i+1]-0x21
		if c0 >= 94 || c1 >= 94 {
			break
		}
		p := 2 * (int(c0)*94 + int(c1))
		r := rune(jisTable[p])<<8 | rune(jisTable[p+1])
		if r >= 0x800 {
			out = append(out, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
		} else if r != 0 {
			out = append(out, 0xC0|byte(r>>6), 0x80|byte(r)&0x3F)
		} else {
			break
		}
	}
	x.out = out
	return i
}

// twoBytes reads one character of a two-byte set.
func (x *decoding) twoBytes(l *isoLine, i int) int {
	c0 := l.src[i]
	switch {
	case c0 >= 0x80:
		return x.eightBit(l, i)
	case c0 <= 0x20 || c0 == 0x7F: // no lead byte: blanks and tabs are seen here
		x.out = append(x.out, c0)
		return 1
	case l.last && (c0 == '|' || c0 == '~') && l.set == setKanji:
		// The return to ASCII is missing and this is a delimiter: row 94 is
		// empty, row 92 is not JIS X 0208.
		x.problem(OpenKanji, l.base+l.open, i-l.open)
		l.set = setASCII
		return 0
	case i+1 >= len(l.src) || l.src[i+1] <= 0x20 || l.src[i+1] >= 0x7F:
		x.problem(Undecodable, l.base+i, 1)
		x.out = utf8.AppendRune(x.out, utf8.RuneError)
		return 1
	}
	c1 := l.src[i+1]
	r := rune(0)
	if l.set == setKanji {
		r = jisRune(int(c0-0x21)*94 + int(c1-0x21))
	} else {
		r = jis0212Rune(c0, c1)
	}
	if r == 0 {
		x.problem(Undecodable, l.base+i, 2)
		r = utf8.RuneError
	}
	x.out = utf8.AppendRune(x.out, r)
	return 2
}
