package fhir

import (
	"cmp"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// lifeOf says what became of a resource, by its status.
func lifeOf(n node) model.Life {
	switch n.at("status").str() {
	case "entered-in-error":
		return view.Mistaken
	case "cancelled", "stopped", "revoked", "not-done", "abandoned", "ended":
		return view.Cancelled
	}
	if n.at("verificationStatus", "coding", "code").str() == "entered-in-error" {
		return view.Mistaken
	}
	return view.Live
}

// allergies takes every AllergyIntolerance. The list says that there is none
// only if one says so and none, live, is an allergy.
func (r *reading) allergies() {
	var rows []model.Allergy
	none, real := 0, 0
	for _, x := range r.of("AllergyIntolerance") {
		n := x.node
		a := model.Allergy{Life: lifeOf(n), Source: "AllergyIntolerance", Kind: allergyKind(n), Allergen: concept(n.at("code")), Severity: criticality(n.at("criticality")),
			Status: concept(n.at("verificationStatus")), Onset: r.first(n.at("onsetDateTime"), n.at("onsetPeriod", "start")), Reported: r.when(n.at("recordedDate")), Origin: x.origin()}
		for _, re := range n.each("reaction") {
			for _, m := range re.each("manifestation") {
				a.Reactions = appendText(a.Reactions, concept(m))
			}
			a.Reactions = appendText(a.Reactions, plain(re.at("description")))
			if !a.Allergen.Has() {
				a.Allergen = concept(re.at("substance"))
			}
			if s := severity(re.at("severity")); s.Has() {
				a.Severity = s
			}
		}
		a.Reactions = append(a.Reactions, notes(n.each("note"))...)
		if c := concept(n.at("clinicalStatus")); c.Has() && c.Code != "active" {
			a.Status.Show = strings.TrimSpace(a.Status.Show + " " + c.Show)
		}
		if s := n.at("onsetString").str(); s != "" && !a.Onset.Has() {
			a.Onset = model.When{Raw: s, Origin: place(n.at("onsetString"))}
		}
		a.SaysNone = ssmix2.SaysNone(a.Allergen.Show)
		switch a.Allergen.Code {
		case "716186003", "no-known-allergies":
			a.SaysNone = model.Computed[bool]{Value: true, OK: true, Rule: "fhir.allergy.code"}
		case "409137002", "429625007", "428607008":
			a.SaysNone = model.Computed[bool]{Value: true, OK: true, Rule: "fhir.allergy.code", Doubts: []model.Note{{Code: "allergy.part", Args: []string{a.Allergen.Show}}}}
		}
		switch {
		case a.Life != view.Live:
		case a.SaysNone.Value:
			none++
		default:
			real++
		}
		rows = append(rows, a)
	}
	r.chart.Allergies = list(r, rows, model.Allergies)
	if none > 0 && real == 0 && r.chart.Allergies.Unread+r.chart.Allergies.Broken == 0 {
		r.chart.Allergies.State = model.SaysNone
	}
}

// severity gives it by table 0128 of HL7.
func severity(n node) model.Text {
	t := plain(n)
	t.Code = map[string]string{"mild": "MI", "moderate": "MO", "severe": "SV"}[t.Show]
	if japanese, _, ok := view.TableName("0128", t.Code); ok {
		t.Show, t.Raw, t.System = japanese, t.Show, "HL70128"
	}
	return t
}

// criticality is how dangerous the next time may be: no severity that was seen,
// which is why it keeps its own code and says what it is.
func criticality(n node) model.Text {
	t := plain(n)
	words := map[string]string{"high": "重篤化のおそれ: 高", "low": "重篤化のおそれ: 低", "unable-to-assess": "重篤化のおそれ: 評価できず"}
	if w := words[t.Show]; w != "" {
		t.Show, t.Raw, t.Code = w, t.Show, t.Show
	}
	return t
}

// allergyKind gives the categories by table 0127 of HL7, as other sources do.
func allergyKind(n node) model.Text {
	t := model.Text{Origin: place(n.at("category"))}
	var names []string
	for _, c := range n.each("category") {
		names = append(names, c.str())
		code := map[string]string{"medication": "DA", "food": "FA", "environment": "EA", "biologic": "MA"}[c.str()]
		t.Code = cmp.Or(t.Code, code)
	}
	t.Raw = strings.Join(names, ", ")
	if japanese, _, ok := view.TableName("0127", t.Code); ok {
		t.Show, t.System = japanese, "HL70127"
	} else {
		t.Show = t.Raw
	}
	return t
}

// problems takes every Condition: those that go on first, newest first.
func (r *reading) problems() {
	var rows []model.Problem
	for _, x := range r.of("Condition") {
		n := x.node
		verified, clinical := n.at("verificationStatus", "coding", "code").str(), n.at("clinicalStatus", "coding", "code").str()
		p := model.Problem{Life: lifeOf(n), Name: concept(n.at("code")), Suspected: slices.Contains([]string{"provisional", "differential", "unconfirmed"}, verified),
			Confidential: x.e.flags&flagMasked != 0, Class: concept(n.at("category")), Set: r.first(n.at("onsetDateTime"), n.at("onsetPeriod", "start"), n.at("recordedDate")),
			Ended: r.first(n.at("abatementDateTime"), n.at("abatementPeriod", "end")), Outcome: concept(n.at("clinicalStatus")), Origin: x.origin()}
		p.Dept = concept(extension(n, "eCS_Department").at("valueCodeableConcept"))
		if s := n.at("abatementString").str(); s != "" && !p.Ended.Has() {
			p.Ended = model.When{Raw: s, Origin: place(n.at("abatementString"))}
		}
		if verified == "refuted" {
			p.Life = view.Deleted
		}
		p.Active = model.Computed[bool]{OK: true, Rule: "fhir.problem.status"}
		switch clinical {
		case "active", "recurrence", "relapse":
			p.Active.Value = p.Life == view.Live
		case "":
			p.Active.Rule = "problem.active"
			p.Active.Value = p.Life == view.Live && !p.Ended.Has()
			if p.Active.Value {
				p.Active.Doubts = []model.Note{{Code: "problem.never_closed"}}
			}
		}
		if p.Active.Value && p.Ended.Has() && p.Ended.Stamp != "" {
			p.Active.Doubts = append(p.Active.Doubts, model.Note{Code: "fhir.problem_ended", Args: []string{string(p.Ended.Stamp)}})
		}
		rows = append(rows, p)
	}
	slices.SortStableFunc(rows, func(a, b model.Problem) int {
		return cmp.Or(problemRank(&a)-problemRank(&b), strings.Compare(string(b.Set.Stamp), string(a.Set.Stamp)))
	})
	r.chart.Problems = list(r, rows, model.Problems)
}

func problemRank(p *model.Problem) int {
	switch {
	case p.Life != view.Live:
		return 3
	case !p.Active.Value:
		return 2
	case p.Suspected:
		return 1
	}
	return 0
}
