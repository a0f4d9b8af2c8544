package staff_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/staff"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// ward is a viewer with a staff desk, served over TLS.
type ward struct {
	*staff.Desk
	t     *testing.T
	db    *sqlite.DB
	book  *ledger.Book
	clock *ledgertest.Clock
	cfg   staff.Config
	srv   *httptest.Server
	path  string
	mu    sync.Mutex
	lines []string // actions noted
}

func quick() credential.Params { return credential.Params{Memory: 8, Time: 1, Threads: 1} }

func open(t *testing.T) *ward {
	t.Helper()
	w := &ward{t: t, clock: ledgertest.NewClock(), path: filepath.Join(t.TempDir(), "state.db")}
	w.start()
	return w
}

// start opens everything; again after stop as a restart does.
func (w *ward) start() {
	t := w.t
	t.Helper()
	var err error
	if w.db, err = sqlite.Open(w.path); err != nil {
		t.Fatal(err)
	}
	db := w.db
	t.Cleanup(func() { _ = db.Close() })
	if w.book, err = ledger.Open(t.Context(), w.db, w.clock.Now); err != nil {
		t.Fatal(err)
	}
	w.cfg = staff.Config{Book: w.book, Clock: w.clock.Now, Log: slog.New(slog.DiscardHandler), Params: quick(), Note: w.note}
	if w.Desk, err = staff.New(t.Context(), w.cfg); err != nil {
		t.Fatal(err)
	}
	chart := web.Module{Name: "web2", Files: none{}, Routes: []web.Route{
		{Pattern: "GET /chart/{id}", Perm: "chart.read", Do: func(c *web.Call) error { return c.JSON(200, "the chart of "+c.Path("id")) }},
		{Pattern: "GET /slow/{seconds}", Perm: "chart.read", Do: func(c *web.Call) error {
			seconds, err := time.ParseDuration(c.Path("seconds") + "s")
			w.clock.Add(seconds)
			return errors.Join(err, c.JSON(200, "the chart of somebody"))
		}},
		{Pattern: "POST /slow", Perm: "chart.read", Do: func(c *web.Call) error {
			w.clock.Add(6 * time.Minute)
			return c.JSON(200, "shown once")
		}},
		{Pattern: "GET /{$}", Perm: web.SignedIn, Do: func(c *web.Call) error { return c.JSON(200, "home") }},
	}}
	cat := text.NewCatalog(time.FixedZone("JST", 9*3600))
	if err := cat.Add(right.Texts()); err != nil {
		t.Fatal(err)
	}
	if err := cat.Add(sheet.Texts); err != nil {
		t.Fatal(err)
	}
	site, err := web.New(web.Config{Catalog: cat, Sessions: w.Desk, Clock: w.clock.Now, Log: w.cfg.Log,
		Modules: []web.Module{w.Module(), w.book.Module(), chart},
		Setting: func(context.Context) (web.Setting, error) {
			return web.Setting{Hospital: "架空総合病院", SetUp: true}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	if w.srv == nil {
		w.srv = httptest.NewUnstartedServer(nil)
		w.srv.Config.Handler = site.Handler()
		w.srv.StartTLS()
		t.Cleanup(w.srv.Close)
	}
	w.srv.Config.Handler = site.Handler()
}

// note writes into the ledger and, as a witness does, lets people go on when
// that fails.
func (w *ward) note(ctx context.Context, actor ledger.Actor, action, subject string, detail any) error {
	w.mu.Lock()
	w.lines = append(w.lines, action+" "+actor.ID)
	w.mu.Unlock()
	_ = w.book.Note(ctx, actor, action, subject, detail) // tests close the database underneath
	return nil
}

func (w *ward) noted(action string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, l := range w.lines {
		if strings.HasPrefix(l, action+" ") {
			n++
		}
	}
	return n
}

type none struct{}

func (none) Open(string) (fs.File, error) { return nil, fs.ErrNotExist }

// browser is a browser with cookies of its own.
type browser struct {
	w    *ward
	http *http.Client
}

func (w *ward) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{w, &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// page is an answer.
type page struct {
	status int
	to     string
	body   string
}

func (b *browser) do(r *http.Request) page {
	b.w.t.Helper()
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := b.http.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	if i := strings.Index(string(data), "⟦"); i >= 0 {
		b.w.t.Errorf("%s: text without words: %.80s", r.URL, data[i:])
	}
	return page{res.StatusCode, res.Header.Get("Location"), string(data)}
}

func (b *browser) get(path string) page {
	b.w.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.w.srv.URL+path, nil)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) post(path string, pairs ...string) page {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, b.w.srv.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func (b *browser) upload(path, name string, data []byte) page {
	b.w.t.Helper()
	var body strings.Builder
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err != nil || m.Close() != nil {
		b.w.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, b.w.srv.URL+path, strings.NewReader(body.String()))
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	return b.do(r)
}

func (p page) want(t *testing.T, status int, words ...string) page {
	t.Helper()
	if p.status != status {
		_, body, _ := strings.Cut(p.body, "<main")
		t.Fatalf("status %d, want %d, to %q: %.1500s", p.status, status, p.to, body)
	}
	for _, w := range words {
		if !strings.Contains(p.body+p.to, w) {
			t.Errorf("no %q on the page", w)
		}
	}
	return p
}

// set up: an administrator, and people with PINs.
const (
	adminPIN = "730184"
	nursePIN = "918273"
)

func (w *ward) admin() *browser {
	w.t.Helper()
	b := w.browser()
	code := w.SetupCode()
	b.post("/signin/setup", "code", code, "number", "9001", "name", "架空 情子", "pin", adminPIN, "again", adminPIN).want(w.t, 303, "/staff")
	return b
}

const list = "職員番号,氏名,カナ,職種,部署,PIN,追加権限\r\n0123,架空 護,カクウ マモル,看護師,3階東,918273,\r\n0456,架空 医子,カクウ イコ,医師,救急,640917,閲覧記録\r\n0789,架空 薬二,カクウ ヤクジ,薬剤師,薬剤部,,\r\n9001,架空 情子,,情報システム,情報室,,\r\n"

// take imports a list and gives the answer to its application.
func (b *browser) take(data, whole, slips string) page {
	b.w.t.Helper()
	p := b.upload("/staff/import", "名簿.csv", []byte(data)).want(b.w.t, 303)
	return b.post(p.to, "whole", whole, "slips", slips)
}

func (w *ward) signIn(number, pin string) *browser {
	w.t.Helper()
	b := w.browser()
	b.post("/signin", "number", number, "pin", pin).want(w.t, 303)
	return b
}
