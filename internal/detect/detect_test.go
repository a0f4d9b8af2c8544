package detect_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/access"
	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/text"
)

func want(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// night plays the night of 2022, hour by hour, into the desk.
func (h *house) night() {
	h.take(rdp("KYUSHOKU-0001", "administrator", "192.0.2.7"))
	h.clock.Add(20 * time.Minute)
	h.take(avOff("KYUSHOKU-0001"))
	h.clock.Add(30 * time.Minute)
	for i := range 6 {
		h.take(failed("KARTE-DB1", fmt.Sprint("user", i), "10.20.40.11"))
	}
	h.clock.Add(10 * time.Minute)
	h.take(process("KARTE-DB1", "administrator", "vssadmin.exe delete shadows /all"))
	h.clock.Add(5 * time.Minute)
	h.take(cleared("KARTE-DB1"))
}

func TestTake_TheNightIsOneStory(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.night()
	want(t, "alerts", h.alerts(),
		"1 new critical 1x asset/m<192.0.2.7[administrator] watch/outside.no-window",
		"2 new high 1x asset/m[] toride/00000000-0000-4000-8000-000000000002",
		"3 new high 2x <asset/m[user0 user1 user2 user3 user4 user5] toride/00000000-0000-4000-8000-000000000006",
		"4 new high 1x asset/k[administrator] toride/00000000-0000-4000-8000-000000000003",
		"5 new high 1x asset/k[] toride/00000000-0000-4000-8000-000000000004")
	want(t, "stories", h.stories(), "S-1 new critical 5 [A2 A3 A4 A8 A9 A12]: 給食事業者VPNから給食サーバ (KYUSHOKU-0001)への、承認を確認できない遠隔接続")
}

func TestTake_InsideAnApprovedWindowNothingIsFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	now := h.clock.Now()
	h.reg.windows = []access.Request{{ID: "r1", Number: "2026-0001", VendorID: "v1", LineID: "l1", State: access.Approved, From: now.Add(-time.Hour), Until: now.Add(time.Hour), Decision: &access.Decision{Yes: true, At: now.Add(-2 * time.Hour)}}}
	h.open()
	h.take(rdp("KYUSHOKU-0001", "hosyu", "192.0.2.7"))
	want(t, "alerts", h.alerts())
	h.clock.Add(2 * time.Hour)
	h.take(rdp("KYUSHOKU-0001", "hosyu", "192.0.2.7"))
	if got := h.alerts(); len(got) != 1 {
		t.Errorf("after the window: %v", got)
	}
}

// TestTake_SeesTheRegisterOfNow checks that an approval counts at once, without
// a restart.
func TestTake_SeesTheRegisterOfNow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take(rdp("KYUSHOKU-0001", "hosyu", "192.0.2.7"))
	now := h.clock.Now()
	h.reg.windows = []access.Request{{ID: "r1", VendorID: "v1", LineID: "l1", State: access.Approved, From: now, Until: now.Add(time.Hour), Decision: &access.Decision{Yes: true, At: now}}}
	if err := h.book.Note(t.Context(), ledgertest.Actor(), "access.request.approve", "x", nil); err != nil {
		t.Fatal(err)
	}
	h.clock.Add(time.Minute)
	h.take(rdp("KYUSHOKU-0001", "hosyu", "192.0.2.7"))
	if got := h.alerts(); len(got) != 1 || !strings.Contains(got[0], " 1x ") {
		t.Errorf("%v", got)
	}
}

func TestFold_EpisodesEndAndNeverReopen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 3 {
		h.take(avOff("PC-1"))
		h.clock.Add(50 * time.Minute)
	}
	want(t, "one episode", h.alerts(), "1 new high 3x pc-1[] toride/00000000-0000-4000-8000-000000000002")
	h.clock.Add(20 * time.Minute)
	h.take(avOff("PC-1"))
	if got := h.alerts(); len(got) != 2 {
		t.Fatalf("after more than an hour: %v", got)
	}
	a, err := h.Alert(t.Context(), h.alertID(2))
	if err != nil || a.Prev != h.alertID(1) {
		t.Errorf("the successor does not name the one before: %+v %v", a, err)
	}
	if err := h.CloseAlert(t.Context(), ledgertest.Actor(), a.ID, detect.Benign, "保守作業"); err != nil {
		t.Fatal(err)
	}
	h.take(avOff("PC-1"))
	got := h.alerts()
	if len(got) != 3 || !strings.HasPrefix(got[1], "2 closed high 1x") || !strings.HasPrefix(got[2], "3 new high 1x") {
		t.Errorf("a closed alert took a finding: %v", got)
	}
}

func TestFold_KeepsSomeEvidence(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 200 {
		e := process("PC-1", "tanaka", fmt.Sprint("cmd.exe /c vssadmin delete shadows ", i))
		h.take(e)
		h.clock.Add(10 * time.Second)
	}
	a, err := h.Alert(t.Context(), h.alertID(1))
	if err != nil || a.Count != 200 {
		t.Fatalf("%+v %v", a, err)
	}
	var n int
	if err := h.book.DB().Read().QueryRowContext(t.Context(), "SELECT count(*) FROM detect_sample WHERE alert = ?", a.ID).Scan(&n); err != nil || n != 40 {
		t.Errorf("%d samples are kept: %v", n, err)
	}
}

// TestTake_ExactlyOnce stops the program at every batch, before and after it
// was written, and gives the journal again from what Done said.
func TestTake_ExactlyOnce(t *testing.T) {
	t.Parallel()
	play := func(h *house, stop int) {
		batches := [][]event.Event{{avOff("PC-1")}, {failed("PC-2", "a", "10.0.0.9"), failed("PC-2", "b", "10.0.0.9")}, {avOff("PC-1"), avOff("PC-3")}, {failed("PC-2", "c", "10.0.0.9")},
			{failed("PC-2", "d", "10.0.0.9"), process("PC-1", "x", "whoami.exe")}, {failed("PC-2", "e", "10.0.0.9")}, {avOff("PC-1")}, {failed("PC-2", "f", "10.0.0.9")}}
		times := make([]time.Time, len(batches))
		for i := range batches {
			times[i] = h.clock.Now().Add(time.Duration(i) * 10 * time.Second)
		}
		give := func(i int) {
			for j := range batches[i] {
				batches[i][j].Received, batches[i][j].Time = times[i], times[i]
			}
			h.put(uint64(i+1), batches[i]...)
			h.clock.Add(9 * time.Second)
		}
		for i := range batches {
			if i == stop { // taken, not written
				for j := range batches[i] {
					batches[i][j].Received, batches[i][j].Time, batches[i][j].At = times[i], times[i], event.Position{Epoch: 1, Seq: uint64(i + 1), Index: uint32(j)}
				}
				if err := h.Take(t.Context(), 1, uint64(i+1), batches[i]); err != nil {
					t.Fatal(err)
				}
				h.open()
				for again := int(h.Done().Seq); again < i; again++ {
					give(again)
				}
			}
			give(i)
		}
		if err := h.Flush(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	plain := newHouse(t)
	play(plain, -1)
	counts := func(h *house) string {
		return h.one("SELECT group_concat(rule || ' ' || day || ' ' || n, ', ') FROM (SELECT * FROM detect_count ORDER BY rule, day)")
	}
	for stop := range 8 {
		h := newHouse(t)
		play(h, stop)
		want(t, fmt.Sprint("alerts after a stop at ", stop), h.alerts(), plain.alerts()...)
		want(t, fmt.Sprint("stories after a stop at ", stop), h.stories(), plain.stories()...)
		if counts(h) != counts(plain) {
			t.Errorf("noise after a stop at %d: %s, want %s", stop, counts(h), counts(plain))
		}
		if h.Done() != (event.Position{Epoch: 1, Seq: 8}) {
			t.Errorf("done %v", h.Done())
		}
	}
	want(t, "alerts", plain.alerts(), "1 new high 3x pc-1[] toride/00000000-0000-4000-8000-000000000002", "2 new high 1x pc-3[] toride/00000000-0000-4000-8000-000000000002",
		"3 new low 1x pc-1[x] toride/00000000-0000-4000-8000-000000000005", "4 new high 2x <10.0.0.9[a b c d e f] toride/00000000-0000-4000-8000-000000000006")
}

// TestTake_WhatCannotBeWrittenIsNotTaken makes the outbox fail, as a full disk
// would.
func TestTake_WhatCannotBeWrittenIsNotTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.raiser.fail = errors.New("disk full")
	e := avOff("PC-1")
	e.Received, e.Time = h.clock.Now(), h.clock.Now()
	first := h.Take(t.Context(), 1, 1, []event.Event{e})
	h.clock.Add(2 * time.Second)
	if err := h.Take(t.Context(), 1, 2, []event.Event{e}); err == nil {
		t.Fatalf("a batch was taken although the one before cannot be written (%v)", first)
	}
	if h.Done() != (event.Position{}) {
		t.Errorf("done %v", h.Done())
	}
	h.raiser.fail = nil
	for seq := uint64(1); seq <= 2; seq++ {
		if err := h.Take(t.Context(), 1, seq, []event.Event{e}); err != nil {
			t.Fatal(err)
		}
	}
	h.clock.Add(time.Minute)
	if err := h.Flush(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	want(t, "alerts", h.alerts(), "1 new high 2x pc-1[] toride/00000000-0000-4000-8000-000000000002")
	if h.Done().Seq != 2 || len(h.raiser.told) != 1 || h.raiser.nudges == 0 {
		t.Errorf("done %v, told %d", h.Done(), len(h.raiser.told))
	}
}

func TestStorm_IsBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var batch []event.Event
	for i := range 2000 {
		batch = append(batch, avOff(fmt.Sprint("PC-", i)))
	}
	h.take(batch...)
	got := h.alerts()
	if len(got) != 61 {
		t.Fatalf("%d alerts, want 60 and one for the storm", len(got))
	}
	last, err := h.Alert(t.Context(), h.alertID(61))
	if err != nil || !last.Storm || last.Count != 1940 {
		t.Errorf("%+v %v", last, err)
	}
	if say := h.voice(text.JA); !strings.Contains(say.Sentence(last), "多すぎ") {
		t.Errorf("%s", say.Sentence(last))
	}
	h.open()
	h.take(avOff("PC-9999"))
	if n := len(h.alerts()); n != 61 {
		t.Errorf("after a restart the storm begins anew: %d alerts", n)
	}
}

func TestNotice_ToldInTheSameTransaction(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.night()
	var got []string
	v := h.voice(text.EN)
	for _, n := range h.raiser.told {
		got = append(got, fmt.Sprintf("%s %d %s %t", n.Kind, n.No, n.Level, n.Quiet))
		if strings.Contains(v.Say(n.Title)+v.Say(n.Body), "⟦") || n.URL == "" {
			t.Errorf("%+v: %s", n, v.Say(n.Body))
		}
	}
	want(t, "told", got, "opened 1 critical false", "grew 1 critical false", "grew 1 critical false", "grew 1 critical false", "grew 1 critical false")
	if err := h.Acknowledge(t.Context(), ledgertest.Actor(), h.storyID(1), ""); err != nil {
		t.Fatal(err)
	}
	last := h.raiser.told[len(h.raiser.told)-1]
	if last.Kind != detect.Taken || last.By != "試験 太郎" {
		t.Errorf("%+v", last)
	}
	if err := h.Acknowledge(t.Context(), ledgertest.Actor(), h.storyID(1), ""); err == nil {
		t.Error("taken on twice")
	}
	if err := h.CloseStory(t.Context(), ledgertest.Actor(), h.storyID(1), detect.Attack, ""); err == nil {
		t.Error("closed without a reason")
	}
	if err := h.CloseStory(t.Context(), ledgertest.Actor(), h.storyID(1), detect.Attack, "訓練で確認"); err != nil {
		t.Fatal(err)
	}
	for _, line := range h.alerts() {
		if !strings.Contains(line, " closed ") {
			t.Errorf("%s", line)
		}
	}
	// What follows is a new story that names the closed one.
	h.take(avOff("KYUSHOKU-0001"))
	s, err := h.Story(t.Context(), h.storyID(2))
	if err != nil || s.Prev != h.storyID(1) {
		t.Errorf("%+v %v", s, err)
	}
	lines, _, err := h.book.Entries(t.Context(), ledger.Filter{Action: "detect.story", Limit: 10})
	if err != nil || len(lines) != 2 || lines[0].Action != "detect.story.close" || lines[0].Actor != "試験 太郎" {
		t.Errorf("ledger: %+v %v", lines, err)
	}
}

func TestDeclare_HandsEvidenceOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.night()
	id, err := h.Declare(t.Context(), ledgertest.Actor(), h.storyID(1), h.voice(text.JA))
	if err != nil || id != "i1" {
		t.Fatal(id, err)
	}
	d := h.incidents.declared[0]
	if d.Kind != "cyber" || !strings.Contains(d.Noticed, "承認した時間枠のない遠隔接続") || d.From != "/alerts/stories/"+h.storyID(1) || d.Commander != "試験 太郎" {
		t.Errorf("%+v", d)
	}
	refs := ""
	for _, o := range h.incidents.objects {
		refs += o.Ref + ";"
	}
	if refs != ";asset/m;asset/k;" { // the vendor's address is no asset
		t.Errorf("objects %s: %+v", refs, h.incidents.objects)
	}
	if e := h.incidents.evidence; len(e) != 1 || !strings.HasPrefix(e[0].Hash, "SHA-256 ") {
		t.Errorf("%+v", e)
	}
	if again, err := h.Declare(t.Context(), ledgertest.Actor(), h.storyID(1), h.voice(text.JA)); err != nil || again != "i1" || len(h.incidents.declared) != 1 {
		t.Errorf("declared twice: %s %v", again, err)
	}
	if s, _ := h.Story(t.Context(), h.storyID(1)); s.Incident != "i1" || s.State != detect.IsAcked {
		t.Errorf("%+v", s)
	}
}
