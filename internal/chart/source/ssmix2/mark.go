package ssmix2

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// recentDates is how many of a patient's newest dates a quick walk looks into.
const recentDates = 4

// A mark has two halves: the upper one is of all names, the lower one of those
// that a quick walk looks at.

// dates lists the folders of a patient's dates in all roots, sorted.
func (w *walker) dates(p ssmix2.Patient) ([]string, error) {
	var out []string
	for _, d := range p.Dirs {
		f, err := w.s.s.FS().Open(d.Path)
		if err != nil {
			return nil, err
		}
		var entries []fs.DirEntry
		if dir, ok := f.(fs.ReadDirFile); ok {
			entries, err = dir.ReadDir(ssmix2.MaxEntries)
		} else {
			entries, err = fs.ReadDir(w.s.s.FS(), d.Path)
		}
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		for _, e := range entries {
			if e.IsDir() {
				out = append(out, e.Name())
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// newestDates gives "-" and the newest dates.
func newestDates(dates []string) []string {
	out := []string{"-"}
	for i := len(dates) - 1; i >= 0 && len(out) <= recentDates; i-- {
		if dates[i] != "-" {
			out = append(out, dates[i])
		}
	}
	return out
}

// hash is FNV-1a of 32 bits, which needs no memory.
type hash uint32

const emptyHash hash = 2166136261

func (h hash) add(s string) hash {
	for i := range len(s) {
		h = (h ^ hash(s[i])) * 16777619
	}
	return (h ^ 0xff) * 16777619
}

func hashAll(records []ssmix2.Record) uint32 {
	h := emptyHash
	for i := range records {
		h = h.add(records[i].Dir).add(records[i].File)
	}
	return uint32(h)
}

func hashRecent(dates, recent []string, records []ssmix2.Record) uint32 {
	h := emptyHash
	for _, d := range dates {
		h = h.add(d)
	}
	for i := range records {
		if slices.Contains(recent, dateFolder(records[i].Dir)) {
			h = h.add(records[i].Dir).add(records[i].File)
		}
	}
	return uint32(h)
}

// dateFolder is the name of the date's folder in the path of a type's folder.
func dateFolder(dir string) string {
	dir, _ = split(dir)
	return dir[strings.LastIndexByte(dir, '/')+1:]
}

// counts tells of each kind how many items there are and when the newest was
// sent. What was deleted does not count.
func counts(l *ssmix2.Listing, items []ssmix2.Item) []source.Count {
	var out []source.Count
	folder := ""
	for _, it := range items { // sorted by kind within standard and extended storage
		if it.Standing == ssmix2.Deleted {
			continue
		}
		rec := &l.Records[it.Shown]
		i := len(out) - 1
		if rec.Extended {
			if f := rec.TypeFolder(); f != folder || i < 0 {
				folder = f
				kind := documentKind(f)
				if i = slices.IndexFunc(out, func(c source.Count) bool { return c.Kind == kind }); i < 0 {
					i, out = len(out), append(out, source.Count{Kind: kind})
				}
			} else {
				kind := documentKind(folder)
				i = slices.IndexFunc(out, func(c source.Count) bool { return c.Kind == kind })
			}
		} else if i < 0 || out[i].Kind != rec.Kind {
			i, out = len(out), append(out, source.Count{Kind: rec.Kind})
		}
		out[i].Items++
		out[i].Newest = max(out[i].Newest, model.Stamp(rec.Sent))
	}
	return out
}
