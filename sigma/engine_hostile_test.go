package sigma_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/sigmatest"
)

func leafOf(m sigma.Match) *sigma.Expr { return &sigma.Expr{Op: sigma.Leaf, Match: &m} }

func ruleOf(x *sigma.Expr) *sigma.Rule { return &sigma.Rule{ID: "r", Condition: x} }

// heapOf is how many bytes of objects are alive.
func heapOf() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Events whose names are all different, as somebody would send them who wants
// to fill the memory: known names in any combination, unknown ones without end,
// any fixed value. The answers stay right and the engine stays small. Alone,
// because it looks at the heap.
func TestEngine_HostileShapes(t *testing.T) {
	g, r := sigmatest.New(21), rand.New(rand.NewPCG(21, 0))
	var rules []*sigma.Rule
	for _, rule := range randomRules(g, 60) {
		rules = append(rules, rule)
		for _, name := range []string{"A", "B", "C", "D", "E", "F", "G", "H"} {
			rules = append(rules, ruleOf(&sigma.Expr{Op: sigma.Or, Kids: []*sigma.Expr{leafOf(sigma.Match{Field: name, Kind: sigma.Equals, Text: "x"}), rule.Condition}}))
		}
	}
	e := newEngine(t, rules, sigma.EngineOptions{MaxVariants: 64})
	m := e.NewMatcher()
	names := append([]string{"A", "B", "C", "D", "E", "F", "G", "H"}, sigmatest.FieldNames()...)
	begin, started := heapOf(), cpuTime(t)
	for i := range 100_000 {
		var event []sigma.Field
		for _, n := range names {
			if r.IntN(2) == 0 {
				event = append(event, sigma.Field{Name: n, Value: []string{"x", "", "cmd.exe", "4688"}[r.IntN(4)]})
			}
		}
		event = append(event, sigma.Field{Name: fmt.Sprint("n", i), Value: "x"})
		fixed := map[string]bool{"EventID": true}
		if i%500 == 0 {
			checkEvent(t, m, e, event, fixed)
			continue
		}
		if i%1000 == 0 {
			fixed[fmt.Sprint("n", i)] = true
			fixed[names[r.IntN(len(names))]] = true
		}
		shape, values := shapeOf(e, windowsSources(), event, fixed)
		m.Match(shape, values, nil)
	}
	t.Logf("%v, %d kB more", cpuTime(t)-started, (int64(heapOf())-int64(begin))>>10)
	if grown := int64(heapOf()) - int64(begin); grown > 64<<20 {
		t.Errorf("the engine grew by %d MB", grown>>20)
	}
	runtime.KeepAlive(e)
}

// More combinations of log sources and fixed names than are kept.
func TestEngine_HostileSources(t *testing.T) {
	t.Parallel()
	g := sigmatest.New(22)
	rules := randomRules(g, 20)
	for i := range 12 {
		rules = append(rules, &sigma.Rule{LogSource: sigma.LogSource{Category: fmt.Sprint("c", i)}, Condition: rules[i].Condition})
	}
	e := newEngine(t, rules, sigma.EngineOptions{})
	m := e.NewMatcher()
	for i := range 4096 {
		var sources []sigma.LogSource
		for bit := range 12 {
			if i>>bit&1 != 0 {
				sources = append(sources, sigma.LogSource{Category: fmt.Sprint("c", bit)})
			}
		}
		event := g.Event()
		shape, values := shapeOf(e, sources, event, nil)
		if got, want := m.Match(shape, values, nil), oracle(rules, sources, event); !slices.Equal(got, want) {
			t.Fatalf("engine %v, oracle %v", got, want)
		}
	}
}

// Values of ten megabytes against expressions that explode, texts that begin
// everywhere, patterns with many wildcards.
func TestEngine_HostileValues(t *testing.T) {
	t.Parallel()
	var rules []*sigma.Rule
	for _, expr := range []string{`(a*)*b$`, `(?:a|b)*a(?:a|b){40}c`, `(a|aa)+$`, `.{1000}b`, `^(?:.*a){20}b`, `(x+x+)+y`} {
		rules = append(rules, ruleOf(leafOf(sigma.Match{Field: "F", Kind: sigma.Regexp, Re: regexp.MustCompile(expr), Source: expr})))
	}
	var parts []sigma.GlobPart
	for range 20 {
		parts = append(parts, sigma.GlobPart{Any: true, Skip: 1, Literal: "a"})
	}
	rules = append(rules, ruleOf(leafOf(sigma.Match{Field: "F", Kind: sigma.Glob, Parts: append(parts, sigma.GlobPart{Any: true, Literal: "b"})})))
	for n := 3; n < 200; n++ {
		rules = append(rules, ruleOf(leafOf(sigma.Match{Field: "F", Kind: sigma.Contains, Text: strings.Repeat("a", n) + "b"})),
			ruleOf(leafOf(sigma.Match{Kind: sigma.Contains, Text: strings.Repeat("ab", n)})))
	}
	e := newEngine(t, rules, sigma.EngineOptions{})
	m := e.NewMatcher()
	shape := e.Shape([]sigma.LogSource{{}}, []string{"F"}, nil)
	// What package regexp says to 20 kB it would say to 10 MB, in minutes.
	for _, c := range []struct {
		text  string
		times int
	}{{"a", 10 << 20}, {"ab", 5 << 20}, {"\xff", 10 << 20}, {"あ", 3 << 20}} {
		short := strings.Repeat(c.text, 20_000/len(c.text))
		want := oracle(rules, []sigma.LogSource{{}}, []sigma.Field{{Name: "F", Value: short}})
		if got := m.Match(shape, []sigma.Value{sigma.ValueOf(short)}, nil); !slices.Equal(got, want) {
			t.Errorf("%.4q…: %v, want %v", short, got, want)
		}
		long := sigma.ValueOf(strings.Repeat(c.text, c.times))
		begin := cpuTime(t)
		got := m.Match(shape, []sigma.Value{long}, nil)
		t.Logf("%.4q…: %v", short, cpuTime(t)-begin)
		if !slices.Equal(got, want) {
			t.Errorf("%.4q… of %d bytes: %v, want %v", short, len(long.Raw), got, want)
		}
	}
}

// A hundred thousand rules, and rules that are too large or not whole.
func TestEngine_ManyRules(t *testing.T) {
	t.Parallel()
	var rules []*sigma.Rule
	for i := range 100_000 {
		rules = append(rules, ruleOf(&sigma.Expr{Op: sigma.And, Kids: []*sigma.Expr{
			leafOf(sigma.Match{Field: "CommandLine", Kind: sigma.Contains, Text: fmt.Sprintf("tool%d.exe", i)}),
			leafOf(sigma.Match{Field: "Image", Kind: sigma.Suffix, Text: fmt.Sprintf(`\host%d.exe`, i%1000)}),
		}}))
	}
	begin := cpuTime(t)
	e := newEngine(t, rules, sigma.EngineOptions{})
	shape := e.Shape([]sigma.LogSource{{}}, []string{"CommandLine", "Image"}, nil)
	t.Logf("built in %v", cpuTime(t)-begin)
	m := e.NewMatcher()
	got := m.Match(shape, []sigma.Value{sigma.ValueOf("run TOOL70007.exe tool99999.exe now"), sigma.ValueOf(`C:\HOST7.exe`)}, nil)
	if !slices.Equal(got, []int32{70007}) {
		t.Errorf("hits %v, want 70007", got)
	}
}

func TestNewEngine_Refuses(t *testing.T) {
	t.Parallel()
	deep := leafOf(sigma.Match{Field: "F"})
	for range 300 {
		deep = &sigma.Expr{Op: sigma.Not, Kids: []*sigma.Expr{deep}}
	}
	wide := leafOf(sigma.Match{Field: "F"})
	for range 20 { // a million leaves of twenty-one objects
		wide = &sigma.Expr{Op: sigma.And, Kids: []*sigma.Expr{wide, wide}}
	}
	for name, c := range map[string]struct {
		x    *sigma.Expr
		o    sigma.EngineOptions
		code sigma.Code
	}{
		"deep":         {deep, sigma.EngineOptions{}, sigma.TooDeep},
		"wide":         {wide, sigma.EngineOptions{}, sigma.TooMany},
		"all together": {&sigma.Expr{Op: sigma.Or}, sigma.EngineOptions{MaxTotal: 1}, sigma.TooMany},
		"rules":        {&sigma.Expr{Op: sigma.Or}, sigma.EngineOptions{MaxRules: 1}, sigma.TooMany},
		"none":         {nil, sigma.EngineOptions{}, sigma.BadCondition},
		"not":          {&sigma.Expr{Op: sigma.Not}, sigma.EngineOptions{}, sigma.BadCondition},
		"leaf":         {&sigma.Expr{Op: sigma.Leaf}, sigma.EngineOptions{}, sigma.BadCondition},
		"expression":   {leafOf(sigma.Match{Field: "F", Kind: sigma.Regexp}), sigma.EngineOptions{}, sigma.BadCondition},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := &sigma.Rule{ID: "id", File: "f.yml", Line: 7, Condition: c.x}
			_, err := sigma.NewEngine([]*sigma.Rule{ruleOf(&sigma.Expr{Op: sigma.True}), bad}, c.o)
			p, ok := err.(*sigma.Problem)
			if !ok || p.Code != c.code || p.Rule != "id" || p.File != "f.yml" || p.Line != 7 || p.Error() == "" {
				t.Errorf("%+v, want %s", err, c.code)
			}
			if alone := sigma.CheckRule(bad, c.o); (alone == nil) != (name == "all together" || name == "rules") {
				t.Errorf("alone: %v", alone)
			}
		})
	}
}

// Many goroutines ask one engine for shapes and match, and get what one alone
// gets.
func TestEngine_Concurrent(t *testing.T) {
	t.Parallel()
	g := sigmatest.New(31)
	rules := randomRules(g, 40)
	var events [][]sigma.Field
	var want [][]int32
	for range 300 {
		event := g.EventFor(rules[len(events)%len(rules)].Condition)
		events, want = append(events, event), append(want, oracle(rules, windowsSources(), event))
	}
	e := newEngine(t, rules, sigma.EngineOptions{MaxVariants: 16})
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			m := e.NewMatcher()
			for i := range events {
				i = (i*7 + worker*31) % len(events) // each in an order of its own
				shape, values := shapeOf(e, windowsSources(), events[i], map[string]bool{"EventID": worker%2 == 0})
				if got := m.Match(shape, values, nil); worker%2 == 1 && !slices.Equal(got, want[i]) {
					t.Errorf("event %d: %v, want %v", i, got, want[i])
				}
			}
		})
	}
	all.Wait()
}

// A Matcher goes on with the shapes of another engine.
func TestMatcher_NewRules(t *testing.T) {
	t.Parallel()
	g := sigmatest.New(41)
	m := newEngine(t, randomRules(g, 3), sigma.EngineOptions{}).NewMatcher()
	for range 50 {
		e := newEngine(t, randomRules(g, 30), sigma.EngineOptions{})
		for range 20 {
			checkEvent(t, m, e, g.Event(), nil)
		}
	}
}
