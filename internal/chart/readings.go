package chart

import (
	"cmp"
	"context"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	tasks "github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Readings say what the viewer reads and how old it is, and whether somebody
// signed its intended use. They ask shelf and memory, no table.
func (d *Desk) Readings(context.Context) ([]reading.Reading, error) {
	now := d.clock()
	return []reading.Reading{d.copyReading(now), d.useReading()}, nil
}

func (d *Desk) copyReading(now time.Time) reading.Reading {
	roots := d.shelf.State()
	asOf, by := d.shelf.Until()
	r := reading.Reading{ID: "chart.copy.read", State: reading.Unknown, Basis: reading.Read, URL: "/chart/about", Total: len(roots), Say: text.M("chart.reading.copy.unknown")}
	for _, root := range roots {
		if root.State != shelf.StateOpen {
			r.Count++
			r.Items = append(r.Items, reading.Item{Say: text.M("chart.reading.copy.root", root.Label, text.M("chart.root."+root.State)), URL: "/chart/about"})
		}
	}
	r.Items = r.Items[:min(len(r.Items), reading.MaxItems)]
	age := ageSay(now.Sub(asOf))
	switch {
	case len(roots) == 0:
		r.State, r.Say = reading.None, text.M("chart.reading.copy.none")
	case r.Count > 0:
		r.State, r.At, r.Say = reading.Bad, now, text.M("chart.reading.copy.away", r.Count, r.Total)
	case asOf.IsZero(): // open, and nobody wrote how old it is
	case by == shelf.ByNewest: // what was sent last may be old because nothing was sent, or because nothing was copied
		r.Say = text.M("chart.reading.copy.newest", asOf, age)
	case d.tooOld(asOf, now):
		r.State, r.At, r.Say = reading.Bad, now, text.M("chart.reading.copy.old", asOf, age)
	default:
		r.State, r.At, r.Say = reading.Good, now, text.M("chart.reading.copy.good", asOf, age)
	}
	return r
}

func (d *Desk) useReading() reading.Reading {
	s := d.Settings().Use
	r := reading.Reading{ID: "chart.use.signed", State: reading.Unknown, Basis: reading.Declared, URL: "/chart/use", Say: text.M("chart.reading.use.unknown")}
	if s.Signed() {
		r.State, r.At, r.By, r.Say = reading.Good, s.At, s.Name, text.M("chart.reading.use.good", s.Post, s.Name, s.Day)
		if !s.On {
			r.State, r.Say = reading.Bad, text.M("chart.reading.use.bad", s.Post, s.Name, s.Day)
		}
	}
	return r
}

// Todos ask the responsible person to sign the intended use, and everybody who
// may read charts to look after a copy that is away or old.
func (d *Desk) Todos(_ context.Context, p web.Person) ([]tasks.Todo, error) {
	var out []tasks.Todo
	if s := d.Settings().Use; p.Can(right.Setup) && !s.On {
		out = append(out, tasks.Todo{Level: tasks.Amber, Say: text.M("chart.todo.use"), Why: text.M("chart.todo.use.why"), URL: "/chart/use", Rank: 60})
	}
	if p.Can(right.Read) || p.Can(right.Setup) {
		if r := d.copyReading(d.clock()); r.State == reading.Bad {
			at := "/chart/about"
			if r.Count > 0 || !p.Can(right.Read) {
				at = cmp.Or(d.unlock, at)
			}
			out = append(out, tasks.Todo{Level: tasks.Red, Say: r.Say, Why: text.M("chart.todo.copy.why"), URL: at, Rank: 20})
		}
	}
	return out, nil
}

// ageSay says how old a copy is: in hours, from three days on in days.
func ageSay(d time.Duration) text.Msg {
	if d < 72*time.Hour {
		return text.M("chart.span.hours", int(d.Hours()))
	}
	return text.M("chart.span.days", int(d.Hours())/24)
}

// Banners are what every reader must know now, on every page and print: that
// the copy is old, or that a part of it is away. They ask memory only.
func (d *Desk) Banners(context.Context) []web.Banner {
	var out []web.Banner
	for _, r := range d.shelf.State() {
		if r.State != shelf.StateOpen {
			out = append(out, web.Banner{Level: web.Danger, Say: text.M("chart.banner.root", r.Label, text.M("chart.root."+r.State)), URL: cmp.Or(d.unlock, "/chart/about")})
		}
	}
	if asOf, by := d.shelf.Until(); d.tooOld(asOf, d.clock()) {
		key, now := "chart.banner.old", d.clock()
		if by == shelf.ByNewest {
			key = "chart.banner.old.newest"
		}
		out = append(out, web.Banner{Level: web.Warn, Say: text.M(key, asOf, ageSay(now.Sub(asOf))), URL: "/chart/about"})
	}
	if of, err := d.wards.Fault(); err != nil {
		say := text.M("chart.banner.wards", of)
		if of.IsZero() {
			say = text.M("chart.banner.wards.none")
		}
		out = append(out, web.Banner{Level: web.Warn, Say: say})
	}
	return out
}
