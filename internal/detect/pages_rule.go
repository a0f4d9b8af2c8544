package detect

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/sigma"
)

// RulesPage lists the rules.
type RulesPage struct {
	Tabs   []Tab
	Packs  []Choice
	Levels []Choice
	Steps  []Choice
	Shown  []Choice
	Reach  []Choice
	Words  string
	Rows   []RuleRow
	Pager  web.Pager
	On     int
	All    int
	ByPack []PackRow // levels of each pack, to switch
}

// RuleRow is one rule of the list.
type RuleRow struct {
	URL   string
	Title string
	Pack  text.Msg
	Level web.Mark
	Steps []rulepack.Step
	On    web.Mark
	Reach web.Mark
	Week  int // how often it matched in the last seven days
}

// PackRow is a pack with its levels.
type PackRow struct {
	Name   string
	Say    text.Msg
	Levels []LevelRow
}

// LevelRow is one level of a pack.
type LevelRow struct {
	URL   string
	Level web.Mark
	On    int
	All   int
	Week  int
	rank  sigma.Level
}

func onMark(r *Rule) web.Mark {
	switch {
	case r.Feeds:
		return web.Mark{Level: web.Nothing, Say: text.M("detect.rule.feeds")}
	case r.On:
		return web.Mark{Level: web.Done, Say: text.M("detect.rule.on")}
	}
	return web.Mark{Level: web.Nothing, Say: text.M("detect.rule.off")}
}

func reachMark(s Reachable) web.Mark {
	m := web.Mark{Say: text.M("detect.reach." + string(s))}
	switch s {
	case Fires:
		m.Level = web.Done
	case Ready:
		m.Level = web.Info
	case Lately:
		m.Level = web.Warn
	default:
		m.Level = web.Unclear
	}
	return m
}

func (d *Desk) rulesPage(c *web.Call) error {
	set, cover := d.rules.Load(), d.Coverage()
	week, err := d.counts(c.Ctx(), c.Now.AddDate(0, 0, -6))
	if err != nil {
		return err
	}
	p := RulesPage{Tabs: tabs("rules"), Words: c.Query("q"), Levels: levelChoices(c.Query("level")), Steps: stepChoices(c.Query("step")),
		Shown: choices(c.Query("on"), "detect.rule", "on", "off"), Reach: choices(c.Query("reach"), "detect.reach", "can", "not"), All: len(set.rules)}
	p.Packs = []Choice{{Value: "", Say: text.M("detect.pack.any"), On: c.Query("pack") == ""}}
	var found []*Rule
	for _, r := range set.rules {
		if r.On && !r.Feeds {
			p.On++
		}
		p.count(r, week[r.Ref])
		if ruleFits(c, r, cover) {
			found = append(found, r)
		}
	}
	for _, pack := range p.ByPack {
		slices.SortFunc(pack.Levels, func(a, b LevelRow) int { return cmp.Compare(b.rank, a.rank) })
		p.Packs = append(p.Packs, Choice{Value: pack.Name, Say: pack.Say, On: c.Query("pack") == pack.Name})
	}
	slices.SortStableFunc(found, func(a, b *Rule) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(week[b.Ref], week[a.Ref]), strings.Compare(a.Ref, b.Ref))
	})
	p.Pager = c.NewPager(len(found))
	from := min(len(found), (p.Pager.Page-1)*web.PerPage)
	for _, r := range found[from:min(len(found), from+web.PerPage)] {
		x, _ := cover.Rule(r.Ref)
		p.Rows = append(p.Rows, RuleRow{URL: r.URL(), Title: r.Title.In(c.Lang), Pack: packText(r.Pack), Level: levelMark(r.Level), Steps: r.Steps, On: onMark(r), Reach: reachMark(x.State), Week: int(week[r.Ref])})
	}
	return c.Render("detect.rules", p)
}

// packText names a pack in lists; that of the watches is no pack people know.
func packText(name string) text.Msg {
	if name == watchPack {
		return text.M("detect.pack.watch")
	}
	return text.Raw(name)
}

// count adds a rule to the row of its pack and level.
func (p *RulesPage) count(r *Rule, week int64) {
	i := slices.IndexFunc(p.ByPack, func(row PackRow) bool { return row.Name == r.Pack })
	if i < 0 {
		p.ByPack = append(p.ByPack, PackRow{Name: r.Pack, Say: packText(r.Pack)})
		i = len(p.ByPack) - 1
	}
	pack, url := &p.ByPack[i], "/alerts/levels/"+r.Pack+"/"+r.Level.String()
	j := slices.IndexFunc(pack.Levels, func(l LevelRow) bool { return l.URL == url })
	if j < 0 {
		pack.Levels = append(pack.Levels, LevelRow{URL: url, Level: levelMark(r.Level), rank: r.Level})
		j = len(pack.Levels) - 1
	}
	l := &pack.Levels[j]
	l.All++
	l.Week += int(week)
	if r.On {
		l.On++
	}
}

func ruleFits(c *web.Call, r *Rule, cover *Coverage) bool {
	if pack := c.Query("pack"); pack != "" && r.Pack != pack {
		return false
	}
	if l, ok := sigma.ParseLevel(c.Query("level")); ok && r.Level != l {
		return false
	}
	if s, ok := rulepack.ParseStep(c.Query("step")); ok && !slices.Contains(r.Steps, s) {
		return false
	}
	if on := c.Query("on"); on != "" && (on == "on") != (r.On && !r.Feeds) {
		return false
	}
	if reach := c.Query("reach"); reach != "" {
		if x, _ := cover.Rule(r.Ref); (reach == "can") != x.State.Can() {
			return false
		}
	}
	text := strings.ToLower(r.Title.JA + " " + r.Title.EN + " " + r.Ref + " " + r.File)
	for _, w := range strings.Fields(strings.ToLower(c.Query("q"))) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// Bar is one day of a noise graph.
type Bar struct {
	Day    string
	N      int
	Hidden int
	X, Y   int // of the upper left corner
	W, H   int
}

// noiseDays is how many days a noise graph shows.
const noiseDays = 30

// noise gives the days of a rule, the oldest first, as bars of a graph of 100
// units' height.
func (d *Desk) noise(ctx context.Context, where string, args []any, now time.Time) ([]Bar, error) {
	days, err := d.countsByDay(ctx, where, args, now.AddDate(0, 0, -noiseDays))
	if err != nil {
		return nil, err
	}
	most := 1
	for _, n := range days {
		most = max(most, n[0])
	}
	var out []Bar
	for i := range noiseDays {
		day := d.day(now.AddDate(0, 0, i-noiseDays+1))
		b := Bar{Day: day, N: days[day][0], Hidden: days[day][1], X: i*20 + 2, W: 16}
		b.H = (b.N*100 + most - 1) / most
		b.Y = 104 - b.H
		out = append(out, b)
	}
	return out, nil
}

// RulePage is one rule whole.
type RulePage struct {
	Tabs     []Tab
	Rule     *Rule
	Title    string
	Level    web.Mark
	On       web.Mark
	Why      text.Msg // what decided that it is on or off
	Reach    web.Mark
	Fields   []string
	Settings []SettingRow
	Means    []string
	Do       []string
	Falsely  []string
	Source   sigma.LogSource
	Counted  []RuleRow // rules that a correlation counts
	Bars     []Bar
	Sum      int
	Alerts   int
	Trial    TrialView
	Author   string
	Links    []string
	Learning time.Time
	Can      bool
}

// PageTitle is the rule's title.
func (p RulePage) PageTitle() text.Msg { return text.M("detect.rule.title", p.Title) }

func (d *Desk) rulePage(c *web.Call) error {
	r := d.Rule(c.Path("pack") + "/" + c.Path("key"))
	if r == nil {
		return fault.New(fault.NotFound, "detect.rule.none")
	}
	cover := d.Coverage()
	x, _ := cover.Rule(r.Ref)
	p := RulePage{Tabs: tabs(""), Rule: r, Title: r.Title.In(c.Lang), Level: levelMark(r.Level), On: onMark(r), Why: text.M("detect.rule.why." + string(r.Why)),
		Reach: reachMark(x.State), Fields: x.Fields, Can: c.Person.Can(PermRules)}
	d.describe(&p, c.Lang)
	all, one := r.Needs()
	for _, id := range slices.Compact(slices.Concat(all, one, x.Needs)) {
		if s, ok := d.settings.Get(id); ok && !slices.ContainsFunc(p.Settings, func(o SettingRow) bool { return o.ID == id }) {
			p.Settings = append(p.Settings, settingRow(s, cover.Setting(id), c.Lang))
		}
	}
	var err error
	if p.Bars, err = d.noise(c.Ctx(), "rule = ?", []any{r.Ref}, c.Now); err != nil {
		return err
	}
	for _, b := range p.Bars {
		p.Sum += b.N
	}
	if p.Alerts, err = d.countHits(c.Ctx(), r.Ref); err != nil {
		return err
	}
	if p.Trial, err = d.trialView(c, "rule:"+r.Ref, r.Origin != FromWatch); err != nil {
		return err
	}
	return c.Render("detect.rule", p)
}

// describe adds what the rule says about itself.
func (d *Desk) describe(p *RulePage, lang text.Lang) {
	r := p.Rule
	if a := r.About; a != nil {
		p.Means = append(p.Means, a.Why.In(lang))
		for _, w := range a.Do {
			p.Do = append(p.Do, w.In(lang))
		}
		if !a.Falsely.Zero() {
			p.Falsely = append(p.Falsely, a.Falsely.In(lang))
		}
	}
	switch {
	case r.Sigma != nil:
		p.Source, p.Author, p.Links = r.Sigma.LogSource, r.Sigma.Author, r.Sigma.References
		if r.About == nil && r.Sigma.Description != "" {
			p.Means, p.Falsely = append(p.Means, r.Sigma.Description), r.Sigma.FalsePositives
		}
	case r.Correlation != nil:
		p.Author, p.Links = r.Correlation.Author, r.Correlation.References
		if r.About == nil && r.Correlation.Description != "" {
			p.Means = append(p.Means, r.Correlation.Description)
		}
		set := d.rules.Load()
		for _, key := range r.Correlation.Rules {
			if place, ok := set.byKey[r.Pack][key]; ok {
				o := set.rules[place]
				p.Counted = append(p.Counted, RuleRow{URL: o.URL(), Title: o.Title.In(lang), Level: levelMark(o.Level), On: onMark(o)})
			}
		}
	}
	if len(p.Links) > 10 {
		p.Links = p.Links[:10]
	}
}

func (d *Desk) switchRule(c *web.Call) error {
	ref := c.Path("pack") + "/" + c.Path("key")
	to := c.R.PostFormValue("to")
	if to != "on" && to != "off" && to != "back" {
		return fault.New(fault.Invalid, "web.form.broken")
	}
	if err := d.SwitchRule(c.Ctx(), ledger.ActorOf(c), ref, to == "on", to == "back"); err != nil {
		return err
	}
	return c.Redirect("/alerts/rules/"+ref, text.M("detect.done.switch."+to))
}
