package sigma

// EngineOptions bounds what an Engine accepts and keeps. Zero values stand for
// the defaults, which hold every public rule set many times over.
type EngineOptions struct {
	MaxRules  int // rules of the engine; default 250,000
	MaxLeaves int // leaves of one rule, shared parts counted each time; default 65,536
	MaxDepth  int // nesting of one rule; default 256
	MemoBytes int // what one Matcher remembers of values seen before; default 4 MiB, negative for nothing
}

func (o EngineOptions) orDefaults() EngineOptions {
	for _, d := range []struct {
		at    *int
		value int
	}{{&o.MaxRules, 250_000}, {&o.MaxLeaves, 1 << 16}, {&o.MaxDepth, 256}, {&o.MemoBytes, 4 << 20}} {
		if *d.at == 0 {
			*d.at = d.value
		}
	}
	return o
}

// Engine holds many rules and finds those that match an event. It gives the
// answers of Matches. An Engine never changes what it answers and is safe for
// concurrent use; each goroutine needs its own Matcher.
type Engine struct {
	rules   []*Rule
	options EngineOptions
}

// NewEngine takes rules in. The rules must not be changed afterwards. A rule
// beyond a limit of the options is refused with a *Problem (TooMany, TooDeep)
// that names it; CheckRule tells beforehand.
func NewEngine(rules []*Rule, options EngineOptions) (*Engine, error) {
	options = options.orDefaults()
	if len(rules) > options.MaxRules {
		return nil, &Problem{Code: TooMany, Detail: "more rules than the engine takes"}
	}
	for _, r := range rules {
		if err := CheckRule(r, options); err != nil {
			return nil, err
		}
	}
	return &Engine{rules: rules, options: options}, nil
}

// CheckRule says with a *Problem whether NewEngine would refuse r, so that a
// pack can leave out one rule and keep the others.
func CheckRule(r *Rule, options EngineOptions) error {
	options = options.orDefaults()
	c := ruleCheck{left: options.MaxLeaves, depth: options.MaxDepth}
	if code := c.walk(r.Condition, 0); code != "" {
		name := r.ID
		if name == "" {
			name = r.Title
		}
		return &Problem{Code: code, File: r.File, Line: r.Line, Rule: name, Detail: "the condition is larger than the engine takes"}
	}
	return nil
}

type ruleCheck struct{ left, depth int }

func (c *ruleCheck) walk(x *Expr, depth int) Code {
	if depth > c.depth {
		return TooDeep
	}
	if c.left--; c.left < 0 {
		return TooMany
	}
	for _, kid := range x.Kids {
		if code := c.walk(kid, depth+1); code != "" {
			return code
		}
	}
	return ""
}

// Rules gives the rules in the order of NewEngine; Match answers with indices
// of this slice.
func (e *Engine) Rules() []*Rule { return e.rules }
