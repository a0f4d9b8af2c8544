package help_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/docs/manual"
	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/help"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/browsertest"
	"github.com/torideproject/toride/internal/web/webtest"
)

func load(t *testing.T) *help.Manual {
	t.Helper()
	m, err := help.Load(manual.Files)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func now() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) }

func site(t *testing.T) *webtest.Site { return webtest.New(t, now, load(t).Module()) }

func TestModule_Templates(t *testing.T) {
	t.Parallel()
	webtest.CheckTemplates(t, load(t).Module())
}

// TestShow_EveryChapter reads each chapter without signing in: it stands in
// the table of contents, and its body is really rendered.
func TestShow_EveryChapter(t *testing.T) {
	t.Parallel()
	s, m := site(t), load(t)
	for _, lang := range text.Langs() {
		reader := s.As(web.Person{}).In(lang)
		chapters := m.Chapters(lang)
		if len(chapters) < 12 {
			t.Fatalf("%s has %d chapters", lang, len(chapters))
		}
		first := reader.Get("/help").Want(t, http.StatusOK, chapters[0].Title)
		for _, c := range chapters {
			first.Want(t, http.StatusOK, `href="/help/`+c.Name+`"`, c.Title)
			reader.Get("/help/"+c.Name).Want(t, http.StatusOK, c.Title, "<h2").Lacks(t, "](/", "| ---", "|---")
		}
	}
}

func TestShow_UnknownChapter(t *testing.T) {
	t.Parallel()
	s := site(t)
	s.As(web.Person{}).In(text.JA).Get("/help/nothing").Want(t, http.StatusNotFound, "このページはありません")
	s.As(web.Person{}).In(text.EN).Get("/help/nothing").Want(t, http.StatusNotFound)
	s.As(web.Person{}).Get("/help/01-start").Want(t, http.StatusNotFound)
}

// TestLoad_SamePages: both languages have the same chapters in the same order.
func TestLoad_SamePages(t *testing.T) {
	t.Parallel()
	m := load(t)
	names := func(lang text.Lang) (out []string) {
		for _, c := range m.Chapters(lang) {
			out = append(out, c.Name)
		}
		return out
	}
	if ja, en := names(text.JA), names(text.EN); !slices.Equal(ja, en) {
		t.Errorf("Japanese %v, English %v", ja, en)
	}
}

// TestLoad_SameShape: a translation has as many headings, table rows, list
// items and links to the same places as the original.
func TestLoad_SameShape(t *testing.T) {
	t.Parallel()
	m := load(t)
	en := m.Chapters(text.EN)
	for i, ja := range m.Chapters(text.JA) {
		for _, tag := range []string{"<h2", "<h3", "<tr>", "<ol>", "<pre>"} {
			a, b := strings.Count(string(ja.Body), tag), strings.Count(string(en[i].Body), tag)
			if a != b {
				t.Errorf("%s: %d %s in Japanese, %d in English", ja.Name, a, tag, b)
			}
		}
		if a, b := links(ja), links(en[i]); !slices.Equal(a, b) {
			t.Errorf("%s links to %v in Japanese, to %v in English", ja.Name, a, b)
		}
	}
}

func TestLoad_Refuses(t *testing.T) {
	t.Parallel()
	cases := map[string]fstest.MapFS{
		"no title":  {"ja/01-a.md": {Data: []byte("text\n")}},
		"no number": {"ja/a.md": {Data: []byte("# A\n")}},
		"empty":     {"en/01-a.md": {}},
	}
	for name, fsys := range cases {
		if _, err := help.Load(fsys); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestLoad_SomeChapters: a site with the chart's pages alone has the chart's
// chapters, and no link that leads nowhere.
func TestLoad_SomeChapters(t *testing.T) {
	t.Parallel()
	only := []string{"chart", "copies", "paper", "commands"} // not in the order of the files
	m, err := help.Load(manual.Files, only...)
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, lang := range text.Langs() {
		if got := m.Chapters(lang); len(got) != len(only) || got[0].Name != "chart" {
			t.Fatalf("%s has %v", lang, got)
		}
		for _, c := range m.Chapters(lang) {
			for _, to := range links(c) {
				kept++
				if name, ok := strings.CutPrefix(to, "/help/"); !ok || !slices.Contains(only, name) {
					t.Errorf("%s, %s leads to %s", c.Name, lang, to)
				}
			}
		}
	}
	if kept == 0 {
		t.Error("no link was kept")
	}
	if _, err := help.Load(manual.Files, "chart", "nothing"); err == nil {
		t.Error("a chapter that is missing was not missed")
	}
}

func TestLoad_PassesNoHTML(t *testing.T) {
	t.Parallel()
	m, err := help.Load(fstest.MapFS{"ja/01-a.md": {Data: []byte("# A\n\n<script>alert(1)</script>\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if body := string(m.Chapters(text.JA)[0].Body); strings.Contains(body, "<script") {
		t.Error(body)
	}
}

var href = regexp.MustCompile(`href="([^"]*)"`)

// links lists where a chapter leads, sorted, each once.
func links(c help.Chapter) []string {
	var out []string
	for _, m := range href.FindAllStringSubmatch(string(c.Body), -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestLinks_Lead: every link of the manual leads to a chapter or to a page
// that the whole product really has.
func TestLinks_Lead(t *testing.T) {
	t.Parallel()
	mux, m := pages(t), load(t)
	for _, lang := range text.Langs() {
		var chapters []string
		for _, c := range m.Chapters(lang) {
			chapters = append(chapters, "/help/"+c.Name)
		}
		for _, c := range m.Chapters(lang) {
			for _, to := range links(c) {
				path, _, _ := strings.Cut(to, "#")
				if strings.HasPrefix(path, "/help/") {
					if !slices.Contains(chapters, path) {
						t.Errorf("%s/%s: no chapter %s", lang, c.Name, to)
					}
					continue
				}
				if _, pattern := mux.Handler(httptest.NewRequest(http.MethodGet, path, nil)); pattern == "" || strings.Contains(pattern, "{id}") {
					t.Errorf("%s/%s: no page %s", lang, c.Name, to)
				}
			}
		}
	}
}

// pages holds the routes of the whole product that can be opened.
func pages(t *testing.T) *http.ServeMux {
	t.Helper()
	cfg, dir := app.Default(), t.TempDir()
	cfg.Data, cfg.Key, cfg.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "key", "toride.key"), "127.0.0.1:0"
	a, err := app.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	mux := http.NewServeMux()
	for _, route := range a.Site().Routes() {
		if strings.HasPrefix(route.Pattern, "GET ") {
			mux.Handle(route.Pattern, http.NotFoundHandler())
		}
	}
	return mux
}

// TestBrowser_Chapters opens every chapter in both languages: axe finds
// nothing, nothing sticks out, also on a narrow window.
func TestBrowser_Chapters(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	t.Parallel()
	b, m := browsertest.Start(t), load(t)
	base := browsertest.Serve(t, site(t).Server.Handler())
	for _, lang := range text.Langs() {
		wide := b.Page(t, base, browsertest.Reader{Lang: string(lang)})
		narrow := b.Page(t, base, browsertest.Reader{Lang: string(lang), Width: 480})
		for _, c := range m.Chapters(lang) {
			wide.Open("/help/" + c.Name).See(c.Title).Axe().Fits().Shot(string(lang) + "-" + c.Name)
			narrow.Open("/help/" + c.Name).Fits()
		}
		wide.PDF(string(lang) + "-chain")
	}
}
