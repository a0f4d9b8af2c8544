package fhir

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2/view"
)

// results takes the Observations of the laboratory, or vital signs, newest
// first. Each component of an Observation is a row of its own.
func (r *reading) results(part model.Part) model.List[model.Lab] {
	var rows []model.Lab
	for _, x := range r.of("Observation") {
		if partOf(x.node) != part {
			continue
		}
		whole := r.result(x, x.node, x.node)
		parts := x.node.each("component")
		if whole.Values != nil || len(parts) == 0 && len(x.node.each("hasMember")) == 0 {
			rows = append(rows, whole)
		}
		for _, c := range parts {
			row := r.result(x, x.node, c)
			row.Panel, row.Group = whole.Item, x.ref.Item
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b model.Lab) int { return strings.Compare(string(b.Collected.Stamp), string(a.Collected.Stamp)) })
	return list(r, rows, part)
}

// partOf tells results of the laboratory from vital signs, by the category,
// else by profile and code. Anything else is an item alone.
func partOf(n node) model.Part {
	for _, c := range n.each("category") {
		for _, k := range c.each("coding") {
			switch k.at("code").str() {
			case "laboratory":
				return model.Labs
			case "vital-signs":
				return model.Vitals
			}
		}
	}
	for _, p := range n.each("meta", "profile") {
		switch s := strings.ToLower(p.str()); {
		case strings.Contains(s, "labresult"), strings.Contains(s, "microbiology"):
			return model.Labs
		case strings.Contains(s, "vitalsigns"), strings.Contains(s, "bodymeasurement"):
			return model.Vitals
		}
	}
	if m := measureOf(n); m == "height" || m == "weight" {
		return model.Vitals
	}
	for _, k := range n.each("code", "coding") {
		if s := k.at("system").str(); strings.Contains(s, "JLAC10") || strings.Contains(s, "ObsLabResult") || s == "urn:oid:1.2.392.200119.4.504" {
			return model.Labs
		}
	}
	return ""
}

// result reads an Observation, or one of its components, as a result.
func (r *reading) result(x *resource, whole, n node) model.Lab {
	item, unit := concept(n.at("code")), unitOf(n)
	l := model.Lab{Life: lifeOf(whole), Stage: stageOf(whole), Item: model.Share(item), Unit: model.Share(unit), Range: model.Share(rangeOf(n)), Flag: model.Share(flagOf(n)),
		Collected: r.first(whole.at("effectiveDateTime"), whole.at("effectivePeriod", "start"), whole.at("effectiveInstant")), Reported: r.first(whole.at("issued"), whole.at("meta", "lastUpdated")),
		Notes: notes(n.each("note")), Origin: model.Origin{Ref: x.ref, Place: n.path}}
	if v := valueOf(n); v.Has() {
		l.Values = []model.Text{v}
		l.Key = model.Share(view.SortKey(v.Show))
	}
	if why := concept(n.at("dataAbsentReason")); why.Has() {
		l.Notes = append(l.Notes, why)
	}
	if s := whole.at("specimen"); s.has() {
		specimen := r.follow(x, s)
		kind := concept(specimen.at("type"))
		if !kind.Has() {
			kind = r.named(x, s)
		}
		kind.Origin = place(s)
		l.Specimen = model.Share(kind)
		if !l.Collected.Has() {
			l.Collected = r.first(specimen.at("collection", "collectedDateTime"), specimen.at("collection", "collectedPeriod", "start"))
		}
	}
	if !l.Collected.Has() {
		l.Collected = l.Reported
	}
	l.Order = whole.at("basedOn", "identifier", "value").str()
	l.Line = item.System + "|" + cmp.Or(item.Code, item.Show) + "|" + strings.ToLower(unit.Show)
	return l
}

func stageOf(n node) view.Stage {
	switch n.at("status").str() {
	case "registered":
		return view.Pending
	case "preliminary", "partial":
		return view.Preliminary
	case "final":
		return view.Final
	case "amended", "corrected", "appended":
		return view.Corrected
	case "cancelled":
		return view.Impossible
	case "entered-in-error":
		return view.Withdrawn
	}
	return view.Unsaid
}

// valueOf reads value[x].
func valueOf(n node) model.Text {
	if q := n.at("valueQuantity"); q.has() {
		t := model.Text{Show: q.at("comparator").str() + q.at("value").str(), Origin: place(q)}
		return t
	}
	if c := n.at("valueCodeableConcept"); c.has() {
		return concept(c)
	}
	for _, name := range []string{"valueString", "valueInteger", "valueBoolean", "valueDateTime", "valueTime"} {
		if t := plain(n.at(name)); t.Has() {
			return t
		}
	}
	if v := n.at("valueRange"); v.has() {
		return model.Text{Show: quantity(v.at("low")).Show + " - " + quantity(v.at("high")).Show, Origin: place(v)}
	}
	if v := n.at("valueRatio"); v.has() {
		return model.Text{Show: quantity(v.at("numerator")).Show + " : " + quantity(v.at("denominator")).Show, Origin: place(v)}
	}
	if v := n.at("valuePeriod"); v.has() {
		return model.Text{Show: v.at("start").str() + " - " + v.at("end").str(), Origin: place(v)}
	}
	return model.Text{}
}

func unitOf(n node) model.Text {
	if q := n.at("valueQuantity"); q.has() {
		return unit(q)
	}
	return model.Text{}
}

func rangeOf(n node) model.Text {
	ref := n.at("referenceRange")
	if t := plain(ref.at("text")); t.Has() {
		return t
	}
	low, high := ref.at("low", "value").str(), ref.at("high", "value").str()
	if low+high == "" {
		return model.Text{}
	}
	return model.Text{Show: low + " - " + high, Origin: place(n.at("referenceRange"))}
}

// flagOf gives the sender's interpretation, else compares a number with the
// range that stands beside it, in the same unit.
func flagOf(n node) model.Computed[string] {
	for _, i := range n.each("interpretation") {
		if code := i.at("coding", "code").str(); code != "" {
			return model.Computed[string]{Value: strings.ToUpper(code), OK: true, Rule: "flag.sent"}
		}
		if t := i.at("text").str(); t != "" {
			return model.Computed[string]{Value: t, OK: true, Rule: "flag.sent"}
		}
	}
	f := model.Computed[string]{Rule: "flag.range"}
	q, ref := n.at("valueQuantity"), n.at("referenceRange")
	value, err := strconv.ParseFloat(q.at("value").str(), 64)
	if err != nil || q.at("comparator").has() || len(n.each("referenceRange")) != 1 || !ref.at("low").has() && !ref.at("high").has() {
		return f
	}
	for _, side := range []string{"low", "high"} {
		s := ref.at(side)
		limit, err := strconv.ParseFloat(s.at("value").str(), 64)
		switch {
		case !s.has():
		case err != nil, unit(s).Show != "" && unit(s).Show != unit(q).Show:
			return model.Computed[string]{Rule: "flag.range"}
		case side == "low" && value < limit:
			f.Value = "L"
		case side == "high" && value > limit:
			f.Value = "H"
		}
		if err == nil && unit(s).Show == "" && len(f.Doubts) == 0 {
			f.Doubts = append(f.Doubts, model.Note{Code: "flag.no_unit"})
		}
	}
	f.OK, f.Value = true, cmp.Or(f.Value, "N")
	f.Doubts = append(f.Doubts, model.Note{Code: "flag.not_sent"})
	return f
}

// infections takes the Observations whose item or result is about an infection
// by its name. FHIR has no type for them, so the list never says that there is
// none.
func (r *reading) infections() {
	var rows []model.Infection
	about := func(s string) bool { return source.NamesInfection(s) || source.NamesOrganism(s) }
	for _, x := range r.of("Observation") {
		n := x.node
		name, value := concept(n.at("code")), valueOf(n)
		if lifeOf(n) != view.Live || stageOf(n) == view.Impossible || stageOf(n) == view.Pending ||
			!about(name.Show) && !about(value.Show) {
			continue
		}
		rows = append(rows, model.Infection{Name: name, Result: value, At: r.first(n.at("effectiveDateTime"), n.at("effectivePeriod", "start"), n.at("issued")), Origin: x.origin(),
			Mark: source.InfectionMark(value.Show)})
	}
	slices.SortStableFunc(rows, func(a, b model.Infection) int { return strings.Compare(string(b.At.Stamp), string(a.At.Stamp)) })
	r.chart.Infections = list(r, rows, model.Infections)
}
