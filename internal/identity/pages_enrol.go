package identity

import (
	"time"

	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

func actorOf(c *web.Call) ledger.Actor { return ledger.ActorOf(c) }

// enrolPage shows the second factor's QR code and the form that goes with it.
type enrolPage struct {
	Title text.Msg
	Intro text.Msg
	Login string
	QR    credential.QR
	Seed  string // in groups, for typing
	Form  web.Form
}

// PageTitle is the page's title.
func (p enrolPage) PageTitle() text.Msg { return p.Title }

// codesPage is the sheet that is shown once: recovery codes, and after the
// set-up the recovery key of the seal.
type codesPage struct {
	Hospital string
	Name     string
	Login    string
	Codes    []string
	Recovery string
	At       time.Time
}

// PageTitle is the page's title.
func (codesPage) PageTitle() text.Msg { return text.M("identity.codes.title") }

func showEnrol(c *web.Call, p enrolPage, seed string) error {
	q, err := credential.NewQR(credential.SeedURL(p.Login, seed))
	if err != nil {
		return err
	}
	p.QR, p.Seed = q, credential.Grouped(seed)
	return renderWith(c, "identity.enrol", p.Form, p)
}

// codeField asks for the first code of a new second factor.
func codeField() web.Field {
	f := required("code", web.CodeField)
	f.Help = text.M("identity.help.firstcode")
	return f
}

func newPasswordFields(name string) []web.Field {
	first := auto(required(name, web.PasswordField), "new-password")
	first.Help = text.M("identity.help.newpassword", credential.MinWithSecond, credential.MinWithoutSecond)
	if name == "password" {
		first.Label = text.M("identity.field.new")
	}
	return []web.Field{first, auto(required("again", web.PasswordField), "new-password")}
}

// sameTwice checks the second typing of a new password.
func sameTwice(f *web.Form, name string, ok bool) bool {
	if ok && f.Text(name) != f.Text("again") {
		f.Fail("again", "identity.password.twice")
		return false
	}
	return ok
}

func (d *People) inviteForm(l link, token string) web.Form {
	f := web.Form{Action: "/invite", Submit: text.M("identity.enrol.submit")}
	if l.kind == linkInvite {
		f.Fields = newPasswordFields("password")
	} else {
		f.Fields = []web.Field{auto(required("password", web.PasswordField), "current-password")}
	}
	f.Fields = append(f.Fields, codeField(), hidden("token", token))
	return f
}

func (d *People) showInvite(c *web.Call, l link, f web.Form) error {
	p, err := d.person(c.Ctx(), l.person)
	if err != nil {
		return err
	}
	seed, err := d.enrolSeed(l.hash)
	if err != nil {
		return err
	}
	title, intro := text.M("identity.invite.title"), text.M("identity.invite.intro", p.Name, p.Login)
	if l.kind == linkSecond {
		title, intro = text.M("identity.second.title"), text.M("identity.second.intro", p.Name, p.Login)
	}
	return showEnrol(c, enrolPage{Title: title, Intro: intro, Login: p.Login, Form: f}, seed)
}

func (d *People) inviteShow(c *web.Call) error {
	l, err := d.findLink(c.Ctx(), c.Query("token"), linkInvite, linkSecond)
	if err != nil {
		return err
	}
	return d.showInvite(c, l, d.inviteForm(l, c.Query("token")))
}

func (d *People) invitePost(c *web.Call) error {
	l, err := d.findLink(c.Ctx(), c.R.PostFormValue("token"), linkInvite, linkSecond)
	if err != nil {
		return err
	}
	f := d.inviteForm(l, "")
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if l.kind == linkInvite {
		ok = sameTwice(&f, "password", ok)
	}
	if !ok {
		return d.showInvite(c, l, f)
	}
	out, bad, err := d.accept(c.Ctx(), l, enrolment{password: f.Text("password"), code: f.Text("code")}, visitorOf(c))
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		failFields(&f, bad)
		return d.showInvite(c, l, f)
	}
	p, err := d.person(c.Ctx(), l.person)
	if err != nil {
		return err
	}
	return d.showCodes(c, p.Person, out)
}

// showCodes answers the last POST itself: the codes exist on this page only.
func (d *People) showCodes(c *web.Call, p Person, out Enrolled) error {
	if out.Token != "" {
		c.SetCookie(web.SessionCookie, out.Token, 0)
	}
	return c.Render("identity.codes", codesPage{Hospital: d.Hospital().Name, Name: p.Name, Login: p.Login,
		Codes: out.Codes, Recovery: out.Recovery.Reveal(), At: c.Now})
}

func setupForm(token string) web.Form {
	beds := field("beds", web.IntField)
	beds.Min, beds.Max = 0, 5000
	pref := required("prefecture", web.SelectField)
	pref.Options = prefectures()
	login := helped(auto(required("login", web.TextField), "username"))
	fields := []web.Field{required("hospital", web.TextField), required("kana", web.TextField), beds, pref,
		required("yourname", web.TextField), login}
	fields = append(fields, newPasswordFields("password")...)
	return web.Form{Title: text.M("identity.setup.title"), Intro: text.M("identity.setup.intro"), Action: "/setup",
		Submit: text.M("identity.setup.next"), Fields: append(fields, hidden("token", token))}
}

func (d *People) setupShow(c *web.Call) error {
	if _, err := d.findLink(c.Ctx(), c.Query("token"), linkSetup); err != nil {
		return err
	}
	return c.RenderForm(setupForm(c.Query("token")))
}

func (d *People) setupPost(c *web.Call) error {
	token := c.R.PostFormValue("token")
	l, err := d.findLink(c.Ctx(), token, linkSetup)
	if err != nil {
		return err
	}
	f := setupForm("")
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !sameTwice(&f, "password", ok) {
		return c.RenderForm(f)
	}
	in := FirstRun{Login: f.Text("login"), Name: f.Text("yourname"),
		Hospital: Hospital{Name: f.Text("hospital"), Kana: f.Text("kana"), Beds: f.Int("beds"), Prefecture: f.Text("prefecture")}}
	bad, err := d.beginSetup(c.Ctx(), l, in, f.Text("password"))
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		failFields(&f, bad)
		return c.RenderForm(f)
	}
	return d.showSetupSecond(c, l, setupSecondForm(token))
}

func setupSecondForm(token string) web.Form {
	return web.Form{Action: "/setup/second", Submit: text.M("identity.setup.submit"), Fields: []web.Field{codeField(), hidden("token", token)}}
}

func (d *People) showSetupSecond(c *web.Call, l link, f web.Form) error {
	wait, ok := d.pending.get(firstRunKey(l), d.now())
	if !ok {
		return c.Redirect("/setup?token="+f.Text("token"), text.M("identity.setup.late"))
	}
	return showEnrol(c, enrolPage{Title: text.M("identity.setup.second"), Intro: text.M("identity.setup.secondintro"),
		Login: wait.first.Login, Form: f}, wait.seed)
}

func (d *People) setupSecond(c *web.Call) error {
	l, err := d.findLink(c.Ctx(), c.R.PostFormValue("token"), linkSetup)
	if err != nil {
		return err
	}
	f := setupSecondForm("")
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return d.showSetupSecond(c, l, f)
	}
	wait, _ := d.pending.get(firstRunKey(l), d.now())
	out, bad, err := d.finishSetup(c.Ctx(), l, f.Text("code"), visitorOf(c))
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		failFields(&f, bad)
		return d.showSetupSecond(c, l, f)
	}
	return d.showCodes(c, Person{Name: wait.first.Name, Login: wait.first.Login}, out)
}
