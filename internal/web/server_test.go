package web_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

type listPage struct{ Rows []string }

func (listPage) PageTitle() text.Msg { return text.M("sample.title") }

func sample() web.Module {
	files := fstest.MapFS{
		"page_list.html": {Data: []byte(`{{define "content"}}<ul>{{range .Rows}}<li>{{.}}</li>{{end}}</ul>{{end}}`)},
		"text_ja.json":   {Data: []byte(`{"sample.title":"一覧","sample.saved":"{0}を保存しました。","sample.nav":"一覧","sample.name":"名前","sample.twice":"{0}{0}"}`)},
		"text_en.json":   {Data: []byte(`{"sample.title":"List","sample.saved":"{0} was saved.","sample.nav":"List","sample.name":"Name","sample.twice":"{0}{0}"}`)},
	}
	form := func() web.Form {
		return web.Form{Title: text.M("sample.title"), Action: "/sample", Submit: text.M("sample.title"), Fields: []web.Field{
			{Name: "name", Label: text.M("sample.name"), Kind: web.TextField, Required: true, Max: 5},
			{Name: "n", Label: text.M("sample.name"), Kind: web.IntField, Min: 1, Max: 10},
		}}
	}
	return web.Module{Name: "sample", Files: files, Pages: []web.Page{{Name: "list", Data: listPage{}}},
		Nav: []web.Nav{{Key: "sample.nav", URL: "/sample", Perm: "sample.read"}},
		Routes: []web.Route{
			{Pattern: "GET /sample", Perm: "sample.read", Do: func(c *web.Call) error {
				return c.Render("sample.list", listPage{Rows: []string{"<b>あ</b>"}})
			}},
			{Pattern: "GET /gone", Perm: "sample.read", Do: func(*web.Call) error { return fault.New(fault.NotFound, "web.not_found") }},
			{Pattern: "POST /heavy", Perm: web.Public, Body: web.MaxBody + 1, Do: heavy()},
			{Pattern: "GET /panic", Perm: web.Public, Do: func(*web.Call) error { panic("boom") }},
			{Pattern: "GET /busy", Perm: web.Public, Do: func(*web.Call) error { return fault.New(fault.Conflict, "web.not_found") }},
			{Pattern: "POST /sample", Perm: "sample.write", Do: func(c *web.Call) error {
				f := form()
				ok, err := f.Read(c)
				if err != nil {
					return err
				}
				if !ok {
					return c.RenderForm(f)
				}
				return c.Redirect("/sample", text.M("sample.saved", f.Text("name")))
			}},
		}}
}

func site(t *testing.T) *webtest.Site {
	return webtest.New(t, func() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }, sample())
}

func TestServer_EscapesAndTranslates(t *testing.T) {
	t.Parallel()
	c := site(t).As(webtest.Person("sample.read"))
	c.Get("/sample").Want(t, 200, "&lt;b&gt;あ&lt;/b&gt;", `lang="ja"`, "一覧", `aria-current="page"`).Lacks(t, "<b>あ")
	c.In(text.EN).Get("/sample").Want(t, 200, "List", `lang="en"`)
}

func TestServer_Rights(t *testing.T) {
	t.Parallel()
	s := site(t)
	p := s.As(web.Person{}).Get("/sample?x=1")
	p.Want(t, http.StatusSeeOther)
	if got := p.Location(); got != "/signin?next=%2Fsample%3Fx%3D1" {
		t.Errorf("sign-in redirect %q", got)
	}
	s.As(webtest.Person("other")).Get("/sample").Want(t, 403, "sample.read")
	s.As(webtest.Person("sample.read")).Post("/sample", url.Values{"name": {"a"}}).Want(t, 403)
}

func TestServer_CrossOriginIsRefused(t *testing.T) {
	t.Parallel()
	s := site(t)
	for _, tc := range []struct {
		site, origin string
		want         int
	}{{"same-origin", "", 303}, {"cross-site", "", 403}, {"none", "https://evil.example", 303}, {"", "https://evil.example", 403}} {
		r := httptest.NewRequest("POST", "/sample", strings.NewReader("name=a"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", tc.site)
		if tc.site == "" {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		if tc.origin != "" {
			r.Header.Set("Origin", tc.origin)
		}
		s.As(webtest.Person("sample.write")).Do(r).Want(t, tc.want)
	}
}

func TestServer_PanicAndFault(t *testing.T) {
	t.Parallel()
	c := site(t).As(web.Person{})
	c.Get("/panic").Want(t, 500, "問い合わせ番号").Lacks(t, "boom")
	c.Get("/busy").Want(t, 409)
	c.Get("/nowhere").Want(t, 404, "このページはありません")
}

func TestForm_KeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	c := site(t).As(webtest.Person("sample.write", "sample.read"))
	c.Post("/sample", url.Values{"name": {"  長すぎる名前です  "}, "n": {"１１"}}).
		Want(t, 422, "長すぎる名前です", "5字まで", "1 から 10", `aria-invalid="true"`)
	c.Post("/sample", url.Values{"name": {"病棟"}, "n": {"３"}}).Want(t, 303)
	c.Get("/sample").Want(t, 200, "病棟を保存しました。")
	c.Get("/sample").Lacks(t, "病棟を保存しました。")
}

func TestServer_BodyTooLarge(t *testing.T) {
	t.Parallel()
	c := site(t).As(webtest.Person("sample.write"))
	c.Post("/sample", url.Values{"name": {strings.Repeat("x", web.MaxBody+1)}}).Want(t, 413, "上限は 1 MB")
}

func TestServer_HeadersAreConstant(t *testing.T) {
	t.Parallel()
	p := site(t).As(web.Person{}).Get("/nowhere")
	csp := p.Header.Get("Content-Security-Policy")
	if strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("policy %q", csp)
	}
}

func TestServer_RefusesRouteWithoutRight(t *testing.T) {
	t.Parallel()
	m := sample()
	m.Routes = append(m.Routes, web.Route{Pattern: "GET /open", Do: func(*web.Call) error { return nil }})
	_, err := web.New(web.Config{Catalog: text.NewCatalog(time.UTC), Clock: time.Now, Modules: []web.Module{m}})
	if err == nil {
		t.Fatal("a route without a right was taken")
	}
}

func TestLocalPath_KeepsToTheSite(t *testing.T) {
	t.Parallel()
	f := func(in, want string) {
		t.Helper()
		if got := web.LocalPath(in); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", in, got, want)
		}
	}
	f("/assets?q=1", "/assets?q=1")
	f("https://evil.example/", "/")
	f("//evil.example/", "/")
	f("/\\evil.example", "/")
	f("javascript:alert(1)", "/")
	f("", "/")
}

func TestCleanName_IsNoPath(t *testing.T) {
	t.Parallel()
	f := func(in, want string) {
		t.Helper()
		if got := web.CleanName(in); got != want {
			t.Errorf("CleanName(%q) = %q, want %q", in, got, want)
		}
	}
	f("../../x", "x")
	f(`C:\users\a\台帳.xlsx`, "台帳.xlsx")
	f("..", "file")
	f("a\u202egnp.exe", "agnp.exe")
	f("", "file")
}

func TestServer_FlashOfTheBrowsersOwnMakingIsNotShown(t *testing.T) {
	t.Parallel()
	forged := `{"key":"","args":["call this number"]}`
	nested := `"x"`
	for range 20 {
		nested = `{"key":"sample.twice","args":[` + nested + `]}`
	}
	for _, value := range []string{forged, nested} {
		cookie := base64.RawURLEncoding.EncodeToString([]byte(value))
		for _, v := range []string{cookie, cookie + ".", cookie + "." + cookie} {
			r := httptest.NewRequest("GET", "/nowhere", nil)
			r.AddCookie(&http.Cookie{Name: "__Host-toride-flash", Value: v})
			p := site(t).As(web.Person{}).Do(r)
			p.Want(t, 404).Lacks(t, "call this number")
			if len(p.Body) > 1<<16 {
				t.Fatalf("a cookie of %d bytes made a page of %d", len(v), len(p.Body))
			}
		}
	}
}

func TestServer_FlashIsShownOnce(t *testing.T) {
	t.Parallel()
	c := site(t).As(webtest.Person("sample.read", "sample.write"))
	c.Post("/sample", url.Values{"name": {"{0}"}}).Want(t, 303)
	c.Get("/sample").Want(t, 200, "{0}を保存しました。")
	c.Get("/sample").Lacks(t, "を保存しました。")
}

func TestServer_RefusalsAreTold(t *testing.T) {
	t.Parallel()
	s := site(t)
	cross := httptest.NewRequest("POST", "/sample?token=abc", strings.NewReader("name=a"))
	cross.Header.Set("Sec-Fetch-Site", "cross-site")
	s.As(webtest.Person("sample.write")).Do(cross).Want(t, 403)
	s.As(webtest.Person("other")).Get("/sample").Want(t, 403)
	s.As(webtest.Person("sample.write")).Upload("/sample", url.Values{"name": {"too long a name"}}, "f", `..\..\x<b>`, []byte("data")).Want(t, 422)
	s.As(web.Person{}).Get("/sample").Want(t, 303) // nobody is signed in: no line
	s.As(webtest.Person("sample.read")).Get("/gone").Want(t, 404)
	var got []string
	for _, r := range s.Refused() {
		got = append(got, string(r.What)+" "+r.Method+" "+r.Path+" "+r.File+" "+r.Reason)
	}
	want := []string{"origin POST /sample  web.cross_origin", "right GET /sample  web.denied", "file POST /sample x<b> "}
	if !slices.Equal(got, want) {
		t.Errorf("refusals %q, want %q", got, want)
	}
}

// heavy answers with 409 when it finds more than two of itself at work.
func heavy() func(*web.Call) error {
	var atWork atomic.Int32
	return func(c *web.Call) error {
		defer atWork.Add(-1)
		if n := atWork.Add(1); n > 2 {
			return fault.New(fault.Conflict, "web.not_found")
		}
		for range 200 {
			runtime.Gosched() // let the others in, if anything lets them
		}
		return c.Redirect("/", text.Msg{})
	}
}

func TestServer_FewUploadsAtOnce(t *testing.T) {
	t.Parallel()
	s := site(t)
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			s.As(web.Person{}).Upload("/heavy", nil, "f", "x", bytes.Repeat([]byte("x"), 1000)).Want(t, 303)
		})
	}
	wg.Wait()
}

func TestServer_SlowUploadHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := site(t)
	var wg sync.WaitGroup
	var ends []*io.PipeWriter
	for range 5 { // bodies that do not end
		body, end := io.Pipe()
		ends = append(ends, end)
		r := httptest.NewRequest("POST", "/heavy", body)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		wg.Go(func() { s.As(web.Person{}).Do(r).Want(t, 422) })
		if _, err := end.Write([]byte("--b\r\n")); err != nil { // its handler reads
			t.Fatal(err)
		}
	}
	s.As(web.Person{}).Upload("/heavy", nil, "f", "x", []byte("x")).Want(t, 303)
	for _, end := range ends {
		if err := end.CloseWithError(io.ErrUnexpectedEOF); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}

func TestMayOpen_KnowsTheRightsOfThePathBehindALink(t *testing.T) {
	t.Parallel()
	m := sample()
	var got []string
	m.Routes = append(m.Routes, web.Route{Pattern: "GET /probe", Perm: web.SignedIn, Do: func(c *web.Call) error {
		for _, path := range []string{"/sample?x=1#y", "/sample", "/nowhere", "https://evil.example/sample", "/panic"} {
			if web.MayOpen(c.Ctx(), path) {
				got = append(got, path)
			}
		}
		return c.Redirect("/", text.Msg{})
	}})
	s := webtest.New(t, time.Now, m)
	s.As(webtest.Person("other")).Get("/probe").Want(t, 303)
	if strings.Join(got, " ") != "/panic" {
		t.Errorf("without the right: %v", got)
	}
	got = nil
	s.As(webtest.Person("sample.read")).Get("/probe").Want(t, 303)
	if strings.Join(got, " ") != "/sample?x=1#y /sample /panic" {
		t.Errorf("with the right: %v", got)
	}
	if !web.MayOpen(t.Context(), "/anything") {
		t.Error("outside a request nothing is forbidden")
	}
}

// TestServer_TooLargeIsSaidToWhoSendsEverything sends as a browser does: all
// of it, then it reads.
func TestServer_TooLargeIsSaidToWhoSendsEverything(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(site(t).Server.Handler())
	t.Cleanup(srv.Close)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	size := 40 << 20
	if _, err := fmt.Fprintf(conn, "POST /heavy HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", size); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(bytes.Repeat([]byte("a"), size)); err != nil {
		t.Fatalf("cut off while sending: %v", err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", res.StatusCode)
	}
}
