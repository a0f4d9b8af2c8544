package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/torideproject/toride/internal/fault"
)

// DB is an open database: a pool of readers and one writer.
type DB struct {
	path  string
	file  os.FileInfo // of the file that was opened
	read  *sql.DB
	write *sql.DB
}

// readers is how many pages are computed at the same time. More than the
// cores of a small box brings nothing.
const readers = 8

// Open opens or creates the database file at path, mode 0600.
func Open(path string) (*DB, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	write, err := sql.Open("sqlite", dsn(path, "immediate", false))
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	write.SetMaxOpenConns(1)
	if err := write.Ping(); err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("sqlite: open %s: %w", filepath.Base(path), err)
	}
	file, err := os.Stat(path)
	if err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	read, err := sql.Open("sqlite", dsn(path, "deferred", true))
	if err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return &DB{path: path, file: file, read: read, write: write}, nil
}

func dsn(path, lock string, readOnly bool) string {
	q := url.Values{}
	q.Add("_txlock", lock)
	q.Add("_pragma", "busy_timeout(10000)")
	q.Add("_pragma", "journal_mode(WAL)")
	q.Add("_pragma", "synchronous(FULL)")
	q.Add("_pragma", "foreign_keys(1)")
	q.Add("_pragma", "trusted_schema(0)")
	q.Add("_pragma", "cell_size_check(1)")
	q.Add("_pragma", "cache_size(-8192)")
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// Path is the file's path.
func (db *DB) Path() string { return db.path }

// Read gives the readers' pool. A statement that writes fails on it.
func (db *DB) Read() *sql.DB { return db.read }

// Write runs fn in one transaction. An error or a panic in fn rolls back. The
// commit is on the disk when Write returns nil. A full disk is the fault
// "fault.full", a database that others keep locked is "fault.busy", one whose
// file was taken away or written over by another program is "fault.lost".
func (db *DB) Write(ctx context.Context, fn func(*sql.Tx) error) error {
	return named(db.transact(ctx, fn))
}

// named gives the two failures that a reader can do something about their
// sentence.
func named(err error) error {
	failed, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return err
	}
	switch failed.Code() & 0xFF { // the primary result code
	case sqlite3.SQLITE_FULL:
		return fault.New(fault.Full, "fault.full").With(err)
	case sqlite3.SQLITE_BUSY:
		return fault.New(fault.Busy, "fault.busy").With(err)
	}
	return err
}

func (db *DB) transact(ctx context.Context, fn func(*sql.Tx) error) (err error) {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqlite: begin: %w", err)
	}
	defer func() {
		if rb := tx.Rollback(); rb != nil && !errors.Is(rb, sql.ErrTxDone) && err == nil {
			err = fmt.Errorf("sqlite: rollback: %w", rb)
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if err := db.lost(); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("sqlite: commit: %w", err)
	}
	return nil
}

// Snapshot writes a consistent copy of the whole database to path, which must
// not exist, while others go on reading and writing.
func (db *DB) Snapshot(ctx context.Context, path string) error {
	if _, err := db.write.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return named(fmt.Errorf("sqlite: snapshot: %w", err))
	}
	return os.Chmod(path, 0o600)
}

// Check runs SQLite's own integrity check and returns its first complaint.
func (db *DB) Check(ctx context.Context) error {
	var answer string
	if err := db.read.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&answer); err != nil {
		return fmt.Errorf("sqlite: check: %w", err)
	}
	if answer != "ok" {
		return fmt.Errorf("sqlite: check: %s", answer)
	}
	return nil
}

// Close closes both pools; the write-ahead log is folded in by the last one.
func (db *DB) Close() error {
	return errors.Join(db.read.Close(), db.write.Close())
}
