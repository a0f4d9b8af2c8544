package page

import "github.com/torideproject/toride/internal/chart/paper/pdf"

// pad is the room between a cell's edge and its words.
const pad = 2.5

// quiet is how many modules stay white on each side of a Code 128: ten by the
// standard, and two for the frame.
const quiet = 12

// press is a sheet that is being drawn.
type press struct {
	paper                    *Paper
	sheet                    *Sheet
	repeat                   []Block
	pages                    []*pdf.Canvas
	c                        *pdf.Canvas
	width, height            float64
	left, right, top, bottom float64
	y                        float64
	body                     float64 // where the current page's blocks begin
	again                    func()  // draws the head of the table that goes on
	footLines                []line
	inHead                   bool
}

func (d *press) newPage() {
	d.c = pdf.NewCanvas(d.paper.font, d.width, d.height)
	d.pages = append(d.pages, d.c)
	d.y = d.top
	if !d.sheet.Bare {
		d.inHead = true
		d.head()
		for _, b := range d.repeat {
			d.block(b, nil)
		}
		d.inHead = false
		d.footer()
	}
	if d.again != nil {
		d.again()
	}
	d.body = d.y
}

// need begins a new page unless a height fits or the page is still empty.
func (d *press) need(h float64) {
	if !d.inHead && d.y+h > d.bottom && d.y > d.body+1 {
		d.newPage()
	}
}

// foot makes room for the foot's lines.
func (d *press) foot() {
	if d.sheet.Bare {
		return
	}
	d.footLines = d.paper.lines(S(d.sheet.Foot), d.right-d.left-60*d.paper.scale)
	d.bottom -= max(heightOf(d.footLines), d.paper.lead(10*d.paper.scale)) + 3
}

func (d *press) footer() {
	d.c.Line(d.left, d.bottom+1.5, d.right, d.bottom+1.5, 0.5)
	y := d.bottom + 3
	for _, l := range d.footLines {
		d.c.Text(d.left, y+l.size, l.size, l.bold, l.text)
		y += l.lead
	}
}

// head draws title, hospital, patient, as-of time and warnings.
func (d *press) head() {
	h, p := &d.sheet.Head, d.paper
	title := p.size(Huge)
	hospital := p.lines(Cell{{Text: h.Hospital}}, (d.right-d.left)*0.34)
	left := p.lines(Cell{{Text: d.sheet.Title, Size: Huge, Bold: true}}, (d.right-d.left)*0.64)
	x := d.left
	for i, l := range left {
		d.c.Text(d.left, d.y+title*0.9+float64(i)*l.lead, l.size, true, l.text)
		x = max(x, d.left+p.font.Width(l.text, l.size))
	}
	y := d.y
	for _, l := range hospital {
		d.c.Text(d.right-p.font.Width(l.text, l.size), y+l.size, l.size, l.bold, l.text)
		y += l.lead
	}
	below := max(y, d.y+heightOf(left)) + 1
	if d.sheet.Slogan != "" {
		below = d.slogan(x+8, below)
	}
	d.y = below
	if h.Patient != nil {
		d.patient(h.Patient)
	} else if h.About != "" {
		d.row(&band{cells: [][]line{p.lines(Cell{{Text: h.About, Size: Big, Bold: true}}, d.right-d.left-2*pad)}, edges: []float64{d.left, d.right}, frame: 1})
	}
	d.asOf()
	for _, w := range h.Warnings {
		d.row(&band{cells: [][]line{p.lines(Cell{{Text: w, Bold: true}}, d.right-d.left-2*pad)}, edges: []float64{d.left, d.right}, frame: 1.6})
		d.y += 1
	}
	d.y += 2
}

// slogan says in white on black what the sheet is not: beside the title where
// there is room, else below.
func (d *press) slogan(x, below float64) float64 {
	size := d.paper.size(Big)
	w := d.paper.font.Width(d.sheet.Slogan, size) + 10
	if room := d.right - (d.right-d.left)*0.30; x+w <= room || d.sheet.Head.Hospital == "" && x+w <= d.right {
		d.c.Box(x, d.y, w, size*1.45, 1.4)
		d.c.Text(x+5, d.y+size*1.1, size, true, d.sheet.Slogan)
		return max(below, d.y+size*1.45+3)
	}
	cell := d.paper.lines(Cell{{Text: d.sheet.Slogan, Size: Big, Bold: true}}, d.right-d.left-2*pad)
	d.y = below
	d.row(&band{cells: [][]line{cell}, edges: []float64{d.left, d.right}, frame: 1.4})
	return d.y + 2
}

// patient draws the box with who the sheet is about and the bar code.
func (d *press) patient(p *Patient) {
	pp := d.paper
	bars := stripes(p.ID)
	code := 0.0
	if len(bars) > 0 {
		code = min(max(float64(len(bars)+2*quiet), 110), 190)
	}
	w := d.right - d.left - code
	edges := []float64{d.left, d.left + w*0.46, d.left + w, d.right}
	name := Cell{{Text: p.Kana, Size: Small}, {Text: p.Kanji, Size: Huge, Bold: true}}
	facts := Cell{{Text: p.IDLabel + " " + p.ID, Size: Big, Bold: true}, {Text: p.Birth}, {Text: join(p.Sex, p.Place)}}
	if p.Blank {
		name, facts = Cell{{Text: p.Kana, Size: Small}, {Text: p.Kanji, Size: Small}}, Cell{{Text: p.IDLabel, Size: Small}, {Text: p.Birth, Size: Small}, {Text: p.Place, Size: Small}}
		edges = []float64{d.left, d.left + w*0.5, d.right}
	}
	b := &band{edges: edges, frame: 1.4, grid: true, least: 44}
	b.cells = [][]line{pp.lines(name, edges[1]-edges[0]-2*pad), pp.lines(facts, edges[2]-edges[1]-2*pad)}
	if p.Blank {
		d.blankPatient(b)
		return
	}
	if code > 0 {
		b.cells = append(b.cells, nil)
	} else {
		b.edges = edges[:3]
	}
	top := d.y
	d.row(b)
	if code > 0 {
		module := code / float64(len(bars)+2*quiet)
		d.c.Bars(edges[2]+quiet*module, top+5, module, 24, bars)
		size := 9.0
		d.c.Text(edges[2]+(code-pp.font.Width(p.ID, size))/2, top+5+24+size, size, false, p.ID)
	}
}

// blankPatient draws the box of a form without a label: each line has room for
// handwriting.
func (d *press) blankPatient(b *band) {
	for i := range b.cells {
		for j := range b.cells[i] {
			b.cells[i][j].lead = 19
		}
	}
	d.row(b)
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "　" + b
}

// asOf draws the as-of time of the copy beside when it was printed.
func (d *press) asOf() {
	h, w := &d.sheet.Head, d.right-d.left
	if h.AsOf == "" && h.Printed == "" {
		return
	}
	p := d.paper
	if h.Loud {
		cell := p.lines(Cell{{Text: h.AsOf, Size: Big, Bold: true}, {Text: h.Printed, Size: Small}}, w-2*pad)
		d.y += 1
		d.row(&band{cells: [][]line{cell}, edges: []float64{d.left, d.right}, frame: 2})
		return
	}
	mid := d.left + w*0.56
	d.row(&band{cells: [][]line{p.lines(Cell{{Text: h.AsOf, Bold: true}}, mid-d.left-2*pad), p.lines(S(h.Printed), d.right-mid-2*pad)}, edges: []float64{d.left, mid, d.right}})
}
