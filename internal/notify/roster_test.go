package notify_test

import (
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/notify"
)

func tokyo() *time.Location { return time.FixedZone("JST", 9*3600) }

// at is a time of the week of 2026-11-02, a Monday.
func at(day, hour, minute int) time.Time {
	return time.Date(2026, 11, 2+day, hour, minute, 0, 0, tokyo())
}

func plan() notify.Roster {
	return notify.Roster{Zone: tokyo(), Members: []notify.Member{{ID: "a", Name: "佐藤"}, {ID: "b", Name: "鈴木"}, {ID: "c", Name: "田中"}}, Shifts: []notify.Shift{
		{ID: "1", MemberID: "a", Days: 0b0111110, From: 8*60 + 30, To: 17*60 + 15, Rank: 1}, // Mon–Fri by day
		{ID: "2", MemberID: "b", Days: 0b0111110, From: 17*60 + 15, To: 8*60 + 30, Rank: 1}, // into the next morning
		{ID: "3", MemberID: "c", Days: 0b0111110, From: 0, To: 0, Rank: 2},                  // all day
		{ID: "4", MemberID: "b", Days: 0b0000010, From: 9 * 60, To: 10 * 60, Rank: 3, Since: "2026-11-09"},
	}}
}

func names(members []notify.Member) []string {
	var out []string
	for _, m := range members {
		out = append(out, m.Name)
	}
	return out
}

func TestRoster_OnDuty(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		at   time.Time
		want []string
	}{
		{"by day", at(0, 9, 0), []string{"佐藤", "田中"}},
		{"the minute of the change", at(0, 17, 15), []string{"鈴木", "田中"}},
		{"after midnight of Friday's night", at(5, 8, 29), []string{"鈴木"}},
		{"that night's end", at(5, 8, 30), nil},
		{"before Monday's first shift", at(0, 8, 29), []string{"田中"}},
		{"a later shift counts from its day", at(7, 9, 30), []string{"佐藤", "田中", "鈴木"}},
		{"asked in another zone", at(0, 9, 0).UTC(), []string{"佐藤", "田中"}},
	} {
		if got := names(plan().OnDuty(c.at)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRoster_GapsAreFound(t *testing.T) {
	t.Parallel()
	gaps := plan().Gaps(at(0, 9, 0))
	// Saturday 8:30 until Monday 0:00 (the all-day shift begins then).
	if len(gaps) != 1 || !gaps[0].From.Equal(at(5, 8, 30)) || !gaps[0].To.Equal(at(7, 0, 0)) {
		t.Errorf("gaps %v", gaps)
	}
	if none := (notify.Roster{Zone: tokyo()}).Gaps(at(0, 9, 0)); len(none) != 1 || none[0].To.Sub(none[0].From) != 7*24*time.Hour {
		t.Errorf("an empty plan has the gaps %v", none)
	}
}

func TestRoster_WokenClimbsAndAGapWakesEverybody(t *testing.T) {
	t.Parallel()
	r := plan()
	for step, want := range [][]string{{"佐藤"}, {"佐藤", "田中"}, {"佐藤", "鈴木", "田中"}, {"佐藤", "鈴木", "田中"}} {
		if got := names(r.Woken(at(0, 9, 0), step)); !slices.Equal(got, want) {
			t.Errorf("step %d wakes %v, want %v", step, got, want)
		}
	}
	if got := names(r.Woken(at(5, 12, 0), 0)); len(got) != 3 {
		t.Errorf("with nobody on duty %v are woken", got)
	}
}

func TestPolicy_QuietHoursNeverHoldACriticalCall(t *testing.T) {
	t.Parallel()
	p := notify.DefaultPolicy()
	p.HighWaits = true
	for hour := range 24 {
		quiet := hour >= 21 || hour < 7
		for level, waits := range map[notify.Level]bool{notify.Critical: false, notify.High: quiet, notify.Info: quiet} {
			if got := p.Waits(level, at(0, hour, 30), tokyo()); got != waits {
				t.Errorf("%s at %d:30 waits: %t", level, hour, got)
			}
		}
	}
	p.QuietFrom = p.QuietTo
	if p.Waits(notify.Info, at(0, 3, 0), tokyo()) {
		t.Error("without quiet hours nothing waits")
	}
}
