package sshd

import (
	"strings"

	"github.com/torideproject/toride/internal/event/format"
)

// What an SSH server's message is about, as Core.Action.
const (
	login      = "ssh-login"
	invalid    = "ssh-invalid-user"
	tooMany    = "ssh-too-many-attempts"
	notAllowed = "ssh-user-not-allowed"
	connected  = "ssh-connected"
	closed     = "ssh-disconnected"
	scan       = "ssh-scan"
	session    = "ssh-session"
	listening  = "ssh-listening"
)

// server reads the messages of OpenSSH 5 to 10. The word it begins with decides.
func (m message) server(s string) {
	s = strings.TrimSuffix(s, " [preauth]")
	if rest, ok := strings.CutPrefix(s, "message repeated "); ok { // rsyslog's own folding
		times, inner, ok := strings.Cut(rest, " times: [ ")
		if ok && format.Uint(times) > 0 {
			format.Add(m.e, "repeated", times)
			s = strings.TrimSuffix(strings.TrimSuffix(inner, "]"), " ")
		}
	}
	for _, level := range [...]string{"error: ", "fatal: ", "warning: "} {
		s = strings.TrimPrefix(s, level)
	}
	first, rest, _ := strings.Cut(s, " ")
	switch first {
	case "Accepted", "Failed", "Postponed", "Partial":
		m.attempt(first, rest)
	case "Invalid", "Illegal":
		m.invalid(rest)
	case "Connection", "Disconnected", "Disconnecting", "Received", "Disconnect":
		m.connection(s)
	case "User":
		m.notAllowed(rest)
	case "maximum", "Too":
		m.tooMany(s)
	case "Did", "Bad", "Unable", "banner", "Protocol", "no", "kex_exchange_identification:", "Timeout", "beginning":
		m.scan(s)
	case "Starting", "Close":
		m.session(first, rest)
	case "Server":
		m.is(listening, "")
	}
}

// attempt: "password for invalid user admin from 10.1.1.5 port 51234 ssh2: ED25519 SHA256:…".
// The name may itself hold " from "; the address is behind the last one.
func (m message) attempt(first, s string) {
	method, rest, ok := strings.Cut(s, " for ")
	if !ok {
		return
	}
	var key string
	if i := strings.LastIndex(rest, " ssh2: "); i >= 0 {
		rest, key = rest[:i+len(" ssh2")], rest[i+len(" ssh2: "):]
	}
	i := strings.LastIndex(rest, " from ")
	if i < 0 {
		return
	}
	name, from := rest[:i], rest[i+len(" from "):]
	switch first {
	case "Accepted":
		m.is(login, format.Success)
	case "Failed":
		m.is(login, format.Failure)
	default:
		m.is("ssh-login-step", "")
	}
	if known, ok := strings.CutPrefix(name, "invalid user "); ok {
		name = known
		format.Add(m.e, "invalid_user", "true")
	}
	m.user(name)
	m.from(from)
	format.AddSome(m.e, "method", method)
	if i := strings.LastIndexByte(from, ' '); i >= 0 && strings.HasPrefix(from[i+1:], "ssh") {
		format.Add(m.e, "protocol", from[i+1:])
	}
	format.AddSome(m.e, "key", key)
}

// invalid: "user admin from 10.1.1.5 port 51234".
func (m message) invalid(s string) {
	s, ok := strings.CutPrefix(s, "user ")
	i := strings.LastIndex(s, " from ")
	if strings.HasPrefix(s, "from ") { // an empty name
		i = 0
		s = " " + s
	}
	if !ok || i < 0 {
		return
	}
	m.is(invalid, format.Failure)
	format.Add(m.e, "invalid_user", "true")
	m.user(strings.TrimSpace(s[:i]))
	m.from(s[i+len(" from "):])
}

// connection: "Connection closed by authenticating user root 10.1.1.5 port 5",
// "Connection from 10.1.1.5 port 5 on 10.1.1.20 port 22", "Received disconnect
// from 10.1.1.5 port 5:11: Bye", "Disconnected from user tanaka 10.1.1.5 port 5".
func (m message) connection(s string) {
	m.is(closed, "")
	if rest, ok := strings.CutPrefix(s, "Connection from "); ok {
		m.is(connected, "")
		m.from(rest)
		if _, to, ok := strings.Cut(rest, " on "); ok {
			host, port, _ := strings.Cut(to, " port ")
			port, _, _ = strings.Cut(port, " ")
			m.e.Core.DestIP, m.e.Core.DestPort = format.Addr(host), format.Port(port)
		}
		return
	}
	i := strings.Index(s, " by ")
	if i < 0 {
		i = strings.Index(s, " from ")
	}
	if i < 0 {
		return
	}
	_, s, _ = strings.Cut(s[i+1:], " ")
	port := strings.LastIndex(s, " port ")
	if port < 0 {
		m.from(s)
		return
	}
	if who := strings.LastIndexByte(s[:port], ' '); who >= 0 { // a name stands before the address
		name := s[:who]
		if n, ok := strings.CutPrefix(name, "invalid user "); ok {
			name = n
			format.Add(m.e, "invalid_user", "true")
		}
		name = strings.TrimPrefix(strings.TrimPrefix(name, "authenticating "), "user ")
		m.user(name)
		s = s[who+1:]
	}
	m.from(s)
}

// notAllowed: "root from 10.1.1.5 not allowed because not listed in AllowUsers".
func (m message) notAllowed(s string) {
	i := strings.LastIndex(s, " not allowed because ")
	if i < 0 {
		return
	}
	m.is(notAllowed, format.Failure)
	name := s[:i]
	if j := strings.LastIndex(name, " from "); j >= 0 {
		m.from(name[j+len(" from "):])
		name = name[:j]
	}
	m.user(name)
}

// tooMany: "maximum authentication attempts exceeded for invalid user admin from
// 10.1.1.5 port 5 ssh2", "Too many authentication failures for root".
func (m message) tooMany(s string) {
	m.is(tooMany, format.Failure)
	_, name, ok := strings.Cut(s, " for ")
	if !ok {
		return
	}
	if j := strings.LastIndex(name, " from "); j >= 0 {
		m.from(name[j+len(" from "):])
		name = name[:j]
	}
	if known, ok := strings.CutPrefix(name, "invalid user "); ok {
		name = known
		format.Add(m.e, "invalid_user", "true")
	}
	m.user(name)
}

// scan are those who knock without speaking SSH, or an old one. The address
// stands behind the last "from", "with" or "for".
func (m message) scan(s string) {
	m.is(scan, format.Failure)
	for _, word := range [...]string{" from ", " with ", " for "} {
		i := strings.LastIndex(s, word)
		if i < 0 {
			continue
		}
		at := s[i+len(word):]
		host, _, _ := strings.Cut(at, " ")
		if format.Addr(strings.TrimSuffix(host, ":")).IsValid() {
			m.from(strings.TrimSuffix(at, ":"))
			return
		}
	}
}

// session: "session: shell on pts/0 for tanaka from 10.1.1.5 port 5 id 0",
// "session: user tanaka from 10.1.1.5 port 5 id 0".
func (m message) session(first, s string) {
	i := strings.LastIndex(s, " from ")
	if i < 0 || !strings.HasPrefix(s, "session: ") {
		return
	}
	m.is(session, format.Success)
	name := s[:i]
	if first == "Close" {
		name = strings.TrimPrefix(name, "session: user ")
	} else if j := strings.LastIndex(name, " for "); j >= 0 {
		name = name[j+len(" for "):]
	}
	m.user(name)
	m.from(s[i+len(" from "):])
}
