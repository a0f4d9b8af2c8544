package chart

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/web"
)

// labWidth is how many times of collection stand side by side, labHeight how
// many items below each other.
const (
	labWidth  = 6
	labHeight = 55
)

// LabsPage is results by item and time, those of the laboratory or vital signs.
type LabsPage struct {
	Head     Head
	State    State
	Places   []Link // laboratory, cultures, vital signs
	Groups   []string
	Group    string
	Abnormal bool
	Name     string
	Table    LabTable
	Newer    string
	Older    string
	Above    string // further items
	Below    string
	Action   string // of the filter
	Lines    string // of the choice for lines
	On       bool   // lines are switched on
	Vitals   bool
	Cultures int // results that stand on the page of cultures
}

// labPlaces are the three pages of results.
func labPlaces(p Printer, current string) []Link {
	var out []Link
	for _, name := range []string{"labs", "labs/cultures", "labs/vitals"} {
		l := Link{Name: p.T("chart.lab.place." + name), URL: p.at().page(name, nil)}
		if name == current {
			l.URL = ""
		}
		out = append(out, l)
	}
	return out
}

func (d *Desk) labsPage(c *web.Call, p *Patient) error {
	page := labsPage(c, p, p.Chart.Labs.Rows, "labs")
	page.State = StateOf(p.Print, model.Labs, p.Chart.Labs)
	for i := range p.Chart.Labs.Rows {
		if p.Chart.Labs.Rows[i].Culture {
			page.Cultures++
		}
	}
	return c.Render("chart.labs", page)
}

func (d *Desk) vitalsPage(c *web.Call, p *Patient) error {
	page := labsPage(c, p, p.Chart.Vitals.Rows, "labs/vitals")
	page.State, page.Vitals = StateOf(p.Print, model.Vitals, p.Chart.Vitals), true
	return c.Render("chart.labs", page)
}

func labsPage(c *web.Call, p *Patient, labs []model.Lab, place string) LabsPage {
	from, _ := strconv.Atoi(c.Query("from"))
	row, _ := strconv.Atoi(c.Query("row"))
	f := labFilter{Group: c.Query("group"), Abnormal: c.Query("abnormal") == "1", Name: clip(c.Query("name")), From: from, Width: labWidth, Row: row, Rows: labHeight}
	page := LabsPage{Head: p.Head, Places: labPlaces(p.Print, place), Groups: labGroups(labs), Group: f.Group, Abnormal: f.Abnormal, Name: f.Name, Table: labTable(labs, f, p.Print), On: p.Set.Trends.On}
	at := p.Print.at()
	page.Action, page.Lines = at.page(place, nil), at.page("labs/trend", nil)
	v := url.Values{}
	for name, value := range map[string]string{"group": f.Group, "name": f.Name, "abnormal": c.Query("abnormal")} {
		if value != "" {
			v.Set(name, value)
		}
	}
	to := func(from, row int) string {
		v.Set("from", strconv.Itoa(max(0, from)))
		v.Set("row", strconv.Itoa(max(0, row)))
		return at.page(place, v)
	}
	t := &page.Table
	if t.Newer > 0 {
		page.Newer = to(t.Newer-labWidth, t.Above)
	}
	if t.Older > 0 {
		page.Older = to(t.Newer+labWidth, t.Above)
	}
	if t.Above > 0 {
		page.Above = to(t.Newer, t.Above-labHeight)
	}
	if t.Below > 0 {
		page.Below = to(t.Newer, t.Above+labHeight)
	}
	return page
}

// maxTyped is the longest words of a search within a chart, in characters.
const maxTyped = 100

// clip bounds what somebody typed.
func clip(s string) string {
	if r := []rune(s); len(r) > maxTyped {
		return string(r[:maxTyped])
	}
	return s
}

// maxLines is how many items one page draws.
const maxLines = 8

// TrendPage is chosen items over time: a line each where lines are switched on,
// and always the table behind it.
type TrendPage struct {
	Head  Head
	On    bool
	Items []TrendItem
	More  int // chosen items beyond maxLines
	Newer string
	Back  string
}

// TrendItem is an item with its line and its results.
type TrendItem struct {
	ID    string
	Trend Trend
	Rows  []TrendRow
	Doubt []string
	Older int    // results that are left out
	More  string // where they are
	// Replaced: some results replaced earlier versions.
	Replaced bool
}

// TrendRow is a result as sent, and the number it was read as.
type TrendRow struct {
	At       Val
	Value    LabValue
	Unit     string
	Range    string
	Panel    string
	Read     Val // the number that stands in the line
	Earlier  []TrendEarlier
	Notes    []string
	Reported Val
}

// TrendEarlier is a version that a result replaced.
type TrendEarlier struct {
	Value LabValue
	At    Val
}

func (d *Desk) trendPage(c *web.Call, p *Patient) error {
	keys := c.R.URL.Query()["key"]
	if len(keys) == 0 {
		return fault.New(fault.Invalid, "chart.trend.nothing_chosen")
	}
	page := TrendPage{Head: p.Head, On: p.Set.Trends.On, Back: p.Print.at().page("labs", nil)}
	chosen := map[string][]*model.Lab{}
	var order []string
	for _, list := range [][]model.Lab{p.Chart.Labs.Rows, p.Chart.Vitals.Rows} {
		for i := range list {
			l := &list[i]
			key := shortKey(seriesKey(l))
			if l.Culture || !slices.Contains(keys, key) {
				continue
			}
			if chosen[key] == nil {
				order = append(order, key)
			}
			chosen[key] = append(chosen[key], l)
		}
	}
	if len(order) == 0 {
		return fault.New(fault.NotFound, "chart.trend.gone")
	}
	if len(order) > maxLines {
		page.More = len(order) - maxLines
		order = order[:maxLines]
	}
	from, _ := strconv.Atoi(c.Query("from"))
	if len(order) > 1 {
		from = 0
	}
	for _, key := range order {
		list := chosen[key]
		first := max(0, min(from, len(list)-1))
		last := min(len(list), first+max(trendLeast, trendRows/len(order)))
		item := trendItem(key, list[first:last], page.On, p.Print)
		alone := p.Print.at().page("labs/trend", url.Values{"key": {key}})
		if item.Older = len(list) - last; item.Older > 0 {
			item.More = alone + "&from=" + strconv.Itoa(last)
		}
		if first > 0 {
			page.Newer = alone + "&from=" + strconv.Itoa(max(0, first-trendRows))
		}
		page.Items = append(page.Items, item)
	}
	return c.Render("chart.trend", page)
}

// trendRows is how many results a page draws and lists, newest first, and
// trendLeast how many of each item at least.
const (
	trendRows  = 150
	trendLeast = 20
)

func trendItem(key string, labs []*model.Lab, on bool, p Printer) TrendItem {
	item := TrendItem{ID: key}
	if on {
		item.Trend = drawTrend(labs, p)
	} else {
		item.Trend = Trend{Name: labs[0].Item.Get().Show, Unit: labs[0].Unit.Get().Show, Specimen: labs[0].Specimen.Get().Show}
	}
	if item.Trend.Ranges > 1 {
		item.Doubt = append(item.Doubt, p.T("chart.trend.ranges", item.Trend.Ranges))
	}
	if n := len(item.Trend.Words); n > 0 {
		item.Doubt = append(item.Doubt, p.T("chart.trend.words", n))
	}
	if item.Trend.Odd > 0 {
		item.Doubt = append(item.Doubt, p.T("chart.trend.odd", item.Trend.Odd))
	}
	for _, l := range labs {
		row := TrendRow{At: p.When(l.Collected), Value: labValue(l, l.Range.Get().Show, p), Unit: l.Unit.Get().Show, Range: l.Range.Get().Show, Panel: l.Panel.Get().Show, Notes: texts(l.Notes), Reported: p.When(l.Reported)}
		if !gone(l) {
			row.Read = Computed(p, l.Key.Get(), keyShown)
		}
		for i := range l.Earlier {
			e := &l.Earlier[i]
			row.Earlier = append(row.Earlier, TrendEarlier{Value: labValue(e, e.Range.Get().Show, p), At: p.When(e.Reported)})
		}
		item.Replaced = item.Replaced || len(row.Earlier) > 0
		item.Rows = append(item.Rows, row)
	}
	return item
}
