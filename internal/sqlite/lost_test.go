package sqlite_test

import (
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/sqlite"
)

// TestWrite_FileTakenAwayIsSaid: SQLite goes on with a file that was deleted,
// moved or written over as long as it holds it open; what it takes is lost.
func TestWrite_FileTakenAwayIsSaid(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"deleted":  os.Remove,
		"moved":    func(path string) error { return os.Rename(path, path+".locked") },
		"emptied":  func(path string) error { return os.Truncate(path, 0) },
		"log gone": func(path string) error { return os.Remove(path + "-wal") },
		"replaced": func(path string) error {
			data, err := os.ReadFile(path)
			if err == nil {
				err = os.Remove(path)
			}
			if err == nil {
				err = os.WriteFile(path, data, 0o600)
			}
			return err
		},
		"encrypted": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			noise := make([]byte, info.Size())
			_, _ = rand.Read(noise)
			_, err = f.Write(noise)
			_ = f.Close()
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "state.db")
			db, err := sqlite.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			put := func() error {
				return db.Write(t.Context(), func(tx *sql.Tx) error {
					_, err := tx.ExecContext(t.Context(), "CREATE TABLE IF NOT EXISTS sample(v); INSERT INTO sample VALUES(1)")
					return err
				})
			}
			if err := put(); err != nil {
				t.Fatal(err)
			}
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				err := put()
				if f := fault.Of(err); f == nil || f.Kind != fault.Full || f.Msg.Key != "fault.lost" {
					t.Errorf("taken as stored: %v", err)
				}
			}
		})
	}
}

// TestPutAside_ANewDatabaseBeginsBesideADamagedOne also checks that the log of
// the old one is not taken for that of the new.
func TestPutAside_ANewDatabaseBeginsBesideADamagedOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	for _, part := range []string{"", "-wal", "-shm"} {
		if err := os.WriteFile(path+part, []byte("no database at all, far from it, and long enough to be looked at more than once"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sqlite.Open(path); !sqlite.Damaged(err) {
		t.Fatalf("%v", err)
	}
	if err := sqlite.PutAside(path, ".damaged"); err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path + ".damaged"); err != nil {
		t.Error(err)
	}
}
