package ssmix2

import (
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// openInjection is how many days an injection without an end counts as possibly
// running. No source states a span: it is long enough for a drip that nobody
// closed over a weekend.
const openInjection = 7

func (r *reader) injection(o *view.MergedOrder, carried view.Carried) model.Injection {
	a, m := r.at(), o.Medication
	out := model.Injection{Life: m.Life, Kind: a.coded(m.Kind), Volume: a.quantity(m.Least), Rate: a.quantity(m.Rate), Usage: a.codes(m.Instructions),
		Notes: a.texts(m.Notes), Carried: carried, Doses: r.doses(o), Order: a.str(o.Number), Ordered: a.when(m.Order.At), By: a.person(m.Order.By),
		Dept: a.dept(&m.Order), Doubts: r.pool.notes(o.Doubts), Origin: r.row(o.File, m.Drug.From)}
	if !out.Kind.Has() {
		out.Kind = a.coded(m.Drug)
	}
	if out.Rate.Has() && m.Per.Has() && m.Rate.Unit.Display == "" {
		out.Rate.Show += " / " + m.Per.Text
	}
	for _, c := range m.Components {
		out.Drugs = append(out.Drugs, model.Component{Name: a.coded(c.Drug), Amount: a.quantity(c.Amount), Role: roleOf(a, c.Role)})
		out.Notes = append(out.Notes, a.texts(c.Notes)...)
	}
	if len(out.Drugs) == 0 {
		out.Drugs = []model.Component{{Name: a.coded(m.Drug), Amount: a.quantity(m.Least)}}
	}
	for i := range m.Timings {
		t := &m.Timings[i]
		out.Usage = append(out.Usage, usages(a, t)...)
		if s := a.when(t.Start); s.Has() && (!out.Start.Has() || s.Stamp < out.Start.Stamp) {
			out.Start = s
		}
		if e := a.when(t.End); e.Has() && e.Stamp > out.End.Stamp {
			out.End = e
		}
	}
	if len(m.Routes) > 0 {
		out.Route = routeOf(a, &m.Routes[0])
	}
	out.Use = useOf(m.Life, out.Start, out.End, r.want.Today)
	return out
}

func roleOf(a at, t view.Text) model.Text {
	out := a.text(t)
	out.Code = a.str(t.Text)
	return out
}

// useOf says whether an injection runs on a day (rule injection.use: from the
// day of its start to the day of its end; without an end, openInjection days).
func useOf(life view.Life, start, end model.When, today model.Day) model.Computed[model.Usage] {
	c := model.Computed[model.Usage]{Value: view.Undated, Rule: "injection.use"}
	if life != view.Live {
		return model.Computed[model.Usage]{Value: view.Stopped, OK: true, Rule: "injection.use.order"}
	}
	from, ok := start.Stamp.Day()
	if !ok {
		c.Doubts = []model.Note{{Code: "start.missing", Args: []string{start.Raw}}}
		return c
	}
	c.OK = true
	to, ended := end.Stamp.Day()
	switch {
	case today < from:
		c.Value = view.Before
	case ended && today <= to:
		c.Value = view.InUse
	case ended:
		c.Value = view.Over
	case today-from < openInjection:
		c.Value = view.Open
	default:
		c.Value = view.Over
	}
	if !ended {
		c.Doubts = []model.Note{{Code: "injection.no_end"}}
	}
	return c
}
