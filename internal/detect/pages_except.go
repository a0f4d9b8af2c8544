package detect

import (
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// ExceptPage makes an exception from an alert.
type ExceptPage struct {
	Alert  AlertRow
	Form   web.Form
	Scopes []ScopeRow
}

// PageTitle names the alert.
func (p ExceptPage) PageTitle() text.Msg { return text.M("detect.except.title", p.Alert.No) }

// ScopeRow is one scope that is offered, and what it would have hidden.
type ScopeRow struct {
	Say      text.Msg
	Findings int
	Alerts   int
}

// scope is a choice of the form.
type scope struct {
	id string
	x  Exception
}

// scopes gives the scopes that an alert offers, the narrowest first.
func scopes(a *Alert, r *Rule) []scope {
	base := Exception{Rule: r.Ref, Title: r.Title.JA, Alert: a.ID}
	who := base
	if len(a.Accounts) > 0 {
		who.Account = a.Accounts[0]
	} else if len(a.Sources) > 0 {
		who.Source = a.Sources[0]
	}
	var out []scope
	if a.Host.Key != "" && (who.Account != "" || who.Source.Key != "") {
		both := who
		both.Host = a.Host
		out = append(out, scope{"both", both})
	}
	if a.Host.Key != "" {
		host := base
		host.Host = a.Host
		out = append(out, scope{"host", host})
	}
	if who.Account != "" || who.Source.Key != "" {
		out = append(out, scope{"who", who})
	}
	return out
}

// Say tells the scope of an exception in words.
func (x *Exception) Say() text.Msg {
	who := text.M("detect.scope.account", x.Account)
	if x.Account == "" {
		who = text.M("detect.scope.source", x.Source.Name)
	}
	switch {
	case x.Host.Key != "" && (x.Account != "" || x.Source.Key != ""):
		return text.M("detect.scope.both", x.Host.Name, who)
	case x.Host.Key != "":
		return text.M("detect.scope.host", x.Host.Name)
	}
	return text.M("detect.scope.who", who)
}

// pastDays is over how many days it is counted what a scope would have hidden.
const pastDays = 30

// except reads the alert of the path and declares the form.
func (d *Desk) except(c *web.Call) (*Alert, *Rule, []scope, ExceptPage, error) {
	var p ExceptPage
	a, err := d.Alert(c.Ctx(), c.Path("id"))
	if err != nil {
		return nil, nil, nil, p, err
	}
	r := d.Rule(a.Rules[0].Rule)
	if r == nil {
		return nil, nil, nil, p, fault.New(fault.NotFound, "detect.rule.none")
	}
	list := scopes(a, r)
	if a.Storm || len(list) == 0 {
		return nil, nil, nil, p, fault.New(fault.Conflict, "detect.except.noscope")
	}
	v := VoiceOf(c)
	p.Alert = v.row(a, c.Now)
	var options []web.Option
	for _, s := range list {
		findings, alerts, err := d.wouldHide(c.Ctx(), s.x, c.Now.AddDate(0, 0, -pastDays))
		if err != nil {
			return nil, nil, nil, p, err
		}
		row := ScopeRow{Say: s.x.Say(), Findings: int(findings), Alerts: alerts}
		p.Scopes = append(p.Scopes, row)
		options = append(options, web.Option{Value: s.id, Say: text.M("detect.except.option", row.Say, row.Findings, row.Alerts, pastDays)})
	}
	p.Form = web.Form{Action: c.R.URL.Path, Submit: text.M("detect.except.submit"), Cancel: alertURL(a.ID), Fields: []web.Field{
		{Name: "scope", Label: text.M("detect.except.scope.label"), Kind: web.RadioField, Options: options, Required: true, Wide: true, Value: list[0].id},
		{Name: "days", Label: text.M("detect.except.days"), Kind: web.IntField, Required: true, Min: 1, Max: int(MaxExcept.Hours() / 24), Value: "30", Help: text.M("detect.except.days.help")},
		{Name: "reason", Label: text.M("detect.except.reason.label"), Kind: web.AreaField, Required: true, Max: 1000, Wide: true, Help: text.M("detect.except.reason.help")},
	}}
	return a, r, list, p, nil
}

func (d *Desk) exceptPage(c *web.Call) error {
	_, _, _, p, err := d.except(c)
	if err != nil {
		return err
	}
	return c.Render("detect.except", p)
}

func (d *Desk) makeException(c *web.Call) error {
	_, _, list, p, err := d.except(c)
	if err != nil {
		return err
	}
	ok, err := p.Form.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return c.RenderStatus(422, "detect.except", p)
	}
	for _, s := range list {
		if s.id != p.Form.Text("scope") {
			continue
		}
		x := s.x
		x.Reason, x.Until = p.Form.Text("reason"), c.Now.Add(time.Duration(p.Form.Int("days"))*24*time.Hour)
		if _, err := d.Except(c.Ctx(), ledger.ActorOf(c), x); err != nil {
			return err
		}
	}
	return c.Redirect("/alerts/exceptions", text.M("detect.done.except"))
}

// ExceptionsPage lists the exceptions.
type ExceptionsPage struct {
	Tabs  []Tab
	Rows  []ExceptionRow
	Ended bool
	Can   bool
}

// ExceptionRow is one exception.
type ExceptionRow struct {
	*Exception
	RuleURL string
	Scope   text.Msg
	Mark    web.Mark
	Open    bool // it can be ended or renewed
}

func (d *Desk) exceptionsPage(c *web.Call) error {
	p := ExceptionsPage{Tabs: tabs("exceptions"), Ended: c.Query("show") == "all", Can: c.Person.Can(PermWrite)}
	list, err := d.Exceptions(c.Ctx(), p.Ended)
	if err != nil {
		return err
	}
	for _, x := range list {
		row := ExceptionRow{Exception: x, Scope: x.Say(), Open: !x.Ended.Done()}
		if r := d.Rule(x.Rule); r != nil {
			row.RuleURL = r.URL()
			x.Title = r.Title.In(c.Lang)
		}
		switch {
		case x.Overdue(c.Now):
			row.Mark = web.Mark{Level: web.Danger, Say: text.M("detect.except.overdue")}
		case x.Ended.Done():
			row.Mark = web.Mark{Level: web.Nothing, Say: text.M("detect.except.over", x.Ended.By)}
		default:
			row.Mark = web.Mark{Level: web.Info, Say: text.M("detect.except.active")}
		}
		p.Rows = append(p.Rows, row)
	}
	return c.Render("detect.exceptions", p)
}

func (d *Desk) endException(c *web.Call) error {
	if err := d.EndException(c.Ctx(), ledger.ActorOf(c), c.Path("id"), ""); err != nil {
		return err
	}
	return c.Redirect("/alerts/exceptions", text.M("detect.done.except.end"))
}

func (d *Desk) renewal(c *web.Call) (web.Form, error) {
	x, err := d.Exception(c.Ctx(), c.Path("id"))
	if err != nil {
		return web.Form{}, err
	}
	return web.Form{Title: text.M("detect.renew.title"), Intro: text.M("detect.renew.intro", x.Title, x.Say(), int(x.Hidden)), Action: c.R.URL.Path, Submit: text.M("detect.renew.submit"),
		Cancel: "/alerts/exceptions", Fields: []web.Field{
			{Name: "days", Label: text.M("detect.except.days"), Kind: web.IntField, Required: true, Min: 1, Max: int(MaxExcept.Hours() / 24), Value: "30", Help: text.M("detect.except.days.help")},
			{Name: "reason", Label: text.M("detect.renew.reason"), Kind: web.AreaField, Required: true, Max: 1000, Wide: true},
		}}, nil
}

func (d *Desk) renewForm(c *web.Call) error {
	f, err := d.renewal(c)
	if err != nil {
		return err
	}
	return c.RenderForm(f)
}

func (d *Desk) renewException(c *web.Call) error {
	f, err := d.renewal(c)
	if err != nil {
		return err
	}
	if done, err := f.Taken(c); done {
		return err
	}
	until := c.Now.Add(time.Duration(f.Int("days")) * 24 * time.Hour)
	if err := d.RenewException(c.Ctx(), ledger.ActorOf(c), c.Path("id"), f.Text("reason"), until); err != nil {
		return err
	}
	return c.Redirect("/alerts/exceptions", text.M("detect.done.except.renew"))
}
