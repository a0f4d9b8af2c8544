package backentry

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/witness"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Module is the queue's share of a site.
func (d *Desk) Module() web.Module {
	return web.Module{
		Name: "backentry", Files: files,
		Pages: []web.Page{{Name: "list", Data: ListPage{}}, {Name: "entry", Data: EntryPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /backentry", Perm: right.Entry, Do: d.listPage},
			{Pattern: "GET /backentry/new", Perm: right.Entry, Do: d.newForm},
			{Pattern: "POST /backentry/new", Perm: right.Entry, Body: MaxScan + web.MaxBody, Do: d.take},
			{Pattern: "POST /backentry/export", Perm: right.Entry, Do: d.export},
			{Pattern: "GET /backentry/e/{id}", Perm: right.Entry, Do: d.entryPage},
			{Pattern: "GET /backentry/e/{id}/scan", Perm: right.Entry, Do: d.scanFile},
			{Pattern: "POST /backentry/e/{id}/settle", Perm: right.Entry, Do: d.takeSettle},
			{Pattern: "POST /backentry/e/{id}/reopen", Perm: right.Entry, Do: d.takeReopen},
		},
		Nav: []web.Nav{{Key: "backentry.nav", URL: "/backentry", Perm: right.Entry, Order: 9}},
	}
}

// ListPage is the queue.
type ListPage struct {
	State   State
	Patient string
	Counts  []Count
	Rows    []Entry
	Pager   web.Pager
}

// Count is how many entries are in a state.
type Count struct {
	State   State
	N       int
	Current bool
}

// Mark shows a state by shape and word.
func (s State) Mark() web.Mark {
	m := web.Mark{Level: web.Warn, Say: text.M("backentry.state." + string(s))}
	switch s {
	case Entered:
		m.Level = web.Done
	case Dropped:
		m.Level = web.Nothing
	}
	return m
}

// KindSay is the kind in words.
func (e Entry) KindSay() text.Msg { return text.M("backentry.kind." + e.Kind) }

func (d *Desk) listPage(c *web.Call) error {
	p := ListPage{State: Open, Patient: c.Query("patient")}
	switch s := State(c.Query("state")); s {
	case Entered, Dropped:
		p.State = s
	}
	by, _, err := d.Count(c.Ctx())
	if err != nil {
		return err
	}
	for _, s := range []State{Open, Entered, Dropped} {
		p.Counts = append(p.Counts, Count{State: s, N: by[s], Current: s == p.State})
	}
	var total int
	p.Rows, total, err = d.Entries(c.Ctx(), Filter{State: p.State, Patient: p.Patient, Offset: (c.PageNumber() - 1) * web.PerPage, Limit: web.PerPage})
	if err != nil {
		return err
	}
	p.Pager = c.NewPager(total)
	return c.Render("backentry.list", p)
}

func form(now time.Time, zone *time.Location) web.Form {
	var kinds []web.Option
	for _, k := range Kinds() {
		kinds = append(kinds, web.Option{Value: k, Say: text.M("backentry.kind." + k)})
	}
	return web.Form{
		Title: text.M("backentry.new.title"), Intro: text.M("backentry.new.intro"), Action: "/backentry/new", Submit: text.M("backentry.new.submit"), Cancel: "/backentry",
		Fields: []web.Field{
			{Name: "id", Kind: web.HiddenField, Value: ledger.NewID(), Max: 64},
			{Name: "patient", Label: text.M("backentry.col.patient"), Kind: web.TextField, Required: true, Max: 30},
			{Name: "name", Label: text.M("backentry.col.name"), Help: text.M("backentry.h.name"), Kind: web.TextField, Required: true, Max: 80},
			{Name: "kind", Label: text.M("backentry.col.kind"), Kind: web.SelectField, Options: kinds, Required: true, Value: kinds[0].Value},
			{Name: "at", Label: text.M("backentry.col.at"), Kind: web.TimeField, Required: true, Value: web.TimeValue(now, zone)},
			{Name: "by", Label: text.M("backentry.col.by"), Help: text.M("backentry.h.by"), Kind: web.TextField, Required: true, Max: 80},
			{Name: "text", Label: text.M("backentry.col.text"), Help: text.M("backentry.h.text"), Kind: web.AreaField, Wide: true, Max: 4000},
			{Name: "sheet", Label: text.M("backentry.col.sheet"), Help: text.M("backentry.h.sheet"), Kind: web.TextField, Max: 80},
			{Name: "scan", Label: text.M("backentry.col.scan"), Help: text.M("backentry.h.scan", MaxScan>>20), Kind: web.FileField, Accept: ".jpg,.jpeg,.png,.pdf"},
			{Name: "anyway", Label: text.M("backentry.f.anyway"), Kind: web.CheckField},
		},
	}
}

func (d *Desk) newForm(c *web.Call) error {
	f := form(c.Now, c.Zone())
	f.Set("patient", c.Query("patient"))
	f.Set("by", c.Person.Name)
	if id, names := d.lookup(c.Ctx(), c.Query("patient")); len(names) > 0 {
		f.Set("patient", id)
		f.Set("name", names[0])
	}
	return c.RenderForm(f)
}

func (d *Desk) take(c *web.Call) error {
	f := form(c.Now, c.Zone())
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	up, err := f.File("scan")
	if err != nil {
		return err
	}
	e := Entry{ID: f.Text("id"), Patient: f.Text("patient"), Kind: f.Text("kind"), At: f.Time("at"), Scan: up.Data,
		Body: Body{Name: f.Text("name"), By: f.Text("by"), Text: f.Text("text"), Sheet: f.Text("sheet")}}
	if ok && !f.Checked("anyway") {
		if other := d.Clash(c.Ctx(), e.Patient, e.Body.Name); other != "" {
			f.Fail("name", "backentry.clash", other)
			ok = false
		}
	}
	if !ok {
		return c.RenderForm(f)
	}
	if err := d.Add(c.Ctx(), ledger.ActorOf(c), e); err != nil {
		known, isFault := fieldOf(err)
		if !isFault {
			return err
		}
		f.Fail(known.field, known.msg.Key, known.msg.Args...)
		return c.RenderForm(f)
	}
	return c.Redirect("/backentry/e/"+e.ID, text.M("backentry.added"))
}

type fieldFault struct {
	field string
	msg   text.Msg
}

// fieldOf says to which field a refusal of Add belongs.
func fieldOf(err error) (fieldFault, bool) {
	f := fault.Of(err)
	field := map[string]string{"backentry.empty": "text", "backentry.future": "at", "backentry.scan.large": "scan", "backentry.scan.kind": "scan"}[f.Msg.Key]
	return fieldFault{field: field, msg: f.Msg}, field != ""
}

// EntryPage is one entry.
type EntryPage struct {
	Entry  Entry
	Settle web.Form
	Drop   web.Form
	Reopen web.Form
}

// PageTitle names the entry's kind and patient.
func (p EntryPage) PageTitle() text.Msg {
	return text.M("backentry.entry.title", p.Entry.KindSay(), p.Entry.Patient)
}

func (d *Desk) entryPage(c *web.Call) error {
	e, err := d.Entry(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	if err := d.cfg.Book.Note(c.Ctx(), ledger.ActorOf(c), "backentry.entry.view", witness.Patient(e.Patient), map[string]any{"entry": e.ID}); err != nil {
		return err
	}
	base := "/backentry/e/" + e.ID
	state := func(s State) web.Field { return web.Field{Name: "to", Kind: web.HiddenField, Value: string(s)} }
	return c.Render("backentry.entry", EntryPage{
		Entry: e,
		Settle: web.Form{Action: base + "/settle", Submit: text.M("backentry.settle"), Fields: []web.Field{state(Entered),
			{Name: "note", Label: text.M("backentry.f.entered"), Kind: web.TextField, Max: 200}}},
		Drop: web.Form{Action: base + "/settle", Submit: text.M("backentry.drop"), Fields: []web.Field{state(Dropped),
			{Name: "note", Label: text.M("backentry.f.why"), Kind: web.TextField, Required: true, Max: 200}}},
		Reopen: web.Form{Action: base + "/reopen", Submit: text.M("backentry.reopen")},
	})
}

func (d *Desk) scanFile(c *web.Call) error {
	e, err := d.Entry(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	if e.ScanType == "" {
		return fault.New(fault.NotFound, "backentry.none")
	}
	if err := d.cfg.Book.Note(c.Ctx(), ledger.ActorOf(c), "backentry.scan.view", witness.Patient(e.Patient), map[string]any{"entry": e.ID}); err != nil {
		return err
	}
	return c.Download(scanName(e), e.ScanType, e.Scan)
}

func (d *Desk) takeSettle(c *web.Call) error {
	to := State(c.R.PostFormValue("to"))
	if err := d.Settle(c.Ctx(), ledger.ActorOf(c), c.Path("id"), to, c.R.PostFormValue("note")); err != nil {
		return err
	}
	return c.Redirect("/backentry", text.M("backentry.settled"))
}

func (d *Desk) takeReopen(c *web.Call) error {
	if err := d.Reopen(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/backentry/e/"+c.Path("id"), text.M("backentry.reopened"))
}

func (d *Desk) export(c *web.Call) error {
	f := Filter{State: State(c.R.PostFormValue("state")), Patient: c.R.PostFormValue("patient")}
	data, n, err := d.Export(c.Ctx(), f, c.Say, c.Zone())
	if err != nil {
		return err
	}
	if err := d.cfg.Book.Note(c.Ctx(), ledger.ActorOf(c), "backentry.export", "backentry", map[string]any{"state": f.State, "patient": f.Patient, "entries": n}); err != nil {
		return err
	}
	return c.Download("backentry-"+c.Now.In(c.Zone()).Format("20060102-1504")+".zip", "application/zip", data)
}

// late is after how long an open entry presses.
const late = 7 * 24 * time.Hour

// Todos says that something still stands on paper alone.
func (d *Desk) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	if !p.Can(right.Entry) {
		return nil, nil
	}
	by, oldest, err := d.Count(ctx)
	if err != nil || by[Open] == 0 {
		return nil, err
	}
	t := today.Todo{Level: today.Info, Say: text.M("backentry.todo", by[Open]), Why: text.M("backentry.todo.why", oldest), URL: "/backentry", Rank: 60}
	if d.cfg.Clock().Sub(oldest) > late {
		t.Level = today.Amber
	}
	return []today.Todo{t}, nil
}

// Readings says how much of what was written on paper stands in the records
// system again, as far as it was put into the queue.
func (d *Desk) Readings(ctx context.Context) ([]reading.Reading, error) {
	by, _, err := d.Count(ctx)
	if err != nil {
		return nil, err
	}
	r := reading.Reading{ID: "chart.backentry", Basis: reading.Register, URL: "/backentry", Count: by[Open], Total: by[Open] + by[Entered] + by[Dropped]}
	switch {
	case r.Total == 0:
		r.State, r.Say = reading.None, text.M("backentry.reading.none")
	case by[Open] > 0:
		r.State, r.Say, r.At = reading.Bad, text.M("backentry.reading.bad", by[Open], r.Total), d.cfg.Clock()
	default:
		r.State, r.Say, r.At = reading.Good, text.M("backentry.reading.good", r.Total), d.cfg.Clock()
	}
	return []reading.Reading{r}, nil
}
