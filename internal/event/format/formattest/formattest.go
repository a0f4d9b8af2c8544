// Package formattest is the conformance suite of the family of formats. Run
// goes through the cases of a member (testdata/<case>/in.log, one entry, and
// want.json, the event) and holds every member to what the pipeline relies on:
// it never panics, gives the same event each time and from several goroutines
// at once, leaves the original bytes alone, writes UTF-8 only and stays within
// the limits, whatever the entry. Setting UPDATE=1 in the environment writes
// want.json anew, to be read in review.
package formattest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

// Received is when the entries of cases were received.
func Received() time.Time { return time.Date(2026, 11, 22, 9, 0, 30, 0, time.UTC) }

// Zone is Japan's for every source.
func Zone() format.Zone {
	japan := time.FixedZone("JST", 9*3600)
	return func(string) *time.Location { return japan }
}

// Record is an entry as a source hands it over.
func Record(name string, data []byte) *event.Record {
	return &event.Record{Source: "case", Format: name, Peer: "192.0.2.7", Received: Received(), Data: data}
}

// Event is what the pipeline hands to a format with a record.
func Event(r *event.Record) *event.Event {
	return &event.Event{Received: r.Received, Time: r.Received, Source: r.Source, Peer: r.Peer, Key: r.Key, Backfill: r.Backfill, Original: r.Data}
}

// Normalise gives the event of one entry.
func Normalise(f event.Format, data []byte) *event.Event {
	r := Record(f.Name(), data)
	e := Event(r)
	f.Normalise(r, e)
	return e
}

// Run runs the suite. make makes the format anew; the suite compares what
// several of them give.
func Run(t *testing.T, make func() event.Format) {
	t.Helper()
	f := make()
	entries := cases(t)
	for name, in := range entries {
		t.Run(name, func(t *testing.T) { golden(t, f, name, in) })
	}
	t.Run("hostile", func(t *testing.T) {
		for _, in := range hostile(entries) {
			Check(t, f, in)
		}
	})
	t.Run("cut anywhere", func(t *testing.T) {
		for _, in := range entries {
			for n := 0; n < len(in); n += 1 + len(in)/400 {
				Check(t, f, in[:n])
			}
		}
	})
	t.Run("the same each time", func(t *testing.T) { same(t, make, entries) })
	t.Run("memory", func(t *testing.T) { reuse(t, f, entries) })
	if f.Name() == "" || strings.ToLower(f.Name()) != f.Name() {
		t.Errorf("the name %q", f.Name())
	}
}

// cases reads testdata.
func cases(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*/in.log")
	if err != nil || len(files) < 3 {
		t.Fatalf("a format needs at least three cases, has %d: %v", len(files), err)
	}
	all := map[string][]byte{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(filepath.Dir(file))] = bytes.TrimSuffix(data, []byte("\n"))
	}
	return all
}

func golden(t *testing.T, f event.Format, name string, in []byte) {
	Check(t, f, in)
	got, err := json.MarshalIndent(view(Normalise(f, in)), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	file := filepath.Join("testdata", name, "want.json")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (UPDATE=1 writes it anew):\n%s", file, got)
	}
}

// shown is an event as want.json has it.
type shown struct {
	Time     time.Time         `json:"time"`
	Offset   int32             `json:"offset,omitempty"`
	Skew     bool              `json:"skew,omitempty"`
	Key      string            `json:"key,omitempty"`
	Dataset  string            `json:"dataset"`
	Product  string            `json:"product,omitempty"`
	Service  string            `json:"service,omitempty"`
	Category string            `json:"category,omitempty"`
	Core     map[string]any    `json:"core"`
	Fields   []json.RawMessage `json:"fields"`
	Text     string            `json:"text,omitempty"` // where it is not the original
	Unread   string            `json:"unread,omitempty"`
}

func view(e *event.Event) shown {
	s := shown{Time: e.Time, Offset: e.Offset, Skew: e.Skew, Key: e.Key, Dataset: e.Dataset, Product: e.Product, Service: e.Service, Category: e.Category,
		Core: map[string]any{}, Fields: []json.RawMessage{}, Unread: e.Unread}
	if !bytes.Equal(e.Text, e.Original) {
		s.Text = string(e.Text)
	}
	core := reflect.ValueOf(e.Core)
	for i := range core.NumField() {
		if v := core.Field(i); !v.IsZero() {
			s.Core[core.Type().Field(i).Name] = v.Interface()
		}
	}
	for _, f := range e.Fields {
		pair, err := json.Marshal([2]string{f.Name, f.Value})
		if err != nil {
			panic(err)
		}
		s.Fields = append(s.Fields, pair)
	}
	return s
}

// Check holds one event to what every event must keep.
func Check(t testing.TB, f event.Format, in []byte) {
	t.Helper()
	before := bytes.Clone(in)
	e := Normalise(f, in)
	if !bytes.Equal(in, before) {
		t.Fatalf("the original was changed: %q to %q", before, in)
	}
	if !bytes.Equal(e.Original, in) {
		t.Fatalf("Original is %q for %q", e.Original, in)
	}
	if !utf8.Valid(e.Text) {
		t.Fatalf("Text is not UTF-8: %q", e.Text)
	}
	if utf8.Valid(in) && !bytes.Contains(in, []byte{0x1b}) && len(in) > 0 && &e.Text[0] != &in[0] {
		t.Fatalf("Text is a copy of what was UTF-8 already: %q", in)
	}
	if len(e.Fields) > format.MaxFields {
		t.Fatalf("%d fields", len(e.Fields))
	}
	for _, x := range e.Fields {
		if x.Name == "" || len(x.Name) > format.MaxName || len(x.Value) > format.MaxValue || !utf8.ValidString(x.Name) || !utf8.ValidString(x.Value) {
			t.Fatalf("field %.300q = %.300q of %.300q", x.Name, x.Value, in)
		}
	}
	core := reflect.ValueOf(e.Core)
	for i := range core.NumField() {
		name := core.Type().Field(i).Name
		if s, ok := core.Field(i).Interface().(string); ok {
			limit := format.MaxLine
			if name == "CommandLine" {
				limit = format.MaxValue
			}
			if len(s) > limit || !utf8.ValidString(s) {
				t.Fatalf("%s = %.300q of %.300q", name, s, in)
			}
		}
	}
	if e.Dataset == "" || len(e.Key) > 512 {
		t.Fatalf("data set %q, key %q", e.Dataset, e.Key)
	}
	late := e.Time.Sub(e.Received)
	if e.Skew && !e.Time.Equal(e.Received) || late > format.MaxAhead || late < -format.MaxBehind {
		t.Fatalf("time %v, skew %v of %.300q", e.Time, e.Skew, in)
	}
}

// same compares two formats made separately, and many goroutines using one.
func same(t *testing.T, make func() event.Format, entries map[string][]byte) {
	one, two := make(), make()
	want := map[string]*event.Event{}
	for name, in := range entries {
		want[name] = Normalise(one, in)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				for name, in := range entries {
					if got := Normalise(two, in); !reflect.DeepEqual(got, want[name]) {
						t.Errorf("%s: %+v, and then %+v", name, want[name], got)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// reuse hands over events whose slice of fields has been used before, as a
// pipeline does that makes no garbage.
func reuse(t *testing.T, f event.Format, entries map[string][]byte) {
	used := make([]event.Field, 0, 64)
	for name, in := range entries {
		want := Normalise(f, in)
		r := Record(f.Name(), in)
		e := Event(r)
		e.Fields = append(used, event.Field{Name: "of the last event", Value: "x"})
		f.Normalise(r, e)
		if !reflect.DeepEqual(e.Fields, want.Fields) && len(want.Fields) > 0 {
			t.Errorf("%s: %v, and with used memory %v", name, want.Fields, e.Fields)
		}
	}
}

// hostile are entries that some sender will send one day.
func hostile(entries map[string][]byte) [][]byte {
	all := [][]byte{
		nil, {0}, {0xff}, []byte("\n"), []byte("<"), []byte("<999>"), []byte("<34>1 "), []byte("{"), []byte("{}"), []byte("[]"), []byte("null"), []byte("="), []byte(`"`),
		bytes.Repeat([]byte("["), 1<<16), bytes.Repeat([]byte(`{"a":`), 1<<15), bytes.Repeat([]byte(`{"a":[`), 1<<14),
		bytes.Repeat([]byte("a=1 "), 1<<15), bytes.Repeat([]byte{'a'}, 1<<20), bytes.Repeat([]byte{0x1b, '$', 'B'}, 1<<14), bytes.Repeat([]byte{0x82}, 1<<16),
		[]byte(`{"` + strings.Repeat("n", 1<<16) + `":1}`), []byte(`{"a":"` + strings.Repeat(`\u0000`, 1<<14) + `"}`),
		[]byte("<34>1 1970-01-01T00:00:00Z h a - - - far back"), []byte("<34>1 2099-01-01T00:00:00Z h a - - - far ahead"),
		[]byte(`date=1970-01-01 time=00:00:00 devname="x" logid="1" type="event"`), []byte(`{"@timestamp":"1970-01-01T00:00:00Z","EventID":1,"Channel":"x"}`),
	}
	many := []byte("{")
	for i := range 2000 {
		many = append(append(many, `"k`...), byte('a'+i%26), byte('a'+i/26%26), byte('a'+i/676))
		many = append(many, `":[{"x":1},{"x":2}],`...)
	}
	all = append(all, append(many, `"z":0}`...))
	for _, in := range entries {
		all = append(all, bytes.Repeat(in, 1+1<<16/(len(in)+1)), append([]byte("\xEF\xBB\xBF"), in...), append(bytes.Clone(in), 0xE3, 0x81), bytes.ReplaceAll(in, []byte(`"`), []byte{0x83, 0x5c}))
	}
	return all
}

// Fuzz holds a format to Check for whatever the fuzzer makes of the cases.
func Fuzz(f *testing.F, member event.Format) {
	files, err := filepath.Glob("testdata/*/in.log")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.TrimSuffix(data, []byte("\n")))
	}
	f.Fuzz(func(t *testing.T, in []byte) { Check(t, member, in) })
}

// Bench measures a format on one case.
func Bench(b *testing.B, f event.Format, name string) {
	data, err := os.ReadFile(filepath.Join("testdata", name, "in.log"))
	if err != nil {
		b.Fatal(err)
	}
	r := Record(f.Name(), bytes.TrimSuffix(data, []byte("\n")))
	e := Event(r)
	fresh := *e
	b.ReportAllocs()
	b.SetBytes(int64(len(r.Data)))
	begun := cpu()
	for b.Loop() {
		fields := e.Fields[:0]
		*e = fresh
		e.Fields = fields
		f.Normalise(r, e)
	}
	b.ReportMetric(float64(cpu()-begun)/float64(b.N), "cpu-ns/op")
	if e.Unread != "" {
		b.Fatalf("not read: %s", e.Unread)
	}
}
