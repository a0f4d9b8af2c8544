package source

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// Source takes entries in from one kind of sender.
type Source interface {
	// Run listens and gives records to sink until ctx ends, then stops taking,
	// hands over what it has and returns nil. Another error means that it
	// cannot go on by itself (a port is taken); the supervisor starts it again.
	// Run is called once at a time, but again after it returned.
	Run(ctx context.Context, sink Sink) error
	// Addr is where it listens, once Run listens ("udp 0.0.0.0:514"); empty
	// before. Tests with port 0 wait for it.
	Addr() string
}

// Sink takes records. It is safe for several goroutines.
type Sink interface {
	// Take makes the records durable and returns nil, or an error when none of
	// them may be acknowledged: fault.Full when the disk or the journal is full
	// (the source pushes back), ctx's error when Toride stops. It keeps nothing
	// of records after it returned.
	Take(ctx context.Context, records []event.Record) error
}

// Config is what every source gets.
type Config struct {
	ID    string           // of the configured source, becomes Record.Source
	Clock func() time.Time // asked once for each record, when the source has it
	Log   *slog.Logger
	Stats *Stats
}

// Stats counts what a source did. The supervisor shows it.
type Stats struct {
	Records atomic.Uint64 // handed to the sink and durable
	Bytes   atomic.Uint64 // of those
	Lost    atomic.Uint64 // received, or known to be sent, and not durable
	Refused atomic.Uint64 // answered with an error, so that the sender keeps them
	Cut     atomic.Uint64 // longer than allowed; the first part was kept
}
