package sigma

import (
	"strconv"
	"strings"
)

// WindowsSources appends every log source that a Windows event belongs to:
// product windows with the services of its channel, and the categories that its
// provider and event id stand for, several at once (a Sysmon event 13 is sysmon,
// registry_event and registry_set; 4688 is security and process_creation). An
// id alone says nothing: 1 of another provider is no process. eventType is the
// field EventType of Sysmon's event 12 (CreateKey, DeleteKey, DeleteValue), else
// empty. Try a rule on the event if its LogSource covers one of them.
//
// The answer depends on nothing else, so ask once for each kind of event.
func WindowsSources(dst []LogSource, channel, provider string, eventID int, eventType string) []LogSource {
	if channel == "" || strings.EqualFold(channel, "ForwardedEvents") {
		channel = homeChannel(provider, eventID)
	}
	services := windowsServices(channel)
	if len(services) == 0 {
		return append(dst, LogSource{Product: "windows"})
	}
	for _, service := range services {
		dst = append(dst, LogSource{Product: "windows", Service: service})
		for _, category := range windowsCategories(service, provider, eventID, eventType) {
			dst = append(dst, LogSource{Product: "windows", Service: service, Category: category})
		}
	}
	return dst
}

// windowsCategories gives the categories of an event of a service.
func windowsCategories(service, provider string, id int, eventType string) []string {
	is := func(names ...string) bool {
		for _, name := range names {
			if provider == "" || strings.EqualFold(provider, name) {
				return true
			}
		}
		return false
	}
	switch {
	case service == "sysmon" && is("Microsoft-Windows-Sysmon"):
		return sysmonCategories(id, eventType)
	case service == "security" && id == 4688 && is("Microsoft-Windows-Security-Auditing"):
		return []string{"process_creation"}
	case service == "powershell" && is("Microsoft-Windows-PowerShell", "PowerShellCore"):
		switch id {
		case 4103:
			return []string{"ps_module"}
		case 4104:
			return []string{"ps_script"}
		}
	case service == "powershell-classic" && is("PowerShell"):
		switch id {
		case 400:
			return []string{"ps_classic_start"}
		case 600:
			return []string{"ps_classic_provider_start"}
		case 800:
			return []string{"ps_classic_script"}
		}
	case service == "windefend" && is("Microsoft-Windows-Windows Defender"):
		switch id {
		case 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1017, 1018, 1019, 1115, 1116:
			return []string{"antivirus"} // the ids that carry a threat's name or path
		}
	}
	return nil
}

// sysmonCategories gives what Sysmon's event ids stand for.
func sysmonCategories(id int, eventType string) []string {
	switch id {
	case 12:
		switch Fold(eventType) {
		case "createkey":
			return []string{"registry_event", "registry_add"}
		case "deletekey", "deletevalue":
			return []string{"registry_event", "registry_delete"}
		}
		return []string{"registry_event"}
	case 13:
		return []string{"registry_event", "registry_set"}
	case 14:
		return []string{"registry_event", "registry_rename"}
	case 4, 16:
		return []string{"sysmon_status"}
	case 17, 18:
		return []string{"pipe_created"}
	case 19, 20, 21:
		return []string{"wmi_event"}
	case 255:
		return []string{"sysmon_error"}
	}
	single := [...]string{1: "process_creation", 2: "file_change", 3: "network_connection", 5: "process_termination", 6: "driver_load",
		7: "image_load", 8: "create_remote_thread", 9: "raw_access_thread", 10: "process_access", 11: "file_event", 15: "create_stream_hash",
		22: "dns_query", 23: "file_delete", 24: "clipboard_change", 25: "process_tampering", 26: "file_delete_detected",
		27: "file_block_executable", 28: "file_block_shredding", 29: "file_executable_detected"}
	if id > 0 && id < len(single) && single[id] != "" {
		return []string{single[id]}
	}
	return nil
}

// Rename gives a field of an event a second name, under which rules of a
// category ask for it.
type Rename struct {
	From, To string
	Hex      bool // the value is a hexadecimal number, and To is its decimal form: see Rename.Value
}

// WindowsField says which second name a field of a Windows event has. The event
// keeps the first name too: rules of the service ask for that one. 4688 names
// the process as Sysmon does not, Defender the threat.
func WindowsField(service, name string, eventID int) (r Rename, ok bool) {
	r.From = name
	switch {
	case service == "security" && eventID == 4688:
		switch name {
		case "NewProcessName":
			r.To = "Image"
		case "ParentProcessName":
			r.To = "ParentImage"
		case "ProcessId":
			r.To, r.Hex = "ParentProcessId", true // of the process that started the new one
		}
	case service == "windefend":
		switch name {
		case "ThreatName", "Threat Name":
			r.To = "Signature"
		case "Path":
			r.To = "Filename"
		}
	}
	return r, r.To != ""
}

// Value gives the value under the second name.
func (r Rename) Value(value string) string {
	if hex, ok := cutHex(value); ok && r.Hex {
		if n, err := strconv.ParseUint(hex, 16, 64); err == nil {
			return strconv.FormatUint(n, 10)
		}
	}
	return value
}

// WindowsName gives the name under which rules ask for a field of a Windows
// event: EventData's names without their blanks ("Threat Name" is ThreatName;
// specification, "Field Usage").
func WindowsName(name string) string {
	if strings.ContainsAny(name, " \t") {
		return strings.ReplaceAll(strings.ReplaceAll(name, " ", ""), "\t", "")
	}
	return name
}
