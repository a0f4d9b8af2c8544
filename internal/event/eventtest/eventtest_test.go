package eventtest_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
)

func span() (from, to time.Time) {
	return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
}

func TestEvents_AreThoseOfTheRecords(t *testing.T) {
	t.Parallel()
	from, to := span()
	records, events := eventtest.Records(1, 3_000, from, to), eventtest.Events(1, 3_000, from, to)
	again := eventtest.Events(1, 3_000, from, to)
	sizes, counts := map[string]int{}, map[string]int{}
	for i, e := range events {
		if !bytes.Equal(records[i].Data, e.Original) || records[i].Received != e.Received || !reflect.DeepEqual(e, again[i]) {
			t.Fatalf("entry %d differs", i)
		}
		if e.Received.Before(from) || !e.Received.Before(to) || i > 0 && e.Received.Before(events[i-1].Received) {
			t.Fatalf("entry %d arrives at %v", i, e.Received)
		}
		for _, f := range e.Fields {
			if !bytes.Contains(e.Text, []byte(strings.ReplaceAll(f.Value, `\`, `\\`))) {
				t.Fatalf("%s = %q is not in %s", f.Name, f.Value, e.Text)
			}
		}
		sizes[e.Dataset] += len(e.Original)
		counts[e.Dataset]++
	}
	for dataset, want := range map[string]int{"fortigate.traffic": 736, "generic.json": 182, "windows.security": 910, "generic.syslog": 193} {
		if n := counts[dataset]; n == 0 || sizes[dataset]/n < want*9/10 || sizes[dataset]/n > want*11/10 {
			t.Errorf("%s: %d entries of %d bytes, not of about %d", dataset, n, sizes[dataset]/max(1, n), want)
		}
	}
}

func TestNeedles_AreAllThere(t *testing.T) {
	t.Parallel()
	from, to := span()
	events := eventtest.Events(2, 2_000, from, to)
	for _, needle := range eventtest.Needles() {
		n := 0
		for _, e := range events {
			switch {
			case needle.Text != "" && bytes.Contains(e.Text, []byte(needle.Text)),
				needle.Field == "user.name" && e.Core.User == needle.Value,
				needle.Field == "destination.ip" && e.Core.DestIP.String() == needle.Value:
				n++
			}
		}
		if n != needle.Count {
			t.Errorf("%+v: %d", needle, n)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	b.ReportAllocs()
	from, to := span()
	g := eventtest.New(1, 1<<40, from, to)
	var e event.Event
	for b.Loop() {
		g.Next(nil, &e)
	}
}
