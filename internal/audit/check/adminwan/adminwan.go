// Package adminwan is the check of administration from the internet: which
// management services listen on interfaces that face outside, whether every
// administrator is bound to trusted hosts, and on which ports.
package adminwan

import (
	"embed"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/text"
)

//go:embed about_ja.json about_en.json
var texts embed.FS

// ID is the check's name.
const ID = "adminwan"

type member struct{}

// New makes the check.
func New() check.Check { return member{} }

// About says what the check is.
func (member) About() check.About {
	return check.About{ID: ID, Cost: check.Free, Texts: texts, Items: []check.Item{{ID: "mhlw-cl-r7:2-⑬"}}}
}

// Run looks at every interface that faces the internet.
func (member) Run(f check.Facts) check.Result {
	if !f.Config.Has("system interface") {
		return check.Missing("config system interface")
	}
	wan := wanInterfaces(f)
	if len(wan) == 0 {
		return check.Result{Verdict: check.Unknown, Say: text.M("audit.check.no_wan")}
	}
	open := adminsWithoutTrust(f.Config)
	r := check.Result{Verdict: check.Pass, Say: text.M("audit.check.adminwan.none", len(wan))}
	bad := 0
	for _, e := range wan {
		bad += judge(&r, e, len(open) > 0)
	}
	if bad == 0 {
		return r
	}
	r.Say = text.M("audit.check.adminwan.open", bad)
	if len(open) > 0 {
		r.Say = text.M("audit.check.adminwan.open_untrusted", bad, len(open))
	}
	for _, a := range open {
		r.Add(check.OfBlock(&a.Block, text.M("audit.check.adminwan.no_trusthost", a.Name)).ByDefault().Wrong())
		r.Fix = append(r.Fix, trustFix(a.Name)...)
	}
	r.Add(ports(f.Config)...)
	return r
}

// wanInterfaces gives the entries facing the internet that are up.
func wanInterfaces(f check.Facts) []*fortios.Entry {
	var out []*fortios.Entry
	for _, e := range f.Config.Entries("system interface") {
		if o, ok := f.Faces[e.Name]; ok && o.Face == fortios.WAN && !e.Is("status", "down") {
			out = append(out, e)
		}
	}
	return out
}

// judge adds one interface and reports 1 when it is found wanting. http and
// telnet are wanting always; https and ssh unless all administrators are bound
// to trusted hosts; fgfm is the maker's central management.
func judge(r *check.Result, e *fortios.Entry, untrusted bool) int {
	access, ok := e.Get("allowaccess")
	if !ok {
		r.Add(check.OfBlock(&e.Block, text.M("audit.check.adminwan.closed", e.Name)))
		return 0
	}
	var clear, sealed, others []string
	for _, s := range access.Values {
		switch s {
		case "http", "telnet":
			clear = append(clear, s)
		case "https", "ssh":
			sealed = append(sealed, s)
		case "snmp", "fgfm", "fabric", "capwap", "radius-acct":
			others = append(others, s)
		}
	}
	keep := slices.DeleteFunc(slices.Clone(access.Values), func(s string) bool { return s != "ping" && s != "probe-response" })
	switch {
	case len(clear) > 0:
		r.Worsen(check.Critical)
	case len(sealed) > 0 && untrusted:
		r.Worsen(check.Critical)
	case len(others) > 0:
		r.Worsen(check.Medium)
	case len(sealed) > 0:
		r.Add(check.Of(access, text.M("audit.check.adminwan.limited", e.Name, strings.Join(sealed, " "))))
		return 0
	default:
		r.Add(check.Of(access, text.M("audit.check.adminwan.ping_only", e.Name)))
		return 0
	}
	named := strings.Join(slices.Concat(clear, sealed, others), " ")
	r.Add(check.Of(access, text.M("audit.check.adminwan.listens", e.Name, named)).Wrong())
	r.Fix = append(r.Fix, "config system interface", "    edit "+check.Quote(e.Name))
	if len(keep) > 0 {
		r.Fix = append(r.Fix, "        set allowaccess "+strings.Join(keep, " "))
	} else {
		r.Fix = append(r.Fix, "        unset allowaccess")
	}
	r.Fix = append(r.Fix, "    next", "end")
	return 1
}

// adminsWithoutTrust gives the administrators who may sign in from anywhere:
// without a trusthost line, or with 0.0.0.0/0 in one.
func adminsWithoutTrust(c *fortios.Config) []*fortios.Entry {
	var out []*fortios.Entry
	for _, a := range c.Entries("system admin") {
		if !bound(a) {
			out = append(out, a)
		}
	}
	return out
}

func bound(a *fortios.Entry) bool {
	found := false
	for _, s := range a.Settings {
		if !strings.HasPrefix(s.Key, "trusthost") || s.Op != fortios.Set {
			continue
		}
		if v := strings.Join(s.Values, " "); v == "0.0.0.0 0.0.0.0" || v == "0.0.0.0/0" {
			return false
		}
		found = true
	}
	return found
}

func trustFix(name string) []string {
	return []string{"config system admin", "    edit " + check.Quote(name),
		"        set trusthost1 <management-network> <netmask>", "    next", "end"}
}

// ports tells on which ports the management pages listen.
func ports(c *fortios.Config) []check.Evidence {
	var out []check.Evidence
	for _, p := range []struct{ key, def string }{{"admin-sport", "443"}, {"admin-port", "80"}} {
		if s, ok := c.Setting("system global", p.key); ok {
			out = append(out, check.Of(s, text.M("audit.check.adminwan.port", p.key, s.Value())))
		} else if c.Has("system global") {
			out = append(out, check.Evidence{Say: text.M("audit.check.adminwan.port", p.key, p.def), Default: true})
		}
	}
	return out
}
