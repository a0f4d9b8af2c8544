package identity

import (
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// act is one thing that an administrator may do to an account. Its page says
// what will happen before it happens and asks why.
type act struct {
	Name   string // last part of the path, and of the text keys
	Danger bool
}

// Say is the button's word.
func (a act) Say() text.Msg { return text.M("identity.act." + a.Name) }

// actsFor lists what makes sense for the person as it is now.
func actsFor(p Person, now time.Time) []act {
	var acts []act
	if now.Before(p.LockedUntil) {
		acts = append(acts, act{Name: "unlock"})
	}
	switch p.State {
	case Active:
		return append(acts, act{Name: "second"}, act{Name: "reinvite"}, act{Name: "signout"}, act{Name: "disable", Danger: true})
	case Invited:
		return append(acts, act{Name: "reinvite"}, act{Name: "disable", Danger: true})
	}
	return append(acts, act{Name: "enable"})
}

func (d *People) actForm(c *web.Call) (web.Form, Person, error) {
	p, err := d.person(c.Ctx(), c.Path("id"))
	if err != nil {
		return web.Form{}, Person{}, err
	}
	for _, a := range actsFor(p.Person, c.Now) {
		if a.Name == c.Path("act") {
			return web.Form{Title: text.M("identity.act."+a.Name+".title", p.Name), Intro: text.M("identity.act." + a.Name + ".intro"),
				Action: "/people/person/" + p.ID + "/" + a.Name, Submit: a.Say(), Danger: a.Danger,
				Cancel: "/people/person/" + p.ID, Fields: []web.Field{reasonField()}}, p.Person, nil
		}
	}
	return web.Form{}, Person{}, fault.New(fault.NotFound, "identity.act.none")
}

func (d *People) actShow(c *web.Call) error {
	f, _, err := d.actForm(c)
	if err != nil {
		return err
	}
	return c.RenderForm(f)
}

func (d *People) actPost(c *web.Call) error {
	f, p, err := d.actForm(c)
	if err != nil {
		return err
	}
	if done, err := f.Taken(c); done {
		return err
	}
	token, kind, err := d.act(c, p.ID, f.Text("reason"))
	if err != nil {
		if err := failed(&f, "reason", err); err != nil {
			return err
		}
		return c.RenderForm(f)
	}
	if token != "" {
		return d.showLink(c, p.ID, token, kind)
	}
	return c.Redirect("/people/person/"+p.ID, text.M("identity.act."+c.Path("act")+".done"))
}

// act does what the path says. A token that comes back belongs to a new link.
func (d *People) act(c *web.Call, id, reason string) (token string, kind linkKind, err error) {
	ctx, actor := c.Ctx(), actorOf(c)
	switch c.Path("act") {
	case "second":
		token, err = d.ResetSecond(ctx, actor, id, reason)
		return token, linkSecond, err
	case "reinvite":
		token, err = d.Reinvite(ctx, actor, id, reason)
		return token, linkInvite, err
	case "enable":
		token, err = d.Enable(ctx, actor, id, reason)
		return token, linkInvite, err
	case "unlock":
		return "", "", d.Unlock(ctx, actor, id, reason)
	case "signout":
		return "", "", d.EndAll(ctx, actor, id, reason)
	case "disable":
		return "", "", d.Disable(ctx, actor, id, reason)
	}
	return "", "", fault.New(fault.NotFound, "identity.act.none")
}
