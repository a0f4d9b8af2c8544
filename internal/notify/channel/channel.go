// Package channel is the contract of the ways in which people are reached.
//
// A Kind is one way (mail, webhook, lamp …): the fields that must be filled in
// for it, and a constructor. A Sender sends one Message and says whether the
// other side took it; it does not repeat. Personal kinds reach members by their
// own address, the others reach a place. channel/all lists the kinds.
package channel

import (
	"context"
	"time"
)

// Message is what goes out, already in the reader's language.
type Message struct {
	ID       string // the same when it is sent again
	Kind     Purpose
	Level    string // "critical", "high", "info"
	Subject  string // one line
	Body     string // lines end with \n
	URL      string // whole address of the page, or empty
	Hospital string
	At       time.Time
	To       []string // addresses, of personal kinds
	Names    []string // of those who are to be woken
}

// Purpose is why a message is sent.
type Purpose string

// The purposes.
const (
	Wake  Purpose = "call"      // somebody is to act
	Clear Purpose = "clear"     // acknowledged or ended: a lamp goes dark
	Test  Purpose = "test"      // a person pressed the test button
	Beat  Purpose = "heartbeat" // Toride works
)

// Sender sends to one configured place.
type Sender interface {
	// Send returns nil once the other side took the message. ctx bounds it.
	Send(ctx context.Context, m Message) error
}

// Settings are the values of a Kind's fields.
type Settings map[string]string

// Field is a value that a channel needs. Its label has the text key
// "notify.<kind>.<name>"; a help text may stand under the same key + ".help".
type Field struct {
	Name     string
	Secret   bool // stored sealed, never shown again
	Required bool
	Default  string
	Options  []string // choices; labels under the key + "." + option
	Help     bool
}

// Kind is a way to reach people.
type Kind struct {
	Name     string
	Personal bool      // sends to members' own addresses
	Beats    bool      // can carry heartbeats
	Clears   bool      // wants to hear that a call was taken on
	Fields   []Field   //
	New      Construct //
}

// Construct checks the settings and makes a Sender; a bad setting is a fault
// of kind Invalid whose text names the field. It opens no connection.
type Construct func(s Settings) (Sender, error)
