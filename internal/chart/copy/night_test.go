package copy_test

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/today"
)

func TestAlarm_OldCopyAndNoMedium(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site(t).As(it())
	h.ceremony(t, c, "")
	h.setUp(t, c)
	h.next(t)
	if h.alarm("copy/") {
		t.Errorf("alarm on a good night: %+v", h.alarms)
	}
	if err := os.Rename(filepath.Join(h.dir, "usb"), filepath.Join(h.dir, "away")); err != nil {
		t.Fatal(err)
	}
	h.next(t)
	h.next(t)
	if !h.alarm("copy/run/") || !h.alarm("copy/age/") {
		t.Errorf("alarms: %+v", h.alarms)
	}
	todos, err := h.Todos(t.Context(), it())
	if err != nil {
		t.Fatal(err)
	}
	var red, rotate bool
	for _, x := range todos {
		red = red || x.Level == today.Red && x.Say.Key == "copy.todo.old"
		rotate = rotate || x.Say.Key == "copy.todo.rotate"
	}
	if !red || rotate {
		t.Errorf("todos: %+v", todos)
	}
	if err := os.Rename(filepath.Join(h.dir, "away"), filepath.Join(h.dir, "usb")); err != nil {
		t.Fatal(err)
	}
	media, err := h.Media(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.Post("/copy/media/"+media[0].ID+"/attach", url.Values{"who": {"情報 花子"}}).Want(t, 303)
	h.Wait()
	if r := h.reading(t, "chart.copy.age"); r.State != reading.Good {
		t.Errorf("no copy was made when the medium came: %+v", r)
	}
	h.clock.Add(8 * 24 * time.Hour)
	c.Get("/copy/media").Want(t, 200, "つながれたまま(守りになりません)")
}

// Two media that are attached at the same place by turns are no trouble.
func TestMedia_ByTurnsInOnePlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site(t).As(it())
	h.ceremony(t, c, "")
	h.setUp(t, c)
	h.next(t)
	usb, first := filepath.Join(h.dir, "usb"), filepath.Join(h.dir, "first")
	if err := os.Rename(usb, first); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(usb, 0o700); err != nil {
		t.Fatal(err)
	}
	c.Post("/copy/media/new", url.Values{"label": {"写し 2 号"}, "path": {usb}, "place": {"別館"}, "rotate": {"7"}}).Want(t, 303)
	h.next(t)
	runs, err := h.Runs(t.Context(), 5)
	if err != nil || len(runs) != 2 || runs[0].State != copy.Finished || runs[0].Label != "写し 2 号" || h.alarm("copy/") {
		t.Errorf("%+v %v %+v", runs, err, h.alarms)
	}
	if r := h.reading(t, "chart.copy.media"); r.Total != 2 {
		t.Errorf("%+v", r)
	}
	// A medium that nobody registered is refused, and said.
	if err := os.RemoveAll(usb); err != nil {
		t.Fatal(err)
	}
	other := newHouse(t)
	oc := other.site(t).As(it())
	other.ceremony(t, oc, "")
	other.setUp(t, oc)
	if err := os.Rename(filepath.Join(other.dir, "usb"), usb); err != nil {
		t.Fatal(err)
	}
	h.next(t)
	if !h.alarm("copy/run/") {
		t.Error("a foreign medium raised no alarm")
	}
}

// A share that was away is tried again the same morning, and not for ever.
func TestRound_TriesAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site(t).As(it())
	h.ceremony(t, c, "")
	h.setUp(t, c)
	gone := h.store + ".gone"
	if err := os.Rename(h.store, gone); err != nil {
		t.Fatal(err)
	}
	h.next(t)
	round := func(after time.Duration, want int, state copy.State) {
		t.Helper()
		h.clock.Add(after)
		if err := h.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.Wait()
		runs, err := h.Runs(t.Context(), 20)
		if err != nil || len(runs) != want || runs[0].State != state {
			t.Errorf("%d runs, the last %s, %v; want %d, %s", len(runs), runs[0].State, err, want, state)
		}
	}
	round(30*time.Minute, 1, copy.Failed)
	round(31*time.Minute, 2, copy.Failed)
	if err := os.Rename(gone, h.store); err != nil {
		t.Fatal(err)
	}
	round(61*time.Minute, 3, copy.Finished)
	round(61*time.Minute, 3, copy.Finished)
	if err := os.Rename(h.store, gone); err != nil {
		t.Fatal(err)
	}
	h.next(t)
	for range 6 {
		h.clock.Add(61 * time.Minute)
		if err := h.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.Wait()
	}
	round(time.Minute, 3+4, copy.Failed)
}

func TestRotate_NewKeyGoesOnOnTheSameMedium(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site(t).As(it())
	h.ceremony(t, c, "")
	h.setUp(t, c)
	h.next(t)
	sheets, _ := h.ceremony(t, c, "")
	h.next(t)
	runs, err := h.Runs(t.Context(), 5)
	if err != nil || len(runs) != 2 || runs[0].State != copy.Finished || runs[0].Report.Counts.Kept != 0 {
		t.Fatalf("%+v %v", runs, err)
	}
	media, err := h.Media(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	done := c.Post("/copy/media/"+media[0].ID+"/check", url.Values{"depth": {"quick"}, "part1": {sheets[0]}, "part2": {sheets[1]}}).Want(t, 303)
	h.Wait()
	c.Get(done.Location()).Want(t, 200, "いちばん新しい世代は 000002 です")
}
