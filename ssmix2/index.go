package ssmix2

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// IndexRow is one row of the index database's table SSMIXIDX.
type IndexRow struct {
	Volume   string // VolumeLabel
	Facility string
	Name     Name // patient, date, kind, order, department, time; Flag from the file name
	Delete   bool // ProcessingType DEL
	Dir      string
	File     string
	Updated  string
	Row      int // from 1, the header not counted
}

// indexColumns are the table's columns in their order.
func indexColumns() []string {
	return []string{"VOLUMELABEL", "FACILITYID", "PATIENTID", "ORDERDATE", "DATAKIND", "ORDERNO", "PROCESSINGTYPE", "ENTERORGCD", "TRANSACTIONDATETIME",
		"OUTRELDIRECTORY", "FILENAME", "UPDATEDATETIME"}
}

// IndexReader reads an export of the index database: CSV or TSV, with or
// without a line of column names (in any order; further columns are passed
// over), in UTF-8 or CP932.
type IndexReader struct {
	csv   *csv.Reader
	place map[string]int // column → field
	first []string       // a row that was read to see whether it is a header
	row   int
	l     lints
}

// NewIndexReader begins to read. The error is the reader's; io.EOF if there is
// nothing.
func NewIndexReader(in io.Reader) (*IndexReader, error) {
	b := bufio.NewReaderSize(&capped{in: in}, 64<<10)
	head, err := b.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(head) == 0 {
		return nil, io.EOF
	}
	if strings.HasPrefix(string(head), "\xEF\xBB\xBF") {
		if _, err := b.Discard(3); err != nil {
			return nil, err
		}
		head = head[3:]
	}
	line := string(head)
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	r := &IndexReader{csv: csv.NewReader(b), place: map[string]int{}}
	r.csv.FieldsPerRecord, r.csv.LazyQuotes, r.csv.ReuseRecord = -1, true, true
	if strings.Count(line, "\t") > strings.Count(line, ",") {
		r.csv.Comma = '\t'
	}
	first, err := r.csv.Read()
	if err != nil {
		return nil, err
	}
	r.header(first)
	return r, nil
}

func (r *IndexReader) header(first []string) {
	for i, f := range first {
		name := strings.ToUpper(strings.Trim(f, " \"[]`"))
		for _, c := range indexColumns() {
			if name == c {
				r.place[c] = i
			}
		}
	}
	if len(r.place) == 0 { // no names: the columns as the specification has them
		for i, c := range indexColumns() {
			r.place[c] = i
		}
		r.first = append([]string(nil), first...)
		return
	}
	var missing []string
	for _, c := range []string{"PATIENTID", "ORDERDATE", "DATAKIND", "ORDERNO", "TRANSACTIONDATETIME", "FILENAME"} {
		if _, ok := r.place[c]; !ok {
			missing = append(missing, c)
		}
	}
	if len(missing) > 0 {
		r.l.add(IndexColumns, "", missing...)
	}
}

// Next gives the next row; io.EOF at the end. A row that cannot be understood
// is passed over and becomes a lint.
func (r *IndexReader) Next() (IndexRow, error) {
	for {
		f := r.first
		r.first = nil
		if f == nil {
			var err error
			f, err = r.csv.Read()
			var bad *csv.ParseError
			switch {
			case errors.As(err, &bad):
				r.row++
				r.l.add(BadIndexRow, "", strconv.Itoa(r.row))
				continue
			case err != nil:
				return IndexRow{}, err
			}
		}
		r.row++
		if row, ok := r.read(f); ok {
			return row, nil
		}
		r.l.add(BadIndexRow, "", strconv.Itoa(r.row))
	}
}

// Lints are those so far.
func (r *IndexReader) Lints() []Lint { return r.l }

func (r *IndexReader) read(f []string) (IndexRow, bool) {
	get := func(column string) string {
		i, ok := r.place[column]
		if !ok || i >= len(f) {
			return ""
		}
		s := strings.TrimSpace(f[i])
		if !utf8.ValidString(s) {
			s, _ = fromCP932([]byte(s))
		}
		return strings.Clone(strings.ToValidUTF8(s, "\uFFFD"))
	}
	row := IndexRow{Volume: get("VOLUMELABEL"), Facility: get("FACILITYID"), Dir: strings.ReplaceAll(get("OUTRELDIRECTORY"), "\\", "/"), File: get("FILENAME"),
		Updated: get("UPDATEDATETIME"), Delete: strings.EqualFold(get("PROCESSINGTYPE"), "DEL"), Row: r.row}
	row.Name = Name{Patient: get("PATIENTID"), Date: get("ORDERDATE"), Kind: get("DATAKIND"), Order: get("ORDERNO"), Dept: get("ENTERORGCD"), Sent: get("TRANSACTIONDATETIME")}
	if row.Name.Date == "" {
		row.Name.Date = "-"
	}
	if s := row.Name.Sent; len(s) > 17 || !allDigits(s) {
		return IndexRow{}, false
	}
	row.Name.Sent = fillTime(row.Name.Sent)
	if n := len(row.File); n > 1 && row.File[n-2] == '_' {
		row.Name.Flag = row.File[n-1]
	}
	row.Dir = strings.Trim(row.Dir, "/")
	ok := patientID(row.Name.Patient) && isDate(row.Name.Date) && row.Name.Kind != "" && row.Name.Flag >= Invalid && row.Name.Flag <= Superseded &&
		!strings.Contains("/"+row.Dir+"/", "/../") && !strings.Contains(row.File, "/")
	return row, ok
}

// capped ends an input whose line is without end: csv holds a record in
// memory whole, and quotes may stand open for gigabytes.
type capped struct {
	in    io.Reader
	quiet int // bytes since the last line end
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	for _, b := range p[:n] {
		if c.quiet++; b == '\n' || b == '\r' {
			c.quiet = 0
		}
	}
	if c.quiet > 1<<20 {
		return n, ErrTooLarge
	}
	return n, err
}
