package detect_test

import (
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/browsertest"
)

// chromium is the browser of all tests of this package.
var chromium browsertest.One

func TestMain(m *testing.M) { os.Exit(chromium.Main(m)) }

// TestBrowser_EveryPage opens each page in Chromium: accessible by axe-core, no
// wider than the window, silent on the console, in both languages, on a
// telephone as well.
func TestBrowser_EveryPage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	h := newHouse(t)
	h.wideNight(30)
	h.store(2, func(int) event.Event { return process("PC-1", "x", "vssadmin delete shadows") })
	site := h.site()
	c := site.As(analyst())
	staged := c.Upload("/alerts/packs/add", url.Values{"name": {"others"}, "version": {"1"}, "licence": {"DRL 1.1"}}, "file", "rules.zip",
		zipped(t, "a.yml", sigmaRule(foreign1, "net user", "medium", "CommandLine|contains: 'net user'"), "b.yml", sigmaRule(foreign2, "bad", "medium", "CommandLine|sounds: 'x'"))).Want(t, 303)
	c.Post("/alerts/one/"+h.alertID(4)+"/except", url.Values{"scope": {"both"}, "days": {"30"}, "reason": {"毎晩の処理"}}).Want(t, 303)
	c.Post("/alerts/accounts", url.Values{"name": {"hosyu01"}, "vendor": {"v1"}, "note": {"給食の保守"}}).Want(t, 303)
	if err := h.Try(t.Context(), "level:toride:high", []string{vss}, 2, false); err != nil {
		t.Fatal(err)
	}
	h.clock.Add(2 * time.Minute)
	address := browsertest.Serve(t, site.Server.Handler())
	story := "/alerts/stories/" + h.storyID(1)
	paths := map[string]string{"list": "/alerts", "alerts": "/alerts/all", "story": story, "close": story + "/close", "alert": "/alerts/one/" + h.alertID(1),
		"except": "/alerts/one/" + h.alertID(2) + "/except", "exceptions": "/alerts/exceptions", "rules": "/alerts/rules", "rule": "/alerts/rules/" + vss,
		"level": "/alerts/levels/toride/high", "packs": "/alerts/packs", "add": "/alerts/packs/add", "plan": staged.Location(), "coverage": "/alerts/coverage", "accounts": "/alerts/accounts"}
	token := site.Token(analyst())
	for _, reader := range []browsertest.Reader{{Lang: "ja"}, {Lang: "en"}, {Lang: "ja", Width: 390}} {
		reader.Cookies = map[string]string{web.SessionCookie: token}
		page := b.Page(t, address, reader)
		for name, path := range paths {
			page.Open(path).Axe().Fits()
			if os.Getenv(browsertest.ShotsEnv) != "" {
				size := ""
				if reader.Width > 0 {
					size = "-small"
				}
				page.Shot("detect-" + name + "-" + reader.Lang + size).PDF("detect-" + name + "-" + reader.Lang + size)
			}
		}
	}
}

// TestBrowser_AtNight takes a story on from a telephone: two taps from the list.
func TestBrowser_AtNight(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	h := newHouse(t)
	h.night()
	site := h.site()
	page := b.Page(t, browsertest.Serve(t, site.Server.Handler()), browsertest.Reader{Lang: "ja", Width: 390, Cookies: map[string]string{web.SessionCookie: site.Token(analyst())}})
	page.Open("/alerts").See("未対応")
	page.Within(2, func() {
		page.Click("給食事業者VPNから給食サーバ (KYUSHOKU-0001)への、承認を確認できない遠隔接続").Click("対応を引き受ける")
	})
	page.See("対応中にしました", "試験 太郎")
	// From a story to its evidence and an exception in two clicks more.
	page.Click("証拠 4").See("復元用データの削除")
	page.Within(2, func() { page.Click("例外にする").Fill("理由", "毎晩の処理").Click("例外にする") })
	page.See("例外を作りました", "毎晩の処理")
}
