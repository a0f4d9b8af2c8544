package paper

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// lateBy is how many turns a place may miss before its paper is called old.
const lateBy = 3

// failing reports whether a place has no paper of late: its last round failed,
// its folder does not answer, or it is long overdue.
func (p *Place) failing(now time.Time) bool {
	return !p.Hangs.IsZero() || p.Last != nil && !p.Last.Good || p.overdue(now)
}

func (p *Place) overdue(now time.Time) bool {
	return p.Last != nil && now.Sub(p.Last.At) > lateBy*time.Duration(p.Every)*time.Minute
}

// Readings says whether every place has sheets of late. Unknown: no place was
// ever filled; None: there is no place.
func (d *Desk) Readings(ctx context.Context) ([]reading.Reading, error) {
	places, err := d.Places(ctx)
	if err != nil {
		return nil, err
	}
	r := reading.Reading{ID: "chart.paper.ahead", Basis: reading.Register, Total: len(places), URL: "/paper/ahead", State: reading.Good}
	made := 0
	for i := range places {
		p := &places[i]
		if p.Last == nil {
			continue
		}
		made++
		if p.Last.At.After(r.At) {
			r.At = p.Last.At
		}
		if p.failing(d.cfg.Clock()) {
			r.Count++
			if len(r.Items) < reading.MaxItems {
				say := text.Raw(p.Name)
				if !p.Hangs.IsZero() {
					say = text.M("paper.reading.hangs", p.Name, p.Hangs)
				}
				r.Items = append(r.Items, reading.Item{Say: say, URL: "/paper/ahead"})
			}
		}
	}
	switch {
	case len(places) == 0:
		r.State, r.Say = reading.None, text.M("paper.reading.none")
	case made == 0:
		r.State, r.Say, r.At = reading.Unknown, text.M("paper.reading.unknown", len(places)), time.Time{}
	case r.Count > 0:
		r.State, r.Say = reading.Bad, text.M("paper.reading.bad", r.Count, len(places))
	default:
		r.Say = text.M("paper.reading.good", made, len(places))
	}
	return []reading.Reading{r}, nil
}

// Todos tells who may set places of those that fail, and of a folder that
// everybody can read.
func (d *Desk) Todos(ctx context.Context, person web.Person) ([]today.Todo, error) {
	if !person.Can(right.Setup) {
		return nil, nil
	}
	places, err := d.Places(ctx)
	if err != nil {
		return nil, err
	}
	var out []today.Todo
	open := d.openness(places)
	for i := range places {
		p := &places[i]
		switch {
		case !p.Hangs.IsZero():
			out = append(out, today.Todo{Level: today.Red, Say: text.M("paper.todo.hangs", p.Name, p.Hangs), Why: text.M("paper.todo.failed.why", text.M(hangsKey)), URL: "/paper/ahead"})
		case p.Last != nil && !p.Last.Good:
			out = append(out, today.Todo{Level: today.Red, Say: text.M("paper.todo.failed", p.Name), Why: text.M("paper.todo.failed.why", text.M(p.Last.Fault)), URL: "/paper/ahead"})
		case p.overdue(d.cfg.Clock()):
			out = append(out, today.Todo{Level: today.Red, Say: text.M("paper.todo.late", p.Name, p.Last.At), Why: text.M("paper.todo.late.why"), URL: "/paper/ahead"})
		}
		if open[i] == OpenToAll {
			out = append(out, today.Todo{Level: today.Amber, Say: text.M("paper.todo.open", p.Name), Why: text.M("paper.todo.open.why"), URL: "/paper/ahead"})
		}
	}
	return out, nil
}
