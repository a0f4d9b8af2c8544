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
