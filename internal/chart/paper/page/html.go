package page

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"github.com/torideproject/toride/internal/web"
)

//go:embed sheet.html
var sheetTemplate string

// HTML draws sheets for a browser: with the module's style sheet they print on
// A4 by Ctrl+P, with head and foot on every page. It may be used by several
// goroutines.
type HTML struct{ tmpl *template.Template }

// NewHTML makes an HTML. The error is one of the program.
func NewHTML() (*HTML, error) {
	t, err := template.New("sheet").Funcs(template.FuncMap{
		"kind":   func(b Block) string { return fmt.Sprintf("%T", b)[len("page."):] },
		"size":   func(s Size) string { return []string{"normal", "small", "big", "huge"}[s] },
		"frame":  func(f Frame) string { return []string{"none", "thin", "thick"}[f] },
		"share":  share,
		"bars":   func(id string) template.HTML { return svg([][]bool{stripes(id)}, quiet, "paper-bars") },
		"qr":     func(id string) template.HTML { return svg(square(id), 4, "paper-qr") },
		"pieces": web.Pieces, // amounts stay on one line, as in a PDF
		"times":  func(n int) []struct{} { return make([]struct{}, n) },
		"step":   step,
		"width":  func(cols []Column) int { return len(cols) },
		"rest":   func(r Row, cols []Column) []struct{} { return make([]struct{}, max(len(cols)-len(r.Cells), 0)) },
		"chunk":  func(f Facts) [][]Fact { return chunk(f.Facts, max(f.Columns, 1)) },
	}).Parse(sheetTemplate)
	return &HTML{tmpl: t}, err
}

// Draw gives the sheet as an element of a page. All of its words are escaped.
func (h *HTML) Draw(s *Sheet) (template.HTML, error) {
	var b strings.Builder
	if err := h.tmpl.ExecuteTemplate(&b, "sheet", s); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil // made by html/template
}

// share is a column's class: its width in twentieths of the table.
func share(cols []Column, i int) string {
	sum := 0.0
	for _, c := range cols {
		sum += max(c.Width, 1)
	}
	return fmt.Sprintf("paper-w%d", max(1, int(max(cols[i].Width, 1)/sum*40+0.5)))
}

// step is a class for a least height of a row in steps of millimetres.
func step(a, b float64) string {
	switch h := max(a, b); {
	case h <= 0:
		return ""
	case h <= 8:
		return "paper-h8"
	case h <= 12:
		return "paper-h12"
	}
	return "paper-h20"
}

func chunk(facts []Fact, n int) (out [][]Fact) {
	for at := 0; at < len(facts); at += n {
		out = append(out, facts[at:min(at+n, len(facts))])
	}
	return out
}

// svg draws modules as one path; quiet is how many modules stay white on each
// side. A single row is drawn high.
func svg(code [][]bool, quiet int, class string) template.HTML {
	if len(code) == 0 || len(code[0]) == 0 {
		return ""
	}
	tall, above := 1, quiet
	if len(code) == 1 {
		tall, above = 24, 0
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="%s" viewBox="%d %d %d %d" preserveAspectRatio="none" aria-hidden="true"><path d="`, class, -quiet, -above, len(code[0])+2*quiet, len(code)*tall+2*above)
	for y, row := range code {
		for x := 0; x < len(row); {
			n := x
			for n < len(row) && row[n] {
				n++
			}
			if n > x {
				fmt.Fprintf(&b, "M%d %dh%dv%dh-%dz", x, y*tall, n-x, tall, n-x)
			}
			x = n + 1
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()) // digits only
}
