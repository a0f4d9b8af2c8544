package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// NewerError says that the data was written by a newer version of the program,
// which this one must not touch.
type NewerError struct {
	Domain     string
	Have, Know int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("sqlite: %s has schema %d, this program knows %d", e.Domain, e.Have, e.Know)
}

// Migrate brings the tables of one domain up to the newest file of fsys, each
// file in a transaction of its own. Files are named migrate/001_words.sql and
// are numbered from 1 without a gap. A *NewerError means a newer program wrote
// the data.
func (db *DB) Migrate(ctx context.Context, domain string, fsys fs.FS) error {
	steps, err := migrations(fsys)
	if err != nil {
		return fmt.Errorf("sqlite: %s: %w", domain, err)
	}
	have, err := db.version(ctx, domain)
	if err != nil {
		return err
	}
	if have > len(steps) {
		return &NewerError{Domain: domain, Have: have, Know: len(steps)}
	}
	for n := have + 1; n <= len(steps); n++ {
		err := db.Write(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, steps[n-1]); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO schema_version(domain, version) VALUES(?, ?)
				ON CONFLICT(domain) DO UPDATE SET version = excluded.version`, domain, n)
			return err
		})
		if err != nil {
			return fmt.Errorf("sqlite: %s: migration %d: %w", domain, n, err)
		}
	}
	return nil
}

// Pending reports how many migrations of the domain are still to be applied.
func (db *DB) Pending(ctx context.Context, domain string, fsys fs.FS) (int, error) {
	steps, err := migrations(fsys)
	if err != nil {
		return 0, err
	}
	have, err := db.version(ctx, domain)
	return len(steps) - have, err
}

func (db *DB) version(ctx context.Context, domain string) (int, error) {
	err := db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_version(
			domain TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT`)
		return err
	})
	if err != nil {
		return 0, err
	}
	var v int
	err = db.read.QueryRowContext(ctx, "SELECT version FROM schema_version WHERE domain = ?", domain).Scan(&v)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("sqlite: %s: %w", domain, err)
	}
	return v, nil
}

func migrations(fsys fs.FS) ([]string, error) {
	names, err := fs.Glob(fsys, "migrate/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var steps []string
	for i, name := range names {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "migrate/"), "_")
		if n, err := strconv.Atoi(number); err != nil || n != i+1 {
			return nil, fmt.Errorf("%s: expected number %03d", name, i+1)
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, string(data))
	}
	return steps, nil
}
