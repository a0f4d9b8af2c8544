package sqlite

import (
	"slices"
	"testing"
	"time"
)

func at(h, m, s, ns int) time.Time {
	return time.Date(2026, 4, 1, h, m, s, ns, time.FixedZone("JST", 9*60*60))
}

func TestStamp_Text(t *testing.T) {
	t.Parallel()
	now := at(9, 30, 5, 120_000_999)
	for form, want := range map[Stamp]string{
		Seconds: "2026-04-01T00:30:05Z",
		Millis:  "2026-04-01T00:30:05.120Z",
		Micros:  "2026-04-01T00:30:05.120000Z",
		Exact:   "2026-04-01T00:30:05.120000999Z",
	} {
		if got := form.Text(now); got != want {
			t.Errorf("%s: %q, want %q", form, got, want)
		}
	}
}

// What is written is read again, to the width of the form and in UTC.
func TestStamp_Again(t *testing.T) {
	t.Parallel()
	now := at(23, 59, 59, 987_654_321)
	for form, width := range map[Stamp]time.Duration{Seconds: time.Second, Millis: time.Millisecond, Micros: time.Microsecond, Exact: time.Nanosecond} {
		got, err := form.Parse(form.Text(now))
		if err != nil || !got.Equal(now.Truncate(width)) || got.Location() != time.UTC {
			t.Errorf("%s: %v, %v", form, got, err)
		}
		if again := form.Read(form.Text(now)); !again.Equal(got) {
			t.Errorf("%s: Read %v, Parse %v", form, again, got)
		}
	}
}

func TestStamp_Never(t *testing.T) {
	t.Parallel()
	for _, form := range []Stamp{Seconds, Millis, Micros, Exact} {
		if got := form.Text(time.Time{}); got != "" {
			t.Errorf("%s: the zero time is %q", form, got)
		}
		if got, err := form.Parse(""); err != nil || !got.IsZero() {
			t.Errorf("%s: the empty column is %v, %v", form, got, err)
		}
	}
}

func TestStamp_Foreign(t *testing.T) {
	t.Parallel()
	for _, foreign := range []string{"yesterday", "2026-04-01", "2026-04-01 00:30:05"} {
		if got, err := Millis.Parse(foreign); err == nil {
			t.Errorf("%q is read as %v", foreign, got)
		}
		if got := Millis.Read(foreign); !got.IsZero() {
			t.Errorf("%q is %v", foreign, got)
		}
	}
}

// A WHERE compares the columns as text.
func TestStamp_FixedWidthSorts(t *testing.T) {
	t.Parallel()
	times := []time.Time{at(9, 0, 0, 0), at(9, 0, 0, 100_000_000), at(9, 0, 0, 120_000_000), at(9, 0, 1, 0), at(10, 0, 0, 5_000_000)}
	for _, form := range []Stamp{Millis, Micros} {
		var columns []string
		for _, when := range times {
			columns = append(columns, form.Text(when))
		}
		if !slices.IsSorted(columns) {
			t.Errorf("%s: %q", form, columns)
		}
	}
}

func TestMS(t *testing.T) {
	t.Parallel()
	now := at(9, 30, 5, 120_999_999)
	if got := FromMS(MS(now)); !got.Equal(now.Truncate(time.Millisecond)) || got.Location() != time.UTC {
		t.Errorf("%v", got)
	}
	if MS(time.Time{}) != 0 || !FromMS(0).IsZero() {
		t.Error("never is not 0")
	}
}
