package sheet

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// token is what xmlReader.next found.
type token uint8

const (
	tokenEnd   token = iota + 1 // </name>, also once after <name/>
	tokenStart                  // <name …>
	tokenText                   // characters between tags, entities resolved
)

// maxToken is the longest tag or piece of text taken. A cell holds at most
// 32,767 characters; six bytes each is the longest way to write one that
// programs use.
const maxToken = 1 << 20

var (
	errXML   = errors.New("sheet: broken XML")
	errDTD   = errors.New("sheet: XML with a document type")
	errToken = errors.New("sheet: XML token too long")
)

// xmlReader is a pull reader for the XML of office files. It knows what those
// files use and refuses the rest: no document types (so no entity bombs), no
// encoding but UTF-8. It allocates nothing per token; slices it gives are good
// until the next call. Cost: one pass, 64 KiB of buffer unless a token is longer.
type xmlReader struct {
	src   io.Reader
	buf   []byte
	pos   int // next byte to look at
	end   int // end of what was read
	eof   bool
	depth int
	empty bool // the start tag just given was <name/>

	name  []byte // local name of the tag, prefix cut off
	attrs []byte // what stands between name and '>' of a start tag
	text  []byte
	plain []byte // buffer for text with entities
}

func newXMLReader(src io.Reader) *xmlReader {
	return &xmlReader{src: src, buf: make([]byte, 64<<10)}
}

// next gives the next token, or io.EOF after the last closing tag.
func (x *xmlReader) next() (token, error) {
	if x.empty {
		x.empty = false
		x.depth--
		return tokenEnd, nil
	}
	for {
		c, err := x.peek()
		if err != nil {
			return 0, x.atEnd(err)
		}
		if c != '<' {
			done, err := x.readText()
			if err != nil || done {
				return tokenText, err
			}
			continue
		}
		tag, err := x.until('>', 0)
		if err != nil {
			return 0, err
		}
		kind, err := x.readTag(tag)
		if err != nil || kind != 0 {
			return kind, err
		}
	}
}

// atEnd decides whether the end of the input is a good one.
func (x *xmlReader) atEnd(err error) error {
	if err == io.EOF && x.depth != 0 {
		return errXML
	}
	return err
}

// readTag looks at <…>. Zero means that there is nothing to tell: a comment or
// a declaration.
func (x *xmlReader) readTag(tag []byte) (token, error) {
	inner := tag[1 : len(tag)-1]
	switch {
	case len(inner) == 0:
		return 0, errXML
	case inner[0] == '?':
		if enc, ok := attribute(inner, "encoding"); ok && !bytes.EqualFold(enc, []byte("utf-8")) {
			return 0, errXML
		}
		return 0, nil
	case inner[0] == '!':
		return x.readDeclaration(inner)
	case inner[0] == '/':
		x.name = localName(bytes.TrimRight(inner[1:], " \t\r\n"))
		x.depth--
		if x.depth < 0 {
			return 0, errXML
		}
		return tokenEnd, nil
	}
	for openQuote(inner) {
		x.pos -= len(inner) + 2
		longer, err := x.until('>', len(inner)+2)
		if err != nil {
			return 0, err
		}
		inner = longer[1 : len(longer)-1]
	}
	if inner[len(inner)-1] == '/' {
		x.empty = true
		inner = inner[:len(inner)-1]
	}
	n := bytes.IndexAny(inner, " \t\r\n")
	if n < 0 {
		n = len(inner)
	}
	x.name, x.attrs = localName(inner[:n]), inner[n:]
	x.depth++
	if x.depth > 256 || len(x.name) == 0 {
		return 0, errXML
	}
	return tokenStart, nil
}

// readDeclaration takes comments and CDATA, whose ends are not the first '>'.
func (x *xmlReader) readDeclaration(inner []byte) (token, error) {
	switch {
	case bytes.HasPrefix(inner, []byte("!--")):
		_, err := x.widen(inner, "--")
		return 0, err
	case bytes.HasPrefix(inner, []byte("![CDATA[")):
		whole, err := x.widen(inner, "]]")
		if err != nil {
			return 0, err
		}
		x.text = whole[len("![CDATA[") : len(whole)-2]
		return tokenText, nil
	}
	return 0, errDTD
}

// widen lengthens a tag that was cut at the first '>' until it ends in suffix.
func (x *xmlReader) widen(inner []byte, suffix string) ([]byte, error) {
	least := len("!--") + len(suffix)
	for len(inner) < least || !bytes.HasSuffix(inner, []byte(suffix)) {
		x.pos -= len(inner) + 2
		tag, err := x.until('>', len(inner)+2)
		if err != nil {
			return nil, err
		}
		inner = tag[1 : len(tag)-1]
	}
	return inner, nil
}

// openQuote reports whether a tag was cut inside an attribute's value: a '>'
// may stand there as it is.
func openQuote(tag []byte) bool {
	if bytes.IndexByte(tag, '\'') < 0 {
		return bytes.Count(tag, []byte{'"'})%2 == 1
	}
	var open byte
	for _, c := range tag {
		switch {
		case open == 0 && (c == '"' || c == '\''):
			open = c
		case c == open:
			open = 0
		}
	}
	return open != 0
}

// readText takes text up to the next tag. Text outside the root is skipped.
func (x *xmlReader) readText() (bool, error) {
	raw, err := x.until('<', 0)
	if err == errXML && x.eof && x.depth == 0 {
		x.pos = x.end
		return false, nil
	}
	if err != nil {
		return false, err
	}
	raw = raw[:len(raw)-1]
	x.pos--
	if x.depth == 0 {
		return false, nil
	}
	if bytes.IndexByte(raw, '&') < 0 {
		x.text = raw
		return true, nil
	}
	x.plain, err = unescape(x.plain[:0], raw)
	x.text = x.plain
	return true, err
}

func (x *xmlReader) peek() (byte, error) {
	if x.pos == x.end {
		if err := x.fill(); err != nil {
			return 0, err
		}
	}
	return x.buf[x.pos], nil
}

// until gives all bytes from here to the next c after the first skip bytes,
// with c, and moves behind it.
func (x *xmlReader) until(c byte, skip int) ([]byte, error) {
	looked := skip
	for {
		if x.pos+looked < x.end {
			if n := bytes.IndexByte(x.buf[x.pos+looked:x.end], c); n >= 0 {
				from := x.pos
				x.pos += looked + n + 1
				return x.buf[from:x.pos], nil
			}
			looked = x.end - x.pos
		}
		if looked > maxToken {
			return nil, errToken
		}
		if err := x.fill(); err == io.EOF {
			return nil, errXML
		} else if err != nil {
			return nil, err
		}
	}
}

// fill reads more, moving what is left to the front and growing the buffer
// when a token fills it.
func (x *xmlReader) fill() error {
	if x.eof {
		return io.EOF
	}
	if x.pos > 0 {
		copy(x.buf, x.buf[x.pos:x.end])
		x.end -= x.pos
		x.pos = 0
	}
	if x.end == len(x.buf) {
		x.buf = append(x.buf, make([]byte, len(x.buf))...)
	}
	for range 100 {
		n, err := x.src.Read(x.buf[x.end:])
		x.end += n
		if err == io.EOF {
			x.eof = true
			if n > 0 {
				return nil
			}
			return io.EOF
		}
		if err != nil || n > 0 {
			return err
		}
	}
	return io.ErrNoProgress
}

// skip reads on to the end of the element that was just started.
func (x *xmlReader) skip() error {
	for depth := 1; depth > 0; {
		kind, err := x.next()
		if err == io.EOF {
			return errXML
		}
		if err != nil {
			return err
		}
		switch kind {
		case tokenStart:
			depth++
		case tokenEnd:
			depth--
		}
	}
	return nil
}

// attr gives an attribute of the start tag by its local name. The value may
// still hold entities; see attrText.
func (x *xmlReader) attr(name string) ([]byte, bool) { return attribute(x.attrs, name) }

// attrText is attr with entities resolved.
func (x *xmlReader) attrText(name string) string {
	raw, _ := x.attr(name)
	plain, err := unescape(nil, raw)
	if err != nil {
		return string(raw)
	}
	return string(plain)
}

// attrTrue reads an xsd:boolean.
func (x *xmlReader) attrTrue(name string) bool {
	v, _ := x.attr(name)
	return string(v) == "1" || string(v) == "true"
}

// attrInt reads a number; what is none, or negative, is fallback.
func (x *xmlReader) attrInt(name string, fallback int) int {
	v, ok := x.attr(name)
	if !ok {
		return fallback
	}
	n, err := strconv.Atoi(string(v))
	if err != nil || n < 0 {
		return fallback
	}
	return n
}

// attribute finds name="value" in a tag, whatever the prefix of the name.
func attribute(attrs []byte, name string) ([]byte, bool) {
	for {
		eq := bytes.IndexByte(attrs, '=')
		if eq < 0 {
			return nil, false
		}
		key := bytes.TrimSpace(attrs[:eq])
		if sp := bytes.LastIndexAny(key, " \t\r\n"); sp >= 0 {
			key = key[sp+1:]
		}
		rest := bytes.TrimLeft(attrs[eq+1:], " \t\r\n")
		if len(rest) == 0 || (rest[0] != '"' && rest[0] != '\'') {
			return nil, false
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil, false
		}
		if string(localName(key)) == name {
			return rest[1 : 1+end], true
		}
		attrs = rest[end+2:]
	}
}

func localName(name []byte) []byte {
	if n := bytes.IndexByte(name, ':'); n >= 0 {
		return name[n+1:]
	}
	return name
}

// unescape resolves the five entities of XML and character numbers.
func unescape(dst, src []byte) ([]byte, error) {
	for {
		n := bytes.IndexByte(src, '&')
		if n < 0 {
			return append(dst, src...), nil
		}
		dst = append(dst, src[:n]...)
		src = src[n+1:]
		end := bytes.IndexByte(src, ';')
		if end < 1 || end > 10 {
			return dst, errXML
		}
		switch ent := string(src[:end]); ent {
		case "lt":
			dst = append(dst, '<')
		case "gt":
			dst = append(dst, '>')
		case "amp":
			dst = append(dst, '&')
		case "quot":
			dst = append(dst, '"')
		case "apos":
			dst = append(dst, '\'')
		default:
			r, ok := characterNumber(ent)
			if !ok {
				return dst, errXML
			}
			dst = utf8.AppendRune(dst, r)
		}
		src = src[end+1:]
	}
}

func characterNumber(ent string) (rune, bool) {
	if len(ent) < 2 || ent[0] != '#' {
		return 0, false
	}
	digits, base := ent[1:], 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n == 0 || n > utf8.MaxRune || (n >= 0xD800 && n < 0xE000) {
		return 0, false
	}
	return rune(n), true
}
