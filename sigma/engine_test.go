package sigma_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/sigmatest"
)

// shapeOf makes a shape and values for an event; the fields named in fixed
// become fixed ones.
func shapeOf(e *sigma.Engine, sources []sigma.LogSource, event []sigma.Field, fixed map[string]bool) (*sigma.EngineShape, []sigma.Value) {
	var names []string
	var values []sigma.Value
	var known []sigma.Field
	for _, f := range event {
		if fixed[f.Name] {
			known = append(known, f)
			continue
		}
		names = append(names, f.Name)
		values = append(values, sigma.ValueOf(f.Value))
	}
	return e.Shape(sources, names, known), values
}

// oracle gives the rules that match, tried one by one.
func oracle(rules []*sigma.Rule, sources []sigma.LogSource, event []sigma.Field) []int32 {
	var hits []int32
	for i, r := range rules {
		if slices.ContainsFunc(sources, r.LogSource.Covers) && r.Matches(event) {
			hits = append(hits, int32(i))
		}
	}
	return hits
}

func newEngine(t testing.TB, rules []*sigma.Rule) *sigma.Engine {
	t.Helper()
	e, err := sigma.NewEngine(rules, sigma.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func windowsSources() []sigma.LogSource {
	return []sigma.LogSource{{Product: "windows", Service: "security"}, {Product: "windows", Category: "process_creation"}}
}

// compare runs n events against rules of one seed. Every event is tried with
// all its names and with names of others, fixed fields and none.
func compare(t *testing.T, seed uint64, n int) {
	t.Helper()
	g := sigmatest.New(seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var rules []*sigma.Rule
	for range 1 + r.IntN(30) {
		rules = append(rules, g.Rule())
	}
	e := newEngine(t, rules)
	m := e.NewMatcher()
	for range n {
		event := g.Event()
		if r.IntN(2) == 0 {
			event = g.EventFor(rules[r.IntN(len(rules))].Condition)
		}
		fixed := map[string]bool{}
		if r.IntN(2) == 0 {
			fixed["EventID"], fixed["Image"] = true, r.IntN(2) == 0
		}
		checkEvent(t, m, e, event, fixed)
	}
}

// checkEvent compares the engine's answer with the oracle's. Fixed fields count
// before others, so they go first in the event that the oracle sees.
func checkEvent(t *testing.T, m *sigma.Matcher, e *sigma.Engine, event []sigma.Field, fixed map[string]bool) {
	t.Helper()
	sources := windowsSources()
	shape, values := shapeOf(e, sources, event, fixed)
	for i, need := range shape.Needs() {
		if need == sigma.NeedNothing {
			values[i] = sigma.Value{Raw: []byte("not to be read"), Low: []byte("not to be read")}
		}
	}
	got := m.Match(shape, values, nil)
	slices.SortStableFunc(event, func(a, b sigma.Field) int { return order(fixed[a.Name]) - order(fixed[b.Name]) })
	if want := oracle(e.Rules(), sources, event); !slices.Equal(got, want) {
		t.Fatalf("engine %v, oracle %v\nevent %q fixed %v", got, want, event, fixed)
	}
}

func order(first bool) int {
	if first {
		return 0
	}
	return 1
}

func TestEngine_AgreesWithTheOracle(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		compare(t, seed, 100)
	}
}

func FuzzEngine(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { compare(t, seed, 50) })
}
