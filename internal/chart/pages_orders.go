package chart

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/web"
)

// ordersEach is how many orders, and reportsEach how many reports, a page shows.
const (
	ordersEach  = 60
	reportsEach = 12
)

// Choice is a value of a filter.
type Choice struct {
	Value, Name string
	Chosen      bool
}

// OrdersPage is orders for tests and examinations with what came of them.
type OrdersPage struct {
	Head   Head
	State  State
	Places []Link
	Kinds  []Choice
	Open   bool
	Action string
	Rows   []OrderLine
	Pager  web.Pager
}

// ReportsPage is what was done or found in examinations.
type ReportsPage struct {
	Head   Head
	State  State
	Places []Link
	Kinds  []Choice
	Action string
	Rows   []ReportBlock
	Pager  web.Pager
}

func (d *Desk) ordersPage(c *web.Call, p *Patient) error {
	f := orderFilter{Kind: c.Query("kind"), Open: c.Query("open") == "1"}
	rows := orderLines(p.Chart, f, d.kindNamer(c.Lang), p.Print)
	page := OrdersPage{Head: p.Head, State: StateOf(p.Print, model.Orders, p.Chart.Orders), Places: orderPlaces(p.Print, "orders"), Open: f.Open, Action: p.Print.at().page("orders", nil), Kinds: d.kindChoices(c, p, f.Kind)}
	page.Pager = filterPager(c, page.Action, len(rows), ordersEach)
	page.Rows = window(rows, page.Pager.Page, ordersEach)
	return c.Render("chart.orders", page)
}

func (d *Desk) reportsPage(c *web.Call, p *Patient) error {
	f := orderFilter{Kind: c.Query("kind")}
	rows := reportBlocks(p.Chart, f, d.kindNamer(c.Lang), p.Print)
	page := ReportsPage{Head: p.Head, State: StateOf(p.Print, model.Reports, p.Chart.Reports), Places: orderPlaces(p.Print, "orders/reports"), Action: p.Print.at().page("orders/reports", nil), Kinds: d.kindChoices(c, p, f.Kind)}
	page.Pager = filterPager(c, page.Action, len(rows), reportsEach)
	page.Rows = window(rows, page.Pager.Page, reportsEach)
	return c.Render("chart.reports", page)
}

func orderPlaces(p Printer, current string) []Link {
	var out []Link
	for _, name := range []string{"orders", "orders/reports"} {
		l := Link{Name: p.T("chart.ord.place." + name), URL: p.at().page(name, nil)}
		if name == current {
			l.URL = ""
		}
		out = append(out, l)
	}
	return out
}

// kindChoices names the kinds among orders and reports.
func (d *Desk) kindChoices(c *web.Call, p *Patient, chosen string) []Choice {
	var out []Choice
	name := d.kindNamer(c.Lang)
	for _, k := range orderKinds(p.Chart) {
		i := slices.IndexFunc(p.Chart.Items, func(it model.Item) bool { return it.Kind == k })
		ref := model.Ref{}
		if i >= 0 {
			ref = p.Chart.Items[i].Ref
		}
		out = append(out, Choice{Value: k, Name: name(ref, k), Chosen: k == chosen})
	}
	return out
}

// filterPager makes the links of a list that keep its filter.
func filterPager(c *web.Call, action string, total, each int) web.Pager {
	p := web.Pager{Page: c.PageNumber(), Pages: max(1, (total+each-1)/each), Total: total}
	link := func(n int) string {
		v := url.Values{"page": {strconv.Itoa(n)}}
		for _, name := range []string{"kind", "open", "name"} {
			if value := c.Query(name); value != "" {
				v.Set(name, value)
			}
		}
		return action + "?" + v.Encode()
	}
	if p.Page > 1 {
		p.Prev = link(p.Page - 1)
	}
	if p.Page < p.Pages {
		p.Next = link(p.Page + 1)
	}
	return p
}
