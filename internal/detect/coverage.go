package detect

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/detect/match"
	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/detect/setting"
	"github.com/torideproject/toride/sigma"
)

// Reachable says whether a rule can fire with the entries that arrive.
type Reachable string

// What can be said, the best first.
const (
	Fires  Reachable = "fires"  // entries that could match came in the last day
	Ready  Reachable = "ready"  // its settings are on; what it looks for did not happen
	Lately Reachable = "lately" // such entries came in the last week, but not in the last day
	Lacks  Reachable = "lacks"  // the log arrives, but without what the rule looks at
	Absent Reachable = "absent" // the log does not arrive
)

func (r Reachable) rank() int {
	return slices.Index([]Reachable{Fires, Ready, Lately, Lacks, Absent}, r)
}

// Can reports whether the rule would notice.
func (r Reachable) Can() bool { return r == Fires || r == Ready }

// Cover is the coverage of one rule.
type Cover struct {
	Rule   *Rule
	State  Reachable
	Fields []string // that never had a value although the log arrives
	Needs  []string // settings that would help, the first to switch on first
}

// SettingState says whether a setting is on, as far as entries show.
type SettingState string

// What entries show of a setting.
const (
	SettingOn      SettingState = "on"      // its entries came in the last week
	SettingOff     SettingState = "off"     // its log arrives, its entries do not
	SettingRare    SettingState = "rare"    // its entries are rare: nothing can be said
	SettingBlocked SettingState = "blocked" // another setting has to be on first
)

// Lacking is a setting that is not on, and what switching it on would bring.
type Lacking struct {
	Setting setting.Setting
	State   SettingState
	Rules   int // rules that are on and would be able to fire
	Off     int // rules that are off and would be able to fire
	Steps   []rulepack.Step
}

// Coverage is what can be noticed with the entries that arrive.
type Coverage struct {
	At      time.Time
	Seen    []match.Seen // what arrived in the last week
	Covers  []Cover      // by rule
	Lacking []Lacking    // most worth first
	byRef   map[string]int
	states  map[string]SettingState
}

// Rule gives the coverage of a rule.
func (c *Coverage) Rule(ref string) (Cover, bool) {
	i, ok := c.byRef[ref]
	if !ok {
		return Cover{}, false
	}
	return c.Covers[i], true
}

// Setting gives the state of a setting.
func (c *Coverage) Setting(id string) SettingState { return c.states[id] }

const (
	aDay  = 24 * time.Hour
	aWeek = 7 * aDay
)

// coverages keeps the last one: making it costs a look at every rule beside
// every shape, some 50 ms.
type coverages struct {
	mu   sync.Mutex
	last *Coverage
	set  *ruleset
}

// coverageAge is for how long a coverage is shown again.
const coverageAge = time.Minute

// Coverage says what can be noticed. It is at most a minute old.
func (d *Desk) Coverage() *Coverage {
	d.covered.mu.Lock()
	defer d.covered.mu.Unlock()
	now, set := d.cfg.Clock(), d.rules.Load()
	if c := d.covered.last; c != nil && d.covered.set == set && now.Sub(c.At) < coverageAge && !now.Before(c.At) {
		return c
	}
	d.covered.last, d.covered.set = makeCoverage(set, d.census.List(), d.settings, now), set
	return d.covered.last
}

func makeCoverage(set *ruleset, seen []match.Seen, settings *setting.Catalogue, now time.Time) *Coverage {
	c := &Coverage{At: now, byRef: map[string]int{}, states: map[string]SettingState{}}
	for _, s := range seen {
		if now.Sub(s.Last) < aWeek {
			s.Index()
			c.Seen = append(c.Seen, s)
		}
	}
	for _, s := range settings.List() {
		c.settle(s, settings, now)
	}
	for _, r := range set.rules {
		if r.Origin != FromCorrelation {
			c.add(c.cover(r, settings, now))
		}
	}
	for _, r := range set.rules {
		if r.Origin == FromCorrelation {
			c.add(c.correlation(r, set))
		}
	}
	c.lacking(settings)
	return c
}

func (c *Coverage) add(x Cover) {
	c.byRef[x.Rule.Ref] = len(c.Covers)
	c.Covers = append(c.Covers, x)
}

// settle finds the state of a setting, and before it that of the one it needs.
func (c *Coverage) settle(s setting.Setting, settings *setting.Catalogue, now time.Time) SettingState {
	if state, done := c.states[s.ID]; done {
		return state
	}
	c.states[s.ID] = SettingBlocked // ends a circle
	state := SettingOff
	switch {
	case c.shown(s, now):
		state = SettingOn
	case s.After != "":
		before, _ := settings.Get(s.After)
		if c.settle(before, settings, now) != SettingOn {
			state = SettingBlocked
		} else if s.Rare {
			state = SettingRare
		}
	}
	c.states[s.ID] = state
	return state
}

// shown says whether entries that only come when the setting is on came in the
// last week.
func (c *Coverage) shown(s setting.Setting, now time.Time) bool {
	return slices.ContainsFunc(s.Signs, func(sign setting.Sign) bool {
		return slices.ContainsFunc(c.Seen, func(seen match.Seen) bool { return shows(sign, &seen, now) })
	})
}

func shows(sign setting.Sign, s *match.Seen, now time.Time) bool {
	source := sigma.LogSource{Product: sign.Product, Service: sign.Service, Category: sign.Category}
	if !slices.ContainsFunc(s.Sources, source.Covers) {
		return false
	}
	if sign.Provider != "" && !strings.EqualFold(sign.Provider, s.Provider) {
		return false
	}
	if sign.Field != "" && !s.Has(sign.Field) {
		return false
	}
	if len(sign.Codes) == 0 {
		return true
	}
	return slices.ContainsFunc(sign.Codes, func(code string) bool {
		at, came := s.Codes[code]
		return came && now.Sub(at) < aWeek
	})
}

// cover finds what can be said of a rule that looks at single entries.
func (c *Coverage) cover(r *Rule, settings *setting.Catalogue, now time.Time) Cover {
	x := Cover{Rule: r, State: Absent}
	if r.Sigma != nil {
		for i := range c.Seen {
			s := &c.Seen[i]
			if !match.Concerns(r.Sigma.LogSource, s) {
				continue
			}
			x.better(Lacks)
			if match.Possible(r.Sigma, s) {
				x.better(Lately)
				if now.Sub(s.Last) < aDay {
					x.better(Fires)
				}
			}
		}
	}
	all, one := r.Needs()
	ready, missing := c.needs(all, one)
	if ready && len(all)+len(one) > 0 {
		x.better(Ready)
	}
	if r.Origin == FromWatch && len(all)+len(one) == 0 {
		x.State = Ready // it hears of what other parts of Toride notice
	}
	if x.State.Can() {
		return x
	}
	x.Needs = missing
	if r.Sigma != nil {
		if x.State == Lacks {
			x.Fields = c.fields(r)
		}
		if len(all)+len(one) == 0 {
			x.Needs = c.helps(r, x, settings)
		}
	}
	return x
}

func (x *Cover) better(s Reachable) {
	if s.rank() < x.State.rank() {
		x.State = s
	}
}

// needs says whether the settings that a rule names are on, or rare and
// possible, and which are not.
func (c *Coverage) needs(all, one []string) (ready bool, missing []string) {
	ok := func(id string) bool { s := c.states[id]; return s == SettingOn || s == SettingRare }
	for _, id := range all {
		if !ok(id) {
			missing = append(missing, id)
		}
	}
	ready = len(missing) == 0
	if len(one) > 0 && !slices.ContainsFunc(one, ok) {
		ready, missing = false, append(missing, one...)
	}
	return ready, missing
}

// fields names what the entries of the rule's log never had a value of.
func (c *Coverage) fields(r *Rule) []string {
	var out []string
	for i := range c.Seen {
		for _, f := range match.Lacks(r.Sigma, &c.Seen[i]) {
			if !slices.Contains(out, f) && len(out) < 8 {
				out = append(out, f)
			}
		}
	}
	slices.Sort(out)
	return out
}

// helps finds settings for a rule whose author named none: those whose entries
// belong to the rule's log source, or have the field that is missing.
func (c *Coverage) helps(r *Rule, x Cover, settings *setting.Catalogue) []string {
	var out []string
	for _, s := range settings.List() {
		if state := c.states[s.ID]; state == SettingOn {
			continue
		}
		fits := slices.ContainsFunc(s.Signs, func(sign setting.Sign) bool {
			source := sigma.LogSource{Product: sign.Product, Service: sign.Service, Category: sign.Category}
			if !r.Sigma.LogSource.Covers(source) {
				return false
			}
			if x.State == Lacks {
				return sign.Field != "" && slices.Contains(x.Fields, sign.Field)
			}
			return sign.Field == ""
		})
		if fits {
			out = append(out, s.ID)
		}
	}
	if x.State == Absent && len(out) == 0 {
		for _, s := range settings.List() { // at least the log of that product
			if s.After == "" && c.states[s.ID] != SettingOn && s.Signs[0].Product != "" && s.Signs[0].Product == r.Sigma.LogSource.Product {
				out = append(out, s.ID)
			}
		}
	}
	return out
}

// correlation is as reachable as the rules it counts: all of them where they
// must come together, the best of them otherwise.
func (c *Coverage) correlation(r *Rule, set *ruleset) Cover {
	x := Cover{Rule: r, State: Absent}
	together := r.Correlation.Type.Temporal()
	if together {
		x.State = Fires
	}
	for _, key := range r.Correlation.Rules {
		place, ok := set.byKey[r.Pack][key]
		if !ok {
			continue
		}
		inner, known := c.Rule(set.rules[place].Ref)
		if !known {
			continue // a correlation of correlations, which stands behind
		}
		if together && inner.State.rank() > x.State.rank() || !together && inner.State.rank() < x.State.rank() {
			x.State = inner.State
		}
		for _, id := range inner.Needs {
			if !slices.Contains(x.Needs, id) {
				x.Needs = append(x.Needs, id)
			}
		}
	}
	all, one := r.Needs()
	if ready, missing := c.needs(all, one); len(all)+len(one) > 0 {
		if ready {
			x.better(Ready)
		}
		x.Needs = missing
	}
	if x.State.Can() {
		x.Needs = nil
	}
	return x
}

// lacking counts, for each setting that is not on, the rules that wait for it.
func (c *Coverage) lacking(settings *setting.Catalogue) {
	at := map[string]int{}
	for _, s := range settings.List() {
		if state := c.states[s.ID]; state != SettingOn {
			at[s.ID] = len(c.Lacking)
			c.Lacking = append(c.Lacking, Lacking{Setting: s, State: state})
		}
	}
	for i := range c.Covers {
		x := &c.Covers[i]
		for _, id := range c.withBefore(x.Needs, settings) {
			j, known := at[id]
			if !known || x.Rule.Feeds {
				continue
			}
			l := &c.Lacking[j]
			if x.Rule.On {
				l.Rules++
				for _, s := range x.Rule.Steps {
					if !slices.Contains(l.Steps, s) {
						l.Steps = append(l.Steps, s)
					}
				}
			} else {
				l.Off++
			}
		}
	}
	for i := range c.Lacking {
		slices.Sort(c.Lacking[i].Steps)
	}
	slices.SortStableFunc(c.Lacking, func(a, b Lacking) int {
		return cmp.Or(blocked(a)-blocked(b), cmp.Compare(b.Rules, a.Rules), cmp.Compare(len(b.Steps), len(a.Steps)), cmp.Compare(b.Off, a.Off))
	})
}

// withBefore adds the settings that have to be on before those named, so that
// who has nothing yet is told where to begin.
func (c *Coverage) withBefore(ids []string, settings *setting.Catalogue) []string {
	out := slices.Clone(ids)
	for i := 0; i < len(out); i++ {
		s, ok := settings.Get(out[i])
		if ok && s.After != "" && c.states[s.After] != SettingOn && !slices.Contains(out, s.After) {
			out = append(out, s.After)
		}
	}
	return out
}

// blocked puts settings that need another one behind it.
func blocked(l Lacking) int {
	switch {
	case l.Rules+l.Off == 0:
		return 2
	case l.State == SettingBlocked:
		return 1
	}
	return 0
}
