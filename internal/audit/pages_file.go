package audit

import (
	"strings"
	"time"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

func isNotFound(err error) bool { return fault.KindOf(err) == fault.NotFound }

// FilePage is one file with the results of all checks.
type FilePage struct {
	File       File
	TargetName string
	TargetURL  string
	Guess      bool // the form's choice was guessed
	Attach     web.Form
	Missing    text.Msg
	Newest     bool
	Previous   File // of the same device; ID empty: there is none
	Results    []ResultView
	Counts     []web.Mark
	CanWrite   bool
}

// PageTitle names the file.
func (p FilePage) PageTitle() text.Msg { return text.M("audit.file.title", p.File.Name) }

// ResultView is one check's result.
type ResultView struct {
	Result
	Title    text.Msg
	Sentence text.Msg
	Why      text.Msg
	Fix      text.Msg
	Breaks   text.Msg
	Verdict  web.Mark
	Severity web.Mark // zero Say: no finding
	Cost     text.Msg
	Items    []text.Msg
	Before   web.Mark // zero Say: no file before
	Changed  bool
	Commands string
	Waiver   Waiver
	Waived   bool
	Open     bool // shown unfolded
}

func (a *Audit) filePage(c *web.Call) error {
	f, err := a.File(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	p := FilePage{File: f, CanWrite: c.Person.Can("audit.write"), TargetURL: targetURL(f.Target)}
	if p.Previous, _, err = a.previous(c.Ctx(), f); err != nil {
		return err
	}
	if f.Target != "" {
		if p.TargetName, err = a.targetName(c.Ctx(), f.Target); err != nil && !isNotFound(err) {
			return err
		}
	}
	if p.CanWrite {
		if p.Attach, p.Guess, err = a.attachForm(c, f); err != nil {
			return err
		}
	}
	if f.Missing != "" {
		p.Missing = text.M("audit.missing."+f.Missing, f.MissingLine)
	}
	waivers, err := a.waivers(c.Ctx())
	if err != nil {
		return err
	}
	day := c.Now.In(c.Zone()).Format(time.DateOnly)
	for _, r := range f.Results {
		p.Results = append(p.Results, a.view(f, r, p.Previous, waivers[f.Device()+"\x00"+r.Check], day))
	}
	for _, v := range []check.Verdict{check.Fail, check.Unknown, check.Pass, check.None} {
		m := verdictMark(v)
		m.Say = text.M("audit.count", m.Say, f.Count(v))
		p.Counts = append(p.Counts, m)
	}
	return c.Render("audit.file", p)
}

// view makes one result ready for its page.
func (a *Audit) view(f File, r Result, before File, w Waiver, day string) ResultView {
	prefix := check.Prefix(r.Check)
	v := ResultView{Result: r, Title: text.M(prefix + "title"), Sentence: text.M(prefix + "sentence"), Why: text.M(prefix + "why"),
		Fix: text.M(prefix + "fix"), Breaks: text.M(prefix + "breaks"), Verdict: verdictMark(r.Verdict),
		Waiver: w, Waived: w.Active(day) && r.Verdict == check.Fail, Open: r.Verdict == check.Fail || r.Verdict == check.Unknown}
	if r.Verdict == check.Fail {
		v.Severity = severityMark(r.Severity)
	}
	for i, line := range r.Fix {
		if i > 0 {
			v.Commands += "\n"
		}
		v.Commands += line
	}
	if c := a.check(r.Check); c != nil {
		about := c.About()
		v.Cost = text.M("audit.cost." + string(about.Cost))
		for _, item := range about.Items {
			key := "audit.item"
			if !item.Confirmed {
				key = "audit.item.unconfirmed"
			}
			edition, number, _ := strings.Cut(item.ID, ":")
			v.Items = append(v.Items, text.M(key, text.M("audit.edition."+edition), number))
		}
	}
	if old, ok := before.Result(r.Check); ok {
		v.Before, v.Changed = verdictMark(old.Verdict), old.Verdict != r.Verdict
	}
	return v
}

// attachForm offers the lines and devices to which the file may belong.
func (a *Audit) attachForm(c *web.Call, f File) (web.Form, bool, error) {
	list, guess, err := a.choices(c.Ctx(), f)
	if err != nil {
		return web.Form{}, false, err
	}
	chosen := f.Target
	if chosen == "" {
		chosen = guess
	}
	field := targetField(list, chosen)
	field.Help = text.Msg{}
	form := web.Form{Action: "/audit/files/" + f.ID + "/attach", Submit: text.M("audit.attach"), Fields: []web.Field{field}}
	return form, f.Target == "" && guess != "", nil
}

func (a *Audit) attach(c *web.Call) error {
	f, err := a.File(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	form, _, err := a.attachForm(c, f)
	if err != nil {
		return err
	}
	ok, err := form.Read(c)
	if err != nil {
		return err
	}
	if !ok || form.Text("target") == "" {
		return fault.New(fault.Invalid, "audit.attach.none")
	}
	if f, err = a.Attach(c.Ctx(), ledger.ActorOf(c), f.ID, form.Text("target")); err != nil {
		return err
	}
	name, err := a.targetName(c.Ctx(), f.Target)
	if err != nil {
		return err
	}
	return c.Redirect("/audit/files/"+f.ID, text.M("audit.attach.done", name, f.Version))
}

// remove takes a file out of the lists: it was the wrong one. Results and text
// stay in the database for the ledger's sake.
func (a *Audit) remove(c *web.Call) error {
	id := c.Path("id")
	if _, err := a.File(c.Ctx(), id); err != nil {
		return err
	}
	err := a.book.Write(c.Ctx(), ledger.ActorOf(c), "audit.file.remove", func(tx *ledger.Tx) error {
		tx.Subject("audit/file/" + id)
		return removeFile(c.Ctx(), tx, id)
	})
	if err != nil {
		return err
	}
	return c.Redirect("/audit", text.M("audit.remove.done"))
}

// longestWaiver is how many days ahead a finding may be put off.
const longestWaiver = 366

func (a *Audit) waiver(c *web.Call) (web.Form, File, string, error) {
	f, err := a.File(c.Ctx(), c.Path("id"))
	if err != nil {
		return web.Form{}, f, "", err
	}
	id := c.Path("check")
	r, ok := f.Result(id)
	if !ok || r.Verdict != check.Fail {
		return web.Form{}, f, id, fault.New(fault.NotFound, "web.not_found")
	}
	form := web.Form{Title: text.M("audit.waive.title", text.M(check.Prefix(id)+"title")), Intro: text.M("audit.waive.intro", r.Say),
		Action: "/audit/files/" + f.ID + "/waive/" + id, Submit: text.M("audit.waive.submit"), Cancel: "/audit/files/" + f.ID, Danger: true,
		Fields: []web.Field{
			{Name: "until", Label: text.M("audit.waive.until"), Kind: web.DayField, Required: true},
			{Name: "reason", Label: text.M("audit.waive.reason"), Kind: web.AreaField, Required: true, Max: 1000, Wide: true, Help: text.M("audit.waive.reason.help")},
		}}
	return form, f, id, nil
}

func (a *Audit) waiveForm(c *web.Call) error {
	form, _, _, err := a.waiver(c)
	if err != nil {
		return err
	}
	return c.RenderForm(form)
}

func (a *Audit) waive(c *web.Call) error {
	form, f, id, err := a.waiver(c)
	if err != nil {
		return err
	}
	ok, err := form.Read(c)
	if err != nil {
		return err
	}
	today := c.Now.In(c.Zone())
	if until := form.Text("until"); ok && (until < today.Format(time.DateOnly) || until > today.AddDate(0, 0, longestWaiver).Format(time.DateOnly)) {
		form.Fail("until", "audit.waive.range", longestWaiver)
		ok = false
	}
	if !ok {
		return c.RenderForm(form)
	}
	err = a.book.Write(c.Ctx(), ledger.ActorOf(c), "audit.waiver.make", func(tx *ledger.Tx) error {
		tx.Subject("audit/file/" + f.ID)
		tx.Detail(map[string]string{"check": id, "device": f.Device(), "until": form.Text("until"), "reason": form.Text("reason")})
		if err := endWaiver(c.Ctx(), tx, f.Device(), id); err != nil {
			return err
		}
		return insertWaiver(c.Ctx(), tx, Waiver{Device: f.Device(), Check: id, Reason: form.Text("reason"), Until: form.Text("until")})
	})
	if err != nil {
		return err
	}
	return c.Redirect("/audit/files/"+f.ID, text.M("audit.waive.done"))
}

func (a *Audit) unwaive(c *web.Call) error {
	f, err := a.File(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	id := c.Path("check")
	if a.check(id) == nil {
		return fault.New(fault.NotFound, "web.not_found")
	}
	err = a.book.Write(c.Ctx(), ledger.ActorOf(c), "audit.waiver.end", func(tx *ledger.Tx) error {
		tx.Subject("audit/file/" + f.ID)
		tx.Detail(map[string]string{"check": id, "device": f.Device()})
		return endWaiver(c.Ctx(), tx, f.Device(), id)
	})
	if err != nil {
		return err
	}
	return c.Redirect("/audit/files/"+f.ID, text.M("audit.waive.ended"))
}

// DiffPage lays a file beside the one before.
type DiffPage struct {
	File, Previous File
	Changes        []Change
	More           int
}

// PageTitle names the file.
func (p DiffPage) PageTitle() text.Msg { return text.M("audit.diff.title", p.File.Name) }

func (a *Audit) diffPage(c *web.Call) error {
	f, err := a.File(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	before, ok, err := a.previous(c.Ctx(), f)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.NotFound, "audit.diff.none")
	}
	p := DiffPage{File: f, Previous: before}
	if p.Changes, p.More, err = a.diff(c.Ctx(), before.ID, f.ID); err != nil {
		return err
	}
	return c.Render("audit.diff", p)
}
