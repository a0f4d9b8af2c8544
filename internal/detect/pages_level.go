package detect

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/sigma"
)

// TrialView is what trying rules on stored days came to, and how to do it.
type TrialView struct {
	Scope   string
	Can     bool // there are stored days, and the rules can be tried on them
	Done    bool
	Trial   Trial
	Rules   []RuleRow // those that found most
	Running bool
	Run     Progress
	Percent int
	Retro   Trial
	HasRet  bool
}

func (d *Desk) trialView(c *web.Call, scope string, can bool) (TrialView, error) {
	v := TrialView{Scope: scope, Can: can && d.cfg.History != nil}
	var err error
	if v.Trial, v.Done, err = d.Trial(c.Ctx(), scope, false); err != nil {
		return v, err
	}
	if v.Retro, v.HasRet, err = d.Trial(c.Ctx(), scope, true); err != nil {
		return v, err
	}
	v.Run, v.Running = d.Running()
	if v.Run.Total > 0 {
		v.Percent = int(min(99, v.Run.Events*100/v.Run.Total))
	}
	for _, counted := range top(v.Trial.ByRule, 20) {
		if r := d.Rule(counted.Name); r != nil {
			v.Rules = append(v.Rules, RuleRow{URL: r.URL(), Title: r.Title.In(c.Lang), Level: levelMark(r.Level), On: onMark(r), Week: int(counted.Count)})
		}
	}
	return v, nil
}

// LevelPage shows the rules of one level of a pack with their noise, before
// they are switched.
type LevelPage struct {
	Tabs  []Tab
	Pack  text.Msg
	Name  string
	Level web.Mark
	Word  string
	On    int
	All   int
	Loud  []RuleRow // those that matched most in the last seven days
	Quiet int       // those that did not match
	Bars  []Bar
	Sum   int
	Trial TrialView
	Can   bool
}

// PageTitle names pack and level.
func (p LevelPage) PageTitle() text.Msg { return text.M("detect.levels.title", p.Pack, p.Level.Say) }

func (d *Desk) levelPage(c *web.Call) error {
	level, ok := sigma.ParseLevel(c.Path("level"))
	pack := c.Path("pack")
	week, err := d.counts(c.Ctx(), c.Now.AddDate(0, 0, -6))
	if err != nil {
		return err
	}
	p := LevelPage{Tabs: tabs(""), Pack: packText(pack), Name: pack, Level: levelMark(level), Word: level.String(), Can: c.Person.Can(PermRules)}
	var rules []*Rule
	tried := false
	for _, r := range d.rules.Load().rules {
		if r.Pack != pack || r.Level != level || r.Feeds {
			continue
		}
		rules = append(rules, r)
		tried = tried || r.Origin != FromWatch
		if r.On {
			p.On++
		}
		if week[r.Ref] == 0 {
			p.Quiet++
		}
	}
	if p.All = len(rules); !ok || p.All == 0 {
		return fault.New(fault.NotFound, "detect.pack.none")
	}
	slices.SortStableFunc(rules, func(a, b *Rule) int { return cmp.Compare(week[b.Ref], week[a.Ref]) })
	for _, r := range rules[:min(20, len(rules))] {
		if week[r.Ref] > 0 {
			p.Loud = append(p.Loud, RuleRow{URL: r.URL(), Title: r.Title.In(c.Lang), Level: levelMark(r.Level), Steps: r.Steps, On: onMark(r), Week: int(week[r.Ref])})
		}
	}
	if p.Bars, err = d.levelNoise(c, rules); err != nil {
		return err
	}
	for _, b := range p.Bars {
		p.Sum += b.N
	}
	if p.Trial, err = d.trialView(c, levelScope(pack, level), tried); err != nil {
		return err
	}
	return c.Render("detect.level", p)
}

// levelNoise adds up the noise of many rules: one query, whatever their number.
func (d *Desk) levelNoise(c *web.Call, rules []*Rule) ([]Bar, error) {
	refs := make([]string, len(rules))
	for i, r := range rules {
		refs[i] = r.Ref
	}
	return d.noise(c.Ctx(), "rule IN (SELECT value FROM json_each(?))", []any{jsonList(refs)}, c.Now)
}

func (d *Desk) switchLevel(c *web.Call) error {
	level, ok := sigma.ParseLevel(c.Path("level"))
	to := c.R.PostFormValue("to")
	if !ok || (to != "on" && to != "off") {
		return fault.New(fault.Invalid, "web.form.broken")
	}
	if err := d.SwitchLevel(c.Ctx(), ledger.ActorOf(c), c.Path("pack"), level, to == "on"); err != nil {
		return err
	}
	return c.Redirect("/alerts/levels/"+c.Path("pack")+"/"+level.String(), text.M("detect.done.switch."+to))
}

// scopeURL is the page of a scope.
func scopeURL(scope string) string {
	if ref, ok := strings.CutPrefix(scope, "rule:"); ok {
		return "/alerts/rules/" + ref
	}
	return "/alerts/levels/" + strings.ReplaceAll(strings.TrimPrefix(scope, "level:"), ":", "/")
}

func jsonList(list []string) string {
	data, err := json.Marshal(list)
	if err != nil { // strings only
		return "[]"
	}
	return string(data)
}

// tryRules starts a trial, or going back over stored days, of the scope.
func (d *Desk) tryRules(c *web.Call) error {
	scope, retro := c.R.PostFormValue("scope"), c.R.PostFormValue("retro") == "yes"
	if err := d.StartTrial(c.Ctx(), ledger.ActorOf(c), scope, TrialDays, retro); err != nil {
		return err
	}
	return c.Redirect(scopeURL(scope), text.M("detect.done.try"))
}
