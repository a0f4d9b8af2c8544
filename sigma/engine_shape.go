package sigma

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
	engine *Engine
	rules  []int32
	names  []string
	fixed  []Field
	needs  []Need
}

// Shape prepares the engine for events of the given log sources (all that the
// event belongs to), whose fields may have the given names, and in which the
// fixed fields always have the same value (EventID, Channel, Provider_Name). A
// rule is tried when its LogSource covers one of the sources. Of fields with
// the same name the first that is present counts, fixed ones before all.
//
// Shapes are cheap and share what is large; a caller that knows events by
// their template keeps one for each template, in a cache of bounded size.
func (e *Engine) Shape(sources []LogSource, names []string, fixed []Field) *EngineShape {
	s := &EngineShape{engine: e, names: names, fixed: fixed, needs: make([]Need, len(names))}
	for i, r := range e.rules {
		for _, source := range sources {
			if r.LogSource.Covers(source) {
				s.rules = append(s.rules, int32(i))
				break
			}
		}
	}
	for i := range s.needs {
		s.needs[i] = NeedValue
	}
	return s
}

// Needs says for each name of the shape what the rules want of its value. The
// slice is shared and must not be changed.
func (s *EngineShape) Needs() []Need { return s.needs }

// Empty says that no rule can match any event of the shape.
func (s *EngineShape) Empty() bool { return len(s.rules) == 0 }
