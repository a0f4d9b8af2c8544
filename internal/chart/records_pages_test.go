package chart_test

import (
	"strings"
	"testing"

	words "github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web/webtest"
)

// heaviest is the most that a page may weigh, in bytes.
const heaviest = 150_000

// recordPages are the pages of a chart behind the first one.
func recordPages() []string {
	return []string{"/matrix", "/matrix?in=2026", "/matrix?in=202610", "/matrix?history=1", "/items", "/items?in=2026&history=1", "/labs", "/labs?abnormal=1", "/labs?name=x", "/labs/vitals", "/labs/cultures",
		"/drugs", "/drugs?name=x", "/injections", "/stays", "/orders", "/orders?open=1", "/orders/reports", "/documents"}
}

func TestTemplates_OfRecords(t *testing.T) {
	t.Parallel()
	webtest.CheckTemplates(t, newRecords(t).Module())
}

// Every page of every fifth patient is shown in both languages, has words for
// everything and is light; the view is written down before it is answered.
func TestRecords_EveryPage(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	for i := 0; i < hospital().Patients(); i += 5 {
		id := hospital().ID(i)
		c, at := r.person(t, id)
		for _, page := range recordPages() {
			for _, lang := range words.Langs() {
				got := c.In(lang).Get(at+page).Want(t, 200)
				if len(got.Body) > heaviest {
					t.Errorf("%s%s: %d bytes", at, page, len(got.Body))
				}
			}
		}
		if !r.witness.has("chart.view chart/p/" + id) {
			t.Errorf("no line of a view of %s", id)
		}
	}
}

// Without a confirmation nothing of a patient is shown.
func TestRecords_NeedConfirmation(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	c := r.site.As(reader())
	for _, page := range append(recordPages(), "/document/x", "/document/x/file/0", "/original/x", "/original/x/raw/0") {
		got := c.Get("/chart/p/"+hospital().ID(0)+page).Want(t, 303)
		if !strings.Contains(got.Location(), "/confirm") {
			t.Errorf("%s leads to %s", page, got.Location())
		}
	}
	r.site.As(webtest.Person("copy.read")).Get("/chart/p/"+hospital().ID(0)+"/labs").Want(t, 403)
}
