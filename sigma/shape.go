package sigma

import (
	"maps"
	"slices"
)

// Need says what the rules of a shape want of a field.
type Need uint8

const (
	// NeedNothing: no rule reads the field; its Value is never looked at.
	NeedNothing Need = iota
	// NeedText: only keywords read the field, and none of them can occur in a
	// number, a hexadecimal number, a GUID, a SID or an RFC 3339 time. A parser
	// may leave out (Value{}) a value that it knows to be one of these.
	NeedText
	// NeedValue: the value has to be given.
	NeedValue
)

// EngineShape is a kind of event: its log sources and the names of its fields.
// The rules are reduced to what can still match such an event. It never
// changes and is safe for concurrent use.
type EngineShape struct {
	engine  *Engine
	bucket  *bucket
	variant *variant
	needs   []Need
	steps   []step
	slots   []int32 // field of the bucket → value; absent; or fixedSlot-i for fixed[i]
	fixed   []Value
	preset  []int32 // facts true in every event, in the general variant
	twice   [][]int32
}

// step is a value to be looked at, with the index of its field.
type step struct {
	value int32
	index *fieldIndex
}

// What slots hold besides places of values.
const (
	absentSlot = -1
	fixedSlot  = -2
)

// Shape prepares the engine for events of the given log sources (all that the
// event belongs to), whose fields may have the given names, and in which the
// fixed fields always have the same value (EventID, Channel, Provider_Name). A
// rule is tried when its LogSource covers one of the sources. Of fields with
// the same name the first that is present counts, fixed ones before all.
//
// A shape costs some microseconds and some kilobytes once the first of its kind
// has been made (milliseconds); what is large is shared. A caller that knows
// events by their template keeps one shape for each template, in a cache of
// bounded size.
func (e *Engine) Shape(sources []LogSource, names []string, fixed []Field) *EngineShape {
	b := e.bucketOf(sources, fixed)
	s := &EngineShape{engine: e, bucket: b, needs: make([]Need, len(names)), slots: make([]int32, len(b.indices))}
	k := known{present: make([]bool, len(b.indices))}
	for i := range s.slots {
		s.slots[i] = absentSlot
	}
	s.setFixed(fixed)
	s.setNames(names, &k)
	k.fixed = b.testFixed(e, fixed, s.fixed)
	v, general := b.variant(&k)
	s.variant = v
	if general {
		for i, on := range k.fixed {
			if on {
				s.preset = append(s.preset, int32(len(b.facts)+i))
			}
		}
	}
	s.plan(names)
	return s
}

// setFixed keeps the fixed values; FieldRef reads them as it reads others.
func (s *EngineShape) setFixed(fixed []Field) {
	for i, f := range fixed {
		s.fixed = append(s.fixed, ValueOf(f.Value))
		if at, ok := s.bucket.local[f.Name]; ok && s.slots[at] == absentSlot {
			s.slots[at] = fixedSlot - int32(i)
		}
	}
}

// setNames finds the place of each field of the bucket.
func (s *EngineShape) setNames(names []string, k *known) {
	twice := map[int32][]int32{}
	for i, name := range names {
		at, ok := s.bucket.local[name]
		switch {
		case !ok || s.slots[at] <= fixedSlot:
		case s.slots[at] == absentSlot:
			s.slots[at], k.present[at] = int32(i), true
		default:
			if twice[at] == nil {
				twice[at] = []int32{s.slots[at]}
			}
			twice[at] = append(twice[at], int32(i))
		}
	}
	for _, at := range slices.Sorted(maps.Keys(twice)) {
		s.twice = append(s.twice, twice[at])
	}
}

// plan lists the values to be looked at.
func (s *EngineShape) plan(names []string) {
	b, v := s.bucket, s.variant
	for i, name := range names {
		s.needs[i] = v.keywords
		index := b.keyword
		at, ok := b.local[name]
		if ok && s.slots[at] == int32(i) && v.needs[at] == NeedValue {
			s.needs[i], index = NeedValue, b.indices[at]
		} else if v.keywords == NeedNothing {
			continue
		}
		if index != nil && !index.empty() {
			s.steps = append(s.steps, step{value: int32(i), index: index})
		}
	}
	for _, places := range s.twice { // any of them can be the first that is present
		for _, i := range places {
			s.needs[i] = max(s.needs[i], s.needs[places[0]])
		}
	}
}

// testFixed says for each leaf on fixed fields whether it is true.
func (b *bucket) testFixed(e *Engine, fixed []Field, values []Value) []bool {
	out := make([]bool, len(b.fixed))
	for i, id := range b.fixed {
		l := &e.leaves[id]
		if l.field == keywordField {
			for _, v := range values {
				out[i] = out[i] || l.test(v)
			}
			continue
		}
		for j, f := range fixed {
			if f.Name == l.match.Field {
				out[i] = l.test(values[j])
				break
			}
		}
	}
	return out
}

// Needs says for each name of the shape what the rules want of its value. The
// slice is shared and must not be changed.
func (s *EngineShape) Needs() []Need { return s.needs }

// AppendRules appends the rules that can match an event of the shape, as
// indices of Engine.Rules in ascending order.
func (s *EngineShape) AppendRules(dst []int32) []int32 {
	first := len(dst)
	for r, at := range s.variant.entry {
		if at != 0 {
			dst = append(dst, s.bucket.rules[r])
		}
	}
	for _, r := range s.variant.direct {
		dst = append(dst, s.bucket.rules[r])
	}
	slices.Sort(dst[first:])
	return dst
}

// Empty says that no rule can match any event of the shape.
func (s *EngineShape) Empty() bool {
	for _, at := range s.variant.entry {
		if at != 0 {
			return false
		}
	}
	return len(s.variant.direct) == 0
}
