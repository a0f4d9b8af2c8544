package shelf

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/source/all"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/ssmix2"
)

// medium is an opened path: a file system and what closes it.
type medium struct {
	fsys fs.FS
	io.Closer
	asOf       time.Time
	counts     map[string]int64
	generation string
	flaw       error // it can be read, but not all of it
	notices    []model.Notice
	// alive tells whether it is still there, past what is kept in memory.
	alive func() error
}

// opener opens a path for reading.
type opener func(cfg *Config, path string) (*medium, error)

// stateError is why a root is not open.
type stateError struct {
	state string
	error
}

func (e stateError) Unwrap() error { return e.error }

// openPath opens a folder, a vault or an archive. It reads a few files,
// whatever the size; of a TAR every header.
func openPath(cfg *Config, path string) (*medium, error) {
	if made, ok := cfg.Made[path]; ok {
		return &medium{fsys: made.FS, asOf: made.AsOf, Closer: io.NopCloser(nil), alive: func() error { return nil }}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, stateError{StateGone, fault.New(fault.Busy, "shelf.gone", path).With(err)}
	}
	if !info.IsDir() {
		return openArchive(path, info)
	}
	// A folder is a vault if it says so; one whose description is damaged still
	// has its folder of generations.
	if v, err := vault.Open(path); err == nil {
		return openVault(cfg, path, v)
	} else if !isKey(err, "vault.none") {
		return nil, stateError{StateFailed, err}
	}
	return openFolder(path)
}

func isKey(err error, key string) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return ok && f.Msg.Key == key
}

// openFolder opens a folder so that nothing can lead out of it and names in
// CP932 can be opened.
func openFolder(path string) (*medium, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, stateError{StateGone, fault.New(fault.Busy, "shelf.gone", path).With(err)}
	}
	held := newFolders(root)
	fsys := held.fs()
	return &medium{fsys: fsys, Closer: held, alive: func() error { return errors.Join(stat(path), listable(fsys)) }}, nil
}

func stat(path string) error {
	_, err := os.Stat(path)
	return err
}

// listable tells whether the top of a file system can be listed and holds
// something: the mount point of a disk that was pulled is an empty folder.
func listable(fsys fs.FS) error {
	f, err := fsys.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	if dir, ok := f.(fs.ReadDirFile); ok {
		_, err = dir.ReadDir(1)
	}
	return err
}

// openArchive opens a ZIP, by its first bytes, or a TAR.
func openArchive(path string, info fs.FileInfo) (*medium, error) {
	if !info.Mode().IsRegular() {
		return nil, stateError{StateFailed, fault.New(fault.Invalid, "shelf.kind", path)}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, stateError{StateFailed, fault.New(fault.Denied, "shelf.unreadable", path).With(err)}
	}
	arc, flaw, err := indexArchive(f, info.Size())
	if err != nil {
		_ = f.Close()
		return nil, stateError{StateFailed, fault.New(fault.Invalid, "shelf.kind", path).With(err)}
	}
	if flaw != nil {
		flaw = fault.New(fault.Invalid, "shelf.cut", path).With(flaw)
	}
	m := &medium{fsys: arc, Closer: f, flaw: flaw, alive: func() error { return stat(path) }}
	if names, n := arc.Refused(); n > 0 {
		m.notices = []model.Notice{{Level: model.Warn, Code: "container.refused", Args: []string{path, strconv.Itoa(n), model.Clip(names[0], model.MaxName)}}}
	}
	return m, nil
}

var errNoArchive = errors.New("shelf: neither ZIP nor TAR")

func indexArchive(f *os.File, size int64) (arc *ssmix2.Archive, flaw, err error) {
	var magic [262]byte
	if n, _ := f.ReadAt(magic[:], 0); n >= 4 && (string(magic[:4]) == "PK\x03\x04" || string(magic[:4]) == "PK\x05\x06") {
		r, err := zip.NewReader(f, size)
		if err != nil {
			return nil, nil, err
		}
		arc, err = ssmix2.NewZip(r)
		return arc, nil, err
	} else if n < len(magic) || string(magic[257:]) != "ustar" {
		return nil, nil, errNoArchive
	}
	arc, err = ssmix2.NewTar(f, size)
	if arc == nil {
		return nil, nil, err
	}
	return arc, err, nil
}

// Newest picks the newest generation that is finished, unharmed and signed by
// one of the machines (by any, if none are named); "" if there is none.
func Newest(all []vault.Generation, trust []string) string {
	for i := len(all) - 1; i >= 0; i-- {
		g := all[i]
		if g.Finished && g.Problem == nil && g.Manifest != nil && (len(trust) == 0 || contains(trust, g.Manifest.Signer)) {
			return g.ID
		}
	}
	return ""
}

// chosen gives the generation of a vault that may be opened.
func chosen(cfg *Config, path string, v *vault.Vault) (*vault.Generation, error) {
	generations, err := v.Generations()
	if err != nil {
		return nil, stateError{StateFailed, err}
	}
	id := ""
	if cfg.Choose != nil {
		id, err = cfg.Choose(path, generations)
	} else {
		id = Newest(generations, cfg.Trust)
	}
	if err == nil && id == "" {
		err = fault.New(fault.Denied, "shelf.suspect", path)
	}
	if err != nil {
		return nil, stateError{StateSuspect, err}
	}
	for i := range generations {
		if g := &generations[i]; g.ID == id && g.Manifest != nil {
			return g, nil
		}
	}
	return nil, stateError{StateFailed, fault.New(fault.NotFound, "vault.generation.none", id)}
}

// openVault opens a generation with the key.
func openVault(cfg *Config, path string, v *vault.Vault) (*medium, error) {
	g, err := chosen(cfg, path, v)
	if err != nil {
		return nil, err
	}
	ids := []string{g.Manifest.Key}
	for _, k := range v.About().Keys {
		if !contains(ids, k.ID) {
			ids = append(ids, k.ID)
		}
	}
	sealed := fault.New(fault.Denied, "shelf.sealed", path, g.Manifest.Key)
	if cfg.Key == nil {
		return nil, stateError{StateSealed, sealed}
	}
	key, err := cfg.Key(ids)
	if err != nil || key == nil {
		return nil, stateError{StateSealed, sealed.With(err)}
	}
	r, err := v.Read(g.ID, vault.ReadOptions{Trust: cfg.Trust, Anyway: cfg.Anyway}, key)
	if isKey(err, "vault.key.wrong") {
		return nil, stateError{StateSealed, err}
	}
	if err != nil {
		return nil, stateError{StateFailed, err}
	}
	m := &medium{fsys: r, Closer: r, asOf: g.Manifest.AsOf, generation: g.ID, flaw: g.Problem,
		alive: func() error { return stat(filepath.Join(path, filepath.FromSlash(g.Manifest.Directory.Name))) }}
	// Without counts the index counts itself.
	if days, err := v.Counts(g.ID); err == nil {
		m.counts = map[string]int64{}
		for kind, byDay := range days {
			for _, n := range byDay {
				m.counts[kind] += n
			}
		}
	}
	return m, nil
}

// sources finds what stands in an opened medium.
func (m *medium) sources(ctx context.Context, cfg *Config, path, name string) ([]source.Source, []model.Notice, error) {
	opt := source.Options{Name: name, Label: path, AsOf: m.asOf, Zone: cfg.Zone, Counts: m.counts, Memory: shareOf(memory()) / int64(len(cfg.Roots))}
	found, notices, err := all.Open(ctx, m.fsys, opt)
	notices = append(slices.Clip(m.notices), notices...)
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return nil, nil, stateError{StateGone, fault.New(fault.Busy, "shelf.gone", path).With(err)}
	}
	if len(found) == 0 {
		return nil, notices, stateError{StateFailed, fault.New(fault.NotFound, "shelf.empty", path)}
	}
	return found, notices, nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
