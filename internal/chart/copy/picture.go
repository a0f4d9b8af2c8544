package copy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// AgePicture shows how old the newest copy on each medium is, beside the limit.
type AgePicture struct {
	Width, Height int
	Limit         int // x of the limit; 0: none
	LimitHours    int
	Bars          []AgeBar
}

// AgeBar is one medium.
type AgeBar struct {
	Label      string
	Y, TextY   int
	W          int
	Hours      int
	None, Over bool
	Days       int
}

const (
	ageLeft  = 180 // where bars begin
	ageWidth = 420
	ageRow   = 34
)

// agePicture draws a bar for each medium; the axis ends at four times the
// limit, and what is older ends there with its number beside it.
func agePicture(k known) AgePicture {
	p := AgePicture{Width: ageLeft + ageWidth + 120, Height: 24 + ageRow*max(1, len(k.media)), LimitHours: k.maxAge()}
	most := 4 * p.LimitHours
	if most == 0 {
		most = 96
	} else {
		p.Limit = ageLeft + ageWidth/4
	}
	for i, m := range k.media {
		b := AgeBar{Label: shorten(m.Label, 12), Y: 20 + i*ageRow, None: m.Made.IsZero()}
		b.TextY = b.Y + 17
		if !b.None {
			b.Hours = hours(k.now.Sub(m.Made))
			b.Days = b.Hours / 24
			b.W = max(2, ageWidth*min(b.Hours, most)/most)
			b.Over = p.LimitHours > 0 && b.Hours > p.LimitHours
		}
		p.Bars = append(p.Bars, b)
	}
	return p
}

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// CountsPicture shows the files of each type on the last days: a small chart
// for each type, all with the same days, each with its own height.
type CountsPicture struct {
	Width  int
	From   time.Time
	Until  time.Time
	Charts []CountsChart
	More   int // types that are not drawn
}

// CountsChart is one type.
type CountsChart struct {
	Kind   string
	Total  int64
	Most   int64
	Last   int64
	Path   string // of the bars, one path for speed
	Height int
}

const (
	chartDays   = 63
	chartBar    = 9
	chartHeight = 40
	chartKinds  = 40
)

// countsPicture draws the days before as-of.
func countsPicture(counts map[string]map[int]int64, asOf time.Time) CountsPicture {
	p := CountsPicture{Width: chartDays * chartBar, From: asOf.AddDate(0, 0, -chartDays), Until: asOf.AddDate(0, 0, -1)}
	kinds := slices.Collect(maps.Keys(counts))
	slices.SortFunc(kinds, func(a, b string) int {
		if isStandard(a) != isStandard(b) {
			if isStandard(a) {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, kind := range kinds {
		if len(p.Charts) == chartKinds {
			p.More++
			continue
		}
		c := CountsChart{Kind: kind, Height: chartHeight}
		var bars [chartDays]int64
		for i := range bars {
			bars[i] = counts[kind][dayNumber(p.From.AddDate(0, 0, i))]
			c.Most = max(c.Most, bars[i])
		}
		for _, n := range counts[kind] {
			c.Total += n
		}
		c.Last = bars[chartDays-1]
		var path strings.Builder
		for i, n := range bars {
			if n > 0 {
				h := max(1, int(int64(chartHeight-4)*n/c.Most))
				fmt.Fprintf(&path, "M%d %dh%dv%dh-%dz", i*chartBar, chartHeight-1, chartBar-2, -h, chartBar-2)
			}
		}
		c.Path = path.String()
		p.Charts = append(p.Charts, c)
	}
	return p
}

// clockText writes minutes of a day as 08:30.
func clockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
