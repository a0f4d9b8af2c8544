package staff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// listPage lists the accounts.
type listPage struct {
	Words   string
	Rows    []personRow
	Pager   web.Pager
	Counts  []roleCount
	Imports []Import
	NoPIN   int
}

type roleCount struct {
	Role text.Msg
	N    int
}

type personRow struct {
	Person
	RoleSay text.Msg
	Extras  []text.Msg
	Mark    web.Mark
	PIN     text.Msg
}

func (d *Desk) row(p Person) personRow {
	r := personRow{Person: p, RoleSay: p.Role.Say(), PIN: text.M("staff.pin.none")}
	for _, e := range p.Extra {
		r.Extras = append(r.Extras, e.Say())
	}
	switch {
	case p.HasPIN:
		r.PIN = text.M("staff.pin.has", p.PINAt)
	case d.now().Before(p.OnceUntil):
		r.PIN = text.M("staff.pin.code", p.OnceUntil)
	}
	switch p.State {
	case Active:
		r.Mark = web.Mark{Level: web.Done, Say: p.State.Say()}
	case Gone:
		r.Mark = web.Mark{Level: web.Nothing, Say: p.State.Say()}
	default:
		r.Mark = web.Mark{Level: web.Warn, Say: p.State.Say()}
	}
	return r
}

func (d *Desk) list(c *web.Call) error {
	p := listPage{Words: c.Query("q")}
	var rows []Person
	counts := map[Role]int{}
	want := sheet.Fold(p.Words)
	for _, who := range d.People() {
		if who.State == Active {
			counts[who.Role]++
			if !who.HasPIN {
				p.NoPIN++
			}
		}
		if strings.Contains(sheet.Fold(who.Number+who.Name+who.Kana+who.Dept), want) {
			rows = append(rows, who)
		}
	}
	for _, r := range Roles() {
		if counts[r] > 0 {
			p.Counts = append(p.Counts, roleCount{r.Say(), counts[r]})
		}
	}
	p.Pager = c.NewPager(len(rows))
	from := min((c.PageNumber()-1)*web.PerPage, len(rows))
	for _, who := range rows[from:min(from+web.PerPage, len(rows))] {
		p.Rows = append(p.Rows, d.row(who))
	}
	var err error
	if p.Imports, err = d.Imports(c.Ctx()); err != nil {
		return err
	}
	p.Imports = p.Imports[:min(5, len(p.Imports))]
	return c.Render("staff.list", p)
}

// personPage is one account.
type personPage struct {
	Row   personRow
	Perms []text.Msg
}

// PageTitle is the person's name.
func (p personPage) PageTitle() text.Msg { return text.Raw(p.Row.Name) }

func (d *Desk) personShow(c *web.Call) error {
	who, ok := d.byID(c.Path("id"))
	if !ok {
		return fault.New(fault.NotFound, "staff.person.none")
	}
	p := personPage{Row: d.row(who.Person)}
	perms := permsOf(who.Role, who.Extra)
	for _, perm := range right.All() {
		if perms[perm] {
			p.Perms = append(p.Perms, text.M("right."+string(perm)))
		}
	}
	return c.Render("staff.person", p)
}

func (d *Desk) personCode(c *web.Call) error {
	slip, err := d.NewCode(c.Ctx(), ledger.ActorOf(c), c.Path("id"))
	if err != nil {
		return err
	}
	return d.showSlips(c, []Slip{slip})
}

func (d *Desk) personBlock(c *web.Call) error   { return d.block(c, true) }
func (d *Desk) personUnblock(c *web.Call) error { return d.block(c, false) }

func (d *Desk) block(c *web.Call, block bool) error {
	if err := d.Block(c.Ctx(), ledger.ActorOf(c), c.Path("id"), block); err != nil {
		return err
	}
	return c.Redirect("/staff/person/"+c.Path("id"), text.M("staff.person.saved"))
}

// slipsPage prints codes or PINs, once.
type slipsPage struct {
	Slips []slipRow
	URL   string
}

type slipRow struct {
	Slip
	RoleSay text.Msg
}

func (d *Desk) showSlips(c *web.Call, slips []Slip) error {
	p := slipsPage{URL: "https://" + c.R.Host + "/signin"}
	slices.SortStableFunc(slips, func(a, b Slip) int {
		return strings.Compare(a.Person.Dept+"\x00"+a.Person.Number, b.Person.Dept+"\x00"+b.Person.Number)
	})
	for _, s := range slips {
		p.Slips = append(p.Slips, slipRow{s, s.Person.Role.Say()})
	}
	return c.Render("staff.slips", p)
}

func (d *Desk) settingsForm() web.Form {
	s := d.Settings()
	number := func(name string, value, most int) web.Field {
		f := helped(must(field(name, web.IntField)))
		f.Min, f.Max, f.Value = 1, most, strconv.Itoa(value)
		return f
	}
	vouch := helped(field("vouch", web.CheckField))
	if s.OnlyVouch == 1 {
		vouch.Value = "yes"
	}
	return web.Form{Title: text.M("staff.settings.title"), Action: "/staff/settings", Submit: text.M("staff.settings.submit"), Cancel: "/staff", Fields: []web.Field{
		number("idle", s.Idle, 60), number("shift", s.Shift, 24), number("hours", s.Glass, 24), number("once", s.Once, 90), vouch,
	}}
}

func (d *Desk) settingsShow(c *web.Call) error { return c.RenderForm(d.settingsForm()) }

func (d *Desk) settingsPost(c *web.Call) error {
	f := d.settingsForm()
	if done, err := f.Taken(c); done {
		return err
	}
	s := Settings{Idle: f.Int("idle"), Shift: f.Int("shift"), Glass: f.Int("hours"), Once: f.Int("once")}
	if f.Checked("vouch") {
		s.OnlyVouch = 1
	}
	if err := d.SetSettings(c.Ctx(), ledger.ActorOf(c), s); err != nil {
		return err
	}
	return c.Redirect("/staff", text.M("staff.settings.done"))
}
