package ssmix2

import (
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2/view"
)

// fill makes the parts of the chart that are wanted.
func (r *reader) fill() {
	c, need := r.chart, r.want.Needs
	c.Items = r.namesOfItems()
	if need(source.Person) {
		r.person()
	}
	if need(source.Allergies) {
		r.allergies()
	}
	if need(source.Problems) {
		c.Problems = list(r, r.problems(), feeding(source.Problems))
	}
	if need(source.Stays) {
		r.stays()
	}
	if need(source.Drugs) || need(source.Injections) || need(source.Orders) {
		r.orders()
	}
	if need(source.Labs) {
		c.Labs = list(r, r.labs(), feeding(source.Labs))
	}
	if need(source.Vitals) {
		r.vitals()
	}
	if need(source.Infections) {
		r.infections()
	}
	if need(source.Meals) {
		c.Meals = list(r, r.meals(), feeding(source.Meals))
	}
	if need(source.Reports) {
		c.Reports = list(r, r.reports(), feeding(source.Reports))
	}
}

// absent fills the chart of a patient whom the store does not have: its lists
// say whether the copy has their kinds at all.
func (r *reader) absent() {
	c := r.chart
	c.Allergies = wanted[model.Allergy](r, source.Allergies)
	c.Infections = wanted[model.Infection](r, source.Infections)
	c.Problems = wanted[model.Problem](r, source.Problems)
	c.Drugs = wanted[model.Drug](r, source.Drugs)
	c.Injections = wanted[model.Injection](r, source.Injections)
	c.Labs = wanted[model.Lab](r, source.Labs)
	c.Vitals = wanted[model.Lab](r, source.Vitals)
	c.Stays = wanted[model.Stay](r, source.Stays)
	c.Visits = wanted[model.Event](r, source.Stays)
	c.Planned = wanted[model.Event](r, source.Stays)
	c.Meals = wanted[model.Meal](r, source.Meals)
	c.Orders = wanted[model.Order](r, source.Orders)
	c.Reports = wanted[model.Report](r, source.Reports)
}

func wanted[T any](r *reader, p source.Part) model.List[T] {
	if !r.want.Needs(p) {
		return model.List[T]{}
	}
	return list[T](r, nil, feeding(p))
}

// newest is the file of a type that was sent last; ok is false if there is none.
func (r *reader) newestOf(kind string) (view.File, bool) {
	var out view.File
	for _, f := range r.files {
		if f.Name.Kind == kind && f.View.Life == view.Live && (out.View == nil || f.Name.Sent > out.Name.Sent) {
			out = f
		}
	}
	return out, out.View != nil
}
