package doctor

import (
	"context"
	"embed"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

//go:embed page_*.html text_*.json
var files embed.FS

// Desk shows the doctor's findings as a page.
type Desk struct {
	// Box describes the installation at the time of the look.
	Box func(context.Context) (Box, error)
}

// Page is what the page shows.
type Page struct {
	Rows []Row
	Box  Box
}

// Row is one finding.
type Row struct {
	Mark web.Mark
	Say  text.Msg
	Todo text.Msg
}

// MarkOf gives shape and word of a level.
func MarkOf(l web.Level) web.Mark {
	return web.Mark{Level: l, Say: text.M("doctor.level." + string(l))}
}

// Module is the doctor's share of the site.
func (d Desk) Module() web.Module {
	return web.Module{Name: "doctor", Files: files, Pages: []web.Page{{Name: "doctor", Data: Page{}}},
		Routes: []web.Route{{Pattern: "GET /doctor", Perm: "doctor.read", Do: d.page}},
		Nav:    []web.Nav{{Key: "doctor.nav", URL: "/doctor", Perm: "doctor.read", Order: 91, Group: "web.group.settings"}}}
}

func (d Desk) page(c *web.Call) error {
	box, err := d.Box(c.Ctx())
	if err != nil {
		return err
	}
	p := Page{Box: box}
	for _, f := range Examine(c.Ctx(), box) {
		p.Rows = append(p.Rows, Row{Mark: MarkOf(f.Mark), Say: f.Say, Todo: f.Todo})
	}
	return c.Render("doctor.doctor", p)
}
