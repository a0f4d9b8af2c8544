package fortios

import (
	"strconv"
	"strings"
)

// Policy is one enabled firewall policy that accepts.
type Policy struct {
	*Entry
	VDOM string
	V6   bool // from "firewall policy6", FortiOS up to 6.2
}

// Words gives the values of the first of the keys that is set.
func (p Policy) Words(keys ...string) (Setting, bool) {
	for _, k := range keys {
		if s, ok := p.Get(k); ok {
			return s, true
		}
	}
	return Setting{}, false
}

// Inbound gives the enabled policies that accept traffic from an interface
// facing outside to one that does not: from the internet or a tunnel inwards.
// Traffic between two tunnels counts, because the other end is another
// company; traffic out to the internet does not.
func (c *Config) Inbound(f Faces) []Policy {
	return c.policies(func(src, dst []string) bool { return f.anyOutside(src) && f.anyInward(dst) })
}

// Crossing gives the policies of Inbound and those that lead into a tunnel from
// anywhere: on a vendor's own device the hospital lies behind the tunnel.
func (c *Config) Crossing(f Faces) []Policy {
	return c.policies(func(src, dst []string) bool {
		return (f.anyOutside(src) && f.anyInward(dst)) || f.anyTunnel(dst)
	})
}

func (f Faces) anyTunnel(names []string) bool {
	for _, n := range names {
		if f[n].Face == VPN {
			return true
		}
	}
	return false
}

// policies gives the enabled policies that accept and whose interfaces fit.
func (c *Config) policies(fits func(src, dst []string) bool) []Policy {
	var out []Policy
	for _, path := range []string{"firewall policy", "firewall policy6"} {
		for s, e := range c.Entries(path) {
			if !e.Is("action", "accept") || e.Is("status", "disable") {
				continue // the default action is deny
			}
			src, _ := e.Get("srcintf")
			dst, _ := e.Get("dstintf")
			if fits(src.Values, dst.Values) {
				out = append(out, Policy{e, s.VDOM, path == "firewall policy6"})
			}
		}
	}
	return out
}

func (f Faces) anyOutside(names []string) bool {
	for _, n := range names {
		if _, ok := f[n]; ok {
			return true
		}
	}
	return false
}

// anyInward reports whether one of the interfaces leads inside or into a
// tunnel. The word any leads everywhere.
func (f Faces) anyInward(names []string) bool {
	for _, n := range names {
		if o, ok := f[n]; !ok || o.Face == VPN || o.Why == Unlimited {
			return true
		}
	}
	return false
}

// FromWAN reports whether the policy lets the internet in, not only tunnels.
func (f Faces) FromWAN(p Policy) bool {
	src, _ := p.Get("srcintf")
	for _, n := range src.Values {
		if f[n].Face == WAN {
			return true
		}
	}
	return false
}

// Objects knows addresses and services by VDOM and name. Names of groups are
// followed to depth maxGroup, so that a group in itself does no harm.
type Objects struct {
	addr, addrGroup, service, serviceGroup, vip map[objectKey]*Entry
}

type objectKey struct{ vdom, name string }

const maxGroup = 12

// Objects indexes the objects that policies refer to. It takes time in the
// number of objects.
func (c *Config) Objects() *Objects {
	index := func(paths ...string) map[objectKey]*Entry {
		m := map[objectKey]*Entry{}
		for _, path := range paths {
			for s, e := range c.Entries(path) {
				m[objectKey{s.VDOM, e.Name}] = e
			}
		}
		return m
	}
	return &Objects{
		addr:         index("firewall address", "firewall address6"),
		addrGroup:    index("firewall addrgrp", "firewall addrgrp6"),
		service:      index("firewall service custom"),
		serviceGroup: index("firewall service group"),
		vip:          index("firewall vip", "firewall vip6"),
	}
}

// AnyAddress reports whether the address object stands for everything: all, an
// object without a subnet, 0.0.0.0/0, or a group with such a member.
func (o *Objects) AnyAddress(vdom, name string) bool { return o.anyAddress(vdom, name, 0) }

func (o *Objects) anyAddress(vdom, name string, depth int) bool {
	if name == "all" {
		return true
	}
	if e, ok := o.addr[objectKey{vdom, name}]; ok {
		if t, set := e.Get("type"); set && t.Value() != "ipmask" && t.Value() != "ipprefix" {
			return false
		}
		for _, key := range []string{"subnet", "ip6"} {
			if s, set := e.Get(key); set {
				v := strings.Join(s.Values, " ")
				return v == "0.0.0.0 0.0.0.0" || v == "0.0.0.0/0" || v == "::/0"
			}
		}
		return !hasAnyKey(e, "fqdn", "start-ip", "associated-interface", "country")
	}
	if g, ok := o.addrGroup[objectKey{vdom, name}]; ok && depth < maxGroup {
		members, _ := g.Get("member")
		for _, m := range members.Values {
			if o.anyAddress(vdom, m, depth+1) {
				return true
			}
		}
	}
	return false
}

func hasAnyKey(e *Entry, keys ...string) bool {
	for _, k := range keys {
		if _, ok := e.Get(k); ok {
			return true
		}
	}
	return false
}

// AnyService reports whether the service object permits everything.
func (o *Objects) AnyService(vdom, name string) bool {
	return o.anyMember(vdom, name, 0, func(name string, e *Entry) bool {
		if e == nil {
			return name == "ALL" || name == "ANY"
		}
		number, ok := e.Get("protocol-number")
		return e.Is("protocol", "IP") && (!ok || number.Value() == "0")
	})
}

// PermitsTCP reports whether the service object permits TCP to the port.
func (o *Objects) PermitsTCP(vdom, name string, port int) bool {
	return o.anyMember(vdom, name, 0, func(name string, e *Entry) bool {
		if e == nil {
			return name == "ALL" || name == "ANY" || name == "ALL_TCP" || (name == "RDP" && port == 3389)
		}
		if number, ok := e.Get("protocol-number"); e.Is("protocol", "IP") && (!ok || number.Value() == "0") {
			return true
		}
		s, ok := e.Get("tcp-portrange")
		return ok && portsInclude(s.Values, port)
	})
}

// anyMember asks test about the service or, for a group, about its members. A
// name that the file does not define is asked with a nil entry: FortiOS knows
// some by itself.
func (o *Objects) anyMember(vdom, name string, depth int, test func(string, *Entry) bool) bool {
	if g, ok := o.serviceGroup[objectKey{vdom, name}]; ok && depth < maxGroup {
		members, _ := g.Get("member")
		for _, m := range members.Values {
			if o.anyMember(vdom, m, depth+1, test) {
				return true
			}
		}
		return false
	}
	return test(name, o.service[objectKey{vdom, name}])
}

// portsInclude reads port ranges as FortiOS writes them: 3389, 3380-3400, and
// 3389:1024-65535 where the part behind the colon is the source.
func portsInclude(ranges []string, port int) bool {
	for _, r := range ranges {
		dst, _, _ := strings.Cut(r, ":")
		low, high, isRange := strings.Cut(dst, "-")
		a, err := strconv.Atoi(low)
		if err != nil {
			continue
		}
		b := a
		if isRange {
			if b, err = strconv.Atoi(high); err != nil {
				continue
			}
		}
		if a <= port && port <= b {
			return true
		}
	}
	return false
}

// ForwardsTo gives the virtual IP of the name when it leads to the port inside.
func (o *Objects) ForwardsTo(vdom, name string, port int) (*Entry, bool) {
	e, ok := o.vip[objectKey{vdom, name}]
	if !ok {
		return nil, false
	}
	if !e.Is("portforward", "enable") {
		return nil, false // every port: the policy's service decides
	}
	s, ok := e.Get("mappedport")
	if !ok {
		s, ok = e.Get("extport")
	}
	return e, ok && portsInclude(s.Values, port)
}
