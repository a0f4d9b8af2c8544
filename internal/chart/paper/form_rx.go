package paper

import (
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
	"github.com/torideproject/toride/ssmix2/view"
)

// prescriptions is how many of the newest prescriptions are copied.
const prescriptions = 3

// rxForm copies the newest prescriptions, each as one order, for a physician
// who writes the next one by hand.
func rxForm(p *pen, who *subject) *page.Sheet {
	s := p.form("rx", "copy", who)
	c := who.chart
	if c == nil {
		return s
	}
	s.Blocks = append(s.Blocks, why(p, c.Drugs, "drugs")...)
	orders, list := map[string][]*model.Drug{}, []string{}
	for i := range c.Drugs.Rows {
		d := &c.Drugs.Rows[i]
		if orders[d.Order] == nil {
			list = append(list, d.Order)
		}
		orders[d.Order] = append(orders[d.Order], d)
	}
	for _, o := range list[:min(len(list), prescriptions)] {
		s.Blocks = append(s.Blocks, p.copyOf(orders[o])...)
	}
	if n := len(list) - prescriptions; n > 0 {
		s.Blocks = append(s.Blocks, page.Text{Cell: page.C(p.t("rx.older", n)), Frame: page.Thin})
	}
	s.Blocks = append(s.Blocks, page.Heading{Text: p.t("rx.sign")}, page.Boxes{Labels: []string{p.t("rx.date"), p.t("rx.days"), p.t("rx.changes"), p.t("rx.physician")}, Height: 24},
		page.Text{Cell: page.C(p.t("rx.note"))})
	return s
}

func (p *pen) copyOf(list []*model.Drug) []page.Block {
	t := page.Table{Columns: []page.Column{{Title: p.t("col.rp"), Width: 10}, {Title: p.t("col.drug"), Width: 68}, {Title: p.t("col.dose"), Width: 30}, {Title: p.t("col.usage"), Width: 44}, {Title: p.t("col.days"), Width: 30}}}
	for _, d := range list {
		name := p.drugName(d)
		if d.Life != view.Live && d.Life != "" || d.Use.Value == view.Stopped {
			name = append(name, page.Span{Text: p.foldedState(d), Bold: true})
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{page.C(p.rp(d)), name, p.drugDose(d), p.drugUsage(d), page.C(p.days(d)).And(page.S(p.spanShort(d)))}})
	}
	return []page.Block{page.Heading{Text: p.t("rx.order", first(p.when(list[0].Ordered), p.t("time.none"))), Note: p.orderLine(list[0])}, t}
}
