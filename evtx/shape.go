package evtx

// Section says in which part of an event a field stands.
type Section uint8

// The sections of an event.
const (
	Other     Section = iota // outside of the others, such as RenderingInfo
	System                   // Event/System
	EventData                // Event/EventData and its like (ProcessingErrorData, DebugData)
	UserData                 // Event/UserData
)

// Field is one name in a shape's flat list.
//
// Names in System are the element's name, or element_attribute for an
// attribute: EventID, Channel, Provider_Name, TimeCreated_SystemTime,
// Security_UserID, Execution_ProcessID, Correlation_ActivityID,
// EventID_Qualifiers. Elsewhere the name is that of a Data element's Name
// attribute without its blanks ("Threat Name" is ThreatName), else the
// element's own name; attributes of other elements are element_attribute,
// and those of RenderingInfo bear its name in front. All Data elements
// without a name are the one field Data, their texts joined by a line feed.
// Any other name that occurs again gets _1, _2 and so on behind it, in the
// order of the event, System first: Channel is always that of System.
type Field struct {
	Name    string
	Section Section
}

// Value is what one record has in one field.
type Value struct {
	// Text is the value as UTF-8. Nil says that the record has none (null,
	// or left out); empty says that it is there and empty. Whole numbers are
	// decimal, hexadecimal types 0x and lower-case digits, GUIDs upper-case
	// without braces, times 2006-01-02T15:04:05.000000Z, truth values true
	// and false, binary upper-case hexadecimal, security identifiers S-1-…,
	// several values in one joined by a line feed. Half surrogate pairs are
	// U+FFFD.
	Text []byte
	// Lower is Text with each rune through unicode.ToLower. Behind it stand
	// Pad zero bytes that may be read: Lower[:len(Lower)+Pad] is always in
	// bounds, also where Text is nil, unless Options.NoLower is set.
	Lower []byte
}

// Pad is how many bytes behind Value.Lower may be read.
const Pad = 8

// Shape is what all records of one kind have in common. It does not change
// and may be used by any number of goroutines.
type Shape struct {
	layout   *layout
	id       int
	eventID  uint32
	channel  string
	provider string
	key      []byte  // raw bytes of the identifying values
	fixed    []Value // values of layout.ident, the same in every record
}

// ID is the shape's number in its Cache, counted from 0 without holes, or -1
// for a shape that the cache was too full to keep. A shape with -1 belongs to
// one record alone.
func (s *Shape) ID() int { return s.id }

// EventID is the number of the event, 0 where it has none or one that is no
// number.
func (s *Shape) EventID() uint32 { return s.eventID }

// Channel is the name of the log as the event states it, such as "Security";
// it may be empty.
func (s *Shape) Channel() string { return s.channel }

// Provider is the provider's name, or its older event source name where it
// has no other; it may be empty.
func (s *Shape) Provider() string { return s.provider }

// Fields is the flat list of names, each once. The caller must not change it.
func (s *Shape) Fields() []Field { return s.layout.fields }

// Lookup gives the place of a name in Fields, or -1. Names are case-sensitive.
func (s *Shape) Lookup(name string) int { return s.layout.lookup(name) }

// Const gives the value of the i-th field where it is the same in every
// record of this shape (literal texts of the template, event ID, channel,
// provider), so that a caller can decide on it once. The bytes must not be
// changed; they stay valid.
func (s *Shape) Const(i int) (Value, bool) {
	src := &s.layout.src[i]
	switch {
	case src.ident >= 0:
		return s.fixed[src.ident], true
	case src.kind == srcConst:
		return s.layout.consts[src.aux], true
	}
	return Value{}, false
}
