package copy

import (
	"time"

	"github.com/torideproject/toride/internal/chart/vault"
)

// Job is a copy that a hospital set up.
type Job struct {
	ID      string
	Name    string
	Source  string // the folder; mounted read-only
	Enabled bool
	Every   int // hours; 0: daily at At
	At      int // minute of the day
	// By day, between DayFrom and DayTo (minutes of the day), the source is
	// used gently; outside, by the other two. 0 does not bound.
	DayFrom, DayTo                 int
	DayFiles, DayMB                int // folders and files, megabytes, a second
	NightFiles, NightMB            int
	KeepDays, KeepWeeks, KeepLeast int
	MaxAge                         int // hours before an old copy raises the alarm
	Rereads                        int // in so many runs every file is read again; 0 never
	Turn                           int // runs so far
}

// DefaultJob is what a new job begins with: every night at 01:30, gentle by
// day, 14 days and 8 weeks kept, alarm after 26 hours, everything read again
// within 28 runs.
func DefaultJob() Job {
	gentle := Gentle()
	return Job{Enabled: true, At: 90, DayFrom: 7 * 60, DayTo: 21 * 60, DayFiles: gentle.Files, DayMB: int(gentle.Bytes >> 20),
		KeepDays: 14, KeepWeeks: 8, KeepLeast: 3, MaxAge: 26, Rereads: 28}
}

// Rate is the job's throttle at a time.
func (j Job) Rate(zone *time.Location) func(time.Time) Rate {
	return func(t time.Time) Rate {
		t = t.In(zone)
		minute := t.Hour()*60 + t.Minute()
		day := j.DayFrom <= minute && minute < j.DayTo
		if j.DayTo < j.DayFrom { // over midnight
			day = minute >= j.DayFrom || minute < j.DayTo
		}
		if day {
			return Rate{Files: j.DayFiles, Bytes: int64(j.DayMB) << 20}
		}
		return Rate{Files: j.NightFiles, Bytes: int64(j.NightMB) << 20}
	}
}

// Rule is the job's retention.
func (j Job) Rule() vault.Rule {
	return vault.Rule{Days: j.KeepDays, Weeks: j.KeepWeeks, Least: j.KeepLeast}
}

// Plan is the job as a plan for one run into a vault: what a command without
// pages runs.
func (j Job) Plan(v *vault.Vault, m *vault.Machine, zone *time.Location) Plan {
	return Plan{Vault: v, Machine: m, Zone: zone, Rate: j.Rate(zone), Rereads: j.Rereads, Turn: j.Turn, Rule: j.Rule(), Now: time.Now}
}

// slot is the latest planned time that is not after now.
func (j Job) slot(now time.Time, zone *time.Location) time.Time {
	t := now.In(zone)
	at := time.Date(t.Year(), t.Month(), t.Day(), 0, j.At, 0, 0, zone)
	if j.Every <= 0 {
		if at.After(t) {
			at = time.Date(t.Year(), t.Month(), t.Day()-1, 0, j.At, 0, 0, zone)
		}
		return at
	}
	step := time.Duration(j.Every) * time.Hour
	for at.After(t) {
		at = at.Add(-step)
	}
	return at.Add(t.Sub(at) / step * step)
}

// Due says whether a run is due and for which planned time. A time that was
// missed (the box was off) is made up for once. A job that never ran waits for
// its first time unless last is zero long after.
func (j Job) Due(now, last time.Time, zone *time.Location) (time.Time, bool) {
	slot := j.slot(now, zone)
	if !j.Enabled || !last.Before(slot) {
		return slot, false
	}
	if last.IsZero() && now.Sub(slot) > 10*time.Minute {
		return slot, false
	}
	return slot, true
}

// Next is the next planned time.
func (j Job) Next(now time.Time, zone *time.Location) time.Time {
	slot := j.slot(now, zone)
	if j.Every > 0 {
		return slot.Add(time.Duration(j.Every) * time.Hour)
	}
	return time.Date(slot.Year(), slot.Month(), slot.Day()+1, 0, j.At, 0, 0, zone)
}
