package sqlite

import (
	"context"
	"database/sql"
	"time"
)

// Stamp is the form in which a domain's text columns hold instants: always
// UTC; the empty text is "never", the zero time.
type Stamp string

// The forms. Those of a fixed width sort as text in the order of time, and so
// can be compared in a WHERE. Exact drops the zeros at a second's end: it keeps
// every nanosecond and sorts only to the second.
const (
	Seconds Stamp = "2006-01-02T15:04:05Z"
	Millis  Stamp = "2006-01-02T15:04:05.000Z"
	Micros  Stamp = "2006-01-02T15:04:05.000000Z"
	Exact   Stamp = time.RFC3339Nano
)

// Text is the instant as the column holds it; what is finer than the form is
// cut off.
func (s Stamp) Text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(string(s))
}

// Parse is the instant of a column. The error is time.Parse's, where the
// column holds something else than Text writes.
func (s Stamp) Parse(column string) (time.Time, error) {
	if column == "" {
		return time.Time{}, nil
	}
	return time.Parse(string(s), column)
}

// Read is Parse for columns that nothing but Text has ever written: what can
// not be read is never.
func (s Stamp) Read(column string) time.Time {
	t, err := s.Parse(column)
	if err != nil {
		return time.Time{}
	}
	return t
}

// MS is an instant as whole milliseconds since 1970 for an integer column; 0 is
// never.
func MS(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// FromMS is the instant of a column that MS wrote, in UTC.
func FromMS(column int64) time.Time {
	if column == 0 {
		return time.Time{}
	}
	return time.UnixMilli(column).UTC()
}

// Querier is what a query can be put to: the pool of readers or a transaction
// that must see its own writes.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Row is a row to be scanned: one of many or the only one.
type Row interface{ Scan(to ...any) error }
