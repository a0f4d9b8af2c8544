package fhir

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// Format is Info.Format of this package's sources.
const Format = "fhir"

// Member is FHIR as package all lists it.
func Member() source.Member { return source.Member{Format: Format, Open: open, Says: says} }

// store is a tree of files with FHIR in them. It may be used by several
// goroutines.
type store struct {
	fsys fs.FS
	root string
	info source.Info
	zone *time.Location
	// patience is as in source.Options.
	patience time.Duration

	stop context.CancelFunc
	life context.Context
	work sync.WaitGroup

	mu     sync.Mutex
	table  *table
	stamp  uint64 // of the files when the table was made
	making *making
}

// making is a table being made. It goes on when the caller who began it has no
// more time: reading all files may take longer than a page waits.
type making struct {
	done chan struct{}
	err  error
}

const (
	maxListings = 60 // folders, on a disk of which nothing is cached yet
	maxBeside   = 30 // folders beside each other; more are patients
	maxLooks    = 40
)

var isResource = regexp.MustCompile(`(?s)^\x{feff}?\s*[\[{].*?"resourceType"\s*:\s*"[A-Z][A-Za-z]+"`)

// open looks for files with FHIR at the top and three levels below it; what is
// found is one source, as its resources refer to each other across files.
func open(ctx context.Context, fsys fs.FS, opt source.Options) ([]source.Source, []model.Notice, error) {
	if _, err := fs.Stat(fsys, "."); err != nil {
		return nil, nil, err
	}
	f := finder{fsys: fsys}
	dirs := []string{"."}
	for level := 0; level < 4 && len(dirs) > 0; level++ {
		var below []string
		for _, dir := range dirs {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			below = append(below, f.look(dir)...)
		}
		dirs = below
	}
	if len(f.found) == 0 {
		return nil, nil, nil
	}
	root := common(f.found)
	if f.more {
		root = "."
	}
	o := opt.Nth(0)
	s := &store{fsys: fsys, root: root, zone: o.Zone, patience: o.Patience}
	s.life, s.stop = context.WithCancel(context.Background())
	s.info = source.Info{Name: o.Name, Format: Format, Label: o.Label, AsOf: o.AsOf, Counts: o.Counts, Volumes: 1}
	return []source.Source{s}, nil, nil
}

// finder looks for files with FHIR.
type finder struct {
	fsys           fs.FS
	found          []string // one in each folder that has some
	listed, looked int
	more           bool // not all folders were looked into
}

// look lists a folder and gives the folders in it that are worth a look.
func (f *finder) look(dir string) (below []string) {
	if f.listed++; f.listed > maxListings {
		f.more = true
		return nil
	}
	here := 0
	for _, e := range firstOf(f.fsys, dir) {
		at := path.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), ".") || !fs.ValidPath(at):
		case e.IsDir():
			below = append(below, at)
		case e.Type().IsRegular() && fhirName(e.Name()) && f.looked < maxLooks && here < 3:
			f.looked++
			if here++; looksLike(f.fsys, at) {
				f.found, here = append(f.found, at), 3
			}
		}
	}
	switch {
	case prefixes(below):
		return nil
	case len(below) > maxBeside: // patients: what is in some is in all
		f.more = true
		return below[:3]
	}
	return below
}

// prefixes tells the first level of SS-MIX2 storage, which has no FHIR in it:
// names of three digits.
func prefixes(dirs []string) bool {
	for _, d := range dirs {
		if base := path.Base(d); len(base) != 3 || strings.Trim(base, "0123456789") != "" {
			return false
		}
	}
	return len(dirs) > 0
}

// firstOf gives the first entries of a folder that can be listed.
func firstOf(fsys fs.FS, dir string) []fs.DirEntry {
	entries, _, _ := ssmix2.ListDir(fsys, dir, 2000)
	return entries
}

// looksLike reads the beginning of a file.
func looksLike(fsys fs.FS, name string) bool {
	f, err := fsys.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	in, err := unpack(f, name)
	if err != nil {
		return false
	}
	head, _ := bufio.NewReaderSize(in, 8192).Peek(8192)
	return isResource.Match(head)
}

// common is the folder that holds all of some files.
func common(files []string) string {
	dir := path.Dir(files[0])
	for _, f := range files[1:] {
		for dir != "." && !strings.HasPrefix(f, dir+"/") {
			dir = path.Dir(dir)
		}
	}
	return dir
}

// Info says what the source is.
func (s *store) Info() source.Info { return s.info }

// Close ends what goes on in the background.
func (s *store) Close() error {
	s.stop()
	s.work.Wait()
	return nil
}

// gone wraps source.ErrGone if the folder cannot be listed any more.
func (s *store) gone() error {
	f, err := s.fsys.Open(s.root)
	if err == nil {
		d, ok := f.(fs.ReadDirFile)
		if ok {
			_, err = d.ReadDir(1)
		}
		_ = f.Close()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", source.ErrGone, err)
	}
	return nil
}

// load gives the table, and makes it if it is not there. again looks whether
// files were changed since.
func (s *store) load(ctx context.Context, again bool) (*table, error) {
	if err := cmp.Or(ctx.Err(), s.gone()); err != nil {
		return nil, err
	}
	s.mu.Lock()
	t := s.table
	s.mu.Unlock()
	if t != nil && !again {
		return t, nil
	}
	s.mu.Lock()
	m := s.making
	if m == nil {
		m = &making{done: make(chan struct{})}
		s.making = m
		s.work.Go(func() { s.make(m) })
	}
	s.mu.Unlock()
	var late <-chan time.Time
	if s.patience > 0 && !again {
		timer := time.NewTimer(s.patience)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-m.done:
	case <-late:
		return nil, source.ErrNotYet
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table, m.err
}

// make makes the table, unless no file was changed since there is one.
func (s *store) make(m *making) {
	stamp, err := s.stampOf(s.life)
	s.mu.Lock()
	t, same := s.table, s.table != nil && s.stamp == stamp
	s.mu.Unlock()
	if err == nil && !same {
		t, err = s.scan(s.life)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.table, s.stamp = t, stamp
	}
	m.err, s.making = err, nil
	close(m.done)
}

// stampOf is of names, sizes and times of all files.
func (s *store) stampOf(ctx context.Context) (uint64, error) {
	all := uint64(0)
	err := s.walkFiles(ctx, func(name string) error {
		info, err := fs.Stat(s.fsys, name)
		if err != nil {
			return cmp.Or(s.gone(), nil)
		}
		all = all*31 + hash(name, info.ModTime().UTC().Format(time.RFC3339Nano), itoa(int(info.Size())))
		return nil
	})
	return all, err
}

// Find gives the patients with a number, also with other leading zeros. The
// first question reads all files.
func (s *store) Find(ctx context.Context, id string) ([]source.Found, error) {
	t, err := s.load(ctx, false)
	if err != nil {
		return nil, err
	}
	id = strings.TrimSpace(norm.NFKC.String(id))
	if id == "" {
		return nil, nil
	}
	var out []source.Found
	from, to := t.find(id)
	for i := from; i < to; i++ {
		p := &t.patients[i]
		f := source.Found{ID: p.id, Person: p.brief, Notices: p.notices}
		if to-from > 1 {
			f.Notices = append(slices.Clone(f.Notices), model.Notice{Level: model.Warn, Code: "fhir.other_spelling", Args: []string{p.id}})
		}
		out = append(out, f)
	}
	return out, nil
}

// Walk yields every patient by his number.
func (s *store) Walk(ctx context.Context, opt source.Walk, yield func(source.Entry) error) error {
	t, err := s.load(ctx, true)
	if err != nil {
		return err
	}
	for i := range t.patients {
		p := &t.patients[i]
		if opt.After != "" && compareIDs(p.id, opt.After) <= 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if i&255 == 255 {
			if err := s.gone(); err != nil {
				return err
			}
		}
		if err := yield(t.walked(p, opt.Known)); err != nil {
			return err
		}
	}
	return s.gone()
}

func (t *table) walked(p *patient, known func(string) (uint64, bool)) source.Entry {
	e := source.Entry{ID: p.id, Position: p.id, Brief: p.brief, Notices: len(p.notices), Stay: p.bed}
	e.Mark = hash(p.id, p.brief.Kanji, p.brief.Kana, p.brief.Birth, p.brief.Sex)
	counts := make(map[uint16]*source.Count)
	seen := make(map[uint64]bool, p.count)
	for i := range t.of(p) {
		r := &t.of(p)[i]
		e.Files++
		e.Mark = e.Mark*1099511628211 ^ uint64(r.offset)<<24 ^ uint64(r.size) ^ uint64(r.file)<<48 ^ uint64(r.sent)<<8 //nolint:gosec // a hash
		c := counts[r.kind]
		if c == nil {
			c = &source.Count{Kind: t.kinds[r.kind]}
			counts[r.kind] = c
		}
		if !seen[r.id] { // versions of one resource are one item
			seen[r.id] = true
			c.Items++
		}
		c.Newest = max(c.Newest, r.stamp())
	}
	if known != nil {
		if mark, ok := known(p.id); ok && mark == e.Mark {
			return source.Entry{ID: p.id, Position: p.id, Mark: mark, Same: true}
		}
	}
	for _, c := range counts {
		e.Kinds = append(e.Kinds, *c)
	}
	slices.SortFunc(e.Kinds, func(a, b source.Count) int { return strings.Compare(a.Kind, b.Kind) })
	return e
}

// stamp is when a resource was sent, else the day it is about.
func (e *entry) stamp() model.Stamp {
	if e.sent != 0 {
		return stampAt(e.sent)
	}
	return model.Stamp(dayText(e.day))
}

// bytesAt reads a part of a file: at its place where the file can, else by
// reading up to it.
func (s *store) bytesAt(in io.Reader, at, offset int64, size uint32) ([]byte, error) {
	out := make([]byte, size)
	if r, ok := in.(io.ReaderAt); ok {
		n, err := r.ReadAt(out, offset)
		if n == len(out) {
			err = nil
		}
		return out, err
	}
	if r, ok := in.(io.Seeker); ok {
		if _, err := r.Seek(offset, io.SeekStart); err != nil {
			return nil, err
		}
	} else if _, err := io.CopyN(io.Discard, in, offset-at); err != nil {
		return nil, err
	}
	_, err := io.ReadFull(in, out)
	return out, err
}

var errChanged = errors.New("fhir: the file was changed since it was read first")
