package access

import (
	"context"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// ReadingDays is how far access.windows looks back.
const ReadingDays = 90

// Readings publishes access.standing, access.overdue, access.reviews and
// access.windows. Cost: three queries and one pass over the register's lines.
func (d *Desk) Readings(ctx context.Context) ([]reading.Reading, error) {
	now := d.clock()
	lines, err := d.register.Lines(ctx)
	if err != nil {
		return nil, err
	}
	live, err := d.live(ctx, "")
	if err != nil {
		return nil, err
	}
	since := stamp.Text(now.AddDate(0, 0, -ReadingDays))
	wanting, err := d.list(ctx, "opened_at <> '' AND opened_at > ? AND (approved = 0 OR result = 'incident') ORDER BY opened_at", since)
	if err != nil {
		return nil, err
	}
	var anything, used int
	err = d.read().QueryRowContext(ctx, `SELECT EXISTS(SELECT 1 FROM access_request),
		(SELECT count(*) FROM access_request WHERE opened_at <> '' AND opened_at > ?)`, since).Scan(&anything, &used)
	if err != nil {
		return nil, fmt.Errorf("access: readings: %w", err)
	}
	list := []reading.Reading{standing(lines, live, now), d.overdueReading(live, now), d.reviewReading(live, now), usedReading(wanting, used)}
	for i := range list {
		r := &list[i]
		r.Basis, r.At, r.URL = reading.Register, now, "/access"
		if r.ID != "access.standing" && anything == 0 {
			r.State, r.Say, r.Count, r.Total, r.Items = reading.Unknown, text.M("access.reading.nothing"), 0, 0, nil
		}
		if r.State == reading.Unknown {
			r.At = time.Time{}
		}
	}
	return list, nil
}

// standing lists the lines that are open without an approved window: those
// that the register calls always open, and emergencies nobody has approved.
func standing(lines []asset.Line, live []Request, now time.Time) reading.Reading {
	r := reading.Reading{ID: "access.standing", Total: len(lines)}
	unknown := 0
	for _, l := range lines {
		switch {
		case l.Standing():
			add(&r, text.M("access.reading.standing.line", l.Name), "/lines/"+l.ID)
		case l.Hours == asset.HoursUnknown:
			unknown++
		}
	}
	for _, q := range live {
		if q.State == Opened && (q.Unapproved() || !q.Covers(now)) {
			add(&r, text.M("access.reading.standing.open", q.LineName, q.Number), requestURL(q.ID, ""))
		}
	}
	switch {
	case r.Count > 0:
		r.State, r.Say = reading.Bad, text.M("access.reading.standing.bad", r.Count, len(lines), unknown)
	case len(lines) == 0:
		r.State, r.Say = reading.Unknown, text.M("access.reading.standing.empty")
	case unknown > 0:
		r.State, r.Say = reading.Unknown, text.M("access.reading.standing.unknown", unknown, len(lines))
	default:
		r.State, r.Say = reading.Good, text.M("access.reading.standing.good", len(lines))
	}
	return r
}

// add counts one thing found wanting, and keeps it among the first few.
func add(r *reading.Reading, say text.Msg, url string) {
	r.Count++
	if len(r.Items) < reading.MaxItems {
		r.Items = append(r.Items, reading.Item{Say: say, URL: url})
	}
}

func (d *Desk) overdueReading(live []Request, now time.Time) reading.Reading {
	r := reading.Reading{ID: "access.overdue", State: reading.Good}
	for _, q := range live {
		if q.State == Opened {
			r.Total++
		}
		if d.rules.CloseOverdue(q, now) {
			add(&r, text.M("access.reading.overdue.close", q.LineName, q.Number, d.rules.CloseDue(q)), requestURL(q.ID, ""))
		} else if d.rules.ApproveOverdue(q, now) {
			add(&r, text.M("access.reading.overdue.approve", q.LineName, q.Number, d.rules.ApproveDue(q)), requestURL(q.ID, ""))
		}
	}
	r.Say = text.M("access.reading.overdue.good", r.Total)
	if r.Count > 0 {
		r.State, r.Say = reading.Bad, text.M("access.reading.overdue.bad", r.Count)
	}
	return r
}

func (d *Desk) reviewReading(live []Request, now time.Time) reading.Reading {
	r := reading.Reading{ID: "access.reviews", State: reading.Good}
	for _, q := range live {
		if q.State == Closed {
			r.Total++
		}
		if d.rules.ReviewOverdue(q, now) {
			add(&r, text.M("access.reading.reviews.one", q.LineName, q.Number, d.rules.ReviewDue(q)), requestURL(q.ID, "/review"))
		}
	}
	r.Say = text.M("access.reading.reviews.good", r.Total)
	if r.Count > 0 {
		r.State, r.Say = reading.Bad, text.M("access.reading.reviews.bad", r.Count, r.Total)
	}
	return r
}

// usedReading says how the windows of the last days were used: found wanting
// are those without an approval and those whose review was an incident.
func usedReading(wanting []Request, used int) reading.Reading {
	r := reading.Reading{ID: "access.windows", State: reading.Good, Total: used}
	for _, q := range wanting {
		key := "access.reading.windows.unapproved"
		if v := q.LastReview(); v != nil && v.Result == Incident {
			key = "access.reading.windows.incident"
		}
		add(&r, text.M(key, q.LineName, q.Number), requestURL(q.ID, ""))
	}
	switch {
	case r.Count > 0:
		r.State, r.Say = reading.Bad, text.M("access.reading.windows.bad", used, r.Count, ReadingDays)
	case used == 0:
		r.State, r.Say = reading.None, text.M("access.reading.windows.none", ReadingDays)
	default:
		r.Say = text.M("access.reading.windows.good", used, ReadingDays)
	}
	return r
}

// Todos gives what the person should do now. A vendor's person gets nothing:
// closing, approving and reviewing are the hospital's.
func (d *Desk) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	if p.Vendor != "" || !p.Can(PermRead) {
		return nil, nil
	}
	live, err := d.live(ctx, "")
	if err != nil {
		return nil, err
	}
	now := d.clock()
	var todos []today.Todo
	for _, r := range live {
		if p.Can(PermOperate) {
			todos = append(todos, d.operateTodos(r, now)...)
		}
		if p.Can(PermApprove) {
			todos = append(todos, d.approveTodos(r, p, now)...)
		}
		if p.Can(PermReview) {
			todos = append(todos, d.reviewTodos(r, p, now)...)
		}
	}
	return todos, nil
}

// rank orders todos of one level: shut before approve before open.
func rank(key string) int {
	return map[string]int{"close_overdue": 0, "review_overdue": 1, "after_overdue": 2, "close_now": 0, "extension": 1, "after": 1, "open_now": 2, "approve": 3, "question": 1}[key]
}

func todo(level today.Level, key string, r Request, page string, due time.Time) today.Todo {
	return today.Todo{
		Level: level, Say: text.M("access.todo."+key, r.LineName, r.VendorName, r.Number, due),
		Why: text.M("access.todo." + key + ".why"), URL: requestURL(r.ID, page), Due: due, Rank: rank(key),
	}
}

func (d *Desk) operateTodos(r Request, now time.Time) []today.Todo {
	switch {
	case d.rules.CloseOverdue(r, now):
		return []today.Todo{todo(today.Red, "close_overdue", r, "/close", d.rules.CloseDue(r))}
	case d.rules.PastEnd(r, now):
		return []today.Todo{todo(today.Amber, "close_now", r, "/close", d.rules.CloseDue(r))}
	case r.State == Approved && !now.Before(r.From.Add(-d.rules.Early)) && now.Before(r.Until):
		return []today.Todo{todo(today.Amber, "open_now", r, "/instruction", r.From)}
	}
	return nil
}

func (d *Desk) approveTodos(r Request, p web.Person, now time.Time) []today.Todo {
	if x := r.Pending(); x != nil && x.By.ID != p.ID && (r.State == Approved || r.State == Opened) {
		return []today.Todo{todo(today.Amber, "extension", r, "/lengthen", r.Until)}
	}
	switch {
	case r.EnteredBy.ID == p.ID || r.Decision != nil:
		return nil
	case d.rules.ApproveOverdue(r, now):
		return []today.Todo{todo(today.Red, "after_overdue", r, "/approve", d.rules.ApproveDue(r))}
	case r.Unapproved():
		return []today.Todo{todo(today.Amber, "after", r, "/approve", d.rules.ApproveDue(r))}
	case r.State == Asked && !r.Lapsed(now):
		return []today.Todo{todo(today.Amber, "approve", r, "", r.From)}
	}
	return nil
}

func (d *Desk) reviewTodos(r Request, p web.Person, now time.Time) []today.Todo {
	if r.Approvers()[p.ID] || r.Decision == nil {
		return nil
	}
	switch {
	case d.rules.ReviewOverdue(r, now):
		return []today.Todo{todo(today.Red, "review_overdue", r, "/review", d.rules.ReviewDue(r))}
	case r.State == Closed:
		return []today.Todo{todo(today.Info, "review", r, "/review", d.rules.ReviewDue(r))}
	case r.State == Reviewed: // live holds only those that ended in a question
		return []today.Todo{todo(today.Info, "question", r, "/review", time.Time{})}
	}
	return nil
}
