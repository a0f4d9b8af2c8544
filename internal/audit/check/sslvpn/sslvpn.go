// Package sslvpn is the check of SSL-VPN: whether it is on, from where it may
// be reached, with which versions of TLS, on which port, and whether its web
// portal is open.
package sslvpn

import (
	"embed"
	"strings"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/exposure/pack"
	"github.com/torideproject/toride/internal/text"
)

//go:embed about_ja.json about_en.json
var texts embed.FS

// ID is the check's name.
const ID = "sslvpn"

type member struct{}

// New makes the check.
func New() check.Check { return member{} }

// About says what the check is.
func (member) About() check.About {
	return check.About{ID: ID, Cost: check.Free, Texts: texts, Items: []check.Item{{ID: "mhlw-cl-r7:2-⑬"}}}
}

// Run looks at the settings of SSL-VPN and the portals in use.
func (member) Run(f check.Facts) check.Result {
	c := f.Config
	s, on := c.SSLVPN()
	if !on {
		if !c.Has("vpn ssl settings") && !c.Whole() {
			return check.Missing("config vpn ssl settings")
		}
		r := check.Result{Verdict: check.None, Say: text.M("audit.check.sslvpn.off")}
		for _, s := range c.Of("vpn ssl settings") {
			r.Add(check.OfBlock(&s.Block, text.M("audit.check.sslvpn.no_interface")))
		}
		return r
	}
	r := check.Result{Verdict: check.Pass, Say: text.M("audit.check.sslvpn.on")}
	source, _ := s.Get("source-interface")
	r.Add(check.Of(source, text.M("audit.check.sslvpn.listens", strings.Join(source.Values, " "))))
	var fix []string
	fix = append(fix, sources(&r, s)...)
	fix = append(fix, tls(&r, s, c.Header.Version)...)
	port(&r, s)
	if len(fix) > 0 {
		r.Fix = append(append([]string{"config vpn ssl settings"}, fix...), "end")
	}
	portals(&r, c, s)
	if r.Verdict == check.Fail {
		r.Say = text.M("audit.check.sslvpn.wanting")
	}
	return r
}

// sources checks the addresses from which SSL-VPN may be reached. Without a
// line it is everyone.
func sources(r *check.Result, s *fortios.Section) []string {
	addr, ok := s.Get("source-address")
	if ok && addr.Value() != "all" {
		r.Add(check.Of(addr, text.M("audit.check.sslvpn.limited", strings.Join(addr.Values, " "))))
		return nil
	}
	if !ok && rulesLimit(r, s) {
		return nil
	}
	r.Worsen(check.Critical)
	if ok {
		r.Add(check.Of(addr, text.M("audit.check.sslvpn.any")).Wrong())
	} else {
		r.Add(check.OfBlock(&s.Block, text.M("audit.check.sslvpn.any")).ByDefault().Wrong())
	}
	return []string{`    set source-address "<address-object-of-the-vendor>"`}
}

// rulesLimit reports whether every rule of authentication limits the source.
func rulesLimit(r *check.Result, s *fortios.Section) bool {
	rules := s.Child("authentication-rule")
	if rules == nil || len(rules.Entries) == 0 {
		return false
	}
	for _, e := range rules.Entries {
		if a, ok := e.Get("source-address"); !ok || a.Value() == "all" {
			return false
		}
	}
	for _, e := range rules.Entries {
		a, _ := e.Get("source-address")
		r.Add(check.Of(a, text.M("audit.check.sslvpn.limited", strings.Join(a.Values, " "))))
	}
	return true
}

// tls checks the versions of TLS. From 6.2 on the default is TLS 1.2; the
// defaults of older versions differ and are not confirmed.
func tls(r *check.Result, s *fortios.Section, version string) []string {
	bad, said := false, false
	if m, ok := s.Get("ssl-min-proto-ver"); ok {
		said = true
		if v := m.Value(); v == "tls1-0" || v == "tls1-1" || v == "sslv3" {
			bad = true
			r.Add(check.Of(m, text.M("audit.check.sslvpn.old_tls", v)).Wrong())
		} else {
			r.Add(check.Of(m, text.M("audit.check.sslvpn.tls", v)))
		}
	}
	for _, key := range []string{"sslv3", "tlsv1-0", "tlsv1-1"} {
		if t, ok := s.Get(key); ok {
			said = true
			if t.Value() == "enable" {
				bad = true
				r.Add(check.Of(t, text.M("audit.check.sslvpn.old_tls", key)).Wrong())
			}
		}
	}
	if !said {
		e := check.OfBlock(&s.Block, text.M("audit.check.default_unknown")).ByDefault()
		if v, ok := pack.ParseVersion(version); ok && (v.Major > 6 || (v.Major == 6 && v.Minor >= 2)) {
			e.Say = text.M("audit.check.default", "ssl-min-proto-ver tls1-2")
		} else {
			e.Say = text.M("audit.check.sslvpn.tls_unknown")
		}
		r.Add(e)
	}
	if !bad {
		return nil
	}
	r.Worsen(check.Medium)
	if _, ok := s.Get("ssl-min-proto-ver"); ok {
		return []string{"    set ssl-min-proto-ver tls1-2"}
	}
	return []string{"    set tlsv1-0 disable", "    set tlsv1-1 disable", "    set tlsv1-2 enable"}
}

// port tells the port; a usual one is no finding, but scanners look there
// first.
func port(r *check.Result, s *fortios.Section) {
	p, ok := s.Get("port")
	switch {
	case !ok:
		r.Add(check.OfBlock(&s.Block, text.M("audit.check.sslvpn.port_default")).ByDefault())
	case p.Value() == "443" || p.Value() == "10443":
		r.Add(check.Of(p, text.M("audit.check.sslvpn.port_usual", p.Value())))
	default:
		r.Add(check.Of(p, text.M("audit.check.sslvpn.port", p.Value())))
	}
}

// portals checks the portals in use for web mode: pages inside the browser,
// where most exploited holes of SSL-VPN were.
func portals(r *check.Result, c *fortios.Config, s *fortios.Section) {
	used := map[string]bool{}
	if p, ok := s.Get("default-portal"); ok {
		used[p.Value()] = true
	}
	if rules := s.Child("authentication-rule"); rules != nil {
		for _, e := range rules.Entries {
			if p, ok := e.Get("portal"); ok {
				used[p.Value()] = true
			}
			if realm, ok := e.Get("realm"); ok {
				r.Add(check.Of(realm, text.M("audit.check.sslvpn.realm", realm.Value())))
			}
		}
	}
	for _, e := range c.Entries("vpn ssl web portal") {
		if w, ok := e.Get("web-mode"); ok && w.Value() == "enable" && used[e.Name] {
			r.Worsen(check.Medium)
			r.Add(check.Of(w, text.M("audit.check.sslvpn.web_mode", e.Name)).Wrong())
			r.Fix = append(r.Fix, "config vpn ssl web portal", "    edit "+check.Quote(e.Name),
				"        set web-mode disable", "    next", "end")
		}
	}
}
