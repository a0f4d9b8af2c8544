package segment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// errContent is the cause of "segment.damaged" where pages were read but what
// stands in them cannot be.
var errContent = errors.New("segment: the columns of a row do not fit together")

// stringBytes and bytesString change the type without copying. Neither side is
// written to as long as the other is in use.
func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
func bytesString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// appendPair appends a name and a value to a JSON object. Bytes that are no
// UTF-8 become U+FFFD: JSON has no others. It says whether the value had none.
func appendPair(b []byte, name, value string) (_ []byte, same bool) {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b, _ = appendJSON(b, name)
	return appendJSON(append(b, ':'), value)
}

func appendJSON(b []byte, s string) (_ []byte, same bool) {
	if plainJSON(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"'), true
	}
	if same = utf8.ValidString(s); !same {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	b = append(b, s[from:]...)
	return append(b, '"'), same
}

// plainJSON says whether s is ASCII without anything to escape, eight
// characters at a time. x-ones·n borrows into the high bit of a byte below n.
func plainJSON(s string) bool {
	b := stringBytes(s)
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		if (x|(x-ones*' ')|(quote-ones)|(slash-ones))&highBits != 0 {
			return false
		}
	}
	for _, c := range b {
		if c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

const hexDigits = "0123456789abcdef"

// pairReader walks through an object as appendPair wrote it. It reads no other
// JSON.
type pairReader struct {
	b        []byte
	rawName  []byte // between the quotation marks
	rawValue []byte
	err      error
}

// next goes to the next pair.
func (p *pairReader) next() bool {
	if p.err != nil || len(p.b) < 2 || p.b[0] == '}' {
		return false
	}
	var ok1, ok2 bool
	p.rawName, p.b, ok1 = cutString(p.b[1:]) // behind { or ,
	if ok1 && len(p.b) > 0 && p.b[0] == ':' {
		p.rawValue, p.b, ok2 = cutString(p.b[1:])
	}
	if !ok1 || !ok2 || len(p.b) == 0 || p.b[0] != ',' && p.b[0] != '}' {
		p.err = errContent
		return false
	}
	return true
}

// cutString gives what stands in the quoted string that b begins with.
func cutString(b []byte) (inside, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != '"' {
		return nil, nil, false
	}
	b = b[1:]
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return nil, nil, false
		}
		i += n
		slashes := 0
		for i-1-slashes >= 0 && b[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return b[:i:i], b[i+1:], true
		}
		i++
	}
}

func (p *pairReader) name() string  { return unquote(p.rawName) }
func (p *pairReader) value() string { return unquote(p.rawValue) }

// unquote gives b itself, as a string, where nothing is escaped.
func unquote(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 {
		return bytesString(b)
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'u':
			if i+4 < len(b) {
				n, _ := strconv.ParseUint(string(b[i+1:i+5]), 16, 16)
				out = utf8.AppendRune(out, rune(n))
				i += 4
			}
		default:
			out = append(out, b[i])
		}
	}
	return bytesString(out)
}
