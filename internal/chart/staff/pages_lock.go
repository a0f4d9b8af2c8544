package staff

import (
	"net/http"
	"net/url"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

func escape(next string) string { return url.QueryEscape(web.LocalPath(next)) }

// lockPage stands before a locked session. It names who is locked, not the
// number: on a shared PC the next one must know whose page lies below.
type lockPage struct {
	Form web.Form
	PIN  web.Field
	Next string
	Name string
}

func lockForm(next string) web.Form {
	return web.Form{Action: "/lock", Submit: text.M("staff.lock.submit"), Fields: []web.Field{
		pinField("pin"), {Name: "next", Kind: web.HiddenField, Value: web.LocalPath(next)},
	}}
}

func (d *Desk) showLock(c *web.Call, f web.Form, name string) error {
	return c.RenderStatus(status(f), "staff.lock", lockPage{Form: f, PIN: f.Fields[0], Next: f.Fields[1].Value, Name: name})
}

func (d *Desk) lockShow(c *web.Call) error {
	next := web.LocalPath(c.Query("next"))
	who, _, locked := d.locked(tokenOf(c))
	if !locked {
		return c.Redirect("/signin?next="+escape(next), text.Msg{})
	}
	return d.showLock(c, lockForm(next), who.Name)
}

// lockPost unlocks. The script of the pages asks for JSON and keeps the page;
// a browser without script is led back to it.
func (d *Desk) lockPost(c *web.Call) error {
	f := lockForm("")
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	who, _, locked := d.locked(tokenOf(c))
	if !locked {
		if c.Person.ID != "" { // another window was quicker, or somebody else signed in there: no PIN was checked
			if asJSON(c) {
				return c.JSON(http.StatusOK, map[string]bool{"reload": true})
			}
			return c.Redirect(web.LocalPath(f.Text("next")), text.Msg{})
		}
		return fault.New(fault.SignIn, "staff.lock.over")
	}
	if !ok {
		return d.showLock(c, f, who.Name)
	}
	if err := d.Unlock(c.Ctx(), tokenOf(c), f.Text("pin"), c.From()); err != nil {
		if asJSON(c) {
			return err
		}
		f.Set("pin", "")
		if err := failed(&f, "pin", err); err != nil {
			return err
		}
		return d.showLock(c, f, who.Name)
	}
	d.note(c.Ctx(), ledger.Actor{ID: who.ID, Name: who.Name, Login: who.Login, Via: c.From()}, "staff.unlock", who.ID, nil)
	return d.unlocked(c, f.Text("next"))
}

func (d *Desk) unlocked(c *web.Call, next string) error {
	if asJSON(c) {
		return c.JSON(http.StatusOK, map[string]bool{"unlocked": true})
	}
	return c.Redirect(web.LocalPath(next), text.Msg{})
}

func asJSON(c *web.Call) bool { return c.R.Header.Get("Accept") == "application/json" }

// lockNow locks at once: a button, or the script when nobody moved.
func (d *Desk) lockNow(c *web.Call) error {
	d.Lock(tokenOf(c))
	if asJSON(c) {
		return c.JSON(http.StatusOK, map[string]bool{"locked": true})
	}
	if err := c.R.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.form.broken").With(err)
	}
	return c.Redirect("/lock?next="+escape(c.R.PostFormValue("next")), text.Msg{})
}

// stay says that somebody is reading: the page scrolls, nothing is asked for.
func (d *Desk) stay(c *web.Call) error {
	c.W.WriteHeader(http.StatusNoContent)
	return nil
}

// glassPage is the form of break-glass.
type glassPage struct {
	Form  web.Form
	Hours int
	Known bool
}

func (d *Desk) breakForm(c *web.Call) web.Form {
	f := web.Form{Action: "/glass", Submit: text.M("staff.glass.submit"), Danger: true, Cancel: "/signin"}
	reason := helped(must(field("reason", web.AreaField)))
	reason.Max, reason.Wide = 500, true
	if _, known := d.own(c); known {
		f.Cancel, f.Fields = d.cfg.Home, []web.Field{reason}
	} else {
		pin := pinField("pin")
		pin.Help = text.M("staff.help.glasspin")
		f.Fields = []web.Field{must(field("yourname", web.TextField)), must(field("employer", web.TextField)), reason, pin}
	}
	voucher, vpin := helped(field("voucher", web.CodeField)), field("voucherpin", web.PINField)
	voucher.Auto, vpin.Auto, voucher.Max, vpin.Max = "off", "off", 40, 40
	voucher.Required = d.Settings().OnlyVouch == 1
	f.Fields = append(f.Fields, voucher, vpin)
	return f
}

func (d *Desk) showBreak(c *web.Call, f web.Form) error {
	_, known := d.own(c)
	return c.RenderStatus(status(f), "staff.glass", glassPage{Form: f, Hours: d.Settings().Glass, Known: known})
}

func (d *Desk) breakShow(c *web.Call) error { return d.showBreak(c, d.breakForm(c)) }

func (d *Desk) breakPost(c *web.Call) error {
	f := d.breakForm(c)
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return d.showBreak(c, f)
	}
	b := Break{Reason: f.Text("reason"), Voucher: f.Text("voucher"), VoucherPIN: f.Text("voucherpin")}
	if who, known := d.own(c); known {
		b.Account = who.ID
	} else {
		b.Name, b.Employer, b.PIN = f.Text("yourname"), f.Text("employer"), f.Text("pin")
	}
	token, err := d.BreakGlass(c.Ctx(), b, visitorOf(c))
	if err != nil {
		at := "reason"
		switch key := fault.Of(err).Msg.Key; {
		case key == "staff.glass.voucher" || key == "staff.glass.vouch" || key == "staff.signin.wait":
			at = "voucher"
		case len(key) > 10 && key[:10] == "staff.pin." && b.Account == "":
			at = "pin"
		}
		if err := failed(&f, at, err); err != nil {
			return err
		}
		return d.showBreak(c, f)
	}
	return d.enterWith(c, token, "/", text.M("staff.glass.done"))
}
