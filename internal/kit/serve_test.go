package kit_test

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/kit"
	"github.com/torideproject/toride/internal/text"
)

// told hands on the first address that a command says.
type told struct {
	at   chan string
	mu   sync.Mutex
	said strings.Builder
}

func (w *told) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said.Write(p)
	if at := regexp.MustCompile(`https://127\.0\.0\.1:\d+`).FindString(w.said.String()); at != "" {
		select {
		case w.at <- at:
		default:
		}
	}
	return len(p), nil
}

// A viewer's own PC has the chart's chapters of the manual, for who has not
// signed in yet, and no link to a page that it has not.
func TestServe_HasTheManual(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	out, ended := &told{at: make(chan string, 1)}, make(chan int, 1)
	data := filepath.Join(t.TempDir(), "station") // made by it, closed to others
	go func() {
		ended <- kit.Run(ctx, []string{"chart", "serve", t.TempDir(), "--station", data, "--address", "127.0.0.1:0"}, out, out, text.JA)
	}()
	var at string
	select {
	case at = <-out.at:
	case code := <-ended:
		stop()
		t.Fatalf("it ended with %d: %s", code, out.said.String())
	case <-time.After(30 * time.Second):
		stop()
		t.Fatal("it did not start")
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	for path, words := range map[string]string{"/help": "緊急時カルテを読む", "/help/copies": "写しを作る・確かめる", "/help/paper": "その朝の進め方"} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Language", "ja")
		got, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(got.Body)
		if err := got.Body.Close(); err != nil {
			t.Error(err)
		}
		if err != nil || got.StatusCode != http.StatusOK || !strings.Contains(string(body), words) {
			t.Errorf("%s: %d %v", path, got.StatusCode, err)
		}
		if strings.Contains(string(body), `href="/copy`) {
			t.Errorf("%s leads to pages that are not here", path)
		}
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("it ended with %d", code)
	}
}
