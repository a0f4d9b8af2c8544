package paper

import (
	"slices"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
	"github.com/torideproject/toride/ssmix2/view"
)

// recent is how far back the medication list shows injections, before the end
// of what the copy can know.
const recent = 72 * time.Hour

// injectionsOf are the injections from a time on and those without an end that
// may run still; older are the ones before.
func (p *pen) injectionsOf(c *model.Chart, back time.Duration) (list []*model.Injection, older int) {
	from := p.since(back)
	for i := range c.Injections.Rows {
		x := &c.Injections.Rows[i]
		runs := x.Use.Value == view.InUse || x.Use.Value == view.Before || x.Use.Value == view.Undated
		switch {
		case x.Start.Stamp == "", x.Start.Stamp >= from[:min(len(from), len(x.Start.Stamp))], x.End.Stamp != "" && x.End.Stamp >= from[:min(len(from), len(x.End.Stamp))], runs:
			list = append(list, x)
		default:
			older++
		}
	}
	return list, older
}

func (p *pen) recentInjections(c *model.Chart) []page.Block {
	list, older := p.injectionsOf(c, recent)
	out := []page.Block{page.Heading{Text: p.t("group.injections"), Note: p.t("group.injections.note", p.stamp(p.since(recent)[:12]), len(list))}}
	out = append(out, why(p, c.Injections, "injections")...)
	if len(list) > 0 {
		out = append(out, p.injectionTable(list))
	} else if len(c.Injections.Rows) > 0 {
		out = append(out, page.Say(p.t("injections.none")))
	}
	if older > 0 {
		out = append(out, page.Text{Cell: page.S(p.t("injections.older", older))})
	}
	return out
}

func (p *pen) injectionTable(list []*model.Injection) page.Table {
	t := page.Table{Height: 11, Columns: []page.Column{{Title: p.t("col.time"), Width: 33}, {Title: p.t("col.components"), Width: 56}, {Title: p.t("col.rate"), Width: 35},
		{Title: p.t("col.carried"), Width: 38}, {Title: p.t("col.sign"), Width: 22, Sign: true}}}
	for _, x := range list {
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{p.injectionTime(x), p.components(x), p.injectionRate(x), p.carried(x)}})
	}
	return t
}

func (p *pen) injectionTime(x *model.Injection) page.Cell {
	out := page.C(first(p.near(x.Start), p.t("from.none")))
	if x.End.Has() {
		out = out.And(page.C(p.t("until", p.near(x.End))))
	}
	out = out.And(page.S(x.Order, x.By.Show))
	if x.Life != view.Live && x.Life != "" {
		out = append(out, page.Span{Text: p.t("life." + string(x.Life)), Bold: true})
	} else if x.Use.Value == view.Stopped {
		out = append(out, page.Span{Text: p.t("use.stopped"), Bold: true})
	}
	return out
}

func (p *pen) components(x *model.Injection) page.Cell {
	var out page.Cell
	for _, d := range x.Drugs {
		role := ""
		if d.Role.Code == "B" || d.Role.Code == "A" {
			role = p.t("role." + d.Role.Code)
		}
		out = append(out, page.Span{Text: first(d.Name.Show, d.Name.Code, p.t("unnamed")), Size: page.Big, Bold: true})
		if s := joined(d.Amount.Show, role); s != "" {
			out = append(out, page.Span{Text: "　" + s})
		}
	}
	if len(out) == 0 {
		out = page.C(p.t("components.none"))
	}
	return out.And(page.S(texts(x.Notes)...))
}

func (p *pen) injectionRate(x *model.Injection) page.Cell {
	return page.C(x.Kind.Show, p.named("volume", x.Volume.Show), p.named("rate", x.Rate.Show), x.Route.Show).And(page.S(texts(x.Usage)...))
}

// carried says what is recorded about an injection being given.
func (p *pen) carried(x *model.Injection) page.Cell {
	out := page.C(p.carriedWords(x.Carried))
	for _, line := range p.doseLines(x) {
		out = out.And(page.S(line))
	}
	return out.And(page.S(p.notes(x.Doubts)))
}

// doseLines are the records of an injection. Where one record of each component
// says the same, they are one line: all of it.
func (p *pen) doseLines(x *model.Injection) (out []string) {
	if len(x.Doses) == len(x.Drugs) && len(x.Doses) > 0 {
		one := x.Doses[0]
		same := true
		taken := make([]bool, len(x.Drugs))
		for _, d := range x.Doses {
			i := slices.IndexFunc(x.Drugs, func(c model.Component) bool { return d.Drug.Show == c.Name.Show && d.Amount.Show == c.Amount.Show })
			same = same && i >= 0 && !taken[max(i, 0)] && d.At.Stamp == one.At.Stamp && d.Outcome == one.Outcome && d.Life == one.Life && d.By.Show == one.By.Show && len(d.Notes) == 0
			taken[max(i, 0)] = true
		}
		if same {
			one.Drug, one.Amount = model.Text{Show: p.t("dose.all")}, model.Text{}
			return []string{p.doseLine(&one)}
		}
	}
	for _, d := range x.Doses {
		out = append(out, p.doseLine(&d))
	}
	return out
}

func (p *pen) carriedWords(c model.Carried) string {
	if c == "" {
		c = view.Unrecorded
	}
	return p.t("carried." + string(c))
}

// doseLine is one record of a dose: when, what became of it, how much, by whom.
func (p *pen) doseLine(d *model.Dose) string {
	what := ""
	if d.Outcome != "" {
		what = p.t("outcome." + d.Outcome)
	}
	life := ""
	if d.Life != view.Live && d.Life != "" {
		life = p.t("life." + string(d.Life))
	}
	return joined(first(p.near(d.At), p.t("time.none")), what, d.Drug.Show, d.Amount.Show, d.By.Show, life, shows(d.Notes, p.t("sep")))
}

// injectionsForm is the list of injections of the last seven days and to come.
func injectionsForm(p *pen, who *subject) *page.Sheet {
	s := p.form("injections", "drugs", who)
	if who.chart == nil {
		return s
	}
	back := 7 * 24 * time.Hour
	list, older := p.injectionsOf(who.chart, back)
	s.Blocks = append(s.Blocks, why(p, who.chart.Injections, "injections")...)
	s.Blocks = append(s.Blocks, page.Heading{Text: p.t("injections.from", p.stamp(p.since(back)[:12])), Note: p.t("lines", len(list))})
	if len(list) > 0 {
		s.Blocks = append(s.Blocks, p.injectionTable(list))
	} else if len(who.chart.Injections.Rows) > 0 {
		s.Blocks = append(s.Blocks, page.Say(p.t("injections.none")))
	}
	if older > 0 {
		s.Blocks = append(s.Blocks, page.Text{Cell: page.S(p.t("injections.older", older))})
	}
	return s
}
