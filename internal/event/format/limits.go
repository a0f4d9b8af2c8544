package format

import (
	"unicode/utf8"

	"github.com/torideproject/toride/internal/event"
)

// Limits that hold for the events of every format. Each is several times what
// real entries were seen to need; the entry itself is kept whole in
// Event.Original, whatever these cut off.
const (
	MaxFields = 512      // fields of an event
	MaxName   = 256      // bytes of a field's name
	MaxValue  = 64 << 10 // bytes of a field's value
	MaxDepth  = 64       // how deep JSON may nest
	MaxLine   = 1024     // bytes of Core.Message and other core texts
)

// What Event.Unread says. They are codes, not sentences: the page that shows an event
// has a text for each. The event has the fields that were read before.
const (
	UnreadJSON   = "json"   // not JSON, or cut off in the middle
	UnreadDeep   = "deep"   // nested deeper than MaxDepth
	UnreadMany   = "many"   // more than MaxFields fields
	UnreadHeader = "header" // the beginning is not what this format has
	UnreadShape  = "shape"  // JSON, but not what this format has
	UnreadEmpty  = "empty"  // there is nothing in it
)

// Body is a format that reads entries found inside others.
type Body interface {
	event.Format
	// Take reads text, the part of an entry that its envelope left over, if it is this
	// format's own, and otherwise leaves e alone and says false. program is who
	// wrote it as the envelope names it, often empty. What the envelope knew
	// stands in e already; Take may refine it.
	Take(program, text string, e *event.Event) bool
}

// Add appends a field within the limits. A field without a name is left out.
func Add(e *event.Event, name, value string) {
	if name == "" {
		return
	}
	if len(e.Fields) >= MaxFields {
		e.Unread = UnreadMany
		return
	}
	if len(name) > MaxName {
		name = Cut(name, MaxName)
	}
	if len(value) > MaxValue {
		value = Cut(value, MaxValue)
	}
	e.Fields = append(e.Fields, event.Field{Name: name, Value: value})
}

// AddSome adds a field whose value is not empty.
func AddSome(e *event.Event, name, value string) {
	if value != "" {
		Add(e, name, value)
	}
}

// Cut gives the first n bytes of s at most, and no half character.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Line gives the first line of s for Core.Message: not longer than MaxLine,
// without blanks around it.
func Line(s string) string {
	for len(s) > 0 && s[0] <= ' ' {
		s = s[1:]
	}
	for i := 0; i < len(s) && i <= MaxLine; i++ {
		if s[i] == '\n' || s[i] == '\r' {
			s = s[:i]
			break
		}
	}
	s = Cut(s, MaxLine)
	for len(s) > 0 && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	return s
}
