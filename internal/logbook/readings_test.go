package logbook

import (
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/journal"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// now gives the readings by their IDs, and the todos of a person with the right.
func (d *desk) now(t *testing.T) (map[string]reading.Reading, []today.Todo) {
	t.Helper()
	list, err := d.Readings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]reading.Reading{}
	for _, r := range list {
		byID[r.ID] = r
	}
	todos, err := d.Todos(t.Context(), web.Person{Perms: map[web.Perm]bool{PermWrite: true}})
	if err != nil {
		t.Fatal(err)
	}
	if others, err := d.Todos(t.Context(), web.Person{}); err != nil || len(others) != 0 {
		t.Errorf("somebody without the right is asked for %+v", others)
	}
	return byID, todos
}

func says(todos []today.Todo) (keys []string) {
	for _, x := range todos {
		keys = append(keys, x.Say.Key)
	}
	return keys
}

func TestReadings_NothingSetUpIsUnknownAndNotGood(t *testing.T) {
	t.Parallel()
	d := begin(t)
	got, todos := d.now(t)
	if got["logbook.sources"].State != reading.Unknown || got["logbook.silent"].State != reading.Unknown || got["logbook.kept"].State != reading.Good {
		t.Errorf("%+v", got)
	}
	if keys := says(todos); len(keys) != 1 || keys[0] != "logbook.todo.none" {
		t.Errorf("%v", keys)
	}
}

func TestReadings_FailingSilentAndFull(t *testing.T) {
	t.Parallel()
	d := newDesk()
	var free uint64 = 1 << 30
	cfg := config(t, t.TempDir(), ledgertest.BookAt(t, d.clock), d)
	room := make(chan uint64, 1)
	cfg.Journal.MinFree, cfg.Journal.Free = 1<<20, func() (uint64, error) {
		select {
		case free = <-room:
		default:
		}
		return free, nil
	}
	open(t, d, cfg)
	s := spec("127.0.0.1:0")
	s.Expect = time.Hour
	if _, _, err := d.AddSource(t.Context(), ledgertest.Actor(), s); err != nil {
		t.Fatal(err)
	}
	sink := <-d.ctl.sinks
	if err := sink.Take(t.Context(), []event.Record{d.rec("x")}); err != nil {
		t.Fatal(err)
	}
	if got, todos := d.now(t); got["logbook.sources"].State != reading.Good || got["logbook.silent"].State != reading.Good || len(todos) != 0 {
		t.Errorf("%+v %+v", got, todos)
	}
	d.clock.Add(2 * time.Hour)
	d.check(t.Context())
	if got, todos := d.now(t); got["logbook.silent"].State != reading.Bad || len(got["logbook.silent"].Items) != 1 || says(todos)[0] != "logbook.todo.silent" {
		t.Errorf("%+v %+v", got["logbook.silent"], todos)
	}
	room <- 1
	eventually(t, "records are refused", func() bool { return fault.KindOf(sink.Take(t.Context(), []event.Record{d.rec("x")})) == fault.Full })
	got, todos := d.now(t)
	if got["logbook.kept"].State != reading.Bad || got["logbook.sources"].State != reading.Bad || says(todos)[0] != "logbook.todo.full" || todos[0].Level != today.Red {
		t.Errorf("%+v %+v", got, todos)
	}
	d.ctl.set(fault.New(fault.Conflict, "logbook.source.in_use", "127.0.0.1:514"), false)
	if _, _, err := d.AddSource(t.Context(), ledgertest.Actor(), Spec{Name: "二つ目", Kind: "fake", Address: "127.0.0.1:0", Enabled: true}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the second has failed", func() bool {
		_, todos := d.now(t)
		for _, k := range says(todos) {
			if k == "logbook.todo.failed" {
				return true
			}
		}
		return false
	})
}

func TestReadings_StuckTakerAndLosses(t *testing.T) {
	t.Parallel()
	now := monday
	stuckState := State{Journal: journal.Stats{State: journal.Ready}, Takers: []TakerState{{Name: "store", Err: fault.New(fault.Full, "x"), Since: time.Now().Add(-2 * stuck)}}}
	if r := keptReading(stuckState, nil, now); r.State != reading.Bad || r.Say.Key != "logbook.reading.kept.bad.taker" {
		t.Errorf("%+v", r)
	}
	if keys := says(todos(stuckState)); keys[0] != "logbook.todo.taker" {
		t.Errorf("%v", keys)
	}
	fine := State{Journal: journal.Stats{State: journal.Ready}}
	losses := []Loss{{Loss: journal.Loss{Epoch: 1, From: 4, To: 6}, NoticedAt: now.Add(-time.Hour)}, {Loss: journal.Loss{Epoch: 1, From: 1, To: 1}, NoticedAt: now.Add(-90 * 24 * time.Hour)}}
	if r := keptReading(fine, losses, now); r.State != reading.Bad || r.Count != 3 {
		t.Errorf("%+v", r)
	}
	if r := keptReading(fine, losses[1:], now); r.State != reading.Good {
		t.Errorf("%+v", r)
	}
}
