package detect

import (
	"errors"
	"slices"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/sigma"
)

// PacksPage lists packs and their versions.
type PacksPage struct {
	Tabs    []Tab
	Rows    []PackView
	Folders []string
	Folder  string
	Can     bool
}

// PackView is one stored pack.
type PackView struct {
	StoredPack
	Title  string
	Note   string
	Active bool
	Broken bool // active, but it could not be read
	Mark   web.Mark
	On     int
}

func (d *Desk) packsPage(c *web.Call) error {
	all, err := d.Packs(c.Ctx())
	if err != nil {
		return err
	}
	p := PacksPage{Tabs: tabs("packs"), Folder: d.cfg.Packs, Can: c.Person.Can(PermRules)}
	set := d.rules.Load()
	on := map[string]int{}
	for _, r := range set.rules {
		if r.On && !r.Feeds {
			on[r.Pack]++
		}
	}
	for _, s := range all {
		v := PackView{StoredPack: s, Title: s.Manifest.Title.In(c.Lang), Note: s.Manifest.LicenceNote.In(c.Lang), Active: s.State == packActive, On: on[s.Manifest.Name]}
		if v.Title == "" {
			v.Title = s.Manifest.Name
		}
		switch {
		case v.Active && set.pack(s.Manifest.Name) == nil:
			v.Broken, v.Mark = true, web.Mark{Level: web.Danger, Say: text.M("detect.pack.broken")}
		case v.Active:
			v.Mark = web.Mark{Level: web.Done, Say: text.M("detect.pack.active")}
		default:
			v.Mark = web.Mark{Level: web.Nothing, Say: text.M("detect.pack." + s.State)}
		}
		p.Rows = append(p.Rows, v)
	}
	if p.Folders, err = d.Folders(); err != nil {
		return err
	}
	return c.Render("detect.packs", p)
}

func addForm() web.Form {
	return web.Form{Title: text.M("detect.add.title"), Intro: text.M("detect.add.intro"), Action: "/alerts/packs/add", Submit: text.M("detect.add.submit"), Cancel: "/alerts/packs",
		Fields: []web.Field{
			{Name: "file", Label: text.M("detect.add.file"), Kind: web.FileField, Required: true, Accept: ".zip,application/zip", Wide: true, Help: text.M("detect.add.file.help")},
			{Name: "name", Label: text.M("detect.add.name"), Kind: web.TextField, Max: 40, Help: text.M("detect.add.name.help")},
			{Name: "version", Label: text.M("detect.add.version"), Kind: web.TextField, Max: 40},
			{Name: "publisher", Label: text.M("detect.add.publisher"), Kind: web.TextField, Max: 200},
			{Name: "licence", Label: text.M("detect.add.licence"), Kind: web.TextField, Max: 200, Help: text.M("detect.add.licence.help")},
		}}
}

func (d *Desk) addPack(c *web.Call) error {
	f := addForm()
	if done, err := f.Taken(c); done {
		return err
	}
	up, err := f.File("file")
	if err != nil {
		return err
	}
	said := rulepack.Manifest{Name: f.Text("name"), Version: f.Text("version"), Publisher: f.Text("publisher"), Licence: f.Text("licence"), Source: up.Name,
		Date: c.Now.In(c.Zone()).Format("2006-01-02"), Title: rulepack.Same(f.Text("name"))}
	b, problem := rulepack.FromZip(up.Data)
	if problem != nil {
		return d.problems(c, d.refuse(c.Ctx(), ledger.ActorOf(c), []sigma.Problem{*problem}))
	}
	return d.stage(c, b, said)
}

func (d *Desk) addFolder(c *web.Call) error {
	name := c.R.PostFormValue("folder")
	b, err := d.folder(c.Ctx(), ledger.ActorOf(c), name)
	if err != nil {
		return d.problems(c, err)
	}
	said := rulepack.Manifest{Name: name, Version: c.Now.In(c.Zone()).Format("2006.01.02"), Source: name, Date: c.Now.In(c.Zone()).Format("2006-01-02"), Title: rulepack.Same(name)}
	return d.stage(c, b, said)
}

func (d *Desk) stage(c *web.Call, b *rulepack.Bundle, said rulepack.Manifest) error {
	plan, err := d.Stage(c.Ctx(), ledger.ActorOf(c), b, said)
	if err != nil {
		return d.problems(c, err)
	}
	return c.Redirect("/alerts/packs/"+plan.ID+"/plan", text.Msg{})
}

// ProblemsPage says why a pack was refused.
type ProblemsPage struct {
	Tabs []Tab
	Rows []ProblemRow
}

// ProblemRow is one reason, with its place.
type ProblemRow struct {
	File  string
	Line  int
	Rule  string
	Say   text.Msg
	Words string   // the words concerned
	More  text.Msg // what exactly; zero where Say says it all
}

// problems shows the reasons of a refused pack; any other error goes on.
func (d *Desk) problems(c *web.Call, err error) error {
	refused, ok := errors.AsType[*PackError](err)
	if !ok {
		return err
	}
	return c.RenderStatus(422, "detect.problems", ProblemsPage{Tabs: tabs("packs"), Rows: problemRows(refused.Problems)})
}

func problemRows(list []sigma.Problem) []ProblemRow {
	var out []ProblemRow
	for i := range list {
		q := &list[i]
		say, more := rulepack.Say(q)
		out = append(out, ProblemRow{File: q.File, Line: q.Line, Rule: q.Rule, Say: say, Words: q.Construct, More: more})
	}
	return out
}

// PlanPage says what installing a pack would do, before it is done.
type PlanPage struct {
	Tabs    []Tab
	Plan    *Plan
	Title   string
	Note    string
	New     []RuleRow
	Changed []RuleRow
	Gone    []RuleRow
	Refused []ProblemRow
	Cut     int // rows that are not shown
	Levels  []LevelRow
}

// PageTitle names the pack.
func (p PlanPage) PageTitle() text.Msg {
	return text.M("detect.plan.title", p.Title, p.Plan.Pack.Version)
}

// shownRules is how many rules of one kind a plan lists.
const shownRules = 100

func (d *Desk) planPage(c *web.Call) error {
	plan, err := d.Staged(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	p := PlanPage{Tabs: tabs("packs"), Plan: plan, Title: plan.Pack.Title.In(c.Lang), Note: plan.Pack.LicenceNote.In(c.Lang)}
	if p.Title == "" {
		p.Title = plan.Pack.Name
	}
	list := func(rules []*rulepack.Rule) []RuleRow {
		slices.SortStableFunc(rules, func(a, b *rulepack.Rule) int { return int(b.Level()) - int(a.Level()) })
		var out []RuleRow
		for i, r := range rules {
			if i == shownRules {
				p.Cut += len(rules) - shownRules
				break
			}
			out = append(out, RuleRow{Title: r.Title().In(c.Lang), Level: levelMark(r.Level()), Steps: r.Steps()})
		}
		return out
	}
	p.New, p.Changed, p.Gone = list(plan.Diff.New), list(plan.Diff.Changed), list(plan.Diff.Gone)
	p.Refused = problemRows(plan.Pack.Refused[:min(len(plan.Pack.Refused), 200)])
	p.levels()
	return c.Render("detect.plan", p)
}

// levels counts the rules of each level.
func (p *PlanPage) levels() {
	for l := sigma.Critical; l >= sigma.NoLevel; l-- {
		n := 0
		for _, r := range p.Plan.Pack.Rules {
			if r.Level() == l {
				n++
			}
		}
		if n > 0 {
			p.Levels = append(p.Levels, LevelRow{Level: levelMark(max(l, sigma.Low)), All: n})
		}
		if l == sigma.NoLevel {
			break
		}
	}
}

func (d *Desk) installPack(c *web.Call) error {
	if err := d.Install(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/alerts/packs", text.M("detect.done.install"))
}

func (d *Desk) rollBack(c *web.Call) error {
	if err := d.Rollback(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/alerts/packs", text.M("detect.done.back"))
}

func (d *Desk) removePack(c *web.Call) error {
	if err := d.RemovePack(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/alerts/packs", text.M("detect.done.remove"))
}
