package fhir

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// injection reports whether a MedicationRequest is one of an injection, as its
// profile or category says.
func injection(n node) bool {
	for _, p := range n.each("meta", "profile") {
		if strings.Contains(strings.ToLower(p.str()), "injection") {
			return true
		}
	}
	for _, c := range n.each("category") {
		if strings.Contains(concept(c).Show, "注射") {
			return true
		}
	}
	return false
}

// drugs takes the MedicationRequests that are no injections, and statements of
// what the patient takes, newest order first.
func (r *reading) drugs() {
	var rows []model.Drug
	for _, x := range r.of("MedicationRequest", "MedicationStatement") {
		if !injection(x.node) {
			rows = append(rows, r.drug(x))
		}
	}
	slices.SortStableFunc(rows, func(a, b model.Drug) int {
		return cmp.Or(strings.Compare(string(b.Ordered.Stamp), string(a.Ordered.Stamp)), strings.Compare(a.Rp.Value, b.Rp.Value))
	})
	r.chart.Drugs = list(r, rows, model.Drugs)
}

func (r *reading) drug(x *resource) model.Drug {
	n := x.node
	d := model.Drug{Life: lifeOf(n), Name: r.medication(x), Ordered: r.first(n.at("authoredOn"), n.at("dateAsserted")), By: r.named(x, n.at("requester")),
		Total: quantity(n.at("dispenseRequest", "quantity")), Days: quantity(n.at("dispenseRequest", "expectedSupplyDuration")), Notes: notes(n.each("note")),
		Order: n.at("groupIdentifier", "value").str(), Carried: view.Unrecorded, Origin: x.origin()}
	d.Dept = concept(extension(n, "eCS_Department").at("valueCodeableConcept"))
	dosage := n.each("dosageInstruction")
	if len(dosage) == 0 {
		dosage = n.each("dosage")
	}
	for _, i := range dosage {
		r.dosage(&d, i)
	}
	d.Notes = appendText(d.Notes, concept(n.at("statusReason")))
	d.Rp = model.Computed[string]{Rule: "fhir.rp"}
	for _, id := range n.each("identifier") {
		system := id.at("system").str()
		switch {
		case strings.HasSuffix(system, "Medication-RPGroupNumber") || strings.HasSuffix(system, "1.2.392.100495.20.3.81"):
			d.Rp.Value, d.Rp.OK = id.at("value").str(), true
		case d.Order == "" && strings.Contains(strings.ToLower(system), "prescription"):
			d.Order = id.at("value").str()
		}
	}
	for _, c := range n.each("category") {
		code := c.at("coding", "code").str()
		d.Inpatient = d.Inpatient || code == "inpatient" || strings.HasPrefix(code, "IH")
	}
	r.span(&d, n, dosage)
	d.Fits = model.Computed[bool]{Rule: "drug.total"}
	return d
}

// medication names the drug: text, else a code, else the Medication that is
// meant.
func (r *reading) medication(x *resource) model.Text {
	if t := concept(x.node.at("medicationCodeableConcept")); t.Has() {
		return t
	}
	ref := x.node.at("medicationReference")
	t := concept(r.follow(x, ref).at("code"))
	if !t.Has() {
		t = r.named(x, ref)
	}
	t.Origin = place(ref)
	return t
}

// dosage adds one dosage instruction.
func (r *reading) dosage(d *model.Drug, n node) {
	text := plain(n.at("text"))
	d.Usage = appendText(d.Usage, text)
	if code := concept(n.at("timing", "code")); !strings.Contains(text.Show, code.Show) {
		d.Usage = appendText(d.Usage, code)
	}
	for _, a := range n.each("additionalInstruction") {
		d.Usage = appendText(d.Usage, concept(a))
	}
	d.Notes = appendText(d.Notes, plain(n.at("patientInstruction")))
	if !d.Route.Has() {
		d.Route = concept(n.at("route"))
	}
	if site := concept(n.at("site")); site.Has() && !strings.Contains(d.Route.Show, site.Show) {
		d.Route.Show = strings.TrimSpace(d.Route.Show + " " + site.Show)
	}
	for _, a := range n.each("doseAndRate") {
		if q := quantity(a.at("doseQuantity")); q.Has() && !d.Dose.Has() {
			d.Dose = q
		}
		if q := a.at("doseRange"); q.has() && !d.Dose.Has() {
			d.Dose = model.Text{Show: quantity(q.at("low")).Show + " - " + quantity(q.at("high")).Show, Origin: place(q)}
		}
		rate := a.at("rateRatio")
		if q := quantity(rate.at("numerator")); q.Has() && !d.Daily.Has() {
			if per := rate.at("denominator"); per.at("value").str() == "1" && slices.Contains([]string{"d", "日", "day"}, cmp.Or(per.at("code").str(), per.at("unit").str())) {
				d.Daily = q
			}
		}
	}
	switch {
	case n.at("asNeededBoolean").str() == "true" || n.at("asNeededCodeableConcept").has():
		d.Kind = "as_needed"
		d.Usage = appendText(d.Usage, concept(n.at("asNeededCodeableConcept")))
	case d.Kind == "" && strings.Contains(concept(n.at("method")).Show, "外用"):
		d.Kind = "external"
	case d.Kind == "" && strings.Contains(concept(n.at("method")).Show, "内服"):
		d.Kind = "oral"
	}
	if q := quantity(extension(n.at("timing"), "UsageDuration").at("valueDuration")); q.Has() && !d.Days.Has() {
		d.Days = q
	}
	if q := quantity(n.at("timing", "repeat", "boundsDuration")); q.Has() && !d.Days.Has() {
		d.Days = q
	}
}

// span computes first and last day and use. The day of the order is never taken
// for the first day: a drug may be ordered for later, and one that looks over
// would be folded away.
func (r *reading) span(d *model.Drug, n node, dosage []node) {
	d.Start, d.End = model.Computed[model.Day]{Rule: "fhir.drug.start"}, model.Computed[model.Day]{Rule: "drug.end.unknown"}
	var places []node
	for _, i := range dosage {
		places = append(places, extension(i, "PeriodOfUse").at("valuePeriod"), i.at("timing", "repeat", "boundsPeriod"))
	}
	places = append(places, n.at("effectivePeriod"))
	for _, p := range places {
		if day, ok := r.when(p.at("start")).Stamp.Day(); ok && (!d.Start.OK || day < d.Start.Value) {
			d.Start.Value, d.Start.OK = day, true
		}
		if day, ok := r.when(p.at("end")).Stamp.Day(); ok && (!d.End.OK || day > d.End.Value) {
			d.End = model.Computed[model.Day]{Value: day, OK: true, Rule: "drug.end.sent"}
		}
	}
	if !d.Start.OK {
		d.Start.Doubts = []model.Note{{Code: "start.missing"}}
	}
	days, isDays := daysOf(n, dosage)
	switch {
	case d.End.OK:
	case d.Kind == "as_needed" || d.Kind == "external":
		d.End.Rule = "drug.end.none"
	case d.Start.OK && isDays && days > 0:
		d.End = model.Computed[model.Day]{Value: d.Start.Value + model.Day(days) - 1, OK: true, Rule: "drug.end.days", //nolint:gosec // at most 10000
			Doubts: []model.Note{{Code: "days.dosing_or_calendar", Args: []string{strconv.Itoa(days)}}}}
	}
	d.Use = use(d, r.want.Today)
}

// daysOf gives the number of days for which a drug was dispensed.
func daysOf(n node, dosage []node) (int, bool) {
	places := []node{n.at("dispenseRequest", "expectedSupplyDuration")}
	for _, i := range dosage {
		places = append(places, i.at("timing", "repeat", "boundsDuration"), extension(i.at("timing"), "UsageDuration").at("valueDuration"))
	}
	for _, q := range places {
		v, err := strconv.ParseFloat(q.at("value").str(), 64)
		u := cmp.Or(q.at("code").str(), q.at("unit").str())
		if err != nil || v <= 0 || v > 3650 || v != float64(int(v)) {
			continue
		}
		switch u {
		case "d", "日", "日分", "day", "days":
			return int(v), true
		case "wk":
			return int(v) * 7, true
		}
	}
	return 0, false
}

// use says whether a drug is in use on a day, by the rule of package view.
func use(d *model.Drug, day model.Day) model.Computed[model.Usage] {
	c := model.Computed[model.Usage]{Value: view.Undated, Rule: "drug.use", Doubts: append(slices.Clone(d.Start.Doubts), d.End.Doubts...)}
	switch {
	case d.Life != view.Live:
		return model.Computed[model.Usage]{Value: view.Stopped, OK: true, Rule: "drug.use.order"}
	case d.Start.OK && day < d.Start.Value:
		c.Value = view.Before
	case d.End.OK && day > d.End.Value:
		c.Value = view.Over
	case d.Start.OK && d.End.OK:
		c.Value = view.InUse
	case d.Start.OK && d.End.Rule == "drug.end.none" && day-d.Start.Value <= view.OpenDays:
		c.Value = view.Open
	case d.Start.OK && d.End.Rule == "drug.end.none":
		c.Value = view.OpenOld
	}
	c.OK = c.Value != view.Undated
	return c
}

// injections takes the MedicationRequests of injections, with what was recorded
// as given for them; and administrations without a request.
func (r *reading) injections() {
	var rows []model.Injection
	byRequest := map[string][]model.Dose{}
	var loose []*resource
	for _, x := range r.of("MedicationAdministration") {
		if ref := x.node.at("request", "reference").str(); ref != "" {
			if at, ok := r.t.resolve(x.e.bundle, ref); ok && r.t.kinds[r.t.entries[at].kind] == "MedicationRequest" {
				key := itoa(at)
				byRequest[key] = append(byRequest[key], r.dose(x))
				continue
			}
		}
		loose = append(loose, x)
	}
	for _, x := range r.of("MedicationRequest") {
		if injection(x.node) {
			rows = append(rows, r.injection(x, byRequest[itoa(x.at)]))
		}
	}
	for _, x := range loose {
		dose := r.dose(x)
		rows = append(rows, model.Injection{Life: dose.Life, Drugs: []model.Component{{Name: dose.Drug, Amount: dose.Amount}}, Route: concept(x.node.at("dosage", "route")), Start: dose.At,
			Use: model.Computed[model.Usage]{Value: view.Undated, Rule: "injection.use"}, Carried: carried([]model.Dose{dose}), Doses: []model.Dose{dose},
			Doubts: []model.Note{{Code: "order.missing", Args: []string{"-"}}}, Origin: x.origin()})
	}
	slices.SortStableFunc(rows, func(a, b model.Injection) int { return strings.Compare(string(b.Start.Stamp), string(a.Start.Stamp)) })
	r.chart.Injections = list(r, rows, model.Injections)
}

func (r *reading) injection(x *resource, doses []model.Dose) model.Injection {
	d := r.drug(x)
	out := model.Injection{Life: d.Life, Kind: concept(x.node.at("category")), Route: d.Route, Usage: d.Usage, Notes: d.Notes, Order: d.Order, Ordered: d.Ordered, By: d.By, Dept: d.Dept,
		Carried: carried(doses), Doses: doses, Origin: d.Origin, Use: model.Computed[model.Usage]{Value: d.Use.Value, OK: d.Use.OK, Rule: "injection.use", Doubts: d.Use.Doubts}}
	if d.Life != view.Live {
		out.Use.Rule = "injection.use.order"
	}
	medicine := r.follow(x, x.node.at("medicationReference"))
	for _, i := range medicine.each("ingredient") {
		name := concept(i.at("itemCodeableConcept"))
		out.Drugs = append(out.Drugs, model.Component{Name: name, Amount: quantity(i.at("strength", "numerator"))})
	}
	if len(out.Drugs) == 0 {
		out.Drugs = []model.Component{{Name: d.Name, Amount: d.Dose}}
	}
	for _, i := range x.node.each("dosageInstruction") {
		for _, a := range i.each("doseAndRate") {
			if q := quantity(a.at("rateQuantity")); q.Has() {
				out.Rate = q
			} else if n := quantity(a.at("rateRatio", "numerator")); n.Has() && !out.Rate.Has() {
				out.Rate = model.Text{Show: n.Show + "/" + quantity(a.at("rateRatio", "denominator")).Show, Origin: n.Origin}
			}
		}
		out.Start, out.End = r.first(extension(i, "PeriodOfUse").at("valuePeriod", "start"), i.at("timing", "repeat", "boundsPeriod", "start"), i.at("timing", "event")), r.first(extension(i, "PeriodOfUse").at("valuePeriod", "end"), i.at("timing", "repeat", "boundsPeriod", "end"))
	}
	return out
}

// dose reads a MedicationAdministration.
func (r *reading) dose(x *resource) model.Dose {
	n := x.node
	d := model.Dose{Life: lifeOf(n), At: r.first(n.at("effectiveDateTime"), n.at("effectivePeriod", "start")), Drug: r.medication(x), Amount: quantity(n.at("dosage", "dose")),
		By: r.named(x, n.at("performer", "actor")), Notes: append(notes(n.each("note")), plainNotes(n)...), Origin: x.origin(), Outcome: string(view.Unstated)}
	switch n.at("status").str() {
	case "completed":
		d.Outcome = string(view.Given)
	case "in-progress", "on-hold", "stopped":
		d.Outcome, d.Life = string(view.Partial), view.Live
	case "not-done":
		d.Outcome, d.Life = string(view.NotGiven), view.Live
	}
	return d
}

func plainNotes(n node) (out []model.Text) {
	out = appendText(out, plain(n.at("dosage", "text")))
	return appendText(out, concept(n.at("statusReason")))
}

// carried says what is known of an order by its doses.
func carried(doses []model.Dose) model.Carried {
	given, other, none := 0, 0, 0
	for _, d := range doses {
		switch view.Outcome(d.Outcome) {
		case view.Given:
			given++
		case view.NotGiven:
			none++
		default:
			other++
		}
	}
	switch {
	case len(doses) == 0:
		return view.Unrecorded
	case given == len(doses):
		return view.CarriedOut
	case none == len(doses):
		return view.WasNotGiven
	case other == len(doses):
		return view.Stated
	}
	return view.Mixed
}
