package fhir

import (
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// reports takes the DiagnosticReports, newest first: their conclusions, and the
// names of what they rest on.
func (r *reading) reports() {
	var rows []model.Report
	for _, x := range r.of("DiagnosticReport") {
		n := x.node
		o := model.Report{Life: lifeOf(n), Kind: "DiagnosticReport", Title: concept(n.at("code")), At: r.first(n.at("effectiveDateTime"), n.at("effectivePeriod", "start"), n.at("issued")),
			By: r.named(x, n.at("performer")), Status: plain(n.at("status")), Order: n.at("basedOn", "identifier", "value").str(), Origin: x.origin()}
		if !o.By.Has() {
			o.By = r.named(x, n.at("resultsInterpreter"))
		}
		var texts []model.Text
		texts = appendText(texts, plain(n.at("conclusion")))
		for _, c := range n.each("conclusionCode") {
			texts = appendText(texts, concept(c))
		}
		if len(texts) > 0 {
			o.Lines = append(o.Lines, model.Line{Texts: texts})
		}
		for _, ref := range n.each("result") {
			res := r.follow(x, ref)
			line := model.Line{Label: concept(res.at("code")), Unit: unitOf(res)}
			if v := valueOf(res); v.Has() {
				line.Texts = []model.Text{v}
			}
			if line.Label.Has() && len(o.Lines) < 200 {
				line.Label.Origin, line.Unit.Origin = nil, nil
				o.Lines = append(o.Lines, line)
			}
		}
		rows = append(rows, o)
	}
	slices.SortStableFunc(rows, func(a, b model.Report) int { return strings.Compare(string(b.At.Stamp), string(a.At.Stamp)) })
	r.chart.Reports = list(r, rows, model.Reports)
}

// orders takes the ServiceRequests, newest first.
func (r *reading) orders() {
	var rows []model.Order
	for _, x := range r.of("ServiceRequest") {
		n := x.node
		o := model.Order{Life: lifeOf(n), Kind: "ServiceRequest", Title: concept(n.at("code")), Number: n.at("requisition", "value").str(), Ordered: r.when(n.at("authoredOn")),
			Planned: r.first(n.at("occurrenceDateTime"), n.at("occurrencePeriod", "start")), By: r.named(x, n.at("requester")), Carried: view.Unrecorded, Notes: notes(n.each("note")), Origin: x.origin()}
		if n.at("status").str() == "completed" {
			o.Carried = view.Stated
		}
		for _, d := range n.each("orderDetail") {
			o.Parts = appendText(o.Parts, concept(d))
		}
		if o.Number == "" {
			o.Number = n.at("identifier", "value").str()
		}
		rows = append(rows, o)
	}
	slices.SortStableFunc(rows, func(a, b model.Order) int { return strings.Compare(string(b.Ordered.Stamp), string(a.Ordered.Stamp)) })
	r.chart.Orders = list(r, rows, model.Orders)
}

// meals takes the NutritionOrders, newest first.
func (r *reading) meals() {
	var rows []model.Meal
	for _, x := range r.of("NutritionOrder") {
		n := x.node
		m := model.Meal{Life: lifeOf(n), Ordered: r.when(n.at("dateTime")), By: r.named(x, n.at("orderer")), Notes: notes(n.each("note")), Origin: x.origin(),
			Start: r.first(n.at("oralDiet", "schedule", "repeat", "boundsPeriod", "start"), n.at("enteralFormula", "administration", "schedule", "repeat", "boundsPeriod", "start")),
			End:   r.when(n.at("oralDiet", "schedule", "repeat", "boundsPeriod", "end")), Use: model.Computed[model.Usage]{Value: view.Undated, Rule: "meal.use"}}
		for _, t := range n.each("oralDiet", "type") {
			m.Diets = appendText(m.Diets, concept(t))
		}
		for _, t := range []node{n.at("oralDiet", "instruction"), n.at("enteralFormula", "baseFormulaProductName"), n.at("supplement", "productName")} {
			m.Texts = appendText(m.Texts, plain(t))
		}
		for _, t := range slices.Concat(n.each("excludeFoodModifier"), n.each("foodPreferenceModifier")) {
			m.Texts = appendText(m.Texts, concept(t))
		}
		if m.Life != view.Live {
			m.Use = model.Computed[model.Usage]{Value: view.Stopped, OK: true, Rule: "meal.use.order"}
		}
		rows = append(rows, m)
	}
	slices.SortStableFunc(rows, func(a, b model.Meal) int { return strings.Compare(string(b.Ordered.Stamp), string(a.Ordered.Stamp)) })
	r.chart.Meals = list(r, rows, model.Meals)
}
