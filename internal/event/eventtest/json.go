package eventtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// key writes the next name of a JSON object.
func (g *Generator) key(name string) {
	if c := g.line.b[len(g.line.b)-1]; c != '{' {
		g.line.put(",")
	}
	g.line.put(`"`)
	g.line.put(name)
	g.line.put(`":`)
}

// text writes a JSON string; a field of the entry's own gets the name native.
func (g *Generator) text(name, native, value string) {
	g.key(name)
	g.line.put(`"`)
	from := len(g.line.b)
	escaped := strings.Contains(value, `\`)
	if escaped {
		g.line.put(strings.ReplaceAll(value, `\`, `\\`))
	} else {
		g.line.put(value)
	}
	switch {
	case native == "":
	case escaped || value == "":
		g.line.also(native, value)
	default:
		g.line.field(native, from)
	}
	g.line.put(`"`)
}

func (g *Generator) int(name, native string, value uint64) {
	g.key(name)
	from := len(g.line.b)
	g.line.num(value)
	if native != "" {
		g.line.field(native, from)
	}
}

// flow writes a flow as a sensor sends it.
func (g *Generator) flow(e *event.Event) {
	rng := g.rng
	src, dst := g.inside(), g.inside()
	sp, dp := uint16(rng.IntN(28_000)+32_768), [...]uint16{445, 443, 104, 2575, 3389, 53, 1521}[rng.IntN(7)]
	bytes := rng.Uint64N(1 << 22)
	end := uint64(e.Time.UnixMilli())
	e.Time = time.UnixMilli(int64(end)).UTC()
	g.line.put("{")
	g.text("type", "type", "flow")
	g.text("exporter", "exporter", "CORE-SW01")
	g.int("start", "start", end-rng.Uint64N(60_000))
	g.int("end", "end", end)
	g.text("src", "src", src.String())
	g.text("dst", "dst", dst.String())
	g.int("sp", "sp", uint64(sp))
	g.int("dp", "dp", uint64(dp))
	g.int("pr", "pr", 6)
	g.int("bytes", "bytes", bytes)
	g.int("pkts", "pkts", bytes/900+1)
	g.int("vlan", "vlan", uint64(10+rng.IntN(8)))
	g.line.put("}")
	e.Dataset, e.Source, e.Peer = "generic.json", "bulk", "10.0.0.9"
	e.Core = event.Core{Host: "CORE-SW01", SourceIP: src, SourcePort: sp, DestIP: dst, DestPort: dp, Bytes: bytes}
}

// person is a user: most entries are about few of 1,500.
func (g *Generator) person() string {
	n := int(g.people.Uint64())
	names := [...]string{"yamada", "suzuki", "sato", "tanaka", "ito", "kobayashi", "nakamura", "kato"}
	return names[n%len(names)] + ".s" + pad(n, 4)
}

func pad(n, width int) string {
	s := strconv.Itoa(n)
	for len(s) < width {
		s = "0" + s
	}
	return s
}

// windows writes an entry of the Security log as Winlogbeat sends it.
func (g *Generator) windows(needle Needle, e *event.Event) {
	rng := g.rng
	e.Time = e.Time.Truncate(time.Millisecond)
	kind := logons()[rng.IntN(len(logons()))]
	host := "PC-" + pad(rng.IntN(2_200), 4) + ".byoin.example"
	if rng.IntN(3) > 0 {
		host = "SV-" + pad(rng.IntN(100), 3) + ".byoin.example"
	}
	user, command := g.person(), ""
	switch {
	case needle.Field == "user.name":
		user = needle.Value
	case needle.Text != "":
		kind = process()
		command = `powershell.exe -NoP -EncodedCommand ` + strings.ReplaceAll(needle.Text, `\\`, `\`)
	}
	record := g.serial
	g.serial++
	g.line.put("{")
	g.text("@timestamp", "", e.Time.Format("2006-01-02T15:04:05.000Z"))
	g.text("message", "", kind.message)
	g.line.put(`,"host":{`)
	g.text("name", "", host)
	g.line.put(`},"log":{`)
	g.text("level", "Level", "情報")
	g.line.put(`},"winlog":{`)
	g.text("channel", "Channel", "Security")
	g.text("computer_name", "Computer", host)
	g.text("event_id", "EventID", kind.code)
	g.int("record_id", "EventRecordID", record)
	g.text("provider_name", "Provider_Name", "Microsoft-Windows-Security-Auditing")
	g.text("provider_guid", "Provider_Guid", "{54849625-5478-4994-A5BA-3E3B0328C30D}")
	g.text("task", "", kind.task)
	g.line.put(`,"event_data":{`)
	src, port := g.data(kind, user, command)
	g.line.put("}}}")
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/Security/%d", host, record))
	e.Key = hex.EncodeToString(sum[:16])
	e.Dataset, e.Product, e.Service, e.Source, e.Peer = "windows.security", "windows", "security", "bulk", "10.0.0.20"
	e.Core = event.Core{
		Host: host, Code: kind.code, Provider: "Microsoft-Windows-Security-Auditing", Outcome: kind.outcome, User: user, Domain: "TORIDE-HP",
		SourceIP: src, SourcePort: port, Process: `C:\Windows\System32\lsass.exe`, CommandLine: command, Message: kind.message,
	}
}

// data writes the event data of a logon.
func (g *Generator) data(kind logon, user, command string) (netip.Addr, uint16) {
	rng := g.rng
	src, port := g.inside(), uint16(rng.IntN(16_000)+49_152)
	g.text("SubjectUserSid", "SubjectUserSid", "S-1-5-18")
	g.text("SubjectUserName", "SubjectUserName", "SYSTEM")
	g.text("SubjectDomainName", "SubjectDomainName", "NT AUTHORITY")
	g.text("TargetUserSid", "TargetUserSid", "S-1-5-21-1004336348-1177238915-682003330-"+strconv.Itoa(1000+len(user)))
	g.text("TargetUserName", "TargetUserName", user)
	g.text("TargetDomainName", "TargetDomainName", "TORIDE-HP")
	g.text("TargetLogonId", "TargetLogonId", "0x"+strconv.FormatUint(rng.Uint64N(1<<32), 16))
	g.text("LogonType", "LogonType", [...]string{"3", "3", "3", "2", "10"}[rng.IntN(5)])
	g.text("LogonProcessName", "LogonProcessName", "Kerberos")
	g.text("AuthenticationPackageName", "AuthenticationPackageName", "Kerberos")
	a, b := rng.Uint64(), rng.Uint64()
	g.text("LogonGuid", "LogonGuid", fmt.Sprintf("{%08X-%04X-%04X-%04X-%012X}", uint32(a), uint16(a>>32), uint16(a>>48), uint16(b), b>>16))
	g.text("ProcessName", "ProcessName", `C:\Windows\System32\lsass.exe`)
	if command != "" {
		g.text("CommandLine", "CommandLine", command)
	}
	g.text("IpAddress", "IpAddress", src.String())
	g.text("IpPort", "IpPort", strconv.Itoa(int(port)))
	return src, port
}

type logon struct{ code, task, outcome, message string }

func logons() []logon {
	return []logon{
		{"4624", "ログオン", "success", "アカウントが正常にログオンしました。"},
		{"4624", "ログオン", "success", "アカウントが正常にログオンしました。"},
		{"4634", "ログオフ", "success", "アカウントがログオフしました。"},
		{"4672", "特殊なログオン", "success", "新しいログオンに特権が割り当てられました。"},
		{"4625", "ログオン", "failure", "アカウントがログオンに失敗しました。"},
		process(),
	}
}

func process() logon {
	return logon{"4688", "プロセス作成", "success", "新しいプロセスが作成されました。"}
}

// chart writes an audit line of a chart system.
func (g *Generator) chart(needle Needle, e *event.Event) {
	rng := g.rng
	e.Time = e.Time.Truncate(time.Millisecond)
	user, patient := g.person(), 20_000+rng.IntN(60_000)
	act := [...]string{"参照", "参照", "参照", "記載", "オーダ発行", "印刷"}[rng.IntN(6)]
	place := [...]string{"内科外来", "外科病棟", "小児科病棟", "救急外来", "薬剤部"}[rng.IntN(5)]
	id := pad(patient, 8)
	if after, ok := strings.CutPrefix(needle.Text, "患者ID="); ok {
		id = after
	} else if needle.Text != "" {
		place = needle.Text
	}
	g.line.put("<134>1 ")
	g.line.put(e.Time.In(jst()).Format("2006-01-02T15:04:05.000Z07:00"))
	g.line.put(" HIS-EMR01 audit - - -")
	from := len(g.line.b) + 1
	g.put("利用者", user)
	g.put("操作", act)
	g.put("患者ID", id)
	g.put("部署", place)
	g.put("端末", "PC-"+pad(rng.IntN(2_200), 4))
	g.put("画面", [...]string{"カルテ２号紙", "検査結果", "処方箋", "看護記録"}[rng.IntN(4)])
	g.put("区分", [...]string{"入院", "外来"}[rng.IntN(2)])
	g.put("結果", "完了")
	e.Dataset, e.Source, e.Peer = "generic.syslog", "syslog-tcp", "10.0.0.5"
	e.Core = event.Core{Host: "HIS-EMR01", Provider: "audit", Severity: "info", User: user, Message: string(g.line.b[from:])}
}
