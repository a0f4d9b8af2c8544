package demo

import (
	"embed"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

//go:embed page_*.html
var pageFiles embed.FS

// Topic is what the demo's page is told of.
const Topic = "demo"

// The rights of the demo's page. They exist in the folder of a demo only.
const (
	permRead web.Perm = "demo.read"
	permPlay web.Perm = "demo.play"
)

// NightPage says how the Night stands and lets it begin.
type NightPage struct {
	Live        web.LivePart
	Night       Night
	Playing     bool
	CanPlay     bool
	From, Until time.Time
	Minutes     int
}

// Module is the demo's share of the site. Note writes an act into the ledger.
func (l *Live) Module(note func(c *web.Call, by ledger.Actor) error) web.Module {
	show := func(c *web.Call) error {
		n := l.Night()
		return c.Render("demo.night", NightPage{Live: web.LivePart{Topic: Topic, For: "night"}, Night: n, From: n.From, Until: n.Until, Minutes: int((l.cfg.Span + time.Minute - 1) / time.Minute),
			Playing: !n.From.IsZero() && c.Now.Before(n.Until), CanPlay: n.Runs && !n.Asked && n.From.IsZero() && c.Person.Can(permPlay)})
	}
	play := func(c *web.Call) error {
		if err := l.Play(); err != nil {
			return err
		}
		if err := note(c, ledger.ActorOf(c)); err != nil {
			return err
		}
		return c.Redirect("/chain", text.M("demo.night.begins", int((l.cfg.Span+time.Minute-1)/time.Minute)))
	}
	return web.Module{Name: "demo", Files: pageFiles, Pages: []web.Page{{Name: "night", Data: NightPage{}}}, Topics: []web.Topic{{Name: Topic, Perm: permRead}},
		Routes: []web.Route{{Pattern: "GET /demo", Perm: permRead, Do: show}, {Pattern: "POST /demo/night", Perm: permPlay, Do: play}},
		Nav:    []web.Nav{{Key: "demo.nav", URL: "/demo", Perm: permRead, Order: 99}}}
}
