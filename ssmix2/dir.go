package ssmix2

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// MaxEntries is how many entries of one folder are read. 40,000 messages of
// one patient stand in one folder for each date and type; a folder beyond
// this is none of SS-MIX2.
const MaxEntries = 500_000

// MaxRecords is how many records of one patient are listed.
const MaxRecords = 1_000_000

// ListDir lists a folder, sorted by name, at most limit entries; more reports
// that there are further ones. It asks for entries in portions, so that a
// folder of any size takes bounded memory, and never for an entry's Info.
func ListDir(fsys fs.FS, dir string, limit int) (entries []fs.DirEntry, more bool, err error) {
	if !fs.ValidPath(dir) {
		return nil, false, &fs.PathError{Op: "readdir", Path: dir, Err: fs.ErrInvalid}
	}
	if l, ok := fsys.(ListFS); ok {
		entries, more, err = l.ListDir(dir, limit)
		if !errors.Is(err, errors.ErrUnsupported) {
			return byName(entries), more, err
		}
	}
	f, err := fsys.Open(dir)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	lister, ok := f.(fs.ReadDirFile)
	if !ok { // only ReadDirFS
		entries, err = fs.ReadDir(fsys, dir)
		if len(entries) > limit {
			return entries[:limit], true, err
		}
		return entries, false, err
	}
	for len(entries) <= limit {
		part, err := lister.ReadDir(min(1024, limit+1-len(entries)))
		entries = append(entries, part...)
		if errors.Is(err, io.EOF) || (err == nil && len(part) == 0) {
			break
		}
		if err != nil {
			return nil, false, err
		}
	}
	if len(entries) > limit {
		entries, more = entries[:limit], true
	}
	return byName(entries), more, nil
}

func byName(entries []fs.DirEntry) []fs.DirEntry {
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries
}
