package comply_test

import (
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/browsertest"
	"github.com/torideproject/toride/internal/web/webtest"
)

// chromium is the browser of all tests of this package.
var chromium browsertest.One

func TestMain(m *testing.M) { os.Exit(chromium.Main(m)) }

// lived is a hospital in the middle of its year: answers, a contradiction, a
// document, an officer, a vendor that is late.
func lived(t *testing.T) (w *world, vendor string) {
	t.Helper()
	w = build(t, meals())
	say := func(id string, s reading.State, basis reading.Basis, words string) reading.Reading {
		return reading.Reading{ID: id, State: s, Basis: basis, At: ledgertest.Start(), By: "fw-meals.conf", Say: text.Raw(words), URL: "/lines"}
	}
	w.readings = []reading.Reading{
		say("asset.inventory", reading.Good, reading.Register, "台帳に2,816件"), say("asset.unmanaged", reading.Bad, reading.Register, "情報部門の外にある機器が143件"),
		say("asset.lines", reading.Good, reading.Register, "外接点41件"), say("asset.lines.owner", reading.Bad, reading.Register, "更新の担当が決まっていない外接点が3件"),
		say("asset.lines.source", reading.Bad, reading.Register, "接続元を制限していない外接点が2件"), say("audit.fortios.anypolicy", reading.Good, reading.Read, "どこからでも通す規則は見つかりません"),
		say("exposure.outside", reading.Bad, reading.Read, "FortiOS 5.4.8 に悪用が確認された弱点"), say("incident.contacts", reading.Good, reading.Declared, "連絡先は10月に確認済み"),
		say("incident.folder", reading.Good, reading.Declared, "綴りは10月に印刷"), say("access.reviews", reading.Good, reading.Register, "見直しの遅れなし"),
	}
	c := w.writer()
	for topic, f := range map[string]url.Values{
		"officer":   {"value": {"yes"}, "confirmed": {"2026-04-10"}, "who": {"医療情報部 架空 花子"}},
		"inventory": {"value": {"yes"}, "confirmed": {"2026-10-01"}, "who": {"医療情報部 架空 花子"}, "note": {"台帳を月末に見直し"}},
		"source":    {"value": {"yes"}, "confirmed": {"2026-10-01"}, "who": {"医療情報部 架空 花子"}},
		"mfa":       {"value": {"no"}, "confirmed": {"2026-10-01"}, "target": {"2027-03-15"}, "who": {"医療情報部 架空 花子"}},
		"patch":     {"value": {"no"}, "confirmed": {"2026-10-01"}, "target": {"2026-10-30"}, "who": {"医療情報部 架空 花子"}},
	} {
		c.Post("/comply/item/"+topic, f).Want(t, 303)
	}
	c.Post("/comply/officer", url.Values{"name": {"架空 一郎"}, "post": {"副院長"}, "since": {"2026-04-01"}, "letter": {"任命通知 第12号"}}).Want(t, 303)
	c.Upload("/comply/documents/new", url.Values{"topic": {"bcp"}, "title": {"サイバーBCP 第2版"}, "day": {"2026-06-01"}, "place": {"医療情報部 書棚3"}}, "file", "bcp.pdf", []byte("%PDF-1.7 made up")).Want(t, 303)
	c.Post("/comply/radar", nil).Want(t, 303)
	vendor = c.Post("/comply/vendors/new", url.Values{"vendor": {"v1"}, "sent": {"2026-09-01"}, "due": {"2026-09-30"}}).Want(t, 303).Location()
	return w, vendor
}

func TestBrowser_EveryPage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	w, vendor := lived(t)
	address := browsertest.Serve(t, w.site.Server.Handler())
	pages := map[string]string{"list": "/comply", "item": "/comply/item/source", "item-bcp": "/comply/item/bcp", "print": "/comply/print", "radar": "/comply/radar",
		"officer": "/comply/officer", "documents": "/comply/documents", "newdocument": "/comply/documents/new?topic=bcp", "vendors": "/comply/vendors",
		"newvendor": "/comply/vendors/new", "vendor": vendor, "request": vendor + "/print?empty=yes", "catalogues": "/comply/catalogues"}
	for _, lang := range text.Langs() {
		person := webtest.Person("comply.read", "comply.write")
		person.Lang = string(lang)
		p := b.Page(t, address, browsertest.Reader{Cookies: map[string]string{web.SessionCookie: w.site.Token(person)}})
		for name, path := range pages {
			p.Open(path).Axe().Fits().Shot("comply-" + name + "-" + string(lang))
		}
		for _, name := range []string{"print", "list", "request"} {
			pdf := p.Open(pages[name]).PDF("comply-" + name + "-" + string(lang))
			if n := len(regexp.MustCompile(`/Type /Page\b`).FindAllString(string(pdf), -1)); n > 6 {
				t.Errorf("%s prints on %d pages", name, n)
			}
		}
	}
}

func TestBrowser_AnswerFromTheListInThreeClicks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	w, _ := lived(t)
	p := b.Page(t, browsertest.Serve(t, w.site.Server.Handler()), browsertest.Reader{
		Cookies: map[string]string{web.SessionCookie: w.site.Token(webtest.Person("comply.read", "comply.write"))}})
	p.Open("/comply?show=contradiction").See("矛盾", "接続元を制限していない外接点が2件")
	p.Within(3, func() {
		p.Click("2-⑬").Tick("回答", "いいえ").Fill("目標日", "2027-02-26").Click("保存する")
	})
	p.See("項目 2-⑬ の回答を保存しました。")
	p.Open("/comply/item/backup").TabTo("未回答").Press("Up", "Up").TabTo("確認日").TabTo("保存する").Follow("Enter")
	if !strings.HasPrefix(p.Path(), "/comply") {
		t.Errorf("by keyboard alone: at %s", p.Path())
	}
	p.See("確認日がありません")
}

func TestBrowser_OfficialFormInThreeClicks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	w, _ := lived(t)
	p := b.Page(t, browsertest.Serve(t, w.site.Server.Handler()), browsertest.Reader{
		Cookies: map[string]string{web.SessionCookie: w.site.Token(webtest.Person("comply.read", "comply.write"))}})
	p.Open("/comply/catalogues")
	p.Within(3, func() {
		p.Attach("ファイル", writeFile(t, "001716187.xlsx", official(t))).Click("違いを見る")
		p.See("ドローンの持ち込みを管理している。").Axe().Fits().Shot("comply-preview-ja")
		p.Tick("", "原文と見比べました").Click("この様式を取り込む")
	})
	p.See("公式の様式を取り込みました。")
}
