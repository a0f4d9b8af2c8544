package sheet_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/sheet/sheettest"
)

func book(t testing.TB, f *excelize.File) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestEach_AgainstExcelize reads a workbook of many sorts of cells with both
// readers.
func TestEach_AgainstExcelize(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	for r := range 50 {
		for c := range 20 {
			cell, err := excelize.CoordinatesToCellName(c+1, r*2+1)
			must(t, err)
			var v any
			switch (r + c) % 7 {
			case 0:
				v = fmt.Sprintf("資産 <%d> & \"%d\"", r, c)
			case 1:
				v = r * c
			case 2:
				v = float64(r)/7 + float64(c)
			case 3:
				v = r%2 == 0
			case 4:
				continue
			case 5:
				v = " 空白 \n改行 _x0041_ "
			case 6:
				v = "同じ文字列"
			}
			must(t, f.SetCellValue("Sheet1", cell, v))
		}
	}
	data := book(t, f)
	x, err := excelize.OpenReader(bytes.NewReader(data))
	must(t, err)
	defer x.Close()
	want, err := x.GetRows("Sheet1")
	must(t, err)
	b := open(t, "x.xlsx", data)
	seen := 0
	_, err = b.Each(t.Context(), 0, func(r *sheet.Row) error {
		seen++
		if !slices.Equal(r.Cells, want[r.Number-1]) {
			t.Errorf("row %d:\ngot  %q\nwant %q", r.Number, r.Cells, want[r.Number-1])
		}
		return nil
	})
	must(t, err)
	if seen != 50 {
		t.Errorf("%d rows", seen)
	}
}

func TestEach_Formats(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	day := time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		value  any
		format string
		want   string
	}{
		{day, "yyyy/m/d", "2025-04-01"},
		{day, `[$-411]ggge"年"m"月"d"日";@`, "2025-04-01"},
		{day, `[$-ja-JP]ge\.m\.d`, "2025-04-01"},
		{day, `yyyy"年"m"月"`, "2025-04"},
		{day.Add(14*time.Hour + 5*time.Minute), "yyyy/m/d h:mm", "2025-04-01 14:05"},
		{0.5, "h:mm", "12:00"},
		{123, "000000", "000123"},
		{5.4, "0.00", "5.40"},
		{5.4, "General", "5.4"},
		{0.1 + 0.2, "General", "0.3"},
		{1234567890123.0, "General", "1234567890123"},
		{45748, "#,##0", "45748"},
		{1.5, `0.0E+00`, "1.5"},
		{45748, `"R"0`, "45748"},
		{-3, "yyyy/m/d", "-3"},
	} {
		cell := fmt.Sprintf("A%d", i+1)
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &c.format})
		must(t, err, f.SetCellValue("Sheet1", cell, c.value), f.SetCellStyle("Sheet1", cell, cell, style), f.SetCellValue("Sheet1", fmt.Sprintf("B%d", i+1), c.want))
	}
	got, _ := rows(t, open(t, "x.xlsx", book(t, f)), 0)
	for i, r := range got {
		if len(r) != 2 || r[0] != r[1] {
			t.Errorf("row %d: got %q", i+1, r)
		}
	}
}

func TestEach_FormulasErrorsHidden(t *testing.T) {
	t.Parallel()
	data := sheettest.Raw(t, sheettest.Skeleton(`<x:worksheet xmlns:x="u"><x:cols><x:col min="2" max="3" hidden="1"/></x:cols><x:sheetData>`+
		`<x:row r="3"><x:c r="A3" t="str"><x:f>"a"&amp;"b"</x:f><x:v>ab</x:v></x:c><x:c r="B3"><x:f>1+1</x:f><x:v></x:v></x:c><x:c r="C3" t="e"><x:v>#REF!</x:v></x:c>`+
		`<x:c r="D3" t="str"><x:f>""</x:f><x:v></x:v></x:c><x:c r="E3"><x:f t="shared" si="0"/><x:v>7</x:v></x:c></x:row>`+
		`<x:row hidden="1"><x:c t="inlineStr"><x:is><x:r><x:t>隠</x:t></x:r><x:rPh sb="0" eb="1"><x:t>カク</x:t></x:rPh><x:r><x:t xml:space="preserve"> し_x000D_&#10;行</x:t></x:r></x:is></x:c><!-- a > b --><x:c t='d'><x:v>2025-04-01T00:00:00</x:v></x:c><x:c t="b"><x:v>1</x:v></x:c></x:row>`+
		`</x:sheetData><x:mergeCells><x:mergeCell ref="A1:B2"/></x:mergeCells></x:worksheet>`)...)
	got, stats := rows(t, open(t, "x.xlsx", data), 0)
	want := [][]string{{"ab", "", "", "", "7"}, {"隠 し\n行", "2025-04-01", "TRUE"}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %q", got)
	}
	if stats.Formulas != 4 || stats.NoValue != 1 || !slices.Equal(stats.NoValueAt, []string{"B3"}) || stats.Errors != 1 ||
		!slices.Equal(stats.ErrorsAt, []string{"C3"}) || stats.HiddenRows != 1 || stats.HiddenColumns != 2 {
		t.Errorf("stats %+v", stats)
	}
}

func TestOpen_HostileWorkbooks(t *testing.T) {
	t.Parallel()
	good := sheettest.Sheet(`<row r="1"><c r="A1"><v>1</v></c></row>`, "")
	many := make([]sheettest.Part, 5000)
	for i := range many {
		many[i] = sheettest.Part{Name: fmt.Sprintf("xl/media/%d", i)}
	}
	cut := sheettest.Raw(t, sheettest.Skeleton(strings.TrimSuffix(good, "</sheetData></worksheet>"))...)
	for name, c := range map[string]struct {
		data []byte
		kind fault.Kind
		key  string
	}{
		"bomb by ratio":   {sheettest.Bomb(t, 40), fault.TooLarge, "sheet.open.bomb"},
		"many parts":      {sheettest.Raw(t, sheettest.Skeleton(good, many...)...), fault.TooLarge, "sheet.open.parts"},
		"part twice":      {sheettest.Raw(t, append(sheettest.Skeleton(good), sheettest.Part{Name: "XL\\workbook.xml"})...), fault.Invalid, "sheet.open.broken"},
		"cut archive":     {sheettest.Raw(t, sheettest.Skeleton(good)...)[:200], fault.Invalid, "sheet.open.broken"},
		"cut sheet":       {cut, fault.Invalid, "sheet.open.broken"},
		"entity bomb":     {sheettest.Raw(t, sheettest.Skeleton(`<!DOCTYPE x [<!ENTITY a "aaaa">]>`+good)...), fault.Invalid, "sheet.open.broken"},
		"unknown entity":  {sheettest.Raw(t, sheettest.Skeleton(sheettest.Sheet(`<row r="1"><c t="str"><v>&a;</v></c></row>`, ""))...), fault.Invalid, "sheet.open.broken"},
		"rows backwards":  {sheettest.Raw(t, sheettest.Skeleton(sheettest.Sheet(`<row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row>`, ""))...), fault.Invalid, "sheet.open.broken"},
		"no such string":  {sheettest.Raw(t, sheettest.Skeleton(sheettest.Sheet(`<row r="1"><c t="s"><v>5</v></c></row>`, ""))...), fault.Invalid, "sheet.open.broken"},
		"not a number":    {sheettest.Raw(t, sheettest.Skeleton(sheettest.Sheet(`<row r="1"><c><v>x</v></c></row>`, ""))...), fault.Invalid, "sheet.open.broken"},
		"column too far":  {sheettest.Raw(t, sheettest.Skeleton(sheettest.Sheet(`<row r="1"><c r="ZZZ1"><v>1</v></c></row>`, ""))...), fault.Invalid, "sheet.open.broken"},
		"nul in a string": {sheettest.Raw(t, sheettest.Skeleton(sheettest.Sheet(`<row r="1"><c t="inlineStr"><is><t>a`+"\x00"+`</t></is></c></row>`, ""))...), fault.Invalid, "sheet.open.broken"},
		"no sheets":       {sheettest.Raw(t, sheettest.Skeleton(good, sheettest.Part{Name: "xl/workbook.xml", Body: "<workbook/>"})...), fault.Invalid, "sheet.open.nosheet"},
		"a zip":           {sheettest.Raw(t, sheettest.Part{Name: "../../x", Body: "x"}), fault.Invalid, "sheet.open.other"},
		"ods":             {sheettest.Raw(t, sheettest.Part{Name: "mimetype", Body: "application/vnd.oasis.opendocument.spreadsheet"}), fault.Invalid, "sheet.open.other"},
		"old xls":         {append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 600)...), fault.Invalid, "sheet.open.xls"},
		"encrypted":       {append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1xxE\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"), make([]byte, 60)...), fault.Invalid, "sheet.open.encrypted"},
		"a long cell":     {sheettest.Raw(t, sheettest.Skeleton(sheettest.Sheet(`<row r="1"><c t="inlineStr"><is><t>`+strings.Repeat("あ", 32_768)+`</t></is></c></row>`, ""))...), fault.TooLarge, "sheet.read.cell"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := sheet.Open("x.xlsx", c.data, sheet.Limits{})
			if err == nil {
				_, err = b.Each(t.Context(), 0, func(*sheet.Row) error { return nil })
			}
			wantFault(t, err, c.kind, c.key)
		})
	}
}

// TestOpen_LyingArchive: the directory says that a part is small; the part is
// not. The reader stops at what the directory says or at the limit.
func TestOpen_LyingArchive(t *testing.T) {
	t.Parallel()
	data := sheettest.Raw(t, sheettest.Skeleton(sheettest.Sheet("", strings.Repeat(" ", 1<<20)))...)
	b, err := sheet.Open("x.xlsx", data, sheet.Limits{Unpacked: 2 << 20})
	must(t, err)
	for range 4 { // the limit is for one reading, not for all together
		if _, err := b.Each(t.Context(), 0, func(*sheet.Row) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	_, err = sheet.Open("x.xlsx", data, sheet.Limits{Unpacked: 1 << 20})
	wantFault(t, err, fault.TooLarge, "sheet.open.bomb")
}

func TestOpen_Macros(t *testing.T) {
	t.Parallel()
	parts := sheettest.Skeleton(sheettest.Sheet(`<row r="1"><c><v>1</v></c></row>`, ""), sheettest.Part{Name: "xl/vbaProject.bin", Body: "macro"})
	b := open(t, "x.xlsm", sheettest.Raw(t, parts...))
	if got, _ := rows(t, b, 0); !b.Macros || len(got) != 1 {
		t.Errorf("macros %v, rows %q", b.Macros, got)
	}
}

func TestWriteXLSX_RoundTrip(t *testing.T) {
	t.Parallel()
	out := sheet.Out{Name: "資産", Heading: []string{"名前", "値"}, Rows: [][]string{{"=1+1", "+81"}, {"000123", "多\n行"}, {"2025-04-01", "_x0041_ <&>"}}}
	var buf bytes.Buffer
	must(t, sheet.WriteXLSX(&buf, out, sheet.Out{Name: "空", Heading: []string{"a"}}))
	b := open(t, "x.xlsx", buf.Bytes())
	got, stats := rows(t, b, 0)
	want := append([][]string{out.Heading}, out.Rows...)
	if !slices.EqualFunc(got, want, slices.Equal) || stats.Formulas != 0 {
		t.Errorf("got %q, %d formulas", got, stats.Formulas)
	}
	if b.Sheets[0].Name != "資産" || b.Sheets[1].Name != "空" {
		t.Errorf("sheets %+v", b.Sheets)
	}
	long := sheet.Out{Name: "a", Heading: []string{"a"}, Rows: [][]string{{strings.Repeat("x", 40_000)}}}
	wantFault(t, sheet.WriteXLSX(&buf, long), fault.TooLarge, "sheet.read.cell")
}

func FuzzEach(f *testing.F) {
	f.Add(sheettest.Sheet(`<row r="1"><c r="A1" t="str"><f>1</f><v>x</v></c></row>`, `<mergeCells><mergeCell ref="A1:B2"/></mergeCells>`))
	f.Add(sheettest.Sheet(`<row><c t="inlineStr"><is><t>a&amp;_x0041_</t><rPh><t>b</t></rPh></is></c><c s="1"><v>45748.5</v></c></row>`, ""))
	f.Add(`<?xml version="1.0"?><!-- - -> --><a b='>'><![CDATA[ ]]]]></a>`)
	styles := sheettest.Part{Name: "xl/styles.xml", Body: `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`}
	f.Fuzz(func(t *testing.T, xml string) {
		data := sheettest.Raw(t, sheettest.Skeleton(xml, styles, sheettest.Part{Name: "xl/sharedStrings.xml", Body: "<sst><si><t>x</t></si></sst>"})...)
		b, err := sheet.Open("x.xlsx", data, sheet.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Each(t.Context(), 0, func(r *sheet.Row) error {
			for _, c := range r.Cells {
				if !utf8.ValidString(c) || strings.ContainsRune(c, 0) {
					t.Fatalf("cell %q", c)
				}
			}
			return nil
		})
		if err == nil {
			_, err = b.Table(context.Background(), 0, nil)
		}
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("not a fault: %v", err)
		}
	})
}

func BenchmarkEach_XLSX200k(b *testing.B) {
	data := sheettest.BigXLSX(b, 200_000-1)
	benchmarkEach(b, data)
}

func BenchmarkEach_CSV200k(b *testing.B) { benchmarkEach(b, sheettest.Big(200_000-1)) }

func benchmarkEach(b *testing.B, data []byte) {
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	var before, after runtime.MemStats
	peak := uint64(0)
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		book, err := sheet.Open("x", data, sheet.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		_, err = book.Each(b.Context(), 0, func(*sheet.Row) error {
			n++
			if n%20_000 == 0 {
				runtime.ReadMemStats(&after)
				peak = max(peak, after.HeapAlloc-before.HeapAlloc)
			}
			return nil
		})
		if err != nil || n != 200_000 {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(peak)/(1<<20), "MiB-heap-peak")
}

func BenchmarkTable_CSV200k(b *testing.B) {
	data := sheettest.Big(200_000 - 1)
	b.ReportAllocs()
	for b.Loop() {
		book, err := sheet.Open("x", data, sheet.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := book.Table(b.Context(), 0, nil); err != nil {
			b.Fatal(err)
		}
	}
}
