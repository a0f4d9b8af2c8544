package copy

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// known is what readings and todos look at, read once.
type known struct {
	now           time.Time
	jobs          []Job
	media         []Medium
	keys          []Key
	newest, clean GenerationRecord
}

func (d *Copier) known(ctx context.Context) (k known, err error) {
	k.now = d.cfg.Clock()
	if k.jobs, err = d.Jobs(ctx); err != nil {
		return k, err
	}
	if k.media, err = d.Media(ctx); err != nil {
		return k, err
	}
	if k.keys, err = d.Keys(ctx); err != nil {
		return k, err
	}
	if k.newest, err = d.newest(ctx); err != nil {
		return k, err
	}
	k.clean, err = d.newestClean(ctx)
	return k, err
}

// maxAge is the strictest of the jobs' limits, in hours.
func (k known) maxAge() int {
	least := 0
	for _, j := range k.jobs {
		if j.Enabled && (least == 0 || j.MaxAge < least) {
			least = j.MaxAge
		}
	}
	return least
}

// old reports whether the newest copy that could be used is too old: one that
// is suspect does not count.
func (k known) old() bool {
	limit := k.maxAge()
	return limit > 0 && !k.newest.Made.IsZero() && k.now.Sub(k.clean.Made) > time.Duration(limit)*time.Hour
}

// age is that of the newest copy that could be used, in hours; without any it
// is that of the newest one.
func (k known) age() int {
	if k.clean.Made.IsZero() {
		return hours(k.now.Sub(k.newest.Made))
	}
	return hours(k.now.Sub(k.clean.Made))
}

// suspect reports whether the newest copy is suspect and nobody accepted it.
func (k known) suspect() bool { return k.newest.Verdict == Suspect && k.newest.Accepted.IsZero() }

// Readings says how the copies of the chart are: chart.copy.age,
// chart.copy.clean, chart.copy.media.
func (d *Copier) Readings(ctx context.Context) ([]reading.Reading, error) {
	k, err := d.known(ctx)
	if err != nil {
		return nil, err
	}
	return []reading.Reading{k.ageReading(), k.cleanReading(), k.mediaReading()}, nil
}

func (k known) ageReading() reading.Reading {
	r := reading.Reading{ID: "chart.copy.age", State: reading.Unknown, Basis: reading.Read, URL: "/copy", Say: text.M("copy.reading.age.none")}
	if k.newest.Made.IsZero() {
		if k.maxAge() == 0 {
			r.State, r.Say = reading.Bad, text.M("copy.reading.age.no_job")
			r.Basis, r.At = reading.Register, k.now
		}
		return r
	}
	r.At, r.State, r.Say = k.now, reading.Good, text.M("copy.reading.age.good", k.clean.Made, k.age())
	switch {
	case k.maxAge() == 0:
		r.State, r.Say = reading.Bad, text.M("copy.reading.age.no_job")
	case k.clean.Made.IsZero():
		r.State, r.Say = reading.Bad, text.M("copy.reading.clean.never")
	case k.old():
		r.State, r.Say = reading.Bad, text.M("copy.reading.age.bad", k.clean.Made, k.age(), k.maxAge())
	}
	return r
}

func (k known) cleanReading() reading.Reading {
	r := reading.Reading{ID: "chart.copy.clean", State: reading.Unknown, Basis: reading.Read, URL: "/copy", Say: text.M("copy.reading.clean.none")}
	switch {
	case k.newest.Made.IsZero():
	case k.clean.Made.IsZero():
		r.State, r.At, r.Say = reading.Bad, k.newest.Made, text.M("copy.reading.clean.never")
	case k.newest.Verdict == Clean || !k.newest.Accepted.IsZero():
		r.State, r.At, r.Say = reading.Good, k.newest.Made, text.M("copy.reading.clean.good", k.newest.ID, k.newest.Made)
	default:
		r.State, r.At, r.Say, r.Count = reading.Bad, k.newest.Made, text.M("copy.reading.clean.bad", k.newest.ID, k.clean.ID, k.clean.Made), 1
	}
	return r
}

func (k known) mediaReading() reading.Reading {
	r := reading.Reading{ID: "chart.copy.media", State: reading.Bad, Basis: reading.Declared, At: k.now, URL: "/copy/media", Total: len(k.media), Say: text.M("copy.reading.media.none")}
	away, overdue := 0, 0
	for _, m := range k.media {
		if !m.Attached && m.Generation != "" {
			away++
		}
		if m.Overdue(k.now) {
			overdue++
			if len(r.Items) < reading.MaxItems {
				r.Items = append(r.Items, reading.Item{Say: text.Raw(m.Label), URL: "/copy/media/" + m.ID})
			}
		}
	}
	switch r.Count = overdue; {
	case len(k.media) == 0:
	case away == 0:
		r.Say = text.M("copy.reading.media.all_attached", len(k.media))
	case overdue > 0:
		r.Say = text.M("copy.reading.media.overdue", overdue)
	default:
		r.State, r.Say = reading.Good, text.M("copy.reading.media.good", away)
	}
	return r
}

// Todos are what people must do so that a copy is there when it is needed.
func (d *Copier) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	if !p.Can(right.CopyRun) && !p.Can(right.CopyOverride) {
		return nil, nil
	}
	k, err := d.known(ctx)
	if err != nil {
		return nil, err
	}
	var out []today.Todo
	add := func(level today.Level, rank int, url, key string, args ...any) {
		out = append(out, today.Todo{Level: level, Rank: 20 + rank, Say: text.M("copy.todo."+key, args...), Why: text.M("copy.todo." + key + ".why"), URL: url})
	}
	if n := k.newest; k.suspect() {
		add(today.Red, 3, generationURL(n.Medium, n.ID), "suspect", n.ID)
	}
	if !p.Can(right.CopyRun) {
		return out, nil
	}
	switch {
	case len(k.keys) == 0:
		add(today.Amber, 25, "/copy/keys", "key")
	case len(k.media) == 0:
		add(today.Amber, 25, "/copy/media/new", "media")
	case len(k.jobs) == 0:
		add(today.Amber, 25, "/copy/jobs/new", "job")
	case k.newest.Made.IsZero():
		add(today.Amber, 25, "/copy", "first")
	case k.old():
		add(today.Red, 4, "/copy", "old", k.age())
	}
	for _, m := range k.media {
		if m.Overdue(k.now) {
			add(today.Amber, 24, "/copy/media/"+m.ID, "rotate", m.Label, int(k.now.Sub(m.Since).Hours()/24))
		}
	}
	if len(k.keys) > 0 && k.keys[0].Tested.IsZero() {
		add(today.Amber, 26, "/copy/keys", "test", k.keys[0].ID)
	}
	return out, nil
}
