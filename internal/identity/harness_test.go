package identity

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// house is a whole site with real sign-in, a clock that the test moves, and
// all that was logged.
type house struct {
	t     testing.TB
	d     *People
	clock *ledgertest.Clock
	book  *ledger.Book
	log   *lockedBuffer
	site  http.Handler
	// secrets are texts that must never stand in the ledger or the log.
	secrets []string
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const (
	adminPassword = "kujira!to-tsuki 31"
	userPassword  = "fune#ni-noru 58"
)

func perms() []web.Perm {
	return []web.Perm{"asset.read", "asset.write", "access.request", "access.approve", "incident.read", "incident.report", "ledger.read", "chart.read", web.Public, web.SignedIn}
}

// newHouse makes a house before its set-up.
func newHouse(t testing.TB) *house {
	t.Helper()
	dir := t.TempDir()
	box, err := seal.Open(seal.Config{KeyFile: filepath.Join(dir, "key"), RecoveryFile: filepath.Join(dir, "recovery"), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, clock: ledgertest.NewClock(), log: &lockedBuffer{}}
	h.book = ledgertest.BookAt(t, h.clock)
	h.open(box, quick())
	t.Cleanup(h.noSecrets)
	return h
}

// open starts People on the house's database, as after a restart.
func (h *house) open(box *seal.Box, params credential.Params) {
	h.t.Helper()
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	h.d, err = New(h.t.Context(), Config{Book: h.book, Seal: box, Clock: h.clock.Now, Log: log, Permissions: perms(), Params: params, Demo: true,
		Vendors: func(context.Context) ([]Vendor, error) {
			return []Vendor{{ID: "v1", Name: "架空給食サービス"}}, nil
		}})
	if err != nil {
		h.t.Fatal(err)
	}
	srv, err := web.New(web.Config{Catalog: text.NewCatalog(time.FixedZone("JST", 9*3600)), Sessions: h.d, Setting: h.d.Setting,
		Clock: h.clock.Now, Log: log, Modules: []web.Module{h.d.Module()}})
	if err != nil {
		h.t.Fatal(err)
	}
	h.site = srv.Handler()
}

func (h *house) restart(params credential.Params) { h.open(h.d.cfg.Seal, params) }

// noSecrets runs at the end of every test: what was secret in it stands
// nowhere.
func (h *house) noSecrets() {
	all := h.log.String() + h.ledger()
	for _, secret := range append(h.secrets, adminPassword, userPassword, "AGE-SECRET") {
		if secret != "" && strings.Contains(all, secret) {
			h.t.Errorf("the secret %q stands in ledger or log", secret)
		}
	}
}

// ledger gives all lines, one a row.
func (h *house) ledger() string {
	rows, err := h.book.DB().Read().QueryContext(context.Background(), "SELECT actor_id, actor, via, action, subject, detail FROM ledger_entry ORDER BY seq")
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var id, actor, via, action, subject, detail string
		if err := rows.Scan(&id, &actor, &via, &action, &subject, &detail); err != nil {
			h.t.Fatal(err)
		}
		fmt.Fprintln(&b, id, actor, via, action, subject, detail)
	}
	return b.String()
}

// lines counts the ledger's lines of an action.
func (h *house) lines(action string) int { return strings.Count(h.ledger(), " "+action+" ") }

// browser keeps cookies, as the strict kind does that __Host- asks for.
type browser struct {
	h       *house
	cookies map[string]string
	from    string
	lang    string
	set     []*http.Cookie // of the last answer
}

func (h *house) browser() *browser {
	return &browser{h: h, cookies: map[string]string{}, from: "192.0.2.10", lang: "ja"}
}

// page is an answer.
type page struct {
	t        testing.TB
	status   int
	location string
	body     string
}

func (b *browser) do(r *http.Request) page {
	b.h.t.Helper()
	r.RemoteAddr = b.from + ":50000"
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", b.lang)
	r.Header.Set("User-Agent", "Testbrowser/1.0")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.h.site.ServeHTTP(w, r)
	b.set = w.Result().Cookies()
	for _, c := range b.set {
		if !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite == http.SameSiteNoneMode || c.SameSite == http.SameSiteDefaultMode ||
			!strings.HasPrefix(c.Name, "__Host-") {
			b.h.t.Errorf("cookie %s is not strict: %+v", c.Name, c)
		}
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	if i := strings.Index(w.Body.String(), "⟦"); i >= 0 {
		b.h.t.Errorf("%s %s: text without words: %.80s", r.Method, r.URL, w.Body.String()[i:])
	}
	return page{t: b.h.t, status: w.Code, location: w.Header().Get("Location"), body: w.Body.String()}
}

func (b *browser) get(path string) page {
	b.h.t.Helper()
	return b.do(httptest.NewRequest(http.MethodGet, path, nil))
}

func (b *browser) post(path string, pairs ...string) page {
	b.h.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func (p page) want(status int, words ...string) page {
	p.t.Helper()
	_, body, _ := strings.Cut(p.body, "<main")
	if p.status != status {
		p.t.Fatalf("status %d, want %d; location %q; %.1500s", p.status, status, p.location, body)
	}
	for _, word := range words {
		if !strings.Contains(p.body, word) {
			p.t.Errorf("page lacks %q: %.2500s", word, body)
		}
	}
	return p
}

func (p page) lacks(words ...string) page {
	p.t.Helper()
	for _, word := range words {
		if strings.Contains(p.body, word) {
			p.t.Errorf("page has %q", word)
		}
	}
	return p
}

// find gives the first group of the pattern on the page.
func (p page) find(pattern string) string {
	p.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(p.body)
	if m == nil {
		p.t.Fatalf("page lacks %s: %.3000s", pattern, p.body)
	}
	return m[1]
}

// seedOn reads the seed that a page offers for typing.
func (h *house) seedOn(p page) string {
	h.t.Helper()
	seed := strings.ReplaceAll(p.find(`<code>([A-Z2-7 ]{32,})</code>`), " ", "")
	h.secrets = append(h.secrets, seed)
	return seed
}

// code is what an app with the seed shows now.
func (h *house) code(seed string) string {
	h.t.Helper()
	code, err := credential.CodeAt(seed, h.clock.Now().Unix()/credential.Period)
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// setUp goes through the set-up pages and gives the administrator's browser
// and seed.
func (h *house) setUp() (*browser, string) {
	h.t.Helper()
	token, err := h.d.SetupLink(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	h.secrets = append(h.secrets, token)
	b := h.browser()
	b.get("/setup?token="+token).want(200, "初期設定", `value="13"`)
	second := b.post("/setup", "token", token, "hospital", "架空総合病院", "kana", "かくうそうごうびょういん", "beds", "300", "prefecture", "13",
		"yourname", "管理 花子", "login", "Kanri", "password", adminPassword, "again", adminPassword).want(200, "QR")
	seed := h.seedOn(second)
	done := b.post("/setup/second", "token", token, "code", h.code(seed)).want(200, "回復コード", "AGE-SECRET-KEY-1", "架空総合病院")
	h.secrets = append(h.secrets, done.find(`<li><code>([0-9A-Z-]{19})</code>`), b.cookies[web.SessionCookie])
	h.clock.Add(time.Minute)
	return b, seed
}

// enrol goes through an invitation and gives browser and seed.
func (h *house) enrol(token, password string) (*browser, string) {
	h.t.Helper()
	b := h.browser()
	seed := h.seedOn(b.get("/invite?token="+token).want(200, "アカウントの登録"))
	b.post("/invite", "token", token, "password", password, "again", password, "code", h.code(seed)).want(200, "回復コード").lacks("AGE-SECRET")
	h.secrets = append(h.secrets, token, b.cookies[web.SessionCookie])
	h.clock.Add(time.Minute)
	return b, seed
}

// invite adds a person by the administrator's pages.
func (h *house) invite(admin *browser, login string, roles ...string) (id, token string) {
	h.t.Helper()
	form := []string{"login", login, "name", "職員 " + login}
	for _, r := range roles {
		form = append(form, "roles", r)
	}
	p := admin.post("/people/new", form...).want(200, "一度だけ使えるリンク")
	return p.find(`/people/person/([0-9a-f-]{36})`), p.find(`token=([A-Za-z0-9_-]{43})`)
}

// signIn signs in with password and code.
func (h *house) signIn(b *browser, login, password, code string) page {
	h.t.Helper()
	b.post("/signin", "login", login, "password", password).want(303)
	return b.post("/signin/code", "code", code)
}

func (b *browser) cookie() *http.Cookie {
	return &http.Cookie{Name: web.SessionCookie, Value: b.cookies[web.SessionCookie]}
}

func quick() credential.Params { return credential.Params{Memory: 8, Time: 1, Threads: 1} }
