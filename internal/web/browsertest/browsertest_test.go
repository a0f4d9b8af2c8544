package browsertest_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/browsertest"
	"github.com/torideproject/toride/internal/web/webtest"
)

// chromium is the browser of all tests here but one, which looks at what a
// browser remembers.
var chromium browsertest.One

func TestMain(m *testing.M) { os.Exit(chromium.Main(m)) }

// sample is a small domain with a list, a form, a text to copy, a file, and a
// page with everything wrong.
func sample() web.Module {
	files := fstest.MapFS{
		"page_list.html": {Data: []byte(`{{define "content"}}<p class="toolbar no-print"><a class="button" href="/sample/new">{{t "sample.new"}}</a> <a href="/sample/file">{{t "sample.file"}}</a></p>
<form class="toolbar" role="search" action="/sample"><label for="q">{{t "sample.search"}}</label> <input id="q" name="q" type="search" data-key="/"> <button class="button" type="submit">{{t "sample.search"}}</button></form>
<table class="table"><caption>{{t "sample.title"}}</caption><thead><tr><th scope="col">{{t "sample.name"}}</th></tr></thead><tbody>{{range .Rows}}<tr><th scope="row"><a href="/sample?row={{.}}">{{.}}</a></th></tr>{{end}}</tbody></table>
<pre id="words">set status enable</pre>{{template "copy" "words"}}{{template "live" .Live}}<div id="seen"><p>{{t "sample.name"}}: {{.Asked}}</p><details><summary>{{t "sample.size"}}</summary><p>…</p></details></div>{{end}}`)},
		"page_bad.html": {Data: []byte(`{{define "content"}}<p>bad</p><img src="/s/none/none.png"><input><button class="button" onclick="alert(1)" style="color:red">x</button><pre class="nowrap">` + strings.Repeat("wide ", 99) + `</pre><div class="nowrap">` + strings.Repeat("wide ", 99) + `</div>{{end}}`)},
		"text_ja.json":  {Data: []byte(`{"sample.title":"外線の一覧","sample.new":"登録する","sample.file":"書き出す","sample.search":"探す","sample.name":"名前","sample.size":"大きさ","sample.kind":"種類","sample.a":"甲","sample.b":"乙","sample.day":"期限","sample.agree":"確かめた","sample.saved":"{0}を保存しました。"}`)},
		"text_en.json":  {Data: []byte(`{"sample.title":"Lines","sample.new":"Add","sample.file":"Export","sample.search":"Search","sample.name":"Name","sample.size":"Size","sample.kind":"Kind","sample.a":"A","sample.b":"B","sample.day":"Until","sample.agree":"Checked","sample.saved":"{0} was saved."}`)},
	}
	form := func() web.Form {
		return web.Form{Title: text.M("sample.new"), Action: "/sample/new", Submit: text.M("sample.new"), Fields: []web.Field{
			{Name: "name", Label: text.M("sample.name"), Kind: web.TextField, Required: true, Max: 8},
			{Name: "kind", Label: text.M("sample.kind"), Kind: web.SelectField, Options: []web.Option{{Value: "a", Say: text.M("sample.a")}, {Value: "b", Say: text.M("sample.b")}}},
			{Name: "size", Label: text.M("sample.size"), Kind: web.RadioField, Required: true, Options: []web.Option{{Value: "a", Say: text.M("sample.a")}, {Value: "b", Say: text.M("sample.b")}}},
			{Name: "day", Label: text.M("sample.day"), Kind: web.DayField},
			{Name: "agree", Label: text.M("sample.agree"), Kind: web.CheckField},
			{Name: "file", Label: text.M("sample.file"), Kind: web.FileField},
		}}
	}
	var asked atomic.Int32
	list := func(c *web.Call) error {
		return c.Render("sample.list", rows{[]string{"第一", "第二", "第三"}, web.LivePart{Topic: "sample", For: "seen"}, asked.Add(1)})
	}
	return web.Module{Name: "sample", Files: files, Topics: []web.Topic{{Name: "sample", Perm: "sample"}},
		Pages: []web.Page{{Name: "list", Data: rows{}}, {Name: "bad", Data: 0}},
		Nav:   []web.Nav{{Key: "sample.title", URL: "/sample", Perm: "sample"}, {Key: "sample.new", URL: "/sample/new", Perm: "sample"}},
		Routes: []web.Route{
			{Pattern: "GET /sample", Perm: "sample", Do: list},
			{Pattern: "GET /bad", Perm: "sample", Do: func(c *web.Call) error {
				return c.Render("sample.bad", titled{})
			}},
			{Pattern: "GET /sample/file", Perm: "sample", Do: func(c *web.Call) error {
				return c.Download("外線.csv", "text/csv", []byte("a,b\n"))
			}},
			{Pattern: "GET /sample/new", Perm: "sample", Do: func(c *web.Call) error { return c.RenderForm(form()) }},
			{Pattern: "POST /sample/new", Perm: "sample", Do: func(c *web.Call) error {
				f := form()
				if ok, err := f.Read(c); err != nil || !ok {
					if err != nil {
						return err
					}
					return c.RenderForm(f)
				}
				up, err := f.File("file")
				if err != nil {
					return err
				}
				return c.Redirect("/sample", text.M("sample.saved", fmt.Sprintf("%s%s%s%s%t%d", f.Text("name"), f.Text("kind"), f.Text("size"), f.Text("day"), f.Checked("agree"), len(up.Data))))
			}},
		}}
}

type rows struct {
	Rows  []string
	Live  web.LivePart
	Asked int32
}

func (rows) PageTitle() text.Msg { return text.M("sample.title") }

type titled struct{}

func (titled) PageTitle() text.Msg { return text.M("sample.title") }

func open(t *testing.T, tb testing.TB, r browsertest.Reader) *browsertest.Page {
	t.Helper()
	b := chromium.Start(t)
	site := webtest.New(t, func() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }, sample())
	r.Cookies = map[string]string{web.SessionCookie: site.Token(webtest.Person("sample"))}
	return b.Page(tb, browsertest.Serve(t, site.Server.Handler()), r)
}

func TestPage_FormByItsWords(t *testing.T) {
	t.Parallel()
	p := open(t, t, browsertest.Reader{})
	file := filepath.Join(t.TempDir(), "config.txt")
	if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Open("/sample").See("外線の一覧").Axe().Fits()
	p.Within(2, func() {
		p.Click("登録する").Fill("名前", "長すぎる名前である").Click("登録する")
	})
	if p.Status() != 422 || p.Focused() == "" {
		t.Errorf("status %d, focus %q: want the summary of errors in focus", p.Status(), p.Focused())
	}
	p.See("8字まで", "入力してください").Axe().Fits().Shot("sample-errors")
	p.Within(3, func() {
		p.Fill("名前", "給食").Choose("種類", "乙").Tick("大きさ", "甲").Fill("期限", "2026-11-30").Tick("", "確かめた").Attach("書き出す", file).Click("登録する")
	})
	p.See("給食ba2026-11-30true5を保存しました。")
	if got := p.Focused(); !strings.Contains(got, "給食") {
		t.Errorf("focus on %q, want the message", got)
	}
	if name, data := p.Download("書き出す"); name != "外線.csv" || string(data) != "a,b\n" {
		t.Errorf("download %q %q", name, data)
	}
}

func TestPage_KeyboardAlone(t *testing.T) {
	t.Parallel()
	p := open(t, t, browsertest.Reader{})
	p.Open("/sample").TabTo("登録する").Follow("Enter")
	p.TabTo("名前").Type("薬局").TabTo("甲").Press("Space").TabTo("登録する").Follow("Enter").See("薬局aa")
	p.Press("?").See("この一覧を開く").Axe().Shot("sample-keys")
	p.Press("Escape").Lacks("この一覧を開く")
	p.Press("j", "j")
	if p.Focused() != "第二" {
		t.Errorf("focus on %q after j j, want 第二", p.Focused())
	}
	p.Press("k", "/").Type("病棟")
	var typed string
	if p.Eval(`document.getElementById("q").value`, &typed); typed != "病棟" {
		t.Errorf("/ leads elsewhere: the search field has %q", typed)
	}
	p.Follow("Enter")
	p.Press("g").Follow("a") // s is taken by /sample; /sample/new gets the next letter
	if p.Path() != "/sample/new" {
		t.Errorf("g a leads to %s", p.Path())
	}
	if p.Clicks() != 4 {
		t.Errorf("%d clicks counted, want 4", p.Clicks())
	}
}

func TestPage_KeysCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	p := open(t, t, browsertest.Reader{Lang: "en"})
	p.Open("/sample").Click("Keyboard shortcuts").Tick("", "Use single-key shortcuts").Click("Close").Press("j")
	if got := p.Focused(); got == "第一" {
		t.Errorf("j still moves to %q", got)
	}
	p.Click("Keyboard shortcuts").See("Go to the search field")
}

// A page keeps itself fresh, but takes nothing away under the reader's hands.
func TestPage_Live(t *testing.T) {
	t.Parallel()
	b := chromium.Start(t)
	site := webtest.New(t, func() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }, sample())
	p := b.Page(t, browsertest.Serve(t, site.Server.Handler()), browsertest.Reader{Cookies: map[string]string{web.SessionCookie: site.Token(webtest.Person("sample"))}})
	p.Open("/sample")
	told, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { // as an alert storm does
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-tick.C:
				site.Live.Tell("sample")
			case <-told.Done():
				tick.Stop()
				return
			}
		}
	}()
	var fresh bool
	wait := `new Promise((done) => { const ask = () => (%s) ? done(true) : requestAnimationFrame(ask); ask(); })`
	p.Eval(fmt.Sprintf(wait, `Number(document.getElementById("seen").dataset.fresh) >= 2`), &fresh)
	p.Eval(`(document.querySelector("#seen summary").focus(), true)`, &fresh)
	p.Eval(fmt.Sprintf(wait, `!document.querySelector("t-live [data-notice]").hidden`), &fresh)
	if p.Focused() != "大きさ" {
		t.Errorf("the focus went to %q", p.Focused())
	}
	p.See("この画面の内容が新しくなりました。").Axe().Quiet()
}

func TestPage_Copy(t *testing.T) {
	t.Parallel()
	p := open(t, t, browsertest.Reader{})
	p.Open("/sample").Click("文面をコピー")
	var said string
	p.Eval(`new Promise((done) => { const s = document.querySelector("t-copy [role=status]"); const ask = () => s.textContent ? done(s.textContent) : requestAnimationFrame(ask); ask(); })`, &said)
	if !strings.Contains(said, "コピー") {
		t.Errorf("the copy button says %q", said)
	}
}

// Pictures are taken where somebody looks at them, and only there.
func TestPage_PrintsAndShowsColourVision(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(browsertest.ShotsEnv, dir)
	p := open(t, t, browsertest.Reader{Width: 390, Height: 844})
	p.Open("/sample").Fits().Vision("sample").Shot("sample")
	if pdf := p.PDF("sample"); len(pdf) < 1000 {
		t.Errorf("PDF of %d bytes", len(pdf))
	}
	t.Setenv(browsertest.ShotsEnv, "")
	p.Vision("none").Shot("none")
	kept, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(kept) != 6 { // four ways to see, the page, the PDF
		t.Errorf("kept %q, %v", kept, err)
	}
}

func TestPage_WalkVisitsEachKindOnce(t *testing.T) {
	t.Parallel()
	p := open(t, t, browsertest.Reader{})
	seen := map[string]string{}
	p.Walk("/sample", 10, func(path, from string) { seen[browsertest.Kind(path)] = from })
	// Not the file, and one of the three rows. /, /me belong to the frame.
	want := map[string]string{"/sample": "", "/sample/new": "/sample", "/sampleN": "/sample", "/": "/sample", "/me": "/sample"}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("visited %v, want %v", seen, want)
	}
}

// Text does not become markup, even for a script that has got in.
func TestPage_TrustedTypesAreDemanded(t *testing.T) {
	t.Parallel()
	p := open(t, t, browsertest.Reader{})
	var said string
	p.Open("/sample").Eval(`(() => { try { document.querySelector("main").innerHTML = "<b>x</b>"; return "taken" } catch (e) { return e.name } })()`, &said)
	if said != "TypeError" {
		t.Errorf("assigning markup from text: %q, want TypeError", said)
	}
	if trouble := p.Trouble(); len(trouble) == 0 || !strings.Contains(trouble[0], "TrustedHTML") {
		t.Errorf("the console says %q, want a violation", trouble)
	}
}

// recorder stands in for a test and keeps what would have failed it.
type recorder struct {
	testing.TB
	said bytes.Buffer
}

func (r *recorder) Errorf(format string, args ...any) { fmt.Fprintf(&r.said, format+"\n", args...) }

func TestPage_FindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	p := open(t, r, browsertest.Reader{})
	p.Open("/bad").Eval(`document.querySelector("main .button").style.minHeight = "0"; 0`, nil)
	p.See("missing words").Axe().Fits().Quiet()
	p.Within(0, func() { p.Click("登録する") })
	said := r.said.String()
	for _, want := range []string{
		"missing words", "axe image-alt", "axe label", "sticks out to the right", "lower than 44 pixels",
		"Content Security Policy", "none.png", "took 1 clicks, the budget is 0",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the harness does not complain about %q; it says: %s", want, said)
		}
	}
}

// The same page in the other language is not checked again; another shape is.
func TestPage_AxeOncePerShape(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	site := webtest.New(t, func() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }, sample())
	base := browsertest.Serve(t, site.Server.Handler())
	token := site.Token(webtest.Person("sample"))
	const another = `document.querySelector("main").append(document.createElement("img")); 0`
	for i, lang := range []string{"ja", "en"} {
		for _, script := range []string{"0", another} {
			r := &recorder{TB: t}
			p := b.Page(r, base, browsertest.Reader{Lang: lang, Cookies: map[string]string{web.SessionCookie: token}})
			p.Open("/bad").Eval(script, nil).Axe()
			if found := strings.Contains(r.said.String(), "axe image-alt"); found != (i == 0) {
				t.Errorf("%s after %q: a fault was found: %v", lang, script, found)
			}
		}
	}
}
