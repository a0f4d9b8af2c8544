package access

import (
	"cmp"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// ListPage is the first page of the room: what is open, what waits.
type ListPage struct {
	Open, Waiting, Looking, Upcoming, Lapsed []Row
	Standing                                 []StandingRow
	LinesUnknown                             int // lines whose hours nobody entered
	CanAsk                                   bool
	Vendor                                   bool // the reader is a vendor's person
}

// StandingRow is a line that the register calls always open.
type StandingRow struct {
	ID, Name, Device, Vendor, Purpose string
	RDP                               bool
	Mark                              web.Mark
}

func (d *Desk) listPage(c *web.Call) error {
	vendor := vendorOf(c.Person)
	live, err := d.live(c.Ctx(), vendor)
	if err != nil {
		return err
	}
	p := ListPage{CanAsk: c.Person.Can(PermRequest), Vendor: vendor != ""}
	for _, r := range live {
		d.sort(&p, r, c.Now)
	}
	worst(p.Open)
	worst(p.Looking)
	if vendor == "" {
		if p.Standing, p.LinesUnknown, err = d.standingRows(c); err != nil {
			return err
		}
	}
	return c.Render("access.list", p)
}

// sort puts a live request into the part of the page to which it belongs. One
// that is open and waits for an approval stands in both.
func (d *Desk) sort(p *ListPage, r Request, now time.Time) {
	row := d.row(r, now)
	if r.Unapproved() || r.Pending() != nil && (r.State == Approved || r.State == Opened) {
		waiting := row
		if r.Pending() != nil {
			waiting.Mark = web.Mark{Level: web.Warn, Say: text.M("access.mark.extension")}
		}
		p.Waiting = append(p.Waiting, waiting)
	}
	switch r.State {
	case Opened:
		p.Open = append(p.Open, row)
	case Closed, Reviewed:
		p.Looking = append(p.Looking, row)
	case Asked, Approved:
		switch {
		case r.Lapsed(now):
			p.Lapsed = append(p.Lapsed, row)
		case r.State == Asked:
			p.Waiting = append(p.Waiting, row)
		default:
			p.Upcoming = append(p.Upcoming, row)
		}
	}
}

// worst puts red rows first and keeps the order of time otherwise.
func worst(rows []Row) {
	rank := map[web.Level]int{web.Danger: 0, web.Warn: 1}
	of := func(r Row) int {
		if n, ok := rank[r.Mark.Level]; ok {
			return n
		}
		return 2
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(of(a), of(b)) })
}

func (d *Desk) standingRows(c *web.Call) (rows []StandingRow, unknown int, err error) {
	lines, err := d.register.Lines(c.Ctx())
	if err != nil {
		return nil, 0, err
	}
	names, err := d.vendorNames(c)
	if err != nil {
		return nil, 0, err
	}
	for _, l := range lines {
		switch {
		case l.Hours == asset.HoursUnknown:
			unknown++
		case l.Standing():
			rows = append(rows, StandingRow{
				ID: l.ID, Name: l.Name, Device: l.Device(), Vendor: names[l.VendorID], Purpose: l.Purpose, RDP: l.RDP == asset.Yes,
				Mark: web.Mark{Level: web.Danger, Say: text.M("access.mark.standing")},
			})
		}
	}
	return rows, unknown, nil
}

func (d *Desk) vendorNames(c *web.Call) (map[string]string, error) {
	vendors, err := d.register.Vendors(c.Ctx())
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, v := range vendors {
		names[v.ID] = v.Name
	}
	return names, nil
}

// AllPage is the long list with filters in the URL.
type AllPage struct {
	Rows   []Row
	Pager  web.Pager
	Form   Find
	States []web.Option
	Lines  []web.Option
}

func (d *Desk) allPage(c *web.Call) error {
	vendor := vendorOf(c.Person)
	f := Find{State: c.Query("state"), Line: c.Query("line"), Vendor: c.Query("vendor"),
		Limit: web.PerPage, Offset: (c.PageNumber() - 1) * web.PerPage}
	if vendor != "" {
		f.Vendor = vendor
	}
	found, total, err := d.Find(c.Ctx(), f)
	if err != nil {
		return err
	}
	p := AllPage{Rows: d.rows(found, c.Now), Pager: c.NewPager(total), Form: f}
	p.States = []web.Option{{Say: text.M("access.any")}}
	for _, s := range States() {
		p.States = append(p.States, web.Option{Value: string(s), Say: text.M("access.state." + string(s))})
	}
	if vendor == "" {
		lines, err := d.register.Lines(c.Ctx())
		if err != nil {
			return err
		}
		p.Lines = []web.Option{{Say: text.M("access.any")}}
		for _, l := range lines {
			p.Lines = append(p.Lines, web.Option{Value: l.ID, Say: text.Raw(l.Name)})
		}
	}
	return c.Render("access.all", p)
}

// CalendarPage is one month, drawn by the server, printed on A4.
type CalendarPage struct {
	Month          time.Time // its first day
	Prev, Next     string    // 2026-10
	Weeks          [][]DayCell
	Rows           []Row // the same as a list, for readers of small screens
	Vendor, CanAsk bool
}

// PageTitle names the month.
func (p CalendarPage) PageTitle() text.Msg {
	return text.M("access.calendar.title", text.M("access.month", monthArgs(p.Month)...))
}

// monthArgs gives the year without a separator, and the month's name.
func monthArgs(m time.Time) []any {
	return []any{m.Format("2006"), text.M("access.month." + m.Format("1"))}
}

// DayCell is one day of the calendar.
type DayCell struct {
	Day     time.Time
	Other   bool // of the month before or after
	Today   bool
	Windows []CellRow
}

// CellRow is one window on one day: From and Until are cut to the day and
// written 15:04; 24:00 stands for the end of the day.
type CellRow struct {
	Row
	Start, End string
}

func (d *Desk) calendarPage(c *web.Call) error {
	month := d.month(c)
	first := month.AddDate(0, 0, -int(month.Weekday()))
	end := month.AddDate(0, 1, 0)
	last := end.AddDate(0, 0, (7-int(end.Weekday()))%7)
	vendor := vendorOf(c.Person)
	found, err := d.touching(c.Ctx(), vendor, first, last)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(r Request) bool { return r.State == Refused || r.State == Cancelled })
	p := CalendarPage{
		Month: month, Prev: month.AddDate(0, -1, 0).Format("2006-01"), Next: end.Format("2006-01"),
		Vendor: vendor != "", CanAsk: c.Person.Can(PermRequest),
	}
	for day := first; day.Before(last); day = day.AddDate(0, 0, 7) {
		week := make([]DayCell, 7)
		for i := range week {
			week[i] = d.cell(day.AddDate(0, 0, i), month, found, c.Now)
		}
		p.Weeks = append(p.Weeks, week)
	}
	for _, r := range found {
		if _, ends := d.span(r, c.Now); r.From.Before(end) && ends.After(month) {
			p.Rows = append(p.Rows, d.row(r, c.Now))
		}
	}
	return c.Render("access.calendar", p)
}

// month reads ?month=2026-11, the month of now when it is missing or senseless.
func (d *Desk) month(c *web.Call) time.Time {
	m, err := time.ParseInLocation("2006-01", c.Query("month"), d.rules.Zone)
	if err != nil || m.Year() < 2000 || m.Year() > 2200 {
		now := c.Now.In(d.rules.Zone)
		return time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, d.rules.Zone)
	}
	return m
}

// span gives the time that a window takes on the calendar: as planned, or as
// it was when it was opened early or shut late, or still stands open.
func (d *Desk) span(r Request, now time.Time) (from, until time.Time) {
	from, until = r.From, r.Until
	if r.Opening != nil && r.Opening.At.Before(from) {
		from = r.Opening.At
	}
	end := now
	if r.Closing != nil {
		end = r.Closing.At
	}
	if r.Opening != nil && end.After(until) {
		until = end
	}
	return from, until
}

func (d *Desk) cell(day, month time.Time, found []Request, now time.Time) DayCell {
	next := day.AddDate(0, 0, 1)
	cell := DayCell{Day: day, Other: day.Month() != month.Month(), Today: !now.Before(day) && now.Before(next)}
	for _, r := range found {
		from, until := d.span(r, now)
		if !from.Before(next) || !until.After(day) {
			continue
		}
		w := CellRow{Row: d.row(r, now), Start: "00:00", End: "24:00"}
		if from.After(day) {
			w.Start = from.In(d.rules.Zone).Format("15:04")
		}
		if until.Before(next) {
			w.End = until.In(d.rules.Zone).Format("15:04")
		}
		cell.Windows = append(cell.Windows, w)
	}
	return cell
}
