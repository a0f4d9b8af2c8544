package chart

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

// printer prints keys instead of words.
func printer() Printer {
	return Printer{ID: "1", lang: text.JA, say: func(m text.Msg) string { return m.Key }, known: func(m text.Msg) text.Msg { return text.Msg{} }}
}

func lab(at, value, ranges string) *model.Lab {
	return &model.Lab{Life: view.Live, Stage: view.Final, Item: model.Share(model.Text{Show: "K", Code: "3H015", System: "JC10"}), Unit: model.Share(model.Text{Show: "mEq/L"}),
		Range:  model.Share(model.Text{Show: ranges}),
		Values: []model.Text{{Show: value}}, Key: model.Share(view.SortKey(value)), Collected: model.When{Stamp: model.Stamp(at)}}
}

func TestTrend_PointsInOrderInsideTheField(t *testing.T) {
	t.Parallel()
	labs := []*model.Lab{lab("202611010630", "6.0", "3.6-4.8"), lab("202610010630", "4.0", "3.6-4.8"), lab("20260901", "3.0", "3.6-4.8")} // newest first, as charts have them
	tr := drawTrend(labs, printer())
	if len(tr.Points) != 3 || len(tr.Lines) != 1 || tr.Lines[0].Broken {
		t.Fatalf("%+v", tr)
	}
	for i, p := range tr.Points {
		if p.X < tr.Left || p.X > tr.Right || p.Y < tr.Top || p.Y > tr.Bottom {
			t.Errorf("point %d stands outside: %+v", i, p)
		}
		if i > 0 && (p.X <= tr.Points[i-1].X || p.Y >= tr.Points[i-1].Y) {
			t.Errorf("point %d is not right of and above the one before", i)
		}
	}
	if !strings.Contains(tr.Points[0].Label, "2026/09/01") || !strings.Contains(tr.Points[2].Label, "6.0") {
		t.Error(tr.Points)
	}
	if len(tr.Bands) != 1 || tr.Bands[0].X != tr.Left || tr.Bands[0].W != tr.Right-tr.Left {
		t.Errorf("band %+v", tr.Bands)
	}
	if len(tr.Days) < 2 || tr.Days[0].Label != "2026/09/01" || tr.Days[len(tr.Days)-1].Label != "2026/11/01" {
		t.Errorf("days %+v", tr.Days)
	}
}

// A number with "less than" is no number: it has its own shape, its words, and
// the line to it is broken.
func TestTrend_Comparators(t *testing.T) {
	t.Parallel()
	tr := drawTrend([]*model.Lab{lab("20260901", "<0.5", "<1.0"), lab("20261001", "0.8", "<1.0"), lab("20261101", "≧100", "<1.0")}, printer())
	if len(tr.Points) != 3 || tr.Points[0].Shape == "" || tr.Points[0].Text != "<0.5" || tr.Points[1].Shape != "" || tr.Points[2].Shape == "" {
		t.Fatalf("%+v", tr.Points)
	}
	for _, l := range tr.Lines {
		if !l.Broken {
			t.Errorf("the line %s is whole", l.Points)
		}
	}
}

// What is no number, was taken back, or is not there yet has no point; it is
// counted.
func TestTrend_LeavesOutWhatIsNoNumber(t *testing.T) {
	t.Parallel()
	gone, pending, wrong := lab("20261001", "5", ""), lab("20261002", "5", ""), lab("20261003", "5", "")
	gone.Stage, pending.Stage, wrong.Life = view.Withdrawn, view.Pending, view.Mistaken
	early := lab("20261008", "7", "")
	early.Stage = view.Preliminary
	tr := drawTrend([]*model.Lab{gone, pending, wrong, lab("", "5", ""), lab("20261004", "(+)", ""), lab("20261005", "溶血", ""), lab("20261006", "5.5", ""), early}, printer())
	if len(tr.Points) != 2 || len(tr.Words) != 2 || tr.Odd != 4 || !tr.Points[1].Open || tr.Points[0].Open {
		t.Errorf("points %+v, words %d, odd %d", tr.Points, len(tr.Words), tr.Odd)
	}
}

func TestTrend_RangesThatChange(t *testing.T) {
	t.Parallel()
	tr := drawTrend([]*model.Lab{lab("20260901", "3", "1-4"), lab("20260911", "3", "1-4"), lab("20261001", "3", "2-5"), lab("20261101", "3", "不明")}, printer())
	if tr.Ranges != 2 || len(tr.Bands) != 2 || tr.Bands[0].X+tr.Bands[0].W != tr.Bands[1].X || tr.Bands[0].Y <= tr.Bands[1].Y {
		t.Errorf("%d ranges, bands %+v", tr.Ranges, tr.Bands)
	}
}

func TestTrend_OddSeries(t *testing.T) {
	t.Parallel()
	f := func(points int, labs ...*model.Lab) {
		t.Helper()
		tr := drawTrend(labs, printer())
		if len(tr.Points) != points {
			t.Errorf("%d points, want %d", len(tr.Points), points)
		}
		for _, p := range tr.Points {
			if p.X < tr.Left || p.X > tr.Right || p.Y < tr.Top || p.Y > tr.Bottom {
				t.Errorf("outside: %+v", p)
			}
		}
		for _, r := range tr.Rows {
			if r.At < tr.Top || r.At > tr.Bottom || len(r.Label) > 20 {
				t.Errorf("row %+v", r)
			}
		}
		if len(tr.Rows) > 20 {
			t.Errorf("%d rows", len(tr.Rows))
		}
	}
	f(0)
	f(1, lab("20261101", "4.0", ""))
	f(2, lab("20261101", "0", "0-0"), lab("20261102", "0", "0-0"))
	f(2, lab("20261101", "-5", ""), lab("20261102", "100000000", ""))
	f(2, lab("20261101", "0.00001", ""), lab("20261102", "0.00002", "1-1000000"))
	f(2, lab("202611010000", "1", ""), lab("202611010001", "2", ""))
	f(2, lab("202611012530", "1", ""), lab("20261101", "2", ""))
}

// Two units, two specimens or two items never share a line.
func TestSeriesKey(t *testing.T) {
	t.Parallel()
	a, unit, specimen, other, same := lab("20261101", "1", ""), lab("20261101", "1", ""), lab("20261101", "1", ""), lab("20261101", "1", ""), lab("20200101", "9", "1-2")
	unit.Unit, specimen.Specimen, other.Item = model.Share(model.Text{Show: "mg/dL"}), model.Share(model.Text{Show: "尿"}), model.Share(model.Text{Show: "K", Code: "3F050", System: "JC10"})
	for _, b := range []*model.Lab{unit, specimen, other} {
		if seriesKey(a) == seriesKey(b) {
			t.Errorf("%+v shares a line", b)
		}
	}
	if seriesKey(a) != seriesKey(same) {
		t.Error("the same item has two lines")
	}
}

func TestRangeOf(t *testing.T) {
	t.Parallel()
	f := func(s string, low, high float64, ok bool) {
		t.Helper()
		if r := rangeOf(s); r.ok != ok || ok && (r.low != low || r.high != high) {
			t.Errorf("%q: %+v", s, r)
		}
	}
	none, inf := math.Inf(-1), math.Inf(1)
	f("6.7-8.3", 6.7, 8.3, true)
	f("6.7 ～ 8.3", 6.7, 8.3, true)
	f("-2.0-2.0", -2, 2, true)
	f("<130", none, 130, true)
	f("≦130", none, 130, true)
	f("130以下", none, 130, true)
	f(">=10", 10, inf, true)
	f("10以上", 10, inf, true)
	f("", 0, 0, false)
	f("陰性", 0, 0, false)
	f("8-6", 0, 0, false)
	f("M:40-50 F:35-45", 0, 0, false)
	f("1-NaN", 0, 0, false)
	f("-", 0, 0, false)
}

func FuzzTrend(f *testing.F) {
	f.Add("20261101", "4.0", "3-5", "<0.5")
	f.Add("2026110125", "1e308", "<1e308", "-1e308")
	f.Add("0", "(+)", "1～2", "")
	f.Fuzz(func(t *testing.T, at, one, ranges, two string) {
		tr := drawTrend([]*model.Lab{lab(at, one, ranges), lab("20261102", two, ranges), lab("20261103", one, ranges)}, printer())
		for _, p := range append(tr.Points, tr.Words...) {
			if p.X < tr.Left || p.X > tr.Right || p.Y < tr.Top || p.Y > tr.Bottom {
				t.Fatalf("outside: %+v", p)
			}
		}
		if len(tr.Rows) > 50 {
			t.Fatalf("%d rows", len(tr.Rows))
		}
	})
}

func BenchmarkTrend_200(b *testing.B) {
	var labs []*model.Lab
	for i := range 200 {
		labs = append(labs, lab(fmt.Sprintf("2026%02d%02d0630", 1+i%12, 1+i%28), fmt.Sprint(3+i%3), "3.6-4.8"))
	}
	p := printer()
	b.ReportAllocs()
	for b.Loop() {
		drawTrend(labs, p)
	}
}

// A result that was withdrawn or entered for somebody else says that there was
// one, and not what it said.
func TestLabTable_HidesWhatWasWithdrawn(t *testing.T) {
	t.Parallel()
	good, gone, wrong := lab("202611010630", "4.0", "3.6-4.8"), lab("202610010630", "9.9", "3.6-4.8"), lab("202609010630", "8.8", "3.6-4.8")
	gone.Stage, wrong.Life = view.Withdrawn, view.Mistaken
	table := labTable([]model.Lab{*good, *gone, *wrong}, labFilter{Width: 6}, printer())
	cells := table.Groups[0].Rows[0].Cells
	if len(cells) != 3 || cells[0][0].Show != "4.0" {
		t.Fatalf("%+v", cells)
	}
	for _, c := range cells[1:] {
		if !c[0].Gone || c[0].Show != "chart.lab.hidden" || c[0].Stage.Zero() || c[0].Flag != (LabFlag{}) {
			t.Errorf("%+v", c[0])
		}
	}
}

func TestLabTable_Windows(t *testing.T) {
	t.Parallel()
	var labs []model.Lab
	for d := 20; d > 0; d-- {
		labs = append(labs, *lab(fmt.Sprintf("202610%02d0630", d), fmt.Sprint(d), ""))
	}
	rare := lab("202601010630", "1", "")
	rare.Item = model.Share(model.Text{Show: "K", Code: "9Z999", System: "JC10"})
	labs = append(labs, *rare)
	first := labTable(labs, labFilter{Width: 6}, printer())
	if len(first.Columns) != 6 || first.Newer != 0 || first.Older != 15 || len(first.Past) != 1 || first.Groups[0].Rows[0].Cells[0][0].Show != "20" {
		t.Errorf("%d columns, %d newer, %d older, %d past", len(first.Columns), first.Newer, first.Older, len(first.Past))
	}
	last := labTable(labs, labFilter{Width: 6, From: 18}, printer())
	if len(last.Columns) != 3 || last.Newer != 18 || last.Older != 0 || len(last.Past) != 0 {
		t.Errorf("%d columns, %d newer, %d older, %d past", len(last.Columns), last.Newer, last.Older, len(last.Past))
	}
	for _, from := range []int{-5, 1000} {
		if got := labTable(labs, labFilter{Width: 6, From: from}, printer()); len(got.Columns) == 0 {
			t.Errorf("from %d: nothing", from)
		}
	}
	if got := labTable(labs, labFilter{Width: 6, Name: "ｋ"}, printer()); got.Results != 21 {
		t.Errorf("a name in another width finds %d", got.Results)
	}
	if got := labTable(nil, labFilter{Width: 6}, printer()); len(got.Columns) != 0 {
		t.Error("columns of nothing")
	}
}
