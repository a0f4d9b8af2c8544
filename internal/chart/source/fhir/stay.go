package fhir

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2/view"
)

// inside tells Encounters that are stays in the hospital.
func inside(class string) bool {
	switch strings.ToUpper(class) {
	case "IMP", "ACUTE", "NONAC", "OBSENC", "SS", "I":
		return true
	}
	return false
}

// stays takes the Encounters: stays, visits and what is planned.
func (r *reading) stays() {
	var stays []model.Stay
	var visits, planned []model.Event
	for _, x := range r.of("Encounter") {
		class := x.node.at("class", "code").str()
		switch status := x.node.at("status").str(); {
		case status == "planned":
			e := r.event(x, view.AdmissionPlanned, x.node.at("period", "start"))
			if !inside(class) {
				e.Move = view.Visited
			}
			planned = append(planned, e)
		case status == "cancelled" || status == "entered-in-error":
			e := r.event(x, view.Visited, x.node.at("period", "start"))
			if e.Undone = true; inside(class) {
				e.Move = view.Admitted
				planned = append(planned, e) // no stay is made of what did not happen
			} else {
				visits = append(visits, e)
			}
		case inside(class):
			stays = append(stays, r.stay(x))
		default:
			visits = append(visits, r.event(x, view.Visited, x.node.at("period", "start")))
		}
	}
	newest := func(a, b model.Event) int { return strings.Compare(string(b.At.Stamp), string(a.At.Stamp)) }
	slices.SortStableFunc(stays, func(a, b model.Stay) int { return strings.Compare(string(b.Admitted.Stamp), string(a.Admitted.Stamp)) })
	slices.SortStableFunc(visits, newest)
	slices.SortStableFunc(planned, newest)
	r.chart.Stays, r.chart.Visits, r.chart.Planned = list(r, stays, model.Stays), list(r, visits, model.Stays), list(r, planned, model.Stays)
}

func (r *reading) stay(x *resource) model.Stay {
	n := x.node
	s := model.Stay{Admitted: r.when(n.at("period", "start")), Discharged: r.when(n.at("period", "end")), Place: r.placeOf(x), Dept: concept(n.at("serviceType")),
		Attending: r.attending(x), Ending: concept(n.at("hospitalization", "dischargeDisposition")), Away: n.at("status").str() == "onleave", Origin: x.origin()}
	if n.at("status").str() == "finished" && !s.Discharged.Has() {
		s.Discharged = model.When{Raw: "finished", Origin: place(n.at("status"))}
		s.Doubts = append(s.Doubts, model.Note{Code: "fhir.finished_without_end"})
	}
	if s.Admitted.Has() {
		s.Events = append(s.Events, r.event(x, view.Admitted, n.at("period", "start")))
	} else {
		s.Doubts = append(s.Doubts, model.Note{Code: "stay.no_admission"})
	}
	for _, l := range n.each("location") {
		if when := r.when(l.at("period", "start")); when.Has() && when.Stamp != s.Admitted.Stamp {
			e := r.event(x, view.Transferred, l.at("period", "start"))
			e.Place = r.location(x, l.at("location"))
			s.Events = append(s.Events, e)
		}
	}
	if n.at("period", "end").has() {
		s.Events = append(s.Events, r.event(x, view.Discharged, n.at("period", "end")))
	}
	return s
}

func (r *reading) event(x *resource, move view.Move, at node) model.Event {
	n := x.node
	e := model.Event{Move: move, Life: lifeOf(n), At: r.when(at), Place: r.placeOf(x), Dept: concept(n.at("serviceType")), By: r.attending(x), Reason: concept(n.at("reasonCode")), Origin: x.origin()}
	if !e.Dept.Has() {
		e.Dept = r.named(x, n.at("serviceProvider"))
	}
	return e
}

func (r *reading) attending(x *resource) model.Text {
	var any model.Text
	for _, p := range x.node.each("participant") {
		who := r.named(x, p.at("individual"))
		if p.at("type", "coding", "code").str() == "ATND" && who.Has() {
			return who
		}
		if !any.Has() {
			any = who
		}
	}
	return any
}

// placeOf is the newest location of an Encounter that is not completed.
func (r *reading) placeOf(x *resource) model.Place {
	list := x.node.each("location")
	for i := len(list) - 1; i >= 0; i-- {
		if s := list[i].at("status").str(); s != "completed" && s != "planned" && s != "reserved" || i == 0 {
			return r.location(x, list[i].at("location"))
		}
	}
	return model.Place{}
}

// location reads bed, room and ward by following partOf; what is not in the
// files is named by its display.
func (r *reading) location(x *resource, ref node) model.Place {
	p := model.Place{Raw: ref.at("display").str()}
	for range 5 {
		n := r.follow(x, ref)
		name := cmp.Or(ref.at("display").str(), n.at("name").str())
		switch n.at("physicalType", "coding", "code").str() {
		case "bd":
			p.Bed = cmp.Or(p.Bed, name)
		case "ro":
			p.Room = cmp.Or(p.Room, name)
		default:
			p.Ward = cmp.Or(p.Ward, name)
		}
		p.Raw = cmp.Or(p.Raw, name)
		if ref = n.at("partOf"); !ref.has() || p.Ward != "" {
			break
		}
	}
	return p
}

// lying is a stay as the table keeps it for the index.
type lying struct {
	encounter uint64 // as entry.id
	sent      uint32
	subject   uint32
	bundle    uint32
	bed       *source.Bed // nil: it is over
	location  string
}

// bedOf reads from an Encounter whether somebody lies in the hospital. ok is
// false for what is no stay.
func bedOf(raw []byte, zone *time.Location) (bed *source.Bed, location string, ok bool) {
	var e struct {
		Status string `json:"status"`
		Class  coding `json:"class"`
		Period struct {
			Start string `json:"start"`
			End   string `json:"end"`
		} `json:"period"`
		Location []struct {
			Location reference `json:"location"`
			Status   string    `json:"status"`
		} `json:"location"`
		ServiceType struct {
			Text   string `json:"text"`
			Coding []struct {
				Display string `json:"display"`
			} `json:"coding"`
		} `json:"serviceType"`
		Participant []struct {
			Individual reference `json:"individual"`
		} `json:"participant"`
	}
	_ = json.Unmarshal(raw, &e)
	if !inside(e.Class.Code) || e.Status == "planned" {
		return nil, "", false
	}
	if e.Period.End != "" || e.Status != "in-progress" && e.Status != "onleave" && e.Status != "arrived" && e.Status != "triaged" {
		return nil, "", true
	}
	b := &source.Bed{Admitted: stampOf(e.Period.Start, zone), Dept: e.ServiceType.Text}
	for _, c := range e.ServiceType.Coding {
		b.Dept = cmp.Or(b.Dept, c.Display)
	}
	for _, l := range e.Location {
		if l.Status != "completed" && l.Status != "planned" {
			b.Ward, b.WardName, location = l.Location.Display, l.Location.Display, l.Location.Reference
		}
	}
	for _, p := range e.Participant {
		b.Attending = cmp.Or(b.Attending, p.Individual.Display)
	}
	return b, location, true
}

// wards names the beds of those who lie in the hospital, where an Encounter
// only refers to a Location: by ward, room and bed.
func (s *store) wards(ctx context.Context, t *table) error {
	for i := range t.patients {
		p := &t.patients[i]
		if p.bed == nil || p.bed.Ward != "" || p.location == "" {
			continue
		}
		r := &reading{ctx: ctx, s: s, t: t, chart: &model.Chart{}, fetched: map[int]*resource{}}
		at := r.location(&resource{e: &entry{bundle: p.bundle}}, node{v: map[string]any{"reference": p.location}})
		if r.err != nil {
			return r.err
		}
		p.bed.Ward, p.bed.WardName, p.bed.Room, p.bed.Bed = cmp.Or(at.Ward, at.Raw, tailOf(p.location)), at.Ward, at.Room, at.Bed
	}
	return nil
}
