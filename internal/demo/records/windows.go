package records

import (
	"strconv"
	"time"
)

// Channels and providers of Windows.
const (
	security = "Security"
	system   = "System"

	auditing = "Microsoft-Windows-Security-Auditing"
	control  = "Service Control Manager"
	defender = "Microsoft-Windows-Windows Defender"
)

// entry is one of Windows' entries. data are names and values in turn.
type entry struct {
	channel, provider string
	id                int
	task, message     string
	level             string // in Japanese; empty: 情報
	failed            bool
	user              []string // user data instead of event data
	data              []string
}

// windows writes an entry as a document of Winlogbeat's, sent by the server
// itself or by the collector.
func (m *maker) windows(h Host, at time.Time, e entry) {
	at = m.moment(at).Truncate(time.Millisecond)
	name := h.Name + "." + domain
	b := make([]byte, 0, 1200)
	b = append(b, `{"@timestamp":"`...)
	b = at.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, `","@metadata":{"beat":"winlogbeat","type":"_doc","version":"8.11.1"},"message":`...)
	b = quote(b, e.message)
	b = append(b, `,"event":{"code":"`...)
	b = strconv.AppendInt(b, int64(e.id), 10)
	b = append(b, `","kind":"event","provider":`...)
	b = quote(b, e.provider)
	if e.channel == security {
		b = append(b, `,"outcome":"`...)
		b = append(b, map[bool]string{true: "failure", false: "success"}[e.failed]...)
		b = append(b, '"')
	}
	b = append(b, `},"host":{"name":`...)
	b = quote(b, name)
	level := e.level
	if level == "" {
		level = "情報"
	}
	b = append(b, `},"log":{"level":"`...)
	b = append(b, level...)
	b = append(b, `"},"agent":{"type":"winlogbeat","version":"8.11.1"},"ecs":{"version":"8.0.0"},"winlog":{"channel":`...)
	b = quote(b, e.channel)
	b = append(b, `,"computer_name":`...)
	b = quote(b, name)
	b = append(b, `,"event_id":"`...)
	b = strconv.AppendInt(b, int64(e.id), 10)
	b = append(b, `","record_id":`...)
	b = strconv.AppendInt(b, at.UnixMilli()/7%1_000_000_000, 10)
	b = append(b, `,"provider_name":`...)
	b = quote(b, e.provider)
	if e.task != "" {
		b = append(b, `,"task":`...)
		b = quote(b, e.task)
	}
	if e.channel == security {
		b = append(b, `,"keywords":["`...)
		b = append(b, map[bool]string{true: "失敗の監査", false: "成功の監査"}[e.failed]...)
		b = append(b, `"]`...)
	}
	b = append(b, `,"api":"wineventlog","process":{"pid":`...)
	b = strconv.AppendInt(b, int64(600+m.rng.IntN(400)), 10)
	b = append(b, `}`...)
	b = pairs(b, "event_data", e.data)
	b = pairs(b, "user_data", e.user)
	b = append(b, `}}`...)
	if m.own[h.Name] && !at.Before(m.h.Direct) {
		m.put(Servers, "json", h.Addr, at, b)
	} else {
		m.put(PCs, "json", collector(), at, b)
	}
}

func pairs(b []byte, name string, data []string) []byte {
	if len(data) == 0 {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":{`...)
	for i := 0; i+1 < len(data); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = quote(b, data[i])
		b = append(b, ':')
		b = quote(b, data[i+1])
	}
	return append(b, '}')
}

// quote writes a JSON string.
func quote(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c >= ' ':
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// logon is somebody coming to a computer, or trying to.
type logon struct {
	user, kind string // kind is Windows' logon type
	from       Host
	sub        string // of a failure: Windows' sub status
}

// wrongPassword and noSuchUser are sub states of failures.
const (
	wrongPassword = "0xc000006a"
	noSuchUser    = "0xc0000064"
)

// logon writes 4624, or 4625 where it failed.
func (m *maker) logon(h Host, at time.Time, l logon) {
	port := strconv.Itoa(49_152 + m.rng.IntN(16_000))
	if l.sub != "" {
		m.windows(h, at, entry{channel: security, provider: auditing, id: 4625, task: "Logon", failed: true, message: "アカウントがログオンに失敗しました。", data: []string{
			"SubjectUserSid", "S-1-0-0", "SubjectUserName", "-", "SubjectDomainName", "-", "SubjectLogonId", "0x0", "TargetUserSid", "S-1-0-0",
			"TargetUserName", l.user, "TargetDomainName", "MINATO", "Status", "0xc000006d", "FailureReason", "%%2313", "SubStatus", l.sub,
			"LogonType", l.kind, "LogonProcessName", "NtLmSsp ", "AuthenticationPackageName", "NTLM", "WorkstationName", l.from.Name,
			"TransmittedServices", "-", "LmPackageName", "-", "KeyLength", "0", "ProcessId", "0x0", "ProcessName", "-", "IpAddress", l.from.Addr, "IpPort", port}})
		return
	}
	process, pack := "Kerberos", "Kerberos"
	if l.kind == "10" {
		process, pack = "User32 ", "Negotiate"
	}
	m.windows(h, at, entry{channel: security, provider: auditing, id: 4624, task: "Logon", message: "アカウントが正常にログオンしました。", data: []string{
		"SubjectUserSid", "S-1-5-18", "SubjectUserName", h.Name + "$", "SubjectDomainName", "MINATO", "SubjectLogonId", "0x3e7",
		"TargetUserSid", m.sid(l.user), "TargetUserName", l.user, "TargetDomainName", "MINATO", "TargetLogonId", m.logonID(),
		"LogonType", l.kind, "LogonProcessName", process, "AuthenticationPackageName", pack, "WorkstationName", l.from.Name,
		"LogonGuid", "{00000000-0000-0000-0000-000000000000}", "TransmittedServices", "-", "LmPackageName", "-", "KeyLength", "0",
		"ProcessId", "0x2f4", "ProcessName", `C:\Windows\System32\svchost.exe`, "IpAddress", l.from.Addr, "IpPort", port, "ImpersonationLevel", "%%1833"}})
}

// desktop writes the three entries of a remote desktop session.
func (m *maker) desktop(h Host, at time.Time, user string, from Host) {
	m.windows(h, at, entry{channel: "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational", provider: "Microsoft-Windows-TerminalServices-RemoteConnectionManager", id: 1149,
		message: "リモート デスクトップ サービス: ユーザー認証に成功しました", user: []string{"Param1", user, "Param2", "MINATO", "Param3", from.Addr}})
	m.logon(h, at.Add(800*time.Millisecond), logon{user: user, kind: "10", from: from})
	m.windows(h, at.Add(1900*time.Millisecond), entry{channel: "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", provider: "Microsoft-Windows-TerminalServices-LocalSessionManager", id: 21,
		message: "リモート デスクトップ サービス: セッション ログオンに成功しました", user: []string{"User", `MINATO\` + user, "SessionID", strconv.Itoa(2 + m.rng.IntN(3)), "Address", from.Addr}})
}

// special writes 4672: the account has administrator rights.
func (m *maker) special(h Host, at time.Time, user string) {
	m.windows(h, at, entry{channel: security, provider: auditing, id: 4672, task: "Special Logon", message: "新しいログオンに特権が割り当てられました。", data: []string{
		"SubjectUserSid", m.sid(user), "SubjectUserName", user, "SubjectDomainName", "MINATO", "SubjectLogonId", m.logonID(),
		"PrivilegeList", "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeRestorePrivilege\n\t\t\tSeDebugPrivilege"}})
}

// process writes 4688.
func (m *maker) process(h Host, at time.Time, p started) {
	m.windows(h, at, entry{channel: security, provider: auditing, id: 4688, task: "Process Creation", message: "新しいプロセスが作成されました。", data: []string{
		"SubjectUserSid", m.sid(p.user), "SubjectUserName", p.user, "SubjectDomainName", "MINATO", "SubjectLogonId", m.logonID(),
		"NewProcessId", "0x" + strconv.FormatInt(int64(2_000+m.rng.IntN(8_000)), 16), "NewProcessName", p.image, "TokenElevationType", "%%1936", "ProcessId", "0x1b4",
		"CommandLine", p.line, "TargetUserSid", "S-1-0-0", "TargetUserName", "-", "TargetDomainName", "-", "TargetLogonId", "0x0",
		"ParentProcessName", p.parent, "MandatoryLabel", "S-1-16-12288"}})
}

// started is a program that was started.
type started struct{ user, image, line, parent string }

// service writes 7036: a service runs, or stopped.
func (m *maker) service(h Host, at time.Time, name string, runs bool) {
	state := map[bool]string{true: "実行中", false: "停止"}[runs]
	m.windows(h, at, entry{channel: system, provider: control, id: 7036, message: name + " サービスは " + state + " 状態に移行しました。", data: []string{"param1", name, "param2", state}})
}

func (m *maker) logonID() string { return "0x" + strconv.FormatInt(0x100000+m.rng.Int64N(0xeffff), 16) }

// sid is made of the name, so that it is always the same.
func (m *maker) sid(user string) string {
	if user == "Administrator" {
		return "S-1-5-21-1004336348-1177238915-682003330-500"
	}
	n := 1000
	for _, c := range []byte(user) {
		n = (n*31 + int(c)) % 90_000
	}
	return "S-1-5-21-1004336348-1177238915-682003330-" + strconv.Itoa(1000+n)
}
