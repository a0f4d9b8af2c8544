package notify

import (
	"cmp"
	"slices"
	"time"
)

// Covers reports whether the shift is running at t, in the hospital's zone.
func (s Shift) Covers(t time.Time, zone *time.Location) bool {
	t = t.In(zone)
	minute := t.Hour()*60 + t.Minute()
	if s.To > s.From {
		return s.startsOn(t) && minute >= s.From && minute < s.To
	}
	// Over midnight: begun today, or yesterday and not over yet.
	return (s.startsOn(t) && minute >= s.From) || (s.startsOn(t.AddDate(0, 0, -1)) && minute < s.To)
}

func (s Shift) startsOn(day time.Time) bool {
	d := day.Format(time.DateOnly)
	return s.Days.Has(day.Weekday()) && (s.Since == "" || d >= s.Since) && (s.Until == "" || d <= s.Until)
}

// Roster are members and shifts together.
type Roster struct {
	Members []Member
	Shifts  []Shift
	Zone    *time.Location
}

// OnDuty gives who is on duty at t, the first to be woken first, each once.
func (r Roster) OnDuty(t time.Time) []Member {
	running := slices.DeleteFunc(slices.Clone(r.Shifts), func(s Shift) bool { return !s.Covers(t, r.Zone) })
	slices.SortStableFunc(running, func(a, b Shift) int { return cmp.Compare(a.Rank, b.Rank) })
	var out []Member
	for _, s := range running {
		i := slices.IndexFunc(r.Members, func(m Member) bool { return m.ID == s.MemberID })
		if i >= 0 && !slices.ContainsFunc(out, func(m Member) bool { return m.ID == s.MemberID }) {
			out = append(out, r.Members[i])
		}
	}
	return out
}

// Gaps gives the beginnings and ends of the times in the seven days after t in
// which nobody is on duty. Cost: seven days by quarter hours.
func (r Roster) Gaps(t time.Time) []Gap {
	const pace = 15 * time.Minute
	var out []Gap
	from := t.Truncate(pace)
	for at := from; at.Before(from.Add(7 * 24 * time.Hour)); at = at.Add(pace) {
		if slices.ContainsFunc(r.Shifts, func(s Shift) bool { return s.Covers(at, r.Zone) }) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].To.Equal(at) {
			out[n-1].To = at.Add(pace)
			continue
		}
		out = append(out, Gap{From: at, To: at.Add(pace)})
	}
	return out
}

// Gap is a time in which nobody is on duty.
type Gap struct{ From, To time.Time }

// Woken gives whom a step reaches: step 0 the first on duty, step n also the
// next n, and once all on duty were called, every member. With nobody on duty it
// is every member at once: a gap in the plan must not mean silence.
func (r Roster) Woken(t time.Time, step int) []Member {
	duty := r.OnDuty(t)
	if step >= len(duty) {
		return r.Members
	}
	return duty[:step+1]
}

// Quiet reports whether t lies in the quiet hours.
func (p Policy) Quiet(t time.Time, zone *time.Location) bool {
	t = t.In(zone)
	minute := t.Hour()*60 + t.Minute()
	if p.QuietFrom <= p.QuietTo {
		return minute >= p.QuietFrom && minute < p.QuietTo
	}
	return minute >= p.QuietFrom || minute < p.QuietTo
}

// Waits reports whether a call of the level is held back at t.
func (p Policy) Waits(l Level, t time.Time, zone *time.Location) bool {
	switch l {
	case Critical:
		return false
	case High:
		return p.HighWaits && p.Quiet(t, zone)
	}
	return p.Quiet(t, zone)
}

// After gives when the step after the one taken at t comes; ok is false when
// there is none. step counts from 0; duty is how many are on duty.
func (p Policy) After(l Level, t time.Time, step, duty int) (next time.Time, ok bool) {
	switch {
	case l == Info:
		return time.Time{}, false
	case step >= duty: // everybody was called
		return t.Add(time.Duration(max(p.Repeat, 1)) * time.Minute), true
	}
	return t.Add(time.Duration(max(p.Step, 1)) * time.Minute), true
}

func levelRank(l Level) int { return slices.Index([]Level{Info, High, Critical}, l) }
