package audit

import (
	"bytes"
	"context"
	"time"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Module is audit's share of the site.
func (a *Audit) Module() web.Module {
	return web.Module{
		Name:  "audit",
		Files: a.files,
		Pages: []web.Page{{Name: "list", Data: ListPage{}}, {Name: "file", Data: FilePage{}}, {Name: "findings", Data: FindingsPage{}},
			{Name: "diff", Data: DiffPage{}}, {Name: "osaka", Data: OsakaPage{}}, {Name: "question", Data: QuestionPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /audit", Perm: "audit.read", Do: a.listPage},
			{Pattern: "GET /audit/findings", Perm: "audit.read", Do: a.findingsPage},
			{Pattern: "GET /audit/new", Perm: "audit.write", Do: a.newForm},
			{Pattern: "POST /audit/new", Perm: "audit.write", Body: fortios.MaxSize + web.MaxBody, Notes: true, Do: a.takeFile},
			{Pattern: "GET /audit/files/{id}", Perm: "audit.read", Do: a.filePage},
			{Pattern: "GET /audit/files/{id}/diff", Perm: "audit.read", Do: a.diffPage},
			{Pattern: "POST /audit/files/{id}/attach", Perm: "audit.write", Do: a.attach},
			{Pattern: "POST /audit/files/{id}/remove", Perm: "audit.write", Do: a.remove},
			{Pattern: "GET /audit/files/{id}/waive/{check}", Perm: "audit.write", Do: a.waiveForm},
			{Pattern: "POST /audit/files/{id}/waive/{check}", Perm: "audit.write", Do: a.waive},
			{Pattern: "POST /audit/files/{id}/unwaive/{check}", Perm: "audit.write", Do: a.unwaive},
			{Pattern: "GET /osaka", Perm: "audit.read", Do: a.osakaPage},
			{Pattern: "GET /osaka/{question}", Perm: "audit.read", Do: a.questionPage},
			{Pattern: "GET /osaka/{question}/declare", Perm: "osaka.declare", Do: a.declareForm},
			{Pattern: "POST /osaka/{question}/declare", Perm: "osaka.declare", Do: a.takeDeclaration},
		},
		Nav: []web.Nav{
			{Key: "audit.nav", URL: "/audit", Perm: "audit.read", Order: 50},
			{Key: "audit.nav.osaka", URL: "/osaka", Perm: "audit.read", Order: 51},
		},
	}
}

// ListPage is the list of devices with their newest files.
type ListPage struct {
	Rows     []FileRow
	Older    []FileRow
	CanWrite bool
}

// FileRow is one file in a list.
type FileRow struct {
	File
	TargetName string
	Fails      int
	Unknowns   int
	Passes     int
	Worst      web.Mark
}

// TargetURL is the page of the target.
func (r FileRow) TargetURL() string { return targetURL(r.Target) }

func targetURL(target string) string {
	switch {
	case len(target) > 5 && target[:5] == "line/":
		return "/lines/" + target[5:]
	case len(target) > 6 && target[:6] == "asset/":
		return "/assets/" + target[6:]
	}
	return ""
}

func (a *Audit) listPage(c *web.Call) error {
	newest, err := a.Newest(c.Ctx())
	if err != nil {
		return err
	}
	older, err := a.older(c.Ctx(), web.PerPage)
	if err != nil {
		return err
	}
	names, err := a.names(c.Ctx(), append(newest[:len(newest):len(newest)], older...))
	if err != nil {
		return err
	}
	p := ListPage{CanWrite: c.Person.Can("audit.write")}
	for _, f := range newest {
		p.Rows = append(p.Rows, rowOf(f, names))
	}
	for _, f := range older {
		p.Older = append(p.Older, rowOf(f, names))
	}
	return c.Render("audit.list", p)
}

// names gives the names of the files' targets, one look-up per target.
func (a *Audit) names(ctx context.Context, list []File) (map[string]string, error) {
	names := map[string]string{}
	for _, f := range list {
		if _, done := names[f.Target]; done || f.Target == "" {
			continue
		}
		name, err := a.targetName(ctx, f.Target)
		if err != nil && !isNotFound(err) {
			return nil, err
		}
		names[f.Target] = name // empty: it left the register
	}
	return names, nil
}

func rowOf(f File, names map[string]string) FileRow {
	r := FileRow{File: f, TargetName: names[f.Target], Fails: f.Count(check.Fail), Unknowns: f.Count(check.Unknown), Passes: f.Count(check.Pass)}
	worst := check.NoSeverity
	for _, res := range f.Results {
		if res.Severity != check.NoSeverity && (worst == check.NoSeverity || res.Severity < worst) {
			worst = res.Severity
		}
	}
	r.Worst = severityMark(worst)
	if worst == check.NoSeverity && r.Unknowns > 0 {
		r.Worst = verdictMark(check.Unknown)
	}
	return r
}

// severityMark names a severity; none means that nothing was found wanting.
func severityMark(s check.Severity) web.Mark {
	switch s {
	case check.Critical:
		return web.Mark{Level: web.Danger, Say: text.M("audit.severity.critical")}
	case check.High:
		return web.Mark{Level: web.Danger, Say: text.M("audit.severity.high")}
	case check.Medium:
		return web.Mark{Level: web.Warn, Say: text.M("audit.severity.medium")}
	case check.Low:
		return web.Mark{Level: web.Info, Say: text.M("audit.severity.low")}
	}
	return web.Mark{Level: web.Done, Say: text.M("audit.severity.none")}
}

// verdictMark names a verdict.
func verdictMark(v check.Verdict) web.Mark {
	level := web.Unclear
	switch v {
	case check.Pass:
		level = web.Done
	case check.Fail:
		level = web.Danger
	case check.None:
		level = web.Nothing
	}
	return web.Mark{Level: level, Say: text.M("audit.verdict." + string(v))}
}

// uploadForm declares the form of a new file.
func (a *Audit) uploadForm(c *web.Call) (web.Form, error) {
	list, _, err := a.choices(c.Ctx(), File{})
	if err != nil {
		return web.Form{}, err
	}
	return web.Form{
		Title: text.M("audit.new.title"), Intro: text.M("audit.new.intro"), Action: "/audit/new", Submit: text.M("audit.new.submit"), Cancel: "/audit",
		Fields: []web.Field{
			{Name: "file", Label: text.M("audit.new.file"), Kind: web.FileField, Required: true, Wide: true, Accept: ".conf,.txt,.cfg", Help: text.M("audit.new.help")},
			targetField(list, c.Query("target")),
		},
	}, nil
}

func targetField(list []Choice, chosen string) web.Field {
	f := web.Field{Name: "target", Label: text.M("audit.target"), Kind: web.SelectField, Wide: true, Value: chosen, Help: text.M("audit.target.help"),
		Options: []web.Option{{Value: "", Say: text.M("audit.target.later")}}}
	for _, ch := range list {
		f.Options = append(f.Options, web.Option{Value: ch.Target, Say: text.M("audit.target.option", ch.Name, ch.Device)})
	}
	return f
}

func (a *Audit) newForm(c *web.Call) error {
	f, err := a.uploadForm(c)
	if err != nil {
		return err
	}
	return c.RenderForm(f)
}

func (a *Audit) takeFile(c *web.Call) error {
	f, err := a.uploadForm(c)
	if err != nil {
		return err
	}
	if done, err := f.Taken(c); done {
		return err
	}
	up, err := f.File("file")
	if err != nil {
		return err
	}
	file, err := a.Take(c.Ctx(), ledger.ActorOf(c), up.Name, f.Text("target"), bytes.NewReader(up.Data))
	if err != nil {
		return err
	}
	return c.Redirect("/audit/files/"+file.ID, text.M("audit.new.done", up.Name, file.Count(check.Fail), file.Count(check.Unknown)))
}

// FindingsPage lists what was found wanting on the newest files.
type FindingsPage struct {
	Rows    []FindingRow
	Waived  []FindingRow
	Devices int
}

// FindingRow is one finding.
type FindingRow struct {
	Finding
	TargetName string
	Title      text.Msg
	Mark       web.Mark
	Cost       text.Msg
}

// TargetURL is the page of the target.
func (r FindingRow) TargetURL() string { return targetURL(r.File.Target) }

func (a *Audit) findingsPage(c *web.Call) error {
	newest, err := a.Newest(c.Ctx())
	if err != nil {
		return err
	}
	waivers, err := a.waivers(c.Ctx())
	if err != nil {
		return err
	}
	names, err := a.names(c.Ctx(), newest)
	if err != nil {
		return err
	}
	p := FindingsPage{Devices: len(newest)}
	day := c.Now.In(c.Zone()).Format(time.DateOnly)
	for _, f := range a.findings(newest, waivers) {
		row := FindingRow{Finding: f, TargetName: names[f.File.Target], Title: text.M(check.Prefix(f.Result.Check) + "title"),
			Mark: severityMark(f.Result.Severity), Cost: text.M("audit.cost." + string(f.Cost))}
		if f.Waiver.Active(day) {
			p.Waived = append(p.Waived, row)
		} else {
			p.Rows = append(p.Rows, row)
		}
	}
	return c.Render("audit.findings", p)
}
