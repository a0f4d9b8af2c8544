package ssmix2

import (
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// problems takes the diagnoses of all PPR-01, in the order of view.Problems:
// main, others, suspected, ended, deleted.
func (r *reader) problems() []model.Problem {
	var out []model.Problem
	a := r.at()
	for _, m := range view.Problems(r.files) {
		title := computed(r.pool, m.Title())
		title.Value = a.str(title.Value)
		p := model.Problem{Life: m.Life, Name: a.text(m.Name), Title: title, Main: m.Main(), Suspected: m.Suspected(), Confidential: m.Confidential, Class: a.coded(m.Class),
			Set: a.when(m.SetAt), Ended: a.when(m.EndedAt), Outcome: a.coded(m.Outcome), Active: computed(r.pool, m.Active()), Origin: r.row(m.File, m.Disease.From)}
		if !p.Name.Has() { // PRB-17 is missing: put together of its parts
			p.Name = a.coded(m.Disease)
			p.Name.Show = title.Value
		}
		if m.ICD.Has() {
			p.Name.Code, p.Name.System = a.str(m.ICD.Text), "I10"
		} else if d := a.coded(m.Disease); p.Name.Code == "" {
			p.Name.Code, p.Name.System = d.Code, d.System
		}
		if !p.Ended.Has() {
			p.Ended = a.when(m.Resolved)
		}
		if len(m.Orders) > 0 {
			p.Dept = a.dept(&m.Orders[0])
		}
		if !p.Dept.Has() && m.File.Dept != "-" {
			p.Dept = model.Text{Show: m.File.Dept, Code: m.File.Dept}
		}
		out = append(out, p)
	}
	return out
}
