package hunt

import (
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/correlate"
)

// ruleset is what all workers share.
type ruleset struct {
	engine *sigma.Engine
	rules  []*rulepack.Rule // by the engine's indices
	feeds  map[int32]*feeding
	state  *correlate.State
	byKey  map[string]*rulepack.Rule // correlations
	quiet  map[*rulepack.Rule]bool   // there only to be counted
	now    time.Time                 // of the run: year of dates without one
}

// feeding is a rule that correlations count.
type feeding struct {
	rule   int      // for correlate
	fields []string // that correlations ask for
}

// feed is an event that a correlation may count. Only what is asked for is
// kept of it.
type feed struct {
	rule   int
	time   time.Time
	fields []string
	values []string // "\x00" in front: there
	file   string
	record uint64
}

// Get gives the value of a field; it makes a feed what correlate asks.
func (f *feed) Get(name string) (string, bool) {
	i := slices.Index(f.fields, name)
	if i < 0 || f.values[i] == "" {
		return "", false
	}
	return f.values[i][1:], true
}

func (s *ruleset) feed(k *feeding, at time.Time, fields correlate.Fields, file string, record uint64) feed {
	f := feed{rule: k.rule, time: at, fields: k.fields, values: make([]string, len(k.fields)), file: file, record: record}
	for i, name := range k.fields {
		if v, ok := fields.Get(name); ok {
			f.values[i] = "\x00" + cut(strings.Clone(v))
		}
	}
	return f
}

// newRuleset makes an engine of the rules that packs hold, at or above a level.
func newRuleset(packs []*rulepack.Pack, least sigma.Level, only []string, now time.Time) (*ruleset, error) {
	s := &ruleset{quiet: map[*rulepack.Rule]bool{}, feeds: map[int32]*feeding{}, byKey: map[string]*rulepack.Rule{}, now: now}
	var rules []*sigma.Rule
	var library sigma.Library
	wanted := func(r *rulepack.Rule) bool {
		return !r.Feeds && r.Level() >= least && (len(only) == 0 || slices.Contains(only, r.Key))
	}
	counted := map[string]bool{} // by correlations that are wanted
	for _, p := range packs {
		for _, r := range p.Rules {
			if r.Correlation != nil && (wanted(r) || r.Feeds) {
				for _, key := range r.Correlation.Rules {
					counted[key] = true
				}
			}
		}
	}
	for _, p := range packs {
		for _, r := range p.Rules {
			if !wanted(r) && !counted[r.Key] && !(r.Correlation == nil && counted[r.Name()]) {
				continue
			}
			s.quiet[r] = !wanted(r)
			if r.Correlation != nil {
				s.byKey[r.Correlation.Key()] = r
				continue
			}
			rules, s.rules = append(rules, r.Sigma), append(s.rules, r)
		}
	}
	var err error
	if s.engine, err = sigma.NewEngine(rules, sigma.EngineOptions{}); err != nil {
		return nil, err
	}
	for _, p := range packs { // in the order of Link: one that counts another behind it
		for _, c := range p.Library.Correlations {
			if s.byKey[c.Key()] != nil {
				library.Correlations = append(library.Correlations, c)
			}
		}
	}
	if s.state, err = correlate.New(library.Correlations, correlate.Options{}); err != nil {
		return nil, err
	}
	fields := asked(library.Correlations)
	for i, r := range s.rules {
		if k, ok := s.state.Rule(r.Key); ok {
			s.feeds[int32(i)] = &feeding{k, fields}
		}
	}
	return s, nil
}

// asked lists the fields that correlations group by or count.
func asked(all []*sigma.Correlation) []string {
	set := map[string]bool{}
	for _, c := range all {
		for _, name := range slices.Concat(c.GroupBy, c.Fields) {
			set[name] = true
		}
		for _, alias := range c.Aliases {
			for _, field := range alias {
				set[field] = true
			}
		}
	}
	var out []string
	for name := range set {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// maxFeeds and maxFed bound what correlations are given afterwards, in events and
// in bytes of their values; beyond, the earliest inputs count and the report
// says so.
const (
	maxFeeds = 400_000
	maxFed   = 64 << 20
)

// size is how many bytes the values take.
func (f *feed) size() int {
	n := 0
	for _, v := range f.values {
		n += len(v) + 16
	}
	return n
}

// correlate counts what the rules fed, in the order of the events' own times,
// and gives the hits of correlations.
func (s *ruleset) correlate(feeds []feed) []Hit {
	slices.SortStableFunc(feeds, func(a, b feed) int { return a.time.Compare(b.time) })
	var out []Hit
	var firings []correlate.Firing
	take := func() {
		for _, f := range firings {
			rule := s.byKey[f.Correlation.Key()]
			if rule == nil || s.quiet[rule] {
				continue
			}
			out = append(out, s.correlated(rule, f))
		}
		firings = firings[:0]
	}
	for i := range feeds {
		f := &feeds[i]
		firings = s.state.Advance(f.time, firings)
		take()
		firings = s.state.Observe(correlate.Hit{Rule: f.rule, Time: f.time, Fields: f}, firings)
		from := len(out)
		take()
		for j := from; j < len(out); j++ {
			out[j].File, out[j].Record = f.file, f.record
		}
	}
	if n := len(feeds); n > 0 {
		firings = s.state.Advance(feeds[n-1].time.Add(366*24*time.Hour), firings)
		take()
	}
	return out
}

func (s *ruleset) correlated(rule *rulepack.Rule, f correlate.Firing) Hit {
	h := Hit{Rule: rule, Time: f.Last, Count: int(f.Number)}
	var group []string
	for _, g := range f.Group {
		group = append(group, g.Name+"="+g.Value)
		switch g.Name {
		case "Computer", "host.name":
			h.Host = g.Value
		case "TargetUserName", "user.name":
			h.User = g.Value
		case "IpAddress", "source.ip":
			h.Source = g.Value
		}
	}
	h.Group = strings.Join(group, " ")
	return h
}
