package copy

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
)

// Source is a folder opened for copying. Nothing of it can be written, and no
// name in it leads out of it.
type Source struct {
	fs.FS
	root *os.Root
}

// OpenSource opens a folder. One that is not there is "copy.source.none".
// Close it.
func OpenSource(dir string) (*Source, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.New(fault.NotFound, "copy.source.none", dir).With(err)
	}
	return &Source{root: root, FS: source.Folder(root)}, nil
}

// below opens a folder as the top of a file system of its own. A root opens
// each name of a path by itself, which on a share may ask the server each time:
// the folders of one patient are then two names deep instead of seven.
func (s *Source) below(dir string) (fs.FS, io.Closer, error) {
	root, err := s.root.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	return source.Folder(root), root, nil
}

// Close closes the folder.
func (s *Source) Close() error { return s.root.Close() }

// item is what a folder lists.
type item struct {
	name string
	size int64
	time int64 // ns since 1970
	dir  bool
	odd  bool // a link or a special file: not taken
	bad  bool // a name that no path can hold
	sub  *node
}

// list reads one folder, sorted by name. What vanished while it was listed is
// left out: the store lives on while it is copied.
func list(fsys fs.FS, dir string) ([]item, error) {
	f, err := fsys.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: dir, Err: errors.ErrUnsupported}
	}
	entries, err := d.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	items := make([]item, 0, len(entries))
	for _, e := range entries {
		it := item{name: e.Name(), dir: e.IsDir() && fs.ValidPath(e.Name())}
		switch {
		case it.dir:
		case !fs.ValidPath(it.name):
			it.bad = true
		case !e.Type().IsRegular():
			it.odd = true
		default:
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			it.size, it.time = info.Size(), info.ModTime().UnixNano()
		}
		items = append(items, it)
	}
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.name, b.name) })
	return items, nil
}

// vanished reports whether an error says that the file is not there any more,
// as opposed to one that is there and cannot be read.
func vanished(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// sourceGone reports whether the source as a whole is away: its top cannot be
// listed any more.
func sourceGone(fsys fs.FS) error {
	f, err := fsys.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return errors.ErrUnsupported
	}
	entries, err := d.ReadDir(1)
	if len(entries) > 0 {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = syscall.ENOENT // a mount point with nothing mounted is an empty folder
	}
	return err
}
