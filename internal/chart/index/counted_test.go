package index

import (
	"testing"

	"github.com/torideproject/toride/internal/chart/source"
)

// Before anything was gone through, a manifest says that a kind is not stored
// only where its counts say all of it; the source says so, whatever its format.
func TestStored_ByAManifestThatCountsTheKind(t *testing.T) {
	t.Parallel()
	f := newFake("s1", nil)
	f.info.Counts, f.info.Counted = map[string]int64{"A": 3, "X": 0, "Y": 1}, []string{"A", "B"}
	ix := New(Config{Sources: func() []source.Source { return []source.Source{f} }})
	for kind, want := range map[string][2]bool{"A": {true, true}, "B": {false, true}, "X": {false, false}, "Y": {true, true}, "Z": {false, false}} {
		if stored, known := ix.Stored("s1", kind); stored != want[0] || known != want[1] {
			t.Errorf("%s: stored %v, known %v", kind, stored, known)
		}
	}
	if stored, known := ix.Stored("s2", "B"); stored || known {
		t.Error("another source:", stored, known)
	}
}
