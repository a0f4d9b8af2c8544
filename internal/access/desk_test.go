package access

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

var _ Register = (*asset.Register)(nil)

// register is a small register in memory.
type register struct {
	lines   []asset.Line
	vendors []asset.Vendor
	assets  []asset.Asset
}

func (g *register) Line(_ context.Context, id string) (asset.Line, error) {
	for _, l := range g.lines {
		if l.ID == id {
			return l, nil
		}
	}
	return asset.Line{}, fault.New(fault.NotFound, "access.line_not_found")
}

func (g *register) Lines(context.Context) ([]asset.Line, error) { return g.lines, nil }

func (g *register) Vendor(_ context.Context, id string) (asset.Vendor, error) {
	for _, v := range g.vendors {
		if v.ID == id {
			return v, nil
		}
	}
	return asset.Vendor{}, fault.New(fault.NotFound, "access.vendor_not_found")
}

func (g *register) Vendors(context.Context) ([]asset.Vendor, error) { return g.vendors, nil }

func (g *register) Assets(_ context.Context, f asset.Filter) ([]asset.Asset, int, error) {
	var found []asset.Asset
	for _, a := range g.assets {
		if f.VendorID == "" || a.VendorID == f.VendorID {
			found = append(found, a)
		}
	}
	return found, len(found), nil
}

func madeUp() *register {
	return &register{
		lines: []asset.Line{
			{ID: "line-1", Name: "給食VPN", Maker: "Fortinet", Model: "FortiGate 60E", OS: "FortiOS", Version: "5.4.8", VendorID: "vendor-a", Hours: asset.OnDemand},
			{ID: "line-2", Name: "CT保守回線", Maker: "架空医療機器", Place: "本館1階 CT室", Port: "壁 A-12", VendorID: "vendor-b", Hours: asset.OnDemand},
			{ID: "line-3", Name: "検査LTE", Maker: "架空通信", VendorID: "vendor-b", Hours: asset.AlwaysOpen, RDP: asset.Yes},
		},
		vendors: []asset.Vendor{
			{ID: "vendor-a", Name: "架空給食システム", DayContact: "06-0000-0001", NightContact: "090-0000-0001"},
			{ID: "vendor-b", Name: "架空医療機器"},
			{ID: "vendor-c", Name: "架空下請サービス", ParentID: "vendor-a"},
		},
		assets: []asset.Asset{{ID: "asset-1", Name: "給食サーバ", Address: "10.20.0.5", VendorID: "vendor-a"}},
	}
}

type house struct {
	desk  *Desk
	clock *ledgertest.Clock // begins on Monday 2026-11-02 at 09:00 in Japan
	site  *webtest.Site
	reg   *register
	book  *ledger.Book
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{clock: ledgertest.NewClock(), reg: madeUp()}
	h.book = ledgertest.BookAt(t, h.clock)
	var err error
	h.desk, err = New(t.Context(), Config{Book: h.book, Register: h.reg, Clock: h.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	h.site = webtest.New(t, h.clock.Now, h.desk.Module())
	return h
}

func by(w Who) By {
	return By{Actor: ledger.Actor{ID: w.ID, Name: w.Name, Via: "192.0.2.9"}, Vendor: w.Vendor}
}

// ask stores the usual request: today, 10 to 12.
func (h *house) ask(t testing.TB, change func(*Request)) Request {
	t.Helper()
	r := draft()
	r.ID, r.Number = "", ""
	if change != nil {
		change(&r)
	}
	got, err := h.desk.Ask(t.Context(), by(clerk), r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// open stores the usual request, approves it, and opens it at ten.
func (h *house) open(t testing.TB) Request {
	t.Helper()
	r := h.ask(t, nil)
	r, err := h.desk.Approve(t.Context(), by(boss), Ref{ID: r.ID}, "")
	if err != nil {
		t.Fatal(err)
	}
	h.clock.Set(at(10, 0))
	if r, err = h.desk.Open(t.Context(), by(clerk), Ref{ID: r.ID}, Firewall, ""); err != nil {
		t.Fatal(err)
	}
	return r
}

// lines counts the ledger lines of an action.
func (h *house) ledgerLines(t testing.TB, action string) int {
	t.Helper()
	var n int
	if err := h.book.DB().Read().QueryRow("SELECT count(*) FROM ledger_entry WHERE action = ?", action).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDesk_NumbersAndNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a, b := h.ask(t, nil), h.ask(t, func(r *Request) { r.VendorName, r.LineName = "偽名", "偽回線" })
	if a.Number != "2026-0001" || b.Number != "2026-0002" || b.VendorName != "架空給食システム" || b.LineName != "給食VPN" {
		t.Errorf("got %q %q %q %q", a.Number, b.Number, b.VendorName, b.LineName)
	}
	stored, err := h.desk.Request(t.Context(), a.ID)
	if err != nil || stored.Version != 1 || !stored.From.Equal(at(10, 0)) || len(stored.Services) != 1 {
		t.Errorf("stored %+v %v", stored, err)
	}
	h.clock.Set(time.Date(2026, 12, 31, 15, 30, 0, 0, time.UTC)) // half past midnight of 2027 in Japan
	c := h.ask(t, func(r *Request) { r.From, r.Until = h.clock.Now(), h.clock.Now().Add(time.Hour) })
	if c.Number != "2027-0001" {
		t.Errorf("the year is the hospital's: %s", c.Number)
	}
}

func TestDesk_RefusedAskLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := draft()
	r.Purpose = ""
	if _, err := h.desk.Ask(t.Context(), by(clerk), r); !Because(err, NeedPurpose) || fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
	r = draft()
	r.LineID = "line-none"
	if _, err := h.desk.Ask(t.Context(), by(clerk), r); fault.KindOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
	if _, n, err := h.desk.Find(t.Context(), Find{}); n != 0 || err != nil {
		t.Errorf("%d requests stored, %v", n, err)
	}
}

// Two people press at once: one wins, the other is told who did what when.
func TestDesk_ConcurrentApproval(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.ask(t, nil)
	people := []Who{boss, reviewer, {ID: "person/x", Name: "第三 六郎"}, {ID: "person/y", Name: "第四 七子"}}
	errs := make([]error, len(people))
	var wg sync.WaitGroup
	for i, p := range people {
		wg.Go(func() {
			if i%2 == 0 {
				_, errs[i] = h.desk.Approve(t.Context(), by(p), Ref{ID: r.ID, Version: r.Version}, "")
			} else {
				_, errs[i] = h.desk.Refuse(t.Context(), by(p), Ref{ID: r.ID, Version: r.Version}, "都合が悪い")
			}
		})
	}
	wg.Wait()
	won := 0
	got, err := h.desk.Request(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range errs {
		if err == nil {
			won++
			if got.Decision.By.ID != people[i].ID {
				t.Errorf("stored decision of %s, but %s won", got.Decision.By.Name, people[i].Name)
			}
			continue
		}
		if !Because(err, Already) || fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s got %v", people[i].Name, err)
		}
		if said := h.site.Catalog.Say("ja", fault.Of(err).Msg); !strings.Contains(said, got.Decision.By.Name) {
			t.Errorf("does not say who was faster: %s", said)
		}
	}
	if won != 1 || got.Version != 2 {
		t.Errorf("%d won, version %d", won, got.Version)
	}
}

func TestDesk_OldVersionIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.ask(t, nil)
	next := draft()
	next.Purpose = "別の作業に変更"
	if _, err := h.desk.Change(t.Context(), by(clerk), Ref{ID: r.ID, Version: r.Version}, next); err != nil {
		t.Fatal(err)
	}
	if _, err := h.desk.Approve(t.Context(), by(boss), Ref{ID: r.ID, Version: r.Version}, ""); !Because(err, Changed) {
		t.Errorf("approved what the approver had not seen: %v", err)
	}
}

func TestDesk_RefusedStepIsALedgerLine(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.ask(t, nil)
	if _, err := h.desk.Approve(t.Context(), by(clerk), Ref{ID: r.ID}, ""); fault.KindOf(err) != fault.Denied {
		t.Errorf("got %v", err)
	}
	h.clock.Set(at(8, 0))
	if _, err := h.desk.Approve(t.Context(), by(boss), Ref{ID: r.ID}, ""); !Because(err, ClockBack) {
		t.Errorf("got %v", err)
	}
	if n := h.ledgerLines(t, "access.request.approve.refused"); n != 2 {
		t.Errorf("%d lines of refused approvals, want 2", n)
	}
	if n := h.ledgerLines(t, "access.request.approve"); n != 0 {
		t.Errorf("%d lines of approvals, want 0", n)
	}
}

func TestDesk_ForeignVendor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.ask(t, nil)
	ref, ctx := Ref{ID: r.ID}, t.Context()
	_, change := h.desk.Change(ctx, by(stranger), ref, draft())
	_, extend := h.desk.Extend(ctx, by(stranger), ref, at(13, 0), "x")
	_, cancel := h.desk.Cancel(ctx, by(stranger), ref, "x")
	_, undo := h.desk.TakeBack(ctx, by(stranger), ref)
	_, ask := h.desk.Ask(ctx, by(stranger), draft())
	for name, err := range map[string]error{"change": change, "extend": extend, "cancel": cancel, "undo": undo, "ask": ask} {
		if !Because(err, ForeignVendor) || fault.KindOf(err) != fault.Denied {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := h.desk.SaveCard(ctx, by(maker), Card{LineID: "line-1"}, time.Time{}); !Because(err, Outsider) {
		t.Errorf("card: %v", err)
	}
	if err := h.desk.SavePhoto(ctx, by(maker), "line-1", picture(t, 4, 4)); !Because(err, Outsider) {
		t.Errorf("photo: %v", err)
	}
}

func TestDesk_AllowedAndWindows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.open(t)
	h.ask(t, func(r *Request) { r.LineID, r.VendorID = "line-2", "vendor-b"; r.From, r.Until = at(10, 0), at(12, 0) })
	f := func(line string, when time.Time, want bool) {
		t.Helper()
		ok, got, err := h.desk.Allowed(t.Context(), line, when)
		if err != nil || ok != want || ok && got.ID != r.ID {
			t.Errorf("%s at %v: %v %q %v", line, when, ok, got.Number, err)
		}
	}
	f("line-1", at(10, 0), true)
	f("line-1", at(11, 59), true)
	f("line-1", at(12, 0), false)
	f("line-1", at(9, 59), false)
	f("line-2", at(11, 0), false) // only asked
	f("line-3", at(11, 0), false)
	h.clock.Set(at(11, 0))
	if _, err := h.desk.Close(t.Context(), by(clerk), Ref{ID: r.ID}, ""); err != nil {
		t.Fatal(err)
	}
	f("line-1", at(10, 59), true)
	f("line-1", at(11, 1), false)
	w := func(from, until time.Time, want int) {
		t.Helper()
		got, err := h.desk.Windows(t.Context(), from, until)
		if err != nil || len(got) != want {
			t.Errorf("%v–%v: %d %v", from, until, len(got), err)
		}
	}
	w(at(9, 0), at(10, 0), 0)
	w(at(9, 0), at(10, 1), 1)
	w(at(12, 0), at(13, 0), 0)
	w(at(11, 30), at(11, 40), 1)
}

func TestDesk_Readings(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	f := func(id string, state reading.State, count int) {
		t.Helper()
		set, err := reading.Collect(t.Context(), []reading.Source{h.desk.Readings})
		if err != nil {
			t.Fatal(err)
		}
		if r := set.Get(id); r.State != state || r.Count != count {
			t.Errorf("%s: %s %d, want %s %d", id, r.State, r.Count, state, count)
		} else if said := h.site.Catalog.Say("ja", r.Say); strings.Contains(said, "⟦") || said == "" {
			t.Errorf("%s says %q", id, said)
		}
	}
	f("access.standing", reading.Bad, 1)
	for _, id := range []string{"access.overdue", "access.reviews", "access.windows"} {
		f(id, reading.Unknown, 0) // nothing recorded is not nothing wanting
	}
	h.reg.lines[2].Hours = asset.HoursUnknown
	f("access.standing", reading.Unknown, 0)
	h.reg.lines[2].Hours = asset.OnDemand
	f("access.standing", reading.Good, 0)
	r := h.open(t)
	f("access.overdue", reading.Good, 0)
	f("access.windows", reading.Good, 0)
	h.clock.Set(at(12, 31))
	f("access.overdue", reading.Bad, 1)
	f("access.standing", reading.Bad, 1) // open past its window
	if _, err := h.desk.Close(t.Context(), by(clerk), Ref{ID: r.ID}, ""); err != nil {
		t.Fatal(err)
	}
	f("access.overdue", reading.Good, 0)
	f("access.reviews", reading.Good, 0)
	h.clock.Set(time.Date(2026, 11, 5, 0, 0, 0, 0, jst))
	f("access.reviews", reading.Bad, 1)
	if _, err := h.desk.Review(t.Context(), by(reviewer), Ref{ID: r.ID}, Review{Result: Incident, Note: "申請にない接続"}); err != nil {
		t.Fatal(err)
	}
	f("access.reviews", reading.Good, 0)
	f("access.windows", reading.Bad, 1)
	h.clock.Add(91 * 24 * time.Hour)
	f("access.windows", reading.None, 0)
	h.reg.lines = nil
	f("access.standing", reading.Unknown, 0)
}

func TestDesk_Todos(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	person := func(id string, perms ...web.Perm) web.Person {
		p := webtest.Person(append(perms, PermRead)...)
		p.ID = id
		return p
	}
	f := func(p web.Person, want ...string) {
		t.Helper()
		all, err := today.Collect(t.Context(), p, []today.Source{h.desk.Todos})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, todo := range all {
			got = append(got, string(todo.Level)+" "+strings.TrimPrefix(todo.Say.Key, "access.todo."))
			if said := h.site.Catalog.Say("en", todo.Say) + h.site.Catalog.Say("ja", todo.Why); strings.Contains(said, "⟦") {
				t.Errorf("no words: %s", said)
			}
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("%s: got %q, want %q", p.ID, got, want)
		}
	}
	approver, operator, looker := person(boss.ID, PermApprove), person(clerk.ID, PermOperate, PermApprove), person(reviewer.ID, PermReview)
	r := h.ask(t, nil)
	f(approver, "amber approve")
	f(operator) // entered it
	vendor := person(maker.ID, PermApprove, PermOperate, PermReview)
	vendor.Vendor = "vendor-a"
	f(vendor)
	ctx := t.Context()
	step := func(_ Request, err error) { must(t)(Request{}, err) }
	step(h.desk.Approve(ctx, by(boss), Ref{ID: r.ID}, ""))
	f(operator)
	h.clock.Set(at(9, 45))
	f(operator, "amber open_now")
	step(h.desk.Open(ctx, by(clerk), Ref{ID: r.ID}, Plug, ""))
	f(operator)
	step(h.desk.Extend(ctx, by(maker), Ref{ID: r.ID}, at(13, 0), "x"))
	f(approver, "amber extension")
	h.clock.Set(at(12, 1))
	f(operator, "amber close_now", "amber extension")
	h.clock.Set(at(12, 31))
	f(operator, "red close_overdue", "amber extension")
	step(h.desk.Close(ctx, by(clerk), Ref{ID: r.ID}, ""))
	f(looker, "info review")
	f(person(boss.ID, PermReview)) // approved it
	h.clock.Set(time.Date(2026, 11, 5, 0, 0, 0, 0, jst))
	f(looker, "red review_overdue")
	step(h.desk.Review(ctx, by(reviewer), Ref{ID: r.ID}, Review{Result: Question, Note: "照会"}))
	f(looker, "info question")
	step(h.desk.Review(ctx, by(reviewer), Ref{ID: r.ID}, planned()))
	f(looker)
}
