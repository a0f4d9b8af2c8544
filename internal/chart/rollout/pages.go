package rollout

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Module is this package's share of a site.
func (d *Desk) Module() web.Module {
	return web.Module{
		Name: "rollout", Files: files,
		Pages: []web.Page{{Name: "home", Data: HomePage{}}, {Name: "sheet", Data: SheetPage{}}, {Name: "locker", Data: LockerPage{}}, {Name: "rehearsal", Data: RehearsalPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /rollout", Perm: right.Setup, Do: d.home},
			{Pattern: "GET /rollout/place/new", Perm: right.Setup, Do: func(c *web.Call) error { return c.RenderForm(d.placeForm(Place{})) }},
			{Pattern: "POST /rollout/place/new", Perm: right.Setup, Do: d.takePlace},
			{Pattern: "GET /rollout/place/{id}", Perm: right.Setup, Do: d.editPlace},
			{Pattern: "POST /rollout/place/{id}", Perm: right.Setup, Do: d.takePlace},
			{Pattern: "POST /rollout/place/{id}/drop", Perm: right.Setup, Do: d.takeDrop},
			{Pattern: "GET /rollout/place/{id}/sheet", Perm: right.Setup, Do: d.sheet},
			{Pattern: "GET /join/{id}", Perm: web.Public, Do: d.join},
			{Pattern: "GET /rollout/locker", Perm: right.Setup, Do: d.locker},
			{Pattern: "POST /rollout/locker", Perm: right.Setup, Do: d.takeLocker},
			{Pattern: "GET /rollout/rehearse/new", Perm: right.Setup, Do: func(c *web.Call) error { return c.RenderForm(beginForm()) }},
			{Pattern: "POST /rollout/rehearse/new", Perm: right.Setup, Do: d.takeBegin},
			{Pattern: "GET /rollout/rehearse/{id}", Perm: right.Setup, Do: d.rehearsal},
			{Pattern: "POST /rollout/rehearse/{id}/stop", Perm: right.Setup, Do: d.takeStop},
			{Pattern: "POST /rollout/rehearse/{id}/measure", Perm: right.Setup, Long: "rehearse", Do: d.takeMeasure},
			{Pattern: "POST /rollout/rehearse/{id}/end", Perm: right.Setup, Do: d.takeEnd},
		},
		Nav: []web.Nav{{Key: "rollout.nav", URL: "/rollout", Perm: right.Setup, Order: 88, Group: "web.group.settings"}},
	}
}

// HomePage shows places, locker and rehearsals.
type HomePage struct {
	Places     []Place
	Missing    int       // of the locker
	Looked     time.Time // when the locker was looked at last, wholly; zero: never
	Rehearsals []Rehearsal
}

// Mark says how a rehearsal went.
func (r Rehearsal) Mark() web.Mark {
	switch {
	case r.Ended.IsZero():
		return web.Mark{Level: web.Info, Say: text.M("rollout.result.running")}
	case r.Result == ResultOK:
		return web.Mark{Level: web.Done, Say: text.M("rollout.result.ok")}
	}
	return web.Mark{Level: web.Warn, Say: text.M("rollout.result.trouble")}
}

// TookSay is the whole time in words.
func (r Rehearsal) TookSay() text.Msg {
	if len(r.Steps) == 0 {
		return text.M("rollout.took.begun")
	}
	return tookSay(r.Took())
}

func tookSay(d time.Duration) text.Msg {
	if d < time.Millisecond {
		return text.M("rollout.took.none")
	}
	if d < 10*time.Second {
		return text.M("rollout.took.ms", int(d.Milliseconds()))
	}
	return text.M("rollout.took", int(d.Minutes()), int(d.Seconds())%60)
}

func (d *Desk) home(c *web.Call) error {
	var p HomePage
	var err error
	if p.Places, err = d.Places(c.Ctx()); err != nil {
		return err
	}
	if p.Missing, p.Looked, err = d.lockerState(c.Ctx()); err != nil {
		return err
	}
	if p.Rehearsals, err = d.Rehearsals(c.Ctx()); err != nil {
		return err
	}
	return c.Render("rollout.home", p)
}

// lockerState counts what is missing or was never looked at; looked is the
// oldest look at any item.
func (d *Desk) lockerState(ctx context.Context) (missing int, looked time.Time, err error) {
	list, err := d.Locker(ctx)
	for i, c := range list {
		if !c.There {
			missing++
		}
		if i == 0 || c.At.Before(looked) {
			looked = c.At
		}
	}
	return missing, looked, err
}

func (d *Desk) placeForm(p Place) web.Form {
	action, title := "/rollout/place/new", text.M("rollout.place.title")
	if p.ID != "" {
		action, title = "/rollout/place/"+p.ID, text.M("rollout.place.edit")
	}
	site := web.Field{Name: "site", Label: text.M("rollout.f.site"), Help: text.M("rollout.h.site"), Kind: web.TextField, Required: true, Value: p.Site, Max: 200}
	if d.cfg.Sites != nil {
		if sites := d.cfg.Sites(); len(sites) > 0 && p.Site == "" {
			site.Value = sites[0]
		}
	}
	return web.Form{Title: title, Intro: text.M("rollout.place.intro"), Action: action, Submit: text.M("rollout.save"), Cancel: "/rollout", Fields: []web.Field{
		{Name: "name", Label: text.M("rollout.f.name"), Kind: web.TextField, Required: true, Value: p.Name, Max: 60},
		{Name: "ward", Label: text.M("rollout.f.ward"), Help: text.M("rollout.h.ward"), Kind: web.TextField, Value: p.Ward, Max: 30},
		site,
		{Name: "note", Label: text.M("rollout.f.note"), Help: text.M("rollout.h.note"), Kind: web.AreaField, Wide: true, Value: p.Note, Max: 400},
	}}
}

func (d *Desk) editPlace(c *web.Call) error {
	p, err := d.Place(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	return c.RenderForm(d.placeForm(p))
}

func (d *Desk) takePlace(c *web.Call) error {
	p := Place{ID: c.Path("id")}
	if p.ID != "" {
		if _, err := d.Place(c.Ctx(), p.ID); err != nil {
			return err
		}
	}
	f := d.placeForm(p)
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if u, err := url.Parse(f.Text("site")); ok && (err != nil || u.Scheme != "https" || u.Host == "") {
		f.Fail("site", "rollout.f.site.bad")
		ok = false
	}
	if !ok {
		return c.RenderForm(f)
	}
	p.Name, p.Ward, p.Site, p.Note = f.Text("name"), f.Text("ward"), f.Text("site"), f.Text("note")
	id, err := d.SavePlace(c.Ctx(), ledger.ActorOf(c), p)
	if err != nil {
		return err
	}
	return c.Redirect("/rollout/place/"+id+"/sheet", text.M("rollout.saved"))
}

func (d *Desk) takeDrop(c *web.Call) error {
	if err := d.DropPlace(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/rollout", text.M("rollout.dropped"))
}

// SheetPage hangs at a place.
type SheetPage struct {
	Place Place
	URL   string
	QR    credential.QR
}

// PageTitle names the place.
func (p SheetPage) PageTitle() text.Msg { return text.M("rollout.sheet.title", p.Place.Name) }

func (d *Desk) sheet(c *web.Call) error {
	p, err := d.Place(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	code, err := credential.NewQR(p.JoinURL())
	if err != nil {
		return err
	}
	return c.Render("rollout.sheet", SheetPage{Place: p, URL: p.JoinURL(), QR: code})
}

// join leads from a place's code to its ward, by way of the sign-in.
func (d *Desk) join(c *web.Call) error {
	p, err := d.Place(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	to := "/chart"
	if p.Ward != "" {
		to = "/chart/ward/" + url.PathEscape(p.Ward)
	}
	if c.Person.ID == "" {
		to = "/signin?next=" + url.QueryEscape(to)
	}
	return c.Redirect(to, text.Msg{})
}

// LockerPage is the list of the locker.
type LockerPage struct{ Rows []Checked }

// Say is the item in words.
func (c Checked) Say() text.Msg { return text.M("rollout.locker." + c.Item) }

// Mark says what was found.
func (c Checked) Mark() web.Mark {
	switch {
	case c.At.IsZero():
		return web.Mark{Level: web.Unclear, Say: text.M("rollout.locker.never")}
	case c.There:
		return web.Mark{Level: web.Done, Say: text.M("rollout.locker.there")}
	}
	return web.Mark{Level: web.Danger, Say: text.M("rollout.locker.missing")}
}

func (d *Desk) locker(c *web.Call) error {
	rows, err := d.Locker(c.Ctx())
	if err != nil {
		return err
	}
	return c.Render("rollout.locker", LockerPage{Rows: rows})
}

func (d *Desk) takeLocker(c *web.Call) error {
	if err := c.R.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.form.broken").With(err)
	}
	var found []Checked
	for _, item := range LockerItems() {
		note := []rune(c.R.PostForm.Get("note-" + item))
		found = append(found, Checked{Item: item, There: c.R.PostForm.Get("there-"+item) == "yes", Note: string(note[:min(len(note), 200)])})
	}
	if err := d.CheckLocker(c.Ctx(), ledger.ActorOf(c), found); err != nil {
		return err
	}
	return c.Redirect("/rollout/locker", text.M("rollout.locker.saved"))
}

func beginForm() web.Form {
	return web.Form{Title: text.M("rollout.begin.title"), Intro: text.M("rollout.begin.intro"), Action: "/rollout/rehearse/new", Submit: text.M("rollout.begin.submit"), Cancel: "/rollout", Fields: []web.Field{
		{Name: "place", Label: text.M("rollout.f.where"), Kind: web.TextField, Required: true, Max: 100},
		{Name: "people", Label: text.M("rollout.f.people"), Help: text.M("rollout.h.people"), Kind: web.AreaField, Required: true, Wide: true, Max: 600},
	}}
}

func (d *Desk) takeBegin(c *web.Call) error {
	f := beginForm()
	if ok, err := f.Read(c); err != nil || !ok {
		if err != nil {
			return err
		}
		return c.RenderForm(f)
	}
	id, err := d.Begin(c.Ctx(), ledger.ActorOf(c), f.Text("place"), f.Text("people"))
	if err != nil {
		return err
	}
	return c.Redirect("/rollout/rehearse/"+id, text.M("rollout.begun"))
}

// RehearsalPage is one rehearsal, going on or over.
type RehearsalPage struct {
	Rehearsal Rehearsal
	Rows      []StepRow
	Next      string // the step that comes next, or ""
	Measure   bool
	End       web.Form
}

// StepRow is a step of the list with what was recorded of it.
type StepRow struct {
	Step
	Done     bool
	ByToride bool // Toride can measure it
}

// Say is the step in words.
func (s StepRow) Say() text.Msg { return text.M("rollout.step." + s.Name) }

// TookSay is how long it took.
func (s StepRow) TookSay() text.Msg { return tookSay(s.Took) }

// Mark says how the step went.
func (s StepRow) Mark() web.Mark {
	switch s.Result {
	case ResultOK:
		return web.Mark{Level: web.Done, Say: text.M("rollout.step.ok")}
	case ResultTrouble:
		return web.Mark{Level: web.Warn, Say: text.M("rollout.step.trouble")}
	case ResultSkipped:
		return web.Mark{Level: web.Nothing, Say: text.M("rollout.step.skipped")}
	}
	return web.Mark{Level: web.Unclear, Say: text.M("rollout.step.open")}
}

// PageTitle names the day and the place.
func (p RehearsalPage) PageTitle() text.Msg {
	return text.M("rollout.rehearsal.title", p.Rehearsal.Begun, p.Rehearsal.Place)
}

func (d *Desk) rehearsal(c *web.Call) error {
	r, err := d.Rehearsal(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	p := RehearsalPage{Rehearsal: r, Measure: d.cfg.Measure != nil && r.Ended.IsZero(),
		End: web.Form{Action: "/rollout/rehearse/" + r.ID + "/end", Submit: text.M("rollout.end"), Fields: []web.Field{
			{Name: "note", Label: text.M("rollout.f.better"), Kind: web.AreaField, Wide: true, Max: 2000}}}}
	for _, name := range Steps() {
		row := StepRow{Step: Step{Name: name}, ByToride: slices.Contains(MeasuredSteps(), name)}
		if i := slices.IndexFunc(r.Steps, func(s Step) bool { return s.Name == name }); i >= 0 {
			row.Step, row.Done = r.Steps[i], true
		} else if p.Next == "" {
			p.Next = name
		}
		p.Rows = append(p.Rows, row)
	}
	return c.Render("rollout.rehearsal", p)
}

func (d *Desk) takeStop(c *web.Call) error {
	id := c.Path("id")
	s := Step{Name: c.R.PostFormValue("step"), Result: c.R.PostFormValue("result"), Note: c.R.PostFormValue("note")}
	if err := d.Stop(c.Ctx(), ledger.ActorOf(c), id, s); err != nil {
		return err
	}
	return c.Redirect("/rollout/rehearse/"+id, text.Msg{})
}

func (d *Desk) takeMeasure(c *web.Call) error {
	id := c.Path("id")
	if err := d.Measure(c.Ctx(), ledger.ActorOf(c), id, c.Say); err != nil {
		return err
	}
	return c.Redirect("/rollout/rehearse/"+id, text.M("rollout.measured"))
}

func (d *Desk) takeEnd(c *web.Call) error {
	id := c.Path("id")
	if err := d.End(c.Ctx(), ledger.ActorOf(c), id, c.R.PostFormValue("note")); err != nil {
		return err
	}
	return c.Redirect("/rollout/rehearse/"+id, text.M("rollout.ended"))
}

// rehearsedFor is how long a rehearsal counts: the business continuity plan is
// exercised at least once a year, and staff changes in April.
const rehearsedFor = 365 * 24 * time.Hour

// lockerFor is how long a look into the locker counts.
const lockerFor = 92 * 24 * time.Hour

// Readings says when the way to the chart was last practised, and whether the
// locker was looked at.
func (d *Desk) Readings(ctx context.Context) ([]reading.Reading, error) {
	all, err := d.Rehearsals(ctx)
	if err != nil {
		return nil, err
	}
	now := d.cfg.Clock()
	r := reading.Reading{ID: "chart.rehearsed", State: reading.Unknown, Basis: reading.Declared, URL: "/rollout", Say: text.M("rollout.reading.never")}
	for _, one := range all {
		if one.Ended.IsZero() {
			continue
		}
		r.State, r.At, r.By, r.URL = reading.Good, one.Ended, one.By, "/rollout/rehearse/"+one.ID
		r.Say = text.M("rollout.reading.good", one.Ended, one.Place, one.TookSay())
		switch {
		case now.Sub(one.Ended) > rehearsedFor:
			r.State, r.Say = reading.Bad, text.M("rollout.reading.old", one.Ended)
		case one.Result == ResultTrouble:
			r.State, r.Say = reading.Bad, text.M("rollout.reading.trouble", one.Ended, one.Place)
		}
		break
	}
	missing, looked, err := d.lockerState(ctx)
	l := reading.Reading{ID: "chart.locker", State: reading.Unknown, Basis: reading.Declared, URL: "/rollout/locker", Say: text.M("rollout.reading.locker.never"), Total: len(LockerItems())}
	if !looked.IsZero() {
		l.At, l.Count, l.State, l.Say = looked, missing, reading.Good, text.M("rollout.reading.locker.good", looked)
		if missing > 0 {
			l.State, l.Say = reading.Bad, text.M("rollout.reading.locker.missing", looked, missing)
		} else if now.Sub(looked) > lockerFor {
			l.State, l.Say = reading.Bad, text.M("rollout.reading.locker.old", looked)
		}
	}
	return []reading.Reading{r, l}, err
}

// Todos asks for what was not practised and not looked at.
func (d *Desk) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	if !p.Can(right.Setup) {
		return nil, nil
	}
	all, err := d.Readings(ctx)
	var out []today.Todo
	for _, r := range all {
		if r.State != reading.Bad && r.State != reading.Unknown {
			continue
		}
		out = append(out, today.Todo{Level: today.Info, Say: text.M("rollout.todo." + r.ID), Why: r.Say, URL: map[string]string{"chart.rehearsed": "/rollout/rehearse/new", "chart.locker": "/rollout/locker"}[r.ID], Rank: 70})
	}
	return out, err
}
