package fault

import (
	"errors"
	"net/http"

	"github.com/torideproject/toride/internal/text"
)

// Kind says which sort of failure it was.
type Kind uint8

// The kinds. Internal is the zero value: an error that nobody named.
const (
	Internal Kind = iota
	Invalid       // what was sent cannot be taken as it is
	NotFound      // there is no such thing, or the reader may not know of it
	Denied        // signed in, but without the right
	SignIn        // not signed in
	Conflict      // somebody else was quicker, or the state forbids it
	TooLarge      // over a limit
	Busy          // try again later
	Full          // no room to write
)

// Error is a fault. Its Error string is for logs; people get Msg.
type Error struct {
	Kind  Kind
	Msg   text.Msg
	Cause error
}

// New makes a fault whose text has the given key and arguments.
func New(kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Msg: text.M(key, args...)}
}

// With returns a copy that keeps the technical cause for the log.
func (e *Error) With(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// Error names key and cause; it is for logs and tests, not for readers.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Msg.Key + ": " + e.Cause.Error()
	}
	return e.Msg.Key
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes two faults of the same key equal for errors.Is.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Msg.Key == e.Msg.Key
}

// Of finds the fault in err's chain. An error without one becomes an Internal
// fault with the error as its cause. Of(nil) is nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Error](err); ok {
		return f
	}
	return New(Internal, "fault.internal").With(err)
}

// KindOf is Of(err).Kind.
func KindOf(err error) Kind {
	if f := Of(err); f != nil {
		return f.Kind
	}
	return Internal
}

// Status maps the kind to an HTTP status. It is the only such table.
func (k Kind) Status() int {
	switch k {
	case Invalid:
		return http.StatusUnprocessableEntity
	case NotFound:
		return http.StatusNotFound
	case Denied:
		return http.StatusForbidden
	case SignIn:
		return http.StatusUnauthorized
	case Conflict:
		return http.StatusConflict
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case Busy:
		return http.StatusServiceUnavailable
	case Full:
		return http.StatusInsufficientStorage
	}
	return http.StatusInternalServerError
}
