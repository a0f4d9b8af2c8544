package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What ARCHITECTURE.md names is there, and every room of the house and of the
// chart is named on it. Places in its table are short: they are looked for from
// the root, from internal/, and from the domains that have families.
func TestArchitecturePage_IsTrue(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	tree, _, _ := strings.Cut(page, "## Where do I put")
	for _, house := range []string{"internal", "internal/chart"} {
		rooms, err := os.ReadDir(filepath.Join(root, house))
		if err != nil {
			t.Fatal(err)
		}
		for _, room := range rooms {
			if !room.IsDir() || room.Name() == "migrate" || room.Name() == "testdata" {
				continue
			}
			if !regexp.MustCompile(`(?m)^  .*\b` + room.Name() + `\b`).MatchString(tree) {
				t.Errorf("%s/%s is not on the page", house, room.Name())
			}
		}
	}
	last := 0
	for _, domain := range append(domains(), "internal/demo", "internal/app", "internal/cli") { // imports go down the page
		name := strings.TrimPrefix(domain, "internal/")
		at := strings.Index(tree, "\n  "+name+"/")
		if at < last {
			t.Errorf("%s stands at another place of the page than in the order of imports", name)
		}
		last = max(last, at)
	}
	variable := regexp.MustCompile(`<[a-z]+>`)
	places := regexp.MustCompile("`([A-Za-z<>_*./]+/[A-Za-z<>_*./0-9]*)`").FindAllStringSubmatch(page, -1)
	for _, m := range places {
		place := variable.ReplaceAllString(strings.TrimSuffix(m[1], "/"), "*")
		found := false
		for _, from := range []string{"", "internal", "internal/chart", "internal/event", "internal/detect", "internal/notify"} {
			got, err := filepath.Glob(filepath.Join(root, from, filepath.FromSlash(place)))
			found = found || err == nil && len(got) > 0
		}
		if !found && place != "migrate" && place != "testdata" && place != "migrate/NNN_*.sql" {
			t.Errorf("the page names %s, and there is no such place", m[1])
		}
	}
	if len(places) < 30 {
		t.Errorf("only %d places were found: the search is wrong", len(places))
	}
}
