package webtest

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/web"
)

// Visitor is somebody who asks for every route: one role, or nobody. Ask asks
// with his session; a POST has no fields.
type Visitor struct {
	Role   string
	Person web.Person // zero: nobody has signed in
	Ask    func(method, path string) Answer
}

// Answer is what a route answered.
type Answer struct {
	Status int
	To     string // where it sends to
}

// toSignIn reports whether the visitor was told to say who he is.
func (a Answer) toSignIn() bool {
	return a.Status == http.StatusUnauthorized || a.Status == http.StatusSeeOther && strings.HasPrefix(a.To, "/signin?")
}

// Roles asks for every route as every visitor. A route without the right answers
// 403 or sends nobody to the sign-in; with it, anything but that and a
// server's error. Routes of which spared says so are not asked for: they would
// end the session that looks, or never end. It gives the table of rights, a line a route
// with the roles that may, for a golden file, so that a change shows in review.
func Roles(t testing.TB, routes []web.Route, visitors []Visitor, spared func(method, path string, may bool) bool) string {
	t.Helper()
	variable := regexp.MustCompile(`\{[^}]*\}`)
	var table []string
	for _, route := range routes {
		method, path, _ := strings.Cut(route.Pattern, " ")
		path = variable.ReplaceAllString(strings.ReplaceAll(path, "{$}", ""), "none")
		line := fmt.Sprintf("%-58s %-18s", route.Pattern, route.Perm)
		for _, v := range visitors {
			may := v.Person.Can(route.Perm)
			if may {
				line += " " + v.Role
			}
			if !spared(method, path, may) {
				answered(t, route, v, may, v.Ask(method, path))
			}
		}
		table = append(table, line)
	}
	slices.Sort(table)
	return strings.Join(table, "\n") + "\n"
}

func answered(t testing.TB, route web.Route, v Visitor, may bool, a Answer) {
	t.Helper()
	nobody := v.Person.ID == ""
	switch {
	case a.Status >= 500:
		t.Errorf("%s as %s: %d", route.Pattern, v.Role, a.Status)
	case !may && nobody && !a.toSignIn():
		t.Errorf("%s as %s: %d %s", route.Pattern, v.Role, a.Status, a.To)
	case !may && !nobody && a.Status != http.StatusForbidden:
		t.Errorf("%s as %s without %s: %d", route.Pattern, v.Role, route.Perm, a.Status)
	case may && a.toSignIn() && route.Perm != web.Public:
		t.Errorf("%s as %s: sent to the sign-in", route.Pattern, v.Role)
	}
}

// Golden compares with a file of testdata; UPDATE=1 writes it anew.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(got)) {
		t.Errorf("%s differs: UPDATE=1 writes it anew; read the difference", path)
	}
}
