package sigma

import (
	"slices"
	"strings"
)

// Detection is a search identifier of a rule and what it says.
type Detection struct {
	Name string
	Expr *Expr
	Line int // where it stands, from 1
}

// Limits of a condition.
const (
	maxCondition      = 16 << 10 // bytes
	maxConditionDepth = 100      // parentheses and nots around one another
)

// ParseCondition reads a condition (specification, "Condition"): names, and, or,
// not, parentheses, 1 of, any of and all of a pattern or of them. It gives the
// names of the detections it uses, too. The pipes of Sigma 1 (count() by, near)
// are refused by name. The error is a *Problem without a place.
func ParseCondition(text string, detections []Detection) (e *Expr, used []string, err error) {
	byName := make(map[string]*Expr, len(detections))
	names := make([]string, 0, len(detections))
	for _, d := range detections {
		byName[d.Name] = d.Expr
		names = append(names, d.Name)
	}
	seen := map[string]bool{}
	c := &conditionReader{names: names, one: func(name string) (*Expr, *Problem) {
		kid, ok := byName[name]
		if !ok {
			return nil, problem(UnknownDetection, name, WhyInCondition, text)
		}
		if !seen[name] {
			seen[name] = true
			used = append(used, name)
		}
		return kid, nil
	}}
	e, p := c.read(text)
	if p != nil {
		return nil, nil, p
	}
	return e, used, nil
}

// conditionReader is a recursive descent over the words of a condition.
type conditionReader struct {
	text  string
	words []string
	at    int
	depth int
	names []string // of detections, in their order
	one   func(name string) (*Expr, *Problem)
}

func (c *conditionReader) read(text string) (*Expr, *Problem) {
	if len(text) > maxCondition {
		return nil, problem(TooLarge, text, WhyConditionSize, len(text), maxCondition)
	}
	c.text = text
	if p := refusePipe(text); p != nil {
		return nil, p
	}
	c.words = conditionWords(text)
	if len(c.words) == 0 {
		return nil, problem(BadCondition, text, WhyConditionEmpty)
	}
	e, p := c.or()
	if p == nil && c.at < len(c.words) {
		p = c.unexpected()
	}
	return e, p
}

// refusePipe names what Sigma 1 wrote behind a pipe.
func refusePipe(text string) *Problem {
	_, behind, found := strings.Cut(text, "|")
	if !found {
		return nil
	}
	word := strings.TrimSpace(behind)
	if i := strings.IndexAny(word, " (\t"); i > 0 {
		word = word[:i]
	}
	return problem(Aggregation, strings.TrimSpace(text), WhyPipe, word)
}

// conditionWords splits at blanks; a parenthesis is a word.
func conditionWords(text string) []string {
	spaced := strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text)
	return strings.Fields(spaced)
}

func (c *conditionReader) peek() string {
	if c.at < len(c.words) {
		return c.words[c.at]
	}
	return ""
}

func (c *conditionReader) unexpected() *Problem {
	if c.at >= len(c.words) {
		return problem(BadCondition, c.text, WhyConditionEnd)
	}
	return problem(BadCondition, c.text, WhyUnexpected, c.words[c.at], c.at+1)
}

func (c *conditionReader) or() (*Expr, *Problem)  { return c.chain("or", Or, c.and) }
func (c *conditionReader) and() (*Expr, *Problem) { return c.chain("and", And, c.not) }

// chain reads operands with the same word between them.
func (c *conditionReader) chain(word string, op Op, operand func() (*Expr, *Problem)) (*Expr, *Problem) {
	var kids []*Expr
	for {
		kid, p := operand()
		if p != nil {
			return nil, p
		}
		kids = append(kids, kid)
		if !strings.EqualFold(c.peek(), word) {
			return joinExpr(op, kids), nil
		}
		c.at++
	}
}

func (c *conditionReader) not() (*Expr, *Problem) {
	word := c.peek()
	switch strings.ToLower(word) {
	case "not", "(":
		if c.depth++; c.depth > maxConditionDepth {
			return nil, problem(TooDeep, c.text, WhyParentheses, maxConditionDepth)
		}
		defer func() { c.depth-- }()
		c.at++
		if word != "(" {
			kid, p := c.not()
			if p != nil {
				return nil, p
			}
			return notExpr(kid), nil
		}
		kid, p := c.or()
		if p == nil && c.peek() != ")" {
			p = c.unexpected()
		}
		c.at++
		return kid, p
	case "", ")", "and", "or":
		return nil, c.unexpected()
	}
	if c.at+1 < len(c.words) && strings.EqualFold(c.words[c.at+1], "of") {
		return c.selector()
	}
	c.at++
	return c.one(word)
}

// selector reads "1 of pattern" and its like.
func (c *conditionReader) selector() (*Expr, *Problem) {
	op := Or
	switch strings.ToLower(c.peek()) {
	case "1", "any":
	case "all":
		op = And
	default:
		return nil, problem(BadCondition, c.text, WhyOfWords, c.peek())
	}
	if c.at += 2; c.at >= len(c.words) {
		return nil, c.unexpected()
	}
	pattern := c.words[c.at]
	if pattern == "(" || pattern == ")" {
		return nil, c.unexpected()
	}
	c.at++
	var kids []*Expr
	for _, name := range c.names {
		if !selects(pattern, name) {
			continue
		}
		kid, p := c.one(name)
		if p != nil {
			return nil, p
		}
		kids = append(kids, kid)
	}
	if len(kids) == 0 {
		return nil, problem(UnknownDetection, pattern, WhyNoSuch, c.text)
	}
	return joinExpr(op, kids), nil
}

// selects says whether a pattern of a selector means a detection. Names that
// begin with _ are left out unless the pattern begins so too.
func selects(pattern, name string) bool {
	if strings.HasPrefix(name, "_") && !strings.HasPrefix(pattern, "_") {
		return false
	}
	if strings.EqualFold(pattern, "them") {
		return true
	}
	pieces := strings.Split(pattern, "*")
	if len(pieces) == 1 {
		return pattern == name
	}
	last := len(pieces) - 1
	if !strings.HasPrefix(name, pieces[0]) {
		return false
	}
	name = name[len(pieces[0]):]
	for _, piece := range pieces[1:last] {
		i := strings.Index(name, piece)
		if i < 0 {
			return false
		}
		name = name[i+len(piece):]
	}
	return strings.HasSuffix(name, pieces[last])
}

// AnyOf joins the conditions of a rule that has a list of them.
func AnyOf(conditions []*Expr) *Expr { return joinExpr(Or, slices.Clone(conditions)) }
