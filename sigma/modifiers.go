package sigma

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf16"
)

// Modifiers lists every modifier that is understood (modifiers appendix 2.1,
// and the long names of re's flags that pySigma knows).
func Modifiers() []string {
	return []string{"all", "base64", "base64offset", "cased", "cidr", "contains", "day", "dotall", "endswith", "exists", "expand",
		"fieldref", "gt", "gte", "hour", "i", "ignorecase", "lt", "lte", "m", "minute", "month", "multiline", "neq", "re", "s",
		"startswith", "utf16", "utf16be", "utf16le", "week", "wide", "windash", "year"}
}

// form reads the modifiers of an item.
func (it Item) form() (form, *Problem) {
	var f form
	for _, m := range it.Modifiers {
		ok := true
		switch m {
		case "all":
			f.all = true
		case "neq":
			f.neq = true
		case "cased":
			f.cased = true
		case "expand":
			f.expand = true
		case "contains", "startswith", "endswith":
			ok = f.place(m)
		case "windash", "base64", "base64offset", "wide", "utf16le", "utf16be", "utf16":
			f.steps = append(f.steps, m)
		case "re", "cidr", "exists", "fieldref":
			ok = f.become(map[string]formKind{"re": regexpForm, "cidr": cidrForm, "exists": existsForm, "fieldref": refForm}[m])
		case "i", "ignorecase", "m", "multiline", "s", "dotall":
			ok = f.kind == regexpForm
			f.flags += map[string]string{"i": "i", "ignorecase": "i", "m": "m", "multiline": "m", "s": "s", "dotall": "s"}[m]
		case "lt", "lte", "gt", "gte":
			f.order = map[string]Order{"lt": Less, "lte": LessEqual, "gt": Greater, "gte": GreaterEqual}[m]
			ok = !f.compared && (f.kind == timeForm || f.become(compareForm))
			f.compared = true
		case "minute", "hour", "day", "week", "month", "year":
			ok = f.become(timeForm)
			f.unit = TimeUnit(slices.Index([]string{"minute", "hour", "day", "week", "month", "year"}, m))
		default:
			return f, problem(UnknownModifier, m, WhyInItem, it.key())
		}
		if !ok {
			return f, problem(BadModifier, it.key(), WhyCannotStand, m)
		}
	}
	return f, it.check(f)
}

func (f *form) become(k formKind) bool {
	if f.kind != plainForm {
		return false
	}
	f.kind = k
	return true
}

// place notes contains, startswith or endswith: a step of a text, but of an
// expression or a reference the place where it has to fit.
func (f *form) place(m string) bool {
	k := map[string]Kind{"contains": Contains, "startswith": Prefix, "endswith": Suffix}[m]
	switch {
	case f.anchor != Equals && f.anchor != k:
		return false
	case f.kind == cidrForm, f.needsField() && f.kind != refForm:
		return false
	}
	f.anchor = k
	if f.kind == plainForm {
		f.steps = append(f.steps, m)
	}
	return true
}

// check refuses what cannot go together. contains before fieldref means what it
// means behind it.
func (it Item) check(f form) *Problem {
	if f.kind == plainForm {
		return nil
	}
	for _, s := range f.steps {
		if f.kind != refForm || !slices.Contains([]string{"contains", "startswith", "endswith"}, s) {
			return problem(BadModifier, it.key(), WhyTextsOnly, s)
		}
	}
	if f.expand && f.kind != regexpForm && f.kind != cidrForm {
		return problem(BadModifier, it.key(), WhyExpandTexts)
	}
	return nil
}

// step applies one modifier to one pattern.
func (it Item) step(name string, p pattern) ([]pattern, *Problem) {
	switch name {
	case "contains":
		return []pattern{p.contains()}, nil
	case "startswith":
		return []pattern{p.startswith()}, nil
	case "endswith":
		return []pattern{p.endswith()}, nil
	case "windash":
		all, ok := p.windash(maxAlternatives)
		if !ok {
			return nil, problem(TooMany, it.key(), WhyWindash, maxAlternatives)
		}
		return all, nil
	case "wide", "utf16le":
		return []pattern{p.mapLiterals(func(s string) string { return wide(s, false) })}, nil
	case "utf16be":
		return []pattern{p.mapLiterals(func(s string) string { return wide(s, true) })}, nil
	case "utf16":
		marked := append(pattern{{literal: "\xFF\xFE"}}, p.mapLiterals(func(s string) string { return wide(s, false) })...)
		return []pattern{marked}, nil
	}
	text, ok := p.plain()
	if !ok {
		return nil, problem(BadModifier, it.key(), WhyBase64Wildcards)
	}
	if name == "base64" {
		return []pattern{{{literal: base64.StdEncoding.EncodeToString([]byte(text))}}}, nil
	}
	var out []pattern
	for _, s := range base64Offsets(text) {
		out = append(out, pattern{{literal: s}})
	}
	return out, nil
}

// base64Offsets gives the parts of the three encodings, shifted by 0, 1 and 2
// bytes, that do not depend on what stands before and behind the text.
func base64Offsets(text string) []string {
	skip, drop := [3]int{0, 2, 3}, [3]int{0, 3, 2}
	var out []string
	for shift := range 3 {
		enc := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + text))
		end := len(enc) - drop[(len(text)+shift)%3]
		if from := skip[shift]; from < end {
			out = append(out, enc[from:end])
		}
	}
	return out
}

// wide gives the UTF-16 of a text as bytes.
func wide(s string, big bool) string {
	units := utf16.Encode([]rune(s))
	out := make([]byte, 0, 2*len(units))
	for _, u := range units {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return string(out)
}

// regexp compiles an expression. Go's expressions run in linear time, but their
// programs can be large: what they would need is counted first.
func (it Item) regexp(f form, text string) (*Expr, *Problem) {
	if len(text) > maxRegexp {
		return nil, problem(LargeRegexp, text, WhyRegexpSize, len(text), maxRegexp)
	}
	source := text
	switch f.anchor {
	case Prefix:
		source = `\A(?:` + text + `)`
	case Suffix:
		source = `(?:` + text + `)\z`
	}
	flags := syntax.Perl
	for _, c := range f.flags {
		switch c {
		case 'i':
			flags |= syntax.FoldCase
		case 'm':
			flags &^= syntax.OneLine
		case 's':
			flags |= syntax.DotNL
		}
	}
	tree, err := syntax.Parse(source, flags)
	if err != nil {
		return nil, problem(BadRegexp, text, whyRegexp(err), strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	if cost := regexpCost(tree); cost > maxRegexpCost {
		return nil, problem(LargeRegexp, text, WhyRegexpSteps, maxRegexpCost)
	}
	full := source
	if f.flags != "" {
		full = "(?" + f.flags + ")" + source
	}
	re, err := regexp.Compile(full)
	if err != nil {
		return nil, problem(BadRegexp, text, whyRegexp(err), err.Error())
	}
	return leafExpr(&Match{Field: it.Field, Kind: Regexp, Re: re, Source: source, Cased: !strings.Contains(f.flags, "i")}), nil
}

// whyRegexp gives the reason for which Go refuses an expression.
func whyRegexp(err error) Why {
	var wrong *syntax.Error
	if !errors.As(err, &wrong) {
		return WhyRegexpOther
	}
	switch wrong.Code {
	case syntax.ErrInvalidPerlOp, syntax.ErrInvalidNamedCapture:
		return WhyRegexpPerl
	case syntax.ErrMissingParen, syntax.ErrMissingBracket, syntax.ErrUnexpectedParen:
		return WhyRegexpBracket
	case syntax.ErrInvalidRepeatOp, syntax.ErrInvalidRepeatSize, syntax.ErrMissingRepeatArgument:
		return WhyRegexpRepeat
	case syntax.ErrInvalidCharClass, syntax.ErrInvalidCharRange:
		return WhyRegexpClass
	case syntax.ErrInvalidEscape, syntax.ErrTrailingBackslash:
		return WhyRegexpEscape
	}
	return WhyRegexpOther
}

// regexpCost estimates the instructions of an expression once its repetitions
// are written out.
func regexpCost(re *syntax.Regexp) int {
	cost := 1
	if re.Op == syntax.OpLiteral {
		cost = len(re.Rune)
	}
	for _, sub := range re.Sub {
		cost = min(cost+regexpCost(sub), 2*maxRegexpCost)
	}
	if re.Op == syntax.OpRepeat {
		cost *= max(1, re.Min, re.Max)
	}
	return min(cost, 2*maxRegexpCost)
}

func quoteAll(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = regexp.QuoteMeta(t)
	}
	return out
}

func (it Item) cidr(text string) (*Expr, *Problem) {
	net, err := netip.ParsePrefix(text)
	if err != nil {
		addr, err2 := netip.ParseAddr(text)
		if err2 != nil || addr.Zone() != "" {
			return nil, problem(BadNetwork, text, WhyNetwork, err.Error())
		}
		net = netip.PrefixFrom(addr, addr.BitLen())
	}
	return leafExpr(&Match{Field: it.Field, Kind: CIDR, Net: net.Masked()}), nil
}

func (it Item) fieldRef(f form, v Scalar, text string) (*Expr, *Problem) {
	name, ok := parsePattern(text).plain()
	if !ok || name == "" || v.Kind != TextScalar {
		return nil, problem(BadValue, it.key()+": "+text, WhyFieldValue)
	}
	return leafExpr(&Match{Field: it.Field, Kind: FieldRef, Text: name, Ref: f.anchor, Cased: f.cased}), nil
}
