package access

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Range is a run of IPv4 addresses. Only digits and dots ever leave it: what is
// pasted into a firewall must not be text that somebody else wrote.
type Range struct {
	First, Last netip.Addr
	prefix      netip.Prefix // valid when it was written as one address or a network
}

// ParseRange reads one IPv4 address (192.0.2.10), a network (192.0.2.0/24) or a
// range (192.0.2.10-192.0.2.20). The network of everything is refused: a source
// that allows all is no source limit. The error is a Refusal.
func ParseRange(s string) (Range, error) {
	s = strings.TrimSpace(s)
	bad := refuse(BadAddress, clip(s, 60))
	if a, b, ok := strings.Cut(s, "-"); ok {
		first, err1 := netip.ParseAddr(strings.TrimSpace(a))
		last, err2 := netip.ParseAddr(strings.TrimSpace(b))
		if err1 != nil || err2 != nil || !first.Is4() || !last.Is4() || last.Less(first) {
			return Range{}, bad
		}
		return Range{First: first, Last: last}, nil
	}
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		if err != nil || !p.Addr().Is4() || p.Bits() == 0 {
			return Range{}, bad
		}
		p = p.Masked()
		return Range{First: p.Addr(), Last: lastOf(p), prefix: p}, nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() || a.IsUnspecified() {
		return Range{}, bad
	}
	return Range{First: a, Last: a, prefix: netip.PrefixFrom(a, 32)}, nil
}

// String writes the range as ParseRange reads it.
func (r Range) String() string {
	switch {
	case r.prefix.IsValid() && r.prefix.Bits() == 32:
		return r.First.String()
	case r.prefix.IsValid():
		return r.prefix.String()
	}
	return r.First.String() + "-" + r.Last.String()
}

// Mask gives the network in the form 192.0.2.0 255.255.255.0; ok is false for a
// range that is no network.
func (r Range) Mask() (text string, ok bool) {
	if !r.prefix.IsValid() {
		return "", false
	}
	m := ^uint32(0) << (32 - r.prefix.Bits())
	return fmt.Sprintf("%s %d.%d.%d.%d", r.prefix.Addr(), m>>24, m>>16&255, m>>8&255, m&255), true
}

func lastOf(p netip.Prefix) netip.Addr {
	a := p.Addr().As4()
	v := uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3])
	v |= uint32(uint64(1)<<(32-p.Bits()) - 1)
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

// Service is a run of ports of TCP or UDP.
type Service struct {
	UDP  bool `json:"udp,omitempty"`
	From int  `json:"from"` // 1–65535
	To   int  `json:"to"`   // ≥ From
}

// ParseService reads tcp/3389, udp/161, tcp/8000-8010, or a bare number, which
// is TCP. The error is a Refusal.
func ParseService(s string) (Service, error) {
	bad := refuse(BadService, clip(strings.TrimSpace(s), 60))
	var v Service
	rest := strings.ToLower(strings.TrimSpace(s))
	if proto, after, ok := strings.Cut(rest, "/"); ok {
		if proto != "tcp" && proto != "udp" {
			return v, bad
		}
		v.UDP, rest = proto == "udp", after
	}
	a, b, isRun := strings.Cut(rest, "-")
	if !isRun {
		b = a
	}
	var err1, err2 error
	v.From, err1 = port(a)
	v.To, err2 = port(b)
	if err1 != nil || err2 != nil || v.To < v.From {
		return Service{}, bad
	}
	if v.From == 1 && v.To == 65535 {
		return Service{}, bad // all ports is no limit
	}
	return v, nil
}

func port(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err == nil && (n == 0 || len(s) > 5) {
		err = strconv.ErrRange
	}
	return int(n), err
}

// Ports gives the run as a firewall writes it: 3389, or 8000-8010.
func (s Service) Ports() string {
	if s.From == s.To {
		return strconv.Itoa(s.From)
	}
	return strconv.Itoa(s.From) + "-" + strconv.Itoa(s.To)
}

// String writes the service as ParseService reads it.
func (s Service) String() string {
	if s.UDP {
		return "udp/" + s.Ports()
	}
	return "tcp/" + s.Ports()
}

// clip shortens what somebody typed before it is shown back.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}
