package chart

import (
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/web"
)

// How many prescriptions, drugs of them and injections one page shows. A
// prescription is never cut in two.
const (
	ordersPerPage     = 12
	drugsPerPage      = 50
	injectionsPerPage = 40
)

// DrugsPage is the history of prescriptions, newest first.
type DrugsPage struct {
	Head   Head
	State  State
	Action string
	Name   string
	Rows   []DrugOrder
	Pager  web.Pager
	Off    bool // folding what is over is switched off with the derived lists
}

func (d *Desk) drugsPage(c *web.Call, p *Patient) error {
	name := clip(c.Query("name"))
	rows := drugOrders(p.Chart, name, p.Set.Derived.On, p.Print)
	page := DrugsPage{Head: p.Head, State: StateOf(p.Print, model.Drugs, p.Chart.Drugs), Action: p.Print.at().page("drugs", nil), Name: name, Off: !p.Set.Derived.On}
	pages := drugPages(rows)
	page.Pager = filterPager(c, page.Action, len(pages), 1)
	page.Pager.Total = len(rows)
	for _, rows := range window(pages, page.Pager.Page, 1) {
		page.Rows = rows
	}
	if name != "" { // what was looked for is not folded away
		for i := range page.Rows {
			page.Rows[i].Over = false
		}
	}
	return c.Render("chart.drugs", page)
}

// drugPages cuts a history into pages.
func drugPages(rows []DrugOrder) [][]DrugOrder {
	var out [][]DrugOrder
	drugs := 0
	for _, o := range rows {
		n := 0
		for i := range o.Rps {
			n += len(o.Rps[i].Drugs)
		}
		if len(out) == 0 || drugs+n > drugsPerPage || len(out[len(out)-1]) == ordersPerPage {
			out, drugs = append(out, nil), 0
		}
		drugs += n
		out[len(out)-1] = append(out[len(out)-1], o)
	}
	return out
}

// window is one page of a list.
func window[T any](rows []T, page, each int) []T {
	return rows[min(len(rows), (page-1)*each):min(len(rows), page*each)]
}

// InjectionsPage is the history of injections by the day they start.
type InjectionsPage struct {
	Head   Head
	State  State
	Action string
	Name   string
	Days   []InjectionDay
	Pager  web.Pager
}

func (d *Desk) injectionsPage(c *web.Call, p *Patient) error {
	name := clip(c.Query("name"))
	page := InjectionsPage{Head: p.Head, State: StateOf(p.Print, model.Injections, p.Chart.Injections), Action: p.Print.at().page("injections", nil), Name: name}
	fits := injectionsWith(p.Chart.Injections.Rows, name)
	page.Pager = filterPager(c, page.Action, len(fits), injectionsPerPage)
	page.Days = injectionDays(window(fits, page.Pager.Page, injectionsPerPage), p.Print)
	return c.Render("chart.injections", page)
}
