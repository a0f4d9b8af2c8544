package format

import (
	"net/netip"
	"strings"

	"github.com/torideproject/toride/internal/event"
)

// Outcomes of an act, as event.outcome of the Elastic Common Schema has them.
const (
	Success = "success"
	Failure = "failure"
)

// Addr reads an IP address in any form in which logs write one: with a zone,
// in brackets, IPv4 inside IPv6. Anything else is the zero Addr.
func Addr(s string) netip.Addr {
	if len(s) < 2 || len(s) > 64 {
		return netip.Addr{}
	}
	if s[0] == '[' && s[len(s)-1] == ']' {
		s = s[1 : len(s)-1]
	}
	if c := s[0]; c != ':' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
		return netip.Addr{} // ParseAddr would make an error of a host name
	}
	if strings.IndexByte(s, ':') < 0 {
		return addr4(s)
	}
	if i := strings.IndexByte(s, '%'); i >= 0 {
		s = s[:i] // the zone is the sender's own
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}

// addr4 reads an IPv4 address without making an error where it is none: host
// names stand where addresses are expected, and errors cost an allocation.
func addr4(s string) netip.Addr {
	var out [4]byte
	part, digits, value := 0, 0, 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == '.' {
			if digits == 0 || value > 255 || part > 3 {
				return netip.Addr{}
			}
			out[part] = byte(value)
			part, digits, value = part+1, 0, 0
			continue
		}
		if s[i] < '0' || s[i] > '9' || digits == 3 || (digits > 0 && value == 0) {
			return netip.Addr{}
		}
		digits, value = digits+1, value*10+int(s[i]-'0')
	}
	if part != 4 {
		return netip.Addr{}
	}
	return netip.AddrFrom4(out)
}

// AddrPort reads "10.1.1.5:51234" and "[fe80::1]:445", and an address alone.
func AddrPort(s string) (netip.Addr, uint16) {
	if a := Addr(s); a.IsValid() {
		return a, 0
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return netip.Addr{}, 0
	}
	return Addr(s[:i]), Port(s[i+1:])
}

// Uint reads a decimal number; anything else is 0.
func Uint(s string) uint64 {
	if len(s) == 0 || len(s) > 19 {
		return 0
	}
	var n uint64
	for i := 0; i < len(s); i++ {
		c := s[i] - '0'
		if c > 9 {
			return 0
		}
		n = n*10 + uint64(c)
	}
	return n
}

// Port reads a port number; anything else is 0.
func Port(s string) uint16 {
	if n := Uint(s); n <= 65535 {
		return uint16(n)
	}
	return 0
}

// Account splits an account name as Windows writes it, DOMAIN\name.
func Account(s string) (domain, name string) {
	if i := strings.IndexByte(s, '\\'); i > 0 {
		return s[:i], s[i+1:]
	}
	return "", s
}

// Known gives s, or nothing where s is one of the dashes that stand for
// nothing.
func Known(s string) string {
	if s == "-" || s == "N/A" || s == "(null)" {
		return ""
	}
	return s
}

// Or gives the first value that is not empty.
func Or(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func trim(s *string) {
	if len(*s) > MaxLine {
		*s = Cut(*s, MaxLine)
	}
}

// Finish brings the texts of the core within MaxLine, for they become columns
// of the store; a command line may have MaxValue bytes. Every format calls it last.
func Finish(e *event.Event) {
	c := &e.Core
	for _, s := range [...]*string{&c.Host, &c.Code, &c.Provider, &c.Action, &c.Outcome, &c.Severity, &c.User, &c.Domain, &c.SourceHost, &c.Process, &c.File} {
		trim(s)
	}
	if len(c.CommandLine) > MaxValue {
		c.CommandLine = Cut(c.CommandLine, MaxValue)
	}
	if len(c.Message) > MaxLine {
		c.Message = Cut(c.Message, MaxLine)
	}
}
