package chart

import (
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/web"
)

// How many prescriptions and injections one page shows.
const (
	ordersPerPage     = 20
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
	page := DrugsPage{Head: p.Head, State: StateOf(p.Print, source.Drugs, p.Chart.Drugs), Action: p.Print.at().page("drugs", nil), Name: name, Off: !p.Set.Derived.On}
	page.Pager = filterPager(c, page.Action, len(rows), ordersPerPage)
	page.Rows = window(rows, page.Pager.Page, ordersPerPage)
	if name != "" { // what was looked for is not folded away
		for i := range page.Rows {
			page.Rows[i].Over = false
		}
	}
	return c.Render("chart.drugs", page)
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
	page := InjectionsPage{Head: p.Head, State: StateOf(p.Print, source.Injections, p.Chart.Injections), Action: p.Print.at().page("injections", nil), Name: name}
	fits := injectionsWith(p.Chart.Injections.Rows, name)
	page.Pager = filterPager(c, page.Action, len(fits), injectionsPerPage)
	page.Days = injectionDays(window(fits, page.Pager.Page, injectionsPerPage), p.Print)
	return c.Render("chart.injections", page)
}
