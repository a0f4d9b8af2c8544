// Package lockout is the check of what happens after wrong passwords: for
// administrators and for users of SSL-VPN.
package lockout

import (
	"embed"
	"strconv"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/text"
)

//go:embed about_ja.json about_en.json
var texts embed.FS

// ID is the check's name.
const ID = "lockout"

// The bounds are the project's own: the guideline asks for a lockout after some
// failures for some time and names no numbers.
const (
	mostTries    = 5
	leastSeconds = 60
)

type member struct{}

// New makes the check.
func New() check.Check { return member{} }

// About says what the check is.
func (member) About() check.About {
	return check.About{ID: ID, Cost: check.Free, Texts: texts, Items: []check.Item{{ID: "mhlw-cl-r7:2-⑦", Confirmed: true}}}
}

// rule is one setting with its default (FortiOS hardening guide 5.2; maker's
// note 194229 on SSL-VPN: 2 attempts, 60 seconds, 0 switches it off).
type rule struct {
	key     string
	def     int
	seconds bool
}

// Run looks at the settings of the device and of SSL-VPN.
func (member) Run(f check.Facts) check.Result {
	c := f.Config
	globals := c.Of("system global")
	if len(globals) == 0 || (!c.Whole() && len(globals[0].Settings) == 0) {
		return check.Missing("config system global")
	}
	r := check.Result{Verdict: check.Pass, Say: text.M("audit.check.lockout.set")}
	fix := judge(&r, &globals[0].Block, []rule{{"admin-lockout-threshold", 3, false}, {"admin-lockout-duration", 60, true}})
	r.Fix = wrap("config system global", fix)
	if s, on := c.SSLVPN(); on {
		fix := judge(&r, &s.Block, []rule{{"login-attempt-limit", 2, false}, {"login-block-time", 60, true}})
		r.Fix = append(r.Fix, wrap("config vpn ssl settings", fix)...)
	}
	if r.Verdict == check.Fail {
		r.Say = text.M("audit.check.lockout.weak")
	}
	return r
}

func wrap(head string, lines []string) []string {
	if len(lines) == 0 {
		return nil
	}
	return append(append([]string{head}, lines...), "end")
}

// judge checks the rules against a block and gives the lines that mend it.
func judge(r *check.Result, b *fortios.Block, rules []rule) []string {
	var fix []string
	for _, one := range rules {
		s, ok := b.Get(one.key)
		if !ok {
			r.Add(check.OfBlock(b, text.M("audit.check.default", one.key+" "+strconv.Itoa(one.def))).ByDefault())
			continue
		}
		n, err := strconv.Atoi(s.Value())
		switch {
		case err != nil:
			r.Add(check.Of(s, text.M("audit.check.lockout.unread")))
		case n == 0:
			r.Worsen(check.High)
			r.Add(check.Of(s, text.M("audit.check.lockout.off")).Wrong())
		case one.seconds && n < leastSeconds:
			r.Worsen(check.Medium)
			r.Add(check.Of(s, text.M("audit.check.lockout.short", n, leastSeconds)).Wrong())
		case !one.seconds && n > mostTries:
			r.Worsen(check.Medium)
			r.Add(check.Of(s, text.M("audit.check.lockout.many", n, mostTries)).Wrong())
		default:
			r.Add(check.Of(s, text.M("audit.check.lockout.line")))
			continue
		}
		value := "3"
		if one.seconds {
			value = "300"
		}
		fix = append(fix, "    set "+one.key+" "+value)
	}
	return fix
}
