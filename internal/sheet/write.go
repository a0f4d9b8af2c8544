package sheet

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/torideproject/toride/internal/fault"
)

// Out is one sheet to be written. Every cell is written as text: nothing that
// somebody typed can become a formula in the file.
type Out struct {
	Name    string // at most 31 characters, none of []:*?/\
	Heading []string
	Rows    [][]string
}

// WriteXLSX writes a workbook: heading in bold and kept in view, a filter on
// it, columns as wide as their text. Memory grows with the rows of one sheet
// (excelize's stream writer goes to a temporary file above 16 MiB).
func WriteXLSX(w io.Writer, sheets ...Out) (err error) {
	f := excelize.NewFile()
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 49,
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF4"}},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}})
	if err != nil {
		return err
	}
	words, err := f.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	if err != nil {
		return err
	}
	for i, out := range sheets {
		if i == 0 {
			err = f.SetSheetName("Sheet1", out.Name)
		} else {
			_, err = f.NewSheet(out.Name)
		}
		if err == nil {
			err = writeSheet(f, out, bold, words)
		}
		if err != nil {
			return fmt.Errorf("sheet: write %q: %w", out.Name, err)
		}
	}
	return f.Write(w)
}

func writeSheet(f *excelize.File, out Out, bold, words int) error {
	sw, err := f.NewStreamWriter(out.Name)
	if err != nil {
		return err
	}
	for c, width := range widths(out) {
		if err := sw.SetColWidth(c+1, c+1, width); err != nil {
			return err
		}
	}
	err = sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err != nil {
		return err
	}
	line := make([]any, 0, len(out.Heading))
	for r := range len(out.Rows) + 1 {
		cells, style := out.Heading, bold
		if r > 0 {
			cells, style = out.Rows[r-1], words
		}
		line = line[:0]
		for _, cell := range cells {
			if len(cell) > maxCell && utf8.RuneCountInString(cell) > maxCell {
				return fault.New(fault.TooLarge, "sheet.read.cell", maxCell, r+1)
			}
			line = append(line, excelize.Cell{StyleID: style, Value: cell})
		}
		if err := sw.SetRow(fmt.Sprintf("A%d", r+1), line); err != nil {
			return err
		}
	}
	if err := sw.Flush(); err != nil {
		return err
	}
	if len(out.Heading) == 0 {
		return nil
	}
	return f.AutoFilter(out.Name, fmt.Sprintf("A1:%s%d", Letter(len(out.Heading)-1), len(out.Rows)+1), nil)
}

// widths measures the first rows: a wide character takes two columns.
func widths(out Out) []float64 {
	w := make([]float64, len(out.Heading))
	for _, row := range append([][]string{out.Heading}, out.Rows[:min(len(out.Rows), 200)]...) {
		for c, cell := range row {
			if c >= len(w) {
				break
			}
			n := 2.0
			for _, r := range cell {
				if r < 0x2000 || r >= 0xFF61 && r <= 0xFF9F {
					n++
				} else {
					n += 2
				}
			}
			w[c] = max(w[c], 8, min(n, 48))
		}
	}
	return w
}

// WriteCSV writes rows as comma-separated values with CRLF, as Excel does. A
// cell that Excel would run as a formula gets an apostrophe, which Open takes
// off again. Characters that Shift_JIS (code page 932) cannot hold are never
// replaced: the fault says how many there are, which, and in which row.
func WriteCSV(w io.Writer, rows [][]string, enc Encoding) error {
	guarded := make([][]string, len(rows))
	for i, row := range rows {
		guarded[i] = make([]string, len(row))
		for j, cell := range row {
			guarded[i][j] = Guard(cell)
		}
	}
	bw := bufio.NewWriter(w)
	switch enc {
	case UTF8BOM:
		if _, err := bw.WriteString("\uFEFF"); err != nil {
			return err
		}
	case ShiftJIS:
		coded, bad := encodeRows(guarded)
		if len(bad) > 0 {
			return fault.New(fault.Invalid, "sheet.write.unmappable", len(bad), characters(bad), bad[0].Row+1)
		}
		guarded = coded
	default:
		return fault.New(fault.Invalid, "sheet.write.encoding", string(enc))
	}
	for _, row := range guarded {
		for j, cell := range row {
			if j > 0 {
				if err := bw.WriteByte(','); err != nil {
					return err
				}
			}
			if _, err := bw.WriteString(quote(cell)); err != nil {
				return err
			}
		}
		if _, err := bw.WriteString("\r\n"); err != nil {
			return err
		}
	}
	return bw.Flush()
}

// characters lists the first ten different characters.
func characters(bad []Unmappable) string {
	var list []string
	seen := map[string]bool{}
	for _, b := range bad {
		if !seen[b.Character] && len(list) < 10 {
			seen[b.Character] = true
			list = append(list, b.Character)
		}
	}
	return strings.Join(list, " ")
}

// quote is safe on Shift_JIS bytes too: its second bytes begin at 0x40, above
// the quote, the comma and the line ends.
func quote(cell string) string {
	if cell == "" || !strings.ContainsAny(cell, "\",\r\n\t;") && cell[0] != ' ' && cell[len(cell)-1] != ' ' {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}
