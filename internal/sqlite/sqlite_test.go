package sqlite_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/sqlite/sqlitetest"
)

func files(steps ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i, s := range steps {
		m[[]string{"migrate/001_a.sql", "migrate/002_b.sql", "migrate/003_c.sql"}[i]] = &fstest.MapFile{Data: []byte(s)}
	}
	return m
}

func TestMigrate_ForwardOnceAndWholeSteps(t *testing.T) {
	t.Parallel()
	db := sqlitetest.Open(t)
	one := "CREATE TABLE a(x TEXT)"
	if err := db.Migrate(t.Context(), "d", files(one)); err != nil {
		t.Fatal(err)
	}
	broken := files(one, "CREATE TABLE b(x TEXT); INSERT INTO nowhere VALUES(1)")
	if err := db.Migrate(t.Context(), "d", broken); err == nil {
		t.Fatal("a broken step was taken")
	}
	if _, err := db.Read().QueryContext(t.Context(), "SELECT * FROM b"); err == nil {
		t.Error("half a step stands")
	}
	for range 2 {
		if err := db.Migrate(t.Context(), "d", files(one, "CREATE TABLE b(x TEXT)")); err != nil {
			t.Fatal(err)
		}
	}
	var newer *sqlite.NewerError
	if err := db.Migrate(t.Context(), "d", files(one)); !errors.As(err, &newer) || newer.Have != 2 || newer.Know != 1 {
		t.Errorf("newer data: %v", err)
	}
	gap := fstest.MapFS{"migrate/002_b.sql": {Data: []byte("")}}
	if err := db.Migrate(t.Context(), "e", gap); err == nil {
		t.Error("a gap in the numbers was taken")
	}
}

// A pragma that is set by Exec is lost when the pool renews its connection;
// ours stand in the DSN.
func TestOpen_PragmasSurviveANewConnection(t *testing.T) {
	t.Parallel()
	db := sqlitetest.Open(t)
	db.Read().SetConnMaxLifetime(time.Nanosecond)
	for range 3 {
		var keys, only int
		var mode string
		if err := db.Read().QueryRowContext(t.Context(), "SELECT (SELECT foreign_keys FROM pragma_foreign_keys), (SELECT query_only FROM pragma_query_only), (SELECT journal_mode FROM pragma_journal_mode)").Scan(&keys, &only, &mode); err != nil {
			t.Fatal(err)
		}
		if keys != 1 || only != 1 || mode != "wal" {
			t.Errorf("foreign_keys %d query_only %d journal %s", keys, only, mode)
		}
	}
	if _, err := db.Read().ExecContext(t.Context(), "CREATE TABLE x(y)"); err == nil {
		t.Error("a reader could write")
	}
}

func TestWrite_RollsBackOnErrorAndPanic(t *testing.T) {
	t.Parallel()
	db := sqlitetest.Open(t)
	boom := errors.New("boom")
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("CREATE TABLE half(x)"); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = db.Write(t.Context(), func(*sql.Tx) error { panic("boom") })
	}()
	if err := db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("CREATE TABLE half(x)")
		return err
	}); err != nil {
		t.Errorf("the writer is stuck: %v", err)
	}
}

func TestSnapshot_IsWhole(t *testing.T) {
	t.Parallel()
	db := sqlitetest.Open(t)
	if err := db.Migrate(t.Context(), "d", files("CREATE TABLE a(x TEXT); INSERT INTO a VALUES('あ')")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy?名前.db")
	if err := db.Snapshot(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	copied, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	var x string
	if err := copied.Read().QueryRowContext(t.Context(), "SELECT x FROM a").Scan(&x); err != nil || x != "あ" {
		t.Errorf("%q %v", x, err)
	}
	if err := copied.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := db.Snapshot(t.Context(), path); err == nil {
		t.Error("a snapshot overwrote a file")
	}
}
