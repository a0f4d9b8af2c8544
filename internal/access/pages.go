package access

import (
	"slices"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Rights of this package's routes. A vendor's role has Read and Request and
// sees only its own vendor's requests; the rules refuse it everything else
// even if a role should give it more.
const (
	PermRead    web.Perm = "access.read"
	PermRequest web.Perm = "access.request"
	PermApprove web.Perm = "access.approve"
	PermOperate web.Perm = "access.operate"
	PermReview  web.Perm = "access.review"
)

// Module is the package's share of the site.
func (d *Desk) Module() web.Module {
	m := web.Module{
		Name:  "access",
		Files: files,
		Pages: []web.Page{
			{Name: "list", Data: ListPage{}}, {Name: "all", Data: AllPage{}}, {Name: "calendar", Data: CalendarPage{}},
			{Name: "choose", Data: ChoosePage{}}, {Name: "edit", Data: EditPage{}}, {Name: "show", Data: ShowPage{}},
			{Name: "act", Data: ActPage{}}, {Name: "review", Data: ReviewPage{}}, {Name: "instruction", Data: InstructionPage{}},
			{Name: "line", Data: LinePage{}}, {Name: "month", Data: MonthPage{}}, {Name: "vendors", Data: VendorsPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /access", Perm: PermRead, Do: d.listPage},
			{Pattern: "GET /access/requests", Perm: PermRead, Do: d.allPage},
			{Pattern: "GET /access/calendar", Perm: PermRead, Do: d.calendarPage},
			{Pattern: "GET /access/new", Perm: PermRequest, Do: d.newPage},
			{Pattern: "POST /access/new", Perm: PermRequest, Do: d.newPost},
			{Pattern: "GET /access/requests/{id}", Perm: PermRead, Do: d.showPage},
			{Pattern: "GET /access/requests/{id}/change", Perm: PermRequest, Do: d.changePage},
			{Pattern: "POST /access/requests/{id}/change", Perm: PermRequest, Do: d.changePost},
			{Pattern: "GET /access/requests/{id}/instruction", Perm: PermRead, Do: d.instructionPage},
			{Pattern: "GET /access/requests/{id}/review", Perm: PermReview, Do: d.reviewPage},
			{Pattern: "POST /access/requests/{id}/review", Perm: PermReview, Do: d.reviewPost},
			{Pattern: "GET /access/lines/{id}", Perm: PermRead, Do: d.linePage},
			{Pattern: "POST /access/lines/{id}", Perm: PermOperate, Do: d.linePost},
			{Pattern: "GET /access/lines/{id}/photo", Perm: PermRead, Do: d.photo},
			{Pattern: "POST /access/lines/{id}/photo", Perm: PermOperate, Do: d.photoPost, Body: MaxPhoto + 1<<20},
			{Pattern: "POST /access/lines/{id}/photo/delete", Perm: PermOperate, Do: d.photoDelete},
			{Pattern: "GET /access/vendors", Perm: PermRead, Do: d.vendorsPage},
			{Pattern: "GET /access/vendors/{id}", Perm: PermRead, Do: d.monthPage},
			{Pattern: "GET /access/vendors/{id}/month.csv", Perm: PermRead, Do: d.monthCSV},
		},
		Nav: []web.Nav{{Key: "access.nav", URL: "/access", Perm: PermRead, Order: 40}},
	}
	for _, s := range actSpecs() {
		m.Routes = append(m.Routes,
			web.Route{Pattern: "GET /access/requests/{id}/" + s.name, Perm: s.perm, Do: func(c *web.Call) error { return d.actPage(c, s) }},
			web.Route{Pattern: "POST /access/requests/{id}/" + s.name, Perm: s.perm, Do: func(c *web.Call) error { return d.actPost(c, s) }})
	}
	return m
}

// unbound is the vendor of an account that has the vendor's role but is bound
// to no vendor: it is nobody's, and sees nothing, rather than everything.
const unbound = "-"

// vendorOf gives the vendor to which the person is bound, empty for the
// hospital's own people.
func vendorOf(p web.Person) string {
	if p.Vendor == "" && slices.Contains(p.Roles, "vendor") {
		return unbound
	}
	return p.Vendor
}

func byOf(c *web.Call) By { return By{Actor: ledger.ActorOf(c), Vendor: vendorOf(c.Person)} }

// visible gives a request that the reader may know of. Another vendor's request
// looks like one that does not exist, and the try is a line of the ledger.
func (d *Desk) visible(c *web.Call) (Request, error) {
	r, err := d.Request(c.Ctx(), c.Path("id"))
	if err != nil {
		return r, err
	}
	if v := vendorOf(c.Person); v != "" && v != r.VendorID {
		if err := d.foreign(c, "access/request/"+r.ID); err != nil {
			return Request{}, err
		}
		return Request{}, fault.New(fault.NotFound, "access.not_found")
	}
	return r, nil
}

// insider refuses pages that are the hospital's alone: where the sockets are,
// how the firewall is set.
func (d *Desk) insider(c *web.Call) error {
	if vendorOf(c.Person) == "" {
		return nil
	}
	if err := d.foreign(c, "access"); err != nil {
		return err
	}
	return Fault(refuse(Outsider))
}

// Row is one request in a list.
type Row struct {
	ID, Number, LineID, Line, VendorID, Vendor string
	Purpose                                    string
	From, Until                                time.Time
	Window                                     text.Msg  // From and Until, short when they are on one day
	Due                                        time.Time // of closing, approval or review, whichever is next; zero when none
	Mark                                       web.Mark
	Emergency                                  bool
	URL                                        string
}

func (d *Desk) row(r Request, now time.Time) Row {
	row := Row{
		ID: r.ID, Number: r.Number, LineID: r.LineID, Line: r.LineName, VendorID: r.VendorID, Vendor: r.VendorName,
		Purpose: r.Purpose, From: r.From, Until: r.Until, Window: d.window(r.From, r.Until), Mark: d.mark(r, now), Emergency: r.Emergency, URL: requestURL(r.ID, ""),
	}
	switch {
	case r.State == Asked && !r.Lapsed(now):
		row.Due = r.From
	case r.State == Opened:
		row.Due = d.rules.CloseDue(r)
	case r.State == Closed && r.Decision == nil:
		row.Due = d.rules.ApproveDue(r)
	case r.State == Closed:
		row.Due = d.rules.ReviewDue(r)
	}
	return row
}

// window writes two times, the day only once when it is the same.
func (d *Desk) window(from, until time.Time) text.Msg {
	a, b := from.In(d.rules.Zone), until.In(d.rules.Zone)
	if a.Format(time.DateOnly) == b.Format(time.DateOnly) {
		return text.M("access.window.day", text.Day(a), a.Format("15:04"), b.Format("15:04"))
	}
	return text.M("access.window", from, until)
}

func (d *Desk) rows(list []Request, now time.Time) []Row {
	rows := make([]Row, len(list))
	for i, r := range list {
		rows[i] = d.row(r, now)
	}
	return rows
}

// mark says in one word how a request stands now.
func (d *Desk) mark(r Request, now time.Time) web.Mark {
	m := func(level web.Level, key string) web.Mark {
		return web.Mark{Level: level, Say: text.M("access.mark." + key)}
	}
	switch r.State {
	case Asked, Approved:
		switch {
		case r.Lapsed(now):
			return m(web.Nothing, "lapsed")
		case r.State == Asked:
			return m(web.Warn, "asked")
		}
		return m(web.Info, "approved")
	case Opened:
		return d.openMark(r, now)
	case Closed:
		switch {
		case d.rules.ReviewOverdue(r, now):
			return m(web.Danger, "review_overdue")
		case r.Decision == nil:
			return m(web.Warn, "unapproved")
		}
		return m(web.Warn, "closed")
	case Reviewed:
		return m(map[Result]web.Level{AsPlanned: web.Done, Question: web.Warn, Incident: web.Danger}[r.LastReview().Result],
			string(r.LastReview().Result))
	}
	return m(web.Nothing, string(r.State))
}

func (d *Desk) openMark(r Request, now time.Time) web.Mark {
	switch {
	case d.rules.CloseOverdue(r, now):
		return web.Mark{Level: web.Danger, Say: text.M("access.mark.close_overdue")}
	case r.Unapproved():
		level := web.Warn
		if d.rules.ApproveOverdue(r, now) {
			level = web.Danger
		}
		return web.Mark{Level: level, Say: text.M("access.mark.unapproved")}
	case d.rules.PastEnd(r, now):
		return web.Mark{Level: web.Warn, Say: text.M("access.mark.past_end")}
	}
	return web.Mark{Level: web.Info, Say: text.M("access.mark.opened")}
}
