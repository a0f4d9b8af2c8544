package view

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/ssmix2"
)

// nowhere is the place of clocks that are compared with each other alone:
// SS-MIX2 writes no offsets.
func nowhere() *time.Location { return time.UTC }

// Event is a movement with its file.
type Event struct {
	Movement
	File ssmix2.Name `json:"file"`
	// Undone: a message took it back. It counts for no stay.
	Undone bool `json:"undone,omitempty"`
}

func (e *Event) at() time.Time { return e.At.Time.In(nowhere()) }

// Stay is one stay in the hospital, put together of its messages.
type Stay struct {
	Admitted   *Event  `json:"admitted,omitempty"` // nil: no message of admission (see Doubts)
	Discharged *Event  `json:"discharged,omitempty"`
	Moves      []Event `json:"moves,omitempty"` // transfers, leaves and doctors, in order
	// Place, Attending and Dept are those of the last message that names them.
	Place     Place  `json:"place,omitzero"`
	Attending Person `json:"attending,omitzero"`
	Dept      Coded  `json:"dept,omitzero"`
	Away      bool   `json:"away,omitempty"` // on leave: gone and not known to be back
	Doubts    []Note `json:"doubts,omitempty"`
}

// Inside reports whether no discharge is known. It says nothing about what
// happened after the newest message.
func (s *Stay) Inside() bool { return s.Discharged == nil }

// Course is what the movements of a patient come to. It is computed; every
// event it rests on is in it.
type Course struct {
	Stays   []Stay  `json:"stays,omitempty"`   // newest first
	Visits  []Event `json:"visits,omitempty"`  // outpatient visits, newest first
	Planned []Event `json:"planned,omitempty"` // admissions, transfers and discharges planned, in order
	Undone  []Event `json:"undone,omitempty"`  // events taken back and the messages that did it
	Undated []Event `json:"undated,omitempty"` // without a time: they count for no stay
}

// Stays puts stays together: an admission opens one, transfers and leaves go
// into it, a discharge closes it. A message that takes an event back (A11, A12,
// A13, A52, A53 …) undoes the newest one of its type, sent before it, with the
// same time; where no time fits but just one event of the type is left, that one,
// with a doubt. Missing messages do not stop it: a transfer without admission
// begins a stay, a second admission leaves the first one open, each with a
// doubt.
func Stays(files []File) Course {
	var c Course
	var live []Event
	for _, f := range sorted(files, "ADT-01", "ADT-12", "ADT-21", "ADT-22", "ADT-31", "ADT-32", "ADT-41", "ADT-42", "ADT-51", "ADT-52") {
		if f.View.Movement == nil {
			continue
		}
		e := Event{Movement: *f.View.Movement, File: f.Name}
		if e.Life == Cancelled {
			if i := undoes(live, &e); i >= 0 {
				gone := live[i]
				gone.Undone = true
				c.Undone = append(c.Undone, gone)
				live = slices.Delete(live, i, i+1)
			}
			c.Undone = append(c.Undone, e)
			continue
		}
		live = append(live, e)
	}
	slices.SortStableFunc(live, func(a, b Event) int {
		return cmp.Or(a.at().Compare(b.at()), moveRank(a.Move)-moveRank(b.Move), strings.Compare(a.File.Sent, b.File.Sent))
	})
	for i := range live {
		c.take(&live[i])
	}
	slices.Reverse(c.Stays)
	slices.Reverse(c.Visits)
	return c
}

// moveRank orders events of the same minute: in before about before out.
func moveRank(m Move) int {
	switch m {
	case Admitted:
		return 0
	case Discharged:
		return 2
	}
	return 1
}

func undoes(live []Event, e *Event) int {
	last, n := -1, 0
	for i := range live {
		if live[i].Move != e.Move {
			continue
		}
		last, n = i, n+1
	}
	for i := len(live) - 1; i >= 0; i-- {
		if live[i].Move == e.Move && !e.At.Time.IsZero() && live[i].at().Equal(e.at()) {
			return i
		}
	}
	if n == 1 && (e.At.Time.IsZero() || live[last].At.Day == e.At.Day || e.Move == LeaveEnded) {
		return last
	}
	return -1
}

func (c *Course) take(e *Event) {
	switch e.Move {
	case Visited:
		c.Visits = append(c.Visits, *e)
		return
	case AdmissionPlanned, TransferPlanned, DischargePlanned:
		c.Planned = append(c.Planned, *e)
		return
	}
	if e.At.Time.IsZero() {
		c.Undated = append(c.Undated, *e)
		return
	}
	s := c.open()
	switch e.Move {
	case Admitted:
		if s != nil {
			s.Doubts = append(s.Doubts, Note{"stay.no_discharge", []string{e.At.Raw}})
		}
		s = c.begin()
		s.Admitted = e
	case Discharged:
		if s == nil {
			s = c.begin()
			s.Doubts = append(s.Doubts, Note{"stay.no_admission", nil})
		}
		s.Discharged, s.Away = e, false
	case DoctorChanged:
		if s == nil { // void outside a stay
			c.Undated = append(c.Undated, *e)
			return
		}
		s.Moves = append(s.Moves, *e)
	default:
		if s == nil {
			s = c.begin()
			s.Doubts = append(s.Doubts, Note{"stay.no_admission", nil})
		}
		s.Moves = append(s.Moves, *e)
		s.Away = e.Move == LeaveBegan
	}
	s.follow(e)
}

// open is the last stay if nobody was discharged from it.
func (c *Course) open() *Stay {
	if n := len(c.Stays); n > 0 && c.Stays[n-1].Discharged == nil {
		return &c.Stays[n-1]
	}
	return nil
}

func (c *Course) begin() *Stay {
	c.Stays = append(c.Stays, Stay{})
	return &c.Stays[len(c.Stays)-1]
}

// follow takes over where the patient is. A leave's place is not his bed.
func (s *Stay) follow(e *Event) {
	v := e.Visit
	if v == nil {
		return
	}
	if v.Place.Has() && e.Move != LeaveBegan && e.Move != DoctorChanged {
		s.Place = v.Place
	}
	if v.Attending.Has() {
		s.Attending = v.Attending
	}
	if v.Dept.Has() {
		s.Dept = v.Dept
	}
}
