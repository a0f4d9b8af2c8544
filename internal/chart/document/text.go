package document

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
)

// Text reads plain text in any charset, as it was laid out.
func Text(_ context.Context, data []byte) (*Doc, error) {
	d, s, err := begin("text", data)
	if err != nil {
		return nil, err
	}
	d.lines(s)
	return d, nil
}

// lines shows text as it was laid out.
func (d *Doc) lines(s string) {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
		d.note("truncated")
	}
	d.Blocks = append(d.Blocks, Block{Kind: Pre, Text: strings.TrimRight(s, "\n")})
}

// JSON shows a FHIR resource or other JSON with its lines indented.
func JSON(_ context.Context, data []byte) (*Doc, error) {
	d, s, err := begin("fhir", data)
	if err != nil {
		return nil, err
	}
	out, ok := Indent([]byte(s))
	if !ok {
		d.note("damaged", "1")
	}
	d.lines(string(out))
	return d, nil
}

// Indent gives JSON with its lines indented; ok is false for what is none, or
// would become much longer by it, which is given as it is.
func Indent(raw []byte) (out []byte, ok bool) {
	var b bytes.Buffer
	if indented(string(raw)) > 4*maxText+len(raw) || json.Indent(&b, raw, "", "  ") != nil {
		return raw, false
	}
	return b.Bytes(), true
}

// indented is how long a JSON text becomes with its lines indented: deep
// brackets cost their depth on every line, so that a small text can become a
// huge one.
func indented(s string) int {
	depth, size, quoted := 0, len(s), false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			size += 1 + 2*depth
		case c == '}' || c == ']':
			depth--
			size += 1 + 2*max(depth, 0)
		case c == ',':
			size += 1 + 2*max(depth, 0)
		}
	}
	return size
}
