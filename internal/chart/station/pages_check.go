package station

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// checkPage says of each generation what was found, and which one is open.
type checkPage struct {
	Roots   []checkRoot
	Form    web.Form
	Check   bool // the reader may check
	Sign    bool // the reader may take part in opening a suspect copy
	Going   bool
	Suspect bool // something is held back
	Sealed  bool // contents cannot be looked into
}

type checkRoot struct {
	Label    string
	At       time.Time
	Rows     []checkRow
	Until    time.Time // an override holds; zero: none does
	By1, By2 string
}

type checkRow struct {
	copy.Checked
	Mark     web.Mark
	Findings []text.Msg
	Open     bool
}

func overrideForm() web.Form {
	area := func(name string) web.Field {
		return web.Field{Name: name, Label: text.M("station.field." + name), Kind: web.AreaField, Max: 500, Wide: true, Required: true}
	}
	hours := web.Field{Name: "hours", Label: text.M("station.field.hours"), Kind: web.IntField, Min: 1, Max: 24, Value: "4", Required: true}
	number := web.Field{Name: "number", Label: text.M("station.field.number"), Kind: web.CodeField, Max: 40, Required: true, Auto: "off"}
	pin := web.Field{Name: "pin", Label: text.M("station.field.pin"), Kind: web.PINField, Max: 40, Required: true, Auto: "off"}
	return web.Form{Action: "/check/override", Submit: text.M("station.override.submit"), Danger: true, Cancel: "/check", Fields: []web.Field{area("why"), number, pin, area("why2"), hours}}
}

func (s *Station) showCheck(c *web.Call, f web.Form) error {
	p := checkPage{Form: f, Check: c.Person.Can(right.CopyCheck), Sign: c.Person.Can(right.CopyOverride)}
	open := map[string]shelf.Root{}
	for _, r := range s.stacks.State() {
		open[r.Label] = r
		p.Suspect = p.Suspect || r.State == shelf.StateSuspect
		p.Sealed = p.Sealed || r.State == shelf.StateSealed
	}
	k := s.check
	k.mu.Lock()
	defer k.mu.Unlock()
	p.Going = k.going
	for _, root := range s.cfg.Roots {
		known, ok := k.known[root]
		if !ok {
			continue
		}
		row := checkRoot{Label: root, At: known.res.At}
		if o := k.over[root]; c.Now.Before(o.until) {
			row.Until, row.By1, row.By2 = o.until, o.by[0], o.by[1]
		}
		for _, g := range known.res.Generations {
			one := checkRow{Checked: g, Mark: g.Verdict.Mark(), Open: open[root].Generation == g.ID}
			for _, found := range append(g.AtRun.Findings, g.Judgement.Findings...) {
				one.Findings = append(one.Findings, found.Say())
			}
			row.Rows = append(row.Rows, one)
		}
		if pick := k.chosen[root]; pick.newest != pick.id {
			p.Suspect = true
		}
		p.Roots = append(p.Roots, row)
	}
	status := 200
	if len(f.Errors()) > 0 {
		status = 422
	}
	return c.RenderStatus(status, "station.check", p)
}

func (s *Station) checkShow(c *web.Call) error { return s.showCheck(c, overrideForm()) }

func (s *Station) checkPost(c *web.Call) error {
	if err := s.Witness.Note(c.Ctx(), ledger.ActorOf(c), "station.check", "chart/copy", nil); err != nil {
		return err
	}
	if !s.check.deepen(s.life, func() { s.look(context.WithoutCancel(s.life)) }) {
		return fault.New(fault.Busy, "station.check.going")
	}
	return c.Redirect("/check", text.M("station.check.begun"))
}

func (s *Station) overridePost(c *web.Call) error {
	f := overrideForm()
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return s.showCheck(c, f)
	}
	second, err := s.Staff.Second(c.Ctx(), f.Text("number"), f.Text("pin"))
	at := "pin"
	if err == nil {
		at = "number"
		err = s.Override(c.Ctx(), ledger.ActorOf(c), c.Person, second, Decision{Why: f.Text("why"), SecondWhy: f.Text("why2"), Hours: f.Int("hours")})
	}
	if err == nil {
		return c.Redirect("/check", text.M("station.override.done"))
	}
	if flt := fault.Of(err); flt.Kind == fault.Internal {
		return err
	}
	f.Set("pin", "")
	f.Fail(at, fault.Of(err).Msg.Key, fault.Of(err).Msg.Args...)
	return s.showCheck(c, f)
}
