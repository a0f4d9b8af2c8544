package access

import (
	"errors"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
)

var jst = time.FixedZone("JST", 9*3600)

// at gives a time on 2026-11-02, a Monday, in the hospital's zone.
func at(hour, minute int) time.Time { return time.Date(2026, 11, 2, hour, minute, 0, 0, jst) }

func testRules() Rules { return DefaultRules(jst) }

var (
	clerk    = Who{ID: "person/clerk", Name: "係員 一郎"}
	boss     = Who{ID: "person/boss", Name: "主任 二子"}
	reviewer = Who{ID: "person/reviewer", Name: "点検 三郎"}
	maker    = Who{ID: "person/maker", Name: "架空 四郎", Vendor: "vendor-a"}
	stranger = Who{ID: "person/other", Name: "別社 五郎", Vendor: "vendor-b"}
)

func draft() Request {
	return Request{
		ID: "r1", Number: "2026-0007", VendorID: "vendor-a", VendorName: "架空給食システム", LineID: "line-1", LineName: "給食VPN",
		Purpose: "月次の点検", Ticket: "K-12", Targets: []Target{{Name: "給食サーバ", Address: "10.20.0.5"}},
		Services: []Service{{From: 3389, To: 3389}}, Sources: []string{"192.0.2.10"},
		From: at(10, 0), Until: at(12, 0), Mode: Remote, PatientData: asset.No, Persons: []string{"架空 四郎"},
		PC: PC{Company: "架空給食システム", Place: "保守センター", Name: "PC-07", OS: "Windows 11", PatchedOn: "2026-10-20",
			Antivirus: "made-up AV", PatternOn: "2026-11-01", Sharing: Dedicated, Network: "社内LAN"},
	}
}

// must fails the test when a step that should be allowed is refused.
func must(t *testing.T) func(Request, error) Request {
	return func(r Request, err error) Request {
		t.Helper()
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		return r
	}
}

func want(t *testing.T, why Why) func(Request, error) {
	return func(_ Request, err error) {
		t.Helper()
		if !Because(err, why) {
			t.Errorf("got %v, want refusal by %q", err, why)
		}
	}
}

func asked(t *testing.T) Request { return must(t)(testRules().Ask(draft(), clerk, at(9, 0))) }
func approved(t *testing.T) Request {
	return must(t)(testRules().Approve(asked(t), boss, at(9, 30), ""))
}
func opened(t *testing.T) Request {
	return must(t)(testRules().Open(approved(t), clerk, at(10, 0), Firewall, ""))
}
func closed(t *testing.T) Request {
	return must(t)(testRules().Close(opened(t), clerk, at(11, 50), ""))
}

func planned() Review {
	v := Review{Result: AsPlanned, Answers: map[QuestionID]Answered{}}
	for _, q := range Questions() {
		v.Answers[q] = Answered{Answer: asset.Yes}
	}
	v.Answers[AskOther] = Answered{Answer: asset.No}
	v.Answers[AskPersonal] = Answered{Answer: asset.No}
	return v
}

func TestAsk_Refuses(t *testing.T) {
	t.Parallel()
	u := testRules()
	f := func(why Why, who Who, change func(*Request)) {
		t.Helper()
		r := draft()
		change(&r)
		want(t, why)(u.Ask(r, who, at(9, 0)))
	}
	f(NeedPurpose, clerk, func(r *Request) { r.Purpose = " " })
	f(NeedLine, clerk, func(r *Request) { r.LineID = "" })
	f(NeedVendor, clerk, func(r *Request) { r.VendorID = "" })
	f(NeedPersons, clerk, func(r *Request) { r.Persons = nil })
	f(NeedTargets, clerk, func(r *Request) { r.Targets = nil })
	f(NeedPC, clerk, func(r *Request) { r.PC.Place = "" })
	f(NoWindow, clerk, func(r *Request) { r.Until = r.From })
	f(NoWindow, clerk, func(r *Request) { r.From = time.Time{} })
	f(TooLong, clerk, func(r *Request) { r.Until = r.From.Add(8*time.Hour + time.Minute) })
	f(InThePast, clerk, func(r *Request) { r.From = at(8, 49) })
	f(InThePast, clerk, func(r *Request) {
		r.Emergency = true
		r.From, r.Until = at(8, 0).Add(-24*time.Hour), at(9, 0).Add(-24*time.Hour)
	})
	f(ForeignVendor, stranger, func(*Request) {})
	f(BadAddress, clerk, func(r *Request) { r.Sources = []string{"any"} })
	f(TooMany, clerk, func(r *Request) { r.Persons = make([]string, MaxEntries+1) })
	f(TooMuchText, clerk, func(r *Request) { r.Purpose = string(make([]byte, MaxText+1)) })
}

func TestAsk_Allows(t *testing.T) {
	t.Parallel()
	u := testRules()
	f := func(who Who, change func(*Request)) {
		t.Helper()
		r := draft()
		change(&r)
		got := must(t)(u.Ask(r, who, at(9, 0)))
		if got.State != Asked || got.EnteredBy != who || got.From.Location() != time.UTC {
			t.Errorf("got %+v", got)
		}
	}
	f(clerk, func(*Request) {})
	f(maker, func(*Request) {})
	f(clerk, func(r *Request) { r.Until = r.From.Add(8 * time.Hour) })
	f(clerk, func(r *Request) { r.From = at(8, 51) })
	f(clerk, func(r *Request) { r.Emergency = true; r.From, r.Until = at(2, 0), at(4, 0) })
	f(clerk, func(r *Request) { r.Mode = OnSite; r.PC = PC{} })
	f(clerk, func(r *Request) { r.Decision = &Decision{Yes: true, By: clerk} }) // forged approval is dropped
}

func TestAsk_DropsForgedSteps(t *testing.T) {
	t.Parallel()
	r := draft()
	r.State, r.Decision, r.Opening = Approved, &Decision{Yes: true}, &Opening{}
	got := must(t)(testRules().Ask(r, maker, at(9, 0)))
	if got.Decision != nil || got.Opening != nil || got.State != Asked {
		t.Errorf("kept what a form must not decide: %+v", got)
	}
}

func TestApprove_TwoPeople(t *testing.T) {
	t.Parallel()
	u := testRules()
	want(t, SamePerson)(u.Approve(asked(t), clerk, at(9, 30), ""))
	want(t, Outsider)(u.Approve(asked(t), maker, at(9, 30), ""))
	want(t, Over)(u.Approve(asked(t), boss, at(12, 1), ""))
	want(t, Already)(u.Approve(approved(t), reviewer, at(9, 40), ""))
	want(t, ClockBack)(u.Approve(asked(t), boss, at(8, 59), ""))
	r := approved(t)
	if r.State != Approved || !r.Decision.Yes || r.Decision.After {
		t.Errorf("got %+v", r.Decision)
	}
}

func TestRefuse_NeedsReason(t *testing.T) {
	t.Parallel()
	u := testRules()
	want(t, NeedReason)(u.Refuse(asked(t), boss, at(9, 30), "  "))
	r := must(t)(u.Refuse(asked(t), boss, at(9, 30), "診療時間中のため"))
	if r.State != Refused {
		t.Errorf("state %s", r.State)
	}
	want(t, Already)(u.Open(r, clerk, at(10, 0), Plug, ""))
	want(t, Already)(u.Approve(r, reviewer, at(9, 40), ""))
}

func TestOpen_OnlyInsideTheWindow(t *testing.T) {
	t.Parallel()
	u := testRules()
	want(t, NotApproved)(u.Open(asked(t), clerk, at(10, 0), Plug, ""))
	want(t, TooEarly)(u.Open(approved(t), clerk, at(9, 44), Plug, ""))
	want(t, Over)(u.Open(approved(t), clerk, at(12, 0), Plug, ""))
	want(t, Outsider)(u.Open(approved(t), maker, at(10, 0), Plug, ""))
	want(t, Already)(u.Open(opened(t), boss, at(10, 5), Plug, ""))
	must(t)(u.Open(approved(t), clerk, at(9, 45), Plug, ""))
}

// A window that is over must not come back because somebody set the clock back.
func TestOpen_ClockSetBack(t *testing.T) {
	t.Parallel()
	u := testRules()
	r := draft()
	r.From, r.Until = at(9, 20), at(9, 50)
	r = must(t)(u.Ask(r, clerk, at(9, 15)))
	r = must(t)(u.Approve(r, boss, at(9, 30), ""))
	want(t, ClockBack)(u.Open(r, clerk, at(9, 29), Plug, ""))
}

func TestClose_NeverRefusedForTheClock(t *testing.T) {
	t.Parallel()
	u := testRules()
	r := must(t)(u.Close(opened(t), clerk, at(9, 0), ""))
	if !r.Closing.ClockDoubt || r.Used(at(12, 0)) != 0 {
		t.Errorf("closing %+v, used %v", r.Closing, r.Used(at(12, 0)))
	}
	must(t)(u.Review(r, planned(), reviewer, at(9, 1)))
	late := must(t)(u.Close(opened(t), clerk, at(12, 31), ""))
	if !late.Closing.Late {
		t.Error("closing after end and grace is not marked late")
	}
	if must(t)(u.Close(opened(t), clerk, at(12, 30), "")).Closing.Late {
		t.Error("closing within the grace is marked late")
	}
	want(t, NotOpen)(u.Close(approved(t), clerk, at(10, 0), ""))
	want(t, Already)(u.Close(closed(t), clerk, at(12, 0), ""))
	want(t, Outsider)(u.Close(opened(t), maker, at(11, 0), ""))
}

func TestEmergency_ApprovedAfterwards(t *testing.T) {
	t.Parallel()
	u := testRules()
	r := draft()
	r.Emergency, r.From, r.Until = true, at(9, 0), at(11, 0)
	r = must(t)(u.Ask(r, clerk, at(9, 0)))
	r = must(t)(u.Open(r, clerk, at(9, 5), Plug, "電話で主任へ連絡"))
	if !r.Opening.At.Equal(at(9, 5)) {
		t.Errorf("opened %v", r.Opening.At)
	}
	if !r.Unapproved() || u.ApproveOverdue(r, at(9, 5).Add(24*time.Hour)) || !u.ApproveOverdue(r, at(9, 6).Add(24*time.Hour)) {
		t.Error("approval afterwards is due 24 hours after the opening")
	}
	want(t, Undecided)(u.Extend(r, clerk, at(10, 0), at(12, 0), "長引いた"))
	shut := must(t)(u.Close(r, clerk, at(10, 30), ""))
	want(t, Undecided)(u.Review(shut, planned(), reviewer, at(11, 0)))
	yes := must(t)(u.Approve(shut, boss, at(13, 0), ""))
	if yes.State != Closed || !yes.Decision.After {
		t.Errorf("state %s, decision %+v", yes.State, yes.Decision)
	}
	no := must(t)(u.Refuse(r, boss, at(9, 30), "承認の条件を満たさない"))
	if no.State != Opened || !u.CloseOverdue(no, at(9, 31)) {
		t.Error("an emergency refused afterwards must be closed at once")
	}
	if no.Covers(at(9, 31)) || !no.Covers(at(9, 29)) {
		t.Error("refused afterwards: covered until the refusal, not after it")
	}
	want(t, NotApproved)(u.Extend(no, clerk, at(9, 40), at(12, 0), "x"))
}

// What was opened at night by telephone is entered in the morning.
func TestEmergency_EnteredAfterwards(t *testing.T) {
	t.Parallel()
	u := testRules()
	r := draft()
	r.Emergency, r.From, r.Until = true, at(2, 0), at(3, 30)
	r = must(t)(u.Ask(r, clerk, at(9, 0)))
	r = must(t)(u.Open(r, clerk, at(9, 5), Plug, "電話で連絡"))
	r = must(t)(u.Close(r, clerk, at(9, 6), ""))
	if !r.Opening.At.Equal(at(2, 0)) || !r.Closing.At.Equal(at(3, 30)) || r.Closing.Late || r.Closing.ClockDoubt {
		t.Errorf("opened %v, shut %v, late %v", r.Opening.At, r.Closing.At, r.Closing.Late)
	}
	if !r.Covers(at(2, 30)) || r.Covers(at(4, 0)) || r.Used(at(9, 0)) != 90*time.Minute {
		t.Errorf("covers the wrong time, used %v", r.Used(at(9, 0)))
	}
	if u.ApproveOverdue(r, at(9, 7)) {
		t.Error("an approval is overdue before anybody could give it")
	}
	back, step, err := u.TakeBack(r, clerk, at(9, 10))
	if err != nil || step != StepClosing || back.State != Opened {
		t.Errorf("undo: %q %v", step, err)
	}
	plan := draft()
	plan.From, plan.Until = at(2, 0), at(3, 30)
	want(t, InThePast)(u.Ask(plan, clerk, at(9, 0)))
}

func TestReview_ByAnother(t *testing.T) {
	t.Parallel()
	u := testRules()
	f := func(why Why, r Request, who Who, v Review) {
		t.Helper()
		want(t, why)(u.Review(r, v, who, at(14, 0)))
	}
	f(SameReviewer, closed(t), boss, planned())
	f(Outsider, closed(t), maker, planned())
	f(NotClosed, opened(t), reviewer, planned())
	unknown := planned()
	delete(unknown.Answers, AskLog)
	f(NeedAnswers, closed(t), reviewer, unknown)
	nolog := planned()
	nolog.Answers[AskLog] = Answered{Answer: asset.No}
	f(NotPlanned, closed(t), reviewer, nolog)
	other := planned()
	other.Answers[AskOther] = Answered{Answer: asset.Yes}
	f(NotPlanned, closed(t), reviewer, other)
	touched := planned()
	touched.Answers[AskPersonal] = Answered{Answer: asset.Yes}
	f(NotPlanned, closed(t), reviewer, touched) // the plan said: no patient data
	f(NeedReason, closed(t), reviewer, Review{Result: Question})
	f(NeedAnswers, closed(t), reviewer, Review{})

	r := must(t)(u.Review(closed(t), Review{Result: Question, Note: "別の接続あり。照会中"}, reviewer, at(14, 0)))
	r = must(t)(u.Review(r, planned(), clerk, at(15, 0)))
	if r.State != Reviewed || len(r.Reviews) != 2 || r.LastReview().Result != AsPlanned {
		t.Errorf("got %+v", r.Reviews)
	}
	f(Already, r, reviewer, planned())
}

func TestExtend_NeedsApprovalAgain(t *testing.T) {
	t.Parallel()
	u := testRules()
	r := must(t)(u.Extend(opened(t), maker, at(11, 30), at(13, 0), "更新に時間がかかった"))
	if !r.Until.Equal(at(12, 0)) || r.Pending() == nil {
		t.Error("the old end must count until the new one is approved")
	}
	want(t, Undecided)(u.Extend(r, clerk, at(11, 31), at(14, 0), "x"))
	want(t, Outsider)(u.DecideExtension(r, maker, at(11, 32), true, ""))
	longer := must(t)(u.DecideExtension(r, reviewer, at(11, 35), true, ""))
	if !longer.Until.Equal(at(13, 0)) || longer.Covers(at(13, 0)) || !longer.Covers(at(12, 59)) {
		t.Errorf("until %v", longer.Until)
	}
	want(t, Already)(u.DecideExtension(longer, boss, at(11, 36), true, ""))
	shut := must(t)(u.Close(longer, clerk, at(12, 50), ""))
	want(t, SameReviewer)(u.Review(shut, planned(), reviewer, at(14, 0)))
	no := must(t)(u.DecideExtension(r, boss, at(11, 35), false, "翌日に改めて"))
	if !no.Until.Equal(at(12, 0)) {
		t.Error("a refused extension moved the end")
	}
	own := must(t)(u.Extend(opened(t), clerk, at(11, 30), at(13, 0), "x"))
	want(t, SamePerson)(u.DecideExtension(own, clerk, at(11, 35), true, ""))
	f := func(why Why, who Who, now, until time.Time, reason string) {
		t.Helper()
		want(t, why)(u.Extend(opened(t), who, now, until, reason))
	}
	f(ForeignVendor, stranger, at(11, 0), at(13, 0), "x")
	f(TooLong, clerk, at(11, 0), at(18, 1), "x")
	f(NotLonger, clerk, at(11, 0), at(12, 0), "x")
	f(NeedReason, clerk, at(11, 0), at(13, 0), "")
	f(Over, clerk, at(12, 30), at(14, 0), "x")
	want(t, NotOpen)(u.Extend(asked(t), clerk, at(9, 30), at(13, 0), "x"))
}

func TestTakeBack(t *testing.T) {
	t.Parallel()
	u := testRules()
	f := func(r Request, who Who, now time.Time, step Step, state State) {
		t.Helper()
		got, s, err := u.TakeBack(r, who, now)
		if err != nil || s != step || got.State != state {
			t.Errorf("got %q %s %v, want %q %s", s, got.State, err, step, state)
		}
	}
	refused := func(r Request, who Who, now time.Time, why Why) {
		t.Helper()
		if _, _, err := u.TakeBack(r, who, now); !Because(err, why) {
			t.Errorf("got %v, want %q", err, why)
		}
	}
	f(approved(t), boss, at(9, 55), StepDecision, Asked)
	f(must(t)(u.Refuse(asked(t), boss, at(9, 30), "x")), boss, at(11, 0), StepDecision, Asked)
	f(opened(t), clerk, at(10, 10), StepOpening, Approved)
	f(closed(t), clerk, at(12, 0), StepClosing, Opened)
	cancelled := must(t)(u.Cancel(approved(t), clerk, at(9, 40), "延期"))
	f(cancelled, clerk, at(9, 50), StepCancel, Asked)
	if back, _, _ := u.TakeBack(cancelled, clerk, at(9, 50)); back.Decision != nil {
		t.Error("a cancelled request that comes back must be approved anew")
	}
	refused(approved(t), clerk, at(9, 31), NotYours)
	refused(opened(t), clerk, at(10, 16), TooLate)
	refused(asked(t), clerk, at(9, 16), NoUndo)
	refused(must(t)(u.Review(closed(t), planned(), reviewer, at(14, 0))), reviewer, at(14, 1), NoUndo)

	longer := must(t)(u.Extend(opened(t), maker, at(11, 30), at(13, 0), "x"))
	f(longer, maker, at(11, 31), StepExtend, Opened)
	longer = must(t)(u.DecideExtension(longer, boss, at(11, 35), true, ""))
	back, step, err := u.TakeBack(longer, boss, at(11, 36))
	if err != nil || step != StepLonger || !back.Until.Equal(at(12, 0)) || back.Pending() == nil {
		t.Errorf("got %q %v until %v", step, err, back.Until)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	u := testRules()
	want(t, NotAsked)(u.Cancel(opened(t), clerk, at(10, 5), "x"))
	want(t, NeedReason)(u.Cancel(asked(t), clerk, at(9, 5), ""))
	want(t, ForeignVendor)(u.Cancel(asked(t), stranger, at(9, 5), "x"))
	must(t)(u.Cancel(asked(t), maker, at(9, 5), "延期"))
}

func TestChange(t *testing.T) {
	t.Parallel()
	u := testRules()
	next := draft()
	next.Purpose, next.Number, next.ID = "変更後", "9999-9999", "forged"
	r := must(t)(u.Change(asked(t), next, boss, at(9, 10)))
	if r.Purpose != "変更後" || r.Number != "2026-0007" || r.ID != "r1" || r.EnteredBy != boss {
		t.Errorf("got %+v", r)
	}
	want(t, NotAsked)(u.Change(approved(t), next, clerk, at(9, 40)))
	want(t, ForeignVendor)(u.Change(asked(t), next, stranger, at(9, 10)))
	want(t, ClockBack)(u.Change(asked(t), next, clerk, at(8, 59)))
	next.VendorID = "vendor-b"
	want(t, ForeignVendor)(u.Change(asked(t), next, maker, at(9, 10)))
}

func TestRefusal_IsAnError(t *testing.T) {
	t.Parallel()
	var r *Refusal
	if !errors.As(refuse(Over, at(9, 0)), &r) || r.Class() != ClassConflict {
		t.Error("a refusal must say its class")
	}
	if (&Refusal{Why: SamePerson}).Class() != ClassDenied || (&Refusal{Why: NoWindow}).Class() != ClassInvalid {
		t.Error("classes")
	}
}
