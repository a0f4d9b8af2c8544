package web

import (
	"net/http"
	"strings"

	"github.com/torideproject/toride/internal/fault"
)

// RefusedWhat says which rule of the shell refused something.
type RefusedWhat string

// What the shell tells of. A request without a session is none of them: every
// forgotten tab would be a line. What a handler denies is the domain's to write
// down, which knows what it was about.
const (
	RefusedOrigin RefusedWhat = "origin" // sent by a page of another site
	RefusedRight  RefusedWhat = "right"  // signed in, but without the right of the route
	RefusedFile   RefusedWhat = "file"   // a file that could not be taken
)

// Refusal is one refused request.
type Refusal struct {
	What   RefusedWhat
	Person Person // ID is empty where nobody is signed in
	From   string // address
	Method string
	Path   string // without the query, which may hold a token; at most 200 bytes
	File   string // cleaned name, where one is known
	Reason string // text key of the fault, or empty
}

// refused tells of a request that ended in a refusal. err is what the check of
// the right or the handler gave; a form shown again has none.
func (c *Call) refused(route Route, err error) {
	if c.srv.cfg.Refused == nil {
		return
	}
	r := Refusal{Person: c.Person, From: c.From(), Method: c.R.Method, Path: shortPath(c.R.URL.Path)}
	if f := fault.Of(err); f != nil {
		r.Reason = f.Msg.Key
	}
	switch {
	case r.Reason == crossOrigin:
		r.What = RefusedOrigin
	case r.Reason == withoutRight && c.Person.ID != "":
		r.What = RefusedRight
	case c.fileRefused(route):
		r.What, r.File = RefusedFile, c.fileName()
	default:
		return
	}
	c.srv.cfg.Refused(r)
}

// fileRefused reports whether the answer to an upload was no. A form without a
// file was only filled in badly, unless the file was too large to be read.
func (c *Call) fileRefused(route Route) bool {
	if c.status == http.StatusRequestEntityTooLarge && route.Body > 0 {
		return true
	}
	return c.R.Method == http.MethodPost && c.status >= 400 && c.status < 500 && !route.Notes && c.fileName() != ""
}

func (c *Call) fileName() string {
	if c.R.MultipartForm == nil {
		return ""
	}
	for _, headers := range c.R.MultipartForm.File {
		if len(headers) > 0 {
			return CleanName(headers[0].Filename)
		}
	}
	return ""
}

func shortPath(path string) string {
	path = strings.ToValidUTF8(path, "_")
	if len(path) > 200 {
		path = strings.ToValidUTF8(path[:200], "") + "…"
	}
	return path
}

// Keys of the faults that the shell itself gives.
const (
	crossOrigin  = "web.cross_origin" // a request of another site's page
	withoutRight = "web.denied"       // signed in, without the right
)
