package hl7

import (
	"errors"
	"time"
)

// ErrOrder reports that a Builder was asked to go back: fields, components
// and sub-components are written in ascending order.
var ErrOrder = errors.New("hl7: fields must be written in ascending order")

// ErrNoSegment reports that a Builder was given a field before a segment.
var ErrNoSegment = errors.New("hl7: a field was written before the first segment")

// Builder writes a message in UTF-8, from left to right: what is not written
// takes no space, and a delimiter is only written before something that
// follows it, so that there are none at the end of a segment. The first
// mistake is kept in Err and what follows it is ignored.
type Builder struct {
	buf  []byte
	d    Delimiters
	err  error
	head bool   // the segment defines the delimiters
	have [4]int // what was written last: field, repetition, component, sub-component
	want [4]int // where the next text goes
}

// NewBuilder makes a builder. d's zero value means the standard delimiters.
func NewBuilder(d Delimiters) *Builder {
	if d == (Delimiters{}) {
		d = StandardDelimiters()
	}
	return &Builder{d: d}
}

// Reset begins a new message and keeps the memory.
func (b *Builder) Reset() { *b = Builder{buf: b.buf[:0], d: b.d} }

// Err is the first mistake; nil if there was none.
func (b *Builder) Err() error { return b.err }

// String is the message so far, in UTF-8, each segment ended with CR.
func (b *Builder) String() string { return string(b.Bytes()) }

// Bytes is the same without a copy: valid until the next change.
func (b *Builder) Bytes() []byte {
	if n := len(b.buf); n > 0 && b.buf[n-1] != '\r' {
		b.buf = append(b.buf, '\r')
		b.have, b.want = [4]int{}, [4]int{}
	}
	return b.buf
}

// Segment begins a segment. For MSH the delimiters are written too; go on
// with field 3.
func (b *Builder) Segment(id string) *Builder {
	b.Bytes()
	b.buf = append(b.buf, id...)
	b.have, b.want = [4]int{0, 1, 1, 1}, [4]int{0, 1, 1, 1}
	if b.head = headerID(id); b.head {
		b.buf = append(b.buf, b.d.Field, b.d.Comp, b.d.Rep, b.d.Escape, b.d.Sub)
		b.have[0], b.want[0] = 2, 2
	}
	return b
}

// Field goes to the n-th field, n from 1 as in the standard.
func (b *Builder) Field(n int) *Builder { return b.move(0, n) }

// Rep goes to the next repetition of the field.
func (b *Builder) Rep() *Builder { return b.move(1, b.want[1]+1) }

// Comp goes to the n-th component, n from 1.
func (b *Builder) Comp(n int) *Builder { return b.move(2, n) }

// Sub goes to the n-th sub-component, n from 1.
func (b *Builder) Sub(n int) *Builder { return b.move(3, n) }

func (b *Builder) move(level, n int) *Builder {
	switch {
	case b.err != nil:
	case b.want[1] == 0:
		b.err = ErrNoSegment
	case n < b.want[level] || n < 1 || (level == 0 && n == b.want[0] && b.want != [4]int{n, 1, 1, 1}):
		b.err = ErrOrder
	default:
		b.want[level] = n
		for i := level + 1; i < 4; i++ {
			b.want[i] = 1
		}
	}
	return b
}

// Text writes s with its delimiters escaped; "" writes nothing.
func (b *Builder) Text(s string) *Builder {
	if s != "" && b.reach() {
		b.buf = appendEscaped(b.buf, s, b.d)
	}
	return b
}

// Raw writes s as it is: a composite that has its delimiters. Segment
// terminators in it are written as blanks.
func (b *Builder) Raw(s string) *Builder {
	if s == "" || !b.reach() {
		return b
	}
	at := len(b.buf)
	b.buf = append(b.buf, s...)
	for i := at; i < len(b.buf); i++ {
		if b.buf[i] == '\r' || b.buf[i] == '\n' {
			b.buf[i] = ' '
		}
	}
	return b
}

// Null writes the explicit null.
func (b *Builder) Null() *Builder { return b.Raw(`""`) }

// Time writes a time without offset, in the clock of at's place.
func (b *Builder) Time(at time.Time, p Precision) *Builder {
	if !at.IsZero() && p != NoTime && b.reach() {
		b.buf = AppendTime(b.buf, at, p)
	}
	return b
}

// Comps writes components from the first one on; "" leaves one empty.
func (b *Builder) Comps(parts ...string) *Builder {
	for i, s := range parts {
		b.Comp(i + 1).Text(s)
	}
	return b
}

// Subs writes sub-components from the first one on.
func (b *Builder) Subs(parts ...string) *Builder {
	for i, s := range parts {
		b.Sub(i + 1).Text(s)
	}
	return b
}

// CWE writes a coded text as components. Empty parts at the end are left out.
func (b *Builder) CWE(c CWE) *Builder {
	return b.Comps(c.Code, c.Text, c.System, c.AltCode, c.AltText, c.AltSystem, c.Version, c.AltVersion, c.Original)
}

// reach writes the delimiters between what was written last and what comes.
func (b *Builder) reach() bool {
	if b.err == nil && b.want[1] == 0 {
		b.err = ErrNoSegment
	}
	if b.err == nil && b.want[0] == 0 {
		b.err = ErrOrder // a text behind the ID without a field
	}
	if b.err != nil {
		return false
	}
	for level, sep := range [...]byte{b.d.Field, b.d.Rep, b.d.Comp, b.d.Sub} {
		for b.have[level] < b.want[level] {
			b.have[level]++
			b.buf = append(b.buf, sep)
			for i := level + 1; i < 4; i++ {
				b.have[i] = 1
			}
		}
	}
	return true
}
