package paper

import (
	"cmp"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/ssmix2/view"
)

// Limits that keep a summary on one page where the chart allows it. What they
// keep off is counted on the sheet.
const (
	summaryProblems   = 12
	summaryDrugs      = 16
	summaryStays      = 3
	summaryInjections = 4
	summaryDocuments  = 5
)

// summaryForm is a patient on one page of A4, as far as that goes.
func summaryForm(p *pen, who *subject) *page.Sheet {
	s := p.form("summary", "reference", who)
	c := who.chart
	if c == nil {
		return s
	}
	s.Blocks = append(s.Blocks, p.identity(c))
	for _, part := range []func(*model.Chart) []page.Block{p.problems, p.summaryDrugs, p.summaryInjections, p.summaryLabs, p.stays, p.mealsShort, p.documents, p.cautions} {
		s.Blocks = append(s.Blocks, part(c)...)
	}
	return s
}

// identity is what there is about the person: blood group, size, contacts.
func (p *pen) identity(c *model.Chart) page.Facts {
	x := &c.Person
	measure := func(m model.Measure) string {
		if !m.Value.Has() {
			return p.t("unstated")
		}
		return joined(m.Value.Show+" "+m.Unit.Show, p.when(m.At))
	}
	blood := p.t("unstated")
	if x.ABO.Has() || x.Rh.Has() {
		blood = joined(x.ABO.Show, p.named("rh", x.Rh.Show))
	}
	out := page.Facts{Columns: 2, Facts: []page.Fact{
		{Label: p.t("fact.blood"), Value: page.C(blood, p.t("fact.blood.note"))}, {Label: p.t("fact.size"), Value: page.C(p.named("height", measure(x.Height)), p.named("weight", measure(x.Weight)))}}}
	out.Facts[0].Value[1].Size = page.Small
	if st := inside(c); st != nil {
		out.Facts = append(out.Facts, page.Fact{Label: p.t("fact.attending"), Value: page.C(joined(p.dept(st.Dept), first(st.Attending.Show, p.t("unstated"))))})
	}
	var contacts []string
	for _, k := range x.Contacts {
		contacts = append(contacts, joined(k.Name.Show, k.Relation.Show, shows(k.Phones, p.t("sep"))))
	}
	if len(contacts) == 0 {
		contacts = []string{p.t("unstated")}
	}
	return page.Facts{Columns: 2, Facts: append(out.Facts, page.Fact{Label: p.t("fact.contacts"), Value: page.C(contacts...)})}
}

// problems are the diagnoses that still stand, as computed, without those
// marked as confidential unless they were asked for.
func (p *pen) problems(c *model.Chart) []page.Block {
	var active []*model.Problem
	hidden, ended := 0, 0
	for i := range c.Problems.Rows {
		x := &c.Problems.Rows[i]
		switch {
		case x.Confidential && !p.opt.Confidential:
			hidden++
		case x.Life != view.Live && x.Life != "", x.Active.OK && !x.Active.Value:
			ended++
		default:
			active = append(active, x)
		}
	}
	slices.SortStableFunc(active, func(a, b *model.Problem) int { return cmp.Compare(rank(a), rank(b)) })
	out := []page.Block{page.Heading{Text: p.t("problems.active"), Note: p.calc(p.t("problems.note"))}}
	out = append(out, why(p, c.Problems, "problems")...)
	var cell page.Cell
	for _, x := range active[:min(len(active), summaryProblems)] {
		cell = append(cell, page.Span{Text: p.problem(x), Bold: x.Main})
	}
	if n := len(active) - summaryProblems; n > 0 {
		cell = cell.And(page.S(p.t("problems.more", n)))
	}
	if ended > 0 {
		cell = cell.And(page.S(p.t("problems.ended", ended)))
	}
	if len(cell) > 0 {
		out = append(out, page.Text{Cell: cell})
	}
	if hidden > 0 {
		out = append(out, page.Text{Cell: page.C(p.t("hidden.problems", hidden)), Frame: page.Thin})
	}
	return out
}

func rank(x *model.Problem) int {
	switch {
	case x.Main:
		return 0
	case x.Suspected:
		return 2
	}
	return 1
}

func (p *pen) problem(x *model.Problem) string {
	name := first(x.Name.Show, x.Name.Code, p.t("unnamed"))
	if x.Suspected {
		name = p.t("suspected", name)
	}
	main, hush := "", ""
	if x.Main {
		main = p.t("main")
	}
	if x.Confidential {
		hush = p.t("confidential")
	}
	return joined(name, main, hush, p.named("set", p.when(x.Set)), p.dept(x.Dept), x.Class.Show)
}

// summaryDrugs are the drugs in use in a line each; the whole list is a form of
// its own.
func (p *pen) summaryDrugs(c *model.Chart) []page.Block {
	parts := p.sortDrugs(c)
	out := []page.Block{page.Heading{Text: p.t("drugs.now"), Note: p.t("drugs.now.note")}}
	out = append(out, why(p, c.Drugs, "drugs")...)
	t := page.Table{Columns: []page.Column{{Title: p.t("col.drug"), Width: 64}, {Title: p.t("col.dose_usage"), Width: 76}, {Title: p.t("col.span"), Width: 40}}}
	left := 0
	for _, g := range drugGroups() {
		for _, d := range parts.groups[g] {
			if len(t.Rows) == summaryDrugs {
				left++
				continue
			}
			t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{{{Text: first(d.Name.Show, d.Name.Code, p.t("unnamed")), Size: page.Big, Bold: true}},
				page.S(joined(p.groupName(g), d.Dose.Show, shows(d.Usage, p.t("sep")))), page.S(p.until(d))}})
		}
	}
	if len(t.Rows) > 0 {
		out = append(out, t)
	}
	if left > 0 {
		out = append(out, page.Text{Cell: page.C(p.t("drugs.more", left)), Frame: page.Thick})
	}
	if n := len(parts.folded); n > 0 {
		out = append(out, page.Text{Cell: page.S(p.t("drugs.folded", n))})
	}
	return out
}

// until is the end of a drug in a few words, and where it has none what that
// may mean.
func (p *pen) until(d *model.Drug) string {
	switch {
	case d.End.OK && d.End.Rule == "drug.end.sent":
		return p.t("until", p.day(d.End.Value))
	case d.End.OK:
		return p.calc(p.t("until", p.day(d.End.Value)))
	case d.Use.Value == view.Undated:
		return p.t("use.undated")
	case d.Use.Value == view.OpenOld:
		return joined(p.t("until.none"), p.calc(p.t("use.open_old")))
	}
	return p.t("until.none")
}

// groupName names what is not taken by mouth at fixed times.
func (p *pen) groupName(g string) string {
	if g == "oral" || g == "" {
		return ""
	}
	return p.t("group." + g)
}

func (p *pen) summaryInjections(c *model.Chart) []page.Block {
	list, older := p.injectionsOf(c, recent)
	if len(c.Injections.Rows) == 0 {
		return why(p, c.Injections, "injections")
	}
	out := missed(p, c.Injections)
	cell := page.Cell{{Text: p.t("injections.short", len(list), p.stamp(p.since(recent)[:12])), Bold: true}}
	for _, x := range list[:min(len(list), summaryInjections)] {
		names := ""
		for i, d := range x.Drugs {
			if i > 0 {
				names += " + "
			}
			names += joined(d.Name.Show, d.Amount.Show)
		}
		cell = append(cell, page.Span{Text: joined(p.near(x.Start), names, x.Rate.Show, p.t("brief."+string(carriedOr(x.Carried)))), Size: page.Small})
	}
	if n := len(list) - summaryInjections; n > 0 {
		cell = append(cell, page.Span{Text: p.t("injections.more", n), Bold: true})
	}
	if older > 0 {
		cell = cell.And(page.S(p.t("injections.older", older)))
	}
	return append(out, page.Text{Cell: cell})
}

// stays are the newest stays in the hospital.
func (p *pen) stays(c *model.Chart) []page.Block {
	out := []page.Block{page.Heading{Text: p.t("part.stays"), Note: p.calc(p.t("stays.note"))}}
	out = append(out, why(p, c.Stays, "stays")...)
	var lines []string
	for _, x := range c.Stays.Rows[:min(len(c.Stays.Rows), summaryStays)] {
		until := p.t("stay.inside")
		if x.Discharged.Has() {
			until = p.when(x.Discharged)
		}
		away := ""
		if x.Away {
			away = p.t("stay.away")
		}
		lines = append(lines, joined(first(p.when(x.Admitted), p.t("stay.unknown"))+" 〜 "+until, x.Place.String(), p.dept(x.Dept), x.Attending.Show, x.Ending.Show, away, p.notes(x.Doubts)))
	}
	if n := len(c.Stays.Rows) - summaryStays; n > 0 {
		lines = append(lines, p.t("more", n))
	}
	if len(lines) > 0 {
		out = append(out, page.Text{Cell: page.C(lines...)})
	}
	return out
}

func (p *pen) mealsShort(c *model.Chart) []page.Block {
	out := []page.Block{page.Heading{Text: p.t("part.meals")}}
	out = append(out, why(p, c.Meals, "meals")...)
	if cell := p.meals(c, page.Normal); len(cell) > 0 {
		out = append(out, page.Text{Cell: cell})
	}
	return out
}

// documents are the titles of the newest documents; their words are not
// printed here.
func (p *pen) documents(c *model.Chart) []page.Block {
	var lines []string
	hidden, more := 0, 0
	for _, it := range c.Items {
		switch {
		case it.Media == "hl7" || it.Media == "" || it.Standing == model.Deleted || it.Standing == model.Superseded:
		case it.Confidential && !p.opt.Confidential:
			hidden++
		case len(lines) == summaryDocuments:
			more++
		default:
			lines = append(lines, joined(first(p.stamp(model.Stamp(it.Day)), p.t("time.none")), p.title(&it), it.Dept))
		}
	}
	out := []page.Block{page.Heading{Text: p.t("documents"), Note: p.t("documents.note")}}
	if len(lines) == 0 {
		lines = append(lines, p.t("documents.none"))
	}
	if more > 0 {
		lines = append(lines, p.t("documents.more", more))
	}
	out = append(out, page.Text{Cell: page.S(lines...)})
	if hidden > 0 {
		out = append(out, page.Text{Cell: page.C(p.t("hidden.documents", hidden)), Frame: page.Thin})
	}
	return out
}

// carriedOr is what is known of an order being carried out.
func carriedOr(c model.Carried) model.Carried {
	if c == "" {
		return view.Unrecorded
	}
	return c
}

// title is a document's title, else the name of its kind.
func (p *pen) title(it *model.Item) string {
	if it.Title != "" && it.Title != it.Kind {
		return uncoded(it.Title)
	}
	if p.kind != nil {
		if k, ok := p.kind(it.Ref.Source, it.Kind); ok {
			if p.lang == text.EN && k.English != "" {
				return k.English
			}
			return first(k.Japanese, k.English, it.Kind)
		}
	}
	return uncoded(it.Kind)
}

// uncoded is the first part of a coded text (code^name^system, ^name^code) that
// says something; other texts as they are.
func uncoded(s string) string {
	for part := range strings.SplitSeq(s, "^") {
		if part != "" {
			return part
		}
	}
	return s
}

// dept is a department by its name; where only a code was sent, by the common
// table's.
func (p *pen) dept(t model.Text) string {
	if t.Show != "" && t.Show != t.Code {
		return t.Show
	}
	ja, en, ok := view.TableName("0069", first(t.Code, t.Show))
	switch {
	case !ok:
		return t.Show
	case p.lang == text.EN:
		return en
	}
	return ja
}
