package sigma_test

import (
	"math/rand/v2"
	"regexp"
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

// numberLike is what a parser may leave out where only keywords are asked for.
var numberLike = regexp.MustCompile(`^(?i:-?[0-9.]+|0x[0-9a-f]+|s-1-[0-9-]+|\{?[0-9a-f-]{36}\}?|\d{4}-\d\d-\d\d[T ][0-9:.]+(Z|[+-][0-9:]+)?)$`)

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

func newEngine(t testing.TB, rules []*sigma.Rule, options sigma.EngineOptions) *sigma.Engine {
	t.Helper()
	e, err := sigma.NewEngine(rules, options)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func windowsSources() []sigma.LogSource {
	return []sigma.LogSource{{Product: "windows", Service: "security"}, {Product: "windows", Category: "process_creation"}}
}

func randomRules(g *sigmatest.Generator, n int) []*sigma.Rule {
	var rules []*sigma.Rule
	for range n {
		rules = append(rules, g.Rule())
	}
	return rules
}

// compare runs n events of one seed against rules of the same seed, some with
// fixed fields, some with values that no rule asks for spoiled, some with names
// that occur twice.
func compare(t *testing.T, seed uint64, n int) (hits int) {
	t.Helper()
	g, r := sigmatest.New(seed), rand.New(rand.NewPCG(seed, 1))
	rules := randomRules(g, 1+r.IntN(30))
	options := sigma.EngineOptions{MaxVariants: []int{0, -1, 2}[r.IntN(3)], MemoBytes: []int{0, -1, 1 << 16}[r.IntN(3)]}
	e := newEngine(t, rules, options)
	m := e.NewMatcher()
	var before []sigma.Field
	for range n {
		event := g.Event()
		switch r.IntN(4) {
		case 0, 1:
			event = g.EventFor(rules[r.IntN(len(rules))].Condition)
		case 2:
			event = append(event, before...)
		}
		before = event[:min(len(event), 12)]
		fixed := map[string]bool{}
		if r.IntN(2) == 0 {
			fixed["EventID"], fixed["Image"] = true, r.IntN(2) == 0
		}
		hits += checkEvent(t, m, e, slices.Clone(event), fixed)
	}
	return hits
}

// checkEvent compares the engine's answer with the oracle's. Fixed fields count
// before others, so they go first in the event that the oracle sees.
func checkEvent(t *testing.T, m *sigma.Matcher, e *sigma.Engine, event []sigma.Field, fixed map[string]bool) int {
	t.Helper()
	sources := windowsSources()
	shape, values := shapeOf(e, sources, event, fixed)
	for i, need := range shape.Needs() {
		switch {
		case need == sigma.NeedNothing:
			values[i] = sigma.Value{Raw: []byte("not to be read"), Low: []byte("not to be read")}
		case need == sigma.NeedText && numberLike.Match(values[i].Raw):
			values[i] = sigma.Value{}
		}
	}
	got := m.Match(shape, values, nil)
	slices.SortStableFunc(event, func(a, b sigma.Field) int { return order(fixed[a.Name]) - order(fixed[b.Name]) })
	if want := oracle(e.Rules(), sources, event); !slices.Equal(got, want) {
		t.Fatalf("engine %v, oracle %v\nevent %q fixed %v", got, want, event, fixed)
	}
	if able := shape.AppendRules(nil); len(got) > 0 && (shape.Empty() || !slices.ContainsFunc(able, func(r int32) bool { return r == got[0] })) {
		t.Fatalf("hit by %d, which is not among %v (empty: %v)", got[0], able, shape.Empty())
	}
	return len(got)
}

func order(first bool) int {
	if first {
		return 0
	}
	return 1
}

func TestEngine_AgreesWithTheOracle(t *testing.T) {
	t.Parallel()
	hits := 0
	for seed := range uint64(400) {
		hits += compare(t, seed, 100)
	}
	if hits < 10_000 {
		t.Errorf("only %d hits", hits)
	}
}

func FuzzEngine(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { compare(t, seed, 50) })
}

// Names that occur twice: the first that is present counts, wherever the
// values' spare bytes are missing.
func TestEngine_NamesTwice(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 12))
	for seed := range uint64(200) {
		g := sigmatest.New(seed)
		e := newEngine(t, randomRules(g, 20), sigma.EngineOptions{})
		m := e.NewMatcher()
		for range 20 {
			event := append(g.Event(), g.Event()...)
			names, values := []string{}, []sigma.Value{}
			var there []sigma.Field
			for _, f := range event {
				v := sigma.Value{}
				if r.IntN(3) > 0 {
					there = append(there, f)
					v = sigma.ValueOf(f.Value)
					v.Low = slices.Clip(v.Low)
				}
				names, values = append(names, f.Name), append(values, v)
			}
			for len(values) > 0 && values[len(values)-1].Raw == nil {
				values = values[:len(values)-1] // missing is absent
			}
			got := m.Match(e.Shape(windowsSources(), names, nil), values, nil)
			if want := oracle(e.Rules(), windowsSources(), there); !slices.Equal(got, want) {
				t.Fatalf("engine %v, oracle %v\nevent %q", got, want, there)
			}
		}
	}
}

func TestEngine_Empty(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules   []*sigma.Rule
		sources []sigma.LogSource
	}{
		"no rules":   {nil, windowsSources()},
		"no sources": {[]*sigma.Rule{ruleOf(&sigma.Expr{Op: sigma.True})}, nil},
		"never true": {[]*sigma.Rule{ruleOf(&sigma.Expr{Op: sigma.Or})}, windowsSources()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t, c.rules, sigma.EngineOptions{})
			shape := e.Shape(c.sources, []string{"A"}, []sigma.Field{{Name: "B", Value: "b"}})
			got := e.NewMatcher().Match(shape, []sigma.Value{sigma.ValueOf("a")}, nil)
			if len(got) > 0 || !shape.Empty() || len(shape.AppendRules(nil)) > 0 || shape.Needs()[0] != sigma.NeedNothing {
				t.Errorf("hits %v, empty %v, needs %v", got, shape.Empty(), shape.Needs())
			}
		})
	}
}

// What Needs promises to a parser.
func TestEngineShape_Needs(t *testing.T) {
	t.Parallel()
	keyword := func(text string) *sigma.Rule { return ruleOf(leafOf(sigma.Match{Kind: sigma.Contains, Text: text})) }
	image := ruleOf(&sigma.Expr{Op: sigma.And, Kids: []*sigma.Expr{
		leafOf(sigma.Match{Field: "EventID", Kind: sigma.Equals, Text: "1"}), leafOf(sigma.Match{Field: "Image", Kind: sigma.Suffix, Text: `\a.exe`})}})
	either := ruleOf(&sigma.Expr{Op: sigma.And, Kids: []*sigma.Expr{
		leafOf(sigma.Match{Field: "User", Kind: sigma.Equals, Text: "x"}), leafOf(sigma.Match{Field: "Absent", Kind: sigma.Equals, Text: "x"})}})
	for name, c := range map[string]struct {
		rules []*sigma.Rule
		id    string
		want  []sigma.Need
	}{
		"field":            {[]*sigma.Rule{image}, "1", []sigma.Need{sigma.NeedValue, sigma.NeedNothing}},
		"another event id": {[]*sigma.Rule{image}, "2", []sigma.Need{sigma.NeedNothing, sigma.NeedNothing}},
		"absent field":     {[]*sigma.Rule{either}, "1", []sigma.Need{sigma.NeedNothing, sigma.NeedNothing}},
		"keyword":          {[]*sigma.Rule{image, keyword("mimikatz")}, "1", []sigma.Need{sigma.NeedValue, sigma.NeedText}},
		"keyword number":   {[]*sigma.Rule{image, keyword("4688")}, "1", []sigma.Need{sigma.NeedValue, sigma.NeedValue}},
		"keyword is fixed": {[]*sigma.Rule{keyword("ab1")}, "ab1", []sigma.Need{sigma.NeedNothing, sigma.NeedNothing}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shape := newEngine(t, c.rules, sigma.EngineOptions{}).Shape([]sigma.LogSource{{}}, []string{"Image", "User"}, []sigma.Field{{Name: "EventID", Value: c.id}})
			if got := shape.Needs(); !slices.Equal(got, c.want) {
				t.Errorf("needs %v, want %v", got, c.want)
			}
		})
	}
}
