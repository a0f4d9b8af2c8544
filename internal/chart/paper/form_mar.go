package paper

import (
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
)

// given is how far back the record of administration shows doses.
const given = 24 * time.Hour

// marForm shows what is recorded as given in the 24 hours before the end of
// what the copy can know, and has boxes to sign for the 48 hours from printing
// on. The boxes stand for parts of the day and say nothing of when a drug is
// due: the usage beside them does, in the sender's words.
func marForm(p *pen, who *subject) *page.Sheet {
	s := p.form("mar", "drugs", who)
	s.Landscape = true
	c := who.chart
	if c == nil {
		return s
	}
	s.Blocks = append(s.Blocks, page.Text{Cell: page.S(p.t("mar.note", p.stamp(p.since(given)[:12]), p.stamp(p.since(0)[:12])))})
	s.Blocks = append(s.Blocks, why(p, c.Drugs, "drugs")...)
	parts := p.sortDrugs(c)
	for _, g := range drugGroups() {
		if list := parts.groups[g]; len(list) > 0 {
			s.Blocks = append(s.Blocks, page.Heading{Text: p.t("group." + g), Note: p.t("lines", len(list))}, p.marTable(list, g))
		}
	}
	if n := len(parts.folded); n > 0 {
		s.Blocks = append(s.Blocks, page.Text{Cell: page.C(p.t("drugs.folded", n)), Frame: page.Thin})
	}
	s.Blocks = append(s.Blocks, p.marInjections(c)...)
	s.Blocks = append(s.Blocks, page.Heading{Text: p.t("mar.more")}, p.emptyMar(5))
	return s
}

// marColumns are the drug, what was recorded, and boxes for the parts of the
// days of the next 48 hours; as-needed drugs get boxes for times instead.
func (p *pen) marColumns(g string) []page.Column {
	out := []page.Column{{Title: p.t("col.drug"), Width: 56}, {Title: p.t("col.usage"), Width: 42}, {Title: p.t("col.given24"), Width: 38}}
	if g == "as_needed" || g == "injections" {
		for range 5 {
			out = append(out, page.Column{Title: p.t("col.timesign"), Width: 26, Sign: true})
		}
		return out
	}
	for day := range 3 {
		d := p.today() + model.Day(day)
		for _, part := range []string{"morning", "noon", "evening", "night"} {
			out = append(out, page.Column{Title: p.t("mar.day", strings.TrimPrefix(d.String()[6:], "0")) + "\n" + p.t(part), Width: 11, Sign: true})
		}
	}
	return out
}

func (p *pen) marTable(list []*model.Drug, g string) page.Table {
	t := page.Table{Height: 11, Columns: p.marColumns(g)}
	for _, d := range list {
		span := joined(p.spanShort(d))
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{p.drugName(d).And(page.S(span)), page.C(d.Dose.Show).And(p.drugUsage(d)), p.givenDoses(d.Doses, d.Carried)}})
	}
	return t
}

func (p *pen) spanShort(d *model.Drug) string {
	if d.Start.OK {
		return strings.ReplaceAll(p.t("from", p.day(d.Start.Value))+" "+p.until(d), "〜 〜", "〜")
	}
	return p.until(d)
}

// givenDoses are the doses recorded in the last 24 hours of the copy, and the
// newest before them.
func (p *pen) givenDoses(list []model.Dose, c model.Carried) page.Cell {
	from := p.since(given)
	var out page.Cell
	last, before := model.Dose{}, 0
	for _, d := range list {
		if d.At.Stamp == "" || d.At.Stamp >= from[:min(len(from), len(d.At.Stamp))] {
			out = out.And(page.C(p.doseLine(&d)))
			continue
		}
		before++
		if d.At.Stamp > last.At.Stamp {
			last = d
		}
	}
	if len(out) == 0 {
		out = page.C(p.t("mar.none"))
		if before > 0 {
			out = out.And(page.S(p.named("mar.last", p.doseLine(&last))))
		} else if c != "" {
			out = out.And(page.S(p.carriedWords(c)))
		}
	}
	return out
}

func (p *pen) marInjections(c *model.Chart) []page.Block {
	list, older := p.injectionsOf(c, given)
	out := []page.Block{page.Heading{Text: p.t("group.injections"), Note: p.t("group.injections.note", p.stamp(p.since(given)[:12]), len(list))}}
	out = append(out, why(p, c.Injections, "injections")...)
	t := page.Table{Height: 13, Columns: p.marColumns("injections")}
	for _, x := range list {
		usage := p.injectionTime(x).And(p.injectionRate(x))
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{p.components(x), usage, p.givenDoses(x.Doses, x.Carried)}})
	}
	if len(list) > 0 {
		out = append(out, t)
	}
	if older > 0 {
		out = append(out, page.Text{Cell: page.S(p.t("injections.older", older))})
	}
	return out
}

// emptyMar has rows for what is ordered after the copy.
func (p *pen) emptyMar(rows int) page.Table {
	t := page.Table{Height: 13, Columns: p.marColumns("oral")}
	t.Columns[2].Title = p.t("col.sign")
	t.Rows = make([]page.Row, rows)
	return t
}
