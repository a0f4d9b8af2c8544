package syslog

import (
	"strings"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

// Format reads syslog lines. It is safe for several goroutines.
type Format struct {
	zone   format.Zone
	bodies []format.Body
	keys   *format.Keys // of structured data
	named  *format.Keys // of pairs in messages
}

// New makes the format. bodies are asked in their order about the message of
// each line. zone is for times that name none.
func New(zone format.Zone, bodies ...format.Body) *Format {
	return &Format{zone: zone, bodies: bodies, keys: format.NewKeys(func(*format.Key) {}), named: format.NewKeys(classify)}
}

// Name is "syslog".
func (*Format) Name() string { return "syslog" }

// Normalise reads one line.
func (f *Format) Normalise(r *event.Record, e *event.Event) {
	text := strings.TrimRight(format.Text(r, e), "\r\n\x00 ")
	e.Fields = e.Fields[:0]
	e.Dataset = "generic.syslog"
	if text == "" {
		e.Unread = format.UnreadEmpty
		return
	}
	e.Core.Host = e.Peer // the best there is where the line names no host
	h := parse(text)
	f.fill(&h, e)
	format.Finish(e)
}

// Take reads a whole line that a collector found in a file: it has a priority or
// begins with a time, and names a program.
func (f *Format) Take(_, text string, e *event.Event) bool {
	text = strings.TrimRight(text, "\r\n ")
	if h := parse(text); (h.pri >= 0 || h.timed) && h.program != "" {
		f.fill(&h, e)
		return true
	}
	return false
}

// fill makes the event of a head and its message.
func (f *Format) fill(h *head, e *event.Event) {
	c := &e.Core
	if h.host != "" {
		c.Host = h.host
	}
	f.stamp(h, e)
	if h.pri >= 0 {
		c.Severity = severity(h.pri & 7)
	}
	c.Provider = format.Or(h.program, c.Provider)
	for _, b := range f.bodies {
		if b.Take(h.program, h.message, e) {
			if e.Product == "linux" {
				f.fields(h, e, false)
			}
			return
		}
	}
	f.fields(h, e, true)
	e.Dataset = "generic.syslog"
	c.Message = format.Line(h.message)
	f.pairs(h.message, e)
	if service := linux(h.program); service != "" {
		e.Product, e.Service, e.Dataset = "linux", service, "linux.syslog"
	}
	if code := cisco(h.message); code != "" {
		e.Product, e.Dataset, c.Code = "cisco", "cisco.syslog", code
	}
}

// fields writes the head; whole is false when a body wrote program and message.
func (f *Format) fields(h *head, e *event.Event, whole bool) {
	if h.pri >= 0 {
		format.Add(e, "facility", facility(h.pri>>3))
		format.Add(e, "severity", severity(h.pri&7))
	}
	format.AddSome(e, "hostname", h.host)
	if whole {
		format.AddSome(e, "program", h.program)
	}
	format.AddSome(e, "pid", h.pid)
	format.AddSome(e, "msgid", h.msgid)
	f.structured(h.data, e)
	if whole {
		format.Add(e, "message", h.message)
	}
}

func (f *Format) stamp(h *head, e *event.Event) {
	loc := f.zone(e.Source)
	switch {
	case !h.timed:
	case h.clock.Year == 0:
		t, offset := format.Yearless(h.clock, e.Received, loc)
		format.Stamp(e, t, offset)
	default:
		t, offset := h.clock.In(loc)
		format.Stamp(e, t, offset)
	}
}

// structured reads [id name="value" …][id2 …] (RFC 5424, section 6.3).
func (f *Format) structured(s string, e *event.Event) {
	for strings.HasPrefix(s, "[") {
		id := s[1:]
		end := strings.IndexAny(id, " ]")
		if end < 0 {
			return
		}
		parent := f.keys.Child(nil, id[:end])
		s = id[end:]
		for strings.HasPrefix(s, " ") {
			name, rest, ok := strings.Cut(s[1:], `="`)
			if !ok {
				return
			}
			n := closing(rest)
			if n < 0 {
				return
			}
			value := rest[:n]
			if strings.IndexByte(value, '\\') >= 0 {
				value = unescape(value)
			}
			format.Add(e, f.keys.Child(parent, name).Name, value)
			s = rest[n+1:]
		}
		if !strings.HasPrefix(s, "]") {
			return
		}
		s = s[1:]
	}
}

// closing finds the quotation mark that no backslash stands before.
func closing(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

func unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\' || s[i+1] == ']') {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func facility(n int) string {
	names := [...]string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
		"ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}
	return names[n]
}

func severity(n int) string {
	names := [...]string{"emergency", "alert", "critical", "error", "warning", "notice", "information", "debug"}
	return names[n]
}

// linux gives the service of a program that only Linux has, in the words of
// SigmaHQ's log sources.
func linux(program string) string {
	switch program {
	case "cron", "CRON", "crond", "anacron", "crontab":
		return "cron"
	case "auditd", "audispd", "audisp-syslog":
		return "auditd"
	case "clamd", "freshclam", "clamav":
		return "clamav"
	case "vsftpd":
		return "vsftpd"
	case "guacd":
		return "guacamole"
	case "kernel", "systemd", "rsyslogd", "dbus-daemon", "NetworkManager", "dhclient", "chronyd", "smartd", "avahi-daemon", "udisksd", "dockerd", "containerd",
		"systemd-networkd", "systemd-resolved", "systemd-timesyncd", "systemd-udevd", "systemd-journald", "firewalld", "irqbalance", "multipathd", "snapd", "logger", "root":
		return "syslog"
	}
	return ""
}

// cisco gives the code of "%ASA-6-302013: …".
func cisco(message string) string {
	if len(message) < 6 || message[0] != '%' {
		return ""
	}
	code, _, ok := strings.Cut(message[1:], ":")
	if !ok || len(code) > 60 || strings.Count(code, "-") < 2 || strings.IndexByte(code, ' ') >= 0 {
		return ""
	}
	return code
}
