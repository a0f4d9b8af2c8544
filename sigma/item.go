package sigma

import (
	"slices"
	"strconv"
	"strings"
)

// Scalar is one value of a rule as it was written.
type Scalar struct {
	Kind ScalarKind
	// Text is what events are compared with: of a number its decimal form.
	Text string
	// Written is how a number stood in the rule where that differs from Text
	// (0x10, 1_000); an event may hold either. Empty otherwise.
	Written string
}

// ScalarKind is the YAML type of a Scalar.
type ScalarKind uint8

// The kinds.
const (
	TextScalar ScalarKind = iota
	NumberScalar
	BoolScalar
	NullScalar
)

// Item is one line of a detection, "Field|modifier: values". An empty Field is
// a list of keywords, which are looked for in every value.
type Item struct {
	Field     string
	Modifiers []string
	Values    []Scalar
}

// ItemOptions bound and complete the reading of items. The zero value has no
// placeholders and the default limits.
type ItemOptions struct {
	// Placeholders are the values that expand puts in the place of %name%. They
	// are Sigma texts: * and ? are wildcards.
	Placeholders map[string][]string
	// Leaves is how many leaves there may be yet, counted down. Nil is no limit
	// but that of one item, maxAlternatives for each value.
	Leaves *int
}

// Limits of one value.
const (
	maxAlternatives = 3125     // of windash: five dashes at five places
	maxValue        = 64 << 10 // bytes of a text
	maxRegexp       = 16 << 10 // bytes of an expression
	maxRegexpCost   = 20_000   // instructions of an expression with its repetitions written out
)

// Expr resolves the item (specification, "Value Modifiers"). Values are joined
// by or, with the modifier all by and. The error is a *Problem without a place.
func (it Item) Expr(o ItemOptions) (*Expr, error) {
	f, p := it.form()
	if p != nil {
		return nil, p
	}
	if len(it.Values) == 0 {
		return nil, problem(BadValue, it.key(), WhyNoValue)
	}
	kids := make([]*Expr, 0, len(it.Values))
	for _, v := range it.Values {
		e, p := it.value(f, v, o)
		if p != nil {
			return nil, p
		}
		if o.Leaves != nil {
			if *o.Leaves -= max(1, len(e.Kids)); *o.Leaves < 0 {
				return nil, problem(TooMany, it.key(), WhyValuesDocument)
			}
		}
		kids = append(kids, e)
	}
	e := joinExpr(Or, kids)
	if f.all {
		e = joinExpr(And, kids)
	}
	if f.neq {
		e = notExpr(e)
	}
	return e, nil
}

// key gives the item as its key was written.
func (it Item) key() string {
	return strings.Join(append([]string{it.Field}, it.Modifiers...), "|")
}

func joinExpr(op Op, kids []*Expr) *Expr {
	if len(kids) == 1 {
		return kids[0]
	}
	return &Expr{Op: op, Kids: kids}
}

func notExpr(e *Expr) *Expr    { return &Expr{Op: Not, Kids: []*Expr{e}} }
func leafExpr(m *Match) *Expr  { return &Expr{Op: Leaf, Match: m} }
func (it Item) keyword() bool  { return it.Field == "" }
func (s Scalar) isNull() bool  { return s.Kind == NullScalar }
func (s Scalar) empty() bool   { return s.Kind == NullScalar || s.Text == "" }
func (s Scalar) isValue() bool { return s.Kind == TextScalar || s.Kind == NumberScalar }

// value resolves one value of the item.
func (it Item) value(f form, v Scalar, o ItemOptions) (*Expr, *Problem) {
	if len(v.Text) > maxValue {
		return nil, problem(TooLarge, it.key(), WhyValueSize, len(v.Text), maxValue)
	}
	if it.keyword() && (v.empty() || f.needsField()) {
		return nil, problem(BadValue, it.key()+": "+v.Text, WhyKeywordText)
	}
	if v.isNull() {
		if f.kind != plainForm || len(f.steps) > 0 || f.expand {
			return nil, problem(BadValue, it.key(), WhyNullModifier)
		}
		return leafExpr(&Match{Field: it.Field, Kind: Null}), nil
	}
	texts := []string{v.Text}
	if v.Written != "" && v.Written != v.Text && f.kind == plainForm {
		texts = append(texts, v.Written)
	}
	if f.expand {
		var p *Problem
		if texts, p = it.expand(f, v.Text, o.Placeholders); p != nil {
			return nil, p
		}
	}
	var kids []*Expr
	for _, text := range texts {
		e, p := it.one(f, v, text)
		if p != nil {
			return nil, p
		}
		if e.Op == Or {
			kids = append(kids, e.Kids...)
		} else {
			kids = append(kids, e)
		}
		if len(kids) > maxAlternatives {
			return nil, problem(TooMany, it.key()+": "+v.Text, WhyStandsFor, maxAlternatives)
		}
	}
	return joinExpr(Or, kids), nil
}

// one resolves one text after expand.
func (it Item) one(f form, v Scalar, text string) (*Expr, *Problem) {
	switch f.kind {
	case regexpForm:
		return it.regexp(f, text)
	case cidrForm:
		return it.cidr(text)
	case existsForm:
		e := leafExpr(&Match{Field: it.Field, Kind: Exists})
		switch {
		case v.Kind == BoolScalar && text == "true":
			return e, nil
		case v.Kind == BoolScalar:
			return notExpr(e), nil
		}
		return nil, problem(BadValue, it.key()+": "+text, WhyExistsBool)
	case refForm:
		return it.fieldRef(f, v, text)
	case compareForm:
		n, ok := ParseNumber(text)
		if !ok || !v.isValue() {
			return nil, problem(BadValue, it.key()+": "+text, WhyNumberNeeded)
		}
		return leafExpr(&Match{Field: it.Field, Kind: Compare, Order: f.order, Number: n}), nil
	case timeForm:
		return it.timePart(f, text)
	}
	return it.text(f, text)
}

// text resolves a text value: wildcards, then the modifiers in their order.
func (it Item) text(f form, text string) (*Expr, *Problem) {
	all := []pattern{parsePattern(text)}
	for _, step := range f.steps {
		next := make([]pattern, 0, len(all))
		for _, p := range all {
			more, pr := it.step(step, p)
			if pr != nil {
				return nil, pr
			}
			if next = append(next, more...); len(next) > maxAlternatives {
				return nil, problem(TooMany, it.key()+": "+text, WhyStandsFor, maxAlternatives)
			}
		}
		all = next
	}
	kids := make([]*Expr, len(all))
	for i, p := range all {
		if it.keyword() {
			p = p.contains()
		}
		m := p.match(it.Field, f.cased)
		if it.keyword() && m.Kind == Exists {
			return nil, problem(BadValue, it.key()+": "+text, WhyKeywordAll)
		}
		kids[i] = leafExpr(m)
	}
	return joinExpr(Or, kids), nil
}

// expand puts the values of placeholders into a text.
func (it Item) expand(f form, text string, values map[string][]string) ([]string, *Problem) {
	out := []string{""}
	grow := func(choices []string) bool {
		next := make([]string, 0, len(out)*len(choices))
		for _, head := range out {
			for _, c := range choices {
				next = append(next, head+c)
			}
		}
		out = next
		return len(out) <= maxAlternatives
	}
	for text != "" {
		head, name, rest := cutPlaceholder(text)
		grow([]string{head})
		if text = rest; name == "" {
			continue
		}
		choices := values[name]
		if len(choices) == 0 {
			return nil, problem(NoPlaceholder, "%"+name+"%", WhyPlaceholder, it.key())
		}
		if f.kind == regexpForm {
			choices = quoteAll(choices)
		}
		if len(out)*len(choices) > maxAlternatives || !grow(choices) {
			return nil, problem(TooMany, it.key(), WhyStandsFor, maxAlternatives)
		}
	}
	return out, nil
}

// cutPlaceholder finds the first %name% of a text; \% is a plain percent sign.
func cutPlaceholder(text string) (head, name, rest string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && text[i+1] == '%' {
			b.WriteByte('%')
			i++
			continue
		}
		if text[i] == '%' {
			if end := strings.IndexByte(text[i+1:], '%'); end > 0 && nameLike(text[i+1:i+1+end]) {
				return b.String(), text[i+1 : i+1+end], text[i+end+2:]
			}
		}
		b.WriteByte(text[i])
	}
	return b.String(), "", ""
}

func nameLike(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !wordRune(r) && r != '-' && r != '.' }) < 0
}

// NumberScalarOf makes the Scalar of a number as written in YAML: decimal,
// hexadecimal, octal, with underscores, or with a fraction.
func NumberScalarOf(written string) Scalar {
	s := Scalar{Kind: NumberScalar, Text: written}
	clean := strings.ReplaceAll(written, "_", "")
	if n, err := strconv.ParseInt(clean, 0, 64); err == nil {
		s.Text = strconv.FormatInt(n, 10)
	} else if n, err := strconv.ParseUint(clean, 0, 64); err == nil {
		s.Text = strconv.FormatUint(n, 10)
	}
	if s.Text != written {
		s.Written = written
	}
	return s
}

// form is what the modifiers of an item ask for.
type form struct {
	kind            formKind
	all, neq, cased bool
	expand          bool
	flags           string   // of regexpForm
	anchor          Kind     // of regexpForm and refForm
	order           Order    // of compareForm, or with compared of timeForm
	compared        bool     //
	unit            TimeUnit // of timeForm
	steps           []string // of plainForm, in their order
}

type formKind uint8

const (
	plainForm formKind = iota
	regexpForm
	cidrForm
	existsForm
	refForm
	compareForm
	timeForm
)

func (f form) needsField() bool {
	return slices.Contains([]formKind{existsForm, refForm, compareForm, timeForm}, f.kind)
}
