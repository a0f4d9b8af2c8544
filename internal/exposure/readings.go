package exposure

import (
	"context"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/exposure/pack"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Readings computes what exposure shows. It brings the cases up to date first;
// afterwards it costs two queries and one pass over the cases.
func (x *Exposure) Readings(ctx context.Context) ([]reading.Reading, error) {
	if _, err := x.Sync(ctx); err != nil {
		return nil, err
	}
	v, feed, err := x.current(ctx)
	if err != nil {
		return nil, err
	}
	open, err := cases(ctx, x.book.DB().Read(), "closed_at = ''")
	if err != nil {
		return nil, err
	}
	list := rankCases(x, v, open)
	at := x.clock()
	return []reading.Reading{feedReading(feed, at), kevReading(feed, list, at), outsideReading(feed, v, list, at), stepsReading(feed, list, at)}, nil
}

func feedReading(f Feed, now time.Time) reading.Reading {
	r := reading.Reading{ID: "exposure.feed", State: reading.Unknown, Basis: reading.Read, URL: "/exposure", Say: text.M("exposure.feed.unknown")}
	if f.ID == "" {
		r.URL = "/exposure/import"
		return r
	}
	view := feedView(f, now)
	r.At, r.By, r.Total = f.ImportedAt, f.Name, f.Entries
	r.State, r.Say = reading.Good, text.M("exposure.feed.good", f.Version, view.Age, f.Entries)
	if view.Age > oldDays {
		r.State, r.Say = reading.Bad, text.M("exposure.feed.bad", f.Version, view.Age)
	}
	return r
}

// base makes the reading of an ID; without a catalogue it stays Unknown.
func base(id string, f Feed, at time.Time) (reading.Reading, bool) {
	r := reading.Reading{ID: id, State: reading.Unknown, Basis: reading.Register, URL: "/exposure", Say: text.M("exposure.unknown")}
	if f.ID == "" {
		return r, false
	}
	r.At, r.By = at, f.Name
	return r, true
}

func kevReading(f Feed, list []ranked, at time.Time) reading.Reading {
	r, ok := base("exposure.kev", f, at)
	if !ok {
		return r
	}
	matched, may := 0, 0
	for _, k := range list {
		if k.Matched || k.answered() {
			matched++
			add(&r, k)
		} else {
			may++
		}
	}
	r.Count, r.Total = matched, len(list)
	switch {
	case matched > 0:
		r.State, r.Say = reading.Bad, text.M("exposure.kev.bad", matched, may)
	case may > 0:
		r.State, r.Say = reading.Unknown, text.M("exposure.kev.may", may)
	default:
		r.State, r.Say = reading.Good, text.M("exposure.kev.good", f.Version)
	}
	return r
}

// outsideReading counts outside lines on which a hole matches now.
func outsideReading(f Feed, v *view, list []ranked, at time.Time) reading.Reading {
	r, ok := base("exposure.outside", f, at)
	if !ok || v.outside == 0 {
		if ok {
			r.State, r.Say, r.At = reading.Unknown, text.M("exposure.outside.nolines"), time.Time{}
		}
		return r
	}
	bad, may := map[string]bool{}, map[string]bool{}
	for _, m := range v.matches {
		switch {
		case !m.Target.Outside:
		case m.Judged.Verdict == pack.Matches:
			if !bad[m.Target.Ref] && len(r.Items) < reading.MaxItems {
				r.Items = append(r.Items, reading.Item{Say: text.M("exposure.item", m.Target.Name, m.Target.Device(), m.Entry.CVE), URL: urlOf(list, m)})
			}
			bad[m.Target.Ref] = true
		default:
			may[m.Target.Ref] = true
		}
	}
	r.Count, r.Total = len(bad), v.outside
	switch {
	case len(bad) > 0:
		r.State, r.Say = reading.Bad, text.M("exposure.outside.bad", len(bad), v.outside)
	case len(may) > 0 || unread(v) > 0:
		r.State, r.Say = reading.Unknown, text.M("exposure.outside.may", len(may), unread(v), v.outside)
	default:
		r.State, r.Say = reading.Good, text.M("exposure.outside.good", v.outside)
	}
	return r
}

// unread counts outside lines of which the register names no product: nothing
// was compared for them.
func unread(v *view) int {
	n := 0
	for _, t := range v.targets {
		if t.Outside && t.Maker == "" && t.Model == "" && t.OS == "" {
			n++
		}
	}
	return n
}

func urlOf(list []ranked, m Match) string {
	i := slices.IndexFunc(list, func(k ranked) bool { return k.Target == m.Target.Ref && k.CVE == m.Entry.CVE })
	if i < 0 {
		return "/exposure"
	}
	return "/exposure/cases/" + list[i].ID
}

func stepsReading(f Feed, list []ranked, at time.Time) reading.Reading {
	r, ok := base("exposure.threesteps", f, at)
	if !ok {
		return r
	}
	for _, k := range list {
		if (k.Matched || k.answered()) && len(k.Lacking()) > 0 {
			r.Count++
			add(&r, k)
		}
	}
	r.Total = len(list)
	r.State, r.Say = reading.Good, text.M("exposure.threesteps.good")
	if r.Count > 0 {
		r.State, r.Say = reading.Bad, text.M("exposure.threesteps.bad", r.Count)
	}
	return r
}

func add(r *reading.Reading, k ranked) {
	if len(r.Items) < reading.MaxItems {
		r.Items = append(r.Items, reading.Item{Say: text.M("exposure.item", k.now.Target.Name, k.now.Target.Device(), k.CVE), URL: "/exposure/cases/" + k.ID})
	}
}

// Todos says what exposure asks of the person now: the worst hole of each
// device, the catalogue when there is none or it is old, and answers that are
// to be had from makers.
func (x *Exposure) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	if !p.Can("exposure.write") {
		return nil, nil
	}
	if _, err := x.Sync(ctx); err != nil {
		return nil, err
	}
	v, feed, err := x.current(ctx)
	if err != nil {
		return nil, err
	}
	var out []today.Todo
	if feed.ID == "" {
		return append(out, today.Todo{Level: today.Amber, Rank: 5, Say: text.M("exposure.todo.import"), Why: text.M("exposure.todo.import.why"), URL: "/exposure/import"}), nil
	}
	if age := feedView(feed, x.clock()).Age; age > agingDays {
		out = append(out, today.Todo{Level: today.Amber, Rank: 30, Say: text.M("exposure.todo.old", age), Why: text.M("exposure.todo.old.why"), URL: "/exposure/import"})
	}
	open, err := cases(ctx, x.book.DB().Read(), "closed_at = ''")
	if err != nil {
		return nil, err
	}
	return append(out, deviceTodos(rankCases(x, v, open))...), nil
}

// deviceTodos makes one todo per device from its most pressing case.
func deviceTodos(list []ranked) []today.Todo {
	var out []today.Todo
	count, seen := map[string]int{}, map[string]bool{}
	asks := 0
	for _, k := range list {
		if k.Matched || k.answered() {
			count[k.Target]++
		}
	}
	for _, k := range list {
		if seen[k.Target] {
			continue
		}
		t := k.now.Target
		switch {
		case k.Matched || k.answered():
			seen[k.Target] = true
			todo := today.Todo{Level: today.Red, Rank: 10, Say: text.M("exposure.todo.hole", t.Name, k.CVE, count[k.Target]),
				Why: text.M("exposure.todo.hole.why", text.M("exposure.lack", len(k.Lacking()))), URL: "/exposure/cases/" + k.ID}
			if !t.Outside {
				todo.Level = today.Amber
			}
			out = append(out, todo)
		case count[k.Target] == 0:
			seen[k.Target] = true
			asks++
		}
	}
	if asks > 0 {
		out = append(out, today.Todo{Level: today.Info, Rank: 15, Say: text.M("exposure.todo.ask", asks), Why: text.M("exposure.todo.ask.why"), URL: "/exposure"})
	}
	return out
}
