package logbook

import (
	"slices"
	"time"
)

const (
	// learning is how long a sender is only listened to.
	learning = 7 * 24 * time.Hour
	// firstExpect is how long it may be quiet meanwhile.
	firstExpect = 24 * time.Hour
	// gapDays is for how many days gaps are remembered: two weekends.
	gapDays = 14
	// gapFactor is how many times its usual longest gap a sender may be quiet.
	gapFactor = 3
	// What was learned is at least and at most this.
	leastExpect = 15 * time.Minute
	mostExpect  = 72 * time.Hour

	// learn and never are values of Spec.Expect.
	learn = 0
	never = -time.Second
)

// rhythm is how long a source, or one of its senders, is usually quiet. It
// knows live records only; what is uploaded says nothing of a sender.
type rhythm struct {
	Since, Last time.Time // the first and the last record
	Silent      time.Time // since when it is called silent, or zero
	Gaps        []gap     // the widest of each day, newest last, at most gapDays
	// from is since when it is quiet: Last, or when Toride began to listen
	// again, because nobody could be heard before that.
	from time.Time
}

// gap is the widest of one day.
type gap struct {
	Day  int64 `json:"d"` // days since 1970
	Wide int64 `json:"w"` // seconds
}

// listen says that records can be heard from now on.
func (r *rhythm) listen(now time.Time) {
	if r.from.Before(now) {
		r.from = now
	}
}

// heard notes a record, and reports whether the sender was called silent
// until now.
func (r *rhythm) heard(now time.Time) (back bool) {
	if r.Since.IsZero() {
		r.Since, r.from = now, now
	}
	back = !r.Silent.IsZero()
	if !back || r.Silent.Sub(r.Since) < learning { // a silence that was a finding is not usual
		r.keep(now)
	}
	r.Silent = time.Time{}
	r.Last, r.from = now, now
	return back
}

// keep remembers the gap that ends now if it is the day's widest.
func (r *rhythm) keep(now time.Time) {
	day, wide := now.Unix()/86400, int64(now.Sub(r.from)/time.Second)
	if n := len(r.Gaps); n > 0 && r.Gaps[n-1].Day >= day {
		r.Gaps[n-1].Wide = max(r.Gaps[n-1].Wide, wide)
		return
	}
	r.Gaps = append(r.Gaps, gap{day, wide})
	for len(r.Gaps) > 0 && r.Gaps[0].Day <= day-gapDays {
		r.Gaps = r.Gaps[1:]
	}
}

// expect is how long it may be quiet. It is false for one that may be quiet for
// as long as it likes, and for one that was never heard.
func (r *rhythm) expect(wanted time.Duration, now time.Time) (time.Duration, bool) {
	switch {
	case r.Last.IsZero() || wanted < 0:
		return 0, false
	case wanted > 0:
		return wanted, true
	case now.Sub(r.Since) < learning:
		return firstExpect, true
	}
	wide := int64(0)
	for _, g := range r.Gaps {
		wide = max(wide, g.Wide)
	}
	return min(max(gapFactor*time.Duration(wide)*time.Second, leastExpect), mostExpect), true
}

// check reports whether the sender became silent just now.
func (r *rhythm) check(wanted time.Duration, now time.Time) (fell bool) {
	most, ok := r.expect(wanted, now)
	if !ok {
		r.Silent = time.Time{}
		return false
	}
	if !r.Silent.IsZero() || now.Sub(r.from) <= most {
		return false
	}
	r.Silent = now
	return true
}

func (r *rhythm) copy() rhythm {
	c := *r
	c.Gaps = slices.Clone(r.Gaps)
	return c
}
