package model

import (
	"bytes"
	"encoding/json"
)

// Shared is a value that many rows have alike: they hold the same one, which
// nobody changes. The zero Shared is the zero value. In JSON it is the value.
type Shared[T any] struct{ of *T }

// Share makes a value one that rows may share: those that are given this Shared
// hold the same.
func Share[T any](v T) Shared[T] { return Shared[T]{&v} }

// Get gives the value.
func (s Shared[T]) Get() T {
	if s.of == nil {
		var none T
		return none
	}
	return *s.of
}

// MarshalJSON writes the value. It leaves characters of HTML to who asked for
// the JSON, as any other member does.
func (s Shared[T]) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(s.Get())
	return out.Bytes(), err
}

// UnmarshalJSON reads a value.
func (s *Shared[T]) UnmarshalJSON(data []byte) error {
	s.of = new(T)
	return json.Unmarshal(data, s.of)
}
