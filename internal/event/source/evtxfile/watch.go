package evtxfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
)

// Limits of the folder.
const (
	scanEvery = 3 * time.Second
	maxDepth  = 4      // folders in folders
	maxListed = 50_000 // files looked at in one scan
	// A file that keeps changing is read all the same after so many scans.
	maxPatience = 20
)

// Run reads the files of the folder, and again those that change, until ctx ends.
// A folder that is not there is an error.
func (s *Source) Run(ctx context.Context, sink source.Sink) (err error) {
	root, err := os.OpenRoot(s.set.Folder) // keeps links inside the folder
	if err != nil {
		return fault.New(fault.NotFound, "event.evtxfile.folder", s.set.Folder).With(err)
	}
	defer root.Close()
	s.running.Store(true)
	defer func() {
		if cerr := s.forget(); err == nil {
			err = cerr
		}
	}()
	w := watcher{s: s, root: root, sink: sink, pending: map[string]candidate{}, failed: map[string]bool{}}
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		if err := w.scan(ctx); err != nil || ctx.Err() != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// candidate is a file as the last scan saw it. One that changes between two
// scans is still being copied.
type candidate struct {
	size    int64
	time    time.Time
	changes int
}

type watcher struct {
	s       *Source
	root    *os.Root
	sink    source.Sink
	pending map[string]candidate
	failed  map[string]bool // could not be opened, and the log says so already
}

// scan looks through the folder once and reads what has come to rest.
func (w *watcher) scan(ctx context.Context) error {
	found, err := w.list()
	if err != nil {
		return fault.New(fault.NotFound, "event.evtxfile.folder", w.s.set.Folder).With(err)
	}
	return w.s.remembering(ctx, func(m *memory) error { return w.changed(ctx, m, found) })
}

// changed reads the files that are not as they were when they were read last.
func (w *watcher) changed(ctx context.Context, mem *memory, found map[string]candidate) error {
	for name := range w.pending {
		if _, there := found[name]; !there {
			delete(w.pending, name)
		}
	}
	for name, now := range found {
		if old, ok := mem.files[name]; ok && old.Size == now.size && old.Time.Equal(now.time) {
			delete(w.pending, name)
			continue
		}
		before, waiting := w.pending[name]
		rest := waiting && before.size == now.size && before.time.Equal(now.time)
		now.changes = before.changes + 1
		if !rest && now.changes < maxPatience {
			w.pending[name] = now
			continue
		}
		delete(w.pending, name)
		if err := w.read(ctx, mem, name, now); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
	}
	return nil
}

// list gives the event logs in the folder and the folders in it.
func (w *watcher) list() (map[string]candidate, error) {
	found := map[string]candidate{}
	err := fs.WalkDir(w.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil: // gone in between, or not ours to read
			return nil
		case d.IsDir() && strings.Count(name, "/") >= maxDepth:
			return fs.SkipDir
		case len(found) >= maxListed:
			return fs.SkipAll
		case !d.Type().IsRegular() || !strings.EqualFold(path.Ext(name), ".evtx"):
			return nil
		}
		if info, err := d.Info(); err == nil {
			found[name] = candidate{size: info.Size(), time: info.ModTime()}
		}
		return nil
	})
	return found, err
}

// read reads one file. An error is one that ends the source; what is wrong with
// the file stands in its report.
func (w *watcher) read(ctx context.Context, mem *memory, name string, as candidate) error {
	log := w.s.cfg.Log.With("source", w.s.cfg.ID, "file", name)
	// Without waiting: whoever may write to the folder could have put a pipe there
	// in between.
	f, err := w.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err == nil {
		if info, serr := f.Stat(); serr != nil || !info.Mode().IsRegular() {
			_ = f.Close()
			return nil
		}
	}
	if err != nil {
		if !w.failed[name] {
			log.Warn("a file cannot be opened", "error", err)
			w.failed[name] = true
		}
		return nil
	}
	defer f.Close()
	delete(w.failed, name)
	r := reading{ctx: ctx, cfg: w.s.cfg, set: w.s.set, sink: w.sink, mem: mem, wait: true, report: Report{Name: clean(name)}}
	err = r.run(f)
	switch {
	case err != nil && ctx.Err() != nil: // goes on next time
		return nil
	case err != nil && isFault(err):
		return err
	case err != nil:
		log.Warn("a file cannot be read", "error", err)
		return nil
	}
	if len(r.report.Damage) > 0 || r.report.NotALog {
		log.Warn("parts of a file cannot be read", "damages", len(r.report.Damage)+r.report.More, "not a log", r.report.NotALog, "sha256", r.report.SHA256)
	}
	log.Info("a file was read", "records", r.report.Records, "known chunks", r.report.Known, "skipped", r.report.Skipped, "sha256", r.report.SHA256)
	mem.setFile(name, fileState{Size: as.size, Time: as.time, SHA256: r.report.SHA256, Read: r.report.At, Report: r.report})
	if err := mem.save(); err != nil {
		return fmt.Errorf("evtxfile: %s: %w", name, err)
	}
	return nil
}

func isFault(err error) bool {
	_, ok := errors.AsType[*fault.Error](err)
	return ok
}

// setFile notes a file. When there are too many, those read longest ago are
// forgotten.
func (m *memory) setFile(name string, f fileState) {
	m.dirty = true
	m.files[name] = f
	if len(m.files) <= maxFiles {
		return
	}
	oldest := name
	for n, o := range m.files {
		if o.Read.Before(m.files[oldest].Read) {
			oldest = n
		}
	}
	delete(m.files, oldest)
}
