package detect_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/text"
)

// wideNight is a night that ends on many computers.
func (h *house) wideNight(n int) {
	h.night()
	for i := range n {
		h.clock.Add(20 * time.Second)
		h.take(process(fmt.Sprintf("PC-%04d", i+1), "administrator", "vssadmin.exe delete shadows /all"), cleared(fmt.Sprintf("PC-%04d", i+1)))
	}
}

// TestStory_TheSameOnManyComputersIsOneLine keeps the story short and the
// evidence whole.
func TestStory_TheSameOnManyComputersIsOneLine(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.wideNight(30)
	if got := h.stories(); len(got) != 1 || !strings.Contains(got[0], " 65 ") {
		t.Fatalf("%v", got)
	}
	page := h.site().As(analyst()).Get("/alerts/stories/"+h.storyID(1)).Want(t, 200, "ほか30台でも同じ", "下の表の番号4", "PC-0030", "+30")
	body := page.Body
	lines := body[strings.Index(body, `<ol class="steps">`):strings.Index(body, `<div id="picture">`)]
	if n := strings.Count(lines, "<details"); n != 2 {
		t.Errorf("%d lines are folded", n)
	}
	if n := strings.Count(body, "<polygon"); n != 5 {
		t.Errorf("%d rows in the picture", n)
	}
	table := body[strings.Index(body, `id="cap"`):]
	for i := range 65 {
		if id := h.alertID(i + 1); strings.Count(table, "/alerts/one/"+id) != 1 || !strings.Contains(lines, "/alerts/one/"+id) {
			t.Errorf("alert %d is not evidence", i+1)
		}
	}
	if _, err := h.Declare(t.Context(), ledgertest.Actor(), h.storyID(1), h.voice(text.JA)); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(h.incidents.declared[0].Noticed, " / "); n > 6 || !strings.Contains(h.incidents.declared[0].Noticed, "ほか30台でも同じ") {
		t.Errorf("the incident begins with: %s", h.incidents.declared[0].Noticed)
	}
}
