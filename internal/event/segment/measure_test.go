package segment_test

import (
	"bytes"
	"context"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/event/segment"
)

// perEvent measures what a run over n events costs for each, in CPU time of the
// whole process, garbage collection included.
func perEvent(b *testing.B, n int) func() {
	b.Helper()
	start := cpu(b)
	return func() {
		b.ReportMetric(float64((cpu(b)-start).Nanoseconds())/float64(b.N*n), "cpu-ns/event")
	}
}

func cpu(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

type counter int64

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

func BenchmarkWrite(b *testing.B) {
	events := eventtest.Events(1, segment.MaxSealRows, day(1), day(2))
	for name, o := range map[string]segment.Options{"fast": {}, "small": {Small: true}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			defer perEvent(b, len(events))()
			var size counter
			for b.Loop() {
				size = 0
				if _, err := segment.Write(context.Background(), &size, o, events); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size)/float64(len(events)), "B/event")
		})
	}
}

func BenchmarkMerge(b *testing.B) {
	const parts, each = 20, 10_000
	events := eventtest.Events(1, parts*each, day(1), day(2))
	var in []*segment.Reader
	for i := range parts {
		var out bytes.Buffer
		if _, err := segment.Write(context.Background(), &out, segment.Options{}, events[i*each:(i+1)*each]); err != nil {
			b.Fatal(err)
		}
		in = append(in, open(b, out.Bytes()))
	}
	b.ReportAllocs()
	defer perEvent(b, parts*each)()
	for b.Loop() {
		if _, err := segment.Merge(context.Background(), io.Discard, segment.Options{}, in); err != nil {
			b.Fatal(err)
		}
	}
}
