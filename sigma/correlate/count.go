package correlate

import (
	"strings"

	"github.com/torideproject/toride/sigma"
)

// count takes a hit into its group. holds says whether the condition is
// fulfilled by a window that the hit is in, end when that window ends.
func (s *State) count(g *group, h Hit, f feed, at int64) (end int64, number float64, holds bool) {
	k := g.counter
	before := g.newest
	if !k.judged && before != never && at < before-k.span-k.tolerance {
		s.stats.Late++
		return 0, 0, false
	}
	g.newest = max(before, at)
	g.first = min(g.first, at)
	switch {
	case k.Type == sigma.EventCount:
		return g.countEvents(at)
	case k.Type == sigma.ValueCount:
		return s.countValues(g, h, f, at)
	case k.Type.Temporal():
		return g.countRules(f, at, at > before)
	}
	return s.countNumbers(g, h, f, at)
}

func (g *group) countEvents(at int64) (end int64, number float64, holds bool) {
	k := g.counter
	if k.judged {
		g.count++
		return 0, 0, false
	}
	i := g.times.add(at)
	end, n, ok := g.times.fulfilled(i, k.need, k.span)
	gone := g.times.trim(g.newest-k.span-k.tolerance, k.keep)
	g.bytes += timeBytes * (1 - gone)
	return end, float64(n), ok
}

func (s *State) countValues(g *group, h Hit, f feed, at int64) (end int64, number float64, holds bool) {
	k := g.counter
	key, ok := appendKey(s.val[:0], h.Fields, f.fields)
	s.val = key
	if !ok {
		s.stats.NoValue++
		return 0, 0, false
	}
	g.bytes += g.values.add(key, shown(h.Fields, f.fields), at, g.newest)
	horizon := g.newest - k.span - k.tolerance
	if k.judged {
		horizon = never
	}
	freed, counted := g.values.trim(horizon, g.newest, k.keep)
	g.bytes -= freed
	if k.judged {
		s.stats.DroppedValues += uint64(counted)
		return 0, 0, false
	}
	n := g.values.live
	end = g.newest
	if at < g.newest {
		end, n = g.values.around(at)
	}
	return end, float64(n), n >= k.need
}

// shown gives the value for people.
func shown(fields Fields, names []string) string {
	if len(names) == 1 {
		v, _ := fields.Get(names[0])
		return v
	}
	var all []string
	for _, name := range names {
		v, _ := fields.Get(name)
		all = append(all, v)
	}
	return strings.Join(all, ", ")
}

func (s *State) countNumbers(g *group, h Hit, f feed, at int64) (end int64, number float64, holds bool) {
	k := g.counter
	v, _ := h.Fields.Get(f.fields[0])
	n, ok := sigma.ParseNumber(v)
	if !ok {
		s.stats.NoValue++
		return 0, 0, false
	}
	if !k.judged && at < g.newest-k.span {
		s.stats.Late++
		return 0, 0, false
	}
	sorted := needsSorted(k.Type)
	g.numbers.add(at, n, sorted)
	horizon := g.newest - k.span
	if k.judged {
		horizon = never
	}
	gone, forRoom := g.numbers.trim(horizon, k.keep)
	s.stats.DroppedValues += uint64(forRoom)
	g.bytes += numberBytes * (1 - gone)
	if k.judged {
		return 0, 0, false
	}
	number, ok = g.numbers.measure(k.Correlation)
	return g.newest, number, ok && k.Bounds.Hold(number)
}

// countRules takes a hit of a temporal correlation. inOrder says that every
// earlier hit of the group is older; hits of the same moment are not, as logs
// that write whole seconds do not tell their order.
func (g *group) countRules(f feed, at int64, inOrder bool) (end int64, number float64, holds bool) {
	k, m := g.counter, g.marks
	for _, place := range f.places {
		m.note(place, at)
		if m.chains != nil && inOrder {
			m.extend(place, at, k.span)
		}
	}
	switch {
	case k.judged:
		return 0, 0, false
	case m.chains != nil && inOrder:
		l := m.longest(at - k.span)
		return at, float64(l), k.together(l)
	case m.chains != nil:
		l, ended := m.replay(k.span, g.newest-2*k.span-k.tolerance)
		return ended, float64(l), k.together(l)
	case inOrder:
		n, ok := k.within(m, at-k.span, at)
		return at, float64(n), ok
	}
	for _, from := range append([]int64{at - k.span}, m.starts(at, k.span)...) {
		if n, ok := k.within(m, from, from+k.span); ok {
			return min(from+k.span, g.newest), float64(n), true
		}
	}
	return 0, 0, false
}

// within judges the rules that matched in a window.
func (k *counter) within(m *marks, from, to int64) (n int, ok bool) {
	n = m.count(from, to)
	if k.Together != nil {
		return n, k.Together.Holds(func(place int) bool { return m.seen(place, from, to) })
	}
	return n, k.together(n)
}

// together judges a number of rules: the bounds, or all of them.
func (k *counter) together(n int) bool {
	if len(k.Bounds) > 0 {
		return k.Bounds.Hold(float64(n))
	}
	return n == len(k.Rules)
}

// judge closes the window of a group, fires when its condition holds, and
// empties the group.
func (s *State) judge(g *group, dst []Firing) []Firing {
	k := g.counter
	number, holds := g.verdict()
	g.pending = false
	if holds {
		h := Hit{Fields: chained{}}
		if len(g.refs) > 0 {
			h.Ref = *g.latest(len(g.refs) - 1)
		}
		dst = s.held(g, h, g.first, number, dst)
		g.episode.last = max(g.episode.last, min(g.newest, g.first+k.span))
	}
	before := g.bytes
	g.refs, g.ref = g.refs[:0], 0
	g.bytes = groupBytes + 2*len(g.key) + g.empty()
	s.bytes += g.bytes - before
	return dst
}

// verdict measures a window that has passed.
func (g *group) verdict() (number float64, holds bool) {
	k := g.counter
	switch {
	case k.Type == sigma.EventCount:
		number = float64(g.count)
	case k.Type == sigma.ValueCount:
		number = float64(g.values.n)
	case k.Type == sigma.TemporalOrdered:
		n, _ := g.marks.replay(k.span, never)
		return float64(n), k.together(n)
	case k.Type == sigma.Temporal:
		n, ok := k.within(g.marks, never+1, forever)
		return float64(n), ok
	default:
		var ok bool
		if number, ok = g.numbers.measure(k.Correlation); !ok {
			return 0, false
		}
	}
	return number, k.Bounds.Hold(number)
}
