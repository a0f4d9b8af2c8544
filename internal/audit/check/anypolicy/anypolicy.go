// Package anypolicy is the check of policies without bounds: those that let the
// internet or a tunnel in with everyone as source, everything as destination
// or every service.
package anypolicy

import (
	"embed"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/text"
)

//go:embed about_ja.json about_en.json
var texts embed.FS

// ID is the check's name.
const ID = "anypolicy"

type member struct{}

// New makes the check.
func New() check.Check { return member{} }

// About says what the check is.
func (member) About() check.About {
	return check.About{ID: ID, Cost: check.Free, Texts: texts, Items: []check.Item{{ID: "mhlw-cl-r7:2-⑬"}}}
}

// Run looks at every policy that lets something in.
func (member) Run(f check.Facts) check.Result {
	if !f.Config.Has("firewall policy") {
		return check.Missing("config firewall policy")
	}
	r := check.Result{Verdict: check.Pass}
	in := f.Config.Inbound(f.Faces)
	bad := 0
	for _, p := range in {
		if judge(&r, f, p) {
			bad++
		}
	}
	switch {
	case bad > 0:
		r.Say = text.M("audit.check.anypolicy.wide", len(in), bad)
	case len(in) == 0:
		r.Verdict, r.Say = check.None, text.M("audit.check.anypolicy.no_inbound")
	default:
		r.Say = text.M("audit.check.anypolicy.bounded", len(in))
	}
	return r
}

// wide is what of a policy has no bounds.
type wide struct {
	src, dst, service       bool
	srcAt, dstAt, serviceAt fortios.Setting
}

// judge adds a policy found wanting. From the internet two of the three must be
// unbounded (a published server is open to everyone on purpose); from a tunnel
// destination or service alone is enough, because the other end is one company.
func judge(r *check.Result, f check.Facts, p fortios.Policy) bool {
	w := look(f, p)
	fromWAN := f.Faces.FromWAN(p)
	n := count(w.src, w.dst, w.service)
	if (fromWAN && n < 2) || (!fromWAN && !w.dst && !w.service) {
		return false
	}
	if fromWAN || n == 3 {
		r.Worsen(check.Critical)
	} else {
		r.Worsen(check.High)
	}
	src, _ := p.Get("srcintf")
	dst, _ := p.Get("dstintf")
	r.Add(check.OfBlock(&p.Block, text.M("audit.check.anypolicy.policy", p.Name, src.Value(), dst.Value())).Wrong())
	fix := []string{"config " + path(p), "    edit " + p.Name}
	if w.src {
		r.Add(check.Of(w.srcAt, text.M("audit.check.anypolicy.src")).Wrong())
		fix = append(fix, `        set srcaddr "<address-object-of-the-vendor>"`)
	}
	if w.dst {
		r.Add(check.Of(w.dstAt, text.M("audit.check.anypolicy.dst")).Wrong())
		fix = append(fix, `        set dstaddr "<address-object-of-the-maintained-server>"`)
	}
	if w.service {
		r.Add(check.Of(w.serviceAt, text.M("audit.check.anypolicy.service")).Wrong())
		fix = append(fix, `        set service "<service-that-is-needed>"`)
	}
	r.Fix = append(r.Fix, append(fix, "    next", "end")...)
	return true
}

func look(f check.Facts, p fortios.Policy) wide {
	var w wide
	var ok bool
	if w.srcAt, ok = p.Words("srcaddr", "srcaddr6"); ok && !p.Is("srcaddr-negate", "enable") {
		w.src = anyOf(w.srcAt, func(n string) bool { return f.Object.AnyAddress(p.VDOM, n) })
	}
	if w.dstAt, ok = p.Words("dstaddr", "dstaddr6"); ok && !p.Is("dstaddr-negate", "enable") {
		w.dst = anyOf(w.dstAt, func(n string) bool { return f.Object.AnyAddress(p.VDOM, n) })
	}
	if w.serviceAt, ok = p.Get("service"); ok && !p.Is("service-negate", "enable") {
		w.service = anyOf(w.serviceAt, func(n string) bool { return f.Object.AnyService(p.VDOM, n) })
	}
	return w
}

func anyOf(s fortios.Setting, test func(string) bool) bool {
	for _, v := range s.Values {
		if test(v) {
			return true
		}
	}
	return false
}

func count(flags ...bool) (n int) {
	for _, f := range flags {
		if f {
			n++
		}
	}
	return n
}

func path(p fortios.Policy) string {
	if p.V6 {
		return "firewall policy6"
	}
	return "firewall policy"
}
