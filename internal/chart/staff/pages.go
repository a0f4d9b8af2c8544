package staff

import (
	"net/http"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// openRoutes are those for people who are not signed in.
func (d *Desk) openRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /signin", Perm: web.Public, Do: d.signinShow},
		{Pattern: "POST /signin", Perm: web.Public, Do: d.signinPost},
		{Pattern: "GET /signin/first", Perm: web.Public, Do: d.firstShow},
		{Pattern: "POST /signin/first", Perm: web.Public, Do: d.firstPost},
		{Pattern: "GET /signin/setup", Perm: web.Public, Do: d.setupShow},
		{Pattern: "POST /signin/setup", Perm: web.Public, Do: d.setupPost},
		{Pattern: "GET /lock", Perm: web.Public, Do: d.lockShow},
		{Pattern: "POST /lock", Perm: web.Public, Do: d.lockPost},
		{Pattern: "GET /glass", Perm: web.Public, Do: d.breakShow},
		{Pattern: "POST /glass", Perm: web.Public, Do: d.breakPost},
	}
}

// ownRoutes are those about oneself.
func (d *Desk) ownRoutes() []web.Route {
	return []web.Route{
		{Pattern: "POST /signout", Perm: web.SignedIn, Do: d.signout},
		{Pattern: "POST /lock/now", Perm: web.SignedIn, Do: d.lockNow},
		{Pattern: "POST /lock/stay", Perm: web.SignedIn, Do: d.stay},
		{Pattern: "GET /me", Perm: web.SignedIn, Do: d.me},
		{Pattern: "GET /me/pin", Perm: web.SignedIn, Do: d.pinShow},
		{Pattern: "POST /me/pin", Perm: web.SignedIn, Do: d.pinPost},
	}
}

// maxList is how many bytes a staff list may have.
const maxList = 8 << 20

func (d *Desk) adminRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /staff", Perm: right.Staff, Do: d.list},
		{Pattern: "GET /staff/import", Perm: right.Staff, Do: d.importShow},
		{Pattern: "POST /staff/import", Perm: right.Staff, Do: d.importPost, Body: maxList},
		{Pattern: "GET /staff/import/{token}", Perm: right.Staff, Do: d.planShow},
		{Pattern: "POST /staff/import/{token}", Perm: right.Staff, Do: d.planPost},
		{Pattern: "POST /staff/imports/{id}/undo", Perm: right.Staff, Do: d.undo},
		{Pattern: "GET /staff/settings", Perm: right.Staff, Do: d.settingsShow},
		{Pattern: "POST /staff/settings", Perm: right.Staff, Do: d.settingsPost},
		{Pattern: "GET /staff/person/{id}", Perm: right.Staff, Do: d.personShow},
		{Pattern: "POST /staff/person/{id}/code", Perm: right.Staff, Do: d.personCode},
		{Pattern: "POST /staff/person/{id}/block", Perm: right.Staff, Do: d.personBlock},
		{Pattern: "POST /staff/person/{id}/unblock", Perm: right.Staff, Do: d.personUnblock},
		{Pattern: "GET /staff/glass", Perm: right.Staff, Do: d.reviews},
		{Pattern: "GET /staff/glass/{id}", Perm: right.Staff, Do: d.reviewShow},
		{Pattern: "POST /staff/glass/{id}", Perm: right.Staff, Do: d.reviewPost},
		{Pattern: "POST /staff/glass/{id}/end", Perm: right.Staff, Do: d.reviewEnd},
	}
}

// visitorOf is the browser of a call.
func visitorOf(c *web.Call) visitor { return visitor{from: c.From(), old: tokenOf(c)} }

func tokenOf(c *web.Call) string {
	if cookie, err := c.R.Cookie(web.SessionCookie); err == nil {
		return cookie.Value
	}
	return ""
}

// field is a field with its label.
func field(name string, kind web.FieldKind) web.Field {
	return web.Field{Name: name, Label: text.M("staff.field." + name), Kind: kind, Max: 200}
}

func must(f web.Field) web.Field {
	f.Required = true
	return f
}

func helped(f web.Field) web.Field {
	f.Help = text.M("staff.help." + f.Name)
	return f
}

// pinField is a field for a PIN: hidden, with the keys of a 10-key pad.
func pinField(name string) web.Field {
	f := must(field(name, web.PINField))
	f.Max, f.Auto = 40, "off"
	return f
}

// status is that of a page with a form.
func status(f web.Form) int {
	if len(f.Errors()) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// failed puts the sentence of an Invalid, Conflict or Busy fault at a field, so
// that nothing typed is lost. Other faults are given back.
func failed(f *web.Form, name string, err error) error {
	flt := fault.Of(err)
	if err == nil || flt.Kind != fault.Invalid && flt.Kind != fault.Conflict && flt.Kind != fault.Busy {
		return err
	}
	f.Fail(name, flt.Msg.Key, flt.Msg.Args...)
	return nil
}

// twice checks that a new PIN was typed twice the same.
func twice(f *web.Form) bool {
	if digits(f.Text("pin")) != digits(f.Text("again")) {
		f.Fail("again", "staff.pin.again")
		return false
	}
	return true
}

// enterWith gives the browser its session and goes on.
func (d *Desk) enterWith(c *web.Call, token, next string, say text.Msg) error {
	c.SetCookie(web.SessionCookie, token, 0)
	next = web.LocalPath(next)
	if next == "/" {
		next = d.cfg.Home
	}
	return c.Redirect(next, say)
}
