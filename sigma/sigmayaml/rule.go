package sigmayaml

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/torideproject/toride/sigma"
)

// known are the keys of a rule that have a place of their own.
func known() []string {
	return []string{"id", "name", "title", "status", "level", "description", "author", "date", "modified", "license", "references", "tags",
		"falsepositives", "fields", "related", "logsource", "detection", "correlation", "filter"}
}

func (r *reader) rule(list []entry, keys map[string]entry, line int) *sigma.Rule {
	rule := &sigma.Rule{File: r.file, Line: line}
	rule.ID, rule.Name, rule.Title, rule.Description = r.meta(keys, line)
	rule.Level = r.level(keys)
	texts := map[string]*string{"status": &rule.Status, "author": &rule.Author, "date": &rule.Date, "modified": &rule.Modified, "license": &rule.License}
	lists := map[string]*[]string{"references": &rule.References, "tags": &rule.Tags, "falsepositives": &rule.FalsePositives, "fields": &rule.Fields}
	for _, e := range list {
		if to, ok := texts[e.key]; ok {
			*to = r.text(e, 1)
		} else if to, ok := lists[e.key]; ok {
			*to = r.texts(e, 1)
		} else if !slices.Contains(known(), e.key) {
			if rule.Custom == nil {
				rule.Custom = map[string]any{}
			}
			rule.Custom[e.key] = r.any(e.value, 1)
		}
	}
	if s := rule.Status; s != "" && !slices.Contains([]string{"stable", "test", "experimental", "deprecated", "unsupported"}, s) {
		r.add(keys["status"].line, &sigma.Problem{Code: sigma.NoteStatus, Construct: s})
	}
	if e, ok := keys["related"]; ok {
		rule.Related = r.related(e)
	}
	rule.LogSource = r.logSource(keys, line)
	rule.Condition = r.detections(keys["detection"])
	return rule
}

func (r *reader) related(e entry) []sigma.Related {
	n := r.visit(e.value, 1)
	if n == nil || n.Kind != yaml.SequenceNode {
		if n != nil && n.ShortTag() != "!!null" {
			r.wrong(n, sigma.BadKey, e.key, sigma.WhyListNeeded)
		}
		return nil
	}
	var out []sigma.Related
	for _, kid := range n.Content {
		var one sigma.Related
		for _, e := range r.entries(kid, 2, "related") {
			switch e.key {
			case "id":
				one.ID = r.text(e, 3)
			case "type":
				one.Type = r.text(e, 3)
			}
		}
		out = append(out, one)
	}
	return out
}

// logSource reads the log source; at least one of its three parts must be
// there.
func (r *reader) logSource(keys map[string]entry, line int) sigma.LogSource {
	e, ok := keys["logsource"]
	if !ok {
		r.add(line, &sigma.Problem{Code: sigma.Missing, Construct: "logsource"})
		return sigma.LogSource{}
	}
	var l sigma.LogSource
	parts := map[string]*string{"category": &l.Category, "product": &l.Product, "service": &l.Service}
	for _, x := range r.entries(e.value, 1, "logsource") {
		if to, ok := parts[x.key]; ok {
			*to = strings.ToLower(strings.TrimSpace(r.text(x, 2)))
		} else if x.key == "definition" {
			l.Definition = strings.Join(r.texts(x, 2), "\n")
		}
	}
	if l.Category == "" && l.Product == "" && l.Service == "" {
		r.add(e.line, sigma.Problem{Code: sigma.Missing, Construct: "logsource"}.Because(sigma.WhySourcePart))
	}
	return l
}

// detections reads a detection section, and gives its conditions joined by or.
func (r *reader) detections(section entry, skip ...string) *sigma.Expr {
	var all []sigma.Detection
	var conditions []*yaml.Node
	for _, e := range r.entries(section.value, 1, section.key) {
		switch {
		case e.key == "condition":
			conditions = r.conditions(e)
		case e.key == "timeframe":
			r.add(e.line, &sigma.Problem{Code: sigma.NoteTimeframe, Construct: "timeframe"})
		case !slices.Contains(skip, e.key):
			all = append(all, sigma.Detection{Name: e.key, Line: e.line, Expr: r.detection(e.key, e.value, 2)})
		}
	}
	if conditions == nil {
		r.add(section.line, &sigma.Problem{Code: sigma.Missing, Construct: "condition"})
		return nil
	}
	used := map[string]bool{}
	var joined []*sigma.Expr
	for _, n := range conditions {
		e, names, err := sigma.ParseCondition(n.Value, all)
		if err != nil {
			r.add(n.Line, err.(*sigma.Problem))
			continue
		}
		for _, name := range names {
			used[name] = true
		}
		joined = append(joined, e)
	}
	for _, d := range all {
		if !used[d.Name] && len(r.problems) == 0 {
			r.add(d.Line, &sigma.Problem{Code: sigma.NoteUnused, Construct: d.Name})
		}
	}
	return sigma.AnyOf(joined)
}

// conditions gives the texts of a condition: one, or a list.
func (r *reader) conditions(e entry) []*yaml.Node {
	n := r.visit(e.value, 2)
	if n == nil {
		return nil
	}
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	var out []*yaml.Node
	for _, kid := range list {
		if kid = r.visit(kid, 3); kid == nil {
			return nil
		}
		if kid.Kind != yaml.ScalarNode || kid.Value == "" {
			r.wrong(kid, sigma.BadCondition, "condition", sigma.WhyTextNeeded)
			continue
		}
		out = append(out, kid)
	}
	return out
}

// detection reads what a search identifier says: a mapping of fields (all of
// them), a list (one of it), or a keyword.
func (r *reader) detection(name string, n *yaml.Node, depth int) *sigma.Expr {
	n = r.visit(n, depth)
	if n == nil {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		return r.fields(name, n, depth)
	case yaml.SequenceNode:
		return r.alternatives(name, n, depth)
	}
	return r.item(sigma.Item{}, n, []*yaml.Node{n})
}

func (r *reader) fields(name string, n *yaml.Node, depth int) *sigma.Expr {
	var kids []*sigma.Expr
	before := len(r.problems)
	for _, e := range r.entries(n, depth, name) {
		words := strings.Split(e.key, "|")
		it := sigma.Item{Field: words[0], Modifiers: words[1:]}
		v := r.visit(e.value, depth+1)
		if v == nil {
			return nil
		}
		list := []*yaml.Node{v}
		if v.Kind == yaml.SequenceNode {
			list = v.Content
		}
		if it.Field == "" && len(it.Modifiers) == 0 {
			r.add(e.line, sigma.Problem{Code: sigma.BadKey, Construct: name}.Because(sigma.WhyFieldName))
			continue
		}
		if slices.Contains(it.Modifiers, "all") && len(list) == 1 {
			r.add(e.line, &sigma.Problem{Code: sigma.NoteSingleValueAll, Construct: e.key})
		}
		if kid := r.item(it, &yaml.Node{Line: e.line, Value: e.key}, list); kid != nil {
			kids = append(kids, kid)
		}
	}
	if len(kids) == 0 && len(r.problems) == before {
		r.wrong(n, sigma.BadKey, name, sigma.WhyDetectionEmpty)
	}
	return allOf(kids)
}

// alternatives reads a list: words are keywords, mappings and lists are
// alternatives.
func (r *reader) alternatives(name string, n *yaml.Node, depth int) *sigma.Expr {
	var kids []*sigma.Expr
	var words []*yaml.Node
	before := len(r.problems)
	for _, kid := range n.Content {
		v := r.visit(kid, depth+1)
		if v == nil {
			return nil
		}
		if v.Kind == yaml.ScalarNode {
			words = append(words, v)
		} else if e := r.detection(name, v, depth+1); e != nil {
			kids = append(kids, e)
		}
	}
	if len(words) > 0 {
		if e := r.item(sigma.Item{}, n, words); e != nil {
			kids = append(kids, e)
		}
	}
	if len(kids) == 0 && len(r.problems) == before {
		r.wrong(n, sigma.BadKey, name, sigma.WhyDetectionEmpty)
	}
	return sigma.AnyOf(kids)
}

// item resolves one line of a detection; at is where it stands.
func (r *reader) item(it sigma.Item, at *yaml.Node, values []*yaml.Node) *sigma.Expr {
	for _, n := range values {
		v := r.visit(n, 0)
		if v == nil {
			return nil
		}
		if v.Kind != yaml.ScalarNode {
			r.wrong(v, sigma.BadValue, at.Value, sigma.WhyValueKind)
			return nil
		}
		s, ok := r.scalar(v, at.Value)
		if !ok {
			return nil
		}
		if len(it.Values) >= r.opts.MaxValues {
			r.stop(v, sigma.TooMany, at.Value, sigma.WhyValues, r.opts.MaxValues)
			return nil
		}
		it.Values = append(it.Values, s)
	}
	e, err := it.Expr(sigma.ItemOptions{Placeholders: r.opts.Placeholders, Leaves: &r.leaves})
	if err != nil {
		r.add(at.Line, err.(*sigma.Problem))
		r.stopped = r.stopped || r.leaves < 0
		return nil
	}
	return e
}

func allOf(kids []*sigma.Expr) *sigma.Expr {
	if len(kids) == 1 {
		return kids[0]
	}
	return &sigma.Expr{Op: sigma.And, Kids: kids}
}
