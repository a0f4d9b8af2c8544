package hunt

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"github.com/torideproject/toride/evtx"
)

// maxStack is how deep an object may nest before it is taken for broken. Formats
// read far less.
const maxStack = 1000

// isDocument says whether a text is JSON that is not one object a line: printed
// over several lines, an array, or objects behind each other, as evtx_dump and
// ConvertTo-Json write. start is the beginning of the text, at most 64 KiB.
func isDocument(start []byte) bool {
	rest := bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), " \t\r\n")
	line, _, whole := bytes.Cut(rest, []byte("\n"))
	if recordLine(string(line)) {
		return true
	}
	if len(rest) == 0 {
		return false
	}
	if rest[0] == '[' { // lines of other logs begin so too: "[2026-11-01 …"
		next := bytes.TrimLeft(rest[1:], " \t\r\n")
		return len(next) > 0 && (next[0] == '{' || next[0] == ']' || next[0] == '[')
	}
	if rest[0] != '{' {
		return false
	}
	var c cutter
	objects := 0
	for _, b := range line {
		if c.byte(b) {
			objects++
			if c.broken {
				return !whole
			}
		}
	}
	return c.inside() || objects > 1 || !whole && len(start) >= evtx.ChunkSize
}

// recordLine says whether a line is what evtx_dump prints before each object.
func recordLine(line string) bool {
	n, ok := strings.CutPrefix(strings.TrimSpace(line), "Record ")
	return ok && n != "" && strings.Trim(n, "0123456789") == ""
}

// documents gives the objects of a JSON text, one on a line each; their numbers
// are those of the objects, from 1. What stands between them is looked through
// as lines of text.
func (s *source) documents(name string, in *bufio.Reader) error {
	b := s.block(name)
	var c cutter
	read, found := 0, false
	take := func() error {
		if c.over > 0 {
			s.lose(name, "hunt.loss.object", b.next, maxLine>>10)
		}
		size := read
		read = 0
		if recordLine(string(c.text[:min(len(c.text), 40)])) {
			return nil
		}
		found = true
		return b.add(c.text, size)
	}
	for {
		if _, err := in.Peek(1); err != nil {
			if c.end() {
				if err := take(); err != nil {
					return err
				}
			}
			if err == io.EOF && !found {
				s.lose(name, "hunt.loss.none")
			}
			if giveErr := s.give(b.u); giveErr != nil {
				return giveErr
			}
			if err == io.EOF {
				return nil
			}
			return s.failed(name, err)
		}
		part, _ := in.Peek(in.Buffered()) // never more than is there
		for _, char := range part {
			read++
			if c.byte(char) {
				if err := take(); err != nil {
					return err
				}
			}
		}
		_, _ = in.Discard(len(part))
	}
}

// cutter cuts a JSON text into the objects that stand side by side in it. It
// holds one object, at most maxLine bytes of it. An object that breaks off is
// given as it is, and the next one begins where a line does.
type cutter struct {
	text   []byte // of the object, or of the line between objects
	over   int    // bytes beyond maxLine
	broken bool   // of what was just given: no whole object
	given  bool   // text was given and goes with the next byte
	stack  []byte // open brackets
	last   byte   // last byte that counts, outside of texts
	column int    // of the next byte in its line
	dirty  bool   // there was something else than blanks in this line
	indent int    // column at which the object began
	quoted bool   // inside a text …
	escape bool   // … behind a backslash
	junk   bool   // in a line between objects
	lost   bool   // behind a broken object
	again  bool   // the byte is to be looked at once more
}

func (c *cutter) inside() bool { return len(c.stack) > 0 }

// byte takes the next byte, and reports whether text is a whole object, a
// broken one or a line between them.
func (c *cutter) byte(b byte) bool {
	if c.given {
		c.text, c.over, c.given, c.broken = c.text[:0], 0, false, false
		c.resume()
	}
	done := c.step(b)
	if b == '\n' {
		c.column, c.dirty = 0, false
	} else {
		c.column, c.dirty = c.column+1, c.dirty || !isBlank(b)
	}
	return done
}

// resume begins the object whose brace ended the one before.
func (c *cutter) resume() {
	if c.again {
		c.again = false
		c.begin(c.column - 1)
	}
}

func (c *cutter) step(b byte) bool {
	switch {
	case c.junk:
		return c.between(b)
	case !c.inside():
		return c.outside(b)
	case c.quoted:
		return c.quote(b)
	}
	return c.structure(b)
}

func isBlank(b byte) bool {
	return b == ' ' || b == '\t' || b == '\r' || b == 0xef || b == 0xbb || b == 0xbf
}

// end takes the end of the text; see byte.
func (c *cutter) end() bool {
	if c.given {
		c.text, c.over, c.given = c.text[:0], 0, false
		c.resume()
	}
	return len(c.text) > 0
}

func (c *cutter) put(b byte) {
	if len(c.text) >= maxLine {
		c.over++
		return
	}
	c.text = append(c.text, b)
}

func (c *cutter) give(broken bool) bool {
	c.given, c.broken, c.junk = true, broken, false
	c.stack, c.quoted, c.escape = c.stack[:0], false, false
	return true
}

func (c *cutter) begin(column int) {
	c.stack, c.last, c.indent, c.lost = append(c.stack[:0], '{'), '{', column, false
	c.put('{')
}

// between takes a line between objects.
func (c *cutter) between(b byte) bool {
	if b == '\n' {
		return c.give(true)
	}
	c.put(b)
	return false
}

// outside waits for an object. Behind a broken one it must begin a line, no
// deeper than that did: what stands deeper is its rest.
func (c *cutter) outside(b byte) bool {
	switch {
	case isBlank(b) || b == '\n':
	case b == '{' && (!c.lost || !c.dirty && c.column <= c.indent):
		c.begin(c.column)
	case !c.lost && (b == '[' || b == ']' || b == ','):
	default:
		c.junk = true
		c.put(b)
	}
	return false
}

func (c *cutter) quote(b byte) bool {
	switch {
	case b == '\n': // no text in JSON has one
		c.lost = true
		return c.give(true)
	case c.escape:
		c.escape = false
	case b == '\\':
		c.escape = true
	case b == '"':
		c.quoted, c.last = false, '"'
	}
	c.put(b)
	return false
}

// structure takes a byte of an object outside of texts.
func (c *cutter) structure(b byte) bool {
	if isBlank(b) || b == '\n' {
		return false
	}
	top := c.stack[len(c.stack)-1]
	switch b {
	case '"':
		c.quoted = true
	case '{', '[':
		if c.last != ':' && (top != '[' || c.last != '[' && c.last != ',') || len(c.stack) >= maxStack {
			return c.breakOff(b)
		}
		c.stack = append(c.stack, b)
	case '}', ']':
		if b-top != 2 { // { and }, [ and ] are two apart
			return c.breakOff(b)
		}
		c.stack = c.stack[:len(c.stack)-1]
		if len(c.stack) == 0 {
			c.put(b)
			return c.give(false)
		}
	}
	c.last = b
	c.put(b)
	return false
}

// breakOff gives what there is of an object where no object can go on so. A
// brace that begins a line is the next object's.
func (c *cutter) breakOff(b byte) bool {
	c.lost = true
	c.again = b == '{' && !c.dirty && c.column <= c.indent
	if !c.again {
		c.put(b)
	}
	return c.give(true)
}
