package logbook

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Topic is what the page of sources is told of.
const Topic = "log"

// SourcesPage is what is received, from where, and how it fares.
type SourcesPage struct {
	Live     web.LivePart
	Rows     []SourceRow
	Journal  []Fact
	Takers   []TakerRow
	Losses   []LossRow
	Kinds    []string
	CanWrite bool
}

// SourceRow is a configured source.
type SourceRow struct {
	SourceState
	State   web.Mark
	Where   string
	Every   text.Msg // how often it is expected
	Problem text.Msg
	HasKey  bool // it has a token that can be renewed
	Records int
	Trouble []text.Msg // lost, refused, cut, skewed: what there was
}

// LossRow is what the journal lost.
type LossRow struct {
	NoticedAt time.Time
	Count     int // batches
}

// Fact is a word and what it says.
type Fact struct{ Name, Say text.Msg }

// TakerRow is somebody who keeps events.
type TakerRow struct {
	Name  text.Msg
	State web.Mark
	Count int
}

func (d *Desk) sourcesPage(c *web.Call) error {
	s, err := d.log.State(c.Ctx())
	if err != nil {
		return err
	}
	p := SourcesPage{Live: web.LivePart{Topic: Topic, For: "sources"}, CanWrite: c.Person.Can(permWrite)}
	losses, err := d.log.Losses(c.Ctx())
	if err != nil {
		return err
	}
	for _, l := range losses {
		p.Losses = append(p.Losses, LossRow{l.NoticedAt, int(l.Batches())})
	}
	for _, k := range d.log.cfg.Kinds {
		p.Kinds = append(p.Kinds, k.Name)
	}
	for _, src := range s.Sources {
		p.Rows = append(p.Rows, d.sourceRow(src))
	}
	p.Journal = []Fact{{text.M("logbook.journal.depth"), text.M("logbook.events.batches", int(s.Journal.Batches))}, {text.M("logbook.journal.bytes"), size(int64(s.Journal.Bytes))}}
	for _, t := range s.Takers {
		row := TakerRow{Name: text.M("logbook.taker." + t.Name), Count: int(t.Events), State: web.Mark{Level: web.Done, Say: text.M("logbook.taker.good")}}
		if t.Err != nil {
			row.State = web.Mark{Level: web.Danger, Say: firstLine(t.Err.Msg)}
		} else if s.Slow == t.Name {
			row.State = web.Mark{Level: web.Warn, Say: text.M("logbook.taker.slow")}
		}
		p.Takers = append(p.Takers, row)
	}
	return c.Render("logbook.sources", p)
}

// firstLine is what happened; the page has no room for the rest.
func firstLine(m text.Msg) text.Msg { return text.M("logbook.first", m) }

func (d *Desk) sourceRow(s SourceState) SourceRow {
	r := SourceRow{SourceState: s, Records: int(s.Counts.Records), Trouble: trouble(s.Counts), HasKey: s.Token, Where: strings.TrimSpace(cmp.Or(s.Addr, s.Network+" "+s.Address, s.Folder))}
	if s.Folder != "" {
		r.Where = s.Folder
	}
	switch {
	case s.Phase == Off:
		r.State = web.Mark{Level: web.Nothing, Say: text.M("logbook.phase.off")}
	case s.Phase == Failed:
		r.State = web.Mark{Level: web.Danger, Say: text.M("logbook.phase.failed")}
	case s.Refusing:
		r.State = web.Mark{Level: web.Danger, Say: text.M("logbook.phase.refusing")}
	case !s.Silent.IsZero():
		r.State = web.Mark{Level: web.Danger, Say: text.M("logbook.phase.silent", s.Silent)}
	case s.Phase == Starting:
		r.State = web.Mark{Level: web.Unclear, Say: text.M("logbook.phase.starting")}
	case s.Last.IsZero():
		r.State = web.Mark{Level: web.Unclear, Say: text.M("logbook.phase.nothing")}
	case len(s.Quiet) > 0:
		r.State = web.Mark{Level: web.Warn, Say: text.M("logbook.phase.quiet", len(s.Quiet))}
	default:
		r.State = web.Mark{Level: web.Done, Say: text.M("logbook.phase.running")}
	}
	switch {
	case s.Expect > 0:
		r.Every = span(s.Expect)
	case s.Learning:
		r.Every = text.M("logbook.every.learning")
	case s.Expected > 0:
		r.Every = span(s.Expected)
	default:
		r.Every = text.M("logbook.every.never")
	}
	if s.Err != nil && (s.Phase == Failed || s.Refusing) {
		r.Problem = s.Err.Msg
	}
	return r
}

// size says a number of bytes.
func size(n int64) text.Msg {
	switch {
	case n >= 10<<30:
		return text.M("logbook.size.gb", int(n>>30))
	case n >= 10<<20:
		return text.M("logbook.size.mb", int(n>>20))
	case n < 10<<10:
		return text.M("logbook.size.b", int(n))
	}
	return text.M("logbook.size.kb", int(n>>10))
}

// newPrefix before a kind stands where an ID stands: a new source of it.
const newPrefix = "new-"

func (d *Desk) specOf(c *web.Call) (id string, s Spec, k source.Kind, err error) {
	id = c.Path("id")
	if name, fresh := strings.CutPrefix(id, newPrefix); fresh {
		if k, err = d.log.kind(name); err != nil {
			return "", s, k, fault.New(fault.NotFound, "logbook.source.kind", name)
		}
		s = Spec{Kind: name, Expect: Learn, Enabled: true, MaxLine: DefaultLine}
		if len(k.Networks) > 0 {
			s.Network, s.Address = k.Networks[0], ":"+strconv.Itoa(int(k.Port))
		}
		return "", s, k, nil
	}
	src, err := d.log.Source(c.Ctx(), id)
	if err == nil && !src.RemovedAt.IsZero() {
		err = fault.New(fault.NotFound, "logbook.source.gone")
	}
	if err != nil {
		return "", s, k, err
	}
	k, err = d.log.kind(src.Kind)
	return id, src.Spec, k, err
}

func (d *Desk) sourceFields(id string, s Spec, k source.Kind) web.Form {
	f := web.Form{Title: text.M("logbook.source.edit", text.M("logbook.kind."+k.Name)), Intro: text.M("logbook.kind." + k.Name + ".intro"), Action: "/log/sources/" + cmp.Or(id, newPrefix+k.Name), Submit: text.M("logbook.save"), Cancel: "/log/sources"}
	f.Fields = []web.Field{{Name: "name", Label: text.M("logbook.f.name"), Kind: web.TextField, Required: true, Max: MaxName, Value: s.Name, Help: text.M("logbook.f.name.help")}}
	if len(k.Networks) > 0 {
		var networks []web.Option
		for _, n := range k.Networks {
			networks = append(networks, web.Option{Value: n, Say: text.Raw(strings.ToUpper(n))})
		}
		f.Fields = append(f.Fields, web.Field{Name: "network", Label: text.M("logbook.f.network"), Kind: web.SelectField, Required: true, Options: networks, Value: s.Network},
			web.Field{Name: "address", Label: text.M("logbook.f.address"), Kind: web.TextField, Required: true, Max: 100, Value: s.Address, Help: text.M("logbook.f.address.help")})
		if k.TLS {
			f.Fields = append(f.Fields, web.Field{Name: "tls", Label: text.M("logbook.f.tls"), Kind: web.CheckField, Value: yes(s.TLS)})
		}
	} else {
		f.Fields = append(f.Fields, web.Field{Name: "folder", Label: text.M("logbook.f.folder"), Kind: web.TextField, Required: true, Max: 500, Value: s.Folder, Wide: true, Help: text.M("logbook.f.folder.help")})
	}
	formats := []web.Option{{Value: "", Say: text.M("logbook.format.auto")}}
	for name := range d.log.formats {
		formats = append(formats, web.Option{Value: name, Say: text.M("logbook.format." + name)})
	}
	slices.SortFunc(formats, func(a, b web.Option) int { return cmp.Compare(a.Value, b.Value) })
	expect := []web.Option{{Value: "learn", Say: text.M("logbook.expect.learn")}, {Value: "10m", Say: span(10 * time.Minute)}, {Value: "1h", Say: span(time.Hour)}, {Value: "24h", Say: span(24 * time.Hour)}, {Value: "never", Say: text.M("logbook.expect.never")}}
	chosen := map[time.Duration]string{Learn: "learn", Never: "never"}[s.Expect]
	if chosen == "" {
		chosen = strings.TrimSuffix(strings.TrimSuffix(s.Expect.String(), "0s"), "0m")
		if !slices.ContainsFunc(expect, func(o web.Option) bool { return o.Value == chosen }) {
			expect = append(expect, web.Option{Value: chosen, Say: span(s.Expect)})
		}
	}
	f.Fields = append(f.Fields,
		web.Field{Name: "format", Label: text.M("logbook.f.format"), Kind: web.SelectField, Options: formats, Value: s.Format},
		web.Field{Name: "zone", Label: text.M("logbook.f.zone"), Kind: web.TextField, Max: 60, Value: s.Zone, Help: text.M("logbook.f.zone.help")},
		web.Field{Name: "expect", Label: text.M("logbook.f.expect"), Kind: web.SelectField, Required: true, Options: expect, Value: chosen, Help: text.M("logbook.f.expect.help")},
		web.Field{Name: "senders", Label: text.M("logbook.f.senders"), Kind: web.CheckField, Value: yes(s.Senders), Help: text.M("logbook.f.senders.help")},
		web.Field{Name: "relay", Label: text.M("logbook.f.relay"), Kind: web.CheckField, Value: yes(s.Relay), Help: text.M("logbook.f.relay.help")},
		web.Field{Name: "on", Label: text.M("logbook.f.on"), Kind: web.CheckField, Value: yes(s.Enabled)})
	return f
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func (d *Desk) sourceForm(c *web.Call) error {
	if c.Path("id") == "new" {
		return c.Redirect("/log/sources", text.Msg{})
	}
	id, s, k, err := d.specOf(c)
	if err != nil {
		return err
	}
	return c.RenderForm(d.sourceFields(id, s, k))
}

func (d *Desk) takeSource(c *web.Call) error {
	id, s, k, err := d.specOf(c)
	if err != nil {
		return err
	}
	f := d.sourceFields(id, s, k)
	if done, err := f.Taken(c); done {
		return err
	}
	s.Name, s.Format, s.Zone, s.Senders, s.Enabled = f.Text("name"), f.Text("format"), f.Text("zone"), f.Checked("senders"), f.Checked("on")
	s.Relay = f.Checked("relay")
	if len(k.Networks) > 0 {
		s.Network, s.Address, s.TLS = f.Text("network"), f.Text("address"), k.TLS && f.Checked("tls")
	} else {
		s.Folder = f.Text("folder")
	}
	switch e := f.Text("expect"); e {
	case "learn":
		s.Expect = Learn
	case "never":
		s.Expect = Never
	default:
		if s.Expect, err = time.ParseDuration(e); err != nil {
			return fault.New(fault.Invalid, "web.form.broken").With(err)
		}
	}
	token := ""
	if id == "" {
		_, token, err = d.log.AddSource(c.Ctx(), ledger.ActorOf(c), s)
	} else {
		err = d.log.ChangeSource(c.Ctx(), ledger.ActorOf(c), id, s)
	}
	if said := fault.Of(err); err != nil && said.Kind == fault.Invalid {
		f.Fields[0].Error = said.Msg
		return c.RenderForm(f)
	}
	if err != nil {
		return err
	}
	if token != "" {
		return c.Render("logbook.token", TokenPage{Name: s.Name, Token: token})
	}
	return c.Redirect("/log/sources", text.M("logbook.source.saved", s.Name))
}

// TokenPage shows a token the one time that it can be seen.
type TokenPage struct{ Name, Token string }

func (d *Desk) renewToken(c *web.Call) error {
	id, s, _, err := d.specOf(c)
	if err != nil {
		return err
	}
	token, err := d.log.RenewToken(c.Ctx(), ledger.ActorOf(c), id)
	if err != nil {
		return err
	}
	return c.Render("logbook.token", TokenPage{Name: s.Name, Token: token})
}

func (d *Desk) removeSource(c *web.Call) error {
	if err := d.log.RemoveSource(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/log/sources", text.M("logbook.source.removed"))
}
