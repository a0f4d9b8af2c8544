package access

import (
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
)

func TestReviewDue_WorkingDays(t *testing.T) {
	t.Parallel()
	u := testRules()
	u.Holiday = func(day time.Time) bool { return day.Month() == 11 && day.Day() == 3 }
	f := func(from string, n int, want string) {
		t.Helper()
		d, err := time.ParseInLocation("2006-01-02 15:04", from, jst)
		if err != nil {
			t.Fatal(err)
		}
		if got := u.AddWorkingDays(d.UTC(), n).In(jst).Format("2006-01-02 15:04:05"); got != want+" 23:59:59" {
			t.Errorf("%s + %d: %s, want %s", from, n, got, want)
		}
	}
	f("2026-11-02 11:50", 2, "2026-11-05") // 11-03 is a holiday
	f("2026-11-06 22:00", 2, "2026-11-10") // over a weekend
	f("2026-12-28 10:00", 2, "2027-01-05") // over the year's end
	f("2026-11-04 23:59", 0, "2026-11-04")
	u.Holiday = func(time.Time) bool { return true }
	f("2026-11-04 12:00", 1, "2027-11-05") // ends though every day is a holiday
}

func TestReviewOverdue(t *testing.T) {
	t.Parallel()
	u := testRules()
	r := closed(t)
	due := u.ReviewDue(r)
	if u.ReviewOverdue(r, due) || !u.ReviewOverdue(r, due.Add(time.Second)) {
		t.Errorf("overdue at the wrong moment of %v", due)
	}
	if u.ReviewOverdue(must(t)(u.Review(r, planned(), reviewer, at(14, 0))), due.Add(time.Hour)) {
		t.Error("a reviewed window is overdue")
	}
}

func TestOverlapping(t *testing.T) {
	t.Parallel()
	mine := draft()
	mine.ID = ""
	f := func(want int, now time.Time, change func(*Request)) {
		t.Helper()
		o := draft()
		o.ID, o.State = "other", Approved
		change(&o)
		if got := Overlapping(mine, []Request{o}, now); len(got) != want {
			t.Errorf("got %d, want %d", len(got), want)
		}
	}
	f(1, at(9, 0), func(*Request) {})
	f(1, at(9, 0), func(o *Request) { o.From, o.Until = at(8, 0), at(10, 1) })
	f(0, at(9, 0), func(o *Request) { o.From, o.Until = at(8, 0), at(10, 0) })
	f(0, at(9, 0), func(o *Request) { o.From, o.Until = at(12, 0), at(13, 0) })
	f(0, at(9, 0), func(o *Request) { o.LineID = "line-2" })
	f(0, at(9, 0), func(o *Request) { o.State = Refused })
	f(1, at(10, 30), func(o *Request) { o.State, o.From, o.Until = Opened, at(7, 0), at(8, 0) }) // still open
	f(0, at(10, 30), func(o *Request) { o.From, o.Until = at(7, 0), at(8, 0) })                  // never opened
}

func TestCovers(t *testing.T) {
	t.Parallel()
	f := func(r Request, when time.Time, want bool) {
		t.Helper()
		if got := r.Covers(when); got != want {
			t.Errorf("%s at %v: %v", r.State, when, got)
		}
	}
	f(asked(t), at(10, 30), false)
	f(approved(t), at(10, 0), true)
	f(approved(t), at(9, 59), false)
	f(approved(t), at(12, 0), false)
	f(opened(t), at(10, 0), true)
	f(closed(t), at(11, 50), true)
	f(closed(t), at(11, 51), false)
	f(closed(t), at(12, 30), false)
	early := must(t)(testRules().Open(approved(t), clerk, at(9, 50), Plug, ""))
	f(early, at(9, 50), true)
	f(early, at(9, 49), false)
}

func TestDoubts(t *testing.T) {
	t.Parallel()
	u := testRules()
	if d := u.Doubts(draft(), at(9, 0)); len(d) != 0 {
		t.Errorf("doubts about a whole request: %v", d)
	}
	r := draft()
	r.PC = PC{PatchedOn: "2026-08-01", PatternOn: "2026-10-01", Sharing: Shared}
	r.PatientData, r.Ticket = asset.NotKnown, ""
	got := map[Doubt]bool{}
	for _, d := range u.Doubts(r, at(9, 0)) {
		got[d] = true
	}
	for _, d := range []Doubt{PatchOld, PatternOld, NoAntivirus, SharedPC, NoNetwork, PatientUnclear, NoTicket} {
		if !got[d] {
			t.Errorf("lacks %s: %v", d, got)
		}
	}
	if got[PatchUnknown] || got[SharingUnclear] {
		t.Errorf("old is not unknown: %v", got)
	}
}
