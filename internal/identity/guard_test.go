package identity

import (
	"strings"
	"testing"
	"time"
)

func TestGuard_LocksLongerEachTime(t *testing.T) {
	t.Parallel()
	g, limit := newGuard(), Limit{Tries: 3, First: 15 * time.Minute, Max: 40 * time.Minute}
	now := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	for i, want := range []time.Duration{0, 0, 15 * time.Minute, 0, 0, 30 * time.Minute, 0, 0, 40 * time.Minute} {
		_, _, until := g.attempt("a", limit, now)
		if want == 0 && !until.IsZero() || want != 0 && until.Sub(now) != want {
			t.Errorf("attempt %d: locked until %v", i+1, until)
		}
		if !until.IsZero() {
			if g.locked("a", until.Add(-time.Second)).IsZero() || !g.locked("a", until).IsZero() || !g.locked("b", now).IsZero() {
				t.Errorf("attempt %d: the lock does not end at its end", i+1)
			}
			now = until
		}
	}
	g.clear("a")
	if total, _, until := g.attempt("a", limit, now); total != 1 || !until.IsZero() {
		t.Errorf("after clear: %d, %v", total, until)
	}
}

func TestGuard_LeaksForSharedAddresses(t *testing.T) {
	t.Parallel()
	g, limit := newGuard(), Limit{Tries: 3, First: time.Minute, Max: time.Minute, Leak: time.Minute}
	now := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	for range 20 { // one a minute goes on for ever
		now = now.Add(time.Minute)
		if _, _, until := g.attempt("192.0.2.1", limit, now); !until.IsZero() {
			t.Fatal("locked")
		}
	}
	locked := false
	for range 3 {
		_, _, until := g.attempt("192.0.2.1", limit, now)
		locked = locked || !until.IsZero()
	}
	if !locked {
		t.Error("a burst is not locked")
	}
}

func TestGuard_MemoryIsBoundedAndLocksStay(t *testing.T) {
	t.Parallel()
	g, limit := newGuard(), Limit{Tries: 1, First: time.Hour, Max: time.Hour}
	now := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	g.attempt("victim", limit, now.Add(time.Minute))
	open := Limit{Tries: 10, First: time.Hour, Max: time.Hour}
	for i := range 2 * guardKeys {
		g.attempt(strings.Repeat("x", 1+i%7)+string(rune('a'+i%26))+time.Duration(i).String(), open, now)
	}
	if len(g.keys) > guardKeys {
		t.Errorf("%d keys", len(g.keys))
	}
	if g.locked("victim", now.Add(2*time.Minute)).IsZero() {
		t.Error("a flood of other names lifted a lock")
	}
}

func TestGuard_ClockSetBackDoesNotLockForYears(t *testing.T) {
	t.Parallel()
	g := newGuard()
	now := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	g.restore("a", 1, now.AddDate(3, 0, 0), now) // stored while the clock was wrong
	if until := g.locked("a", now); until.IsZero() || until.Sub(now) > longestLock {
		t.Errorf("locked until %v", until)
	}
	if until := g.locked("a", now.Add(longestLock)); !until.IsZero() {
		t.Errorf("after the longest lock still locked until %v", until)
	}
}

func TestSourceKey_OneComputerIsOneSource(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"2001:db8::1", "2001:db8::ffff:2"}, {"fe80::1%eth0", "fe80::2%eth1"}} {
		if sourceKey(pair[0]) != sourceKey(pair[1]) {
			t.Errorf("%v are two sources", pair)
		}
	}
	for _, pair := range [][2]string{{"192.0.2.1", "192.0.2.2"}, {"2001:db8:0:1::1", "2001:db8:0:2::1"}, {"::ffff:192.0.2.1", "::ffff:192.0.2.2"}} {
		if sourceKey(pair[0]) == sourceKey(pair[1]) {
			t.Errorf("%v are one source", pair)
		}
	}
}
