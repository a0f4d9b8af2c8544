package ssmix2

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// Listing is what stands in one patient's folders, by names alone.
type Listing struct {
	Patient Patient
	Records []Record
	Types   map[string]DocType // of extended storage, by the folder's name as it stands
	Dates   []Dir              // every folder of a date, also those that a Filter left out; none where it named dates and types
	Lints   []Lint
}

// Newest is the latest time of sending among the records of a data type, 17
// digits; kind "" means all. "" if there is none: this type is not stored.
func (l *Listing) Newest(kind string) string {
	newest := ""
	for i := range l.Records {
		if r := &l.Records[i]; (kind == "" || r.Kind == kind) && r.Sent > newest {
			newest = r.Sent
		}
	}
	return newest
}

// Filter says which folders of a patient count. Its zero value means all.
type Filter struct {
	// Dates, if not nil, are the folders of dates ("-" or YYYYMMDD), Kinds
	// those of data types. Where both are given no folder above them is
	// listed: the name, birth date and allergies of every patient in a store
	// ("-", ADT-00 and ADT-61) cost two small folders each.
	Dates, Kinds []string
	// From and To, if not "", are the first and last date; "-" always counts.
	From, To string
	// Newest, if not 0, is how many of the newest dates of each root count,
	// and "-".
	Newest int
}

func (f *Filter) date(date string) bool {
	if f.Dates != nil && !slices.Contains(f.Dates, date) {
		return false
	}
	return date == "-" || (f.From == "" || date >= f.From) && (f.To == "" || date <= f.To)
}

func (f *Filter) kind(kind string) bool { return f.Kinds == nil || slices.Contains(f.Kinds, kind) }

// List reads one patient's folders: every date, every type, every name, and
// no file. It takes one listing for each folder. What cannot be read is a
// lint; the error is the context's, or that of a patient's folder itself.
func (s *Store) List(ctx context.Context, p Patient) (*Listing, error) {
	return s.ListOnly(ctx, p, Filter{})
}

// ListOnly is List for the folders that a filter lets through.
func (s *Store) ListOnly(ctx context.Context, p Patient, only Filter) (*Listing, error) {
	w := lister{s: s, out: &Listing{Patient: p}, only: only, fsys: s.fsys}
	for _, d := range p.Dirs {
		if err := w.patient(ctx, d); err != nil {
			return nil, err
		}
	}
	w.out.Lints = w.l
	return w.out, nil
}

type lister struct {
	s    *Store
	out  *Listing
	l    lints
	root int32
	only Filter
	fsys fs.FS  // of the store, or below the folder cut
	cut  string // "" or what to leave out of a path for fsys
}

// readDir lists a folder by its path in the store.
func (w *lister) readDir(dir string) ([]fs.DirEntry, bool, error) {
	if w.cut != "" {
		if dir = strings.TrimPrefix(dir, w.cut); dir == "" {
			dir = "."
		}
		dir = strings.TrimPrefix(dir, "/")
	}
	return ListDir(w.fsys, dir, MaxEntries)
}

// enter opens a patient's folder for all looks below it, where the file system
// can. The folder was found through folders alone, or listed as one.
func (w *lister) enter(dir string) (leave func()) {
	w.fsys, w.cut = w.s.fsys, ""
	outer, ok := w.s.fsys.(FolderFS)
	if !ok {
		return func() {}
	}
	sub, done, err := outer.OpenSub(dir)
	if err != nil {
		return func() {}
	}
	w.fsys, w.cut = sub, dir
	return func() {
		w.fsys, w.cut = w.s.fsys, ""
		_ = done() // it was opened for reading
	}
}

// entries lists a folder; what is wrong with it is a lint.
func (w *lister) entries(dir string) []fs.DirEntry {
	entries, more, err := w.readDir(dir)
	if err != nil {
		w.l.add(DirUnreadable, dir, err.Error())
	}
	if more {
		w.l.add(DirTooLarge, dir, strconv.Itoa(len(entries)))
	}
	return entries
}

// folder reports whether an entry is a folder to go into.
func (w *lister) folder(dir string, e fs.DirEntry) bool {
	if e.Type()&(fs.ModeSymlink|fs.ModeIrregular|fs.ModeNamedPipe|fs.ModeSocket|fs.ModeDevice) != 0 {
		w.l.add(LinkRefused, join(dir, e.Name()))
		return false
	}
	if good, ok := RepairName(e.Name()); ok {
		w.l.add(NameEncoding, join(dir, e.Name()), good)
	} else if !fs.ValidPath(e.Name()) {
		w.l.add(NameUnreadable, join(dir, e.Name()))
	}
	return e.IsDir() && fs.ValidPath(e.Name())
}

func (w *lister) patient(ctx context.Context, d Dir) error {
	w.root = d.Root
	if w.only.Dates != nil && w.only.Kinds != nil {
		return w.direct(ctx, d)
	}
	defer w.enter(d.Path)()
	dates, more, err := w.readDir(d.Path)
	if err != nil {
		return err
	}
	if more {
		w.l.add(DirTooLarge, d.Path, strconv.Itoa(len(dates)))
	}
	from := w.from(dates)
	for _, date := range dates {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !w.folder(d.Path, date) {
			w.unknown(d.Path, date)
			continue
		}
		at := join(d.Path, date.Name())
		w.out.Dates = append(w.out.Dates, Dir{d.Root, at})
		if !w.only.date(date.Name()) || date.Name() != "-" && date.Name() < from {
			continue
		}
		for _, t := range w.entries(at) {
			switch {
			case w.folder(at, t) && w.only.kind(t.Name()):
				w.kind(date.Name(), at, t.Name())
			default:
				w.unknown(at, t)
			}
		}
	}
	return nil
}

// from is the first date that counts by Filter.Newest.
func (w *lister) from(dates []fs.DirEntry) string {
	if left := w.only.Newest; left > 0 {
		for i := len(dates) - 1; i >= 0; i-- {
			if name := dates[i].Name(); name != "-" && dates[i].IsDir() {
				if left--; left == 0 {
					return name
				}
			}
		}
	}
	return ""
}

// direct goes to the folders of a filter without listing those above.
func (w *lister) direct(ctx context.Context, d Dir) error {
	for _, date := range w.only.Dates {
		for _, kind := range w.only.Kinds {
			if err := ctx.Err(); err != nil {
				return err
			}
			at := join(join(d.Path, date), kind)
			if !fs.ValidPath(at) || !w.only.date(date) {
				continue
			}
			there, err := w.s.plainDir(d.Path, at, &w.l)
			switch {
			case err != nil:
				w.l.add(DirUnreadable, at, err.Error())
			case there:
				w.kind(date, join(d.Path, date), kind)
			}
		}
	}
	return nil
}

// unknown notes a file that stands where folders are. A name in the wrong
// encoding, or a link, was noted already.
func (w *lister) unknown(dir string, e fs.DirEntry) {
	if e.Type().IsRegular() && !hidden(e.Name()) {
		w.l.add(DirUnknown, join(dir, e.Name()))
	}
}

// hidden reports files that operating systems leave behind.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || name == "Thumbs.db" || name == "desktop.ini"
}

// kind reads the folder of one data type.
func (w *lister) kind(date, dir, kind string) {
	at := join(dir, kind)
	extended := w.s.roots[w.root].Kind == ExtendedStorage
	for _, e := range w.entries(at) {
		if e.Type()&fs.ModeSymlink != 0 || (!e.IsDir() && !e.Type().IsRegular()) {
			w.l.add(LinkRefused, join(at, e.Name()))
			continue
		}
		if hidden(e.Name()) {
			continue
		}
		if e.IsDir() != extended {
			w.l.add(DirUnknown, join(at, e.Name()))
			continue
		}
		if len(w.out.Records) >= MaxRecords {
			w.l.add(TooDeep, at)
			return
		}
		first := len(w.l)
		n, ok := parseName(e.Name(), &w.l)
		for i := first; i < len(w.l); i++ {
			w.l[i].Path = join(at, e.Name())
		}
		if !ok {
			continue
		}
		r := Record{Name: n, Root: w.root, Extended: extended, Dir: at, File: e.Name()}
		w.compare(&r, date, kind)
		w.out.Records = append(w.out.Records, r)
		if extended {
			if w.out.Types == nil {
				w.out.Types = map[string]DocType{}
			}
			if _, known := w.out.Types[kind]; !known {
				w.out.Types[kind] = ParseDocType(kind)
			}
		}
	}
}

// compare notes where the name says something else than the folders do.
func (w *lister) compare(r *Record, date, kind string) {
	if r.Patient != w.out.Patient.ID {
		w.l.add(NamePatient, r.Path(), r.Patient, w.out.Patient.ID)
	}
	if r.Date != date {
		w.l.add(NameDate, r.Path(), r.Date, date)
	}
	if r.Extended {
		t := ParseDocType(kind)
		if r.Kind != kind && r.Kind != t.LocalCode && r.Kind != t.Code && r.Kind != t.LocalCode+"^"+t.LocalName+"^"+t.LocalSystem {
			w.l.add(NameKind, r.Path(), r.Kind, kind)
		}
	} else if r.Kind != kind {
		w.l.add(NameKind, r.Path(), r.Kind, kind)
	}
}

// TypeFolder is the name of the folder that a record of extended storage
// stands in: the key of Listing.Types.
func (r *Record) TypeFolder() string { return r.Dir[strings.LastIndexByte(r.Dir, '/')+1:] }

// gone reports whether a root itself cannot be read any more: a disk was
// unplugged, a share is away.
func (s *Store) gone() error {
	for _, r := range s.roots {
		if _, err := fs.Stat(s.fsys, r.Path); err != nil {
			return errors.Join(ErrGone, err)
		}
	}
	return nil
}

// ErrGone reports that a root was there and is no more.
var ErrGone = errors.New("ssmix2: a root of the store cannot be read any more")
