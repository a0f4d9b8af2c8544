package sigma

// CheckRule says with a *Problem whether NewEngine would refuse r, so that a
// pack can leave out one rule and keep the others: TooDeep and TooMany for
// conditions beyond the limits, BadCondition for a tree that is not whole.
func CheckRule(r *Rule, options EngineOptions) error {
	options = options.orDefaults()
	c := ruleCheck{left: options.MaxLeaves, depth: options.MaxDepth}
	code := c.walk(r.Condition, 0)
	if code == "" {
		return nil
	}
	name := r.ID
	if name == "" {
		name = r.Title
	}
	detail := "the condition is larger than the engine takes"
	if code == BadCondition {
		detail = "the condition is not whole"
	}
	return &Problem{Code: code, File: r.File, Line: r.Line, Rule: name, Detail: detail}
}

type ruleCheck struct{ left, depth int }

func (c *ruleCheck) walk(x *Expr, depth int) Code {
	switch {
	case x == nil, x.Op == Not && len(x.Kids) != 1:
		return BadCondition
	case x.Op == Leaf && (x.Match == nil || x.Match.Kind == Regexp && x.Match.Re == nil):
		return BadCondition
	case depth > c.depth:
		return TooDeep
	}
	if c.left--; c.left < 0 {
		return TooMany
	}
	if x.Op != And && x.Op != Or && x.Op != Not {
		return ""
	}
	for _, kid := range x.Kids {
		if code := c.walk(kid, depth+1); code != "" {
			return code
		}
	}
	return ""
}
