package chart

import (
	"slices"

	"github.com/torideproject/toride/internal/chart/document"
)

// DocBlock is a block of a document as a page prints it: headings follow each
// other without gaps, images have addresses of this site or none.
type DocBlock struct {
	Kind   string
	Level  int // of a heading on the page, 3 to 6
	Spans  []document.Span
	Text   string
	Table  *DocTable
	List   *DocList
	Image  string // address; "" for one that is not shown
	Alt    string
	Target string // where an image that is not shown would have been
}

// DocTable is a table of a document.
type DocTable struct {
	Caption string
	Rows    []DocRow
}

// DocRow is its row.
type DocRow struct{ Cells []DocCell }

// DocCell is its cell.
type DocCell struct {
	Head, Column bool // a heading; of the column below it
	Cols, Rows   int
	Blocks       []DocBlock
}

// DocList is a list of a document.
type DocList struct {
	Ordered bool
	Caption string
	Items   [][]DocBlock
}

// firstHeading is the level of a document's highest heading on the page.
const firstHeading = 3

// docBlocks arranges the blocks of a document for its page.
func docBlocks(blocks []document.Block, at docAddresses) []DocBlock {
	b := docBuilder{at: at, level: firstHeading - 1}
	return b.blocks(blocks)
}

type docBuilder struct {
	at    docAddresses
	level int // of the heading before
}

func (d *docBuilder) blocks(blocks []document.Block) []DocBlock {
	out := make([]DocBlock, 0, len(blocks))
	for i := range blocks {
		out = append(out, d.block(&blocks[i]))
	}
	return out
}

func (d *docBuilder) block(b *document.Block) DocBlock {
	out := DocBlock{Kind: string(b.Kind), Spans: b.Spans, Text: b.Text}
	switch {
	case b.Kind == document.Heading:
		d.level = min(6, max(firstHeading, min(b.Level+firstHeading-1, d.level+1)))
		out.Level = d.level
	case b.Table != nil:
		out.Table = d.table(b.Table)
	case b.List != nil:
		out.List = &DocList{Ordered: b.List.Ordered, Caption: b.List.Caption}
		for _, item := range b.List.Items {
			out.List.Items = append(out.List.Items, d.blocks(item))
		}
	case b.Image != nil:
		out.Alt, out.Target = b.Image.Alt, b.Image.Target
		out.Image = d.image(b.Image)
	}
	return out
}

func (d *docBuilder) table(t *document.Table) *DocTable {
	out := &DocTable{Caption: t.Caption}
	for i := range t.Rows {
		row := DocRow{}
		for k := range t.Rows[i].Cells {
			c := &t.Rows[i].Cells[k]
			row.Cells = append(row.Cells, DocCell{Head: c.Head || t.Rows[i].Head, Column: t.Rows[i].Head, Cols: max(1, c.Cols), Rows: max(1, c.Rows), Blocks: d.blocks(c.Blocks)})
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// image is the address of a picture among the document's own files.
func (d *docBuilder) image(img *document.Image) string {
	if img.Part >= 0 && img.Part < len(d.at.parts) && img.File == "" {
		if p := &d.at.parts[img.Part]; p.Look.Inline && p.Look.Media == "image" {
			return d.at.part(img.Part)
		}
		return ""
	}
	if n := slices.Index(d.at.names, img.File); n >= 0 && img.File != "" {
		return fileURL(d.at.at, n, false)
	}
	return ""
}
