package sigma

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// dfa answers whether a regular expression matches, as a deterministic
// automaton whose states are made when they are first reached. It gives the
// answers of package regexp and is for one goroutine. A state is the set of
// instructions at which the program may stand, and what kind of character stood
// before, where borders matter.
type dfa struct {
	plan  *regexpPlan
	width int      // columns of next: the classes, and one for the end of the text
	next  []uint32 // state*width+column → state, or one of the marks
	sets  [][]uint32
	left  []byte // of each state: the kind of character before it
	ids   map[string]uint32
	start uint32

	cost    int // of the states, in bytes
	spent   *int
	read    int // bytes since the last flush
	flushes int
	stack   []uint32
	member  []uint32 // instruction → round in which it was added
	round   uint32
}

// Marks in next.
const (
	unknownState uint32 = iota
	deadState           // no match any more
	matchState
	firstState
)

// Kinds of characters before a place.
const (
	leftOther byte = iota
	leftBegin      // none: the text begins here
	leftWord
	leftLine
)

// Limits of one automaton; beyond maxCost bytes it begins anew. When it had to
// do so maxFlushes times with less than worthRead bytes read in between, the
// expression is left to package regexp.
const (
	maxCost    = 4 << 20
	maxFlushes = 4
	worthRead  = 16 * maxCost
)

// newDFA makes the automaton of an expression; spent grows by the bytes that
// its states take.
func newDFA(p *regexpPlan, spent *int) *dfa {
	p.once.Do(p.prepare)
	d := &dfa{plan: p, spent: spent}
	if p.prog != nil {
		d.width = len(p.samples) + 1
		d.member = make([]uint32, len(p.prog.Inst))
		d.reset()
	}
	return d
}

// reset forgets all states but the first.
func (d *dfa) reset() {
	d.next = make([]uint32, int(firstState)*d.width, 16*d.width)
	d.sets, d.left = make([][]uint32, firstState), make([]byte, firstState)
	d.ids = map[string]uint32{}
	base := 8*len(d.plan.prog.Inst) + 256
	*d.spent += base - d.cost
	d.cost = base
	d.begin()
	if d.start = matchState; !d.add(uint32(d.plan.prog.Start)) {
		d.start = d.state(leftBegin)
	}
}

// match says whether the expression matches somewhere in b.
func (d *dfa) match(b []byte) bool {
	p := d.plan
	if len(b) < p.least {
		return false
	}
	if p.prog == nil || d.flushes > maxFlushes {
		return p.re.Match(b)
	}
	d.read += len(b)
	s := d.start
	if s < firstState {
		return s == matchState
	}
	for i := 0; i < len(b); {
		var class uint8
		if c := b[i]; c < utf8.RuneSelf {
			class = p.ascii[c]
			i++
		} else {
			r, n := utf8.DecodeRune(b[i:])
			class = p.classOf(r)
			i += n
		}
		to := d.next[int(s)*d.width+int(class)]
		if to < firstState {
			if to == unknownState {
				if d.cost > maxCost {
					return d.overflow(b)
				}
				to = d.step(s, int(class))
			}
			if to < firstState {
				return to == matchState
			}
		}
		s = to
	}
	end := &d.next[int(s)*d.width+d.width-1]
	if *end == unknownState {
		*end = d.finish(s)
	}
	return *end == matchState
}

// overflow begins anew with b; the text that filled the table is left to
// package regexp.
func (d *dfa) overflow(b []byte) bool {
	if d.read < worthRead {
		d.flushes++
	}
	d.read = 0
	if d.flushes > maxFlushes {
		*d.spent -= d.cost
		d.next, d.sets, d.left, d.ids, d.cost = nil, nil, nil, nil, 0
	} else {
		d.reset()
	}
	return d.plan.re.Match(b)
}

// before gives a character of the kind that stood before a state, as
// syntax.EmptyOpContext takes it.
func before(left byte) rune {
	switch left {
	case leftBegin:
		return -1
	case leftWord:
		return 'a'
	case leftLine:
		return '\n'
	}
	return ' '
}

func kindOf(r rune) byte {
	switch {
	case r == '\n':
		return leftLine
	case syntax.IsWordChar(r):
		return leftWord
	}
	return leftOther
}

// step works out where a state goes with a character of a class.
func (d *dfa) step(from uint32, class int) uint32 {
	p := d.plan
	r := p.samples[class]
	set := d.sets[from]
	if p.flags {
		matched := false
		if set, matched = d.cross(set, syntax.EmptyOpContext(before(d.left[from]), r)); matched {
			d.next[int(from)*d.width+class] = matchState
			return matchState
		}
	}
	d.begin()
	to := unknownState
	passes := p.passes[class]
	for _, pc := range set {
		if test := p.tests[pc]; test >= 0 && passes[test] != 0 && d.add(p.prog.Inst[pc].Out) {
			to = matchState
		}
	}
	if !p.anchored && d.add(uint32(p.prog.Start)) {
		to = matchState
	}
	if to == unknownState {
		left := leftOther
		if p.flags {
			left = kindOf(r)
		}
		to = d.state(left)
	}
	d.next[int(from)*d.width+class] = to
	return to
}

// finish says whether a state matches where the text ends.
func (d *dfa) finish(s uint32) uint32 {
	if d.plan.flags {
		if _, matched := d.cross(d.sets[s], syntax.EmptyOpContext(before(d.left[s]), -1)); matched {
			return matchState
		}
	}
	return deadState
}

// cross follows the borders that hold here. The result is good until the next
// begin.
func (d *dfa) cross(set []uint32, holds syntax.EmptyOp) (crossed []uint32, matched bool) {
	d.begin()
	for _, pc := range set {
		matched = d.add(pc) || matched
	}
	for i := 0; i < len(d.stack); i++ {
		in := &d.plan.prog.Inst[d.stack[i]]
		if in.Op == syntax.InstEmptyWidth && syntax.EmptyOp(in.Arg)&^holds == 0 {
			matched = d.add(in.Out) || matched
		}
	}
	return slices.Clone(d.stack), matched
}

// begin empties the set that add fills.
func (d *dfa) begin() {
	d.stack = d.stack[:0]
	if d.round++; d.round == 0 {
		clear(d.member)
		d.round = 1
	}
}

// add puts pc and what it leads to without a character or border into the set;
// matched says that the program can end there.
func (d *dfa) add(pc uint32) (matched bool) {
	todo := []uint32{pc}
	for len(todo) > 0 {
		pc, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if d.member[pc] == d.round {
			continue
		}
		d.member[pc] = d.round
		switch in := &d.plan.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, in.Out)
		case syntax.InstMatch:
			matched = true
		case syntax.InstFail:
		default:
			d.stack = append(d.stack, pc)
		}
	}
	return matched
}

// state gives the number of the current set, with the kind of character before
// it.
func (d *dfa) state(left byte) uint32 {
	if len(d.stack) == 0 {
		return deadState
	}
	slices.Sort(d.stack)
	key := make([]byte, 0, 4*len(d.stack)+1)
	key = append(key, left)
	for _, pc := range d.stack {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	if id, ok := d.ids[string(key)]; ok {
		return id
	}
	id := uint32(len(d.sets))
	d.ids[string(key)] = id
	d.sets, d.left = append(d.sets, slices.Clone(d.stack)), append(d.left, left)
	d.next = append(d.next, make([]uint32, d.width)...)
	cost := 8*len(d.stack) + 4*d.width + 128
	d.cost += cost
	*d.spent += cost
	return id
}
