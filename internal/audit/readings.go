package audit

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// Readings computes what the files show, from the newest file of each device.
// A waived finding is still wanting: a waiver puts work off, not the door.
func (a *Audit) Readings(ctx context.Context) ([]reading.Reading, error) {
	newest, err := a.Newest(ctx)
	if err != nil {
		return nil, err
	}
	out := []reading.Reading{filesReading(newest)}
	for _, c := range a.checks {
		out = append(out, checkReading(c.About().ID, newest))
	}
	return out, nil
}

func filesReading(newest []File) reading.Reading {
	r := reading.Reading{ID: "audit.files", State: reading.Unknown, Basis: reading.Read, URL: "/audit", Say: text.M("audit.files.unknown"), Total: len(newest)}
	if len(newest) == 0 {
		r.URL = "/audit/new"
		return r
	}
	r.State, r.At, r.By = reading.Good, newest[0].ReadAt, newest[0].Name
	r.Say = text.M("audit.files.good", len(newest), text.Day(newest[0].ReadAt))
	for _, f := range newest {
		if f.Count(check.Fail) > 0 {
			r.Count++
		}
	}
	if r.Count > 0 {
		r.State, r.Say = reading.Bad, text.M("audit.files.bad", len(newest), r.Count)
	}
	return r
}

// checkReading joins one check over all devices: one finding makes it Bad, one
// device that the file says nothing about makes it Unknown.
func checkReading(id string, newest []File) reading.Reading {
	r := reading.Reading{ID: "audit.fortios." + id, State: reading.Unknown, Basis: reading.Read, URL: "/audit/findings", Say: text.M("audit.reading.unread")}
	title := text.M(check.Prefix(id) + "title")
	count := map[check.Verdict]int{}
	for _, f := range newest {
		res, ok := f.Result(id)
		if !ok {
			continue
		}
		count[res.Verdict]++
		r.Total++
		if f.ReadAt.After(r.At) {
			r.At, r.By = f.ReadAt, f.Name
		}
		if res.Verdict == check.Fail && len(r.Items) < reading.MaxItems {
			r.Items = append(r.Items, reading.Item{Say: text.M("audit.reading.item", f.Name, res.Say), URL: "/audit/files/" + f.ID + "#" + id})
		}
	}
	r.Count = count[check.Fail]
	switch {
	case count[check.Fail] > 0:
		r.State, r.Say = reading.Bad, text.M("audit.reading.bad", title, r.Total, r.Count)
	case count[check.Unknown] > 0:
		r.State, r.Say = reading.Unknown, text.M("audit.reading.open", title, r.Total, count[check.Unknown])
	case count[check.Pass] > 0:
		r.State, r.Say = reading.Good, text.M("audit.reading.good", title, r.Total)
	case count[check.None] > 0:
		r.State, r.Say = reading.None, text.M("audit.reading.none", title)
	}
	if r.State == reading.Unknown {
		r.At = time.Time{}
	}
	return r
}

// Todos says what audit asks of the person now: files to attach, the findings
// of each device, waivers that ran out, and questions that nobody answered.
func (a *Audit) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	if !p.Can("audit.write") {
		return nil, nil
	}
	newest, err := a.Newest(ctx)
	if err != nil {
		return nil, err
	}
	if len(newest) == 0 {
		return []today.Todo{{Level: today.Amber, Rank: 6, Say: text.M("audit.todo.first"), Why: text.M("audit.todo.first.why"), URL: "/audit/new"}}, nil
	}
	waivers, err := a.waivers(ctx)
	if err != nil {
		return nil, err
	}
	var out []today.Todo
	now := a.clock().Format(time.DateOnly)
	for _, f := range newest {
		if f.Target == "" {
			out = append(out, today.Todo{Level: today.Amber, Rank: 8, Say: text.M("audit.todo.attach", f.Name), Why: text.M("audit.todo.attach.why"), URL: "/audit/files/" + f.ID})
		}
		out = append(out, fileTodos(f, waivers, now)...)
	}
	return out, nil
}

func fileTodos(f File, waivers map[string]Waiver, now string) []today.Todo {
	critical, high, out := 0, 0, []today.Todo{}
	for _, r := range f.Results {
		if r.Verdict != check.Fail {
			continue
		}
		w := waivers[f.Device()+"\x00"+r.Check]
		if w.Active(now) {
			continue
		}
		if w.ID != "" {
			out = append(out, today.Todo{Level: today.Amber, Rank: 9, Say: text.M("audit.todo.waiver", f.Name, text.M(check.Prefix(r.Check)+"title")),
				Why: text.M("audit.todo.waiver.why"), URL: "/audit/files/" + f.ID + "#" + r.Check})
		}
		switch r.Severity {
		case check.Critical:
			critical++
		case check.High:
			high++
		}
	}
	url := "/audit/files/" + f.ID
	if critical > 0 {
		out = append(out, today.Todo{Level: today.Red, Rank: 12, Say: text.M("audit.todo.critical", f.Name, critical), Why: text.M("audit.todo.critical.why"), URL: url})
	} else if high > 0 {
		out = append(out, today.Todo{Level: today.Amber, Rank: 12, Say: text.M("audit.todo.high", f.Name, high), Why: text.M("audit.todo.high.why"), URL: url})
	}
	return out
}
