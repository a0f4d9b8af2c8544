package draft

import (
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// maxCell is what one cell of a workbook holds (Excel's limit is 32,767 UTF-16
// units; this leaves room for characters that take two).
const maxCell = 16000

// XLSX writes the document as a workbook of one sheet, A4, that Excel and
// LibreOffice open. All cells are texts: what somebody typed never becomes a
// formula.
func (d Document) XLSX() (out []byte, err error) {
	f := excelize.NewFile()
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	sheet := d.words.Sheet.In(d.lang)
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return nil, err
	}
	style, err := newStyles(f)
	if err != nil {
		return nil, err
	}
	w := &sheetWriter{f: f, sheet: sheet, cut: d.words.Shortened.In(d.lang)}
	w.row(style.title, d.Title)
	for _, t := range d.Top {
		w.row(0, t)
	}
	w.n++
	w.row(style.head, d.words.Number.In(d.lang), d.words.Column.In(d.lang), d.words.Content.In(d.lang), d.words.WhoWhen.In(d.lang))
	for _, l := range d.Lines {
		s := style.cell
		if !l.Filled {
			s = style.empty
		}
		label := l.Label
		if l.Head != "" && l.Head != l.Label {
			label = l.Head + " / " + l.Label
		}
		w.row(s, l.No, label, l.Text, l.Who)
	}
	w.n++
	w.row(0, d.Note)
	if w.err == nil {
		w.err = page(f, sheet)
	}
	if w.err != nil {
		return nil, w.err
	}
	buf, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

type styles struct{ title, head, cell, empty int }

func newStyles(f *excelize.File) (styles, error) {
	border := make([]excelize.Border, 0, 4)
	for _, side := range []string{"left", "right", "top", "bottom"} {
		border = append(border, excelize.Border{Type: side, Color: "808080", Style: 1})
	}
	wrap := &excelize.Alignment{WrapText: true, Vertical: "top"}
	var s styles
	for _, def := range []struct {
		to    *int
		style excelize.Style
	}{
		{&s.title, excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}}},
		{&s.head, excelize.Style{Font: &excelize.Font{Bold: true}, Border: border, Alignment: wrap,
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8E8E8"}}}},
		{&s.cell, excelize.Style{Border: border, Alignment: wrap}},
		{&s.empty, excelize.Style{Border: border, Alignment: wrap, Font: &excelize.Font{Italic: true}}},
	} {
		id, err := f.NewStyle(&def.style)
		if err != nil {
			return s, err
		}
		*def.to = id
	}
	return s, nil
}

// sheetWriter writes rows from the top and keeps the first error.
type sheetWriter struct {
	f     *excelize.File
	sheet string
	cut   string
	n     int
	err   error
}

func (w *sheetWriter) row(style int, cells ...string) {
	w.n++
	for i, c := range cells {
		if w.err != nil {
			return
		}
		var name string
		if name, w.err = excelize.CoordinatesToCellName(i+1, w.n); w.err != nil {
			return
		}
		if w.err = w.f.SetCellStr(w.sheet, name, fit(c, w.cut)); w.err == nil && style != 0 {
			w.err = w.f.SetCellStyle(w.sheet, name, name, style)
		}
	}
}

// fit cuts what a cell cannot hold and says that it did.
func fit(s, cut string) string {
	s = strings.ToValidUTF8(s, "?")
	if utf8.RuneCountInString(s) <= maxCell {
		return s
	}
	return string([]rune(s)[:maxCell]) + cut
}

func page(f *excelize.File, sheet string) error {
	for col, width := range map[string]float64{"A": 6, "B": 28, "C": 62, "D": 24} {
		if err := f.SetColWidth(sheet, col, col, width); err != nil {
			return err
		}
	}
	size, fitWidth, fitHeight, landscape := 9, 1, 0, "landscape" // 9 is A4
	if err := f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &size, FitToWidth: &fitWidth, FitToHeight: &fitHeight, Orientation: &landscape}); err != nil {
		return err
	}
	fitToPage := true
	return f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fitToPage})
}
