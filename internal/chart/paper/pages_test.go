package paper

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/web/webtest"
)

// witnessed keeps what was recorded as printed.
type witnessed struct {
	mu    sync.Mutex
	lines []string
	err   error
}

func (w *witnessed) Printed(_ context.Context, actor ledger.Actor, form string, patients []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, actor.Login+" "+form+" "+strings.Join(patients, ","))
	return w.err
}

func (w *witnessed) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lines)
}

// site builds the module over a store.
func site(t testing.TB, s *store) (*Desk, *webtest.Site, *witnessed) {
	t.Helper()
	w := &witnessed{}
	clock := ledgertest.NewClock()
	job := sampleJob(t, s, "drugs")
	d, err := New(t.Context(), Config{Book: ledgertest.BookAt(t, clock), Data: job.Data, Witness: w, Catalog: job.Catalog, Clock: clock.Now, Zone: jst(), Hospital: func(context.Context) string { return "架空総合病院" }})
	if err != nil {
		t.Fatal(err)
	}
	return d, webtest.New(t, noon, d.Module()), w
}

func TestPages_TemplatesFitTheirData(t *testing.T) {
	t.Parallel()
	d, _, _ := site(t, hospital(t))
	webtest.CheckTemplates(t, d.Module())
}

func TestPages_HomeOffersWardsAndForms(t *testing.T) {
	t.Parallel()
	_, site, w := site(t, hospital(t))
	c := site.As(webtest.Person(right.Print))
	c.Get("/paper").Want(t, 200, "3階東(3E)", "/paper/drugs?ward=3E", "/paper/meals?all=1", "/paper/blank_rx", "写しの時点 2026/11/22 02:00").Lacks(t, "/paper/ahead")
	c.Get("/paper?patient=00012345").Want(t, 200, "/paper/summary?patient=00012345", "/paper/blank_orders?patient=00012345")
	c.In(text.EN).Get("/paper").Want(t, 200, "Medication list", "Blank forms")
	site.As(webtest.Person("chart.read")).Get("/paper").Want(t, 403)
	if len(w.seen()) != 0 {
		t.Errorf("the list of forms was recorded as a print: %v", w.seen())
	}
}

func TestPages_EveryFormShowsAndDownloads(t *testing.T) {
	t.Parallel()
	_, site, w := site(t, hospital(t))
	c := site.As(webtest.Person(right.Print))
	for _, f := range Forms() {
		q := "?patient=00012345"
		if f.About == OfWard {
			q = "?ward=3E"
		}
		page := c.Get("/paper/"+f.Code+q).Want(t, 200, `class="paper`).Lacks(t, "ZgotmplZ", "%!", "⟦")
		if f.About != OfWard && f.Code != "blank_views" {
			page.Want(t, 200, "00012345", "架空 花子")
		}
		pdf := c.Get("/paper/" + f.Code + "/pdf" + q)
		if pdf.Status != 200 || !strings.HasPrefix(pdf.Body, "%PDF-1.7") || !strings.HasSuffix(pdf.Body, "%%EOF\n") {
			t.Errorf("%s: status %d, %d bytes", f.Code, pdf.Status, len(pdf.Body))
		}
	}
	if lines := w.seen(); len(lines) != 2*len(Forms()) || lines[0] != "tester drugs/page 00012345" || lines[1] != "tester drugs/pdf 00012345" {
		t.Errorf("recorded: %v", lines)
	}
}

func TestPages_NothingIsSentUnrecorded(t *testing.T) {
	t.Parallel()
	_, site, w := site(t, hospital(t))
	w.err = errors.New("no book")
	c := site.As(webtest.Person(right.Print))
	c.Get("/paper/drugs?patient=00012345").Want(t, 500).Lacks(t, "フロセミド")
	c.Get("/paper/drugs/pdf?patient=00012345").Want(t, 500).Lacks(t, "%PDF")
}

func TestPages_ConfidentialNeedsAChoiceAndIsRecorded(t *testing.T) {
	t.Parallel()
	_, site, w := site(t, hospital(t))
	c := site.As(webtest.Person(right.Print))
	c.Get("/paper/summary?patient=00012345").Want(t, 200, "閲覧注意(未告知など)」の印がある病名 1件を除いて", "文書 1件を除いて").Lacks(t, "秘密の")
	c.Get("/paper/summary?patient=00012345&confidential=1").Want(t, 200, "秘密の病名", "秘密の文書", "【閲覧注意の印あり】")
	if lines := w.seen(); lines[len(lines)-1] != "tester summary/page/confidential 00012345" {
		t.Errorf("recorded: %v", lines)
	}
}

func TestPages_Refusals(t *testing.T) {
	t.Parallel()
	_, site, _ := site(t, hospital(t))
	c := site.As(webtest.Person(right.Print))
	c.Get("/paper/nothing?patient=1").Want(t, 404)
	c.Get("/paper/drugs").Want(t, 422, "印刷する相手がいません")
	c.Get("/paper/drugs?ward=9Z").Want(t, 404)
	c.Get("/paper/drugs/pdf?ward=9Z").Want(t, 404)
	c.Get("/paper/ahead").Want(t, 403)
	for _, p := range []web.Perm{right.Print, right.Setup} {
		site.As(webtest.Person(p)).Get("/paper/ahead/place?id=none").Want(t, map[web.Perm]int{right.Print: 403, right.Setup: 404}[p])
	}
}
