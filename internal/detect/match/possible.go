package match

import (
	"github.com/torideproject/toride/sigma"
)

// answer is what can be said of a condition before the event is known.
type answer uint8

const (
	never answer = iota
	maybe
	always
)

// Possible says whether an event of the shape could match the rule: its log
// source covers the shape, and the condition does not need a field that never
// had a value, nor an event code that never came. It errs to the side of yes.
func Possible(r *sigma.Rule, s *Seen) bool {
	return Concerns(r.LogSource, s) && could(r.Condition, s, 0) != never
}

// Concerns says whether the rule's log source covers the shape.
func Concerns(l sigma.LogSource, s *Seen) bool {
	for _, source := range s.Sources {
		if l.Covers(source) {
			return true
		}
	}
	return false
}

// deepest bounds the walk; an engine refuses such rules anyway.
const deepest = 300

func could(x *sigma.Expr, s *Seen, depth int) answer {
	if depth > deepest {
		return maybe
	}
	switch x.Op {
	case sigma.And:
		out := always
		for _, kid := range x.Kids {
			out = min(out, could(kid, s, depth+1))
		}
		return out
	case sigma.Or:
		out := never
		for _, kid := range x.Kids {
			out = max(out, could(kid, s, depth+1))
		}
		return out
	case sigma.Not:
		return always - could(x.Kids[0], s, depth+1)
	case sigma.Leaf:
		return leaf(x, s)
	case sigma.True:
		return always
	}
	return never
}

func leaf(x *sigma.Expr, s *Seen) answer {
	m := x.Match
	if m.Field == "" {
		return maybe
	}
	for _, f := range s.Fixed {
		if f.Name == m.Field && m.Kind != sigma.FieldRef {
			return decided(x, f.Value)
		}
	}
	if m.Field == "EventID" && m.Kind == sigma.Equals && len(s.Codes) < maxCodes {
		if _, came := s.Codes[m.Text]; !came {
			return never
		}
	}
	filled := s.Has(m.Field)
	switch m.Kind {
	case sigma.Null:
		if !filled {
			return always
		}
		return maybe
	case sigma.Exists:
		return maybe
	}
	if !filled {
		return never
	}
	return maybe
}

// decided asks the specification itself whether the value fits the leaf.
func decided(x *sigma.Expr, value string) answer {
	if sigma.Matches(x, []sigma.Field{{Name: x.Match.Field, Value: value}}) {
		return always
	}
	return never
}

// Lacks names the fields that the rule needs and that the shape never had a
// value of: those whose absence alone makes the rule impossible. It is empty
// for a rule that is possible.
func Lacks(r *sigma.Rule, s *Seen) []string {
	if !Concerns(r.LogSource, s) || could(r.Condition, s, 0) != never {
		return nil
	}
	var out []string
	lacks(r.Condition, s, 0, func(field string) {
		for _, have := range out {
			if have == field {
				return
			}
		}
		out = append(out, field)
	})
	return out
}

func lacks(x *sigma.Expr, s *Seen, depth int, found func(string)) {
	switch {
	case depth > deepest || x.Op == sigma.Not || x.Op == sigma.True || x.Op == sigma.False:
	case x.Op == sigma.Leaf:
		if x.Match.Field != "" && !s.Has(x.Match.Field) && x.Match.Kind != sigma.Null {
			found(x.Match.Field)
		}
	default:
		for _, kid := range x.Kids {
			if could(kid, s, depth+1) == never {
				lacks(kid, s, depth+1, found)
			}
		}
	}
}
