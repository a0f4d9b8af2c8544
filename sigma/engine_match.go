package sigma

import "slices"

// Matcher finds the rules that match an event. It keeps buffers, and what it
// learnt from earlier events; it is for one goroutine.
type Matcher struct {
	engine *Engine
	shape  *EngineShape // during Match
	values []Value
	code   []instr
	entry  []int32

	// In these, the number of the current event means yes; nothing has to be
	// cleared between events.
	epoch uint32
	truth []uint32 // fact
	tried []uint32 // rule of the bucket
	known []uint32 // lazy: number of the event times two, and the answer

	list    []int32 // rules to be tried
	finder  gramFinder
	memo    *memo // nil for none
	scratch []Value
	padded  []byte
	dfas    []*dfa // of each regular expression
	spent   int    // bytes that dfas take
}

// lastEpoch is where counting begins anew.
const lastEpoch = 1<<31 - 1

// NewMatcher makes a Matcher. It takes about MemoBytes, what the tables of its
// rules need (some 200 kB for 3,000 rules), and up to 32 MiB for automata of
// regular expressions that rules and events make large.
func (e *Engine) NewMatcher() *Matcher {
	m := &Matcher{}
	m.adopt(e)
	return m
}

// adopt forgets what belongs to another engine.
func (m *Matcher) adopt(e *Engine) {
	m.engine, m.dfas, m.spent, m.memo = e, make([]*dfa, e.regexps), 0, newMemo(e.options.MemoBytes)
}

// Match appends to dst the rules that match the event, as indices of
// Engine.Rules in ascending order. values[i] is the value of the shape's
// names[i]; a missing one counts as absent. Values of fields that Needs does
// not ask for are not looked at. The values are read only during the call.
// Nothing is allocated once the buffers have grown. A shape of another engine
// may be given, say after rules were loaded anew; what the Matcher has learnt is
// then forgotten.
func (m *Matcher) Match(shape *EngineShape, values []Value, dst []int32) []int32 {
	if shape.engine != m.engine {
		m.adopt(shape.engine)
	}
	b, v := shape.bucket, shape.variant
	m.begin(shape, values)
	for i := range shape.steps {
		st := &shape.steps[i]
		if int(st.value) < len(m.values) {
			if val := &m.values[st.value]; val.Raw != nil {
				m.look(st.index, val)
			}
		}
	}
	for _, f := range shape.preset {
		m.truth[f] = m.epoch
	}
	first := len(dst)
	for _, r := range v.direct {
		dst = append(dst, b.rules[r])
	}
	for _, r := range v.always {
		if m.run(v.entry[r]) {
			dst = append(dst, b.rules[r])
		}
	}
	for _, r := range m.list {
		if m.run(v.entry[r]) {
			dst = append(dst, b.rules[r])
		}
	}
	m.values, m.shape = nil, nil
	slices.Sort(dst[first:])
	return dst
}

func (m *Matcher) begin(s *EngineShape, values []Value) {
	b := s.bucket
	m.shape, m.values, m.code, m.entry = s, values, s.variant.code, s.variant.entry
	if len(s.twice) > 0 {
		m.values = m.firstPresent(s, values)
	}
	m.list = m.list[:0]
	m.epoch++
	if m.epoch == lastEpoch {
		clear(m.truth)
		clear(m.tried)
		clear(m.known)
		m.epoch = 1
	}
	m.truth = grown(m.truth, len(b.facts)+len(b.fixed))
	m.tried = grown(m.tried, len(b.rules))
	m.known = grown(m.known, len(b.lazies))
	m.finder.lits = b.lits
	m.finder.seen = grown(m.finder.seen, len(b.lits))
}

// grown makes a table at least n long; a new place is as good as an old one
// that no event has touched.
func grown(table []uint32, n int) []uint32 {
	if n <= len(table) {
		return table
	}
	return append(table, make([]uint32, n-len(table))...)
}

// firstPresent gives the values with, for each name that occurs twice, the
// first that is present in the first of its places.
func (m *Matcher) firstPresent(s *EngineShape, values []Value) []Value {
	m.scratch = append(m.scratch[:0], values...)
	for _, places := range s.twice {
		for _, i := range places {
			if int(i) < len(values) && values[i].Raw != nil {
				first := places[0]
				m.scratch[first], m.scratch[i] = m.scratch[i], m.scratch[first]
				break
			}
		}
	}
	return m.scratch
}

// look finds all literals of a value and what follows from them.
func (m *Matcher) look(x *fieldIndex, v *Value) {
	if x.present >= 0 {
		m.literal(x.present)
	}
	n := len(v.Low)
	if n > 0 && x.nonEmpty >= 0 {
		m.literal(x.nonEmpty)
	}
	if m.memo == nil || !x.heavy || n < shortestMemo || n > longestMemo {
		m.search(x, v.Low)
		for _, id := range m.finder.found {
			m.literal(id)
		}
		return
	}
	facts, known, slot, hash := m.memo.find(x.id, v.Low)
	if known {
		for _, f := range facts {
			m.fact(f)
		}
		return
	}
	m.search(x, v.Low)
	for _, id := range m.finder.found {
		m.literal(id)
	}
	if slot != nil {
		m.memo.keep(slot, hash, x.id, v.Low, m.memo.gather(m.shape.bucket, m.finder.found))
	}
}

// search leaves the literals of a value in m.finder.found.
func (m *Matcher) search(x *fieldIndex, low []byte) {
	n := len(low)
	padded := low
	if cap(low)-n >= spare {
		padded = low[:n+spare]
	} else {
		m.padded = append(append(m.padded[:0], low...), "12345678"[:spare]...)
		padded = m.padded
		if cap(m.padded) > maxPadded {
			m.padded = nil
		}
	}
	m.finder.found = m.finder.found[:0]
	x.find(&m.finder, padded, n)
}

// maxPadded is how much of a buffer for values without spare bytes is kept.
const maxPadded = 1 << 20

// literal makes the facts of a literal true.
func (m *Matcher) literal(id int32) {
	for _, f := range m.shape.bucket.litFact.of(id) {
		m.fact(f)
	}
}

// fact makes a fact true, and those rules candidates of which it is a witness.
func (m *Matcher) fact(f int32) {
	now := m.epoch
	if m.truth[f] == now {
		return
	}
	m.truth[f] = now
	for _, r := range m.shape.bucket.witness.of(f) {
		if m.tried[r] != now {
			m.tried[r] = now
			if m.entry[r] != 0 {
				m.list = append(m.list, r)
			}
		}
	}
}

// run says whether the program that begins at pc ends with a match.
func (m *Matcher) run(at int32) bool {
	pc := uint32(at)
	for pc >= firstInstr {
		in := &m.code[pc]
		var yes bool
		if in.leaf >= 0 {
			yes = m.truth[in.leaf] == m.epoch
		} else {
			yes = m.lazy(^in.leaf)
		}
		if yes {
			pc = in.yes
		} else {
			pc = in.no
		}
	}
	return pc == hit
}

// maxSpent is what all automata of a Matcher may take together before they are
// forgotten.
const maxSpent = 32 << 20

// lazy tests a leaf on its value, once for an event.
func (m *Matcher) lazy(id int32) bool {
	if k := m.known[id]; k>>1 == m.epoch {
		return k&1 != 0
	}
	yes := m.test(&m.shape.bucket.lazies[id])
	k := m.epoch << 1
	if yes {
		k |= 1
	}
	m.known[id] = k
	return yes
}

func (m *Matcher) test(z *lazy) bool {
	if z.field == keywordField {
		for i := range m.values[:min(len(m.values), len(m.shape.needs))] {
			if m.values[i].Raw != nil && m.testValue(z, m.values[i]) {
				return true
			}
		}
		return false
	}
	v := m.value(z.field)
	if v.Raw == nil {
		return false
	}
	if z.ref >= 0 {
		other := m.value(z.ref)
		return other.Raw != nil && z.refers(v, other)
	}
	return m.testValue(z, v)
}

func (m *Matcher) testValue(z *lazy, v Value) bool {
	if z.re == nil {
		return z.leaf.test(v)
	}
	if !z.re.hinted(v.Low) {
		return false
	}
	if m.spent > maxSpent {
		clear(m.dfas)
		m.spent = 0
	}
	d := m.dfas[z.re.id]
	if d == nil {
		d = newDFA(z.re, &m.spent)
		m.dfas[z.re.id] = d
	}
	return d.match(v.Raw)
}

// value gives the value of a field of the bucket.
func (m *Matcher) value(field int32) Value {
	switch at := m.shape.slots[field]; {
	case at <= fixedSlot:
		return m.shape.fixed[fixedSlot-at]
	case at >= 0 && int(at) < len(m.values):
		return m.values[at]
	}
	return Value{}
}
