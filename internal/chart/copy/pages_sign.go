package copy

import (
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// overrideFields is one form with two signatures: the person at the screen and
// a second one who types number and secret there.
func overrideFields(c *web.Call, m Medium, g GenerationRecord) web.Form {
	url := generationURL(m.ID, g.ID)
	return web.Form{Title: text.M("copy.override.title", g.ID), Intro: text.M("copy.override.intro"), Action: url + "/override", Submit: text.M("copy.override.submit"), Danger: true, Cancel: url, Fields: []web.Field{
		{Name: "what", Label: label("what"), Kind: web.RadioField, Required: true, Value: ToOpen, Wide: true, Options: []web.Option{
			{Value: ToOpen, Say: text.M("copy.override.open")}, {Value: ToAccept, Say: text.M("copy.override.accept")}}},
		number("hours", 8, 1, int(MaxOverride.Hours())),
		{Name: "why", Label: text.M("copy.f.why_first", c.Person.Name), Kind: web.AreaField, Required: true, Max: 400, Wide: true, Help: help("why")},
		{Name: "login", Label: label("second"), Kind: web.TextField, Required: true, Max: 60, Auto: "off", Help: help("second")},
		{Name: "secret", Label: label("secret"), Kind: web.PasswordField, Required: true, Max: 200, Auto: "off", Help: help("secret")},
		{Name: "why2", Label: label("why_second"), Kind: web.AreaField, Required: true, Max: 400, Wide: true},
	}}
}

func (d *Copier) overrideForm(c *web.Call) error {
	m, g, err := d.generationOf(c)
	if err != nil {
		return err
	}
	if d.cfg.Second == nil {
		return fault.New(fault.Conflict, "copy.override.here")
	}
	return c.RenderForm(overrideFields(c, m, g))
}

func (d *Copier) takeOverride(c *web.Call) error {
	m, g, err := d.generationOf(c)
	if err != nil {
		return err
	}
	if d.cfg.Second == nil {
		return fault.New(fault.Conflict, "copy.override.here")
	}
	f := overrideFields(c, m, g)
	if done, err := f.Taken(c); done {
		return err
	}
	actor, subject := ledger.ActorOf(c), "copy/generation/"+m.Vault+"/"+g.ID
	second, err := d.cfg.Second(c.Ctx(), f.Text("login"), f.Text("secret"))
	if err != nil {
		if noted := d.cfg.Book.Note(c.Ctx(), actor, "copy.override.refused", subject, map[string]string{"second": f.Text("login"), "why": fault.Of(err).Msg.Key}); noted != nil {
			return noted
		}
		return err
	}
	signs := [2]Sign{{Person: c.Person, Why: f.Text("why")}, {Person: second, Why: f.Text("why2")}}
	if err := d.Decide(c.Ctx(), actor, g, f.Text("what"), f.Int("hours"), signs); err != nil {
		if noted := d.cfg.Book.Note(c.Ctx(), actor, "copy.override.refused", subject, map[string]string{"second": second.Login, "why": fault.Of(err).Msg.Key}); noted != nil {
			return noted
		}
		return err
	}
	return c.Redirect(generationURL(m.ID, g.ID), text.M("copy.override.done."+f.Text("what")))
}

func keyFields() web.Form {
	return web.Form{Title: text.M("copy.key.new"), Intro: text.M("copy.key.intro"), Action: "/copy/keys/new", Submit: text.M("copy.key.make"), Cancel: "/copy/keys", Fields: []web.Field{
		{Name: "holders", Label: label("holders"), Kind: web.AreaField, Max: 2000, Help: help("holders"), Wide: true},
		number("need", 2, 2, vault.MaxParts),
		{Name: "envelope", Label: label("envelope"), Kind: web.CheckField, Value: "yes", Help: help("envelope")},
	}}
}

func (d *Copier) keyForm(c *web.Call) error { return c.RenderForm(keyFields()) }

// takeKey makes a key and shows its parts as the answer itself: they are kept
// nowhere, so that no page can show them a second time.
func (d *Copier) takeKey(c *web.Call) error {
	f := keyFields()
	var holders []string
	done, err := f.Taken(c, func() {
		seen := map[string]bool{}
		for line := range strings.Lines(f.Text("holders")) {
			if name := strings.TrimSpace(line); name != "" {
				if seen[name] {
					f.Fail("holders", "copy.f.holders.twice", name)
				}
				seen[name] = true
				holders = append(holders, name)
			}
		}
		switch {
		case len(holders) == 0 && !f.Checked("envelope"):
			f.Fail("holders", "copy.f.holders.none")
		case len(holders) == 1 || len(holders) > 0 && f.Int("need") > len(holders) || len(holders) > vault.MaxParts:
			f.Fail("need", "copy.f.need.bad", len(holders))
		}
	})
	if done {
		return err
	}
	made, err := d.MakeKey(c.Ctx(), ledger.ActorOf(c), Ceremony{Holders: holders, Need: f.Int("need"), Envelope: f.Checked("envelope")})
	if err != nil {
		return err
	}
	p := MadePage{Made: made, Hospital: c.Hospital()}
	for _, part := range made.Parts {
		p.Parts = append(p.Parts, PartSheet{Part: part, Groups: strings.Split(part.Letters(), "-")})
	}
	if made.Code != "" {
		p.Code = strings.Split(made.Code, "-")
	}
	return c.Render("copy.made", p)
}

func testFields() web.Form {
	return web.Form{Title: text.M("copy.key.test"), Intro: text.M("copy.key.test.intro"), Action: "/copy/keys/test", Submit: text.M("copy.key.test.submit"), Cancel: "/copy/keys", Fields: keyInputs(typedParts)}
}

func (d *Copier) testForm(c *web.Call) error { return c.RenderForm(testFields()) }

func (d *Copier) takeTest(c *web.Call) error {
	f := testFields()
	done, err := f.Taken(c, func() {
		if code, parts := typed(&f, typedParts); code == "" && len(parts) == 0 {
			f.Fail("code", "copy.f.code.none")
		}
	})
	if done {
		return err
	}
	code, parts := typed(&f, typedParts)
	k, err := d.TestKey(c.Ctx(), ledger.ActorOf(c), code, parts)
	if err != nil {
		return err
	}
	return c.Redirect("/copy/keys", text.M("copy.key.test.good", k.ID, strconv.Itoa(len(parts))))
}
