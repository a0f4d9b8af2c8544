package identity

import (
	"net/http"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Module is the domain's share of the site.
func (d *People) Module() web.Module {
	return web.Module{
		Name: "identity", Files: files,
		Pages: []web.Page{
			{Name: "signin", Data: signinPage{}}, {Name: "enrol", Data: enrolPage{}}, {Name: "codes", Data: codesPage{}},
			{Name: "me", Data: mePage{}}, {Name: "people", Data: peoplePage{}}, {Name: "person", Data: personPage{}},
			{Name: "link", Data: linkPage{}}, {Name: "roles", Data: rolesPage{}}, {Name: "envelopes", Data: envelopesPage{}},
			{Name: "sheet", Data: sheetPage{}}, {Name: "glass", Data: glassPage{}},
		},
		Routes: append(append(d.openRoutes(), d.ownRoutes()...), d.adminRoutes()...),
		Nav: []web.Nav{
			{Key: "identity.nav.people", URL: "/people", Perm: Admin, Order: 92, Group: "web.group.settings"},
			{Key: "identity.nav.me", URL: "/me", Perm: web.SignedIn, Order: 93, Group: "web.group.settings"},
		},
	}
}

// openRoutes are those for people who are not signed in.
func (d *People) openRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /signin", Perm: web.Public, Do: d.signinShow},
		{Pattern: "POST /signin", Perm: web.Public, Do: d.signinPost},
		{Pattern: "GET /signin/code", Perm: web.Public, Do: d.codeShow},
		{Pattern: "POST /signin/code", Perm: web.Public, Do: d.codePost},
		{Pattern: "GET /signin/demo", Perm: web.Public, Do: d.demoEnter},
		{Pattern: "GET /setup", Perm: web.Public, Do: d.setupShow},
		{Pattern: "POST /setup", Perm: web.Public, Do: d.setupPost},
		{Pattern: "POST /setup/second", Perm: web.Public, Do: d.setupSecond},
		{Pattern: "GET /invite", Perm: web.Public, Do: d.inviteShow},
		{Pattern: "POST /invite", Perm: web.Public, Do: d.invitePost},
		{Pattern: "GET /breakglass", Perm: web.Public, Do: d.breakShow},
		{Pattern: "POST /breakglass", Perm: web.Public, Do: d.breakPost},
	}
}

// ownRoutes are those about oneself.
func (d *People) ownRoutes() []web.Route {
	return []web.Route{
		{Pattern: "POST /signout", Perm: web.SignedIn, Do: d.signout},
		{Pattern: "GET /me", Perm: web.SignedIn, Do: d.me},
		{Pattern: "GET /me/password", Perm: web.SignedIn, Do: d.passwordShow},
		{Pattern: "POST /me/password", Perm: web.SignedIn, Do: d.passwordPost},
		{Pattern: "GET /me/second", Perm: web.SignedIn, Do: d.secondShow},
		{Pattern: "POST /me/second", Perm: web.SignedIn, Do: d.secondPost},
		{Pattern: "POST /me/lang", Perm: web.SignedIn, Do: d.langPost},
		{Pattern: "POST /me/sessions", Perm: web.SignedIn, Do: d.sessionEnd},
		{Pattern: "POST /me/sessions/others", Perm: web.SignedIn, Do: d.sessionOthers},
	}
}

func (d *People) adminRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /people", Perm: Admin, Do: d.people},
		{Pattern: "GET /people/new", Perm: Admin, Do: d.personNew},
		{Pattern: "POST /people/new", Perm: Admin, Do: d.personInvite},
		{Pattern: "GET /people/person/{id}", Perm: Admin, Do: d.personShow},
		{Pattern: "GET /people/person/{id}/edit", Perm: Admin, Do: d.personEdit},
		{Pattern: "POST /people/person/{id}/edit", Perm: Admin, Do: d.personSave},
		{Pattern: "GET /people/person/{id}/{act}", Perm: Admin, Do: d.actShow},
		{Pattern: "POST /people/person/{id}/{act}", Perm: Admin, Do: d.actPost},
		{Pattern: "GET /people/roles", Perm: Admin, Do: d.rolesShow},
		{Pattern: "GET /people/roles/{id}", Perm: Admin, Do: d.roleShow},
		{Pattern: "POST /people/roles/{id}", Perm: Admin, Do: d.rolePost},
		{Pattern: "POST /people/roles/{id}/reset", Perm: Admin, Do: d.roleReset},
		{Pattern: "GET /people/rules", Perm: Admin, Do: d.rulesShow},
		{Pattern: "POST /people/rules", Perm: Admin, Do: d.rulesPost},
		{Pattern: "GET /people/recovery", Perm: Admin, Do: d.recoveryShow},
		{Pattern: "POST /people/recovery", Perm: Admin, Do: d.recoveryPost},
		{Pattern: "GET /people/envelopes", Perm: Admin, Do: d.envelopesShow},
		{Pattern: "POST /people/envelopes", Perm: Admin, Do: d.envelopesPost},
		{Pattern: "POST /people/envelopes/{id}/void", Perm: Admin, Do: d.envelopeVoid},
		{Pattern: "GET /people/glass/{id}", Perm: Admin, Do: d.glassShow},
		{Pattern: "POST /people/glass/{id}", Perm: Admin, Do: d.glassPost},
		{Pattern: "POST /people/glass/{id}/end", Perm: Admin, Do: d.glassEnd},
	}
}

// visitorOf is the browser of a call.
func visitorOf(c *web.Call) visitor {
	v := visitor{from: c.From(), agent: c.R.UserAgent()}
	if cookie, err := c.R.Cookie(web.SessionCookie); err == nil {
		v.old = cookie.Value
	}
	return v
}

// answer gives a page another status than 200: a form with errors is 422, so
// that scripts and browsers see it.
type answer struct {
	http.ResponseWriter
	status int
}

// WriteHeader writes the status of the answer instead of the shell's.
func (a answer) WriteHeader(int) { a.ResponseWriter.WriteHeader(a.status) }

// renderWith shows a page that holds a form, with 422 when it has errors.
func renderWith(c *web.Call, page string, f web.Form, data any) error {
	if len(f.Errors()) > 0 {
		c.W = answer{ResponseWriter: c.W, status: http.StatusUnprocessableEntity}
	}
	return c.Render(page, data)
}

// failed puts the sentence of an Invalid or Conflict fault at a field, so that
// the reader keeps what was typed. Other faults are given back.
func failed(f *web.Form, field string, err error) error {
	flt := fault.Of(err)
	if err == nil || flt.Kind != fault.Invalid && flt.Kind != fault.Conflict {
		return err
	}
	f.Fail(field, flt.Msg.Key, flt.Msg.Args...)
	return nil
}

// failFields puts the messages at their fields.
func failFields(f *web.Form, bad map[string]text.Msg) {
	for name, m := range bad {
		f.Fail(name, m.Key, m.Args...)
	}
}

// field, required and hidden declare inputs in one line. The label's key is
// identity.field.<name>, the help's identity.help.<name>.
func field(name string, kind web.FieldKind) web.Field {
	return web.Field{Name: name, Kind: kind, Label: text.M("identity.field." + name), Max: 200}
}

func required(name string, kind web.FieldKind) web.Field {
	f := field(name, kind)
	f.Required = true
	return f
}

func helped(f web.Field, args ...any) web.Field {
	f.Help = text.M("identity.help."+f.Name, args...)
	return f
}

func auto(f web.Field, hint string) web.Field {
	f.Auto = hint
	return f
}

func hidden(name, value string) web.Field {
	return web.Field{Name: name, Kind: web.HiddenField, Label: text.M("identity.field.hidden"), Value: value}
}

// reasonField asks why; the answer stands in the ledger.
func reasonField() web.Field {
	f := helped(required("reason", web.AreaField))
	f.Max, f.Wide = 500, true
	return f
}
