package ssmix2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/torideproject/toride/hl7"
)

// Options says how to read a store. The zero value is right.
type Options struct {
	// MaxFile is the largest file that ReadFile reads, in bytes; 0:
	// hl7.DefaultMaxSize.
	MaxFile int
}

// ErrNoStore reports that Open was given no root of standard or extended
// storage.
var ErrNoStore = errors.New("ssmix2: no standard or extended storage was found")

// ErrTooLarge reports a file beyond a limit.
var ErrTooLarge = errors.New("ssmix2: the file is larger than the limit")

// Store is a copy of SS-MIX2 storage, or several volumes of it seen as one.
// It only opens, lists and reads: nothing in this package can write. It may
// be used by several goroutines if the file system can.
type Store struct {
	fsys   fs.FS
	roots  []Root
	opt    Options
	widths []int // of patient numbers, as a sample of the store shows them
}

// Open makes a store of roots that Detect found. It reads a few folders of
// each root to learn how wide patients' numbers are.
func Open(ctx context.Context, fsys fs.FS, roots []Root, opt Options) (*Store, error) {
	if opt.MaxFile <= 0 {
		opt.MaxFile = hl7.DefaultMaxSize
	}
	s := &Store{fsys: fsys, opt: opt}
	for _, r := range roots {
		if !fs.ValidPath(r.Path) {
			return nil, &fs.PathError{Op: "open", Path: r.Path, Err: fs.ErrInvalid}
		}
		s.roots = append(s.roots, r)
	}
	some := false
	for i := range s.roots {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.patients(i) {
			some = true
			s.sample(s.roots[i].Path, 0)
		}
	}
	if !some {
		return nil, ErrNoStore
	}
	slices.Sort(s.widths)
	return s, nil
}

// Roots are the store's roots; Record.Root and Dir.Root are places here.
func (s *Store) Roots() []Root { return s.roots }

// FS is the file system that the store reads.
func (s *Store) FS() fs.FS { return s.fsys }

// Widths are the lengths of patients' numbers that were seen, ascending.
func (s *Store) Widths() []int { return s.widths }

// patients reports whether patients stand below a root.
func (s *Store) patients(root int) bool {
	return s.roots[root].Kind == StandardStorage || s.roots[root].Kind == ExtendedStorage
}

// sample collects the widths of patients' numbers below three levels, the
// first and the last folders of each.
func (s *Store) sample(dir string, level int) {
	entries, _, err := ListDir(s.fsys, dir, 4096)
	if err != nil {
		return
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return !e.IsDir() || !fs.ValidPath(e.Name()) || (level < 2 && len(e.Name()) != 3)
	})
	if level == 2 {
		for _, e := range entries {
			if n := len(e.Name()); !slices.Contains(s.widths, n) && n >= 6 && n <= 30 {
				s.widths = append(s.widths, n)
			}
		}
		return
	}
	if len(entries) > 4 {
		entries = append(entries[:2:2], entries[len(entries)-2:]...)
	}
	for _, e := range entries {
		s.sample(join(dir, e.Name()), level+1)
	}
}

// Dir is one of a patient's folders.
type Dir struct {
	Root int32
	Path string
}

// Patient is a patient's number and where his folders are.
type Patient struct {
	ID   string
	Dirs []Dir
}

// PatientPath gives the path of a patient's folder below a root, without
// looking; ok is false for a number that cannot have one: shorter than six
// characters, or with a character that is not allowed in a name.
func PatientPath(id string) (string, bool) {
	if len(id) < 6 || !patientID(strings.ReplaceAll(id, "_", "-")) || !isASCII(id) || strings.IndexByte(id[:6], '.') >= 0 {
		return "", false
	}
	return id[:3] + "/" + id[3:6] + "/" + id, true
}

// Find looks a patient up by number, straight from the computed paths: no
// folder is listed. Leading zeros may be missing or too many: the number is
// tried as given and then in every width that the store was seen to use;
// full-width digits are taken as plain ones. Two
// numbers that differ in their zeros alone are two Patients, and a lint.
func (s *Store) Find(ctx context.Context, id string) ([]Patient, []Lint, error) {
	id = strings.Map(halfWidth, strings.TrimSpace(id))
	tries := []string{id}
	bare := strings.TrimLeft(id, "0")
	for _, w := range s.widths {
		if len(bare) <= w {
			if try := strings.Repeat("0", w-len(bare)) + bare; !slices.Contains(tries, try) {
				tries = append(tries, try)
			}
		}
	}
	var out []Patient
	var l lints
	for _, try := range tries {
		p := Patient{ID: try}
		for i := range s.roots {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			at, ok := PatientPath(try)
			if !ok || !s.patients(i) {
				continue
			}
			at = join(s.roots[i].Path, at)
			switch there, err := s.plainDir(s.roots[i].Path, at, &l); {
			case err != nil:
				return nil, l, err
			case there:
				p.Dirs = append(p.Dirs, Dir{int32(i), at})
			}
		}
		if len(p.Dirs) > 0 {
			out = append(out, p)
		}
	}
	if len(out) > 1 {
		ids := make([]string, len(out))
		for i, p := range out {
			ids[i] = p.ID
		}
		l.add(PatientTwice, "", ids...)
	}
	return out, l, nil
}

// halfWidth turns full-width letters and digits, as Japanese input gives them,
// into plain ones.
func halfWidth(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

// plainDir reports whether at is a folder reached from root through folders
// alone. Symbolic links are refused: they may lead out of the store or round
// in circles.
func (s *Store) plainDir(root, at string, l *lints) (bool, error) {
	from := len(root) + 1
	if root == "." {
		from = 0
	}
	for i := from; i <= len(at); i++ {
		if i < len(at) && at[i] != '/' {
			continue
		}
		info, err := fs.Lstat(s.fsys, at[:i])
		switch {
		case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid):
			return false, nil
		case err != nil:
			return false, err
		case !info.IsDir():
			if info.Mode()&fs.ModeSymlink != 0 {
				l.add(LinkRefused, at[:i])
			}
			return false, nil
		}
	}
	return true, nil
}

// ReadFile reads a file of at most Options.MaxFile bytes into buf's memory.
// The error wraps ErrTooLarge for a larger one; a folder or a link is refused.
func (s *Store) ReadFile(buf []byte, at string) ([]byte, error) {
	f, err := s.fsys.Open(at)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: at, Err: fs.ErrInvalid}
	}
	if info.Size() > int64(s.opt.MaxFile) {
		return nil, fmt.Errorf("%s: %d bytes: %w", at, info.Size(), ErrTooLarge)
	}
	buf = slices.Grow(buf[:0], int(max(info.Size(), 0))+1)
	for {
		n, err := f.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return nil, err
		case len(buf) > s.opt.MaxFile: // it grew, or its size was a lie
			return nil, fmt.Errorf("%s: %w", at, ErrTooLarge)
		case len(buf) == cap(buf):
			buf = slices.Grow(buf, 512)
		}
	}
}

// Open opens a file of the store for reading, as large as it may be: a
// document of extended storage.
func (s *Store) Open(at string) (fs.File, error) { return s.fsys.Open(at) }
