package index

import (
	"regexp"
	"strings"

	"github.com/torideproject/toride/internal/fault"
)

// Rule makes a patient's number of what a bar code reader typed.
type Rule struct {
	pattern *regexp.Regexp
	run     bool
}

// The rules that are always understood by name.
const (
	RuleNW7 = "nw7" // without the letters A to D in which NW-7 (Codabar) begins and ends
	RuleRun = "run" // the longest run of letters and digits
)

// maxRules and maxRule bound what ParseRules takes.
const (
	maxRules = 20
	maxRule  = 200
)

// DefaultRules are those of ParseRules(RuleNW7, RuleRun).
func DefaultRules() []Rule {
	return []Rule{{pattern: regexp.MustCompile(`^[A-Da-d](.+)[A-Da-d]$`)}, {run: true}}
}

// ParseRules reads rules for bar codes, which are tried in that order after the
// code as it stands: RuleNW7, RuleRun, or a regular expression (RE2) whose first
// group is the number, such as ^P(\d{10})\d$ for a prefix and a check digit. Its
// fault is "index.rule" with the rule.
func ParseRules(rules ...string) ([]Rule, error) {
	out := make([]Rule, 0, len(rules))
	for _, r := range rules {
		switch r {
		case RuleNW7:
			out = append(out, DefaultRules()[0])
			continue
		case RuleRun:
			out = append(out, Rule{run: true})
			continue
		}
		p, err := regexp.Compile(r)
		if err != nil || p.NumSubexp() < 1 || len(r) > maxRule || len(out) >= maxRules {
			return nil, fault.New(fault.Invalid, "index.rule", r).With(err)
		}
		out = append(out, Rule{pattern: p})
	}
	return out, nil
}

// number applies the rule; ok is false if it does not fit.
func (r Rule) number(code string) (string, bool) {
	if r.run {
		best := ""
		for _, run := range strings.FieldsFunc(code, func(r rune) bool { return !isNumberSign(r) }) {
			if len(run) > len(best) {
				best = run
			}
		}
		return best, best != "" && best != code
	}
	if m := r.pattern.FindStringSubmatch(code); m != nil && m[1] != "" {
		return m[1], true
	}
	return "", false
}

// isNumberSign tells what a patient's number is written with.
func isNumberSign(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}
