package chart

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

// LabTable is results by item and time of collection, newest left. Making one
// takes one walk over the results; the page shows a window of the columns.
type LabTable struct {
	Columns []LabColumn
	Groups  []LabGroup
	Past    []LabRow // items without a result in this window, with their newest one
	Newer   int      // columns left of the window
	Older   int      // columns right of it
	Results int      // that fit the filter, in all columns
	Above   int      // items before those shown
	Below   int      // behind them
}

// LabColumn is one time of collection.
type LabColumn struct {
	Stamp model.Stamp
	Year  string
	Day   string
	Time  string
}

// LabGroup is a panel with its items.
type LabGroup struct {
	Name string
	Rows []LabRow
}

// LabRow is an item in one unit of one specimen.
type LabRow struct {
	ID       string // of its series in a URL
	Name     string
	Specimen string
	Unit     string
	Range    string // of the newest result; a cell says where its own differs
	Numbers  bool   // some results are numbers: a line can be drawn
	URL      string
	Cells    []LabCell
	Newest   LabCell // of Past rows
	At       string  // its time
	group    string
}

// LabCell is the results of an item at one time; two orders give two.
type LabCell []LabValue

// LabValue is one result as a table shows it.
type LabValue struct {
	Show    string
	Flag    LabFlag
	Stage   text.Msg // preliminary, corrected, withdrawn …; zero: final
	Gone    bool     // withdrawn, deleted, mistaken: its value is not shown
	Range   string   // where it differs from the row's
	Earlier int      // versions before
	Notes   int
	URL     string
}

// LabFlag is the sender's flag, or one computed from the range.
type LabFlag struct {
	Letter   string
	Shape    string // tells it besides the letter
	Level    string // danger, warn, "" (normal or none)
	Computed bool
	Sir      bool // S, I, R and the like of a susceptibility
}

// flagOf reads a flag for showing.
func flagOf(l *model.Lab) LabFlag {
	f := LabFlag{Letter: l.Flag.Get().Value, Computed: l.Flag.Get().OK && l.Flag.Get().Rule != "flag.sent"}
	if !l.Flag.Get().OK {
		return LabFlag{}
	}
	switch strings.ToUpper(f.Letter) {
	case "N", "":
		return LabFlag{}
	case "H", ">":
		f.Shape, f.Level = "▲", "warn"
	case "L", "<":
		f.Shape, f.Level = "▼", "warn"
	case "HH":
		f.Shape, f.Level = "▲▲", "danger"
	case "LL":
		f.Shape, f.Level = "▼▼", "danger"
	case "AA":
		f.Shape, f.Level = "◆◆", "danger"
	case "S", "MS", "VS", "I", "R", "IND":
		f.Sir = true
	default:
		f.Shape, f.Level = "◆", "warn"
	}
	return f
}

// stageOf says how final a result is; final says nothing.
func stageOf(s view.Stage) text.Msg {
	switch s {
	case view.Final, "":
		return text.Msg{}
	}
	return text.M("chart.rec.stage." + string(s))
}

// gone reports whether a result holds no more.
func gone(l *model.Lab) bool {
	return l.Stage == view.Withdrawn || l.Life != view.Live && l.Life != ""
}

// labFilter says which results a table shows.
type labFilter struct {
	Group    string // a panel's name; "" all
	Abnormal bool   // only items with a flag in some result
	Name     string // part of the item's name
	From     int    // the first column
	Width    int    // how many columns
	Row      int    // the first item
	Rows     int    // how many items; 0: all
}

// fold makes names comparable: width, case and kana are one.
func fold(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'ァ' && r <= 'ヶ':
			return r - 0x60
		case r == ' ' || r == '　':
			return -1
		}
		return r
	}, s)
}

// groups lists the panels of results in the order in which they appear.
func labGroups(labs []model.Lab) []string {
	var out []string
	seen := map[string]bool{}
	for i := range labs {
		if g := labs[i].Panel.Get().Show; g != "" && !seen[g] && !labs[i].Culture {
			seen[g] = true
			out = append(out, g)
		}
	}
	return out
}

// labTable arranges results that are no cultures.
func labTable(labs []model.Lab, f labFilter, p Printer) LabTable {
	rows, order := f.rows(labs)
	var t LabTable
	columns := map[model.Stamp]bool{}
	for _, key := range order {
		for _, l := range rows[key] {
			columns[l.Collected.Stamp] = true
			t.Results++
		}
	}
	stamps := make([]model.Stamp, 0, len(columns))
	for s := range columns {
		stamps = append(stamps, s)
	}
	slices.SortFunc(stamps, func(a, b model.Stamp) int { return cmp.Compare(b, a) }) // "" comes last
	from := max(0, min(f.From, len(stamps)-1))
	to := min(len(stamps), from+f.Width)
	t.Newer, t.Older = from, len(stamps)-to
	place := map[model.Stamp]int{}
	for i, s := range stamps[from:to] {
		place[s] = i
		t.Columns = append(t.Columns, labColumn(s, p))
	}
	if f.Rows > 0 {
		first := max(0, min(f.Row, len(order)-1))
		last := min(len(order), first+f.Rows)
		t.Above, t.Below = first, len(order)-last
		order = order[first:last]
	}
	for _, key := range order {
		row := labRow(key, rows[key], place, p)
		if row.Cells == nil {
			t.Past = append(t.Past, row)
			continue
		}
		t.group(row)
	}
	return t
}

// rows collects the results of each item, in the order in which items appear.
func (f *labFilter) rows(labs []model.Lab) (map[string][]*model.Lab, []string) {
	rows := map[string][]*model.Lab{}
	var order []string
	name, flagged := fold(f.Name), map[string]bool{}
	for i := range labs {
		l := &labs[i]
		if l.Culture || f.Group != "" && l.Panel.Get().Show != f.Group || name != "" && !strings.Contains(fold(l.Item.Get().Show), name) {
			continue
		}
		key := seriesKey(l)
		if rows[key] == nil {
			order = append(order, key)
		}
		rows[key] = append(rows[key], l)
		if flagOf(l).Level != "" {
			flagged[key] = true
		}
	}
	if f.Abnormal {
		order = slices.DeleteFunc(order, func(key string) bool { return !flagged[key] })
	}
	return rows, order
}

func labColumn(s model.Stamp, p Printer) LabColumn {
	c := LabColumn{Stamp: s}
	if day, ok := s.Day(); ok {
		c.Year, c.Day = string(s[:4]), p.Day(day)
		c.Time = strings.TrimSpace(strings.TrimPrefix(p.Stamp(s), c.Day))
		return c
	}
	c.Day = p.Stamp(s)
	return c
}

// labRow fills the cells of an item; without any in the window it keeps the
// newest result instead.
func labRow(key string, labs []*model.Lab, place map[model.Stamp]int, p Printer) LabRow {
	newest := labs[0]
	row := LabRow{ID: shortKey(key), Name: newest.Item.Get().Show, Specimen: newest.Specimen.Get().Show, Unit: newest.Unit.Get().Show, Range: newest.Range.Get().Show, group: newest.Panel.Get().Show}
	row.URL = p.at().page("labs/trend", url.Values{"key": {row.ID}})
	for _, l := range labs {
		row.Numbers = row.Numbers || l.Key.Get().OK && l.Key.Get().Value.Class == view.Numeric
		i, ok := place[l.Collected.Stamp]
		if !ok {
			continue
		}
		if row.Cells == nil {
			row.Cells = make([]LabCell, len(place))
		}
		row.Cells[i] = append(row.Cells[i], labValue(l, row.Range, p))
	}
	if row.Cells == nil {
		row.Newest, row.At = LabCell{labValue(newest, row.Range, p)}, p.When(newest.Collected).Show
	}
	return row
}

func labValue(l *model.Lab, rowRange string, p Printer) LabValue {
	v := LabValue{Show: valueShown(l), Flag: flagOf(l), Stage: stageOf(l.Stage), Gone: gone(l), Earlier: len(l.Earlier), Notes: len(l.Notes), URL: p.at().original(labOrigin(l))}
	if l.Range.Get().Show != rowRange {
		v.Range = l.Range.Get().Show
	}
	if v.Gone {
		// It may be somebody else's: only that there was one is said.
		v.Show, v.Flag, v.Range = p.T("chart.lab.hidden"), LabFlag{}, ""
		if v.Stage.Zero() {
			v.Stage = text.M("chart.life." + string(l.Life))
		}
	}
	return v
}

// group puts a row below the panel of its newest result.
func (t *LabTable) group(row LabRow) {
	for i := range t.Groups {
		if t.Groups[i].Name == row.group {
			t.Groups[i].Rows = append(t.Groups[i].Rows, row)
			return
		}
	}
	t.Groups = append(t.Groups, LabGroup{Name: row.group, Rows: []LabRow{row}})
}

// labOrigin is where a result stands: its value's place, else its own.
func labOrigin(l *model.Lab) model.Origin {
	for _, v := range l.Values {
		if v.Origin != nil {
			return v.Origin.Within(l.Origin)
		}
	}
	return l.Origin
}
