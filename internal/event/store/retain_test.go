package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event/store/files/filestest"
	"github.com/torideproject/toride/internal/fault"
)

// days makes a store with one file of ten events for each of n days, and stands
// at noon of the last.
func days(t *testing.T, n int) *bench {
	t.Helper()
	b := newBench(t).open()
	for day := range n {
		b.clock.Set(noon().AddDate(0, 0, day))
		b.take(uint64(day+1), batchOf(uint64(day+1), 10, b.clock.Now()))
		b.seal()
	}
	return b
}

func planned(p Plan) string {
	var out []string
	for _, d := range p.Days {
		out = append(out, fmt.Sprintf("%s:%d:%d", d.Day, d.Files, d.Rows))
	}
	return strings.Join(out, " ")
}

func TestPlan_WholeDaysThatAreOver(t *testing.T) {
	t.Parallel()
	b := days(t, 5) // 20 to 24 November
	b.settings.KeepDays = 3
	if p := b.Plan(); planned(p) != "2026-11-20:1:10" || p.Before != "2026-11-21" || p.Doubt != NoDoubt {
		t.Errorf("%s %+v", planned(p), p)
	}
	b.clock.Add(12*time.Hour - time.Second)
	if p := b.Plan(); len(p.Days) != 1 {
		t.Errorf("%s", planned(p))
	}
	b.clock.Add(time.Second) // midnight in UTC
	if p := b.Plan(); planned(p) != "2026-11-20:1:10 2026-11-21:1:10" {
		t.Errorf("%s", planned(p))
	}
	b.settings.KeepDays = 0 // the default
	if p := b.Plan(); len(p.Days) > 0 || p.KeepDays != DefaultKeepDays {
		t.Errorf("%+v", p)
	}
	b.expect(10, 1, 2, 3, 4, 5)
}

func TestTick_DeletesByItself(t *testing.T) {
	t.Parallel()
	b := days(t, 5)
	b.settings.KeepDays = 3
	b.tick(time.Minute)
	b.tick(time.Minute)
	b.expect(10, 2, 3, 4, 5)
	if want := []Note{{Kind: NoteDelete, Day: "2026-11-20", Files: 1, Rows: 10, Bytes: b.notes[0].Bytes}}; !slices.Equal(b.notes, want) || b.notes[0].Bytes == 0 {
		t.Errorf("%+v", b.notes)
	}
	b.clean("after deleting")
	for name := range b.disk.Files() {
		if strings.Contains(name, "2026-11-20") {
			t.Errorf("%s is left", name)
		}
	}
	r, err := b.Verify(t.Context(), nil, nil)
	if err != nil || len(r.Findings) > 0 || len(r.Deleted) != 1 || r.Deleted[0].Day != "2026-11-20" || r.Deleted[0].Rows != 10 {
		t.Errorf("%+v %v", r, err)
	}
	b.open()
	b.expect(10, 2, 3, 4, 5)
}

func TestHold_NothingIsDeleted(t *testing.T) {
	t.Parallel()
	b := days(t, 5)
	b.settings.KeepDays = 1
	must(t, b.Hold(t.Context(), "case-1", time.Time{}, "鈴木"))
	must(t, b.Hold(t.Context(), "case-2", b.clock.Now().Add(time.Hour), "鈴木"))
	b.open() // a hold survives
	b.tick(2 * time.Hour)
	b.expect(10, 1, 2, 3, 4, 5)
	if h := b.Holds(); len(h) != 1 || h[0].ID != "case-1" || h[0].By != "鈴木" { // the second one is over
		t.Errorf("%+v", h)
	}
	plan := b.Plan()
	if len(plan.Days) != 3 || len(plan.Holds) != 1 {
		t.Errorf("%+v", plan)
	}
	if err := b.Delete(t.Context(), plan, "tester"); fault.Of(err).Msg.Key != "event.store.held" {
		t.Errorf("%v", err)
	}
	if err := b.Release(t.Context(), "case-9", "tester"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
	if err := b.Hold(t.Context(), "", time.Time{}, "tester"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
	must(t, b.Release(t.Context(), "case-1", "tester"))
	if err := b.Delete(t.Context(), Plan{}, "tester"); fault.Of(err).Msg.Key != "event.store.plan" {
		t.Errorf("%v", err)
	}
	must(t, b.Delete(t.Context(), b.Plan(), "tester"))
	b.expect(10, 4, 5)
	var kinds []NoteKind
	for _, n := range b.notes {
		kinds = append(kinds, n.Kind)
	}
	if !slices.Equal(kinds, []NoteKind{NoteHold, NoteHold, NoteRelease, NoteDelete, NoteDelete, NoteDelete}) {
		t.Errorf("%v", kinds)
	}
}

// What the ledger does not have is not done.
func TestDelete_NoNoteNoDeletion(t *testing.T) {
	t.Parallel()
	b := days(t, 3)
	b.settings.KeepDays = 1
	boom := errors.New("the ledger cannot be written")
	b.Store.cfg.Note = func(context.Context, Note) error { return boom }
	for _, err := range []error{b.Delete(t.Context(), b.Plan(), "x"), b.Hold(t.Context(), "c", time.Time{}, "x")} {
		if !errors.Is(err, boom) {
			t.Errorf("%v", err)
		}
	}
	b.expect(10, 1, 2, 3)
	if len(b.Holds()) > 0 {
		t.Error("held without a note")
	}
}

// Retention goes by the clock of the machine: a wrong one must not delete.
func TestPlan_ClockThatIsWrong(t *testing.T) {
	t.Parallel()
	check := func(name string, want Doubt, day string, change func(b *bench)) {
		t.Helper()
		b := days(t, 5)
		b.settings.KeepDays = 3
		change(b)
		p := b.Plan()
		if p.Doubt != want || planned(p) != day {
			t.Errorf("%s: doubt %q, %s", name, p.Doubt, planned(p))
		}
		if want != NoDoubt {
			before := b.rows()
			b.tick(2 * time.Hour)
			if b.rows() != before {
				t.Errorf("%s: deleted in doubt", name)
			}
		}
	}
	all := "2026-11-20:1:10 2026-11-21:1:10 2026-11-22:1:10 2026-11-23:1:10 2026-11-24:1:10"
	check("ten years ahead, nothing came", Quiet, all, func(b *bench) { b.clock.Set(noon().AddDate(10, 0, 0)) })
	check("ten years ahead, and going on", Jump, all, func(b *bench) {
		for i := range 3 {
			b.clock.Set(noon().AddDate(10, 0, i))
			b.take(uint64(6+i), batchOf(uint64(6+i), 10, b.clock.Now()))
			b.seal()
		}
	})
	check("ten years ahead for an hour, and back", NoDoubt, "2026-11-20:1:10", func(b *bench) {
		b.clock.Set(noon().AddDate(10, 0, 0))
		b.take(6, batchOf(6, 10, b.clock.Now()))
		b.seal()
		b.clock.Set(noon().AddDate(0, 0, 4).Add(time.Hour))
		b.take(7, batchOf(7, 10, b.clock.Now()))
		b.seal()
	})
	check("1970 for an hour", NoDoubt, "2026-11-20:1:10", func(b *bench) {
		b.clock.Set(time.Unix(3600, 0))
		b.take(6, batchOf(6, 10, b.clock.Now()))
		b.seal()
		b.clock.Set(noon().AddDate(0, 0, 4).Add(time.Hour))
	})
}

// A week and more at once is for a person to decide.
func TestPlan_ManyDaysAtOnce(t *testing.T) {
	t.Parallel()
	b := days(t, 10)
	b.settings.KeepDays = 2
	if p := b.Plan(); p.Doubt != NoDoubt || len(p.Days) != 7 {
		t.Errorf("%q %s", p.Doubt, planned(p))
	}
	b.settings.KeepDays = 1
	b.tick(2 * time.Hour)
	if p := b.Plan(); p.Doubt != Many || len(p.Days) != 8 || b.rows() != 100 {
		t.Errorf("%q %s", p.Doubt, planned(p))
	}
	must(t, b.Delete(t.Context(), b.Plan(), "tester"))
	b.expect(10, 9, 10)
}

// A month after a jump it counts as real.
func TestPlan_AfterALongAbsence(t *testing.T) {
	t.Parallel()
	b := days(t, 2)
	b.settings.KeepDays = 40
	for i := range 30 {
		b.clock.Set(noon().AddDate(0, 3, i))
		b.take(uint64(3+i), batchOf(uint64(3+i), 1, b.clock.Now()))
		b.seal()
		if want := NoDoubt; i < 29 {
			if want = Jump; b.Plan().Doubt != want {
				t.Fatalf("day %d: %q", i, b.Plan().Doubt)
			}
		} else if b.Plan().Doubt != want || planned(b.Plan()) != "2026-11-20:1:10 2026-11-21:1:10" {
			t.Errorf("day %d: %q %s", i, b.Plan().Doubt, planned(b.Plan()))
		}
	}
}

// A search that is under way keeps its files; afterwards they go.
func TestView_KeepsItsFiles(t *testing.T) {
	t.Parallel()
	b := days(t, 4)
	b.settings.KeepDays = 1
	v, done := b.View()
	b.tick(2 * time.Hour)
	b.expect(10, 3, 4)
	if n := len(b.names()); n != 4 {
		t.Fatalf("%d files while a view has them", n)
	}
	var rows int64
	for _, p := range v.Parts {
		r, closed, err := p.Open()
		must(t, err)
		rows += r.Info().Rows
		closed()
		closed() // twice is harmless
	}
	if rows != 40 {
		t.Errorf("%d rows", rows)
	}
	done()
	done()
	b.tick(time.Second)
	b.clean("after the view")
}

// Cut at every operation while a day is deleted: it is there, whole, or it is
// gone and the log says so.
func TestCrash_Deleting(t *testing.T) {
	t.Parallel()
	for cut := 0; ; cut++ {
		b := days(t, 3)
		b.settings.KeepDays = 1
		b.clock.Add(24 * time.Hour)
		b.disk.Cut(cut)
		b.cat.step = b.disk.Step
		err := b.Delete(t.Context(), b.Plan(), "tester")
		b.close()
		for _, m := range filestest.Modes() {
			c := newBench(t)
			c.disk = b.disk.Reboot(m)
			c.cfg.FS = c.disk
			copyDB(t, b.cfg.Catalogue, c.cfg.Catalogue)
			c.clock.Set(b.clock.Now())
			c.settings = b.settings
			c.open()
			switch n := c.rows(); {
			case err == nil && n != 10, n%10 != 0:
				t.Fatalf("cut %d %s: %d rows, %v", cut, m, n, err)
			}
			r, verr := c.Verify(t.Context(), nil, nil)
			if verr != nil || r.Broken() || len(r.Deleted)+r.Files != 3 {
				t.Fatalf("cut %d %s: %+v %v", cut, m, r, verr)
			}
			c.tick(2 * time.Hour)
			c.clean(fmt.Sprintf("cut %d %s", cut, m))
			c.close()
		}
		if err == nil {
			if cut < 10 {
				t.Errorf("only %d operations", cut)
			}
			return
		}
	}
}

func TestTake_DiskNearlyFull(t *testing.T) {
	t.Parallel()
	b := newBench(t).open()
	b.take(1, batchOf(1, 10, noon()))
	b.free = 49 << 30 // of a TiB: the reserve is 50 GiB
	b.clock.Add(time.Second)
	for range 2 {
		err := b.Take(t.Context(), 1, 2, batchOf(2, 10, noon()))
		if f := fault.Of(err); f == nil || f.Kind != fault.Full || f.Msg.Key != "event.store.full" {
			t.Fatalf("%v", err)
		}
	}
	b.expect(10, 1) // what is there is found
	b.seal()        // and what was taken is sealed: the reserve is for that
	b.done(1, 1)
	u, err := b.Usage(t.Context())
	if err != nil || !u.Full || !u.FullSince.Equal(b.clock.Now()) || u.Reserve != 50<<30 {
		t.Errorf("%+v %v", u, err)
	}
	b.free = 51 << 30 // not enough above the limit: it would flicker
	if err := b.Take(t.Context(), 1, 2, batchOf(2, 10, noon())); fault.KindOf(err) != fault.Full {
		t.Errorf("%v", err)
	}
	b.free = 56 << 30
	b.take(2, batchOf(2, 10, noon()))
	b.expect(10, 1, 2)
	b.settings.Reserve = 60 << 30
	b.clock.Add(2 * time.Second)
	if err := b.Take(t.Context(), 1, 3, batchOf(3, 10, noon())); fault.KindOf(err) != fault.Full {
		t.Errorf("with an own reserve: %v", err)
	}
}

// The disk is really full: nothing is lost, and it goes on by itself.
func TestSeal_NoRoom(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.cfg.Seal.Events = 20
	b.open()
	b.take(1, batchOf(1, 10, noon()))
	b.disk.Full(true)
	if err := b.Seal(t.Context()); err == nil {
		t.Fatal("sealed on a full disk")
	}
	b.done(0, 0)
	b.expect(10, 1)
	b.take(2, batchOf(2, 10, noon())) // the next tail has room
	b.sealing.Wait()
	if err := b.Take(t.Context(), 1, 3, batchOf(3, 11, noon())); err == nil {
		t.Fatal("took more than fits into memory")
	}
	b.expect(10, 1, 2)
	b.disk.Full(false)
	b.take(3, batchOf(3, 10, noon()))
	b.seal()
	b.done(1, 3)
	b.expect(10, 1, 2, 3)
	if r, err := b.Verify(t.Context(), nil, nil); err != nil || len(r.Findings) > 0 {
		t.Errorf("%+v %v", r, err)
	}
	b.clean("after the disk was full")
}

func TestPlanFor_AnotherNumberOfDays(t *testing.T) {
	t.Parallel()
	b := days(t, 12) // 20 November to 1 December
	if p := b.PlanFor(9); planned(p) != "2026-11-20:1:10 2026-11-21:1:10" || p.KeepDays != 9 || p.Doubt != NoDoubt {
		t.Errorf("%s %+v", planned(p), p)
	}
	if p := b.PlanFor(2); len(p.Days) != 9 || p.Doubt != Many {
		t.Errorf("%s %s", planned(p), p.Doubt)
	}
	if p := b.Plan(); len(p.Days) != 0 || p.KeepDays != DefaultKeepDays {
		t.Errorf("asking changed the setting: %+v", p)
	}
}

// Whoever asked for something may go away when the log has it already, as all
// do when Toride stops: the catalogue follows all the same.
func TestWrite_CatalogueFollowsAfterCancel(t *testing.T) {
	t.Parallel()
	b := newBench(t).open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Hold(ctx, "incident/1", time.Time{}, "sato"); err != nil {
		t.Fatal(err)
	}
	in, err := b.cat.logState(t.Context())
	if err != nil || Head(in) != b.Head() {
		t.Errorf("the catalogue is at %+v, the log at %+v, %v", in, b.Head(), err)
	}
}
