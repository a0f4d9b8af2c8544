package access

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of names in FortiOS, characters: the shortest that holds for 5.4, 6.x
// and 7.x (CLI reference, "config firewall policy" and "schedule onetime":
// schedule 31, policy name 35, interface and zone 35, VDOM 31).
const (
	maxInterface = 35
	maxVDOM      = 31
	maxGroup     = 35
)

// firewallJob is everything that the text for one request is written from. It
// is checked by newFirewallJob; nothing in it but validated names, numbers and
// addresses reaches the text.
type firewallJob struct {
	name     string // TRD-2026-0007: name of schedule, service and policy
	policy   int64  // 2026000007
	card     Card
	sources  []Range
	targets  []Range
	services []Service
	from     time.Time // in the firewall's own time
	until    time.Time
	named    bool // policies have names since 5.4
}

// parseNumber reads the only form of a request's number that goes into a text:
// four digits, a dash, four to six digits.
func parseNumber(s string) (year, seq int64, ok bool) {
	y, n, found := strings.Cut(s, "-")
	if !found || len(y) != 4 || len(n) < 4 || len(n) > 6 || !digits(y+n) {
		return 0, 0, false
	}
	year, err1 := strconv.ParseInt(y, 10, 64)
	seq, err2 := strconv.ParseInt(n, 10, 64)
	return year, seq, err1 == nil && err2 == nil
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' }) < 0
}

// newFirewallJob checks that a text can be written. It refuses what would open
// more than was asked: no source, no port, no interface, a target without an
// address.
func newFirewallJob(r Request, card Card, version string, zone *time.Location) (firewallJob, error) {
	j := firewallJob{card: card, from: r.From.In(zone), until: r.Until.In(zone), services: r.Services}
	year, seq, ok := parseNumber(r.Number)
	if !ok {
		return j, refuse(BadName, clip(r.Number, 40))
	}
	// FortiOS takes policy numbers up to 4294967294. The year in front keeps
	// clear of the small numbers that people and the web page give.
	j.name, j.policy = "TRD-"+r.Number, year*1_000_000+seq
	var err error
	if j.named, err = policiesHaveNames(version); err != nil {
		return j, err
	}
	if card.SrcIntf == "" || card.DstIntf == "" {
		return j, refuse(NeedCard)
	}
	for _, n := range []struct {
		s string
		n int
	}{{card.SrcIntf, maxInterface}, {card.DstIntf, maxInterface}, {card.VDOM, maxVDOM}, {card.Group, maxGroup}} {
		if err := checkName(n.s, n.n); err != nil {
			return j, err
		}
	}
	return j, j.addresses(r)
}

func (j *firewallJob) addresses(r Request) error {
	if len(r.Sources) == 0 {
		return refuse(NeedSources)
	}
	if len(r.Services) == 0 {
		return refuse(NeedServices)
	}
	for _, s := range r.Sources {
		v, err := ParseRange(s)
		if err != nil {
			return err
		}
		j.sources = append(j.sources, v)
	}
	for _, t := range r.Targets {
		fields := strings.Fields(t.Address)
		if len(fields) == 0 {
			return refuse(NeedAddress, clip(t.Name, 60))
		}
		for _, s := range fields {
			v, err := ParseRange(s)
			if err != nil {
				return err
			}
			j.targets = append(j.targets, v)
		}
	}
	return nil
}

// policiesHaveNames reads a FortiOS version as people write it (5.4.8, v7.2.5
// build1517). An empty one counts as 5.4 or later; before 5.0 logging is
// written in another way, and the text is refused.
func policiesHaveNames(version string) (bool, error) {
	at := strings.IndexAny(version, "0123456789")
	if at < 0 {
		return true, nil
	}
	number := version[at:]
	if end := strings.IndexFunc(number, func(c rune) bool { return (c < '0' || c > '9') && c != '.' }); end >= 0 {
		number = number[:end]
	}
	parts := strings.Split(number, ".")
	major, err := strconv.Atoi(parts[0])
	if err != nil || major > 99 {
		return true, nil // a build or a year, not a version
	}
	if major < 5 {
		return false, refuse(OldFirmware, clip(number, 20))
	}
	if major > 5 || len(parts) == 1 {
		return true, nil
	}
	minor, err := strconv.Atoi(parts[1])
	return err != nil || minor >= 4, nil
}

// checkName refuses names that FortiOS cannot have or that could end a quoted
// string: the firewall forbids quotes and angle brackets in names, and its
// command line takes a question mark as a request for help even inside quotes.
// A name is never altered: another name would be another interface.
func checkName(s string, limit int) error {
	if s == "" {
		return nil
	}
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > limit || strings.TrimSpace(s) != s {
		return refuse(BadName, clip(s, 60))
	}
	for _, c := range s {
		if unicode.IsControl(c) || !unicode.IsPrint(c) || strings.ContainsRune("\"'`<>()#?\\$;|", c) {
			return refuse(BadName, clip(s, 60))
		}
	}
	return nil
}

// cli writes indented lines of FortiOS commands.
type cli struct {
	b     strings.Builder
	depth int
}

func (w *cli) line(format string, args ...any) {
	w.b.WriteString(strings.Repeat("    ", w.depth))
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('\n')
}

// block writes first, the indented inner lines, and last.
func (w *cli) block(first, last string, inner func()) {
	w.line("%s", first)
	w.depth++
	inner()
	w.depth--
	w.line("%s", last)
}

// inVDOM writes inner inside the card's virtual domain, if it has one.
func (j firewallJob) text(inner func(w *cli)) string {
	w := &cli{}
	if j.card.VDOM == "" {
		inner(w)
		return w.b.String()
	}
	w.line("config vdom")
	w.line("edit %s", quote(j.card.VDOM))
	inner(w)
	w.line("end")
	return w.b.String()
}

// quote puts a name that passed checkName into quotes.
func quote(s string) string { return `"` + s + `"` }

// clock writes an instant as "config firewall schedule onetime" wants it. The
// minute is cut off, never rounded up: an end must not move later.
func clock(t time.Time) string { return t.Format("15:04 2006/01/02") }

// opening writes addresses, service, schedule and policy. "schedule-timeout
// enable" matters: without it a session that is under way outlives the window.
func (j firewallJob) opening() string {
	return j.text(func(w *cli) {
		w.block("config firewall address", "end", func() {
			for i, r := range j.sources {
				j.address(w, "S", i, r)
			}
			for i, r := range j.targets {
				j.address(w, "T", i, r)
			}
		})
		w.block("config firewall service custom", "end", func() {
			w.block("edit "+quote(j.name), "next", func() { j.portLines(w) })
		})
		w.block("config firewall schedule onetime", "end", func() {
			w.block("edit "+quote(j.name), "next", func() {
				w.line("set start %s", clock(j.from))
				w.line("set end %s", clock(j.until))
			})
		})
		w.block("config firewall policy", "end", func() {
			w.block(fmt.Sprintf("edit %d", j.policy), "next", func() { j.policyLines(w) })
		})
	})
}

func (j firewallJob) address(w *cli, kind string, i int, r Range) {
	w.block("edit "+quote(j.addressName(kind, i)), "next", func() {
		if mask, ok := r.Mask(); ok {
			w.line("set type ipmask")
			w.line("set subnet %s", mask)
			return
		}
		w.line("set type iprange")
		w.line("set start-ip %s", r.First)
		w.line("set end-ip %s", r.Last)
	})
}

func (j firewallJob) addressName(kind string, i int) string {
	return j.name + "-" + kind + strconv.Itoa(i+1)
}

func (j firewallJob) portLines(w *cli) {
	var tcp, udp []string
	for _, s := range j.services {
		if s.UDP {
			udp = append(udp, s.Ports())
		} else {
			tcp = append(tcp, s.Ports())
		}
	}
	if len(tcp) > 0 {
		w.line("set tcp-portrange %s", strings.Join(tcp, " "))
	}
	if len(udp) > 0 {
		w.line("set udp-portrange %s", strings.Join(udp, " "))
	}
}

func (j firewallJob) policyLines(w *cli) {
	if j.named {
		w.line("set name %s", quote(j.name))
	}
	w.line("set srcintf %s", quote(j.card.SrcIntf))
	w.line("set dstintf %s", quote(j.card.DstIntf))
	w.line("set srcaddr %s", j.names("S", len(j.sources)))
	w.line("set dstaddr %s", j.names("T", len(j.targets)))
	w.line("set action accept")
	w.line("set schedule %s", quote(j.name))
	w.line("set schedule-timeout enable")
	w.line("set service %s", quote(j.name))
	if j.card.Group != "" {
		w.line("set groups %s", quote(j.card.Group))
	}
	w.line("set logtraffic all")
	w.line("set logtraffic-start enable")
	w.line("set comments %s", quote("Toride "+j.name))
	w.line("set status enable")
}

func (j firewallJob) names(kind string, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = quote(j.addressName(kind, i))
	}
	return strings.Join(list, " ")
}

// before shows the firewall's clock, and that no policy of this number exists.
func (j firewallJob) before() string {
	w := &cli{}
	w.line("execute date")
	w.line("execute time")
	look := w.b.String()
	if j.card.VDOM != "" { // the clock belongs to the whole device
		look = "config global\n" + look + "end\n"
	}
	return look + j.text(func(w *cli) { w.line("show firewall policy %d", j.policy) })
}

// after shows what was written.
func (j firewallJob) after() string {
	return j.text(func(w *cli) {
		w.line("show firewall schedule onetime %s", quote(j.name))
		w.line("show firewall policy %d", j.policy)
	})
}

// longer moves the end of the schedule and nothing else.
func (j firewallJob) longer() string {
	return j.text(func(w *cli) {
		w.block("config firewall schedule onetime", "end", func() {
			w.block("edit "+quote(j.name), "next", func() { w.line("set end %s", clock(j.until)) })
		})
	})
}

// closing disables the policy first, so that a slip later in the text leaves a
// shut line, then deletes what the opening made. Sessions are listed, never
// cleared: a clear whose filter was not taken would cut the whole hospital.
func (j firewallJob) closing() string {
	return j.text(func(w *cli) {
		policy := func(inner func()) { w.block("config firewall policy", "end", inner) }
		policy(func() {
			w.block(fmt.Sprintf("edit %d", j.policy), "next", func() { w.line("set status disable") })
		})
		policy(func() { w.line("delete %d", j.policy) })
		w.block("config firewall schedule onetime", "end", func() { w.line("delete %s", quote(j.name)) })
		w.block("config firewall service custom", "end", func() { w.line("delete %s", quote(j.name)) })
		w.block("config firewall address", "end", func() {
			for i := range j.sources {
				w.line("delete %s", quote(j.addressName("S", i)))
			}
			for i := range j.targets {
				w.line("delete %s", quote(j.addressName("T", i)))
			}
		})
	})
}

// gone shows that nothing of it is left, and no session either.
func (j firewallJob) gone() string {
	return j.text(func(w *cli) {
		w.line("show firewall policy %d", j.policy)
		w.line("diagnose sys session filter clear")
		w.line("diagnose sys session filter policy %d", j.policy)
		w.line("diagnose sys session list")
		w.line("diagnose sys session filter clear")
	})
}
