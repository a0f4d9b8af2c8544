package app_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/web"
)

var update = flag.Bool("update", false, "write golden files")

// TestRoles walks every route as every role and as nobody. A route without the
// right answers 403 or sends to the sign-in; with it, anything but that and an
// internal error. The table of rights is a golden file, so that a change shows
// in review.
func TestRoles_EveryRouteForEveryRole(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	logins := map[string]string{"admin": "sato", "analyst": "suzuki", "executive": "incho", "ward": "tanaka", "viewer": "kansa", "vendor": "kyushoku"}
	clients := map[string]interface {
		Get(string) *httptest.ResponseRecorder
		Post(string, url.Values) *httptest.ResponseRecorder
	}{"nobody": h.As(t, "")}
	people := map[string]web.Person{"nobody": {}}
	for role, login := range logins {
		c := h.As(t, login)
		clients[role] = c
		p, err := h.Parts.Identity.Person(t.Context(), c.Session(web.SessionCookie), "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		people[role] = p
	}
	roles := []string{"nobody", "admin", "analyst", "executive", "viewer", "ward", "vendor"}
	variable := regexp.MustCompile(`\{[^}]*\}`)
	var table []string
	for _, route := range h.Site().Routes() {
		method, path, _ := strings.Cut(route.Pattern, " ")
		path = variable.ReplaceAllString(strings.ReplaceAll(path, "{$}", ""), "none")
		marks := ""
		for _, role := range roles {
			may := people[role].Can(route.Perm)
			marks += map[bool]string{true: " " + role, false: ""}[may]
			if method == "POST" && may && (strings.HasPrefix(path, "/sign") || strings.HasPrefix(path, "/me/")) {
				continue // it would end the very session with which we look
			}
			var res *httptest.ResponseRecorder
			if method == "GET" {
				res = clients[role].Get(path)
			} else {
				res = clients[role].Post(path, url.Values{})
			}
			checkAnswer(t, role, route, may, res)
		}
		table = append(table, fmt.Sprintf("%-58s %-18s%s", route.Pattern, route.Perm, marks))
	}
	slices.Sort(table)
	golden(t, "roles.txt", strings.Join(table, "\n")+"\n")
}

func checkAnswer(t *testing.T, role string, route web.Route, may bool, res *httptest.ResponseRecorder) {
	t.Helper()
	toSignIn := res.Code == http.StatusUnauthorized || (res.Code == http.StatusSeeOther && strings.HasPrefix(res.Header().Get("Location"), "/signin?"))
	switch {
	case route.Pattern == "GET /alive" && res.Code == http.StatusServiceUnavailable: // nothing takes records in while pages are asked without Run
	case res.Code >= 500:
		t.Errorf("%s as %s: %d", route.Pattern, role, res.Code)
	case !may && role == "nobody" && !toSignIn:
		t.Errorf("%s as nobody: %d %s", route.Pattern, res.Code, res.Header().Get("Location"))
	case !may && role != "nobody" && res.Code != http.StatusForbidden:
		t.Errorf("%s as %s without %s: %d", route.Pattern, role, route.Perm, res.Code)
	case may && toSignIn && route.Perm != web.Public:
		t.Errorf("%s as %s: sent to the sign-in", route.Pattern, role)
	}
}

// golden compares with a file of testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
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

func TestVendor_SeesNobodyElsesRequests(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	page := h.As(t, "kyushoku").Get("/access")
	if page.Code != 200 || !strings.Contains(page.Body.String(), "KS-118") && !strings.Contains(page.Body.String(), "給食") {
		t.Fatalf("%d %s", page.Code, page.Body)
	}
	if strings.Contains(page.Body.String(), "東雲") || strings.Contains(page.Body.String(), "SIR-24877") {
		t.Error("a vendor sees another vendor's request")
	}
}

func TestSession_OfAnotherInstallationIsNobody(t *testing.T) {
	t.Parallel()
	a, b := stories.Demo(t), stories.Demo(t)
	token := a.As(t, "sato").Session(web.SessionCookie)
	r := httptest.NewRequest(http.MethodGet, "https://localhost/people", nil)
	r.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: token})
	w := httptest.NewRecorder()
	b.Site().Handler().ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		t.Errorf("a foreign session was taken: %d", w.Code)
	}
}

func TestHost_OfAnotherNameIsRefused(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	w := httptest.NewRecorder()
	h.Site().Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://evil.example/", nil))
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("status %d", w.Code)
	}
}
