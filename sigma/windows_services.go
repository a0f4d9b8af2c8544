package sigma

import "strings"

// windowsServices names the Sigma services of a Windows channel (SigmaHQ's
// tests/thor.yml and its log source guides; the last ones by their own rules).
// The channel is compared without regard to case: Windows itself writes
// SmbClient and SMBClient.
func windowsServices(channel string) []string {
	name := Fold(channel)
	short, isMicrosoft := strings.CutPrefix(name, "microsoft-windows-")
	if isMicrosoft {
		return one(microsoftService(short))
	}
	switch name {
	case "application", "security", "system":
		return one(name)
	case "windows powershell":
		return one("powershell-classic")
	case "powershellcore/operational":
		return one("powershell")
	case "msexchange management":
		return one("msexchange-management")
	case "openssh/operational":
		return one("openssh")
	case "dns server":
		return one("dns-server")
	case "microsoft-servicebus-client/admin", "microsoft-servicebus-client/operational":
		return []string{"servicebus-client", "microsoft-servicebus-client"}
	case "microsoft-iis-configuration/operational":
		return one("iis-configuration")
	}
	return nil
}

func one(service string) []string {
	if service == "" {
		return nil
	}
	return []string{service}
}

// microsoftService takes what stands behind Microsoft-Windows-, in lower case.
func microsoftService(short string) string {
	switch short {
	case "sysmon/operational":
		return "sysmon"
	case "powershell/operational":
		return "powershell"
	case "windows defender/operational":
		return "windefend"
	case "windows firewall with advanced security/firewall":
		return "firewall-as"
	case "taskscheduler/operational":
		return "taskscheduler"
	case "terminalservices-localsessionmanager/operational":
		return "terminalservices-localsessionmanager"
	case "wmi-activity/operational":
		return "wmi"
	case "ntlm/operational":
		return "ntlm"
	case "codeintegrity/operational":
		return "codeintegrity-operational"
	case "applocker/msi and script", "applocker/exe and dll", "applocker/packaged app-deployment", "applocker/packaged app-execution":
		return "applocker"
	case "bits-client/operational":
		return "bits-client"
	case "printservice/admin":
		return "printservice-admin"
	case "printservice/operational":
		return "printservice-operational"
	case "smbclient/security":
		return "smbclient-security"
	case "smbclient/connectivity":
		return "smbclient-connectivity"
	case "smbserver/connectivity":
		return "smbserver-connectivity"
	case "dhcp-server/operational":
		return "dhcp"
	case "dns-server/analytical":
		return "dns-server-analytic"
	case "dns client events/operational", "dns-client/operational":
		return "dns-client"
	case "driverframeworks-usermode/operational":
		return "driver-framework"
	}
	return rareService(short)
}

func rareService(short string) string {
	switch short {
	case "security-mitigations/kernel mode", "security-mitigations/user mode":
		return "security-mitigations"
	case "diagnosis-scripted/operational":
		return "diagnosis-scripted"
	case "shell-core/operational":
		return "shell-core"
	case "ldap-client/debug":
		return "ldap"
	case "bitlocker/bitlocker management":
		return "bitlocker"
	case "vhdmp/operational", "vhdmp-operational":
		return "vhdmp"
	case "appxdeploymentserver/operational":
		return "appxdeployment-server"
	case "lsa/operational":
		return "lsa-server"
	case "appxpackaging/operational":
		return "appxpackaging-om"
	case "appmodel-runtime/admin":
		return "appmodel-runtime"
	case "capi2/operational":
		return "capi2"
	case "certificateservicesclient-lifecycle-system/operational":
		return "certificateservicesclient-lifecycle-system"
	case "kernel-shimengine/operational", "kernel-shimengine/diagnostic":
		return "kernel-shimengine"
	case "application-experience/program-telemetry", "application-experience/program-compatibility-assistant":
		return "application-experience"
	case "ntfs/operational":
		return "ntfs"
	case "hyper-v-worker", "hyper-v-worker-admin", "hyper-v-worker/admin":
		return "hyper-v-worker"
	case "kernel-eventtracing", "kernel-eventtracing/admin":
		return "kernel-event-tracing"
	case "sense/operational":
		return "sense"
	}
	return ""
}

// homeChannel names the channel that a provider writes to, for events whose
// channel is that of a collector (ForwardedEvents) or is missing.
func homeChannel(provider string, id int) string {
	switch name := Fold(provider); name {
	case "microsoft-windows-security-auditing":
		return "Security"
	case "microsoft-windows-eventlog":
		if id == 1102 || id == 1100 {
			return "Security" // log cleared, logging stopped
		}
		return "System"
	case "service control manager":
		return "System"
	case "powershell":
		return "Windows PowerShell"
	case "microsoft-windows-windows defender", "microsoft-windows-sysmon", "microsoft-windows-powershell", "microsoft-windows-taskscheduler",
		"microsoft-windows-terminalservices-localsessionmanager", "microsoft-windows-wmi-activity", "microsoft-windows-ntlm", "powershellcore", "openssh":
		return provider + "/Operational"
	}
	return ""
}
