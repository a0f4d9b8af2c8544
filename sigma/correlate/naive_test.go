package correlate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/torideproject/toride/sigma"
)

// naive keeps every hit for ever and asks the specification's question anew for
// each one: does the condition hold in a window that this hit is in?
type naive struct {
	c    *sigma.Correlation
	hits map[string][]naiveHit
	held map[string]int64 // when the group's episode last held
}

type naiveHit struct {
	at    int64
	place int
	value string
}

func (n *naive) observe(x step) bool {
	at := int64(x.at * 1e9)
	all := append(n.hits[x.user], naiveHit{at, slices.Index(n.c.Rules, x.rule), x.value})
	slices.SortStableFunc(all, func(a, b naiveHit) int { return int(a.at - b.at) })
	n.hits[x.user] = all
	end, ok := n.holds(all, at)
	if !ok {
		return false
	}
	last, open := n.held[x.user]
	begins := !open || end > last+int64(n.c.Timespan)
	n.held[x.user] = max(last, end)
	return begins
}

// holds tries each window that ends with a hit and takes at in.
func (n *naive) holds(all []naiveHit, at int64) (end int64, ok bool) {
	span := int64(n.c.Timespan)
	for _, last := range all {
		if last.at < at || last.at > at+span {
			continue
		}
		var in []naiveHit
		for _, h := range all {
			if last.at-span <= h.at && h.at <= last.at {
				in = append(in, h)
			}
		}
		if n.fulfilled(in) {
			return last.at, true
		}
	}
	return 0, false
}

func (n *naive) fulfilled(in []naiveHit) bool {
	values, places := map[string]bool{}, map[int]bool{}
	sum := 0.0
	for _, h := range in {
		values[h.value] = true
		places[h.place] = true
		f, _ := strconv.ParseFloat(h.value, 64)
		sum += f
	}
	switch n.c.Type {
	case sigma.EventCount:
		return n.c.Bounds.Hold(float64(len(in)))
	case sigma.ValueCount:
		return n.c.Bounds.Hold(float64(len(values)))
	case sigma.ValueSum:
		return n.c.Bounds.Hold(sum)
	case sigma.ValueAvg:
		return n.c.Bounds.Hold(sum / float64(len(in)))
	case sigma.Temporal:
		return len(places) == len(n.c.Rules)
	}
	return chain(in, 0, len(n.c.Rules))
}

// chain looks for the rules in their order, by trying. The last of the chain has
// to be the last of the window.
func chain(in []naiveHit, place, rules int) bool {
	if place == rules {
		return true
	}
	for i, h := range in {
		if h.place == place && chain(in[i+1:], place+1, rules) {
			return true
		}
	}
	return false
}

// Hits in their order: every type fires at the same hits as the naive count.
func TestObserve_LikeTheNaiveCount(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		kinds := []sigma.CorrelationType{sigma.EventCount, sigma.ValueCount, sigma.ValueSum, sigma.ValueAvg, sigma.Temporal, sigma.TemporalOrdered}
		kind := kinds[r.IntN(len(kinds))]
		bounds := fmt.Sprintf("gte=%d", 2+r.IntN(6+20*r.IntN(2)))
		rules := []string{"a", "b", "c"}[:1+r.IntN(3)]
		if kind.Temporal() {
			bounds = ""
		}
		c := count(kind, time.Duration(5+r.IntN(60))*time.Second, bounds, rules...)
		s := newState(t, Options{}, c)
		n := &naive{c: c, hits: map[string][]naiveHit{}, held: map[string]int64{}}
		var steps []step
		at := 0.0
		for range 300 {
			at += 0.05 * float64(1+r.IntN(60)) // never twice the same moment: order would be chance
			steps = append(steps, step{at, rules[r.IntN(len(rules))], string(rune('x' + r.IntN(3))), strconv.Itoa(r.IntN(40))})
		}
		for i, x := range steps {
			got, wanted := len(play(t, s, steps[i:i+1])) > 0, n.observe(x)
			if got != wanted {
				t.Fatalf("seed %d, %v %s in %v: step %d (%+v) fired %v, naive %v", seed, kind, bounds, c.Timespan, i, x, got, wanted)
			}
		}
	}
}

// Hits out of their order by less than the tolerance: counts and values are
// found all the same. Times are apart so that episodes do not touch.
func TestObserve_OutOfOrderLikeTheNaiveCount(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		kind := []sigma.CorrelationType{sigma.EventCount, sigma.ValueCount, sigma.Temporal, sigma.TemporalOrdered}[r.IntN(4)]
		rules, bounds := []string{"a"}, fmt.Sprintf("gte=%d", 2+r.IntN(5))
		if kind.Temporal() {
			rules, bounds = []string{"a", "b", "c"}, ""
		}
		c := count(kind, 30*time.Second, bounds, rules...)
		s := newState(t, Options{Tolerance: time.Minute}, c)
		n := &naive{c: c, hits: map[string][]naiveHit{}, held: map[string]int64{}}
		var steps []step
		for i := range 12 {
			steps = append(steps, step{float64(i)*3 + r.Float64(), rules[r.IntN(len(rules))], "x", strconv.Itoa(i)})
		}
		r.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		got, wanted := play(t, s, steps), 0
		for _, x := range steps {
			if n.observe(x) {
				wanted++
			}
		}
		if (len(got) > 0) != (wanted > 0) {
			t.Fatalf("seed %d: %v fired %v, naive %d times: %+v", seed, kind, got, wanted, steps)
		}
	}
}
