package ssmix2

import (
	"slices"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// stays puts stays, visits and plans together. What was taken back stays as an
// event that is undone: a visit or plan in its list, a movement in the stay it
// would belong to, or in the oldest one; without any stay among the plans, as
// no stay must be made of what did not happen.
func (r *reader) stays() {
	c := view.Stays(r.files)
	var stays []model.Stay
	for i := range c.Stays {
		stays = append(stays, r.stay(&c.Stays[i]))
	}
	visits, planned := r.events(c.Visits), r.events(c.Planned)
	slices.Reverse(planned)
	for i := range c.Undated {
		planned = intoStay(stays, planned, r.event(&c.Undated[i], "event.undated"))
	}
	for i := range c.Undone {
		e := r.event(&c.Undone[i], "")
		switch e.Move {
		case view.Visited:
			visits = append(visits, e)
		case view.AdmissionPlanned, view.TransferPlanned, view.DischargePlanned:
			planned = append(planned, e)
		default:
			planned = intoStay(stays, planned, e)
		}
	}
	r.chart.Stays = list(r, stays, []string{"ADT-22", "ADT-42", "ADT-52", "ADT-31", "ADT-32", "ADT-01"})
	r.chart.Visits = list(r, visits, []string{"ADT-12"})
	r.chart.Planned = list(r, planned, []string{"ADT-21", "ADT-41", "ADT-51"})
	if n := len(c.Stays); n > 0 && c.Stays[0].Discharged != nil && c.Stays[0].Discharged.Visit != nil && c.Stays[0].Discharged.Visit.Death() {
		d := c.Stays[0].Discharged
		r.notes.Add(model.Warn, "patient.died", r.ref(d.File), string(stamp(d.At)))
	}
}

// intoStay puts an event that counts for no stay where a reader looks for it.
func intoStay(stays []model.Stay, others []model.Event, e model.Event) []model.Event {
	for i := range stays {
		if stays[i].Admitted.Stamp <= e.At.Stamp || i == len(stays)-1 {
			stays[i].Events = append(stays[i].Events, e)
			return others
		}
	}
	return append(others, e)
}

func (r *reader) stay(s *view.Stay) model.Stay {
	a := r.at()
	out := model.Stay{Place: a.place(s.Place), Dept: a.coded(s.Dept), Attending: a.person(s.Attending), Away: s.Away, Doubts: r.pool.notes(s.Doubts)}
	first := ssmix2.Name{}
	if e := s.Admitted; e != nil {
		out.Admitted, first = a.when(e.At), e.File
		out.Events = append(out.Events, r.event(e, ""))
	}
	for i := range s.Moves {
		if first.Kind == "" {
			first = s.Moves[i].File
		}
		out.Events = append(out.Events, r.event(&s.Moves[i], ""))
	}
	if e := s.Discharged; e != nil {
		if first.Kind == "" {
			first = e.File
		}
		out.Discharged = a.when(e.At)
		if e.Visit != nil {
			out.Ending = a.coded(e.Visit.Ending)
		}
		out.Events = append(out.Events, r.event(e, ""))
	}
	out.Origin = model.Origin{Ref: r.ref(first)}
	return out
}

func (r *reader) events(list []view.Event) []model.Event {
	var out []model.Event
	for i := range list {
		out = append(out, r.event(&list[i], ""))
	}
	return out
}

// event makes an event; doubt, if any, is one more reason to look at it.
func (r *reader) event(e *view.Event, doubt string) model.Event {
	a := r.at()
	out := model.Event{Move: e.Move, Life: e.Life, At: a.when(e.At), By: a.person(e.By), Reason: a.coded(e.Reason), Undone: e.Undone || e.Life == view.Cancelled,
		Doubts: r.pool.notes(e.Doubts), Origin: r.row(e.File, e.At.From)}
	if doubt != "" {
		out.Doubts = append(slices.Clone(out.Doubts), model.Note{Code: doubt})
	}
	if v := e.Visit; v != nil {
		out.Place, out.Dept = a.place(v.Place), a.coded(v.Dept)
		if e.Move == view.Visited && !out.Dept.Has() {
			out.Dept = a.make(v.Place.From, v.Place.Ward)
		}
		if v.Attending.Has() && !out.By.Has() {
			out.By = a.person(v.Attending)
		}
	}
	return out
}
