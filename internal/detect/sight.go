package detect

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/house"
	"github.com/torideproject/toride/internal/detect/logon"
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/sigma"
	"github.com/torideproject/toride/sigma/correlate"
)

// sighting is a finding before it is folded. The event is valid during the
// call only; what an alert keeps of it is copied.
type sighting struct {
	rule     *Rule
	level    sigma.Level
	at       time.Time
	pos      event.Position
	event    *event.Event // nil: no entry
	host     Named
	others   []Named
	source   Named
	account  string
	accounts []string
	line     watch.Line
	vendor   watch.Vendor
	values   map[string]string
	refs     []event.Position // further entries that belong to it
	old      bool
	retro    bool
	words    string // the entry in short, where event is gone
}

// sight makes a finding of a rule that matched one entry.
func (d *Desk) sight(r *Rule, e *event.Event) sighting {
	return sighting{rule: r, level: r.Level, at: e.Time, pos: e.At, event: e, old: e.Backfill, account: logon.Account(e.Core.User),
		host: d.named(cmp.Or(e.Core.Host, e.Peer), netip.Addr{}), source: d.sourceOf(e)}
}

// complete adds what a new alert says beside its key.
func (d *Desk) complete(s *sighting) {
	e := s.event
	if s.values == nil {
		s.values = map[string]string{}
	}
	if e == nil {
		return
	}
	if l, ok := d.house.Line(e.Core.SourceIP, e.Core.DestIP, e.Core.Host); ok && s.line.ID == "" && s.source.Key != "" {
		s.line = l
		if s.vendor.ID == "" {
			s.vendor = l.Vendor
		}
	}
	for place, value := range map[string]string{"process": e.Core.Process, "file": e.Core.File} {
		if value != "" && s.values[place] == "" {
			s.values[place] = clip(value, 200)
		}
	}
	if target := d.named("", e.Core.DestIP); target.Key != "" && target.Key != s.host.Key && s.values["target"] == "" {
		s.values["target"] = target.Name
	}
}

// text gives the entry in short, "" where there is none.
func (s *sighting) text() string {
	if s.event == nil || s.event.At == (event.Position{}) {
		return s.words
	}
	return short(s.event)
}

func (d *Desk) sourceOf(e *event.Event) Named {
	if e.Core.SourceIP.IsValid() && !e.Core.SourceIP.IsLoopback() {
		return d.named("", e.Core.SourceIP)
	}
	if h := e.Core.SourceHost; h != "" && h != "-" {
		return d.named(h, netip.Addr{})
	}
	return Named{}
}

// named finds the register's name of a computer; what it does not know keeps
// the name or the address.
func (d *Desk) named(host string, addr netip.Addr) Named {
	if host == "" && !addr.IsValid() {
		return Named{}
	}
	raw := strings.Clone(host)
	if host == "" {
		raw = addr.String()
	}
	p, ok := d.house.Place(host, addr)
	if !ok {
		return Named{Key: house.Name(raw), Name: raw}
	}
	return Named{Key: p.Ref, Name: p.Name, Raw: raw, Sys: p.System, Stop: p.Impact, Rank: p.Priority}
}

// sightHit makes a finding of a watch.
func (d *Desk) sightHit(r *Rule, h watch.Hit, e *event.Event) sighting {
	s := sighting{rule: r, level: r.Level, at: e.Time, pos: e.At, event: e, old: e.Backfill, account: h.Account, line: h.Line, vendor: h.Vendor, values: map[string]string{}}
	if h.Level != sigma.NoLevel {
		s.level = h.Level
	}
	s.host = d.named(cmp.Or(h.Host, e.Core.Host), netip.Addr{})
	if h.Source.IsValid() {
		s.source = d.named("", h.Source)
	}
	for place, value := range h.Values {
		s.values[place] = clip(value, 200)
	}
	return s
}

// sightFiring makes a finding of a correlation. What it is about are the values
// that its group has in common; e is the entry that completed it, nil when time
// did.
func (d *Desk) sightFiring(r *Rule, f *correlate.Firing, e *event.Event) sighting {
	s := sighting{rule: r, level: r.Level, at: f.Last, event: e, values: map[string]string{}}
	if e != nil {
		s.pos, s.old = e.At, e.Backfill
	} else if n := len(f.Refs); n > 0 {
		s.pos = positionOf(f.Refs[n-1])
	}
	for _, ref := range f.Refs {
		if p := positionOf(ref); p != s.pos && p != (event.Position{}) {
			s.refs = append(s.refs, p)
		}
	}
	for _, g := range f.Group {
		d.about(&s, g.Name, g.Value)
	}
	if len(f.Correlation.Fields) > 0 {
		d.counted(&s, f.Correlation.Fields[0], f.Values)
	}
	s.values["count"] = strconv.FormatFloat(f.Number, 'f', -1, 64)
	return s
}

// about takes a value of the group for what its field means.
func (d *Desk) about(s *sighting, field, value string) {
	switch meaning(field) {
	case aboutHost:
		s.host = d.namedAny(value)
	case aboutSource:
		s.source = d.namedAny(value)
	case aboutAccount:
		if s.account == "" {
			s.account = logon.Account(value)
		}
	}
}

// counted takes the distinct values that were counted; they come latest first.
func (d *Desk) counted(s *sighting, field string, values []string) {
	var names []string
	for _, v := range slices.Backward(values) {
		switch meaning(field) {
		case aboutHost:
			n := d.namedAny(v)
			names = append(names, n.Name)
			s.others = append(s.others, n)
		case aboutAccount:
			if a := logon.Account(v); a != "" {
				names = append(names, a)
				s.accounts = append(s.accounts, strings.Clone(a))
			}
		default:
			names = append(names, v)
		}
	}
	const shown = 6
	if len(names) > shown {
		names = append(names[:shown:shown], "…")
	}
	s.values["value"] = clip(strings.Join(names, ", "), 300)
}

func (d *Desk) namedAny(value string) Named {
	if a, ok := house.Addr(value); ok {
		return d.named("", a)
	}
	return d.named(value, netip.Addr{})
}

type aboutWhat uint8

const (
	aboutOther aboutWhat = iota
	aboutHost
	aboutSource
	aboutAccount
)

// meaning says what a field of whatever sender is about.
func meaning(field string) aboutWhat {
	switch strings.ToLower(field) {
	case "computer", "computername", "host", "hostname", "host.name", "devname", "dstip", "destinationip", "dst_ip", "destination.ip", "winlog.computer_name":
		return aboutHost
	case "ipaddress", "srcip", "sourceip", "src_ip", "remip", "remoteaddress", "clientaddress", "sourceaddress", "source.ip", "ip", "rhost", "workstationname", "workstation", "machine":
		return aboutSource
	case "targetusername", "subjectusername", "user", "username", "accountname", "clientaccount", "mappedaccount", "account", "user.name", "xauthuser":
		return aboutAccount
	}
	return aboutOther
}

// short gives an entry in one line of at most 240 bytes, for lists of evidence.
func short(e *event.Event) string {
	switch {
	case e.Core.Message != "":
		return clip(e.Core.Message, 240)
	case e.Core.CommandLine != "":
		return clip(e.Core.Code+" "+e.Core.CommandLine, 240)
	}
	var b strings.Builder
	for i := range e.Fields {
		f := &e.Fields[i]
		if f.Value == "" || f.Value == "-" || plumbing(f.Name) {
			continue
		}
		if b.Len() > 200 {
			break
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(f.Name)
		b.WriteByte('=')
		b.WriteString(clip(f.Value, 80))
	}
	if b.Len() == 0 {
		return clip(string(e.Text[:min(len(e.Text), 240)]), 240)
	}
	return clip(b.String(), 240)
}

// plumbing names fields that tell a reader nothing.
func plumbing(name string) bool {
	switch name {
	case "date", "time", "tz", "eventtime", "devid", "logid", "type", "subtype", "vd", "poluuid", "sessionid", "Channel", "Provider_Name",
		"EventRecordID", "Execution_ProcessID", "Execution_ThreadID", "TimeCreated", "Keywords", "Opcode", "Task", "Version", "Level",
		"SubjectLogonId", "TargetLogonId", "LogonGuid", "TransmittedServices", "KeyLength", "ElevatedToken", "VirtualAccount":
		return true
	}
	return false
}

// clip cuts a text at a character, copies it, and takes control characters out.
func clip(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s[:min(len(s), most+8)], ""))
	if len(s) <= most {
		return strings.Clone(s)
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return strings.Clone(s[:cut]) + "…"
}
