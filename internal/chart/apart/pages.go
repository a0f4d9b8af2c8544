package apart

import (
	"context"
	"embed"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

//go:embed page_*.html text_*.json
var files embed.FS

// Texts are the sentences of the findings, for programs without pages.
func Texts() embed.FS { return files }

// Desk shows the findings.
type Desk struct {
	// Setting is asked anew each time: a medium may have been moved.
	Setting func(ctx context.Context) Setting
	Clock   func() time.Time
}

// Module is the page's share of a site.
func (d Desk) Module() web.Module {
	return web.Module{Name: "apart", Files: files, Pages: []web.Page{{Name: "list", Data: ListPage{}}},
		Routes: []web.Route{{Pattern: "GET /apart", Perm: right.Setup, Do: d.page}},
		Nav:    []web.Nav{{Key: "apart.nav", URL: "/apart", Perm: right.Setup, Order: 89, Group: "web.group.settings"}}}
}

// Say is the finding as a sentence.
func (f Finding) Say() text.Msg {
	args := make([]any, len(f.Args))
	for i, a := range f.Args {
		args[i] = a
	}
	return text.M("apart."+f.ID+"."+string(f.Level), args...)
}

// Todo says what to do about it.
func (f Finding) Todo() text.Msg { return text.M("apart." + f.ID + ".todo") }

// Bad reports whether something should be done.
func (f Finding) Bad() bool { return f.Level == Red || f.Level == Yellow }

// Mark shows the level by shape and word.
func (f Finding) Mark() web.Mark {
	return web.Mark{Level: web.Level(f.Level), Say: text.M("apart.level." + string(f.Level))}
}

// ListPage is the list of findings.
type ListPage struct{ Rows []Finding }

func (d Desk) page(c *web.Call) error {
	return c.Render("apart.list", ListPage{Rows: Look(d.Setting(c.Ctx()))})
}

// Readings says whether a tie was seen.
func (d Desk) Readings(ctx context.Context) ([]reading.Reading, error) {
	r := reading.Reading{ID: "chart.apart", State: reading.Good, Basis: reading.Read, At: d.Clock(), URL: "/apart", Say: text.M("apart.reading.good")}
	all := Look(d.Setting(ctx))
	unclear := 0
	for _, f := range all {
		switch f.Level {
		case Red:
			r.Count++
			r.Items = append(r.Items, reading.Item{Say: f.Say(), URL: "/apart"})
		case Unclear:
			unclear++
		}
	}
	r.Total = len(all)
	switch {
	case r.Count > 0:
		r.State, r.Say = reading.Bad, text.M("apart.reading.bad", r.Count)
	case unclear > 0:
		r.State, r.Say, r.At = reading.Unknown, text.M("apart.reading.unknown", unclear), time.Time{}
	}
	return []reading.Reading{r}, nil
}
