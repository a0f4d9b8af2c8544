package chart

import (
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/web"
)

// StaysPage is stays with their movements, plans and visits.
type StaysPage struct {
	Head   Head
	State  State
	List   StayList
	Visits int // in all
	More   int // visits that are not listed
}

// visitRows is how many visits the page lists.
const visitRows = 100

func (d *Desk) staysPage(c *web.Call, p *Patient) error {
	page := StaysPage{Head: p.Head, State: StateOf(p.Print, model.Stays, p.Chart.Stays), List: stayList(p.Chart, p.Print)}
	page.Visits = len(page.List.Visits)
	if page.Visits > visitRows {
		page.More, page.List.Visits = page.Visits-visitRows, page.List.Visits[:visitRows]
	}
	return c.Render("chart.stays", page)
}
