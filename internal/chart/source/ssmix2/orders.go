package ssmix2

import (
	"cmp"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// orders compares all orders with what was recorded for them, and makes the
// prescriptions, injections and orders of tests.
func (r *reader) orders() {
	all := view.Orders(r.files)
	var drugs []model.Drug
	var injections []model.Injection
	var tests []model.Order
	for i := range all.Orders {
		o := &all.Orders[i]
		carried := o.Carried
		if carried == view.Unrecorded && !slices.Contains(all.Recorded, recordsOf(o.Kind)) {
			carried = "" // nothing of the type was read at all: that says nothing of the order
		}
		switch {
		case o.Panel != nil:
			tests = append(tests, r.order(o, carried))
		case o.Kind == "OMP-02":
			injections = append(injections, r.injection(o, carried))
		default:
			drugs = append(drugs, r.drug(o, carried))
		}
	}
	for _, name := range all.Unmatched {
		switch name.Kind {
		case "OMP-11":
			drugs = append(drugs, r.drugsWithoutOrder(name)...)
		case "OMP-12":
			injections = append(injections, r.injectionsWithoutOrder(name)...)
		}
	}
	drugs = model.SortRows(drugs, func(a, b *model.Drug) int {
		return cmp.Or(strings.Compare(string(b.Ordered.Stamp), string(a.Ordered.Stamp)), strings.Compare(b.Order, a.Order))
	})
	injections = model.SortRows(injections, func(a, b *model.Injection) int {
		return cmp.Or(strings.Compare(string(b.Start.Stamp), string(a.Start.Stamp)), strings.Compare(b.Order, a.Order))
	})
	tests = model.SortRows(tests, func(a, b *model.Order) int { return strings.Compare(string(b.Ordered.Stamp), string(a.Ordered.Stamp)) })
	c, need := r.chart, r.want.Needs
	if need(model.Drugs) {
		c.Drugs = list(r, drugs, feeding(model.Drugs))
	}
	if need(model.Injections) {
		c.Injections = list(r, injections, feeding(model.Injections))
	}
	if need(model.Orders) {
		c.Orders = list(r, tests, []string{"OML-01", "OMG-01", "OMG-02", "OMG-03"})
	}
}

// recordsOf is the type that records what a type orders.
func recordsOf(kind string) string { return kind[:len(kind)-2] + "1" + kind[len(kind)-1:] }

func (r *reader) dose(d *view.Dose, file ssmix2.Name) model.Dose {
	a := r.at()
	out := model.Dose{Life: d.Life, Outcome: string(d.Outcome), At: a.when(d.Start), Drug: a.coded(d.Drug), Amount: a.quantity(d.Amount), By: a.person(d.By),
		Notes: append(a.codes(d.Remarks), a.codes(d.Refusal)...), Origin: r.row(file, d.Drug.From)}
	return out
}

// doses gives the doses of an order, each with the file that it stands in.
func (r *reader) doses(o *view.MergedOrder) []model.Dose {
	var out []model.Dose
	for _, d := range o.Doses {
		out = append(out, r.dose(d, r.fileOf(o.Records, d)))
	}
	return out
}

// fileOf finds the record that a dose stands in.
func (r *reader) fileOf(records []ssmix2.Name, d *view.Dose) ssmix2.Name {
	for _, name := range records {
		v := r.viewOf(name)
		if v == nil {
			continue
		}
		for i := range v.Given {
			for k := range v.Given[i].Doses {
				if &v.Given[i].Doses[k] == d {
					return name
				}
			}
		}
	}
	return ssmix2.Name{}
}

func (r *reader) viewOf(name ssmix2.Name) *view.View {
	if i, ok := r.of[name]; ok {
		return r.jobs[i].view
	}
	return nil
}

// order makes an order of tests or an examination.
func (r *reader) order(o *view.MergedOrder, carried view.Carried) model.Order {
	a, p := r.at(), o.Panel
	out := model.Order{Life: p.Life, Kind: o.Kind, Title: a.coded(p.Code), Number: a.str(o.Number), Ordered: a.when(p.Order.At), Planned: a.when(p.Planned),
		By: a.person(p.Order.By), Dept: a.dept(&p.Order), Carried: carried, Results: o.Results, Notes: appendText(a.texts(p.Notes), a.text(p.Clinical)),
		Doubts: r.pool.notes(o.Doubts), Origin: r.row(o.File, p.Code.From)}
	if !out.Planned.Has() {
		for _, t := range p.Timings {
			if t.Start.Has() && !out.Planned.Has() {
				out.Planned = a.when(t.Start)
			}
		}
	}
	if !out.Planned.Has() {
		out.Planned = a.when(p.Start)
	}
	for i := range p.Results {
		if x := &p.Results[i]; x.Stage == view.Ordered || x.Stage == view.Unsaid {
			part := a.coded(x.Item)
			if v := x.Show(); v != "" {
				part.Show += " " + v
			}
			out.Parts = appendText(out.Parts, part)
		}
	}
	for _, name := range o.Records {
		out.Records = append(out.Records, r.ref(name))
	}
	return out
}
