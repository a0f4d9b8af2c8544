package ssmix2

import (
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// drug makes one drug of a prescription.
func (r *reader) drug(o *view.MergedOrder, carried view.Carried) model.Drug {
	a, m := r.at(), o.Medication
	out := model.Drug{Life: m.Life, Kind: kindOfDrug(m), Name: a.coded(m.Drug), Dose: a.quantity(m.Least), Daily: a.quantity(m.Daily), Total: a.quantity(m.Dispensed),
		Notes: append(a.codes(m.Instructions), a.texts(m.Notes)...), Start: computed(a.pool, m.Start()), End: computed(a.pool, m.End()), Use: computed(a.pool, m.On(r.want.Today)),
		Rp: computed(a.pool, m.Rp()), Fits: computed(a.pool, m.TotalFits()),
		Order: a.str(o.Number), Ordered: a.when(m.Order.At), By: a.person(m.Order.By), Dept: a.dept(&m.Order), Inpatient: inpatient(m), Carried: carried,
		Doses: r.doses(o), Origin: r.row(o.File, m.Drug.From)}
	out.Rp.Value = a.str(out.Rp.Value)
	if most := a.quantity(m.Most); most.Has() && most.Show != out.Dose.Show {
		out.Dose.Show = m.Least.Number + "-" + most.Show
	}
	for i := range m.Timings {
		t := &m.Timings[i]
		out.Usage = append(out.Usage, usages(a, t)...)
		if d := a.quantity(t.Duration); d.Has() && !out.Days.Has() {
			out.Days = d
		}
		if n := a.text(t.Total); n.Has() && !out.Days.Has() {
			n.Code = "times"
			out.Days = n
		}
	}
	if len(m.Routes) > 0 {
		out.Route = routeOf(a, &m.Routes[0])
	}
	return out
}

func usages(a at, t *view.Timing) []model.Text {
	return appendText(a.codes(t.Patterns), a.text(t.Condition), a.text(t.Text))
}

// routeOf joins way, site and side of a route.
func routeOf(a at, r *view.Route) model.Text {
	out := a.coded(r.Way)
	for _, c := range []view.Coded{r.Site, r.Side, r.Device, r.Line} {
		if c.Display == "" {
			continue
		}
		if !out.Has() {
			out = a.coded(c)
			continue
		}
		out.Show += " " + c.Display
	}
	return out
}

func kindOfDrug(m *view.Medication) string {
	switch {
	case m.Kind.Code == "24":
		return "self_injection"
	case m.External():
		return "external"
	case m.AsNeeded():
		return "as_needed"
	case m.Kind.Code == "21":
		return "oral"
	}
	return ""
}

// inpatient reports whether an order is for the ward: ORC-29, or the category
// of the prescription.
func inpatient(m *view.Medication) bool {
	if m.Order.Class.Has() {
		return m.Order.Class.Code == "I"
	}
	return slices.ContainsFunc(m.Categories, func(c view.Coded) bool { return strings.HasPrefix(c.Code, "IH") })
}

// drugsWithoutOrder gives doses whose prescription is not there, a row for
// each: one record may be of several drugs.
func (r *reader) drugsWithoutOrder(file ssmix2.Name) []model.Drug {
	var out []model.Drug
	a := r.at()
	r.eachGiven(file, func(g *view.Administration, doses []model.Dose, carried view.Carried) {
		d := model.Drug{Life: g.Order.Life, Order: a.str(g.Order.Number.Text), Ordered: a.when(g.Order.At), By: a.person(g.Order.By), Dept: a.dept(&g.Order),
			Start: model.Computed[model.Day]{Rule: "drug.start.earliest"}, End: model.Computed[model.Day]{Rule: "drug.end.unknown"},
			Rp: model.Computed[string]{Rule: "rp.group"}, Fits: model.Computed[bool]{Rule: "drug.total"}, Carried: carried, Origin: model.Origin{Ref: r.ref(file)},
			Use: model.Computed[model.Usage]{Value: view.Undated, Rule: "drug.use", Doubts: []model.Note{{Code: "order.missing", Args: []string{r.pool.text(g.Order.Number.Text)}}}}}
		if len(doses) == 0 {
			out = append(out, d)
		}
		for i, x := range doses {
			d.Name, d.Dose, d.Doses, d.Carried = x.Drug, x.Amount, []model.Dose{x}, outcome(g.Doses[i].Outcome)
			out = append(out, d)
		}
	})
	return out
}

func (r *reader) injectionsWithoutOrder(file ssmix2.Name) []model.Injection {
	var out []model.Injection
	r.eachGiven(file, func(g *view.Administration, doses []model.Dose, carried view.Carried) {
		x := model.Injection{Life: g.Order.Life, Carried: carried, Doses: doses, Order: r.pool.text(g.Order.Number.Text), Ordered: r.at().when(g.Order.At), By: r.at().person(g.Order.By),
			Dept: r.at().dept(&g.Order), Use: model.Computed[model.Usage]{Value: view.Undated, Rule: "injection.use"},
			Doubts: []model.Note{{Code: "order.missing", Args: []string{r.pool.text(g.Order.Number.Text)}}}, Origin: model.Origin{Ref: r.ref(file)}}
		for _, d := range doses {
			x.Drugs = append(x.Drugs, model.Component{Name: d.Drug, Amount: d.Amount})
			if !x.Start.Has() {
				x.Start = d.At
			}
		}
		out = append(out, x)
	})
	return out
}

func (r *reader) eachGiven(file ssmix2.Name, do func(*view.Administration, []model.Dose, view.Carried)) {
	v := r.viewOf(file)
	if v == nil {
		return
	}
	for i := range v.Given {
		g := &v.Given[i]
		carried := view.Stated
		var doses []model.Dose
		for k := range g.Doses {
			doses = append(doses, r.dose(&g.Doses[k], file))
			if one := outcome(g.Doses[k].Outcome); k == 0 {
				carried = one
			} else if carried != one {
				carried = view.Mixed
			}
		}
		do(g, doses, carried)
	}
}

func outcome(o view.Outcome) view.Carried {
	switch o {
	case view.Given:
		return view.CarriedOut
	case view.Partial:
		return view.PartlyCarried
	case view.Refused:
		return view.WasRefused
	case view.NotGiven:
		return view.WasNotGiven
	}
	return view.Stated
}
