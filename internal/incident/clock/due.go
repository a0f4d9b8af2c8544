package clock

// Step is one closed day over which a last day was moved.
type Step struct {
	Day     Day
	Why     Why
	Holiday Holiday // set when Why is ByHoliday, or when a holiday falls on it too
}

// Due is a last day and how it came about.
type Due struct {
	Day          Day    // the last day
	Raw          Day    // day 1 plus the days of the rule, before closed days
	Steps        []Step // closed days passed over, in order
	MissingYears []int  // years whose holidays are not known and that mattered
	Computed     []Holiday
}

// Sure reports whether nothing about the calendar needs a second look.
func (d Due) Sure() bool { return len(d.MissingYears) == 0 && len(d.Computed) == 0 }

// maxSteps bounds the search for an open day; the longest row of closed days
// ever was ten (2019). A calendar full of added days ends here.
const maxSteps = 31

// Count gives day n when the day of knowing is day 1. It never moves.
func Count(known Day, n int) Day { return known.Add(n - 1) }

// Last gives the last day of a rule of n days (n ≥ 1): day n, moved forward to
// the next open day. When the holidays of the year that decides are missing,
// the day given is the earliest possible one and the year is named, so that a
// reader works towards the stricter date. Cost: one map look-up per closed day.
func (c *Calendar) Last(known Day, n int) Due {
	due := Due{Raw: Count(known, n)}
	due.Day = due.Raw
	for range maxSteps {
		why, hol := c.Closed(due.Day)
		if hol.Computed && why == ByHoliday {
			due.Computed = append(due.Computed, hol)
		}
		if why == Open {
			break
		}
		due.Steps = append(due.Steps, Step{Day: due.Day, Why: why, Holiday: hol})
		due.Day = due.Day.Add(1)
	}
	c.doubts(&due)
	return due
}

// doubts names what was not known where it decided: the year of the day that
// was taken for open, and computed equinoxes next to it, which may still move
// by one day.
func (c *Calendar) doubts(due *Due) {
	if !c.Covers(due.Day.Year()) {
		due.MissingYears = append(due.MissingYears, due.Day.Year())
	}
	for _, n := range []int{-1, 1} {
		near, ok := c.days[due.Day.Add(n)]
		if !ok || !near.Computed {
			continue
		}
		seen := false
		for _, h := range due.Computed {
			seen = seen || h.Day == near.Day
		}
		if !seen {
			due.Computed = append(due.Computed, near)
		}
	}
}
