package sigmayaml

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/torideproject/toride/sigma"
)

// reader reads one document. It counts what it visits, so that aliases of
// aliases end somewhere, and collects what is wrong.
type reader struct {
	opts     Options
	file     string
	nodes    int // that may still be visited
	leaves   int // that may still be made
	problems []sigma.Problem
	notes    []sigma.Problem
	stopped  bool // the document is beyond a limit: nothing more is read of it
}

// entry is a key of a mapping and its value.
type entry struct {
	key   string
	line  int
	value *yaml.Node
}

func newReader(file string, o Options) *reader {
	return &reader{opts: o, file: file, nodes: maxNodes, leaves: o.MaxValues}
}

// add notes a problem at a line. Once the document is beyond a limit, nothing
// more is told of it: the rest was not read.
func (r *reader) add(line int, p *sigma.Problem) {
	if r.stopped {
		return
	}
	p.File, p.Line = r.file, line
	p.Cut()
	if p.Code.Note() {
		if len(r.notes) < maxProblems {
			r.notes = append(r.notes, *p)
		}
	} else if len(r.problems) < maxProblems {
		r.problems = append(r.problems, *p)
	}
}

// stop gives the document up.
func (r *reader) stop(n *yaml.Node, code sigma.Code, construct string, why sigma.Why, args ...any) {
	r.add(n.Line, sigma.Problem{Code: code, Construct: construct}.Because(why, args...))
	r.stopped = true
}

func (r *reader) wrong(n *yaml.Node, code sigma.Code, construct string, why sigma.Why) {
	r.add(n.Line, sigma.Problem{Code: code, Construct: construct}.Because(why))
}

// visit follows an alias and counts the node. nil means that the document is
// beyond its limits, or ends in itself.
func (r *reader) visit(n *yaml.Node, depth int) *yaml.Node {
	if r.stopped {
		return nil
	}
	if r.nodes--; r.nodes < 0 {
		r.stop(n, sigma.TooMany, "", sigma.WhyVisited, maxNodes)
		return nil
	}
	if depth > maxDepth {
		r.stop(n, sigma.TooDeep, "", sigma.WhyNested, maxDepth)
		return nil
	}
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// entries gives the keys of a mapping in their order. A key twice is refused:
// one of the two would be lost without a word.
func (r *reader) entries(n *yaml.Node, depth int, what string) []entry {
	n = r.visit(n, depth)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.wrong(n, sigma.BadKey, what, sigma.WhyMappingNeeded)
		return nil
	}
	var out []entry
	seen, own := map[string]bool{}, ownKeys(n)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := r.visit(n.Content[i], depth+1), n.Content[i+1]
		if key == nil {
			return nil
		}
		switch {
		case key.ShortTag() == "!!merge":
			for _, e := range r.merged(value, depth+1, what) {
				if !seen[e.key] && !own[e.key] {
					seen[e.key] = true
					out = append(out, e)
				}
			}
			continue
		case key.Kind != yaml.ScalarNode, key.ShortTag() == "!!null":
			r.wrong(key, sigma.BadKey, what, sigma.WhyKeyWord)
			continue
		case seen[key.Value]:
			r.wrong(key, sigma.BadKey, key.Value, sigma.WhyKeyTwice)
			continue
		}
		seen[key.Value] = true
		out = append(out, entry{key: key.Value, line: key.Line, value: value})
	}
	return out
}

// merged gives the entries of a << key: of one mapping, or of several, the
// first of which wins.
func (r *reader) merged(n *yaml.Node, depth int, what string) []entry {
	n = r.visit(n, depth)
	if n == nil || n.Kind != yaml.SequenceNode {
		if n == nil {
			return nil
		}
		return r.entries(n, depth, what)
	}
	var out []entry
	seen := map[string]bool{}
	for _, kid := range n.Content {
		for _, e := range r.entries(kid, depth+1, what) {
			if !seen[e.key] {
				seen[e.key] = true
				out = append(out, e)
			}
		}
	}
	return out
}

// ownKeys gives the keys that a mapping with a << has besides it; they win.
func ownKeys(n *yaml.Node) map[string]bool {
	if !slices.ContainsFunc(n.Content, func(x *yaml.Node) bool { return x.Tag == "!!merge" }) {
		return nil
	}
	own := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		own[n.Content[i].Value] = true
	}
	return own
}

// text reads a scalar as it stands; of null the empty text.
func (r *reader) text(e entry, depth int) string {
	n := r.visit(e.value, depth)
	if n == nil || n.ShortTag() == "!!null" {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		r.wrong(n, sigma.BadKey, e.key, sigma.WhyTextNeeded)
		return ""
	}
	if len(n.Value) > maxText {
		r.add(n.Line, sigma.Problem{Code: sigma.TooLarge, Construct: e.key}.Because(sigma.WhyTextSize, len(n.Value), maxText))
		return ""
	}
	return n.Value
}

// texts reads a list of scalars, or a single one. Entries that are empty are
// left out; what is no scalar is written in one line, as some rules have maps
// among their references.
func (r *reader) texts(e entry, depth int) []string {
	n := r.visit(e.value, depth)
	if n == nil {
		return nil
	}
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	var out []string
	for _, kid := range list {
		if kid = r.visit(kid, depth+1); kid == nil {
			return nil
		}
		switch {
		case kid.Kind != yaml.ScalarNode:
			r.wrong(kid, sigma.BadKey, e.key, sigma.WhyTextsNeeded)
			return nil
		case kid.ShortTag() != "!!null" && kid.Value != "":
			out = append(out, clipText(kid.Value))
		}
	}
	return out
}

func clipText(s string) string {
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

// scalar reads a value of a detection.
func (r *reader) scalar(n *yaml.Node, what string) (sigma.Scalar, bool) {
	switch n.ShortTag() {
	case "!!null":
		return sigma.Scalar{Kind: sigma.NullScalar}, true
	case "!!bool":
		return sigma.Scalar{Kind: sigma.BoolScalar, Text: strings.ToLower(n.Value)}, true
	case "!!int", "!!float":
		return sigma.NumberScalarOf(n.Value), true
	case "!!str", "!!timestamp":
		return sigma.Scalar{Text: n.Value}, true
	}
	r.add(n.Line, sigma.Problem{Code: sigma.BadValue, Construct: what}.Because(sigma.WhyYAMLType, n.ShortTag()))
	return sigma.Scalar{}, false
}

// any reads an unknown key as plain Go values: text, int64, float64, bool, nil,
// []any, map[string]any.
func (r *reader) any(n *yaml.Node, depth int) any {
	n = r.visit(n, depth)
	if n == nil {
		return nil
	}
	switch n.Kind {
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for _, kid := range n.Content {
			out = append(out, r.any(kid, depth+1))
		}
		return out
	case yaml.MappingNode:
		out := map[string]any{}
		for _, e := range r.entries(n, depth, "") {
			out[e.key] = r.any(e.value, depth+1)
		}
		return out
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int":
		if i, err := strconv.ParseInt(strings.ReplaceAll(n.Value, "_", ""), 0, 64); err == nil {
			return i
		}
	case "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f
		}
	}
	return n.Value
}
