package page

// block draws a block; next is the one that follows, or nil.
func (d *press) block(b, next Block) {
	switch b := b.(type) {
	case Heading:
		d.heading(b, next)
	case Text:
		d.text(b)
	case Facts:
		d.facts(b)
	case Table:
		d.table(b)
	case Lines:
		d.lines(b)
	case Boxes:
		d.boxes(b)
	case Labels:
		d.labels(b)
	case Break:
		if d.y > d.body+1 {
			d.newPage()
		}
	}
}

// begin is how much room the beginning of a block takes at least.
func (d *press) begin(b Block) float64 {
	switch b := b.(type) {
	case nil:
		return 0
	case Table:
		if len(b.Rows) == 0 {
			return 24 * d.paper.scale
		}
		edges, right := d.columns(b.Columns)
		h := d.tableRow(b.Rows[0], b, edges, right).height()
		if b.Rows[0].Across && len(b.Rows) > 1 {
			h += d.tableRow(b.Rows[1], b, edges, right).height()
		}
		return d.headRow(b, edges).height() + min(h, (d.bottom-d.body)/3)
	}
	if b, ok := b.(Boxes); ok {
		return max(b.Height, 18)*mm + 6
	}
	return 24 * d.paper.scale
}

func (d *press) heading(b Heading, next Block) {
	p := d.paper
	lines := p.lines(Cell{{Text: b.Text, Size: Big, Bold: true}}, d.right-d.left-8)
	h := heightOf(lines) + 8
	if next != nil {
		d.need(h + d.begin(next)) // never alone at the end of a page
	}
	d.y += 5
	if len(lines) == 0 {
		return
	}
	d.c.Fill(d.left, d.y+1, 3.5, heightOf(lines)-1, 0)
	x := d.left + 8
	for _, l := range lines {
		d.c.Text(x, d.y+l.size, l.size, true, l.text)
		d.y += l.lead
	}
	if b.Note != "" {
		last := lines[len(lines)-1]
		end := x + p.font.Width(last.text, last.size) + 8
		if note := p.lines(S(b.Note), d.right-end); len(note) == 1 {
			d.c.Text(end, d.y-last.lead+last.size, note[0].size, false, note[0].text)
		} else {
			d.row(&band{cells: [][]line{p.lines(S(b.Note), d.right-d.left-8-2*pad)}, edges: []float64{x - pad, d.right}})
		}
	}
	d.y += 2
}

func (d *press) text(b Text) {
	w := d.right - d.left
	out := &band{edges: []float64{d.left, d.right}}
	cell := b.Cell
	switch b.Frame {
	case Thin:
		out.frame = 0.6
	case Thick:
		out.frame = 1.8
		cell = append(Cell(nil), cell...)
		for i := range cell {
			cell[i].Bold = true
		}
	}
	if out.frame > 0 {
		d.y += 1.5
	}
	out.cells = [][]line{d.paper.lines(cell, w-2*pad)}
	d.row(out)
	if out.frame > 0 {
		d.y += 1.5
	}
}

func (d *press) facts(b Facts) {
	n := max(b.Columns, 1)
	w := (d.right - d.left) / float64(n)
	label := min(92*d.paper.scale, w*0.38)
	for at := 0; at < len(b.Facts); at += n {
		out := &band{grid: true, frame: 0.4, edges: []float64{d.left}}
		for i, f := range b.Facts[at:min(at+n, len(b.Facts))] {
			x := d.left + float64(i)*w
			out.edges = append(out.edges, x+label, x+w)
			out.cells = append(out.cells, d.paper.lines(Cell{{Text: f.Label, Size: Small}}, label-2*pad), d.paper.lines(f.Value, w-label-2*pad))
		}
		out.edges[len(out.edges)-1] = d.right
		if last := len(out.cells) - 1; last >= 0 && at+n > len(b.Facts) && n > 1 { // the last one takes what is left of its row
			f := b.Facts[len(b.Facts)-1]
			out.cells[last] = d.paper.lines(f.Value, d.right-out.edges[len(out.edges)-2]-2*pad)
		}
		d.row(out)
	}
	d.y += 2
}

func (d *press) lines(b Lines) {
	if b.Label != "" {
		d.row(&band{cells: [][]line{d.paper.lines(Cell{{Text: b.Label, Bold: true}}, d.right-d.left-2*pad)}, edges: []float64{d.left, d.right}})
	}
	for range b.Count {
		d.need(9 * mm)
		d.y += 9 * mm
		d.c.Line(d.left, d.y, d.right, d.y, 0.4)
	}
	d.y += 3
}

func (d *press) boxes(b Boxes) {
	if len(b.Labels) == 0 {
		return
	}
	h := b.Height * mm
	if h == 0 {
		h = 18 * mm
	}
	w := (d.right - d.left) / float64(len(b.Labels))
	out := &band{grid: true, frame: 0.8, edges: []float64{d.left}, least: h}
	for i, l := range b.Labels {
		out.edges = append(out.edges, d.left+float64(i+1)*w)
		out.cells = append(out.cells, d.paper.lines(S(l), w-2*pad))
	}
	d.y += 3
	d.row(out)
	d.y += 3
}

// table draws a table; its head stands on top of each of its pages.
func (d *press) table(t Table) {
	edges, right := d.columns(t.Columns)
	head := func() { d.row(d.headRow(t, edges)) }
	bands := make([]*band, len(t.Rows))
	for i, r := range t.Rows {
		bands[i] = d.tableRow(r, t, edges, right)
	}
	titled := false
	for _, c := range t.Columns {
		titled = titled || c.Title != ""
	}
	d.need(d.begin(t))
	if titled {
		head()
		d.again = func() { d.inHead = true; head(); d.inHead = false }
		defer func() { d.again = nil }()
	}
	for i, b := range bands {
		if t.Rows[i].Across && i+1 < len(bands) {
			d.need(min(b.height()+bands[i+1].height(), d.bottom-d.body))
		}
		d.row(b)
	}
	d.y += 3
}

// headRow is the head of a table.
func (d *press) headRow(t Table, edges []float64) *band {
	out := &band{edges: edges, grid: true, frame: 0.8, grey: true}
	for i, c := range t.Columns {
		out.cells = append(out.cells, d.paper.lines(Cell{{Text: c.Title, Size: Small, Bold: true}}, edges[i+1]-edges[i]-2*pad))
	}
	return out
}

func (d *press) tableRow(r Row, t Table, edges []float64, right []bool) *band {
	out := &band{edges: edges, right: right, grid: true, frame: 0.4, grey: r.Strong, least: max(t.Height, r.Height) * mm}
	if r.Across {
		out.edges, out.right, out.grid, out.least = []float64{edges[0], edges[len(edges)-1]}, nil, false, r.Height*mm
	}
	for i := range len(out.edges) - 1 {
		var c Cell
		if i < len(r.Cells) {
			c = r.Cells[i]
		}
		out.cells = append(out.cells, d.paper.lines(c, out.edges[i+1]-out.edges[i]-2*pad))
	}
	return out
}

// columns shares the width out.
func (d *press) columns(cols []Column) (edges []float64, right []bool) {
	sum := 0.0
	for _, c := range cols {
		sum += max(c.Width, 1)
	}
	edges = append(edges, d.left)
	for _, c := range cols {
		edges = append(edges, edges[len(edges)-1]+max(c.Width, 1)*(d.right-d.left)/sum)
		right = append(right, c.Right)
	}
	return edges, right
}
