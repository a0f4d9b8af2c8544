package notify

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// The rights of the domain.
const (
	PermRead  web.Perm = "notify.read"
	PermTake  web.Perm = "notify.entry" // acknowledge a call
	PermWrite web.Perm = "notify.write" // roster, channels, rules
)

// Topic is what open pages of the domain are told of.
const Topic = "notify"

// Module is notify's share of the site.
func (d *Desk) Module() web.Module {
	form := func(show, take func(*web.Call) error, pattern string) []web.Route {
		return []web.Route{{Pattern: "GET " + pattern, Perm: PermWrite, Do: show}, {Pattern: "POST " + pattern, Perm: PermWrite, Do: take}}
	}
	m := web.Module{
		Name: "notify", Files: files, Topics: []web.Topic{{Name: Topic, Perm: PermRead}},
		Pages: []web.Page{{Name: "desk", Data: DeskPage{}}, {Name: "call", Data: CallPage{}}, {Name: "phones", Data: PhonesPage{}}, {Name: "kinds", Data: KindsPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /notify", Perm: PermRead, Do: d.deskPage},
			{Pattern: "GET /notify/phones", Perm: PermRead, Do: d.phonesPage},
			{Pattern: "GET /notify/calls/{id}", Perm: PermRead, Do: d.callPage},
			{Pattern: "POST /notify/calls/{id}/ack", Perm: PermTake, Do: d.takeAck},
			{Pattern: "GET /notify/channels/new", Perm: PermWrite, Do: d.kindsPage},
			{Pattern: "POST /notify/channels/{id}/test", Perm: PermWrite, Do: d.takeTest},
			{Pattern: "POST /notify/channels/{id}/remove", Perm: PermWrite, Do: d.removing("/notify#channels", "notify.channel.removed", d.RemoveChannel)},
			{Pattern: "POST /notify/members/{id}/remove", Perm: PermWrite, Do: d.removing("/notify#members", "notify.member.removed", d.RemoveMember)},
			{Pattern: "POST /notify/shifts/{id}/remove", Perm: PermWrite, Do: d.removing("/notify#shifts", "notify.shift.removed", d.RemoveShift)},
			{Pattern: "GET /alive", Perm: web.Public, Do: d.aliveAnswer},
		},
		Nav: []web.Nav{{Key: "notify.nav", URL: "/notify", Perm: PermRead, Order: 22}},
	}
	m.Routes = append(m.Routes, form(d.memberForm, d.takeMember, "/notify/members/{id}")...)
	m.Routes = append(m.Routes, form(d.shiftForm, d.takeShift, "/notify/shifts/{id}")...)
	m.Routes = append(m.Routes, form(d.channelForm, d.takeChannel, "/notify/channels/{id}")...)
	m.Routes = append(m.Routes, form(d.policyForm, d.takePolicy, "/notify/policy")...)
	return m
}

// DeskPage is who is on duty, what is open, and whether the ways work.
type DeskPage struct {
	Live     web.LivePart
	Open     []CallRow
	Past     []CallRow
	Duty     []Member
	Gaps     []Gap
	Members  []Member
	Shifts   []ShiftRow
	Channels []ChannelRow
	Policy   PolicyView
	CanWrite bool
	Pager    web.Pager
}

// CallRow is a call in a list.
type CallRow struct {
	Call
	Mark web.Mark
	How  text.Msg // how far it got
}

// ShiftRow is a shift with the member's name.
type ShiftRow struct {
	Shift
	Name  string
	Days  []text.Msg
	Hours string
}

// ChannelRow is a channel with its state.
type ChannelRow struct {
	Channel
	KindName text.Msg
	State    web.Mark
	Personal bool
}

// PolicyView is the policy in words.
type PolicyView struct {
	Policy
	Quiet  string
	Beat   web.Mark
	BeatAt time.Time
}

func callRow(c Call) CallRow {
	r := CallRow{Call: c, Mark: c.Level.Mark()}
	switch {
	case !c.AckedAt.IsZero():
		r.How = text.M("notify.how.acked", c.AckedBy, c.AckedAt)
	case !c.EndedAt.IsZero():
		r.How = text.M("notify.how.ended", c.EndedWhy)
	case c.Step == 0 && !c.NextAt.IsZero():
		r.How = text.M("notify.how.waits", c.NextAt)
	default:
		r.How = text.M("notify.how.open", c.Step)
	}
	return r
}

func (d *Desk) deskPage(c *web.Call) error {
	ctx := c.Ctx()
	p := DeskPage{Live: web.LivePart{Topic: Topic, For: "calls"}, CanWrite: c.Person.Can(PermWrite)}
	open, err := d.calls(ctx, d.db(), "WHERE acked_at = '' AND ended_at = '' ORDER BY raised_at DESC LIMIT 200")
	if err != nil {
		return err
	}
	total, err := d.countPast(ctx)
	if err != nil {
		return err
	}
	p.Pager = c.NewPager(total)
	past, err := d.calls(ctx, d.db(), "WHERE acked_at != '' OR ended_at != '' ORDER BY raised_at DESC LIMIT ? OFFSET ?", web.PerPage, (p.Pager.Page-1)*web.PerPage)
	if err != nil {
		return err
	}
	for _, k := range open {
		p.Open = append(p.Open, callRow(k))
	}
	for _, k := range past {
		p.Past = append(p.Past, callRow(k))
	}
	roster, err := d.Roster(ctx)
	if err != nil {
		return err
	}
	p.Duty, p.Gaps, p.Members, p.Shifts = roster.OnDuty(c.Now), roster.Gaps(c.Now), roster.Members, shiftRows(roster)
	if len(p.Gaps) > 5 {
		p.Gaps = p.Gaps[:5]
	}
	if p.Channels, err = d.channelRows(ctx); err != nil {
		return err
	}
	if p.Policy, err = d.policyView(ctx, c.Now); err != nil {
		return err
	}
	return c.Render("notify.desk", p)
}

func (d *Desk) channelRows(ctx context.Context) ([]ChannelRow, error) {
	all, err := d.Channels(ctx)
	if err != nil {
		return nil, err
	}
	var out []ChannelRow
	for _, ch := range all {
		kind, _ := d.kind(ch.Kind)
		row := ChannelRow{Channel: ch, KindName: text.M("notify." + ch.Kind), Personal: kind.Personal}
		switch {
		case !ch.On:
			row.State = web.Mark{Level: web.Nothing, Say: text.M("notify.channel.off")}
		case ch.TriedAt.IsZero():
			row.State = web.Mark{Level: web.Unclear, Say: text.M("notify.channel.untried")}
		case ch.Error != "":
			row.State = web.Mark{Level: web.Danger, Say: text.M("notify.channel.failed", ch.TriedAt)}
		default:
			row.State = web.Mark{Level: web.Done, Say: text.M("notify.channel.took", ch.TriedAt)}
		}
		out = append(out, row)
	}
	return out, nil
}

func (d *Desk) policyView(ctx context.Context, now time.Time) (PolicyView, error) {
	policy, at, problem, err := d.Policy(ctx)
	v := PolicyView{Policy: policy, Quiet: clockText(policy.QuietFrom) + "–" + clockText(policy.QuietTo), BeatAt: at}
	switch {
	case policy.Beat == 0:
		v.Beat = web.Mark{Level: web.Nothing, Say: text.M("notify.beat.none")}
	case at.IsZero():
		v.Beat = web.Mark{Level: web.Unclear, Say: text.M("notify.beat.never")}
	case problem != "":
		v.Beat = web.Mark{Level: web.Danger, Say: text.M("notify.beat.failed", problem)}
	case now.Sub(at) > 2*time.Duration(policy.Beat)*time.Minute:
		v.Beat = web.Mark{Level: web.Danger, Say: text.M("notify.beat.late")}
	default:
		v.Beat = web.Mark{Level: web.Done, Say: text.M("notify.beat.sent")}
	}
	return v, err
}

func shiftRows(r Roster) []ShiftRow {
	names := map[string]string{}
	for _, m := range r.Members {
		names[m.ID] = m.Name
	}
	var out []ShiftRow
	for _, s := range r.Shifts {
		row := ShiftRow{Shift: s, Name: names[s.MemberID], Hours: clockText(s.From) + "–" + clockText(s.To)}
		if s.Days == EveryDay {
			row.Days = []text.Msg{text.M("notify.day.every")}
		} else {
			for day := range 7 {
				if s.Days.Has(time.Weekday(day)) {
					row.Days = append(row.Days, text.M(fmt.Sprintf("notify.day.%d", day)))
				}
			}
		}
		out = append(out, row)
	}
	return out
}

// CallPage is one call, made for a telephone at night.
type CallPage struct {
	Row     CallRow
	Live    web.LivePart
	Sends   []Send
	CanTake bool
	Form    web.Form
}

// PageTitle is the call's own sentence.
func (p CallPage) PageTitle() text.Msg { return p.Row.Title }

func ackForm(id string) web.Form {
	return web.Form{Action: "/notify/calls/" + id + "/ack", Submit: text.M("notify.ack"), Fields: []web.Field{
		{Name: "note", Label: text.M("notify.f.ack_note"), Kind: web.TextField, Help: text.M("notify.f.ack_note.help"), Max: 200},
	}}
}

func (d *Desk) callPage(c *web.Call) error {
	k, err := d.Call(c.Ctx(), c.Path("id"))
	if err != nil {
		return err
	}
	sends, err := d.sends(c.Ctx(), k.ID)
	if err != nil {
		return err
	}
	return c.Render("notify.call", CallPage{Row: callRow(k), Live: web.LivePart{Topic: Topic, For: "state"}, Sends: sends, CanTake: c.Person.Can(PermTake) && k.Open(), Form: ackForm(k.ID)})
}

func (d *Desk) takeAck(c *web.Call) error {
	id := c.Path("id")
	f := ackForm(id)
	if ok, err := f.Read(c); err != nil || !ok {
		if err != nil {
			return err
		}
		return c.RenderForm(f)
	}
	if err := d.Acknowledge(c.Ctx(), ledger.ActorOf(c), id, f.Text("note")); err != nil {
		return err
	}
	return c.Redirect("/notify/calls/"+id, text.M("notify.acked"))
}

// PhonesPage is the list beside the guard room's telephone.
type PhonesPage struct {
	Rows []ShiftRow
	By   map[string]Member
	Rest []Member // without a shift
	At   time.Time
}

func (d *Desk) phonesPage(c *web.Call) error {
	roster, err := d.Roster(c.Ctx())
	if err != nil {
		return err
	}
	p := PhonesPage{Rows: shiftRows(roster), By: map[string]Member{}, At: c.Now}
	with := map[string]bool{}
	for _, s := range roster.Shifts {
		with[s.MemberID] = true
	}
	for _, m := range roster.Members {
		p.By[m.ID] = m
		if !with[m.ID] {
			p.Rest = append(p.Rest, m)
		}
	}
	return c.Render("notify.phones", p)
}

// aliveAnswer lets other monitoring ask without a session whether Toride does
// its work: 200 when it does, 503 when not. It says nothing else.
func (d *Desk) aliveAnswer(c *web.Call) error {
	if err := d.alive(c.Ctx()); err != nil {
		return c.JSON(http.StatusServiceUnavailable, map[string]bool{"alive": false})
	}
	return c.JSON(http.StatusOK, map[string]bool{"alive": true})
}

// removing makes the handler of a button that takes something off.
func (d *Desk) removing(back, said string, remove func(context.Context, ledger.Actor, string) error) func(*web.Call) error {
	return func(c *web.Call) error {
		if err := remove(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
			return err
		}
		return c.Redirect(back, text.M(said))
	}
}

// clockText writes minutes of a day as 08:30.
func clockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// parseClock reads 8:30, 08:30 or ８：３０ (24:00 is 0:00).
func parseClock(s string) (minutes int, ok bool) {
	s = strings.NewReplacer("：", ":").Replace(s)
	hour, minute, found := strings.Cut(cmp.Or(s, "x"), ":")
	if !found {
		return 0, false
	}
	var h, m int
	if _, err := fmt.Sscanf(hour+" "+minute, "%d %d", &h, &m); err != nil || h < 0 || h > 24 || m < 0 || m > 59 || (h == 24 && m > 0) || len(minute) != 2 {
		return 0, false
	}
	return (h%24)*60 + m, true
}
