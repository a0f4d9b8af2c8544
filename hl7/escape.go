package hl7

import (
	"encoding/hex"
	"strings"
)

// unescape undoes the escapes of chapter 2.7 in s. An escape that is not
// known stays as it is, so that nothing is lost.
func (v Value) unescape(s string) string {
	esc := v.d.Escape
	if esc == 0 || strings.IndexByte(s, esc) < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, esc)
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexByte(s[1:], esc)
		if end < 0 {
			break
		}
		body, rest := s[1:1+end], s[end+2:]
		if out, ok := v.one(body); ok {
			b.WriteString(out)
			s = rest
			continue
		}
		if text, after, ok := v.designated(body, rest); ok {
			b.WriteString(text)
			s = after
			continue
		}
		// No escape: the character stands for itself, and the next one may
		// open an escape.
		b.WriteString(s[:1+end])
		s = s[1+end:]
	}
	b.WriteString(s)
	return b.String()
}

// one gives what a single escape stands for.
func (v Value) one(body string) (string, bool) {
	switch body {
	case "F":
		return string(rune(v.d.Field)), true
	case "S":
		return string(rune(v.d.Comp)), true
	case "T":
		return string(rune(v.d.Sub)), true
	case "R":
		return string(rune(v.d.Rep)), true
	case "E":
		return string(rune(v.d.Escape)), true
	case "H", "N":
		return "", true // highlighting begins and ends: text has none
	case ".br", ".sp", ".ce", ".BR":
		return "\n", true
	}
	if len(body) >= 3 && body[0] == 'X' && len(body)%2 == 1 {
		if raw, err := hex.DecodeString(body[1:]); err == nil {
			return decodeString(raw, v.cs), true
		}
	}
	return "", false
}

// designated undoes \Mxxyy\ and \Cxxyy\, which name an ISO 2022 character set
// by the bytes behind its escape character: what follows, up to the next such
// escape or the end, is in that set.
func (v Value) designated(body, rest string) (text, after string, ok bool) {
	if len(body) < 5 || (body[0] != 'M' && body[0] != 'C') {
		return "", "", false
	}
	seq, err := hex.DecodeString(body[1:])
	if err != nil {
		return "", "", false
	}
	if len(seq) == 3 && seq[2] == 0 {
		seq = seq[:2]
	}
	if !designation(seq) {
		return "", "", false
	}
	part := rest
	for i := 0; i+1 < len(rest); i++ { // two-byte text may hold the escape character itself
		if rest[i] == v.d.Escape && (rest[i+1] == 'M' || rest[i+1] == 'C') {
			part = rest[:i]
			break
		}
	}
	raw := append([]byte{escByte}, seq...)
	return decodeString(append(raw, part...), ISO2022JP), rest[len(part):], true
}

// appendEscaped appends s to dst with every delimiter in it escaped. CR and LF
// cannot stand in a field and become \.br\.
func appendEscaped(dst []byte, s string, d Delimiters) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		code := ""
		switch c := s[i]; {
		case c >= 0x80:
			continue
		case c == d.Field:
			code = "F"
		case c == d.Comp:
			code = "S"
		case c == d.Sub:
			code = "T"
		case c == d.Rep:
			code = "R"
		case c == d.Escape:
			code = "E"
		case c == '\r' && i+1 < len(s) && s[i+1] == '\n':
			dst, from = append(dst, s[from:i]...), i+1
			continue
		case c == '\r' || c == '\n':
			code = ".br"
		default:
			continue
		}
		dst = append(dst, s[from:i]...)
		dst = append(dst, d.Escape)
		dst = append(dst, code...)
		dst = append(dst, d.Escape)
		from = i + 1
	}
	return append(dst, s[from:]...)
}
