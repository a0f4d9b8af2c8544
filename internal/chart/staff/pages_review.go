package staff

import (
	"context"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

// reviewsPage lists the uses of break-glass.
type reviewsPage struct{ Rows []glassRow }

// reviewPage is one of them.
type reviewPage struct {
	Row  glassRow
	Form web.Form
	Seen bool // the reader may look at what was opened
}

type glassRow struct {
	Glass
	Number  string // of the account, or empty
	Vouched string // who vouched, or empty
	Mark    web.Mark
	Runs    bool
}

func (d *Desk) glassRow(g Glass, now time.Time) glassRow {
	r := glassRow{Glass: g, Runs: g.Running(now)}
	if p, ok := d.byID(g.Person); ok {
		r.Number = p.Number
	}
	if p, ok := d.byID(g.Voucher); ok {
		r.Vouched = p.Number + " " + p.Name
	}
	switch {
	case r.Runs:
		r.Mark = web.Mark{Level: web.Danger, Say: text.M("staff.glass.running", g.Until)}
	case g.AckAt.IsZero():
		r.Mark = web.Mark{Level: web.Danger, Say: text.M("staff.glass.open")}
	default:
		r.Mark = web.Mark{Level: web.Done, Say: text.M("staff.glass.acked")}
	}
	return r
}

func (d *Desk) reviews(c *web.Call) error {
	var p reviewsPage
	for _, g := range d.Glasses() {
		if len(p.Rows) == 200 {
			break
		}
		p.Rows = append(p.Rows, d.glassRow(g, d.now()))
	}
	return c.Render("staff.reviews", p)
}

func reviewForm(id string) web.Form {
	words := helped(must(field("words", web.AreaField)))
	words.Max, words.Wide = 1000, true
	return web.Form{Action: "/staff/glass/" + id, Submit: text.M("staff.glass.ack"), Cancel: "/staff/glass", Fields: []web.Field{words}}
}

func (d *Desk) showReview(c *web.Call, f web.Form) error {
	g, ok := d.Glass(c.Path("id"))
	if !ok {
		return fault.New(fault.NotFound, "staff.glass.none")
	}
	return c.RenderStatus(status(f), "staff.review", reviewPage{Row: d.glassRow(g, d.now()), Form: f, Seen: c.Person.Can(right.Seen)})
}

func (d *Desk) reviewShow(c *web.Call) error { return d.showReview(c, reviewForm(c.Path("id"))) }

func (d *Desk) reviewPost(c *web.Call) error {
	f := reviewForm(c.Path("id"))
	ok, err := f.Read(c)
	if err != nil {
		return err
	}
	if !ok {
		return d.showReview(c, f)
	}
	if err := d.Review(c.Ctx(), ledger.ActorOf(c), c.Path("id"), f.Text("words")); err != nil {
		return err
	}
	return c.Redirect("/staff/glass", text.M("staff.glass.ackdone"))
}

func (d *Desk) reviewEnd(c *web.Call) error {
	if err := d.EndGlass(c.Ctx(), ledger.ActorOf(c), c.Path("id")); err != nil {
		return err
	}
	return c.Redirect("/staff/glass/"+c.Path("id"), text.M("staff.glass.ended"))
}

// Todos has uses of break-glass reviewed.
func (d *Desk) Todos(ctx context.Context, p web.Person) ([]today.Todo, error) {
	if !p.Can(right.Staff) {
		return nil, nil
	}
	var out []today.Todo
	for _, g := range d.Glasses() {
		if !g.AckAt.IsZero() || len(out) == 50 {
			break // those to be reviewed come first
		}
		why := text.M("staff.todo.glass.why")
		if g.Voucher == "" && g.Person == "" {
			why = text.M("staff.todo.glass.unvouched")
		}
		out = append(out, today.Todo{Level: today.Red, Say: text.M("staff.todo.glass", g.Name, g.StartedAt), Why: why, URL: "/staff/glass/" + g.ID, Due: g.Until})
	}
	more, err := d.importTodos(ctx, p)
	return append(out, more...), err
}

// Readings says how many people can sign in, and how many uses of break-glass
// nobody has reviewed.
func (d *Desk) Readings(context.Context) ([]reading.Reading, error) {
	now := d.now()
	active, without := 0, 0
	for _, p := range d.People() {
		if p.State == Active {
			active++
			if !p.HasPIN {
				without++
			}
		}
	}
	people := reading.Reading{ID: "chart.staff", State: reading.Good, Basis: reading.Register, At: now, Count: without, Total: active, Say: text.M("staff.reading.people", active, without), URL: "/staff"}
	if active <= 1 {
		people.State = reading.Bad
	}
	glass := reading.Reading{ID: "chart.glass", State: reading.None, Basis: reading.Register, At: now, Say: text.M("staff.reading.glass.none"), URL: "/staff/glass"}
	for _, g := range d.Glasses() {
		glass.Total++
		if g.AckAt.IsZero() {
			glass.Count++
			if len(glass.Items) < reading.MaxItems {
				glass.Items = append(glass.Items, reading.Item{Say: text.Raw(fmt.Sprintf("%s (%s)", g.Name, g.Employer)), URL: "/staff/glass/" + g.ID})
			}
		}
	}
	switch {
	case glass.Count > 0:
		glass.State, glass.Say = reading.Bad, text.M("staff.reading.glass.open", glass.Count, glass.Total)
	case glass.Total > 0:
		glass.State, glass.Say = reading.Good, text.M("staff.reading.glass.good", glass.Total)
	}
	return []reading.Reading{people, glass}, nil
}
