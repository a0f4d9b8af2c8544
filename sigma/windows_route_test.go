package sigma

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestWindowsSources_ServicesByChannel(t *testing.T) {
	t.Parallel()
	for channel, want := range map[string]string{
		"Security": "security", "SYSTEM": "system", "Application": "application",
		"Windows PowerShell":                                      "powershell-classic",
		"Microsoft-Windows-PowerShell/Operational":                "powershell",
		"PowerShellCore/Operational":                              "powershell",
		"Microsoft-Windows-SMBClient/Security":                    "smbclient-security",
		"Microsoft-Windows-AppLocker/EXE and DLL":                 "applocker",
		"Microsoft-ServiceBus-Client/Admin":                       "servicebus-client microsoft-servicebus-client",
		"DNS Server":                                              "dns-server",
		"Microsoft-Windows-CodeIntegrity/Operational":             "codeintegrity-operational",
		"Microsoft-Windows-Windows Defender/Operational":          "windefend",
		"Microsoft-Windows-DriverFrameworks-UserMode/Operational": "driver-framework",
		"Vendor-Something/Operational":                            "",
		"Microsoft-Windows-Nobody/Operational":                    "",
	} {
		var got []string
		for _, l := range WindowsSources(nil, channel, "x", 0, "") {
			if l.Product != "windows" {
				t.Errorf("%s: %+v", channel, l)
			}
			if l.Service != "" {
				got = append(got, l.Service)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v", channel, got)
		}
	}
}

// A rule for product windows alone is tried on every Windows event, one for a
// category on no other log than its own.
func TestWindowsSources_Covers(t *testing.T) {
	t.Parallel()
	covered := func(rule LogSource, channel, provider string, id int) bool {
		return slices.ContainsFunc(WindowsSources(nil, channel, provider, id, ""), rule.Covers)
	}
	any := LogSource{Product: "windows"}
	if !covered(any, "Nobody/Operational", "x", 1) || !covered(any, "Security", "x", 1) || !covered(LogSource{}, "", "", 0) {
		t.Error("product windows is not all of Windows")
	}
	if covered(LogSource{Product: "linux"}, "Security", "x", 1) || covered(LogSource{Product: "windows", Service: "sysmon"}, "Security", "x", 1) {
		t.Error("another product or service is covered")
	}
	if !covered(LogSource{Product: "windows", Service: "sysmon", Category: "process_creation"}, "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1) {
		t.Error("service and category together are not covered")
	}
}

func TestSourcesOf(t *testing.T) {
	t.Parallel()
	for own, want := range map[LogSource]string{
		{Product: "linux", Service: "sshd"}:                              "/linux/sshd /linux/auth",
		{Product: "linux", Service: "cron"}:                              "/linux/cron /linux/syslog",
		{Product: "linux", Service: "auditd"}:                            "/linux/auditd",
		{Product: "linux", Category: "process_creation"}:                 "process_creation/linux/",
		{Service: "nginx"}:                                               "//nginx webserver//nginx",
		{Service: "httpd"}:                                               "//httpd webserver//httpd webserver//apache",
		{Product: "fortigate", Service: "traffic"}:                       "/fortigate/traffic firewall/fortigate/traffic",
		{Product: "fortigate", Service: "event", Definition: "anything"}: "/fortigate/event",
		{Service: "named"}:                                               "//named dns//named",
		{Service: "squid", Product: "linux"}:                             "/linux/squid proxy/linux/squid",
	} {
		var got []string
		for _, l := range SourcesOf([]LogSource{{Product: "before"}}, own)[1:] {
			got = append(got, fmt.Sprintf("%s/%s/%s", l.Category, l.Product, l.Service))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%+v: %v", own, got)
		}
	}
}

func TestRename_HexadecimalProcess(t *testing.T) {
	t.Parallel()
	r, ok := WindowsField("security", "ProcessId", 4688)
	if !ok || r.Value("0x1A4") != "420" || r.Value("420") != "420" || r.Value("0xz") != "0xz" {
		t.Error(r, ok)
	}
	if _, ok := WindowsField("security", "ProcessId", 4689); ok {
		t.Error("4689 names no parent")
	}
	if r, _ := WindowsField("security", "NewProcessName", 4688); r.To != "Image" || r.Value("0x10") != "0x10" {
		t.Error(r)
	}
}
