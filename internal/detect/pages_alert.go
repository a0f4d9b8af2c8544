package detect

import (
	"bytes"
	"encoding/json"
	"net/url"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/sigma"
)

// AlertsPage is the list of all alerts, those too that nobody has to handle.
type AlertsPage struct {
	Tabs   []Tab
	States []Choice
	Levels []Choice
	Words  string
	Rule   string
	Rows   []AlertRow
	Pager  web.Pager
	Query  url.Values
	State  string
	Level  string
}

// AlertRow is one alert of a list.
type AlertRow struct {
	URL   string
	No    int
	N     int // place in a story, from 1
	Title string
	Say   string
	Level web.Mark
	State web.Mark
	Host  string
	First time.Time
	Last  time.Time
	Count int
	Steps []rulepack.Step
	Why   text.Msg
	Story string
	Retro bool
	Goes  bool // the episode goes on
	Long  bool // first and last differ by more than a minute
}

func (v Voice) row(a *Alert, now time.Time) AlertRow {
	r := AlertRow{URL: alertURL(a.ID), No: a.No, Title: v.words(a), Say: v.alert(a), Level: levelMark(a.Level), State: stateMark(a.State, a.Result), Host: v.full(a.Host),
		First: a.First, Last: a.Last, Count: int(a.Count), Steps: a.Steps, Retro: a.Retro || a.Old, Goes: !a.Ended(now), Long: a.Last.Sub(a.First) >= time.Minute}
	if a.Why != "" {
		r.Why = text.M("detect.why." + string(a.Why))
	}
	if a.Story != "" {
		r.Story = storyURL(a.Story)
	}
	return r
}

// alertFilter gives the condition of a list of alerts.
func alertFilter(q url.Values) (string, []any) {
	where, args := "WHERE 1", []any{}
	switch s := State(q.Get("state")); s {
	case IsNew, IsAcked, IsClosed:
		where += " AND state = ?"
		args = append(args, string(s))
	}
	if l, ok := sigma.ParseLevel(q.Get("level")); ok {
		where += " AND level >= ?"
		args = append(args, int(l))
	}
	if rule := q.Get("rule"); rule != "" {
		where += " AND id IN (SELECT alert FROM detect_hit WHERE rule = ?)"
		args = append(args, rule)
	}
	return withWords(where, args, q.Get("q"), "body")
}

func (d *Desk) alertsPage(c *web.Call) error {
	q := c.R.URL.Query()
	where, args := alertFilter(q)
	total, err := d.countAlerts(c.Ctx(), where, args...)
	if err != nil {
		return err
	}
	p := AlertsPage{Tabs: tabs("alerts"), States: choices(q.Get("state"), "detect.state", string(IsNew), string(IsAcked), string(IsClosed)), Levels: levelChoices(q.Get("level")),
		Words: q.Get("q"), Rule: q.Get("rule"), Pager: c.NewPager(total), Query: q, State: q.Get("state"), Level: q.Get("level")}
	list, err := d.alerts(c.Ctx(), where+" ORDER BY last_at DESC, no DESC LIMIT ? OFFSET ?", append(args, web.PerPage, (p.Pager.Page-1)*web.PerPage)...)
	if err != nil {
		return err
	}
	v := VoiceOf(c)
	for _, a := range list {
		p.Rows = append(p.Rows, v.row(a, c.Now))
	}
	return c.Render("detect.alerts", p)
}

func jsonLines(list []Exported) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for _, e := range list {
		if err := enc.Encode(e); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// AlertPage is one alert whole.
type AlertPage struct {
	Tabs    []Tab
	Alert   *Alert
	Row     AlertRow
	Rules   []AlertRule
	Samples []SampleRow
	More    int64 // findings beyond the samples
	Why     []string
	Do      []string
	Falsely string
	Hosts   []string
	Sources []string
	Story   *Story
	Title   text.Msg // of the story
	Prev    string   // URL
	Next    string
	Can     bool
}

// PageTitle names the alert.
func (p AlertPage) PageTitle() text.Msg { return text.M("detect.alert.title", p.Row.No, p.Row.Title) }

// AlertRule is one rule of an alert.
type AlertRule struct {
	URL   string
	Title string
	Level web.Mark
	Count int
}

// SampleRow is one finding that is kept.
type SampleRow struct {
	Sample
	URL   string
	Title string
}

func (d *Desk) alertPage(c *web.Call) error {
	a, err := d.Alert(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	v := VoiceOf(c)
	p := AlertPage{Tabs: tabs(""), Alert: a, Row: v.row(a, c.Now), Can: c.Person.Can(PermWrite), Sources: []string{}}
	for _, r := range a.Rules {
		row := AlertRule{Title: r.Title.In(c.Lang), Level: levelMark(r.Level), Count: int(r.Count)}
		if rule := d.Rule(r.Rule); rule != nil {
			row.URL = rule.URL()
			p.advise(rule, c.Lang)
		}
		p.Rules = append(p.Rules, row)
	}
	samples, err := d.samples(c.Ctx(), a.ID)
	if err != nil {
		return err
	}
	titles := map[string]string{}
	for _, r := range a.Rules {
		titles[r.Rule] = r.Title.In(c.Lang)
	}
	for _, s := range samples {
		p.Samples = append(p.Samples, SampleRow{s, s.URL(), titles[s.Rule]})
	}
	p.More = max(0, a.Count-int64(len(samples)))
	for _, n := range a.Sources {
		p.Sources = append(p.Sources, v.full(n))
	}
	for _, n := range a.Others {
		p.Hosts = append(p.Hosts, v.full(n))
	}
	return d.alertLinks(c, &p)
}

// advise adds what a rule says about itself, once.
func (p *AlertPage) advise(r *Rule, lang text.Lang) {
	if r.About == nil {
		if len(p.Why) == 0 && r.Sigma != nil && r.Sigma.Description != "" {
			p.Why = append(p.Why, r.Sigma.Description)
		}
		return
	}
	p.Why = append(p.Why, r.About.Why.In(lang))
	for _, w := range r.About.Do {
		p.Do = append(p.Do, w.In(lang))
	}
	if p.Falsely == "" {
		p.Falsely = r.About.Falsely.In(lang)
	}
}

func (d *Desk) alertLinks(c *web.Call, p *AlertPage) error {
	a := p.Alert
	if a.Prev != "" {
		p.Prev = alertURL(a.Prev)
	}
	next, err := d.alerts(c.Ctx(), "WHERE key = ? AND no > ? ORDER BY no LIMIT 1", a.Key, a.No)
	if err != nil {
		return err
	}
	if len(next) > 0 {
		p.Next = alertURL(next[0].ID)
	}
	if a.Story != "" {
		if p.Story, err = d.Story(c.Ctx(), a.Story); err != nil {
			return err
		}
		p.Title = p.Story.Title()
	}
	return c.Render("detect.alert", *p)
}

func (d *Desk) ackAlert(c *web.Call) error {
	if err := d.AcknowledgeAlert(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect(alertURL(c.Path("id")), text.M("detect.done.ack"))
}

// closing is the form by which alerts and stories are closed; the path says
// which.
func (d *Desk) closing(c *web.Call) web.Form {
	back := c.R.URL.Path[:len(c.R.URL.Path)-len("/close")]
	var options []web.Option
	for _, o := range Outcomes() {
		options = append(options, web.Option{Value: string(o), Say: text.M("detect.result." + string(o) + ".choice")})
	}
	return web.Form{Title: text.M("detect.close.title"), Intro: text.M("detect.close.intro"), Action: c.R.URL.Path, Submit: text.M("detect.close.submit"), Cancel: back,
		Fields: []web.Field{
			{Name: "result", Label: text.M("detect.close.result"), Kind: web.RadioField, Options: options, Required: true, Wide: true},
			{Name: "reason", Label: text.M("detect.close.why"), Kind: web.AreaField, Required: true, Max: 2000, Wide: true, Help: text.M("detect.close.why.help")},
		}}
}

func (d *Desk) closeForm(c *web.Call) error { return c.RenderForm(d.closing(c)) }

func (d *Desk) closeAlert(c *web.Call) error {
	return d.doClose(c, func(result Outcome, reason string) error {
		return d.CloseAlert(c.Ctx(), ledger.ActorOf(c), c.Path("id"), result, reason)
	})
}

func (d *Desk) closeStory(c *web.Call) error {
	return d.doClose(c, func(result Outcome, reason string) error {
		return d.CloseStory(c.Ctx(), ledger.ActorOf(c), c.Path("id"), result, reason)
	})
}

func (d *Desk) doClose(c *web.Call, do func(Outcome, string) error) error {
	f := d.closing(c)
	if done, err := f.Taken(c); done {
		return err
	}
	if err := do(Outcome(f.Text("result")), f.Text("reason")); err != nil {
		return err
	}
	return c.Redirect(f.Cancel, text.M("detect.done.close"))
}
