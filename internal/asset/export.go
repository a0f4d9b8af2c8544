package asset

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
)

// ExportFormat is how an export is written.
type ExportFormat string

// The formats of an export.
const (
	ExportXLSX ExportFormat = "xlsx"
	ExportCSV  ExportFormat = "csv"  // UTF-8 with a byte order mark
	ExportSJIS ExportFormat = "sjis" // CSV in Shift_JIS (code page 932)
)

// ExportFormats lists the formats in the order in which forms show them.
func ExportFormats() []ExportFormat { return []ExportFormat{ExportXLSX, ExportCSV, ExportSJIS} }

// ExportTables lists what can be exported; "all" is a workbook with a sheet of
// each kind.
func ExportTables() []string { return []string{"all", "asset", "line", "system", "vendor", "contract"} }

// Export writes one table, or all as a workbook, with headings and choices in
// the words of say. What it writes is read back by ImportFile without a
// difference: references are names, days are 2006-01-02, the last column is
// Toride's own ID, by which a renamed record is found again. It leaves a line
// in the ledger.
func (g *Register) Export(ctx context.Context, actor ledger.Actor, table string, format ExportFormat, say func(text.Msg) string) ([]byte, error) {
	if !contains(ExportTables(), table) || !slices.Contains(ExportFormats(), format) {
		return nil, fault.New(fault.Invalid, "asset.export.unknown")
	}
	if table == "all" && format != ExportXLSX {
		return nil, fault.New(fault.Invalid, "asset.export.all_needs_xlsx")
	}
	tables := []string{table}
	if table == "all" {
		tables = ExportTables()[1:]
	}
	dir, err := loadDirectory(ctx, g.read())
	if err != nil {
		return nil, err
	}
	var outs []sheet.Out
	rows := 0
	for _, t := range tables {
		out := dir.export(t, say)
		rows += len(out.Rows)
		outs = append(outs, out)
	}
	var buf bytes.Buffer
	switch format {
	case ExportXLSX:
		err = sheet.WriteXLSX(&buf, outs...)
	case ExportCSV:
		err = sheet.WriteCSV(&buf, append([][]string{outs[0].Heading}, outs[0].Rows...), sheet.UTF8BOM)
	case ExportSJIS:
		err = sheet.WriteCSV(&buf, append([][]string{outs[0].Heading}, outs[0].Rows...), sheet.ShiftJIS)
	}
	if err != nil {
		return nil, err
	}
	err = g.book.Note(ctx, actor, "asset.export", "asset/export", map[string]any{"table": table, "format": format, "rows": rows})
	return buf.Bytes(), err
}

// export makes the sheet of one table, sorted by name.
func (d *directory) export(table string, say func(text.Msg) string) sheet.Out {
	out := sheet.Out{Name: say(text.M("asset.export.table." + table))}
	for _, f := range newRecord(table).fields() {
		out.Heading = append(out.Heading, say(labelOf(f.name)))
	}
	out.Heading = append(out.Heading, say(text.M("asset.export.id")))
	entries := slices.Clone(d.all[table])
	slices.SortFunc(entries, func(a, b *entry) int {
		if a.name() != b.name() {
			return strings.Compare(a.name(), b.name())
		}
		return strings.Compare(a.id(), b.id())
	})
	for _, e := range entries {
		row := make([]string, 0, len(out.Heading))
		for _, f := range e.rec.fields() {
			v := f.at.get()
			switch {
			case f.shape == choice:
				v = say(choiceOf(table, f.name, v))
			case f.shape >= toVendor:
				v = d.titles[v]
			}
			row = append(row, v)
		}
		out.Rows = append(out.Rows, append(row, e.id()))
	}
	return out
}

// exportName is the file name of an export: table, day, ending.
func exportName(table string, format ExportFormat, now time.Time) string {
	end := ".csv"
	if format == ExportXLSX {
		end = ".xlsx"
	}
	return "toride-" + table + "-" + now.Format("20060102") + end
}
