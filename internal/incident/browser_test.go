package incident_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/browsertest"
	"github.com/torideproject/toride/internal/web/webtest"
)

// chromium is the browser of all tests of this package.
var chromium browsertest.One

func TestMain(m *testing.M) { os.Exit(chromium.Main(m)) }

// lived is a hospital in the second hour of an attack: facts, a held task, an
// override, care, decisions, contacts, a note and a line written by a clock
// that was set back.
func lived(t *testing.T) (s site, url string) {
	t.Helper()
	s = newSite(t)
	c := s.As(webtest.Person(all()...))
	url = declared(t, c)
	post := func(path string, pairs ...string) {
		t.Helper()
		c.Post(url+path, values(pairs...)).Want(t, 303)
	}
	post("/fact", "known_at", "2026-11-01T07:45", "known_by", "医事課 架空甲", "basis", "サーバー画面の脅迫文", "cat_sensitive", "may", "cat_financial", "no", "cat_malicious", "may", "cat_many", "unknown")
	post("/task", "title", "給食VPN装置のファームウェア更新", "act", "update", "new_object", "給食VPN装置")
	tasks := s.load(t, strings.TrimPrefix(url, "/incident/")).Tasks
	post("/override", "task", tasks[len(tasks)-1].ID, "reason", "感染が広がり続けているため、院長の了解を得て先に更新する")
	post("/task", "title", "透析監視サーバーの再起動", "act", "reboot", "new_object", "透析監視サーバー")
	post("/care", "service", "outpatients", "state", "stopped", "note", "再診は電話で対応")
	post("/care", "service", "paper", "state", "used")
	post("/number", "metric", "postponed", "value", "12")
	post("/decision", "what", "外来診療を止める", "who", "病院長 架空乙", "options", "再診のみ続ける", "reasons", "検査・会計が動かない", "care", "予約120人に影響。救急は近隣に依頼")
	post("/attempt", "contact", "police", "caller", "試験 太郎", "means", "phone", "reached", "yes", "person", "担当丙", "reference", "R-105")
	post("/note", "note_text", "All of your files are encrypted.", "note_ext", ".locked", "where", "給食サーバー")
	post("/preserve", "evidence_what", "脅迫文の画面写真", "place", "金庫", "holder", "試験 太郎")
	post("/values", "summary", "給食システムの保守回線から侵入された疑いがあり、電子カルテが使えない。")
	s.clock.Add(-20 * time.Minute)
	post("/entry", "text", "2階病棟のプリンタが大量に印刷")
	s.clock.Add(90 * time.Minute)
	return s, url
}

func (s site) page(t *testing.T, b *browsertest.Browser, lang text.Lang) *browsertest.Page {
	t.Helper()
	person := webtest.Person(all()...)
	person.Lang = string(lang)
	return b.Page(t, browsertest.Serve(t, s.Server.Handler()), browsertest.Reader{Cookies: map[string]string{web.SessionCookie: s.Token(person)}})
}

func TestBrowser_EveryPage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	s, url := lived(t)
	task := s.load(t, strings.TrimPrefix(url, "/incident/")).Tasks[0].ID
	pages := map[string]string{"list": "/incident", "declare": "/incident/declare", "tree": "/incident/contacts", "contact": "/incident/contacts/edit?key=it",
		"folder": "/incident/folder", "holidays": "/incident/holidays", "room": url, "finish": url + "/finish?task=" + task}
	for _, sub := range []string{"tasks", "timeline", "clocks", "calls", "evidence", "drafts?form=ransom", "fact", "preserve", "attempt", "decision", "values"} {
		name, _, _ := strings.Cut(sub, "?")
		pages[name] = url + "/" + sub
	}
	for _, lang := range text.Langs() {
		p := s.page(t, b, lang)
		for name, path := range pages {
			p.Open(path).Axe().Fits().Shot("incident-" + name + "-" + string(lang))
		}
		for name, most := range map[string]int{"folder": 16, "room": 6, "clocks": 3, "drafts": 4} {
			pdf := p.Open(pages[name]).PDF("incident-" + name + "-" + string(lang))
			if n := len(regexp.MustCompile(`/Type /Page\b`).FindAllString(string(pdf), -1)); n > most {
				t.Errorf("%s prints on %d pages, at most %d", name, n, most)
			}
		}
	}
}

// From the first page of the room's list to a running record: what a clerk
// does at night, with few clicks.
func TestBrowser_DeclareAndAct(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	s := newSite(t)
	p := s.page(t, b, text.JA)
	p.Open("/incident")
	p.Within(2, func() {
		p.Click("事案にする").Fill("件名", "電子カルテが開かない").Fill("気づいたこと", "サーバーの画面に脅迫文").Click("事案にする")
	})
	p.See("バックアップへの経路と外部との回線を確かめてください", "バックアップへの経路を切り離す", "時計が動いていません")
	p.Within(1, func() { p.Click("済み") })
	p.Within(6, func() {
		p.Open(strings.TrimSuffix(p.Path(), "/tasks")).Click("知った事実を記録").Fill("知った日時", "2026-11-01T07:45").Fill("知った人", "医事課 架空甲")
		p.Tick("要配慮個人情報", "おそれがある").Tick("財産的被害", "該当しない").Tick("不正の目的", "おそれがある").Tick("1,000人", "まだ分からない").Fill("根拠", "脅迫文").Follow("Tab", "Enter")
	})
	p.See("2027年1月4日(月)", "2026年11月5日(木)")
}

// The hard step as a reader meets it: refused, preserved, then done.
func TestBrowser_PreserveBeforeUpdate(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	s, url := lived(t)
	p := s.page(t, b, text.JA)
	p.Open(url+"/tasks").See("止まっています", "透析監視サーバーの再起動")
	p.Within(2, func() {
		p.Click("保全を記録").Fill("何を保全したか", "設定とログ").Fill("保管場所", "金庫").Click("記録する")
	})
	p.See("設定とログ").Open(url + "/tasks").Lacks("止まっています")
}
