package evtxtest_test

import (
	"bytes"
	"testing"

	"github.com/torideproject/toride/evtx"
	"github.com/torideproject/toride/evtx/evtxtest"
)

func TestMixed_ReadsWhole(t *testing.T) {
	t.Parallel()
	b := evtxtest.Mixed(t, 320)
	if !bytes.Equal(b, evtxtest.Mixed(t, 320)) {
		t.Error("two calls differ")
	}
	r := evtx.NewReader(bytes.NewReader(b), evtx.Options{})
	n, chunks := 0, 0
	seen := map[uint32]int{}
	for ; r.Next(); n++ {
		rec := r.Record()
		chunks = rec.Chunk() + 1
		seen[rec.Shape().EventID()]++
		if at := rec.Written().Sub(evtxtest.Start()).Seconds(); at != float64(n) {
			t.Errorf("event %d after %v s", n, at)
		}
	}
	if n != 320 || chunks < 3 || len(r.Damage()) > 0 || r.Err() != nil {
		t.Errorf("%d events in %d chunks, %v, %v", n, chunks, r.Damage(), r.Err())
	}
	want := map[uint32]int{1: 120, 4624: 40, 4625: 40, 4688: 40, 7045: 60, 1102: 20}
	for id, k := range want {
		if seen[id] != k {
			t.Errorf("event %d: %d times, want %d", id, seen[id], k)
		}
	}
}
