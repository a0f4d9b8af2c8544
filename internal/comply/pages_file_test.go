package comply_test

import (
	"archive/zip"
	"bytes"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/comply"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web/webtest"
)

func TestVendors_SheetOutAndBack(t *testing.T) {
	t.Parallel()
	w := build(t, meals(), asset.Vendor{ID: "v2", Name: "架空電子カルテ"})
	c := w.writer()
	c.Get("/comply/vendors").Want(t, 200, "架空給食サービス", "未作成", "架空電子カルテ")
	to := c.Post("/comply/vendors/new", url.Values{"vendor": {"v1"}, "system": {"給食管理"}, "sent": {"2026-09-01"}, "due": {"2026-09-30"}}).Want(t, 303).Location()
	c.Post("/comply/vendors/new", url.Values{"vendor": {"v1"}, "system": {"給食管理"}}).Want(t, 409, "もう作られています")
	c.Get("/comply/vendors").Want(t, 200, "期限超過")
	c.Get(to+"/print?empty=yes").Want(t, 200, "ご確認のお願い", "架空給食サービス 御中", "架空総合病院", "はい・いいえ", "2026年9月30日(水)")
	x := c.Get(to+"/export.xlsx").Want(t, 200)
	book, err := excelize.OpenReader(strings.NewReader(x.Body))
	if err != nil {
		t.Fatal(err)
	}
	name := book.GetSheetName(0)
	rows, err := book.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	filled := 0
	for n, row := range rows {
		if len(row) > 0 && strings.HasPrefix(row[0], "mhlw-cl-r8:V:") {
			for col, v := range map[string]string{"E": "はい", "F": "令和8年10月5日"} {
				if filled == 2 && col == "E" {
					v = "いいえ"
				}
				if err := book.SetCellStr(name, col+itoa(n+1), v); err != nil {
					t.Fatal(err)
				}
			}
			filled++
		}
		if len(row) > 0 && row[0] == "事業者の回答者" {
			if err := book.SetCellStr(name, "B"+itoa(n+1), "保守部 架空"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if filled != 13 {
		t.Fatalf("%d rows in the workbook, want 13", filled)
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	c.Upload(to+"/import", nil, "file", "回答.xlsx", out.Bytes()).Want(t, 303)
	c.Get(to).Want(t, 200, "保守部 架空", "回答.xlsx から", "不足あり", "2026-10-05")
	c.Get("/comply/vendors").Want(t, 200, "不足あり", "2-③")
	c.Get(to+"/print").Want(t, 200, "保守部 架空", "2026年10月5日(月)")
	other := c.Post("/comply/vendors/new", url.Values{"vendor": {"v2"}}).Want(t, 303).Location()
	c.Upload(other+"/import", nil, "file", "回答.xlsx", out.Bytes()).Want(t, 422, "別の事業者")
	if err := book.SetCellStr(name, "E9", "たぶん"); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	c.Upload(to+"/import", nil, "file", "回答.xlsx", out.Bytes()).Want(t, 422, "たぶん", "何も取り込んでいません")
	c.Upload(to+"/import", nil, "file", "x.xlsx", []byte("番号,回答\n①,はい\n")).Want(t, 422, "TORIDE")
	c.Get("/comply/vendors/none").Want(t, 404)
}

func TestVendors_TypedAnswers(t *testing.T) {
	t.Parallel()
	w := build(t, meals())
	c := w.writer()
	to := c.Post("/comply/vendors/new", url.Values{"vendor": {"v1"}}).Want(t, 303).Location()
	cat, _, err := w.list.At(t.Context(), "", 0, "V")
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"answered": {"2026-10-10"}}
	for _, i := range cat.On("V") {
		form.Set("v-"+i.Topic, "yes")
		form.Set("c-"+i.Topic, "2026-10-10")
	}
	c.Post(to, form).Want(t, 303)
	c.Get("/comply/vendors").Want(t, 200, "全項目「はい」(申告)")
	form.Set("v-patch", "perhaps")
	c.Post(to, form).Want(t, 422, "選択肢の中から")
	form.Set("v-patch", "")
	c.Post(to, form).Want(t, 303)
	c.Get("/comply/vendors").Want(t, 200, "2-⑥")
}

func TestExport_WorkbookReopened(t *testing.T) {
	t.Parallel()
	w := build(t, meals())
	w.readings = []reading.Reading{bad("asset.lines.source", "=HYPERLINK(\"x\")", "/lines")}
	c := w.writer()
	c.Post("/comply/item/source", url.Values{"value": {"yes"}, "confirmed": {"2026-10-20"}, "who": {"=1+1"}}).Want(t, 303)
	for _, lang := range text.Langs() {
		p := c.In(lang).Get("/comply/export.xlsx?catalogue=mhlw-cl-r7&year=2026").Want(t, 200)
		book, err := excelize.OpenReader(strings.NewReader(p.Body))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := book.GetRows(book.GetSheetName(0))
		if err != nil {
			t.Fatal(err)
		}
		ids := 0
		for n, row := range rows {
			if len(row) > 0 && strings.HasPrefix(row[len(row)-1], "mhlw-cl-r7:H:") {
				ids++
			}
			for col := range row {
				at, err := excelize.CoordinatesToCellName(col+1, n+1)
				if err != nil {
					t.Fatal(err)
				}
				if f, err := book.GetCellFormula(book.GetSheetName(0), at); err != nil || f != "" {
					t.Errorf("%s became a formula: %q %v", at, f, err)
				}
			}
		}
		if ids != 19 {
			t.Errorf("%s: %d items, want 19", lang, ids)
		}
		if src, err := book.GetRows(book.GetSheetName(1)); err != nil || len(src) < 6 {
			t.Errorf("%s: no sheet with the source: %v", lang, err)
		}
	}
}

func TestImport_OfficialWorkbook(t *testing.T) {
	t.Parallel()
	w := build(t, meals())
	c := w.writer()
	p := c.Upload("/comply/catalogues/read", url.Values{"catalogue": {"mhlw-cl-r8"}}, "file", "001716187.xlsx", official(t)).
		Want(t, 200, "番号が違う", "新しい項目", "ファイルにない", "SHA-256", "違います。差し替えられた版", "回答が2件記入されています")
	up := regexp.MustCompile(`name="upload-H" value="([^"]+)"`).FindStringSubmatch(p.Body)
	if up == nil {
		t.Fatal("no form to confirm")
	}
	form := url.Values{"upload-H": {up[1]}, "catalogue-H": {"mhlw-cl-r8"}, "answers-H": {"2026"}}
	c.Post("/comply/catalogues/take?form=H", form).Want(t, 422, "原文と見比べました")
	form.Set("compared-H", "yes")
	other := webtest.Person("comply.read", "comply.write")
	other.ID = "person/other"
	w.site.As(other).Post("/comply/catalogues/take?form=H", form).Want(t, 404, "別の人が読み込んだ")
	c.Post("/comply/catalogues/take?form=H", form).Want(t, 303)
	c.Get("/comply").Want(t, 200, "ドローンの持ち込みを管理している。", "機器の台帳管理をしている。", "2-⑤").Lacks(t, "二要素認証(範囲")
	c.Get("/comply/item/inventory").Want(t, 200, "mhlw-cl-r8:H:2-①", "2026年5月11日(月)", "001716187.xlsx")
	c.Get("/comply/catalogues").Want(t, 200, "取り込んだ様式", "001716187.xlsx")
	c.Post("/comply/catalogues/take?form=H", form).Want(t, 404, "もう取り込んだ")
	c.Upload("/comply/catalogues/read", url.Values{"catalogue": {"mhlw-cl-r8"}}, "file", "001716187.xlsx", official(t)).Want(t, 200).Lacks(t, "mark-shape\" aria-hidden=\"true\">◆</span>番号が違う</span></td>")
}

func TestImport_HostileWorkbooks(t *testing.T) {
	t.Parallel()
	w := build(t)
	c := w.writer()
	for name, f := range map[string]struct {
		data []byte
		want int
	}{
		"another table": {[]byte("氏名,内線\n架空 花子,1234\n"), 422},
		"zip bomb":      {bomb(t), 413},
		"not a zip":     {[]byte("PK\x03\x04 nothing"), 422},
		"pdf":           {[]byte("%PDF-1.7"), 422},
		"over limit":    {make([]byte, comply.MaxUpload+1), 413},
	} {
		p := c.Upload("/comply/catalogues/read", url.Values{"catalogue": {"mhlw-cl-r8"}}, "file", "../../x.xlsx", f.data)
		if p.Status != f.want {
			t.Errorf("%s: status %d, want %d", name, p.Status, f.want)
		}
		if strings.Count(p.Body, "<p>") == 0 || strings.Contains(p.Body, "⟦") {
			t.Errorf("%s: no clear message", name)
		}
	}
	c.Get("/comply").Want(t, 200)
}

// official is a made-up workbook of the official shape with two answers.
func official(t testing.TB) []byte {
	t.Helper()
	f := excelize.NewFile()
	for r, row := range [][]string{{"令和8年度版 架空の様式(医療機関・薬局確認用)"}, {"医療情報システムを導入している。", "", "はい・いいえ"},
		{"①", "安全管理責任者が決まっている。"}, {"①", "機器の台帳管理をしている。", "はい", "2026/5/11"}, {"②", "リモートメンテナンスの有無を確かめた。", "いいえ", "2026/5/11", "2026/12/28"},
		{"③", "MDS/SDSを受け取っている。"}, {"④", "不要なアカウントを止めている。"}, {"⑤", "アクセス利用権限を決めている。"}, {"⑥", "ドローンの持ち込みを管理している。"},
		{"①", "連絡体制図がある。"}, {"②", "バックアップと復旧手順を確かめた。"}, {"③", "事業継続計画がある。"}, {"①", "運用管理規程に書いている。"}} {
		for c, v := range row {
			at, err := excelize.CoordinatesToCellName(c+1, r+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellStr("Sheet1", at, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a workbook whose sheet unpacks to more than the limit.
func bomb(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range map[string]string{
		"[Content_Types].xml":        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels":                `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData>` + strings.Repeat(" ", 70<<20) + `</sheetData></worksheet>`,
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestImport_OldEvidenceFollowsTheMatter(t *testing.T) {
	t.Parallel()
	w := build(t, meals())
	c := w.writer()
	csv := "医療機関確認用 令和6年度,,,\n1 体制構築,,,\n(1),安全管理責任者が決まっている。,はい,R6.7.1\n2 医療情報システムの管理・運用,,,\n(1),台帳管理をしている。,はい,R6.7.1\n" +
		"(4),アクセス利用権限を決めている(サーバ)。,いいえ,R6.7.1,R7.3.31\n(6),アクセスログを管理している。,はい,R6.7.1\n(9),接続元制限をしている。,はい,R6.7.1\n"
	p := c.Upload("/comply/catalogues/read", url.Values{"catalogue": {"mhlw-cl-r6"}}, "file", "令和6年度.csv", []byte(csv)).Want(t, 200, "2-(4)", "回答が5件記入されています")
	up := regexp.MustCompile(`name="upload-H" value="([^"]+)"`).FindStringSubmatch(p.Body)
	if up == nil {
		t.Fatal("no form to confirm")
	}
	form := url.Values{"upload-H": {up[1]}, "catalogue-H": {"mhlw-cl-r6"}, "answers-H": {"2024"}, "compared-H": {"yes"}}
	to := c.Post("/comply/catalogues/take?form=H", form).Want(t, 303).Location()
	c.Get(to).Want(t, 200, "2024年7月1日(月)")
	c.Get("/comply/item/rights").Want(t, 200, "令和6年度版", "2-(4)", "令和6年度.csv")
	c.Get("/comply/item/source").Want(t, 200, "2-(9)", "自動では引き継ぎません")
	c.Get("/comply").Want(t, 200, "前の回答が5件あります")
}
