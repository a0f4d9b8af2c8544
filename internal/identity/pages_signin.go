package identity

import (
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// stepCookie carries the token between the two pages of a sign-in.
const stepCookie = "__Host-toride-step"

// useLang puts a person's choice into the shell's cookie of the language
// switch, so that the switch in the head still works.
func useLang(c *web.Call, lang string) {
	if lang != "" {
		c.SetCookie(web.LangCookie, lang, 365*24*3600)
	}
}

// signinPage is the first and the second page of a sign-in.
type signinPage struct {
	Title text.Msg
	Form  web.Form
	Code  bool // the second page
	SetUp bool
}

// PageTitle is the page's title.
func (p signinPage) PageTitle() text.Msg { return p.Title }

func signinForm(next string) web.Form {
	return web.Form{Action: "/signin", Submit: text.M("identity.signin.next"), Fields: []web.Field{
		auto(required("login", web.TextField), "username"),
		auto(required("password", web.PasswordField), "current-password"),
		hidden("next", web.LocalPath(next)),
	}}
}

func (d *People) showSignin(c *web.Call, f web.Form) error {
	return renderWith(c, "identity.signin", f, signinPage{Title: text.M("identity.signin.title"), Form: f, SetUp: !d.Hospital().SetUpAt.IsZero()})
}

func (d *People) signinShow(c *web.Call) error {
	if c.Person.ID != "" {
		return c.Redirect(web.LocalPath(c.Query("next")), text.Msg{})
	}
	return d.showSignin(c, signinForm(c.Query("next")))
}

func (d *People) signinPost(c *web.Call) error {
	f := signinForm("")
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return d.showSignin(c, f)
	}
	step, err := d.begin(c.Ctx(), f.Text("login"), f.Text("password"), web.LocalPath(f.Text("next")), visitorOf(c))
	if err != nil {
		return err
	}
	c.SetCookie(stepCookie, step, int(stepLife.Seconds()))
	return c.Redirect("/signin/code", text.Msg{})
}

func codeForm() web.Form {
	return web.Form{Action: "/signin/code", Submit: text.M("identity.signin.submit"), Cancel: "/signin", Fields: []web.Field{
		auto(helped(required("code", web.TextField)), "one-time-code"),
	}}
}

func showCode(c *web.Call, f web.Form) error {
	return renderWith(c, "identity.signin", f, signinPage{Title: text.M("identity.code.title"), Form: f, Code: true, SetUp: true})
}

func (d *People) codeShow(c *web.Call) error {
	if _, err := c.R.Cookie(stepCookie); err != nil {
		return c.Redirect("/signin", text.Msg{})
	}
	return showCode(c, codeForm())
}

func (d *People) codePost(c *web.Call) error {
	f := codeForm()
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return showCode(c, f)
	}
	step := ""
	if cookie, err := c.R.Cookie(stepCookie); err == nil {
		step = cookie.Value
	}
	token, next, err := d.finish(c.Ctx(), step, f.Text("code"), visitorOf(c))
	f.Set("code", "")
	if key := fault.KindOf(err); err != nil && key == fault.Invalid && fault.Of(err).Msg.Key != wrong {
		c.SetCookie(stepCookie, "", -1)
		again := signinForm("")
		if err := failed(&again, "login", err); err != nil {
			return err
		}
		return d.showSignin(c, again)
	}
	if err != nil {
		if err := failed(&f, "code", err); err != nil {
			return err
		}
		return showCode(c, f)
	}
	c.SetCookie(stepCookie, "", -1)
	return d.signedIn(c, token, next, text.Msg{})
}

// signedIn gives the browser its new session and the person's language, and
// goes on.
func (d *People) signedIn(c *web.Call, token, next string, say text.Msg) error {
	c.SetCookie(web.SessionCookie, token, 0)
	lang, err := d.langOf(c.Ctx(), token)
	if err != nil {
		return err
	}
	useLang(c, lang)
	return c.Redirect(web.LocalPath(next), say)
}

func (d *People) demoEnter(c *web.Call) error {
	token, err := d.enterDemo(c.Ctx(), c.Query("token"), visitorOf(c))
	if err != nil {
		return err
	}
	return d.signedIn(c, token, "/", text.Msg{})
}

func (d *People) signout(c *web.Call) error {
	v := visitorOf(c)
	if err := d.SignOut(c.Ctx(), actorOf(c), v.old); err != nil {
		return err
	}
	c.SetCookie(web.SessionCookie, "", -1)
	return c.Redirect("/signin", text.M("identity.signout.done"))
}

func breakForm() web.Form {
	reason := reasonField()
	reason.Help = text.M("identity.help.glassreason")
	return web.Form{Title: text.M("identity.break.title"), Intro: text.M("identity.break.intro", int(glassLife.Hours())),
		Action: "/breakglass", Submit: text.M("identity.break.submit"), Danger: true, Cancel: "/signin",
		Fields: []web.Field{helped(required("envelope", web.TextField)), required("yourname", web.TextField), reason}}
}

func (d *People) breakShow(c *web.Call) error { return c.RenderForm(breakForm()) }

func (d *People) breakPost(c *web.Call) error {
	f := breakForm()
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	code := f.Text("envelope")
	if !ok {
		return c.RenderForm(f)
	}
	token, err := d.breakGlass(c.Ctx(), code, f.Text("yourname"), f.Text("reason"), visitorOf(c))
	if err != nil {
		f.Set("envelope", "")
		if err := failed(&f, "envelope", err); err != nil {
			return err
		}
		return c.RenderForm(f)
	}
	return d.signedIn(c, token, "/", text.M("identity.break.done"))
}
