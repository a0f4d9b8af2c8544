package ssmix2

import "testing"

// Counts by the types of the standard say all of each type; others none.
func TestCounted_ByTheTypesOfTheStandard(t *testing.T) {
	t.Parallel()
	if got := counted(map[string]int64{"OMP-01": 2, "letters": 1}); len(got) != 26 || got[0] != "ADT-00" {
		t.Errorf("%q", got)
	}
	for _, counts := range []map[string]int64{nil, {"letters": 4}, {"OMP-01": 0}} {
		if got := counted(counts); got != nil {
			t.Errorf("%v: %q", counts, got)
		}
	}
}
