package incident

import (
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Module is the incident room's share of the site.
func (d *Desk) Module() web.Module {
	m := web.Module{
		Name:  "incident",
		Files: files,
		Pages: []web.Page{
			{Name: "list", Data: ListPage{}}, {Name: "room", Data: RoomPage{}}, {Name: "timeline", Data: TimelinePage{}},
			{Name: "tasks", Data: TasksPage{}}, {Name: "clocks", Data: ClocksPage{}}, {Name: "calls", Data: CallsPage{}},
			{Name: "evidence", Data: EvidencePage{}}, {Name: "drafts", Data: DraftsPage{}}, {Name: "tree", Data: TreePage{}},
			{Name: "folder", Data: FolderPage{}}, {Name: "holidays", Data: HolidaysPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /incident", Perm: PermRead, Do: d.listPage},
			{Pattern: "GET /incident/declare", Perm: PermWrite, Do: d.declareForm},
			{Pattern: "POST /incident/declare", Perm: PermWrite, Do: d.declare},
			{Pattern: "GET /incident/contacts", Perm: PermRead, Do: d.treePage},
			{Pattern: "GET /incident/contacts/edit", Perm: PermContact, Do: d.contactForm},
			{Pattern: "POST /incident/contacts/edit", Perm: PermContact, Do: d.saveContact},
			{Pattern: "POST /incident/contacts/check", Perm: PermContact, Do: d.checkContact},
			{Pattern: "POST /incident/contacts/remove", Perm: PermContact, Do: d.removeContact},
			{Pattern: "GET /incident/folder", Perm: PermRead, Do: d.folderPage},
			{Pattern: "POST /incident/folder", Perm: PermWrite, Do: d.folderPrinted},
			{Pattern: "GET /incident/holidays", Perm: PermRead, Do: d.holidaysPage},
			{Pattern: "POST /incident/holidays", Perm: PermContact, Do: d.addHoliday},
			{Pattern: "POST /incident/holidays/remove", Perm: PermContact, Do: d.removeHoliday},
			{Pattern: "GET /incident/{id}", Perm: PermRead, Do: d.roomPage},
			{Pattern: "GET /incident/{id}/timeline", Perm: PermRead, Do: d.timelinePage},
			{Pattern: "GET /incident/{id}/tasks", Perm: PermRead, Do: d.tasksPage},
			{Pattern: "GET /incident/{id}/clocks", Perm: PermRead, Do: d.clocksPage},
			{Pattern: "GET /incident/{id}/calls", Perm: PermRead, Do: d.callsPage},
			{Pattern: "GET /incident/{id}/evidence", Perm: PermRead, Do: d.evidencePage},
			{Pattern: "GET /incident/{id}/drafts", Perm: PermRead, Do: d.draftsPage},
			{Pattern: "GET /incident/{id}/drafts/{form}/text", Perm: PermRead, Do: d.draftText},
			{Pattern: "GET /incident/{id}/drafts/{form}/xlsx", Perm: PermRead, Do: d.draftXLSX},
		},
		Nav: []web.Nav{{Key: "incident.nav", URL: "/incident", Perm: PermRead, Order: 60}},
	}
	m.Routes = append(m.Routes, d.sheetRoutes()...)
	return m
}

// Link is a place to go from a page.
type Link struct {
	URL     string
	Say     text.Msg
	Current bool
}

// Bar is what stands on top of every page of an incident.
type Bar struct {
	ID         string
	Base       string
	No         int
	Title      text.Msg
	Kind       text.Msg
	Phase      text.Msg
	Light      bool
	Drill      bool
	Closed     *Closing
	Commander  string
	Zero       time.Time
	Hours      int // since time zero
	Links      []Link
	CanWrite   bool // and the incident is open
	CanEntry   bool // and the incident is open
	CanCommand bool // and the incident is open; a director may command without writing
	CanReopen  bool
}

// bar makes the head of a page; here is the last part of its path.
func (s *scene) bar(here string) Bar {
	in, base := s.in, "/incident/"+s.in.ID
	b := Bar{ID: in.ID, Base: base, No: in.No, Title: titleOf(in), Kind: text.M("incident.kind." + string(in.Kind)),
		Phase: text.M("incident.phase." + string(in.Phase)), Light: in.Kind == Light, Drill: in.Drill, Closed: in.Closed,
		Commander: in.Commander, Zero: in.Zero, Hours: max(0, int(s.c.Now.Sub(in.Zero)/time.Hour)),
		CanWrite: in.Open() && s.c.Person.Can(PermWrite), CanEntry: in.Open() && s.c.Person.Can(PermEntry), CanCommand: in.Open() && s.c.Person.Can(PermCommand), CanReopen: !in.Open() && s.c.Person.Can(PermCommand)}
	for _, l := range []struct{ path, key string }{{"", "incident.tab.room"}, {"/tasks", "incident.tab.tasks"}, {"/timeline", "incident.tab.timeline"},
		{"/clocks", "incident.tab.clocks"}, {"/calls", "incident.tab.calls"}, {"/evidence", "incident.tab.evidence"}, {"/drafts", "incident.tab.drafts"}} {
		b.Links = append(b.Links, Link{URL: base + l.path, Say: text.M(l.key), Current: l.path == here})
	}
	return b
}

// ListPage is the page "incidents".
type ListPage struct {
	Rows       []ListRow
	Pager      web.Pager
	CanWrite   bool
	CanContact bool
	Wanting    int // contacts to be filled or checked
	Needed     int
	Printed    Print // of the first-hour folder
}

// ListRow is one incident.
type ListRow struct {
	Head
	KindSay  text.Msg
	PhaseSay text.Msg
	Mark     web.Mark
}

func (d *Desk) listPage(c *web.Call) error {
	heads, total, err := d.Heads(c.Ctx(), false, (c.PageNumber()-1)*web.PerPage, web.PerPage)
	if err != nil {
		return err
	}
	p := ListPage{Pager: c.NewPager(total), CanWrite: c.Person.Can(PermWrite), CanContact: c.Person.Can(PermContact)}
	for _, h := range heads {
		row := ListRow{Head: h, KindSay: text.M("incident.kind." + string(h.Kind)), PhaseSay: text.M("incident.phase." + h.Phase)}
		row.Mark = web.Mark{Level: web.Warn, Say: text.M("incident.open")}
		if !h.ClosedAt.IsZero() {
			row.Mark = web.Mark{Level: web.Done, Say: text.M("incident.closed_on", text.Day(h.ClosedAt.In(d.zone)))}
		}
		p.Rows = append(p.Rows, row)
	}
	contacts, err := d.Contacts(c.Ctx())
	if err != nil {
		return err
	}
	bad, needed := wanting(contacts, c.Now)
	p.Wanting, p.Needed = len(bad), needed
	if p.Printed, err = d.LastPrint(c.Ctx(), "folder"); err != nil {
		return err
	}
	return c.Render("incident.list", p)
}

// declaration is the form "declare". Other pages link to it with ?title=, kind=,
// noticed= and from=.
func (d *Desk) declaration(c *web.Call) web.Form {
	kind := helped(choice("kind", "incident.kind", names(Kinds())...))
	kind.Value = string(Cyber)
	if q := c.Query("kind"); q != "" {
		kind.Value = q
	}
	return web.Form{Title: text.M("incident.declare.title"), Intro: text.M("incident.declare.intro"), Submit: text.M("incident.declare.do"),
		Action: "/incident/declare", Cancel: "/incident", Fields: []web.Field{
			kind, wide(must(valued(short("title"), c.Query("title")))),
			must(helped(valued(area("noticed"), c.Query("noticed")))), must(valued(short("noticed_by"), c.Person.Name)),
			must(helped(valued(short("commander"), c.Person.Name))),
			helped(valued(input("zero", web.TimeField), web.TimeValue(c.Now, c.Zone()))),
			helped(valued(input("drill", web.CheckField), c.Query("drill"))),
			{Name: "from", Kind: web.HiddenField, Value: web.LocalPath(c.Query("from")), Max: 300},
		}}
}

func (d *Desk) declareForm(c *web.Call) error { return c.RenderForm(d.declaration(c)) }

func (d *Desk) declare(c *web.Call) error {
	f := d.declaration(c)
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if ok && f.Time("zero").After(c.Now.Add(time.Minute)) {
		f.Fail("zero", "incident.zero.future")
		ok = false
	}
	if !ok {
		return c.RenderForm(f)
	}
	id, err := d.Declare(c.Ctx(), actorOf(c), Declaration{Kind: Kind(f.Text("kind")), Title: f.Text("title"), Drill: f.Checked("drill"),
		Zero: f.Time("zero"), Noticed: f.Text("noticed"), NoticedBy: f.Text("noticed_by"), Commander: f.Text("commander"), From: f.Text("from")})
	if err != nil {
		return err
	}
	done := text.M("incident.declared.attack")
	if Kind(f.Text("kind")) == Light {
		done = text.M("incident.declared")
	}
	return c.Redirect("/incident/"+id, done)
}
