package logbook

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/event/store"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// year is what authorities recommend at least, in days.
const year = 365

// KeepPage is where people decide for how long records are kept. What a choice
// means is shown before it is taken; looking changes nothing.
type KeepPage struct {
	Kept       Kept
	Days       string // as typed
	Reserve    string // in GB, as typed; empty: by the size of the disk
	DaysBad    text.Msg
	ReserveBad text.Msg
	Auto       text.Msg // what is kept free when nobody says
	Now        KeepSide
	Then       *KeepSide // nil: nothing was chosen yet
	Held       bool
	Low        bool // less than a year
	Shorter    bool
	Due        *KeepDue // nil: nothing becomes due
	When       text.Msg // when that is deleted
	Form       web.Form // that takes the choice
}

// KeepSide is what a choice means.
type KeepSide struct {
	Days    int
	Reserve text.Msg
	PerDay  text.Msg
	Needs   text.Msg // for all days, at the rate of the last week
	Disk    web.Mark
}

// KeepDue is what a choice makes due.
type KeepDue struct {
	Days, Rows  int
	Size        text.Msg
	First, Last string
}

func (d *Desk) keepPage(c *web.Call) error {
	now := d.cfg.Keeping.Now()
	p := KeepPage{Kept: now, Days: strconv.Itoa(now.Days), Reserve: gigabytes(now.Reserve)}
	chosen := c.Query("days") != ""
	if chosen {
		p.Days, p.Reserve = c.Query("days"), c.Query("reserve")
	}
	if err := d.foresee(c, &p, chosen); err != nil {
		return err
	}
	if !p.DaysBad.Zero() || !p.ReserveBad.Zero() {
		return c.RenderStatus(http.StatusUnprocessableEntity, "logbook.keep", p)
	}
	return c.Render("logbook.keep", p)
}

// foresee fills in what is, and what the choice of the page means.
func (d *Desk) foresee(c *web.Call, p *KeepPage, chosen bool) error {
	u, err := d.cfg.Store.Usage(c.Ctx())
	if err != nil {
		return err
	}
	p.Held, p.Auto = u.Forecast.Held, size(int64(store.Settings{}.ReserveOf(u.Total)))
	p.Now = keepSide(u, p.Kept)
	to := p.choice(u)
	if !chosen || !p.DaysBad.Zero() || !p.ReserveBad.Zero() || to.same(p.Kept) {
		return nil
	}
	then := *u
	set := store.Settings{KeepDays: to.Days, Reserve: to.Reserve}
	then.Forecast, then.Reserve = u.Foresee(set), set.ReserveOf(u.Total)
	then.Full = u.Full && u.Free < then.Reserve
	side := keepSide(&then, to)
	p.Then, p.Low, p.Shorter = &side, to.Days < year, to.Days < p.Kept.Days
	if p.Shorter {
		p.due(d.cfg.Store.PlanFor(to.Days))
	}
	p.Form = p.form(to)
	return nil
}

// choice reads what was typed.
func (p *KeepPage) choice(u *store.Usage) Kept {
	to := Kept{Reserve: p.Kept.Reserve}
	var err error
	if to.Days, err = strconv.Atoi(typed(p.Days)); err != nil || to.Days < MinKeepDays || to.Days > MaxKeepDays {
		p.DaysBad = text.M("web.form.range", MinKeepDays, MaxKeepDays)
	}
	if typed(p.Reserve) == gigabytes(p.Kept.Reserve) {
		return to // also one that the page would show rounded
	}
	to.Reserve = 0
	if typed(p.Reserve) != "" {
		gb, err := strconv.ParseUint(typed(p.Reserve), 10, 32)
		if most := u.Total >> 30; err != nil || gb < MinReserve>>30 || gb > most {
			p.ReserveBad = text.M("web.form.range", MinReserve>>30, int(most))
		}
		to.Reserve = gb << 30
	}
	if need := (store.Settings{Reserve: to.Reserve}).ReserveOf(u.Total); p.ReserveBad.Zero() && need > u.Free && need > u.Reserve {
		p.ReserveBad = text.M("logbook.keep.reserve.stops", size(int64(u.Free)))
	}
	return to
}

func typed(s string) string { return strings.TrimSpace(norm.NFKC.String(s)) }

// gigabytes is a reserve as the field shows it.
func gigabytes(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n>>30, 10)
}

func keepSide(u *store.Usage, k Kept) KeepSide {
	s := KeepSide{Days: k.Days, Reserve: size(int64(u.Reserve)), Disk: diskMark(u), PerDay: text.M("logbook.keep.unknown"), Needs: text.M("logbook.keep.unknown")}
	if k.Reserve == 0 {
		s.Reserve = text.M("logbook.keep.auto", s.Reserve)
	}
	if f := u.Forecast; f.Days > 0 {
		s.PerDay, s.Needs = size(f.PerDay), size(f.PerDay*int64(k.Days))
	}
	return s
}

// due says what becomes due, and when it is deleted.
func (p *KeepPage) due(plan store.Plan) {
	n := len(plan.Days)
	if n == 0 {
		p.When = text.M("logbook.keep.when.none")
		return
	}
	p.Due = &KeepDue{Days: n, First: plan.Days[0].Day, Last: plan.Days[n-1].Day}
	bytes := int64(0)
	for _, day := range plan.Days {
		p.Due.Rows, bytes = p.Due.Rows+int(day.Rows), bytes+day.Bytes
	}
	p.Due.Size = size(bytes)
	switch {
	case len(plan.Holds) > 0:
		p.When = text.M("logbook.keep.when.held", len(plan.Holds))
	case plan.Doubt == store.NoDoubt:
		p.When = text.M("logbook.keep.when.soon")
	case plan.Doubt == store.Many:
		p.When = text.M("logbook.keep.when.many")
	default:
		p.When = text.M("logbook.keep.when.doubt")
	}
}

// seen stands in the form for what the page showed.
func (p *KeepPage) seen() string {
	days := 0
	if p.Due != nil {
		days = p.Due.Days
	}
	return fmt.Sprintf("%d/%d/%d", p.Kept.Days, p.Kept.Reserve, days)
}

func (p *KeepPage) form(to Kept) web.Form {
	f := web.Form{Title: text.M("logbook.keep.title"), Action: "/log/keep", Submit: text.M("logbook.keep.submit", to.Days), Danger: p.Shorter, Cancel: "/log/kept", Fields: []web.Field{
		{Name: "days", Label: text.M("logbook.keep.days"), Kind: web.HiddenField, Value: p.Days},
		{Name: "reserve", Label: text.M("logbook.keep.reserve"), Kind: web.HiddenField, Value: p.Reserve},
		{Name: "seen", Label: text.M("logbook.keep.title"), Kind: web.HiddenField, Value: p.seen()}}}
	if !p.Shorter {
		return f
	}
	sure := text.M("logbook.keep.sure.none", to.Days)
	if p.Due != nil {
		sure = text.M("logbook.keep.sure", to.Days, p.Due.Days, p.Due.Rows)
	}
	f.Fields = append(f.Fields, web.Field{Name: "why", Label: text.M("logbook.keep.why"), Kind: web.TextField, Required: true, Max: 200, Wide: true, Help: text.M("logbook.keep.why.help")},
		web.Field{Name: "sure", Label: sure, Kind: web.CheckField, Required: true, Wide: true})
	return f
}

// takeKeep takes a choice that the page showed. Shortening asks for a reason
// and for a tick below what will be deleted, and when.
func (d *Desk) takeKeep(c *web.Call) error {
	hidden := web.Form{Fields: []web.Field{{Name: "days", Kind: web.TextField, Max: 20}, {Name: "reserve", Kind: web.TextField, Max: 20}, {Name: "seen", Kind: web.TextField, Max: 80}}}
	if _, err := hidden.Read(c); err != nil {
		return err
	}
	p := KeepPage{Kept: d.cfg.Keeping.Now(), Days: hidden.Text("days"), Reserve: hidden.Text("reserve")}
	if err := d.foresee(c, &p, true); err != nil {
		return err
	}
	if !p.DaysBad.Zero() || !p.ReserveBad.Zero() {
		return c.RenderStatus(http.StatusUnprocessableEntity, "logbook.keep", p)
	}
	if p.Then == nil || hidden.Text("seen") != p.seen() {
		return fault.New(fault.Conflict, "logbook.keep.changed")
	}
	ok, err := p.Form.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return c.RenderStatus(http.StatusUnprocessableEntity, "logbook.keep", p)
	}
	u, err := d.cfg.Store.Usage(c.Ctx())
	if err != nil {
		return err
	}
	why, due := "", store.Plan{}
	if p.Shorter {
		why, due = p.Form.Text("why"), d.cfg.Store.PlanFor(p.Then.Days)
	}
	if err := d.cfg.Keeping.Change(c.Ctx(), ledger.ActorOf(c), p.Kept, p.choice(u), why, due); err != nil {
		return err
	}
	return c.Redirect("/log/kept", text.M("logbook.keep.saved", p.Then.Days))
}
