package incident

import (
	"cmp"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/incident/draft"
	"github.com/torideproject/toride/internal/incident/plan"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// dataset gathers what the incident's records say, by field of the drafts.
// What people typed into fields stays as it is; the rest is told from the
// records with the time of the latest one. Nothing is filled that no record
// holds.
func (s *scene) dataset() draft.Dataset {
	in := s.in
	data := draft.Dataset{Hospital: s.c.Hospital(), Title: in.Title, Drill: in.Drill, Made: s.c.Now, MadeBy: s.c.Person.Name,
		Zone: s.c.Zone(), Values: map[string]draft.Value{}}
	for id, v := range in.Values {
		data.Values[id] = v
	}
	put := func(id, words, by string, at time.Time) {
		if words = strings.TrimSpace(words); words != "" {
			data.Values[id] = draft.Value{Text: words, By: by, At: at}
		}
	}
	put("hospital", s.c.Hospital(), "", time.Time{})
	put("kind", s.c.T("incident.kind."+string(in.Kind)), in.DeclaredBy, in.Declared)
	put("zero", s.stamp(in.Zero), in.DeclaredBy, in.Declared)
	put("noticed", s.c.T("incident.draft.noticed", in.Noticed, in.NoticedBy), in.DeclaredBy, in.Declared)
	put("commander", in.Commander, "", time.Time{})
	put("phase", s.c.T("incident.phase."+string(in.Phase)), "", time.Time{})
	s.putFacts(put)
	s.putState(put)
	s.putRecords(put)
	return data
}

type putter func(id, words, by string, at time.Time)

func (s *scene) stamp(t time.Time) string { return text.DateTime(s.c.Lang, t.In(s.c.Zone())) }

func (s *scene) putFacts(put putter) {
	var known, answers []string
	var last FactRecord
	for _, f := range s.in.Facts {
		if f.Withdrawn != "" {
			continue
		}
		last = f
		known = append(known, s.c.T("incident.draft.known", f.KnownAt, f.KnownBy))
		for _, cat := range s.d.rules.Categories {
			a := cmp.Or(string(f.Answers[cat.ID]), "unknown")
			answers = append(answers, itoa(cat.No)+". "+cat.Name.In(s.c.Lang)+": "+s.c.T("incident.answer."+a))
		}
	}
	put("known", strings.Join(known, "\n"), last.By, last.Entered)
	put("categories", strings.Join(answers, "\n"), last.By, last.Entered)
}

// putState tells objects, care, numbers and the note.
func (s *scene) putState(put putter) {
	var objects []string
	for _, o := range s.in.Objects {
		objects = append(objects, s.c.T("incident.draft.object", o.Name, text.M("incident.object."+string(o.State)), o.Note))
	}
	put("systems", strings.Join(objects, "\n"), "", time.Time{})
	var care, by []string
	var at time.Time
	for _, c := range s.in.Care {
		care = append(care, s.c.T("incident.draft.care", text.M("incident.service."+c.Service), text.M("incident.care."+c.State), c.At, c.Note))
		by, at = append(by, c.By), later(at, c.At)
	}
	put("care", strings.Join(care, "\n"), last(by), at)
	var numbers []string
	by, at = nil, time.Time{}
	for _, n := range s.in.Numbers {
		numbers = append(numbers, s.c.T("incident.draft.number", text.M("incident.metric."+n.Metric), n.Value, n.At, n.Note))
		by, at = append(by, n.By), later(at, n.At)
	}
	put("numbers", strings.Join(numbers, "\n"), last(by), at)
	if n := s.in.Note; n != nil {
		put("note_text", n.Text, n.By, n.At)
		put("note_ext", n.Ext, n.By, n.At)
		put("note_contact", n.Contact, n.By, n.At)
	}
}

// putRecords tells measures, evidence, decisions, contacts and recipients.
func (s *scene) putRecords(put putter) {
	var measures, preserved, decisions, contacted, recipients []string
	for _, t := range s.in.Tasks {
		if t.State == Done && (t.Act == plan.Cut || t.Act == plan.Preserve || t.Act == plan.Plain) {
			measures = append(measures, s.c.T("incident.draft.measure", t.LastAt, t.Title.In(s.c.Lang), t.Result))
		}
	}
	for _, e := range s.in.Evidence {
		preserved = append(preserved, s.c.T("incident.draft.evidence", e.Taken, e.What, e.Place, cmp.Or(e.Hash, "-")))
	}
	for _, d := range s.in.Decisions {
		decisions = append(decisions, s.c.T("incident.draft.decision", d.At, d.What, d.Who, d.Reasons, d.Care))
	}
	for _, a := range s.in.Attempts {
		if a.Reached == ReachedYes {
			contacted = append(contacted, s.c.T("incident.draft.contact", a.At, a.Name, cmp.Or(a.Person, "-"), cmp.Or(a.Reference, "-")))
		}
	}
	for _, p := range s.in.Recipients {
		recipients = append(recipients, s.c.T("incident.draft.recipient", p.Who, p.What, p.People, text.M("incident.retrieved."+p.Retrieved), text.M("incident.told."+p.Told)))
	}
	for id, rows := range map[string][]string{"measures": measures, "preserved": preserved, "decisions": decisions, "contacted": contacted, "recipients": recipients} {
		put(id, strings.Join(rows, "\n"), "", time.Time{})
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// last gives the last of the names, empty when there is none.
func last(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

// DraftsPage is all drafts with what is still empty, and the words of one.
type DraftsPage struct {
	Bar
	Forms  []FormRow
	Shown  *draft.Document
	Source PackRow
}

// FormRow is one form.
type FormRow struct {
	ID, Title, To  string
	Missing, Total int
	Current        bool
}

// PageTitle is the incident's title.
func (p DraftsPage) PageTitle() text.Msg { return text.M("incident.drafts.title", p.Title) }

func (d *Desk) draftsPage(c *web.Call) error {
	s, err := d.scene(c)
	if err != nil {
		return err
	}
	data := s.dataset()
	p := DraftsPage{Bar: s.bar("/drafts"), Source: packRow(d.forms.Head, c.Lang)}
	want := c.Query("form")
	for _, form := range d.forms.Forms {
		doc := d.forms.Fill(form, data, c.Lang)
		p.Forms = append(p.Forms, FormRow{ID: form.ID, Title: doc.Title, To: doc.To, Missing: doc.Missing(), Total: len(doc.Lines), Current: form.ID == want})
		if form.ID == want {
			p.Shown = &doc
		}
	}
	return c.Render("incident.drafts", p)
}

func (d *Desk) document(c *web.Call) (*scene, draft.Document, error) {
	s, err := d.scene(c)
	if err != nil {
		return nil, draft.Document{}, err
	}
	form, ok := d.forms.Form(c.Path("form"))
	if !ok {
		return nil, draft.Document{}, fault.New(fault.NotFound, "incident.draft.unknown")
	}
	return s, d.forms.Fill(form, s.dataset(), c.Lang), nil
}

// sent notes in the ledger that a draft left the screen as a file.
func (s *scene) sent(form, kind string) error {
	return s.d.book.Note(s.c.Ctx(), s.actor(), "incident.draft.download", "incident/"+s.in.ID, map[string]string{"form": form, "as": kind})
}

func (d *Desk) draftText(c *web.Call) error {
	s, doc, err := d.document(c)
	if err != nil {
		return err
	}
	if err := s.sent(doc.Form, "text"); err != nil {
		return err
	}
	// The mark at the start makes old editors read it as UTF-8.
	return c.Download(s.fileName(doc.Form)+".txt", "text/plain; charset=utf-8", []byte("\ufeff"+doc.Text()))
}

func (d *Desk) draftXLSX(c *web.Call) error {
	s, doc, err := d.document(c)
	if err != nil {
		return err
	}
	data, err := doc.XLSX()
	if err != nil {
		return err
	}
	if err := s.sent(doc.Form, "xlsx"); err != nil {
		return err
	}
	return c.Download(s.fileName(doc.Form)+".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", data)
}

// fileName is made of plain letters: it travels by mail and USB stick.
func (s *scene) fileName(form string) string {
	name := "incident-" + itoa(s.in.No) + "-" + form
	if s.in.Drill {
		name += "-drill"
	}
	return name + "-" + s.c.Now.In(s.c.Zone()).Format("20060102-1504")
}
