package paper

import (
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// PlaceRow is a place in the list.
type PlaceRow struct {
	Place
	Mark     web.Mark
	Open     web.Mark
	FormList []text.Msg
	FaultSay text.Msg
}

// AheadPage is the places that sheets are made ahead for.
type AheadPage struct {
	Rows []PlaceRow
}

func (d *Desk) ahead(c *web.Call) error {
	places, err := d.Places(c.Ctx())
	if err != nil {
		return err
	}
	var p AheadPage
	open := d.openness(places)
	for i, pl := range places {
		row := PlaceRow{Place: pl, Mark: stateOf(&pl, pl.failing(c.Now)), Open: openMark(open[i])}
		for _, f := range pl.forms() {
			row.FormList = append(row.FormList, text.M("paper.form."+f))
		}
		switch {
		case !pl.Hangs.IsZero():
			row.FaultSay = text.M("paper.ahead.hangs.since", pl.Hangs, text.M(hangsKey))
		case pl.Last != nil && pl.Last.Fault != "":
			row.FaultSay = text.M(pl.Last.Fault)
		}
		p.Rows = append(p.Rows, row)
	}
	return c.Render("paper.ahead", p)
}

func stateOf(p *Place, failing bool) web.Mark {
	switch {
	case !p.Hangs.IsZero():
		return web.Mark{Level: web.Danger, Say: text.M("paper.place.hangs")}
	case p.Last == nil:
		return web.Mark{Level: web.Unclear, Say: text.M("paper.place.never")}
	case !p.Last.Good:
		return web.Mark{Level: web.Danger, Say: text.M("paper.place.failed")}
	case failing:
		return web.Mark{Level: web.Danger, Say: text.M("paper.place.late")}
	case p.Last.Partial:
		return web.Mark{Level: web.Warn, Say: text.M("paper.place.partial")}
	case p.Last.Unread > 0:
		return web.Mark{Level: web.Warn, Say: text.M("paper.place.partly", p.Last.Unread)}
	}
	return web.Mark{Level: web.Done, Say: text.M("paper.place.made")}
}

func openMark(o Openness) web.Mark {
	level := map[Openness]web.Level{OpenToAll: web.Danger, OpenToGroup: web.Info, OpenToOwner: web.Done, OpenUnknown: web.Unclear}[o]
	return web.Mark{Level: level, Say: text.M("paper.open." + string(o))}
}

// form is a place's form, filled in for an existing one.
func (d *Desk) form(c *web.Call, p *Place) web.Form {
	f := web.Form{Title: text.M("paper.place.title"), Intro: text.M("paper.place.intro"), Action: "/paper/ahead/place", Submit: text.M("paper.place.save"), Cancel: "/paper/ahead"}
	var wards []web.Option
	if d.cfg.Data.Census != nil {
		for _, w := range d.cfg.Data.Census.Wards() {
			name := w.Code
			if w.Name != "" && w.Name != w.Code {
				name = w.Name + " (" + w.Code + ")"
			}
			wards = append(wards, web.Option{Value: w.Code, Say: text.Raw(name)})
		}
	}
	for _, code := range p.Wards { // a ward without patients now stays chosen
		if !slices.ContainsFunc(wards, func(o web.Option) bool { return o.Value == code }) {
			wards = append(wards, web.Option{Value: code, Say: text.Raw(code)})
		}
	}
	var forms []web.Option
	for _, one := range Forms() {
		forms = append(forms, web.Option{Value: one.Code, Say: text.M("paper.form." + one.Code)})
	}
	field := func(name string, kind web.FieldKind, more web.Field) web.Field {
		more.Name, more.Kind, more.Label, more.Help = name, kind, text.M("paper.f."+name), text.M("paper.h."+name)
		return more
	}
	yes := ""
	if p.Large {
		yes = "yes"
	}
	f.Fields = []web.Field{{Name: "id", Kind: web.HiddenField, Value: p.ID},
		field("name", web.TextField, web.Field{Value: p.Name, Required: true, Max: 100}),
		field("folder", web.TextField, web.Field{Value: p.Folder, Required: true, Max: 400}),
		field("wards", web.ChecksField, web.Field{Values: p.Wards, Options: wards, Wide: true}),
		field("forms", web.ChecksField, web.Field{Values: p.forms(), Options: forms, Wide: true}),
		field("every", web.IntField, web.Field{Value: itoa(p.Every), Required: true, Min: minEvery, Max: maxEvery}),
		field("keep", web.IntField, web.Field{Value: itoa(p.Keep), Required: true, Min: 1, Max: maxKeep}),
		field("blanks", web.IntField, web.Field{Value: itoa(p.Blanks), Required: true, Min: 1, Max: maxCopies}),
		field("lang", web.RadioField, web.Field{Value: string(p.Lang), Required: true, Options: []web.Option{{Value: "ja", Say: text.M("paper.lang.ja")}, {Value: "en", Say: text.M("paper.lang.en")}}}),
		field("large", web.CheckField, web.Field{Value: yes}),
	}
	if len(wards) == 0 {
		f.Fields = slices.DeleteFunc(f.Fields, func(x web.Field) bool { return x.Name == "wards" })
	}
	return f
}

// newPlace is what a place is at first.
func newPlace() Place {
	return Place{Every: 60, Keep: 24, Blanks: 5, Lang: text.JA, Forms: DefaultForms()}
}

func (d *Desk) placeForm(c *web.Call) error {
	p := newPlace()
	if id := c.Query("id"); id != "" {
		var err error
		if p, err = d.Place(c.Ctx(), id); err != nil {
			return err
		}
	}
	return c.RenderForm(d.form(c, &p))
}

func (d *Desk) savePlace(c *web.Call) error {
	if err := c.R.ParseForm(); err != nil {
		return err
	}
	p := newPlace()
	if id := c.R.PostForm.Get("id"); id != "" {
		var err error
		if p, err = d.Place(c.Ctx(), id); err != nil {
			return err
		}
	}
	f := d.form(c, &p)
	if done, err := f.Taken(c); done {
		return err
	}
	p.Name, p.Folder = f.Text("name"), strings.TrimSpace(f.Text("folder"))
	p.Wards, p.Forms, p.Every, p.Keep, p.Blanks = f.List("wards"), f.List("forms"), f.Int("every"), f.Int("keep"), f.Int("blanks")
	p.Lang, p.Large = text.ParseLang(f.Text("lang")), f.Checked("large")
	if _, err := d.Save(c.Ctx(), ledger.ActorOf(c), p); err != nil {
		return err
	}
	return c.Redirect("/paper/ahead", text.M("paper.place.saved"))
}

// makeNow makes a place's sheets while the reader waits.
func (d *Desk) makeNow(c *web.Call) error {
	r, err := d.Make(c.Ctx(), ledger.ActorOf(c), c.Path("id"))
	if err != nil {
		return err
	}
	if !r.Good {
		return c.Redirect("/paper/ahead", text.M("paper.made.failed", text.M(r.Fault)))
	}
	return c.Redirect("/paper/ahead", text.M("paper.made", r.Files, r.Pages))
}

func (d *Desk) removal(p *Place) web.Form {
	return web.Form{Title: text.M("paper.place.delete"), Intro: text.M("paper.place.delete.intro", p.Name, p.Folder), Danger: true, Submit: text.M("paper.place.delete.do"), Cancel: "/paper/ahead", Action: "/paper/ahead/" + p.ID + "/delete"}
}

func (d *Desk) deleteForm(c *web.Call) error {
	p, err := d.Place(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	return c.RenderForm(d.removal(&p))
}

func (d *Desk) deletePlace(c *web.Call) error {
	if err := d.Delete(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/paper/ahead", text.M("paper.place.deleted"))
}
