package witness

import (
	"bytes"
	"context"
	"embed"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/today"
	"github.com/torideproject/toride/internal/web"
)

//go:embed page_*.html text*_ja.json text*_en.json witness.css
var files embed.FS

// Module is the witness' share of the site.
func (w *Witness) Module() web.Module {
	return web.Module{
		Name: "witness", Files: files, Sheet: "witness.css",
		Pages: []web.Page{{Name: "seen", Data: seenPage{}}, {Name: "form", Data: formPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /seen", Perm: right.Seen, Do: w.seen, Long: "seen"},
			{Pattern: "GET /seen/export", Perm: right.Seen, Do: w.export, Long: "seen"},
			{Pattern: "POST /seen/outage", Perm: right.Seen, Do: w.acknowledge},
			{Pattern: "GET /seen/form", Perm: web.Public, Do: paperForm}, // empty paper, for whoever stands before the screen
		},
		Nav: []web.Nav{{Key: "witness.nav", URL: "/seen", Perm: right.Seen, Order: 91, Group: "web.group.settings"}},
	}
}

// Banners says on every page that the ledger cannot be written.
func (w *Witness) Banners() []web.Banner {
	if o := w.State(); !o.Since.IsZero() {
		return []web.Banner{{Level: web.Danger, Say: text.M("witness.banner", o.Since), URL: "/seen/form"}}
	}
	return nil
}

// lastOutage is the one that nobody has seen to yet.
func (w *Witness) lastOutage() Outage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// Readings says whether the ledger takes notes.
func (w *Witness) Readings(context.Context) ([]reading.Reading, error) {
	now := w.cfg.Clock()
	r := reading.Reading{ID: "chart.witness", State: reading.Good, Basis: reading.Read, At: now, Say: text.M("witness.reading.good"), URL: "/seen"}
	if o := w.State(); !o.Since.IsZero() {
		r.State, r.Count, r.Say = reading.Bad, o.Late+o.Dropped, text.M("witness.reading.bad", o.Since, o.Late, o.Dropped)
	} else if o := w.lastOutage(); o.Dropped > 0 {
		r.State, r.Count, r.Say = reading.Bad, o.Dropped, text.M("witness.reading.dropped", o.Since, o.Until, o.Dropped)
	}
	return []reading.Reading{r}, nil
}

// Todos has somebody see to a ledger that cannot be written, and afterwards to
// the paper that took its place.
func (w *Witness) Todos(_ context.Context, p web.Person) ([]today.Todo, error) {
	if !p.Can(right.Seen) && !p.Can(right.Staff) {
		return nil, nil
	}
	url := ""
	if p.Can(right.Seen) {
		url = "/seen"
	}
	if o := w.State(); !o.Since.IsZero() {
		return []today.Todo{{Level: today.Red, Say: text.M("witness.todo.now", o.Since), Why: text.M("witness.todo.now.why"), URL: url}}, nil
	}
	if o := w.lastOutage(); !o.Until.IsZero() && p.Can(right.Seen) {
		return []today.Todo{{Level: today.Amber, Say: text.M("witness.todo.paper", o.Since, o.Until), Why: text.M("witness.todo.paper.why", o.Late, o.Dropped), URL: url}}, nil
	}
	return nil, nil
}

// seenPage shows who saw what.
type seenPage struct {
	Form    web.Form
	Asked   bool
	Rows    []seenRow
	Pager   web.Pager
	More    bool
	Limit   int
	Export  string
	Now     Outage
	Last    Outage
	Failing bool
	Open    bool
}

type seenRow struct {
	Seen
	Number string
	Place  string
	Glass  bool // by break-glass
	What   text.Msg
	More   string
}

func (w *Witness) form() web.Form {
	field := func(name string, kind web.FieldKind) web.Field {
		return web.Field{Name: name, Label: text.M("witness.field." + name), Kind: kind, Max: 60}
	}
	patient, staff := field("patient", web.TextField), field("staff", web.TextField)
	staff.Help = text.M("witness.help.staff")
	kind := field("kind", web.SelectField)
	kind.Options = []web.Option{{Value: "", Say: text.M("witness.kind.all")}, {Value: "glass", Say: text.M("witness.kind.glass")}}
	return web.Form{Action: "/seen", Submit: text.M("witness.show"), Fields: []web.Field{patient, staff, kind, field("from", web.DayField), field("to", web.DayField)}}
}

// asked reads the search from the URL.
func (w *Witness) asked(c *web.Call, f *web.Form) (Search, error) {
	var s Search
	for i := range f.Fields {
		f.Fields[i].Value = c.Query(f.Fields[i].Name)
	}
	s.Patient = c.Query("patient")
	if number := c.Query("staff"); number != "" {
		id, ok := "", false
		if w.cfg.Staff != nil {
			id, ok = w.cfg.Staff.Actor(number)
		}
		if !ok {
			return s, fault.New(fault.NotFound, "witness.staff.none", number)
		}
		s.Actor = id
	} else if c.Query("kind") == "glass" {
		s.Actor = "glass/"
	}
	var err error
	if s.From, err = day(c, "from", 0); err != nil {
		return s, err
	}
	s.To, err = day(c, "to", 1)
	return s, err
}

// day is the beginning of a day of the URL in the hospital's zone, plus so
// many days.
func day(c *web.Call, name string, plus int) (time.Time, error) {
	value := c.Query(name)
	if value == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, value, c.Zone())
	if err != nil {
		return t, fault.New(fault.Invalid, "witness.day", value).With(err)
	}
	return t.AddDate(0, 0, plus), nil
}

func (w *Witness) seen(c *web.Call) error {
	p := seenPage{Form: w.form(), Limit: maxSeen, Now: w.State(), Last: w.lastOutage()}
	p.Failing, p.Open = !p.Now.Since.IsZero(), !p.Last.Until.IsZero()
	s, err := w.asked(c, &p.Form)
	if err != nil {
		return err
	}
	all, more, err := w.find(c, s, "chart.seen.show")
	if err != nil {
		return err
	}
	p.Asked, p.More, p.Pager = s.Patient != "" || s.Actor != "", more, c.NewPager(len(all))
	p.Export = "/seen/export?" + c.R.URL.RawQuery
	from := min((c.PageNumber()-1)*web.PerPage, len(all))
	for _, seen := range all[from:min(from+web.PerPage, len(all))] {
		p.Rows = append(p.Rows, w.row(c, seen, false))
	}
	return c.Render("witness.seen", p)
}

// find looks, and writes down who looked.
func (w *Witness) find(c *web.Call, s Search, action string) ([]Seen, bool, error) {
	if s.Patient == "" && s.Actor == "" {
		return nil, false, nil
	}
	subject := "ledger"
	if s.Patient != "" {
		subject = Patient(s.Patient)
	}
	detail := map[string]any{}
	if s.Actor != "" {
		detail["staff"] = s.Actor
	}
	for name, at := range map[string]time.Time{"from": s.From, "to": s.To} {
		if !at.IsZero() {
			detail[name] = at
		}
	}
	if err := w.Note(c.Ctx(), ledger.ActorOf(c), action, subject, detail); err != nil {
		return nil, false, err
	}
	return w.Find(c.Ctx(), s)
}

func (w *Witness) row(c *web.Call, s Seen, full bool) seenRow {
	r := seenRow{Seen: s, What: c.Known(text.M("ledger.act." + s.Action)), More: w.details(c, s, full)}
	if r.What.Zero() {
		r.What = text.Raw(s.Action)
	}
	r.Glass = strings.HasPrefix(s.Actor, "glass/")
	if w.cfg.Staff != nil {
		r.Number, r.Place = w.cfg.Staff.Number(s.Actor)
	}
	return r
}

func (w *Witness) export(c *web.Call) error {
	f := w.form()
	s, err := w.asked(c, &f)
	if err != nil {
		return err
	}
	all, more, err := w.find(c, s, "chart.seen.export")
	if err != nil {
		return err
	}
	if more {
		return fault.New(fault.TooLarge, "witness.export.many", maxSeen)
	}
	var head []string
	for _, col := range []string{"line", "at", "late", "number", "name", "place", "via", "act", "patient", "detail"} {
		head = append(head, c.T("witness.col."+col))
	}
	rows := [][]string{head}
	for _, seen := range all {
		r := w.row(c, seen, true)
		late := ""
		if r.Late {
			late = c.T("witness.late.at", r.Written)
		}
		rows = append(rows, []string{strconv.FormatInt(r.Seq, 10), r.At.In(c.Zone()).Format("2006-01-02 15:04:05"), late, r.Number, r.Name,
			r.Place, r.Via, c.Say(r.What), r.Patient, r.More})
	}
	var out bytes.Buffer
	if err := sheet.WriteCSV(&out, rows, sheet.UTF8BOM); err != nil {
		return err
	}
	return c.Download("toride-seen-"+c.Now.In(c.Zone()).Format("20060102-1504")+".csv", "text/csv; charset=utf-8", out.Bytes())
}

// acknowledge says that somebody saw to the paper of an outage.
func (w *Witness) acknowledge(c *web.Call) error {
	last := w.lastOutage()
	if last.Until.IsZero() {
		return fault.New(fault.Conflict, "witness.outage.none")
	}
	if err := w.book.Note(c.Ctx(), ledger.ActorOf(c), acknowledged, "ledger", last); err != nil {
		return err
	}
	w.mu.Lock()
	if w.last == last {
		w.last = Outage{}
	}
	w.mu.Unlock()
	return c.Redirect("/seen", text.M("witness.outage.done"))
}

// formPage is the paper that takes the ledger's place.
type formPage struct {
	Hospital string
	Rows     []int
}

// formRows fit on one sheet of A4.
const formRows = 18

func paperForm(c *web.Call) error {
	p := formPage{Hospital: c.Hospital()}
	for i := range formRows {
		p.Rows = append(p.Rows, i+1)
	}
	return c.RenderStatus(http.StatusOK, "witness.form", p)
}
