package asset_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/browsertest"
	"github.com/torideproject/toride/internal/web/webtest"
)

// TestImportPages_Browser: from the file to the register and back in
// Chromium, each page accessible, within the window, in both languages.
func TestImportPages_Browser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := chromium.Start(t)
	reg, _, clock := open(t)
	s := webtest.New(t, clock.Now, asset.ModuleWithImport(reg))
	if err := s.Catalog.Add(sheet.Texts); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "台帳.xlsx")
	if err := os.WriteFile(file, workbook(t, 120, 12), 0o600); err != nil {
		t.Fatal(err)
	}
	mustSave(t, reg.SaveAsset, asset.Asset{Name: "外来端末１", Number: "KS-00001", Kind: asset.PC, Place: "旧館", Maker: "見本電機"})
	url := browsertest.Serve(t, s.Server.Handler())
	page := b.Page(t, url, browsertest.Reader{Cookies: map[string]string{web.SessionCookie: s.Token(webtest.Person("asset.read", "asset.write"))}})
	page.Open("/import").Axe().Fits().Shot("import")
	page.Within(4, func() {
		page.Attach("ファイル", file).Click("読み取って違いを見る")
		page.See("この内容で登録する", "旧館").Axe().Fits().Shot("import-diff")
		page.Click("列の対応付けを直す").Axe().Fits().Shot("import-map")
		page.Click("この対応付けで違いを見る")
		page.Click("この内容で登録する").See("登録しました", "登録済み").Axe().Fits().Shot("import-applied")
	})
	page.PDF("import-applied")
	a, _, err := reg.Assets(t.Context(), asset.Filter{Words: "KS-00001"})
	if err != nil || len(a) != 1 {
		t.Fatal(len(a), err)
	}
	a[0].Place = "新館"
	if _, err := reg.SaveAsset(t.Context(), ledgertest.Actor(), a[0], asset.Declared, ""); err != nil {
		t.Fatal(err)
	}
	page.Click("この取り込みを元に戻す").See("元に戻さなかったもの", "試験 太郎 さんが変更しています(2026年11月2日(月) 09:00)").Axe().Fits().Shot("import-undone")
	page.Open("/export").Axe().Fits().Shot("export")
	page.Choose("書き出すもの", "資産").Choose("形式", "CSV(Shift_JIS)")
	name, data := page.Download("書き出す")
	if name == "" || len(data) == 0 {
		t.Errorf("download %q of %d bytes", name, len(data))
	}
	english := b.Page(t, url, browsertest.Reader{Lang: "en", Cookies: map[string]string{web.SessionCookie: s.Token(webtest.Person("asset.read", "asset.write"))}})
	english.Open("/import").Axe().Fits().Click("台帳.xlsx").See("Taken back").Axe().Fits().Shot("import-en")
	english.Open("/export").Axe().Fits()
}
