// Package webtest runs modules inside the real shell, without a network. A
// test says who asks (a Person with rights) and looks at status and page; the
// checks of rights, origins and sizes are the real ones.
package webtest

import (
	"bytes"
	"context"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// zone is the hospital's zone in tests: Japan has had no summer time since
// 1951.
func zone() *time.Location { return time.FixedZone("JST", 9*3600) }

// Site is a site of some modules.
type Site struct {
	t       testing.TB
	Server  *web.Server
	Live    *web.Live
	Catalog *text.Catalog
	Banners []web.Banner // set before the first request
	people  sessions
	mu      sync.Mutex
	refused []web.Refusal
}

type sessions map[string]web.Person

func (s sessions) Person(_ context.Context, token, _ string) (web.Person, error) {
	p, ok := s[token]
	if !ok {
		return web.Person{}, fault.New(fault.SignIn, "web.sign_in")
	}
	return p, nil
}

// New builds a site of the modules. now is its clock.
func New(t testing.TB, now func() time.Time, modules ...web.Module) *Site {
	t.Helper()
	s := &Site{t: t, Catalog: text.NewCatalog(zone()), people: sessions{}, Live: web.NewLive()}
	var err error
	s.Server, err = web.New(web.Config{
		Catalog: s.Catalog, Sessions: s.people, Clock: now, Modules: modules, Live: s.Live,
		Setting: func(context.Context) (web.Setting, error) {
			return web.Setting{Hospital: "架空総合病院", SetUp: true, Banners: s.Banners}, nil
		},
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Refused: func(r web.Refusal) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.refused = append(s.refused, r)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Refused gives what the shell told of refused requests so far.
func (s *Site) Refused() []web.Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refused)
}

// Person makes a made-up person with the given rights.
func Person(perms ...web.Perm) web.Person {
	p := web.Person{ID: "person/tester", Name: "試験 太郎", Login: "tester", Perms: map[web.Perm]bool{}}
	for _, perm := range perms {
		p.Perms[perm] = true
	}
	return p
}

// Client asks as one person, in one language, and keeps its cookies.
type Client struct {
	site    *Site
	lang    text.Lang
	cookies map[string]string
}

// As gives a client of the person, reading Japanese. A person without ID is
// not signed in.
func (s *Site) As(p web.Person) *Client {
	c := &Client{site: s, lang: text.JA, cookies: map[string]string{}}
	if p.ID != "" {
		c.cookies[web.SessionCookie] = s.Token(p)
	}
	return c
}

// Token signs the person in and gives the value of the session cookie, for
// tests with a real browser. Call it before the first request.
func (s *Site) Token(p web.Person) string {
	token := "token-" + p.ID + "-" + strings.Join(p.Roles, ",") + "-" + p.Vendor + "-" + time.Now().String()
	token = url.QueryEscape(token)
	s.people[token] = p
	return token
}

// In gives the same client reading another language.
func (c *Client) In(lang text.Lang) *Client {
	d := *c
	d.lang = lang
	return &d
}

// Page is an answer. In its body, amounts are not parted from the words around
// them (web.Pieces), so that tests look for a drug's name as it was sent.
type Page struct {
	Status int
	Header http.Header
	Body   string
}

// Get asks for a page.
func (c *Client) Get(path string) Page {
	return c.Do(httptest.NewRequest(http.MethodGet, path, nil))
}

// Post sends a form as the site's own page would.
func (c *Client) Post(path string, form url.Values) Page {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.Do(r)
}

// Upload sends a form with one file.
func (c *Client) Upload(path string, form url.Values, field, name string, data []byte) Page {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for key, values := range form {
		for _, v := range values {
			if err := w.WriteField(key, v); err != nil {
				c.site.t.Fatal(err)
			}
		}
	}
	part, err := w.CreateFormFile(field, name)
	if err != nil {
		c.site.t.Fatal(err)
	}
	if _, err := part.Write(data); err != nil {
		c.site.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		c.site.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return c.Do(r)
}

// Do sends any request with the client's cookies and language.
func (c *Client) Do(r *http.Request) Page {
	c.site.t.Helper()
	if r.Header.Get("Sec-Fetch-Site") == "" {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.Header.Set("Accept-Language", string(c.lang))
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	c.site.Server.Handler().ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		c.cookies[cookie.Name] = cookie.Value
		if cookie.MaxAge < 0 {
			delete(c.cookies, cookie.Name)
		}
	}
	page := Page{Status: w.Code, Header: w.Header(), Body: plain(w.Body.String())}
	if strings.Contains(page.Body, "⟦") && strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
		i := strings.Index(page.Body, "⟦")
		c.site.t.Errorf("%s %s: text without words: %.80s", r.Method, r.URL, page.Body[i:])
	}
	return page
}

func plain(body string) string {
	parts := strings.Split(body, `<span class="whole">`)
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.Replace(parts[i], "</span>", "", 1)
	}
	return strings.Join(parts, "")
}

// Want checks status and that each of the words stands on the page.
func (p Page) Want(t testing.TB, status int, words ...string) Page {
	t.Helper()
	if p.Status != status {
		t.Fatalf("status %d, want %d; location %q; body: %.1500s", p.Status, status, p.Header.Get("Location"), main(p.Body))
	}
	for _, word := range words {
		if !strings.Contains(p.Body, word) {
			t.Errorf("page lacks %q: %.3000s", word, main(p.Body))
		}
	}
	return p
}

// Lacks checks that none of the words stands on the page.
func (p Page) Lacks(t testing.TB, words ...string) Page {
	t.Helper()
	for _, word := range words {
		if strings.Contains(p.Body, word) {
			t.Errorf("page has %q", word)
		}
	}
	return p
}

// Location is where a redirect leads.
func (p Page) Location() string { return p.Header.Get("Location") }

func main(body string) string {
	if _, after, ok := strings.Cut(body, "<main"); ok {
		return after
	}
	return body
}
