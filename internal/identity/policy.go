package identity

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// Policy is the rules of signing in that the hospital may set.
type Policy struct {
	Idle     int // minutes without a request until a session ends, 5 … 120
	Absolute int // hours after which a session ends in any case, 1 … 24
	Tries    int // attempts for one login until the lock, 3 … 10
	Lock     int // minutes of the first lock, 5 … 120; each further one is twice as long
}

// DefaultPolicy is what holds until somebody changes it.
func DefaultPolicy() Policy { return Policy{Idle: 30, Absolute: 12, Tries: 10, Lock: 15} }

// policyRange is one rule's name in the database and its limits.
type policyRange struct {
	name     string
	min, max int
	value    *int
}

func (p *Policy) ranges() []policyRange {
	return []policyRange{
		{"idle", 5, 120, &p.Idle}, {"absolute", 1, 24, &p.Absolute},
		{"tries", 3, 10, &p.Tries}, {"lock", 5, 120, &p.Lock},
	}
}

// longestLock bounds the doubling.
const longestLock = 8 * time.Hour

// account is the limit for one login.
func (p Policy) account() Limit {
	return Limit{Tries: p.Tries, First: time.Duration(p.Lock) * time.Minute, Max: longestLock}
}

// source is the limit for one address. Several people may stand behind one
// address, so it is wider, and one attempt a minute is forgiven.
func (p Policy) source() Limit {
	return Limit{Tries: 30, First: time.Duration(p.Lock) * time.Minute, Max: time.Hour, Leak: time.Minute}
}

// backstep is how much a clock may be corrected backwards without a session or
// link being taken as made in the future.
const backstep = 5 * time.Minute

// alive reports whether a session of these times is still good. A clock that
// was set back does not prolong it: what was seen in the future has ended.
func (p Policy) alive(started, seen, now time.Time) bool {
	if now.Before(started.Add(-backstep)) || now.Before(seen.Add(-backstep)) {
		return false
	}
	return now.Sub(seen) < time.Duration(p.Idle)*time.Minute && now.Sub(started) < time.Duration(p.Absolute)*time.Hour
}

// Policy gives the rules that hold now.
func (d *People) Policy() Policy {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.policy
}

// SavePolicy changes the rules. Values outside their range are refused.
func (d *People) SavePolicy(ctx context.Context, actor ledger.Actor, p Policy) error {
	if err := d.refuseGlass(actor); err != nil {
		return err
	}
	for _, r := range p.ranges() {
		if *r.value < r.min || *r.value > r.max {
			return fault.New(fault.Invalid, "identity.policy.range", r.min, r.max)
		}
	}
	err := d.book.Write(ctx, actor, "identity.policy.update", func(tx *ledger.Tx) error {
		tx.Subject("identity/policy")
		tx.Detail(map[string]any{"before": d.Policy(), "after": p})
		return putPolicy(ctx, tx, p)
	})
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.policy = p
	d.mu.Unlock()
	return nil
}
