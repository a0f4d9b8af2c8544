package fortios

import "strings"

// Face says which way an interface looks.
type Face string

// The faces. Inside is everything that neither faces the internet nor a
// tunnel; what is not recognised is Inside too, so that reports about outside
// interfaces rest on a sign in the file.
const (
	Inside Face = "inside"
	WAN    Face = "wan"
	VPN    Face = "vpn"
)

// Why says by which sign an interface was recognised as facing outside.
type Why string

// Signs, the certain one first.
const (
	ByRole    Why = "role"   // set role wan
	ByRoute   Why = "route"  // the default route leaves through it
	ByMode    Why = "mode"   // PPPoE
	ByName    Why = "name"   // wan, wan1, wan2 …
	BySDWAN   Why = "sdwan"  // member of SD-WAN
	ByTunnel  Why = "tunnel" // IPsec phase 1 or type tunnel
	BySSL     Why = "ssl"    // ssl.root: users of SSL-VPN
	ByMember  Why = "member" // a zone with such a member
	Unlimited Why = "any"    // the word any
)

// Outside is an interface or zone that faces outside.
type Outside struct {
	Face  Face
	Why   Why
	Entry *Entry // nil for ssl.root where the file does not list it
}

// Faces is what is known of the interfaces: name → Outside. Names are unique
// over VDOMs in FortiOS.
type Faces map[string]Outside

// Faces finds the interfaces and zones that face outside. A role lan or dmz in
// the file wins over every guess.
func (c *Config) Faces() Faces {
	f := Faces{}
	decided := map[string]bool{}
	for _, e := range c.Entries("system interface") {
		role, ok := e.Get("role")
		switch {
		case ok && role.Value() == "wan":
			f[e.Name] = Outside{WAN, ByRole, e}
			decided[e.Name] = true
		case ok && (role.Value() == "lan" || role.Value() == "dmz"):
			decided[e.Name] = true
		}
	}
	c.addTunnels(f)
	for _, e := range c.Entries("system interface") {
		if _, known := f[e.Name]; known || decided[e.Name] {
			continue
		}
		if why, ok := c.wanBySign(e); ok {
			f[e.Name] = Outside{WAN, why, e}
		}
	}
	c.addGroups(f)
	return f
}

// wanBySign looks for the signs of an interface without a role.
func (c *Config) wanBySign(e *Entry) (Why, bool) {
	for _, r := range c.Entries("router static") {
		if r.Is("device", e.Name) && defaultRoute(r) {
			return ByRoute, true
		}
	}
	if e.Is("mode", "pppoe") {
		return ByMode, true
	}
	name := strings.ToLower(e.Name)
	if name == "wan" || (strings.HasPrefix(name, "wan") && digits(name[3:])) {
		return ByName, true
	}
	return "", false
}

// defaultRoute reports whether a static route is the one to everywhere: FortiOS
// leaves dst out for it.
func defaultRoute(r *Entry) bool {
	if r.Is("status", "disable") {
		return false
	}
	dst, ok := r.Get("dst")
	return !ok || strings.HasPrefix(strings.Join(dst.Values, " "), "0.0.0.0 0.0.0.0") || dst.Value() == "0.0.0.0/0"
}

// addTunnels adds IPsec interfaces and those of SSL-VPN.
func (c *Config) addTunnels(f Faces) {
	for _, e := range c.Entries("vpn ipsec phase1-interface") {
		f[e.Name] = Outside{VPN, ByTunnel, e}
	}
	for _, e := range c.Entries("system interface") {
		switch {
		case strings.HasPrefix(e.Name, "ssl."):
			f[e.Name] = Outside{VPN, BySSL, e}
		case e.Is("type", "tunnel") && !builtinTunnel(e.Name):
			if _, known := f[e.Name]; !known {
				f[e.Name] = Outside{VPN, ByTunnel, e}
			}
		}
	}
	if _, ok := f["ssl.root"]; !ok {
		f["ssl.root"] = Outside{VPN, BySSL, nil}
	}
}

// builtinTunnel names tunnel interfaces that every device lists: NAT64 and
// L2TP of a VDOM.
func builtinTunnel(name string) bool {
	return strings.HasPrefix(name, "naf.") || strings.HasPrefix(name, "l2t.")
}

// addGroups adds SD-WAN and zones with a member that faces outside.
func (c *Config) addGroups(f Faces) {
	for _, path := range []string{"system virtual-wan-link", "system sdwan"} {
		for _, s := range c.Of(path) {
			c.addSDWAN(f, s)
		}
	}
	for _, z := range c.Entries("system zone") {
		members, _ := z.Get("interface")
		for _, m := range members.Values {
			if o, ok := f[m]; ok {
				f[z.Name] = Outside{o.Face, ByMember, z}
			}
		}
	}
	f["any"] = Outside{WAN, Unlimited, nil}
}

func (c *Config) addSDWAN(f Faces, s *Section) {
	if s.Is("status", "disable") {
		return
	}
	members := s.Child("members")
	if members == nil {
		return
	}
	for _, m := range members.Entries {
		if i, ok := m.Get("interface"); ok {
			if _, known := f[i.Value()]; !known {
				f[i.Value()] = Outside{WAN, BySDWAN, c.Interface(i.Value())}
			}
		}
	}
	f["virtual-wan-link"] = Outside{WAN, BySDWAN, nil}
	if zones := s.Child("zone"); zones != nil {
		for _, z := range zones.Entries {
			f[z.Name] = Outside{WAN, BySDWAN, z}
		}
	}
}

// Interface gives the entry of an interface, or nil.
func (c *Config) Interface(name string) *Entry {
	for _, e := range c.Entries("system interface") {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// SSLVPN gives the settings block of SSL-VPN where it is switched on: it listens
// on an interface and status is not disable.
func (c *Config) SSLVPN() (*Section, bool) {
	for _, s := range c.Of("vpn ssl settings") {
		if _, ok := s.Get("source-interface"); ok && !s.Is("status", "disable") {
			return s, true
		}
	}
	return nil, false
}
