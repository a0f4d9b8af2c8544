package app

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/release"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/sqlite"
)

// Manifest stands first in a backup and says what it holds.
type Manifest struct {
	Format   int               `json:"format"` // 1
	Version  string            `json:"version"`
	Facility string            `json:"facility"`
	Made     time.Time         `json:"made"`
	Ledger   ledger.Checkpoint `json:"ledger"`
	Files    []BackedUp        `json:"files"`
}

// BackedUp is one file of a backup.
type BackedUp struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// backupFormat is the version of the layout, described in docs/spec/backup.md.
const backupFormat = 1

// Backup writes the data folder, encrypted to the box's key and the recovery
// key, while Toride goes on working. The seal key itself is never in it. The
// cost is one copy of the database on the data disk.
func (a *App) Backup(ctx context.Context, actor ledger.Actor, w io.Writer) (m Manifest, err error) {
	if err := a.Book.Note(ctx, actor, "app.backup", "toride", nil); err != nil {
		return m, err
	}
	dir, err := os.MkdirTemp(a.cfg.Data, ".backup-")
	if err != nil {
		return m, fmt.Errorf("app: backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	snapshot := filepath.Join(dir, "state.db")
	if err := a.db.Snapshot(ctx, snapshot); err != nil {
		return m, err
	}
	m = Manifest{Format: backupFormat, Version: release.Version(), Facility: a.Book.Facility(), Made: a.cfg.Clock().UTC()}
	if m.Ledger, err = a.Book.Head(ctx); err != nil {
		return m, err
	}
	paths := map[string]string{"state.db": snapshot, "recovery.pub": a.cfg.path("recovery.pub")}
	for _, name := range []string{"state.db", "recovery.pub"} {
		file, err := measure(name, paths[name])
		if errors.Is(err, os.ErrNotExist) && name != "state.db" {
			continue // no recovery key was made yet
		}
		if err != nil {
			return m, err
		}
		m.Files = append(m.Files, file)
	}
	return m, a.writeBackup(w, m, paths)
}

func measure(name, path string) (BackedUp, error) {
	f, err := os.Open(path)
	if err != nil {
		return BackedUp{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return BackedUp{Name: name, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

func (a *App) writeBackup(w io.Writer, m Manifest, paths map[string]string) error {
	enc, err := a.box.Encrypt(w)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(enc)
	head, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := tw.WriteHeader(&tar.Header{Name: "manifest.json", Mode: 0o600, Size: int64(len(head)), ModTime: m.Made}); err != nil {
		return err
	}
	if _, err := tw.Write(head); err != nil {
		return err
	}
	for _, file := range m.Files {
		if err := tw.WriteHeader(&tar.Header{Name: file.Name, Mode: 0o600, Size: file.Size, ModTime: m.Made}); err != nil {
			return err
		}
		if err := copyFile(tw, paths[file.Name]); err != nil {
			return err
		}
	}
	return errors.Join(tw.Close(), enc.Close())
}

func copyFile(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// Restore reads a backup, checks every file against the manifest, the database
// by SQLite's own check and the ledger as a whole, and only then puts it into
// the data folder, which must be empty or new. With dryRun nothing is put
// there: the backup is only proved.
func Restore(ctx context.Context, cfg Config, r io.Reader, dryRun bool) (Manifest, error) {
	box, err := seal.Open(seal.Config{CredentialsDir: os.Getenv("CREDENTIALS_DIRECTORY"), KeyFile: cfg.Key})
	if err != nil {
		return Manifest{}, err
	}
	plain, err := box.Decrypt(r)
	if err != nil {
		return Manifest{}, err
	}
	if err := cfg.empty(); err != nil && !dryRun {
		return Manifest{}, err
	}
	if err := cfg.makeData(); err != nil {
		return Manifest{}, err
	}
	dir, err := os.MkdirTemp(cfg.Data, ".restore-")
	if err != nil {
		return Manifest{}, fmt.Errorf("app: restore: %w", err)
	}
	m, err := unpack(tar.NewReader(plain), dir)
	if err == nil {
		err = prove(ctx, filepath.Join(dir, "state.db"), m)
	}
	if err == nil && !dryRun {
		err = cfg.putInPlace(dir, m)
	}
	return m, errors.Join(err, os.RemoveAll(dir))
}

// empty refuses a folder with a database, or with the journal of one: SQLite
// would play a journal that was left behind into the restored database.
func (c Config) empty() error {
	for _, name := range []string{"state.db", "state.db-wal", "state.db-journal"} {
		if _, err := os.Lstat(c.path(name)); err == nil {
			return fault.New(fault.Conflict, "app.restore.notempty", c.Data)
		}
	}
	return nil
}

// putInPlace moves proved files into the data folder, under its lock, so that
// no Toride starts there meanwhile. Where root restores for the service's own
// user, the files become that user's.
func (c Config) putInPlace(dir string, m Manifest) (err error) {
	held, err := take(c.path("lock"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.release()) }()
	if err := c.empty(); err != nil {
		return err
	}
	names := []string{"lock"}
	for _, file := range m.Files {
		if err := os.Rename(filepath.Join(dir, file.Name), c.path(file.Name)); err != nil {
			return fmt.Errorf("app: restore: %w", err)
		}
		names = append(names, file.Name)
	}
	err = c.handOver(names)
	return errors.Join(err, durable.SyncDir(c.Data))
}

// whole reports whether the manifest names the database once, and nothing that
// a backup does not hold: a forged one must neither write elsewhere nor pass
// for a restored hospital while it brings nothing.
func (m Manifest) whole() bool {
	seen := map[string]int{}
	for _, file := range m.Files {
		seen[file.Name]++
	}
	return seen["state.db"] == 1 && len(m.Files) == 1+seen["recovery.pub"] && seen["recovery.pub"] <= 1
}

func unpack(tr *tar.Reader, dir string) (Manifest, error) {
	var m Manifest
	bad := fault.New(fault.Invalid, "app.restore.damaged")
	head, err := tr.Next()
	if err != nil || head.Name != "manifest.json" || head.Size > 1<<20 {
		return m, bad.With(err)
	}
	if err := json.NewDecoder(io.LimitReader(tr, head.Size)).Decode(&m); err != nil {
		return m, bad.With(err)
	}
	if m.Format != backupFormat {
		return m, fault.New(fault.Conflict, "app.restore.newer", m.Version)
	}
	if !m.whole() {
		return m, bad
	}
	for _, want := range m.Files {
		head, err := tr.Next()
		if err != nil || head.Name != want.Name || head.Typeflag != tar.TypeReg || head.Size != want.Size {
			return m, bad.With(err)
		}
		path := filepath.Join(dir, want.Name)
		err = durable.Write(path, 0o600, func(w io.Writer) error {
			_, err := io.CopyN(w, tr, want.Size)
			return err
		})
		if errors.Is(err, syscall.ENOSPC) {
			return m, fault.New(fault.Full, "fault.full").With(err)
		}
		if err != nil {
			return m, bad.With(err)
		}
		got, err := measure(want.Name, path)
		if err != nil || got.SHA256 != want.SHA256 {
			return m, bad.With(err)
		}
	}
	return m, nil
}

// prove opens the restored database and reads its ledger up to the line that
// the manifest names.
func prove(ctx context.Context, path string, m Manifest) (err error) {
	db, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Check(ctx); err != nil {
		return fault.New(fault.Invalid, "app.restore.damaged").With(err)
	}
	book, err := ledger.Open(ctx, db, time.Now)
	if err != nil {
		return newer(err)
	}
	if _, err := book.Verify(ctx, m.Ledger); err != nil {
		return fault.New(fault.Invalid, "app.restore.ledger").With(err)
	}
	return nil
}
