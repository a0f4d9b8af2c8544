package incident

import (
	"slices"
	"strconv"
	"time"

	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/incident/plan"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// itoa prints a year without a thousands mark.
func itoa(n int) string { return strconv.Itoa(n) }

// TimelinePage is the whole timeline.
type TimelinePage struct {
	Bar
	Rows    []TimelineRow
	Pager   web.Pager
	Behind  bool
	Entered bool // in the order in which it was written, not in which it happened
}

// PageTitle is the incident's title.
func (p TimelinePage) PageTitle() text.Msg { return text.M("incident.timeline.title", p.Title) }

func (d *Desk) timelinePage(c *web.Call) error {
	s, err := d.scene(c)
	if err != nil {
		return err
	}
	rows := d.timeline(s.in, c.Lang)
	p := TimelinePage{Bar: s.bar("/timeline"), Pager: c.NewPager(len(rows))}
	for _, r := range rows {
		p.Behind = p.Behind || r.Behind > 0
	}
	if p.Entered = c.Query("order") == "entered"; !p.Entered {
		slices.SortStableFunc(rows, func(a, b TimelineRow) int { return b.At.Compare(a.At) })
	}
	from := min(len(rows), (c.PageNumber()-1)*web.PerPage)
	p.Rows = rows[from:min(len(rows), from+web.PerPage)]
	return c.Render("incident.timeline", p)
}

// TasksPage is all tasks by phase.
type TasksPage struct {
	Bar
	Groups []TaskGroup
}

// TaskGroup is the tasks of one phase.
type TaskGroup struct {
	Phase   text.Msg
	Current bool
	Open    int
	Rows    []TaskRow
}

// PageTitle is the incident's title.
func (p TasksPage) PageTitle() text.Msg { return text.M("incident.tasks.title", p.Title) }

func (d *Desk) tasksPage(c *web.Call) error {
	s, err := d.scene(c)
	if err != nil {
		return err
	}
	p := TasksPage{Bar: s.bar("/tasks")}
	tasks := s.in.sortedTasks()
	for _, phase := range plan.Phases()[1:] {
		g := TaskGroup{Phase: text.M("incident.phase." + string(phase)), Current: phase == s.in.Phase}
		for _, t := range tasks {
			if t.Phase != phase {
				continue
			}
			row := s.taskRow(t)
			if row.Open {
				g.Open++
			}
			g.Rows = append(g.Rows, row)
		}
		if len(g.Rows) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	return c.Render("incident.tasks", p)
}

// ClocksPage is clocks, facts and what may apply.
type ClocksPage struct {
	Bar
	Clocks  []ClockRow
	Facts   []FactRow
	Open    []string // categories that nobody answered
	Rules   PackRow
	Decides string
}

// PackRow says where a data pack comes from.
type PackRow struct {
	Edition, Source, Note, URL string
	From, Checked              string
	Confirmed                  bool
}

// FactRow is one fact.
type FactRow struct {
	FactRecord
	Answers []AnswerRow
	Started bool
}

// AnswerRow is the answer to one category.
type AnswerRow struct {
	Name   string
	Answer text.Msg
}

// PageTitle is the incident's title.
func (p ClocksPage) PageTitle() text.Msg { return text.M("incident.clocks.title", p.Title) }

func (d *Desk) clocksPage(c *web.Call) error {
	s, err := d.scene(c)
	if err != nil {
		return err
	}
	cal, err := d.Calendar(c.Ctx())
	if err != nil {
		return err
	}
	h := d.rules.Head
	p := ClocksPage{Bar: s.bar("/clocks"), Clocks: s.clockRows(cal), Decides: d.rules.Decides.In(c.Lang),
		Rules: PackRow{Edition: h.Edition, Source: h.Source.In(c.Lang), Note: h.Note.In(c.Lang), URL: h.SourceURL, From: h.From, Checked: h.Checked, Confirmed: h.Confirmed()}}
	for _, f := range s.in.Facts {
		row := FactRow{FactRecord: f, Started: f.Fact().Started()}
		for _, cat := range d.rules.Categories {
			a := f.Answers[cat.ID]
			if a == "" {
				a = clock.NotKnown
			}
			row.Answers = append(row.Answers, AnswerRow{Name: itoa(cat.No) + ". " + cat.Name.In(c.Lang), Answer: text.M("incident.answer." + string(a))})
		}
		p.Facts = append(p.Facts, row)
	}
	for _, cat := range s.in.OpenCategories(d.rules) {
		p.Open = append(p.Open, itoa(cat.No)+". "+cat.Name.In(c.Lang))
	}
	return c.Render("incident.clocks", p)
}

// CallsPage is who must be reached and the proof.
type CallsPage struct {
	Bar
	Contacts []ContactRow
	Attempts []AttemptRow // newest first
}

// AttemptRow is one attempt.
type AttemptRow struct {
	Attempt
	Means text.Msg
	Mark  web.Mark
}

// ContactRow is one contact for reading.
type ContactRow struct {
	Contact
	Title     string
	Occasion  string
	SideSay   text.Msg
	Address   web.Mark
	SourceSay string
	Reached   web.Mark
}

// PageTitle is the incident's title.
func (p CallsPage) PageTitle() text.Msg { return text.M("incident.calls.title", p.Title) }

func (d *Desk) callsPage(c *web.Call) error {
	s, err := d.scene(c)
	if err != nil {
		return err
	}
	contacts, err := d.Contacts(c.Ctx())
	if err != nil {
		return err
	}
	p := CallsPage{Bar: s.bar("/calls"), Contacts: s.contactRows(contacts)}
	for i := len(s.in.Attempts) - 1; i >= 0; i-- {
		a := s.in.Attempts[i]
		level := map[string]web.Level{ReachedYes: web.Done, ReachedMessage: web.Warn, ReachedNo: web.Danger}[a.Reached]
		p.Attempts = append(p.Attempts, AttemptRow{Attempt: a, Means: text.M("incident.means." + a.Means),
			Mark: web.Mark{Level: level, Say: text.M("incident.reached." + a.Reached)}})
	}
	return c.Render("incident.calls", p)
}

func (s *scene) contactRows(contacts []Contact) []ContactRow {
	var out []ContactRow
	for _, c := range contacts {
		row := contactRow(c, s.c.Lang, s.c.Now)
		row.Reached = web.Mark{Level: web.Unclear, Say: text.M("incident.calls.none")}
		for _, a := range s.in.Attempts {
			if a.Contact != c.Key {
				continue
			}
			row.Reached = web.Mark{Level: web.Warn, Say: text.M("incident.calls.tried", a.At)}
			if s.in.Reached(c.Key) {
				row.Reached = web.Mark{Level: web.Done, Say: text.M("incident.calls.reached")}
			}
		}
		out = append(out, row)
	}
	return out
}

func contactRow(c Contact, lang text.Lang, now time.Time) ContactRow {
	return ContactRow{Contact: c, Title: c.Name.In(lang), Occasion: c.When.In(lang), SideSay: text.M("incident.side." + string(c.Side)),
		Address: c.Mark(now), SourceSay: c.Source.In(lang)}
}

// EvidencePage is the register of evidence with its hand-overs.
type EvidencePage struct {
	Bar
	Rows    []EvidenceRow
	Objects []ObjectRow
}

// EvidenceRow is one piece of evidence.
type EvidenceRow struct {
	Evidence
	Object string
}

// PageTitle is the incident's title.
func (p EvidencePage) PageTitle() text.Msg { return text.M("incident.evidence.title", p.Title) }

func (d *Desk) evidencePage(c *web.Call) error {
	s, err := d.scene(c)
	if err != nil {
		return err
	}
	p := EvidencePage{Bar: s.bar("/evidence"), Objects: s.objectRows()}
	for _, e := range s.in.Evidence {
		row := EvidenceRow{Evidence: *e}
		if o := s.in.Object(e.Object); o != nil {
			row.Object = o.Name
		}
		p.Rows = append(p.Rows, row)
	}
	return c.Render("incident.evidence", p)
}
