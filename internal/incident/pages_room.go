package incident

import (
	"time"

	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/incident/plan"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

func actorOf(c *web.Call) ledger.Actor { return ledger.ActorOf(c) }

// RoomPage is the incident room.
type RoomPage struct {
	Bar
	Noticed    string
	NoticedBy  string
	From       string
	Clocks     []ClockRow
	NoFact     bool
	Next       []TaskRow
	OpenTasks  int
	Held       int
	Entry      web.Form
	Care       []CareRow
	Numbers    []NumberRow
	Objects    []ObjectRow
	Decisions  []Decision // newest first, at most shownDecisions
	Unreached  []ContactRow
	Note       *RansomNote
	Evidence   int
	Recipients []RecipientRow
	Timeline   []TimelineRow // newest first, at most shownLines
	More       int
	Behind     bool // some record was written with an earlier clock
	Blockers   []Blocker
}

// PageTitle is the incident's title.
func (p RoomPage) PageTitle() text.Msg { return p.Title }

// How much the room shows before it links to the whole.
const (
	shownTasks     = 7
	shownDecisions = 5
	shownLines     = 20
)

// CareRow is the state of one service.
type CareRow struct {
	Care
	Service text.Msg
	Mark    web.Mark
	Known   bool
	Key     string
}

// NumberRow is one count.
type NumberRow struct {
	Number
	Metric text.Msg
}

// ObjectRow is one affected object.
type ObjectRow struct {
	Object
	State     text.Msg
	Preserved web.Mark
}

// RecipientRow is one wrong recipient.
type RecipientRow struct {
	Recipient
	Retrieved web.Mark
	Opened    text.Msg
	Told      web.Mark
}

// TaskRow is one task with what can be done with it.
type TaskRow struct {
	Task
	Title, Note string
	Act         text.Msg
	Object      string
	Mark        web.Mark
	Basis       text.Msg
	Held        bool
	Open        bool
	CanStart    bool
}

func (s *scene) taskRow(t *Task) TaskRow {
	row := TaskRow{Task: *t, Title: t.Title.In(s.c.Lang), Note: t.Note.In(s.c.Lang), Open: !t.State.Finished(), Held: s.in.Held(t),
		CanStart: t.State == Waiting}
	if t.Act != plan.Plain {
		row.Act = actText(t.Act)
	}
	if o := s.in.Object(t.Object); o != nil {
		row.Object = o.Name
	}
	if t.Basis != "" {
		row.Basis = text.M("incident.basis."+string(t.Basis), t.Osaka)
	}
	row.Mark = s.taskMark(t, row.Held)
	return row
}

func (s *scene) taskMark(t *Task, held bool) web.Mark {
	switch {
	case t.State == Done:
		return web.Mark{Level: web.Done, Say: text.M("incident.task.done", t.LastBy, t.LastAt)}
	case t.State == Dropped:
		return web.Mark{Level: web.Nothing, Say: text.M("incident.task.dropped", t.LastBy, t.Result)}
	case held:
		return web.Mark{Level: web.Danger, Say: text.M("incident.task.is_held")}
	case !t.Due.IsZero() && s.c.Now.After(t.Due):
		return web.Mark{Level: web.Danger, Say: text.M("incident.task.over", int(s.c.Now.Sub(t.Due)/time.Hour), int(s.c.Now.Sub(t.Due)/time.Minute)%60)}
	case t.State == Started:
		return web.Mark{Level: web.Info, Say: text.M("incident.task.started", t.LastBy, t.LastAt)}
	case !t.Due.IsZero() && t.Due.Sub(s.c.Now) < time.Hour:
		return web.Mark{Level: web.Warn, Say: text.M("incident.task.soon", int(t.Due.Sub(s.c.Now)/time.Minute))}
	}
	return web.Mark{Level: web.Info, Say: text.M("incident.task.waiting")}
}

func (d *Desk) roomPage(c *web.Call) error {
	s, err := d.scene(c)
	if err != nil {
		return err
	}
	cal, err := d.Calendar(c.Ctx())
	if err != nil {
		return err
	}
	contacts, err := d.Contacts(c.Ctx())
	if err != nil {
		return err
	}
	in := s.in
	p := RoomPage{Bar: s.bar(""), Noticed: in.Noticed, NoticedBy: in.NoticedBy, From: in.From, Clocks: s.clockRows(cal),
		NoFact: len(in.ClockFacts()) == 0, Care: s.careRows(), Objects: s.objectRows(), Note: in.Note, Evidence: len(in.Evidence),
		Recipients: in.recipientRows(), Unreached: s.contactRows(in.unreached(contacts)), Timeline: d.timeline(in, c.Lang)}
	for _, t := range in.NextTasks(shownTasks) {
		p.Next = append(p.Next, s.taskRow(t))
	}
	for _, t := range in.Tasks {
		if !t.State.Finished() {
			p.OpenTasks++
		}
		if in.Held(t) {
			p.Held++
		}
	}
	for _, n := range in.Numbers {
		p.Numbers = append(p.Numbers, NumberRow{Number: n, Metric: text.M("incident.metric." + n.Metric)})
	}
	for i := len(in.Decisions) - 1; i >= 0 && len(p.Decisions) < shownDecisions; i-- {
		p.Decisions = append(p.Decisions, in.Decisions[i])
	}
	for _, r := range in.Records {
		p.Behind = p.Behind || r.Behind > 0
	}
	if n := len(p.Timeline); n > shownLines {
		p.Timeline, p.More = p.Timeline[:shownLines], n-shownLines
	}
	if in.Open() {
		p.Blockers = d.Blockers(in, cal, c.Lang)
	}
	p.Entry = s.quickEntry()
	return c.Render("incident.room", p)
}

// quickEntry is the form on the room page itself: one line, one click.
func (s *scene) quickEntry() web.Form {
	return web.Form{Action: "/incident/" + s.in.ID + "/entry", Submit: text.M("incident.form.entry.do"),
		Fields: []web.Field{must(area("text")), s.when()}}
}

func (s *scene) careRows() []CareRow {
	var out []CareRow
	for _, service := range Services() {
		row := CareRow{Service: text.M("incident.service." + service), Key: service,
			Mark: web.Mark{Level: web.Unclear, Say: text.M("incident.care.unknown")}}
		for _, c := range s.in.Care {
			if c.Service == service {
				row.Care, row.Known = c, true
				row.Mark = careMark(c.State)
			}
		}
		out = append(out, row)
	}
	return out
}

func careMark(state string) web.Mark {
	level := web.Info
	switch state {
	case "stopped":
		level = web.Danger
	case "limited", "used":
		level = web.Warn
	}
	return web.Mark{Level: level, Say: text.M("incident.care." + state)}
}

func (s *scene) objectRows() []ObjectRow {
	var out []ObjectRow
	for _, o := range s.in.Objects {
		row := ObjectRow{Object: *o, State: text.M("incident.object." + string(o.State))}
		row.Preserved = web.Mark{Level: web.Warn, Say: text.M("incident.object.not_preserved")}
		if s.in.Preserved(o.ID) {
			row.Preserved = web.Mark{Level: web.Done, Say: text.M("incident.object.preserved")}
		}
		out = append(out, row)
	}
	return out
}

func (in *Incident) recipientRows() []RecipientRow {
	var out []RecipientRow
	for _, p := range in.Recipients {
		row := RecipientRow{Recipient: *p, Opened: text.M("incident.opened." + p.Opened)}
		level := map[string]web.Level{"yes": web.Done, "asked": web.Warn, "no": web.Danger}[p.Retrieved]
		row.Retrieved = web.Mark{Level: level, Say: text.M("incident.retrieved." + p.Retrieved)}
		level = map[string]web.Level{"yes": web.Done, "no": web.Warn}[p.Told]
		row.Told = web.Mark{Level: level, Say: text.M("incident.told." + p.Told)}
		out = append(out, row)
	}
	return out
}

// ClockRow is one legal clock for reading.
type ClockRow struct {
	Deadline
	Name, To, Rule string
	Sign           web.Mark
	Known          time.Time
	Target         time.Time // zero when the clock has no days
	Raw            time.Time // before closed days, zero when nothing moved
	Marks          []DayMark
	Warnings       []text.Msg
	CanSettle      bool
}

// DayMark is "day 3" with its date.
type DayMark struct {
	Number int
	Day    time.Time
}

func (s *scene) clockRows(cal *clock.Calendar) []ClockRow {
	var out []ClockRow
	for _, dl := range s.d.clocks(s.in, cal) {
		c := dl.Clock
		row := ClockRow{Deadline: dl, Name: c.Rule.Name.In(s.c.Lang), To: c.Rule.To.In(s.c.Lang), Rule: c.Rule.Rule.In(s.c.Lang),
			Sign: dl.Mark(), Known: c.Known.Time(), CanSettle: dl.Settled == nil && s.in.Open()}
		if t := c.Target(); !t.Zero() {
			row.Target = t.Time()
		}
		for _, m := range c.Marks {
			row.Marks = append(row.Marks, DayMark{Number: m.Number, Day: m.Day.Time()})
		}
		if c.Due != nil && len(c.Due.Steps) > 0 {
			row.Raw = c.Due.Raw.Time()
		}
		row.Warnings = clockWarnings(c)
		out = append(out, row)
	}
	return out
}

func clockWarnings(c clock.Clock) []text.Msg {
	var out []text.Msg
	if c.BeforeRule {
		out = append(out, text.M("incident.clock.before_rule"))
	}
	if c.Due == nil {
		return out
	}
	for _, y := range c.Due.MissingYears {
		out = append(out, text.M("incident.clock.missing_year", itoa(y)))
	}
	for _, h := range c.Due.Computed {
		out = append(out, text.M("incident.clock.computed", h.Day))
	}
	return out
}
