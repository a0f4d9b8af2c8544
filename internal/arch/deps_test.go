package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// maxDirect is how many modules may be required directly, tests included.
const maxDirect = 25

func TestDependencies_EachHasAReason(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := os.ReadFile(filepath.Join(root, "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mod), "replace ") {
		t.Error("go.mod replaces a module: others could not build it")
	}
	direct := regexp.MustCompile(`(?m)^\s+(\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1)
	if len(direct) == 0 || len(direct) > maxDirect {
		t.Errorf("%d direct dependencies, at most %d", len(direct), maxDirect)
	}
	for _, m := range direct {
		if !strings.Contains(string(reasons), "`"+m[1]+"`") {
			t.Errorf("docs/dependencies.md gives no reason for %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(string(reasons), -1) {
		if !strings.Contains(string(mod), "\t"+m[1]+" v") {
			t.Errorf("docs/dependencies.md names %s, which go.mod does not require", m[1])
		}
	}
}

// The manual has the same pages in both languages.
func TestManual_BothLanguagesHaveTheSamePages(t *testing.T) {
	t.Parallel()
	pages := func(lang string) map[string]bool {
		found := map[string]bool{}
		names, err := filepath.Glob(filepath.Join(root, "docs", "manual", lang, "*.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			found[filepath.Base(n)] = true
		}
		return found
	}
	ja, en := pages("ja"), pages("en")
	if len(ja) == 0 {
		t.Fatal("the manual is missing")
	}
	for name := range ja {
		if !en[name] {
			t.Errorf("docs/manual/en/%s is missing", name)
		}
	}
	for name := range en {
		if !ja[name] {
			t.Errorf("docs/manual/ja/%s is missing", name)
		}
	}
}
