package detect_test

import (
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

const day = 24 * time.Hour

func (h *house) forget() detect.Forgotten {
	h.t.Helper()
	done, err := h.Forget(h.t.Context(), detect.KeepDays)
	if err != nil {
		h.t.Fatal(err)
	}
	return done
}

func (h *house) forgetLines() []ledger.Entry {
	h.t.Helper()
	lines, _, err := h.book.Entries(h.t.Context(), ledger.Filter{Action: "detect.forget", Limit: 10})
	if err != nil {
		h.t.Fatal(err)
	}
	return lines
}

// TestForget_WhatIsClosedAndOld removes a closed story with all that hangs on
// it, in one line of the ledger, and says so to who opens it afterwards.
func TestForget_WhatIsClosedAndOld(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.night()
	gone := h.storyID(1)
	h.clock.Add(20 * day)
	h.take(avOff("PC-7")) // another story, which stays open
	if err := h.CloseStory(t.Context(), ledgertest.Actor(), gone, detect.Benign, "訓練だった"); err != nil {
		t.Fatal(err)
	}
	h.clock.Add(400*day - time.Hour)
	if done := h.forget(); done != (detect.Forgotten{}) || len(h.forgetLines()) != 0 {
		t.Fatalf("removed before its days were over, counted from the closing: %+v", done)
	}
	h.clock.Add(2 * time.Hour)
	if done := h.forget(); done.Stories != 1 || done.Alerts != 5 {
		t.Fatalf("%+v", done)
	}
	lines := h.forgetLines()
	if len(lines) != 1 || !strings.Contains(string(lines[0].Detail), `"alerts":5`) || !strings.Contains(string(lines[0].Detail), `"stories":1`) {
		t.Fatalf("%d lines, %s", len(lines), lines[0].Detail)
	}
	for _, table := range []string{"detect_alert WHERE story = ?1", "detect_sample WHERE alert NOT IN (SELECT id FROM detect_alert) OR alert = ?1", "detect_hit WHERE alert NOT IN (SELECT id FROM detect_alert) OR alert = ?1"} {
		if n := h.one("SELECT count(*) FROM "+table, gone); n != "0" {
			t.Errorf("%s rows are left in %s", n, table)
		}
	}
	if got := h.stories(); len(got) != 1 || !strings.HasPrefix(got[0], "S-2 new") {
		t.Errorf("%v", got)
	}
	h.site().As(analyst()).Get("/alerts/stories/"+gone).Want(t, 404, "保存日数を過ぎて")
	if done := h.forget(); done != (detect.Forgotten{}) || len(h.forgetLines()) != 1 {
		t.Errorf("again: %+v", done)
	}
	h.open()
	h.take(avOff("PC-8"))
	if got := h.stories(); len(got) != 2 || !strings.HasPrefix(got[1], "S-3 new") {
		t.Errorf("a number is given twice: %v", got)
	}
}

// TestForget_NeverWhatIsOpenOrAnIncident keeps what people still need, whatever
// its age.
func TestForget_NeverWhatIsOpenOrAnIncident(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take(avOff("PC-1")) // will be an incident, closed
	h.clock.Add(20 * day)
	h.take(avOff("PC-2")) // taken on
	h.clock.Add(20 * day)
	h.take(avOff("PC-3")) // new
	h.clock.Add(20 * day)
	h.take(avOff("PC-4"))
	ctx, actor := t.Context(), ledgertest.Actor()
	if _, err := h.Declare(ctx, actor, h.storyID(1), h.voice(text.JA)); err != nil {
		t.Fatal(err)
	}
	if err := h.CloseStory(ctx, actor, h.storyID(1), detect.Benign, "事案室で終えた"); err != nil {
		t.Fatal(err)
	}
	if err := h.Acknowledge(ctx, actor, h.storyID(2), ""); err != nil {
		t.Fatal(err)
	}
	h.clock.Add(1000 * day)
	if done := h.forget(); done != (detect.Forgotten{}) {
		t.Errorf("%+v is gone of %v", done, h.stories())
	}
	if n := len(h.alerts()); n != 4 {
		t.Errorf("%d alerts", n)
	}
}

// TestForget_AlertsOfNoStory removes what is below the level of a story, open or
// not: nobody's task.
func TestForget_AlertsOfNoStory(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.site().As(analyst())
	install(t, c, "1", "rules/a.yml", sigmaRule(foreign1, "net user", "low", "CommandLine|contains: 'net user'"))
	if err := h.SwitchLevel(t.Context(), ledgertest.Actor(), "others", sigma.Low, true); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		h.take(process("PC-1", "tanaka", "net user x"))
		h.clock.Add(2 * time.Hour)
	}
	if n := h.one("SELECT count(*) FROM detect_alert WHERE story = ''"); n != "3" {
		t.Fatalf("%s alerts of no story", n)
	}
	h.clock.Add(399 * day)
	if done := h.forget(); done.Alerts != 0 {
		t.Fatalf("%+v", done)
	}
	h.clock.Add(2 * day)
	if done := h.forget(); done.Alerts != 2 || done.Stories != 0 { // the latest stays for its number
		t.Errorf("%+v", done)
	}
}
