package syslog

import (
	"bytes"
	"errors"
	"io"
	"net"
	"time"
)

// errEnd is the ordinary end of a connection.
var errEnd = errors.New("syslog: the connection has ended")

// errFrame means that what follows cannot be read: nothing says where the next
// message begins.
var errFrame = errors.New("syslog: a message's length is not a number and a blank (RFC 6587, 3.4.1)")

// framer splits the bytes of a connection into messages.
type framer struct {
	c   *conn
	in  net.Conn
	max int // bytes of a message

	buf      []byte
	r, w     int       // what was read and not given stands in buf[r:w]
	begun    time.Time // when the unfinished message at r began; zero: there is none
	held     int64     // of the memory for long messages
	counted  bool      // octet counting
	decided  bool
	skip     uint64 // bytes of a cut message still to come (octet counting)
	skipping bool   // up to the next line feed
}

// run reads until the connection ends. What has arrived by then is given, an
// unfinished message too: on a line without its end nothing shows whether more
// was to come.
func (f *framer) run() error {
	f.buf = make([]byte, readStep)
	for {
		if err := f.split(); err != nil {
			f.c.h.b.cfg.Stats.Lost.Add(1)
			return err
		}
		err := f.fill()
		if err == nil {
			continue
		}
		if splitErr := f.split(); splitErr != nil {
			return splitErr
		}
		f.rest()
		if errors.Is(err, io.EOF) {
			return errEnd
		}
		return err
	}
}

// split gives every whole message in the buffer.
func (f *framer) split() error {
	for {
		if f.skipAhead(); f.skip > 0 || f.skipping || f.r == f.w {
			break
		}
		if !f.decided && !f.decide() {
			break
		}
		more, err := f.line()
		if f.counted {
			more, err = f.octets()
		}
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if f.r == f.w && f.skip == 0 && !f.skipping {
		f.r, f.w, f.begun = 0, 0, time.Time{}
		f.release()
	} else if f.begun.IsZero() {
		f.begun = time.Now()
	}
	return nil
}

// decide finds the framing: octet counting begins "123 <".
func (f *framer) decide() bool {
	b := f.buf[f.r:f.w]
	n := 0
	for n < len(b) && n < 10 && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	switch {
	case n == 0 || b[0] == '0':
	case n == len(b) || n+1 == len(b) && b[n] == ' ':
		return false // not enough yet
	case b[n] == ' ' && b[n+1] == '<':
		f.counted = true
	}
	f.decided = true
	return true
}

// line gives the next message of the framing by lines, and says whether it did.
func (f *framer) line() (bool, error) {
	if f.counted {
		return false, nil
	}
	b := f.buf[f.r:f.w]
	i := bytes.IndexByte(b, '\n')
	switch {
	case i >= 0:
		f.give(bytes.TrimSuffix(b[:i], []byte{'\r'}))
		f.advance(i + 1)
		return true, nil
	case len(b) > f.max || len(b) == len(f.buf) && !f.grow():
		f.cut(b)
		f.skipping = true
		f.advance(len(b))
	}
	return false, nil
}

// octets gives the next message of octet counting.
func (f *framer) octets() (bool, error) {
	b := f.buf[f.r:f.w]
	n, i := uint64(0), 0
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		n = n*10 + uint64(b[i]-'0')
		if i++; i > 10 {
			return false, errFrame
		}
	}
	if i == len(b) {
		return false, nil
	}
	if i == 0 && (b[0] == '\n' || b[0] == '\r') { // some senders end their messages with a line feed all the same
		f.advance(1)
		return true, nil
	}
	if i == 0 || b[i] != ' ' || b[0] == '0' {
		return false, errFrame
	}
	body := b[i+1:]
	switch {
	case uint64(len(body)) >= n:
		f.give(bytes.TrimSuffix(body[:n], []byte{'\n'}))
		f.advance(i + 1 + int(n))
		return true, nil
	case len(body) > f.max || len(b) == len(f.buf) && !f.grow():
		f.cut(body)
		f.skip = n - uint64(len(body))
		f.advance(len(b))
	}
	return false, nil
}

// skipAhead passes over the rest of a message that was cut.
func (f *framer) skipAhead() {
	b := f.buf[f.r:f.w]
	if f.skip > 0 {
		n := min(f.skip, uint64(len(b)))
		f.skip -= n
		f.advance(int(n))
	}
	if f.skipping {
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			f.skipping = false
			f.advance(i + 1)
		} else {
			f.advance(len(b))
		}
	}
}

// advance passes over n bytes; what follows is another message.
func (f *framer) advance(n int) {
	if f.r += n; f.skip == 0 && !f.skipping {
		f.begun = time.Time{}
	}
}

func (f *framer) give(b []byte) { f.c.h.b.add(b, f.c.peer) }

// cut gives the first part of a message whose rest is not kept. add counts it
// when it is longer than allowed; where memory was the reason it is counted here.
func (f *framer) cut(b []byte) {
	if len(b) <= f.max {
		f.c.h.b.cfg.Stats.Cut.Add(1)
	}
	f.give(b)
}

// rest gives the message that the end of the connection broke off.
func (f *framer) rest() {
	b := f.buf[f.r:f.w]
	if f.counted {
		i := bytes.IndexByte(b, ' ')
		b = b[i+1:]
	}
	if len(b) > 0 && f.skip == 0 && !f.skipping {
		if f.counted && len(b) <= f.max {
			f.c.h.b.cfg.Stats.Cut.Add(1)
		}
		f.give(bytes.TrimSuffix(b, []byte{'\r'}))
	}
	f.r = f.w
}

// fill reads more. A message that has begun must end within a time.
func (f *framer) fill() error {
	if f.r > 0 {
		f.w = copy(f.buf, f.buf[f.r:f.w])
		f.r = 0
	}
	on := time.Now().Add(f.c.h.s.lim.idle)
	if !f.begun.IsZero() {
		on = f.begun.Add(f.c.h.s.lim.line)
	}
	_ = f.c.nc.SetReadDeadline(on)
	if f.c.leaving.Load() { // told to leave in between: that deadline counts
		_ = f.c.nc.SetReadDeadline(f.c.h.deadline(f.c, on))
	}
	n, err := f.in.Read(f.buf[f.w:])
	f.w += n
	if n > 0 {
		f.c.read.Store(time.Now().UnixNano())
		return nil // an error comes again
	}
	return err
}

// grow makes room for a longer message, unless long messages of all
// connections have the memory that there is for them.
func (f *framer) grow() bool {
	size := min(4*len(f.buf), f.max+32)
	if size <= len(f.buf) {
		return false
	}
	more := int64(size - len(f.buf))
	if f.c.h.long.Add(more) > maxLongMem {
		f.c.h.long.Add(-more)
		return false
	}
	f.held += more
	buf := make([]byte, size)
	f.w = copy(buf, f.buf[f.r:f.w])
	f.r = 0
	f.buf = buf
	return true
}

// release gives the memory for long messages back.
func (f *framer) release() {
	if f.held > 0 {
		f.c.h.long.Add(-f.held)
		f.held = 0
		f.buf = make([]byte, readStep)
	}
}
