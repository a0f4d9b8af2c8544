package chart

import "github.com/torideproject/toride/internal/web"

// NowPage is the first page of a chart: what holds now.
type NowPage struct {
	Head Head
}

func (d *Desk) nowPage(c *web.Call, p *Patient) error {
	return c.Render("chart.now", NowPage{Head: p.Head})
}
