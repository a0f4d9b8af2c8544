package draft_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/torideproject/toride/internal/incident/draft"
	"github.com/torideproject/toride/internal/text"
)

func shipped(t testing.TB) draft.Forms {
	t.Helper()
	f, err := draft.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func fill(t testing.TB, form string, lang text.Lang, values map[string]draft.Value) draft.Document {
	t.Helper()
	f := shipped(t)
	fm, ok := f.Form(form)
	if !ok {
		t.Fatalf("no form %s", form)
	}
	return f.Fill(fm, draft.Dataset{Hospital: "架空総合病院", Title: "電子カルテ停止", Drill: true, MadeBy: "試験 太郎",
		Made: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), Zone: time.FixedZone("JST", 9*3600), Values: values}, lang)
}

// The nine items of the rule stand in order, and only five of them go to the
// people affected.
func TestShipped_ItemsOfTheRule(t *testing.T) {
	t.Parallel()
	numbers := func(form string) string {
		s := ""
		for _, l := range fill(t, form, text.JA, nil).Lines {
			s += l.No
		}
		return s
	}
	for form, want := range map[string]string{"ppc-prompt": "123456789", "ppc-final": "123456789", "persons": "12459"} {
		if got := numbers(form); got != want {
			t.Errorf("%s: items %s, want %s", form, got, want)
		}
	}
}

func TestFill_EmptySaysSo(t *testing.T) {
	t.Parallel()
	for _, f := range shipped(t).Forms {
		d := fill(t, f.ID, text.JA, map[string]draft.Value{"summary": {Text: "  ", By: "誰か"}})
		if d.Missing() != len(d.Lines) {
			t.Errorf("%s: %d of %d lines are filled from nothing", f.ID, len(d.Lines)-d.Missing(), len(d.Lines))
		}
		if got := strings.Count(d.Text(), "] 未記入\r\n"); got != len(d.Lines) {
			t.Errorf("%s: %d times 未記入 for %d empty lines", f.ID, got, len(d.Lines))
		}
	}
}

func TestFill_WhoAndWhen(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 2, 1, 30, 0, 0, time.UTC)
	values := map[string]draft.Value{"summary": {Text: "画面に脅迫文\n2行目", By: "山田 花子", At: at}, "zero": {Text: "07:45", At: at}}
	ja, en := fill(t, "ppc-prompt", text.JA, values), fill(t, "ppc-prompt", text.EN, values)
	for doc, words := range map[*draft.Document][]string{
		&ja: {"下書き", "【訓練】", "画面に脅迫文\r\n2行目", "山田 花子 2026年11月2日(月) 10:30", "記録から 2026年11月2日(月) 10:30", "未記入"},
		&en: {"Draft", "[DRILL]", "山田 花子 Mon 2 Nov 2026 10:30", "from the records", "not filled in"},
	} {
		for _, w := range words {
			if !strings.Contains(doc.Text(), w) {
				t.Errorf("draft lacks %q:\n%s", w, doc.Text())
			}
		}
	}
}

func TestXLSX_OpensAgain(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("あ", 40000)
	values := map[string]draft.Value{"summary": {Text: `=HYPERLINK("http://192.0.2.1","x")`, By: "山田 花子"}, "other": {Text: long}}
	for _, lang := range text.Langs() {
		for _, form := range shipped(t).Forms {
			data, err := fill(t, form.ID, lang, values).XLSX()
			if err != nil {
				t.Fatalf("%s: %v", form.ID, err)
			}
			f, err := excelize.OpenReader(bytes.NewReader(data))
			if err != nil {
				t.Fatalf("%s: %v", form.ID, err)
			}
			rows, err := f.GetRows(f.GetSheetName(0))
			if err != nil || len(rows) < 6 || rows[0][0] != form.Title.In(lang) {
				t.Errorf("%s: %v, rows %d", form.ID, err, len(rows))
			}
			for r, row := range rows {
				for c, cell := range row {
					name, _ := excelize.CoordinatesToCellName(c+1, r+1)
					if formula, _ := f.GetCellFormula(f.GetSheetName(0), name); formula != "" {
						t.Errorf("%s: %s became the formula %q", form.ID, name, formula)
					}
					if len([]rune(cell)) > 32767 {
						t.Errorf("%s: %s has %d characters", form.ID, name, len([]rune(cell)))
					}
				}
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestParse_Refuses(t *testing.T) {
	t.Parallel()
	const head = `{"head":{"id":"x","edition":"1","source":{"ja":"a","en":"a"},"effective_from":"2022-04-01","checked":"2026-11-22","confidence":"copy","note":{"ja":"a","en":"a"}},`
	const w = `{"ja":"a","en":"a"}`
	for name, data := range map[string]string{
		"nothing":       head + `"fields":[],"forms":[]}`,
		"unknown field": head + `"fields":[{"id":"a","label":` + w + `,"help":` + w + `}],"forms":[{"id":"f","title":` + w + `,"to":` + w + `,"note":` + w + `,"sections":[{"title":` + w + `,"fields":["b"]}]}]}`,
		"no phrases":    head + `"fields":[{"id":"a","label":` + w + `,"help":` + w + `}],"forms":[{"id":"f","title":` + w + `,"to":` + w + `,"note":` + w + `,"sections":[{"title":` + w + `,"fields":["a"]}]}]}`,
	} {
		if _, err := draft.Parse([]byte(data)); err == nil {
			t.Errorf("%s: taken without an error", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"head":{},"fields":[],"forms":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := draft.Parse(data); err == nil && len(p.Forms) == 0 {
			t.Error("a pack without forms was taken")
		}
	})
}

func BenchmarkXLSX(b *testing.B) {
	d := fill(b, "final", text.JA, map[string]draft.Value{"summary": {Text: "概要"}})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.XLSX(); err != nil {
			b.Fatal(err)
		}
	}
}
