package asset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sheet"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Bounds of an import.
const (
	MaxImportFile = 20 << 20 // bytes of the file
	// MaxImportRows is six times the devices of a hospital of 865 beds: one
	// transaction holds the only writer, and this many rows keep it below ten
	// seconds on a small box.
	MaxImportRows = 20_000
)

// RowState is what an import does with one row.
type RowState string

// What becomes of a row. Created is a vendor or a system that no row is about
// but that a row names.
const (
	RowNew       RowState = "new"
	RowChanged   RowState = "changed"
	RowUnchanged RowState = "unchanged"
	RowRejected  RowState = "rejected"
	RowCreated   RowState = "created"
)

// RowStates lists the states in the order in which pages show them.
func RowStates() []RowState {
	return []RowState{RowNew, RowChanged, RowCreated, RowRejected, RowUnchanged}
}

// FieldChange is one field that a row changes, in words that people read: a
// vendor by its name.
type FieldChange struct {
	Field string `json:"field"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new"`
}

// Label names the field in the reader's words.
func (c FieldChange) Label() text.Msg { return labelOf(c.Field) }

// ImportRow is one row of a file and what an import does with it.
type ImportRow struct {
	Sheet    string        `json:"sheet,omitempty"`
	Row      int           `json:"row"`
	Table    string        `json:"table"`
	State    RowState      `json:"state"`
	Object   string        `json:"object,omitempty"` // "asset/ID"; empty before a new record is written
	Name     string        `json:"name"`
	Reason   text.Msg      `json:"reason,omitzero"`
	Warnings []text.Msg    `json:"warnings,omitempty"`
	Changes  []FieldChange `json:"changes,omitempty"`
}

// SheetMap says what one sheet of a file is and what its columns are. It is
// what a person corrects and what is remembered for the next file with the
// same headings.
type SheetMap struct {
	Index   int      `json:"index"` // in the file, from 0
	Sheet   string   `json:"sheet,omitempty"`
	Table   string   `json:"table"`             // "asset" …, or empty: not imported
	Fields  []string `json:"fields"`            // of each column: a field's name, "id", "+note", or empty
	Default string   `json:"default,omitempty"` // kind of rows whose own kind cannot be read
}

// Report is what reading, comparing and applying a file gave.
type Report struct {
	ID       string           `json:"id,omitempty"` // of the stored import; empty after a dry run
	File     string           `json:"file"`
	SHA256   string           `json:"sha256"`
	Bytes    int              `json:"bytes"`
	Format   string           `json:"format"`
	Encoding string           `json:"encoding,omitempty"`
	Notes    []text.Msg       `json:"notes,omitempty"`
	Sheets   []SheetReport    `json:"sheets"`
	Counts   map[RowState]int `json:"counts"`
	Warned   int              `json:"warned"` // rows with a warning
	Fields   int              `json:"fields"` // fields that change
	Rows     []ImportRow      `json:"rows,omitempty"`
	Applied  bool             `json:"applied"`
	Seconds  float64          `json:"seconds"`
}

// SheetReport is how one sheet was understood.
type SheetReport struct {
	SheetMap
	HeadingRow int          `json:"heading_row"`
	Titles     []string     `json:"titles"`
	Remembered bool         `json:"remembered"` // the mapping is one that a person confirmed before
	Rows       int          `json:"rows"`
	Skipped    []sheet.Skip `json:"skipped,omitempty"`
	Samples    [][]string   `json:"-"`
}

// ImportOptions change what ImportFile does.
type ImportOptions struct {
	DryRun  bool   // compare only; nothing is written
	Table   string // "asset" …: what every sheet is; empty: guessed from sheet name and headings
	Default string // kind of assets and lines whose own kind cannot be read; empty: such rows are rejected
}

// ImportFile reads a workbook or text file, compares it with the register and,
// unless it is a dry run, applies it. The columns are taken as they were
// confirmed for the same headings before, else as guessed. The name is only
// shown and kept. Faults: what internal/sheet says of the file; too many rows;
// Conflict when somebody changed the register between comparing and applying.
func (g *Register) ImportFile(ctx context.Context, actor ledger.Actor, name string, r io.Reader, opts ImportOptions) (Report, error) {
	begun := g.clock()
	data, err := io.ReadAll(io.LimitReader(r, MaxImportFile+1))
	if err != nil {
		return Report{}, fault.New(fault.Invalid, "asset.import.unreadable").With(err)
	}
	name = web.CleanName(name)
	if opts.DryRun {
		f, err := g.readFile(ctx, name, data)
		if err != nil {
			return Report{}, err
		}
		if err := g.mapSheets(ctx, f, opts); err != nil {
			return Report{}, err
		}
		p, err := g.plan(ctx, g.read(), f)
		if err != nil {
			return Report{}, err
		}
		rep := f.report(p)
		rep.Seconds = g.clock().Sub(begun).Seconds()
		return rep, nil
	}
	id, f, err := g.stage(ctx, actor, name, data, opts)
	if err != nil {
		return Report{}, err
	}
	im, err := g.Import(ctx, id)
	if err != nil {
		return Report{}, err
	}
	rep, err := g.apply(ctx, actor, im, f) // the file need not be read again
	rep.Seconds = g.clock().Sub(begun).Seconds()
	return rep, err
}

// importFile is a file that was read.
type importFile struct {
	name   string
	sum    string
	data   []byte
	book   *sheet.Book
	sheets []importSheet
	notes  []text.Msg
	words  *vocabulary
}

// importSheet is one sheet with a heading.
type importSheet struct {
	SheetMap
	table      *sheet.Table
	print      string // fingerprint of the heading
	remembered bool
}

// readFile opens a file and understands each of its sheets. Sheets without a
// heading are noted; a file in which no sheet has one is a fault.
func (g *Register) readFile(ctx context.Context, name string, data []byte) (*importFile, error) {
	if len(data) > MaxImportFile {
		return nil, fault.New(fault.TooLarge, "asset.import.file_too_large", MaxImportFile>>20)
	}
	sum := sha256.Sum256(data)
	f := &importFile{name: name, data: data, sum: hex.EncodeToString(sum[:])}
	var err error
	if f.words, err = readWords(); err != nil {
		return nil, err
	}
	if f.book, err = sheet.Open(name, data, sheet.Limits{}); err != nil {
		return nil, err
	}
	if f.book.Macros {
		f.notes = append(f.notes, text.M("asset.import.note.macros"))
	}
	var first error
	for i, info := range f.book.Sheets {
		t, err := f.book.Table(ctx, i, f.words.known)
		if err != nil {
			var bad *fault.Error
			if !errors.As(err, &bad) || bad.Msg.Key != "sheet.table.heading" {
				return nil, err
			}
			first = errors.Join(first, err)
			f.notes = append(f.notes, text.M("asset.import.note.no_heading", info.Name))
			continue
		}
		f.noteSheet(info, t)
		f.sheets = append(f.sheets, importSheet{SheetMap: SheetMap{Index: i, Sheet: info.Name}, table: t, print: fingerprint(t)})
	}
	if len(f.sheets) == 0 {
		return nil, first
	}
	return f, f.checkRows()
}

func (f *importFile) checkRows() error {
	total := 0
	for _, s := range f.sheets {
		total += len(s.table.Rows)
	}
	if total > MaxImportRows {
		return fault.New(fault.TooLarge, "asset.import.too_many_rows", total, MaxImportRows)
	}
	return nil
}

// noteSheet says what a reader of the sheet should know.
func (f *importFile) noteSheet(info sheet.Info, t *sheet.Table) {
	add := func(on bool, key string, args ...any) {
		if on {
			f.notes = append(f.notes, text.M("asset.import.note."+key, append([]any{sheetName(info.Name)}, args...)...))
		}
	}
	s := t.Stats
	add(info.Hidden, "hidden_sheet")
	add(s.HiddenRows > 0, "hidden_rows", s.HiddenRows)
	add(s.HiddenColumns > 0, "hidden_columns", s.HiddenColumns)
	add(s.Formulas > 0, "formulas", s.Formulas)
	add(s.NoValue > 0, "no_value", s.NoValue, join(s.NoValueAt))
	add(s.Errors > 0, "errors", s.Errors, join(s.ErrorsAt))
	add(t.Carried > 0, "carried", t.Carried)
}

// sheetName names a sheet in a sentence; a text file's has no name.
func sheetName(name string) any {
	if name == "" {
		return text.M("asset.import.this_file")
	}
	return name
}

// mapSheets decides what each sheet and column is: as remembered, else guessed.
func (g *Register) mapSheets(ctx context.Context, f *importFile, opts ImportOptions) error {
	kept, err := g.rememberedMaps(ctx)
	if err != nil {
		return err
	}
	for i := range f.sheets {
		s := &f.sheets[i]
		if m, ok := kept[s.print]; ok && len(m.Fields) == len(s.table.Columns) && (opts.Table == "" || m.Table == opts.Table) {
			s.Table, s.Fields, s.Default, s.remembered = m.Table, m.Fields, m.Default, true
		} else {
			s.Table, s.Fields = f.words.guess(s.Sheet, s.table, opts.Table)
		}
		if s.Default == "" && (s.Table == "asset" || s.Table == "line") {
			s.Default = f.defaultFor(s.Table, opts.Default)
		}
	}
	return nil
}

// defaultFor takes a default kind only where the table has it.
func (f *importFile) defaultFor(table, kind string) string {
	for _, field := range newRecord(table).fields() {
		if field.name == "kind" && contains(field.choices, kind) {
			return kind
		}
	}
	return ""
}

// report sums a plan up.
func (f *importFile) report(p *plan) Report {
	rep := Report{File: f.name, SHA256: f.sum, Bytes: len(f.data), Format: string(f.book.Format), Encoding: f.book.Encoding,
		Notes: f.notes, Counts: map[RowState]int{}}
	for _, s := range f.sheets {
		rep.Sheets = append(rep.Sheets, s.report())
	}
	for _, r := range p.rows {
		rep.Counts[r.State]++
		rep.Fields += len(r.Changes)
		if len(r.Warnings) > 0 {
			rep.Warned++
		}
		rep.Rows = append(rep.Rows, r.ImportRow)
	}
	return rep
}

func (s importSheet) report() SheetReport {
	r := SheetReport{SheetMap: s.SheetMap, HeadingRow: s.table.HeadingRow, Remembered: s.remembered, Rows: len(s.table.Rows), Skipped: s.table.Skipped}
	for _, c := range s.table.Columns {
		title := c.Title
		if title == "" {
			title = sheet.Letter(c.Index)
		}
		r.Titles = append(r.Titles, title)
	}
	for i := range s.table.Columns {
		var sample []string
		for _, row := range s.table.Rows {
			if v := row.Cells[i]; v != "" && len(sample) < 3 {
				sample = append(sample, v)
			}
		}
		r.Samples = append(r.Samples, sample)
	}
	return r
}

// Import is one stored import.
type Import struct {
	ID        string
	Name      string
	SHA256    string
	Bytes     int
	State     ImportState
	CreatedAt time.Time
	CreatedBy string
	AppliedAt time.Time
	AppliedBy string
	UndoneAt  time.Time
	UndoneBy  string
	Report    Report
	Undo      UndoReport
	digest    string
	data      []byte
}

// ImportState is how far an import is.
type ImportState string

// The states of an import.
const (
	Staged  ImportState = "staged"  // compared, waiting for a person
	Applied ImportState = "applied" // in the register
	Undone  ImportState = "undone"  // taken back as far as possible
)
