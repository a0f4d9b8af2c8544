package identity

import (
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// mePage is a person's own page.
type mePage struct {
	Person   Person
	Glass    time.Time // until when, for who came by break-glass
	Name     string
	Roles    []text.Msg
	Perms    []permRow
	Left     int // recovery codes that are not used yet
	Few      bool
	Sessions []Session
	Lang     web.Form
}

// permRow is one right in words.
type permRow struct {
	Perm string
	Say  text.Msg // zero where the program has no words for it
}

// ownID gives the UUID of the signed-in person; who came by break-glass has no
// account to change.
func ownID(c *web.Call) (string, error) { return ownUUID(c.Person) }

func ownUUID(p web.Person) (string, error) {
	id, ok := strings.CutPrefix(p.ID, "person/")
	if !ok {
		return "", fault.New(fault.Denied, "identity.glass.limits")
	}
	return id, nil
}

func (d *People) me(c *web.Call) error {
	page := mePage{Name: c.Person.Name, Glass: c.Person.Glass}
	for _, id := range c.Person.Roles {
		if r, err := d.role(id); err == nil {
			page.Roles = append(page.Roles, r.Say())
		}
	}
	for _, r := range d.permRows() {
		if c.Person.Perms[web.Perm(r.Perm)] {
			page.Perms = append(page.Perms, r)
		}
	}
	id, err := ownID(c)
	if err != nil {
		return c.Render("identity.me", page)
	}
	p, err := d.person(c.Ctx(), id)
	if err != nil {
		return err
	}
	page.Person, page.Lang = p.Person, langForm(p.Lang)
	if page.Left, err = d.recoveryLeft(c.Ctx(), id); err != nil {
		return err
	}
	page.Few = page.Left <= fewCodes
	if page.Sessions, err = d.Sessions(c.Ctx(), id, c.Person.Session); err != nil {
		return err
	}
	return c.Render("identity.me", page)
}

// fewCodes is how many unused recovery codes are few.
const fewCodes = 3

func langForm(lang string) web.Form {
	f := field("lang", web.SelectField)
	f.Value = lang
	f.Options = []web.Option{{Value: "", Say: text.M("identity.lang.browser")},
		{Value: "ja", Say: text.M("identity.lang.ja")}, {Value: "en", Say: text.M("identity.lang.en")}}
	return web.Form{Action: "/me/lang", Submit: text.M("identity.save"), Fields: []web.Field{f}}
}

func (d *People) langPost(c *web.Call) error {
	id, err := ownID(c)
	if err != nil {
		return err
	}
	f := langForm("")
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return c.Redirect("/me", text.Msg{})
	}
	if err := d.SetLang(c.Ctx(), actorOf(c), id, f.Text("lang")); err != nil {
		return err
	}
	if f.Text("lang") == "" {
		c.SetCookie(web.LangCookie, "", -1)
	}
	useLang(c, f.Text("lang"))
	return c.Redirect("/me", text.M("identity.saved"))
}

func passwordForm() web.Form {
	present := auto(required("password", web.PasswordField), "current-password")
	return web.Form{Title: text.M("identity.mypassword.title"), Intro: text.M("identity.mypassword.intro"), Action: "/me/password",
		Submit: text.M("identity.mypassword.submit"), Cancel: "/me", Fields: append([]web.Field{present}, newPasswordFields("new")...)}
}

func (d *People) passwordShow(c *web.Call) error {
	if _, err := ownID(c); err != nil {
		return err
	}
	return c.RenderForm(passwordForm())
}

func (d *People) passwordPost(c *web.Call) error {
	id, err := ownID(c)
	if err != nil {
		return err
	}
	f := passwordForm()
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !sameTwice(&f, "new", ok) {
		return c.RenderForm(f)
	}
	bad, err := d.changePassword(c.Ctx(), id, c.Person.Session,
		newPassword{present: f.Text("password"), fresh: f.Text("new")}, visitorOf(c))
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		failFields(&f, bad)
		return c.RenderForm(f)
	}
	return c.Redirect("/me", text.M("identity.mypassword.done"))
}

func mySecondForm() web.Form {
	return web.Form{Action: "/me/second", Submit: text.M("identity.mysecond.submit"), Cancel: "/me", Fields: []web.Field{
		auto(required("password", web.PasswordField), "current-password"), codeField()}}
}

func (d *People) showMySecond(c *web.Call, id string, f web.Form) error {
	seed, err := d.enrolSeed(seedKey(id))
	if err != nil {
		return err
	}
	return showEnrol(c, enrolPage{Title: text.M("identity.mysecond.title"), Intro: text.M("identity.mysecond.intro"),
		Login: c.Person.Login, Form: f}, seed)
}

func (d *People) secondShow(c *web.Call) error {
	id, err := ownID(c)
	if err != nil {
		return err
	}
	return d.showMySecond(c, id, mySecondForm())
}

func (d *People) secondPost(c *web.Call) error {
	id, err := ownID(c)
	if err != nil {
		return err
	}
	f := mySecondForm()
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return d.showMySecond(c, id, f)
	}
	seed, err := d.enrolSeed(seedKey(id))
	if err != nil {
		return err
	}
	in := enrolment{password: f.Text("password"), code: f.Text("code"), seed: seed}
	codes, bad, err := d.changeSecond(c.Ctx(), id, c.Person.Session, in, visitorOf(c))
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		failFields(&f, bad)
		return d.showMySecond(c, id, f)
	}
	return d.showCodes(c, Person{Name: c.Person.Name, Login: c.Person.Login}, Enrolled{Codes: codes})
}

func (d *People) sessionEnd(c *web.Call) error {
	id, err := ownID(c)
	if err != nil {
		return err
	}
	if err := d.EndSession(c.Ctx(), actorOf(c), id, c.R.PostFormValue("session")); err != nil {
		return err
	}
	return c.Redirect("/me", text.M("identity.session.ended"))
}

func (d *People) sessionOthers(c *web.Call) error {
	id, err := ownID(c)
	if err != nil {
		return err
	}
	if err := d.EndOthers(c.Ctx(), actorOf(c), id, c.Person.Session); err != nil {
		return err
	}
	return c.Redirect("/me", text.M("identity.session.othersended"))
}
