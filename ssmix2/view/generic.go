package view

import "github.com/torideproject/toride/hl7"

// Segment is a segment as it was sent, for what has no type of its own.
type Segment struct {
	ID     string  `json:"id"`
	Index  int     `json:"index"`
	Fields []Field `json:"fields,omitempty"` // those that hold something
}

// Field is one field of a Segment.
type Field struct {
	N     int    `json:"n"`
	State State  `json:"state"`
	Raw   string `json:"raw,omitempty"`
	Text  string `json:"text,omitempty"` // escapes undone, delimiters left
}

func generic(s hl7.Segment) Segment {
	out := Segment{ID: s.ID(), Index: s.Index()}
	for n, v := range s.Fields() {
		if st := v.State(); st == hl7.Present || st == hl7.Null {
			out.Fields = append(out.Fields, Field{n, State(st), v.Raw(), v.All()})
		}
	}
	return out
}
