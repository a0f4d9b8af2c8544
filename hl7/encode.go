package hl7

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// EncodeOptions says how to write characters.
type EncodeOptions struct {
	// Charset is ISO2022JP (the zero value), CP932, EUCJP or UTF8. ASCII is
	// written as ISO2022JP, which contains it; UTF-16 is not written.
	Charset Charset
	// Vendor allows, in ISO-2022-JP and EUC-JP, what is not JIS X 0208:
	// circled digits, Roman numerals and other characters of NEC and IBM.
	// Without it they are replaced as SS-MIX2 asks (see Substitute).
	Vendor bool
	// Substitute, if not nil, is asked first what to write for a character
	// that the charset does not have (髙 → 高 is a decision of the hospital).
	// What it gives must itself be writable, or becomes the geta mark.
	Substitute func(r rune) (string, bool)
}

// Loss is a character that was not written as it was.
type Loss struct {
	Rune    rune
	Written string
	Count   int
}

// maxLosses is how many different lost characters an Encoder lists.
const maxLosses = 256

// geta stands for a character that the charset does not have.
const geta = "■"

// Encoder writes text in a charset. It must not be used by two goroutines at
// a time.
type Encoder struct {
	opt    EncodeOptions
	codes  []uint16 // by rune: two bytes, 0 for none
	losses []Loss
}

// NewEncoder makes an encoder; it takes 128 KB.
func NewEncoder(opt EncodeOptions) *Encoder {
	if opt.Charset == Auto || opt.Charset == ASCII || opt.Charset > UTF8 {
		opt.Charset = ISO2022JP
	}
	e := &Encoder{opt: opt}
	if opt.Charset != UTF8 {
		e.table()
	}
	return e
}

// table turns the table of characters around. Where a character has several
// codes the lowest wins, and in CP932 IBM's before NEC's, as Windows does.
func (e *Encoder) table() {
	e.codes = make([]uint16, 1<<16)
	sjis := e.opt.Charset == CP932
	put := func(p int, r rune) {
		if r == 0 {
			return
		}
		c0, c1 := 0x21+p/94, 0x21+p%94
		if sjis {
			c0, c1 = 0x81+p/188, 0x40+p%188
			if c0 > 0x9F {
				c0 += 0x40
			}
			if c1 >= 0x7F {
				c1++
			}
		}
		e.codes[r] = uint16(c0<<8 | c1)
	}
	for i := 387; sjis && i >= 0; i-- {
		put(ibmPointer+i, jisRune(jisPlaces+i))
	}
	for p := jisPlaces - 1; p >= 0; p-- {
		row := p/94 + 1
		switch {
		case row >= 89 && sjis: // NEC's selection of IBM's: IBM's own code is written
		case (row == 13 || row > 84) && !sjis && !e.opt.Vendor:
		default:
			put(p, jisRune(p))
		}
	}
	for i := 0; sjis && i < ibmPointer-userFirst; i++ {
		put(userFirst+i, 0xE000+rune(i))
	}
}

// Losses lists the characters that were replaced since the encoder was made,
// at most 256 different ones, in order of appearance.
func (e *Encoder) Losses() []Loss { return e.losses }

func (e *Encoder) lose(r rune, written string) {
	for i := range e.losses {
		if e.losses[i].Rune == r {
			e.losses[i].Count++
			return
		}
	}
	if len(e.losses) < maxLosses {
		e.losses = append(e.losses, Loss{r, written, 1})
	}
}

// AppendText appends text, which is UTF-8, in the encoder's charset. In
// ISO-2022-JP every run of kanji returns to ASCII before the next ASCII
// character, so before every delimiter and at the end. Line feeds are written
// as the segment terminator CR.
func (e *Encoder) AppendText(dst []byte, text string) []byte {
	if strings.Contains(text, "\u3099") || strings.Contains(text, "\u309a") {
		text = norm.NFC.String(text) // か + combining mark: one character
	}
	w := runs{e: e}
	dst = w.text(dst, text, 0)
	return w.ascii(dst)
}

// AppendMessage appends a message that was read, segment by segment, each
// ended with CR, and what stood behind the last segment (the official samples
// end with the byte 1C). For a message that conforms to SS-MIX2 this gives
// the bytes that were read.
func (e *Encoder) AppendMessage(dst []byte, m *Message) []byte {
	for s := range m.Segments() {
		dst = e.AppendText(dst, s.Raw())
		dst = append(dst, '\r')
	}
	tail := m.raw[m.tail:]
	if m.cs == UTF16LE || m.cs == UTF16BE {
		return dst
	}
	switch {
	case len(m.segs) > 0 && len(tail) > 0 && tail[0] == '\r':
		dst = append(dst, tail[1:]...)
	case len(m.segs) > 0 && (len(tail) == 0 || tail[0] != '\n'):
		dst = append(dst[:len(dst)-1], tail...) // the sender left the last terminator out
	}
	return dst
}

// runs keeps which set is selected while a text is written.
type runs struct {
	e     *Encoder
	kanji bool
}

func (w *runs) ascii(dst []byte) []byte {
	if w.kanji {
		w.kanji = false
		dst = append(dst, "\x1b(B"...)
	}
	return dst
}

func (w *runs) text(dst []byte, text string, depth int) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if c == '\n' {
				c = '\r'
			}
			dst = append(w.ascii(dst), c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		switch {
		case w.e.opt.Charset == UTF8:
			dst = utf8.AppendRune(dst, r)
		case r < 1<<16 && w.e.codes[r] != 0:
			dst = w.code(dst, w.e.codes[r])
		case w.e.opt.Charset != ISO2022JP && r >= 0xFF61 && r <= 0xFF9F:
			dst = w.halfKana(dst, r)
		case r >= 0xFF61 && r <= 0xFF9F:
			// ｶﾞ is two characters that become one.
			mark := rune(0)
			if i < len(text) {
				mark, n = utf8.DecodeRuneInString(text[i:])
			}
			full, both := fullKana(r, mark)
			if both {
				i += n
			}
			w.e.lose(r, full)
			dst = w.text(dst, full, depth+1)
		default:
			dst = w.missing(dst, r, depth)
		}
	}
	return dst
}

func (w *runs) halfKana(dst []byte, r rune) []byte {
	if w.e.opt.Charset == EUCJP {
		dst = append(dst, 0x8E)
	}
	return append(dst, byte(r-0xFF61+0xA1))
}

func (w *runs) code(dst []byte, code uint16) []byte {
	switch w.e.opt.Charset {
	case EUCJP:
		return append(dst, byte(code>>8)|0x80, byte(code)|0x80)
	case ISO2022JP:
		if !w.kanji {
			w.kanji = true
			dst = append(dst, "\x1b$B"...)
		}
	}
	return append(dst, byte(code>>8), byte(code))
}

// missing writes what stands for a character that the charset does not have.
func (w *runs) missing(dst []byte, r rune, depth int) []byte {
	out, ok := "", false
	if w.e.opt.Substitute != nil {
		out, ok = w.e.opt.Substitute(r)
	}
	if !ok {
		out, ok = Substitute(r)
	}
	if !ok || depth > 2 {
		out = geta
	}
	if !sameSign(r) {
		w.e.lose(r, out)
	}
	return w.text(dst, out, depth+1)
}
