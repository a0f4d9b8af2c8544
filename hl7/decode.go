package hl7

import (
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

const (
	escByte  = 0x1b
	shiftOut = 0x0e
	shiftIn  = 0x0f
)

// decoding turns the lines of one message into UTF-8.
type decoding struct {
	cs       Charset
	out      []byte
	problems []Problem
	segment  int // of the line at hand
	lost     int // problems beyond MaxProblems
}

// problem lists a problem, joined to the one before where they touch.
func (x *decoding) problem(k ProblemKind, at, n int) {
	if i := len(x.problems) - 1; i >= 0 {
		if p := &x.problems[i]; p.Kind == k && p.Offset+p.Length == at && p.Segment == x.segment && n > 0 {
			p.Length += n
			return
		}
	}
	if len(x.problems) >= MaxProblems {
		x.lost++
		return
	}
	x.problems = append(x.problems, Problem{Kind: k, Offset: at, Length: n, Segment: x.segment})
}

// line decodes one line, which stands at byte base of the input, to x.out.
// Every line begins in ASCII whatever the one before left open.
func (x *decoding) line(src []byte, base int) {
	switch x.cs {
	case ISO2022JP, ASCII:
		x.iso2022(src, base)
	case CP932:
		x.multi(src, base, cp932Rune)
	case EUCJP:
		x.multi(src, base, eucRune)
	case UTF16LE, UTF16BE:
		x.utf16(src, base)
	default:
		x.utf8(src, base)
	}
}

func (x *decoding) utf8(src []byte, base int) {
	if utf8.Valid(src) {
		x.out = append(x.out, src...)
		return
	}
	x.multi(src, base, func(b []byte) (rune, int) { return utf8.DecodeRune(b) })
}

// multi decodes a charset whose bytes below 0x80 are ASCII unless they follow
// a lead byte.
func (x *decoding) multi(src []byte, base int, next func([]byte) (rune, int)) {
	for i := 0; i < len(src); {
		if src[i] < 0x80 {
			j := i + 1
			for j < len(src) && src[j] < 0x80 {
				j++
			}
			x.out = append(x.out, src[i:j]...)
			i = j
			continue
		}
		r, n := next(src[i:])
		switch {
		case r == utf8.RuneError:
			x.problem(Undecodable, base+i, n)
		case r >= 0xE000 && r <= 0xE757:
			x.problem(Gaiji, base+i, n)
		}
		x.out = utf8.AppendRune(x.out, r)
		i += n
	}
}

func (x *decoding) utf16(src []byte, base int) {
	unit := func(i int) rune {
		if x.cs == UTF16LE {
			return rune(src[i]) | rune(src[i+1])<<8
		}
		return rune(src[i])<<8 | rune(src[i+1])
	}
	i := 0
	for ; i+1 < len(src); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if i+3 < len(src) {
				pair = utf16.DecodeRune(r, unit(i+2))
			}
			if r = pair; pair == utf8.RuneError {
				x.problem(Undecodable, base+i, 2)
			} else {
				i += 2
			}
		}
		x.out = utf8.AppendRune(x.out, r)
	}
	if i < len(src) {
		x.problem(Undecodable, base+i, 1)
		x.out = utf8.AppendRune(x.out, utf8.RuneError)
	}
}

// jisRune gives the character at a place of the WHATWG index of JIS X 0208, 0
// for none: rows 1 to 94 with 94 places each, then the IBM rows from 8836.
func jisRune(i int) rune {
	if i < 0 || 2*i+1 >= len(jisTable) {
		return 0
	}
	return rune(jisTable[2*i])<<8 | rune(jisTable[2*i+1])
}

const (
	jisPlaces  = 94 * 94
	userFirst  = 8836  // pointer of Shift_JIS byte pair F0 40
	ibmPointer = 10716 // pointer of Shift_JIS byte pair FA 40
)

// cp932Rune decodes the character at the start of b, whose first byte is from
// 0x80, and gives how many bytes it has. utf8.RuneError: it is none.
func cp932Rune(b []byte) (rune, int) {
	c := b[0]
	if c >= 0xA1 && c <= 0xDF {
		return rune(c) + (0xFF61 - 0xA1), 1
	}
	if c == 0x80 || c == 0xA0 || c > 0xFC || len(b) < 2 || b[1] < 0x40 || b[1] == 0x7F || b[1] > 0xFC {
		return utf8.RuneError, 1
	}
	lead, trail := int(c)-0x81, int(b[1])-0x40
	if c >= 0xE0 {
		lead = int(c) - 0xC1
	}
	if b[1] > 0x7F {
		trail--
	}
	p := lead*188 + trail
	var r rune
	switch {
	case p >= ibmPointer:
		r = jisRune(p - ibmPointer + jisPlaces)
	case p >= userFirst:
		r = 0xE000 + rune(p-userFirst)
	default:
		r = jisRune(p)
	}
	if r != 0 {
		return r, 2
	}
	if b[1] < 0x80 { // it may be a delimiter
		return utf8.RuneError, 1
	}
	return utf8.RuneError, 2
}

// eucRune does the same for EUC-JP.
func eucRune(b []byte) (rune, int) {
	in := func(i int) bool { return i < len(b) && b[i] >= 0xA1 && b[i] <= 0xFE }
	switch c := b[0]; {
	case c == 0x8E && in(1) && b[1] <= 0xDF:
		return rune(b[1]) + (0xFF61 - 0xA1), 2
	case c == 0x8F && in(1) && in(2):
		if r := jis0212Rune(b[1]&0x7F, b[2]&0x7F); r != 0 {
			return r, 3
		}
		return utf8.RuneError, 3
	case in(0) && in(1):
		if r := jisRune(int(c-0xA1)*94 + int(b[1]-0xA1)); r != 0 {
			return r, 2
		}
		return utf8.RuneError, 2
	}
	return utf8.RuneError, 1
}

// jis0212Rune decodes one character of JIS X 0212. It is so rare that the
// library's table serves.
func jis0212Rune(c0, c1 byte) rune {
	out, err := japanese.EUCJP.NewDecoder().Bytes([]byte{0x8F, c0 | 0x80, c1 | 0x80})
	r, n := utf8.DecodeRune(out)
	if err != nil || r == utf8.RuneError || n != len(out) {
		return 0
	}
	return r
}
