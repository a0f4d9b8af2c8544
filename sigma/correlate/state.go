package correlate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/sigma"
)

// State counts for a set of correlations. It is for one goroutine at a time.
type State struct {
	opts     Options
	counters []*counter
	rules    map[string]int // key of a rule or correlation → number
	keys     []string       // the other way
	feeds    [][]int        // by rule: the counters it feeds
	clock    int64          // of Advance
	swept    int64          // the clock when groups were last looked through
	order    uint64
	groups   int
	bytes    int
	stats    Stats
	crowded  []*counter // with more groups than one may have
	key, val []byte     // scratch
}

// New makes an empty state for correlations that Library.Link has put in
// order: one that counts another comes behind it. The error is a *sigma.Problem
// that names the correlation and what about it cannot be counted.
func New(correlations []*sigma.Correlation, o Options) (*State, error) {
	s := &State{opts: o.withDefaults(), rules: map[string]int{}, clock: never, swept: never}
	later := map[string]bool{}
	for _, c := range correlations {
		later[c.Key()] = true
	}
	for i, c := range correlations {
		k, err := newCounter(c, s.opts)
		if err != nil {
			return nil, err
		}
		k.at = i
		for place, key := range c.Rules {
			if later[key] {
				return nil, sigma.Problem{Code: sigma.Cycle, File: c.File, Line: c.Line, Rule: c.Key(), Construct: key}.Because(sigma.WhyCountsBehind)
			}
			rule := s.number(key)
			k.connect(rule, key, place)
			if !slices.Contains(s.feeds[rule], i) {
				s.feeds[rule] = append(s.feeds[rule], i)
			}
		}
		s.counters = append(s.counters, k)
		delete(later, c.Key())
		k.own = s.number(c.Key())
	}
	return s, nil
}

// number gives the number of a rule, a new one if need be.
func (s *State) number(key string) int {
	n, known := s.rules[key]
	if !known {
		n = len(s.feeds)
		s.rules[key] = n
		s.keys = append(s.keys, key)
		s.feeds = append(s.feeds, nil)
	}
	return n
}

// Rule gives the number under which hits of a rule are observed. ok is false
// when no correlation asks for it.
func (s *State) Rule(key string) (rule int, ok bool) {
	n, known := s.rules[key]
	return n, known && len(s.feeds[n]) > 0
}

// Observe takes a hit and appends the firings that begin with it. Cost: for
// each correlation that the rule feeds one look-up of its group, no allocation
// in a group that is known; with hits in their order the work does not grow
// with the window, except for percentiles and medians.
func (s *State) Observe(h Hit, dst []Firing) []Firing {
	if h.Rule < 0 || h.Rule >= len(s.feeds) || len(s.feeds[h.Rule]) == 0 {
		return dst
	}
	if h.Fields == nil {
		h.Fields = chained{}
	}
	at := nanoseconds(h.Time)
	if s.clock == never {
		s.clock = at
	}
	s.stats.Hits++
	for _, i := range s.feeds[h.Rule] {
		dst = s.take(s.counters[i], h, at, dst)
	}
	s.makeRoom()
	return dst
}

// take counts a hit in one correlation.
func (s *State) take(k *counter, h Hit, at int64, dst []Firing) []Firing {
	f := k.feeds[h.Rule]
	key, ok := appendKey(s.key[:0], h.Fields, f.group)
	s.key = key
	if !ok {
		s.stats.Ungrouped++
		return dst
	}
	g := k.groups[string(key)]
	known := g != nil
	if !known {
		g = k.newGroup(key, h, at)
		k.groups[g.key] = g
		s.groups++
		s.bytes += g.bytes
		s.toEnd(g)
		if len(k.groups) > s.opts.MaxGroupsEach {
			s.crowded = append(s.crowded, k)
		}
	}
	if g.pending && at > g.first+k.span {
		dst = s.judge(g, dst)
	}
	if !k.judged {
		g.touched, g.used = s.clock, known
	} else if !g.pending {
		g.pending, g.first, g.newest, g.touched = true, at, never, s.clock
		s.toEnd(g) // by the opening of their windows
	}
	before := g.bytes
	end, number, holds := s.count(g, h, f, at)
	g.remember(h.Ref, s.opts.MaxEvidence)
	s.bytes += g.bytes - before
	if holds {
		dst = s.held(g, h, end, number, dst)
	}
	return dst
}

// toEnd makes the group the last to be given up.
func (s *State) toEnd(g *group) {
	s.order++
	g.order, g.used = s.order, false
	g.counter.toEnd(g)
}

// held notes that a condition holds, fires when that begins an episode, and
// passes it on to the correlations that count this one.
func (s *State) held(g *group, h Hit, at int64, number float64, dst []Firing) []Firing {
	k := g.counter
	begins := g.hold(at, number)
	if begins {
		s.stats.Firings++
		dst = append(dst, s.firing(g))
	}
	inner := Hit{Rule: k.own, Time: instant(at), Ref: h.Ref}
	for _, i := range s.feeds[k.own] {
		outer := s.counters[i]
		// What goes on for hours must still be found by "and then", but is
		// counted once.
		if begins || outer.Type.Temporal() || outer.Type == sigma.ValueCount {
			inner.Fields = chained{group: k.group(g), event: h.Fields}
			dst = s.take(outer, inner, at, dst)
		}
	}
	return dst
}

// group gives the names and values of a group.
func (k *counter) group(g *group) []sigma.Field {
	var out []sigma.Field
	for i, name := range k.GroupBy {
		out = append(out, sigma.Field{Name: name, Value: g.labels[i]})
	}
	return out
}

func (s *State) firing(g *group) Firing {
	k, e := g.counter, g.episode
	f := Firing{Correlation: k.Correlation, Group: k.group(g), Began: instant(e.began), Last: instant(e.last),
		From: instant(max(g.first, e.began-k.span)), Number: e.number, Hits: e.hits, Refs: g.evidence()}
	if g.values != nil {
		f.Values = g.values.latest(s.opts.MaxEvidence)
	}
	return f
}

// Open gives the episodes that go on, with what was last counted. Cost: every
// group is looked at.
func (s *State) Open() []Firing {
	var out []Firing
	for _, k := range s.counters {
		for g := k.oldest; g != nil; g = g.next {
			if g.episode.open && g.touched+k.span+k.quiet+k.tolerance >= s.clock {
				out = append(out, s.firing(g))
			}
		}
	}
	return out
}

// Advance tells the state what time it is, by the clock of whoever receives the
// events: groups that can no longer count anything are forgotten, and judged
// windows that have passed are judged. The clock never goes back. Call it with
// every batch and every second or so without one; within the same second it
// does nothing.
func (s *State) Advance(now time.Time, dst []Firing) []Firing {
	s.clock = max(s.clock, nanoseconds(now))
	if s.clock < s.swept+int64(time.Second) {
		return dst
	}
	s.swept = s.clock
	for _, k := range s.counters {
		for g := k.oldest; g != nil; {
			next := g.next
			if g.used && g != k.newest {
				s.toEnd(g)
				g = next
				continue
			}
			if g.touched+k.span+k.tolerance >= s.clock {
				break
			}
			if g.pending {
				dst = s.judge(g, dst)
			}
			if g.over(s.clock) {
				s.drop(g)
			}
			g = next
		}
	}
	s.makeRoom()
	return dst
}

// makeRoom gives up groups until the limits hold. It is called when no group is
// in hand: a hit may go through several, one correlation counting another.
func (s *State) makeRoom() {
	for _, k := range s.crowded {
		for len(k.groups) > s.opts.MaxGroupsEach {
			s.giveUp(k.oldest)
		}
	}
	s.crowded = s.crowded[:0]
	for s.groups > s.opts.MaxGroups || s.bytes > s.opts.MaxBytes {
		var g *group
		for _, k := range s.counters {
			if o := k.oldest; o != nil && (g == nil || o.order < g.order) {
				g = o
			}
		}
		if g == nil {
			return
		}
		s.giveUp(g)
	}
}

// giveUp forgets a group, unless it was used since it was last looked at.
func (s *State) giveUp(g *group) {
	if g.used {
		s.toEnd(g)
		return
	}
	s.stats.EvictedGroups++
	if e := g.episode; e.open && g.touched+g.counter.quiet >= s.clock {
		s.stats.EvictedEpisodes++
	}
	s.drop(g)
}

func (s *State) drop(g *group) {
	k := g.counter
	k.unlink(g)
	delete(k.groups, g.key)
	s.groups--
	s.bytes -= g.bytes
	if len(k.spare) < maxSpare {
		k.spare = append(k.spare, g)
	}
}

// Stats gives the counts so far.
func (s *State) Stats() Stats {
	out := s.stats
	out.Groups, out.Bytes = s.groups, s.bytes
	return out
}

// String says in a line what the state holds, for a log.
func (x Stats) String() string {
	return strings.TrimSpace(fmt.Sprintf("%d hits, %d firings, %d groups, %d bytes, %d groups and %d episodes evicted, %d values dropped, %d late, %d ungrouped, %d without value",
		x.Hits, x.Firings, x.Groups, x.Bytes, x.EvictedGroups, x.EvictedEpisodes, x.DroppedValues, x.Late, x.Ungrouped, x.NoValue))
}
