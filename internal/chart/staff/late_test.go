package staff_test

import (
	"strings"
	"testing"
	"time"
)

// A page that took longer to make than the session holds is not shown to whoever
// stands there by then; waiting for one does not keep a session open; what a form
// did is answered.
func TestLock_FallsWhileAPageIsMade(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.admin().take(list, "whole", "code").want(t, 200)
	b := w.signIn("0123", nursePIN)
	b.get("/slow/200").want(t, 200, "the chart of somebody")
	w.clock.Add(110 * time.Second)
	if p := b.get("/chart/1").want(t, 303, "/signin?next="); strings.Contains(p.body, "the chart") {
		t.Error("waiting was taken for use")
	}
	b.post("/lock", "pin", nursePIN, "next", "/chart/1").want(t, 303)
	if p := b.get("/slow/301").want(t, 303, "/signin?next=%2Fslow%2F301"); strings.Contains(p.body, "the chart") {
		t.Error("a page was shown on a locked screen")
	}
	b.get("/chart/1").want(t, 303, "/signin")
	b.post("/lock", "pin", nursePIN, "next", "/chart/1").want(t, 303)
	b.post("/slow").want(t, 200, "shown once")
}

// A page that is made when break-glass ends is not shown.
func TestGlass_EndsWhileAPageIsMade(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.admin().take(list, "whole", "code").want(t, 200)
	b := w.browser()
	b.post("/glass", "yourname", "応援 医師", "employer", "架空大学", "reason", "救急の応援", "pin", "604817").want(t, 303)
	for range 79 {
		w.clock.Add(3 * time.Minute)
		b.get("/chart/1").want(t, 200)
	}
	w.clock.Add(2 * time.Minute)
	b.get("/chart/1").want(t, 200)
	if p := b.get("/slow/90").want(t, 303, "/signin"); strings.Contains(p.body, "the chart") {
		t.Error("a page was shown after the hours of break-glass")
	}
	b.get("/chart/1").want(t, 303, "/signin")
}
