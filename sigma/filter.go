package sigma

import "slices"

// Filter is one filter document (Sigma filters specification 2.1): a condition
// that is put to the conditions of other rules with and.
type Filter struct {
	ID          string
	Name        string
	Title       string
	Description string
	Date        string
	Modified    string
	LogSource   LogSource
	Rules       []string // ids or names; empty with Any
	Any         bool     // every rule of the log source
	Condition   *Expr
	File        string
	Line        int
}

// Concerns says whether a filter is for a rule: the rule is named, and its log
// source is of the filter's.
func (f *Filter) Concerns(r *Rule) bool {
	if !f.LogSource.Covers(r.LogSource) {
		return false
	}
	return f.Any || r.ID != "" && slices.Contains(f.Rules, r.ID) || r.Name != "" && slices.Contains(f.Rules, r.Name)
}

// Apply gives the rule with the filter's condition put to its own with and
// (pySigma's reading of the specification: to leave out what is selected, the
// filter says not). The rule itself is not changed.
func (f *Filter) Apply(r *Rule) *Rule {
	out := *r
	out.Condition = &Expr{Op: And, Kids: []*Expr{r.Condition, f.Condition}}
	return &out
}
