package sigma

import (
	"maps"
	"slices"
	"strings"
)

// Library is rules, correlations and filters that were read, of one or several
// packs.
type Library struct {
	Rules        []*Rule
	Correlations []*Correlation
	Filters      []*Filter
}

// Link gives the library with its documents tied together: filters applied to
// the rules they are for, the rules of correlations named by id where they have
// one, correlations in an order in which each comes after those it is made of.
// Left out and told are correlations that name what is not there, wait for each
// other, or cannot be counted. Nothing of l is changed.
func (l Library) Link() (Library, []Problem) {
	out := Library{Filters: l.Filters}
	var problems []Problem
	concerned := make([]bool, len(l.Filters))
	for _, r := range l.Rules {
		for i, f := range l.Filters {
			if f.Concerns(r) {
				concerned[i] = true
				r = f.Apply(r)
			}
		}
		out.Rules = append(out.Rules, r)
	}
	for i, f := range l.Filters {
		if !concerned[i] {
			problems = append(problems, Problem{Code: NoteUnusedFilter, File: f.File, Line: f.Line, Rule: f.ID, Construct: clip(strings.Join(f.Rules, ", "))})
		}
	}
	k := &linker{names: map[string]string{}, twice: map[string]bool{}, byKey: map[string]*Correlation{}, state: map[*Correlation]linkState{}}
	for _, r := range l.Rules {
		k.name(r.ID, r.Name)
	}
	for _, c := range l.Correlations {
		k.name(c.ID, c.Name)
		k.byKey[c.Key()] = c
	}
	for _, c := range l.Correlations {
		k.visit(c)
	}
	out.Correlations = k.done
	return out, append(problems, k.problems...)
}

// Key is what a hit of the rule is known by: its id, or where it has none its
// name, or its title.
func (r *Rule) Key() string { return keyOf(r.ID, r.Name, r.Title) }

// Key is what a firing of the correlation is known by, as for a rule.
func (c *Correlation) Key() string { return keyOf(c.ID, c.Name, c.Title) }

func keyOf(id, name, title string) string {
	if id != "" {
		return id
	}
	if name != "" {
		return name
	}
	return title
}

type linkState uint8

const (
	linkNew linkState = iota
	linkOpen
	linkDone
	linkFailed
)

// linker orders correlations depth first.
type linker struct {
	names    map[string]string // id or name → key
	twice    map[string]bool   // names of several documents
	byKey    map[string]*Correlation
	state    map[*Correlation]linkState
	done     []*Correlation
	problems []Problem
}

// name registers what a document may be called by. A name of two documents
// means neither.
func (k *linker) name(id, name string) {
	key := keyOf(id, name, "")
	for _, n := range []string{id, strings.ToLower(id), name} {
		if other, taken := k.names[n]; n != "" && taken && other != key {
			k.twice[n] = true
		}
		if n != "" {
			k.names[n] = key
		}
	}
}

// find gives the key of the document that a reference means.
func (k *linker) find(ref string) (key string, p *Problem) {
	key, ok := k.names[ref]
	if !ok {
		key, ok = k.names[strings.ToLower(ref)] // an id in capitals
	}
	switch {
	case !ok:
		return "", problem(UnknownRule, ref, "")
	case k.twice[ref]:
		return "", problem(UnknownRule, ref, WhyNameTwice)
	}
	return key, nil
}

func (k *linker) visit(c *Correlation) linkState {
	if s := k.state[c]; s != linkNew {
		return s
	}
	k.state[c] = linkOpen
	linkedC, p := k.link(c)
	if p != nil {
		p.File, p.Line, p.Rule = c.File, c.Line, c.Key()
		k.problems = append(k.problems, *p)
		k.state[c] = linkFailed
		return linkFailed
	}
	k.done = append(k.done, linkedC)
	k.state[c] = linkDone
	return linkDone
}

func (k *linker) link(c *Correlation) (*Correlation, *Problem) {
	if p := c.Check(); p != nil {
		return nil, p
	}
	out := *c
	out.Rules = slices.Clone(c.Rules)
	for i, ref := range out.Rules {
		key, p := k.find(ref)
		if p != nil {
			return nil, p
		}
		out.Rules[i] = key
		if inner := k.byKey[key]; inner != nil {
			switch k.visit(inner) {
			case linkOpen:
				return nil, problem(Cycle, ref, "")
			case linkFailed:
				return nil, problem(UnknownRule, ref, WhyRefusedItself)
			}
		}
	}
	if c.Aliases != nil {
		out.Aliases = map[string]map[string]string{}
	}
	for _, alias := range slices.Sorted(maps.Keys(c.Aliases)) {
		by := map[string]string{}
		for ref, field := range c.Aliases[alias] {
			key, p := k.find(ref)
			if p != nil {
				return nil, p
			}
			by[key] = field
		}
		out.Aliases[alias] = by
	}
	return &out, nil
}
