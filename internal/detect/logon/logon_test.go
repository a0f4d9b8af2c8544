package logon_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/detect/logon"
	"github.com/torideproject/toride/internal/event"
)

func TestOf_WhoeverWroteIt(t *testing.T) {
	t.Parallel()
	src := netip.MustParseAddr("192.0.2.7")
	win := func(code, provider string, core event.Core, fields ...string) *event.Event {
		core.Code, core.Provider = code, provider
		e := &event.Event{Product: "windows", Core: core}
		for i := 0; i < len(fields); i += 2 {
			e.Fields = append(e.Fields, event.Field{Name: fields[i], Value: fields[i+1]})
		}
		return e
	}
	f := func(name string, e *event.Event, want logon.Logon) {
		t.Helper()
		got, ok := logon.Of(e)
		if !ok || !logon.Wants(e) || got != want {
			t.Errorf("%s: %+v %t, want %+v", name, got, ok, want)
		}
	}
	f("rdp", win("4624", "", event.Core{User: `HOSP\Administrator`, SourceIP: src, Host: "KYUSHOKU-0001"}, "LogonType", "10"),
		logon.Logon{Kind: logon.RDP, Came: true, Account: "administrator", Source: src, Host: "KYUSHOKU-0001"})
	f("failed", win("4625", "", event.Core{User: "x", SourceIP: src, Host: "h"}, "LogonType", "3"),
		logon.Logon{Kind: logon.Network, Account: "x", Source: src, Host: "h"})
	f("1149", win("1149", "Microsoft-Windows-TerminalServices-RemoteConnectionManager", event.Core{Host: "h"}, "Param1", "hosyu", "Param2", "", "Param3", "192.0.2.7"),
		logon.Logon{Kind: logon.RDP, Came: true, Account: "hosyu", Source: src, Host: "h"})
	f("taken up again", win("25", "Microsoft-Windows-TerminalServices-LocalSessionManager", event.Core{Host: "h"}, "User", `H\hosyu`, "Address", "192.0.2.7"),
		logon.Logon{Kind: logon.RDP, Came: true, Account: "hosyu", Source: src, Host: "h"})
	f("ssh", &event.Event{Product: "linux", Service: "sshd", Core: event.Core{Action: "ssh-login", Outcome: "failure", User: "root", SourceIP: src, Host: "h"}},
		logon.Logon{Kind: logon.SSH, Account: "root", Source: src, Host: "h"})
	f("vpn", &event.Event{Product: "fortigate", Service: "event", Core: event.Core{Provider: "vpn", Action: "tunnel-up", Outcome: "success", User: "kyushoku", SourceIP: src, Host: "FGT"}},
		logon.Logon{Kind: logon.VPN, Came: true, Account: "kyushoku", Source: src, Host: "FGT"})
	f("flow", &event.Event{Product: "fortigate", Service: "traffic", Core: event.Core{Action: "accept", SourceIP: src, DestIP: netip.MustParseAddr("10.20.40.11"), DestPort: 3389}},
		logon.Logon{Kind: logon.Flow, Came: true, Source: src, Host: "10.20.40.11"})
	end := time.Date(2026, 11, 2, 8, 5, 0, 0, time.UTC)
	f("told at its end", &event.Event{Product: "fortigate", Service: "traffic", Time: end, Core: event.Core{Action: "close", SourceIP: src, DestIP: netip.MustParseAddr("10.20.40.11"), DestPort: 3389},
		Fields: []event.Field{{Name: "duration", Value: "600"}}}, logon.Logon{Kind: logon.Flow, Came: true, Source: src, Host: "10.20.40.11", Began: end.Add(-10 * time.Minute)})
	for name, e := range map[string]*event.Event{
		"a service":        win("4624", "", event.Core{User: "svc"}, "LogonType", "5"),
		"at the console":   win("25", "Microsoft-Windows-TerminalServices-LocalSessionManager", event.Core{}, "Address", "LOCAL"),
		"another 21":       win("21", "Some-Other", event.Core{SourceIP: src}),
		"unlock":           win("4624", "", event.Core{SourceIP: netip.MustParseAddr("127.0.0.1")}, "LogonType", "7"),
		"web":              {Product: "fortigate", Service: "traffic", Core: event.Core{Action: "accept", SourceIP: src, DestIP: src, DestPort: 443}},
		"scan":             {Product: "linux", Service: "sshd", Core: event.Core{Action: "ssh-scan", Outcome: "failure", SourceIP: src}},
		"something else":   {Product: "zeek"},
		"tunnel goes down": {Product: "fortigate", Service: "event", Core: event.Core{Provider: "vpn", Action: "tunnel-down", SourceIP: src}},
	} {
		if l, ok := logon.Of(e); ok {
			t.Errorf("%s is taken for %+v", name, l)
		}
	}
}

func TestAccount_ComparesBetweenSources(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`HOSP\Tanaka`: "tanaka", "Tanaka@hosp.example": "tanaka", "ＴＡＮＡＫＡ": "ｔａｎａｋａ", "SRV01$": "", "-": "", "": "",
		"SYSTEM": "", "ANONYMOUS LOGON": "", "DWM-1": "", "dwm-boss": "dwm-boss", "田中": "田中", "@x": "@x",
	} {
		if got := logon.Account(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
