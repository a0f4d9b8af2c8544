package detect

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/sigma"
)

// Module is this domain's share of the site.
func (d *Desk) Module() web.Module {
	return web.Module{
		Name: "detect", Files: files,
		Pages: []web.Page{{Name: "list", Data: ListPage{}}, {Name: "alerts", Data: AlertsPage{}}, {Name: "story", Data: StoryPage{}}, {Name: "alert", Data: AlertPage{}},
			{Name: "except", Data: ExceptPage{}}, {Name: "exceptions", Data: ExceptionsPage{}}, {Name: "rules", Data: RulesPage{}}, {Name: "rule", Data: RulePage{}},
			{Name: "level", Data: LevelPage{}}, {Name: "packs", Data: PacksPage{}}, {Name: "plan", Data: PlanPage{}}, {Name: "problems", Data: ProblemsPage{}},
			{Name: "coverage", Data: CoveragePage{}}, {Name: "accounts", Data: AccountsPage{}}},
		Routes: append(d.handling(), d.ruling()...),
		Nav:    []web.Nav{{Key: "detect.nav", URL: "/alerts", Perm: PermRead, Order: 20}},
		Topics: []web.Topic{{Name: Topic, Perm: PermRead}},
	}
}

// handling are the pages of those who look and act.
func (d *Desk) handling() []web.Route {
	return []web.Route{
		{Pattern: "GET /alerts", Perm: PermRead, Do: d.listPage},
		{Pattern: "GET /alerts/all", Perm: PermRead, Do: d.alertsPage},
		{Pattern: "POST /alerts/export", Perm: PermRead, Do: d.exportFile},
		{Pattern: "GET /alerts/stories/{id}", Perm: PermRead, Do: d.storyPage},
		{Pattern: "POST /alerts/stories/{id}/ack", Perm: PermWrite, Do: d.ackStory},
		{Pattern: "GET /alerts/stories/{id}/close", Perm: PermWrite, Do: d.closeForm},
		{Pattern: "POST /alerts/stories/{id}/close", Perm: PermWrite, Do: d.closeStory},
		{Pattern: "POST /alerts/stories/{id}/incident", Perm: PermWrite, Do: d.declareStory},
		{Pattern: "GET /alerts/one/{id}", Perm: PermRead, Do: d.alertPage},
		{Pattern: "POST /alerts/one/{id}/ack", Perm: PermWrite, Do: d.ackAlert},
		{Pattern: "GET /alerts/one/{id}/close", Perm: PermWrite, Do: d.closeForm},
		{Pattern: "POST /alerts/one/{id}/close", Perm: PermWrite, Do: d.closeAlert},
		{Pattern: "GET /alerts/one/{id}/except", Perm: PermWrite, Do: d.exceptPage},
		{Pattern: "POST /alerts/one/{id}/except", Perm: PermWrite, Do: d.makeException},
		{Pattern: "GET /alerts/exceptions", Perm: PermRead, Do: d.exceptionsPage},
		{Pattern: "POST /alerts/exceptions/{id}/end", Perm: PermWrite, Do: d.endException},
		{Pattern: "GET /alerts/exceptions/{id}/renew", Perm: PermWrite, Do: d.renewForm},
		{Pattern: "POST /alerts/exceptions/{id}/renew", Perm: PermWrite, Do: d.renewException},
		{Pattern: "GET /alerts/coverage", Perm: PermRead, Do: d.coveragePage},
	}
}

// ruling are the pages of those who decide what is looked for.
func (d *Desk) ruling() []web.Route {
	return []web.Route{
		{Pattern: "GET /alerts/rules", Perm: PermRead, Do: d.rulesPage},
		{Pattern: "GET /alerts/rules/{pack}/{key}", Perm: PermRead, Do: d.rulePage},
		{Pattern: "POST /alerts/rules/{pack}/{key}/switch", Perm: PermRules, Do: d.switchRule},
		{Pattern: "POST /alerts/try", Perm: PermRules, Do: d.tryRules},
		{Pattern: "GET /alerts/levels/{pack}/{level}", Perm: PermRead, Do: d.levelPage},
		{Pattern: "POST /alerts/levels/{pack}/{level}/switch", Perm: PermRules, Do: d.switchLevel},
		{Pattern: "GET /alerts/packs", Perm: PermRead, Do: d.packsPage},
		{Pattern: "GET /alerts/packs/add", Perm: PermRules, Do: func(c *web.Call) error { return c.RenderForm(addForm()) }},
		{Pattern: "POST /alerts/packs/add", Perm: PermRules, Body: rulepack.MaxZip + web.MaxBody, Notes: true, Do: d.addPack},
		{Pattern: "POST /alerts/packs/folder", Perm: PermRules, Do: d.addFolder},
		{Pattern: "GET /alerts/packs/{id}/plan", Perm: PermRules, Do: d.planPage},
		{Pattern: "POST /alerts/packs/{id}/install", Perm: PermRules, Do: d.installPack},
		{Pattern: "POST /alerts/packs/{id}/back", Perm: PermRules, Do: d.rollBack},
		{Pattern: "POST /alerts/packs/{id}/remove", Perm: PermRules, Do: d.removePack},
		{Pattern: "GET /alerts/accounts", Perm: PermRead, Do: d.accountsPage},
		{Pattern: "POST /alerts/accounts", Perm: PermRules, Do: d.saveAccount},
		{Pattern: "POST /alerts/accounts/{name}/remove", Perm: PermRules, Do: d.removeAccount},
	}
}

// Tab leads to another page of this domain.
type Tab struct {
	URL  string
	Say  text.Msg
	Here bool
}

func tabs(here string) []Tab {
	var out []Tab
	for _, t := range []struct{ key, url string }{{"stories", "/alerts"}, {"alerts", "/alerts/all"}, {"rules", "/alerts/rules"}, {"packs", "/alerts/packs"},
		{"exceptions", "/alerts/exceptions"}, {"coverage", "/alerts/coverage"}, {"accounts", "/alerts/accounts"}} {
		out = append(out, Tab{URL: t.url, Say: text.M("detect.tab." + t.key), Here: t.key == here})
	}
	return out
}

// levelMark shows a level by shape, word and number.
func levelMark(l sigma.Level) web.Mark {
	m := web.Mark{Level: web.Info, Say: text.M("detect.level.numbered", levelText(l), int(l))}
	switch {
	case l >= sigma.Critical:
		m.Level = web.Danger
	case l >= sigma.High:
		m.Level = web.Warn
	}
	return m
}

// stateMark shows how far people have got.
func stateMark(s State, result Outcome) web.Mark {
	switch s {
	case IsNew:
		return web.Mark{Level: web.Danger, Say: text.M("detect.state.new")}
	case IsAcked:
		return web.Mark{Level: web.Warn, Say: text.M("detect.state.acked")}
	case IsMerged:
		return web.Mark{Level: web.Nothing, Say: text.M("detect.state.merged")}
	}
	if result != "" {
		return web.Mark{Level: web.Info, Say: text.M("detect.state.closed.as", text.M("detect.result."+string(result)))}
	}
	return web.Mark{Level: web.Info, Say: text.M("detect.state.closed")}
}

// Choice is one value of a filter.
type Choice struct {
	Value string
	Say   text.Msg
	On    bool
}

func choices(chosen, prefix string, values ...string) []Choice {
	out := []Choice{{Value: "", Say: text.M(prefix + ".any"), On: chosen == ""}}
	for _, v := range values {
		out = append(out, Choice{Value: v, Say: text.M(prefix + "." + v), On: chosen == v})
	}
	return out
}

func levelChoices(chosen string) []Choice {
	return choices(chosen, "detect.level", "informational", "low", "medium", "high", "critical")
}

func stepChoices(chosen string) []Choice {
	out := []Choice{{Value: "", Say: text.M("detect.step.any"), On: chosen == ""}}
	for _, s := range rulepack.Steps() {
		out = append(out, Choice{Value: s.String(), Say: text.M("detect.step.numbered", s.String(), stepText(s)), On: chosen == s.String()})
	}
	return out
}

// ListPage is the list of stories.
type ListPage struct {
	Tabs    []Tab
	Live    web.LivePart
	Show    string
	States  []Choice
	Levels  []Choice
	Words   string
	Rows    []StoryRow
	Pager   web.Pager
	Open    int // stories that somebody has to handle
	Running bool
	Rules   int // rules that are on
	Looked  time.Time
	Kept    text.Msg // for how long
}

// StoryRow is one story of the list.
type StoryRow struct {
	URL      string
	No       int
	Title    text.Msg
	Level    web.Mark
	State    web.Mark
	By       string
	Size     int
	Steps    []rulepack.Step
	First    time.Time
	Last     time.Time
	Old      bool
	Incident string
}

func (d *Desk) listPage(c *web.Call) error {
	show := c.Query("show")
	if show != "closed" && show != "all" {
		show = "open"
	}
	where, args := storyFilter(show, c.Query("level"), c.Query("q"))
	total, open, err := d.countStories(c.Ctx(), where, args...)
	if err != nil {
		return err
	}
	p := ListPage{Tabs: tabs("stories"), Live: web.LivePart{Topic: Topic, For: "stories"}, Show: show, Words: c.Query("q"), Pager: c.NewPager(total), Open: open,
		States: []Choice{{"open", text.M("detect.show.open"), show == "open"}, {"closed", text.M("detect.show.closed"), show == "closed"}, {"all", text.M("detect.show.all"), show == "all"}},
		Levels: levelChoices(c.Query("level"))}
	list, err := d.stories(c.Ctx(), where+" ORDER BY state <> 'new', state <> 'acked', level DESC, last_at DESC, no DESC LIMIT ? OFFSET ?",
		append(args, web.PerPage, (p.Pager.Page-1)*web.PerPage)...)
	if err != nil {
		return err
	}
	for _, s := range list {
		p.Rows = append(p.Rows, storyRow(s))
	}
	p.Rules, p.Looked, p.Kept = d.rulesOn(), d.census.Last(), d.keptText()
	return c.Render("detect.list", p)
}

// rulesOn counts the rules that make findings.
func (d *Desk) rulesOn() int {
	n := 0
	for _, r := range d.rules.Load().rules {
		if r.On && !r.Feeds {
			n++
		}
	}
	return n
}

func storyRow(s *Story) StoryRow {
	r := StoryRow{URL: s.URL(), No: s.No, Title: s.Title(), Level: levelMark(s.Level), State: stateMark(s.State, s.Result), Size: s.Size, Steps: s.Steps,
		First: s.First, Last: s.Last, Old: s.Retro || s.Old, Incident: s.Incident, By: s.Ack.By}
	if s.Close.Done() {
		r.By = s.Close.By
	}
	return r
}

func storyFilter(show, level, words string) (string, []any) {
	where, args := "WHERE state <> 'merged'", []any{}
	switch show {
	case "open":
		where += " AND state IN ('new', 'acked')"
	case "closed":
		where += " AND state = 'closed'"
	}
	if l, ok := sigma.ParseLevel(level); ok {
		where += " AND level >= ?"
		args = append(args, int(l))
	}
	return withWords(where, args, words, "body")
}

// withWords adds words that must all occur.
func withWords(where string, args []any, words, column string) (string, []any) {
	for _, w := range strings.Fields(clip(words, 200)) {
		where += " AND " + column + " LIKE ? ESCAPE '!'"
		args = append(args, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(w)+"%")
	}
	return where, args
}

// exportFile gives alerts to an inspector: those that the filter of the list
// chooses, as JSON Lines or CSV. That it was taken out is a line of the ledger.
func (d *Desk) exportFile(c *web.Call) error {
	q := c.R.PostFormValue
	where, args := alertFilter(url.Values{"state": {q("state")}, "level": {q("level")}, "q": {q("q")}, "rule": {q("rule")}})
	list, err := d.exportList(c.Ctx(), where, args)
	if err != nil {
		return err
	}
	format := "json"
	if q("format") == "csv" {
		format = "csv"
	}
	if err := d.book.Note(c.Ctx(), ledger.ActorOf(c), "detect.export", "detect/alert", map[string]any{"alerts": len(list), "format": format}); err != nil {
		return err
	}
	name := "toride-alerts-" + c.Now.In(c.Zone()).Format("20060102-1504")
	if format == "csv" {
		data, err := table(list, VoiceOf(c))
		if err != nil {
			return err
		}
		return c.Download(name+".csv", "text/csv; charset=utf-8", data)
	}
	data, err := jsonLines(list)
	if err != nil {
		return err
	}
	return c.Download(name+".jsonl", "application/jsonl", data)
}

// maxExport bounds one export; a filter chooses the others.
const maxExport = 10_000

func (d *Desk) exportList(ctx context.Context, where string, args []any) ([]Exported, error) {
	numbers, err := d.storyNumbers(ctx)
	if err != nil {
		return nil, err
	}
	alerts, err := d.alerts(ctx, where+" ORDER BY first_at, no LIMIT "+strconv.Itoa(maxExport), args...)
	if err != nil {
		return nil, err
	}
	out := make([]Exported, 0, len(alerts))
	for _, a := range alerts {
		out = append(out, exported(a, numbers[a.Story], nil))
	}
	return out, nil
}
