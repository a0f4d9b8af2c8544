package ssmix2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// Format is Info.Format of this package's sources.
const Format = "ssmix2"

// Member is SS-MIX2 as package all lists it.
func Member() source.Member { return source.Member{Format: Format, Open: open, Says: says} }

// open finds the roots below the top of a file system. Those of one facility
// are one source; roots whose folder names no facility belong to the only one
// there is, else to a source of their own.
func open(ctx context.Context, fsys fs.FS, opt source.Options) ([]source.Source, []model.Notice, error) {
	roots, lints, err := ssmix2.Detect(ctx, fsys)
	if err != nil {
		return nil, nil, err
	}
	var notes notices
	for _, l := range lints {
		notes.lint(l, model.Ref{})
	}
	var out []source.Source
	for _, group := range groups(roots) {
		store, err := ssmix2.Open(ctx, fsys, group, ssmix2.Options{})
		switch {
		case errors.Is(err, ssmix2.ErrNoStore):
			continue
		case err != nil:
			return nil, notes.List(), err
		}
		out = append(out, newStore(store, opt.Nth(len(out))))
	}
	return out, notes.List(), nil
}

// groups puts roots of one facility together, in the order of their paths.
func groups(roots []ssmix2.Root) [][]ssmix2.Root {
	var names []string
	for _, r := range roots {
		if patients(r) && r.Facility != "" && !slices.Contains(names, r.Facility) {
			names = append(names, r.Facility)
		}
	}
	slices.Sort(names)
	by := map[string][]ssmix2.Root{}
	for _, r := range roots {
		if !patients(r) {
			continue
		}
		f := r.Facility
		if f == "" && len(names) == 1 {
			f = names[0]
		}
		by[f] = append(by[f], r)
	}
	var out [][]ssmix2.Root
	for _, name := range append(names, "") {
		if len(by[name]) > 0 {
			out = append(out, by[name])
		}
	}
	return out
}

func patients(r ssmix2.Root) bool {
	return r.Kind == ssmix2.StandardStorage || r.Kind == ssmix2.ExtendedStorage
}

// store is one hospital's storage. It may be used by several goroutines if the
// file system can.
type store struct {
	s        *ssmix2.Store
	info     source.Info
	workers  int
	zone     *time.Location
	reading  *turns // of charts that are read
	longOnes *turns // of those that take long
	making   *turns // of charts that are put together
	rooms    rooms  // of what is read and not yet a chart

	mostOfOne int64
}

func newStore(s *ssmix2.Store, opt source.Options) *store {
	cores := runtime.GOMAXPROCS(0)
	// A disk or a share answers several at once, a processor computes for one.
	st := &store{s: s, workers: min(8, max(2, cores)), zone: opt.Zone, reading: newTurns(2 * cores), longOnes: newTurns(cores), making: newTurns(max(1, cores-1)),
		rooms: newRooms(opt.Memory), mostOfOne: mostOfOne}
	st.info = source.Info{Name: opt.Name, Format: Format, Label: opt.Label, AsOf: opt.AsOf, Counts: opt.Counts, Counted: counted(opt.Counts), Volumes: len(s.Roots())}
	for _, r := range s.Roots() {
		if r.Facility != "" {
			st.info.Facility = r.Facility
		}
	}
	return st
}

// Info says what the store is.
func (s *store) Info() source.Info { return s.info }

// Close does nothing: the file system belongs to who opened it.
func (s *store) Close() error { return nil }

// gone wraps source.ErrGone if a root cannot be listed any more, or is empty
// all at once, as the mount point of a disk that was pulled is; else nil.
func (s *store) gone() error {
	for _, r := range s.s.Roots() {
		if err := s.there(r.Path); err != nil {
			return fmt.Errorf("%w: %w", source.ErrGone, err)
		}
	}
	return nil
}

func (s *store) there(path string) error {
	f, err := s.s.FS().Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil
	}
	if _, err := dir.ReadDir(1); errors.Is(err, io.EOF) {
		return &fs.PathError{Op: "readdir", Path: path, Err: fs.ErrNotExist}
	} else if err != nil {
		return err
	}
	return nil
}

// failed gives an error to a caller: a root that is away goes before what it
// made of it, the context's error before both.
func (s *store) failed(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ssmix2.ErrGone):
		return fmt.Errorf("%w: %w", source.ErrGone, err)
	}
	if gone := s.gone(); gone != nil {
		return gone
	}
	return err
}

// ref names a record's place.
func (s *store) ref(r *ssmix2.Record) model.Ref {
	return model.Ref{Source: s.info.Name, Item: r.Path()}
}

// rootOf finds the root that a path stands below, and the rest of the path.
func (s *store) rootOf(path string) (root int, rest string, ok bool) {
	for i, r := range s.s.Roots() {
		rest, ok = path, true
		if r.Path != "." {
			rest, ok = strings.CutPrefix(path, r.Path+"/")
		}
		if ok && patients(r) {
			return i, rest, true
		}
	}
	return 0, "", false
}
