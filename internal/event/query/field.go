package query

import (
	"strings"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
)

// Kind is what a field holds, and so which tests make sense.
type Kind uint8

// The kinds.
const (
	Keyword Kind = iota // a short string, compared whole
	Long                // a long string, in which a word is looked for
	Address             // an IP address
	Number
	Time
)

// Field is a field of the core, which has a column of its own.
type Field struct {
	Name string // in the Elastic Common Schema; toride.* are ours
	Kind Kind
	col  segment.Column
}

// Names of fields that code needs.
const (
	FieldTime     = "@timestamp"
	FieldReceived = "event.ingested"
	FieldText     = "event.original"
	FieldDataset  = "event.dataset"
)

// Fields lists the fields of the core, those that people use most first.
// Every other name is taken for one of the entry's own.
func Fields() []Field {
	return []Field{
		{FieldTime, Time, segment.ColTime},
		{"host.name", Keyword, segment.ColHost},
		{"user.name", Keyword, segment.ColUser},
		{"user.domain", Keyword, segment.ColDomain},
		{"source.ip", Address, segment.ColSourceIP},
		{"source.port", Number, segment.ColSourcePort},
		{"source.domain", Keyword, segment.ColSourceHost},
		{"destination.ip", Address, segment.ColDestIP},
		{"destination.port", Number, segment.ColDestPort},
		{"event.code", Keyword, segment.ColCode},
		{"event.action", Keyword, segment.ColAction},
		{"event.outcome", Keyword, segment.ColOutcome},
		{"event.provider", Keyword, segment.ColProvider},
		{FieldDataset, Keyword, segment.ColDataset},
		{"log.level", Keyword, segment.ColSeverity},
		{"process.executable", Keyword, segment.ColProcess},
		{"process.command_line", Keyword, segment.ColCommandLine},
		{"file.path", Keyword, segment.ColFile},
		{"network.bytes", Number, segment.ColBytes},
		{"message", Long, segment.ColMessage},
		{FieldText, Long, segment.ColOriginal},
		{FieldReceived, Time, segment.ColReceived},
		{"toride.source", Keyword, segment.ColSource},
		{"toride.peer", Keyword, segment.ColPeer},
		{"toride.unread", Keyword, segment.ColUnread},
		{"log.product", Keyword, segment.ColProduct},
		{"log.service", Keyword, segment.ColService},
		{"log.category", Keyword, segment.ColCategory},
	}
}

// core finds a field of the core by name, in whatever case.
func core(name string) (Field, bool) {
	for _, f := range Fields() {
		if strings.EqualFold(f.Name, name) {
			return f, true
		}
	}
	return Field{}, false
}

// Value gives what an event says in a field of the core as a string: empty when
// it says nothing, or for a time, a long text or an unknown name.
func Value(e *event.Event, name string) string {
	f, ok := core(name)
	if !ok || f.Kind == Time || f.col == segment.ColOriginal {
		return ""
	}
	if f.Kind == Number {
		return decimal(numberOf(e, f.col))
	}
	return stringOf(e, f.col)
}

// stringOf gives the value of a column of strings.
func stringOf(e *event.Event, c segment.Column) string {
	d := &e.Core
	switch c {
	case segment.ColSourceIP:
		if d.SourceIP.IsValid() {
			return d.SourceIP.String()
		}
		return ""
	case segment.ColDestIP:
		if d.DestIP.IsValid() {
			return d.DestIP.String()
		}
		return ""
	case segment.ColHost:
		return d.Host
	case segment.ColCode:
		return d.Code
	case segment.ColProvider:
		return d.Provider
	case segment.ColAction:
		return d.Action
	case segment.ColOutcome:
		return d.Outcome
	case segment.ColSeverity:
		return d.Severity
	case segment.ColUser:
		return d.User
	case segment.ColDomain:
		return d.Domain
	case segment.ColSourceHost:
		return d.SourceHost
	case segment.ColProcess:
		return d.Process
	case segment.ColCommandLine:
		return d.CommandLine
	case segment.ColFile:
		return d.File
	case segment.ColMessage:
		return d.Message
	}
	return envelope(e, c)
}

// envelope is stringOf for what is not the core.
func envelope(e *event.Event, c segment.Column) string {
	switch c {
	case segment.ColSource:
		return e.Source
	case segment.ColPeer:
		return e.Peer
	case segment.ColDataset:
		return e.Dataset
	case segment.ColProduct:
		return e.Product
	case segment.ColService:
		return e.Service
	case segment.ColCategory:
		return e.Category
	case segment.ColUnread:
		return e.Unread
	}
	return ""
}

// numberOf gives the value of a column of numbers; 0 means that the entry does
// not say.
func numberOf(e *event.Event, c segment.Column) int64 {
	switch c {
	case segment.ColTime:
		return e.Time.UnixMicro()
	case segment.ColReceived:
		return e.Received.UnixMicro()
	case segment.ColSourcePort:
		return int64(e.Core.SourcePort)
	case segment.ColDestPort:
		return int64(e.Core.DestPort)
	}
	return int64(e.Core.Bytes)
}
