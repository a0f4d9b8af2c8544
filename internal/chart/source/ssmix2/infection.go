package ssmix2

import (
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2"
)

// infections gathers what is stored about infections: laboratory results,
// entries of ADT-00, and documents by their title. SS-MIX2 has no type for
// them, so the list never says that there is none.
func (r *reader) infections() {
	var rows []model.Infection
	a := r.at()
	for _, p := range r.places() {
		x, name := r.result(p.LabPlace)
		if x.infection != nil {
			row := *x.infection
			row.Origin = x.place.Within(model.Origin{Ref: r.ref(name)})
			rows = append(rows, row)
		}
	}
	for _, f := range r.files {
		for i := range f.View.Measures {
			if o := &f.View.Measures[i]; f.Name.Kind == details && a.aboutInfection(o) {
				row := a.infection(o, a.when(o.At))
				row.Origin = r.row(f.Name, o.Item.From)
				rows = append(rows, row)
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
