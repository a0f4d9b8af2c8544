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
	Undone bool   `json:"undone,omitempty"`
	Doubts []Note `json:"doubts,omitempty"`
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
	h := history{at: map[happened][]int{}, left: map[Move]int{}, last: map[Move][]int{}}
	for _, f := range sorted(files, "ADT-01", "ADT-12", "ADT-21", "ADT-22", "ADT-31", "ADT-32", "ADT-41", "ADT-42", "ADT-51", "ADT-52") {
		if f.View.Movement == nil {
			continue
		}
		e := Event{Movement: *f.View.Movement, File: f.Name}
		if e.Life != Cancelled {
			h.add(e)
			continue
		}
		if i := h.undoes(&e); i >= 0 {
			h.events[i].Undone = true
			c.Undone = append(c.Undone, h.events[i])
		}
		c.Undone = append(c.Undone, e)
	}
	live := slices.DeleteFunc(h.events, func(e Event) bool { return e.Undone })
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

type happened struct {
	move Move
	at   int64
}

// history finds the event that is taken back without looking at all of them.
type history struct {
	events []Event
	at     map[happened][]int
	last   map[Move][]int // places that may still stand, newest last
	left   map[Move]int   // how many stand
}

func (h *history) add(e Event) {
	i, k := len(h.events), happened{e.Move, e.at().Unix()}
	h.events = append(h.events, e)
	h.at[k] = append(h.at[k], i)
	h.last[e.Move] = append(h.last[e.Move], i)
	h.left[e.Move]++
}

// undoes finds the place of the event that e takes back; -1 for none.
func (h *history) undoes(e *Event) int {
	if k := (happened{e.Move, e.at().Unix()}); !e.At.Time.IsZero() && len(h.at[k]) > 0 {
		list := h.at[k]
		i := list[len(list)-1]
		h.at[k] = list[:len(list)-1]
		h.left[e.Move]--
		h.events[i].Undone = true
		return i
	}
	if h.left[e.Move] != 1 {
		return -1
	}
	list := h.last[e.Move]
	for h.events[list[len(list)-1]].Undone {
		list = list[:len(list)-1]
	}
	h.last[e.Move] = list
	i := list[len(list)-1]
	one := &h.events[i]
	if !e.At.Time.IsZero() && one.At.Day != e.At.Day && e.Move != LeaveEnded {
		return -1
	}
	k := happened{one.Move, one.at().Unix()}
	h.at[k] = slices.DeleteFunc(h.at[k], func(j int) bool { return j == i })
	h.left[e.Move]--
	one.Doubts = append(one.Doubts, Note{"cancel.time_differs", []string{one.At.Raw, e.At.Raw}})
	return i
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
