package records

import (
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// hourly is how many things people do in an average hour at scale 1.
const hourly = 26

// Week gives what arrives in ordinary time between from and to, in that order.
// Each hour depends on seed and the hour alone. scale stretches what people do
// and leaves what machines do by the clock; 1 makes about 1,200 entries a day.
// It costs about 5 µs an entry.
func Week(h Hospital, from, to time.Time, seed uint64, scale float64) iter.Seq[event.Record] {
	return func(yield func(event.Record) bool) {
		for t := from.UTC().Truncate(time.Hour); t.Before(to); t = t.Add(time.Hour) {
			m := newMaker(&h, seed, uint64(t.Unix()))
			m.hour(t, scale)
			if !m.give(from, to, yield) {
				return
			}
		}
	}
}

// hour writes an hour. Everything in it ends before it does.
func (m *maker) hour(t time.Time, scale float64) {
	local := t.In(m.h.Zone)
	n := int(hourly*scale*pace(local) + m.rng.Float64())
	for range n {
		m.anything(t.Add(time.Duration(m.rng.IntN(57*60_000)) * time.Millisecond))
	}
	m.regular(t, local)
	for _, v := range m.h.Visits {
		m.visit(t, v)
	}
	m.fallSilent()
}

// pace is how busy an hour is; 1 on average over a week.
func pace(local time.Time) float64 {
	p := 0.4
	switch h := local.Hour(); {
	case h >= 8 && h < 17:
		p = 2.2
	case h >= 6 && h < 8:
		p = 1.2
	case h >= 17 && h < 21:
		p = 0.9
	}
	if d := local.Weekday(); d == time.Saturday || d == time.Sunday {
		p *= 0.45
	}
	return p
}

// fallSilent takes out what struck servers would have sent after the Night, and
// what others tell of them.
func (m *maker) fallSilent() {
	if m.quiet.IsZero() {
		return
	}
	dead := map[string]bool{}
	for _, h := range m.h.struck() {
		dead[h.Addr] = true
	}
	kept := m.out[:0]
	for _, r := range m.out {
		if dead[r.Peer] && r.Received.After(m.quiet) {
			continue
		}
		kept = append(kept, r)
	}
	m.out = kept
}

// anything is one thing that people or their computers do.
func (m *maker) anything(at time.Time) {
	pc := one(m, m.h.Groups["DT"])
	switch p := m.rng.IntN(100); {
	case p < 40:
		m.browse(at, pc)
	case p < 62:
		user, ad := m.person(), m.h.host("AD", m.rng.IntN(2))
		m.logon(ad, at, logon{user: user, kind: "3", from: pc})
		if m.rng.IntN(4) == 0 {
			m.windows(ad, at.Add(20*time.Second), entry{channel: security, provider: auditing, id: 4634, task: "Logoff", message: "アカウントがログオフしました。", data: []string{
				"TargetUserSid", m.sid(user), "TargetUserName", user, "TargetDomainName", "MINATO", "TargetLogonId", m.logonID(), "LogonType", "3"}})
		}
	case p < 80:
		m.file(at, pc)
	case p < 88:
		m.print(at, m.person(), pc, "処方箋_"+strconv.Itoa(m.rng.IntN(90_000)), 1+m.rng.IntN(3))
	case p < 92:
		m.staffVPN(at)
	case p < 96:
		m.service(m.h.host("PACS", 0), at, one(m, []string{"Windows Update", "Background Intelligent Transfer Service", "Windows Modules Installer", "Software Protection"}), m.rng.IntN(2) == 0)
	default:
		h := one(m, []Host{m.h.host("LIS", 0), m.h.host("RIS", 0), m.h.host("PACS", 0)})
		m.process(h, at, started{"svc-monitor", `C:\Program Files\KakuuMonitor\agent.exe`, `"C:\Program Files\KakuuMonitor\agent.exe" --collect`, `C:\Windows\System32\services.exe`})
	}
}

func (m *maker) browse(at time.Time, pc Host) {
	s := session{from: pc.Addr, to: fmt.Sprintf("198.51.100.%d", 10+m.rng.IntN(60)), port: 443, service: "HTTPS", action: "close", policy: "情報系端末→インターネット", policyNum: 12,
		country: "Japan", fromCountry: "Reserved", fromZone: "lan", fromIntf: "lan10", toZone: "wan", toIntf: "wan1", nat: "snat", seconds: 5 + m.rng.IntN(300),
		sent: uint64(2_000 + m.rng.IntN(200_000)), received: uint64(10_000 + m.rng.IntN(3_000_000))}
	if m.rng.IntN(25) == 0 {
		s.action, s.policy, s.policyNum, s.sent, s.received = "deny", "既定の拒否", 0, 0, 0
	}
	m.traffic(at, s)
}

// file is work on the wards' shares.
func (m *maker) file(at time.Time, pc Host) {
	share := one(m, []string{"病棟共有", "医事課", "栄養部", "検査部"})
	path := fmt.Sprintf("/srv/%s/%s_%d月.xlsx", share, one(m, []string{"勤務表", "申し送り", "物品請求", "委員会議事録", "食数集計"}), 1+m.rng.IntN(12))
	user := m.person()
	switch m.rng.IntN(8) {
	case 0:
		m.share(at, user, pc.Addr, share, "renameat|ok|"+path+"|"+path+".bak")
	case 1:
		m.share(at, user, pc.Addr, share, "unlinkat|ok|"+path)
	case 2:
		m.share(at, user, pc.Addr, share, "create_file|fail (Permission denied)|0x12019f|file|open|"+path)
	default:
		m.share(at, user, pc.Addr, share, "create_file|ok|0x120089|file|open|"+path)
	}
}

func (m *maker) print(at time.Time, user string, pc Host, document string, pages int) {
	m.windows(m.h.printing(), at, entry{channel: "Microsoft-Windows-PrintService/Operational", provider: "Microsoft-Windows-PrintService", id: 307, message: "ドキュメントが印刷されました。", user: []string{
		"Param1", strconv.Itoa(1 + m.rng.IntN(900)), "Param2", document, "Param3", user, "Param4", `\\` + pc.Name, "Param5", fmt.Sprintf("PR-%04d", 1+m.rng.IntN(400)), "Param6", pc.Addr,
		"Param7", strconv.Itoa(pages * 40_000), "Param8", strconv.Itoa(pages)}})
}

// staffVPN is a doctor or clerk at home.
func (m *maker) staffVPN(at time.Time) {
	n := m.rng.IntN(12)
	user := fmt.Sprintf("dr%02d.remote", n)
	m.vpn(at, one(m, []string{"tunnel-up", "tunnel-down"}), user, fmt.Sprintf("192.0.2.%d", 20+n), fmt.Sprintf("10.212.100.%d", 20+n))
}

// regular is what happens by the clock.
func (m *maker) regular(t time.Time, local time.Time) {
	for i, h := range m.h.senders() { // their own monitoring, every half hour
		for _, half := range []time.Duration{9, 39} {
			at := t.Add((half+time.Duration(i))*time.Minute + 11*time.Second)
			if half == 9 || !at.Before(m.h.Direct) { // the collector takes every second of them
				m.process(h, at, started{"svc-monitor", `C:\Program Files\KakuuMonitor\agent.exe`, `"C:\Program Files\KakuuMonitor\agent.exe" --hourly`, `C:\Windows\System32\services.exe`})
			}
		}
	}
	m.daemon(t.Add(7*time.Minute), "CRON", "(root) CMD (/usr/local/sbin/share-quota)")
	first := t.Sub(m.h.Since) < 24*time.Hour
	work := local.Weekday() != time.Saturday && local.Weekday() != time.Sunday
	switch local.Hour() {
	case 1:
		m.backup(t)
	case 2:
		m.daemon(t.Add(4*time.Minute), "sshd", "Accepted publickey for backup from "+m.h.host("BACKUP", 0).Addr+" port 40022 ssh2: ED25519 SHA256:W1vJkQ8m3Zr0aPdu5tLhYb2sXeGf7NcKq4MoTiBv9Dw")
	case 3:
		m.patterns(t)
	case 8:
		if work {
			m.mistyped(t)
		}
	case 10:
		if first || work {
			m.administer(t, first)
		}
	}
}

// backup reads every chart server over the network, one after the other.
func (m *maker) backup(t time.Time) {
	from := m.h.host("BACKUP", 0)
	m.service(from, t.Add(time.Minute), "Kakuu Backup Engine", true)
	for i, h := range m.h.charts() {
		m.logon(h, t.Add(time.Minute+time.Duration(i)*135*time.Second), logon{user: "svc-backup", kind: "3", from: from})
	}
	m.process(from, t.Add(2*time.Minute), started{"svc-backup", `C:\Program Files\KakuuBackup\kbackup.exe`, `"C:\Program Files\KakuuBackup\kbackup.exe" /job:karte-daily`, `C:\Windows\System32\services.exe`})
	m.traffic(t.Add(40*time.Minute), session{from: from.Addr, to: m.h.files().Addr, port: 22, service: "SSH", action: "close", policy: "バックアップ→ファイルサーバ", policyNum: 31, country: "Reserved", fromCountry: "Reserved",
		fromZone: "lan", fromIntf: "server", toZone: "lan", toIntf: "dept", nat: "noop", seconds: 1900, sent: 41_000_000_000, received: 90_000_000})
}

// patterns are the updates of the antivirus.
func (m *maker) patterns(t time.Time) {
	for i, h := range []Host{m.h.host("AD", 0), m.h.host("PACS", 0), m.h.host("RIS", 0), m.h.host("DACS", 0), m.h.host("BACKUP", 0)} {
		m.windows(h, t.Add(time.Duration(5+i)*time.Minute), entry{channel: "Microsoft-Windows-Windows Defender/Operational", provider: defender, id: 2000,
			message: "マルウェア対策定義の更新が完了しました。", data: []string{"Product Name", "Microsoft Defender ウイルス対策", "Current Signature Version", fmt.Sprintf("1.4%d.0.0", t.YearDay()), "Update Type", "差分"}})
	}
}

// mistyped are the wrong passwords of the morning.
func (m *maker) mistyped(t time.Time) {
	for i := range 5 {
		pc, user, at := one(m, m.h.Groups["DT"]), m.person(), t.Add(time.Duration(8+9*i)*time.Minute)
		for try := range 1 + m.rng.IntN(3) {
			m.logon(pc, at.Add(time.Duration(try)*14*time.Second), logon{user: user, kind: "2", from: Host{pc.Name, "127.0.0.1"}, sub: wrongPassword})
		}
		m.logon(pc, at.Add(time.Minute), logon{user: user, kind: "2", from: Host{pc.Name, "127.0.0.1"}})
	}
}

// administer is the hospital's own administrator at work, from the bastion.
func (m *maker) administer(t time.Time, first bool) {
	list := m.h.charts()
	if !first {
		list = []Host{one(m, list), one(m, list)}
	}
	for i, h := range list {
		at := t.Add(time.Minute + time.Duration(i)*135*time.Second)
		m.desktop(h, at, "sato.adm", bastion())
		m.special(h, at.Add(3*time.Second), "sato.adm")
	}
}

// visitTunnel is the address that the firewall gives the vendor's person.
const visitTunnel = "10.212.200.16"

// visit is the part of the vendor's maintenance in the hour from t.
func (m *maker) visit(t time.Time, v Visit) {
	in := func(at time.Time) bool { return !at.Before(t) && at.Before(t.Add(time.Hour)) && at.Before(v.Until) }
	if at := v.From.Add(3 * time.Minute); in(at) {
		m.vpn(at, "tunnel-up", v.User, v.Address, visitTunnel)
		m.traffic(at.Add(time.Minute), session{from: visitTunnel, to: bastion().Addr, port: 3389, service: "RDP", action: "accept", policy: "電子カルテ保守VPN→踏み台", policyNum: 21, country: "Reserved", fromCountry: "Reserved",
			fromZone: "undefined", fromIntf: "ssl.root", toZone: "dmz", toIntf: "server-dmz", nat: "noop", sent: 9_000, received: 60_000})
		m.desktop(bastion(), at.Add(70*time.Second), v.User, Host{"MNT-07", visitTunnel})
	}
	for at := v.From.Add(12 * time.Minute); at.Before(v.Until.Add(-15 * time.Minute)); at = at.Add(20 * time.Minute) {
		if in(at) {
			m.process(bastion(), at, started{v.User, `C:\Windows\System32\mstsc.exe`, "mstsc.exe /v:" + m.h.host("KARTE-AP", 0).Addr, `C:\Windows\explorer.exe`})
		}
	}
	if at := v.Until.Add(-14 * time.Minute); in(at) {
		m.vpn(at, "tunnel-down", v.User, v.Address, visitTunnel)
	}
}
