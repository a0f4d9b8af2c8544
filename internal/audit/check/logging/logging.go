// Package logging is the check of where the device sends its records: to a
// server outside itself, or only into a memory that the next restart or update
// wipes, as it happened in 2022.
package logging

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
const ID = "logging"

type member struct{}

// New makes the check.
func New() check.Check { return member{} }

// About says what the check is.
func (member) About() check.About {
	return check.About{ID: ID, Cost: check.Free, Texts: texts, Items: []check.Item{{ID: "mhlw-cl-r7:2-⑪"}}}
}

// targets are the blocks that send records out of the device.
func targets() []string {
	return []string{"log syslogd setting", "log syslogd2 setting", "log syslogd3 setting", "log syslogd4 setting",
		"log fortianalyzer setting", "log fortianalyzer2 setting", "log fortianalyzer3 setting",
		"log fortianalyzer-cloud setting", "log fortiguard setting"}
}

// Run looks for a target, then at the policies that let something in.
func (member) Run(f check.Facts) check.Result {
	c := f.Config
	r := check.Result{Verdict: check.Pass, Say: text.M("audit.check.logging.sent")}
	sent := false
	for _, path := range targets() {
		for _, s := range c.Of(path) {
			sent = target(&r, s) || sent
		}
	}
	if !sent && !c.Whole() {
		return check.Missing("config log syslogd setting")
	}
	if !sent {
		r.Worsen(check.High)
		r.Say = text.M("audit.check.logging.inside_only")
		inside(&r, c)
		r.Fix = append(r.Fix, "config log syslogd setting", "    set status enable",
			`    set server "<log-server-address>"`, "    "+reliable(c.Header.Version), "end")
	}
	quiet := 0
	for _, p := range c.Inbound(f.Faces) {
		if policy(&r, p) {
			quiet++
		}
	}
	if quiet > 0 && sent {
		r.Say = text.M("audit.check.logging.quiet", quiet)
	}
	return r
}

// reliable gives the line that sends records over TCP; FortiOS 6.0 renamed it.
func reliable(version string) string {
	if v, ok := pack.ParseVersion(version); ok && v.Major < 6 {
		return "set reliable enable"
	}
	return "set mode reliable"
}

// target adds a block that sends records and reports whether it does.
func target(r *check.Result, s *fortios.Section) bool {
	status, ok := s.Get("status")
	if !ok || status.Value() != "enable" {
		if server, has := s.Get("server"); has {
			r.Add(check.Of(server, text.M("audit.check.logging.target_off", s.Path)))
		}
		return false
	}
	if server, has := s.Get("server"); has {
		r.Add(check.Of(server, text.M("audit.check.logging.target", s.Path, server.Value())))
		return true
	}
	if strings.Contains(s.Path, "cloud") || strings.Contains(s.Path, "fortiguard") {
		r.Add(check.Of(status, text.M("audit.check.logging.cloud", s.Path)))
		return true
	}
	r.Add(check.Of(status, text.M("audit.check.logging.no_server", s.Path)))
	return false
}

// inside adds what the device keeps by itself.
func inside(r *check.Result, c *fortios.Config) {
	found := false
	for _, path := range []string{"log memory setting", "log disk setting"} {
		for _, s := range c.Of(path) {
			if status, ok := s.Get("status"); ok {
				found = true
				r.Add(check.Of(status, text.M("audit.check.logging.local", path)).Wrong())
			}
		}
	}
	if !found {
		r.Add(check.Evidence{Say: text.M("audit.check.logging.no_target"), Default: true, Bad: true})
	}
}

// policy adds a policy from outside that does not record every connection.
// The default records security events only.
func policy(r *check.Result, p fortios.Policy) bool {
	s, ok := p.Get("logtraffic")
	switch {
	case ok && s.Value() == "all":
		return false
	case ok:
		r.Add(check.Of(s, text.M("audit.check.logging.policy", p.Name, s.Value())).Wrong())
	default:
		r.Add(check.OfBlock(&p.Block, text.M("audit.check.logging.policy", p.Name, "utm")).ByDefault().Wrong())
	}
	r.Worsen(check.Medium)
	r.Fix = append(r.Fix, "config firewall policy", "    edit "+p.Name, "        set logtraffic all", "    next", "end")
	return true
}
