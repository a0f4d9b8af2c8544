package sigma

import "bytes"

// ValueOf makes a Value of a text, for tests and callers without a buffer of
// their own; it allocates.
func ValueOf(s string) Value {
	raw := make([]byte, len(s), len(s)+8)
	copy(raw, s)
	low := AppendFold(make([]byte, 0, len(s)+8), raw)
	if cap(low) < len(low)+8 {
		low = append(low, "12345678"...)[:len(low)]
	}
	return Value{Raw: raw, Low: low}
}

// Matcher finds the rules that match an event. It keeps buffers, and what it
// learnt from earlier events; it is for one goroutine.
type Matcher struct{ engine *Engine }

// NewMatcher makes a Matcher. It may be kept as long as the engine.
func (e *Engine) NewMatcher() *Matcher { return &Matcher{engine: e} }

// Match appends to dst the rules that match the event, as indices of
// Engine.Rules in ascending order. values[i] is the value of the shape's
// names[i]; a missing one counts as absent. Values of fields that Needs does
// not ask for are not looked at. The values are read only during the call.
func (m *Matcher) Match(shape *EngineShape, values []Value, dst []int32) []int32 {
	for _, r := range shape.rules {
		if m.holds(shape, values, m.engine.rules[r].Condition) {
			dst = append(dst, r)
		}
	}
	return dst
}

func (m *Matcher) holds(s *EngineShape, values []Value, x *Expr) bool {
	switch x.Op {
	case And:
		for _, kid := range x.Kids {
			if !m.holds(s, values, kid) {
				return false
			}
		}
		return true
	case Or:
		for _, kid := range x.Kids {
			if m.holds(s, values, kid) {
				return true
			}
		}
		return false
	case Not:
		return !m.holds(s, values, x.Kids[0])
	case Leaf:
		return m.leaf(s, values, x.Match)
	}
	return x.Op == True
}

func (m *Matcher) leaf(s *EngineShape, values []Value, l *Match) bool {
	if l.Field == "" {
		for _, f := range s.fixed {
			if l.test(ValueOf(f.Value)) {
				return true
			}
		}
		for i := range s.names {
			if i < len(values) && values[i].Raw != nil && l.test(values[i]) {
				return true
			}
		}
		return false
	}
	v := m.value(s, values, l.Field)
	switch l.Kind {
	case Null:
		return len(v.Raw) == 0
	case Exists:
		return v.Raw != nil
	case FieldRef:
		return v.Raw != nil && refers(l, v, m.value(s, values, l.Text))
	}
	return v.Raw != nil && l.test(v)
}

func (m *Matcher) value(s *EngineShape, values []Value, name string) Value {
	for _, f := range s.fixed {
		if f.Name == name {
			return ValueOf(f.Value)
		}
	}
	for i, n := range s.names {
		if n == name && i < len(values) && values[i].Raw != nil {
			return values[i]
		}
	}
	return Value{}
}

func refers(l *Match, v, other Value) bool {
	if other.Raw == nil {
		return false
	}
	a, b := v.Low, other.Low
	if l.Cased {
		a, b = v.Raw, other.Raw
	}
	switch l.Ref {
	case Prefix:
		return bytes.HasPrefix(a, b)
	case Suffix:
		return bytes.HasSuffix(a, b)
	case Contains:
		return bytes.Contains(a, b)
	}
	return bytes.Equal(a, b)
}
