package exposure

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/exposure/kev"
	"github.com/torideproject/toride/internal/exposure/pack"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// CasePage is one case whole.
type CasePage struct {
	Case     Case
	Target   Target
	Entry    kev.Entry
	Verdict  web.Mark
	State    web.Mark
	Reasons  []text.Msg
	Steps    []StepView
	Asks     bool // the maker's answer is still to be had
	History  []HistoryRow
	Siblings int // other open cases of the device
	Can      bool
}

// PageTitle names hole and device.
func (p CasePage) PageTitle() text.Msg { return text.M("exposure.case.title", p.Case.CVE, p.Case.Name) }

// StepView is one of the three steps.
type StepView struct {
	Step   Step
	Title  text.Msg
	Why    text.Msg
	Done   Done
	IsDone bool
	Mark   web.Mark
}

// HistoryRow is one thing that was written down.
type HistoryRow struct {
	Done
	Title   text.Msg
	Counts  bool // false: before the case was opened again
	Version string
}

func (x *Exposure) casePage(c *web.Call) error {
	if _, err := x.Sync(c.Ctx()); err != nil {
		return err
	}
	k, err := x.Case(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	t, judged, err := x.Judge(c.Ctx(), k)
	if err != nil {
		return err
	}
	entry, _, err := x.entry(c.Ctx(), k.CVE)
	if err != nil {
		return err
	}
	others, err := x.openOf(c.Ctx(), k.Target)
	if err != nil {
		return err
	}
	gone := judged.Verdict == pack.Beyond && judged.Reason == ""
	p := CasePage{Case: k, Target: t, Entry: entry, Verdict: verdictMark(judged, gone), Reasons: reasons(t, judged, x.pack.Edition),
		Can: c.Person.Can("exposure.write") && k.Open(), Asks: k.Open() && judged.Verdict == pack.May && !k.answered()}
	p.State = web.Mark{Level: web.Danger, Say: text.M("exposure.state.open")}
	if !k.Open() {
		p.State = web.Mark{Level: web.Done, Say: text.M("exposure.closed."+k.Why, k.By)}
	}
	for _, o := range others {
		if o.ID != k.ID {
			p.Siblings++
		}
	}
	for _, s := range Steps() {
		done, ok := k.Last(s)
		p.Steps = append(p.Steps, StepView{Step: s, Title: stepText(s), Why: text.M("exposure.step." + string(s) + ".why"), Done: done, IsDone: ok, Mark: stepMark(k, s)})
	}
	for _, d := range k.Done {
		p.History = append(p.History, HistoryRow{Done: d, Title: stepText(d.Step), Counts: !d.RecordedAt.Before(k.Since), Version: d.Version})
	}
	return c.Render("exposure.case", p)
}

func stepText(s Step) text.Msg { return text.M("exposure.step." + string(s)) }

// openOf gives the open cases of a target.
func (x *Exposure) openOf(ctx context.Context, target string) ([]Case, error) {
	return cases(ctx, x.book.DB().Read(), "target = ? AND closed_at = ''", target)
}

// reasons says on what the verdict rests.
func reasons(t Target, j pack.Judged, edition string) []text.Msg {
	version := any(t.Version)
	if t.Version == "" {
		version = text.M("exposure.version.none")
	}
	out := []text.Msg{text.M("exposure.reason.version", version)}
	switch j.Reason {
	case pack.InRange, pack.CoarseRange, pack.NoPatchLevel:
		from := any(j.Range.From)
		if j.Range.From == "" {
			from = text.M("exposure.range.first")
		}
		out = append(out, text.M("exposure.reason."+string(j.Reason), from, j.Range.To))
	case "":
		return append(out, text.M("exposure.reason.gone"))
	default:
		out = append(out, text.M("exposure.reason."+string(j.Reason)))
	}
	if j.Verdict == pack.Matches {
		if j.Range.Fixed != "" {
			out = append(out, text.M("exposure.reason.fixed", j.Range.Fixed, text.M("exposure.confidence."+string(j.Range.FixedBy))))
		} else {
			out = append(out, text.M("exposure.reason.no_fix"))
		}
	}
	if j.Hole.CVE != "" {
		out = append(out, text.M("exposure.needs."+j.Hole.Needs),
			text.M("exposure.reason.source", j.Hole.Advisory, text.M("exposure.confidence."+string(j.Hole.Confidence)), edition))
	}
	return out
}

// stepOf checks the step of the path.
func stepOf(c *web.Call) (Step, error) {
	switch s := Step(c.Path("step")); s {
	case Patched, Logs, Passwords, Applies, NotHere:
		return s, nil
	}
	return "", fault.New(fault.NotFound, "web.not_found")
}

// form declares the form of a step.
func (x *Exposure) form(c *web.Call) (web.Form, Case, Step, error) {
	step, err := stepOf(c)
	if err != nil {
		return web.Form{}, Case{}, "", err
	}
	k, err := x.Case(c.Ctx(), c.Path("id"))
	if err != nil {
		return web.Form{}, Case{}, "", err
	}
	if !k.Open() {
		return web.Form{}, k, step, fault.New(fault.Conflict, "exposure.case.closed")
	}
	others, err := x.openOf(c.Ctx(), k.Target)
	if err != nil {
		return web.Form{}, k, step, err
	}
	today := c.Now.In(c.Zone()).Format(time.DateOnly)
	f := web.Form{Title: text.M("exposure.step.form", stepText(step), k.CVE, k.Name), Intro: text.M("exposure.step." + string(step) + ".why"),
		Action: "/exposure/cases/" + k.ID + "/" + string(step), Submit: text.M("exposure.step.submit"), Cancel: "/exposure/cases/" + k.ID,
		Fields: []web.Field{
			{Name: "on", Label: text.M("exposure.step.on"), Kind: web.DayField, Required: true, Value: today},
			{Name: "who", Label: text.M("exposure.step.who"), Kind: web.TextField, Required: true, Max: 100, Value: c.Person.Name, Help: text.M("exposure.step.who.help")},
			{Name: "evidence", Label: text.M("exposure.step.evidence"), Kind: web.AreaField, Required: true, Max: 2000, Wide: true, Help: text.M("exposure.step." + string(step) + ".evidence")},
		}}
	if len(others) > 1 && step != Applies && step != NotHere {
		f.Fields = append(f.Fields, web.Field{Name: "all", Label: text.M("exposure.step.all", len(others)-1), Kind: web.CheckField, Wide: true})
	}
	return f, k, step, nil
}

func (x *Exposure) stepForm(c *web.Call) error {
	f, _, _, err := x.form(c)
	if err != nil {
		return err
	}
	return c.RenderForm(f)
}

func (x *Exposure) takeStep(c *web.Call) error {
	f, k, step, err := x.form(c)
	if err != nil {
		return err
	}
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if ok && f.Text("on") > c.Now.In(c.Zone()).Format(time.DateOnly) {
		f.Fail("on", "exposure.step.future")
		ok = false
	}
	if !ok {
		return c.RenderForm(f)
	}
	ids, err := x.chosen(c, f, k, step)
	if err != nil {
		return err
	}
	closed, err := x.Close(c.Ctx(), ledger.ActorOf(c), ids, Done{Step: step, On: f.Text("on"), Who: f.Text("who"), Evidence: f.Text("evidence")})
	if err != nil {
		return err
	}
	if closed > 0 {
		return c.Redirect("/exposure/cases/"+k.ID, text.M("exposure.step.closed", closed))
	}
	return c.Redirect("/exposure/cases/"+k.ID, text.M("exposure.step.saved"))
}

// chosen gives the cases for which a step is written down: this one, or all
// open ones of the device that lack it.
func (x *Exposure) chosen(c *web.Call, f web.Form, k Case, step Step) ([]string, error) {
	ids := []string{k.ID}
	if len(f.Fields) < 4 || !f.Checked("all") {
		return ids, nil
	}
	others, err := x.openOf(c.Ctx(), k.Target)
	if err != nil {
		return nil, err
	}
	for _, o := range others {
		if _, done := o.Last(step); o.ID != k.ID && !done {
			ids = append(ids, o.ID)
		}
	}
	return ids, nil
}

// LetterPage is the enquiry to the vendor, to be printed.
type LetterPage struct {
	Hospital string
	Vendor   string
	Target   Target
	Version  text.Msg
	Day      time.Time
	Cases    []LetterRow
	Feed     FeedView
}

// PageTitle is the letter's subject.
func (p LetterPage) PageTitle() text.Msg { return text.M("exposure.letter.title", p.Target.Name) }

// LetterRow is one hole in the letter.
type LetterRow struct {
	CVE      string
	Added    string
	Verdict  web.Mark
	Advisory string
}

func (x *Exposure) letterPage(c *web.Call) error {
	k, err := x.Case(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	v, feed, err := x.current(c.Ctx())
	if err != nil {
		return err
	}
	open, err := x.openOf(c.Ctx(), k.Target)
	if err != nil {
		return err
	}
	p := LetterPage{Hospital: c.Hospital(), Day: c.Now, Feed: feedView(feed, c.Now)}
	for _, r := range rankCases(x, v, open) {
		p.Target = r.now.Target
		p.Cases = append(p.Cases, LetterRow{CVE: r.CVE, Added: r.now.Entry.Added, Verdict: verdictMark(r.now.Judged, r.gone), Advisory: r.now.Judged.Hole.Advisory})
	}
	if len(p.Cases) == 0 {
		return fault.New(fault.Conflict, "exposure.case.closed")
	}
	p.Version = text.Raw(p.Target.Version)
	if p.Target.Version == "" {
		p.Version = text.M("exposure.version.none")
	}
	if p.Target.Vendor != "" {
		vendor, err := x.register.Vendor(c.Ctx(), p.Target.Vendor)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		p.Vendor = vendor.Name
	}
	return c.Render("exposure.letter", p)
}
