package notify

import (
	"fmt"
	"net/mail"
	"strconv"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/notify/channel"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

func memberFields(m Member) web.Form {
	f := web.Form{Title: text.M("notify.member.edit"), Action: "/notify/members/" + m.ID, Submit: text.M("notify.save"), Cancel: "/notify#members", Fields: []web.Field{
		{Name: "name", Label: text.M("notify.f.name"), Kind: web.TextField, Required: true, Max: 60, Value: m.Name},
		{Name: "mail", Label: text.M("notify.f.mail"), Kind: web.TextField, Max: 200, Value: m.Mail, Help: text.M("notify.f.mail.help")},
		{Name: "phone", Label: text.M("notify.f.phone"), Kind: web.TextField, Max: 40, Value: m.Phone},
		{Name: "phone2", Label: text.M("notify.f.phone2"), Kind: web.TextField, Max: 40, Value: m.Phone2},
		{Name: "note", Label: text.M("notify.f.note"), Kind: web.TextField, Max: 200, Value: m.Note, Wide: true},
		{Name: "lang", Label: text.M("notify.f.lang"), Kind: web.SelectField, Value: string(m.Lang), Options: []web.Option{
			{Value: string(text.JA), Say: text.M("notify.lang.ja")}, {Value: string(text.EN), Say: text.M("notify.lang.en")}}},
	}}
	if m.ID == "" {
		f.Title, f.Action = text.M("notify.member.new"), "/notify/members/new"
	}
	return f
}

func (d *Desk) memberForm(c *web.Call) error {
	m, err := d.member(c, c.Path("id"))
	if err != nil {
		return err
	}
	return c.RenderForm(memberFields(m))
}

func (d *Desk) member(c *web.Call, id string) (Member, error) {
	if id == "new" {
		return Member{Lang: text.JA}, nil
	}
	roster, err := d.Roster(c.Ctx())
	for _, m := range roster.Members {
		if m.ID == id {
			return m, nil
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "notify.member.gone")
	}
	return Member{}, err
}

func (d *Desk) takeMember(c *web.Call) error {
	m, err := d.member(c, c.Path("id"))
	if err != nil {
		return err
	}
	f := memberFields(m)
	done, err := f.Taken(c, func() {
		if a, err := mail.ParseAddress(f.Text("mail")); f.Text("mail") != "" && (err != nil || a.Address != f.Text("mail")) {
			f.Fail("mail", "notify.f.mail.bad")
		}
		if f.Text("mail") == "" && f.Text("phone") == "" {
			f.Fail("phone", "notify.f.reach")
		}
	})
	if done {
		return err
	}
	m.Name, m.Mail, m.Phone, m.Phone2, m.Note, m.Lang = f.Text("name"), f.Text("mail"), f.Text("phone"), f.Text("phone2"), f.Text("note"), text.ParseLang(f.Text("lang"))
	fresh := m.ID == ""
	id, err := d.SaveMember(c.Ctx(), ledger.ActorOf(c), m)
	if err != nil {
		return err
	}
	if fresh {
		return c.Redirect("/notify/shifts/new?member="+id, text.M("notify.member.saved.next", m.Name))
	}
	return c.Redirect("/notify#members", text.M("notify.saved", m.Name))
}

func (d *Desk) shiftFields(c *web.Call, s Shift) (web.Form, error) {
	roster, err := d.Roster(c.Ctx())
	if err != nil {
		return web.Form{}, err
	}
	var people, days, chosen = []web.Option{}, []web.Option{}, []string{}
	for _, m := range roster.Members {
		people = append(people, web.Option{Value: m.ID, Say: text.Raw(m.Name)})
	}
	for day := range 7 {
		days = append(days, web.Option{Value: strconv.Itoa(day), Say: text.M(fmt.Sprintf("notify.day.%d", day))})
		if s.Days&(1<<day) != 0 {
			chosen = append(chosen, strconv.Itoa(day))
		}
	}
	f := web.Form{Title: text.M("notify.shift.edit"), Action: "/notify/shifts/" + s.ID, Submit: text.M("notify.save"), Cancel: "/notify#shifts", Fields: []web.Field{
		{Name: "member", Label: text.M("notify.f.member"), Kind: web.SelectField, Required: true, Options: people, Value: s.MemberID},
		{Name: "days", Label: text.M("notify.f.days"), Kind: web.ChecksField, Required: true, Options: days, Values: chosen},
		{Name: "from", Label: text.M("notify.f.from"), Kind: web.TextField, Required: true, Max: 5, Value: clockText(s.From), Help: text.M("notify.f.from.help")},
		{Name: "to", Label: text.M("notify.f.to"), Kind: web.TextField, Required: true, Max: 5, Value: clockText(s.To), Help: text.M("notify.f.to.help")},
		{Name: "rank", Label: text.M("notify.f.rank"), Kind: web.IntField, Required: true, Min: 1, Max: 9, Value: strconv.Itoa(s.Rank), Help: text.M("notify.f.rank.help")},
		{Name: "since", Label: text.M("notify.f.since"), Kind: web.DayField, Value: s.Since},
		{Name: "until", Label: text.M("notify.f.until"), Kind: web.DayField, Value: s.Until},
	}}
	if s.ID == "" {
		f.Title, f.Action = text.M("notify.shift.new"), "/notify/shifts/new"
	}
	return f, nil
}

func (d *Desk) shift(c *web.Call) (Shift, error) {
	id := c.Path("id")
	if id == "new" {
		return Shift{MemberID: c.Query("member"), Days: EveryDay, Rank: 1}, nil
	}
	roster, err := d.Roster(c.Ctx())
	for _, s := range roster.Shifts {
		if s.ID == id {
			return s, nil
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "notify.shift.gone")
	}
	return Shift{}, err
}

func (d *Desk) shiftForm(c *web.Call) error {
	s, err := d.shift(c)
	if err != nil {
		return err
	}
	f, err := d.shiftFields(c, s)
	if err != nil {
		return err
	}
	return c.RenderForm(f)
}

func (d *Desk) takeShift(c *web.Call) error {
	s, err := d.shift(c)
	if err != nil {
		return err
	}
	f, err := d.shiftFields(c, s)
	if err != nil {
		return err
	}
	done, err := f.Taken(c, func() {
		var ok bool
		if s.From, ok = parseClock(f.Text("from")); !ok {
			f.Fail("from", "notify.f.clock.bad")
		}
		if s.To, ok = parseClock(f.Text("to")); !ok {
			f.Fail("to", "notify.f.clock.bad")
		}
		if f.Text("since") != "" && f.Text("until") != "" && f.Text("until") < f.Text("since") {
			f.Fail("until", "notify.f.until.bad")
		}
	})
	if done {
		return err
	}
	s.MemberID, s.Rank, s.Since, s.Until, s.Days = f.Text("member"), f.Int("rank"), f.Text("since"), f.Text("until"), 0
	for _, day := range f.List("days") {
		n, _ := strconv.Atoi(day) // one of the options
		s.Days |= 1 << n
	}
	if _, err := d.SaveShift(c.Ctx(), ledger.ActorOf(c), s); err != nil {
		return err
	}
	return c.Redirect("/notify#shifts", text.M("notify.shift.saved"))
}

// KindsPage asks which way a new channel takes.
type KindsPage struct{ Kinds []KindRow }

// KindRow is one way.
type KindRow struct{ Name, URL string }

func (d *Desk) kindsPage(c *web.Call) error {
	var p KindsPage
	for _, k := range d.kinds {
		p.Kinds = append(p.Kinds, KindRow{k.Name, "/notify/channels/" + newPrefix + k.Name})
	}
	return c.Render("notify.kinds", p)
}

// newPrefix before a kind stands where an ID stands: a new channel of it.
const newPrefix = "new-"

func (d *Desk) channelOf(c *web.Call) (Channel, channel.Kind, error) {
	id := c.Path("id")
	if len(id) > len(newPrefix) && id[:len(newPrefix)] == newPrefix {
		kind, ok := d.kind(id[len(newPrefix):])
		if !ok {
			return Channel{}, kind, fault.New(fault.NotFound, "notify.channel.gone")
		}
		ch := Channel{Kind: kind.Name, On: true, Least: High, Values: map[string]string{}}
		for _, f := range kind.Fields {
			ch.Values[f.Name] = f.Default
		}
		return ch, kind, nil
	}
	ch, err := d.Channel(c.Ctx(), id)
	kind, _ := d.kind(ch.Kind)
	return ch, kind, err
}

func channelFields(ch Channel, kind channel.Kind) web.Form {
	f := web.Form{Title: text.M("notify.channel.edit", text.M("notify."+kind.Name)), Intro: text.M("notify." + kind.Name + ".intro"), Action: "/notify/channels/" + ch.ID, Submit: text.M("notify.save"), Cancel: "/notify#channels"}
	if ch.ID == "" {
		f.Action = "/notify/channels/" + newPrefix + kind.Name
	}
	on := ""
	if ch.On {
		on = "yes"
	}
	f.Fields = []web.Field{
		{Name: "name", Label: text.M("notify.f.channel"), Kind: web.TextField, Required: true, Max: 60, Value: ch.Name, Help: text.M("notify.f.channel.help")},
		{Name: "least", Label: text.M("notify.f.least"), Kind: web.SelectField, Required: true, Value: string(ch.Least), Options: []web.Option{
			{Value: string(Critical), Say: text.M("notify.least.critical")}, {Value: string(High), Say: text.M("notify.least.high")}, {Value: string(Info), Say: text.M("notify.least.info")}}},
		{Name: "on", Label: text.M("notify.f.on"), Kind: web.CheckField, Value: on},
	}
	for _, k := range kind.Fields {
		key := "notify." + kind.Name + "." + k.Name
		field := web.Field{Name: "s-" + k.Name, Label: text.M(key), Kind: web.TextField, Required: k.Required, Max: 500, Value: ch.Values[k.Name], Wide: true}
		if k.Help {
			field.Help = text.M(key + ".help")
		}
		switch {
		case k.Secret:
			field.Kind, field.Value, field.Auto = web.PasswordField, "", "new-password"
			if len(ch.Sealed[k.Name]) > 0 {
				field.Help, field.Required = text.M("notify.f.secret.kept"), false
			}
		case k.Name == "ca":
			field.Kind, field.Max = web.AreaField, 20_000
		case len(k.Options) > 0:
			field.Kind = web.SelectField
			for _, o := range k.Options {
				field.Options = append(field.Options, web.Option{Value: o, Say: text.M(key + "." + o)})
			}
		}
		f.Fields = append(f.Fields, field)
	}
	return f
}

func (d *Desk) channelForm(c *web.Call) error {
	ch, kind, err := d.channelOf(c)
	if err != nil {
		return err
	}
	return c.RenderForm(channelFields(ch, kind))
}

func (d *Desk) takeChannel(c *web.Call) error {
	ch, kind, err := d.channelOf(c)
	if err != nil {
		return err
	}
	f := channelFields(ch, kind)
	if done, err := f.Taken(c); done {
		return err
	}
	secrets := map[string]string{}
	for _, k := range kind.Fields {
		if k.Secret {
			secrets[k.Name] = f.Text("s-" + k.Name)
		} else {
			ch.Values[k.Name] = f.Text("s-" + k.Name)
		}
	}
	ch.Name, ch.On, ch.Least = f.Text("name"), f.Checked("on"), Level(f.Text("least"))
	if _, err := d.SaveChannel(c.Ctx(), ledger.ActorOf(c), ch, secrets); err != nil {
		if said := fault.Of(err); said.Kind == fault.Invalid {
			f.Fields[0].Error = said.Msg
			return c.RenderForm(f)
		}
		return err
	}
	return c.Redirect("/notify#channels", text.M("notify.channel.saved", ch.Name))
}

func (d *Desk) takeTest(c *web.Call) error {
	ch, err := d.Channel(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	kind, _ := d.kind(ch.Kind)
	f := web.Form{Action: "/notify/channels/" + ch.ID + "/test", Submit: text.M("notify.test"), Cancel: "/notify#channels", Title: text.M("notify.test.title", ch.Name), Fields: []web.Field{
		{Name: "to", Label: text.M("notify.f.test_to"), Kind: web.TextField, Required: kind.Personal, Max: 200}}}
	if done, err := f.Taken(c); done {
		return err
	}
	if err := d.Test(c.Ctx(), ledger.ActorOf(c), ch.ID, f.Text("to")); err != nil {
		return err
	}
	return c.Redirect("/notify#channels", text.M("notify.test.took", ch.Name))
}

func policyFields(p Policy) web.Form {
	waits := ""
	if p.HighWaits {
		waits = "yes"
	}
	number := func(name string, value, least, most int) web.Field {
		return web.Field{Name: name, Label: text.M("notify.f." + name), Kind: web.IntField, Required: true, Min: least, Max: most, Value: strconv.Itoa(value), Help: text.M("notify.f." + name + ".help")}
	}
	return web.Form{Title: text.M("notify.policy.edit"), Action: "/notify/policy", Submit: text.M("notify.save"), Cancel: "/notify#policy", Fields: []web.Field{
		number("step", p.Step, 1, 120), number("repeat", p.Repeat, 1, 240),
		{Name: "quiet_from", Label: text.M("notify.f.quiet_from"), Kind: web.TextField, Required: true, Max: 5, Value: clockText(p.QuietFrom), Help: text.M("notify.f.quiet_from.help")},
		{Name: "quiet_to", Label: text.M("notify.f.quiet_to"), Kind: web.TextField, Required: true, Max: 5, Value: clockText(p.QuietTo)},
		{Name: "high_waits", Label: text.M("notify.f.high_waits"), Kind: web.CheckField, Value: waits, Help: text.M("notify.f.high_waits.help")},
		number("beat", p.Beat, 0, 1440),
	}}
}

func (d *Desk) policyForm(c *web.Call) error {
	p, _, _, err := d.Policy(c.Ctx())
	if err != nil {
		return err
	}
	return c.RenderForm(policyFields(p))
}

func (d *Desk) takePolicy(c *web.Call) error {
	p, _, _, err := d.Policy(c.Ctx())
	if err != nil {
		return err
	}
	f := policyFields(p)
	done, err := f.Taken(c, func() {
		var ok bool
		if p.QuietFrom, ok = parseClock(f.Text("quiet_from")); !ok {
			f.Fail("quiet_from", "notify.f.clock.bad")
		}
		if p.QuietTo, ok = parseClock(f.Text("quiet_to")); !ok {
			f.Fail("quiet_to", "notify.f.clock.bad")
		}
	})
	if done {
		return err
	}
	p.Step, p.Repeat, p.Beat, p.HighWaits = f.Int("step"), f.Int("repeat"), f.Int("beat"), f.Checked("high_waits")
	if err := d.SavePolicy(c.Ctx(), ledger.ActorOf(c), p); err != nil {
		return err
	}
	return c.Redirect("/notify#policy", text.M("notify.policy.saved"))
}
