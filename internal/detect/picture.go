package detect

import (
	"strconv"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

// Picture is a story as lanes from top to bottom: one lane for each computer, in
// the order in which they appear, and one row for each line of the story, in
// order of time. It is as wide as a telephone and no wider, so that it is read at
// night and on paper in its own size. The same story gives the same picture. The
// table on the page says the same in words.
type Picture struct {
	Width, Height int
	Lanes         []Lane
	Rows          []PictureRow
	More          int // lines that did not fit
	MoreLanes     int // computers that did not fit
}

// Lane is a computer. Its letter stands above the lane, and beside its name below
// the picture.
type Lane struct {
	X      int
	Letter string
	Name   string
	Bottom int // where its line ends
}

// PictureRow is a line of the story.
type PictureRow struct {
	X, Y   int
	From   int // X of the lane it came from; 0: from none
	Tip    int // X where the arrow ends
	Wing   int // X of the arrow's wings
	Number string
	TextY  int
	Shape  string // points of the polygon around the number
	Strong bool   // high or critical
	Label  string // what a screen reader says
	More   int    // further alerts of the line
	MoreX  int    // where their number stands
	MoreTo string // on which side: start or end
}

// Sizes of the picture, in the units of its view box, which are those of the
// screen.
const (
	pictureWide = 340
	laneLeft    = 30
	laneTop     = 52
	laneStep    = 72 // at most
	rowStep     = 44
	markSize    = 14
	maxLanes    = 8
	maxRows     = 24
)

// picture draws a story.
func (v Voice) picture(t *tale) Picture {
	p := Picture{Width: pictureWide}
	lines := t.lines()
	if len(lines) > maxRows {
		p.More, lines = len(lines)-maxRows, lines[:maxRows]
	}
	lanes := p.lanes(lines)
	x := func(n Named) int {
		if i, ok := lanes[n.Key]; ok && n.Key != "" {
			return p.Lanes[i].X
		}
		return 0
	}
	for i, l := range lines {
		a := l.first
		r := PictureRow{X: x(a.Host), Y: laneTop + rowStep*len(p.Rows), Number: strconv.Itoa(i + 1), Strong: a.Level >= sigma.High, Label: v.alert(a), More: len(l.rest)}
		if len(a.Sources) > 0 && a.Sources[0].Key != a.Host.Key {
			r.From = x(a.Sources[0])
		}
		if r.X == 0 {
			r.X, r.From = r.From, 0
		}
		if r.X == 0 {
			continue // about nothing that has a lane
		}
		if also := l.also(); !also.Zero() {
			r.Label = v.Say(text.M("detect.line.also", r.Label, also))
		}
		r.TextY = r.Y + 5
		r.Shape = shape(a.Level, r.X, r.Y)
		r.arrow()
		p.Rows = append(p.Rows, r)
	}
	p.Height = laneTop + rowStep*max(1, len(p.Rows)) - 12
	for i := range p.Lanes {
		p.Lanes[i].Bottom = p.Height - 4
	}
	return p
}

// lanes gives each computer its lane, by key.
func (p *Picture) lanes(lines []storyLine) map[string]int {
	lanes := map[string]int{}
	add := func(n Named) {
		if _, known := lanes[n.Key]; known || n.Key == "" {
			return
		}
		if len(p.Lanes) >= maxLanes {
			p.MoreLanes++
			return
		}
		lanes[n.Key] = len(p.Lanes)
		p.Lanes = append(p.Lanes, Lane{Letter: string(rune('A' + len(p.Lanes))), Name: n.Name})
	}
	for _, l := range lines {
		if a := l.first; len(a.Sources) > 0 {
			add(a.Sources[0])
		}
		add(l.first.Host)
	}
	step := laneStep
	if n := len(p.Lanes); n > 1 {
		step = min(step, (pictureWide-2*laneLeft)/(n-1))
	}
	for i := range p.Lanes {
		p.Lanes[i].X = laneLeft + step*i
	}
	return lanes
}

// arrow works out where the line from another lane ends, and on which side there
// is room for a number.
func (r *PictureRow) arrow() {
	r.MoreX, r.MoreTo = r.X+markSize+6, "start"
	switch {
	case r.From == 0 || r.From == r.X:
		r.From = 0
	case r.From < r.X:
		r.Tip, r.Wing = r.X-markSize-4, r.X-markSize-11
	default:
		r.Tip, r.Wing = r.X+markSize+4, r.X+markSize+11
		r.MoreX, r.MoreTo = r.X-markSize-6, "end"
	}
	if r.From == 0 && r.X > pictureWide-laneLeft-20 {
		r.MoreX, r.MoreTo = r.X-markSize-6, "end"
	}
}

// WingTop and WingBottom are the sides of the arrow's head.
func (r PictureRow) WingTop() int { return r.Y - 5 }

// WingBottom is the other side of the arrow's head.
func (r PictureRow) WingBottom() int { return r.Y + 5 }

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
