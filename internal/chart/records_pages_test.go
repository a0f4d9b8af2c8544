package chart_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/chart/model"
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

// Every page of some patients is shown in both languages, has words for
// everything and is light; the view is written down before it is answered.
func TestRecords_EveryPage(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	for i := 0; i < hospital().Patients(); i += 11 {
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

// A patient with forty thousand items of forty kinds has pages as light as
// others, and every item is within reach.
func TestRecords_FortyThousandItems(t *testing.T) {
	t.Parallel()
	r := newRecords(t)
	id := hospital().ID(3)
	big := *r.chart(t, id)
	big.Items = make([]model.Item, 0, 40_000)
	for i := range cap(big.Items) {
		n := strconv.Itoa(i)
		kind := "^経過記録" + strconv.Itoa(i%40) + "^^11506-" + strconv.Itoa(i%40) + "^経過記録の長い名称^LN"
		day := fmt.Sprintf("%04d%02d%02d", 1996+i%31, 1+i%12, 1+i%28)
		big.Items = append(big.Items, model.Item{Ref: model.Ref{Source: "s1", Item: "拡張ストレージ/000/000/" + n}, Kind: kind, Day: day, Sent: model.Stamp(day + "120000"), Media: "cda", Dept: "01"})
	}
	r.store.mu.Lock()
	r.store.charts[id] = &big
	r.store.mu.Unlock()
	c, at := r.person(t, id)
	for _, page := range []string{"/matrix", "/matrix?history=1", "/matrix?in=2026", "/matrix?in=202610", "/matrix?until=2010", "/items", "/items?page=400", "/items?in=2020", "/documents", "/documents?page=9"} {
		got := c.Get(at+page).Want(t, 200)
		if len(got.Body) > heaviest {
			t.Errorf("%s: %d bytes", page, len(got.Body))
		}
	}
	c.Get(at+"/matrix").Want(t, 200, "計40,000件")
	c.Get(at+"/items?page=400").Want(t, 200, "40,000")
	c.Get(at+"/items?in=2o26").Want(t, 422)
	c.Get(at+"/matrix?in=20261").Want(t, 422)
}
