package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

// One person who asks for much at once does not keep others waiting, and learns
// that there is no turn.
func TestLong_OnePersonDoesNotTakeAllTurns(t *testing.T) {
	t.Parallel()
	began, release := make(chan string, 10), make(chan struct{})
	m := web.Module{Name: "sample", Files: emptyFiles(), Routes: []web.Route{{Pattern: "GET /sample", Perm: web.SignedIn, Long: "sample", Do: func(c *web.Call) error {
		began <- c.Person.ID
		<-release
		return c.JSON(http.StatusOK, "")
	}}}}
	site := webtest.New(t, time.Now, m)
	other := webtest.Person()
	other.ID = "person/other"
	one, two := site.Token(webtest.Person()), site.Token(other)
	ask := func(ctx context.Context, token string) int {
		r := httptest.NewRequest(http.MethodGet, "/sample", nil).WithContext(ctx)
		r.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: token})
		w := httptest.NewRecorder()
		site.Server.Handler().ServeHTTP(w, r)
		return w.Code
	}
	var wg sync.WaitGroup
	served := make(chan int, 10)
	start := func(token string) {
		wg.Go(func() { served <- ask(t.Context(), token) })
	}
	for range 2 {
		start(one)
	}
	if a, b := <-began, <-began; a != "person/tester" || b != a {
		t.Fatalf("%q and %q began", a, b)
	}
	for range 6 {
		start(one)
	}
	start(two)
	if who := <-began; who != other.ID {
		t.Errorf("%q began a third", who)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if code := ask(gone, one); code != http.StatusServiceUnavailable {
		t.Errorf("without a turn: %d", code)
	}
	close(release)
	wg.Wait()
	close(served)
	for code := range served {
		if code != http.StatusOK {
			t.Errorf("answer %d", code)
		}
	}
}
