package identity

import (
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// envelopesPage lists envelopes and what was done with them.
type envelopesPage struct {
	InSafe  int
	Rows    []envelopeRow
	Glasses []glassRow
	Form    web.Form
}

type envelopeRow struct {
	Envelope
	RoleNames []text.Msg
	Mark      web.Mark
}

type glassRow struct {
	BreakGlass
	RoleNames []text.Msg
	Mark      web.Mark
	Running   bool
}

// sheetPage is the print-out for the safe.
type sheetPage struct {
	Hospital string
	Printed  []Printed
	Roles    []text.Msg
	Hours    int
	URL      string
	At       time.Time
	By       string
}

// glassPage is one use of break-glass.
type glassPage struct {
	Row  glassRow
	Form web.Form
}

func (d *People) roleNames(ids []string) []text.Msg {
	var names []text.Msg
	for _, id := range ids {
		if r, err := d.role(id); err == nil {
			names = append(names, r.Say())
		}
	}
	return names
}

func (d *People) glassRow(b BreakGlass, now time.Time) glassRow {
	r := glassRow{BreakGlass: b, RoleNames: d.roleNames(b.Roles), Running: b.EndedAt.IsZero() && now.Before(b.Until)}
	switch {
	case r.Running:
		r.Mark = web.Mark{Level: web.Danger, Say: text.M("identity.glass.running", b.Until)}
	case b.AckAt.IsZero():
		r.Mark = web.Mark{Level: web.Danger, Say: text.M("identity.glass.open")}
	default:
		r.Mark = web.Mark{Level: web.Done, Say: text.M("identity.glass.acknowledged")}
	}
	return r
}

func (d *People) envelopesForm() web.Form {
	count := required("count", web.IntField)
	count.Min, count.Max, count.Value = 1, maxEnvelopes, "2"
	roles := required("roles", web.ChecksField)
	roles.Wide = true
	roles.Help, roles.Values = text.M("identity.help.glassroles"), []string{roleAdmin, roleAnalyst}
	for _, r := range d.Roles() {
		if r.ID != roleVendor {
			roles.Options = append(roles.Options, web.Option{Value: r.ID, Say: r.Say()})
		}
	}
	return web.Form{Title: text.M("identity.envelopes.make"), Action: "/people/envelopes", Submit: text.M("identity.envelopes.submit"),
		Fields: []web.Field{count, roles}}
}

func (d *People) envelopesShow(c *web.Call) error { return d.showEnvelopes(c, d.envelopesForm()) }

func (d *People) showEnvelopes(c *web.Call, f web.Form) error {
	page := envelopesPage{Form: f}
	all, err := d.Envelopes(c.Ctx())
	if err != nil {
		return err
	}
	for _, e := range all {
		r := envelopeRow{Envelope: e, RoleNames: d.roleNames(e.Roles)}
		switch {
		case !e.UsedAt.IsZero():
			r.Mark = web.Mark{Level: web.Warn, Say: text.M("identity.envelope.used")}
		case !e.VoidAt.IsZero():
			r.Mark = web.Mark{Level: web.Nothing, Say: text.M("identity.envelope.void")}
		default:
			page.InSafe++
			r.Mark = web.Mark{Level: web.Done, Say: text.M("identity.envelope.safe")}
		}
		page.Rows = append(page.Rows, r)
	}
	glasses, err := d.Glasses(c.Ctx(), false)
	if err != nil {
		return err
	}
	for _, b := range glasses {
		page.Glasses = append(page.Glasses, d.glassRow(b, c.Now))
	}
	return renderWith(c, "identity.envelopes", f, page)
}

func (d *People) envelopesPost(c *web.Call) error {
	f := d.envelopesForm()
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return d.showEnvelopes(c, f)
	}
	printed, err := d.MakeEnvelopes(c.Ctx(), actorOf(c), f.Int("count"), f.List("roles"))
	if err != nil {
		if err := failed(&f, "roles", err); err != nil {
			return err
		}
		return d.showEnvelopes(c, f)
	}
	return c.Render("identity.sheet", sheetPage{Hospital: d.Hospital().Name, Printed: printed, Roles: d.roleNames(f.List("roles")),
		Hours: int(glassLife.Hours()), URL: "https://" + c.R.Host + "/breakglass", At: c.Now, By: c.Person.Name})
}

func (d *People) envelopeVoid(c *web.Call) error {
	if err := d.VoidEnvelope(c.Ctx(), actorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/people/envelopes", text.M("identity.envelope.voided"))
}

func ackForm(id string) web.Form {
	words := helped(required("words", web.AreaField))
	words.Max, words.Wide = 1000, true
	return web.Form{Action: "/people/glass/" + id, Submit: text.M("identity.glass.ack"), Cancel: "/people/envelopes", Fields: []web.Field{words}}
}

func (d *People) showGlass(c *web.Call, f web.Form) error {
	all, err := d.Glasses(c.Ctx(), false)
	if err != nil {
		return err
	}
	for _, b := range all {
		if b.ID == c.Path("id") {
			return renderWith(c, "identity.glass", f, glassPage{Row: d.glassRow(b, c.Now), Form: f})
		}
	}
	return fault.New(fault.NotFound, "identity.glass.none")
}

func (d *People) glassShow(c *web.Call) error { return d.showGlass(c, ackForm(c.Path("id"))) }

func (d *People) glassPost(c *web.Call) error {
	f := ackForm(c.Path("id"))
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return d.showGlass(c, f)
	}
	if err := d.Acknowledge(c.Ctx(), actorOf(c), c.Path("id"), f.Text("words")); err != nil {
		return err
	}
	return c.Redirect("/people/envelopes", text.M("identity.glass.ackdone"))
}

func (d *People) glassEnd(c *web.Call) error {
	if err := d.EndGlass(c.Ctx(), actorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/people/glass/"+c.Path("id"), text.M("identity.glass.ended"))
}
