package sheet

import (
	"bytes"
	"context"
	"embed"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/fault"
)

// Texts holds the sentences of this package's faults and notes.
//
//go:embed text_ja.json text_en.json
var Texts embed.FS

// Format says what sort of file a Book is.
type Format string

// The formats that are read.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv"
	TSV  Format = "tsv"
)

// Limits bound what a file may cost. A zero field means the default.
type Limits struct {
	Rows     int   // rows with a value in one sheet; 200,000
	Columns  int   // columns with a value; 256
	Unpacked int64 // bytes of all parts after unpacking; 2 GiB
	Strings  int64 // bytes of the shared strings, which are held in memory; 128 MiB
	Kept     int64 // bytes that a Table may hold, 16 per cell included; 256 MiB
}

func (l Limits) orDefault() Limits {
	if l.Rows == 0 {
		l.Rows = 200_000
	}
	if l.Columns == 0 {
		l.Columns = 256
	}
	if l.Unpacked == 0 {
		l.Unpacked = 2 << 30
	}
	if l.Strings == 0 {
		l.Strings = 128 << 20
	}
	if l.Kept == 0 {
		l.Kept = 256 << 20
	}
	return l
}

// maxCell is the longest cell in characters: the limit of Excel itself.
const maxCell = 32_767

// Info describes one sheet of a book.
type Info struct {
	Name   string // empty for a text file
	Hidden bool   // hidden by its maker; it is read all the same
}

// Row is one row that has at least one value.
type Row struct {
	Number int      // as the person sees it, from 1
	Hidden bool     // hidden or filtered out by its maker
	Cells  []string // by column from 0; trailing blank cells may be missing
}

// Stats tells what reading one sheet found.
type Stats struct {
	Rows          int      // rows with a value
	Columns       int      // one more than the last column with a value
	Formulas      int      // cells with a formula, taken by their stored value
	NoValue       int      // formulas without a stored value, read as blank
	NoValueAt     []string // the first ten of them, for example "C5"
	Errors        int      // cells that hold an error such as #REF!, read as blank
	ErrorsAt      []string // the first ten of them
	HiddenRows    int
	HiddenColumns int
	merges        []merge
}

// Book is one opened file. It holds the file's bytes and, for a workbook, its
// shared strings; rows are read when asked for. It may be read by several
// goroutines.
type Book struct {
	Format   Format
	Encoding string // of a text file, as IANA names it; empty for a workbook
	Macros   bool   // it carries macros; they were not read and are never run
	Sheets   []Info

	limits Limits
	xlsx   *workbook
	text   string // of a text file, as UTF-8
	comma  byte
}

// Open looks at a file by its content; the name only helps to name what was
// found instead. It reads the workbook's list of sheets, styles and shared
// strings. What cannot be read is a fault: another kind of file, an encrypted
// or an old binary workbook, a zip bomb, a text in no known encoding.
func Open(name string, data []byte, limits Limits) (*Book, error) {
	limits = limits.orDefault()
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, fault.New(fault.Invalid, "sheet.open.empty")
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return openXLSX(data, limits)
	case bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return nil, oldOffice(data)
	case isOther(data):
		return nil, fault.New(fault.Invalid, "sheet.open.other", extension(name))
	}
	return openText(name, data, limits)
}

// oldOffice tells an encrypted workbook from an old binary one. Both are
// compound files, whose folder names stand in UTF-16 (MS-CFB 2.6.1).
func oldOffice(data []byte) error {
	if bytes.Contains(data, utf16le("EncryptedPackage")) {
		return fault.New(fault.Invalid, "sheet.open.encrypted")
	}
	return fault.New(fault.Invalid, "sheet.open.xls")
}

func utf16le(s string) []byte {
	b := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}

// isOther knows files that people take for spreadsheets, and programs that
// write a web page and call it .xls.
func isOther(data []byte) bool {
	head := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 512)], []byte("\xEF\xBB\xBF")), " \t\r\n"))
	for _, magic := range []string{"%pdf-", "<!doctype", "<html", "<?xml", "<table", "{\\rtf", "\x7felf", "mz\x90", "\x89png",
		"\xff\xd8\xff", "gif8", "\x1f\x8b", "rar!", "7z\xbc\xaf", "sqlite format 3"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// extension is the end of a file name for a message, never longer than ten
// characters.
func extension(name string) string {
	ext := strings.ToLower(path.Ext(strings.ReplaceAll(name, "\\", "/")))
	if len(ext) > 10 || !utf8.ValidString(ext) {
		return ""
	}
	return ext
}

// Each reads one sheet, row by row, in order. do gets rows that have a value;
// the Row and its cells are used again for the next call, so what is to be
// kept is copied. Memory: one row, 64 KiB of buffer and what the Book holds.
// An error of do ends the reading and is returned.
func (b *Book) Each(ctx context.Context, sheet int, do func(*Row) error) (Stats, error) {
	if sheet < 0 || sheet >= len(b.Sheets) {
		return Stats{}, fault.New(fault.NotFound, "sheet.open.nosheet")
	}
	if b.xlsx != nil {
		return b.xlsx.each(ctx, sheet, b.limits, do)
	}
	return b.eachText(ctx, do)
}

// gate counts rows and columns against the limits and lets only rows with a
// value through.
type gate struct {
	ctx    context.Context
	limits Limits
	stats  *Stats
	do     func(*Row) error
}

func (g *gate) pass(row *Row) error {
	last := len(row.Cells)
	for last > 0 && strings.TrimSpace(row.Cells[last-1]) == "" {
		last--
	}
	if last == 0 {
		return nil
	}
	row.Cells = row.Cells[:last]
	if last > g.limits.Columns {
		return fault.New(fault.TooLarge, "sheet.read.columns", g.limits.Columns, row.Number)
	}
	g.stats.Rows++
	if g.stats.Rows > g.limits.Rows {
		return fault.New(fault.TooLarge, "sheet.read.rows", g.limits.Rows)
	}
	if g.stats.Rows%1024 == 0 && g.ctx.Err() != nil {
		return g.ctx.Err()
	}
	g.stats.Columns = max(g.stats.Columns, last)
	if row.Hidden {
		g.stats.HiddenRows++
	}
	return g.do(row)
}

// Letter names a column as spreadsheets do: 0 is A, 26 is AA.
func Letter(column int) string {
	name := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}
