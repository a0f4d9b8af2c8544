package page

// band is a row of cells as it is drawn.
type band struct {
	cells [][]line
	edges []float64 // one more than cells
	right []bool    // cells set to the right
	least float64   // least height
	frame float64   // width of the outer line; 0: none
	grid  bool      // lines between the cells
	grey  bool
}

func (b *band) height() float64 {
	h := 0.0
	for _, c := range b.cells {
		h = max(h, heightOf(c))
	}
	return max(h+2*pad, b.least)
}

// row draws a band. One that does not fit goes to the next page; one that is
// higher than a page is divided between lines, and nothing of it is lost.
func (d *press) row(b *band) {
	for {
		h := b.height()
		room := d.bottom - d.y
		fresh := d.bottom - d.body
		switch {
		case d.inHead || h <= room:
			d.band(b, h)
			return
		case h <= fresh && d.y > d.body+1, room < 60 && d.y > d.body+1:
			d.newPage()
		default:
			rest := b.divide(room - 2*pad)
			d.band(b, room)
			if rest == nil {
				return
			}
			b = rest
			d.newPage()
		}
	}
}

// divide leaves in b what fits into a height and gives the rest; nil where
// nothing is left. At least one line stays.
func (b *band) divide(room float64) *band {
	rest := *b
	rest.cells, rest.least = make([][]line, len(b.cells)), 0
	b.least = 0
	left := false
	for i, cell := range b.cells {
		used, n := 0.0, 0
		for n < len(cell) && (used+cell[n].lead <= room || n == 0) {
			used += cell[n].lead
			n++
		}
		b.cells[i], rest.cells[i] = cell[:n], cell[n:]
		left = left || n < len(cell)
	}
	if !left {
		return nil
	}
	return &rest
}

func (d *press) band(b *band, h float64) {
	x0, x1 := b.edges[0], b.edges[len(b.edges)-1]
	if b.grey {
		d.c.Fill(x0, d.y, x1-x0, h, 0.9)
	}
	for i, cell := range b.cells {
		y := d.y + pad
		for _, l := range cell {
			x := b.edges[i] + pad
			if i < len(b.right) && b.right[i] {
				x = b.edges[i+1] - pad - d.paper.font.Width(l.text, l.size)
			}
			d.c.Text(x, y+l.size*0.95, l.size, l.bold, l.text)
			y += l.lead
		}
	}
	if b.grid {
		for _, x := range b.edges[1 : len(b.edges)-1] {
			d.c.Line(x, d.y, x, d.y+h, 0.4)
		}
	}
	if b.frame > 0 {
		d.c.Box(x0, d.y, x1-x0, h, b.frame)
	}
	d.y += h
}
