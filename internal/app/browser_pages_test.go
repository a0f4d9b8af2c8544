package app_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/app/apptest"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/browsertest"
)

// reader signs in one of the demo's people and gives a tab of their own.
func reader(t *testing.T, h *apptest.Hospital, b *browsertest.Browser, site, login, lang string) *browsertest.Page {
	t.Helper()
	token := h.As(t, login).Session(web.SessionCookie)
	return b.Page(t, site, browsertest.Reader{Cookies: map[string]string{web.SessionCookie: token}, Lang: lang})
}

// TestBrowser_EveryPlainPage opens every page that needs no number in its
// address: axe finds nothing; in both languages nothing sticks out and the
// console is quiet. Pages of single records are opened by the journeys and by
// their domains' own tests.
func TestBrowser_EveryPlainPage(t *testing.T) {
	if testing.Short() {
		t.Skip("needs minutes")
	}
	t.Parallel()
	h := stories.Demo(t)
	b := chromium.Start(t)
	site := h.Serve(t)
	for _, lang := range []string{"ja", "en"} {
		if lang == "en" {
			h.Renew(t)
		}
		p := reader(t, h, b, site, "sato", lang)
		for _, route := range h.Site().Routes() {
			path, ok := plain(route)
			if !ok {
				continue
			}
			p.Open(path)
			if p.Status() != http.StatusOK {
				continue // wants parameters; its domain tests it
			}
			if lang == "ja" { // the same markup in English: only words and widths differ
				p.Axe()
			}
			p.Fits().Shot(lang + strings.ReplaceAll(strings.TrimSuffix(path, "/"), "/", "-"))
		}
	}
}

func plain(route web.Route) (path string, ok bool) {
	method, path, _ := strings.Cut(route.Pattern, " ")
	path = strings.ReplaceAll(path, "{$}", "")
	if method != "GET" || regexp.MustCompile(`[{]`).MatchString(path) {
		return "", false
	}
	for _, file := range []string{"/favicon.ico", "/alive", "/live", "/export/file", "/comply/export.xlsx", "/signin", "/setup", "/invite", "/breakglass"} {
		if strings.HasPrefix(path, file) {
			return "", false
		}
	}
	return path, true
}
