package exposure

import (
	"bytes"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/exposure/kev"
	"github.com/torideproject/toride/internal/exposure/pack"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Module is exposure's share of the site.
func (x *Exposure) Module() web.Module {
	return web.Module{
		Name:  "exposure",
		Files: files,
		Pages: []web.Page{{Name: "list", Data: ListPage{}}, {Name: "case", Data: CasePage{}}, {Name: "letter", Data: LetterPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /exposure", Perm: "exposure.read", Do: x.listPage},
			{Pattern: "GET /exposure/import", Perm: "exposure.write", Do: func(c *web.Call) error { return c.RenderForm(importForm()) }},
			{Pattern: "POST /exposure/import", Perm: "exposure.write", Body: kev.MaxSize + web.MaxBody, Do: x.takeFeed},
			{Pattern: "GET /exposure/cases/{id}", Perm: "exposure.read", Do: x.casePage},
			{Pattern: "GET /exposure/cases/{id}/letter", Perm: "exposure.read", Do: x.letterPage},
			{Pattern: "GET /exposure/cases/{id}/{step}", Perm: "exposure.write", Do: x.stepForm},
			{Pattern: "POST /exposure/cases/{id}/{step}", Perm: "exposure.write", Do: x.takeStep},
		},
		Nav: []web.Nav{{Key: "exposure.nav", URL: "/exposure", Perm: "exposure.read", Order: 52}},
	}
}

// ListPage shows catalogue and cases.
type ListPage struct {
	Feed     FeedView
	Show     string // "open", "closed"
	Open     int
	Closed   int
	Outside  int // outside lines that were compared
	Rows     []CaseRow
	Pager    web.Pager
	Groups   []Group
	Beyond   []Beyond
	Pack     string // edition
	CanWrite bool
}

// FeedView is the catalogue with its age.
type FeedView struct {
	Feed
	Age int // days since it was published
	Say web.Mark
}

// CaseRow is one case in the list.
type CaseRow struct {
	ID         string
	Target     Target
	CVE        string
	Name       string // of the hole, English as published
	Added      string
	Verdict    web.Mark
	Ransomware bool
	Steps      []web.Mark
	Closed     text.Msg
	ClosedAt   time.Time
	Again      bool // opened more than once
}

// Ages at which a catalogue is called old: it is published several times a
// month.
const (
	agingDays = 30
	oldDays   = 90
)

func feedView(f Feed, now time.Time) FeedView {
	v := FeedView{Feed: f}
	if f.ID == "" {
		v.Say = web.Mark{Level: web.Unclear, Say: text.M("exposure.feed.none")}
		return v
	}
	v.Age = max(0, int(now.Sub(f.Released).Hours()/24))
	v.Say = web.Mark{Level: web.Info, Say: text.M("exposure.feed.age", v.Age)}
	switch {
	case v.Age > oldDays:
		v.Say.Level = web.Danger
	case v.Age > agingDays:
		v.Say.Level = web.Warn
	}
	return v
}

func (x *Exposure) listPage(c *web.Call) error {
	if _, err := x.Sync(c.Ctx()); err != nil {
		return err
	}
	v, feed, err := x.current(c.Ctx())
	if err != nil {
		return err
	}
	all, err := x.ranked(c, v)
	if err != nil {
		return err
	}
	p := ListPage{Feed: feedView(feed, c.Now), Show: "open", Outside: v.outside, Groups: v.groups, Beyond: v.beyond,
		Pack: x.pack.Edition, CanWrite: c.Person.Can("exposure.write")}
	if c.Query("show") == "closed" {
		p.Show = "closed"
	}
	var chosen []ranked
	for _, r := range all {
		if r.Open() {
			p.Open++
		} else {
			p.Closed++
		}
		if r.Open() == (p.Show == "open") {
			chosen = append(chosen, r)
		}
	}
	p.Pager = c.NewPager(len(chosen))
	from := min(len(chosen), (p.Pager.Page-1)*web.PerPage)
	for _, r := range chosen[from:min(len(chosen), from+web.PerPage)] {
		p.Rows = append(p.Rows, r.row())
	}
	return c.Render("exposure.list", p)
}

// ranked is a case with what it is now.
type ranked struct {
	Case
	now  Match
	gone bool
}

// ranked puts all cases into the order of compare.
func (x *Exposure) ranked(c *web.Call, v *view) ([]ranked, error) {
	stored, err := x.Cases(c.Ctx())
	if err != nil {
		return nil, err
	}
	return rankCases(x, v, stored), nil
}

func rankCases(x *Exposure, v *view, stored []Case) []ranked {
	x.mu.Lock()
	defer x.mu.Unlock()
	byCVE := make(map[string]kev.Entry, len(x.ix.entries))
	for _, e := range x.ix.entries {
		byCVE[e.CVE] = e
	}
	now := make(map[string]Match, len(v.matches))
	for _, m := range v.matches {
		now[m.Target.Ref+"\x00"+m.Entry.CVE] = m
	}
	out := make([]ranked, 0, len(stored))
	for _, k := range stored {
		r := ranked{Case: k}
		if m, ok := now[k.Target+"\x00"+k.CVE]; ok {
			r.now = m
		} else {
			t, there := v.targets[k.Target]
			if !there {
				kind, _, _ := cut(k.Target)
				t = Target{Ref: k.Target, Name: k.Name, Outside: kind == "line"}
			}
			e, listed := byCVE[k.CVE]
			if !listed {
				e.CVE = k.CVE
			}
			r.gone = !there
			r.now = Match{Target: t, Entry: e, Judged: pack.Judged{Verdict: pack.Beyond, Reason: pack.OutOfRange}}
			if t.isFortiOS() {
				r.now.Judged.Hole, _ = x.pack.Hole(k.CVE)
			}
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b ranked) int { return compare(a.now, b.now) })
	return out
}

func (r ranked) row() CaseRow {
	row := CaseRow{ID: r.ID, Target: r.now.Target, CVE: r.CVE, Name: r.now.Entry.Name, Added: r.now.Entry.Added, Ransomware: r.now.Entry.Ransomware,
		Verdict: verdictMark(r.now.Judged, r.gone), ClosedAt: r.ClosedAt, Again: r.Times > 1}
	for _, s := range Steps() {
		row.Steps = append(row.Steps, stepMark(r.Case, s))
	}
	if !r.Open() {
		row.Closed = text.M("exposure.closed."+r.Why, r.By)
	}
	return row
}

// verdictMark says how the device stands to the hole now.
func verdictMark(j pack.Judged, gone bool) web.Mark {
	switch {
	case gone:
		return web.Mark{Level: web.Unclear, Say: text.M("exposure.verdict.gone")}
	case j.Verdict == pack.Matches:
		return web.Mark{Level: web.Danger, Say: text.M("exposure.verdict.matches")}
	case j.Verdict == pack.May:
		return web.Mark{Level: web.Unclear, Say: text.M("exposure.verdict.may")}
	}
	return web.Mark{Level: web.Info, Say: text.M("exposure.verdict.beyond")}
}

// stepMark says whether a step is done.
func stepMark(k Case, s Step) web.Mark {
	m := web.Mark{Level: web.Danger, Say: text.M("exposure.step." + string(s) + ".todo")}
	if _, ok := k.Last(s); ok {
		m.Level, m.Say = web.Done, text.M("exposure.step."+string(s)+".done")
	} else if k.Why == byAnswer || k.Why == byVersion {
		m.Level, m.Say = web.Nothing, text.M("exposure.step."+string(s)+".none")
	}
	return m
}

func importForm() web.Form {
	return web.Form{
		Title: text.M("exposure.import.title"), Intro: text.M("exposure.import.intro"), Action: "/exposure/import",
		Submit: text.M("exposure.import.submit"), Cancel: "/exposure",
		Fields: []web.Field{{Name: "file", Label: text.M("exposure.import.file"), Kind: web.FileField, Required: true, Accept: ".json,application/json", Wide: true,
			Help: text.M("exposure.import.help")}},
	}
}

func (x *Exposure) takeFeed(c *web.Call) error {
	f := importForm()
	if done, err := f.Taken(c); done {
		return err
	}
	up, err := f.File("file")
	if err != nil {
		return err
	}
	feed, err := x.ImportKEV(c.Ctx(), ledger.ActorOf(c), up.Name, bytes.NewReader(up.Data))
	if err != nil {
		return err
	}
	return c.Redirect("/exposure", text.M("exposure.import.done", feed.Version, feed.Entries))
}
