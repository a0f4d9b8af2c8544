package identity

import (
	"sync"
	"time"
)

// Limit is how many attempts are allowed and for how long is locked then.
type Limit struct {
	Tries int           // attempts until the lock
	First time.Duration // length of the first lock; each further one is twice as long
	Max   time.Duration // longest lock
	Leak  time.Duration // one attempt is forgiven after so long; zero: never
}

// forget is after how long without an attempt a key's history ends.
const forget = 24 * time.Hour

// guardKeys bounds the memory of a guard under attack, about 2 MB.
const guardKeys = 10_000

// guard counts attempts by a key (account, address). It counts an attempt when
// it begins, before its outcome is known, so that the moment of the lock says
// nothing about the password tried; a success clears the count.
type guard struct {
	mu   sync.Mutex
	keys map[string]*attempts
}

type attempts struct {
	tries int       // since the last lock or success
	total int       // since the last success
	wrong int       // failures since the last success
	locks int       // locks in a row
	until time.Time // end of the lock
	last  time.Time
}

func newGuard() *guard { return &guard{keys: map[string]*attempts{}} }

// locked gives the end of the key's lock, or the zero time.
func (g *guard) locked(key string, now time.Time) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	a := g.keys[key]
	if a == nil || !now.Before(a.until) {
		return time.Time{}
	}
	if end := now.Add(longestLock); a.until.After(end) {
		a.until = end // the clock was set back: no lock is longer than the longest
	}
	return a.until
}

// attempt counts one that begins now. total counts since the last success;
// until is set when this one brought a lock, which is the locks-th in a row.
func (g *guard) attempt(key string, limit Limit, now time.Time) (total, locks int, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	a := g.get(key, now)
	if limit.Leak > 0 && a.tries > 0 {
		a.tries = max(0, a.tries-int(now.Sub(a.last)/limit.Leak))
	}
	a.last = now
	a.tries++
	a.total++
	if a.tries < limit.Tries {
		return a.total, a.locks, time.Time{}
	}
	a.tries = 0
	length := limit.First << min(a.locks, 16)
	if length > limit.Max || length <= 0 {
		length = limit.Max
	}
	a.locks++
	a.until = now.Add(length)
	return a.total, a.locks, a.until
}

// failed counts an attempt that turned out wrong and gives their number since
// the last success.
func (g *guard) failed(key string, now time.Time) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	a := g.get(key, now)
	a.wrong++
	return a.wrong
}

// clear forgets the key: a success, or an administrator's unlock.
func (g *guard) clear(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.keys, key)
}

// forgive takes one attempt back: a success from an address that others share.
func (g *guard) forgive(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if a := g.keys[key]; a != nil && a.tries > 0 {
		a.tries--
	}
}

// restore brings a stored lock back after a restart.
func (g *guard) restore(key string, locks int, until, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	a := g.get(key, now)
	a.locks, a.until = locks, until
}

func (g *guard) get(key string, now time.Time) *attempts {
	a := g.keys[key]
	if a != nil && now.Sub(a.last) > forget && !now.Before(a.until) {
		a = nil
	}
	if a == nil {
		if len(g.keys) >= guardKeys {
			g.shed(now)
		}
		a = &attempts{last: now}
		g.keys[key] = a
	}
	return a
}

// shed makes room: first what is not locked, then the lock that ends first. An
// attacker who fills the table frees nobody who is locked before it is full of
// locks.
func (g *guard) shed(now time.Time) {
	var oldest string
	var end time.Time
	for key, a := range g.keys {
		if !now.Before(a.until) {
			delete(g.keys, key)
			continue
		}
		if oldest == "" || a.until.Before(end) {
			oldest, end = key, a.until
		}
	}
	if len(g.keys) >= guardKeys {
		delete(g.keys, oldest)
	}
}

// loud reports whether the n-th of a row of equal events gets a ledger line:
// the first and each tenth.
func loud(n int) bool { return n == 1 || n%10 == 0 }
