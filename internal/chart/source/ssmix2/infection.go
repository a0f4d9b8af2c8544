package ssmix2

import (
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// infections gathers what is stored about infections: laboratory results,
// entries of ADT-00, and documents by their title. SS-MIX2 has no type for
// them, so the list never says that there is none.
func (r *reader) infections() {
	var rows []model.Infection
	a := at{}
	for i := range r.results() {
		m := &r.merged[i]
		if r.aboutInfection(&m.Result) {
			rows = append(rows, r.infection(&m.Result, a.when(m.Collected), r.row(m.File, m.Item.From)))
		}
	}
	for _, f := range r.files {
		for i := range f.View.Measures {
			if o := &f.View.Measures[i]; f.Name.Kind == details && r.aboutInfection(o) {
				rows = append(rows, r.infection(o, a.when(o.At), r.row(f.Name, o.Item.From)))
			}
		}
	}
	for i, it := range r.items {
		rec := &r.listing.Records[it.Shown]
		if !rec.Extended || it.Standing == ssmix2.Deleted || r.fates[i] == suspect {
			continue
		}
		if t := ssmix2.ParseDocType(rec.TypeFolder()); strings.Contains(t.Display(), "感染") || t.Code == "51896-9" && t.System == "LN" {
			rows = append(rows, model.Infection{Name: model.Text{Show: t.Display(), Code: t.Code, System: t.System}, At: model.When{Stamp: model.Stamp(rec.Date)},
				Mark: model.Computed[string]{Rule: "infection.document"}, Origin: model.Origin{Ref: r.s.ref(rec)}})
		}
	}
	rows = model.SortRows(rows, func(a, b *model.Infection) int { return strings.Compare(string(b.At.Stamp), string(a.At.Stamp)) })
	r.chart.Infections = list(r, rows, feeding(model.Infections))
}

func (r *reader) infection(o *view.Result, when model.When, origin model.Origin) model.Infection {
	a := at{}
	x := model.Infection{Name: a.coded(o.Item), At: when, Origin: origin, Mark: model.Computed[string]{Rule: "infection.mark"}}
	if len(o.Values) == 0 || o.Life != view.Live {
		return x
	}
	x.Result = a.value(&o.Values[0])
	for i := range o.Values[1:] {
		x.Result.Show += " " + o.Values[1+i].Show
	}
	x.Mark = source.InfectionMark(o.Values[0].Show)
	return x
}

// aboutInfection tells a result about an infection by JLAC10 (HBs, HBc, HCV, HIV,
// syphilis), by the item's name, and by an organism's name as the result.
func (r *reader) aboutInfection(o *view.Result) bool {
	if o.Stage == view.Ordered || o.Stage == view.Pending {
		return false
	}
	code := jlac(&o.Item)
	for _, prefix := range []string{"5F016", "5F018", "5F360", "5F500", "5F560", "5E071", "5E074", "5E075"} {
		if strings.HasPrefix(code, prefix) {
			return true
		}
	}
	names, known := r.infectious[o.Item.Display]
	if !known {
		if r.infectious == nil {
			r.infectious = map[string]bool{}
		}
		names = source.NamesInfection(o.Item.Display)
		r.infectious[o.Item.Display] = names
	}
	return names || slices.ContainsFunc(o.Values, func(v view.Value) bool { return source.NamesOrganism(v.Show) })
}
