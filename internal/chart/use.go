package chart

import (
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// UsePage says what the viewer is for, what it computes, and who decided that it
// may.
type UsePage struct {
	Switches []SwitchRow
	Rules    []RuleRow
	States   []State
	Set      Settings
	CanSet   bool
	Big      bool
}

// SwitchRow is a switch with the decision about it.
type SwitchRow struct {
	What, Name, Say string
	Mark            web.Mark
	Switch
	URL string
}

// RuleRow is a rule by which something is computed.
type RuleRow struct{ Name, Say string }

// rules are the rules whose results stand on pages. Texts: chart.rule.<name>.
func rules() []string {
	return []string{"age.full_years", "drug.start.earliest", "drug.end.sent", "drug.end.days", "drug.end.interval", "drug.end.weekdays", "drug.end.none", "drug.end.unknown",
		"drug.use", "drug.use.order", "drug.total", "rp.group", "injection.use", "meal.use", "flag.sent", "flag.range", "sort.qualitative", "delta", "problem.active",
		"problem.name.parts", "stays", "infection.mark", "infection.document", "allergy.says_none"}
}

func switchNames() []string { return []string{UseSwitch, DerivedSwitch, TrendsSwitch} }

func (d *Desk) usePage(c *web.Call) error {
	p := newPrinter(c, "")
	page := UsePage{Set: d.Settings(), CanSet: c.Person.Can(right.Setup), Big: big(c)}
	for _, what := range switchNames() {
		s := *page.Set.of(what)
		row := SwitchRow{What: what, Name: p.T("chart.switch." + what), Say: p.T("chart.switch." + what + ".say"), Switch: s, URL: "/chart/use/switch/" + what,
			Mark: web.Mark{Level: web.Nothing, Say: text.M("chart.switch.off")}}
		switch {
		case s.On && what == UseSwitch:
			row.Mark = web.Mark{Level: web.Done, Say: text.M("chart.switch.signed")}
		case s.On:
			row.Mark = web.Mark{Level: web.Done, Say: text.M("chart.switch.on")}
		case what == UseSwitch:
			row.Mark = web.Mark{Level: web.Warn, Say: text.M("chart.switch.unsigned")}
		}
		page.Switches = append(page.Switches, row)
	}
	for _, state := range []model.State{model.Unknown, model.NotStored, model.NoRecord, model.SaysNone, model.Unreadable} {
		page.States = append(page.States, p.State(model.Allergies, state, 0, 0))
	}
	for _, rule := range rules() {
		if m := c.Known(text.M("chart.rule." + rule)); !m.Zero() {
			page.Rules = append(page.Rules, RuleRow{rule, c.Say(m)})
		}
	}
	return c.Render("chart.use", page)
}

func switchForm(what string, s Switch, today string) web.Form {
	state := "off"
	if s.On {
		state = "on"
	}
	return web.Form{
		Title: text.M("chart.switch." + what), Intro: text.M("chart.switch." + what + ".say"), Action: "/chart/use/switch/" + what,
		Submit: text.M("chart.switch.submit"), Cancel: "/chart/use",
		Fields: []web.Field{
			{Name: "state", Label: text.M("chart.switch.state"), Kind: web.RadioField, Required: true, Value: state, Wide: true,
				Options: []web.Option{{Value: "on", Say: text.M("chart.switch." + what + ".on")}, {Value: "off", Say: text.M("chart.switch." + what + ".off")}}},
			{Name: "name", Label: text.M("chart.switch.name"), Kind: web.TextField, Required: true, Max: 100, Help: text.M("chart.switch.name.help"), Value: s.Name},
			{Name: "post", Label: text.M("chart.switch.post"), Kind: web.TextField, Required: true, Max: 100, Value: s.Post},
			{Name: "day", Label: text.M("chart.switch.day"), Kind: web.DayField, Required: true, Value: today},
		},
	}
}

func (d *Desk) switchPage(c *web.Call) error {
	settings := d.Settings()
	s := settings.of(c.Path("what"))
	if s == nil {
		return fault.New(fault.NotFound, "web.not_found")
	}
	return c.RenderForm(switchForm(c.Path("what"), *s, c.Now.In(c.Zone()).Format("2006-01-02")))
}

func (d *Desk) takeSwitch(c *web.Call) error {
	what := c.Path("what")
	settings := d.Settings()
	if settings.of(what) == nil {
		return fault.New(fault.NotFound, "web.not_found")
	}
	today := c.Now.In(c.Zone()).Format("2006-01-02")
	f := switchForm(what, Switch{}, today)
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if ok && f.Text("day") > today {
		f.Fail("day", "chart.switch.day.future")
		ok = false
	}
	if !ok {
		return c.RenderForm(f)
	}
	s := Switch{On: f.Text("state") == "on", Name: f.Text("name"), Post: f.Text("post"), Day: f.Text("day")}
	if err := d.Sign(c.Ctx(), ledger.ActorOf(c), what, s); err != nil {
		return err
	}
	return c.Redirect("/chart/use", text.M("chart.switch.saved"))
}

func settingForm(s Settings) web.Form {
	number := func(name string, value, most int) web.Field {
		return web.Field{Name: name, Label: text.M("chart.setting." + name), Help: text.M("chart.setting." + name + ".help"), Kind: web.IntField, Required: true, Min: 1, Max: most, Value: text.Number(int64(value))}
	}
	return web.Form{Title: text.M("chart.setting.title"), Action: "/chart/use/setting", Submit: text.M("chart.setting.submit"), Cancel: "/chart/use",
		Fields: []web.Field{number("old_hours", s.OldHours, 720), number("confirm_minutes", s.ConfirmMinutes, 240)}}
}

func (d *Desk) takeSetting(c *web.Call) error {
	f := settingForm(d.Settings())
	if done, err := f.Taken(c); done {
		return err
	}
	s := Settings{OldHours: f.Int("old_hours"), ConfirmMinutes: f.Int("confirm_minutes")}
	if err := d.Set(c.Ctx(), ledger.ActorOf(c), s); err != nil {
		return err
	}
	return c.Redirect("/chart/use", text.M("chart.setting.saved"))
}
