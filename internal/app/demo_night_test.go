package app_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/app/apptest"
	"github.com/torideproject/toride/internal/demo"
	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/detect/rulepack"
)

// watched is a demo in which the Osaka night is played while people watch.
type watched struct {
	*apptest.Hospital
	begun time.Time
}

// watch tells a small story without the night, and serves it with what goes on
// sending.
func watch(t *testing.T, span time.Duration) *watched {
	t.Helper()
	cfg, clock := app.DemoConfig(apptest.Config(t))
	cfg.DemoLater, cfg.DemoSpan = true, span
	a, err := app.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h := &watched{Hospital: &apptest.Hospital{App: a, Config: cfg, Clock: clock, Links: map[string]string{}}}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	links, err := a.SeedDemo(t.Context(), clock, 12)
	if err != nil {
		t.Fatal(err)
	}
	for i, login := range demo.Logins() {
		h.Links[login] = links[i].Path
	}
	h.begun = clock.Now()
	h.serve(t)
	return h
}

func (h *watched) serve(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, done := make(chan net.Addr, 1), make(chan error, 2)
	go func() { done <- h.Run(ctx, func(addr net.Addr) { ready <- addr }) }()
	go func() { done <- h.Parts.Demo.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
	<-ready
}

// waitFor waits for a condition.
func waitFor(t *testing.T, what string, met func() bool) {
	t.Helper()
	tick, late := time.NewTicker(20*time.Millisecond), time.NewTimer(2*time.Minute)
	defer tick.Stop()
	defer late.Stop()
	for !met() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// TestDemo_TheNightWhilePeopleWatch plays the night within seconds, over the
// sockets, and holds the page A1 to A13 to filling.
func TestDemo_TheNightWhilePeopleWatch(t *testing.T) {
	t.Parallel()
	h := watch(t, 3*time.Second)
	viewer, clerk := h.As(t, "kansa"), h.As(t, "suzuki")
	waitFor(t, "somebody sends", func() bool { return h.Parts.Demo.Night().Runs })
	if page := viewer.Get("/demo").Body.String(); strings.Contains(page, `action="/demo/night"`) || !strings.Contains(page, "架空") {
		t.Error("a reader is offered to play the night")
	}
	if page := clerk.Get("/demo").Body.String(); !strings.Contains(page, `action="/demo/night"`) {
		t.Error("the clerk finds no button")
	}
	if res := viewer.Post("/demo/night", url.Values{}); res.Code != http.StatusForbidden {
		t.Errorf("a reader plays the night: %d", res.Code)
	}
	if n := len(h.noticed(t)); n != 0 {
		t.Fatalf("%d steps were noticed before the night", n)
	}
	if res := clerk.Post("/demo/night", url.Values{}); res.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	if res := clerk.Post("/demo/night", url.Values{}); res.Code != http.StatusConflict {
		t.Errorf("a second night: %d", res.Code)
	}
	want := strings.Fields("A1 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13")
	waitFor(t, "all steps are noticed", func() bool { return len(h.noticed(t)) >= len(want) })
	h.inOrder(t)
	page := viewer.Get("/chain").Body.String()
	if !strings.Contains(page, `<t-live`) || strings.Count(page, "直近24時間の警報") < len(want) {
		t.Error("the page of the chain does not say what was noticed")
	}
	if n := h.Parts.Demo.Night(); n.From.IsZero() || n.Until.Sub(n.From) != 3*time.Second {
		t.Errorf("%+v", n)
	}
}

func (h *watched) noticed(t *testing.T) map[rulepack.Step]detect.Noticed {
	t.Helper()
	found, err := h.Parts.Detect.NoticedSince(t.Context(), h.begun)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// inOrder holds steps to the order in which they happened: those that devices
// tell of with fractions of a second, because the night has but three. What many
// entries show together (A6, A8) may begin with one of an earlier step.
func (h *watched) inOrder(t *testing.T) {
	t.Helper()
	first := map[string]time.Time{}
	for s, n := range h.noticed(t) {
		first[s.String()] = n.First
	}
	before := "A1"
	for _, step := range strings.Fields("A4 A5 A7 A13 A9 A12") {
		if first[before].IsZero() || first[before].After(first[step]) {
			t.Errorf("%s at %v comes after %s at %v", before, first[before], step, first[step])
		}
		before = step
	}
}
