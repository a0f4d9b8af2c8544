// Package ledgertest opens ledgers for tests. The clock is one that the test
// sets; nothing here waits.
package ledgertest

import (
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite/sqlitetest"
)

// Start is the time at which test clocks begin: Monday 2026-11-02 09:00 in
// Japan.
func Start() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }

// Actor gives a made-up person.
func Actor() ledger.Actor {
	return ledger.Actor{ID: "person/tester", Name: "試験 太郎", Login: "tester", Via: "192.0.2.10"}
}

// Clock is a clock that only moves when told. It may be used by many
// goroutines.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts at Start.
func NewClock() *Clock { return &Clock{now: Start()} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves the clock, backwards too.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set puts the clock to a time.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Book opens a ledger in a database of its own with a clock that stands at
// Start.
func Book(t testing.TB) *ledger.Book {
	t.Helper()
	return BookAt(t, NewClock())
}

// BookAt opens a ledger with the given clock.
func BookAt(t testing.TB, clock *Clock) *ledger.Book {
	t.Helper()
	book, err := ledger.Open(t.Context(), sqlitetest.Open(t), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	return book
}
