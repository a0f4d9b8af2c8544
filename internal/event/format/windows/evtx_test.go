package windows_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
	"github.com/torideproject/toride/internal/event/format/formattest"
)

// shared gives the folder of sample logs, which are not part of the product.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return dir
}

func files(t *testing.T, dir, ext string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ext) {
			all = append(all, path)
		}
		return err
	})
	if err != nil || len(all) < 10 {
		t.Fatalf("%d files in %s: %v", len(all), dir, err)
	}
	return all
}

// read normalises one event as a backfill.
func read(f event.Format, data []byte) *event.Event {
	r := formattest.Record(f.Name(), data)
	r.Backfill = true
	e := formattest.Event(r)
	f.Normalise(r, e)
	return e
}

// The JSON that package evtx writes has, read by this format, the fields that
// package evtx gives directly, with the same names and values: a rule finds the
// same in a file that is hunted and in a file that is taken in.
func TestNormalise_SameFieldsAsPackageEvtx(t *testing.T) {
	t.Parallel()
	f := member()
	records, keyed := 0, 0
	for _, file := range files(t, shared(t, "evtx"), ".evtx") {
		src, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		r := evtx.NewReader(src, evtx.Options{NoLower: true})
		var line []byte
		var values []evtx.Value
		for r.Next() && !t.Failed() {
			rec := r.Record()
			line = rec.AppendJSON(line[:0])
			values = rec.Values(values)
			if !slices.ContainsFunc(rec.Shape().Fields(), func(x evtx.Field) bool { return x.Name == "EventID" }) || rec.Err() != nil {
				continue
			}
			e := read(f, line)
			records++
			if e.Key != "" {
				keyed++
			}
			compare(t, e, rec, values, line)
		}
		_ = src.Close()
	}
	if records < 8_000 || keyed != records {
		t.Errorf("%d records were compared, %d had a key", records, keyed)
	}
}

func compare(t *testing.T, e *event.Event, rec *evtx.Record, values []evtx.Value, line []byte) {
	t.Helper()
	got := map[string]string{}
	for _, x := range e.Fields {
		if _, twice := got[x.Name]; twice {
			t.Errorf("%s twice in %s", x.Name, line)
		}
		got[x.Name] = x.Value
	}
	for i, x := range rec.Shape().Fields() {
		want := values[i].Text
		value, ok := got[x.Name]
		delete(got, x.Name)
		switch {
		case want == nil && !ok, want != nil && ok && value == string(want):
		case len(want) == 0 && value == "": // null and empty are the same to a rule
		case len(want) > format.MaxValue && strings.HasPrefix(string(want), value):
		default:
			t.Errorf("%s is %.200q (%v), not %.200q, in %.3000s", x.Name, value, ok, want, line)
		}
	}
	for name, value := range got {
		t.Errorf("%s=%q is not in the record: %s", name, value, line)
	}
}

// The JSON twins of SigmaHQ's regression data, written by another reader, give
// the same keys as the EVTX files beside them: a resend in another shape is the
// same event.
func TestKey_SameFromAnotherReadersJSON(t *testing.T) {
	t.Parallel()
	f := member()
	pairs := 0
	for _, file := range files(t, shared(t, "sigma-regression"), ".evtx") {
		twin, err := os.ReadFile(strings.TrimSuffix(file, ".evtx") + ".json")
		if err != nil {
			continue
		}
		var ours, theirs []string
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := evtx.NewReader(bytes.NewReader(src), evtx.Options{NoLower: true})
		for r.Next() {
			ours = append(ours, read(f, r.Record().AppendJSON(nil)).Key)
		}
		dec := json.NewDecoder(bytes.NewReader(twin))
		for {
			var one json.RawMessage
			if err := dec.Decode(&one); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			theirs = append(theirs, read(f, one).Key)
		}
		for _, k := range theirs {
			if k == "" || !slices.Contains(ours, k) {
				t.Errorf("%s: %s is not among %v", file, k, ours)
			}
			pairs++
		}
	}
	if pairs < 100 {
		t.Errorf("only %d pairs", pairs)
	}
}

// Senders of the same event in different shapes give the same key; another
// event, or the same number with other content, another.
func TestKey_AcrossCollectors(t *testing.T) {
	t.Parallel()
	f := member()
	key := func(name string, change ...string) string {
		t.Helper()
		data, err := os.ReadFile(filepath.Join("testdata", name, "in.log"))
		if err != nil {
			t.Fatal(err)
		}
		return read(f, []byte(strings.NewReplacer(change...).Replace(string(data)))).Key
	}
	want := key("canonical-4625")
	for _, name := range []string{"winlogbeat-4625", "fluentbit-winevtlog-4625"} {
		if got := key(name); got != want || got == "" {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
	if key("canonical-4625", "SV-012", "sv-012") != want {
		t.Error("the case of the computer's name matters")
	}
	for _, change := range [][]string{
		{"990012", "990013"}, {"SV-012", "SV-013"}, {"administrator", "administrators"}, {"08:59:58", "08:59:57"}, {`"EventID":4625`, `"EventID":4624`}, {"10.50.1.4", "10.50.1.5"}, {`"Channel":"Security"`, `"Channel":"System"`},
	} {
		if key("canonical-4625", change...) == want {
			t.Errorf("%v gives the same key", change)
		}
	}
	if key("canonical-4625", `"EventRecordID":990012,`, "") != "" || key("canonical-4625", `"Computer":"SV-012.byoin.example",`, "") != "" {
		t.Error("a key without a number or a computer")
	}
}

func TestNormalise_BackfillKeepsItsOwnTime(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/clock-1970/in.log")
	if err != nil {
		t.Fatal(err)
	}
	e := read(member(), data)
	if e.Skew || !e.Time.Equal(time.Date(1970, 1, 1, 8, 59, 58, 123_456_000, time.UTC)) || e.Key == "" {
		t.Errorf("%v %v %q", e.Time, e.Skew, e.Key)
	}
}
