package event

import (
	"net/netip"
	"time"
)

// Event is one normalised log entry.
type Event struct {
	At       Position  // its identity together with the facility
	Key      string    // natural key of a resend, or empty: see Record.Key
	Received time.Time // UTC; partition, retention and seal go by it
	Time     time.Time // UTC; the device's time (@timestamp)
	Offset   int32     // seconds east of UTC that the device's time was written in
	Skew     bool      // the device's time was implausible; Time is Received
	Backfill bool
	Source   string // ID of the configured source
	Peer     string
	Dataset  string // "windows.security", "fortigate.event": event.dataset
	// Product, Service and Category are the Sigma log source. Windows events
	// belong to several; detect/winlog routes them by channel and provider.
	Product, Service, Category string
	Core                       Core
	// Fields are the entry's own names and values, in its own order. Names are
	// interned; Sigma rules see these.
	Fields   []Field
	Original []byte // as it came
	// Text is Original as UTF-8, and the same slice where it already was.
	Text []byte
	// Unread says why the Format could not make fields of it; the entry is kept
	// and found by its text all the same.
	Unread string
}

// Field is a value under the source's own name.
type Field struct{ Name, Value string }

// Get gives the value of the first field of that name.
func (e *Event) Get(name string) (string, bool) {
	for i := range e.Fields {
		if e.Fields[i].Name == name {
			return e.Fields[i].Value, true
		}
	}
	return "", false
}

// Core are the fields of the Elastic Common Schema that are typed columns of the
// store. An empty value means that the entry does not say.
type Core struct {
	Host        string     // host.name: the computer the entry is about
	Code        string     // event.code: EventID, logid
	Provider    string     // event.provider
	Action      string     // event.action
	Outcome     string     // event.outcome: success, failure
	Severity    string     // log.level
	User        string     // user.name
	Domain      string     // user.domain
	SourceIP    netip.Addr // source.ip
	SourcePort  uint16     // source.port
	DestIP      netip.Addr // destination.ip
	DestPort    uint16     // destination.port
	SourceHost  string     // source.domain: name of the other computer
	Process     string     // process.executable
	CommandLine string     // process.command_line
	File        string     // file.path
	Bytes       uint64     // network.bytes
	Message     string     // message: one line for people
}
