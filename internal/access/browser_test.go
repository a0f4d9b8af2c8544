package access

import (
	"os"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/browsertest"
	"github.com/torideproject/toride/internal/web/webtest"
)

// chromium is the browser of all tests of this package.
var chromium browsertest.One

func TestMain(m *testing.M) { os.Exit(chromium.Main(m)) }

// busy makes a house with something in each part of the list.
func busy(t testing.TB) (h *house, open, shut Request) {
	t.Helper()
	h = newHouse(t)
	ctx := t.Context()
	ok := must(t.(*testing.T))
	shut = h.ask(t, func(r *Request) {
		r.Purpose, r.LineID, r.VendorID = "CT装置の定期点検", "line-2", "vendor-b"
		r.Until = at(10, 30)
	})
	open = h.ask(t, nil)
	for _, r := range []Request{shut, open} {
		ok(h.desk.Approve(ctx, by(boss), Ref{ID: r.ID}, ""))
	}
	later := h.ask(t, func(r *Request) {
		r.From, r.Until = at(22, 0), at(22, 0).Add(4*time.Hour)
		r.Purpose = "夜間の版上げ"
	})
	ok(h.desk.Approve(ctx, by(boss), Ref{ID: later.ID}, ""))
	h.ask(t, func(r *Request) {
		r.Purpose, r.LineID, r.VendorID, r.From, r.Until = "検査結果の送信不具合の調査", "line-3", "vendor-b", at(15, 0), at(17, 0)
		r.PC, r.PatientData = PC{Place: "自宅", Name: "NOTE-1", Sharing: Shared, PatternOn: "2026-08-01"}, asset.Yes
	})
	h.clock.Set(at(10, 0))
	for _, r := range []Request{shut, open} {
		ok(h.desk.Open(ctx, by(clerk), Ref{ID: r.ID}, Firewall, ""))
	}
	h.clock.Set(at(10, 20))
	shut = ok(h.desk.Close(ctx, by(clerk), Ref{ID: shut.ID}, ""))
	h.clock.Set(at(12, 40))
	if err := h.desk.SaveCard(ctx, by(clerk), Card{LineID: "line-1", SrcIntf: "wan1", DstIntf: "internal"}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := h.desk.SavePhoto(ctx, by(clerk), "line-2", picture(t, 640, 400)); err != nil {
		t.Fatal(err)
	}
	return h, open, shut
}

// Each page in Chromium: accessible by axe-core, no wider than the window,
// silent on the console, in both languages and on paper.
func TestBrowser_EveryPage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	h, open, shut := busy(t)
	url := browsertest.Serve(t, h.site.Server.Handler())
	p := webtest.Person(PermRead, PermRequest, PermApprove, PermOperate, PermReview)
	p.ID, p.Name = reviewer.ID, reviewer.Name
	paths := map[string]string{
		"list": "/access", "all": "/access/requests", "calendar": "/access/calendar?month=2026-11", "choose": "/access/new", "edit": "/access/new?line=line-1",
		"show": requestURL(open.ID, ""), "close": requestURL(open.ID, "/close"), "instruction": requestURL(open.ID, "/instruction"),
		"plug": requestURL(shut.ID, "/instruction"), "review": requestURL(shut.ID, "/review"), "line": "/access/lines/line-2",
		"vendors": "/access/vendors?month=2026-11", "month": "/access/vendors/vendor-b?month=2026-11",
	}
	for _, lang := range []string{"ja", "en"} {
		page := b.Page(t, url, browsertest.Reader{Lang: lang, Cookies: map[string]string{web.SessionCookie: h.site.Token(p)}})
		for name, path := range paths {
			page.Open(path).Axe().Fits()
			if os.Getenv(browsertest.ShotsEnv) != "" || lang == "ja" && (name == "instruction" || name == "calendar") {
				page.Shot("access-" + name + "-" + lang).PDF("access-" + name + "-" + lang)
			}
		}
	}
}

// From the first page of the room, approving takes three clicks and recording
// a closing three, with the confirmation in between.
func TestBrowser_ClickBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	h, open, _ := busy(t)
	url := browsertest.Serve(t, h.site.Server.Handler())
	p := webtest.Person(PermRead, PermApprove, PermOperate)
	p.ID, p.Name = boss.ID, boss.Name
	page := b.Page(t, url, browsertest.Reader{Cookies: map[string]string{web.SessionCookie: h.site.Token(p)}})
	page.Open("/access").See("閉鎖の期限超過")
	page.Within(4, func() {
		page.Click(open.Number).Click("閉鎖を記録する")
		page.Tick("", "設定を消すか抜線して、閉じたことを目で見ました。")
		page.Click("閉鎖を記録する")
	})
	page.See("の閉鎖を記録しました")
	page.Open("/access").Within(3, func() { page.Click("2026-0004").Click("承認する").Click("承認する") })
	page.See("を承認しました")
}
