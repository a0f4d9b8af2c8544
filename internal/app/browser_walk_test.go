package app_test

import (
	"os"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/web/browsertest"
)

// TestBrowser_FiveMinuteWalk is what a newcomer does with the demo, with the
// clicks that each step may take: the meal supplier's line is red, the Osaka
// test says why, a window is approved and another closed, an incident is
// declared, and the inspector's pages have evidence.
func TestBrowser_FiveMinuteWalk(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	t.Parallel()
	h := stories.Demo(t)
	b := chromium.Start(t)
	site := h.Serve(t)
	p := reader(t, h, b, site, "sato", "ja")

	p.Open("/").See("今日すること", "至急").Axe().Shot("walk-1-today")
	unfold(p).Within(1, func() { p.Click("給食事業者VPN: 常時開いたリモートデスクトップを閉じる") })
	p.See("5.4.8", "ファイルから", "kyushoku-fgt60e.conf", "未定").Axe().Fits().Shot("walk-2-line")
	unfold(p.Open("/")).Within(1, func() { p.Click("給食事業者VPN:CVE-2018-13379 など 6 件への対応") })
	p.See("CVE-2018-13379").Axe().Fits().Shot("walk-3-hole")
	p.Within(1, func() { p.Click("大阪テスト") })
	p.See("足りない", "未確認").Shot("walk-4-osaka")

	unfold(p.Open("/")).Within(3, func() {
		p.Click("架空給食サービス株式会社 の作業申請を判断する")
		p.Axe().Shot("walk-5-request")
		p.Click("承認する")
		p.Axe().Shot("walk-6-approve")
		p.Click("承認する")
	})
	p.See("承認").Shot("walk-7-approved")

	q := reader(t, h, b, site, "suzuki", "ja")
	request := strings.TrimSuffix(p.Path(), "/instruction")
	q.Open(request+"/instruction").See("config firewall policy", "set schedule", "もとからある許可は開いたまま").Axe().Fits().Shot("walk-7-instruction")
	q.Open(request).Within(8, func() { // open and close; the boxes are the care that must be taken
		q.Click("開放を記録する")
		q.Tick("", "台帳の電話番号にかけ直し、作業者本人と作業内容を確かめました。").Tick("", "手順のとおりに開け、開いたことを目で見ました。")
		q.Click("開放を記録する")
		q.Open(request).See("開放中").Click("閉鎖を記録する")
		q.Tick("", "設定を消すか抜線して、閉じたことを目で見ました。").Click("閉鎖を記録する")
	})
	q.Open(request).See("事後確認").Axe().Shot("walk-7-closed")

	unfold(q.Open("/")).Within(3, func() {
		q.Click("回線「CT保守回線」を閉める")
		q.Axe().Shot("walk-8-close")
		q.Tick("", "設定を消すか抜線して、閉じたことを目で見ました。")
		q.Click("閉鎖を記録する")
	})
	q.Open("/access").Lacks("開放中・閉鎖の期限超過")

	q.Open("/incident").Within(2, func() {
		q.Click("事案にする")
		q.Fill("件名", "電子カルテの画面に英語の脅迫文")
		q.Fill("気づいたこと", "4階東病棟の端末3台で電子カルテが開かない。画面に英語の文。")
		q.Click("事案にする")
	})
	q.See("電子カルテの画面に英語の脅迫文").Axe().Fits().Shot("walk-9-room")
	room, _, _ := strings.Cut(q.Path(), "?")
	for _, part := range []string{"clocks", "calls", "drafts", "tasks", "evidence"} {
		q.Open(room + "/" + part).Axe().Fits().Shot("walk-10-" + part)
	}
	q.Open("/incident/folder").Axe().Shot("walk-11-folder")
	pages(t, q.PDF("walk-11-folder"))
	q.Open("/comply").See("矛盾").Shot("walk-12-checklist")
	q.Open("/comply/print").Axe()
	pages(t, q.PDF("walk-12-checklist"))
	q.Open("/chain").See("穴").Shot("walk-13-chain")
	pages(t, q.PDF("walk-13-chain"))
	q.Open("/osaka")
	pages(t, q.PDF("walk-4-osaka"))
}

// pages checks that a PDF is one.
func pages(t *testing.T, pdf []byte) {
	t.Helper()
	if len(pdf) < 10_000 || !strings.HasPrefix(string(pdf[:5]), "%PDF-") {
		t.Errorf("no PDF: %d bytes", len(pdf))
	}
}

// TestBrowser_ImportByKeyboardAlone takes the hospital's list from the first
// page to the difference without a mouse. Choosing the file is the browser's
// own window, so the file is attached.
func TestBrowser_ImportByKeyboardAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	t.Parallel()
	h := stories.Demo(t)
	b := chromium.Start(t)
	p := reader(t, h, b, h.Serve(t), "suzuki", "ja")
	file := t.TempDir() + "/外接点.csv"
	if err := os.WriteFile(file, []byte("回線名,種別,保守業者,用途,常時接続\n透析監視回線,VPN装置,みどり検査システム株式会社,透析装置の監視,○\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Open("/")
	p.TabTo("外接点").Follow("Enter")
	p.TabTo("Excel・CSVを取り込む").Follow("Enter")
	p.Axe().Shot("keyboard-1-import")
	p.Attach("ファイル", file)
	p.TabTo("読み取って違いを見る").Follow("Enter")
	p.See("透析監視回線").Axe().Shot("keyboard-2-difference")
}

// unfold opens what the first page keeps behind its seven most pressing things:
// the night of the demo comes first.
func unfold(p *browsertest.Page) *browsertest.Page {
	var done bool
	p.Eval(`(document.querySelectorAll("details.more").forEach((d) => { d.open = true; }), true)`, &done)
	return p
}
