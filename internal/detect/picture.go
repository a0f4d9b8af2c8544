package detect

import (
	"slices"
	"strconv"
	"time"

	"github.com/torideproject/toride/sigma"
)

// Picture is a story as lanes: one lane for each computer, in the order in which
// they appear, and one column for each alert, in order of time. The same story
// gives the same picture. The table on the page says the same in words.
type Picture struct {
	Width, Height int
	Lanes         []Lane
	Columns       []Column
	More          int // alerts that did not fit
	MoreLanes     int // computers that did not fit
}

// Lane is a computer.
type Lane struct {
	Y     int
	TextY int
	Name  string
	Right int // where its line ends
}

// Column is an alert.
type Column struct {
	X, Y   int
	From   int // Y of the lane it came from; 0: from none
	Tip    int // Y where the arrow ends
	Wing   int // Y of the arrow's wings
	Number string
	Time   time.Time
	TextY  int
	Shape  string // points of the polygon around the number
	Strong bool   // high or critical
	Label  string // what a screen reader says
}

// Sizes of the picture, in the units of its view box.
const (
	laneLeft   = 190
	laneTop    = 34
	laneStep   = 46
	columnStep = 58
	markSize   = 15
	maxLanes   = 12
	maxColumns = 40
)

// picture draws a story.
func (v Voice) picture(t *tale) Picture {
	p := Picture{}
	lanes := map[string]int{}
	alerts := t.Alerts
	if len(alerts) > maxColumns {
		p.More = len(alerts) - maxColumns
		alerts = alerts[:maxColumns]
	}
	lane := func(n Named) (int, bool) {
		if n.Key == "" {
			return 0, false
		}
		if y, known := lanes[n.Key]; known {
			return y, true
		}
		if len(lanes) >= maxLanes {
			p.MoreLanes++
			return 0, false
		}
		y := laneTop + laneStep*len(lanes)
		lanes[n.Key] = y
		p.Lanes = append(p.Lanes, Lane{Y: y, TextY: y + 5, Name: shorten(n.Name, 14)})
		return y, true
	}
	for i, a := range alerts {
		c := Column{X: laneLeft + columnStep/2 + columnStep*i, Number: strconv.Itoa(i + 1), Time: a.First, Strong: a.Level >= sigma.High, Label: v.alert(a)}
		if len(a.Sources) > 0 && a.Sources[0].Key != a.Host.Key {
			c.From, _ = lane(a.Sources[0])
		}
		y, known := lane(a.Host)
		if !known {
			y = c.From
			c.From = 0
		}
		if y == 0 {
			continue // about nothing that has a lane
		}
		c.Y, c.TextY = y, y+5
		c.Shape = shape(a.Level, c.X, y)
		c.arrow()
		p.Columns = append(p.Columns, c)
	}
	p.Width = laneLeft + columnStep*max(1, len(alerts)) + 10
	p.Height = laneTop + laneStep*max(1, len(p.Lanes)) + 4
	for i := range p.Lanes {
		p.Lanes[i].Right = p.Width - 8
	}
	return p
}

// arrow works out where the line from another lane ends.
func (c *Column) arrow() {
	switch {
	case c.From == 0 || c.From == c.Y:
		c.From = 0
	case c.From < c.Y:
		c.Tip, c.Wing = c.Y-markSize-2, c.Y-markSize-9
	default:
		c.Tip, c.Wing = c.Y+markSize+2, c.Y+markSize+9
	}
}

// WingLeft and WingRight are the sides of the arrow's head.
func (c Column) WingLeft() int { return c.X - 4 }

// WingRight is the other side of the arrow's head.
func (c Column) WingRight() int { return c.X + 4 }

// shape gives the points of the level's sign: a triangle for critical, a
// diamond for high, a square for the others, so that nothing is told by colour.
func shape(l sigma.Level, x, y int) string {
	var points [][2]int
	switch {
	case l >= sigma.Critical:
		points = [][2]int{{0, -markSize - 5}, {markSize + 4, markSize - 3}, {-markSize - 4, markSize - 3}}
	case l >= sigma.High:
		points = [][2]int{{0, -markSize - 1}, {markSize + 1, 0}, {0, markSize + 1}, {-markSize - 1, 0}}
	default:
		points = [][2]int{{-12, -12}, {12, -12}, {12, 12}, {-12, 12}}
	}
	out := ""
	for i, p := range points {
		if i > 0 {
			out += " "
		}
		out += strconv.Itoa(x+p[0]) + "," + strconv.Itoa(y+p[1])
	}
	return out
}

// shorten cuts a name for the picture; the table has the whole one.
func shorten(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(slices.Concat(r[:most-1], []rune("…")))
}
