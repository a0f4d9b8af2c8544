package web_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

func emptyFiles() fstest.MapFS {
	return fstest.MapFS{"text_ja.json": {Data: []byte("{}")}, "text_en.json": {Data: []byte("{}")}}
}

// listen opens the stream of a topic and gives its status and its lines.
func listen(t *testing.T, url, token, topic string) (int, *bufio.Scanner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/live?topic="+topic, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: token})
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp.StatusCode, bufio.NewScanner(resp.Body)
}

func TestLive_TellsWhoMayKnow(t *testing.T) {
	t.Parallel()
	m := web.Module{Name: "sample", Files: emptyFiles(), Topics: []web.Topic{{Name: "alerts", Perm: "detect.read"}, {Name: "other", Perm: "detect.read"}}}
	site := webtest.New(t, time.Now, m)
	srv := httptest.NewServer(site.Server.Handler())
	t.Cleanup(srv.Close)
	may, mayNot := site.Token(webtest.Person("detect.read")), site.Token(webtest.Person("asset.read"))

	if status, _ := listen(t, srv.URL, mayNot, "alerts"); status != http.StatusForbidden {
		t.Errorf("without the right: %d", status)
	}
	if status, _ := listen(t, srv.URL, may, "alerts,secrets"); status != http.StatusNotFound {
		t.Errorf("a topic nobody has: %d", status)
	}
	status, lines := listen(t, srv.URL, may, "alerts")
	if status != http.StatusOK || !lines.Scan() || !strings.HasPrefix(lines.Text(), "retry:") {
		t.Fatalf("stream begins with %d %q", status, lines.Text())
	}
	for range 5 { // told more often than read: at least one comes, none blocks
		site.Live.Tell("other")
		site.Live.Tell("alerts")
	}
	for lines.Scan() && lines.Text() != "data: alerts" {
		if strings.Contains(lines.Text(), "other") {
			t.Fatalf("told of a topic that was not asked for: %q", lines.Text())
		}
	}
	if lines.Text() != "data: alerts" {
		t.Fatalf("the stream ended without the topic: %v", lines.Err())
	}
	site.Live.Close()
	site.Live.Close() // twice does no harm
	for lines.Scan() {
	}
	if lines.Err() != nil {
		t.Errorf("a closed stream ends with %v", lines.Err())
	}
	if status, _ := listen(t, srv.URL, may, "alerts"); status != http.StatusServiceUnavailable {
		t.Errorf("after closing: %d", status)
	}
}

func TestPassive_IsWhatThePageAsksForByItself(t *testing.T) {
	t.Parallel()
	heard := make(chan bool, 1)
	m := web.Module{Name: "sample", Files: emptyFiles(), Routes: []web.Route{{Pattern: "GET /sample", Perm: web.SignedIn, Do: func(c *web.Call) error {
		heard <- web.Passive(c.Ctx())
		return c.JSON(http.StatusOK, "")
	}}}}
	site := webtest.New(t, time.Now, m)
	token := site.Token(webtest.Person())
	for _, header := range []string{"", "1"} {
		r := httptest.NewRequest(http.MethodGet, "/sample", nil)
		r.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: token})
		if header != "" {
			r.Header.Set("X-Toride-Live", header)
		}
		site.Server.Handler().ServeHTTP(httptest.NewRecorder(), r)
		if got := <-heard; got != (header != "") {
			t.Errorf("header %q: passive %t", header, got)
		}
	}
}
