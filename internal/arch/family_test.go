package arch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every member of a family is in its list, and has its texts.
func TestFamilies_ListsAreComplete(t *testing.T) {
	t.Parallel()
	for family, about := range map[string]bool{"internal/audit/check": true, "internal/event/source": false, "internal/event/format": false, "internal/detect/watch": false, "internal/notify/channel": false, "internal/chart/source": false} {
		list, err := os.ReadFile(filepath.Join(root, family, "all", "all.go"))
		if err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(filepath.Join(root, family))
		if err != nil {
			t.Fatal(err)
		}
		members := 0
		for _, e := range entries {
			name := e.Name()
			if !e.IsDir() || name == "all" || name == "testdata" || strings.HasSuffix(name, "test") {
				continue
			}
			members++
			if !strings.Contains(string(list), `"`+module+family+"/"+name+`"`) {
				t.Errorf("%s/all does not list %s", family, name)
			}
			for _, file := range []string{"about_ja.json", "about_en.json"} {
				if _, err := os.Stat(filepath.Join(root, family, name, file)); about && err != nil {
					t.Errorf("%s/%s has no %s", family, name, file)
				}
			}
		}
		if members < 2 {
			t.Errorf("%s has only %d members: the walk is wrong", family, members)
		}
	}
}
