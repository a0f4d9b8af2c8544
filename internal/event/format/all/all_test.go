package all_test

import (
	"os"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/event/format/all"
	"github.com/torideproject/toride/internal/event/format/formattest"
)

// Names stand in journals and settings for ever.
func TestAll_ListsEveryMemberOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range all.All(formattest.Zone()) {
		if seen[f.Name()] {
			t.Errorf("%s twice", f.Name())
		}
		seen[f.Name()] = true
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); e.IsDir() && name != "all" && name != "testdata" && !strings.HasSuffix(name, "test") && !seen[name] {
			t.Errorf("%s is not listed", name)
		}
	}
	if named := all.Named(formattest.Zone()); len(named) != len(seen) || len(seen) < 6 {
		t.Errorf("%d names, %d listed", len(named), len(seen))
	}
}
