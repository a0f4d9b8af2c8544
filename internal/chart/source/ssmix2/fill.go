package ssmix2

import (
	"runtime"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// fill makes the parts of the chart that are wanted, and lets others go first
// between those that take longest.
func (r *reader) fill() {
	c, need := r.chart, r.want.Needs
	c.Items = r.namesOfItems()
	if need(model.Who) {
		r.person()
	}
	if need(model.Allergies) {
		r.allergies()
	}
	if need(model.Problems) {
		c.Problems = list(r, r.problems(), feeding(model.Problems))
	}
	if need(model.Stays) {
		r.stays()
	}
	if need(model.Drugs) || need(model.Injections) || need(model.Orders) {
		r.orders()
		runtime.Gosched()
	}
	if need(model.Labs) {
		c.Labs = list(r, r.labs(), feeding(model.Labs))
		runtime.Gosched()
	}
	if need(model.Vitals) {
		r.vitals()
	}
	if need(model.Infections) {
		r.infections()
	}
	if need(model.Meals) {
		c.Meals = list(r, r.meals(), feeding(model.Meals))
	}
	if need(model.Reports) {
		c.Reports = list(r, r.reports(), feeding(model.Reports))
	}
}

// absent fills the chart of a patient whom the store does not have: its lists
// say whether the copy has their kinds at all.
func (r *reader) absent() {
	c := r.chart
	c.Allergies = wanted[model.Allergy](r, model.Allergies)
	c.Infections = wanted[model.Infection](r, model.Infections)
	c.Problems = wanted[model.Problem](r, model.Problems)
	c.Drugs = wanted[model.Drug](r, model.Drugs)
	c.Injections = wanted[model.Injection](r, model.Injections)
	c.Labs = wanted[model.Lab](r, model.Labs)
	c.Vitals = wanted[model.Lab](r, model.Vitals)
	c.Stays = wanted[model.Stay](r, model.Stays)
	c.Visits = wanted[model.Event](r, model.Stays)
	c.Planned = wanted[model.Event](r, model.Stays)
	c.Meals = wanted[model.Meal](r, model.Meals)
	c.Orders = wanted[model.Order](r, model.Orders)
	c.Reports = wanted[model.Report](r, model.Reports)
}

func wanted[T any](r *reader, p model.Part) model.List[T] {
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
