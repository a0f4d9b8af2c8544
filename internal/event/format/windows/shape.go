package windows

import (
	"strings"

	"github.com/torideproject/toride/internal/event/format"
)

// What a member of the JSON means. It is the low byte of Key.Role.
const (
	other = iota
	dropped
	// the system part
	eventID
	channel
	provider
	computer
	timeCreated
	record
	level
	keywords
	userID
	outcome
	logLevel
	message
	timestamp // @timestamp, when nothing better is there
	received
	// the event's data
	unnamed
	inserts
	targetUser
	targetDomain
	subjectUser
	subjectDomain
	anyUser
	accountName
	accountDomain
	ipAddress
	sourceIP
	ipPort
	sourcePort
	destIP
	destPort
	destHost
	workstation
	clientName
	image
	newProcess
	processName
	commandLine
	targetFile
	objectName
	relativeTarget
	path
	status
	serviceFile
	param1
	param2
	param3
	roles
)

// In which shape the member stands: the second byte of Key.Role.
const (
	canonical = 1 << 8 // Event/System/EventData
	beats     = 2 << 8 // winlog.…, and event_data.… of version 6
	flat      = 3 << 8 // Fluent Bit, NXLog
	data      = 1 << 16
)

func meaning(role int) int { return role & 0xff }
func shape(role int) int   { return role & 0xff00 }

// classify decides what a member is by its path alone.
func classify(k *format.Key) {
	path := strings.TrimPrefix(k.Path, "Event.")
	switch {
	case path != k.Path, strings.HasPrefix(path, "System."), strings.HasPrefix(path, "EventData."), strings.HasPrefix(path, "UserData."):
		classifyCanonical(k, path)
	case strings.HasPrefix(path, "winlog."):
		classifyBeats(k, path[len("winlog."):])
	case strings.HasPrefix(path, "event_data."), strings.HasPrefix(path, "user_data."):
		classifyBeats(k, path)
	case !strings.Contains(path, "."):
		classifyFlat(k)
	default:
		classifyECS(k)
	}
}

// classifyCanonical reads "System.Provider.#attributes.Name" as Provider_Name.
// Some tools write Provider_attributes for Provider.#attributes.
func classifyCanonical(k *format.Key, path string) {
	section, rest, _ := strings.Cut(path, ".")
	rest = strings.TrimSuffix(rest, ".#text")
	element, attribute, isAttribute := strings.Cut(rest, ".#attributes.")
	if !isAttribute {
		element, attribute, isAttribute = strings.Cut(rest, "_attributes.")
	}
	if !isAttribute && strings.HasPrefix(rest, "#attributes.") {
		element, attribute, isAttribute = section, rest[len("#attributes."):], true
	}
	if section == "#attributes" || isAttribute && strings.HasPrefix(attribute, "xmlns") {
		k.Role = canonical | dropped
		return
	}
	leaf := element[strings.LastIndexByte(element, '.')+1:]
	switch section {
	case "System":
		k.Name = leaf
		if isAttribute {
			k.Name += "_" + attribute
		}
		k.Role = canonical | system(k.Name)
	case "EventData", "UserData", "ProcessingErrorData", "DebugData", "BinaryEventData":
		setData(k, leaf, canonical)
		if isAttribute {
			k.Name, k.Role = leaf+"_"+attribute, canonical|data
		}
	default: // RenderingInfo
		k.Name, k.Role = section+"_"+leaf, canonical
		if leaf == "Message" {
			k.Name, k.Role = "Message", canonical|message
		}
	}
}

// setData names a member of the event's data. A name that the system part has
// too gets _1, as package evtx gives it.
func setData(k *format.Key, name string, in int) {
	name = strings.Join(strings.Fields(name), "")
	if name == "#text" || name == "" {
		name = "Data"
	}
	k.Name, k.Role = name, in|data|datum(name)
	if system(name) != other || name == "Version" || name == "Task" || name == "Opcode" {
		k.Name = name + "_1"
	}
}

func system(name string) int {
	switch name {
	case "EventID":
		return eventID
	case "Channel":
		return channel
	case "Provider_Name":
		return provider
	case "Computer":
		return computer
	case "TimeCreated_SystemTime":
		return timeCreated
	case "EventRecordID":
		return record
	case "Level":
		return level
	case "Keywords":
		return keywords
	case "Security_UserID":
		return userID
	}
	return other
}

func classifyBeats(k *format.Key, path string) {
	section, rest, nested := strings.Cut(path, ".")
	switch {
	case nested && (section == "event_data" || section == "user_data"):
		if setData(k, rest, beats); rest == "xml_name" {
			k.Role = beats | dropped
		}
		return
	case nested:
		k.Role = beats
	}
	name, role := "", other
	switch path {
	case "channel":
		name, role = "Channel", channel
	case "event_id":
		name, role = "EventID", eventID
	case "provider_name":
		name, role = "Provider_Name", provider
	case "provider_guid":
		name = "Provider_Guid"
	case "computer_name":
		name, role = "Computer", computer
	case "record_id", "record_number":
		name, role = "EventRecordID", record
	case "time_created":
		name, role = "TimeCreated_SystemTime", timeCreated
	case "task":
		name = "Task"
	case "opcode":
		name = "Opcode"
	case "version":
		name = "Version"
	case "keywords":
		name = "Keywords_Text"
	case "outcome":
		role = outcome
	case "level":
		name, role = "Level", logLevel
	case "user.identifier":
		name, role = "Security_UserID", userID
	case "process.pid":
		name = "Execution_ProcessID"
	case "process.thread.id":
		name = "Execution_ThreadID"
	case "activity_id":
		name = "Correlation_ActivityID"
	case "related_activity_id":
		name = "Correlation_RelatedActivityID"
	case "api":
		role = dropped
	}
	if name != "" {
		k.Name = name
	}
	k.Role = beats | role
}

// classifyFlat knows the names of both inputs of Fluent Bit and of NXLog.
func classifyFlat(k *format.Key) {
	name, role := "", other
	switch k.Leaf {
	case "EventID", "Id":
		name, role = "EventID", eventID
	case "Channel", "LogName":
		name, role = "Channel", channel
	case "ProviderName", "SourceName", "Provider_Name":
		name, role = "Provider_Name", provider
	case "Computer", "ComputerName", "Hostname", "MachineName":
		name, role = "Computer", computer
	case "EventRecordID", "RecordNumber", "RecordId":
		name, role = "EventRecordID", record
	case "TimeCreated", "EventTime", "TimeGenerated":
		name, role = "TimeCreated_SystemTime", timeCreated
	case "ProviderGuid":
		name = "Provider_Guid"
	case "Keywords":
		name, role = "Keywords", keywords
	case "Level":
		name, role = "Level", level
	case "ExecutionProcessID", "ProcessID":
		name = "Execution_ProcessID"
	case "ExecutionThreadID", "ThreadID":
		name = "Execution_ThreadID"
	case "ActivityID":
		name = "Correlation_ActivityID"
	case "RelatedActivityID":
		name = "Correlation_RelatedActivityID"
	case "Qualifiers":
		name = "EventID_Qualifiers"
	case "Message", "message":
		name, role = "Message", message
	case "@timestamp":
		role = timestamp
	case "StringInserts":
		role = inserts
	default:
		if !classifyBeats6(k) {
			classifyRest(k)
		}
		return
	}
	if name != "" {
		k.Name = name
	}
	k.Role = flat | role
}

// classifyBeats6 knows the names of Winlogbeat 6, which stand at the top, and says
// whether k is one.
func classifyBeats6(k *format.Key) bool {
	name, role := "", other
	switch k.Leaf {
	case "event_id":
		name, role = "EventID", eventID
	case "log_name":
		name, role = "Channel", channel
	case "source_name":
		name, role = "Provider_Name", provider
	case "computer_name":
		name, role = "Computer", computer
	case "record_number":
		name, role = "EventRecordID", record
	case "keywords":
		name = "Keywords_Text"
	case "process_id":
		name = "Execution_ProcessID"
	case "thread_id":
		name = "Execution_ThreadID"
	case "provider_guid":
		name = "Provider_Guid"
	case "level":
		name, role = "Level", logLevel
	case "task", "opcode", "version":
		name = strings.ToUpper(k.Leaf[:1]) + k.Leaf[1:]
	default:
		return false
	}
	k.Name, k.Role = name, beats|role
	return true
}

// classifyRest is for flat names that are no part of the system: the collector's
// own, and the event's data.
func classifyRest(k *format.Key) {
	switch k.Leaf {
	case "SourceModuleName", "SourceModuleType", "EventReceivedTime", "SeverityValue", "TimeWritten", "EventCategory", "OpcodeValue", "Sid", "MessageSourceAddress":
		k.Role = flat | dropped
	case "Version", "Task", "Opcode", "Severity", "Category", "EventType", "UserID", "tags", "type":
		k.Role = flat
	default:
		setData(k, k.Leaf, flat)
		k.Name = strings.Join(strings.Fields(k.Leaf), "")
	}
}

// classifyECS is for what Elastic's agents add around the event.
func classifyECS(k *format.Key) {
	switch k.Path {
	case "log.level":
		k.Name, k.Role = "Level", beats|logLevel
		return
	case "event.outcome":
		k.Role = beats | outcome
		return
	}
	for _, p := range [...]string{"agent.", "beat.", "ecs.", "elastic_agent.", "data_stream.", "input.", "host.", "event.", "@metadata.", "cloud.", "related."} {
		if strings.HasPrefix(k.Path, p) {
			k.Role = beats | dropped
			return
		}
	}
	k.Role = other
}

// datum gives the meaning of a name of the event's data for the core.
func datum(name string) int {
	switch name {
	case "Data":
		return unnamed
	case "TargetUserName":
		return targetUser
	case "TargetDomainName":
		return targetDomain
	case "SubjectUserName":
		return subjectUser
	case "SubjectDomainName":
		return subjectDomain
	case "User":
		return anyUser
	case "AccountName":
		return accountName
	case "AccountDomain":
		return accountDomain
	case "IpAddress", "ClientAddress", "Address":
		return ipAddress
	case "SourceIp", "SourceAddress":
		return sourceIP
	case "IpPort", "ClientPort":
		return ipPort
	case "SourcePort":
		return sourcePort
	case "DestinationIp", "DestAddress":
		return destIP
	case "DestinationPort", "DestPort":
		return destPort
	case "DestinationHostname":
		return destHost
	case "WorkstationName", "Workstation":
		return workstation
	case "ClientName":
		return clientName
	case "Image":
		return image
	}
	return datum2(name)
}

func datum2(name string) int {
	switch name {
	case "NewProcessName":
		return newProcess
	case "ProcessName", "Application":
		return processName
	case "CommandLine":
		return commandLine
	case "TargetFilename":
		return targetFile
	case "ObjectName":
		return objectName
	case "RelativeTargetName":
		return relativeTarget
	case "Path":
		return path
	case "Status":
		return status
	case "ServiceFileName", "ImagePath":
		return serviceFile
	case "param1", "Param1":
		return param1
	case "param2", "Param2":
		return param2
	case "param3", "Param3":
		return param3
	}
	return other
}
