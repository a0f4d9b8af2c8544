package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/torideproject/toride/internal/release"
)

// keepBefore puts a copy of the database aside when this version of Toride
// differs from the one that opened it last, so that an upgrade can be undone
// by hand. The newest two copies are kept.
func (a *App) keepBefore(ctx context.Context, fresh bool) error {
	path := a.cfg.path("version")
	was, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("app: %w", err)
	}
	if strings.TrimSpace(string(was)) == release.Version() {
		return nil
	}
	if !fresh {
		copyPath := a.cfg.path("before-" + strings.Map(safeName, release.Version()) + "-" + a.cfg.Clock().UTC().Format("20060102T150405") + ".db")
		if err := a.db.Snapshot(ctx, copyPath); err != nil {
			return err
		}
		if err := a.dropOld(); err != nil {
			return err
		}
		a.log.Info("database copied before upgrade", "copy", filepath.Base(copyPath))
	}
	return os.WriteFile(path, []byte(release.Version()+"\n"), 0o600)
}

func (a *App) dropOld() error {
	copies, err := filepath.Glob(a.cfg.path("before-*.db"))
	if err != nil || len(copies) <= 2 {
		return err
	}
	oldest := copies[0]
	for _, c := range copies[1:] {
		if modTime(c) < modTime(oldest) {
			oldest = c
		}
	}
	return os.Remove(oldest)
}

func modTime(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0 // gone already
	}
	return info.ModTime().UnixNano()
}

func safeName(r rune) rune {
	if r == '.' || r == '-' || (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z') {
		return r
	}
	return '_'
}
