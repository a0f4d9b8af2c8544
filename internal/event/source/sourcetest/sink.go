package sourcetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/fault"
)

// patience is how long a test waits for something before it fails. Nothing
// waits so long when all is well.
const patience = time.Minute

// Sink keeps copies of what it was given, and can be told to refuse or to hold.
// Its memory is its durability.
type Sink struct {
	mu      sync.Mutex
	records []event.Record
	takes   int
	refuse  error
	hold    chan struct{}
	after   int // refuse once so many records are there; 0: never
	held    int // calls that wait
	changed chan struct{}
	discard bool
	count   int
}

// NewSink makes a Sink that takes everything.
func NewSink() *Sink { return &Sink{changed: make(chan struct{})} }

// Full is what a Sink without room says.
func Full() error { return fault.New(fault.Full, "sourcetest.full") }

// Take is source.Sink.
func (s *Sink) Take(ctx context.Context, records []event.Record) error {
	s.mu.Lock()
	s.takes++
	if hold := s.hold; hold != nil {
		s.held++
		s.notify()
		s.mu.Unlock()
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
		s.mu.Lock()
		s.held--
	}
	defer s.mu.Unlock()
	defer s.notify()
	if s.refuse == nil && s.after > 0 && s.count >= s.after {
		return Full()
	}
	if s.refuse != nil {
		return s.refuse
	}
	s.count += len(records)
	if s.discard {
		return nil
	}
	for _, r := range records {
		r.Data = bytes.Clone(r.Data) // nothing is kept of what was handed over
		s.records = append(s.records, r)
	}
	return nil
}

func (s *Sink) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Refuse makes it refuse with err, or with nil take again.
func (s *Sink) Refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse, s.after = err, 0
}

// RefuseAfter makes it refuse as full once it has n records.
func (s *Sink) RefuseAfter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse, s.after = nil, n
}

// Discard makes it count records and keep none, for large tests.
func (s *Sink) Discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discard = true
}

// Hold makes calls wait until release is called.
func (s *Sink) Hold() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hold := make(chan struct{})
	s.hold = hold
	var once sync.Once
	return func() {
		once.Do(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.hold = nil
			close(hold)
		})
	}
}

// Records gives copies of all it has.
func (s *Sink) Records() []event.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]event.Record(nil), s.records...)
}

// Count is how many records it took.
func (s *Sink) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Clear forgets all records.
func (s *Sink) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records, s.count, s.takes = nil, 0, 0
}

// Wait waits until n records are there.
func (s *Sink) Wait(t testing.TB, n int) {
	t.Helper()
	s.until(t, func() bool { return s.count >= n }, "records")
}

// WaitTaken waits until it was called n times since the last Clear.
func (s *Sink) WaitTaken(t testing.TB, n int) {
	t.Helper()
	s.until(t, func() bool { return s.takes >= n }, "calls")
}

// WaitHeld waits until a call waits in it.
func (s *Sink) WaitHeld(t testing.TB) {
	t.Helper()
	s.until(t, func() bool { return s.held > 0 }, "a waiting call")
}

var errPatience = errors.New("sourcetest: waited too long")

func (s *Sink) until(t testing.TB, ok func() bool, what string) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), patience, errPatience)
	defer cancel()
	for {
		s.mu.Lock()
		done, changed, count, takes := ok(), s.changed, s.count, s.takes
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("waited for %s; %d records in %d calls", what, count, takes)
		}
	}
}

// Until waits for a condition that has nothing to wait on, looking again and
// again.
func Until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("waited for %s", what)
		}
	}
}
