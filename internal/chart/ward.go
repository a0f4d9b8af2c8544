package chart

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/ssmix2/view"
)

// WardPage is who lies on a ward, as a list and as a map of its beds.
type WardPage struct {
	Code, Name string
	Map        bool // the map of beds instead of the list
	Rows       []WardRow
	Rooms      []Room
	Other      []WardRow // without a bed
	Unread     int       // patients whose allergies were not read in time
	Progress   ProgressView
	Complete   bool
	AsOf       string
	ListURL    string
	MapURL     string
	Unwritten  bool
	Big        bool
	Prints     []Tab // what is printed for a ward, for who may
}

// PageTitle names the ward.
func (p WardPage) PageTitle() text.Msg { return text.M("chart.ward.title", p.Name) }

// WardRow is a patient on a ward.
type WardRow struct {
	HitRow
	Bed       string // room and bed
	Attending string
	Allergies string   // names, as far as they were read
	Allergy   web.Mark // why there are none, or that there are some
	Diet      string
	Doubt     bool // the messages of movements do not fit together
	room, bed string
}

// Room is a row of the map.
type Room struct {
	Name string
	Beds []BedTile
}

// BedTile is a bed of the map; without a patient nobody is known to lie there.
type BedTile struct {
	Bed string
	Row *WardRow
}

// wardMost is how many patients of a ward are read for allergies and diet.
const (
	wardMost    = 80
	wardWorkers = 8
	wardTime    = 1500 * time.Millisecond
)

func wardURL(code string) string { return "/chart/ward/" + url.PathEscape(code) }

func (d *Desk) wardPage(c *web.Call) error {
	code := c.Path("code")
	hits := d.index.Ward(code)
	progress := d.index.Progress()
	if len(hits) == 0 && progress.Phase == "ready" {
		return fault.New(fault.NotFound, "chart.ward.empty")
	}
	p := newPrinter(c, "")
	page := WardPage{Prints: wardPrints(c, p, code), Code: code, Name: code, Map: c.Query("view") == "map", Progress: p.progress(progress), Complete: progress.Phase == "ready",
		ListURL: wardURL(code), MapURL: wardURL(code) + "?view=map", Big: big(c)}
	page.AsOf, _ = d.until(p, c)
	ids := make([]string, 0, len(hits))
	for _, h := range hits {
		page.Rows = append(page.Rows, p.wardRow(h))
		if h.Bed != nil && h.Bed.WardName != "" {
			page.Name = h.Bed.WardName
		}
		ids = append(ids, h.ID)
	}
	slices.SortStableFunc(page.Rows, func(a, b WardRow) int {
		return cmp.Or(compareLabels(a.room, b.room), compareLabels(a.bed, b.bed), strings.Compare(a.ID, b.ID))
	})
	page.Unwritten = !d.note(c, "chart.ward", "", map[string]any{"ward": code, "patients": ids})
	page.Unread = d.readWard(c, p, page.Rows)
	page.Rooms, page.Other = rooms(page.Rows)
	return c.Render("chart.ward", page)
}

// wardPrints are the sheets of internal/chart/paper that wards ask for most.
func wardPrints(c *web.Call, p Printer, code string) (out []Tab) {
	if !c.Person.Can(right.Print) {
		return nil
	}
	for _, form := range []string{"drugs", "mar", "beds", "allergies", "meals"} {
		out = append(out, Tab{Name: p.T("chart.ward.print." + form), URL: "/paper/" + form + "?ward=" + url.QueryEscape(code)})
	}
	return append(out, Tab{Name: p.T("chart.ward.print.more"), URL: "/paper"})
}

func (p Printer) wardRow(h index.Hit) WardRow {
	row := WardRow{HitRow: p.hit(h)}
	if h.Bed != nil {
		row.room, row.bed, row.Attending, row.Doubt = h.Bed.Room, h.Bed.Bed, h.Bed.Attending, h.Bed.Doubt
	}
	row.Bed = strings.Trim(row.room+"-"+row.bed, "-")
	return row
}

// compareLabels puts room 2 before room 10.
func compareLabels(a, b string) int {
	x, err1 := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	if err1 == nil && err2 == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a, b)
}

// readWard reads allergies and diets of the rows, several at a time and only as
// long as a reader waits; it gives how many rows were left.
func (d *Desk) readWard(c *web.Call, p Printer, rows []WardRow) int {
	ctx, stop := context.WithTimeout(c.Ctx(), wardTime)
	defer stop()
	want := source.Want{Today: p.Today, Only: []model.Part{model.Allergies, model.Meals}}
	next := make(chan *WardRow)
	var wg sync.WaitGroup
	for range min(wardWorkers, len(rows)) {
		wg.Go(func() {
			for row := range next {
				row.Allergy = web.Mark{Level: web.Unclear, Say: text.M("chart.ward.unread")}
				if ctx.Err() != nil {
					continue
				}
				if chart, err := d.shelf.Read(ctx, row.ID, want); err == nil {
					p.fillRow(row, chart)
				}
			}
		})
	}
	for i := range rows {
		if i >= wardMost {
			rows[i].Allergy = web.Mark{Level: web.Unclear, Say: text.M("chart.ward.unread")}
			continue
		}
		next <- &rows[i]
	}
	close(next)
	wg.Wait()
	left := 0
	for i := range rows {
		if rows[i].Allergy.Say.Key == "chart.ward.unread" {
			left++
		}
	}
	return left
}

func (p Printer) fillRow(row *WardRow, chart *model.Chart) {
	band := p.allergies(chart.Allergies)
	var names []string
	for _, i := range band.Items {
		names = append(names, i.Name)
	}
	if band.More > 0 {
		names = append(names, p.T("chart.more.short", band.More))
	}
	row.Allergies = strings.Join(names, p.T("chart.join"))
	switch {
	case len(names) > 0:
		row.Allergy = web.Mark{Level: web.Danger, Say: text.M("chart.ward.allergy")}
	case band.State.Say != "":
		row.Allergy = band.State.Mark
	default: // rows, of which none holds
		row.Allergy = web.Mark{Level: web.Nothing, Say: text.M("chart.ward.allergy.none_live")}
	}
	for i := range chart.Meals.Rows {
		m := &chart.Meals.Rows[i]
		if m.Life == view.Live && m.Use.Value != view.Over {
			row.Diet = p.Join(m.Diets)
			return
		}
	}
	if chart.Meals.State != model.Some {
		row.Diet = p.T("chart.state." + string(cmp.Or(chart.Meals.State, model.Unknown)))
	}
}

// rooms makes the map: for every room the beds that are named in any room of the
// ward. A bed without a patient is one where nobody is known to lie.
func rooms(rows []WardRow) (out []Room, other []WardRow) {
	var labels []string
	for i := range rows {
		if rows[i].bed != "" && !slices.Contains(labels, rows[i].bed) {
			labels = append(labels, rows[i].bed)
		}
	}
	slices.SortFunc(labels, compareLabels)
	for i := range rows {
		row := &rows[i]
		if row.room == "" && row.bed == "" {
			other = append(other, *row)
			continue
		}
		if n := len(out); n == 0 || out[n-1].Name != row.room {
			r := Room{Name: row.room}
			for _, label := range labels {
				r.Beds = append(r.Beds, BedTile{Bed: label})
			}
			out = append(out, r)
		}
		beds := &out[len(out)-1].Beds
		at := slices.IndexFunc(*beds, func(b BedTile) bool { return b.Bed == row.bed && b.Row == nil })
		if at < 0 { // two patients in one bed, or a room without a bed
			*beds, at = append(*beds, BedTile{Bed: row.bed}), len(*beds)
		}
		(*beds)[at].Row = row
	}
	for i := range out { // beds at the end that this room may not have
		out[i].Beds = slices.DeleteFunc(out[i].Beds, func(b BedTile) bool { return b.Row == nil && len(labels) > 8 })
	}
	return out, other
}
