package all_test

import (
	"os"
	"strings"
	"testing"

	"github.com/torideproject/toride/internal/detect/setting"
	"github.com/torideproject/toride/internal/detect/watch/all"
)

// TestAll_ListsEveryFolder compares the list with the folders beside it, and
// what rules need with the catalogue of settings.
func TestAll_ListsEveryFolder(t *testing.T) {
	t.Parallel()
	watches, err := all.All()
	if err != nil {
		t.Fatal(err)
	}
	settings, err := setting.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, w := range watches {
		names[w.Name] = true
		ids := map[string]bool{}
		for _, r := range w.Rules {
			if ids[r.ID] {
				t.Errorf("%s: the rule %s stands twice", w.Name, r.ID)
			}
			ids[r.ID] = true
			for _, need := range r.Needs {
				if _, ok := settings.Get(need); !ok {
					t.Errorf("%s: %s needs %s, which is no setting", w.Name, r.ID, need)
				}
			}
		}
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != "all" && !strings.HasSuffix(e.Name(), "test") && !names[e.Name()] {
			t.Errorf("%s is not in the list", e.Name())
		}
	}
}
