package clock

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/incident/pack"
)

//go:embed holidays.json rules.json
var files embed.FS

// Standing says how sure a year's holidays are.
type Standing string

// How sure a year's holidays are. In an Expected year the two equinox days are
// computed from astronomy; the government fixes them in the February before.
const (
	Official Standing = "official"
	Expected Standing = "expected"
)

// Holiday is one closed day by law, or one added by the hospital.
type Holiday struct {
	Day      string     `json:"day"` // 2006-01-02
	Name     pack.Words `json:"name"`
	Computed bool       `json:"computed,omitempty"` // an equinox not yet compared with the official list
	Added    bool       `json:"-"`                  // put in by the hospital, not from the pack
}

// Year is the holidays of one calendar year.
type Year struct {
	Year     int       `json:"year"`
	Standing Standing  `json:"standing"`
	Holidays []Holiday `json:"holidays"`
}

// Holidays is the pack of public holidays.
type Holidays struct {
	Head  pack.Head `json:"head"`
	Years []Year    `json:"years"`
}

// PackHead gives the pack's head.
func (h Holidays) PackHead() pack.Head { return h.Head }

// ShippedHolidays reads the pack that is built in.
func ShippedHolidays() (Holidays, error) {
	data, err := files.ReadFile("holidays.json")
	if err != nil {
		return Holidays{}, err
	}
	return ParseHolidays(data)
}

// ParseHolidays reads and checks a pack of holidays: each day lies in its
// year, no day stands twice, years do not repeat.
func ParseHolidays(data []byte) (Holidays, error) {
	h, err := pack.Read[Holidays](data)
	if err != nil {
		return Holidays{}, err
	}
	if len(h.Years) == 0 {
		return Holidays{}, errors.New("clock: no years of holidays")
	}
	_, err = NewCalendar(h, nil)
	return h, err
}

// Calendar knows which days are closed. It is read-only after NewCalendar and
// may be shared.
type Calendar struct {
	head  pack.Head
	days  map[Day]Holiday
	years map[int]Standing
}

// NewCalendar joins the pack with the days that the hospital added. An added
// day that the pack marks as computed confirms it.
func NewCalendar(h Holidays, added []Holiday) (*Calendar, error) {
	c := &Calendar{head: h.Head, days: map[Day]Holiday{}, years: map[int]Standing{}}
	for _, y := range h.Years {
		if _, twice := c.years[y.Year]; twice {
			return nil, fmt.Errorf("clock: year %d stands twice", y.Year)
		}
		if y.Standing != Official && y.Standing != Expected {
			return nil, fmt.Errorf("clock: year %d: standing %q is not known", y.Year, y.Standing)
		}
		c.years[y.Year] = y.Standing
		for _, hol := range y.Holidays {
			d, err := ParseDay(hol.Day)
			if err != nil {
				return nil, err
			}
			if _, twice := c.days[d]; twice || d.Year() != y.Year || !hol.Name.Whole() {
				return nil, fmt.Errorf("clock: holiday %s: twice, in the wrong year, or without a name", hol.Day)
			}
			c.days[d] = hol
		}
	}
	for _, hol := range added {
		d, err := ParseDay(hol.Day)
		if err != nil {
			return nil, err
		}
		hol.Added, hol.Computed = true, false
		c.days[d] = hol
	}
	return c, nil
}

// Head gives the head of the pack behind the calendar.
func (c *Calendar) Head() pack.Head { return c.head }

// Why says why a day is closed.
type Why string

// Why a day is closed; Open is the empty string.
const (
	Open      Why = ""
	Weekend   Why = "weekend"
	YearEnd   Why = "yearend" // 29 December to 3 January
	ByHoliday Why = "holiday"
)

// Closed says whether offices are closed on the day and why. The holiday is
// set when one falls on that day, even on a weekend.
func (c *Calendar) Closed(d Day) (Why, Holiday) {
	hol, ok := c.days[d]
	_, m, day := d.t.Date()
	switch {
	case d.Weekday() == time.Saturday || d.Weekday() == time.Sunday:
		return Weekend, hol
	case m == time.December && day >= 29, m == time.January && day <= 3:
		return YearEnd, hol
	case ok:
		return ByHoliday, hol
	}
	return Open, Holiday{}
}

// Covers reports whether the pack has the holidays of the year.
func (c *Calendar) Covers(year int) bool {
	_, ok := c.years[year]
	return ok
}

// Year gives the holidays of one year, sorted, with those added by the
// hospital. The standing is empty for a year that the pack does not have.
func (c *Calendar) Year(year int) (Standing, []Holiday) {
	var out []Holiday
	for d, hol := range c.days {
		if d.Year() == year {
			out = append(out, hol)
		}
	}
	slices.SortFunc(out, func(a, b Holiday) int {
		if a.Day < b.Day {
			return -1
		}
		return 1
	})
	return c.years[year], out
}

// Years lists the years that the pack covers, sorted.
func (c *Calendar) Years() []int {
	out := make([]int, 0, len(c.years))
	for y := range c.years {
		out = append(out, y)
	}
	slices.Sort(out)
	return out
}

// Coverage says how far the calendar reaches between two days, both included:
// years without data, and computed days that nobody has compared yet.
func (c *Calendar) Coverage(from, to Day) (missing []int, computed []Holiday) {
	for y := from.Year(); y <= to.Year(); y++ {
		standing, days := c.Year(y)
		if standing == "" {
			missing = append(missing, y)
		}
		for _, hol := range days {
			d, err := ParseDay(hol.Day)
			if err == nil && hol.Computed && !d.Before(from) && !to.Before(d) {
				computed = append(computed, hol)
			}
		}
	}
	return missing, computed
}
