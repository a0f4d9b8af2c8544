package sigmayaml

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/torideproject/toride/sigma"
)

// correlation reads a correlation document. Whether its rules are there is
// Library.Link's to see.
func (r *reader) correlation(list []entry, keys map[string]entry, line int) *sigma.Correlation {
	c := &sigma.Correlation{File: r.file, Line: line}
	c.ID, c.Name, c.Title, c.Description = r.meta(keys, line)
	c.Level = r.level(keys)
	texts := map[string]*string{"status": &c.Status, "author": &c.Author, "date": &c.Date, "modified": &c.Modified}
	lists := map[string]*[]string{"references": &c.References, "tags": &c.Tags, "falsepositives": &c.FalsePositives}
	for _, e := range list {
		if to, ok := texts[e.key]; ok {
			*to = r.text(e, 1)
		} else if to, ok := lists[e.key]; ok {
			*to = r.texts(e, 1)
		} else if !slices.Contains(known(), e.key) {
			if c.Custom == nil {
				c.Custom = map[string]any{}
			}
			c.Custom[e.key] = r.any(e.value, 1)
		}
	}
	r.correlationSection(c, keys["correlation"])
	if len(r.problems) == 0 {
		if p := c.Check(); p != nil {
			r.add(keys["correlation"].line, p)
		}
	}
	return c
}

func (r *reader) correlationSection(c *sigma.Correlation, section entry) {
	var condition entry
	typed := false
	for _, e := range r.entries(section.value, 1, "correlation") {
		switch e.key {
		case "type":
			word := r.text(e, 2)
			if c.Type, typed = sigma.ParseCorrelationType(word); !typed {
				r.add(e.line, sigma.Problem{Code: sigma.BadCorrelation, Construct: "type: " + clipText(word)}.Because(sigma.WhyNoType))
				return
			}
		case "rules":
			c.Rules = r.texts(e, 2)
		case "group-by":
			c.GroupBy = r.texts(e, 2)
		case "timespan", "timeframe":
			var err error
			if c.Timespan, err = sigma.ParseTimespan(r.text(e, 2)); err != nil {
				r.add(e.line, err.(*sigma.Problem))
			}
		case "aliases":
			c.Aliases = r.aliases(e)
		case "generate":
			c.Generate = r.yes(e)
		case "condition":
			condition = e
		case "level":
			c.Level = r.level(map[string]entry{"level": e})
		default:
			r.add(e.line, sigma.Problem{Code: sigma.BadKey, Construct: e.key}.Because(sigma.WhyNoKey))
		}
	}
	if !typed {
		r.add(section.line, &sigma.Problem{Code: sigma.Missing, Construct: "type"})
		return
	}
	if condition.value != nil {
		r.bounds(c, condition)
	}
}

func (r *reader) yes(e entry) bool {
	n := r.visit(e.value, 2)
	if n == nil {
		return false
	}
	if n.ShortTag() != "!!bool" {
		r.wrong(n, sigma.BadKey, e.key, sigma.WhyTrueFalse)
	}
	return strings.EqualFold(n.Value, "true")
}

func (r *reader) aliases(e entry) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, alias := range r.entries(e.value, 2, "aliases") {
		by := map[string]string{}
		for _, x := range r.entries(alias.value, 3, alias.key) {
			by[x.key] = r.text(x, 4)
		}
		out[alias.key] = by
	}
	return out
}

// bounds reads a condition: a mapping of criteria, or words over the rules.
func (r *reader) bounds(c *sigma.Correlation, e entry) {
	n := r.visit(e.value, 2)
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode {
		var err error
		if c.Together, c.Rules, err = sigma.ParseRuleExpr(n.Value, c.Rules); err != nil {
			r.add(n.Line, err.(*sigma.Problem))
		}
		return
	}
	for _, x := range r.entries(n, 2, "condition") {
		ok := true
		switch x.key {
		case "field":
			c.Fields = r.texts(x, 3)
		case "percentile":
			c.Percentile, ok = sigma.ParseNumber(r.text(x, 3))
		default:
			c.Bounds, ok = c.Bounds.AddBound(x.key, r.text(x, 3))
		}
		if !ok {
			r.add(x.line, sigma.Problem{Code: sigma.BadCorrelation, Construct: x.key}.Because(sigma.WhyCriteria))
		}
	}
}

// filter reads a filter document.
func (r *reader) filter(keys map[string]entry, line int) *sigma.Filter {
	f := &sigma.Filter{File: r.file, Line: line}
	f.ID, f.Name, f.Title, f.Description = r.meta(keys, line)
	for key, to := range map[string]*string{"date": &f.Date, "modified": &f.Modified} {
		if e, ok := keys[key]; ok {
			*to = r.text(e, 1)
		}
	}
	f.LogSource = r.logSource(keys, line)
	section := keys["filter"]
	found := false
	for _, e := range r.entries(section.value, 1, "filter") {
		if e.key != "rules" {
			continue
		}
		found = true
		f.Rules = r.texts(e, 2)
		if e.value.Kind == yaml.ScalarNode && (strings.EqualFold(e.value.Value, "any") || strings.EqualFold(e.value.Value, "all")) {
			f.Rules, f.Any = nil, true
		}
	}
	if !found || !f.Any && len(f.Rules) == 0 {
		r.add(section.line, sigma.Problem{Code: sigma.Missing, Construct: "rules"}.Because(sigma.WhyRulesOrAny))
	}
	f.Condition = r.detections(section, "rules")
	if f.Condition != nil && len(r.problems) == 0 && !negates(f.Condition) {
		r.add(section.line, &sigma.Problem{Code: sigma.NoteKeepingFilter, Construct: "condition"})
	}
	return f
}

// negates looks for a not. It stops at a thousand expressions: shared parts
// would be looked at again and again.
func negates(e *sigma.Expr) bool {
	left := 1000
	var look func(*sigma.Expr) bool
	look = func(e *sigma.Expr) bool {
		if left--; left < 0 || e == nil {
			return false
		}
		return e.Op == sigma.Not || slices.ContainsFunc(e.Kids, look)
	}
	return look(e)
}
