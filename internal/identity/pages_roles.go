package identity

import (
	"strings"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// rolesPage is the table of rights and roles.
type rolesPage struct {
	Roles []Role
	Rows  []permLine
}

// permLine is one right and who has it, in the order of Roles.
type permLine struct {
	permRow
	Has []bool
}

// permRows lists every right with its words.
func (d *People) permRows() []permRow {
	d.mu.RLock()
	defer d.mu.RUnlock()
	rows := make([]permRow, 0, len(d.known))
	for _, p := range d.known {
		rows = append(rows, permRow{Perm: string(p), Say: permSay(p)})
	}
	return rows
}

// permSay gives a right's words: the act's and the domain's are put together,
// so that a new page needs none of its own.
func permSay(p web.Perm) text.Msg {
	domain, act, _ := strings.Cut(string(p), ".")
	return text.M("identity.permission", permWord("domain", domain), permWord("act.word", act))
}

// permWord gives the word of a part; a part without one stands for itself.
func permWord(kind, name string) text.Msg {
	known := map[string]string{
		"domain":   " access asset audit chain chart comply copy doctor exposure identity incident ledger osaka today ",
		"act.word": " admin approve check command contact declare entry export import operate override print read readings request review run seen setup write ",
	}
	if strings.Contains(known[kind], " "+name+" ") {
		return text.M("identity." + kind + "." + name)
	}
	return text.Raw(name)
}

func (d *People) rolesShow(c *web.Call) error {
	page := rolesPage{Roles: d.Roles()}
	for _, row := range d.permRows() {
		line := permLine{permRow: row}
		for _, r := range page.Roles {
			line.Has = append(line.Has, r.Can(web.Perm(row.Perm)))
		}
		page.Rows = append(page.Rows, line)
	}
	return c.Render("identity.roles", page)
}

// newRole is the path of the form for a role of the hospital's own.
const newRole = "new"

func (d *People) roleForm(c *web.Call) (web.Form, Role, error) {
	r := Role{}
	if id := c.Path("id"); id != newRole {
		var err error
		if r, err = d.role(id); err != nil {
			return web.Form{}, r, err
		}
	}
	perms := field("perms", web.ChecksField)
	perms.Wide = true
	for _, row := range d.permRows() {
		perms.Options = append(perms.Options, web.Option{Value: row.Perm, Say: text.M("identity.permission.named", row.Say, row.Perm)})
	}
	for _, p := range r.Perms {
		perms.Values = append(perms.Values, string(p))
	}
	f := web.Form{Title: text.M("identity.roleform.title", r.Say()), Intro: text.M("identity.roleform.intro"),
		Action: "/people/roles/" + c.Path("id"), Submit: text.M("identity.save"), Cancel: "/people/roles", Fields: []web.Field{perms}}
	if r.ID == "" {
		f.Title = text.M("identity.roleform.new")
	}
	if !r.Built {
		name := required("rolename", web.TextField)
		name.Value, name.Max = r.Name, 40
		f.Fields = append([]web.Field{name}, f.Fields...)
	}
	for _, id := range c.Person.Roles {
		if id == r.ID {
			f.Intro = text.M("identity.roleform.own")
		}
	}
	return f, r, nil
}

func (d *People) roleShow(c *web.Call) error {
	f, _, err := d.roleForm(c)
	if err != nil {
		return err
	}
	return c.RenderForm(f)
}

func (d *People) rolePost(c *web.Call) error {
	f, r, err := d.roleForm(c)
	if err != nil {
		return err
	}
	if done, err := f.Taken(c); done {
		return err
	}
	if !r.Built {
		r.Name = f.Text("rolename")
	}
	r.Perms = nil
	for _, p := range f.List("perms") {
		r.Perms = append(r.Perms, web.Perm(p))
	}
	if _, err := d.SaveRole(c.Ctx(), actorOf(c), r); err != nil {
		if err := failed(&f, "perms", err); err != nil {
			return err
		}
		return c.RenderForm(f)
	}
	return c.Redirect("/people/roles", text.M("identity.saved"))
}

func (d *People) roleReset(c *web.Call) error {
	if err := d.ResetRole(c.Ctx(), actorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/people/roles", text.M("identity.role.wasreset"))
}

func rulesForm(p Policy) web.Form {
	f := web.Form{Title: text.M("identity.rules.title"), Intro: text.M("identity.rules.intro"), Action: "/people/rules",
		Submit: text.M("identity.save"), Cancel: "/people"}
	for _, r := range p.ranges() {
		one := helped(required(r.name, web.IntField), r.min, r.max)
		one.Min, one.Max, one.Value = r.min, r.max, text.Number(int64(*r.value))
		f.Fields = append(f.Fields, one)
	}
	return f
}

func (d *People) rulesShow(c *web.Call) error { return c.RenderForm(rulesForm(d.Policy())) }

func (d *People) rulesPost(c *web.Call) error {
	p := d.Policy()
	f := rulesForm(p)
	if done, err := f.Taken(c); done {
		return err
	}
	for _, r := range p.ranges() {
		*r.value = f.Int(r.name)
	}
	if err := d.SavePolicy(c.Ctx(), actorOf(c), p); err != nil {
		return err
	}
	return c.Redirect("/people/rules", text.M("identity.saved"))
}
