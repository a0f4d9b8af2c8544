package identity

import (
	"sync"
	"time"

	"github.com/torideproject/toride/internal/fault"
)

// stepLife is how long the second page waits for its code.
const stepLife = 5 * time.Minute

// stepTries is how many codes one password step allows.
const stepTries = 3

// maxPending bounds the memory of what waits, about 5 MB.
const maxPending = 10_000

// pending is a sign-in, enrolment or set-up between two pages. It lives in
// memory only: what is not finished before a restart begins anew, and nobody
// who is not signed in can make the database write.
type pending struct {
	person   string // UUID, or empty when nobody has that login
	right    bool   // the password was right; never shown before the end
	login    string // folded
	password string // only kept when its hash is to be made anew
	seed     string // of an enrolment
	first    *FirstRun
	next     string
	tries    int
	expires  time.Time
}

// pendings keeps what waits, by the hash of its token.
type pendings struct {
	mu   sync.Mutex
	wait map[string]*pending
}

func newPendings() *pendings { return &pendings{wait: map[string]*pending{}} }

// put stores p until now+life under the hash.
func (ps *pendings) put(hash string, p pending, now time.Time, life time.Duration) error {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if len(ps.wait) >= maxPending {
		for key, old := range ps.wait {
			if !now.Before(old.expires) {
				delete(ps.wait, key)
			}
		}
	}
	if len(ps.wait) >= maxPending {
		return fault.New(fault.Busy, "identity.busy")
	}
	p.expires = now.Add(life)
	ps.wait[hash] = &p
	return nil
}

// get gives a copy of what waits under the hash.
func (ps *pendings) get(hash string, now time.Time) (pending, bool) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p := ps.wait[hash]
	if p == nil || !now.Before(p.expires) {
		delete(ps.wait, hash)
		return pending{}, false
	}
	return *p, true
}

// try counts a code and gives what waits; the last one allowed removes it.
func (ps *pendings) try(hash string, now time.Time) (p pending, last, ok bool) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	w := ps.wait[hash]
	if w == nil || !now.Before(w.expires) {
		delete(ps.wait, hash)
		return pending{}, true, false
	}
	w.tries++
	if w.tries >= stepTries {
		delete(ps.wait, hash)
		return *w, true, true
	}
	return *w, false, true
}

// drop removes what waits.
func (ps *pendings) drop(hash string) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	delete(ps.wait, hash)
}
