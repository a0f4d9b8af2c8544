package chart

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// Sizes of a trend's picture, in the units of its view box.
const (
	trendWide   = 720
	trendHigh   = 232
	trendLeft   = 62
	trendRight  = 18
	trendTop    = 16
	trendBottom = 30
	trendTicks  = 6
	trendRoom   = 92 // for the words of a day
)

// Trend is the line of one item in one unit over time, made of the numbers that
// its results read as. The results stand as sent in the table behind it; what
// is no number has no point. The same results give the same picture.
type Trend struct {
	Key           string
	Name, Unit    string
	Specimen      string
	Width, Height int
	Left, Right   int // of the field inside
	Top, Bottom   int
	Bands         []TrendBand // ranges as sent, where they are understood
	Rows          []TrendTick // lines across, with a number
	Days          []TrendTick // marks below, with a day
	Lines         []TrendLine
	Points        []TrendPoint
	Words         []TrendPoint // results that are no numbers: a cross at the foot
	Odd           int          // results left out: withdrawn, deleted, without time
	Ranges        int          // how many different ranges were sent
}

// TrendTick is a line of the grid, or a mark below it.
type TrendTick struct {
	At     int
	TextY  int
	Anchor string // of the words at a day: middle, or end at the right edge
	Label  string
}

// TrendBand is the range of reference from one result to the next.
type TrendBand struct{ X, Y, W, H int }

// TrendLine joins points. It is broken where a number stands for "less than" or
// "more than", because the value between is not known.
type TrendLine struct {
	Points string
	Broken bool
}

// TrendPoint is one result.
type TrendPoint struct {
	X, Y  int
	Shape string // polygon's points, "" is a circle
	Open  bool   // preliminary: not final
	Label string // time and value as sent
	Text  string // beside the point: only of values with a comparator
}

// sample is a result with what the picture needs of it.
type sample struct {
	lab    *model.Lab
	minute int64
	value  float64
	sign   string
	number bool
	range_ span
}

// span is a range of reference; an open end is infinite.
type span struct {
	low, high float64
	ok        bool
}

// seriesKey tells results that may be compared: what the source says stands in
// one row (item and unit), else the item by code and system, or by name, in the
// same unit; and the same specimen.
func seriesKey(l *model.Lab) string {
	item := l.Line
	if item == "" {
		item = l.Item.Get().Code + "\x00" + l.Item.Get().System
		if l.Item.Get().Code == "" {
			item = l.Item.Get().Show
		}
		item += "\x01" + unitKey(l.Unit.Get())
	}
	return item + "\x02" + l.Specimen.Get().Show
}

// unitKey is a unit as sent: units that only look alike are not the same.
func unitKey(u model.Text) string { return cmp.Or(u.Code, u.Show) }

// drawable reports whether a result may stand in a line at all.
func drawable(l *model.Lab) bool {
	switch l.Stage {
	case view.Withdrawn, view.Impossible, view.Ordered, view.Pending:
		return false
	}
	return l.Life == view.Live || l.Life == ""
}

// drawTrend draws results of one series.
func drawTrend(labs []*model.Lab, p Printer) Trend {
	t := Trend{Width: trendWide, Height: trendHigh, Left: trendLeft, Right: trendWide - trendRight, Top: trendTop, Bottom: trendHigh - trendBottom}
	if len(labs) > 0 {
		t.Key, t.Name, t.Unit, t.Specimen = seriesKey(labs[0]), labs[0].Item.Get().Show, labs[0].Unit.Get().Show, labs[0].Specimen.Get().Show
	}
	samples := t.samples(labs)
	if len(samples) == 0 {
		return t
	}
	low, high, ok := extent(samples)
	if ok {
		step := niceStep((high - low) / trendTicks)
		low, high = math.Floor(low/step)*step, math.Ceil(high/step)*step
		t.rows(low, high, step)
	}
	x := t.across(samples, p)
	y := func(v float64) int {
		v = max(low, min(high, v))
		return t.Bottom - int(math.Round((v-low)/(high-low)*float64(t.Bottom-t.Top)))
	}
	if ok {
		t.bands(samples, x, y)
		t.lines(samples, x, y)
	}
	t.points(samples, p, x, y)
	return t
}

// samples sorts the results by time, oldest first.
func (t *Trend) samples(labs []*model.Lab) []sample {
	var out []sample
	for _, l := range labs {
		minute, ok := minuteOf(l.Collected.Stamp)
		if !ok || !drawable(l) || len(l.Values) == 0 {
			t.Odd++
			continue
		}
		s := sample{lab: l, minute: minute, range_: rangeOf(l.Range.Get().Show)}
		if l.Key.Get().OK && l.Key.Get().Value.Class == view.Numeric && !math.IsNaN(l.Key.Get().Value.Number) && !math.IsInf(l.Key.Get().Value.Number, 0) {
			s.number, s.value, s.sign = true, l.Key.Get().Value.Number, l.Key.Get().Value.Comparator
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b sample) int { return cmp.Compare(a.minute, b.minute) })
	seen := map[span]bool{}
	for _, s := range out {
		if s.range_.ok && !seen[s.range_] {
			seen[s.range_] = true
			t.Ranges++
		}
	}
	return out
}

// extent gives the lowest and highest number to show: all values, and the
// ranges unless they lie so far away that the line would become flat.
func extent(samples []sample) (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, s := range samples {
		if s.number {
			low, high, ok = min(low, s.value), max(high, s.value), true
		}
	}
	if !ok {
		return 0, 0, false
	}
	width := max(high-low, math.Abs(high)*0.25)
	for _, s := range samples {
		for _, edge := range []float64{s.range_.low, s.range_.high} {
			if s.range_.ok && !math.IsInf(edge, 0) && edge > low-4*width && edge < high+4*width {
				low, high = min(low, edge), max(high, edge)
			}
		}
	}
	if high-low < 1e-9*max(1, math.Abs(high)) {
		pad := max(math.Abs(high)*0.1, 0.5)
		low, high = low-pad, high+pad
	}
	return low, high, true
}

// niceStep is the next larger of 1, 2 and 5 times a power of ten.
func niceStep(rough float64) float64 {
	if rough <= 0 || math.IsNaN(rough) || math.IsInf(rough, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, f := range []float64{1, 2, 5} {
		if rough <= f*power*(1+1e-9) {
			return f * power
		}
	}
	return 10 * power
}

func (t *Trend) rows(low, high, step float64) {
	n := int(math.Round((high - low) / step))
	decimals := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	for i := 0; i <= n; i++ {
		v := low + float64(i)*step
		at := t.Bottom - int(math.Round(float64(i)/float64(n)*float64(t.Bottom-t.Top)))
		t.Rows = append(t.Rows, TrendTick{At: at, TextY: at + 4, Label: strconv.FormatFloat(v, 'f', decimals, 64)})
	}
}

// across places times from left to right and marks some days below.
func (t *Trend) across(samples []sample, p Printer) func(int64) int {
	first, last := samples[0].minute, samples[len(samples)-1].minute
	left, right := t.Left+14, t.Right-14
	if first == last {
		middle := (left + right) / 2
		t.Days = append(t.Days, TrendTick{At: middle, TextY: t.Bottom + 18, Anchor: "middle", Label: p.Day(minuteDay(first))})
		return func(int64) int { return middle }
	}
	x := func(m int64) int {
		return left + int(math.Round(float64(m-first)/float64(last-first)*float64(right-left)))
	}
	taken := -trendWide
	for i, s := range samples {
		at := x(s.minute)
		// The first and the last day are always named, others where there is room.
		if i > 0 && s.minute != last && (at-taken < trendRoom || x(last)-at < trendRoom*3/2) || i > 0 && s.minute == last && at == taken {
			continue
		}
		taken = at
		tick := TrendTick{At: at, TextY: t.Bottom + 18, Anchor: "middle", Label: p.Day(minuteDay(s.minute))}
		if at > t.Right-trendRoom/2 {
			tick.Anchor = "end"
		}
		t.Days = append(t.Days, tick)
	}
	return x
}

// bands draws each range from its first result to the first one with another.
func (t *Trend) bands(samples []sample, x func(int64) int, y func(float64) int) {
	for i := 0; i < len(samples); {
		k := i + 1
		for k < len(samples) && samples[k].range_ == samples[i].range_ {
			k++
		}
		r := samples[i].range_
		from, to := t.Left, t.Right
		if i > 0 {
			from = (x(samples[i-1].minute) + x(samples[i].minute)) / 2
		}
		if k < len(samples) {
			to = (x(samples[k-1].minute) + x(samples[k].minute)) / 2
		}
		if r.ok && to > from {
			top, bottom := y(r.high), y(r.low)
			if bottom > top {
				t.Bands = append(t.Bands, TrendBand{X: from, Y: top, W: to - from, H: bottom - top})
			}
		}
		i = k
	}
}

func (t *Trend) lines(samples []sample, x func(int64) int, y func(float64) int) {
	var before *sample
	for i := range samples {
		s := &samples[i]
		if !s.number {
			continue
		}
		if before != nil {
			broken := before.sign != "" || s.sign != ""
			from := strconv.Itoa(x(before.minute)) + "," + strconv.Itoa(y(before.value))
			to := " " + strconv.Itoa(x(s.minute)) + "," + strconv.Itoa(y(s.value))
			if n := len(t.Lines); n > 0 && t.Lines[n-1].Broken == broken && strings.HasSuffix(t.Lines[n-1].Points, " "+from) {
				t.Lines[n-1].Points += to
			} else {
				t.Lines = append(t.Lines, TrendLine{Points: from + to, Broken: broken})
			}
		}
		before = s
	}
}

func (t *Trend) points(samples []sample, p Printer, x func(int64) int, y func(float64) int) {
	for _, s := range samples {
		pt := TrendPoint{X: x(s.minute), Label: p.When(s.lab.Collected).Show + "  " + valueShown(s.lab), Open: s.lab.Stage == view.Preliminary || s.lab.Stage == view.Unsaid}
		if !s.number {
			pt.Y = t.Bottom - 6
			t.Words = append(t.Words, pt)
			continue
		}
		pt.Y = y(s.value)
		if s.sign != "" {
			pt.Text = valueShown(s.lab)
			pt.Shape = wedge(pt.X, pt.Y, strings.HasPrefix(s.sign, "<") || strings.HasPrefix(s.sign, "≦") || strings.HasPrefix(s.sign, "≤"))
		}
		t.Points = append(t.Points, pt)
	}
}

// wedge points down for "less than", up for "more than".
func wedge(x, y int, down bool) string {
	d := -7
	if down {
		d = 7
	}
	at := func(dx, dy int) string { return strconv.Itoa(x+dx) + "," + strconv.Itoa(y+dy) }
	return at(-6, 0) + " " + at(6, 0) + " " + at(0, d)
}

// valueShown is a result's values as sent, for reading.
func valueShown(l *model.Lab) string {
	var parts []string
	for _, v := range l.Values {
		if v.Has() {
			parts = append(parts, v.Show)
		}
	}
	return strings.Join(parts, " / ")
}

// minuteOf counts minutes since 1970 of a stamp that has at least a day; hours
// from 24 go into the next day.
func minuteOf(s model.Stamp) (int64, bool) {
	day, ok := s.Day()
	if !ok {
		return 0, false
	}
	m := int64(day) * 24 * 60
	if len(s) >= 10 && digits(string(s[8:10])) {
		h, _ := strconv.Atoi(string(s[8:10]))
		m += int64(h) * 60
	}
	if len(s) >= 12 && digits(string(s[10:12])) {
		n, _ := strconv.Atoi(string(s[10:12]))
		m += int64(n)
	}
	return m, true
}

func minuteDay(m int64) view.Day { return view.Day(m / (24 * 60)) }

// plainRange makes the signs of ranges one; blanks and "or equal" go.
func plainRange(r rune) rune {
	switch r {
	case '～', '〜', '~', '－', '−', '–':
		return '-'
	case '＜', '≦', '≤':
		return '<'
	case '＞', '≧', '≥':
		return '>'
	case '=', ' ', '\u3000':
		return -1
	}
	return r
}

// rangeOf reads a range of reference such as 6.7-8.3, 6.7～8.3, <130, >=10 or
// 130以下; what reads otherwise gives no band.
func rangeOf(s string) span {
	s = strings.Map(plainRange, s)
	none := span{}
	one := func(t string) (float64, bool) {
		v, err := strconv.ParseFloat(t, 64)
		return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
	}
	switch {
	case strings.HasPrefix(s, "<"), strings.HasSuffix(s, "以下"), strings.HasSuffix(s, "未満"):
		if v, ok := one(strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(s, "<"), "以下"), "未満")); ok {
			return span{low: math.Inf(-1), high: v, ok: true}
		}
	case strings.HasPrefix(s, ">"), strings.HasSuffix(s, "以上"):
		if v, ok := one(strings.TrimSuffix(strings.TrimPrefix(s, ">"), "以上")); ok {
			return span{low: v, high: math.Inf(1), ok: true}
		}
	default:
		i := strings.LastIndexByte(s, '-')
		if i <= 0 {
			return none
		}
		low, ok1 := one(s[:i])
		high, ok2 := one(s[i+1:])
		if ok1 && ok2 && low <= high {
			return span{low: low, high: high, ok: true}
		}
	}
	return none
}

// keyShown is a number as a line draws it; "" for what is no number.
func keyShown(k view.Key) string {
	if k.Class != view.Numeric {
		return ""
	}
	return k.Comparator + strconv.FormatFloat(k.Number, 'f', -1, 64)
}
