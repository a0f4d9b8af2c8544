package logbook

import (
	"testing"
	"time"
)

var monday = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

// play lets a sender send every step from one time to another, checking in
// between, and gives when it fell silent.
func play(r *rhythm, from, to time.Time, step time.Duration) (fell []time.Time) {
	next := from
	for now := from; now.Before(to); now = now.Add(time.Minute) {
		if step > 0 && !now.Before(next) {
			r.heard(now)
			next = now.Add(step)
		}
		if r.check(learn, now) {
			fell = append(fell, now)
		}
	}
	return fell
}

func TestRhythm_LearnsAndNotices(t *testing.T) {
	t.Parallel()
	var r rhythm
	if fell := play(&r, monday, monday.Add(8*24*time.Hour), 20*time.Minute); len(fell) != 0 {
		t.Fatalf("a steady sender fell silent at %v", fell)
	}
	last := r.Last
	fell := play(&r, last.Add(time.Minute), last.Add(5*time.Hour), 0)
	if len(fell) != 1 || fell[0].Sub(last) != 61*time.Minute {
		t.Errorf("it is quiet for 20 minutes at most; silent after %v", fell)
	}
	if back := r.heard(last.Add(6 * time.Hour)); !back || !r.Silent.IsZero() {
		t.Error("its return was not noticed")
	}
	if most, _ := r.expect(learn, r.Last); most != time.Hour {
		t.Errorf("a silence that was a finding became usual: %v", most)
	}
}

func TestRhythm_WeekendsAreUsual(t *testing.T) {
	t.Parallel()
	var r rhythm
	for week := range 3 {
		start := monday.Add(time.Duration(week) * 7 * 24 * time.Hour)
		fell := play(&r, start, start.Add(5*24*time.Hour), time.Hour)
		fell = append(fell, play(&r, start.Add(5*24*time.Hour), start.Add(7*24*time.Hour), 0)...)
		if week > 0 && len(fell) != 0 {
			t.Errorf("week %d: %v", week, fell)
		}
	}
}

func TestRhythm_FirstDaysAndWhatPeopleSet(t *testing.T) {
	t.Parallel()
	var r rhythm
	if r.check(learn, monday) || r.check(time.Minute, monday) {
		t.Error("what was never heard cannot fall silent")
	}
	r.heard(monday)
	if r.check(learn, monday.Add(24*time.Hour)) || !r.check(learn, monday.Add(24*time.Hour+time.Second)) {
		t.Error("a new sender may be quiet for a day")
	}
	r.heard(monday.Add(25 * time.Hour))
	if !r.check(time.Minute, monday.Add(25*time.Hour+61*time.Second)) {
		t.Error("a minute was set")
	}
	if r.check(never, monday.Add(1000*time.Hour)) || !r.Silent.IsZero() {
		t.Error("it may be quiet for as long as it likes")
	}
}

func TestRhythm_WhileTorideWasOffNobodyWasSilent(t *testing.T) {
	t.Parallel()
	var r rhythm
	play(&r, monday, monday.Add(8*24*time.Hour), 10*time.Minute)
	again := monday.Add(20 * 24 * time.Hour)
	r.listen(again)
	if r.check(learn, again.Add(10*time.Minute)) {
		t.Error("silent ten minutes after Toride began to listen")
	}
	if r.heard(again.Add(10 * time.Minute)); r.Gaps[len(r.Gaps)-1].Wide != 600 || len(r.Gaps) != 2 {
		t.Errorf("the time in which Toride was off counts: %+v", r.Gaps)
	}
	if !r.check(learn, again.Add(41*time.Minute)) {
		t.Error("not silent after three times its usual gap")
	}
}
