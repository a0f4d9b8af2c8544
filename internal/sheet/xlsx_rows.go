package sheet

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/fault"
)

// merge is a block of merged cells, rows from 1 and columns from 0, both ends
// included.
type merge struct{ row, rowEnd, col, colEnd int }

// maxMerges is more than any printed form has.
const maxMerges = 100_000

// sheetReader reads the part of one sheet.
type sheetReader struct {
	w     *workbook
	x     *xmlReader
	gate  gate
	row   Row
	stats Stats
	text  []byte
}

// each reads a sheet in one pass.
func (w *workbook) each(ctx context.Context, sheet int, limits Limits, do func(*Row) error) (Stats, error) {
	rc, err := w.part(w.paths[sheet])
	if err != nil {
		return Stats{}, err
	}
	defer func() { _ = rc.Close() }() // only read: nothing is lost
	r := &sheetReader{w: w, x: newXMLReader(rc)}
	r.gate = gate{ctx: ctx, limits: limits, stats: &r.stats, do: func(row *Row) error {
		if err := do(row); err != nil {
			return callerError{err}
		}
		return nil
	}}
	for {
		kind, err := r.x.next()
		if err == io.EOF {
			return r.stats, nil
		}
		if err == nil && kind == tokenStart {
			err = r.element()
		}
		if err != nil {
			return r.stats, keepCause(ctx, err)
		}
	}
}

// keepCause leaves faults, errors of the caller's function and an ended
// context alone; errors of reading become a fault.
func keepCause(ctx context.Context, err error) error {
	if c, ok := err.(callerError); ok {
		return c.error
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return asFault(err)
}

// callerError marks an error that came out of the function given to Each.
type callerError struct{ error }

func (r *sheetReader) element() error {
	switch string(r.x.name) {
	case "row":
		return r.readRow()
	case "col":
		if r.x.attrTrue("hidden") {
			from := r.x.attrInt("min", 1)
			to := min(r.x.attrInt("max", from), r.gate.limits.Columns)
			r.stats.HiddenColumns += max(0, to-from+1)
		}
	case "mergeCell":
		m, ok := parseMerge(r.x.attrText("ref"))
		if !ok {
			return errXML
		}
		if len(r.stats.merges) == maxMerges {
			return fault.New(fault.TooLarge, "sheet.read.merges", maxMerges)
		}
		r.stats.merges = append(r.stats.merges, m)
	}
	return nil
}

func (r *sheetReader) readRow() error {
	number := r.x.attrInt("r", r.row.Number+1)
	if number <= r.row.Number || number > 1<<20 {
		return fmt.Errorf("sheet: row %d after %d", number, r.row.Number)
	}
	r.row.Number, r.row.Hidden, r.row.Cells = number, r.x.attrTrue("hidden"), r.row.Cells[:0]
	column := -1
	for {
		kind, err := r.x.next()
		if err == io.EOF {
			return errXML
		}
		if err != nil {
			return err
		}
		switch kind {
		case tokenEnd:
			return r.gate.pass(&r.row)
		case tokenStart:
			if string(r.x.name) != "c" {
				err = r.x.skip()
			} else {
				column, err = r.readCell(column)
			}
			if err != nil {
				return err
			}
		}
	}
}

// readCell reads one cell that follows the given column.
func (r *sheetReader) readCell(before int) (int, error) {
	column := before + 1
	if ref, ok := r.x.attr("r"); ok {
		c, _, ok := parseRef(string(ref))
		if !ok {
			return 0, errXML
		}
		column = c
	}
	if column > 16383 {
		return 0, errXML
	}
	kind, style := cellType(r.x), r.x.attrInt("s", 0)
	hasFormula, hasValue := false, false
	r.text = r.text[:0]
	for {
		tok, err := r.x.next()
		if err != nil {
			return 0, err
		}
		if tok == tokenEnd {
			break
		}
		if tok != tokenStart {
			continue
		}
		switch string(r.x.name) {
		case "v":
			hasValue = true
			r.text, err = plainText(r.x, r.text)
		case "is":
			r.text, err = richText(r.x, r.text)
		case "f":
			hasFormula = true
			err = r.x.skip()
		default:
			err = r.x.skip()
		}
		if err != nil {
			return 0, err
		}
	}
	if hasFormula {
		r.stats.Formulas++
		if !hasValue || (len(r.text) == 0 && kind != textCell) {
			r.stats.NoValue++
			r.stats.NoValueAt = r.remember(r.stats.NoValueAt, column)
		}
	}
	value, err := r.value(kind, style, column)
	if err == nil && value != "" {
		r.set(column, value)
	}
	return column, err
}

// cellKind is the type of a stored value (ECMA-376 part 1, 18.18.11).
type cellKind uint8

const (
	numberCell cellKind = iota
	sharedCell
	textCell // inline, or the result of a formula
	boolCell
	errorCell
	isoCell // a date in ISO 8601
)

func cellType(x *xmlReader) cellKind {
	t, _ := x.attr("t")
	switch string(t) {
	case "s":
		return sharedCell
	case "str", "inlineStr":
		return textCell
	case "b":
		return boolCell
	case "e":
		return errorCell
	case "d":
		return isoCell
	}
	return numberCell
}

func (r *sheetReader) remember(places []string, column int) []string {
	if len(places) >= 10 {
		return places
	}
	return append(places, Letter(column)+strconv.Itoa(r.row.Number))
}

func (r *sheetReader) set(column int, value string) {
	for len(r.row.Cells) <= column {
		r.row.Cells = append(r.row.Cells, "")
	}
	r.row.Cells[column] = value
}

// value turns what was stored into the text of the cell.
func (r *sheetReader) value(kind cellKind, style, column int) (string, error) {
	if len(r.text) == 0 {
		return "", nil
	}
	switch kind {
	case sharedCell:
		n, err := strconv.Atoi(string(r.text))
		s, ok := r.w.strings.at(n)
		if err != nil || !ok {
			return "", fmt.Errorf("sheet: no shared string %q", r.text)
		}
		return s, nil
	case textCell:
		if !goodText(r.text) {
			return "", errXML
		}
		if utf8.RuneCount(r.text) > maxCell {
			return "", fault.New(fault.TooLarge, "sheet.read.cell", maxCell, r.row.Number)
		}
		return string(r.text), nil
	case boolCell:
		if string(r.text) == "1" {
			return "TRUE", nil
		}
		return "FALSE", nil
	case errorCell:
		r.stats.Errors++
		r.stats.ErrorsAt = r.remember(r.stats.ErrorsAt, column)
		return "", nil
	case isoCell:
		return strings.TrimSuffix(strings.TrimSuffix(string(r.text), "T00:00:00"), "T00:00:00.000"), nil
	}
	f := format{}
	if style < len(r.w.formats) {
		f = r.w.formats[style]
	}
	return number(string(r.text), f, r.w.from)
}

// plainText reads the characters of an element up to its end.
func plainText(x *xmlReader, dst []byte) ([]byte, error) {
	for {
		kind, err := x.next()
		switch {
		case err != nil:
			return dst, err
		case kind == tokenText:
			dst = appendText(dst, x.text)
		case kind == tokenStart:
			if err := x.skip(); err != nil {
				return dst, err
			}
		default:
			return dst, nil
		}
	}
}

// epoch is the day from which a workbook counts.
type epoch bool

const epoch1904 epoch = true

// number prints a stored number as its format means it: a date as 2006-01-02,
// an inventory number with its zeros, a version 5.40 with its zero.
func number(raw string, f format, from epoch) (string, error) {
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return "", fmt.Errorf("sheet: not a number: %.40q", raw)
	}
	switch f.kind {
	case dayFormat, monthFormat, timeFormat:
		if s, ok := serial(v, f.kind, from); ok {
			return s, nil
		}
	case padded:
		if v >= 0 && v == math.Trunc(v) && v < 1e15 {
			return fmt.Sprintf("%0*d", f.digits, int64(v)), nil
		}
	case fixed:
		return strconv.FormatFloat(v, 'f', f.digits, 64), nil
	}
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatInt(int64(v), 10), nil
	}
	// Fifteen digits are what Excel shows of its binary numbers.
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	if err != nil {
		return "", err
	}
	return strconv.FormatFloat(short, 'f', -1, 64), nil
}

// serial prints the day and time that a serial number stands for.
func serial(v float64, kind formatKind, from epoch) (string, bool) {
	if v < 0 || v >= 2_958_466 {
		return "", false
	}
	days, seconds := int(v), int(math.Round((v-math.Trunc(v))*86400))
	if kind == timeFormat && days == 0 {
		return time.Time{}.Add(time.Duration(seconds) * time.Second).Format("15:04"), true
	}
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case from == epoch1904:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days < 60:
		days++ // Excel believes that 1900 was a leap year
	}
	t := base.AddDate(0, 0, days).Add(time.Duration(seconds) * time.Second)
	switch {
	case kind == timeFormat && from != epoch1904 && v < 60:
		return "", false // hours that were added up, not a point in time
	case kind == monthFormat:
		return t.Format("2006-01"), true
	case seconds != 0 && seconds != 86400:
		return t.Format("2006-01-02 15:04"), true
	}
	return t.Format(time.DateOnly), true
}

// parseRef reads A1 into column 0 and row 1.
func parseRef(ref string) (column, row int, ok bool) {
	i := 0
	for i < len(ref) && i < 3 && ref[i]|0x20 >= 'a' && ref[i]|0x20 <= 'z' {
		column = column*26 + int(ref[i]|0x20-'a') + 1
		i++
	}
	n, err := strconv.Atoi(ref[i:])
	if i == 0 || err != nil || n < 1 || n > 1<<20 || column > 16384 {
		return 0, 0, false
	}
	return column - 1, n, true
}

func parseMerge(ref string) (merge, bool) {
	a, b, two := strings.Cut(ref, ":")
	c1, r1, ok1 := parseRef(a)
	if !two {
		return merge{r1, r1, c1, c1}, ok1
	}
	c2, r2, ok2 := parseRef(b)
	return merge{min(r1, r2), max(r1, r2), min(c1, c2), max(c1, c2)}, ok1 && ok2
}
