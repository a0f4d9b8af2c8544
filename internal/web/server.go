package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/discreet"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/turn"
)

// Config is what a Server is made of.
type Config struct {
	Catalog  *text.Catalog
	Sessions Sessions
	Setting  func(ctx context.Context) (Setting, error)
	Clock    func() time.Time
	Log      *slog.Logger
	Modules  []Module
	// Hosts are the names under which the site may be asked for. Empty means
	// that any is taken (tests).
	Hosts []string
	// Live tells open pages of changes. Nil makes one that nobody tells.
	Live *Live
	// Refused is told of acts that the shell did not allow, so that they leave
	// a line. It may be nil.
	Refused func(Refusal)
}

// Server is the whole site as one http.Handler.
type Server struct {
	cfg    Config
	pages  *pages
	assets *assets
	nav    []Nav
	// letters are the keys after "g" by the URL to which they go.
	letters map[string]string
	sealer  *sealer
	gate    gate
	mux     *http.ServeMux
	routes  []Route
	perms   map[string]Perm        // by pattern
	topics  map[string]Perm        // of Live
	long    map[string]*turn.Turns // by Route.Long
}

// New checks all modules and builds the site. Each error is one of the program
// and names the module.
func New(cfg Config) (*Server, error) {
	if cfg.Live == nil {
		cfg.Live = NewLive()
	}
	cfg.Log = discreet.Logger(cfg.Log) // a handler's error may name a patient's file
	s := &Server{cfg: cfg, mux: http.NewServeMux(), perms: map[string]Perm{}, topics: map[string]Perm{}, long: map[string]*turn.Turns{}, sealer: newSealer(), gate: newGate()}
	if err := cfg.Catalog.Add(files); err != nil {
		return nil, err
	}
	for _, m := range cfg.Modules {
		if err := cfg.Catalog.Add(m.Files); err != nil {
			return nil, fmt.Errorf("web: %s: %w", m.Name, err)
		}
	}
	var err error
	if s.assets, err = newAssets(); err != nil {
		return nil, err
	}
	if s.pages, err = newPages(cfg.Catalog, cfg.Modules, s.assets); err != nil {
		return nil, err
	}
	s.mux.HandleFunc("GET /s/{hash}/{name}", s.assets.serve)
	for _, m := range append([]Module{s.own()}, cfg.Modules...) {
		for _, route := range m.Routes {
			if err := s.add(route); err != nil {
				return nil, fmt.Errorf("web: %s: %w", m.Name, err)
			}
		}
		s.nav = append(s.nav, m.Nav...)
		for _, topic := range m.Topics {
			s.topics[topic.Name] = topic.Perm
		}
	}
	s.nav = arranged(s.nav)
	s.letters = letters(s.nav)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, Route{Perm: Public, Do: func(*Call) error { return fault.New(fault.NotFound, "web.not_found") }})
	})
	return s, nil
}

// arranged puts places in their order, those of one group together below the
// place where its first stands. Those without a group come before all headings,
// which would seem to be theirs.
func arranged(all []Nav) []Nav {
	slices.SortStableFunc(all, func(a, b Nav) int { return a.Order - b.Order })
	place := map[string]int{"": 0}
	for _, n := range all {
		if _, known := place[n.Group]; !known {
			place[n.Group] = len(place)
		}
	}
	slices.SortStableFunc(all, func(a, b Nav) int { return place[a.Group] - place[b.Group] })
	return all
}

func (s *Server) add(route Route) error {
	if route.Perm == "" || route.Do == nil {
		return fmt.Errorf("route %q has no right or no handler", route.Pattern)
	}
	if method, _, ok := strings.Cut(route.Pattern, " "); !ok || (method != "GET" && method != "POST") {
		return fmt.Errorf("route %q: method must be GET or POST", route.Pattern)
	}
	s.routes = append(s.routes, route)
	s.perms[route.Pattern] = route.Perm
	if route.Long != "" && s.long[route.Long] == nil {
		s.long[route.Long] = turn.New(longAll, longEach)
	}
	s.mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, route) })
	return nil
}

// Routes lists every route with the right it needs, in order of registration.
func (s *Server) Routes() []Route { return slices.Clone(s.routes) }

// Handler gives the site with the checks that come before any route.
func (s *Server) Handler() http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, Route{Perm: Public, Do: func(*Call) error { return fault.New(fault.Denied, crossOrigin) }})
	}))
	inner := guard.Handler(s.mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers(w.Header())
		if !s.hostAllowed(r.Host) {
			http.Error(w, "Unknown host name / このホスト名では受け付けていません。", http.StatusMisdirectedRequest)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// csp allows nothing inline and nothing from elsewhere.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types toride"

func headers(h http.Header) {
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
}

// hostAllowed keeps DNS rebinding out: a page of another site cannot reach us
// under its own name.
func (s *Server) hostAllowed(host string) bool {
	if len(s.cfg.Hosts) == 0 {
		return true
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	return slices.ContainsFunc(s.cfg.Hosts, func(allowed string) bool { return strings.EqualFold(allowed, strings.Trim(name, "[]")) })
}

// serve runs one request: session, right, handler, error.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, route Route) {
	r = passive(r)
	c := &Call{W: w, R: r, Now: s.cfg.Clock(), srv: s, id: requestID()}
	limit := route.Body
	if limit == 0 {
		limit = MaxBody
	}
	c.body = r.Body
	defer c.swallow()
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			c.fail(fmt.Errorf("panic: %v", p))
		}
	}()
	if err := c.open(); err != nil {
		c.fail(err)
		return
	}
	if err := c.allow(route.Perm); err != nil {
		c.fail(err)
		c.refused(route, err)
		return
	}
	c.withMay()
	err := c.do(route)
	if err != nil {
		c.fail(err)
	}
	c.refused(route, err)
}

func requestID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// fail answers with the fault's sentence. The cause goes to the log with the
// request's id, which the page shows, and the route: an address may hold the
// number of a patient.
func (c *Call) fail(err error) {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		err = fault.New(fault.TooLarge, "web.body_too_large", tooLarge.Limit>>20).With(err)
	}
	f := fault.Of(err)
	if f.Kind == fault.Internal {
		c.srv.cfg.Log.Error("request failed", "request", c.id, "route", c.R.Pattern, "err", err)
	}
	if f.Kind == fault.SignIn && c.R.Method == http.MethodGet && !c.wantsJSON() {
		http.Redirect(c.W, c.R, "/signin?next="+escapeNext(c.R.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	if err := c.renderFault(f); err != nil {
		c.srv.cfg.Log.Error("error page failed", "request", c.id, "err", err)
		http.Error(c.W, "Toride: internal error "+c.id, http.StatusInternalServerError)
	}
}
