package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/app/apptest"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

// TestRoles asks for every route as every role and as nobody. The table of
// rights is a golden file, so that a change shows in review.
func TestRoles_EveryRouteForEveryRole(t *testing.T) {
	t.Parallel()
	h := stories.Demo(t)
	logins := map[string]string{"admin": "sato", "analyst": "suzuki", "executive": "incho", "ward": "tanaka", "viewer": "kansa", "vendor": "kyushoku"}
	visitors := []webtest.Visitor{{Role: "nobody", Ask: asks(h.As(t, ""))}}
	for _, role := range []string{"admin", "analyst", "executive", "viewer", "ward", "vendor"} {
		c := h.As(t, logins[role])
		p, err := h.Parts.Identity.Person(t.Context(), c.Session(web.SessionCookie), "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		visitors = append(visitors, webtest.Visitor{Role: role, Person: p, Ask: asks(c)})
	}
	webtest.Golden(t, "roles.txt", webtest.Roles(t, h.Site().Routes(), visitors, func(method, path string, may bool) bool {
		return path == "/alive" || // nothing takes records in while pages are asked without Run: it is not alive
			method == "POST" && may && (strings.HasPrefix(path, "/sign") || strings.HasPrefix(path, "/me/"))
	}))
}

func asks(c *apptest.Client) func(method, path string) webtest.Answer {
	return func(method, path string) webtest.Answer {
		var res *httptest.ResponseRecorder
		if method == http.MethodGet {
			res = c.Get(path)
		} else {
			res = c.Post(path, url.Values{})
		}
		return webtest.Answer{Status: res.Code, To: res.Header().Get("Location")}
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
