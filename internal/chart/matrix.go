package chart

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

// maxYears is how many years stand side by side; what is older is one column.
const maxYears = 12

// Matrix is what is stored of a patient, by kind and time: a row for each kind
// in clinical order, a column for each year, month or day, the newest at the
// right. Making one takes one walk over the items.
type Matrix struct {
	In      string // "" years, YYYY its months, YYYYMM its days
	Undated bool   // some kinds have a column without a day
	Columns []MatrixColumn
	Rows    []MatrixRow
	Total   int // items in the cells
	Hidden  int // items and versions that the switch leaves out
	Absent  int // kinds with nothing in this period
}

// MatrixColumn is a span of time.
type MatrixColumn struct {
	In    string // the span, as Matrix.In; "-": without a day
	Label text.Msg
	Today bool
	Zoom  bool // a click on its head shows its parts
	Rest  bool // everything before the columns
	Count int
	URL   string // of its parts, or of what lies before
}

// MatrixRow is a kind.
type MatrixRow struct {
	Kind  source.Kind
	Name  string
	Shape string
	Cells []MatrixCell
	Count int
}

// MatrixCell is what is stored of one kind in one span of time. Count is 0
// where there is nothing.
type MatrixCell struct {
	Count int
	Mark  string // sign beside the number: of documents, of what has no valid version
	Tint  int    // 1 to 4 with the number, besides the number
	Today bool
	URL   string
	Old   int // of Count, what does not hold any more
}

// matrixQuery says what of the items a matrix shows.
type matrixQuery struct {
	In      string
	Until   int  // the last year of the columns of years; 0: the newest
	History bool // with deleted items and older versions
	Today   string
	Lang    text.Lang
	Kind    func(src, code string) source.Kind
	At      where
}

// span gives the column of a day in the matrix' zoom; "-" for what is no day.
func (q *matrixQuery) span(day string) string {
	if _, ok := view.ParseDay(day); !ok {
		return "-"
	}
	switch len(q.In) {
	case 4:
		return day[:6]
	case 6:
		return day
	}
	return day[:4]
}

// within reports whether a span (or day) lies in another, "" being all time.
func within(span, in string) bool { return len(span) >= len(in) && span[:len(in)] == in }

// standing reports whether an item is among what holds.
func holds(it *model.Item) bool { return it.Standing == model.Holds || it.Standing == model.Uncertain }

// matrix counts the items.
func (q *matrixQuery) matrix(items []model.Item) Matrix {
	m := Matrix{In: q.In}
	counts := map[string]map[string]*tally{}
	kinds := map[string]source.Kind{}
	first, last := q.Today[:4], q.Today[:4]
	for i := range items {
		it := &items[i]
		if !q.History {
			m.Hidden += len(it.Older)
			if !holds(it) {
				m.Hidden++
				continue
			}
		}
		if kinds[it.Kind].Code == "" {
			kinds[it.Kind] = q.Kind(it.Ref.Source, it.Kind)
			counts[it.Kind] = map[string]*tally{}
		}
		span := q.span(it.Day)
		if span == "-" && q.In != "" || span != "-" && !within(it.Day, q.In) {
			continue
		}
		if q.In == "" && span != "-" {
			first, last = min(first, span), max(last, span)
		}
		if counts[it.Kind][span] == nil {
			counts[it.Kind][span] = &tally{}
		}
		counts[it.Kind][span].add(it, q.History)
		m.Undated = m.Undated || span == "-"
	}
	m.Columns = q.columns(m.Undated, first, last)
	for code, kind := range kinds {
		if row := q.row(&m, kind, counts[code]); row.Count > 0 {
			m.Rows = append(m.Rows, row)
		} else {
			m.Absent++
		}
	}
	slices.SortFunc(m.Rows, func(a, b MatrixRow) int {
		return cmp.Or(cmp.Compare(a.Kind.Order, b.Kind.Order), cmp.Compare(a.Kind.Code, b.Kind.Code))
	})
	return m
}

// tally is what one cell counts.
type tally struct {
	count, old, uncertain int
	only                  *model.Item
}

func (t *tally) add(it *model.Item, history bool) {
	t.count++
	t.only = it
	if !holds(it) {
		t.old++
	}
	if it.Standing == model.Uncertain {
		t.uncertain++
	}
	if history {
		t.count += len(it.Older)
		t.old += len(it.Older)
	}
}

// columns lists the spans from left to right.
func (q *matrixQuery) columns(undated bool, first, last string) []MatrixColumn {
	switch len(q.In) {
	case 4:
		return q.months()
	case 6:
		return q.days()
	}
	var out []MatrixColumn
	if undated {
		out = append(out, MatrixColumn{In: "-", Label: text.M("chart.matrix.undated")})
	}
	from, _ := strconv.Atoi(first)
	to, _ := strconv.Atoi(last)
	if q.Until >= from && q.Until > 0 {
		to = min(to, q.Until)
	}
	if to-from >= maxYears {
		from = to - maxYears + 1
		out = append(out, MatrixColumn{In: fmt.Sprintf("<%04d", from), Label: text.M("chart.matrix.before", strconv.Itoa(from)), Rest: true})
	}
	for y := from; y <= to; y++ {
		span := fmt.Sprintf("%04d", y)
		out = append(out, MatrixColumn{In: span, Label: text.M("chart.matrix.year", span), Today: span == q.Today[:4], Zoom: true})
	}
	return out
}

func (q *matrixQuery) months() []MatrixColumn {
	var out []MatrixColumn
	for mon := 1; mon <= 12; mon++ {
		span := fmt.Sprintf("%s%02d", q.In, mon)
		out = append(out, MatrixColumn{In: span, Label: text.M("chart.matrix.month", strconv.Itoa(mon)), Today: span == q.Today[:6], Zoom: true})
	}
	return out
}

func (q *matrixQuery) days() []MatrixColumn {
	var out []MatrixColumn
	for d := 1; d <= 31; d++ {
		span := fmt.Sprintf("%s%02d", q.In, d)
		if _, ok := view.ParseDay(span); !ok {
			break
		}
		out = append(out, MatrixColumn{In: span, Label: text.Raw(strconv.Itoa(d)), Today: span == q.Today})
	}
	return out
}

// row fills the cells of a kind.
func (q *matrixQuery) row(m *Matrix, kind source.Kind, counts map[string]*tally) MatrixRow {
	row := MatrixRow{Kind: kind, Name: kindName(kind, q.Lang), Shape: kindShape(kind)}
	for i := range m.Columns {
		col := &m.Columns[i]
		t := counts[col.In]
		if col.Rest {
			t = rest(counts, col.In)
		}
		cell := MatrixCell{Today: col.Today}
		if t != nil {
			cell.Count, cell.Old, cell.Tint = t.count, t.old, tint(t.count)
			cell.Mark = row.Shape
			if t.uncertain > 0 {
				cell.Mark = "◆"
			}
			cell.URL = q.url(kind, col.In, t)
			row.Count += t.count
			col.Count += t.count
			m.Total += t.count
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

// rest sums up the years before the columns; before is "<2014".
func rest(counts map[string]*tally, before string) *tally {
	var sum *tally
	for span, t := range counts {
		if span == "-" || span >= before[1:] {
			continue
		}
		if sum == nil {
			sum = &tally{}
		}
		sum.count += t.count
		sum.old += t.old
		sum.uncertain += t.uncertain
		sum.only = t.only
	}
	return sum
}

// url leads to the one item of a cell, else to the list of the cell's items.
func (q *matrixQuery) url(kind source.Kind, in string, t *tally) string {
	if t.count == 1 {
		return q.At.item(t.only, kind.Document)
	}
	v := url.Values{"kind": {shortKey(kind.Code)}, "in": {in}}
	if q.History {
		v.Set("history", "1")
	}
	return q.At.page("items", v)
}

// tint grades a number: 1, to 4, to 19, more.
func tint(n int) int {
	switch {
	case n <= 1:
		return 1
	case n < 5:
		return 2
	case n < 20:
		return 3
	}
	return 4
}

// kindShape tells documents from messages without colour.
func kindShape(k source.Kind) string {
	if k.Document {
		return "■"
	}
	return "●"
}

func kindName(k source.Kind, lang text.Lang) string {
	name := k.Japanese
	if lang == text.EN {
		name = k.English
	}
	return cmp.Or(name, k.Japanese, k.English, k.Code)
}

// selected lists the items of a cell: of a kind ("" all) by its code or its
// short name, in a span ("" all time, "-" without a day, "<2014" before a year).
func selected(items []model.Item, kind, in string, history bool) []*model.Item {
	var out []*model.Item
	fits := map[string]bool{}
	for i := range items {
		it := &items[i]
		fit, known := fits[it.Kind]
		if !known {
			fit = kind == "" || it.Kind == kind || shortKey(it.Kind) == kind
			fits[it.Kind] = fit
		}
		if !fit || !history && !holds(it) {
			continue
		}
		_, dated := view.ParseDay(it.Day)
		switch {
		case in == "":
		case in == "-":
			if dated {
				continue
			}
		case in[0] == '<':
			if !dated || it.Day[:4] >= in[1:] {
				continue
			}
		case !dated || !within(it.Day, in):
			continue
		}
		out = append(out, it)
	}
	return out
}

// spanOK reports whether a span of a URL is one: nothing, a year, a month, a
// day, - or <year.
func spanOK(in string) bool {
	switch len(in) {
	case 0:
		return true
	case 1:
		return in == "-"
	case 5:
		return in[0] == '<' && digits(in[1:])
	case 4:
		return digits(in)
	case 6:
		_, ok := view.ParseDay(in + "01")
		return ok
	case 8:
		_, ok := view.ParseDay(in)
		return ok
	}
	return false
}
