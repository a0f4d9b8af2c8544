package logbook

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/event/journal"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

const (
	// sourcesURL is the page on which sources are set up.
	sourcesURL = "/log/sources"
	// stuck is how long a taker may refuse a batch before people are asked to act.
	stuck = time.Minute
	// lossDays is for how many days a loss of the journal is shown as a reading.
	lossDays = 30
	// PermWrite is the right to set up sources.
	PermWrite = "log.write"
)

// Readings computes what intake shows: one state and one query.
func (l *Logbook) Readings(ctx context.Context) ([]reading.Reading, error) {
	s, err := l.State(ctx)
	if err != nil {
		return nil, err
	}
	losses, err := l.Losses(ctx)
	if err != nil {
		return nil, err
	}
	now := l.cfg.Clock()
	return []reading.Reading{sourcesReading(s, now), silentReading(s, now), keptReading(s, losses, now)}, nil
}

func sourcesReading(s State, now time.Time) reading.Reading {
	r := reading.Reading{ID: "logbook.sources", State: reading.Unknown, Basis: reading.Read, URL: sourcesURL, Say: text.M("logbook.reading.sources.unknown")}
	for _, src := range s.Sources {
		if !src.Enabled {
			continue
		}
		r.Total++
		if src.Phase != Running && src.Phase != Starting || src.Refusing {
			r.Count++
			addItem(&r, text.M("logbook.item.failed", src.Name))
		}
	}
	switch {
	case r.Total == 0:
		return r
	case r.Count > 0:
		r.State, r.Say = reading.Bad, text.M("logbook.reading.sources.bad", r.Count, r.Total)
	default:
		r.State, r.Say = reading.Good, text.M("logbook.reading.sources.good", r.Total)
	}
	r.At = now
	return r
}

// silentReading counts sources, and senders that are listened to one by one.
func silentReading(s State, now time.Time) reading.Reading {
	r := reading.Reading{ID: "logbook.silent", State: reading.Unknown, Basis: reading.Read, URL: sourcesURL, Say: text.M("logbook.reading.silent.unknown")}
	for _, src := range s.Sources {
		if !src.Enabled || src.Last.IsZero() {
			continue
		}
		r.Total += 1 + src.Senders
		if !src.Silent.IsZero() {
			r.Count++
			addItem(&r, text.M("logbook.item.silent", src.Name, src.Last))
		}
		for _, q := range src.Quiet {
			r.Count++
			addItem(&r, text.M("logbook.item.silent", src.Name+" ("+q.Peer+")", q.Last))
		}
	}
	switch {
	case r.Total == 0:
		return r
	case r.Count > 0:
		r.State, r.Say = reading.Bad, text.M("logbook.reading.silent.bad", r.Count)
	default:
		r.State, r.Say = reading.Good, text.M("logbook.reading.silent.good", r.Total)
	}
	r.At = now
	return r
}

// keptReading says whether what is received gets where it should.
func keptReading(s State, losses []Loss, now time.Time) reading.Reading {
	r := reading.Reading{ID: "logbook.kept", State: reading.Good, Basis: reading.Read, At: now, URL: sourcesURL, Say: text.M("logbook.reading.kept.good")}
	var lost uint64
	for _, x := range losses {
		if now.Sub(x.NoticedAt) < lossDays*24*time.Hour {
			lost += x.Batches()
		}
	}
	t, waits := stuckTaker(s)
	switch {
	case s.Journal.State != journal.Ready:
		r.State, r.Say = reading.Bad, text.M("logbook.reading.kept.bad.full")
	case waits:
		r.State, r.Say = reading.Bad, text.M("logbook.reading.kept.bad.taker", takerName(t))
	case lost > 0:
		r.State, r.Say, r.Count = reading.Bad, text.M("logbook.reading.kept.bad.loss", int(lost)), int(lost)
	}
	return r
}

func stuckTaker(s State) (TakerState, bool) {
	for _, t := range s.Takers {
		if t.Err != nil && time.Since(t.Since) > stuck {
			return t, true
		}
	}
	return TakerState{}, false
}

func takerName(t TakerState) text.Msg { return text.M("logbook.taker." + t.Name) }

func addItem(r *reading.Reading, say text.Msg) {
	if len(r.Items) < reading.MaxItems {
		r.Items = append(r.Items, reading.Item{Say: say, URL: sourcesURL})
	}
}

// Todos says what intake asks of the person now.
func (l *Logbook) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	if !p.Can(PermWrite) {
		return nil, nil
	}
	s, err := l.State(ctx)
	if err != nil {
		return nil, err
	}
	return todos(s), nil
}

func todos(s State) []today.Todo {
	var out []today.Todo
	if s.Journal.State != journal.Ready {
		out = append(out, today.Todo{Level: today.Red, Rank: 1, Say: text.M("logbook.todo.full"), Why: text.M("logbook.todo.full.why"), URL: sourcesURL})
	}
	if t, waits := stuckTaker(s); waits {
		out = append(out, today.Todo{Level: today.Red, Rank: 2, Say: text.M("logbook.todo.taker", takerName(t)), Why: text.M("logbook.todo.taker.why"), URL: sourcesURL})
	}
	enabled := 0
	for _, src := range s.Sources {
		if !src.Enabled {
			continue
		}
		enabled++
		switch {
		case src.Phase == Failed:
			out = append(out, today.Todo{Level: today.Red, Rank: 5, Say: text.M("logbook.todo.failed", src.Name), Why: text.M("logbook.todo.failed.why"), URL: sourcesURL})
		case !src.Silent.IsZero():
			out = append(out, today.Todo{Level: today.Amber, Rank: 6, Say: text.M("logbook.todo.silent", src.Name), Why: text.M("logbook.todo.silent.why"), URL: sourcesURL})
		}
	}
	if enabled == 0 {
		out = append(out, today.Todo{Level: today.Amber, Rank: 20, Say: text.M("logbook.todo.none"), Why: text.M("logbook.todo.none.why"), URL: sourcesURL})
	}
	return out
}
