package segment_test

import (
	"context"
	"io"
	"runtime"
	"testing"

	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/event/segment"
)

// live measures what is in use when a row group is about to be written, which is
// when most is.
type live struct {
	most uint64
	n    int
}

func (l *live) Write(b []byte) (int, error) {
	if l.n++; l.n%40 == 10 {
		l.most = max(l.most, inUse())
	}
	return len(b), nil
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// This test does not run beside others, whose memory it would count.
func TestWrite_NeedsLittleMemory(t *testing.T) {
	n := 130_000
	if testing.Short() {
		n = 20_000
	}
	events := eventtest.Events(1, n, day(1), day(2))
	before := inUse()
	var w live
	if _, err := segment.Write(context.Background(), &w, segment.Options{}, events); err != nil {
		t.Fatal(err)
	}
	if extra := int64(w.most) - int64(before); w.most == 0 || extra > 64<<20 {
		t.Errorf("%d MB besides the events", extra>>20)
	} else {
		t.Logf("%d MB besides the events", extra>>20)
	}
	runtime.KeepAlive(events)
	if _, err := segment.Write(context.Background(), io.Discard, segment.Options{}, events[:10]); err != nil {
		t.Error(err)
	}
}
