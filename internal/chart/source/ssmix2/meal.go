package ssmix2

import (
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// meals takes the orders of all OMD, the newest start first.
func (r *reader) meals() []model.Meal {
	var out []model.Meal
	a := r.at()
	for _, f := range r.files {
		if f.Name.Kind != "OMD" {
			continue
		}
		for i := range f.View.Meals {
			m := &f.View.Meals[i]
			x := model.Meal{Life: m.Life, Notes: a.texts(m.Notes), Ordered: a.when(m.Order.At), By: a.person(m.Order.By), Origin: r.row(f.Name, m.Order.Number.From)}
			for _, d := range m.Diets {
				x.Diets = append(x.Diets, a.codes(d.Codes)...)
				x.At = append(x.At, a.codes(d.Service)...)
				if d.Segment == "ODT" { // a tray: ODT-1 is coded, its text the second part
					kind := a.text(d.Kind)
					if parts := strings.Split(kind.Show, "^"); len(parts) > 1 && parts[1] != "" {
						kind.Show, kind.Raw = parts[1], d.Kind.Raw
					}
					x.Texts = appendText(x.Texts, kind)
				}
				x.Texts = append(x.Texts, a.texts(d.Texts)...)
				x.Notes = append(x.Notes, a.texts(d.Notes)...)
			}
			for _, t := range m.Timings {
				if s := a.when(t.Start); s.Has() && (!x.Start.Has() || s.Stamp < x.Start.Stamp) {
					x.Start = s
				}
				if e := a.when(t.End); e.Has() && e.Stamp > x.End.Stamp {
					x.End = e
				}
				x.Texts = append(x.Texts, usages(a, &t)...)
			}
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b model.Meal) int {
		if c := strings.Compare(string(b.Start.Stamp), string(a.Start.Stamp)); c != 0 {
			return c
		}
		return strings.Compare(string(b.Ordered.Stamp), string(a.Ordered.Stamp))
	})
	r.eaten(out)
	return out
}

// eaten says which meals hold (rule meal.use: from the start to the end; one
// without an end holds until a later one begins, which no source states).
func (r *reader) eaten(list []model.Meal) {
	replaced := false
	for i := range list {
		m := &list[i]
		c := model.Computed[model.Usage]{Value: view.Undated, Rule: "meal.use"}
		from, ok := m.Start.Stamp.Day()
		to, ended := m.End.Stamp.Day()
		switch {
		case m.Life != view.Live:
			c = model.Computed[model.Usage]{Value: view.Stopped, OK: true, Rule: "meal.use.order"}
		case !ok:
			c.Doubts = []model.Note{{Code: "start.missing", Args: []string{m.Start.Raw}}}
		case r.want.Today < from:
			c.Value, c.OK = view.Before, true
		case ended && r.want.Today > to:
			c.Value, c.OK = view.Over, true
		case ended:
			c.Value, c.OK = view.InUse, true
		case replaced:
			c.Value, c.OK = view.OpenOld, true
			c.Doubts = []model.Note{{Code: "meal.later_one"}}
		default:
			c.Value, c.OK = view.Open, true
		}
		if m.Use = c; c.Value == view.InUse || c.Value == view.Open {
			replaced = true
		}
	}
}
