package copy

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Topic is what open pages of the domain are told of.
const Topic = "copy"

// Module is copy's share of the site.
func (d *Copier) Module() web.Module {
	form := func(show, take func(*web.Call) error, perm web.Perm, pattern string) []web.Route {
		return []web.Route{{Pattern: "GET " + pattern, Perm: perm, Do: show}, {Pattern: "POST " + pattern, Perm: perm, Do: take}}
	}
	m := web.Module{
		Name: "copy", Files: files, Topics: []web.Topic{{Name: Topic, Perm: right.CopyRead}},
		Pages: []web.Page{{Name: "home", Data: HomePage{}}, {Name: "run", Data: RunPage{}}, {Name: "media", Data: MediaPage{}}, {Name: "medium", Data: MediumPage{}},
			{Name: "generation", Data: GenerationPage{}}, {Name: "check", Data: CheckPage{}}, {Name: "keys", Data: KeysPage{}}, {Name: "made", Data: MadePage{}},
			{Name: "lost", Data: LostPage{}}, {Name: "limits", Data: LimitsPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /copy", Perm: right.CopyRead, Do: d.homePage},
			{Pattern: "POST /copy/jobs/{id}/run", Perm: right.CopyRun, Do: d.takeStart},
			{Pattern: "POST /copy/jobs/{id}/remove", Perm: right.CopyRun, Do: d.takeRemoveJob},
			{Pattern: "GET /copy/runs/{id}", Perm: right.CopyRead, Do: d.runPage},
			{Pattern: "POST /copy/runs/{id}/stop", Perm: right.CopyRun, Do: d.takeStop},
			{Pattern: "GET /copy/media", Perm: right.CopyRead, Do: d.mediaPage},
			{Pattern: "GET /copy/media/{id}", Perm: right.CopyRead, Do: d.mediumPage},
			{Pattern: "GET /copy/media/{id}/generations/{generation}", Perm: right.CopyRead, Do: d.generationPage},
			{Pattern: "POST /copy/overrides/{id}/end", Perm: right.CopyOverride, Do: d.takeEndOverride},
			{Pattern: "GET /copy/checks/{id}", Perm: right.CopyRead, Do: d.checkPage},
			{Pattern: "GET /copy/checks/{id}/json", Perm: right.CopyRead, Do: d.checkJSON},
			{Pattern: "POST /copy/checks/{id}/stop", Perm: right.CopyCheck, Do: d.takeStopCheck},
			{Pattern: "GET /copy/keys", Perm: right.CopyRead, Do: d.keysPage},
			{Pattern: "GET /copy/lost", Perm: right.CopyRead, Do: d.lostPage},
			{Pattern: "GET /copy/limits", Perm: right.CopyRead, Do: d.limitsPage},
		},
		Nav: []web.Nav{{Key: "copy.nav", URL: "/copy", Perm: right.CopyRead, Order: 27}},
	}
	m.Routes = append(m.Routes, form(d.jobForm, d.takeJob, right.CopyRun, "/copy/jobs/{id}")...)
	m.Routes = append(m.Routes, form(d.newMediumForm, d.takeNewMedium, right.CopyRun, "/copy/media/new")...)
	m.Routes = append(m.Routes, form(d.mediumForm, d.takeMedium, right.CopyRun, "/copy/media/{id}/edit")...)
	m.Routes = append(m.Routes, form(d.moveForm, d.takeMove, right.CopyRun, "/copy/media/{id}/{move}")...)
	m.Routes = append(m.Routes, form(d.checkForm, d.takeCheck, right.CopyCheck, "/copy/media/{id}/check")...)
	m.Routes = append(m.Routes, form(d.overrideForm, d.takeOverride, right.CopyOverride, "/copy/media/{id}/generations/{generation}/override")...)
	m.Routes = append(m.Routes, form(d.keyForm, d.takeKey, right.CopyRun, "/copy/keys/new")...)
	m.Routes = append(m.Routes, form(d.testForm, d.takeTest, right.CopyRun, "/copy/keys/test")...)
	return m
}

// HomePage is the supply chain of the chart on one page.
type HomePage struct {
	Live   web.LivePart
	Age    web.Mark
	Newest GenerationRecord
	Clean  GenerationRecord
	Bars   AgePicture
	Jobs   []JobRow
	Runs   []RunRow
	Media  []MediumRow
	CanRun bool
	Ready  []Step // what is still to be set up, in its order; empty: all is
}

// Step is something to set up before the first copy.
type Step struct {
	Done bool
	Say  text.Msg
	URL  string
}

// JobRow is a job in a list.
type JobRow struct {
	Job
	Next time.Time
	When text.Msg
}

// RunRow is a run in a list.
type RunRow struct {
	RunRecord
	Mark web.Mark
	How  text.Msg
}

// MediumRow is a medium in a list.
type MediumRow struct {
	Medium
	Mark web.Mark
	Age  text.Msg // of the newest generation on it
}

func (d *Copier) homePage(c *web.Call) error {
	ctx := c.Ctx()
	k, err := d.known(ctx)
	if err != nil {
		return err
	}
	runs, err := d.Runs(ctx, 10)
	if err != nil {
		return err
	}
	p := HomePage{Live: web.LivePart{Topic: Topic, For: "now"}, Newest: k.newest, Clean: k.clean, CanRun: c.Person.Can(right.CopyRun), Media: mediumRows(k.media, c.Now), Bars: agePicture(k)}
	p.Age = ageMark(k)
	for _, j := range k.jobs {
		p.Jobs = append(p.Jobs, d.jobRow(j, c.Now))
	}
	for _, r := range runs {
		p.Runs = append(p.Runs, d.runRow(r))
	}
	if len(k.keys) == 0 || len(k.media) == 0 || len(k.jobs) == 0 {
		p.Ready = []Step{{len(k.keys) > 0, text.M("copy.ready.key"), "/copy/keys"}, {len(k.media) > 0, text.M("copy.ready.media"), "/copy/media/new"}, {len(k.jobs) > 0, text.M("copy.ready.job"), "/copy/jobs/new"}}
	}
	return c.Render("copy.home", p)
}

func ageMark(k known) web.Mark {
	switch {
	case k.newest.Made.IsZero():
		return web.Mark{Level: web.Danger, Say: text.M("copy.age.none")}
	case k.suspect() && k.clean.Made.IsZero():
		return web.Mark{Level: web.Danger, Say: text.M("copy.age.suspect.none")}
	case k.suspect():
		return web.Mark{Level: web.Danger, Say: text.M("copy.age.suspect", k.age())}
	case k.old():
		return web.Mark{Level: web.Danger, Say: text.M("copy.age.old", k.age(), k.maxAge())}
	case k.maxAge() == 0:
		return web.Mark{Level: web.Warn, Say: text.M("copy.age.no_job", k.age())}
	}
	return web.Mark{Level: web.Done, Say: text.M("copy.age.good", k.age())}
}

func (d *Copier) jobRow(j Job, now time.Time) JobRow {
	r := JobRow{Job: j, When: text.M("copy.when.daily", clockText(j.At))}
	if j.Every > 0 {
		r.When = text.M("copy.when.every", j.Every, clockText(j.At))
	}
	if j.Enabled {
		r.Next = j.Next(now, d.cfg.Zone)
	}
	return r
}

func (d *Copier) runRow(r RunRecord) RunRow {
	row := RunRow{RunRecord: r, Mark: stateMark(r.State), How: r.Error}
	if r.State == Finished {
		c := r.Report.Counts
		row.How = text.M("copy.run.how", c.Files, c.New+c.Changed, r.Report.Judgement.Verdict.Mark().Say)
		if r.Report.Judgement.Verdict == Suspect {
			row.Mark = r.Report.Judgement.Verdict.Mark()
		}
	}
	if g, on := d.progress(r.ID); on {
		row.How = text.M("copy.run.going", g.run.Files, g.run.Of)
	}
	return row
}

func stateMark(s State) web.Mark {
	m := web.Mark{Level: web.Info, Say: text.M("copy.state." + string(s))}
	switch s {
	case Finished:
		m.Level = web.Done
	case Failed, CutOff:
		m.Level = web.Danger
	case Cancelled:
		m.Level = web.Warn
	}
	return m
}

func mediumRows(all []Medium, now time.Time) []MediumRow {
	var out []MediumRow
	for _, m := range all {
		r := MediumRow{Medium: m, Mark: m.State(now), Age: text.M("copy.medium.no_copy")}
		if m.Generation != "" {
			r.Age = text.M("copy.medium.copy", m.Generation, m.Made, hours(now.Sub(m.Made)))
		}
		out = append(out, r)
	}
	return out
}

// RunPage is one run, in progress or ended.
type RunPage struct {
	Live     web.LivePart
	Row      RunRow
	Going    bool
	Progress Progress
	Percent  int
	Rate     int
	Left     text.Msg
	Findings []FindingRow
	URL      string // of the generation
	CanRun   bool
}

// FindingRow is a finding on a page.
type FindingRow struct {
	Mark     web.Mark
	Say      text.Msg
	Why      text.Msg
	Examples []string
}

func (d *Copier) findingRows(j Judgement) []FindingRow {
	var out []FindingRow
	for _, f := range j.Findings {
		out = append(out, FindingRow{Mark: f.Mark(), Say: f.Say(), Why: d.limits.of(f.Code).Why(), Examples: f.Examples})
	}
	return out
}

func (d *Copier) runPage(c *web.Call) error {
	r, err := d.RunRecord(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	p := RunPage{Live: web.LivePart{Topic: Topic, For: "now"}, Row: d.runRow(r), CanRun: c.Person.Can(right.CopyRun), Findings: d.findingRows(r.Report.Judgement)}
	if r.Generation != "" {
		p.URL = generationURL(r.Medium, r.Generation)
	}
	if g, on := d.progress(r.ID); on {
		p.Going, p.Progress, p.Rate = true, g.run, int(g.run.Rate())
		p.Percent, p.Left = percentOf(g.run), text.M("copy.run.left.unknown")
		if left, ok := g.run.Left(); ok {
			p.Left = text.M("copy.run.left", int(left/time.Minute)+1)
		}
	}
	return c.Render("copy.run", p)
}

func percentOf(p Progress) int {
	done, of := p.Files, p.Of
	if p.Phase == PhaseBack {
		done, of = p.Bytes, p.BytesOf
	}
	if of <= 0 {
		return 0
	}
	return int(min(100, 100*done/of))
}

func (d *Copier) takeStart(c *web.Call) error {
	j, err := d.Job(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	if err := d.Start(c.Ctx(), ledger.ActorOf(c), j); err != nil {
		return err
	}
	return c.Redirect("/copy", text.M("copy.run.started"))
}

func (d *Copier) takeRemoveJob(c *web.Call) error {
	if err := d.RemoveJob(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/copy", text.M("copy.job.removed"))
}

func (d *Copier) takeStop(c *web.Call) error {
	return d.stopping(c, "copy.run.stop", "/copy/runs/")
}

func (d *Copier) takeStopCheck(c *web.Call) error {
	return d.stopping(c, "copy.check.stop", "/copy/checks/")
}

func (d *Copier) stopping(c *web.Call, action, back string) error {
	id := c.Path("id")
	if d.Stop(id) {
		if err := d.cfg.Book.Note(c.Ctx(), ledger.ActorOf(c), action, back[1:]+id, nil); err != nil {
			return err
		}
	}
	return c.Redirect(back+id, text.M("copy.stopped"))
}

// LostPage says what to do when a medium, a part or a code was lost.
type LostPage struct {
	Keys  []Key
	Media []MediumRow
}

func (d *Copier) lostPage(c *web.Call) error {
	k, err := d.known(c.Ctx())
	if err != nil {
		return err
	}
	return c.Render("copy.lost", LostPage{Keys: k.keys, Media: mediumRows(k.media, c.Now)})
}

// LimitsPage lists the limits with their reasons.
type LimitsPage struct{ Rows []LimitRow }

// LimitRow is a limit in words.
type LimitRow struct {
	Mark web.Mark
	Name text.Msg
	Why  text.Msg
}

func (d *Copier) limitsPage(c *web.Call) error {
	var p LimitsPage
	for _, l := range d.limits.All {
		p.Rows = append(p.Rows, LimitRow{Mark: Finding{Weight: l.Weight}.Mark(), Name: text.M("copy.code." + string(l.Code)), Why: l.Why()})
	}
	return c.Render("copy.limits", p)
}

// job gives the job of the path, or a new one.
func (d *Copier) job(ctx context.Context, id string) (Job, error) {
	if id == "new" {
		return DefaultJob(), nil
	}
	return d.Job(ctx, id)
}
