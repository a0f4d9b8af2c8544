package access

import (
	"bytes"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// VendorsPage lists the vendors with their figures of one month.
type VendorsPage struct {
	Month      time.Time
	Prev, Next string
	Rows       []VendorRow
}

// PageTitle names the month.
func (p VendorsPage) PageTitle() text.Msg {
	return text.M("access.vendors.title", text.M("access.month", monthArgs(p.Month)...))
}

// VendorRow is one vendor's month in figures.
type VendorRow struct {
	Name, URL string
	Sum       Sum
}

// MonthPage is one vendor's month.
type MonthPage struct {
	Vendor     string
	VendorID   string
	Month      time.Time
	Prev, Next string
	Sum        Sum
	Rows       []MonthRow
	CSV        string
}

// PageTitle names vendor and month.
func (p MonthPage) PageTitle() text.Msg {
	return text.M("access.month.title", p.Vendor, text.M("access.month", monthArgs(p.Month)...))
}

// MonthRow is one request of the month.
type MonthRow struct {
	Row
	Opened, Closed time.Time
	Used           string // hours and minutes open, 1:50
	Late           bool
	Review         text.Msg
}

// Sum is the figures of requests whose window begins in one month.
type Sum struct {
	Windows   int           // requests asked for, whatever became of them
	Used      int           // of those, opened
	Planned   time.Duration // sum of the windows that were opened
	Open      time.Duration // how long the line really stood open
	Late      int           // shut after end and grace, or still open beyond it
	Emergency int
	AsPlanned int
	Question  int
	Incident  int
	Unlooked  int // shut and not reviewed
}

// Hours writes a duration as hours and minutes, 1:50.
func Hours(t time.Duration) string {
	m := int(t.Round(time.Minute).Minutes())
	return fmt.Sprintf("%d:%02d", m/60, m%60)
}

// PlannedHours is Hours(Planned).
func (s Sum) PlannedHours() string { return Hours(s.Planned) }

// OpenHours is Hours(Open).
func (s Sum) OpenHours() string { return Hours(s.Open) }

// Add counts one request.
func (u Rules) Add(s Sum, r Request, now time.Time) Sum {
	s.Windows++
	if r.Emergency {
		s.Emergency++
	}
	if r.Opening == nil {
		return s
	}
	s.Used++
	s.Planned += r.Until.Sub(r.From)
	s.Open += r.Used(now)
	if u.CloseOverdue(r, now) || r.Closing != nil && r.Closing.Late {
		s.Late++
	}
	switch v := r.LastReview(); {
	case v == nil && r.Closing != nil:
		s.Unlooked++
	case v == nil:
	case v.Result == AsPlanned:
		s.AsPlanned++
	case v.Result == Question:
		s.Question++
	case v.Result == Incident:
		s.Incident++
	}
	return s
}

// begun gives the requests whose window begins in the month.
func (d *Desk) begun(c *web.Call, vendor string, month time.Time) ([]Request, error) {
	return d.list(c.Ctx(), "(?1 = '' OR vendor = ?1) AND from_at >= ?2 AND from_at < ?3 ORDER BY from_at, id",
		vendor, stamp.Text(month), stamp.Text(month.AddDate(0, 1, 0)))
}

func (d *Desk) vendorsPage(c *web.Call) error {
	vendor := vendorOf(c.Person)
	if vendor == unbound {
		return Fault(refuse(Outsider))
	}
	if vendor != "" {
		return c.Redirect("/access/vendors/"+vendor, text.Msg{})
	}
	month := d.month(c)
	found, err := d.begun(c, "", month)
	if err != nil {
		return err
	}
	p := VendorsPage{Month: month, Prev: month.AddDate(0, -1, 0).Format("2006-01"), Next: month.AddDate(0, 1, 0).Format("2006-01")}
	at := map[string]int{}
	for _, r := range found {
		i, ok := at[r.VendorID]
		if !ok {
			i = len(p.Rows)
			at[r.VendorID] = i
			p.Rows = append(p.Rows, VendorRow{Name: r.VendorName, URL: "/access/vendors/" + r.VendorID + "?month=" + month.Format("2006-01")})
		}
		p.Rows[i].Sum = d.rules.Add(p.Rows[i].Sum, r, c.Now)
	}
	return c.Render("access.vendors", p)
}

// monthOf gathers a vendor's month; another vendor's is not found.
func (d *Desk) monthOf(c *web.Call) (MonthPage, error) {
	id := c.Path("id")
	if own := vendorOf(c.Person); own != "" && own != id {
		if err := d.foreign(c, "access/vendor/"+id); err != nil {
			return MonthPage{}, err
		}
		return MonthPage{}, fault.New(fault.NotFound, "access.vendor_not_found")
	}
	vendor, err := d.register.Vendor(c.Ctx(), id)
	if err != nil {
		return MonthPage{}, err
	}
	month := d.month(c)
	found, err := d.begun(c, id, month)
	if err != nil {
		return MonthPage{}, err
	}
	p := MonthPage{
		Vendor: vendor.Name, VendorID: id, Month: month, Prev: month.AddDate(0, -1, 0).Format("2006-01"), Next: month.AddDate(0, 1, 0).Format("2006-01"),
		CSV: "/access/vendors/" + id + "/month.csv?month=" + month.Format("2006-01"),
	}
	for _, r := range found {
		p.Sum = d.rules.Add(p.Sum, r, c.Now)
		p.Rows = append(p.Rows, d.monthRow(r, c.Now))
	}
	return p, nil
}

func (d *Desk) monthRow(r Request, now time.Time) MonthRow {
	row := MonthRow{Row: d.row(r, now), Late: d.rules.CloseOverdue(r, now), Review: text.M("access.review.none")}
	if r.Opening != nil {
		row.Opened, row.Used = r.Opening.At, Hours(r.Used(now))
	} else {
		row.Review = text.M("access.review.unused")
	}
	if r.Closing != nil {
		row.Closed, row.Late = r.Closing.At, r.Closing.Late
	}
	if v := r.LastReview(); v != nil {
		row.Review = text.M("access.result." + string(v.Result))
	}
	return row
}

func (d *Desk) monthPage(c *web.Call) error {
	p, err := d.monthOf(c)
	if err != nil {
		return err
	}
	return c.Render("access.month", p)
}

func (d *Desk) monthCSV(c *web.Call) error {
	p, err := d.monthOf(c)
	if err != nil {
		return err
	}
	var heading []string
	for _, name := range []string{"number", "line", "purpose", "from", "until", "opened_at", "closed_at", "used", "late", "emergency", "state", "review"} {
		heading = append(heading, c.T("access.csv."+name))
	}
	clockOf := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(d.rules.Zone).Format("2006-01-02 15:04")
	}
	yes := func(b bool) string {
		if b {
			return c.T("access.answer.yes")
		}
		return c.T("access.answer.no")
	}
	rows := [][]string{heading}
	for _, r := range p.Rows {
		rows = append(rows, []string{r.Number, r.Line, r.Purpose, clockOf(r.From), clockOf(r.Until), clockOf(r.Opened), clockOf(r.Closed),
			r.Used, yes(r.Late), yes(r.Emergency), c.Say(r.Mark.Say), c.Say(r.Review)})
	}
	var out bytes.Buffer
	if err := sheet.WriteCSV(&out, rows, sheet.UTF8BOM); err != nil {
		return err
	}
	return c.Download("access-"+p.Month.Format("2006-01")+".csv", "text/csv; charset=utf-8", out.Bytes())
}
