package fhir

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

const (
	maxResource = 64 << 20
	maxLevels   = 100 // brackets within each other
	maxUnpacked = 8 << 30
	maxRatio    = 300
	minUnpacked = 64 << 20 // below it the ratio does not count
	peekSize    = 64 << 10
)

var (
	errBomb  = errors.New("fhir: the file unpacks to more than the limit")
	errLarge = errors.New("fhir: a resource is larger than the limit")
	errDeep  = errors.New("fhir: brackets stand too deep within each other")
)

// piece is one resource as it stands in a file.
type piece struct {
	raw    []byte // good until the next one
	offset int64
	url    string // fullUrl of its entry
	scope  int    // 0: not in a Bundle; else counts Bundles of the file from 1
	bundle *bundleHead
	err    error // it could not be read: raw is nil
}

// bundleHead is what stands before or behind the entries of a Bundle.
type bundleHead struct {
	Type      string
	Timestamp string
	done      bool // the Bundle ended: only head and scope are given
}

// reader gives the pieces of one file.
type reader struct {
	ctx     context.Context
	buf     *bufio.Reader
	at      int64 // of buf's next byte
	scope   int
	yield   func(piece) error
	stopped bool
}

// meter counts what goes through it and stops a file that unpacks too much.
type meter struct {
	in     io.Reader
	n      int64
	packed func() int64 // nil: the file is not packed
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.in.Read(p)
	m.n += int64(n)
	if m.packed != nil && m.n > minUnpacked && (m.n > maxUnpacked || m.n > maxRatio*m.packed()) {
		return n, errBomb
	}
	return n, err
}

// unpack opens a file's content; size is its own.
func unpack(f fs.File, name string) (io.Reader, error) {
	if !strings.HasSuffix(strings.ToLower(name), ".gz") {
		return f, nil
	}
	packed := &meter{in: f}
	z, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	return &meter{in: z, packed: func() int64 { return packed.n }}, nil
}

// pieces gives every resource of a file to yield, in order. Its error is that
// of the file (what was given before it counts), of yield, or the context's.
func pieces(ctx context.Context, f fs.File, name string, yield func(piece) error) error {
	in, err := unpack(f, name)
	if err != nil {
		return err
	}
	r := &reader{ctx: ctx, buf: bufio.NewReaderSize(in, peekSize), yield: yield}
	if b, _ := r.buf.Peek(3); bytes.Equal(b, []byte("\xef\xbb\xbf")) {
		r.skip(3)
	}
	lines, peek := isLines(name), peekSize
	if lines {
		peek = 2048 // looking further moves the buffer for each line
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.blanks(); err != nil {
			return end(err)
		}
		head, _ := r.buf.Peek(peek)
		typ, entries := headOf(head)
		bundle := entries && (typ == "Bundle" || typ == "")
		switch {
		case lines || !bundle && oneLine(head):
			err = r.line(bundle)
		case bundle:
			r.scope++
			err = r.bundle()
		default:
			err = r.value()
		}
		if err != nil {
			return end(err)
		}
	}
}

// send gives a piece to yield, and remembers that it wants no more.
func (r *reader) send(p piece) error {
	err := r.yield(p)
	r.stopped = r.stopped || err != nil
	return err
}

func end(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func isLines(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	return strings.HasSuffix(name, ".ndjson") || strings.HasSuffix(name, ".jsonl")
}

// oneLine tells JSON whose values stand on a line each, whatever the file is
// called.
func oneLine(head []byte) bool {
	i := bytes.IndexByte(head, '\n')
	return i > 0 && i+1 < len(head) && head[i+1] == '{' && json.Valid(head[:i])
}

func (r *reader) skip(n int) {
	d, _ := r.buf.Discard(n)
	r.at += int64(d)
}

func (r *reader) blanks() error {
	for {
		b, err := r.buf.ReadByte()
		if err != nil {
			return err
		}
		if b != ' ' && b != '\n' && b != '\r' && b != '\t' && b != ',' && b != '[' && b != ']' { // an array of resources reads like lines
			return r.buf.UnreadByte()
		}
		r.at++
	}
}

// line takes one line, which may be a whole Bundle; a broken one is a piece with
// an error, and the next is read all the same.
func (r *reader) line(bundle bool) error {
	var all []byte
	start := r.at
	for {
		part, err := r.buf.ReadSlice('\n')
		r.at += int64(len(part))
		if len(all) <= maxResource {
			all = append(all, part...)
		}
		if err == nil || errors.Is(err, io.EOF) && len(all) > 0 {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
	switch {
	case len(all) > maxResource:
		return r.send(piece{offset: start, err: errLarge})
	case bundle:
		return r.lineBundle(all, start)
	}
	return r.give(bytes.TrimRight(all, " \r\n\t,]"), start, "", nil)
}

// lineBundle takes a Bundle apart that stands on one line.
func (r *reader) lineBundle(line []byte, start int64) error {
	one := &reader{ctx: r.ctx, buf: bufio.NewReader(bytes.NewReader(line)), at: start, scope: r.scope + 1, yield: r.yield}
	r.scope++
	err := one.bundle()
	if err == nil || one.stopped || r.ctx.Err() != nil {
		return err
	}
	return r.send(piece{offset: start, err: err})
}

// give checks a resource and hands it over.
func (r *reader) give(raw []byte, offset int64, url string, b *bundleHead) error {
	p := piece{raw: raw, offset: offset, url: url, bundle: b}
	if b != nil {
		p.scope = r.scope
	}
	if levels(raw) > maxLevels {
		p.raw, p.err = nil, errDeep
	}
	return r.send(p)
}

// value takes one JSON value that may run over many lines.
func (r *reader) value() error {
	start := r.at
	raw, err := r.object()
	if err != nil {
		return err
	}
	return r.give(raw, start, "", nil)
}

// object reads up to the bracket that closes the one at hand. It looks at
// quotation marks and brackets alone, so that what is broken inside costs that
// object only.
func (r *reader) object() ([]byte, error) {
	var all []byte
	depth, quoted, escaped := 0, false, false
	for {
		if _, err := r.buf.Peek(1); err != nil {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("fhir: the file ends within a resource: %w", io.ErrUnexpectedEOF)
			}
			return nil, err
		}
		chunk, _ := r.buf.Peek(r.buf.Buffered())
		for i, c := range chunk {
			switch {
			case escaped:
				escaped = false
			case quoted:
				escaped, quoted = c == '\\', c != '"'
			case c == '"':
				quoted = true
			case c == '{' || c == '[':
				depth++
			case c == '}' || c == ']':
				if depth--; depth <= 0 {
					all = append(all, chunk[:i+1]...)
					r.skip(i + 1)
					return all, nil
				}
			}
		}
		all = append(all, chunk...)
		r.skip(len(chunk))
		if len(all) > maxResource {
			return nil, errLarge
		}
		if depth == 0 {
			return nil, fmt.Errorf("fhir: no JSON at byte %d", r.at)
		}
	}
}

// levels is how deep brackets stand within each other.
func levels(raw []byte) int {
	depth, deepest, quoted, escaped := 0, 0, false, false
	for _, c := range raw {
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = c == '\\', c != '"'
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}
