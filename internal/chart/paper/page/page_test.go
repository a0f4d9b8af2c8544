package page

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/paper/pdf"
	bizudpgothic "github.com/torideproject/toride/third_party/biz-udpgothic"
)

var face = sync.OnceValues(func() (*pdf.Font, error) { return pdf.ParseFont(bizudpgothic.TTF()) })

func font(t testing.TB) *pdf.Font {
	t.Helper()
	f, err := face()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWrap(t *testing.T) {
	t.Parallel()
	one := func(r rune) float64 {
		if r < 0x80 {
			return 5
		}
		return 10
	}
	for _, c := range []struct {
		text  string
		width float64
		want  string
	}{
		{"", 50, ""},
		{"毎食後", 50, "毎食後"},
		{"1日3回毎食後に服用", 50, "1日3回毎食|後に服用"},
		{"薬が五つ。次", 40, "薬が五|つ。次"},    // 。 begins no line
		{"薬は「架空」錠", 30, "薬は|「架|空」錠"}, // 「 ends no line, 」 begins none
		{"take amlodipine now", 60, "take|amlodipine|now"},
		{"amlodipineamlodipine", 50, "amlodipine|amlodipine"},
		{"一行\n\n三行", 50, "一行||三行"},
		{"漢", 5, "漢"}, // a line takes at least one
		{"500mg錠", 30, "500mg|錠"},
		{"点眼液０．００４％", 60, "点眼液|０．００４％"}, // an amount in wide signs is not parted
		{"注１００単位／ｍＬ", 60, "注１００単位|／ｍＬ"},
		{"１０，０００単位", 50, "１０，００|０単位"}, // but where it fits into no line
		{"朝，夕に服用", 30, "朝，夕|に服用"},
	} {
		if got := strings.Join(wrap(c.text, c.width, one), "|"); got != c.want {
			t.Errorf("%q in %v: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

// Whatever the width, no character but blanks is lost.
func FuzzWrap(f *testing.F) {
	f.Add("アムロジピンOD錠2.5mg「架空」 1日1回 朝食後(粉砕)", 40.0)
	f.Add("((((((((((((((((((((((((((((((((((((((((((((((((((((", 30.0)
	f.Fuzz(func(t *testing.T, text string, width float64) {
		if len(text) > 4000 {
			return
		}
		bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got := bare(strings.Join(wrap(text, width, func(rune) float64 { return 10 }), "")); got != bare(string([]rune(text))) {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func TestReadable(t *testing.T) {
	t.Parallel()
	s := &Sheet{Title: "外字\ue000", Head: Head{Patient: &Patient{Kanji: "𠮷田 葛\U000E0100城", Kana: "か\u3099"}}, Blocks: []Block{
		Table{Columns: []Column{{Title: "a\tb"}}, Rows: []Row{{Cells: []Cell{C("行\r\n二\x00\u200e")}}}},
		Heading{Text: "神 \ue000"}, Lines{Label: "\ufffd"}, Boxes{Labels: []string{"é"}}, Labels{Items: []Label{{Lines: C("\ue001")}}}, Facts{Facts: []Fact{{Label: "x", Value: C("e\u0301")}}}}}
	lost := Readable(s, font(t).Has)
	if got, want := strings.Join(lost, " "), "〓 U+20BB7 〓 U+E000 〓 U+E001 〓 U+FFFD 葛 U+E0100"; got != want {
		t.Errorf("lost %q, want %q", got, want)
	}
	text := Plain(s)
	for _, want := range []string{"外字〓", "〓田 葛城", "が", "a b", "行 ⏎ 二\n", "神 〓"} {
		if !strings.Contains(text+"\n", want) && !strings.Contains(text, strings.TrimSpace(want)) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if again := Readable(s, font(t).Has); len(again) != 0 {
		t.Errorf("a readable sheet has lost %v", again)
	}
	// A form that a name was registered with is not changed for a common one.
	s = &Sheet{Title: "神か\u3099"}
	if Readable(s, func(rune) bool { return true }); s.Title != "神が" {
		t.Errorf("%+q", s.Title)
	}
}

// drawn gives what a sheet's pages hold: the texts in the order of drawing.
func drawn(t *testing.T, s *Sheet, large bool) (pages []string) {
	t.Helper()
	for _, c := range NewPaper(font(t), large).Pages(s) {
		pages = append(pages, canvasText(t, c))
	}
	return pages
}

// canvasText writes a canvas as a file and reads its characters back by the
// table from glyphs to characters.
func canvasText(t *testing.T, c *pdf.Canvas) string {
	t.Helper()
	return strings.Join(c.Texts(), "\n")
}

func rows(n int, text string) (out []Row) {
	for i := range n {
		out = append(out, Row{Cells: []Cell{C(fmt.Sprintf("%d番 %s", i, text)), B("薬")}})
	}
	return out
}

func sample(rows []Row) *Sheet {
	return &Sheet{Form: "x", Title: "題", Slogan: "参照用", Foot: "脚", Head: Head{Hospital: "架空総合病院", AsOf: "時点", Printed: "印刷", Patient: &Patient{ID: "0001", IDLabel: "ID", Kanji: "架空 花子", Kana: "カクウ", Birth: "1950"}},
		Repeat: []Block{Text{Cell: C("アレルギー: そば"), Frame: Thick}},
		Blocks: []Block{Heading{Text: "部"}, Table{Columns: []Column{{Title: "見出し", Width: 100}, {Title: "薬", Width: 30}, {Title: "署名", Width: 20, Sign: true}}, Rows: rows}}}
}

func TestPaper_EveryPageSaysWhoAndWhat(t *testing.T) {
	t.Parallel()
	pages := drawn(t, sample(rows(150, "とても長い用法の文章が続く")), false)
	if len(pages) < 3 {
		t.Fatalf("%d pages", len(pages))
	}
	for i, p := range pages {
		for _, want := range []string{"題", "架空 花子", "カクウ", "ID 0001", "1950", "時点", "印刷", "アレルギー: そば", "見出し", "脚", fmt.Sprintf("%d/%d", i+1, len(pages))} {
			if !strings.Contains(p, want) {
				t.Errorf("page %d lacks %q", i+1, want)
			}
		}
	}
	all := strings.Join(pages, "\n")
	for i := range 150 {
		if strings.Count(all, fmt.Sprintf("%d番 ", i)) < 1 {
			t.Errorf("row %d is lost", i)
		}
	}
}

// A row that is higher than a page goes on overleaf and loses nothing.
func TestPaper_LongCellIsDivided(t *testing.T) {
	t.Parallel()
	var words []string
	for i := range 900 {
		words = append(words, fmt.Sprintf("語%d、", 1000+i))
	}
	for _, large := range []bool{false, true} {
		for name, s := range map[string]*Sheet{
			"table":  sample([]Row{{Cells: []Cell{C(strings.Join(words, "")), C("短い")}}}),
			"text":   {Title: "題", Blocks: []Block{Text{Cell: C(strings.Join(words, "")), Frame: Thick}}},
			"facts":  {Title: "題", Blocks: []Block{Facts{Columns: 2, Facts: []Fact{{Label: "名", Value: C(strings.Join(words, ""))}}}}},
			"repeat": {Title: "題", Repeat: []Block{Text{Cell: C(strings.Join(words, ""))}}, Blocks: []Block{Say("終わり")}},
			"head":   {Title: "題", Head: Head{Hospital: strings.Join(words, ""), Warnings: []string{"一", "二", "三", "四", "五"}}},
			"across": sample([]Row{{Across: true, Cells: []Cell{C(strings.Join(words, ""))}}, {Cells: []Cell{C("次")}}}),
		} {
			all := strings.ReplaceAll(strings.Join(drawn(t, s, large), ""), "\n", "")
			for _, w := range words {
				if !strings.Contains(all, w[len("語"):]) { // 語 may stand on the page before
					t.Errorf("%s: %s is lost", name, w)
					break
				}
			}
		}
	}
}

// Nothing is drawn outside of the page: every text begins and ends inside of
// its margins.
func TestPaper_StaysOnThePage(t *testing.T) {
	t.Parallel()
	s := sample(append(rows(60, strings.Repeat("long unbroken-word ", 8)), Row{Across: true, Cells: []Cell{C(strings.Repeat("横", 300))}}))
	s.Head.Patient.Kanji = strings.Repeat("長い名前", 12)
	s.Head.Warnings = []string{strings.Repeat("警告", 80)}
	s.Blocks = append(s.Blocks, Lines{Label: "記入", Count: 40}, Boxes{Labels: []string{"一", strings.Repeat("箱", 90)}}, Facts{Columns: 3, Facts: []Fact{{Label: strings.Repeat("名", 30), Value: B(strings.Repeat("値", 50))}}})
	for _, large := range []bool{false, true} {
		for _, landscape := range []bool{false, true} {
			s.Landscape = landscape
			for i, c := range NewPaper(font(t), large).Pages(s) {
				for _, p := range c.Places() {
					if p.X < 0 || p.X+p.W > c.Width || p.Y < 0 || p.Y > c.Height {
						t.Errorf("large %v, landscape %v, page %d: %q at %.0f,%.0f is %.0f wide on %.0fx%.0f", large, landscape, i+1, p.Text, p.X, p.Y, p.W, c.Width, c.Height)
					}
				}
			}
		}
	}
}

func TestPaper_Labels(t *testing.T) {
	t.Parallel()
	b := Labels{Width: 66, Height: 34, Cut: true}
	for i := range 30 {
		b.Items = append(b.Items, Label{ID: fmt.Sprintf("%08d", i), Lines: Cell{{Text: fmt.Sprintf("架空 %d子", i), Bold: true}, {Text: strings.Repeat("長", 40)}}})
	}
	pages := drawn(t, &Sheet{Title: "札", Bare: true, Blocks: []Block{b}}, false)
	if len(pages) != 4 { // two columns of 66 mm on 190 mm, eight rows of 34 mm on 277 mm
		t.Logf("%d pages", len(pages))
	}
	all := strings.Join(pages, "\n")
	for i := range 30 {
		if !strings.Contains(all, fmt.Sprintf("架空 %d子", i)) {
			t.Errorf("label %d is lost", i)
		}
	}
	if strings.Contains(all, "1/") {
		t.Error("a sheet of labels has a foot")
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	if n := len(stripes("00012345")); n < 60 || n > 120 {
		t.Errorf("%d modules for eight digits", n)
	}
	if q := square("00012345"); len(q) != 21 || len(q[0]) != 21 || !q[0][0] || q[7][7] {
		t.Errorf("%d rows: no QR of version 1", len(q))
	}
	for _, bad := range []string{"", "漢字", strings.Repeat("1", maxCode+1)} {
		if stripes(bad) != nil {
			t.Errorf("%q has stripes", bad)
		}
	}
	if square("患者１２") == nil {
		t.Error("a number in wide digits has no QR")
	}
}

func TestHTML_SaysWhatPaperSays(t *testing.T) {
	t.Parallel()
	h, err := NewHTML()
	if err != nil {
		t.Fatal(err)
	}
	s := sample(append(rows(3, "<b>用法</b>"), Row{Across: true, Strong: true, Cells: []Cell{C("横")}}))
	s.Blocks = append(s.Blocks, Facts{Columns: 2, Facts: []Fact{{"名", C("値")}}}, Lines{Label: "線", Count: 2}, Boxes{Labels: []string{"箱"}}, Break{}, Text{Cell: S("終"), Frame: Thin}, Labels{Items: []Label{{Lines: C("札"), ID: "1"}}})
	out, err := h.Draw(s)
	if err != nil {
		t.Fatal(err)
	}
	bare := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(out), "\n")
	for _, want := range []string{"題", "参照用", "架空 花子", "アレルギー: そば", "0番 &lt;b&gt;用法&lt;/b&gt;", "横", "名", "値", "線", "箱", "終", "札", "脚"} {
		if !strings.Contains(bare, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(string(out), "style=") || strings.Contains(string(out), "ZgotmplZ") || strings.Contains(string(out), "<script") {
		t.Error("the page carries a style, a script or a broken template")
	}
}

func TestPaper_DrawsIntoAFile(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	f := pdf.New(&b, font(t), pdf.Info{Title: "x", Made: time.Unix(0, 0)})
	s := sample(rows(2, "x"))
	s.Mark = "しおり"
	if n, err := NewPaper(font(t), false).Draw(f, s); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "/Title <FEFF3057304A308A>/Parent") {
		t.Error("the bookmark is missing")
	}
}
