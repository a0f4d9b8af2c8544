package segment_test

import (
	"bytes"
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/event/segment"
)

func day(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }

// write gives events as a segment.
func write(t testing.TB, o segment.Options, events []*event.Event) *segment.Reader {
	t.Helper()
	if o.Facility == "" {
		o.Facility = eventtest.Facility
	}
	var out bytes.Buffer
	info, err := segment.Write(context.Background(), &out, o, events)
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, out.Bytes())
	if !reflect.DeepEqual(info, r.Info()) {
		t.Errorf("Write said\n%+v, the file says\n%+v", info, r.Info())
	}
	return r
}

func open(t testing.TB, b []byte) *segment.Reader {
	t.Helper()
	r, err := segment.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// all reads every event.
func all(t testing.TB, r *segment.Reader) []*event.Event {
	t.Helper()
	var out []*event.Event
	err := r.All(context.Background(), func(e *event.Event) error {
		own := *e
		segment.Keep(&own)
		out = append(out, &own)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWrite_EveryEventComesBackWhole(t *testing.T) {
	t.Parallel()
	events := eventtest.Events(1, 30_000, day(1), day(2))
	r := write(t, segment.Options{GroupRows: 10_000}, events)
	got := all(t, r)
	if len(got) != len(events) || r.Groups() < 3 {
		t.Fatalf("%d events in %d groups", len(got), r.Groups())
	}
	at := map[event.Position]*event.Event{}
	for _, e := range events {
		at[e.At] = e
	}
	for i, e := range got {
		if want := at[e.At]; !reflect.DeepEqual(e, want) {
			t.Fatalf("row %d: got\n%+v, not\n%+v", i, e, want)
		}
		if i > 0 && (got[i-1].Dataset > e.Dataset || got[i-1].Dataset == e.Dataset && got[i-1].Time.After(e.Time)) {
			t.Fatalf("row %d is out of order", i)
		}
	}
}
