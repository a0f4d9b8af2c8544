package bulk

import (
	"bytes"
	"errors"
	"io"
)

// errBody means that a body is longer than maxBody, unpacked.
var errBody = errors.New("bulk: the body is too long")

// lines reads a body line by line with bounded memory. What next gives is valid
// until the next call.
type lines struct {
	in    io.Reader
	buf   []byte
	r, w  int
	total int64
	err   error
}

func (l *lines) reset(in io.Reader) {
	if l.buf == nil || len(l.buf) > 256<<10 { // a rare long document is not paid for for ever
		l.buf = make([]byte, 64<<10)
	}
	l.in, l.r, l.w, l.total, l.err = in, 0, 0, 0, nil
}

// next gives the next line without its end; of one longer than limit the first
// limit bytes, and cut. At the end of the body it gives io.EOF; a last line
// without an end is a line.
func (l *lines) next(limit int) (line []byte, cut bool, err error) {
	from := 0 // nothing to find before it
	for {
		if i := bytes.IndexByte(l.buf[l.r+from:l.w], '\n'); i >= 0 {
			line = l.buf[l.r : l.r+from+i]
			l.r += from + i + 1
			line = bytes.TrimSuffix(line, []byte{'\r'})
			if len(line) > limit {
				return line[:limit], true, nil
			}
			return line, false, nil
		}
		from = l.w - l.r
		if from > limit {
			return l.skip(limit)
		}
		if l.err != nil {
			if from > 0 && l.err == io.EOF {
				line = l.buf[l.r:l.w]
				l.r = l.w
				return line, false, nil
			}
			return nil, false, l.err
		}
		l.fill(limit)
	}
}

// fill reads more behind what is there.
func (l *lines) fill(limit int) {
	if l.r > 0 {
		l.w = copy(l.buf, l.buf[l.r:l.w])
		l.r = 0
	}
	if l.w == len(l.buf) {
		buf := make([]byte, min(2*len(l.buf), limit+2+64<<10))
		copy(buf, l.buf[:l.w])
		l.buf = buf
	}
	n, err := l.in.Read(l.buf[l.w:])
	l.w += n
	if l.total += int64(n); l.total > maxBody {
		err = errBody
	}
	l.err = err
}

// skip gives the first part of a line and passes over the rest, in memory that
// the first part does not use.
func (l *lines) skip(limit int) ([]byte, bool, error) {
	first := bytes.Clone(l.buf[l.r : l.r+limit])
	l.r = l.w
	for {
		if i := bytes.IndexByte(l.buf[l.r:l.w], '\n'); i >= 0 {
			l.r += i + 1
			return first, true, nil
		}
		l.r, l.w = 0, 0
		if l.err != nil {
			if l.err == io.EOF {
				return first, true, nil
			}
			return nil, false, l.err
		}
		l.fill(limit)
	}
}
