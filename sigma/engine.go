package sigma

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
)

// EngineOptions bounds what an Engine accepts and keeps. Zero values stand for
// the defaults, which hold every public rule set many times over.
type EngineOptions struct {
	MaxRules  int // rules of the engine; default 250,000
	MaxLeaves int // leaves of one rule, shared parts counted each time; default 65,536
	MaxDepth  int // nesting of one rule; default 256
	MaxTotal  int // leaves of all rules together; default 8,388,608
	// MaxVariants is how many reductions of the rules of the same log sources are
	// kept: one for each set of present fields and relevant fixed values. Events
	// beyond it are evaluated without reduction, slower. Default 512, negative
	// for none.
	MaxVariants int
	MemoBytes   int // what one Matcher remembers of values seen before; default 1 MiB, negative for nothing
}

func (o EngineOptions) orDefaults() EngineOptions {
	for _, d := range []struct {
		at    *int
		value int
	}{{&o.MaxRules, 250_000}, {&o.MaxLeaves, 1 << 16}, {&o.MaxDepth, 256}, {&o.MaxTotal, 1 << 23}, {&o.MaxVariants, 512}, {&o.MemoBytes, 1 << 20}} {
		if *d.at == 0 {
			*d.at = d.value
		}
	}
	return o
}

// Engine holds many rules and finds those that match an event. It gives the
// answers of Rule.Matches. An Engine never changes what it answers and is safe
// for concurrent use; each goroutine needs its own Matcher.
type Engine struct {
	rules   []*Rule
	options EngineOptions
	trees   []*node // of each rule; leaves are those of the engine
	leaves  []leaf
	regexps int32            // how many of the leaves are regular expressions
	fields  map[string]int32 // fields that leaves name
	names   []string         // of the fields
	groups  []ruleGroup

	indexID atomic.Uint32
	mu      sync.Mutex
	buckets map[string]*sharedBucket
	turn    uint64 // counts calls of Shape, to know which bucket is oldest
	held    int    // rules of all buckets
}

// ruleGroup are the rules with one log source.
type ruleGroup struct {
	source LogSource
	rules  []int32
}

// sharedBucket is built once, by the first who needs it, while others wait for
// this bucket only.
type sharedBucket struct {
	build func() *bucket
	rules int
	used  uint64
}

// What buckets, one for each combination of log sources and names of fixed
// fields, may hold: heldTimes as many rules as the engine has, and heldMore. The
// public rules need less than twice as many for all logs of Windows together.
const (
	heldTimes = 8
	heldMore  = 4096
)

// NewEngine takes rules in. The rules must not be changed afterwards. A rule
// that CheckRule refuses is refused here with the same *Problem. Cost: about
// 10 µs for a usual rule.
func NewEngine(rules []*Rule, options EngineOptions) (*Engine, error) {
	options = options.orDefaults()
	e := &Engine{rules: rules, options: options, fields: map[string]int32{}, buckets: map[string]*sharedBucket{}}
	leaves := map[string]int32{}
	groups := map[LogSource]int{}
	leafOf := func(m *Match) int32 { return e.leaf(m, leaves) }
	left := options.MaxTotal
	for i, r := range rules {
		n, err := checkRule(r, options)
		if err != nil {
			return nil, err
		}
		if left -= n; left < 0 || i >= options.MaxRules {
			return nil, refuse(r, TooMany, WhyEngineRules)
		}
		e.trees = append(e.trees, fromExpr(r.Condition, leafOf))
		source := LogSource{Category: r.LogSource.Category, Product: r.LogSource.Product, Service: r.LogSource.Service}
		at, ok := groups[source]
		if !ok {
			at = len(e.groups)
			groups[source] = at
			e.groups = append(e.groups, ruleGroup{source: source})
		}
		e.groups[at].rules = append(e.groups[at].rules, int32(i))
	}
	return e, nil
}

// Rules gives the rules in the order of NewEngine; Match answers with indices
// of this slice.
func (e *Engine) Rules() []*Rule { return e.rules }

func (e *Engine) field(name string) int32 {
	f, ok := e.fields[name]
	if !ok {
		f = int32(len(e.names))
		e.fields[name] = f
		e.names = append(e.names, name)
	}
	return f
}

func (e *Engine) leaf(m *Match, known map[string]int32) int32 {
	field, ref := int32(keywordField), int32(-1)
	if m.Field != "" {
		field = e.field(m.Field)
		if m.Kind == FieldRef {
			ref = e.field(m.Text)
		}
	}
	key := leafKey(m, field, ref)
	id, ok := known[key]
	if !ok {
		id = int32(len(e.leaves))
		known[key] = id
		l := newLeaf(m, field, ref)
		if l.re != nil {
			l.re.id = e.regexps
			e.regexps++
		}
		e.leaves = append(e.leaves, l)
	}
	return id
}

// bucketOf finds or builds the bucket for the rules of some log sources.
func (e *Engine) bucketOf(sources []LogSource, fixed []Field) *bucket {
	var names []string
	for _, f := range fixed {
		if _, read := e.fields[f.Name]; read {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	var key []byte
	for i, g := range e.groups {
		if slices.ContainsFunc(sources, g.source.Covers) {
			key = binary.AppendUvarint(key, uint64(i))
		}
	}
	groups := slices.Clone(key)
	for _, n := range names {
		key = append(append(key, 0xff), n...)
	}

	e.mu.Lock()
	e.turn++
	shared, ok := e.buckets[string(key)]
	if !ok {
		rules := e.rulesOf(groups)
		shared = &sharedBucket{rules: len(rules) + 1, build: sync.OnceValue(func() *bucket { return newBucket(e, rules, names) })}
		e.held += shared.rules
		for e.held > heldTimes*len(e.rules)+heldMore && len(e.buckets) > 0 {
			e.forgetOldest()
		}
		e.buckets[string(key)] = shared
	}
	shared.used = e.turn
	e.mu.Unlock()
	return shared.build()
}

// forgetOldest drops the bucket that was not asked for the longest; shapes that
// have it keep it.
func (e *Engine) forgetOldest() {
	oldest, least := "", e.turn+1
	for key, b := range e.buckets {
		if b.used < least {
			oldest, least = key, b.used
		}
	}
	e.held -= e.buckets[oldest].rules
	delete(e.buckets, oldest)
}

// rulesOf lists the rules of groups, ascending; groups holds their numbers.
func (e *Engine) rulesOf(groups []byte) []int32 {
	var rules []int32
	for len(groups) > 0 {
		g, n := binary.Uvarint(groups)
		rules = append(rules, e.groups[g].rules...)
		groups = groups[n:]
	}
	slices.Sort(rules)
	return rules
}
