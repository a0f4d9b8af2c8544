package ssmix2

import (
	"cmp"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// labs takes the results of all OML-11, newest collection first.
func (r *reader) labs() []model.Lab {
	if len(r.results()) == 0 {
		return nil
	}
	out := make([]model.Lab, 0, len(r.results()))
	a := at{}
	for i := range r.results() {
		m := &r.merged[i]
		x := r.lab(&m.Result, m.File)
		x.Collected, x.Panel, x.Specimen, x.Order = a.when(m.Collected), a.coded(m.Panel), a.coded(m.Specimen), m.Order
		x.Culture = micro(jlac(&m.Item)) || micro(jlac(&m.Panel))
		for i := range m.Earlier {
			e := r.lab(&m.Earlier[i].Result, m.Earlier[i].File)
			e.Collected = x.Collected
			x.Earlier = append(x.Earlier, e)
		}
		out = append(out, x)
	}
	return out
}

// results are all results of the laboratory, merged once for labs and
// infections.
func (r *reader) results() []view.MergedResult {
	if !r.mergedLabs {
		r.merged, r.mergedLabs = view.Labs(r.files), true
	}
	return r.merged
}

// micro tells microbiology by the first characters of JLAC10.
func micro(code string) bool {
	return len(code) > 1 && code[0] == '6' && code[1] >= 'A' && code[1] <= 'C'
}

// lab makes one result.
func (r *reader) lab(o *view.Result, file ssmix2.Name) model.Lab {
	a := at{}
	x := model.Lab{Life: o.Life, Stage: o.Stage, Item: a.coded(o.Item), Unit: a.coded(o.Unit), Range: a.text(o.Range), Flag: o.Flag(), Line: line(o),
		Group: o.Group.Text, Reported: model.When{Stamp: model.Stamp(file.Sent)}, Notes: a.texts(o.Notes), Origin: r.row(file, o.Item.From)}
	for i := range o.Values {
		x.Values = append(x.Values, a.value(&o.Values[i]))
	}
	if len(o.Values) > 0 {
		x.Key = view.SortKey(o.Values[0].Show)
	}
	return x
}

// line tells which results may stand in one row: those of the hospital's own
// code, else of JLAC10's first twelve characters (analyte, identification,
// material), in the same unit. Units are never converted, so two units are two
// rows.
func line(o *view.Result) string {
	code, _, system, ok := o.Item.CWE().Local()
	if !ok || code == "" {
		if code, system = jlac(&o.Item), "JC10"; code == "" {
			code, system = cmp.Or(o.Item.Code, o.Item.Display), o.Item.System
		} else if len(code) > 12 {
			code = code[:12]
		}
	}
	return system + "|" + code + "|" + strings.ToLower(cmp.Or(o.Unit.Display, o.Unit.Code))
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
	a := at{}
	x := r.lab(o, name)
	x.Origin = model.Origin{Ref: ref, Place: x.Origin.Place}
	x.Panel, x.Order = a.coded(p.Code), p.Number.Text
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
