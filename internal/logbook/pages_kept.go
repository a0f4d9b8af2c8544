package logbook

import (
	"context"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event/store"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// KeptPage is what is kept, for how long the disk lasts, and what was verified.
type KeptPage struct {
	Live      web.LivePart
	Usage     *store.Usage
	Bytes     text.Msg
	Free      text.Msg
	PerDay    text.Msg
	Disk      web.Mark
	Shares    []ShareRow
	Plan      store.Plan
	PlanRows  int
	Doubt     text.Msg // why what is due is not deleted by itself
	Anchor    *Anchor  // the newest in the ledger, or nil
	Verified  *store.Verified
	Findings  []text.Msg
	State     web.Mark
	Running   bool
	Percent   int
	Failed    text.Msg
	Public    []string
	Sources   []Source
	From, To  string
	CanDelete bool
	CanWrite  bool
}

// ShareRow is what one source takes.
type ShareRow struct {
	Name, Dataset string
	Rows          int
	Bytes         text.Msg
}

func (d *Desk) keptPage(c *web.Call) error {
	p := KeptPage{Live: web.LivePart{Topic: Topic, For: "verified"}, CanWrite: c.Person.Can(permWrite), Public: d.cfg.Public}
	var err error
	if p.Usage, err = d.cfg.Store.Usage(c.Ctx()); err != nil {
		return err
	}
	p.Bytes, p.Free, p.PerDay, p.Disk = size(p.Usage.Bytes), size(int64(p.Usage.Free)), size(p.Usage.Forecast.PerDay), diskMark(p.Usage)
	names, err := d.names(c.Ctx())
	if err != nil {
		return err
	}
	for i, s := range p.Usage.Shares {
		if i == 50 {
			break
		}
		p.Shares = append(p.Shares, ShareRow{names(s.Source), s.Dataset, int(s.Rows), size(s.Bytes)})
	}
	p.Plan = d.cfg.Store.PlanFor(0)
	for _, day := range p.Plan.Days {
		p.PlanRows += int(day.Rows)
	}
	if len(p.Plan.Days) > 0 && len(p.Plan.Holds) == 0 && p.Plan.Doubt != store.NoDoubt {
		p.Doubt = text.M("logbook.kept.doubt." + string(p.Plan.Doubt))
	}
	p.CanDelete = p.CanWrite && !p.Doubt.Zero()
	if p.Anchor, err = d.anchored(c.Ctx()); err != nil {
		return err
	}
	if p.Sources, err = d.log.Sources(c.Ctx()); err != nil {
		return err
	}
	today := c.Now.In(d.cfg.Zone)
	p.From, p.To = today.AddDate(0, 0, -30).Format(time.DateOnly), today.Format(time.DateOnly)
	return d.showVerified(c, &p)
}

func (d *Desk) showVerified(c *web.Call, p *KeptPage) error {
	var err error
	if p.Verified, err = d.cfg.Store.LastVerified(c.Ctx()); err != nil {
		return err
	}
	var failed error
	if p.Running, p.Percent, failed = d.verify.state(); failed != nil {
		p.Failed = fault.Of(failed).Msg
	}
	p.State = verifiedMark(p.Verified)
	if p.Verified != nil {
		for _, f := range p.Verified.Findings {
			p.Findings = append(p.Findings, f.Say())
		}
	}
	return c.Render("logbook.kept", *p)
}

// anchored gives the newest state of the log of seals that stands in the ledger.
func (d *Desk) anchored(ctx context.Context) (*Anchor, error) {
	newest, err := d.log.Anchors(ctx, 1)
	if err != nil || len(newest) == 0 {
		return nil, err
	}
	return &newest[0], nil
}

func verifiedMark(v *store.Verified) web.Mark {
	switch {
	case v == nil:
		return web.Mark{Level: web.Unclear, Say: text.M("logbook.verify.never")}
	case v.Broken:
		return web.Mark{Level: web.Danger, Say: text.M("logbook.verify.broken", v.At)}
	}
	return web.Mark{Level: web.Done, Say: text.M("logbook.verify.good", v.At)}
}

func diskMark(u *store.Usage) web.Mark {
	f := u.Forecast
	switch {
	case u.Full:
		return web.Mark{Level: web.Danger, Say: text.M("logbook.disk.full", u.FullSince)}
	case f.Days == 0:
		return web.Mark{Level: web.Unclear, Say: text.M("logbook.disk.unknown")}
	case f.FullOn.IsZero():
		return web.Mark{Level: web.Done, Say: text.M("logbook.disk.years")}
	case f.Left < 30:
		return web.Mark{Level: web.Danger, Say: text.M("logbook.disk.left", f.Left, text.Day(f.FullOn))}
	case f.Left < 120:
		return web.Mark{Level: web.Warn, Say: text.M("logbook.disk.left", f.Left, text.Day(f.FullOn))}
	}
	return web.Mark{Level: web.Done, Say: text.M("logbook.disk.left", f.Left, text.Day(f.FullOn))}
}

// names gives the names of sources by ID; one that nobody set up (an upload)
// keeps its ID.
func (d *Desk) names(ctx context.Context) (func(id string) string, error) {
	all, err := d.log.Sources(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, s := range all {
		names[s.ID] = s.Name
	}
	return func(id string) string {
		if n := names[id]; n != "" {
			return n
		}
		if s, err := d.log.Source(ctx, id); err == nil { // removed since
			names[id] = s.Name
			return s.Name
		}
		return id
	}, nil
}

// takeDelete deletes the days that the page showed, when the clock is in doubt
// and a person has to decide.
func (d *Desk) takeDelete(c *web.Call) error {
	plan := d.cfg.Store.PlanFor(0)
	var days []string
	rows := 0
	for _, day := range plan.Days {
		days, rows = append(days, day.Day), rows+int(day.Rows)
	}
	if len(days) == 0 {
		return fault.New(fault.Conflict, "logbook.delete.changed")
	}
	f := web.Form{Title: text.M("logbook.delete.title"), Intro: text.M("logbook.delete.intro", len(days), dayOf(days[0]), dayOf(days[len(days)-1]), rows), Action: "/log/delete", Submit: text.M("logbook.delete.submit"), Danger: true, Cancel: "/log/kept", Fields: []web.Field{
		{Name: "days", Label: text.M("logbook.delete.days"), Kind: web.HiddenField, Value: strings.Join(days, " ")},
		{Name: "sure", Label: text.M("logbook.delete.sure"), Kind: web.CheckField, Required: true}}}
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok || !f.Checked("sure") {
		f.Set("days", strings.Join(days, " ")) // what this page shows, whatever was sent
		return c.RenderForm(f)
	}
	if f.Text("days") != strings.Join(days, " ") {
		return fault.New(fault.Conflict, "logbook.delete.changed")
	}
	if err := d.cfg.Store.Delete(c.Ctx(), plan, c.Person.Name); err != nil {
		return err
	}
	return c.Redirect("/log/kept", text.M("logbook.delete.done", len(days)))
}

// dayOf is a day of the store's as texts take it.
func dayOf(day string) any {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return text.Day(t)
}

// ProofPage is the printed proof of what one source's records are.
type ProofPage struct {
	Proof    *store.Proof
	Name     string
	From, To time.Time
	Rows     int
	Size     text.Msg
	Days     []ProofDayRow
	Silent   []store.Span
	More     int // silent spans beyond those shown
	Unknown  []store.Span
	Deleted  []DeletionRow
	Lost     []text.Msg
	Verified web.Mark
	Findings []text.Msg
	Sealed   bool
	Anchor   *Anchor // the newest in the ledger, or nil
}

// ProofDayRow is a day with its 24 hours as signs.
type ProofDayRow struct {
	Day   string
	Rows  int
	Hours string // one sign for each hour
}

// DeletionRow is a day that was deleted.
type DeletionRow struct {
	Day  string
	Rows int
	At   time.Time
	By   text.Msg // who, or by the setting
}

// maxSpans is how many silent times a proof prints.
const maxSpans = 200

func (d *Desk) proofPage(c *web.Call) error {
	from, err1 := time.ParseInLocation(time.DateOnly, c.Query("from"), d.cfg.Zone)
	to, err2 := time.ParseInLocation(time.DateOnly, c.Query("to"), d.cfg.Zone)
	if err1 != nil || err2 != nil || to.Before(from) || to.Sub(from) > 2*366*24*time.Hour {
		return fault.New(fault.Invalid, "logbook.proof.time", c.Query("from"), c.Query("to"))
	}
	names, err := d.names(c.Ctx())
	if err != nil {
		return err
	}
	proof, err := d.cfg.Store.Proof(c.Ctx(), store.ProofOf{Source: c.Query("source"), Peer: c.Query("peer"), From: from, To: to.AddDate(0, 0, 1)})
	if err != nil {
		return err
	}
	p := ProofPage{Proof: proof, Name: names(proof.Source), From: from, To: to, Rows: int(proof.Rows), Size: size(proof.Bytes), Silent: proof.Silent, Unknown: proof.Unknown, Verified: verifiedMark(proof.Verified), Sealed: proof.NotSealed == 0}
	if p.Anchor, err = d.anchored(c.Ctx()); err != nil {
		return err
	}
	if len(p.Silent) > maxSpans {
		p.More, p.Silent = len(p.Silent)-maxSpans, p.Silent[:maxSpans]
	}
	for _, e := range proof.Deleted {
		by := text.Raw(e.By)
		if e.By == "" {
			by = text.M("logbook.proof.deletion.self")
		}
		p.Deleted = append(p.Deleted, DeletionRow{Day: e.Day, At: e.At, Rows: int(e.Rows), By: by})
	}
	for _, l := range proof.Lost {
		p.Lost = append(p.Lost, text.M("logbook.proof.lost.line", l.At, int(l.To-l.From+1)))
	}
	for _, f := range proof.Findings {
		p.Findings = append(p.Findings, f.Say())
	}
	for _, day := range proof.Days {
		row := ProofDayRow{Day: day.Day, Rows: int(day.Rows)}
		for _, h := range day.Hours {
			row.Hours += map[store.HourState]string{store.Heard: "■", store.Silence: "□", store.NotKnown: "?", store.WasErased: "×"}[h.State]
		}
		p.Days = append(p.Days, row)
	}
	return c.Render("logbook.proof", p)
}

// PageTitle names the source.
func (p ProofPage) PageTitle() text.Msg { return text.M("logbook.proof.titled", p.Name) }
