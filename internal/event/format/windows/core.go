package windows

import (
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/event/format"
)

// core fills the fields of the Elastic Common Schema.
func (w *reader) core() {
	e, v := w.e, &w.v
	c := &e.Core
	e.Product = "windows"
	e.Service, e.Dataset = service(v[channel])
	c.Host, c.Code, c.Provider = format.Or(v[computer], c.Host), v[eventID], v[provider]
	c.Severity = severity(v[level], v[keywords])
	c.Message = format.Line(v[message])
	c.Outcome = audited(v[keywords])
	w.who()
	c.SourceIP = format.Addr(format.Or(format.Known(v[ipAddress]), v[sourceIP]))
	c.SourcePort = format.Port(format.Or(v[ipPort], v[sourcePort]))
	c.DestIP, c.DestPort = format.Addr(v[destIP]), format.Port(v[destPort])
	c.SourceHost = strings.TrimLeft(format.Known(format.Or(v[workstation], v[clientName])), `\`)
	c.Process = format.Or(v[image], v[newProcess], format.Known(v[processName]), v[serviceFile])
	c.CommandLine = v[commandLine]
	c.File = format.Or(v[targetFile], v[relativeTarget], format.Known(v[objectName]), v[path])
	w.act()
}

// service gives SigmaHQ's name of a channel's log source and the data set.
func service(channel string) (service, dataset string) {
	switch channel {
	case "Security":
		return "security", "windows.security"
	case "System":
		return "system", "windows.system"
	case "Application":
		return "application", "windows.application"
	case "Microsoft-Windows-Sysmon/Operational":
		return "sysmon", "windows.sysmon"
	case "Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational":
		return "powershell", "windows.powershell"
	case "Windows PowerShell":
		return "powershell-classic", "windows.powershell"
	case "Microsoft-Windows-Windows Defender/Operational":
		return "windefend", "windows.defender"
	case "Microsoft-Windows-TaskScheduler/Operational":
		return "taskscheduler", "windows.taskscheduler"
	case "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational":
		return "terminalservices-localsessionmanager", "windows.terminalservices"
	case "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational":
		return "terminalservices-remoteconnectionmanager", "windows.terminalservices"
	case "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall":
		return "firewall-as", "windows.firewall"
	}
	return "", "windows.eventlog"
}

func severity(level, keywords string) string {
	switch level {
	case "1":
		return "critical"
	case "2":
		return "error"
	case "3":
		return "warning"
	case "5":
		return "verbose"
	case "0", "4":
		return "information"
	}
	if level == "" && audited(keywords) != "" {
		return "information"
	}
	return level
}

// audited reads the outcome from the bits of the keywords.
func audited(keywords string) string {
	digits, ok := strings.CutPrefix(keywords, "0x")
	if !ok {
		return ""
	}
	bits, err := strconv.ParseUint(digits, 16, 64)
	switch {
	case err != nil:
		return ""
	case bits&(1<<52) != 0:
		return format.Failure
	case bits&(1<<53) != 0:
		return format.Success
	}
	return ""
}

// who decides whose event it is: of logons the one who logs on, of a process
// the one it runs as (Target), of other acts the one who acts (Subject).
func (w *reader) who() {
	c, v := &w.e.Core, &w.v
	target := format.Known(v[targetUser])
	subject := format.Known(v[subjectUser])
	switch {
	case target != "" && (aboutTarget(v[eventID]) || subject == ""):
		c.User, c.Domain = target, format.Known(v[targetDomain])
	case subject != "":
		c.User, c.Domain = subject, format.Known(v[subjectDomain])
	case v[anyUser] != "":
		c.Domain, c.User = format.Account(v[anyUser])
	case v[eventID] == "4778" || v[eventID] == "4779":
		c.User, c.Domain = v[accountName], v[accountDomain]
	}
	if v[eventID] == "1149" && v[param1] != "" { // TerminalServices-RemoteConnectionManager
		c.User, c.Domain = v[param1], v[param2]
		if v[ipAddress] == "" {
			v[ipAddress] = v[param3]
		}
	}
}

func aboutTarget(id string) bool {
	switch id {
	case "4624", "4625", "4626", "4634", "4646", "4647", "4648", "4675", "4688", "4740", "4767", "4768", "4769", "4770", "4771", "4772", "4776", "4777", "4778", "4779", "4800", "4801", "4802", "4803", "4964":
		return true
	}
	return false
}

// act names the action of the events that matter most, and the outcome of
// those whose keywords do not say it. The words are those of Winlogbeat.
func (w *reader) act() {
	c, v := &w.e.Core, &w.v
	switch v[channel] {
	case "Security":
		c.Action = securityAction(v[eventID])
		if c.Outcome == "" && c.Action != "" { // a collector that sends no keywords
			c.Outcome = format.Success
			if c.Action == "logon-failed" {
				c.Outcome = format.Failure
			}
		}
		if v[eventID] == "4776" || v[eventID] == "4768" || v[eventID] == "4769" {
			if s := v[status]; s != "" {
				c.Outcome = format.Failure
				if strings.Trim(s, "0x") == "" {
					c.Outcome = format.Success
				}
			}
		}
	case "System":
		switch v[eventID] {
		case "104":
			c.Action = "log-cleared"
		case "7045":
			c.Action = "service-installed"
		case "7040":
			c.Action = "service-changed"
		}
	case "Microsoft-Windows-Sysmon/Operational":
		c.Action = sysmonAction(v[eventID])
	case "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational":
		switch v[eventID] {
		case "21":
			c.Action, c.Outcome = "session-logged-in", format.Success
		case "23":
			c.Action = "session-logged-out"
		case "24":
			c.Action = "session-disconnected"
		case "25":
			c.Action, c.Outcome = "session-reconnected", format.Success
		}
	}
}

func securityAction(id string) string {
	switch id {
	case "1102":
		return "log-cleared"
	case "4624":
		return "logged-in"
	case "4625", "4771":
		return "logon-failed"
	case "4634", "4647":
		return "logged-out"
	case "4648":
		return "logged-in-explicit"
	case "4672":
		return "logged-in-special"
	case "4688":
		return "created-process"
	case "4689":
		return "exited-process"
	case "4697":
		return "service-installed"
	case "4698":
		return "scheduled-task-created"
	case "4702":
		return "scheduled-task-updated"
	case "4719":
		return "changed-audit-config"
	case "4720":
		return "added-user-account"
	case "4723", "4724":
		return "changed-password"
	case "4725":
		return "disabled-user-account"
	case "4726":
		return "deleted-user-account"
	case "4728", "4732", "4756":
		return "added-member-to-group"
	case "4738":
		return "modified-user-account"
	case "4740":
		return "locked-out-user-account"
	case "4767":
		return "unlocked-user-account"
	}
	return securityAction2(id)
}

func securityAction2(id string) string {
	switch id {
	case "4663":
		return "accessed-object"
	case "4768":
		return "kerberos-authentication-ticket-requested"
	case "4769":
		return "kerberos-service-ticket-requested"
	case "4776":
		return "credential-validated"
	case "4778":
		return "session-reconnected"
	case "4779":
		return "session-disconnected"
	case "5140":
		return "accessed-share"
	case "5145":
		return "accessed-share-object"
	case "5156":
		return "connection-allowed"
	case "5157":
		return "connection-blocked"
	}
	return ""
}

func sysmonAction(id string) string {
	switch id {
	case "1":
		return "created-process"
	case "3":
		return "connected"
	case "5":
		return "exited-process"
	case "11":
		return "created-file"
	case "23", "26":
		return "deleted-file"
	case "22":
		return "dns-query"
	}
	return ""
}
