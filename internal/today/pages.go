package today

import (
	"embed"

	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

//go:embed page_*.html text_*.json
var files embed.FS

// Config is what the first page is made of.
type Config struct {
	Todos    []Source
	Readings []reading.Source
	// Tiles are the readings shown on top, by ID, in this order.
	Tiles []string
}

// Desk is the first page.
type Desk struct{ cfg Config }

// New makes the first page.
func New(cfg Config) *Desk { return &Desk{cfg: cfg} }

// Module is the first page's share of the site.
func (d *Desk) Module() web.Module {
	return web.Module{
		Name: "today", Files: files,
		Pages:  []web.Page{{Name: "today", Data: Page{}}},
		Routes: []web.Route{{Pattern: "GET /{$}", Perm: web.SignedIn, Do: d.page}},
		Nav:    []web.Nav{{Key: "today.nav", URL: "/", Perm: web.SignedIn, Order: 10}},
	}
}

// Page is what the first page shows.
type Page struct {
	Todos []Todo
	More  []Todo // beyond the first seven
	Tiles []Tile
}

// Tile is one reading in large print.
type Tile struct {
	reading.Reading
	Mark  web.Mark
	Label text.Msg
}

// MarkOf shows the state of a reading by shape and word.
func MarkOf(s reading.State) web.Mark {
	return web.Mark{Level: s.Level(), Say: text.M("today.state." + string(s))}
}

func (d *Desk) page(c *web.Call) error {
	todos, err := Collect(c.Ctx(), c.Person, d.cfg.Todos)
	if err != nil {
		return err
	}
	p := Page{Todos: todos}
	if len(todos) > Shown {
		p.Todos, p.More = todos[:Shown], todos[Shown:]
	}
	if c.Person.Can("today.readings") {
		if p.Tiles, err = d.tiles(c); err != nil {
			return err
		}
	}
	return c.Render("today.today", p)
}

func (d *Desk) tiles(c *web.Call) ([]Tile, error) {
	set, err := reading.Collect(c.Ctx(), d.cfg.Readings)
	if err != nil {
		return nil, err
	}
	var tiles []Tile
	for _, id := range d.cfg.Tiles {
		r := set.Get(id)
		if r.Say.Zero() {
			r.Say = text.M("today.state.nothing_read")
		}
		tiles = append(tiles, Tile{Reading: r, Mark: MarkOf(r.State), Label: text.M("today.tile." + id)})
	}
	return tiles, nil
}
