package asset_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/asset/assettest"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/sheet/sheettest"
	"github.com/torideproject/toride/internal/web/webtest"
)

func site(t *testing.T) (*asset.Register, *ledger.Book, *webtest.Client) {
	t.Helper()
	reg, book, clock := open(t)
	s := webtest.New(t, clock.Now, asset.ModuleWithImport(reg))
	if err := s.Catalog.Add(sheet.Texts); err != nil {
		t.Fatal(err)
	}
	return reg, book, s.As(webtest.Person("asset.read", "asset.write"))
}

func TestImportTemplates(t *testing.T) {
	t.Parallel()
	reg, _, _ := open(t)
	webtest.CheckTemplates(t, asset.ModuleWithImport(reg))
}

// TestImportPages_Journey: upload, look at the differences, correct a column,
// apply, take back.
func TestImportPages_Journey(t *testing.T) {
	t.Parallel()
	_, _, c := site(t)
	c.Get("/import").Want(t, http.StatusOK, "取り込みの記録はまだありません")
	data, err := assettest.Workbook(300, 12)
	if err != nil {
		t.Fatal(err)
	}
	at := c.Upload("/import", nil, "file", "../../台帳.xlsx", data).Want(t, http.StatusSeeOther).Location()
	c.Get(at).Want(t, http.StatusOK, "取り込み: 台帳.xlsx", "この内容で登録する", "外来端末１", "数式のセル", "業者連絡先").Lacks(t, "../")
	c.Get(at+"?show=new&page=2").Want(t, http.StatusOK)
	c.Get(at+"?show=rejected").Want(t, http.StatusOK, "この条件に当てはまる行はありません")
	c.Get(at+"/map").Want(t, http.StatusOK, "保守期限", "備考に「見出し: 値」で加える", "ネットワーク/ＩＰアドレス")
	done := c.Post(at+"/apply", nil).Want(t, http.StatusSeeOther).Location()
	c.Get(done).Want(t, http.StatusOK, "登録しました。新規 336件", "この取り込みを元に戻す", "登録済み")
	c.Post(at+"/apply", nil).Want(t, http.StatusConflict, "二重には登録しません")
	got := c.Get(at+"/file").Want(t, http.StatusOK)
	if got.Body != string(data) || got.Header.Get("Content-Type") != "application/octet-stream" {
		t.Error("the original differs")
	}
	undone := c.Post(at+"/undo", nil).Want(t, http.StatusSeeOther).Location()
	c.Get(undone).Want(t, http.StatusOK, "一覧から外したもの 336", "元に戻した")
	c.Get("/import").Want(t, http.StatusOK, "台帳.xlsx", "元に戻した")
}

func TestImportPages_CorrectColumns(t *testing.T) {
	t.Parallel()
	reg, _, c := site(t)
	at := c.Upload("/import", nil, "file", "x.csv", []byte("X,機器名,Y\nA-1,謎の箱,1階\n")).Want(t, http.StatusSeeOther).Location()
	form := url.Values{"s0table": {"asset"}, "s0c0": {"number"}, "s0c1": {"name"}, "s0c2": {"number"}}
	c.Post(at+"/map", form).Want(t, http.StatusUnprocessableEntity, "二つの列が同じ項目「管理番号」")
	form.Set("s0c2", "place")
	form.Set("s0default", "server")
	next := c.Post(at+"/map", form).Want(t, http.StatusSeeOther).Location()
	c.Get(next).Want(t, http.StatusOK, "選んだ対応付けで読み直しました", "1階", "サーバ")
	form.Set("s0table", "vendor")
	next = c.Post(at+"/map", form).Want(t, http.StatusSeeOther).Location()
	c.Get(next).Want(t, http.StatusOK, "夜間・休日の連絡先")
	form.Set("s0table", "person")
	c.Post(at+"/map", form).Want(t, http.StatusUnprocessableEntity)
	c.Post(at+"/drop", nil).Want(t, http.StatusSeeOther)
	c.Get(at).Want(t, http.StatusNotFound, "その取り込みは見つかりません")
	if _, total, err := reg.Assets(t.Context(), asset.Filter{}); err != nil || total != 0 {
		t.Error(total, err)
	}
}

// TestImportPages_BadFiles: each gets a sentence and a line in the ledger, and
// nothing is kept.
func TestImportPages_BadFiles(t *testing.T) {
	t.Parallel()
	reg, book, c := site(t)
	bad := map[string]struct {
		data   []byte
		status int
		words  string
	}{
		"bomb.xlsx":   {sheettest.Bomb(t, 40), http.StatusRequestEntityTooLarge, "異常に大きくなる"},
		"big.csv":     {[]byte("機器名,設置場所\n" + strings.Repeat("端末,1階\n", 200_001)), http.StatusRequestEntityTooLarge, "を超えています"},
		"rows.csv":    {sheettest.Big(100_000), http.StatusRequestEntityTooLarge, "一度に取り込める上限の20,000行"},
		"garbled.csv": {[]byte("機器,場所\n\xff\xfe\xfd\x80,b\n"), http.StatusUnprocessableEntity, "文字コード"},
		"old.xls":     {[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600)), http.StatusUnprocessableEntity, "古い形式"},
		"blank.csv":   {[]byte("\n"), http.StatusUnprocessableEntity, "空です"},
		"numbers.csv": {[]byte("1,2\n3,4\n"), http.StatusUnprocessableEntity, "見出しの行が見つかりません"},
	}
	for name, b := range bad {
		c.Upload("/import", nil, "file", name, b.data).Want(t, b.status, b.words)
	}
	var refused, kept int
	err := book.DB().Read().QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM ledger_entry WHERE action = 'asset.import.refuse'), (SELECT count(*) FROM asset_import)").Scan(&refused, &kept)
	if err != nil || refused != len(bad) || kept != 0 {
		t.Errorf("%d refusals in the ledger, %d files kept, %v", refused, kept, err)
	}
	c.Upload("/import", nil, "file", "huge.csv", bytes.Repeat([]byte("a,b\n"), 6<<20)).Want(t, http.StatusRequestEntityTooLarge)
	c.Upload("/import", nil, "other", "x.csv", []byte("a,b")).Want(t, http.StatusUnprocessableEntity, "ファイル")
	macro := sheettest.Raw(t, sheettest.Skeleton(sheettest.Sheet(`<row r="1"><c t="inlineStr"><is><t>機器名</t></is></c><c t="inlineStr"><is><t>設置場所</t></is></c></row>`+
		`<row r="2"><c t="str"><f>HYPERLINK("x")</f><v>端末</v></c><c t="inlineStr"><is><t>1階</t></is></c></row>`, ""), sheettest.Part{Name: "xl/vbaProject.bin"})...)
	at := c.Upload("/import", nil, "file", "macro.xlsm", macro).Want(t, http.StatusSeeOther).Location()
	c.Get(at).Want(t, http.StatusOK, "マクロは読まず、実行もしていません", "数式のセルが1個")
	if _, total, err := reg.Assets(t.Context(), asset.Filter{}); err != nil || total != 0 {
		t.Error(total, err)
	}
}

func TestExportPages(t *testing.T) {
	t.Parallel()
	reg, _, c := site(t)
	mustSave(t, reg.SaveAsset, asset.Asset{Name: "𠮷野端末", Kind: asset.PC})
	c.Get("/export").Want(t, http.StatusOK, "台帳の書き出し", "Shift_JIS")
	c.Get("/export/file?table=asset&format=sjis").Want(t, http.StatusOK, "𠮷", "ファイルを作っていません")
	c.Get("/export/file?table=all&format=csv").Want(t, http.StatusOK, "Excel ブックでだけ")
	c.Get("/export/file?table=person&format=csv").Want(t, http.StatusOK, "正しくありません")
	got := c.Get("/export/file?table=asset&format=csv&heading=en").Want(t, http.StatusOK, "\uFEFF", "ID (Toride)", "𠮷野端末")
	if !strings.Contains(got.Header.Get("Content-Disposition"), "toride-asset-20261102.csv") {
		t.Error(got.Header.Get("Content-Disposition"))
	}
}

func TestImportPages_Rights(t *testing.T) {
	t.Parallel()
	reg, _, clock := open(t)
	s := webtest.New(t, clock.Now, asset.ModuleWithImport(reg))
	reader := s.As(webtest.Person("asset.read"))
	reader.Get("/import").Want(t, http.StatusForbidden)
	reader.Post("/import/x/apply", nil).Want(t, http.StatusForbidden)
	reader.Get("/export").Want(t, http.StatusOK)
	s.As(webtest.Person()).Get("/export/file?table=all&format=xlsx").Want(t, http.StatusForbidden)
}

// TestImportShow_Fast: the page of an import of 3,000 rows stays a page.
func TestImportShow_Fast(t *testing.T) {
	t.Parallel()
	_, _, c := site(t)
	data, err := assettest.Workbook(3000, 40)
	if err != nil {
		t.Fatal(err)
	}
	at := c.Upload("/import", nil, "file", "台帳.xlsx", data).Want(t, http.StatusSeeOther).Location()
	began := time.Now()
	p := c.Get(at).Want(t, http.StatusOK)
	t.Logf("%d bytes in %v", len(p.Body), time.Since(began))
	if len(p.Body) > 400_000 {
		t.Errorf("page of %d bytes", len(p.Body))
	}
}
