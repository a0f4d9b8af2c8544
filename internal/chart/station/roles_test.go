package station_test

import (
	"flag"
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

var update = flag.Bool("update", false, "write golden files")

// TestRoles_EveryRouteForEveryRole asks for every route as nobody, as every
// role, and by break-glass. A route without the right answers 403 or sends to
// the sign-in; with it, anything but that and an internal error. The table is a
// golden file, so that a change of rights shows in review.
func TestRoles_EveryRouteForEveryRole(t *testing.T) {
	t.Parallel()
	r := serve(t, nil)
	admin := r.people()
	names := []string{"nobody", "physician", "nurse", "pharmacist", "technician", "dietitian", "clerk", "it", "glass"}
	browsers := map[string]*browser{"nobody": r.browser(), "it": admin, "glass": r.browser()}
	for i, name := range names[1:7] {
		browsers[name] = r.signIn(fmt.Sprint(1001 + i))
	}
	browsers["glass"].post("/glass", "yourname", "応援 一郎", "employer", "架空大学病院", "reason", "応援", "pin", "482913").want(t, 303)
	people := map[string]web.Person{}
	for name, b := range browsers {
		for _, cookie := range b.http.Jar.Cookies(b.url()) {
			if cookie.Name == web.SessionCookie {
				p, err := r.Staff.Person(t.Context(), cookie.Value, "")
				if err != nil {
					t.Fatal(err)
				}
				people[name] = p
			}
		}
	}
	variable := regexp.MustCompile(`\{[^}]*\}`)
	var table []string
	for _, route := range r.Site().Routes() {
		method, path, _ := strings.Cut(route.Pattern, " ")
		path = variable.ReplaceAllString(strings.ReplaceAll(path, "{$}", ""), "none")
		marks := ""
		for _, name := range names {
			may := people[name].Can(route.Perm)
			if may {
				marks += " " + name
			}
			if path == "/signout" || path == "/lock/now" {
				continue // it would end the very session with which we look
			}
			var p page
			if method == http.MethodGet {
				if path == "/live" {
					continue // a stream
				}
				p = browsers[name].get(path)
			} else {
				p = browsers[name].post(path)
			}
			check(t, name, route, may, p)
		}
		if strings.HasPrefix(path, "/chart") && route.Perm != "chart.setup" && route.Perm != web.SignedIn && people["it"].Can(route.Perm) {
			t.Errorf("%s: who runs the machines reads a chart", route.Pattern)
		}
		table = append(table, fmt.Sprintf("%-52s %-14s%s", route.Pattern, route.Perm, marks))
	}
	if people["it"].Can("chart.read") || people["it"].Can("chart.print") || people["it"].Can("chart.seen") || people["it"].Can("chart.entry") {
		t.Error("who runs the machines may read")
	}
	slices.Sort(table)
	golden(t, "roles.txt", strings.Join(table, "\n")+"\n")
}

func check(t *testing.T, name string, route web.Route, may bool, p page) {
	t.Helper()
	toSignIn := p.status == http.StatusUnauthorized || p.status == http.StatusSeeOther && strings.HasPrefix(p.to, "/signin?")
	switch {
	case p.status == http.StatusInternalServerError:
		t.Errorf("%s as %s: %d", route.Pattern, name, p.status)
	case !may && name == "nobody" && !toSignIn:
		t.Errorf("%s as nobody: %d %s", route.Pattern, p.status, p.to)
	case !may && name != "nobody" && p.status != http.StatusForbidden:
		t.Errorf("%s as %s without %s: %d", route.Pattern, name, route.Perm, p.status)
	case may && toSignIn && route.Perm != web.Public:
		t.Errorf("%s as %s: sent to the sign-in", route.Pattern, name)
	}
}

// golden compares with a file of testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; run with -update and read the difference", path)
	}
}
