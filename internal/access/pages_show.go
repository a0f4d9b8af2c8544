package access

import (
	"net/url"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// ShowPage is one request with its whole story.
type ShowPage struct {
	Request  Request
	Row      Row
	Facts    []Fact // of the work
	PC       []Fact
	Steps    []Fact // who decided, opened, closed, reviewed
	Doubts   []text.Msg
	Overlaps []Row
	Busy     bool // something overlaps that a vendor's person may not see
	Story    []EventRow
	Main     []Button
	More     []Button
	Own      bool // the reader entered it and may approve others
	Insider  bool
	Missing  text.Msg // why no firewall text can be written
}

// PageTitle names the request.
func (p ShowPage) PageTitle() text.Msg { return text.M("access.show.title", p.Request.Number) }

// Fact is one line of a table of two columns. A value that is empty was not
// entered, and the page says so.
type Fact struct {
	Name  text.Msg
	Value text.Msg
}

// Button leads to a page where a step is taken.
type Button struct {
	URL    string
	Say    text.Msg
	Danger bool
}

// EventRow is one line of the story.
type EventRow struct {
	At    time.Time
	Actor string
	Say   text.Msg
	Note  string
}

func (d *Desk) showPage(c *web.Call) error {
	r, err := d.visible(c)
	if err != nil {
		return err
	}
	who := byOf(c).who()
	p := ShowPage{Request: r, Row: d.row(r, c.Now), Insider: who.Vendor == "", Facts: d.workFacts(r), PC: pcFacts(r)}
	p.Steps = stepFacts(r, p.Insider)
	p.Own = p.Insider && r.Decision == nil && r.State == Asked && r.EnteredBy.ID == who.ID && c.Person.Can(PermApprove)
	if p.Insider {
		for _, doubt := range d.rules.Doubts(r, c.Now) {
			p.Doubts = append(p.Doubts, text.M("access.doubt."+string(doubt)))
		}
	}
	if r.Live() {
		if err := d.about(c, r, &p); err != nil {
			return err
		}
	}
	events, err := d.Story(c.Ctx(), r.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		p.Story = append(p.Story, eventRow(e, p.Insider))
	}
	p.Main, p.More = d.buttons(c, r, who)
	return c.Render("access.show", p)
}

// about adds what else happens on the line, and whether its text can be written.
func (d *Desk) about(c *web.Call, r Request, p *ShowPage) error {
	same, err := d.onLine(c.Ctx(), r.LineID)
	if err != nil {
		return err
	}
	over := Overlapping(r, same, c.Now)
	p.Busy = len(over) > 0
	if !p.Insider {
		return nil
	}
	p.Overlaps = d.rows(over, c.Now)
	in, _, _, err := d.instruct(c, r)
	if err != nil {
		return err
	}
	if in.Missing != nil {
		p.Missing = text.M("access.no."+string(in.Missing.Why), spoken(in.Missing.Args)...)
	}
	return nil
}

// eventRow tells one line of the story. What the hospital wrote at opening,
// closing and review is its own; a vendor's person sees that it happened.
func eventRow(e Event, insider bool) EventRow {
	row := EventRow{At: e.At, Actor: e.Actor, Say: text.M("access.story." + e.Step), Note: e.Note}
	if !e.Until.IsZero() {
		row.Say = text.M("access.story.extend_to", e.Until)
	}
	if !insider {
		switch e.Step {
		case "open", "close", "review", "approve", "undo":
			row.Note, row.Actor = "", ""
		}
	}
	return row
}

func raw(s string) text.Msg {
	if strings.TrimSpace(s) == "" {
		return text.M("access.unknown")
	}
	return text.Raw(s)
}

func orUnknown(prefix, value string) text.Msg {
	if value == "" {
		return text.M("access.unknown")
	}
	return text.M(prefix + value)
}

func day(iso string) text.Msg {
	if d, ok := text.ParseDay(iso); ok {
		return text.M("access.is", d)
	}
	return raw(iso)
}

func (d *Desk) workFacts(r Request) []Fact {
	targets := make([]string, len(r.Targets))
	for i, t := range r.Targets {
		targets[i] = t.Name
		if t.Address != "" && t.Address != t.Name {
			targets[i] += " (" + t.Address + ")"
		}
	}
	facts := []Fact{
		{label("line"), raw(r.LineName)}, {label("vendor"), raw(r.VendorName)}, {label("purpose"), raw(r.Purpose)}, {label("ticket"), raw(r.Ticket)},
		{label("window"), d.window(r.From, r.Until)}, {label("mode"), orUnknown("access.mode.", string(r.Mode))},
		{label("persons"), raw(strings.Join(r.Persons, "、"))}, {label("target"), raw(strings.Join(targets, "、"))},
		{label("services"), raw(joinServices(r.Services))}, {label("sources"), raw(strings.Join(r.Sources, " "))},
		{label("patient"), orUnknown("access.answer.", string(r.PatientData))},
	}
	if r.PatientNote != "" {
		facts = append(facts, Fact{label("patient_note"), raw(r.PatientNote)})
	}
	return facts
}

func pcFacts(r Request) []Fact {
	return []Fact{
		{text.M("access.pc.company"), raw(r.PC.Company)}, {text.M("access.pc.place"), raw(r.PC.Place)}, {text.M("access.pc.name"), raw(r.PC.Name)},
		{text.M("access.pc.os"), raw(r.PC.OS)}, {text.M("access.pc.patched"), day(r.PC.PatchedOn)}, {text.M("access.pc.antivirus"), raw(r.PC.Antivirus)},
		{text.M("access.pc.pattern"), day(r.PC.PatternOn)}, {text.M("access.pc.sharing"), orUnknown("access.sharing.", string(r.PC.Sharing))},
		{text.M("access.pc.network"), raw(r.PC.Network)},
	}
}

// stepFacts says who took which step. A vendor's person sees decisions and the
// result, not who in the hospital did what.
func stepFacts(r Request, insider bool) []Fact {
	name := func(w Who) any {
		if insider || w.Vendor != "" {
			return w.Name
		}
		return text.M("access.hospital")
	}
	facts := []Fact{{text.M("access.by.entered"), text.M("access.by", name(r.EnteredBy), r.EnteredAt)}}
	if dec := r.Decision; dec != nil {
		facts = append(facts, Fact{text.M("access.by.decided"), decided(*dec, name)})
	}
	if r.Opening != nil {
		say := text.M("access.by", name(r.Opening.By), r.Opening.At)
		if !r.Opening.At.Equal(r.Opening.RecordedAt) {
			say = text.M("access.by.told", name(r.Opening.By), r.Opening.At, r.Opening.RecordedAt)
		}
		facts = append(facts, Fact{text.M("access.by.opened"), say})
	}
	for _, x := range r.Extensions {
		say := text.M("access.extension.waits", x.Until, x.Reason)
		if x.Decision != nil {
			say = text.M("access.extension.done", x.Until, x.Reason, decided(*x.Decision, name))
		}
		facts = append(facts, Fact{text.M("access.by.extension"), say})
	}
	if r.Closing != nil {
		key := "access.by"
		if r.Closing.ClockDoubt {
			key = "access.by.clock"
		} else if r.Closing.Late {
			key = "access.by.late"
		}
		say := text.M(key, name(r.Closing.By), r.Closing.At)
		if !r.Closing.At.Equal(r.Closing.RecordedAt) {
			say = text.M("access.by.told", name(r.Closing.By), r.Closing.At, r.Closing.RecordedAt)
		}
		facts = append(facts, Fact{text.M("access.by.closed"), say})
	}
	for _, v := range r.Reviews {
		facts = append(facts, Fact{text.M("access.by.reviewed"), text.M("access.by.result", name(v.By), v.At, text.M("access.result."+string(v.Result)))})
	}
	if r.Ending != nil {
		facts = append(facts, Fact{text.M("access.by.cancelled"), text.M("access.by.reason", name(r.Ending.By), r.Ending.At, r.Ending.Reason)})
	}
	return facts
}

func decided(d Decision, name func(Who) any) text.Msg {
	key := "access.decided.no"
	switch {
	case d.Yes && d.After:
		key = "access.decided.after"
	case d.Yes:
		key = "access.decided.yes"
	}
	return text.M(key, name(d.By), d.At, d.Reason)
}

// buttons gives what the reader may do with the request now: the steps that
// the rules allow first, the rest apart.
func (d *Desk) buttons(c *web.Call, r Request, who Who) (main, more []Button) {
	for _, s := range actSpecs() {
		if !c.Person.Can(s.perm) || s.hidden(r) || s.try(d, r, who, c.Now) != nil {
			continue
		}
		b := Button{URL: requestURL(r.ID, "/"+s.name), Say: text.M("access.act." + s.name), Danger: s.danger}
		if s.more {
			more = append(more, b)
		} else {
			main = append(main, b)
		}
	}
	if c.Person.Can(PermReview) && d.mayReview(r, who, c.Now) == nil {
		main = append(main, Button{URL: requestURL(r.ID, "/review"), Say: text.M("access.act.review")})
	}
	if who.Vendor == "" {
		more = append(more, Button{URL: requestURL(r.ID, "/instruction"), Say: text.M("access.act.instruction")},
			Button{URL: "/access/lines/" + r.LineID, Say: text.M("access.line.edit")})
	}
	if c.Person.Can(PermRequest) {
		if r.State == Asked && r.Opening == nil {
			more = append(more, Button{URL: requestURL(r.ID, "/change"), Say: text.M("access.act.change")})
		}
		more = append(more, Button{URL: "/access/new?copy=" + url.QueryEscape(r.ID), Say: text.M("access.act.copy")})
	}
	if v := r.LastReview(); v != nil && v.Result == Incident && who.Vendor == "" && c.Person.Can(permDeclare) {
		main = append(main, Button{URL: incidentURL(c, r), Say: text.M("access.act.incident"), Danger: true})
	}
	return main, more
}

// mayReview asks the rules whether this person could review now, whatever the
// answers will be.
func (d *Desk) mayReview(r Request, who Who, now time.Time) error {
	_, err := d.rules.Review(r, Review{Result: Question, Note: "-"}, who, now)
	return err
}

// permDeclare is the right of package incident, which stands below this one in
// the order of the domains and cannot be imported.
const permDeclare web.Perm = "incident.write"

// incidentURL opens the declaration of an incident with what is known here. It
// begins as a suspicion: a review says that something is wrong, people decide
// what it is.
func incidentURL(c *web.Call, r Request) string {
	q := url.Values{}
	q.Set("kind", "suspicion")
	q.Set("title", c.T("access.incident.title", r.LineName, r.Number))
	q.Set("noticed", c.T("access.incident.what", r.VendorName, r.LineName, r.From, r.Until, r.LastReview().Note))
	q.Set("from", requestURL(r.ID, ""))
	return "/incident/declare?" + q.Encode()
}
