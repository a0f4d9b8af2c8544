package sshd

import (
	"strings"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

// Format reads messages of Linux's logging on. It holds nothing.
type Format struct{}

// New makes the format.
func New() *Format { return &Format{} }

// Name is "sshd".
func (*Format) Name() string { return "sshd" }

// Normalise reads a message without a head, as "sshd -e" or the journal gives
// it, or one with its program ("sshd[4711]: …"). Lines with a whole head are
// the syslog format's, which hands their messages to Take.
func (f *Format) Normalise(r *event.Record, e *event.Event) {
	text := format.Text(r, e)
	e.Fields = e.Fields[:0]
	e.Product, e.Service, e.Dataset = "linux", "sshd", "linux.sshd"
	body, program := strings.TrimSpace(text), "sshd"
	if head, rest, ok := strings.Cut(body, ": "); ok && len(head) < 48 && !strings.Contains(head, " ") {
		name, pid, tagged := strings.Cut(head, "[")
		if tagged && strings.HasSuffix(pid, "]") || Program(name) {
			program, body = name, rest
			format.AddSome(e, "pid", strings.TrimSuffix(pid, "]"))
		}
	}
	switch {
	case body == "":
		e.Unread = format.UnreadEmpty
	case !f.Take(program, body, e):
		format.Add(e, "program", program)
		format.Add(e, "message", body)
		e.Core.Message = format.Line(body)
	}
	format.Finish(e)
}

// Program says whether a program's messages are this format's.
func Program(name string) bool {
	switch name {
	case "sshd", "sshd-session", "sshd-auth", "sudo", "su", "login", "systemd-logind", "useradd", "userdel", "usermod", "groupadd", "gpasswd", "passwd", "chpasswd", "chage",
		"polkitd", "pkexec", "gdm-password]", "gdm-password", "lightdm", "xrdp-sesman", "unix_chkpwd":
		return true
	}
	return false
}

// Take reads a message of one of the programs. program, pid and message become
// fields unless the envelope made them fields already.
func (f *Format) Take(program, text string, e *event.Event) bool {
	pam := strings.HasPrefix(text, "pam_")
	if !Program(program) && !pam {
		return false
	}
	e.Product, e.Service, e.Dataset = "linux", "auth", "linux.auth"
	server := program == "sshd" || program == "sshd-session" || program == "sshd-auth"
	if server {
		e.Service, e.Dataset = "sshd", "linux.sshd"
	}
	if _, has := e.Get("message"); !has {
		format.Add(e, "program", program)
		format.Add(e, "message", text)
	}
	c := &e.Core
	c.Provider = program
	c.Message = format.Line(text)
	m := message{e: e}
	switch {
	case pam:
		m.pam(text)
	case server:
		m.server(text)
	case program == "sudo":
		m.sudo(text)
	case program == "su":
		m.su(text)
	}
	return true
}

// message writes what it reads into the event.
type message struct{ e *event.Event }

func (m message) is(action, outcome string) {
	m.e.Core.Action, m.e.Core.Outcome = action, outcome
}

func (m message) user(name string) {
	format.AddSome(m.e, "user", name)
	m.e.Core.User = name
}

// from reads "1.2.3.4 port 51234" or an address alone.
func (m message) from(s string) {
	host, rest, _ := strings.Cut(s, " ")
	format.AddSome(m.e, "srcip", host)
	if a := format.Addr(host); a.IsValid() {
		m.e.Core.SourceIP = a
	} else {
		m.e.Core.SourceHost = host
	}
	if p, ok := strings.CutPrefix(rest, "port "); ok {
		p, _, _ = strings.Cut(p, " ")
		p, _, _ = strings.Cut(p, ":")
		format.AddSome(m.e, "srcport", p)
		m.e.Core.SourcePort = format.Port(p)
	}
}

// sudo: "alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/sh",
// with the reason of a refusal before TTY.
func (m message) sudo(s string) {
	name, rest, ok := strings.Cut(strings.TrimLeft(s, " "), " : ")
	if !ok {
		return
	}
	m.user(name)
	m.is("sudo", format.Success)
	if strings.HasPrefix(rest, "command not allowed") || strings.Contains(rest[:min(len(rest), 80)], "incorrect password") || strings.HasPrefix(rest, "user NOT in sudoers") {
		m.is("sudo", format.Failure)
	}
	for len(rest) > 0 {
		var part string
		if strings.HasPrefix(rest, "COMMAND=") { // always last, and may hold anything
			part, rest = rest, ""
		} else {
			part, rest, _ = strings.Cut(rest, " ; ")
		}
		switch k, v, _ := strings.Cut(part, "="); k {
		case "TTY":
			format.Add(m.e, "tty", v)
		case "PWD":
			format.Add(m.e, "directory", v)
		case "USER":
			format.Add(m.e, "target_user", v)
		case "COMMAND":
			format.Add(m.e, "command", v)
			m.e.Core.CommandLine = v
		}
	}
}

// su: "FAILED SU (to root) alice on pts/0", "(to root) alice on pts/0".
func (m message) su(s string) {
	outcome := format.Success
	if rest, ok := strings.CutPrefix(s, "FAILED SU "); ok {
		s, outcome = rest, format.Failure
	} else if rest, ok := strings.CutPrefix(s, "FAILED su for "); ok {
		to, by, _ := strings.Cut(rest, " by ")
		format.Add(m.e, "target_user", to)
		m.user(by)
		m.is("su", format.Failure)
		return
	}
	rest, ok := strings.CutPrefix(s, "(to ")
	if !ok {
		return
	}
	to, rest, ok := strings.Cut(rest, ") ")
	if !ok {
		return
	}
	by, tty, _ := strings.Cut(rest, " on ")
	format.Add(m.e, "target_user", to)
	m.user(by)
	format.AddSome(m.e, "tty", tty)
	m.is("su", outcome)
}

// pam: "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0
// tty=ssh ruser= rhost=10.1.1.5  user=tanaka", "session opened for user tanaka".
func (m message) pam(s string) {
	_, text, ok := strings.Cut(s, ": ")
	if !ok {
		return
	}
	switch {
	case strings.HasPrefix(text, "authentication failure;"):
		m.is("authentication", format.Failure)
		m.failure(text)
	case strings.HasPrefix(text, "session opened for user "), strings.HasPrefix(text, "session closed for user "):
		name, by, _ := strings.Cut(text[len("session opened for user "):], " by ")
		name, _, _ = strings.Cut(name, "(uid=")
		m.user(strings.TrimSpace(name))
		_ = by
		m.is("session-closed", format.Success)
		if strings.HasPrefix(text, "session opened") {
			m.is("session-opened", format.Success)
		}
	case strings.HasPrefix(text, "check pass; user unknown"):
		m.is("authentication", format.Failure)
	case strings.HasPrefix(text, "password changed for "):
		m.user(text[len("password changed for "):])
		m.is("password-changed", format.Success)
	}
}

// failure reads the pairs behind "authentication failure;". user is the last and
// may hold anything; rhost stands before it.
func (m message) failure(s string) {
	if i := strings.Index(s, " user="); i >= 0 {
		m.user(s[i+len(" user="):])
		s = s[:i]
	}
	for len(s) > 0 {
		var word string
		word, s, _ = strings.Cut(s, " ")
		k, v, ok := strings.Cut(word, "=")
		if !ok || v == "" {
			continue
		}
		switch k {
		case "rhost":
			format.Add(m.e, "rhost", v)
			m.from(v)
		case "tty":
			format.Add(m.e, "tty", v)
		case "ruser":
			format.Add(m.e, "ruser", v)
		}
	}
}
