package notify

import (
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Level is how pressing a call is.
type Level string

// The levels. Critical wakes at any hour; High wakes unless quiet hours say that
// it waits; Info is sent once, by day, and does not climb.
const (
	Critical Level = "critical"
	High     Level = "high"
	Info     Level = "info"
)

// Mark is how the level is shown.
func (l Level) Mark() web.Mark {
	m := web.Mark{Level: web.Info, Say: text.M("notify.level." + string(l))}
	switch l {
	case Critical:
		m.Level = web.Danger
	case High:
		m.Level = web.Warn
	}
	return m
}

// Raise is what a domain asks for. Key names the reason ("story/UUID"): a
// second Raise with the key of an open call raises its level where that is
// higher and otherwise changes nothing.
type Raise struct {
	Key   string
	Level Level
	Title text.Msg // one line: what happens
	Body  text.Msg // what it means and what to do
	URL   string   // page of the reason, from the site's root
}

// Call is a reason to wake people, and how far it got.
type Call struct {
	ID       string
	Key      string
	Level    Level
	Title    text.Msg
	Body     text.Msg
	URL      string
	RaisedAt time.Time
	Step     int       // steps already taken
	NextAt   time.Time // of the next step; zero when there is none
	AckedAt  time.Time // zero: nobody has taken it on
	AckedBy  string
	AckNote  string
	EndedAt  time.Time // zero: open
	EndedWhy text.Msg
}

// Open reports whether the call still climbs.
func (c Call) Open() bool { return c.AckedAt.IsZero() && c.EndedAt.IsZero() }

// Member is a person who can be woken.
type Member struct {
	ID     string
	Name   string
	Mail   string
	Phone  string
	Phone2 string
	Note   string // what the guard room should know
	Lang   text.Lang
}

// Shift says that a member is on duty on some days of the week between two
// times of the day.
type Shift struct {
	ID       string
	MemberID string
	Days     Days
	From, To int // minutes of the day; To ≤ From: until the next day; equal: the whole day
	Rank     int // 1 is woken first
	Since    string
	Until    string // days 2006-01-02, inclusive; empty: open
}

// Days is a set of days of the week; bit 0 is Sunday, as time.Weekday counts.
type Days uint8

// Has reports whether the day is in the set.
func (d Days) Has(day time.Weekday) bool { return d&(1<<day) != 0 }

// EveryDay are all seven.
const EveryDay Days = 1<<7 - 1

// Policy says how calls climb.
type Policy struct {
	Step      int // minutes until the next step
	Repeat    int // minutes between rounds once everybody was called
	QuietFrom int // minutes of the day; equal to QuietTo: no quiet hours
	QuietTo   int
	HighWaits bool // High waits during quiet hours
	Beat      int  // minutes between heartbeats; 0: none
}

// DefaultPolicy is that of a new installation: the next person after ten
// minutes, everybody after twenty, then each fifteen; a high call wakes too.
func DefaultPolicy() Policy {
	return Policy{Step: 10, Repeat: 15, QuietFrom: 21 * 60, QuietTo: 7 * 60, HighWaits: false, Beat: 60}
}

// Channel is a configured way to reach people.
type Channel struct {
	ID     string
	Kind   string
	Name   string
	On     bool
	Least  Level // calls below are not sent here
	Values map[string]string
	Sealed map[string][]byte // secrets
	// The last try: when, and what came of it (empty: it was taken).
	TriedAt time.Time
	Error   string
}

// Send is one message to one channel, and what came of it.
type Send struct {
	ID      string
	CallID  string
	Channel string // its name then
	Step    int
	To      string // names of members, or empty
	At      time.Time
	Error   string // empty: the other side took it
	Attempt int
}
