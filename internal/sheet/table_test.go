package sheet_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/sheet/sheettest"
)

// known is a small vocabulary for the cases.
func known(title string) int {
	for _, w := range []string{"管理番号", "機器名", "設置場所", "ipアドレス", "保守", "備考", "電話"} {
		if strings.Contains(sheet.Key(title), w) {
			return 1
		}
	}
	return 0
}

// show prints a table for a golden file.
func show(t *sheet.Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "heading row %d of %d, carried %d\n", t.HeadingRow, t.HeadingRows, t.Carried)
	for _, c := range t.Columns {
		fmt.Fprintf(&b, "column %s %q\n", sheet.Letter(c.Index), c.Title)
	}
	for _, r := range t.Rows {
		fmt.Fprintf(&b, "row %d %q\n", r.Number, r.Cells)
	}
	for _, s := range t.Skipped {
		fmt.Fprintf(&b, "skip %d %s %q\n", s.Row, s.Why, s.Text)
	}
	return b.String()
}

func golden(t *testing.T, dir, got string) {
	t.Helper()
	path := filepath.Join(dir, "want.txt")
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the golden files anew")
	flag.Parse()
	os.Exit(m.Run())
}

// TestTable_Text reads testdata/table/*/input.csv.
func TestTable_Text(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("testdata/table/*/input.csv")
	if err != nil || len(inputs) == 0 {
		t.Fatal(err, len(inputs))
	}
	for _, path := range inputs {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			table, err := open(t, path, data).Table(t.Context(), 0, known)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Dir(path), show(table))
		})
	}
}

// TestTable_Workbooks builds the awkward workbooks and compares with
// testdata/table/xlsx-*/want.txt.
func TestTable_Workbooks(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(*testing.T, *excelize.File){
		"merged": buildMerged, "sections": buildSections,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := excelize.NewFile()
			build(t, f)
			table, err := open(t, "x.xlsx", book(t, f)).Table(t.Context(), 0, known)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "table", "xlsx-"+name), show(table))
		})
	}
}

func set(t *testing.T, f *excelize.File, row int, cells ...any) {
	t.Helper()
	must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", row), &cells))
}

// buildMerged: stamps above, a heading of two rows with groups, a blank
// spacer column, places merged over rows.
func buildMerged(t *testing.T, f *excelize.File) {
	set(t, f, 1, "○○病院 情報機器台帳")
	set(t, f, 2, "作成", "令和7年4月1日", nil, nil, nil, nil, "承認", "㊞")
	set(t, f, 4, "No.", "設置場所", "機器名", nil, "保守", nil, nil, "備考")
	set(t, f, 5, nil, nil, nil, nil, "会社", "電話", "期限")
	set(t, f, 6, 1, "本館1階", "受付端末１", nil, "架空システム㈱", "03-0000-0000", "R8.3.31")
	set(t, f, 7, 2, nil, "受付端末２", nil, "〃", "〃", "同上", "予備")
	set(t, f, 9, 3, "本館2階", "ｻｰﾊﾞ", nil, "㈲見本電機", "", "2026年3月")
	set(t, f, 11, "※ 保守期限は契約書による")
	for _, m := range []string{"A1:H1", "E4:G4", "A4:A5", "B4:B5", "C4:C5", "H4:H5", "B6:B7"} {
		from, to, _ := strings.Cut(m, ":")
		must(t, f.MergeCell("Sheet1", from, to))
	}
}

// buildSections: a section line over the whole width, the heading repeated on
// a new page, a total.
func buildSections(t *testing.T, f *excelize.File) {
	set(t, f, 1, "管理番号", "機器名", "IPアドレス", "設置場所")
	set(t, f, 2, "■ 本館")
	set(t, f, 3, "A-1", "端末", "192.0.2.1", "1階")
	set(t, f, 4, "管理番号", "機器名", "IPアドレス", "設置場所")
	set(t, f, 5, "A-2", "端末", "192.0.2.2", "2階")
	set(t, f, 6, "合計", "2台")
	must(t, f.MergeCell("Sheet1", "A2", "D2"), f.SetRowVisible("Sheet1", 5, false))
}

func TestTable_NoHeading(t *testing.T) {
	t.Parallel()
	_, err := open(t, "x.csv", []byte("1,2,3\n4,5,6\n")).Table(t.Context(), 0, known)
	wantFault(t, err, fault.Invalid, "sheet.table.heading")
}

// TestTable_HostileMerges: many overlapping merges over a whole sheet must not
// cost time or memory.
func TestTable_HostileMerges(t *testing.T) {
	t.Parallel()
	var rows, merges strings.Builder
	for r := range 2000 {
		fmt.Fprintf(&rows, `<row r="%d"><c t="inlineStr"><is><t>名前</t></is></c><c t="inlineStr"><is><t>場所</t></is></c></row>`, r+1)
	}
	for range 50_000 {
		merges.WriteString(`<mergeCell ref="A2:XFD1048576"/>`)
	}
	data := sheettest.Raw(t, sheettest.Skeleton(sheettest.Sheet(rows.String(), "<mergeCells>"+merges.String()+"</mergeCells>"))...)
	_, err := open(t, "x.xlsx", data).Table(t.Context(), 0, known)
	wantFault(t, err, fault.TooLarge, "sheet.read.merges")
}

func TestTable_Memory(t *testing.T) {
	t.Parallel()
	b, err := sheet.Open("x.csv", sheettest.Big(1000), sheet.Limits{Kept: 100_000})
	must(t, err)
	_, err = b.Table(t.Context(), 0, known)
	wantFault(t, err, fault.TooLarge, "sheet.read.memory")
}

func TestCleanNarrowKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, clean, narrow, key string }{
		{"  ＩＰ　アドレス ", "ＩＰ アドレス", "IP アドレス", "ipアドレス"},
		{"ﾌｧｰﾑｳｪｱ（版）", "ﾌｧｰﾑｳｪｱ（版）", "ファームウェア(版)", "ファームウェア版"},
		{"保守\n期限※", "保守 期限※", "保守 期限※", "保守期限"},
		{"\ufeffA\u200b-1", "A-1", "A-1", "a1"},
		{"１０．１−２", "１０．１−２", "10.1-2", "1012"},
		{"plain", "plain", "plain", "plain"},
		{"two  spaces", "two spaces", "two spaces", "twospaces"},
	} {
		if got := sheet.Clean(c.in); got != c.clean {
			t.Errorf("Clean(%q) = %q", c.in, got)
		}
		if got := sheet.Narrow(c.in); got != c.narrow {
			t.Errorf("Narrow(%q) = %q", c.in, got)
		}
		if got := sheet.Key(c.in); got != c.key {
			t.Errorf("Key(%q) = %q", c.in, got)
		}
	}
}
