package comply

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
)

const axesFile = "axes.json"

// Axes is the data pack of the radar's axes.
type Axes struct {
	ID        string `json:"id"`
	Title     Words  `json:"title"`
	SourceURL string `json:"source_url"`
	Axes      []Axis `json:"axes"`
}

// Axis is one axis and the readings that speak about it.
type Axis struct {
	No       int      `json:"no"`
	Name     Words    `json:"name"`
	Verified bool     `json:"verified"` // whether the name was compared with the original
	Readings []string `json:"readings"`
}

// RadarAxes gives the axes that come with Toride.
func RadarAxes() (Axes, error) {
	data, err := packFiles.ReadFile("pack/" + axesFile)
	if err != nil {
		return Axes{}, err
	}
	var a Axes
	if err := json.Unmarshal(data, &a); err != nil {
		return Axes{}, fmt.Errorf("comply: axes: %w", err)
	}
	if len(a.Axes) < 3 {
		return Axes{}, fmt.Errorf("comply: axes: fewer than three")
	}
	return a, nil
}

// RadarMax is the outermost ring.
const RadarMax = 5.0

// Level is one axis with its value.
type Level struct {
	Axis    Axis    `json:"-"`
	No      int     `json:"no"`
	Value   float64 `json:"value"` // 0 to RadarMax in steps of a half; means nothing unless Read
	Read    bool    `json:"read"`  // whether anything was read at all
	Good    int     `json:"good"`
	Bad     int     `json:"bad"`
	Unknown int     `json:"unknown"`
	None    int     `json:"none"`
}

// Wired reports whether this version has readings for the axis.
func (l Level) Wired() bool { return len(l.Axis.Readings) > 0 }

// Levels computes the value of each axis: RadarMax times the share of readings
// in which nothing was found wanting, among those that apply. What was not
// read counts against the value, since it is not known to be fine; an axis on
// which nothing was read has no value at all.
func (a Axes) Levels(set reading.Set) []Level {
	levels := make([]Level, 0, len(a.Axes))
	for _, axis := range a.Axes {
		e := EvidenceOf(Item{Readings: axis.Readings}, set)
		l := Level{Axis: axis, No: axis.No, Good: e.Good, Bad: e.Bad, Unknown: e.Unknown, None: e.None}
		if e.Good+e.Bad > 0 {
			l.Read = true
			share := float64(e.Good) / float64(e.Good+e.Bad+e.Unknown)
			l.Value = math.Floor(share*RadarMax*2) / 2 // down: a half that is not full is not shown
		}
		levels = append(levels, l)
	}
	return levels
}

// Size of the picture in its own units, and of the figure in it.
const (
	radarWidth  = 640
	radarHeight = 470
	radarRadius = 170
)

func radarPoint(n, of int, value float64) (x, y float64) {
	angle := 2*math.Pi*float64(n)/float64(of) - math.Pi/2
	r := value / RadarMax * radarRadius
	return radarWidth/2 + r*math.Cos(angle), radarHeight/2 + r*math.Sin(angle)
}

// RadarTexts are the words in the picture, already in the reader's language.
type RadarTexts struct {
	Lang    text.Lang
	Title   string // what it is, for those who do not see it
	Label   string // printed in the picture: reference, self-assessment
	NotRead string // word beside an axis without a value
	Before  string // name of the earlier figure, or empty
}

// DrawRadar draws the levels as SVG. Axes without a value have a hollow mark
// at the centre and the word, and the outline is interrupted there, so that
// "not read" is never taken for zero. before is an earlier figure or nil; it
// is drawn dashed. The same input gives the same bytes.
func DrawRadar(levels, before []Level, t RadarTexts) template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="radar" viewBox="0 0 %d %d" role="img" aria-labelledby="radar-title" xmlns="http://www.w3.org/2000/svg"><title id="radar-title">%s</title>`,
		radarWidth, radarHeight, esc(t.Title))
	n := len(levels)
	for ring := 1; ring <= int(RadarMax); ring++ {
		points := make([]string, n)
		for i := range n {
			points[i] = pair(radarPoint(i, n, float64(ring)))
		}
		fmt.Fprintf(&b, `<polygon points="%s" fill="none" stroke="#949494" stroke-width="%s"/>`, strings.Join(points, " "), ringWidth(ring))
		fmt.Fprintf(&b, `<text x="%s" y="%s" font-size="12" fill="#4d4d4d">%d</text>`, num(radarWidth/2+4), num(radarHeight/2-float64(ring)/RadarMax*radarRadius+4), ring)
	}
	for i, l := range levels {
		x, y := radarPoint(i, n, RadarMax)
		fmt.Fprintf(&b, `<line x1="%d" y1="%d" x2="%s" y2="%s" stroke="#949494" stroke-width="1"/>`, radarWidth/2, radarHeight/2, num(x), num(y))
		drawAxisName(&b, i, n, l, t)
	}
	if len(before) == n && n > 0 {
		drawOutline(&b, before, ` stroke="#4d4d4d" stroke-dasharray="6 4"`, false)
		fmt.Fprintf(&b, `<text x="12" y="40" font-size="13" fill="#4d4d4d">- - - %s</text>`, esc(t.Before))
	}
	drawOutline(&b, levels, ` stroke="#0031d8"`, true)
	fmt.Fprintf(&b, `<text x="12" y="20" font-size="14" font-weight="bold" fill="#1a1a1a">%s</text></svg>`, esc(t.Label))
	return template.HTML(b.String()) // every word above went through esc
}

func ringWidth(ring int) string {
	if ring == int(RadarMax) {
		return "1.5"
	}
	return "0.5"
}

func drawAxisName(b *strings.Builder, i, n int, l Level, t RadarTexts) {
	x, y := radarPoint(i, n, RadarMax+0.55)
	y -= 10 // two lines of words stand around the point
	anchor := "middle"
	switch {
	case x > radarWidth/2+20:
		anchor = "start"
	case x < radarWidth/2-20:
		anchor = "end"
	}
	value := num(l.Value)
	if !l.Read {
		value = t.NotRead
	}
	fmt.Fprintf(b, `<text x="%s" y="%s" font-size="13" text-anchor="%s" fill="#1a1a1a">%d %s</text>`, num(x), num(y), anchor, l.Axis.No, esc(l.Axis.Name.In(t.Lang)))
	fmt.Fprintf(b, `<text x="%s" y="%s" font-size="13" text-anchor="%s" font-weight="bold" fill="#1a1a1a">%s</text>`, num(x), num(y+16), anchor, esc(value))
}

// drawOutline joins neighbouring axes that both have a value.
func drawOutline(b *strings.Builder, levels []Level, stroke string, marks bool) {
	n := len(levels)
	for i, l := range levels {
		next := levels[(i+1)%n]
		if l.Read && next.Read {
			x1, y1 := radarPoint(i, n, l.Value)
			x2, y2 := radarPoint((i+1)%n, n, next.Value)
			fmt.Fprintf(b, `<line x1="%s" y1="%s" x2="%s" y2="%s" stroke-width="2.5"%s/>`, num(x1), num(y1), num(x2), num(y2), stroke)
		}
		if !marks {
			continue
		}
		if l.Read {
			x, y := radarPoint(i, n, l.Value)
			fmt.Fprintf(b, `<circle cx="%s" cy="%s" r="5" fill="#0031d8"/>`, num(x), num(y))
			continue
		}
		x, y := radarPoint(i, n, 0.35)
		fmt.Fprintf(b, `<circle cx="%s" cy="%s" r="4" fill="#ffffff" stroke="#4d4d4d" stroke-width="1.5"/>`, num(x), num(y))
	}
}

func pair(x, y float64) string { return num(x) + "," + num(y) }

func num(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

func esc(s string) string { return template.HTMLEscapeString(s) }
