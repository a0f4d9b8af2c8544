package comply_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/comply"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

type register struct{ vendors []asset.Vendor }

func (r register) Vendors(context.Context) ([]asset.Vendor, error) { return r.vendors, nil }
func (r register) Systems(context.Context) ([]asset.System, error) {
	return []asset.System{{ID: "s1", Name: "給食管理"}}, nil
}

// world is a hospital with a checklist, two vendors and readings that the test
// sets.
type world struct {
	list     *comply.Checklist
	book     *ledger.Book
	clock    *ledgertest.Clock
	site     *webtest.Site
	readings []reading.Reading
}

func build(t testing.TB, vendors ...asset.Vendor) *world {
	t.Helper()
	w := &world{clock: ledgertest.NewClock()}
	w.book = ledgertest.BookAt(t, w.clock)
	list, err := comply.New(t.Context(), comply.Config{Book: w.book, Clock: w.clock.Now, Zone: jst(),
		Readings: func(context.Context) ([]reading.Reading, error) { return w.readings, nil }, Register: register{vendors}})
	if err != nil {
		t.Fatal(err)
	}
	w.list = list
	w.site = webtest.New(t, w.clock.Now, list.Module(), web.Module{Name: "sheet", Files: sheet.Texts})
	return w
}

func meals() asset.Vendor { return asset.Vendor{ID: "v1", Name: "架空給食サービス"} }

func (w *world) writer() *webtest.Client {
	return w.site.As(webtest.Person("comply.read", "comply.write"))
}
func (w *world) reader() *webtest.Client { return w.site.As(webtest.Person("comply.read")) }

func bad(id, words, link string) reading.Reading {
	return reading.Reading{ID: id, State: reading.Bad, Basis: reading.Register, At: ledgertest.Start(), Say: text.Raw(words), Count: 1, Total: 2, URL: link}
}

func TestTemplates_FitTheirData(t *testing.T) {
	t.Parallel()
	webtest.CheckTemplates(t, build(t).list.Module())
}

func TestPages_AllInBothLanguages(t *testing.T) {
	t.Parallel()
	w := build(t, meals())
	w.readings = []reading.Reading{bad("asset.lines.source", "接続元が制限されていない外接点が1件", "/lines")}
	c := w.writer()
	c.Post("/comply/vendors/new", url.Values{"vendor": {"v1"}, "sent": {"2026-10-01"}, "due": {"2026-10-31"}}).Want(t, 303)
	c.Post("/comply/officer", url.Values{"name": {"架空 一郎"}, "post": {"副院長"}}).Want(t, 303)
	for _, lang := range text.Langs() {
		for _, page := range []string{"/comply", "/comply?show=missing", "/comply?year=2025", "/comply?year=2024&catalogue=mhlw-cl-r6", "/comply?catalogue=mhlw-cl-r7&sheet=Ph",
			"/comply/item/source", "/comply/item/rights/SV?catalogue=mhlw-cl-r6&year=2024", "/comply/print", "/comply/radar", "/comply/officer",
			"/comply/documents", "/comply/documents/new?topic=bcp", "/comply/vendors", "/comply/vendors/new", "/comply/catalogues"} {
			c.In(lang).Get(page).Want(t, 200, "</main>").Lacks(t, "⟦", "%!", "comply.", "ZgotmplZ")
		}
	}
	w.reader().Get("/comply").Want(t, 200, "言い換え", "2-⑬", "接続元が制限されていない外接点が1件", "未回答").Lacks(t, "回答する")
	w.reader().In(text.EN).Get("/comply").Want(t, 200, "restatements", "Unanswered")
}

func TestItem_AnswerHistoryAndContradiction(t *testing.T) {
	t.Parallel()
	w := build(t, meals())
	w.readings = []reading.Reading{bad("asset.lines.source", "制限のない外接点が1件", "/lines")}
	c := w.writer()
	form := url.Values{"value": {"yes"}, "confirmed": {"2026-10-20"}, "who": {"情報係 架空"}, "note": {"設定を見た"}}
	c.Post("/comply/item/source", form).Want(t, 303)
	c.Get("/comply").Want(t, 200, "矛盾", "回答は「はい」ですが", "情報係 架空")
	form.Set("value", "no")
	form.Set("target", "2027-06-01")
	c.Post("/comply/item/source", form).Want(t, 303)
	p := c.Get("/comply/item/source").Want(t, 200, "目標日(2027年6月1日(火))が年度(2026年4月1日(水)から2027年3月31日(水)まで)の外です", "回答の履歴", "はい", "試験 太郎")
	if n := strings.Count(p.Body, "設定を見た"); n < 3 { // form and two lines of history
		t.Errorf("history is not shown: %d", n)
	}
	p.Lacks(t, "矛盾</span>")
	c.Post("/comply/item/source", url.Values{"value": {"maybe"}}).Want(t, 422, "選択肢の中から")
	c.Post("/comply/item/source", url.Values{"value": {"yes"}, "confirmed": {"きのう"}}).Want(t, 422, "日付として読めません")
	c.Get("/comply/item/nothing").Want(t, 404, "この項目は")
	c.Get("/comply?catalogue=mhlw-cl-r99").Want(t, 404, "この版の点検表はありません")
	c.Get("/comply?year=1999").Want(t, 404, "1999")
	c.Get("/comply?catalogue=mhlw-cl-r8&sheet=Ph").Want(t, 404, "その様式はありません")
	w.reader().Post("/comply/item/source", form).Want(t, 403)
}

func TestItem_ZeroAnsweredNoSkipsTheRest(t *testing.T) {
	t.Parallel()
	w := build(t)
	c := w.writer()
	c.Post("/comply/item/uses", url.Values{"value": {"no"}, "confirmed": {"2026-10-20"}, "target": {"2027-03-31"}, "who": {"架空"}}).Want(t, 303)
	c.Get("/comply").Want(t, 200, "対象外(項目0が「いいえ」)")
	c.Get("/comply?show=missing").Want(t, 200, "この条件に当てはまる項目はありません")
}

func TestCopy_NeverCountsUntilConfirmed(t *testing.T) {
	t.Parallel()
	w := build(t, meals())
	c := w.writer()
	last := "?catalogue=mhlw-cl-r7&year=2025&sheet=H"
	c.Post("/comply/item/inventory"+last, url.Values{"value": {"yes"}, "confirmed": {"2025-07-01"}, "who": {"前任"}, "note": {"昨年の確認"}}).Want(t, 303)
	c.Post("/comply/item/rights/SV?catalogue=mhlw-cl-r6&year=2024&sheet=H", url.Values{"value": {"no"}, "confirmed": {"2024-07-01"}, "target": {"2025-03-31"}, "who": {"前任"}}).Want(t, 303)
	c.Get("/comply/item/inventory").Want(t, 200, "前の年度・版の回答", "令和7年度版", "昨年の確認")
	c.Get("/comply/item/rights").Want(t, 200, "令和6年度版", "2-(4)")
	c.Get("/comply").Want(t, 200, "前の回答が2件あります")
	c.Post("/comply/copy?year=2026", nil).Want(t, 303)
	c.Get("/comply").Want(t, 200, "前の回答の写し・要確認").Lacks(t, "前の回答が2件あります")
	cat, key, err := w.list.At(t.Context(), "", 0, "")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := w.list.Rows(t.Context(), cat, key)
	if err != nil {
		t.Fatal(err)
	}
	if p := comply.Count(rows, key.Year, "2026-11-02"); p.Yes != 0 || p.No != 0 || p.Missing != p.Total {
		t.Errorf("copies were counted: %+v", p)
	}
	c.Post("/comply/item/inventory", url.Values{"value": {"yes"}, "confirmed": {"2026-11-02"}, "who": {"架空"}}).Want(t, 303)
	c.Get("/comply/item/inventory").Want(t, 200).Lacks(t, "前の回答の写しです")
}

func TestPrint_InspectionSheet(t *testing.T) {
	t.Parallel()
	w := build(t, meals())
	w.readings = []reading.Reading{{ID: "asset.inventory", State: reading.Good, Basis: reading.Register, At: ledgertest.Start(), Say: text.Raw("台帳に12件")}}
	c := w.writer()
	c.Post("/comply/officer", url.Values{"name": {"架空 一郎"}, "post": {"副院長"}, "since": {"2026-04-01"}}).Want(t, 303)
	c.Get("/comply/print").Want(t, 200, "架空総合病院", "架空 一郎", "台帳に12件", "2026年11月2日(月) 09:00", "立入検査員", "001716187.xlsx",
		"未確認", "基準を満たすかどうかの判定ではありません", "SHA-256 b811208b")
	c.In(text.EN).Get("/comply/print?catalogue=mhlw-cl-r7&year=2025").Want(t, 200, "fiscal 2025 (Reiwa 7)", "Inspector", "SHA-256 not known", "Number not verified")
}

func TestReadings_RestOnDeclarations(t *testing.T) {
	t.Parallel()
	w := build(t, meals())
	c := w.writer()
	state := func(id string) reading.Reading {
		t.Helper()
		all, err := w.list.Readings(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			if r.ID == id {
				return r
			}
		}
		t.Fatalf("no reading %s", id)
		return reading.Reading{}
	}
	for _, id := range []string{"comply.officer", "comply.rules", "comply.bcp", "comply.backup"} {
		if r := state(id); r.State != reading.Unknown || !r.At.IsZero() {
			t.Errorf("%s: %+v; nothing was declared", id, r)
		}
	}
	c.Post("/comply/item/bcp", url.Values{"value": {"yes"}, "confirmed": {"2026-10-20"}, "who": {"架空"}}).Want(t, 303)
	if r := state("comply.bcp"); r.State != reading.Unknown || r.Say.Key != "comply.doc.yesonly" {
		t.Errorf("a yes without a document: %+v", r)
	}
	c.Post("/comply/item/rules", url.Values{"value": {"no"}, "confirmed": {"2026-10-20"}, "target": {"2027-03-01"}, "who": {"架空"}}).Want(t, 303)
	if r := state("comply.rules"); r.State != reading.Bad || r.Basis != reading.Declared || r.By != "試験 太郎" {
		t.Errorf("a no: %+v", r)
	}
	c.Upload("/comply/documents/new", url.Values{"topic": {"bcp"}, "title": {"サイバーBCP 第2版"}, "day": {"2026-06-01"}, "place": {"医療情報部 書棚3"}}, "file", "../../bcp.pdf", []byte("%PDF-1.7 made up")).Want(t, 303)
	if r := state("comply.bcp"); r.State != reading.Good || r.Basis != reading.Declared {
		t.Errorf("with a document: %+v", r)
	}
	c.Post("/comply/officer", url.Values{"name": {"架空 一郎"}}).Want(t, 303)
	if r := state("comply.officer"); r.State != reading.Good {
		t.Errorf("with an officer: %+v", r)
	}
	c.Get("/comply/officer").Want(t, 200, "架空 一郎", "現在")
}

func TestDocuments_StoredCheckedRemoved(t *testing.T) {
	t.Parallel()
	w := build(t)
	c := w.writer()
	c.Upload("/comply/documents/new", url.Values{"topic": {"backup"}, "title": {"復旧手順書"}}, "file", `C:\x\..\手順.docx`, []byte("made up")).Want(t, 303)
	p := c.Get("/comply/item/backup").Want(t, 200, "復旧手順書", "手順.docx", "SHA-256")
	link := regexp.MustCompile(`/comply/documents/[^/"]+/file`).FindString(p.Body)
	f := w.reader().Get(link).Want(t, 200, "made up")
	if ct := f.Header.Get("Content-Type"); ct != "application/octet-stream" || !strings.Contains(f.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("a file that somebody sent is shown by the browser: %s", ct)
	}
	err := w.book.Write(t.Context(), ledgertest.Actor(), "test.tamper", func(tx *ledger.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE comply_document SET content = x'00'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Get(link).Want(t, 409, "登録したときと違っています")
	remove := strings.TrimSuffix(link, "/file") + "/remove"
	w.reader().Post(remove, nil).Want(t, 403)
	c.Post(remove, nil).Want(t, 303)
	c.Get(link).Want(t, 404)
	c.Post(remove, nil).Want(t, 404)
	c.Upload("/comply/documents/new", url.Values{"topic": {"backup"}, "title": {"大きい"}}, "file", "x.bin", make([]byte, comply.MaxUpload+1)).Want(t, 422, "大きすぎます")
	c.Upload("/comply/documents/new", url.Values{"topic": {"backup"}, "title": {"巨大"}}, "file", "x.bin", make([]byte, comply.MaxUpload+2<<20)).Want(t, 413)
	c.Post("/comply/documents/new", url.Values{"topic": {"nowhere"}, "title": {"x"}}).Want(t, 422)
}

func TestTodos_PointAtTheFilteredList(t *testing.T) {
	t.Parallel()
	w := build(t, meals())
	w.readings = []reading.Reading{bad("asset.lines.source", "x", "/lines")}
	c := w.writer()
	c.Post("/comply/item/source", url.Values{"value": {"yes"}, "confirmed": {"2026-10-20"}, "who": {"架空"}}).Want(t, 303)
	c.Post("/comply/item/patch", url.Values{"value": {"no"}, "confirmed": {"2026-10-20"}, "target": {"2026-10-31"}, "who": {"架空"}}).Want(t, 303)
	c.Post("/comply/item/media", url.Values{"value": {"no"}, "confirmed": {"2026-10-20"}, "who": {"架空"}}).Want(t, 303)
	c.Post("/comply/vendors/new", url.Values{"vendor": {"v1"}, "sent": {"2026-09-01"}, "due": {"2026-09-30"}}).Want(t, 303)
	todos, err := w.list.Todos(t.Context(), webtest.Person("comply.write"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]today.Level{}
	for _, d := range todos {
		got[d.URL] = d.Level
		c.Get(d.URL).Want(t, 200)
		for _, lang := range text.Langs() {
			if s := w.site.Catalog.Say(lang, d.Say) + w.site.Catalog.Say(lang, d.Why); strings.ContainsAny(s, "⟦{") {
				t.Errorf("todo %q", s)
			}
		}
	}
	want := map[string]today.Level{"/comply?show=overdue": today.Red, "/comply?show=contradiction": today.Amber, "/comply?show=notarget": today.Amber,
		"/comply?show=missing": today.Info, "/comply/vendors": today.Amber}
	for u, level := range want {
		if got[u] != level {
			t.Errorf("%s: %q, want %q", u, got[u], level)
		}
	}
	if none, err := w.list.Todos(t.Context(), webtest.Person("comply.read")); err != nil || len(none) != 0 {
		t.Errorf("a reader has nothing to do: %v %v", none, err)
	}
}

func TestRadar_KeepsAFigure(t *testing.T) {
	t.Parallel()
	w := build(t)
	c := w.writer()
	c.Get("/comply/radar").Want(t, 200, "参考(自己評価)", "IPAの可視化ツールの点数ではありません", "名称未確認", "未確認", "<svg").Lacks(t, "stroke-dasharray")
	w.readings = []reading.Reading{{ID: "exposure.feed", State: reading.Good}, {ID: "incident.contacts", State: reading.Good}, {ID: "incident.folder", State: reading.Bad},
		{ID: "incident.holidays", State: reading.Good}, {ID: "asset.vendors.contacts", State: reading.Bad}, {ID: "access.reviews", State: reading.Good}}
	c.Post("/comply/radar", nil).Want(t, 303)
	c.Get("/comply/radar").Want(t, 200, "2.5 / 5", "の図", "5.0 / 5")
	c.In(text.EN).Get("/comply/radar").Want(t, 200, "self-assessment", "not a score of IPA")
}

func TestTexts_CarefulWords(t *testing.T) {
	t.Parallel()
	w := build(t)
	for _, key := range w.site.Catalog.Keys() {
		if !strings.HasPrefix(key, "comply.") {
			continue
		}
		for _, lang := range text.Langs() {
			words := strings.ToLower(w.site.Catalog.Say(lang, text.M(key, "a", "b", "c", "d")))
			for _, bad := range []string{"準拠", "安全です", "報告不要", "問題ありません", "compliant", "is safe", "no report needed"} {
				if strings.Contains(words, bad) {
					t.Errorf("%s says %q", key, bad)
				}
			}
		}
	}
}

func BenchmarkRows(b *testing.B) {
	w := build(b, meals())
	cat, key, err := w.list.At(b.Context(), "", 0, "")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.list.Rows(b.Context(), cat, key); err != nil {
			b.Fatal(err)
		}
	}
}
