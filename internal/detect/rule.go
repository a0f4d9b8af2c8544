package detect

import (
	"cmp"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/sigma"
)

// Origin says of which kind a rule is.
type Origin string

// The origins.
const (
	FromSigma       Origin = "sigma"       // one entry
	FromCorrelation Origin = "correlation" // several entries
	FromWatch       Origin = "watch"       // an entry and the register
)

// watchPack is the name under which watches stand among the packs.
const watchPack = "watch"

// Rule is one rule, from wherever it comes.
type Rule struct {
	Ref    string // "pack/key"; stored, never changes
	Pack   string
	Key    string
	Origin Origin
	Title  rulepack.Words
	Level  sigma.Level
	Steps  []rulepack.Step
	Family string
	By     rulepack.By
	About  *rulepack.About // nil: the pack's author said nothing more
	Feeds  bool            // only there for correlations: never a finding of its own

	Sigma       *sigma.Rule
	Correlation *sigma.Correlation
	File        string
	Line        int

	On  bool  // it makes findings
	Why Reach // what decided that

	place int32 // in the ruleset
}

// Reach says what decided whether a rule is on.
type Reach string

// What decided.
const (
	ByPerson  Reach = "person"  // somebody switched the rule itself
	ByLevel   Reach = "level"   // its level in its pack
	ByDefault Reach = "default" // nobody decided
)

// URL is the rule's page.
func (r *Rule) URL() string { return "/alerts/rules/" + r.Ref }

// packRule makes a Rule of one of a pack.
func packRule(p *rulepack.Pack, r *rulepack.Rule) *Rule {
	out := &Rule{Ref: p.Name + "/" + r.Key, Pack: p.Name, Key: r.Key, Origin: FromSigma, Title: r.Title(), Level: r.Level(), Steps: r.Steps(),
		About: r.About, Feeds: r.Feeds, Sigma: r.Sigma, Correlation: r.Correlation}
	out.File, out.Line = r.Place()
	if r.Correlation != nil {
		out.Origin = FromCorrelation
	}
	out.Family = out.Ref
	if r.About != nil {
		out.Family, out.By = cmp.Or(r.About.Family, out.Ref), r.About.By
	}
	if out.Level == sigma.NoLevel {
		out.Level = sigma.Low // the specification lets it out; nobody is woken by it
	}
	return out
}

// Needs gives the settings that the rule names: all of them, and those of which
// one suffices.
func (r *Rule) Needs() (all, one []string) {
	if r.About == nil {
		return nil, nil
	}
	return r.About.Needs, r.About.NeedsAny
}
