package chart

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/text"
)

func testKind(_, code string) source.Kind {
	order := map[string]int{"ADT-00": 10, "OMP-01": 20, "OML-11": 30, "DOC": 500}
	return source.Kind{Code: code, Japanese: "種" + code, English: "kind " + code, Order: order[code], Document: code == "DOC"}
}

func item(kind, day, standing string, older int) model.Item {
	it := model.Item{Ref: model.Ref{Source: "s1", Item: kind + day + standing + fmt.Sprint(older)}, Kind: kind, Day: day, Standing: standing, Media: "hl7"}
	for i := range older {
		it.Older = append(it.Older, model.Older{Ref: model.Ref{Source: "s1", Item: fmt.Sprint(kind, day, i)}, Standing: model.Superseded})
	}
	return it
}

// drawn writes a matrix as lines: the columns, then each kind with its cells.
func drawn(m Matrix) string {
	var b strings.Builder
	for _, c := range m.Columns {
		b.WriteString(c.In)
		if c.Today {
			b.WriteString("*")
		}
		b.WriteString(" ")
	}
	for _, r := range m.Rows {
		b.WriteString("| " + r.Kind.Code + ":")
		for _, c := range r.Cells {
			fmt.Fprint(&b, " ", c.Count)
			if c.Old > 0 {
				fmt.Fprint(&b, "-", c.Old)
			}
			if c.Mark == "◆" {
				b.WriteString("!")
			}
		}
		b.WriteString(" ")
	}
	fmt.Fprintf(&b, "= %d, hidden %d, absent %d", m.Total, m.Hidden, m.Absent)
	return b.String()
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	items := []model.Item{
		item("DOC", "20261101", "", 0), item("OML-11", "20261101", "", 2), item("OMP-01", "20261030", "", 0), item("OMP-01", "20261030", model.Deleted, 1),
		item("OMP-01", "20250105", model.Uncertain, 0), item("OML-11", "20241231", "", 0), item("ADT-00", "", "", 3), item("OMP-01", "20269999", "", 0),
	}
	f := func(in string, history bool, want string) {
		t.Helper()
		q := matrixQuery{In: in, History: history, Today: "20261102", Lang: text.JA, Kind: testKind, At: "/p"}
		if got := drawn(q.matrix(items)); got != want {
			t.Errorf("in %q, history %v:\n%s\nwant\n%s", in, history, got, want)
		}
	}
	f("", false, "- 2024 2025 2026* | ADT-00: 1 0 0 0 | OMP-01: 1 0 1! 1 | OML-11: 0 1 0 1 | DOC: 0 0 0 1 = 7, hidden 7, absent 0")
	f("", true, "- 2024 2025 2026* | ADT-00: 4-3 0 0 0 | OMP-01: 1 0 1! 3-2 | OML-11: 0 1 0 3-2 | DOC: 0 0 0 1 = 14, hidden 0, absent 0")
	f("2026", false, "202601 202602 202603 202604 202605 202606 202607 202608 202609 202610 202611* 202612 | OMP-01: 0 0 0 0 0 0 0 0 0 1 0 0 | OML-11: 0 0 0 0 0 0 0 0 0 0 1 0 | DOC: 0 0 0 0 0 0 0 0 0 0 1 0 = 3, hidden 7, absent 1")
	days := matrixQuery{In: "202402", Today: "20261102", Kind: testKind, At: "/p"}
	if m := days.matrix(items); len(m.Columns) != 29 || len(m.Rows) != 0 || m.Absent != 4 {
		t.Errorf("February 2024: %d columns, %d rows, %d absent", len(m.Columns), len(m.Rows), m.Absent)
	}
	empty := matrixQuery{Today: "20261102", Kind: testKind, At: "/p"}
	if m := empty.matrix(nil); len(m.Columns) != 1 || m.Total != 0 {
		t.Errorf("nothing stored: %+v", m)
	}
}

// Every item of a cell is in the list that the cell leads to, whatever the zoom.
func TestMatrix_CellsLeadToTheirItems(t *testing.T) {
	t.Parallel()
	var items []model.Item
	for y := 2003; y <= 2026; y++ {
		for d := range 40 {
			items = append(items, item([]string{"OMP-01", "OML-11", "DOC"}[d%3], fmt.Sprintf("%04d%02d%02d", y, 1+d%12, 1+d%28), "", 0))
		}
	}
	for _, in := range []string{"", "2026", "202603"} {
		q := matrixQuery{In: in, Today: "20261102", Kind: testKind, At: "/p"}
		m := q.matrix(items)
		for _, row := range m.Rows {
			for i, cell := range row.Cells {
				if list := selected(items, row.Kind.Code, m.Columns[i].In, false); len(list) != cell.Count {
					t.Errorf("%s in %s: cell %d, list %d", row.Kind.Code, m.Columns[i].In, cell.Count, len(list))
				}
			}
		}
		if in == "" && (m.Total != len(items) || !m.Columns[0].Rest || len(m.Columns) != maxYears+1) {
			t.Errorf("all years: %d of %d items, %d columns", m.Total, len(items), len(m.Columns))
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	f := func(in string, want bool) {
		t.Helper()
		if got := spanOK(in); got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
	for _, in := range []string{"", "-", "2026", "202612", "20260228", "<2014"} {
		f(in, true)
	}
	for _, in := range []string{"x", "20a6", "202613", "20260230", "<20a4", "2026-1", "20261", strings.Repeat("9", 40)} {
		f(in, false)
	}
	if b, a := monthBefore(2026, 1), monthAfter(2026, 12); b != "202512" || a != "202701" {
		t.Error(b, a)
	}
}

func FuzzSelected(f *testing.F) {
	for _, in := range []string{"", "-", "2026", "202612", "20260228", "<2014", "\x00", "令和"} {
		f.Add("OMP-01", in)
	}
	items := []model.Item{item("OMP-01", "20261101", "", 0), item("OMP-01", "", "", 0), item("DOC", "99999999", "", 0)}
	f.Fuzz(func(t *testing.T, kind, in string) {
		if spanOK(in) && len(selected(items, kind, in, true)) > len(items) {
			t.Error("more than there are")
		}
	})
}

func TestFindRef_OnlyOfThisPatient(t *testing.T) {
	t.Parallel()
	c := &model.Chart{Items: []model.Item{item("OMP-01", "20261101", "", 2)}}
	ref, older := c.Items[0].Ref, c.Items[0].Older[1].Ref
	for _, name := range []string{ref.String(), shortRef(ref)} {
		if f, ok := findRef(c, name); !ok || f.Ref != ref || f.Older != nil {
			t.Errorf("%s: %+v %v", name, f, ok)
		}
	}
	if f, ok := findRef(c, shortRef(older)); !ok || f.Ref != older || f.Older == nil || f.Item != &c.Items[0] {
		t.Errorf("older: %+v %v", f, ok)
	}
	for _, name := range []string{"", "x", shortRef(model.Ref{Source: "s1", Item: "other"}), model.Ref{Source: "s2", Item: ref.Item}.String()} {
		if _, ok := findRef(c, name); ok {
			t.Errorf("%q was found", name)
		}
	}
}

// forty thousand items of one patient, as the limits of the issue say.
func BenchmarkMatrix_40000(b *testing.B) {
	items := make([]model.Item, 0, 40_000)
	for i := range cap(items) {
		items = append(items, item([]string{"OMP-01", "OML-11", "DOC", "ADT-00"}[i%4], fmt.Sprintf("%04d%02d%02d", 2006+i%20, 1+i%12, 1+i%28), "", 0))
	}
	q := matrixQuery{Today: "20261102", Kind: testKind, At: "/chart/p/1"}
	b.ReportAllocs()
	for b.Loop() {
		if m := q.matrix(items); m.Total != len(items) {
			b.Fatal(m.Total)
		}
	}
}

func BenchmarkFindRef_40000(b *testing.B) {
	c := &model.Chart{}
	for i := range 40_000 {
		c.Items = append(c.Items, model.Item{Ref: model.Ref{Source: "s1", Item: fmt.Sprintf("STD01/000/000/0000000001/20260101/OMP-01/%d", i)}})
	}
	name := shortRef(c.Items[39_999].Ref)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := findRef(c, name); !ok {
			b.Fatal("lost")
		}
	}
}

func TestTint_GrowsWithTheNumber(t *testing.T) {
	t.Parallel()
	var got []int
	for _, n := range []int{1, 2, 4, 5, 19, 20, 40_000} {
		got = append(got, tint(n))
	}
	if !slices.Equal(got, []int{1, 2, 2, 3, 3, 4, 4}) {
		t.Error(got)
	}
}
