package sigma

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Correlation is one correlation document (Sigma correlation rules
// specification 2.1): rules that have to match a number of times, on a number of
// values, or one with another, within a time. Package correlate counts.
type Correlation struct {
	ID             string
	Name           string
	Title          string
	Status         string
	Level          Level
	Description    string
	Author         string
	Date, Modified string
	References     []string
	Tags           []string
	FalsePositives []string
	Type           CorrelationType
	Rules          []string // ids or names, as written; Link makes them ids where there are
	GroupBy        []string // fields or aliases whose values keep groups apart
	Timespan       time.Duration
	// Aliases give, for a name in GroupBy or Fields, the field it means in the
	// events of each rule: alias → rule → field.
	Aliases map[string]map[string]string
	// Bounds is what the count or value has to fulfil. A temporal correlation
	// counts the rules that matched; without bounds all of them have to.
	Bounds     Bounds
	Fields     []string  // whose values are counted, added up or compared
	Percentile float64   // of ValuePercentile, 0 to 100
	Together   *RuleExpr // of Temporal and TemporalOrdered with a condition in words
	Generate   bool      // the rules of it are alerts of their own too
	Custom     map[string]any
	File       string
	Line       int
}

// CorrelationType is what a correlation counts.
type CorrelationType uint8

// The types.
const (
	EventCount CorrelationType = iota
	ValueCount
	Temporal
	TemporalOrdered
	ValueSum
	ValueAvg
	ValuePercentile
	ValueMedian
)

func correlationTypes() []string {
	return []string{"event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile", "value_median"}
}

// String gives the type's word in the specification.
func (t CorrelationType) String() string {
	if names := correlationTypes(); int(t) < len(names) {
		return names[t]
	}
	return ""
}

// ParseCorrelationType reads the word of the specification.
func ParseCorrelationType(word string) (CorrelationType, bool) {
	i := slices.Index(correlationTypes(), word)
	return CorrelationType(max(i, 0)), i >= 0
}

// Temporal says whether the type looks at which rules matched, not at how much.
func (t CorrelationType) Temporal() bool { return t == Temporal || t == TemporalOrdered }

// NeedsField says whether the type looks at the values of a field.
func (t CorrelationType) NeedsField() bool { return t != EventCount && !t.Temporal() }

// Bound is one criterion of a condition: lt, lte, gt, gte, eq or neq a number.
type Bound struct {
	Op     string
	Number float64
}

// Bounds are criteria that all have to hold.
type Bounds []Bound

// Hold says whether a number fulfils every bound.
func (b Bounds) Hold(n float64) bool {
	for _, x := range b {
		ok := false
		switch x.Op {
		case "lt":
			ok = n < x.Number
		case "lte":
			ok = n <= x.Number
		case "gt":
			ok = n > x.Number
		case "gte":
			ok = n >= x.Number
		case "eq":
			ok = n == x.Number
		case "neq":
			ok = n != x.Number
		}
		if !ok {
			return false
		}
	}
	return true
}

// AddBound adds a criterion. ok is false when op is none or the number is not
// finite.
func (b Bounds) AddBound(op string, number string) (Bounds, bool) {
	n, ok := ParseNumber(number)
	if !ok || math.IsInf(n, 0) || !slices.Contains([]string{"lt", "lte", "gt", "gte", "eq", "neq"}, op) {
		return b, false
	}
	return append(b, Bound{op, n}), true
}

// RuleExpr is a condition over rules: which of them have to match together.
type RuleExpr struct {
	Op   Op // And, Or, Not or Leaf
	Kids []*RuleExpr
	Rule int // of a Leaf: place in Correlation.Rules
}

// Holds evaluates the condition for the rules that matched.
func (e *RuleExpr) Holds(matched func(rule int) bool) bool {
	switch e.Op {
	case Leaf:
		return matched(e.Rule)
	case Not:
		return !e.Kids[0].Holds(matched)
	case Or:
		return slices.ContainsFunc(e.Kids, func(k *RuleExpr) bool { return k.Holds(matched) })
	}
	return !slices.ContainsFunc(e.Kids, func(k *RuleExpr) bool { return !k.Holds(matched) })
}

// ParseRuleExpr reads a temporal condition in words ("a and (b or not c)") over
// names of rules. Rules that are not listed yet are added: a correlation may
// leave its list out. The error is a *Problem without a place.
func ParseRuleExpr(text string, rules []string) (*RuleExpr, []string, error) {
	listed := len(rules) > 0
	rules = slices.Clone(rules)
	leaves := map[*Expr]int{}
	used := map[int]bool{}
	c := &conditionReader{names: rules, one: func(name string) (*Expr, *Problem) {
		i := slices.Index(rules, name)
		if i < 0 && listed {
			return nil, problem(UnknownRule, name, WhyNotInRules)
		}
		if i < 0 {
			i = len(rules)
			rules = append(rules, name)
		}
		used[i] = true
		e := &Expr{Op: Leaf}
		leaves[e] = i
		return e, nil
	}}
	e, p := c.read(text)
	if p != nil {
		return nil, nil, p
	}
	for i, name := range rules {
		if !used[i] {
			return nil, nil, problem(BadCorrelation, text, WhyRuleUnused, name)
		}
	}
	return ruleExpr(e, leaves), rules, nil
}

func ruleExpr(e *Expr, leaves map[*Expr]int) *RuleExpr {
	out := &RuleExpr{Op: e.Op, Rule: leaves[e]}
	for _, kid := range e.Kids {
		out.Kids = append(out.Kids, ruleExpr(kid, leaves))
	}
	return out
}

func onlyAnd(e *RuleExpr) bool {
	return e.Op == Leaf || e.Op == And && !slices.ContainsFunc(e.Kids, func(k *RuleExpr) bool { return !onlyAnd(k) })
}

// ParseTimespan reads a timespan: a whole number and s, m, h or d; also w, M (a
// twelfth of a year) and y as pySigma does. At most ten years.
func ParseTimespan(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	units := map[byte]int64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 604800, 'M': 2629746, 'y': 31556952}
	if len(text) < 2 || units[text[len(text)-1]] == 0 {
		return 0, problem(BadCorrelation, text, WhyTimespanForm)
	}
	n, err := strconv.ParseInt(text[:len(text)-1], 10, 64)
	seconds := units[text[len(text)-1]]
	if err != nil || n <= 0 || n > 10*31556952/seconds {
		return 0, problem(BadCorrelation, text, WhyTimespanRange)
	}
	return time.Duration(n*seconds) * time.Second, nil
}

// Check says what a correlation lacks, beyond what each of its keys must be. A
// nil is a correlation that can be counted.
func (c *Correlation) Check() *Problem {
	switch {
	case len(c.Rules) == 0:
		return problem(Missing, "rules", "")
	case len(c.Rules) > 64:
		return problem(TooMany, "rules", WhyRulesTogether, 64)
	case c.Timespan <= 0:
		return problem(Missing, "timespan", "")
	case !c.Type.Temporal() && len(c.Bounds) == 0:
		return problem(Missing, "condition", "")
	case c.Type.NeedsField() && len(c.Fields) == 0:
		return problem(Missing, "field", WhyFieldNeeded, c.Type.String())
	case c.Type != ValueCount && len(c.Fields) > 1:
		return problem(BadCorrelation, strings.Join(c.Fields, ", "), WhyOneField)
	case c.Type == TemporalOrdered && c.Together != nil && !onlyAnd(c.Together):
		return problem(BadCorrelation, c.Type.String(), WhyOrderAnd)
	case c.Together != nil && !c.Type.Temporal():
		return problem(BadCorrelation, c.Type.String(), WhyWordsTemporal)
	case c.Type == ValuePercentile && (c.Percentile <= 0 || c.Percentile > 100):
		return problem(BadCorrelation, "percentile", WhyPercentileRange)
	}
	for alias, by := range c.Aliases {
		for rule := range by {
			if !slices.Contains(c.Rules, rule) {
				return problem(UnknownRule, rule, WhyAliasRule, alias)
			}
		}
	}
	return nil
}
