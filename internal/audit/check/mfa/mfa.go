// Package mfa is the check of the second factor: administrators and local users
// who can sign in with a password alone.
package mfa

import (
	"embed"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/text"
)

//go:embed about_ja.json about_en.json
var texts embed.FS

// ID is the check's name.
const ID = "mfa"

type member struct{}

// New makes the check.
func New() check.Check { return member{} }

// About says what the check is.
func (member) About() check.About {
	return check.About{ID: ID, Cost: check.Free, Texts: texts, Items: []check.Item{{ID: "mhlw-cl-r7:2-⑩"}}}
}

// count is what was found among the accounts.
type count struct{ all, without, elsewhere int }

// Run looks at administrators and local users.
func (member) Run(f check.Facts) check.Result {
	c := f.Config
	if !c.Has("system admin") && !c.Has("user local") {
		return check.Missing("config system admin")
	}
	r := check.Result{Verdict: check.Pass}
	var n count
	for _, a := range c.Entries("system admin") {
		n.admin(&r, a)
	}
	certificate := clientCertificate(&r, c)
	for _, u := range c.Entries("user local") {
		n.user(&r, u, certificate)
	}
	switch {
	case n.without > 0:
		r.Say = text.M("audit.check.mfa.without", n.all, n.without)
	case n.elsewhere > 0:
		r.Verdict, r.Say = check.Unknown, text.M("audit.check.mfa.elsewhere", n.elsewhere)
	case n.all == 0:
		r.Verdict, r.Say = check.None, text.M("audit.check.mfa.nobody")
	default:
		r.Say = text.M("audit.check.mfa.all", n.all)
	}
	return r
}

// admin judges one administrator. remote-auth leaves the second factor to
// another server, which the file does not describe.
func (n *count) admin(r *check.Result, a *fortios.Entry) {
	n.all++
	if ok := secondFactor(r, a); ok {
		return
	}
	if p, ok := a.Get("peer-auth"); ok && p.Value() == "enable" {
		r.Add(check.Of(p, text.M("audit.check.mfa.certificate", a.Name)))
		return
	}
	if s, ok := a.Get("remote-auth"); ok && s.Value() == "enable" {
		n.elsewhere++
		r.Add(check.Of(s, text.M("audit.check.mfa.remote", a.Name)))
		return
	}
	n.without++
	r.Worsen(check.Critical)
	r.Add(check.OfBlock(&a.Block, text.M("audit.check.mfa.admin", a.Name)).ByDefault().Wrong())
	r.Fix = append(r.Fix, "config system admin", "    edit "+check.Quote(a.Name),
		"        set two-factor email", `        set email-to "<mail-address>"`, "    next", "end")
}

// user judges one local user.
func (n *count) user(r *check.Result, u *fortios.Entry, certificate bool) {
	if u.Is("status", "disable") {
		return
	}
	n.all++
	if secondFactor(r, u) || certificate {
		return
	}
	if t, ok := u.Get("type"); ok && t.Value() != "password" {
		n.elsewhere++
		r.Add(check.Of(t, text.M("audit.check.mfa.remote", u.Name)))
		return
	}
	n.without++
	r.Worsen(check.High)
	r.Add(check.OfBlock(&u.Block, text.M("audit.check.mfa.user", u.Name)).ByDefault().Wrong())
	r.Fix = append(r.Fix, "config user local", "    edit "+check.Quote(u.Name),
		"        set two-factor email", `        set email-to "<mail-address>"`, "    next", "end")
}

func secondFactor(r *check.Result, e *fortios.Entry) bool {
	s, ok := e.Get("two-factor")
	if !ok || s.Value() == "disable" {
		return false
	}
	r.Add(check.Of(s, text.M("audit.check.mfa.has", e.Name, s.Value())))
	return true
}

// clientCertificate reports whether SSL-VPN asks every user for a certificate.
func clientCertificate(r *check.Result, c *fortios.Config) bool {
	s, ok := c.Setting("vpn ssl settings", "reqclientcert")
	if !ok || s.Value() != "enable" {
		return false
	}
	r.Add(check.Of(s, text.M("audit.check.mfa.all_certificate")))
	return true
}
