package asset

import (
	"strings"
	"time"
)

// Kind says what sort of thing an asset is. The names are stored and exported.
type Kind string

// The kinds of assets. Medical, Building and Cloud are the ones that usually
// stand outside the IT department's own list.
const (
	Server   Kind = "server"
	PC       Kind = "pc"
	Printer  Kind = "printer"
	Network  Kind = "network"
	Medical  Kind = "medical"
	Building Kind = "building"
	Cloud    Kind = "cloud"
)

// Kinds lists the kinds in the order in which forms show them.
func Kinds() []Kind { return []Kind{Server, PC, Printer, Network, Medical, Building, Cloud} }

// Answer is yes, no, or not known. The zero value is not known; the three are
// never merged.
type Answer string

// The answers.
const (
	NotKnown Answer = ""
	Yes      Answer = "yes"
	No       Answer = "no"
)

// Source says where the value of a field came from.
type Source string

// Where a field's value came from: a person said so, a file was read, or
// traffic and logs showed it.
const (
	Declared Source = "declared"
	FromFile Source = "file"
	Seen     Source = "seen"
)

// Asset is one thing that is connected or that holds data.
type Asset struct {
	ID           string
	Name         string // what people in the hospital call it; required
	Number       string // the hospital's own inventory number; unique when set
	Kind         Kind
	SystemID     string // departmental system that it belongs to, or empty
	VendorID     string // who maintains it, or empty
	ContractID   string
	Place        string // building, floor, room
	Department   string // who uses and owns it inside the hospital
	Maker        string
	Model        string
	Serial       string
	OS           string // operating system or firmware family, for example FortiOS
	Version      string // version of OS or firmware as written on the device, for example 5.4.8
	Address      string // IP addresses, separated by spaces
	MAC          string
	Zone         string // network or VLAN in the hospital's words
	Priority     int    // clinical priority: 1 care stops at once … 3 care goes on; 0 not known
	Impact       string // what stops if this stops, as entered by people
	Antivirus    Answer // is antivirus installed and running, as declared
	EndOfSupport string // day as 2006-01-02, or empty when not known
	Note         string
	UpdatedAt    time.Time
}

// System is a departmental system (部門システム).
type System struct {
	ID         string
	Name       string
	Class      string // ehr, order, lab, radiology, pacs, pharmacy, meals, nursecall, accounting, other …
	Department string
	VendorID   string
	Priority   int    // as Asset.Priority
	Impact     string // what stops if this stops
	Disclosure string // day on which the vendor's MDS/SDS form was received, or empty
	DiscloseEd string // its edition, for example "MDS 5.0"
	Note       string
	UpdatedAt  time.Time
}

// Vendor is a company that makes, sells, installs or maintains (事業者).
type Vendor struct {
	ID           string
	Name         string
	ParentID     string // the vendor whose sub-contractor it is, or empty
	Role         string // what it does for the hospital, in the hospital's words
	DayContact   string // name and telephone in office hours
	NightContact string // name and telephone at night and on holidays
	Mail         string
	Certificate  string // ISMS, P-mark … with scope and expiry, as written
	Note         string
	UpdatedAt    time.Time
}

// Contract is an agreement with a vendor.
type Contract struct {
	ID        string
	VendorID  string
	Name      string
	Number    string
	StartDay  string // 2006-01-02 or empty
	EndDay    string // 2006-01-02 or empty; a contract in force has no end or a later one
	DutySplit Answer // does it say in writing who patches, watches, is called
	Clause    string // where it says so
	Note      string
	UpdatedAt time.Time
}

// LineKind says what sort of outside line it is.
type LineKind string

// The kinds of outside lines (外接点).
const (
	VPN       LineKind = "vpn"       // VPN device of a vendor or of the hospital
	Maker     LineKind = "maker"     // maker's remote-maintenance line of a device
	Region    LineKind = "region"    // regional medical network
	Insurance LineKind = "insurance" // online claims and eligibility
	LTE       LineKind = "lte"       // mobile router, SIM
	ISP       LineKind = "isp"       // internet access
	ToCloud   LineKind = "cloud"     // cloud service
	Dialup    LineKind = "dialup"    // telephone line, ISDN
	OtherLine LineKind = "other"
)

// LineKinds lists the kinds in the order in which forms show them.
func LineKinds() []LineKind {
	return []LineKind{VPN, Maker, Region, Insurance, LTE, ISP, ToCloud, Dialup, OtherLine}
}

// Party says who owns or does something.
type Party string

// Parties of a duty.
const (
	NoParty    Party = ""         // not decided: a gap
	ByHospital Party = "hospital" // the hospital itself
	ByVendor   Party = "vendor"
	ByBoth     Party = "both"
)

// Parties lists the choices of a form.
func Parties() []Party { return []Party{NoParty, ByHospital, ByVendor, ByBoth} }

// Hours says when a line is open.
type Hours string

// When a line is open.
const (
	HoursUnknown Hours = ""
	AlwaysOpen   Hours = "always"   // day and night, nobody closes it
	OnDemand     Hours = "ondemand" // closed; opened for an approved window
	Scheduled    Hours = "schedule" // at fixed times, see HoursNote
)

// Line is an outside line (外接点): one connection point to the outside.
type Line struct {
	ID           string
	Name         string
	Kind         LineKind
	AssetID      string // the device in the register, or empty
	Maker        string
	Model        string
	OS           string // FortiOS, …
	Version      string // firmware as read or declared, for example 5.4.8
	Place        string // where the device stands
	Port         string // socket or switch port to plug and unplug
	OwnerParty   Party  // who owns the device
	PatchParty   Party  // who applies firmware
	VendorID     string
	ContractID   string
	Purpose      string
	Hours        Hours
	HoursNote    string
	RDP          Answer // does it carry remote desktop
	Destinations string // what can be reached through it
	SourceLimit  Answer // are the allowed sources limited
	Sources      string // which
	MFA          Answer // second factor at sign-in
	Note         string
	UpdatedAt    time.Time
}

// DutyKind is one duty of the split of duties (責任分界).
type DutyKind string

// The duties that must have a party for every device and line.
const (
	Patching DutyKind = "patch"
	Notice   DutyKind = "notice" // tells of vulnerabilities
	Remote   DutyKind = "remote" // remote access
	Logs     DutyKind = "logs"
	Backup   DutyKind = "backup"
	Call     DutyKind = "call" // is called in an incident
)

// DutyKinds lists the duties in the order in which tables show them.
func DutyKinds() []DutyKind { return []DutyKind{Patching, Notice, Remote, Logs, Backup, Call} }

// Duty says who does one duty for one object.
type Duty struct {
	Object string // "asset/ID" or "line/ID"
	Kind   DutyKind
	Party  Party
	Note   string // clause, person, telephone
}

// Critical reports whether care stops at once or within the day when it stops.
func (a Asset) Critical() bool { return a.Priority == 1 }

// Standing reports whether outside people can come in through the line at any
// time: it is always open and serves maintenance or carries remote desktop.
// Internet access and claims lines are always open too, but nobody comes in
// through them by design; the audit of their firewalls looks at that.
func (l Line) Standing() bool {
	if l.Hours != AlwaysOpen {
		return false
	}
	switch l.Kind {
	case VPN, Maker, LTE, Dialup:
		return true
	}
	return l.RDP == Yes
}

// Device gives maker, model, OS and version as people write them in one line.
func (l Line) Device() string {
	return strings.Join(strings.Fields(l.Maker+" "+l.Model+" "+l.OS+" "+l.Version), " ")
}
