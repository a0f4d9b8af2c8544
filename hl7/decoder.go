package hl7

import (
	"bytes"
	"strings"
)

// Decoder reads messages. It keeps its working memory from one to the next;
// it must not be used by two goroutines at a time.
type Decoder struct {
	opt  Options
	x    decoding
	full bool // MaxSegments were read
}

// NewDecoder makes a decoder.
func NewDecoder(opt Options) *Decoder {
	if opt.MaxSize <= 0 {
		opt.MaxSize = DefaultMaxSize
	}
	opt.MaxSize = min(opt.MaxSize, 1<<30)
	return &Decoder{opt: opt}
}

// Parse reads one message with the default options. Where there are many, a
// Decoder is faster.
func Parse(data []byte) (*Message, error) {
	m := new(Message)
	return m, NewDecoder(Options{}).Decode(m, data)
}

// Decode reads data into m, whose former contents are gone. m keeps data,
// which must not change while m is in use. The error is ErrNotHL7,
// ErrTooLarge or nil; with an error m has no segments.
func (d *Decoder) Decode(m *Message, data []byte) error {
	m.Reset()
	m.d = StandardDelimiters()
	if len(data) > d.opt.MaxSize {
		return ErrTooLarge
	}
	m.raw = data
	if m.cs = d.opt.Charset; m.cs == Auto {
		m.cs = Detect(data)
	}
	d.x = decoding{cs: m.cs, out: d.x.out[:0], problems: m.problems[:0], segment: -1}
	d.full = false
	from, to := d.trim(m)
	d.lines(m, from, to)
	m.problems, m.lost = d.x.problems, d.x.lost
	if len(m.segs) == 0 {
		m.problems = m.problems[:0]
		return ErrNotHL7
	}
	m.text = string(d.x.out)
	d.fields(m)
	d.check(m)
	return nil
}

// trim passes over what frames a message: byte order mark, the block
// characters of MLLP (every official SS-MIX2 sample ends with one), blanks
// before it, end-of-file marks and NULs behind it.
func (d *Decoder) trim(m *Message) (from, to int) {
	raw := m.raw
	to = len(raw)
	frame := "\x00\x0b\x1a\x1c\r\n"
	switch m.cs {
	case UTF16LE, UTF16BE:
		if len(raw) >= 2 && (raw[0] == 0xFF && raw[1] == 0xFE || raw[0] == 0xFE && raw[1] == 0xFF) {
			from = 2
		}
		return from, to
	case UTF8:
		if bytes.HasPrefix(raw, []byte{0xEF, 0xBB, 0xBF}) {
			from = 3
		}
	}
	for from < to && (strings.IndexByte(frame, raw[from]) >= 0 || raw[from] == ' ') {
		from++
	}
	nul := 0
	for to > from && strings.IndexByte(frame, raw[to-1]) >= 0 {
		if to--; raw[to] == 0 {
			nul++
		}
	}
	if nul > 1 {
		d.x.problem(Padding, to, len(raw)-to)
	}
	return from, to
}

// lines cuts raw[from:to] at CR, LF and CR LF and decodes each line by itself.
// Neither byte can be part of a character in any charset but UTF-16.
func (d *Decoder) lines(m *Message, from, to int) {
	step, hi, lo := 1, 0, 0
	if m.cs == UTF16LE {
		step, hi, lo = 2, 1, 0
	} else if m.cs == UTF16BE {
		step, hi, lo = 2, 0, 1
	}
	feeds := step == 1 && bytes.IndexByte(m.raw[from:to], '\n') >= 0
	start := from
	for i := from; i+step <= to && !d.full; i += step {
		if step == 1 {
			n := 0
			if feeds {
				n = bytes.IndexAny(m.raw[i:to], "\r\n")
			} else {
				n = bytes.IndexByte(m.raw[i:to], '\r')
			}
			if n < 0 {
				break
			}
			i += n
		} else if c := m.raw[i+lo]; m.raw[i+hi] != 0 || (c != '\r' && c != '\n') {
			continue
		}
		d.line(m, start, i)
		start = i + step
	}
	if start < to && !d.full {
		d.line(m, start, to)
	}
	m.tail = to
	if len(m.segs) > 0 {
		m.tail = int(m.segs[len(m.segs)-1].rawTo)
	}
}

// line reads one line: a segment, the continuation of the one before, or
// nothing.
func (d *Decoder) line(m *Message, from, to int) {
	if from == to {
		return
	}
	at := len(d.x.out)
	d.x.segment = len(m.segs)
	if len(m.segs) > 0 && !d.begins(m, from, to) {
		d.x.segment--
		d.x.out = append(d.x.out, '\n')
		d.x.line(m.raw[from:to], from)
		if m.segs[len(m.segs)-1].rawTo = uint32(to); len(d.x.out) == at+1 {
			d.x.out = d.x.out[:at] // an escape sequence and nothing else
			return
		}
		d.x.problem(Continued, from, to-from)
		return
	}
	if len(m.segs) == MaxSegments {
		d.x.problem(OverLimit, from, len(m.raw)-from)
		d.full = true
		return
	}
	d.x.line(m.raw[from:to], from)
	line := d.x.out[at:]
	if len(m.segs) == 0 {
		if i := bytes.Index(line, []byte("MSH")); i > 0 && !segmentStart(line, m.d.Field) {
			// Something stands before the header on its own line.
			d.x.problem(Junk, from, 0)
			d.x.out = append(d.x.out[:at], line[i:]...)
			line = d.x.out[at:]
		}
	}
	if !segmentStart(line, m.d.Field) {
		d.x.segment = -1
		d.x.problem(Junk, from, to-from)
		d.x.out = d.x.out[:at]
		return
	}
	if len(m.segs) == 0 {
		d.delimiters(m, line)
	}
	m.segs = append(m.segs, span{rawFrom: uint32(from), rawTo: uint32(to), from: uint32(at)})
}

// begins reports whether the line at from begins a segment, from its bytes: a
// segment's ID and the separator are ASCII in every charset.
func (d *Decoder) begins(m *Message, from, to int) bool {
	head := m.raw[from:min(to, from+8)]
	if m.cs == UTF16LE || m.cs == UTF16BE {
		var four [4]byte
		n := 0
		for i := 0; i+1 < len(head); i += 2 {
			c, high := head[i], head[i+1]
			if m.cs == UTF16BE {
				c, high = high, c
			}
			if high != 0 {
				c = 0xFF
			}
			four[n] = c
			n++
		}
		return segmentStart(four[:n], m.d.Field)
	}
	if len(head) > 4 {
		head = head[:4]
	}
	return segmentStart(head, m.d.Field)
}

// delimiters takes the five characters from the header. What cannot be a
// delimiter is replaced by the usual one, so that every message has five that
// differ from letters and digits.
func (d *Decoder) delimiters(m *Message, line []byte) {
	if len(line) < 4 || !headerID(string(line[:3])) || !delimiter(line[3]) {
		return
	}
	m.d.Field = line[3]
	enc := line[4:]
	if i := bytes.IndexByte(enc, m.d.Field); i >= 0 {
		enc = enc[:i]
	}
	for i, to := range []*byte{&m.d.Comp, &m.d.Rep, &m.d.Escape, &m.d.Sub} {
		switch {
		case i < len(enc) && delimiter(enc[i]):
			*to = enc[i]
		case len(enc) > 0 && i >= len(enc): // fewer are allowed: those are not used
			*to = 0
		}
	}
}

func delimiter(c byte) bool {
	return c > 0x20 && c < 0x7F && !idByte(c) && !(c >= 'a' && c <= 'z')
}

// fields finds where the fields of all segments end.
func (d *Decoder) fields(m *Message) {
	for i := range m.segs {
		s := &m.segs[i]
		to := len(m.text)
		if i+1 < len(m.segs) {
			to = int(m.segs[i+1].from)
		}
		s.first = uint32(len(m.ends))
		at := int(s.from)
		for len(m.ends) < MaxFields {
			n := strings.IndexByte(m.text[at:to], m.d.Field)
			if n < 0 {
				break
			}
			m.ends = append(m.ends, uint32(at+n))
			at += n + 1
		}
		if len(m.ends) >= MaxFields && strings.IndexByte(m.text[at:to], m.d.Field) >= 0 {
			d.x.segment = i
			d.x.problem(OverLimit, int(s.rawFrom), int(s.rawTo-s.rawFrom))
		}
		m.ends = append(m.ends, uint32(to))
		s.count = uint32(len(m.ends)) - s.first
	}
	m.problems, m.lost = d.x.problems, d.x.lost
}

// check compares the message with what its header says.
func (d *Decoder) check(m *Message) {
	d.x.segment = -1
	if !headerID(m.Segment(0).ID()) {
		d.x.problem(NoHeader, int(m.segs[0].rawFrom), 0)
	}
	for i := 1; i < len(m.segs); i++ {
		if m.Segment(i).ID() == "MSH" && m.Segment(0).ID() == "MSH" {
			d.x.segment = i
			d.x.problem(OtherHeader, int(m.segs[i].rawFrom), 0)
			break
		}
	}
	if said := m.Declared(); said != Auto && said != m.cs && m.cs != ASCII {
		d.x.segment = 0
		d.x.problem(OtherCharset, int(m.segs[0].rawFrom), 0)
	}
	m.problems, m.lost = d.x.problems, d.x.lost
}
