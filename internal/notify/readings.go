package notify

import (
	"context"

	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Readings says whether somebody would be woken: notify.roster and
// notify.channels.
func (d *Desk) Readings(ctx context.Context) ([]reading.Reading, error) {
	now := d.cfg.Clock()
	roster, err := d.Roster(ctx)
	if err != nil {
		return nil, err
	}
	r := reading.Reading{ID: "notify.roster", State: reading.Bad, Basis: reading.Register, At: now, URL: "/notify", Say: text.M("notify.reading.roster.none")}
	if len(roster.Members) > 0 {
		gaps := roster.Gaps(now)
		r.Count, r.State, r.Say = len(gaps), reading.Good, text.M("notify.reading.roster.good", len(roster.Members))
		if len(gaps) > 0 {
			r.State, r.Say = reading.Bad, text.M("notify.reading.roster.bad", len(gaps))
		}
	}
	ways, err := d.waysReading(ctx)
	ways.At = now
	return []reading.Reading{r, ways}, err
}

func (d *Desk) waysReading(ctx context.Context) (reading.Reading, error) {
	r := reading.Reading{ID: "notify.channels", State: reading.Bad, Basis: reading.Register, URL: "/notify#channels", Say: text.M("notify.reading.channels.none")}
	all, err := d.Channels(ctx)
	if err != nil {
		return r, err
	}
	failed, untried := 0, 0
	for _, ch := range all {
		if !ch.On {
			continue
		}
		r.Total++
		switch {
		case ch.TriedAt.IsZero():
			untried++
		case ch.Error != "":
			failed++
			if len(r.Items) < reading.MaxItems {
				r.Items = append(r.Items, reading.Item{Say: text.Raw(ch.Name), URL: "/notify#channels"})
			}
		}
	}
	switch {
	case r.Total == 0:
	case failed > 0:
		r.Count, r.Say = failed, text.M("notify.reading.channels.bad", failed, r.Total)
	case untried > 0:
		r.State, r.Say = reading.Unknown, text.M("notify.reading.channels.untried", untried, r.Total)
	default:
		r.State, r.Say = reading.Good, text.M("notify.reading.channels.good", r.Total)
	}
	return r, nil
}

// Todos are calls that wait for somebody, and what would keep a call from
// arriving.
func (d *Desk) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	var out []today.Todo
	if p.Can(PermTake) {
		open, err := d.calls(ctx, d.db(), "WHERE acked_at = '' AND ended_at = '' ORDER BY raised_at LIMIT 20")
		if err != nil {
			return nil, err
		}
		for _, c := range open {
			level := today.Amber
			if c.Level == Critical {
				level = today.Red
			}
			out = append(out, today.Todo{Level: level, Rank: 1, Say: text.M("notify.todo.call", c.Title), Why: text.M("notify.todo.call.why", c.RaisedAt), URL: "/notify/calls/" + c.ID, Due: c.RaisedAt})
		}
	}
	if !p.Can(PermWrite) {
		return out, nil
	}
	roster, err := d.Roster(ctx)
	if err != nil {
		return nil, err
	}
	if len(roster.Members) == 0 {
		out = append(out, today.Todo{Level: today.Amber, Rank: 20, Say: text.M("notify.todo.members"), Why: text.M("notify.todo.members.why"), URL: "/notify/members/new"})
	}
	all, err := d.Channels(ctx)
	if err != nil {
		return nil, err
	}
	on := 0
	for _, ch := range all {
		if !ch.On {
			continue
		}
		on++
		if ch.Error != "" {
			out = append(out, today.Todo{Level: today.Red, Rank: 12, Say: text.M("notify.todo.broken", ch.Name), Why: text.M("notify.todo.broken.why", ch.Error), URL: "/notify/channels/" + ch.ID})
		}
	}
	if on == 0 {
		out = append(out, today.Todo{Level: today.Amber, Rank: 21, Say: text.M("notify.todo.channels"), Why: text.M("notify.todo.channels.why"), URL: "/notify/channels/new"})
	}
	return out, nil
}
