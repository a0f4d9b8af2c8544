package web

import (
	"context"
	"net/http"
	"net/url"
)

// mayKey is the context key of what the reader may open.
type mayKey struct{}

// MayOpen reports whether the reader of the page that is being made may open
// the path, so that a page offers no link which would be refused. Outside a
// request everything may be opened.
func MayOpen(ctx context.Context, path string) bool {
	may, ok := ctx.Value(mayKey{}).(func(string) bool)
	return !ok || may(path)
}

// withMay puts what the person of the call may open into its context.
func (c *Call) withMay() {
	c.R = c.R.WithContext(context.WithValue(c.R.Context(), mayKey{}, c.mayOpen))
}

// mayOpen finds the route of a path and the right it needs.
func (c *Call) mayOpen(path string) bool {
	u, err := url.Parse(path)
	if err != nil || u.Host != "" {
		return false
	}
	_, pattern := c.srv.mux.Handler(&http.Request{Method: http.MethodGet, URL: u, Host: c.R.Host})
	perm, known := c.srv.perms[pattern]
	return known && c.Person.Can(perm)
}
