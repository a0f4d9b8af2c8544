// Package windows reads events of the Windows Event Log in the JSON in which
// collectors send them: Winlogbeat and Elastic Agent (ECS with a winlog object,
// and the flat form of version 6), Fluent Bit (winlog and winevtlog), NXLog, and
// Event/System/EventData, which Toride's own reader of EVTX files writes too.
//
// Whatever the shape, the fields bear Windows' own names, as Sigma rules use
// them and package evtx gives them: EventID, Channel, Computer, Provider_Name,
// TimeCreated_SystemTime and so on for the system part, and the names of the
// event's data without blanks. Renaming by category (4688's NewProcessName is
// Image to a rule of process_creation) is done where rules are tried.
//
// The natural key of an event is made of what it says about itself, so that the
// same event from an EVTX file and from a collector, or sent twice, is one.
package windows
