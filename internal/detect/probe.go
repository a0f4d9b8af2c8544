package detect

import (
	"github.com/torideproject/toride/internal/detect/match"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/correlate"
)

// probe evaluates some rules apart from what is going on, for trials and for
// going back over stored days.
type probe struct {
	desk    *Desk
	wanted  map[string]bool // by Ref
	rules   []*Rule         // by the engine's index
	looker  *match.Looker
	correl  map[string]*correlator
	set     *ruleset
	hits    []int32
	firings []correlate.Firing
	// found is called for each finding of a wanted rule. The event is valid
	// during the call only; it is nil where time completed a correlation.
	found func(r *Rule, e *event.Event, f *correlate.Firing)
}

// newProbe makes a probe for Sigma rules and correlations. Watches cannot be
// tried on stored days: what the register said then is not known.
func (d *Desk) newProbe(refs []string) (*probe, error) {
	p := &probe{desk: d, wanted: map[string]bool{}, correl: map[string]*correlator{}, set: d.rules.Load()}
	packs := map[string]bool{}
	for _, ref := range refs {
		r := p.set.byRef[ref]
		if r == nil {
			return nil, fault.New(fault.NotFound, "detect.rule.none")
		}
		if r.Origin == FromWatch {
			continue
		}
		p.wanted[ref] = true
		packs[r.Pack] = packs[r.Pack] || r.Origin == FromCorrelation
	}
	if len(p.wanted) == 0 {
		return nil, fault.New(fault.Conflict, "detect.trial.watch")
	}
	var engineRules []*sigma.Rule
	for _, r := range p.set.rules {
		if r.Sigma != nil && (p.wanted[r.Ref] || packs[r.Pack] && p.feeds(r)) {
			p.rules = append(p.rules, r)
			engineRules = append(engineRules, r.Sigma)
		}
	}
	engine, err := sigma.NewEngine(engineRules, sigma.EngineOptions{})
	if err != nil {
		return nil, err
	}
	p.looker = match.NewLooker(engine, match.NewCensus(nil), nil)
	for name, counts := range packs {
		if !counts {
			continue
		}
		pack := p.set.pack(name)
		state, err := correlate.New(pack.Library.Correlations, correlOptions())
		if err != nil {
			return nil, err
		}
		p.correl[name] = &correlator{digest: pack.Digest, state: state}
	}
	return p, nil
}

// feeds says whether a correlation of the rule's pack counts it.
func (p *probe) feeds(r *Rule) bool {
	for _, c := range p.set.pack(r.Pack).Library.Correlations {
		for _, key := range c.Rules {
			if key == r.name() {
				return true
			}
		}
	}
	return false
}

// take evaluates a batch.
func (p *probe) take(events []event.Event) {
	if n := len(events); n > 0 {
		for name, c := range p.correl {
			p.firings = c.state.Advance(events[n-1].Received, p.firings[:0])
			p.fire(name, nil)
		}
	}
	for i := range events {
		e := &events[i]
		p.hits, _ = p.looker.Match(e, p.hits[:0])
		for _, hit := range p.hits {
			p.matched(p.rules[hit], e)
		}
	}
}

func (p *probe) matched(r *Rule, e *event.Event) {
	if c := p.correl[r.Pack]; c != nil {
		if n, ok := c.state.Rule(r.name()); ok {
			p.firings = c.state.Observe(correlate.Hit{Rule: n, Time: e.Time, Fields: match.Fields{Event: e}, Ref: refOf(e.At)}, p.firings[:0])
			p.fire(r.Pack, e)
		}
	}
	if p.wanted[r.Ref] {
		p.found(r, e, nil)
	}
}

func (p *probe) fire(pack string, e *event.Event) {
	for i := range p.firings {
		place, ok := p.set.byKey[pack][p.firings[i].Correlation.Key()]
		if ok && p.wanted[p.set.rules[place].Ref] {
			p.found(p.set.rules[place], e, &p.firings[i])
		}
	}
}
