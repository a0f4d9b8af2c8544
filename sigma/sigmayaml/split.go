package sigmayaml

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/torideproject/toride/sigma"
)

// chunk is the text of one document and where it begins.
type chunk struct {
	line int // of its first line, from 1
	text []byte
}

// split cuts a file at the lines that begin with ---, so that each document is
// parsed by itself: a broken one leaves the others whole, and none can take
// more memory than its size allows. A line of a file that begins with --- is
// always such a marker, in quoted and block texts too (YAML 1.2, 9.1.2).
func split(data []byte) []chunk {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	var out []chunk
	now := chunk{line: 1}
	line := 0
	for len(data) > 0 {
		text, rest := cutLine(data)
		data = rest
		line++
		if marks(text, "---") {
			out = append(out, now)
			// What stands behind the marker belongs to the document.
			now = chunk{line: line, text: append([]byte("   "), text[3:]...)}
			continue
		}
		if marks(text, "...") {
			continue
		}
		now.text = append(now.text, text...)
	}
	out = append(out, now)
	kept := out[:0]
	for _, c := range out {
		if !blank(c.text) {
			kept = append(kept, c)
		}
	}
	return kept
}

// cutLine cuts the first line off, with its end: LF, CR LF, or CR alone.
func cutLine(data []byte) (line, rest []byte) {
	end := bytes.IndexAny(data, "\r\n")
	switch {
	case end < 0:
		return data, nil
	case data[end] == '\r' && end+1 < len(data) && data[end+1] == '\n':
		end++
	}
	return data[:end+1], data[end+1:]
}

func marks(line []byte, marker string) bool {
	if !bytes.HasPrefix(line, []byte(marker)) {
		return false
	}
	return len(line) == 3 || bytes.IndexByte([]byte(" \t\r\n"), line[3]) >= 0
}

// blank says whether there is nothing but comments and directives.
func blank(text []byte) bool {
	for len(text) > 0 {
		line, rest := cutLine(text)
		if t := bytes.TrimSpace(line); len(t) > 0 && t[0] != '#' && line[0] != '%' {
			return false
		}
		text = rest
	}
	return true
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// parse reads the YAML of a chunk into nodes whose lines are those of the file.
func (c chunk) parse(o Options) (root *yaml.Node, p *sigma.Problem) {
	if len(c.text) > o.MaxDocument {
		return nil, sigma.Problem{Code: sigma.TooLarge, Line: c.line}.Because(sigma.WhyDocumentSize, len(c.text), o.MaxDocument)
	}
	if !utf8.Valid(c.text) {
		return nil, sigma.Problem{Code: sigma.BadEncoding, Line: c.line + badLine(c.text)}.Because(sigma.WhyNotUTF8)
	}
	// The YAML package promises errors; should it panic on some text of a
	// stranger, that document is refused and the rest goes on.
	defer func() {
		if r := recover(); r != nil {
			root, p = nil, sigma.Problem{Code: sigma.BadYAML, Line: c.line}.Because(sigma.WhyYAMLGaveUp)
		}
	}()
	var doc, more yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(c.text))
	if err := d.Decode(&doc); err != nil && err != io.EOF {
		return nil, c.yamlProblem(err)
	}
	if err := d.Decode(&more); err != io.EOF {
		return nil, sigma.Problem{Code: sigma.BadYAML, Line: c.line + max(more.Line, 1) - 1}.Because(sigma.WhyBehindEnd)
	}
	if len(doc.Content) == 0 {
		return nil, sigma.Problem{Code: sigma.BadDocument, Line: c.line}.Because(sigma.WhyEmptyDocument)
	}
	shift(&doc, c.line-1)
	return doc.Content[0], nil
}

func (c chunk) yamlProblem(err error) *sigma.Problem {
	text := err.Error()
	p := sigma.Problem{Code: sigma.BadYAML, Line: c.line}
	m := yamlLine.FindStringSubmatch(text)
	if m != nil {
		text = text[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			p.Line += n - 1
		}
	}
	return p.Because(whyYAML(text), text)
}

// whyYAML sorts what the YAML package says by what a person has to look at.
func whyYAML(text string) sigma.Why {
	for _, x := range []struct {
		why   sigma.Why
		words []string
	}{
		{sigma.WhyYAMLTab, []string{"tab character"}},
		{sigma.WhyYAMLFlow, []string{"',' or"}},
		{sigma.WhyYAMLEnd, []string{"unexpected end of stream", "unexpected document indicator", "expected node content"}},
		{sigma.WhyYAMLList, []string{"'-' indicator", "block sequence entries"}},
		{sigma.WhyYAMLKey, []string{"expected key", "expected ':'", "mapping values", "mapping keys"}},
		{sigma.WhyYAMLEscape, []string{"escape c", "expected hexdecimal"}},
		{sigma.WhyYAMLAlias, []string{"unknown anchor", "contains itself", "non-alphabetical", "excessive aliasing"}},
		{sigma.WhyYAMLToken, []string{"cannot start any token"}},
	} {
		for _, w := range x.words {
			if strings.Contains(text, w) {
				return x.why
			}
		}
	}
	return sigma.WhyYAMLOther
}

// shift moves the lines of a tree. Aliases are left out: what they stand for
// stands in the tree as well.
func shift(n *yaml.Node, by int) {
	n.Line += by
	for _, kid := range n.Content {
		shift(kid, by)
	}
}

func badLine(text []byte) int {
	line := 0
	for l := range bytes.Lines(text) {
		if !utf8.Valid(l) {
			return line
		}
		line++
	}
	return line
}
