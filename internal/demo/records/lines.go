package records

import (
	"fmt"
	"strconv"
	"time"
)

// The hospital's own firewall and the meal supplier's device, which nobody has
// updated since 2018.
const (
	ownFirewall = "FGT-HQ-01"
	mealDevice  = "FGT60E-KYUSHOKU"
	ownPeer     = "10.1.1.2"
	mealPeer    = "10.20.40.254"
)

// session is what a firewall tells of a connection.
type session struct {
	from, to, service  string
	port               int
	action, policy     string
	country            string // of the other end
	sent, received     uint64
	fromZone, toZone   string // lan, wan, dmz
	fromIntf, toIntf   string
	fromCountry, nat   string
	seconds, policyNum int
}

// traffic writes a line of FortiOS 7.
func (m *maker) traffic(at time.Time, s session) {
	at = m.moment(at)
	port := 32_768 + m.rng.IntN(28_000)
	b := fmt.Appendf(nil, `<189>date=%s time=%s devname="%s" devid="FG200FT920900001" eventtime=%d tz="+0900" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=%s srcport=%d srcintf="%s" srcintfrole="%s" dstip=%s dstport=%d dstintf="%s" dstintfrole="%s" srccountry="%s" dstcountry="%s" sessionid=%d proto=6 action="%s" policyid=%d policytype="policy" policyname="%s" service="%s" trandisp="%s" duration=%d sentbyte=%d rcvdbyte=%d sentpkt=%d rcvdpkt=%d appcat="unscanned"`,
		m.local(at, time.DateOnly), m.local(at, time.TimeOnly), ownFirewall, at.UnixNano(), s.from, port, s.fromIntf, s.fromZone, s.to, s.port, s.toIntf, s.toZone,
		s.fromCountry, s.country, m.rng.Uint32(), s.action, s.policyNum, s.policy, s.service, s.nat, s.seconds, s.sent, s.received, s.sent/900+1, s.received/1200+1)
	m.put(Firewall, "syslog", ownPeer, at, b)
}

// vpn writes an event of the SSL-VPN of FortiOS 7.
func (m *maker) vpn(at time.Time, action, user, from, tunnel string) {
	at = m.moment(at)
	id, level, desc, kind, reason, say := "0101039947", "information", "SSL VPN tunnel up", "ssl-tunnel", "tunnel established", "SSL tunnel established"
	switch action {
	case "tunnel-down":
		id, desc, reason, say = "0101039948", "SSL VPN tunnel down", "User requested termination of service", "SSL tunnel shutdown"
	case "ssl-login-fail":
		id, level, desc, kind, reason, say = "0101039426", "alert", "SSL VPN login fail", "ssl-web", "sslvpn_login_permission_denied", "SSL user failed to logged in"
	}
	b := fmt.Appendf(nil, `<189>date=%s time=%s devname="%s" devid="FG200FT920900001" eventtime=%d tz="+0900" logid="%s" type="event" subtype="vpn" level="%s" vd="root" logdesc="%s" action="%s" tunneltype="%s" tunnelid=%d remip=%s srccountry="Japan" tunnelip=%s user="%s" group="ssl-users" dst_host="N/A" reason="%s" msg="%s"`,
		m.local(at, time.DateOnly), m.local(at, time.TimeOnly), ownFirewall, at.UnixNano(), id, level, desc, action, kind, m.rng.Uint32()>>8, from, tunnel, user, reason, say)
	m.put(Firewall, "syslog", ownPeer, at, b)
}

// meal writes an event of the meal supplier's device as FortiOS 5.4 does: no
// zone, no fraction of the second, no country.
func (m *maker) meal(at time.Time, pri int, id, rest string) {
	at = m.moment(at)
	b := fmt.Appendf(nil, `<%d>date=%s time=%s devname=%s devid=FGT60E4Q16000001 logid=%s %s`, pri, m.local(at, time.DateOnly), m.local(at, time.TimeOnly), mealDevice, id, rest)
	m.put(Firewall, "syslog", mealPeer, at, b)
}

// share writes a line of Samba's full_audit with the prefix %u|%I|%S.
func (m *maker) share(at time.Time, user, from, share, rest string) {
	m.daemon(at, "smbd_audit", user+"|"+from+"|"+share+"|"+rest)
}

// daemon writes a line of the file server's syslog, RFC 3164.
func (m *maker) daemon(at time.Time, program, text string) {
	h := m.h.files()
	at = m.moment(at)
	b := fmt.Appendf(nil, "<13>%s %s %s[%s]: %s", m.local(at, time.Stamp), h.Name, program, strconv.Itoa(1_000+m.rng.IntN(30_000)), text)
	m.put(Files, "syslog", h.Addr, at, b)
}

func (m *maker) local(at time.Time, layout string) string { return at.In(m.h.Zone).Format(layout) }
