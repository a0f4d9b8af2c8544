package incident

import (
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// sheet is one form about an incident: shown on GET and done on POST under
// /incident/{id}/<name>. Its texts are incident.form.<name>, .intro and .do.
type sheet struct {
	name   string
	perm   web.Perm
	danger bool
	about  func(s *scene) string // named in the intro, may be nil
	fields func(s *scene) ([]web.Field, error)
	do     func(s *scene, f *web.Form) (back string, err error) // back: page of the incident, "" the room
}

// scene is one call about one incident.
type scene struct {
	c  *web.Call
	d  *Desk
	in *Incident
}

func (s *scene) actor() ledger.Actor { return ledger.ActorOf(s.c) }

func (d *Desk) scene(c *web.Call) (*scene, error) {
	in, err := d.Incident(c.Ctx(), c.Path("id"))
	if err != nil {
		return nil, err
	}
	return &scene{c: c, d: d, in: in}, nil
}

// sheets lists every form about an incident.
func (d *Desk) sheets() []sheet {
	var all []sheet
	for _, part := range [][]sheet{courseSheets(), careSheets(), taskSheets(), evidenceSheets(), clockSheets(), reportSheets()} {
		all = append(all, part...)
	}
	return all
}

func (d *Desk) sheetRoutes() []web.Route {
	var out []web.Route
	for _, sh := range d.sheets() {
		out = append(out,
			web.Route{Pattern: "GET /incident/{id}/" + sh.name, Perm: sh.perm, Do: func(c *web.Call) error { return d.showSheet(c, sh) }},
			web.Route{Pattern: "POST /incident/{id}/" + sh.name, Perm: sh.perm, Do: func(c *web.Call) error { return d.doSheet(c, sh) }})
	}
	return out
}

func (d *Desk) sheetForm(c *web.Call, sh sheet) (*scene, web.Form, error) {
	s, err := d.scene(c)
	if err != nil {
		return nil, web.Form{}, err
	}
	fields, err := sh.fields(s)
	about := ""
	if sh.about != nil {
		about = sh.about(s)
	}
	key := "incident.form." + sh.name
	return s, web.Form{Title: text.M(key, titleOf(s.in)), Intro: text.M(key+".intro", about), Submit: text.M(key + ".do"), Danger: sh.danger,
		Action: "/incident/" + s.in.ID + "/" + sh.name, Cancel: "/incident/" + s.in.ID, Fields: fields}, err
}

func (d *Desk) showSheet(c *web.Call, sh sheet) error {
	s, f, err := d.sheetForm(c, sh)
	if err != nil {
		return err
	}
	if !s.in.Open() && sh.name != "reopen" {
		return fault.New(fault.Conflict, "incident.closed")
	}
	return c.RenderForm(f)
}

func (d *Desk) doSheet(c *web.Call, sh sheet) error {
	if err := c.R.ParseForm(); err != nil { // a body that is too large is answered by the shell
		return err
	}
	s, f, err := d.sheetForm(c, sh)
	if err != nil {
		return err
	}
	if done, err := f.Taken(c); done {
		return err
	}
	back, err := sh.do(s, &f)
	if err != nil {
		return err
	}
	if len(f.Errors()) > 0 {
		return c.RenderForm(f)
	}
	if back != "" && !strings.HasPrefix(back, "#") {
		back = "/" + back
	}
	return c.Redirect("/incident/"+s.in.ID+back, text.M("incident.saved"))
}

// titleOf names the incident, with the mark of a drill.
func titleOf(in *Incident) text.Msg {
	if in.Drill {
		return text.M("incident.drill_title", in.Title)
	}
	return text.Raw(in.Title)
}

// input makes a field whose label is incident.f.<name>.
func input(name string, kind web.FieldKind) web.Field {
	return web.Field{Name: name, Label: text.M("incident.f." + name), Kind: kind}
}

func must(f web.Field) web.Field { f.Required = true; return f }

func wide(f web.Field) web.Field { f.Wide = true; return f }

func helped(f web.Field) web.Field { f.Help = text.M("incident.h." + f.Name); return f }

func valued(f web.Field, value string) web.Field { f.Value = value; return f }

func short(name string) web.Field { return input(name, web.TextField) }

func area(name string) web.Field { return wide(input(name, web.AreaField)) }

// choice makes radio buttons whose words are <prefix>.<value>.
func choice(name, prefix string, values ...string) web.Field {
	f := wide(must(input(name, web.RadioField)))
	f.Options = options(prefix, values...)
	return f
}

func options(prefix string, values ...string) []web.Option {
	out := make([]web.Option, 0, len(values))
	for _, v := range values {
		out = append(out, web.Option{Value: v, Say: text.M(prefix + "." + v)})
	}
	return out
}

// names turns a list of named strings into plain ones.
func names[T ~string](values []T) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}

// when asks at what time it happened; now is offered.
func (s *scene) when() web.Field {
	return helped(valued(input("at", web.TimeField), web.TimeValue(s.c.Now, s.c.Zone())))
}

// hidden carries a parameter of the URL through the form.
func (s *scene) hidden(name string) web.Field {
	value := s.c.Query(name)
	return web.Field{Name: name, Kind: web.HiddenField, Value: value}
}

// atOf gives the time of the field "at": zero (now) when it is empty.
func atOf(f *web.Form) time.Time { return f.Time("at") }
