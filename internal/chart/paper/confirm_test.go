package paper

import (
	"net/url"
	"testing"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

// A sheet of a number that was typed goes through the same confirmation as his
// chart; lists of wards name nobody by number.
func TestPages_TypedNumberIsConfirmedFirst(t *testing.T) {
	t.Parallel()
	d, site, w := site(t, hospital(t))
	confirmed := map[string]bool{}
	d.cfg.Confirmed = func(_ *web.Call, id string) bool { return confirmed[id] }
	c := site.As(webtest.Person(right.Print))
	for path, next := range map[string]string{
		"/paper/drugs?patient=00012345&large=1": "/print/drugs?large=1&patient=00012345",
		"/paper/drugs/pdf?patient=00012345":     "/print/drugs?as=pdf&patient=00012345",
		"/paper/blank_rx?patient=00012345":      "/print/blank_rx?patient=00012345",
		"/paper/labels/pdf?patient=00012345":    "/print/labels?as=pdf&patient=00012345",
	} {
		if to, want := c.Get(path).Want(t, 303).Location(), "/chart/p/00012345/confirm?next="+url.QueryEscape(next); to != want {
			t.Errorf("%s leads to %s, not %s", path, to, want)
		}
	}
	if lines := w.seen(); len(lines) != 0 {
		t.Errorf("recorded before anything was printed: %v", lines)
	}
	c.Get("/paper/blank_rx").Want(t, 200)
	confirmed["00012345"] = true
	c.Get("/paper/drugs?patient=00012345").Want(t, 200)
	if to := c.Get("/paper/drugs?patient=00012345&patient=77").Want(t, 303).Location(); to != "/chart/p/77/confirm?next="+url.QueryEscape("/print/drugs?patient=00012345&patient=77") {
		t.Error(to)
	}
}
