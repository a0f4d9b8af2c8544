package incident_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/incident"
	"github.com/torideproject/toride/internal/incident/clock"
	"github.com/torideproject/toride/internal/incident/plan"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/text"
)

// register stands for the hospital's register.
type register struct {
	lines   []asset.Line
	vendors []asset.Vendor
}

func (r register) Lines(context.Context) ([]asset.Line, error)     { return r.lines, nil }
func (r register) Vendors(context.Context) ([]asset.Vendor, error) { return r.vendors, nil }

func tokyo() *time.Location { return time.FixedZone("JST", 9*3600) }

// house is a desk with a clock of its own and a made-up register.
type house struct {
	*incident.Desk
	book  *ledger.Book
	clock *ledgertest.Clock
}

func newHouse(t testing.TB) house {
	t.Helper()
	c := ledgertest.NewClock()
	book := ledgertest.BookAt(t, c)
	reg := register{
		lines:   []asset.Line{{ID: "l1", Name: "給食保守VPN", Kind: asset.VPN, Maker: "架空", Model: "F60", OS: "FortiOS", Version: "5.4.8", VendorID: "v1", Place: "機械室", Port: "SW1-24"}},
		vendors: []asset.Vendor{{ID: "v1", Name: "架空給食", DayContact: "03-0000-0001", NightContact: "090-0000-0001"}},
	}
	d, err := incident.New(t.Context(), incident.Config{Book: book, Clock: c.Now, Zone: tokyo(), Register: reg})
	if err != nil {
		t.Fatal(err)
	}
	return house{Desk: d, book: book, clock: c}
}

func (h house) declare(t testing.TB, kind incident.Kind) string {
	t.Helper()
	id, err := h.Declare(t.Context(), ledgertest.Actor(), incident.Declaration{Kind: kind, Title: "電子カルテが開かない",
		Noticed: "サーバーの画面に脅迫文", NoticedBy: "夜間の委託職員", Commander: "病院 花子"})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (h house) load(t testing.TB, id string) *incident.Incident {
	t.Helper()
	in, err := h.Incident(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func key(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Msg.Key
	}
	return ""
}

// actions gives the actions of the ledger, newest last.
func (h house) actions(t testing.TB) string {
	t.Helper()
	rows, err := h.book.DB().Read().QueryContext(t.Context(), "SELECT action FROM ledger_entry ORDER BY seq")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var a string
		if err := rows.Scan(&a); err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return strings.Join(all, " ")
}

func TestDeclare_CopiesCourses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cyber, suspicion, light := h.load(t, h.declare(t, incident.Cyber)), h.load(t, h.declare(t, incident.Suspicion)), h.load(t, h.declare(t, incident.Light))
	if cyber.No != 1 || suspicion.No != 2 || cyber.Phase != plan.Detect {
		t.Errorf("numbers %d, %d, phase %s", cyber.No, suspicion.No, cyber.Phase)
	}
	if len(cyber.Tasks) < 40 || len(light.Tasks) != 7 {
		t.Errorf("tasks: cyber %d, light %d", len(cyber.Tasks), len(light.Tasks))
	}
	first := cyber.NextTasks(1)[0]
	if first.Step != "fd-cut-backup" || !first.Due.Equal(cyber.Zero.Add(15*time.Minute)) {
		t.Errorf("first task is %s, due %s", first.Step, first.Due)
	}
	if len(suspicion.Tasks) >= len(cyber.Tasks) {
		t.Error("a suspicion does not start the whole first day")
	}
	if err := h.SetPhase(t.Context(), ledgertest.Actor(), suspicion.ID, incident.PhaseSet{Phase: plan.Respond}); err != nil {
		t.Fatal(err)
	}
	if got := h.load(t, suspicion.ID); len(got.Tasks) != len(cyber.Tasks) || got.Phase != plan.Respond {
		t.Errorf("after the response began: %d tasks, want %d", len(got.Tasks), len(cyber.Tasks))
	}
}

func TestDeclare_Incomplete(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.Declare(t.Context(), ledgertest.Actor(), incident.Declaration{Kind: incident.Cyber, Title: "x"})
	if key(err) != "incident.declare.incomplete" {
		t.Errorf("got %v", err)
	}
	if h.actions(t) != "" {
		t.Error("a refused declaration left a line")
	}
}

func TestSetZero_DeadlinesFollow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare(t, incident.Cyber)
	zero := h.load(t, id).Zero.Add(-2 * time.Hour)
	if err := h.SetZero(t.Context(), ledgertest.Actor(), id, zero, ""); key(err) != "incident.zero.reason" {
		t.Errorf("without a reason: %v", err)
	}
	if err := h.SetZero(t.Context(), ledgertest.Actor(), id, zero, "委託職員の記録による"); err != nil {
		t.Fatal(err)
	}
	in := h.load(t, id)
	if got := in.NextTasks(1)[0].Due; !in.Zero.Equal(zero) || !got.Equal(zero.Add(15*time.Minute)) {
		t.Errorf("zero %s, first due %s", in.Zero, got)
	}
}

// The hard step: no update before the device is preserved, or the commander
// overrides with a reason.
func TestMoveTask_HeldUntilPreserved(t *testing.T) {
	t.Parallel()
	for _, act := range []plan.Act{plan.Update, plan.Reset, plan.Reboot, plan.Restore} {
		h := newHouse(t)
		ctx, actor, id := t.Context(), ledgertest.Actor(), h.declare(t, incident.Cyber)
		if err := h.AddTask(ctx, actor, id, incident.NewTask{Title: "VPN装置", Act: act}); key(err) != "incident.task.needs_object" {
			t.Fatalf("%s without an object: %v", act, err)
		}
		object, err := h.AddObject(ctx, actor, id, incident.Object{Name: "給食VPN装置", State: incident.Affected})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.AddTask(ctx, actor, id, incident.NewTask{Title: "VPN装置の作業", Act: act, Object: object}); err != nil {
			t.Fatal(err)
		}
		tasks := h.load(t, id).Tasks
		task := tasks[len(tasks)-1].ID
		for _, kind := range []incident.RecordKind{incident.KindStart, incident.KindDone} {
			err := h.MoveTask(ctx, actor, id, incident.Move{Task: task, Kind: kind})
			if key(err) != "incident.task.held" || fault.KindOf(err) != fault.Conflict {
				t.Fatalf("%s %s: %v", act, kind, err)
			}
		}
		if got := h.actions(t); strings.Count(got, "incident.task.refused") != 2 {
			t.Errorf("refusals are ledger lines: %s", got)
		}
		// Evidence that preserves nothing, or another object, does not help.
		other, err := h.AddObject(ctx, actor, id, incident.Object{Name: "別の装置", State: incident.Suspected})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []incident.Evidence{{Object: object, What: "写真", Place: "金庫", Holder: "甲"}, {Object: other, What: "ログ", Place: "金庫", Holder: "甲", Preserves: true}} {
			if _, err := h.AddEvidence(ctx, actor, id, e, time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.MoveTask(ctx, actor, id, incident.Move{Task: task, Kind: incident.KindStart}); key(err) != "incident.task.held" {
			t.Fatalf("%s: %v", act, err)
		}
		if _, err := h.AddEvidence(ctx, actor, id, incident.Evidence{Object: object, What: "設定とログ", Place: "金庫", Holder: "甲", Hash: "ab12", Preserves: true}, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if err := h.MoveTask(ctx, actor, id, incident.Move{Task: task, Kind: incident.KindDone, Words: "済"}); err != nil {
			t.Fatalf("%s after preservation: %v", act, err)
		}
		if got := h.load(t, id).Task(task); got.State != incident.Done {
			t.Errorf("%s: state %s", act, got.State)
		}
	}
}

func TestOverrideTask_RedWithReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, actor, id := t.Context(), ledgertest.Actor(), h.declare(t, incident.Cyber)
	object, err := h.AddObject(ctx, actor, id, incident.Object{Name: "透析監視サーバー", State: incident.Affected})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.AddTask(ctx, actor, id, incident.NewTask{Title: "再起動", Act: plan.Reboot, Object: object}); err != nil {
		t.Fatal(err)
	}
	tasks := h.load(t, id).Tasks
	task := tasks[len(tasks)-1].ID
	if err := h.OverrideTask(ctx, actor, id, task, ""); key(err) != "incident.task.override_reason" {
		t.Errorf("without a reason: %v", err)
	}
	if err := h.OverrideTask(ctx, actor, id, task, "透析中の患者の監視を続けるため"); err != nil {
		t.Fatal(err)
	}
	if err := h.OverrideTask(ctx, actor, id, task, "もう一度"); key(err) != "incident.task.not_held" {
		t.Errorf("twice: %v", err)
	}
	if err := h.MoveTask(ctx, actor, id, incident.Move{Task: task, Kind: incident.KindStart}); err != nil {
		t.Fatal(err)
	}
	in, red := h.load(t, id), 0
	for _, r := range in.Records {
		if r.Red() {
			red++
		}
	}
	if red != 1 || in.Task(task).Override.Reason != "透析中の患者の監視を続けるため" || !strings.Contains(h.actions(t), "incident.task.override") {
		t.Errorf("override is not red once, with reason and ledger line")
	}
}

// A clock that was set back is shown, and the order of the records stays.
func TestRecords_ClockSetBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, actor, id := t.Context(), ledgertest.Actor(), h.declare(t, incident.Cyber)
	entry := func(words string) {
		t.Helper()
		if err := h.Record(ctx, actor, id, incident.Event{Kind: incident.KindEntry, Body: &incident.Entry{Text: words}}); err != nil {
			t.Fatal(err)
		}
	}
	entry("一行目")
	h.clock.Add(-90 * time.Minute)
	entry("時計が戻された")
	h.clock.Add(3 * time.Hour)
	entry("三行目")
	rs := h.load(t, id).Records
	last := rs[len(rs)-3:]
	if last[0].Behind != 0 || last[1].Behind != 90*time.Minute || last[2].Behind != 0 {
		t.Errorf("behind: %v %v %v", last[0].Behind, last[1].Behind, last[2].Behind)
	}
	for i := 1; i < len(rs); i++ {
		if rs[i].Seq != rs[i-1].Seq+1 {
			t.Fatalf("sequence %d after %d", rs[i].Seq, rs[i-1].Seq)
		}
	}
}

func answers(sensitive, malicious clock.Answer) map[string]clock.Answer {
	return map[string]clock.Answer{"sensitive": sensitive, "financial": clock.No, "malicious": malicious, "many": clock.No}
}

// An incident closes only when each clock is met or waived by name, and each
// category is answered.
func TestClose_OnlyWhenSettled(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, actor, id := t.Context(), ledgertest.Actor(), h.declare(t, incident.Light)
	closing := incident.Closing{Decider: "病院 花子", Reason: "回収と説明が済んだ"}
	cal, err := h.Calendar(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(ctx, actor, id, closing); key(err) != "incident.close.blocked" {
		t.Fatalf("without any fact: %v", err)
	}
	known := h.clock.Now().Add(-time.Hour)
	for _, f := range []incident.FactRecord{
		{KnownAt: known, KnownBy: "外来 甲", Basis: "控え", People: 1, Answers: answers(clock.NotKnown, clock.No)},
		{KnownAt: known, KnownBy: "外来 甲", Basis: "控え", People: 1, Answers: answers(clock.Yes, clock.No)},
	} {
		if err := h.Close(ctx, actor, id, closing); key(err) != "incident.close.blocked" {
			t.Fatalf("open category: %v", err)
		}
		if err := h.AddFact(ctx, actor, id, f); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(h.Blockers(h.load(t, id), cal, text.JA)); got != 3 {
		t.Errorf("%d blockers, want the clocks prompt, final30, notice", got)
	}
	for _, s := range []incident.Settlement{{Rule: "prompt", How: incident.Met, Decider: "甲", Reference: "受付 1"}, {Rule: "final30", How: incident.Met, Decider: "甲", Reference: "受付 2"}} {
		if err := h.Settle(ctx, actor, id, s, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Close(ctx, actor, id, closing); key(err) != "incident.close.blocked" {
		t.Fatalf("notice still runs: %v", err)
	}
	if err := h.Settle(ctx, actor, id, incident.Settlement{Rule: "notice", How: incident.Waived, Decider: "病院 花子"}, time.Time{}); key(err) != "incident.settle.decider" {
		t.Errorf("waived without a reason: %v", err)
	}
	if err := h.Settle(ctx, actor, id, incident.Settlement{Rule: "notice", How: incident.Waived, Decider: "病院 花子", Reason: "窓口を公表した"}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(ctx, actor, id, closing); err != nil {
		t.Fatal(err)
	}
	if err := h.Record(ctx, actor, id, incident.Event{Kind: incident.KindEntry, Body: &incident.Entry{Text: "x"}}); key(err) != "incident.closed" {
		t.Errorf("writing into a closed incident: %v", err)
	}
	if err := h.Reopen(ctx, actor, id, "追加の相手が見つかった"); err != nil || !h.load(t, id).Open() {
		t.Errorf("reopen: %v", err)
	}
}

func TestSettle_NotRunning(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.declare(t, incident.Cyber)
	err := h.Settle(t.Context(), ledgertest.Actor(), id, incident.Settlement{Rule: "final60", How: incident.Met, Decider: "甲"}, time.Time{})
	if key(err) != "incident.settle.not_running" {
		t.Errorf("got %v", err)
	}
}

func TestWithdrawFact_StopsItsClocks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, actor, id := t.Context(), ledgertest.Actor(), h.declare(t, incident.Cyber)
	if err := h.AddFact(ctx, actor, id, incident.FactRecord{KnownAt: h.clock.Now(), KnownBy: "甲", Basis: "x", Answers: answers(clock.May, clock.May)}); err != nil {
		t.Fatal(err)
	}
	in := h.load(t, id)
	if len(in.ClockFacts()) != 1 {
		t.Fatal("the fact does not stand")
	}
	w := incident.FactWithdrawn{Fact: in.Facts[0].ID, Reason: "別の病院の話だった"}
	if err := h.WithdrawFact(ctx, actor, id, w); err != nil {
		t.Fatal(err)
	}
	if err := h.WithdrawFact(ctx, actor, id, w); key(err) != "incident.fact.unknown" {
		t.Errorf("twice: %v", err)
	}
	if in := h.load(t, id); len(in.ClockFacts()) != 0 || in.Facts[0].Withdrawn == "" {
		t.Error("a withdrawn fact must stay in the records and start nothing")
	}
}

func TestHandEvidence_Chain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, actor, id := t.Context(), ledgertest.Actor(), h.declare(t, incident.Cyber)
	e, err := h.AddEvidence(ctx, actor, id, incident.Evidence{What: "画面の写真", Place: "金庫", Holder: "甲"}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"乙", "県警 丙"} {
		if err := h.HandEvidence(ctx, actor, id, incident.Custody{Evidence: e, To: to}, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	got := h.load(t, id).EvidenceByID(e)
	if got.Holder != "県警 丙" || len(got.Custody) != 2 || got.Custody[1].From != "乙" || got.Place != "金庫" {
		t.Errorf("chain: %+v", got)
	}
	if err := h.HandEvidence(ctx, actor, id, incident.Custody{Evidence: "none", To: "x"}, time.Time{}); key(err) != "incident.evidence.unknown" {
		t.Errorf("unknown evidence: %v", err)
	}
}

// A late entry about the morning does not undo the afternoon.
func TestSetCare_LatestByTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, actor, id := t.Context(), ledgertest.Actor(), h.declare(t, incident.Cyber)
	now := h.clock.Now()
	for _, c := range []struct {
		state string
		at    time.Time
	}{{"limited", now}, {"stopped", now.Add(-time.Hour)}} {
		if err := h.SetCare(ctx, actor, id, incident.Care{Service: "surgery", State: c.state}, c.at); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.load(t, id).Care; len(got) != 1 || got[0].State != "limited" {
		t.Errorf("care: %+v", got)
	}
	if err := h.SetCare(ctx, actor, id, incident.Care{Service: "paper", State: "stopped"}, now); key(err) != "incident.care.unfit" {
		t.Errorf("paper cannot be stopped: %v", err)
	}
}

func TestIncident_NotFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.Incident(t.Context(), "none")
	if key(err) != "incident.not_found" || fault.KindOf(err) != fault.NotFound || errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
