package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// TestServer_LogNamesTheRouteAndNoPatient: an address may hold the number of a
// patient, and logs go further than pages do.
func TestServer_LogNamesTheRouteAndNoPatient(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := web.Module{Name: "sample", Files: fstest.MapFS{}, Routes: []web.Route{
		{Pattern: "GET /chart/p/{id}", Perm: web.Public, Do: func(*web.Call) error {
			return fmt.Errorf("disk failed: %w", &fs.PathError{Op: "read", Path: "/mnt/SSMIX/000/471/0004711/x.HL7", Err: syscall.EIO})
		}},
	}}
	s, err := web.New(web.Config{Catalog: text.NewCatalog(time.UTC), Clock: time.Now, Log: slog.New(slog.NewTextHandler(&out, nil)), Modules: []web.Module{m},
		Setting: func(context.Context) (web.Setting, error) { return web.Setting{SetUp: true}, nil }, Hosts: []string{"example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://example.com/chart/p/0004711", nil))
	if log := out.String(); w.Code != 500 || !strings.Contains(log, "disk failed") || !strings.Contains(log, "/chart/p/{id}") || !strings.Contains(log, syscall.EIO.Error()) || strings.Contains(log, "4711") {
		t.Errorf("%d %s", w.Code, log)
	}
}
