// Package evtxtest makes event logs for tests, so that no test needs a file
// that belongs to somebody else. It stands on evtxwrite, which programs may
// use too: File writes given events, Mixed writes many of the kinds that a
// hospital's servers log. All names in them are made up, and the same call
// gives the same bytes.
package evtxtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/torideproject/toride/evtx/evtxwrite"
)

// Start is the time of the first event of Mixed.
func Start() time.Time { return time.Date(2026, 10, 31, 6, 38, 0, 123456700, time.UTC) }

// File gives a file with the events.
func File(tb testing.TB, events ...evtxwrite.Event) []byte {
	tb.Helper()
	w := evtxwrite.New()
	for _, e := range events {
		if err := w.Add(e); err != nil {
			tb.Fatal(err)
		}
	}
	return w.Bytes()
}

// Mixed gives a file with n events: process creations of Sysmon, logons good
// and bad, a process creation of the Security log, a service installed (a
// classic event with a list of texts), a cleared log (UserData), and an event
// without templates, in turn, one a second.
func Mixed(tb testing.TB, n int) []byte {
	tb.Helper()
	events := make([]evtxwrite.Event, n)
	for i := range events {
		events[i] = Event(i)
	}
	return File(tb, events...)
}

// Event is the i-th event of Mixed.
func Event(i int) evtxwrite.Event {
	e := kind(i)
	e.Time = Start().Add(time.Duration(i) * time.Second)
	e.Computer = fmt.Sprintf("srv-%02d.hakuou-hp.example", i%7)
	if e.Level == 0 && e.Channel != "Security" {
		e.Level = 4
	}
	e.ProcessID, e.ThreadID = uint32(600+i%5), uint32(1000+i%11)
	return e
}

func kind(i int) evtxwrite.Event {
	switch i % 8 {
	case 0, 1, 2:
		return sysmonProcess(i)
	case 3:
		return security(4624, logon(i, "10.20.3.11", 3))
	case 4:
		return security(4625, append(logon(i, "192.0.2.44", 10), evtxwrite.Data{Name: "Status", Value: evtxwrite.Hex32(0xc000006d)}))
	case 5:
		return security(4688, process(i))
	case 6:
		return service(i)
	}
	if i%16 == 7 {
		return cleared()
	}
	e := service(i)
	e.Inline = true
	e.Data = []evtxwrite.Data{{Name: "param1", Value: "給食バックアップ"}, {Name: "param2", Value: "stopped"}}
	return e
}

func security(id uint16, data []evtxwrite.Data) evtxwrite.Event {
	return evtxwrite.Event{
		Provider: "Microsoft-Windows-Security-Auditing", ProviderGUID: "54849625-5478-4994-A5BA-3E3B0328C30D",
		EventID: id, Task: 12544, Keywords: 0x8020000000000000, Channel: "Security", Data: data,
	}
}

func logon(i int, address string, kind uint32) []evtxwrite.Data {
	return []evtxwrite.Data{
		{Name: "SubjectUserSid", Value: evtxwrite.SID("S-1-5-18")},
		{Name: "SubjectUserName", Value: "SRV-01$"},
		{Name: "SubjectDomainName", Value: "HAKUOU"},
		{Name: "SubjectLogonId", Value: evtxwrite.Hex64(0x3e7)},
		{Name: "TargetUserSid", Value: evtxwrite.SID("S-1-5-21-1004336348-1177238915-682003330-" + fmt.Sprint(1100+i%40))},
		{Name: "TargetUserName", Value: []string{"tanaka", "kyushoku", "Administrator", "hosyu-vendor"}[i/8%4]},
		{Name: "TargetDomainName", Value: "HAKUOU"},
		{Name: "LogonType", Value: kind},
		{Name: "LogonProcessName", Value: "NtLmSsp "},
		{Name: "LogonGuid", Value: evtxwrite.GUID("00000000-0000-0000-0000-000000000000")},
		{Name: "ProcessName", Value: "-"},
		{Name: "IpAddress", Value: address},
		{Name: "IpPort", Value: fmt.Sprint(49152 + i%9000)},
	}
}

func process(i int) []evtxwrite.Data {
	return []evtxwrite.Data{
		{Name: "SubjectUserName", Value: "kyushoku"},
		{Name: "NewProcessId", Value: evtxwrite.Hex64(0x1a00 + uint64(i)%4096)},
		{Name: "NewProcessName", Value: `C:\Windows\System32\vssadmin.exe`},
		{Name: "CommandLine", Value: `vssadmin.exe delete shadows /all /quiet`},
		{Name: "ParentProcessName", Value: `C:\Windows\System32\cmd.exe`},
	}
}

func sysmonProcess(i int) evtxwrite.Event {
	guid := evtxwrite.GUID(fmt.Sprintf("0197231e-f0ef-6a5d-%04x-%012x", i%65536, i))
	return evtxwrite.Event{
		Provider: "Microsoft-Windows-Sysmon", ProviderGUID: "5770385F-C22A-43E0-BF4C-06F5698FFBD9",
		EventID: 1, Version: 5, Task: 1, Keywords: 0x8000000000000000,
		Channel: "Microsoft-Windows-Sysmon/Operational", UserSID: "S-1-5-18",
		Data: []evtxwrite.Data{
			{Name: "RuleName", Value: "-"},
			{Name: "UtcTime", Value: Start().Add(time.Duration(i) * time.Second).Format("2006-01-02 15:04:05.000")},
			{Name: "ProcessGuid", Value: guid},
			{Name: "ProcessId", Value: uint32(4000 + i%9000)},
			{Name: "Image", Value: `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`},
			{Name: "Description", Value: "Windows PowerShell"},
			{Name: "Company", Value: "Microsoft Corporation®"},
			{Name: "OriginalFileName", Value: "PowerShell.EXE"},
			{Name: "CommandLine", Value: fmt.Sprintf(`powershell.exe -NoProfile -File C:\給食\献立%d.ps1 -Server 10.20.3.%d`, i, i%250)},
			{Name: "CurrentDirectory", Value: `C:\給食\`},
			{Name: "User", Value: `HAKUOU\kyushoku`},
			{Name: "LogonGuid", Value: guid},
			{Name: "LogonId", Value: evtxwrite.Hex64(0x854e9)},
			{Name: "TerminalSessionId", Value: uint32(1)},
			{Name: "IntegrityLevel", Value: "High"},
			{Name: "Hashes", Value: fmt.Sprintf("MD5=%032X,SHA256=%064X", i, i*7919)},
			{Name: "ParentProcessGuid", Value: guid},
			{Name: "ParentProcessId", Value: uint32(700)},
			{Name: "ParentImage", Value: `C:\Windows\System32\services.exe`},
			{Name: "ParentCommandLine", Value: `C:\Windows\system32\services.exe`},
		},
	}
}

func service(i int) evtxwrite.Event {
	return evtxwrite.Event{
		Provider: "Service Control Manager", ProviderGUID: "555908D1-A6D7-4695-8E1E-26931D2012F4",
		EventID: 7045, Qualifiers: 16384, Keywords: 0x8080000000000000, Channel: "System",
		UserSID: "S-1-5-21-1004336348-1177238915-682003330-500",
		Data: []evtxwrite.Data{
			{Value: []string{"遠隔保守サービス", fmt.Sprintf(`C:\ProgramData\svc%d.exe`, i%9), "user mode service"}},
			{Name: "Threat Name", Value: "HackTool:Win32/Made.Up!MTB"},
			{Name: "Binary", Value: []byte{0xde, 0xad, byte(i)}},
		},
	}
}

func cleared() evtxwrite.Event {
	return evtxwrite.Event{
		Provider: "Microsoft-Windows-Eventlog", ProviderGUID: "FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148",
		EventID: 1102, Task: 104, Keywords: 0x4020000000000000, Channel: "Security",
		UserData: &evtxwrite.UserData{
			Name: "LogFileCleared", Namespace: "http://manifests.microsoft.com/win/2004/08/windows/eventlog",
			Fields: []evtxwrite.Data{
				{Name: "SubjectUserName", Value: "hosyu-vendor"},
				{Name: "SubjectLogonId", Value: evtxwrite.Hex64(0xaf855)},
				{Name: "Channel", Value: "Security"},
			},
		},
	}
}
