package access

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// zoned prints a time for a form in the hospital's zone.
type zoned func(time.Time) string

func (d *Desk) zoned() zoned {
	return func(t time.Time) string { return web.TimeValue(t, d.rules.Zone) }
}

// failAt shows a refusal at a field of the form.
func failAt(f *web.Form, field string, err error) {
	var r *Refusal
	if errors.As(err, &r) {
		f.Fail(field, "access.no."+string(r.Why), spoken(r.Args)...)
	}
}

// refusedIn shows a refusal of class Invalid at its field and reports true;
// other errors are for the error page.
func refusedIn(f *web.Form, field func(Why) string, err error) bool {
	var r *Refusal
	if !errors.As(err, &r) || r.Class() != ClassInvalid {
		return false
	}
	name := field(r.Why)
	if !slices.ContainsFunc(f.Fields, func(x web.Field) bool { return x.Name == name && x.Kind != web.HiddenField }) {
		return false
	}
	failAt(f, name, err)
	return true
}

// ChoosePage lets the reader choose the line; the rest of the form follows.
type ChoosePage struct {
	Lines []LineChoice
}

// LineChoice is one line to ask for.
type LineChoice struct {
	URL, Name, Device, Vendor string
	Standing                  bool
	Mark                      web.Mark
}

// EditPage is the form of a request with what one should know of the line.
type EditPage struct {
	Title    text.Msg
	Line     string
	Device   string
	Vendor   string // set when it is fixed
	Hours    int    // longest window
	Overlaps []Row
	Busy     bool // a vendor's person sees only that something overlaps
	Form     web.Form
}

// PageTitle is the title of the page.
func (p EditPage) PageTitle() text.Msg { return p.Title }

// linesFor gives the lines that the reader may ask for: a vendor's person those
// of the own vendor and of the vendor whose sub-contractor it is.
func (d *Desk) linesFor(c *web.Call) ([]asset.Line, error) {
	all, err := d.register.Lines(c.Ctx())
	if err != nil {
		return nil, err
	}
	vendor := vendorOf(c.Person)
	if vendor == "" {
		return all, nil
	}
	if vendor == unbound {
		return nil, nil
	}
	own, err := d.register.Vendor(c.Ctx(), vendor)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(l asset.Line) bool {
		return l.VendorID != own.ID && (own.ParentID == "" || l.VendorID != own.ParentID)
	}), nil
}

// offered gathers what the form about a line offers, and refuses a line that
// the reader may not ask for as if it did not exist.
func (d *Desk) offered(c *web.Call, lineID string) (offer, error) {
	lines, err := d.linesFor(c)
	if err != nil {
		return offer{}, err
	}
	i := slices.IndexFunc(lines, func(l asset.Line) bool { return l.ID == lineID })
	if i < 0 {
		if vendorOf(c.Person) != "" {
			if err := d.foreign(c, "asset/line/"+lineID); err != nil {
				return offer{}, err
			}
		}
		return offer{}, fault.New(fault.NotFound, "access.line_not_found")
	}
	o := offer{line: lines[i], fixed: vendorOf(c.Person)}
	if o.fixed == "" {
		if o.vendors, err = d.register.Vendors(c.Ctx()); err != nil {
			return o, err
		}
	}
	if by := o.line.VendorID; by != "" {
		o.assets, _, err = d.register.Assets(c.Ctx(), asset.Filter{VendorID: by, Limit: listed})
	}
	return o, err
}

func (d *Desk) newPage(c *web.Call) error {
	line, from := c.Query("line"), Request{}
	if id := c.Query("copy"); id != "" {
		old, err := d.Request(c.Ctx(), id)
		if err != nil {
			return err
		}
		if v := vendorOf(c.Person); v != "" && v != old.VendorID {
			if err := d.foreign(c, "access/request/"+id); err != nil {
				return err
			}
			return fault.New(fault.NotFound, "access.not_found")
		}
		from, line = old, old.LineID
		from.From, from.Until, from.Emergency = time.Time{}, time.Time{}, false // a new work has a window of its own
	}
	if line == "" {
		return d.choosePage(c)
	}
	o, err := d.offered(c, line)
	if err != nil {
		return err
	}
	f := requestForm(o, "/access/new", "/access")
	if from.ID != "" {
		o.fill(&f, from, d.zoned())
	} else if purpose := c.Query("purpose"); purpose != "" {
		f.Set("purpose", purpose)
	}
	return d.editPage(c, o, f, text.M("access.new.title"))
}

func (d *Desk) choosePage(c *web.Call) error {
	lines, err := d.linesFor(c)
	if err != nil {
		return err
	}
	names := map[string]string{}
	if vendorOf(c.Person) == "" {
		if names, err = d.vendorNames(c); err != nil {
			return err
		}
	}
	var p ChoosePage
	for _, l := range lines {
		p.Lines = append(p.Lines, LineChoice{
			URL: "/access/new?line=" + l.ID, Name: l.Name, Device: l.Device(), Vendor: names[l.VendorID],
			Standing: l.Standing(), Mark: web.Mark{Level: web.Danger, Say: text.M("access.mark.standing")},
		})
	}
	return c.Render("access.choose", p)
}

func (d *Desk) editPage(c *web.Call, o offer, f web.Form, title text.Msg) error {
	p := EditPage{Title: title, Line: o.line.Name, Device: o.line.Device(), Hours: int(d.rules.MaxWindow.Hours()), Form: f}
	if o.fixed != "" {
		v, err := d.register.Vendor(c.Ctx(), o.fixed)
		if err != nil {
			return err
		}
		p.Vendor, p.Device = v.Name, ""
	}
	f.Zone = d.rules.Zone
	if from, until := f.Time("from"), f.Time("until"); !from.IsZero() && !until.IsZero() {
		same, err := d.onLine(c.Ctx(), o.line.ID)
		if err != nil {
			return err
		}
		over := Overlapping(Request{LineID: o.line.ID, From: from, Until: until}, same, c.Now)
		if p.Busy = len(over) > 0; o.fixed == "" {
			p.Overlaps = d.rows(over, c.Now)
		}
	}
	return c.Render("access.edit", p)
}

// again shows a form that was refused, with the status that says so.
func again(c *web.Call, o offer, f web.Form, title text.Msg) error {
	f.Title, f.Intro = title, text.M("access.form.line", o.line.Name)
	return c.RenderForm(f)
}

func (d *Desk) newPost(c *web.Call) error {
	if err := c.R.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.form.broken").With(err)
	}
	o, err := d.offered(c, c.R.PostForm.Get("line"))
	if err != nil {
		return err
	}
	f := requestForm(o, "/access/new", "/access")
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	r, parsed := o.request(&f)
	if !ok || !parsed {
		return again(c, o, f, text.M("access.new.title"))
	}
	r, err = d.Ask(c.Ctx(), byOf(c), r)
	if err != nil {
		if refusedIn(&f, fieldOf, err) {
			return again(c, o, f, text.M("access.new.title"))
		}
		return err
	}
	return c.Redirect(requestURL(r.ID, ""), text.M("access.asked", r.Number))
}

func (d *Desk) changePage(c *web.Call) error {
	r, err := d.visible(c)
	if err != nil {
		return err
	}
	if r.State != Asked || r.Opening != nil {
		return Fault(refuse(NotAsked))
	}
	o, err := d.offered(c, r.LineID)
	if err != nil {
		return err
	}
	f := requestForm(o, requestURL(r.ID, "/change"), requestURL(r.ID, ""))
	o.fill(&f, r, d.zoned())
	f.Set("version", strconv.Itoa(r.Version))
	return d.editPage(c, o, f, text.M("access.change.title", r.Number))
}

func (d *Desk) changePost(c *web.Call) error {
	r, err := d.visible(c)
	if err != nil {
		return err
	}
	o, err := d.offered(c, r.LineID)
	if err != nil {
		return err
	}
	f := requestForm(o, requestURL(r.ID, "/change"), requestURL(r.ID, ""))
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	next, parsed := o.request(&f)
	if !ok || !parsed {
		return again(c, o, f, text.M("access.change.title", r.Number))
	}
	if _, err = d.Change(c.Ctx(), byOf(c), refOf(r.ID, &f), next); err != nil {
		if refusedIn(&f, fieldOf, err) {
			return again(c, o, f, text.M("access.change.title", r.Number))
		}
		return err
	}
	return c.Redirect(requestURL(r.ID, ""), text.M("access.changed", r.Number))
}

// refOf names the request as the form's reader saw it. A version that is no
// number fits no request.
func refOf(id string, f *web.Form) Ref {
	n, err := strconv.Atoi(f.Text("version"))
	if err != nil || n < 1 {
		n = -1
	}
	return Ref{ID: id, Version: n}
}
