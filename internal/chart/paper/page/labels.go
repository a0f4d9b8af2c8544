package page

import "github.com/torideproject/toride/internal/chart/paper/pdf"

// labels draws labels in rows, from left to right.
func (d *press) labels(b Labels) {
	w, h, gap := max(b.Width, 20)*mm, max(b.Height, 10)*mm, b.Gap*mm
	w, h = min(w, d.right-d.left), min(h, d.bottom-d.top)
	columns := max(int((d.right-d.left+gap)/(w+gap)), 1)
	for i, l := range b.Items {
		column := i % columns
		if column == 0 {
			if i > 0 {
				d.y += h + gap
			}
			if d.y+h > d.bottom+0.5 {
				d.newPage()
			}
		}
		x := d.left + float64(column)*(w+gap)
		if b.Cut {
			d.cut(x, d.y, w, h)
		}
		d.label(l, x+4, d.y+4, w-8, h-8)
	}
	if len(b.Items) > 0 {
		d.y += h + gap
	}
}

func (d *press) cut(x, y, w, h float64) {
	for _, l := range [][4]float64{{x, y, x + w, y}, {x, y + h, x + w, y + h}, {x, y, x, y + h}, {x + w, y, x + w, y + h}} {
		d.c.Dashes(l[0], l[1], l[2], l[3], 0.4)
	}
}

// label draws one label: text left, QR right, Code 128 below. Letters are made
// smaller until all of the text fits.
func (d *press) label(l Label, x, y, w, h float64) {
	bars, qr := stripes(l.ID), square(l.ID)
	side, strip := 0.0, 0.0
	if len(qr) > 0 {
		side = min(h*0.62, w*0.3)
	}
	// A scanner needs modules of 0.19 mm and more; what is narrower is left out.
	if len(bars) > 0 && w/float64(len(bars)+2*quiet) >= 0.19*mm {
		strip = min(h*0.28, 26)
	}
	room := w - side - 4
	lines, scale := d.fit(l.Lines, room, h-strip-2)
	at := y
	for _, one := range lines {
		d.c.Text(x, at+one.size*0.95*scale, one.size*scale, one.bold, one.text)
		at += one.lead * scale
	}
	if side > 0 {
		d.qr(qr, x+w-side, y, side)
	}
	if strip > 0 {
		module := min(w/float64(len(bars)+2*quiet), 1.1)
		d.c.Bars(x+quiet*module, y+h-strip, module, strip, bars)
	}
}

// fit breaks a cell so that it fits a room, with letters as large as possible.
func (d *press) fit(c Cell, w, h float64) (lines []line, scale float64) {
	for scale = 1; scale > 0.2; scale -= 0.05 {
		if lines = d.paper.lines(c, w/scale); heightOf(lines)*scale <= h {
			break
		}
	}
	return lines, scale
}

func (d *press) qr(code [][]bool, x, y, side float64) {
	module := side / float64(len(code))
	for i, row := range code {
		bars(d.c, x, y+float64(i)*module, module, row)
	}
}

// bars draws a row of a QR code a little higher than it is, so that rows join.
func bars(c *pdf.Canvas, x, y, module float64, row []bool) {
	c.Bars(x, y, module, module*1.02, row)
}
