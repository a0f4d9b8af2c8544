package station_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

// TestRoles_EveryRouteForEveryRole asks for every route as nobody, as every
// role, and by break-glass. The table of rights is a golden file, so that a
// change shows in review.
func TestRoles_EveryRouteForEveryRole(t *testing.T) {
	t.Parallel()
	r := serve(t, nil)
	browsers := map[string]*browser{"nobody": r.browser(), "it": r.people(), "glass": r.browser()}
	names := []string{"nobody", "physician", "nurse", "pharmacist", "technician", "dietitian", "clerk", "it", "glass"}
	for i, name := range names[1:7] {
		browsers[name] = r.signIn(fmt.Sprint(1001 + i))
	}
	browsers["glass"].post("/glass", "yourname", "応援 一郎", "employer", "架空大学病院", "reason", "応援", "pin", "482913").want(t, 303)
	var visitors []webtest.Visitor
	var it web.Person
	for _, name := range names {
		v := webtest.Visitor{Role: name, Person: r.person(browsers[name]), Ask: browsers[name].ask}
		if name == "it" {
			it = v.Person
		}
		visitors = append(visitors, v)
	}
	webtest.Golden(t, "roles.txt", webtest.Roles(t, r.Site().Routes(), visitors, func(_, path string, _ bool) bool {
		return path == "/signout" || path == "/lock/now" || path == "/live"
	}))
	for _, route := range r.Site().Routes() {
		_, path, _ := strings.Cut(route.Pattern, " ")
		if strings.HasPrefix(path, "/chart") && route.Perm != "chart.setup" && route.Perm != web.SignedIn && it.Can(route.Perm) {
			t.Errorf("%s: who runs the machines reads a chart", route.Pattern)
		}
	}
	if it.Can("chart.read") || it.Can("chart.print") || it.Can("chart.seen") || it.Can("chart.entry") {
		t.Error("who runs the machines may read")
	}
}

// person is who has signed in at a browser; zero: nobody.
func (r *running) person(b *browser) web.Person {
	r.t.Helper()
	for _, cookie := range b.http.Jar.Cookies(b.url()) {
		if cookie.Name == web.SessionCookie {
			p, err := r.Staff.Person(r.t.Context(), cookie.Value, "")
			if err != nil {
				r.t.Fatal(err)
			}
			return p
		}
	}
	return web.Person{}
}

func (b *browser) ask(method, path string) webtest.Answer {
	b.r.t.Helper()
	kind := ""
	if method != http.MethodGet {
		kind = "application/x-www-form-urlencoded"
	}
	p := b.do(method, path, kind, http.NoBody)
	return webtest.Answer{Status: p.status, To: p.to}
}
