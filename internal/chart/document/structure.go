package document

import (
	"strconv"
	"strings"
)

// Structure: tables and lists. The names are HTML's; CDA's are translated to
// them before.

func (b *builder) openTable() {
	b.flush()
	b.nest++
	if b.nest > maxNest {
		return // its cells' text is kept, in the cell around it
	}
	b.stack = append(b.stack, frame{name: "table", table: &Table{}})
}

func (b *builder) openRow(head bool) {
	b.closeTo("row", "table")
	if b.top().name != "table" {
		b.flush()
		return
	}
	head = head || b.top().inHead
	b.stack = append(b.stack, frame{name: "row", row: &Row{Head: head}})
}

func (b *builder) openCell(head bool, a attrs) {
	b.closeTo("cell", "row")
	if b.top().name == "table" {
		b.openRow(false)
	}
	if b.top().name != "row" {
		b.flush()
		return
	}
	cell := &Cell{Head: head, Cols: stretch(a["colspan"]), Rows: stretch(a["rowspan"])}
	b.stack = append(b.stack, frame{name: "cell", cell: cell})
}

func stretch(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxSpan)
}

func (b *builder) openCaption() {
	b.flush()
	if n := b.top().name; n == "table" || n == "list" {
		b.stack = append(b.stack, frame{name: "caption"})
	}
}

func (b *builder) openList(ordered bool) {
	b.flush()
	b.nest++
	if b.nest > maxNest {
		return
	}
	b.stack = append(b.stack, frame{name: "list", list: &List{Ordered: ordered}})
}

func (b *builder) openItem() {
	b.closeTo("item", "list")
	if b.top().name != "list" {
		b.flush()
		return
	}
	b.stack = append(b.stack, frame{name: "item"})
}

// closeTo closes what is open down to and with the nearest frame of a name,
// but never beyond the frame that holds such frames.
func (b *builder) closeTo(name, holder string) {
	for i := len(b.stack) - 1; i > 0; i-- {
		switch b.stack[i].name {
		case name:
			for len(b.stack) > i {
				b.pop()
			}
			return
		case holder, "table", "list":
			return
		}
	}
}

// close closes a table or list with all that is open in it.
func (b *builder) close(name string) {
	if b.nest > maxNest {
		b.nest--
		b.flush()
		return
	}
	for i := len(b.stack) - 1; i > 0; i-- {
		if b.stack[i].name == name {
			for len(b.stack) > i {
				b.pop()
			}
			return
		}
	}
}

// pop takes the top frame and puts what it made into the one below.
func (b *builder) pop() {
	if f := b.top(); f.name != "table" && f.name != "row" && f.name != "list" {
		b.flush()
	}
	f := *b.top()
	b.stack = b.stack[:len(b.stack)-1]
	below := b.top()
	switch f.name {
	case "cell":
		f.cell.Blocks = f.blocks
		if below.row != nil {
			below.row.Cells = append(below.row.Cells, *f.cell)
		}
	case "row":
		if below.table != nil && len(f.row.Cells) > 0 {
			below.table.Rows = append(below.table.Rows, *f.row)
		}
	case "item":
		if below.list != nil && len(f.blocks) > 0 {
			below.list.Items = append(below.list.Items, f.blocks)
		}
	case "caption":
		switch {
		case below.table != nil:
			below.table.Caption = plainOf(f.blocks)
		case below.list != nil:
			below.list.Caption = plainOf(f.blocks)
		}
	case "table":
		b.nest--
		if len(f.table.Rows) > 0 || f.table.Caption != "" {
			b.add(b.outside(), Block{Kind: Tabular, Table: f.table})
		}
	case "list":
		b.nest--
		if len(f.list.Items) > 0 || f.list.Caption != "" {
			b.add(b.outside(), Block{Kind: Listing, List: f.list})
		}
	}
}

// plainOf is the text of blocks in one line.
func plainOf(blocks []Block) string {
	var out strings.Builder
	for _, b := range blocks {
		for _, s := range b.Spans {
			out.WriteString(s.Text)
			if s.Break {
				out.WriteByte(' ')
			}
		}
		out.WriteString(b.Text)
		out.WriteByte(' ')
	}
	return strings.TrimSpace(out.String())
}
