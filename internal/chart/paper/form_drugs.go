package paper

import (
	"cmp"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
	"github.com/torideproject/toride/ssmix2/view"
)

// drugGroups are the parts of the medication list, in order.
func drugGroups() []string {
	return []string{"since", "oral", "as_needed", "external", "self_injection", "before"}
}

// sorted are the drugs of a patient by part of the list.
type sorted struct {
	groups map[string][]*model.Drug
	folded []*model.Drug // over, stopped, deleted: in small print
}

// sortDrugs puts each drug into exactly one part. Only a drug that was over
// before the copy was made, or whose order was taken back, is folded: one that
// was in use then and whose end has passed since may have been ordered anew,
// which no copy can know.
func (p *pen) sortDrugs(c *model.Chart) sorted {
	asOf := model.DayOf(p.base())
	out := sorted{groups: map[string][]*model.Drug{}}
	for i := range c.Drugs.Rows {
		d := &c.Drugs.Rows[i]
		group := d.Kind
		switch {
		case d.Life != view.Live && d.Life != "", d.Use.Value == view.Stopped:
			out.folded = append(out.folded, d)
			continue
		case d.Use.Value == view.Over && d.End.OK && d.End.Value >= asOf:
			group = "since"
		case d.Use.Value == view.Over:
			out.folded = append(out.folded, d)
			continue
		case d.Use.Value == view.Before:
			group = "before"
		}
		if !contains(drugGroups(), group) {
			group = "oral"
		}
		out.groups[group] = append(out.groups[group], d)
	}
	for _, list := range out.groups {
		byRp(list)
	}
	return out
}

// byRp puts the drugs of one prescription in the order of their Rp;
// prescriptions keep their order.
func byRp(list []*model.Drug) {
	place := map[string]int{}
	for i, d := range list {
		if _, ok := place[d.Order]; !ok {
			place[d.Order] = i
		}
	}
	slices.SortStableFunc(list, func(a, b *model.Drug) int {
		return cmp.Or(cmp.Compare(place[a.Order], place[b.Order]), cmp.Compare(len(a.Rp.Value), len(b.Rp.Value)), cmp.Compare(a.Rp.Value, b.Rp.Value))
	})
}

// drugsForm is the medication list.
func drugsForm(p *pen, who *subject) *page.Sheet {
	s := p.form("drugs", "drugs", who)
	c := who.chart
	if c == nil {
		return s
	}
	s.Blocks = append(s.Blocks, why(p, c.Drugs, "drugs")...)
	parts := p.sortDrugs(c)
	for _, g := range drugGroups() {
		if list := parts.groups[g]; len(list) > 0 {
			s.Blocks = append(s.Blocks, page.Heading{Text: p.t("group." + g), Note: p.t("lines", len(list))}, p.drugTable(list))
		}
	}
	s.Blocks = append(s.Blocks, p.recentInjections(c)...)
	if len(parts.folded) > 0 {
		s.Blocks = append(s.Blocks, page.Heading{Text: p.t("group.folded"), Note: p.t("group.folded.note", len(parts.folded))}, p.foldedTable(parts.folded))
	}
	s.Blocks = append(s.Blocks, page.Text{Cell: page.S(p.t("drugs.end"))})
	s.Blocks = append(s.Blocks, p.cautions(c)...)
	return s
}

// drugTable prints drugs with room for a signature, under a line for each
// prescription.
func (p *pen) drugTable(list []*model.Drug) page.Table {
	t := page.Table{Height: 11, Columns: []page.Column{{Title: p.t("col.rp"), Width: 9}, {Title: p.t("col.drug"), Width: 55}, {Title: p.t("col.dose"), Width: 25},
		{Title: p.t("col.usage"), Width: 34}, {Title: p.t("col.span"), Width: 39}, {Title: p.t("col.sign"), Width: 22, Sign: true}}}
	order := "\x00"
	for _, d := range list {
		if d.Order != order {
			order = d.Order
			t.Rows = append(t.Rows, page.Row{Across: true, Strong: true, Cells: []page.Cell{page.S(p.orderLine(d))}})
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{page.C(p.rp(d)), p.drugName(d), p.drugDose(d), p.drugUsage(d), p.drugSpan(d)}})
	}
	return t
}

// orderLine says of a prescription when, by whom and where it was ordered.
func (p *pen) orderLine(d *model.Drug) string {
	kind := p.t("outpatient")
	if d.Inpatient {
		kind = p.t("inpatient")
	}
	return joined(p.named("order", d.Order), p.named("ordered", p.when(d.Ordered)), kind, p.dept(d.Dept), p.named("by", d.By.Show))
}

func joined(parts ...string) string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "　")
}

func (p *pen) rp(d *model.Drug) string {
	if !d.Rp.OK || d.Rp.Value == "" {
		return "－"
	}
	return d.Rp.Value
}

func (p *pen) drugName(d *model.Drug) page.Cell {
	out := page.B(first(d.Name.Show, d.Name.Code, p.t("unnamed")))
	return out.And(page.S(p.named("route", d.Route.Show)), page.S(texts(d.Notes)...))
}

func texts(list []model.Text) (out []string) {
	for _, t := range list {
		if t.Show != "" {
			out = append(out, t.Show)
		}
	}
	return out
}

func (p *pen) drugDose(d *model.Drug) page.Cell {
	out := page.C(p.named("dose.each", d.Dose.Show), p.named("dose.daily", d.Daily.Show)).And(page.S(p.named("dose.total", d.Total.Show)))
	if d.Fits.OK && !d.Fits.Value {
		out = append(out, page.Span{Text: p.calc(p.t("dose.unfit")), Size: page.Small, Bold: true})
	}
	if len(out) == 0 {
		return page.S(p.t("unstated"))
	}
	return out
}

func (p *pen) drugUsage(d *model.Drug) page.Cell {
	if out := page.C(texts(d.Usage)...); len(out) > 0 {
		return out
	}
	return page.S(p.t("unstated"))
}

// drugSpan prints from when until when, and what of that was computed.
func (p *pen) drugSpan(d *model.Drug) page.Cell {
	var out page.Cell
	if d.Start.OK {
		out = page.C(p.t("from", p.day(d.Start.Value)))
	} else {
		out = page.C(p.t("from.none"))
	}
	switch {
	case d.End.OK && d.End.Rule == "drug.end.sent":
		out = append(out, page.Span{Text: p.t("until", p.day(d.End.Value))}, page.Span{Text: joined(p.days(d), p.t("until.sent")), Size: page.Small})
	case d.End.OK:
		out = append(out, page.Span{Text: p.t("until", p.day(d.End.Value))}, page.Span{Text: joined(p.days(d), p.t("computed"), p.endRule(d)), Size: page.Small})
	default:
		out = append(out, page.Span{Text: p.t("until.none")})
		if isTimes(d) {
			out = out.And(page.S(p.named("times.sent", p.days(d))))
		} else {
			out = out.And(page.S(p.named("days.sent", p.days(d))))
		}
	}
	switch d.Use.Value {
	case view.Undated:
		out = append(out, page.Span{Text: p.t("use.undated"), Bold: true, Size: page.Small})
	case view.Open, view.OpenOld:
		out = append(out, page.Span{Text: p.calc(p.t("use." + string(d.Use.Value))), Size: page.Small})
	}
	return out.And(page.S(p.notes(d.End.Doubts)))
}

// days is how long a drug is for, as sent. What is taken when needed has a
// number of times instead, which nobody may read as days.
func (p *pen) days(d *model.Drug) string {
	if isTimes(d) {
		return p.t("times", d.Days.Show)
	}
	return d.Days.Show
}

// isTimes reports whether a bare number of times was sent.
func isTimes(d *model.Drug) bool {
	return d.Days.Code == "times" && d.Days.Show != "" && strings.Trim(d.Days.Show, "0123456789") == ""
}

// endRule says how an end was computed where it is not simply start and days.
func (p *pen) endRule(d *model.Drug) string {
	if d.End.Rule == "drug.end.days" {
		return ""
	}
	return p.coded("chart.rule.", d.End.Rule, nil)
}

// foldedTable prints in small what is over or was taken back, every line of it.
func (p *pen) foldedTable(list []*model.Drug) page.Table {
	t := page.Table{Columns: []page.Column{{Title: p.t("col.drug"), Width: 50}, {Title: p.t("col.dose_usage"), Width: 58}, {Title: p.t("col.span"), Width: 51}, {Title: p.t("col.state"), Width: 23}}}
	for _, d := range list {
		dose := d.Dose.Show
		if dose == "" {
			dose = p.named("dose.daily", d.Daily.Show)
		}
		usage := joined(dose, shows(d.Usage, p.t("sep")))
		until := p.t("until.none")
		if d.End.OK {
			until = p.t("until", p.day(d.End.Value))
		}
		from := p.t("from.none")
		if d.Start.OK {
			from = p.t("from", p.day(d.Start.Value))
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{page.S(joined(first(d.Name.Show, d.Name.Code, p.t("unnamed")), shows(d.Notes, p.t("sep")))), page.S(usage), page.S(strings.ReplaceAll(from+" "+until, "〜 〜", "〜")), page.S(p.foldedState(d))}})
	}
	return t
}

func (p *pen) foldedState(d *model.Drug) string {
	if d.Life != view.Live && d.Life != "" {
		return p.t("life." + string(d.Life))
	}
	if d.Use.Value == view.Stopped {
		return p.t("use.stopped")
	}
	if d.End.Rule == "drug.end.sent" {
		return p.t("use.over.sent")
	}
	return p.calc(p.t("use.over"))
}
