// Package sqlitetest opens databases for tests. Each lives in the test's own
// folder and is closed when the test ends.
package sqlitetest

import (
	"path/filepath"
	"testing"

	"github.com/torideproject/toride/internal/sqlite"
)

// Open opens an empty database.
func Open(t testing.TB) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
