package document

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
)

// node is an element of XML, or with no name a piece of text.
type node struct {
	name  string // local
	space string
	attrs []xml.Attr
	kids  []*node
	text  string
}

var xmlDeclaration = regexp.MustCompile(`(?s)^\s*<\?xml.*?\?>`)

// parse reads XML into nodes. encoding/xml expands no entities but its five
// and those for characters and reads no DTD; depth and nodes are limited. With
// a Note for damage the nodes read so far are given; root is nil where there is
// no element at all.
func (d *Doc) parse(ctx context.Context, s string) (root *node, err error) {
	s = xmlDeclaration.ReplaceAllString(s, "")
	dec := xml.NewDecoder(strings.NewReader(s))
	dec.Strict = false
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var open []*node
	skip := 0 // depth within what was left out
	for n := 0; ; n++ {
		if n&1023 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		t, err := dec.RawToken()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				line, _ := dec.InputPos()
				d.note("damaged", itoa(line))
			} else if len(open) > 0 {
				d.note("cut")
			}
			return root, nil
		}
		if n > maxNodes {
			d.note("truncated")
			return root, nil
		}
		switch t := t.(type) {
		case xml.StartElement:
			if len(open) >= maxDepth || skip > 0 || (root != nil && len(open) == 0) {
				skip++
				d.note("truncated")
				continue
			}
			e := &node{name: t.Name.Local, space: t.Name.Space, attrs: t.Attr}
			if root == nil {
				root = e
			} else {
				open[len(open)-1].kids = append(open[len(open)-1].kids, e)
			}
			open = append(open, e)
		case xml.EndElement:
			if skip > 0 {
				skip--
				continue
			}
			open = closeElement(open, t.Name.Local)
		case xml.CharData:
			if len(open) > 0 && skip == 0 {
				at := open[len(open)-1]
				at.kids = append(at.kids, &node{text: string(t)})
			}
		case xml.Directive:
			if strings.Contains(string(t), "ENTITY") {
				d.note("entity")
			}
		}
	}
}

// closeElement forgives ends that do not fit their beginnings.
func closeElement(open []*node, name string) []*node {
	for i := len(open) - 1; i >= 0 && i >= len(open)-8; i-- {
		if open[i].name == name {
			return open[:i]
		}
	}
	return open
}

func (n *node) attr(name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.attrs {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// child gives the first element along a path of local names; nil where there
// is none.
func (n *node) child(path ...string) *node {
	for _, name := range path {
		if n == nil {
			return nil
		}
		var found *node
		for _, k := range n.kids {
			if k.name == name {
				found = k
				break
			}
		}
		n = found
	}
	return n
}

// all gives the child elements of a name.
func (n *node) all(name string) (out []*node) {
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if k.name == name {
			out = append(out, k)
		}
	}
	return out
}

// words is all text below, in one line.
func (n *node) words() string {
	var out strings.Builder
	n.writeWords(&out)
	return strings.TrimSpace(collapse(out.String(), true))
}

func (n *node) writeWords(out *strings.Builder) {
	if n == nil {
		return
	}
	if n.name == "" {
		out.WriteString(n.text)
		return
	}
	for _, k := range n.kids {
		k.writeWords(out)
	}
	out.WriteByte(' ')
}

// XML reads any other XML as a tree of names, attributes and texts, a line
// for each element.
func XML(ctx context.Context, data []byte) (*Doc, error) {
	d, s, err := begin("xml", data)
	if err != nil {
		return nil, err
	}
	root, err := d.parse(ctx, s)
	if err != nil {
		return nil, err
	}
	d.tree(root, s)
	return d, nil
}

// tree prints nodes; without any the text itself is shown.
func (d *Doc) tree(root *node, s string) {
	if root == nil {
		d.lines(s)
		return
	}
	d.Title = root.name
	var out strings.Builder
	if !writeTree(&out, root, 0) {
		d.note("truncated")
	}
	d.Blocks = append(d.Blocks, Block{Kind: Pre, Text: strings.TrimRight(out.String(), "\n")})
}

func writeTree(out *strings.Builder, n *node, depth int) bool {
	if out.Len() > maxText {
		return false
	}
	out.WriteString(strings.Repeat("  ", min(depth, 30)))
	out.WriteString(n.name)
	for _, a := range n.attrs {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
			continue
		}
		out.WriteString("  " + a.Name.Local + "=" + shorten(a.Value, 2000))
	}
	var words []string
	for _, k := range n.kids {
		if t := strings.TrimSpace(k.text); k.name == "" && t != "" {
			words = append(words, shorten(t, 20_000))
		}
	}
	if len(words) > 0 {
		out.WriteString(": " + strings.Join(words, " "))
	}
	out.WriteByte('\n')
	for _, k := range n.kids {
		if k.name != "" && !writeTree(out, k, depth+1) {
			return false
		}
	}
	return true
}
