package ssmix2

import (
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// labs takes the results of all OML-11, newest collection first.
func (r *reader) labs() []model.Lab {
	places := r.places()
	if len(places) == 0 {
		return nil
	}
	out := make([]model.Lab, 0, len(places))
	for i := range places {
		x, name := r.result(places[i].LabPlace)
		row := x.lab(r.ref(name), name.Sent)
		for _, p := range places[i].Earlier {
			y, name := r.result(p)
			e := y.lab(r.ref(name), name.Sent)
			// A version that was replaced says when its specimen was taken as the one
			// that holds does; panel, specimen and order are those of that one.
			e.Collected, e.Panel, e.Specimen, e.Order, e.Culture = row.Collected, model.Shared[model.Text]{}, model.Shared[model.Text]{}, "", false
			row.Earlier = append(row.Earlier, e)
		}
		out = append(out, row)
	}
	return out
}

// places says which results of the laboratory hold, found once for labs and
// infections.
func (r *reader) places() []view.MergedPlace {
	if !r.merged {
		r.holding, r.merged = view.LabPlaces(r.files), true
		for i := range r.files { // orders were compared with them before
			if r.jobs[r.jobsOf[i]].results != nil {
				r.files[i].View.Lab = nil
			}
		}
	}
	return r.holding
}

// result is the row of a place, with the name of its file.
func (r *reader) result(p view.LabPlace) (*result, ssmix2.Name) {
	return &r.jobs[r.jobsOf[p.File]].results[p.Result], r.files[p.File].Name
}

// vitals takes the results of messages in extended storage, newest first.
func (r *reader) vitals() {
	var rows []model.Lab
	var kinds []string
	for _, i := range r.docs {
		rec, v := r.record(&r.jobs[i]), r.jobs[i].view
		if v.Vitals == nil {
			continue
		}
		if k := kindOf(rec); !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
		for p := range v.Vitals.Panels {
			panel := &v.Vitals.Panels[p]
			for k := range panel.Results {
				rows = append(rows, r.vital(panel, &panel.Results[k], r.s.ref(rec), rec.Name))
			}
		}
	}
	rows = model.SortRows(rows, func(a, b *model.Lab) int {
		return strings.Compare(string(b.Collected.Stamp), string(a.Collected.Stamp))
	})
	if r.listing == nil {
		r.chart.Vitals = list[model.Lab](r, nil, feeding(model.Vitals))
		return
	}
	known := append(vitalKinds(), kinds...)
	t := r.count(func(rec *ssmix2.Record) bool { return rec.Extended && slices.Contains(known, kindOf(rec)) })
	r.chart.Vitals = model.List[model.Lab]{State: r.state(len(rows), t, vitalKinds()), Rows: rows, Kinds: kinds, Newest: t.newest, Unread: t.unread, Broken: t.broken}
}

// vitalKinds are the types of documents that hold vital signs as messages, as
// far as they are known by name.
func vitalKinds() []string { return []string{"L-OBSERVATIONS^OBSERVATIONS^99ZL01"} }

func (r *reader) vital(p *view.Panel, o *view.Result, ref model.Ref, name ssmix2.Name) model.Lab {
	a := r.at()
	row := a.result(o)
	row.collected = new(model.When)
	x := row.lab(ref, name.Sent)
	x.Panel, x.Order = a.pool.whole(a.coded(p.Code)), a.str(p.Number.Text)
	for _, t := range []view.Time{o.At, p.Start, p.Order.At} {
		if w := a.when(t); w.Has() && !x.Collected.Has() {
			x.Collected = w
		}
	}
	if !x.Collected.Has() && name.Date != "-" {
		x.Collected = model.When{Stamp: model.Stamp(name.Date)}
	}
	return x
}
