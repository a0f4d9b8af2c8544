package sigma

// CheckRule says with a *Problem whether NewEngine would refuse r, so that a
// pack can leave out one rule and keep the others: TooDeep and TooMany for
// conditions beyond the limits, BadCondition for a tree that is not whole.
func CheckRule(r *Rule, options EngineOptions) error {
	_, err := checkRule(r, options.orDefaults())
	return err
}

// checkRule counts the leaves and joints of a rule's condition.
func checkRule(r *Rule, options EngineOptions) (n int, err error) {
	c := ruleCheck{left: options.MaxLeaves, depth: options.MaxDepth}
	switch code := c.walk(r.Condition, 0); code {
	case "":
		return options.MaxLeaves - c.left, nil
	case BadCondition:
		return 0, refuse(r, code, WhyNotWhole)
	default:
		return 0, refuse(r, code, WhyEngineSize)
	}
}

func refuse(r *Rule, code Code, why Why) *Problem {
	name := r.ID
	if name == "" {
		name = r.Title
	}
	return Problem{Code: code, File: r.File, Line: r.Line, Begins: r.Line, Rule: name}.Because(why)
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
