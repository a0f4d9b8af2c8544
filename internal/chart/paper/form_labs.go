package paper

import (
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
	"github.com/torideproject/toride/ssmix2/view"
)

// sets is how many times of collection stand side by side.
const (
	summarySets = 3
	labSets     = 5
)

// labRow is one item of a table of results: the same item in the same unit.
type labRow struct {
	item, unit, span string
	values           map[model.Stamp]page.Cell
}

// labTable arranges results as items by times of collection.
type labTable struct {
	times []model.Stamp // newest first
	rows  []*labRow
}

// arrange puts results into rows of the same item, specimen and unit. Nothing
// is merged over units, and results at the same time stand one under the other.
func (p *pen) arrange(list []model.Lab) labTable {
	var t labTable
	rows := map[[4]string]*labRow{}
	for i := range list {
		l := &list[i]
		if !slices.Contains(t.times, l.Collected.Stamp) {
			t.times = append(t.times, l.Collected.Stamp)
		}
		key := [4]string{first(l.Item.Get().Code, l.Item.Get().Show), l.Item.Get().Show, l.Specimen.Get().Show, l.Unit.Get().Show}
		r := rows[key]
		if r == nil {
			r = &labRow{item: first(l.Item.Get().Show, l.Item.Get().Code, p.t("unnamed")), unit: l.Unit.Get().Show, span: l.Range.Get().Show, values: map[model.Stamp]page.Cell{}}
			rows[key] = r
			t.rows = append(t.rows, r)
		}
		r.span = first(r.span, l.Range.Get().Show)
		r.values[l.Collected.Stamp] = append(r.values[l.Collected.Stamp], p.labValue(l)...)
	}
	slices.SortFunc(t.times, func(a, b model.Stamp) int { return strings.Compare(string(b), string(a)) })
	return t
}

// labValue prints a result with its flag as a letter, and says what it is not:
// final, or right.
func (p *pen) labValue(l *model.Lab) page.Cell {
	words := first(shows(l.Values, " "), p.t("unstated"))
	switch l.Stage {
	case view.Withdrawn:
		return page.S(p.t("lab.withdrawn"))
	case view.Ordered, view.Pending, view.Impossible:
		words = p.t("lab." + string(l.Stage))
	}
	out := page.Cell{{Text: words}}
	if f := l.Flag.Get(); f.OK && f.Value != "" && f.Value != "N" {
		out[0].Text, out[0].Bold = words+" "+f.Value, true
		if f.Rule != "flag.sent" {
			out = append(out, page.Span{Text: p.t("lab.flag.computed"), Size: page.Small})
		}
	}
	if l.Stage == view.Preliminary || l.Stage == view.Unsaid || l.Stage == view.Corrected {
		out = append(out, page.Span{Text: p.t("lab." + string(l.Stage)), Size: page.Small})
	}
	return out.And(page.S(texts(l.Notes)...))
}

// labBlocks prints a table of results in pieces of some times each.
func (p *pen) labBlocks(t labTable, wide int) (out []page.Block) {
	for at := 0; at < len(t.times); at += wide {
		times := t.times[at:min(at+wide, len(t.times))]
		table := page.Table{Columns: []page.Column{{Title: p.t("col.item"), Width: 40}, {Title: p.t("col.unit"), Width: 20}, {Title: p.t("col.range"), Width: 22}}}
		for _, s := range times {
			table.Columns = append(table.Columns, page.Column{Title: first(p.short(s), p.t("time.none")), Width: 20})
		}
		for _, r := range t.rows {
			row := page.Row{Cells: []page.Cell{page.C(r.item), page.S(r.unit), page.S(r.span)}}
			any := false
			for _, s := range times {
				row.Cells = append(row.Cells, r.values[s])
				any = any || len(r.values[s]) > 0
			}
			if any {
				table.Rows = append(table.Rows, row)
			}
		}
		out = append(out, table)
	}
	return out
}

// labsForm is the results of the last days, and how many older ones there are.
func labsForm(p *pen, who *subject) *page.Sheet {
	s := p.form("labs", "reference", who)
	if who.chart == nil {
		return s
	}
	n := p.opt.Days
	if n <= 0 {
		n = 7
	}
	from := p.since(time.Duration(n) * 24 * time.Hour)
	var list, cultures []model.Lab
	older := 0
	for _, l := range who.chart.Labs.Rows {
		switch {
		case l.Collected.Stamp != "" && l.Collected.Stamp < from[:min(len(from), len(l.Collected.Stamp))]:
			older++
		case l.Culture:
			cultures = append(cultures, l)
		default:
			list = append(list, l)
		}
	}
	s.Blocks = append(s.Blocks, why(p, who.chart.Labs, "labs")...)
	s.Blocks = append(s.Blocks, page.Heading{Text: p.t("labs.from", n, p.stamp(from[:12])), Note: p.t("labs.note")})
	if len(list) > 0 {
		s.Blocks = append(s.Blocks, p.labBlocks(p.arrange(list), labSets)...)
	} else if len(who.chart.Labs.Rows) > 0 && len(cultures) == 0 {
		s.Blocks = append(s.Blocks, page.Say(p.t("labs.none")))
	}
	s.Blocks = append(s.Blocks, p.cultures(cultures)...)
	if older > 0 {
		s.Blocks = append(s.Blocks, page.Text{Cell: page.C(p.t("labs.older", older)), Frame: page.Thin})
	}
	return s
}

// cultures prints microbiology as it was sent, line by line.
func (p *pen) cultures(list []model.Lab) []page.Block {
	if len(list) == 0 {
		return nil
	}
	t := page.Table{Columns: []page.Column{{Title: p.t("col.collected"), Width: 32}, {Title: p.t("col.specimen"), Width: 40}, {Title: p.t("col.item"), Width: 50}, {Title: p.t("col.result"), Width: 60}}}
	for i := range list {
		l := &list[i]
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{page.S(first(p.when(l.Collected), p.t("time.none"))), page.S(l.Specimen.Get().Show, l.Panel.Get().Show), page.C(first(l.Item.Get().Show, l.Item.Get().Code)), p.labValue(l).And(page.S(l.Unit.Get().Show))}})
	}
	return []page.Block{page.Heading{Text: p.t("labs.cultures")}, t}
}

// summaryLabs are the results of the newest three times of collection.
func (p *pen) summaryLabs(c *model.Chart) []page.Block {
	out := []page.Block{page.Heading{Text: p.t("labs.last"), Note: p.t("labs.note")}}
	out = append(out, why(p, c.Labs, "labs")...)
	var times []model.Stamp
	for _, l := range c.Labs.Rows {
		if !slices.Contains(times, l.Collected.Stamp) {
			times = append(times, l.Collected.Stamp)
		}
	}
	slices.SortFunc(times, func(a, b model.Stamp) int { return strings.Compare(string(b), string(a)) })
	times = times[:min(len(times), summarySets)]
	var list []model.Lab
	for _, l := range c.Labs.Rows {
		if slices.Contains(times, l.Collected.Stamp) {
			list = append(list, l)
		}
	}
	if len(list) == 0 {
		return out
	}
	out = append(out, p.labPairs(p.arrange(list)))
	if n := len(c.Labs.Rows) - len(list); n > 0 {
		out = append(out, page.Text{Cell: page.S(p.t("labs.older", n))})
	}
	return out
}

// labPairs prints results in two halves side by side, the unit under the item.
func (p *pen) labPairs(t labTable) page.Table {
	out := page.Table{}
	half := (len(t.rows) + 1) / 2
	for range 2 {
		out.Columns = append(out.Columns, page.Column{Title: p.t("col.item_unit"), Width: 34})
		for _, s := range t.times {
			out.Columns = append(out.Columns, page.Column{Title: first(p.short(s), p.t("time.none")), Width: 19})
		}
	}
	for i := range half {
		row := page.Row{}
		for _, at := range []int{i, i + half} {
			if at >= len(t.rows) {
				continue
			}
			r := t.rows[at]
			row.Cells = append(row.Cells, page.Cell{{Text: joined(r.item, r.unit), Size: page.Small}})
			for _, s := range t.times {
				row.Cells = append(row.Cells, r.values[s])
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
