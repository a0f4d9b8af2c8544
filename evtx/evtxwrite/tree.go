package evtxwrite

// An event is first laid out as a tree, then written as tokens: once as a
// template with holes, or whole.

// elem is an element of the tree.
type elem struct {
	name  string
	attrs []attr
	kids  []*elem
	text  content
}

type attr struct {
	name string
	text content
}

// content is a literal, a hole, or nothing.
type content struct {
	kind contentKind
	lit  string
	sub  int
	typ  byte // of the hole
}

type contentKind uint8

const (
	nothing contentKind = iota
	literal
	hole     // a value that is always there
	optional // a hole that takes its element or attribute with it when null
)

const eventNamespace = "http://schemas.microsoft.com/win/2004/08/events/event"

// holes numbers the holes of a tree and gathers their values. With inline set
// there are none: every value becomes a literal.
type holes struct {
	inline bool
	values []Raw
	err    error
}

// add gives the content for a value.
func (h *holes) add(v any, kind contentKind) content {
	if h.inline {
		s, err := text(v)
		h.fail(err)
		if v == nil && kind == optional {
			return content{}
		}
		return content{kind: literal, lit: s}
	}
	raw, err := encode(v)
	h.fail(err)
	h.values = append(h.values, raw)
	typ := raw.Type
	if typ == typeNull {
		typ = typeString // so that null and text share a template
	}
	return content{kind: kind, sub: len(h.values) - 1, typ: typ}
}

func (h *holes) fail(err error) {
	if h.err == nil {
		h.err = err
	}
}

// orNil makes a value of what may be left out.
func orNil[T comparable](v T, as func(T) any) any {
	var zero T
	if v == zero {
		return nil
	}
	return as(v)
}

// system lays out the event's fixed part.
func system(e *Event, id uint64, h *holes) *elem {
	provider := &elem{name: "Provider", attrs: []attr{{"Name", content{kind: literal, lit: e.Provider}}}}
	if e.ProviderGUID != "" {
		g, err := guidBytes(e.ProviderGUID)
		h.fail(err)
		if err == nil {
			provider.attrs = append(provider.attrs, attr{"Guid", content{kind: literal, lit: "{" + guidText(g) + "}"}})
		}
	}
	leaf := func(name string, v any) *elem { return &elem{name: name, text: h.add(v, hole)} }
	qualifiers := h.add(orNil(e.Qualifiers, func(v uint16) any { return v }), optional)
	return &elem{name: "System", kids: []*elem{
		provider,
		{name: "EventID", attrs: []attr{{"Qualifiers", qualifiers}}, text: h.add(e.EventID, hole)},
		leaf("Version", e.Version),
		leaf("Level", e.Level),
		leaf("Task", e.Task),
		leaf("Opcode", e.Opcode),
		leaf("Keywords", Hex64(e.Keywords)),
		{name: "TimeCreated", attrs: []attr{{"SystemTime", h.add(e.Time, hole)}}},
		leaf("EventRecordID", id),
		{name: "Correlation", attrs: []attr{{"ActivityID", h.add(orNil(e.ActivityID, func(v string) any { return GUID(v) }), optional)}}},
		{name: "Execution", attrs: []attr{{"ProcessID", h.add(e.ProcessID, hole)}, {"ThreadID", h.add(e.ThreadID, hole)}}},
		leaf("Channel", e.Channel),
		leaf("Computer", e.Computer),
		{name: "Security", attrs: []attr{{"UserID", h.add(orNil(e.UserSID, func(v string) any { return SID(v) }), optional)}}},
	}}
}

// event lays out the outer element around the parts.
func event(parts ...*elem) *elem {
	return &elem{name: "Event", attrs: []attr{{"xmlns", content{kind: literal, lit: eventNamespace}}}, kids: parts}
}

// payload lays out EventData or UserData; nil where the event has neither.
func payload(e *Event, h *holes) *elem {
	if u := e.UserData; u != nil {
		inner := &elem{name: u.Name}
		if u.Namespace != "" {
			inner.attrs = []attr{{"xmlns", content{kind: literal, lit: u.Namespace}}}
		}
		for _, f := range u.Fields {
			inner.kids = append(inner.kids, &elem{name: f.Name, text: h.add(f.Value, hole)})
		}
		return &elem{name: "UserData", kids: []*elem{inner}}
	}
	if len(e.Data) == 0 {
		return nil
	}
	data := &elem{name: "EventData"}
	for _, f := range e.Data {
		d := &elem{name: "Data"}
		if f.Name != "" {
			d.attrs = []attr{{"Name", content{kind: literal, lit: f.Name}}}
		}
		d.text = h.add(f.Value, hole)
		data.kids = append(data.kids, d)
	}
	return data
}
