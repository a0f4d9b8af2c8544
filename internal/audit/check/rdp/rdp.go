// Package rdp is the check of remote desktop through an outside line: policies
// that let TCP 3389 in from the internet or a tunnel, and whether they do so at
// all hours. It is the way by which the attack of 2022 came into the hospital.
package rdp

import (
	"embed"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/text"
)

//go:embed about_ja.json about_en.json
var texts embed.FS

// ID is the check's name.
const ID = "rdp"

// port is that of remote desktop (MS-RDPBCGR).
const port = 3389

type member struct{}

// New makes the check.
func New() check.Check { return member{} }

// About says what the check is.
func (member) About() check.About {
	return check.About{ID: ID, Cost: check.Free, Texts: texts,
		Items: []check.Item{{ID: "mhlw-cl-r7:2-②", Confirmed: true}, {ID: "mhlw-cl-r7:2-⑬"}}}
}

// Run looks at every policy that lets something in or leads into a tunnel.
func (member) Run(f check.Facts) check.Result {
	if !f.Config.Has("firewall policy") {
		return check.Missing("config firewall policy")
	}
	r := check.Result{Verdict: check.Pass, Say: text.M("audit.check.rdp.none")}
	always, timed, window := 0, 0, 0
	for _, p := range f.Config.Crossing(f.Faces) {
		s, ok := permits(f, p)
		if !ok {
			continue
		}
		switch hours(f.Config, p) {
		case once:
			window++
			r.Add(check.Of(s, text.M("audit.check.rdp.window", p.Name)))
			continue
		case weekly:
			timed++
			r.Worsen(check.Medium)
		default:
			always++
			r.Worsen(check.Critical)
		}
		add(&r, p, s)
	}
	switch {
	case always > 0:
		r.Say = text.M("audit.check.rdp.always", always)
	case timed > 0:
		r.Say = text.M("audit.check.rdp.timed", timed)
	case window > 0:
		r.Say = text.M("audit.check.rdp.windows", window)
	}
	return r
}

// add puts down one policy with its lines and the commands that close it.
func add(r *check.Result, p fortios.Policy, s fortios.Setting) {
	src, _ := p.Get("srcintf")
	dst, _ := p.Get("dstintf")
	r.Add(check.OfBlock(&p.Block, text.M("audit.check.rdp.policy", p.Name, src.Value(), dst.Value())).Wrong())
	r.Add(check.Of(s, text.M("audit.check.rdp.permits")).Wrong())
	if sch, ok := p.Get("schedule"); ok {
		r.Add(check.Of(sch, text.M("audit.check.rdp.schedule", sch.Value())).Wrong())
	} else {
		r.Add(check.OfBlock(&p.Block, text.M("audit.check.default", "schedule always")).ByDefault().Wrong())
	}
	r.Fix = append(r.Fix, "config firewall policy", "    edit "+p.Name, "        set status disable", "    next", "end")
}

// permits gives the line by which a policy lets remote desktop in: its service,
// or a virtual IP that leads to the port.
func permits(f check.Facts, p fortios.Policy) (fortios.Setting, bool) {
	if s, ok := p.Get("service"); ok && !p.Is("service-negate", "enable") {
		for _, name := range s.Values {
			if f.Object.PermitsTCP(p.VDOM, name, port) {
				return s, true
			}
		}
	}
	if s, ok := p.Get("dstaddr"); ok {
		for _, name := range s.Values {
			if _, leads := f.Object.ForwardsTo(p.VDOM, name, port); leads {
				return s, true
			}
		}
	}
	return fortios.Setting{}, false
}

// when is the kind of a schedule.
type when uint8

const (
	ever   when = iota // always, or a schedule that the file does not define
	weekly             // recurring
	once               // one window with an end
)

// hours finds what schedule a policy has. A recurring one over all days without
// hours is always.
func hours(c *fortios.Config, p fortios.Policy) when {
	s, ok := p.Get("schedule")
	if !ok {
		return ever
	}
	for _, e := range c.Entries("firewall schedule onetime") {
		if e.Name == s.Value() {
			return once
		}
	}
	for _, e := range c.Entries("firewall schedule recurring") {
		if e.Name != s.Value() {
			continue
		}
		day, _ := e.Get("day")
		_, start := e.Get("start")
		_, end := e.Get("end")
		if s.Value() == "always" || (len(day.Values) == 7 && !start && !end) {
			return ever
		}
		return weekly
	}
	return ever
}
