package staff

import (
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// firstCookie carries the token of somebody who typed a one-time code.
const firstCookie = "__Host-toride-first"

// signinPage is what stands before every reader in the morning: number and
// PIN, for the 10-key. Numbers of others never stand there.
type signinPage struct {
	Title  text.Msg
	Form   web.Form
	Number web.Field
	PIN    web.Field
	Next   string
	Plain  bool // the form alone: choosing a PIN, the set-up
	Second bool // the number is there, the PIN is next
	SetUp  bool // the set-up is to be done
	Intro  text.Msg
}

// PageTitle is the page's title.
func (p signinPage) PageTitle() text.Msg { return p.Title }

func signinForm(next string) web.Form {
	number := must(field("number", web.CodeField))
	number.Max, number.Auto = 40, "off"
	return web.Form{Action: "/signin", Submit: text.M("staff.signin.submit"), Fields: []web.Field{
		number, pinField("pin"), {Name: "next", Kind: web.HiddenField, Value: web.LocalPath(next)},
	}}
}

func (d *Desk) showSignin(c *web.Call, f web.Form) error {
	p := signinPage{Title: text.M("staff.signin.title"), Form: f, Number: f.Fields[0], PIN: f.Fields[1], Next: f.Fields[2].Value, SetUp: d.NeedsSetup()}
	p.Second = p.Number.Value != "" && p.Number.Error.Zero()
	return c.RenderStatus(status(f), "staff.signin", p)
}

func (d *Desk) signinShow(c *web.Call) error {
	next := web.LocalPath(c.Query("next"))
	if c.Person.ID != "" {
		return c.Redirect(next, text.Msg{})
	}
	if _, _, locked := d.locked(tokenOf(c)); locked && c.Query("other") == "" {
		return c.Redirect("/lock?next="+escape(next), text.Msg{})
	}
	return d.showSignin(c, signinForm(next))
}

func (d *Desk) signinPost(c *web.Call) error {
	f := signinForm("")
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		if f.Text("number") != "" && f.Text("pin") == "" { // Enter after the number: the PIN is next
			f.Fields[1].Error = text.Msg{}
		}
		return d.showSignin(c, f)
	}
	token, first, err := d.SignIn(c.Ctx(), f.Text("number"), f.Text("pin"), visitorOf(c))
	if err != nil {
		f.Set("pin", "")
		if err := failed(&f, "pin", err); err != nil {
			return err
		}
		return d.showSignin(c, f)
	}
	if first != "" {
		c.SetCookie(firstCookie, first, 600)
		return c.Redirect("/signin/first?next="+escape(f.Text("next")), text.Msg{})
	}
	return d.enterWith(c, token, f.Text("next"), text.Msg{})
}

func firstForm(next string) web.Form {
	return web.Form{Action: "/signin/first", Submit: text.M("staff.first.submit"), Cancel: "/signin", Fields: []web.Field{
		helped(pinField("pin")), pinField("again"), {Name: "next", Kind: web.HiddenField, Value: web.LocalPath(next)},
	}}
}

func showFirst(c *web.Call, f web.Form) error {
	return c.RenderStatus(status(f), "staff.signin", signinPage{Title: text.M("staff.first.title"), Form: f, Plain: true, Intro: text.M("staff.first.intro")})
}

func (d *Desk) firstShow(c *web.Call) error {
	if _, err := c.R.Cookie(firstCookie); err != nil {
		return c.Redirect("/signin", text.Msg{})
	}
	return showFirst(c, firstForm(c.Query("next")))
}

func (d *Desk) firstPost(c *web.Call) error {
	f := firstForm("")
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok || !twice(&f) {
		return showFirst(c, f)
	}
	first := ""
	if cookie, err := c.R.Cookie(firstCookie); err == nil {
		first = cookie.Value
	}
	token, err := d.ChoosePIN(c.Ctx(), first, f.Text("pin"), visitorOf(c))
	if err != nil {
		if err := failed(&f, "pin", err); err != nil {
			return err
		}
		return showFirst(c, f)
	}
	c.SetCookie(firstCookie, "", -1)
	return d.enterWith(c, token, f.Text("next"), text.M("staff.pin.done"))
}

func setupForm() web.Form {
	return web.Form{Action: "/signin/setup", Submit: text.M("staff.setup.submit"), Cancel: "/signin", Fields: []web.Field{
		helped(must(field("code", web.TextField))), must(field("number", web.TextField)), must(field("name", web.TextField)), helped(pinField("pin")), pinField("again"),
	}}
}

func showSetup(c *web.Call, f web.Form) error {
	return c.RenderStatus(status(f), "staff.signin", signinPage{Title: text.M("staff.setup.title"), Form: f, Plain: true, Intro: text.M("staff.setup.intro")})
}

func (d *Desk) setupShow(c *web.Call) error {
	if !d.NeedsSetup() {
		return c.Redirect("/signin", text.Msg{})
	}
	return showSetup(c, setupForm())
}

func (d *Desk) setupPost(c *web.Call) error {
	f := setupForm()
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok || !twice(&f) {
		return showSetup(c, f)
	}
	token, err := d.SetUp(c.Ctx(), First{Code: f.Text("code"), Number: f.Text("number"), Name: f.Text("name"), PIN: f.Text("pin")}, visitorOf(c))
	if err != nil {
		if err := failed(&f, "code", err); err != nil {
			return err
		}
		return showSetup(c, f)
	}
	return d.enterWith(c, token, "/staff", text.M("staff.setup.done"))
}

func (d *Desk) signout(c *web.Call) error {
	d.SignOut(c.Ctx(), ledger.ActorOf(c), tokenOf(c))
	c.SetCookie(web.SessionCookie, "", -1)
	return c.Redirect("/signin", text.M("staff.signout.done"))
}

// mePage is what somebody sees of himself.
type mePage struct {
	Person   web.Person
	Role     text.Msg
	Dept     string
	PIN      bool
	Perms    []text.Msg
	Settings Settings
}

func (d *Desk) me(c *web.Call) error {
	p := mePage{Person: c.Person, Settings: d.Settings()}
	if who, ok := d.own(c); ok {
		p.Role, p.Dept, p.PIN = who.Role.Say(), who.Dept, true
	}
	for _, perm := range right.All() {
		if c.Person.Can(perm) {
			p.Perms = append(p.Perms, text.M("right."+string(perm)))
		}
	}
	return c.Render("staff.me", p)
}

// own is the account of who asks; a break-glass session has none of its own.
func (d *Desk) own(c *web.Call) (person, bool) {
	const ref = "staff/"
	if len(c.Person.ID) <= len(ref) || c.Person.ID[:len(ref)] != ref {
		return person{}, false
	}
	return d.byID(c.Person.ID[len(ref):])
}

func pinForm() web.Form {
	return web.Form{Title: text.M("staff.mypin.title"), Action: "/me/pin", Submit: text.M("staff.mypin.submit"), Cancel: "/me", Fields: []web.Field{
		pinField("present"), helped(pinField("pin")), pinField("again"),
	}}
}

func (d *Desk) pinShow(c *web.Call) error { return c.RenderForm(pinForm()) }

func (d *Desk) pinPost(c *web.Call) error {
	who, ok := d.own(c)
	if !ok {
		return fault.New(fault.Denied, "staff.glass.limits")
	}
	f := pinForm()
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok || !twice(&f) {
		return c.RenderForm(f)
	}
	if err := d.ChangePIN(c.Ctx(), ledger.ActorOf(c), OwnPIN{who.ID, f.Text("present"), f.Text("pin"), tokenOf(c)}); err != nil {
		at := "pin"
		if fault.Of(err).Msg.Key == wrong {
			at = "present"
		}
		if err := failed(&f, at, err); err != nil {
			return err
		}
		return c.RenderForm(f)
	}
	return c.Redirect("/me", text.M("staff.pin.done"))
}
