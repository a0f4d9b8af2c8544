package page

import (
	"fmt"

	"github.com/torideproject/toride/internal/chart/paper/pdf"
)

// A4 in points.
const (
	mm        = 72 / 25.4
	longSide  = 297 * mm
	shortSide = 210 * mm
)

// Paper draws sheets as pages of A4. It does not change and may be used by
// several goroutines.
type Paper struct {
	font  *pdf.Font
	scale float64
}

// NewPaper makes a Paper. Large print draws all letters a quarter larger.
func NewPaper(font *pdf.Font, large bool) *Paper {
	p := &Paper{font: font, scale: 1}
	if large {
		p.scale = 1.25
	}
	return p
}

// Draw adds a sheet to a file: its pages carry their number and how many the
// sheet has. The sheet must be Readable. Time and memory are those of its
// pages.
func (p *Paper) Draw(f *pdf.File, s *Sheet) (pages int, err error) {
	all := p.Pages(s)
	for i, c := range all {
		if i == 0 && s.Mark != "" {
			f.Mark(1, s.Mark)
		}
		if err := f.Page(c); err != nil {
			return i, err
		}
	}
	return len(all), nil
}

// Pages draws a sheet. There is at least one page.
func (p *Paper) Pages(s *Sheet) []*pdf.Canvas {
	d := &press{paper: p, sheet: clamped(s)}
	d.width, d.height = shortSide, longSide
	if s.Landscape {
		d.width, d.height = longSide, shortSide
	}
	// The left margin takes the holes of a file.
	d.left, d.right, d.top, d.bottom = 17*mm, d.width-11*mm, 9*mm, d.height-9*mm
	if s.Bare {
		d.left, d.right, d.top, d.bottom = 10*mm, d.width-10*mm, 10*mm, d.height-10*mm
	}
	d.foot()
	d.repeat = d.sheet.Repeat
	blocks := d.sheet.Blocks
	d.newPage()
	if d.body-d.top > 0.55*(d.bottom-d.top) {
		// Too much to be repeated: it stands once, in front of the rest.
		blocks = append(append([]Block(nil), d.repeat...), blocks...)
		d.repeat, d.pages = nil, nil
		d.newPage()
	}
	for i, b := range blocks {
		var next Block
		if i+1 < len(blocks) {
			next = blocks[i+1]
		}
		d.block(b, next)
	}
	for i, c := range d.pages {
		if !s.Bare {
			n := fmt.Sprintf("%d/%d", i+1, len(d.pages))
			size := 10 * p.scale
			c.Text(d.right-p.font.Width(n, size), d.bottom+p.lead(size), size, true, n)
		}
	}
	return d.pages
}

// size is a size of letters in points.
func (p *Paper) size(s Size) float64 {
	switch s {
	case Small:
		return 9 * p.scale
	case Big:
		return 12 * p.scale
	case Huge:
		return 16 * p.scale
	}
	return 10 * p.scale
}

// lead is how much a line of letters takes.
func (p *Paper) lead(size float64) float64 { return size * 1.3 }

// line is a piece of a cell that fits its width.
type line struct {
	text string
	size float64
	bold bool
	lead float64
}

// lines breaks a cell into lines.
func (p *Paper) lines(c Cell, width float64) (out []line) {
	for _, s := range c {
		size := p.size(s.Size)
		for _, text := range wrap(s.Text, width, func(r rune) float64 { return float64(p.font.Advance(r)) * size / 1000 }) {
			out = append(out, line{text: text, size: size, bold: s.Bold, lead: p.lead(size)})
		}
	}
	return out
}

func heightOf(lines []line) (sum float64) {
	for _, l := range lines {
		sum += l.lead
	}
	return sum
}

// maxHead is how many characters of a name or place stand in the head; what is
// longer stands whole in front of the blocks.
const maxHead = 60

// clamped gives the sheet with a head that leaves room for the rest.
func clamped(s *Sheet) *Sheet {
	out := *s
	var more Cell
	clamp := func(text string) string {
		if r := []rune(text); len(r) > maxHead {
			more = append(more, Span{Text: text, Bold: true})
			return string(r[:maxHead]) + "…"
		}
		return text
	}
	out.Title, out.Slogan, out.Head.Hospital, out.Head.About = clamp(s.Title), clamp(s.Slogan), clamp(s.Head.Hospital), clamp(s.Head.About)
	if s.Head.Patient != nil {
		p := *s.Head.Patient
		p.ID, p.Kanji, p.Kana, p.Birth, p.Place = clamp(p.ID), clamp(p.Kanji), clamp(p.Kana), clamp(p.Birth), clamp(p.Place)
		out.Head.Patient = &p
	}
	if len(s.Head.Warnings) > 4 { // the rest stands on the first page
		for _, w := range s.Head.Warnings[4:] {
			more = append(more, Span{Text: w, Bold: true})
		}
		out.Head.Warnings = s.Head.Warnings[:4]
	}
	if len(more) > 0 {
		out.Blocks = append([]Block{Text{Cell: more, Frame: Thick}}, s.Blocks...)
	}
	return &out
}
