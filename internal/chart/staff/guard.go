package staff

import (
	"net/netip"
	"sync"
	"time"
)

// limit is how many tries are free and how long is waited then.
type limit struct {
	tries int
	first time.Duration // the first wait; each further one is twice as long
	most  time.Duration // the longest wait: minutes at most, because people are ill
	leak  time.Duration // one try is forgiven after so long
}

// The limits. One PC that guesses waits alone: the count that bites first is
// that of one account from one address. That of the account alone is wide, so
// that nobody at another desk keeps a nurse out; it holds a guesser with many
// addresses to some 9,000 tries a day of a million PINs. That of the address
// alone is wider, because a ward shares one.
func perDesk() limit {
	return limit{tries: 5, first: 15 * time.Second, most: 2 * time.Minute, leak: time.Minute}
}
func perAccount() limit {
	return limit{tries: 30, first: 10 * time.Second, most: 30 * time.Second, leak: 10 * time.Second}
}
func perAddress() limit {
	return limit{tries: 120, first: 5 * time.Second, most: 15 * time.Second, leak: 2 * time.Second}
}

// perGlass is how often one address may open a break-glass session: many doctors
// may be sent to one desk, but nobody fills the list of reviews.
func perGlass() limit {
	return limit{tries: 10, first: 10 * time.Second, most: time.Minute, leak: 30 * time.Second}
}

// guardKeys bounds the memory of the guard under attack.
const guardKeys = 20_000

// guard counts tries by a key.
type guard struct {
	mu   sync.Mutex
	keys map[string]*tries
}

type tries struct {
	count int
	total int // since the last success
	waits int // in a row
	until time.Time
	last  time.Time
}

func newGuard() *guard { return &guard{keys: map[string]*tries{}} }

// waiting gives how long a key still has to wait.
func (g *guard) waiting(key string, l limit, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.keys[key]
	if t == nil || !now.Before(t.until) {
		return 0
	}
	if end := now.Add(l.most); t.until.After(end) {
		t.until = end // the clock was set back
	}
	return t.until.Sub(now)
}

// try counts one that begins now, before its outcome is known. It gives how
// many there were since the last success.
func (g *guard) try(key string, l limit, now time.Time) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.keys[key]
	if t != nil && now.Sub(t.last) > time.Hour {
		t = nil
	}
	if t == nil {
		g.shed(now)
		t = &tries{last: now}
		g.keys[key] = t
	}
	t.count = max(0, t.count-int(max(0, now.Sub(t.last))/l.leak))
	t.last = now
	t.count++
	t.total++
	if t.count < l.tries {
		return t.total
	}
	t.count = l.tries - 1 // behind a wait one try is free, not five
	t.until = now.Add(min(l.most, l.first<<min(t.waits, 10)))
	t.waits++
	return t.total
}

// clear forgets a key after a success.
func (g *guard) clear(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.keys, key)
}

// forgive takes one try back: a success from an address that others share.
func (g *guard) forgive(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.keys[key]; t != nil && t.count > 0 {
		t.count--
	}
}

// shed makes room: first who waits for nothing, then anybody.
func (g *guard) shed(now time.Time) {
	if len(g.keys) < guardKeys {
		return
	}
	for key, t := range g.keys {
		if !now.Before(t.until) {
			delete(g.keys, key)
		}
	}
	for key := range g.keys {
		if len(g.keys) < guardKeys {
			return
		}
		delete(g.keys, key)
	}
}

// source is an address for counting. One computer has a whole /64 of version 6
// addresses.
func source(from string) string {
	if ip, err := netip.ParseAddr(from); err == nil && ip.Is6() && !ip.Is4In6() {
		if net, err := ip.WithZone("").Prefix(64); err == nil {
			return net.String()
		}
	}
	return from
}

// loud reports whether the n-th failure in a row gets a line of its own: the
// first and each tenth.
func loud(n int) bool { return n == 1 || n%10 == 0 }
