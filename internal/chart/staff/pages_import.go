package staff

import (
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// importPage asks for a staff list.
type importPage struct{ Form web.Form }

func importForm() web.Form {
	file := helped(must(field("file", web.FileField)))
	file.Accept, file.Wide = ".csv,.tsv,.txt,.xlsx", true
	return web.Form{Action: "/staff/import", Submit: text.M("staff.import.read"), Cancel: "/staff", Fields: []web.Field{file}}
}

func showImport(c *web.Call, f web.Form) error {
	return c.RenderStatus(status(f), "staff.import", importPage{Form: f})
}

func (d *Desk) importShow(c *web.Call) error { return showImport(c, importForm()) }

func (d *Desk) importPost(c *web.Call) error {
	f := importForm()
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return showImport(c, f)
	}
	up, err := f.File("file")
	if err != nil {
		return err
	}
	lines, bad, err := d.readList(c.Ctx(), up.Name, up.Data)
	if err != nil {
		if kind := fault.KindOf(err); kind != fault.Invalid && kind != fault.TooLarge {
			return err
		}
		f.Fail("file", fault.Of(err).Msg.Key, fault.Of(err).Msg.Args...)
		return showImport(c, f)
	}
	token := d.plans.put(d.compare(up.Name, c.Person.ID, lines, bad), d.now())
	return c.Redirect("/staff/import/"+token, text.Msg{})
}

// planPage shows what a list would change.
type planPage struct {
	File    string
	Form    web.Form
	Added   []addRow
	Changed []changeRow
	Gone    []personRow
	Bad     []Bad
	Same    int
	Nothing bool
	Shown   int
	More    int
}

type addRow struct {
	Number, Name, Kana, Dept string
	Role                     text.Msg
	PIN                      bool
}

type changeRow struct {
	Number, Name string
	Diff         []diffRow
}

type diffRow struct{ Field, Old, New text.Msg }

// shown is how many lines of each sort stand on the page of a plan.
const shown = 300

func planForm(token string) web.Form {
	whole := field("whole", web.RadioField)
	whole.Wide, whole.Value = true, "part"
	whole.Options = []web.Option{{Value: "part", Say: text.M("staff.whole.part")}, {Value: "whole", Say: text.M("staff.whole.whole")}}
	slips := field("slips", web.RadioField)
	slips.Wide, slips.Value = true, "code"
	slips.Options = []web.Option{{Value: "code", Say: text.M("staff.slips.code")}, {Value: "pin", Say: text.M("staff.slips.pin")}}
	return web.Form{Action: "/staff/import/" + token, Submit: text.M("staff.import.apply"), Cancel: "/staff/import", Fields: []web.Field{whole, slips}}
}

// planOf gives a plan to who uploaded it.
func (d *Desk) planOf(c *web.Call) (plan, error) {
	p, ok := d.plans.get(c.Path("token"), d.now())
	if !ok || p.by != c.Person.ID {
		return plan{}, fault.New(fault.NotFound, "staff.import.late")
	}
	return p, nil
}

func (d *Desk) showPlan(c *web.Call, p plan, f web.Form) error {
	page := planPage{File: p.File, Form: f, Bad: p.Bad[:min(len(p.Bad), shown)], Same: p.Same, Shown: shown}
	page.Nothing = len(p.Added)+len(p.Changed)+len(p.Gone) == 0
	for _, l := range p.Added[:min(len(p.Added), shown)] {
		page.Added = append(page.Added, addRow{l.number, l.name, l.kana, l.dept, l.role.Say(), l.pin != ""})
	}
	for _, ch := range p.Changed[:min(len(p.Changed), shown)] {
		row := changeRow{Number: ch.was.Number, Name: ch.line.name}
		for _, diff := range ch.Diff {
			row.Diff = append(row.Diff, diffRow{text.M("staff.field." + diff.Field), diff.Old, diff.New})
		}
		page.Changed = append(page.Changed, row)
	}
	for _, g := range p.Gone[:min(len(p.Gone), shown)] {
		page.Gone = append(page.Gone, d.row(g))
	}
	page.More = len(p.Added) + len(p.Changed) + len(p.Gone) + len(p.Bad) - len(page.Added) - len(page.Changed) - len(page.Gone) - len(page.Bad)
	return c.RenderStatus(status(f), "staff.plan", page)
}

func (d *Desk) planShow(c *web.Call) error {
	p, err := d.planOf(c)
	if err != nil {
		return err
	}
	return d.showPlan(c, p, planForm(c.Path("token")))
}

func (d *Desk) planPost(c *web.Call) error {
	p, err := d.planOf(c)
	if err != nil {
		return err
	}
	f := planForm(c.Path("token"))
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return d.showPlan(c, p, f)
	}
	if !d.plans.drop(c.Path("token")) {
		return fault.New(fault.NotFound, "staff.import.late")
	}
	slips, err := d.apply(c.Ctx(), ledger.ActorOf(c), p, How{Whole: f.Text("whole") == "whole", PINs: f.Text("slips") == "pin"})
	if err != nil {
		return err
	}
	if len(slips) == 0 {
		return c.Redirect("/staff", text.M("staff.import.done"))
	}
	return d.showSlips(c, slips)
}

func (d *Desk) undo(c *web.Call) error {
	if err := d.Undo(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/staff", text.M("staff.import.undone"))
}
