package identity

import (
	"slices"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// peoplePage lists everybody.
type peoplePage struct {
	Rows  []personRow
	Pager web.Pager
	Open  []BreakGlass // uses of break-glass that nobody acknowledged
}

// personRow is a person with what the list shows.
type personRow struct {
	Person
	RoleNames []text.Msg
	Mark      web.Mark
	Second2   web.Mark // second factor
	Stale     bool
}

// staleAfter is after how long without a sign-in an account is unused.
const staleAfter = 90 * 24 * time.Hour

// stale reports whether an active account was not used for so long; one that
// was never used counts from its making.
func (p Person) stale(now time.Time) bool {
	last := p.SignInAt
	if last.IsZero() {
		last = p.CreatedAt
	}
	return p.State == Active && now.Sub(last) > staleAfter
}

func (d *People) row(p Person, now time.Time) personRow {
	r := personRow{Person: p, Stale: p.stale(now)}
	for _, id := range p.Roles {
		if role, err := d.role(id); err == nil {
			r.RoleNames = append(r.RoleNames, role.Say())
		}
	}
	switch {
	case p.State == Disabled:
		r.Mark = web.Mark{Level: web.Nothing, Say: text.M("identity.state.disabled")}
	case p.State == Invited:
		r.Mark = web.Mark{Level: web.Info, Say: text.M("identity.state.invited")}
	case now.Before(p.LockedUntil):
		r.Mark = web.Mark{Level: web.Danger, Say: text.M("identity.state.locked", p.LockedUntil)}
	case r.Stale:
		r.Mark = web.Mark{Level: web.Warn, Say: text.M("identity.state.stale")}
	default:
		r.Mark = web.Mark{Level: web.Done, Say: text.M("identity.state.active")}
	}
	r.Second2 = web.Mark{Level: web.Done, Say: text.M("identity.second.on")}
	if !p.Second {
		r.Second2 = web.Mark{Level: web.Warn, Say: text.M("identity.second.off")}
	}
	if p.State == Disabled || p.State == Invited {
		r.Second2 = web.Mark{Level: web.Nothing, Say: text.M("identity.second.none")}
	}
	return r
}

func (d *People) people(c *web.Call) error {
	all, err := d.People(c.Ctx())
	if err != nil {
		return err
	}
	page := peoplePage{Pager: c.NewPager(len(all))}
	from := min((page.Pager.Page-1)*web.PerPage, len(all))
	for _, p := range all[from:min(from+web.PerPage, len(all))] {
		page.Rows = append(page.Rows, d.row(p, c.Now))
	}
	if page.Open, err = d.Glasses(c.Ctx(), true); err != nil {
		return err
	}
	return c.Render("identity.people", page)
}

// personFields are the inputs of an invitation and of a change.
func (d *People) personFields(c *web.Call) ([]web.Field, error) {
	roles := helped(required("roles", web.ChecksField))
	for _, r := range d.Roles() {
		roles.Options = append(roles.Options, web.Option{Value: r.ID, Say: r.Say()})
	}
	vendor := helped(field("vendor", web.SelectField))
	vendor.Options = []web.Option{{Value: "", Say: text.M("identity.vendor.none")}}
	if d.cfg.Vendors != nil {
		vendors, err := d.cfg.Vendors(c.Ctx())
		if err != nil {
			return nil, err
		}
		for _, v := range vendors {
			vendor.Options = append(vendor.Options, web.Option{Value: v.ID, Say: text.Raw(v.Name)})
		}
	}
	return []web.Field{required("name", web.TextField), roles, vendor}, nil
}

func (d *People) newForm(c *web.Call) (web.Form, error) {
	fields, err := d.personFields(c)
	fields = append([]web.Field{helped(required("login", web.TextField))}, fields...)
	return web.Form{Title: text.M("identity.new.title"), Intro: text.M("identity.new.intro", int(linkInvite.life().Hours())),
		Action: "/people/new", Submit: text.M("identity.new.submit"), Cancel: "/people", Fields: fields}, err
}

func (d *People) personNew(c *web.Call) error {
	f, err := d.newForm(c)
	if err != nil {
		return err
	}
	return c.RenderForm(f)
}

// fieldOf says at which field a fault of checkNew is shown.
func fieldOf(err error) string {
	switch fault.Of(err).Msg.Key {
	case "identity.person.login.bad", "identity.person.login.taken":
		return "login"
	case "identity.person.name.bad":
		return "name"
	case "identity.person.vendor.unknown":
		return "vendor"
	}
	return "roles"
}

func (d *People) personInvite(c *web.Call) error {
	f, err := d.newForm(c)
	if err != nil {
		return err
	}
	if done, err := f.Taken(c); done {
		return err
	}
	n := NewPerson{Login: f.Text("login"), Name: f.Text("name"), Vendor: f.Text("vendor"), Roles: f.List("roles")}
	id, token, err := d.Invite(c.Ctx(), actorOf(c), n)
	if err != nil {
		if err := failed(&f, fieldOf(err), err); err != nil {
			return err
		}
		return c.RenderForm(f)
	}
	return d.showLink(c, id, token, linkInvite)
}

// linkPage shows a one-time link once.
type linkPage struct {
	Person Person
	URL    string
	Until  time.Time
	Second bool
}

// PageTitle is the page's title.
func (linkPage) PageTitle() text.Msg { return text.M("identity.link.title") }

// showLink answers the POST itself: the link exists on this page only.
func (d *People) showLink(c *web.Call, id, token string, kind linkKind) error {
	p, err := d.person(c.Ctx(), id)
	if err != nil {
		return err
	}
	return c.Render("identity.link", linkPage{Person: p.Person, URL: "https://" + c.R.Host + "/invite?token=" + token,
		Until: c.Now.Add(kind.life()), Second: kind == linkSecond})
}

// personPage shows one person to an administrator.
type personPage struct {
	Row      personRow
	Vendor   string
	Left     int
	Sessions []Session
	Perms    []permRow
	Self     bool
	Acts     []act
}

// PageTitle is the person's name.
func (p personPage) PageTitle() text.Msg { return text.M("identity.person.title", p.Row.Name) }

func (d *People) personShow(c *web.Call) error {
	p, err := d.person(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	page := personPage{Row: d.row(p.Person, c.Now), Self: p.Ref() == c.Person.ID, Acts: actsFor(p.Person, c.Now), Vendor: p.Vendor}
	if page.Left, err = d.recoveryLeft(c.Ctx(), p.ID); err != nil {
		return err
	}
	if page.Sessions, err = d.Sessions(c.Ctx(), p.ID, c.Person.Session); err != nil {
		return err
	}
	perms := d.permsOf(p.Roles)
	for _, r := range d.permRows() {
		if perms[web.Perm(r.Perm)] {
			page.Perms = append(page.Perms, r)
		}
	}
	if p.Vendor != "" && d.cfg.Vendors != nil {
		vendors, err := d.cfg.Vendors(c.Ctx())
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(vendors, func(v Vendor) bool { return v.ID == p.Vendor }); i >= 0 {
			page.Vendor = vendors[i].Name
		}
	}
	return c.Render("identity.person", page)
}

func (d *People) editForm(c *web.Call, p Person) (web.Form, error) {
	fields, err := d.personFields(c)
	if err != nil {
		return web.Form{}, err
	}
	f := web.Form{Title: text.M("identity.edit.title", p.Name), Action: "/people/person/" + p.ID + "/edit",
		Submit: text.M("identity.save"), Cancel: "/people/person/" + p.ID, Fields: fields}
	if p.Ref() == c.Person.ID {
		f.Intro = text.M("identity.edit.own")
		f.Fields = append(f.Fields, field("sure", web.CheckField))
	}
	return f, nil
}

func (d *People) personEdit(c *web.Call) error {
	p, err := d.person(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	f, err := d.editForm(c, p.Person)
	if err != nil {
		return err
	}
	f.Set("name", p.Name)
	f.Set("vendor", p.Vendor)
	for i := range f.Fields {
		if f.Fields[i].Name == "roles" {
			f.Fields[i].Values = p.Roles
		}
	}
	return c.RenderForm(f)
}

func (d *People) personSave(c *web.Call) error {
	p, err := d.person(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	f, err := d.editForm(c, p.Person)
	if err != nil {
		return err
	}
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if own := p.Ref() == c.Person.ID; ok && own && !sameSet(p.Roles, f.List("roles")) && !f.Checked("sure") {
		f.Fail("sure", "identity.edit.sure")
		ok = false
	}
	if !ok {
		return c.RenderForm(f)
	}
	err = d.Change(c.Ctx(), actorOf(c), p.ID, NewPerson{Name: f.Text("name"), Vendor: f.Text("vendor"), Roles: f.List("roles")})
	if err != nil {
		if err := failed(&f, fieldOf(err), err); err != nil {
			return err
		}
		return c.RenderForm(f)
	}
	return c.Redirect("/people/person/"+p.ID, text.M("identity.saved"))
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
