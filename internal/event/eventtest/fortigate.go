package eventtest

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// fortigate writes a traffic line as FortiOS 7 sends it.
func (g *Generator) fortigate(needle Needle, e *event.Event) {
	rng := g.rng
	src, dst := g.inside(), g.outside()
	if needle.Field == "destination.ip" {
		dst = netip.MustParseAddr(needle.Value)
	}
	port := uint16(rng.IntN(28_000) + 32_768)
	service := services()[rng.IntN(len(services()))]
	sent, received := uint64(rng.IntN(60_000)), uint64(rng.IntN(900_000))
	level, action := "notice", "close"
	if rng.IntN(12) == 0 {
		level, action = "warning", "deny"
	}
	policy := policies()[rng.IntN(len(policies()))]
	if needle.Text != "" {
		policy = needle.Text
	}
	unit := rng.IntN(2) + 1
	g.fortigateHead(e.Time, unit, level)
	g.addr("srcip", src)
	g.number("srcport", uint64(port))
	g.quoted("srcintf", "lan10")
	g.quoted("srcintfrole", "lan")
	g.addr("dstip", dst)
	g.number("dstport", uint64(service.port))
	g.quoted("dstintf", "wan1")
	g.quoted("dstintfrole", "wan")
	g.quoted("srccountry", "Reserved")
	g.quoted("dstcountry", countries()[rng.IntN(len(countries()))])
	g.number("sessionid", rng.Uint64N(1<<32))
	g.number("proto", service.proto)
	g.quoted("action", action)
	g.number("policyid", uint64(rng.IntN(30)+1))
	g.quoted("policytype", "policy")
	g.quoted("poluuid", "b13f2c9a-51f0-51ec-7c1d-0a9b6d2f4e10")
	g.quoted("policyname", policy)
	g.quoted("service", service.name)
	g.quoted("trandisp", "snat")
	g.put("transip", "203.0.113.9")
	g.number("transport", uint64(port))
	g.number("duration", uint64(rng.IntN(300)))
	g.number("sentbyte", sent)
	g.number("rcvdbyte", received)
	g.number("sentpkt", uint64(rng.IntN(200)))
	g.number("rcvdpkt", uint64(rng.IntN(800)))
	g.fortigateTail(src)
	e.Dataset, e.Product, e.Service, e.Source, e.Peer = "fortigate.traffic", "fortigate", "traffic", "syslog-udp", fmt.Sprintf("10.0.0.%d", unit)
	e.Core = event.Core{
		Host: fmt.Sprintf("FGT-HQ-%02d", unit), Code: "0000000013", Provider: "forward", Action: action, Severity: level,
		SourceIP: src, SourcePort: port, DestIP: dst, DestPort: service.port, Bytes: sent + received,
	}
}

func (g *Generator) fortigateHead(t time.Time, unit int, level string) {
	at := t.In(jst())
	g.line.put("<189>")
	g.pair("date", at.AppendFormat(nil, "2006-01-02"))
	g.pair("time", at.AppendFormat(nil, time.TimeOnly))
	g.quoted("devname", fmt.Sprintf("FGT-HQ-%02d", unit))
	g.quoted("devid", fmt.Sprintf("FG100FTK2000%04d", 4100+unit))
	g.number("eventtime", uint64(t.UnixNano()))
	g.quoted("tz", "+0900")
	g.quoted("logid", "0000000013")
	g.quoted("type", "traffic")
	g.quoted("subtype", "forward")
	g.quoted("level", level)
	g.quoted("vd", "root")
}

func (g *Generator) fortigateTail(src netip.Addr) {
	g.quoted("appcat", "unscanned")
	g.quoted("devtype", "Windows PC")
	g.quoted("osname", "Windows")
	g.mac("mastersrcmac", src)
	g.mac("srcmac", src)
	g.number("srcserver", 0)
}

func (g *Generator) start(name string) int {
	if n := len(g.line.b); n > 5 {
		g.line.b = append(g.line.b, ' ')
	}
	g.line.put(name)
	g.line.b = append(g.line.b, '=')
	return len(g.line.b)
}

func (g *Generator) pair(name string, value []byte) {
	from := g.start(name)
	g.line.b = append(g.line.b, value...)
	g.line.field(name, from)
}

func (g *Generator) put(name, value string) {
	from := g.start(name)
	g.line.put(value)
	g.line.field(name, from)
}

func (g *Generator) quoted(name, value string) {
	from := g.start(name) + 1
	g.line.b = append(g.line.b, '"')
	g.line.put(value)
	g.line.field(name, from)
	g.line.b = append(g.line.b, '"')
}

func (g *Generator) number(name string, n uint64) {
	from := g.start(name)
	g.line.num(n)
	g.line.field(name, from)
}

func (g *Generator) addr(name string, a netip.Addr) {
	from := g.start(name)
	g.line.b = a.AppendTo(g.line.b)
	g.line.field(name, from)
}

func (g *Generator) mac(name string, a netip.Addr) {
	b := a.As4()
	g.quoted(name, fmt.Sprintf("02:00:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3]))
}

// inside is one of 2,600 addresses of the hospital.
func (g *Generator) inside() netip.Addr {
	n := g.rng.IntN(2_600)
	return netip.AddrFrom4([4]byte{10, 10, byte(n >> 8), byte(n)})
}

// outside is mostly one of few addresses, sometimes one of many; the range is
// reserved for measurements.
func (g *Generator) outside() netip.Addr {
	n := g.remote.Uint64()
	return netip.AddrFrom4([4]byte{198, 18 + byte(n>>16), byte(n >> 8), byte(n)})
}

type service struct {
	name  string
	port  uint16
	proto uint64
}

func services() []service {
	return []service{{"HTTPS", 443, 6}, {"HTTPS", 443, 6}, {"HTTPS", 443, 6}, {"HTTP", 80, 6}, {"DNS", 53, 17}, {"NTP", 123, 17}, {"SMTP", 25, 6}, {"QUIC", 443, 17}}
}

func policies() []string {
	return []string{"内部からインターネット", "部門システム間", "地域連携", "保守用回線", "無線LANゲスト"}
}

func countries() []string {
	return []string{"Japan", "Japan", "Japan", "Japan", "United States", "Singapore"}
}
