package sigma

import (
	"bytes"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
)

// regexpPlan is what all goroutines share of a regular expression: the program
// of package regexp/syntax, with the characters sorted into classes that it
// cannot tell apart. It is made when a value first has to be tested.
type regexpPlan struct {
	re       *regexp.Regexp
	id       int32    // in its engine
	required []string // folded; nil when unknown, else one of them is in the folded text of every match
	hints    [][]byte // the same with shorter texts, where required is nil
	least    int      // no match has fewer bytes
	once     sync.Once
	prog     *syntax.Prog // nil where only re can be used
	flags    bool         // the program looks at borders: ^ $ \b
	anchored bool         // a match can begin only where the text begins
	ascii    [utf8.RuneSelf]uint8
	bounds   []rune   // class of r ≥ 128: classes[i] for the last bounds[i] ≤ r
	classes  []uint8  // as many as bounds
	samples  []rune   // one character of each class
	tests    []int32  // instruction → its test of a character, -1 without
	passes   [][]byte // class, test → 1 where a character of the class passes
}

// Limits of what is made into an automaton. Expressions beyond are left to
// package regexp.
const (
	maxProgram = 4096
	maxBounds  = 4096
	maxClasses = 250
)

func newRegexpPlan(re *regexp.Regexp) *regexpPlan {
	p := &regexpPlan{re: re}
	if tree, err := syntax.Parse(re.String(), syntax.Perl); err == nil {
		p.least = leastBytes(tree)
		tree = tree.Simplify()
		if p.required = requiredLiterals(tree, minGram); p.required == nil {
			if hints := requiredLiterals(tree, 1); len(hints) <= maxHints {
				for _, h := range hints {
					p.hints = append(p.hints, []byte(h))
				}
			}
		}
	}
	return p
}

// prepare builds the program and the classes, once.
func (p *regexpPlan) prepare() {
	tree, err := syntax.Parse(p.re.String(), syntax.Perl)
	if err != nil {
		return
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil || len(prog.Inst) > maxProgram {
		return
	}
	for _, in := range prog.Inst {
		p.flags = p.flags || in.Op == syntax.InstEmptyWidth
	}
	p.anchored = prog.StartCond()&syntax.EmptyBeginText != 0
	if p.classify(prog) {
		p.prog = prog
	}
}

// classify sorts all characters into classes; ok is false when there are too
// many.
func (p *regexpPlan) classify(prog *syntax.Prog) (ok bool) {
	var tests []*syntax.Inst // instructions that test a character, each kind once
	p.tests, tests = testsOf(prog)
	bounds := boundsOf(tests)
	if len(bounds) > maxBounds {
		return false
	}
	known := map[string]uint8{}
	passed := make([]byte, len(tests)+1)
	for _, r := range bounds {
		for i, in := range tests {
			passed[i] = 0
			if in.MatchRune(r) {
				passed[i] = 1
			}
		}
		if p.flags {
			passed[len(tests)] = byte(syntax.EmptyOpContext(r, -1))
		}
		class, seen := known[string(passed)]
		if !seen {
			if len(known) >= maxClasses {
				return false
			}
			class = uint8(len(known))
			known[string(passed)] = class
			p.samples = append(p.samples, r)
			p.passes = append(p.passes, slices.Clone(passed[:len(tests)]))
		}
		p.classes = append(p.classes, class)
	}
	p.bounds = bounds
	for c := range p.ascii {
		p.ascii[c] = p.classOf(rune(c))
	}
	return true
}

func runeInst(op syntax.InstOp) bool {
	return op == syntax.InstRune || op == syntax.InstRune1 || op == syntax.InstRuneAny || op == syntax.InstRuneAnyNotNL
}

// testsOf numbers the tests of characters: the instructions of x{500} have one
// in common. Other instructions have the number -1.
func testsOf(prog *syntax.Prog) (of []int32, tests []*syntax.Inst) {
	type kind struct {
		op    syntax.InstOp
		arg   uint32
		runes *rune
	}
	known := map[kind]int32{}
	for i := range prog.Inst {
		in := &prog.Inst[i]
		if !runeInst(in.Op) {
			of = append(of, -1)
			continue
		}
		k := kind{op: in.Op, arg: in.Arg}
		if len(in.Rune) > 0 {
			k.runes = &in.Rune[0]
		}
		id, seen := known[k]
		if !seen {
			id = int32(len(tests))
			known[k] = id
			tests = append(tests, in)
		}
		of = append(of, id)
	}
	return of, tests
}

// boundsOf lists the characters at which the outcome of the tests can change,
// ascending; more than maxBounds when there are too many.
func boundsOf(tests []*syntax.Inst) []rune {
	set := map[rune]bool{0: true}
	cut := func(lo, hi rune) { set[lo], set[hi+1] = true, true }
	for c := rune(0); c <= utf8.RuneSelf; c++ {
		set[c] = true
	}
	for _, in := range tests {
		if len(set) > maxBounds {
			break
		}
		if len(in.Rune) == 1 { // may stand for its other cases too
			for r := in.Rune[0]; ; {
				cut(r, r)
				if r = unicode.SimpleFold(r); r == in.Rune[0] {
					break
				}
			}
			continue
		}
		for i := 0; i+1 < len(in.Rune); i += 2 {
			cut(in.Rune[i], in.Rune[i+1])
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func (p *regexpPlan) classOf(r rune) uint8 {
	i, found := slices.BinarySearch(p.bounds, r)
	if !found {
		i--
	}
	return p.classes[i]
}

// requiredLiterals gives texts of which at least one is, folded, in the folded
// text of every match; nil when nothing is known. Texts of fewer than least bytes
// do not count.
func requiredLiterals(re *syntax.Regexp, least int) []string {
	switch re.Op {
	case syntax.OpLiteral:
		text := make([]byte, 0, len(re.Rune))
		for _, r := range re.Rune {
			if r == utf8.RuneError { // matches bytes that are not UTF-8 too
				return nil
			}
			text = utf8.AppendRune(text, FoldRune(r))
		}
		if len(text) >= least {
			return []string{string(text)}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return requiredLiterals(re.Sub[0], least)
	case syntax.OpRepeat:
		if re.Min > 0 {
			return requiredLiterals(re.Sub[0], least)
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if l := requiredLiterals(sub, least); l != nil && (best == nil || shortest(l) > shortest(best)) {
				best = l
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			l := requiredLiterals(sub, least)
			if l == nil || len(all)+len(l) > maxRequired {
				return nil
			}
			all = append(all, l...)
		}
		return all
	}
	return nil
}

// maxRequired bounds the alternatives that are looked for instead of the
// expression.
const maxRequired = 64

// maxHints bounds those that are looked for before the automaton is asked.
const maxHints = 4

// hinted says whether b, folded, has one of the hints.
func (p *regexpPlan) hinted(low []byte) bool {
	for _, h := range p.hints {
		if bytes.Contains(low, h) {
			return true
		}
	}
	return len(p.hints) == 0
}

func shortest(texts []string) int {
	n := len(texts[0])
	for _, t := range texts {
		n = min(n, len(t))
	}
	return n
}

// leastBytes is a number of bytes that every match has at least.
func leastBytes(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune) // a character has at least one
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return leastBytes(re.Sub[0])
	case syntax.OpRepeat:
		return min(re.Min*leastBytes(re.Sub[0]), 1<<20)
	case syntax.OpConcat:
		n := 0
		for _, sub := range re.Sub {
			n = min(n+leastBytes(sub), 1<<20)
		}
		return n
	case syntax.OpAlternate:
		n := leastBytes(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			n = min(n, leastBytes(sub))
		}
		return n
	}
	return 0
}
