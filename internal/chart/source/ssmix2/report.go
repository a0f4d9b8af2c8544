package ssmix2

import (
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// reports takes what was done or found in examinations (OMG-11, -12, -13),
// newest first.
func (r *reader) reports() []model.Report {
	var out []model.Report
	for _, f := range r.files {
		if f.View.Exams == nil || !strings.HasPrefix(f.Name.Kind, "OMG-1") {
			continue
		}
		for i := range f.View.Exams.Panels {
			out = append(out, r.report(f, &f.View.Exams.Panels[i]))
		}
	}
	return model.SortRows(out, func(a, b *model.Report) int { return strings.Compare(string(b.At.Stamp), string(a.At.Stamp)) })
}

func (r *reader) report(f view.File, p *view.Panel) model.Report {
	a := r.at()
	out := model.Report{Life: p.Life, Kind: f.Name.Kind, Title: a.coded(p.Code), By: a.person(p.By), Status: a.text(p.Status), Notes: a.texts(p.Notes),
		Order: a.str(p.Number.Text), Origin: r.row(f.Name, p.Code.From)}
	if !out.By.Has() {
		out.By = a.person(p.Order.By)
	}
	for _, t := range []view.Time{p.Start, p.Reported, p.Order.At} {
		if w := a.when(t); w.Has() && !out.At.Has() {
			out.At = w
		}
	}
	if !out.At.Has() && f.Name.Date != "-" {
		out.At = model.When{Stamp: model.Stamp(f.Name.Date)}
	}
	out.Lines = append(out.Lines, resultLines(a, p.Results)...)
	for i := range p.Performed {
		d := &p.Performed[i]
		done := model.Line{Label: a.coded(d.Procedure), Texts: a.codes(d.Items)}
		for _, s := range d.Staff {
			done.Texts = appendText(done.Texts, a.person(s))
		}
		done.Texts = appendText(done.Texts, a.text(d.Count), a.text(d.Remark))
		if done.Label.Has() || len(done.Texts) > 0 {
			out.Lines = append(out.Lines, done)
		}
		out.Lines = append(out.Lines, resultLines(a, d.Findings)...)
	}
	for _, s := range p.Studies {
		out.Lines = append(out.Lines, model.Line{Label: a.coded(s.Modality), Texts: appendText(nil, a.text(s.Accession), a.text(s.UID))})
	}
	return out
}

func resultLines(a at, list []view.Result) []model.Line {
	var out []model.Line
	for i := range list {
		o := &list[i]
		l := model.Line{Label: a.coded(o.Item)}
		if o.Life != view.Live { // withdrawn: only that there was something
			out = append(out, l)
			continue
		}
		l.Unit = a.coded(o.Unit)
		for k := range o.Values {
			l.Texts = appendText(l.Texts, a.value(&o.Values[k]))
		}
		l.Texts = append(l.Texts, a.texts(o.Notes)...)
		out = append(out, l)
	}
	return out
}
