package sqlite_test

import (
	"database/sql"
	"strconv"
	"testing"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/sqlite/sqlitetest"
)

func insert(t *testing.T, db *sqlite.DB, limit bool) error {
	t.Helper()
	return db.Write(t.Context(), func(tx *sql.Tx) error {
		pages := 1 << 30
		if limit {
			pages = 4 // stands for a disk without room
		}
		if err := tx.QueryRowContext(t.Context(), "PRAGMA max_page_count("+strconv.Itoa(pages)+")").Scan(&pages); err != nil {
			return err
		}
		for range 100 {
			if _, err := tx.ExecContext(t.Context(), "INSERT INTO sample(v) VALUES(randomblob(4000))"); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestWrite_FullDiskHasItsOwnSentence also checks that nothing of the write
// stays, and that writing goes on when there is room again.
func TestWrite_FullDiskHasItsOwnSentence(t *testing.T) {
	t.Parallel()
	db := sqlitetest.Open(t)
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), "CREATE TABLE sample(v BLOB)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = insert(t, db, true)
	if f := fault.Of(err); f == nil || f.Kind != fault.Full || f.Msg.Key != "fault.full" {
		t.Fatalf("a full disk is %v", err)
	}
	var n int
	if err := db.Read().QueryRowContext(t.Context(), "SELECT count(*) FROM sample").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows of a refused write, %v", n, err)
	}
	if err := insert(t, db, false); err != nil {
		t.Errorf("with room again: %v", err)
	}
}
