package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/torideproject/toride/internal/fault"
)

// magic begins every database file (SQLite Database File Format, section 1.3).
const magic = "SQLite format 3\x00"

// lost reports, as the fault "fault.lost", that the file is not the one any more
// that was opened: deleted, moved, emptied or overwritten by another program.
// SQLite does not see that while it holds the file open, and would go on taking
// writes that nobody finds again. It costs two looks into the folder and 16
// bytes. The log beside the file is there while somebody holds a transaction.
func (db *DB) lost() error {
	f, err := os.Open(db.path)
	if err != nil {
		return fault.New(fault.Full, "fault.lost").With(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fault.New(fault.Full, "fault.lost").With(err)
	}
	if !os.SameFile(info, db.file) {
		return fault.New(fault.Full, "fault.lost").With(errors.New("sqlite: another file has the name of the database"))
	}
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(f, head); err != nil || string(head) != magic {
		return fault.New(fault.Full, "fault.lost").With(errors.New("sqlite: the file is no database any more"))
	}
	if _, err := os.Stat(db.path + "-wal"); err != nil {
		return fault.New(fault.Full, "fault.lost").With(err)
	}
	return nil
}

// Damaged reports whether err says that a file is no database, or one that
// cannot be read: another program wrote over it, or the disk fails.
func Damaged(err error) bool {
	failed, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return false
	}
	code := failed.Code() & 0xFF // the primary result code
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// PutAside gives the files of a database that is not open other names, so that
// a new one can begin in their place and the old ones can be looked into later.
// The log goes first: beside another database it would be taken for its own.
func PutAside(path, suffix string) error {
	var errs []error
	for _, part := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+part, path+suffix+part); err != nil && !os.IsNotExist(err) {
			errs = append(errs, fmt.Errorf("sqlite: put aside: %w", err))
		}
	}
	return errors.Join(errs...)
}
