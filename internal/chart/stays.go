package chart

import (
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/ssmix2/view"
)

// StayBlock is a stay with its movements. It is computed from messages.
type StayBlock struct {
	Admitted   Val
	Discharged Val // without: no message of discharge
	Place      string
	Dept       string
	Attending  string
	Ending     string
	Away       bool
	Doubts     []string
	Events     []EventLine
	URL        string
}

// EventLine is a movement, a plan or a visit.
type EventLine struct {
	At     Val
	Move   text.Msg
	Place  string
	Dept   string
	By     string
	Reason string
	Undone bool
	Life   web.Mark
	Doubts []string
	URL    string
}

// StayList is what the page of stays shows.
type StayList struct {
	Stays   []StayBlock
	Planned []EventLine
	Visits  []EventLine
}

// stayList puts stays, plans and visits into lines.
func stayList(c *model.Chart, p Printer) StayList {
	var out StayList
	for i := range c.Stays.Rows {
		s := &c.Stays.Rows[i]
		b := StayBlock{Admitted: p.When(s.Admitted), Discharged: p.When(s.Discharged), Place: s.Place.String(), Dept: p.meant("0069", s.Dept), Attending: s.Attending.Show, Ending: p.meant("0112", s.Ending), Away: s.Away,
			Doubts: p.notes(s.Doubts), Events: eventLines(s.Events, p), URL: p.at().original(s.Origin)}
		out.Stays = append(out.Stays, b)
	}
	out.Planned, out.Visits = eventLines(c.Planned.Rows, p), eventLines(c.Visits.Rows, p)
	return out
}

func eventLines(events []model.Event, p Printer) []EventLine {
	var out []EventLine
	for i := range events {
		e := &events[i]
		l := EventLine{At: p.When(e.At), Move: text.M("chart.rec.move." + string(e.Move)), Place: e.Place.String(), Dept: p.meant("0069", e.Dept), By: e.By.Show, Reason: e.Reason.Show, Undone: e.Undone || e.Life != view.Live && e.Life != "", Life: p.Life(e.Life), Doubts: p.notes(e.Doubts), URL: p.at().original(e.Origin)}
		out = append(out, l)
	}
	return out
}

// notes prints doubts.
func (p Printer) notes(list []model.Note) []string {
	var out []string
	for _, n := range list {
		out = append(out, p.Note(n))
	}
	return out
}

// meant is a coded text as sent; a code that stands alone gets its words from
// the table.
func (p Printer) meant(table string, t model.Text) string {
	if t.Show == "" || t.Show != t.Code && t.Code != "" {
		return t.Show
	}
	ja, en, ok := view.TableName(table, t.Show)
	switch {
	case !ok:
		return t.Show
	case p.lang == text.EN:
		return en + " (" + t.Show + ")"
	}
	return ja + " (" + t.Show + ")"
}
