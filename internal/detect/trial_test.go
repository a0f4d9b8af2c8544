package detect_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// store puts events of the past into the history, one every hour.
func (h *house) store(days int, make func(i int) event.Event) {
	from := h.clock.Now().AddDate(0, 0, -days)
	for i := 0; from.Add(time.Duration(i) * time.Hour).Before(h.clock.Now()); i++ {
		e := make(i)
		e.Received = from.Add(time.Duration(i) * time.Hour)
		e.Time, e.At = e.Received, event.Position{Epoch: 1, Seq: uint64(i + 1)}
		h.history.events = append(h.history.events, e)
	}
}

const (
	vss   = "toride/00000000-0000-4000-8000-000000000003"
	spray = "toride/00000000-0000-4000-8000-000000000006"
)

func TestTry_CountsWithoutAlerts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.store(10, func(i int) event.Event { return process(fmt.Sprint("PC-", i%3), "x", "vssadmin delete shadows") })
	if err := h.Try(t.Context(), "rule:"+vss, []string{vss}, 7, false); err != nil {
		t.Fatal(err)
	}
	got, ok, err := h.Trial(t.Context(), "rule:"+vss, false)
	if err != nil || !ok || got.Findings != 6*24+9 || got.Alerts != got.Findings || len(got.ByDay) != 7 || !got.Whole() || got.Stopped {
		t.Fatalf("%+v %v", got, err)
	}
	if len(got.ByHost) != 3 || got.ByHost[0].Count != got.Findings/3 {
		t.Errorf("%+v", got.ByHost)
	}
	if len(h.alerts()) != 0 {
		t.Error("a trial made alerts")
	}
}

func TestTry_Correlation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.store(2, func(int) event.Event { return process("PC", "x", "cmd") })
	for i := range 7 {
		e := failed("KARTE-DB1", fmt.Sprint("u", i), "10.0.0.9")
		e.Received = h.clock.Now().Add(time.Duration(i-20) * time.Second)
		e.Time = e.Received
		h.history.events = append(h.history.events, e)
	}
	if err := h.Try(t.Context(), "rule:"+spray, []string{spray}, 2, false); err != nil {
		t.Fatal(err)
	}
	if got, _, err := h.Trial(t.Context(), "rule:"+spray, false); err != nil || got.Findings != 1 || got.ByRule[spray] != 1 {
		t.Errorf("%+v %v", got, err)
	}
}

func TestTry_WatchesAndNothingStored(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	err := h.Try(t.Context(), "x", []string{"watch/outside.no-window"}, 7, false)
	if fault.Of(err) == nil || fault.Of(err).Msg.Key != "detect.trial.watch" {
		t.Errorf("%v", err)
	}
	if err := h.Try(t.Context(), "rule:"+vss, []string{vss}, 7, false); err != nil {
		t.Fatal(err)
	}
	if got, _, _ := h.Trial(t.Context(), "rule:"+vss, false); got.Events != 0 || !got.Whole() {
		t.Errorf("%+v", got)
	}
}

// TestRetro_FindsOnceAndSaysSo goes back over stored days twice, and once more a
// day later.
func TestRetro_FindsOnceAndSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.store(3, func(i int) event.Event {
		if i == 30 {
			return process("KARTE-DB1", "x", "vssadmin delete shadows")
		}
		return process("KARTE-DB1", "x", "cmd")
	})
	for range 2 {
		if err := h.Try(t.Context(), "rule:"+vss, []string{vss}, 7, true); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "alerts", h.alerts(), "1 new high 1x asset/k[x] "+vss)
	a, err := h.Alert(t.Context(), h.alertID(1))
	if err != nil || !a.Retro {
		t.Errorf("%+v %v", a, err)
	}
	if n := h.raiser.told; len(n) != 1 || !n[0].Quiet {
		t.Errorf("somebody is woken for what happened days ago: %+v", n)
	}
	h.clock.Add(24 * time.Hour)
	e := process("KARTE-DB1", "y", "vssadmin delete shadows")
	e.Received = h.clock.Now().Add(-time.Hour)
	e.Time = e.Received
	h.history.events = append(h.history.events, e)
	if err := h.Try(t.Context(), "rule:"+vss, []string{vss}, 7, true); err != nil {
		t.Fatal(err)
	}
	if got := h.alerts(); len(got) != 2 || !strings.Contains(got[0], " 1x ") {
		t.Errorf("%v", got)
	}
	todos, err := h.Todos(t.Context(), analyst())
	if err != nil || todos[0].Level == "red" {
		t.Errorf("%+v %v", todos, err)
	}
}

func TestStartTrial_InTheBackground(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.store(2, func(int) event.Event { return process("PC-1", "x", "vssadmin delete shadows") })
	c := h.site().As(analyst())
	c.Post("/alerts/try", url.Values{"scope": {"rule:" + vss}}).Want(t, 303)
	c.Get("/alerts/rules/"+vss).Want(t, 200, "試しています")
	c.Post("/alerts/try", url.Values{"scope": {"rule:" + vss}}).Want(t, 503, "ほかの試行")
	c.Post("/alerts/try", url.Values{"scope": {"rule:nothing"}}).Want(t, 404)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { h.Run(ctx); close(ended) }()
	for { // until the worker has done it
		if _, running := h.Running(); !running {
			break
		}
	}
	cancel()
	<-ended
	c.Get("/alerts/rules/"+vss).Want(t, 200, "検知48回", "警報にすると1件").Lacks(t, "試しています")
	c.Post("/alerts/try", url.Values{"scope": {"level:toride:high"}}).Want(t, 303)
}

func TestSignal_SourceSilent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if err := h.Signal(t.Context(), watch.Signal{Kind: watch.SourceSilent, Name: "FortiGate(給食)", Host: "FGT-60E"}); err != nil {
		t.Fatal(err)
	}
	want(t, "alerts", h.alerts(), "1 new high 1x fgt-60e[] watch/silent.silent")
	a, _ := h.Alert(t.Context(), h.alertID(1))
	if say := h.voice(text.JA); say.Sentence(a) != "FortiGate(給食)のログが届かなくなりました" {
		t.Error(say.Sentence(a))
	}
	h.site().As(analyst()).Get("/alerts/one/"+a.ID).Want(t, 200, "砦自身が気づいたこと")
}

func TestLearning_FirstToChart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take(rdp("KARTE-DB1", "se", "10.10.1.50"))
	h.clock.Add(15 * 24 * time.Hour)
	h.take(rdp("KARTE-DB1", "se", "10.10.1.50"))
	want(t, "known", h.alerts())
	h.open()
	h.take(rdp("KARTE-DB1", "se", "10.20.40.11"))
	want(t, "new", h.alerts(), "1 new critical 1x asset/k<asset/m[se] watch/firstchart.screen")
	h.clock.Add(2 * time.Hour)
	h.take(rdp("KARTE-DB1", "se", "10.20.40.11"))
	if n := len(h.alerts()); n != 1 {
		t.Errorf("%d alerts for what is known by now", n)
	}
}

func readings(t *testing.T, h *house) reading.Set {
	t.Helper()
	h.clock.Add(2 * time.Minute)
	set, err := reading.Collect(t.Context(), []reading.Source{h.Readings})
	if err != nil {
		t.Fatal(err)
	}
	v := h.voice(text.EN)
	for _, r := range set {
		if say := v.Say(r.Say); strings.Contains(say, "⟦") || r.Say.Zero() {
			t.Errorf("%s says %q", r.ID, say)
		}
		for _, i := range r.Items {
			if say := v.Say(i.Say); strings.Contains(say, "⟦") {
				t.Errorf("%s: item %q", r.ID, say)
			}
		}
	}
	return set
}

func TestReadings(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	f := func(when string, set reading.Set, states map[string]reading.State) {
		t.Helper()
		for id, want := range states {
			if r := set.Get(id); r.State != want {
				t.Errorf("%s: %s is %s, want %s", when, id, r.State, want)
			}
		}
	}
	f("before any log", readings(t, h), map[string]reading.State{"detect.rules": reading.Good, "detect.coverage": reading.Unknown, "detect.open": reading.Unknown,
		"detect.step.a1": reading.Unknown, "detect.step.a13": reading.Unknown, "detect.lines": reading.Unknown, "detect.antivirus": reading.Unknown, "detect.exceptions": reading.None})
	h.take(rdp("PC-1", "tanaka", "10.10.30.5"))
	f("with logons", readings(t, h), map[string]reading.State{"detect.coverage": reading.Bad, "detect.open": reading.Good, "detect.step.a3": reading.Good, "detect.step.a4": reading.Bad,
		"detect.step.a13": reading.Bad, "detect.lines": reading.Good, "detect.antivirus": reading.Unknown, "detect.logclear": reading.Good})
	h.night()
	set := readings(t, h)
	f("after the night", set, map[string]reading.State{"detect.open": reading.Bad, "detect.lines": reading.Bad, "detect.antivirus": reading.Bad, "detect.logclear": reading.Bad,
		"detect.bruteforce": reading.Bad, "detect.backup": reading.Bad, "detect.step.a9": reading.Good})
	if r := set.Get("detect.lines"); r.Count != 1 || len(r.Items) != 1 {
		t.Errorf("%+v", r)
	}
	h.clock.Add(8 * 24 * time.Hour)
	f("a week without logs", readings(t, h), map[string]reading.State{"detect.step.a3": reading.Unknown, "detect.coverage": reading.Unknown, "detect.lines": reading.Bad})
}

func TestTodos_WorstFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take(avOff("PC-7"))
	h.clock.Add(30 * time.Hour)
	h.night()
	todos, err := h.Todos(t.Context(), analyst())
	if err != nil || len(todos) < 2 || todos[0].Level != "red" || todos[0].URL != "/alerts/stories/"+h.storyID(2) || todos[0].Rank >= todos[1].Rank {
		t.Errorf("%+v %v", todos, err)
	}
	if todos, _ := h.Todos(t.Context(), web.Person{ID: "p"}); len(todos) != 0 {
		t.Error("todos for somebody who may do nothing")
	}
	if err := h.Acknowledge(t.Context(), ledgertest.Actor(), h.storyID(2), ""); err != nil {
		t.Fatal(err)
	}
	if todos, _ = h.Todos(t.Context(), analyst()); todos[0].URL == "/alerts/stories/"+h.storyID(2) {
		t.Error("a story that is taken on is still asked for")
	}
}

// TestTake_MillionsOfGroups plays a flood of failed logons, each from another
// address: memory of correlations, alerts and database stay bounded, and what
// was under way is not lost.
func TestTake_MillionsOfGroups(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take(failed("KARTE-DB1", "u1", "10.0.0.9"), failed("KARTE-DB1", "u2", "10.0.0.9"))
	n := 400_000 // four times what is held; package correlate is tried with millions
	if testing.Short() {
		n = 100_000
	}
	batch := make([]event.Event, 0, 500)
	for i := range n {
		batch = append(batch, failed("KARTE-DB1", "admin", fmt.Sprintf("11.%d.%d.%d", i>>16&255, i>>8&255, i&255)))
		if len(batch) == cap(batch) {
			h.seq++
			for j := range batch {
				batch[j].At = event.Position{Epoch: 1, Seq: h.seq, Index: uint32(j)}
				batch[j].Received, batch[j].Time = h.clock.Now(), h.clock.Now()
			}
			if err := h.Take(t.Context(), 1, h.seq, batch); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	h.clock.Add(time.Minute)
	if err := h.Flush(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if size := len(h.one("SELECT hex(snapshot) FROM detect_state")) / 2; size > 32<<20 {
		t.Errorf("the stored memory of correlations has %d bytes", size)
	}
	want(t, "alerts", h.alerts())
	h.open()
	for i := range 5 {
		h.take(failed("KARTE-DB1", fmt.Sprint("v", i), "10.0.0.8"))
	}
	if got := h.alerts(); len(got) != 1 {
		t.Errorf("after the flood nothing is found: %v", got)
	}
}

func TestFold_UploadsAndStormsOfStories(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := avOff("PC-1")
	e.Backfill, e.Time = true, h.clock.Now().AddDate(0, -3, 0)
	h.take(e)
	if n := h.raiser.told; len(n) != 1 || !n[0].Quiet {
		t.Errorf("somebody is woken for an upload: %+v", n)
	}
	f := avOff("PC-1")
	h.take(f)
	if got := h.alerts(); len(got) != 2 {
		t.Errorf("an old and a new finding fold into one: %v", got)
	}
	if n := h.raiser.told; len(n) != 2 || n[1].Quiet || n[1].Kind != detect.Opened {
		t.Errorf("%+v", n)
	}
}
