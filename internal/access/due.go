package access

import (
	"sort"
	"time"
)

// CloseDue gives the instant after which the closing is overdue. An emergency
// that was refused afterwards is due since the refusal.
func (u Rules) CloseDue(r Request) time.Time {
	due := r.Until.Add(u.Grace)
	if d := r.Decision; d != nil && !d.Yes && d.After && d.At.Before(due) {
		return d.At
	}
	return due
}

// CloseOverdue reports whether the line still stands open after CloseDue.
func (u Rules) CloseOverdue(r Request, now time.Time) bool {
	return r.State == Opened && now.After(u.CloseDue(r))
}

// PastEnd reports whether the line still stands open after the end of its
// window, overdue or still within the grace.
func (u Rules) PastEnd(r Request, now time.Time) bool {
	return r.State == Opened && now.After(r.Until)
}

// ApproveDue gives the instant until which an emergency must be approved after
// its opening was recorded; zero when nothing is owed.
func (u Rules) ApproveDue(r Request) time.Time {
	if !r.Unapproved() {
		return time.Time{}
	}
	return r.Opening.RecordedAt.Add(u.ApproveAfter)
}

// ApproveOverdue reports whether the approval afterwards is overdue.
func (u Rules) ApproveOverdue(r Request, now time.Time) bool {
	due := u.ApproveDue(r)
	return !due.IsZero() && now.After(due)
}

// ReviewDue gives the end of the last working day for the first review; zero
// when the line is not closed.
func (u Rules) ReviewDue(r Request) time.Time {
	if r.Closing == nil {
		return time.Time{}
	}
	return u.AddWorkingDays(r.Closing.At, u.ReviewDays)
}

// ReviewOverdue reports whether the closed window has not been reviewed in time.
func (u Rules) ReviewOverdue(r Request, now time.Time) bool {
	return r.State == Closed && now.After(u.ReviewDue(r))
}

// Lapsed reports whether the window passed without the line being opened.
func (r Request) Lapsed(now time.Time) bool {
	return (r.State == Asked || r.State == Approved) && now.After(r.Until)
}

// AddWorkingDays gives the last instant of the n-th working day after the day
// of t in the hospital's zone. n ≤ 0 gives the end of that day itself. The
// search ends after a year, whatever the holidays say.
func (u Rules) AddWorkingDays(t time.Time, n int) time.Time {
	y, m, d := t.In(u.Zone).Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, u.Zone)
	for range 366 {
		if n <= 0 {
			break
		}
		day = day.AddDate(0, 0, 1)
		if u.working(day) {
			n--
		}
	}
	return day.AddDate(0, 0, 1).Add(-time.Second)
}

func (u Rules) working(day time.Time) bool {
	if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
		return false
	}
	m, d := day.Month(), day.Day()
	if m == time.December && d >= 29 || m == time.January && d <= 3 {
		return false
	}
	return u.Holiday == nil || !u.Holiday(day)
}

// Overlapping gives those of others that ask for, or hold, the same line at the
// same time as r, by their beginning. A line still open past its window overlaps
// with everything from then on. Refused, cancelled and closed ones do not count.
// Cost: one pass over others.
func Overlapping(r Request, others []Request, now time.Time) []Request {
	var found []Request
	for _, o := range others {
		if o.ID == r.ID && r.ID != "" || o.LineID != r.LineID || !o.Live() {
			continue
		}
		end := o.Until
		if o.State == Opened && now.After(end) {
			end = now
		}
		if o.Lapsed(now) {
			continue
		}
		if o.From.Before(r.Until) && r.From.Before(end) {
			found = append(found, o)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].From.Before(found[j].From) })
	return found
}

// Covers reports whether the request permits traffic on its line at t: approved
// or opened as an emergency, within the window including approved extensions,
// and not shut before. A window that ended stays covered afterwards: the
// question may be about the past. The grace does not count: it is there for
// people to pull the plug, not for the vendor to work on.
func (r Request) Covers(t time.Time) bool {
	if t.Before(r.From) && (r.Opening == nil || t.Before(r.Opening.At)) || !t.Before(r.Until) {
		return false
	}
	if r.Closing != nil && t.After(r.Closing.At) {
		return false
	}
	switch r.State {
	case Approved, Opened, Closed, Reviewed:
	default:
		return false
	}
	if d := r.Decision; d != nil && !d.Yes && !t.Before(d.At) {
		return false
	}
	return r.Opening == nil || !t.Before(r.Opening.At)
}

// Doubt is something about the vendor's computer that the approver should see.
// Each has a text access.doubt.<name>.
type Doubt string

// What may be pointed out. None of them refuses a request: people decide.
const (
	PatchUnknown   Doubt = "patch_unknown"
	PatchOld       Doubt = "patch_old"
	PatternUnknown Doubt = "pattern_unknown"
	PatternOld     Doubt = "pattern_old"
	NoAntivirus    Doubt = "antivirus"
	SharedPC       Doubt = "shared"
	SharingUnclear Doubt = "sharing"
	NoNetwork      Doubt = "network"
	PatientUnclear Doubt = "patient"
	NoTicket       Doubt = "ticket"
)

// Doubts lists what the request leaves open or what is old, as of now.
func (u Rules) Doubts(r Request, now time.Time) []Doubt {
	var d []Doubt
	add := func(when bool, what Doubt) {
		if when {
			d = append(d, what)
		}
	}
	add(r.PC.PatchedOn == "", PatchUnknown)
	add(u.older(r.PC.PatchedOn, now, u.PatchDays), PatchOld)
	add(r.PC.Antivirus == "", NoAntivirus)
	add(r.PC.PatternOn == "", PatternUnknown)
	add(u.older(r.PC.PatternOn, now, u.PatternDays), PatternOld)
	add(r.PC.Sharing == Shared, SharedPC)
	add(r.PC.Sharing == SharingUnknown, SharingUnclear)
	add(r.PC.Network == "", NoNetwork)
	add(r.PatientData == "", PatientUnclear)
	add(r.Ticket == "", NoTicket)
	return d
}

// older reports whether day, a 2006-01-02, lies more than n days before now.
// What is no day is not old: it is unknown, and said so elsewhere.
func (u Rules) older(day string, now time.Time, n int) bool {
	t, err := time.ParseInLocation(time.DateOnly, day, u.Zone)
	return err == nil && now.Sub(t) > time.Duration(n+1)*24*time.Hour
}
