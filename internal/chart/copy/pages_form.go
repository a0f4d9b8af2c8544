package copy

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

func label(name string) text.Msg { return text.M("copy.f." + name) }
func help(name string) text.Msg  { return text.M("copy.f." + name + ".help") }

func number(name string, value, least, most int) web.Field {
	return web.Field{Name: name, Label: label(name), Kind: web.IntField, Required: true, Min: least, Max: most, Value: strconv.Itoa(value), Help: help(name)}
}

func clockField(name string, minutes int) web.Field {
	return web.Field{Name: name, Label: label(name), Kind: web.TextField, Required: true, Max: 5, Value: clockText(minutes), Help: help(name)}
}

func jobFields(j Job) web.Form {
	enabled := ""
	if j.Enabled {
		enabled = "yes"
	}
	f := web.Form{Title: text.M("copy.job.edit"), Intro: text.M("copy.job.intro"), Action: "/copy/jobs/" + j.ID, Submit: text.M("copy.save"), Cancel: "/copy", Fields: []web.Field{
		{Name: "name", Label: label("name"), Kind: web.TextField, Required: true, Max: 60, Value: j.Name},
		{Name: "source", Label: label("source"), Kind: web.TextField, Required: true, Max: 400, Value: j.Source, Help: help("source"), Wide: true},
		{Name: "enabled", Label: label("enabled"), Kind: web.CheckField, Value: enabled},
		number("every", j.Every, 0, 24), clockField("at", j.At),
		clockField("day_from", j.DayFrom), clockField("day_to", j.DayTo),
		number("day_files", j.DayFiles, 0, 1_000_000), number("day_mb", j.DayMB, 0, 100_000),
		number("night_files", j.NightFiles, 0, 1_000_000), number("night_mb", j.NightMB, 0, 100_000),
		number("keep_days", j.KeepDays, 0, 3650), number("keep_weeks", j.KeepWeeks, 0, 520), number("keep_least", j.KeepLeast, 2, 1000),
		number("max_age", j.MaxAge, 1, 24*31), number("rereads", j.Rereads, 0, 1000),
	}}
	if j.ID == "" {
		f.Title, f.Action = text.M("copy.job.new"), "/copy/jobs/new"
	}
	return f
}

func (d *Copier) jobForm(c *web.Call) error {
	j, err := d.job(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	return c.RenderForm(jobFields(j))
}

func (d *Copier) takeJob(c *web.Call) error {
	j, err := d.job(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	f := jobFields(j)
	done, err := f.Taken(c, func() {
		for name, to := range map[string]*int{"at": &j.At, "day_from": &j.DayFrom, "day_to": &j.DayTo} {
			var ok bool
			if *to, ok = parseClock(f.Text(name)); !ok {
				f.Fail(name, "copy.f.clock.bad")
			}
		}
		if j.Source = f.Text("source"); !filepath.IsAbs(j.Source) {
			f.Fail("source", "copy.f.path.bad")
		}
	})
	if done {
		return err
	}
	j.Name, j.Enabled = f.Text("name"), f.Checked("enabled")
	for name, to := range map[string]*int{"every": &j.Every, "day_files": &j.DayFiles, "day_mb": &j.DayMB, "night_files": &j.NightFiles, "night_mb": &j.NightMB,
		"keep_days": &j.KeepDays, "keep_weeks": &j.KeepWeeks, "keep_least": &j.KeepLeast, "max_age": &j.MaxAge, "rereads": &j.Rereads} {
		*to = f.Int(name)
	}
	if _, err := d.SaveJob(c.Ctx(), ledger.ActorOf(c), j); err != nil {
		return err
	}
	return c.Redirect("/copy", text.M("copy.job.saved"))
}

// parseClock reads 1:30, 01:30 or 01：30.
func parseClock(s string) (minutes int, ok bool) {
	hour, minute, found := strings.Cut(strings.ReplaceAll(s, "：", ":"), ":")
	h, err1 := strconv.Atoi(hour)
	m, err2 := strconv.Atoi(minute)
	if !found || err1 != nil || err2 != nil || h < 0 || h > 23 || m < 0 || m > 59 || len(minute) != 2 {
		return 0, false
	}
	return h*60 + m, true
}

func mediumFields(m Medium) web.Form {
	return web.Form{Title: text.M("copy.medium.edit"), Intro: text.M("copy.medium.intro"), Action: "/copy/media/" + m.ID + "/edit", Submit: text.M("copy.save"), Cancel: "/copy/media", Fields: []web.Field{
		{Name: "label", Label: label("label"), Kind: web.TextField, Required: true, Max: 40, Value: m.Label, Help: help("label")},
		{Name: "path", Label: label("path"), Kind: web.TextField, Required: true, Max: 400, Value: m.Path, Help: help("path"), Wide: true},
		{Name: "place", Label: label("place"), Kind: web.TextField, Required: true, Max: 100, Value: m.Place, Help: help("place"), Wide: true},
		number("rotate", m.RotateDays, 1, 90),
	}}
}

func (d *Copier) newMediumForm(c *web.Call) error {
	f := mediumFields(Medium{RotateDays: 7})
	f.Title, f.Action, f.Submit = text.M("copy.medium.new"), "/copy/media/new", text.M("copy.medium.make")
	return c.RenderForm(f)
}

func (d *Copier) takeNewMedium(c *web.Call) error {
	f := mediumFields(Medium{RotateDays: 7})
	f.Title, f.Action, f.Submit = text.M("copy.medium.new"), "/copy/media/new", text.M("copy.medium.make")
	done, err := f.Taken(c, func() { absolute(&f) })
	if done {
		return err
	}
	id, err := d.AddMedium(c.Ctx(), ledger.ActorOf(c), Medium{Label: f.Text("label"), Path: f.Text("path"), Place: f.Text("place"), RotateDays: f.Int("rotate")})
	if err != nil {
		return err
	}
	return c.Redirect("/copy/media/"+id, text.M("copy.medium.added"))
}

func absolute(f *web.Form) {
	if !filepath.IsAbs(f.Text("path")) {
		f.Fail("path", "copy.f.path.bad")
	}
}

func (d *Copier) mediumForm(c *web.Call) error {
	m, err := d.Medium(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	return c.RenderForm(mediumFields(m))
}

func (d *Copier) takeMedium(c *web.Call) error {
	m, err := d.Medium(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	f := mediumFields(m)
	done, err := f.Taken(c, func() { absolute(&f) })
	if done {
		return err
	}
	m.Label, m.Path, m.Place, m.RotateDays = f.Text("label"), f.Text("path"), f.Text("place"), f.Int("rotate")
	if err := d.SaveMedium(c.Ctx(), ledger.ActorOf(c), m); err != nil {
		return err
	}
	return c.Redirect("/copy/media/"+m.ID, text.M("copy.medium.saved"))
}

// moveFields is the form of attaching, detaching or retiring a medium.
func moveFields(m Medium, move, who string) (web.Form, error) {
	f := web.Form{Title: text.M("copy.move."+move, m.Label), Intro: text.M("copy.move." + move + ".intro"), Action: "/copy/media/" + m.ID + "/" + move, Submit: text.M("copy.move." + move + ".submit"), Cancel: "/copy/media/" + m.ID}
	person := web.Field{Name: "who", Label: label("who"), Kind: web.TextField, Required: true, Max: 60, Value: who}
	switch move {
	case "attach":
		f.Fields = []web.Field{person}
	case "detach":
		f.Fields = []web.Field{person, {Name: "place", Label: label("place"), Kind: web.TextField, Required: true, Max: 100, Value: m.Place, Help: help("place")}}
	case "retire":
		f.Danger = true
		f.Fields = []web.Field{{Name: "place", Label: label("why_retired"), Kind: web.TextField, Required: true, Max: 200, Help: help("why_retired"), Wide: true}}
	default:
		return f, fault.New(fault.NotFound, "copy.medium.gone")
	}
	return f, nil
}

func (d *Copier) moveForm(c *web.Call) error {
	m, err := d.Medium(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	f, err := moveFields(m, c.Path("move"), c.Person.Name)
	if err != nil {
		return err
	}
	return c.RenderForm(f)
}

func (d *Copier) takeMove(c *web.Call) error {
	m, err := d.Medium(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	move, actor := c.Path("move"), ledger.ActorOf(c)
	f, err := moveFields(m, move, c.Person.Name)
	if err != nil {
		return err
	}
	if done, err := f.Taken(c); done {
		return err
	}
	switch move {
	case "attach":
		err = d.Attach(c.Ctx(), actor, m, f.Text("who"))
	case "detach":
		m.Place = f.Text("place")
		err = d.Detach(c.Ctx(), actor, m, f.Text("who"))
	case "retire":
		err = d.Retire(c.Ctx(), actor, m, f.Text("place"))
	}
	if err != nil {
		return err
	}
	return c.Redirect("/copy/media/"+m.ID, text.M("copy.move."+move+".done"))
}

// keyInputs are the fields for opening a key by hand.
func keyInputs(required int) []web.Field {
	fields := []web.Field{{Name: "code", Label: label("code"), Kind: web.TextField, Max: 200, Help: help("code"), Wide: true, Auto: "off"}}
	for i := range required {
		name := fmt.Sprintf("part%d", i+1)
		fields = append(fields, web.Field{Name: name, Label: text.M("copy.f.part", i+1), Kind: web.AreaField, Max: 400, Wide: true, Auto: "off"})
	}
	return fields
}

func typed(f *web.Form, parts int) (code string, out []Typed) {
	for i := range parts {
		if s := f.Text(fmt.Sprintf("part%d", i+1)); s != "" {
			out = append(out, Typed{Holder: strconv.Itoa(i + 1), Letters: s})
		}
	}
	return f.Text("code"), out
}

const typedParts = 4

func checkFields(m Medium) web.Form {
	return web.Form{Title: text.M("copy.check.new", m.Label), Intro: text.M("copy.check.intro"), Action: "/copy/media/" + m.ID + "/check", Submit: text.M("copy.check.start"), Cancel: "/copy/media/" + m.ID,
		Fields: append([]web.Field{{Name: "depth", Label: label("depth"), Kind: web.RadioField, Required: true, Value: string(DepthQuick), Options: []web.Option{
			{Value: string(DepthQuick), Say: text.M("copy.depth.quick.long", SampleFiles)}, {Value: string(DepthFull), Say: text.M("copy.depth.full.long")}}, Wide: true}}, keyInputs(typedParts)...)}
}

func (d *Copier) checkForm(c *web.Call) error {
	m, err := d.Medium(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	return c.RenderForm(checkFields(m))
}

func (d *Copier) takeCheck(c *web.Call) error {
	m, err := d.Medium(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	f := checkFields(m)
	if done, err := f.Taken(c); done {
		return err
	}
	code, parts := typed(&f, typedParts)
	depth := Depth(f.Text("depth"))
	if code == "" && len(parts) == 0 {
		id, err := d.StartCheck(c.Ctx(), ledger.ActorOf(c), m, depth, nil)
		if err != nil {
			return err
		}
		return c.Redirect("/copy/checks/"+id, text.M("copy.check.started"))
	}
	key, err := d.openKey(c.Ctx(), code, parts)
	if err != nil {
		return err
	}
	id, err := d.StartCheck(c.Ctx(), ledger.ActorOf(c), m, depth, key)
	if err != nil {
		return err
	}
	return c.Redirect("/copy/checks/"+id, text.M("copy.check.started"))
}
