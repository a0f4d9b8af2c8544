// Package apptest runs the whole app for tests, on a data folder of its own
// and on loopback. Demo gives the made-up hospital: its story is told once for
// each test binary and the folder is copied for each test, because telling it
// takes a second.
package apptest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/demo"
)

// Config is a configuration whose folders belong to the test.
func Config(t testing.TB) app.Config {
	t.Helper()
	cfg := app.Default()
	dir := t.TempDir()
	cfg.Data, cfg.Key, cfg.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "key", "toride.key"), "127.0.0.1:0"
	return cfg
}

// Open opens an app and closes it when the test ends.
func Open(t testing.TB, cfg app.Config) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// Hospital is a running app with the made-up hospital.
type Hospital struct {
	*app.App
	Config app.Config
	Clock  *demo.Clock
	// Links are one-time sign-ins by login.
	Links map[string]string
}

// told is the folder in which the story was told once.
type told struct {
	once sync.Once
	dir  string
	err  error
}

// Stories keeps what was told for a test binary; make one in TestMain.
type Stories struct{ told told }

// Close removes the folder.
func (s *Stories) Close() error { return os.RemoveAll(s.told.dir) }

// Demo gives a hospital of its own to the test.
func (s *Stories) Demo(t testing.TB) *Hospital {
	t.Helper()
	s.told.once.Do(func() { s.told.dir, s.told.err = tell() })
	if s.told.err != nil {
		t.Fatal(s.told.err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(s.told.dir)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"data", "key"} {
		if err := os.Chmod(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "key", "toride.key"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, clock := config(dir)
	h := &Hospital{App: Open(t, cfg), Config: cfg, Clock: clock, Links: map[string]string{}}
	h.Renew(t)
	return h
}

// Renew makes new one-time sign-ins.
func (h *Hospital) Renew(t testing.TB) {
	t.Helper()
	links, err := h.SeedDemo(t.Context(), h.Clock, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, login := range demo.Logins() {
		h.Links[login] = links[i].Path
	}
}

func config(dir string) (app.Config, *demo.Clock) {
	cfg, clock := app.DemoConfig(app.Default())
	cfg.Data, cfg.Key, cfg.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "key", "toride.key"), "127.0.0.1:0"
	return cfg, clock
}

func tell() (string, error) {
	dir, err := os.MkdirTemp("", "toride-story-")
	if err != nil {
		return "", err
	}
	cfg, clock := config(dir)
	a, err := app.Open(context.Background(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return dir, err
	}
	if _, err := a.SeedDemo(context.Background(), clock, 0); err != nil {
		return dir, err
	}
	return dir, a.Close()
}

// Serve runs the app on loopback until the test ends and gives the address of
// its pages.
func (h *Hospital) Serve(t testing.TB) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, done := make(chan net.Addr, 1), make(chan error, 1)
	go func() { done <- h.Run(ctx, func(addr net.Addr) { ready <- addr }) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case addr := <-ready:
		_, port, err := net.SplitHostPort(addr.String())
		if err != nil {
			t.Fatal(err)
		}
		return "https://localhost:" + port
	case err := <-done:
		t.Fatal(err)
	case <-time.After(time.Minute):
		t.Fatal("the app did not begin to listen")
	}
	return ""
}

// Client asks the site as one person, without a network.
type Client struct {
	t       testing.TB
	handler http.Handler
	cookies map[string]string
}

// As signs in one of the demo's people. An empty login is nobody.
func (h *Hospital) As(t testing.TB, login string) *Client {
	t.Helper()
	c := &Client{t: t, handler: h.Site().Handler(), cookies: map[string]string{}}
	if login == "" {
		return c
	}
	link := h.Links[login]
	if link == "" {
		t.Fatalf("no link for %s", login)
	}
	delete(h.Links, login)
	if res := c.Get(link); res.Code != http.StatusSeeOther {
		t.Fatalf("sign-in of %s: %d %s", login, res.Code, res.Body)
	}
	return c
}

// Get asks for a page.
func (c *Client) Get(path string) *httptest.ResponseRecorder {
	return c.do(httptest.NewRequest(http.MethodGet, "https://localhost"+path, nil))
}

// Post sends a form.
func (c *Client) Post(path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "https://localhost"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(r)
}

func (c *Client) do(r *http.Request) *httptest.ResponseRecorder {
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		c.cookies[cookie.Name] = cookie.Value
		if cookie.MaxAge < 0 {
			delete(c.cookies, cookie.Name)
		}
	}
	return w
}

// Session is the session cookie of the client, to try it elsewhere.
func (c *Client) Session(name string) string { return c.cookies[name] }
