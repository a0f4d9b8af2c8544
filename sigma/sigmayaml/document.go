package sigmayaml

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/torideproject/toride/sigma"
)

// Document is one document of a file. Exactly one of Rule, Correlation and
// Filter is set.
type Document struct {
	File        string
	Line        int // first line of its content, from 1
	Rule        *sigma.Rule
	Correlation *sigma.Correlation
	Filter      *sigma.Filter
	Notes       []sigma.Problem // what is odd about it; it is used all the same
}

// ID gives the id of whatever the document is.
func (d Document) ID() string {
	switch {
	case d.Rule != nil:
		return d.Rule.ID
	case d.Correlation != nil:
		return d.Correlation.ID
	case d.Filter != nil:
		return d.Filter.ID
	}
	return ""
}

// Read reads the documents of a file, the collections of Sigma 1 (action:
// global, reset, repeat) too. A document with a problem is refused and the
// others are read; every problem of a document is told, up to 20. Cost: about
// 100 µs for a common rule, memory in proportion to the largest document.
func Read(name string, data []byte, o Options) ([]Document, []sigma.Problem) {
	o = o.withDefaults()
	if len(data) > o.MaxFile {
		return nil, []sigma.Problem{*sigma.Problem{Code: sigma.TooLarge, File: name}.Because(sigma.WhyFileSize, len(data), o.MaxFile)}
	}
	chunks := split(data)
	if len(chunks) > o.MaxDocuments {
		return nil, []sigma.Problem{*sigma.Problem{Code: sigma.TooMany, File: name}.Because(sigma.WhyDocuments, len(chunks), o.MaxDocuments)}
	}
	if len(chunks) == 0 {
		return nil, []sigma.Problem{*sigma.Problem{Code: sigma.BadDocument, File: name, Line: 1}.Because(sigma.WhyEmptyFile)}
	}
	var docs []Document
	var problems []sigma.Problem
	var c collection
	left := maxFileNodes
	for _, chunk := range chunks {
		if left <= 0 {
			return docs, append(problems, *sigma.Problem{Code: sigma.TooMany, File: name, Line: chunk.line, Begins: chunk.line}.
				Because(sigma.WhyRepeats))
		}
		root, p := chunk.parse(o)
		if p != nil {
			p.File, p.Begins = name, chunk.line
			p.Cut()
			problems = append(problems, *p)
			continue
		}
		r := newReader(name, o)
		root = c.merge(r, root)
		left -= c.cost
		c.cost = 0
		if root != nil {
			if d := r.document(root); len(r.problems) == 0 {
				d.Notes = r.notes
				docs = append(docs, d)
			}
		}
		for i := range r.problems {
			r.problems[i].Begins = chunk.line
		}
		problems = append(problems, r.problems...)
		left -= maxNodes - r.nodes
	}
	return docs, problems
}

// collection keeps what the actions of Sigma 1 carry from one document to the
// next.
type collection struct {
	global, last *yaml.Node
	cost         int // of merging so far, in nodes that were copied
}

// merge applies the action of a document. nil means that it is not a rule by
// itself.
func (c *collection) merge(r *reader, root *yaml.Node) *yaml.Node {
	action := ""
	if root.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if root.Content[i].Value == "action" {
				action = root.Content[i+1].Value
				root = without(root, i)
				break
			}
		}
	}
	switch action {
	case "global":
		c.global = c.overlay(c.global, root, 0)
		return nil
	case "reset":
		c.global = nil
		if len(root.Content) == 0 {
			return nil
		}
	case "repeat":
		if c.last == nil {
			r.wrong(root, sigma.BadAction, "action: repeat", sigma.WhyNothingBefore)
			return nil
		}
		c.last = c.overlay(c.last, root, 0)
		return c.last
	case "":
	default:
		r.wrong(root, sigma.BadAction, "action: "+action, "")
		return nil
	}
	c.last = c.overlay(c.global, root, 0)
	return c.last
}

func without(n *yaml.Node, i int) *yaml.Node {
	out := *n
	out.Content = slices.Delete(slices.Clone(n.Content), i, i+2)
	return &out
}

// overlay gives under with the keys of over put on it, mapping by mapping. The
// lines are those of over.
func (c *collection) overlay(under, over *yaml.Node, depth int) *yaml.Node {
	if under == nil || under.Kind != yaml.MappingNode || over.Kind != yaml.MappingNode || depth > maxDepth {
		return over
	}
	c.cost += len(under.Content) + len(over.Content)
	out := *over
	out.Content = slices.Clone(under.Content)
	place := map[string]int{}
	for i := 0; i+1 < len(out.Content); i += 2 {
		place[out.Content[i].Value] = i
	}
	for i := 0; i+1 < len(over.Content); i += 2 {
		if at, there := place[over.Content[i].Value]; there {
			out.Content[at], out.Content[at+1] = over.Content[i], c.overlay(out.Content[at+1], over.Content[i+1], depth+1)
		} else {
			out.Content = append(out.Content, over.Content[i], over.Content[i+1])
		}
	}
	return &out
}

// document reads a mapping as the kind of document its keys say.
func (r *reader) document(root *yaml.Node) Document {
	d := Document{File: r.file, Line: root.Line}
	if root.Kind != yaml.MappingNode {
		r.wrong(root, sigma.BadDocument, clipText(root.Value), sigma.WhyMappingDocument)
		return d
	}
	keys := map[string]entry{}
	list := r.entries(root, 0, "document")
	for _, e := range list {
		keys[e.key] = e
	}
	switch {
	case keys["correlation"].value != nil:
		d.Correlation = r.correlation(list, keys, d.Line)
	case keys["filter"].value != nil:
		d.Filter = r.filter(keys, d.Line)
	case keys["detection"].value != nil:
		d.Rule = r.rule(list, keys, d.Line)
	default:
		r.wrong(root, sigma.BadDocument, "", sigma.WhyNoSection)
	}
	id := d.ID()
	if len(id) > 100 {
		id = ""
	}
	for i := range r.problems {
		r.problems[i].Rule = id
	}
	for i := range r.notes {
		r.notes[i].Rule = id
	}
	return d
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// meta reads the keys that every kind of document has.
func (r *reader) meta(keys map[string]entry, line int) (id, name, title, description string) {
	get := func(key string) string {
		if e, ok := keys[key]; ok {
			return r.text(e, 1)
		}
		return ""
	}
	id, name, title, description = strings.TrimSpace(get("id")), get("name"), get("title"), get("description")
	if title == "" {
		r.add(line, &sigma.Problem{Code: sigma.Missing, Construct: "title"})
	}
	if id != "" && !uuid.MatchString(id) {
		r.add(keys["id"].line, &sigma.Problem{Code: sigma.NoteID, Construct: clipText(id)})
	}
	if t := get("taxonomy"); t != "" && t != "sigma" {
		r.add(keys["taxonomy"].line, &sigma.Problem{Code: sigma.NoteTaxonomy, Construct: t})
	}
	return id, name, title, description
}

// level reads a level; a document without one has none.
func (r *reader) level(keys map[string]entry) sigma.Level {
	e, ok := keys["level"]
	if !ok {
		return sigma.NoLevel
	}
	word := strings.ToLower(strings.TrimSpace(r.text(e, 1)))
	l, ok := sigma.ParseLevel(word)
	if !ok && word != "" {
		r.add(e.line, &sigma.Problem{Code: sigma.BadLevel, Construct: word})
	}
	return l
}
