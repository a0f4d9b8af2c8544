package sigmayaml

import (
	"os"
	"path/filepath"
	"testing"
)

const root = "../.."

// shared gives a folder of the data that is not part of the repository.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(root, "..", "shared", "data", name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("%s is not here", dir)
	}
	return dir
}

func TestLoad_PublicRules(t *testing.T) {
	t.Parallel()
	set, err := Load(os.DirFS(shared(t, "sigma")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d documents: %d rules, %d refused, %d duplicates, %d notes", set.Files, set.Documents, len(set.Rules), len(set.Refused), len(set.Duplicates), len(set.Notes))
	for _, p := range set.Refused {
		t.Log(p.Error())
	}
	for _, p := range set.Notes {
		t.Log(p.Error())
	}
}
