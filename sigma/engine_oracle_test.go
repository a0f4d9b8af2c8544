package sigma_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/sigmatest"
)

// The engine gives the oracle's answers for every event of the logs and every
// rule of its log sources; the other rules are not asked. The work is shared
// by all processors.
func TestEngine_AgreesWithTheOracleOnRealLogs(t *testing.T) {
	t.Parallel()
	c := newCorpus(t, sigma.EngineOptions{})
	step := 1
	if testing.Short() {
		step = 16
	}
	var next, pairs, hits atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			m := c.engine.NewMatcher()
			for i := int(next.Add(1)-1) * step; i < len(c.events) && !t.Failed(); i = int(next.Add(1)-1) * step {
				l := c.events[i]
				got := m.Match(c.shapes[i], l.values, nil)
				want, asked := oracleOn(c.engine.Rules(), l)
				if !slices.Equal(got, want) {
					t.Errorf("event %d %v: engine %v, oracle %v", i, l.fixed, titles(c.engine, got), titles(c.engine, want))
				}
				pairs.Add(int64(asked))
				hits.Add(int64(len(got)))
			}
		})
	}
	all.Wait()
	t.Logf("%d rules, %d events of %d kinds: %d pairs compared, %d hits", len(c.engine.Rules()), len(c.events)/step, c.kinds, pairs.Load(), hits.Load())
	if hits.Load() == 0 {
		t.Error("nothing was found")
	}
}

func oracleOn(rules []*sigma.Rule, l *logged) (hits []int32, asked int) {
	fields := l.fields()
	for i, r := range rules {
		if !slices.ContainsFunc(l.sources, r.LogSource.Covers) {
			continue
		}
		asked++
		if r.Matches(fields) {
			hits = append(hits, int32(i))
		}
	}
	return hits, asked
}

func titles(e *sigma.Engine, hits []int32) []string {
	var out []string
	for _, h := range hits {
		out = append(out, fmt.Sprintf("%d %s", h, e.Rules()[h].Title))
	}
	return out
}

// Most public rules match nothing in the logs, so an event is made for each of
// them; the engine gives the oracle's answers there too.
func TestEngine_AgreesWithTheOracleOnMadeUpEvents(t *testing.T) {
	t.Parallel()
	rules := windowsRules(t)
	e := newEngine(t, rules, sigma.EngineOptions{})
	step := 1
	if testing.Short() {
		step = 16
	}
	var next, matched atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			m := e.NewMatcher()
			for i := int(next.Add(1)-1) * step; i < len(rules) && !t.Failed(); i = int(next.Add(1)-1) * step {
				sources := []sigma.LogSource{rules[i].LogSource}
				event := sigmatest.New(uint64(i)).EventFor(rules[i].Condition)
				fixed := map[string]bool{"EventID": i%2 == 0, "Provider_Name": i%3 == 0}
				slices.SortStableFunc(event, func(a, b sigma.Field) int { return order(fixed[a.Name]) - order(fixed[b.Name]) })
				shape, values := shapeOf(e, sources, event, fixed)
				got, want := m.Match(shape, values, nil), oracle(rules, sources, event)
				if !slices.Equal(got, want) {
					t.Errorf("%s: engine %v, oracle %v\nevent %q", rules[i].Title, titles(e, got), titles(e, want), event)
				}
				if slices.Contains(got, int32(i)) {
					matched.Add(1)
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d of %d rules matched the event made for them", matched.Load(), len(rules)/step)
	if int(matched.Load()) < len(rules)/step/3 {
		t.Error("too few")
	}
}

// Nothing is allocated for an event once the kinds of events have been seen.
func TestMatcher_AllocatesNothing(t *testing.T) {
	c := newCorpus(t, sigma.EngineOptions{})
	m := c.engine.NewMatcher()
	var dst []int32
	pass := func() {
		for i, l := range c.events {
			dst = m.Match(c.shapes[i], l.values, dst[:0])
		}
	}
	pass()
	pass()
	if n := testing.AllocsPerRun(1, pass); n > 0 {
		t.Errorf("%.0f allocations for %d events", n, len(c.events))
	}
}

// The answers are the same whatever the order in which kinds of events were
// first met, and with or without a memo.
func TestEngine_OrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rules, events := windowsRules(t), windowsEvents(t)
	answers := func(options sigma.EngineOptions, order func(i int) int) [][]int32 {
		e := newEngine(t, rules, options)
		m := e.NewMatcher()
		out := make([][]int32, len(events))
		known := map[string]*sigma.EngineShape{}
		for i := range events {
			at := order(i)
			l := events[at]
			if known[l.key()] == nil {
				known[l.key()] = e.Shape(l.sources, l.names, l.fixed)
			}
			out[at] = m.Match(known[l.key()], l.values, nil)
		}
		return out
	}
	want := answers(sigma.EngineOptions{}, func(i int) int { return i })
	for name, got := range map[string][][]int32{
		"backwards, no memo":        answers(sigma.EngineOptions{MemoBytes: -1}, func(i int) int { return len(events) - 1 - i }),
		"mixed, without variants":   answers(sigma.EngineOptions{MaxVariants: -1}, func(i int) int { return i * 4091 % len(events) }),
		"mixed, memo of 64 kB only": answers(sigma.EngineOptions{MemoBytes: 1 << 16}, func(i int) int { return i * 1009 % len(events) }),
	} {
		for i := range want {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("%s: event %d: %v, before %v", name, i, got[i], want[i])
			}
		}
	}
}

// What all kinds of events need together.
func TestEngine_Memory(t *testing.T) {
	rules, events := windowsRules(t), windowsEvents(t)
	e := newEngine(t, rules, sigma.EngineOptions{})
	begin := heapOf()
	var shapes []*sigma.EngineShape
	for n := range 8 { // eight times as many kinds as the logs have
		known := map[string]bool{}
		for _, l := range events {
			if key := l.key(); !known[key] {
				known[key] = true
				shapes = append(shapes, e.Shape(l.sources, append(slices.Clone(l.names), fmt.Sprint("n", n)), l.fixed))
			}
		}
	}
	took := int64(heapOf()) - int64(begin)
	t.Logf("%d shapes: %d kB", len(shapes), took>>10)
	if took > 50<<20 {
		t.Errorf("%d shapes take %d MB", len(shapes), took>>20)
	}
	for _, alive := range []any{shapes, events, rules, e} {
		runtime.KeepAlive(alive)
	}
}
