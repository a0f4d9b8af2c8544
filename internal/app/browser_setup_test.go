package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/torideproject/toride/internal/app"
	"github.com/torideproject/toride/internal/app/apptest"
	"github.com/torideproject/toride/internal/web/browsertest"
)

// TestBrowser_FirstHalfHour is a real hospital's beginning: the printed link,
// the first administrator with a second factor, recovery codes and key on
// paper, sign out and in again, and the hospital's own list.
func TestBrowser_FirstHalfHour(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	t.Parallel()
	cfg := apptest.Config(t)
	ahead := time.Duration(0) // of the real time; a code is accepted once
	cfg.Clock = func() time.Time { return time.Now().Add(ahead) }
	h := &apptest.Hospital{App: apptest.Open(t, cfg), Config: cfg}
	b := chromium.Start(t)
	p := b.Page(t, h.Serve(t), browsertest.Reader{})
	path, err := h.SetupPath(t.Context())
	if err != nil || path == "" {
		t.Fatal(path, err)
	}
	p.Open(path).See("初期設定").Axe().Fits().Shot("setup-1-hospital")
	p.Fill("病院名", "架空市民病院").Fill("病院名(かな)", "かくうしみんびょういん").Fill("病床数", "199").Choose("都道府県", "大阪府")
	p.Fill("氏名", "青木 試子").Fill("ログイン名", "aoki").Fill("新しいパスワード", "Yama-to-Umi-2026!").Fill("新しいパスワード(もう一度)", "Yama-to-Umi-2026!")
	p.Click("次へ").See("二要素認証").Axe().Fits().Shot("setup-2-second")
	p.Click("QRコードを読み取れないとき")
	var seed string
	p.Eval(`document.querySelector("dd code").textContent`, &seed)
	p.Fill("コード", code(t, seed, cfg)).Click("初期設定を完了する")
	p.Axe().Fits().Shot("setup-3-codes")
	if path, err := h.SetupPath(t.Context()); err != nil || path != "" {
		t.Errorf("the set-up can be done again: %q %v", path, err)
	}
	p.Open("/").See("Excel台帳を取り込んでください").Axe().Shot("setup-4-today")
	p.Click("サインアウト")
	ahead = 2 * time.Minute
	p.Open("/signin").Axe().Fits().Shot("setup-5-signin")
	p.Fill("ログイン名", "aoki").Fill("パスワード", "Yama-to-Umi-2026!").Click("次へ")
	p.Fill("コード", code(t, seed, cfg)).Axe().Click("サインイン")
	p.See("今日すること", "架空市民病院", "青木 試子")
	p.Open("/osaka").See("未確認").Lacks("足りない 1").Shot("setup-6-osaka")
	p.Open("/chain").Axe()
}

func code(t *testing.T, seed string, cfg app.Config) string {
	t.Helper()
	c, err := totp.GenerateCode(strings.ReplaceAll(strings.TrimSpace(seed), " ", ""), cfg.Clock())
	if err != nil {
		t.Fatal(err)
	}
	return c
}
