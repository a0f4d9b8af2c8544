package sigmayaml

import (
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/torideproject/toride/sigma"
)

// Set is what a folder or an archive of rule files holds.
type Set struct {
	sigma.Library
	Files      int             // that were read
	Documents  int             // in them: loaded, refused or a copy
	Refused    []sigma.Problem // why documents were not loaded, in the order of files and lines
	Duplicates []Duplicate     // documents left out because their id is there already
	Notes      []sigma.Problem // what is odd about documents that were loaded
}

// Duplicate is a document whose id another one had first.
type Duplicate struct {
	ID        string
	File      string
	Line      int
	FirstFile string
	FirstLine int
	SameTitle bool // title and log source are the same as well: probably a copy
}

// Load reads every .yml and .yaml file of fsys, in the order of their names,
// and ties the documents together (sigma.Library.Link). Names that begin with a
// dot are left out. A document that is not loaded is in Refused or Duplicates;
// the error is only for a folder that cannot be walked, or more files than
// Options.MaxFiles.
//
// The files are read by several goroutines, as many as there are CPUs and at
// most maxReaders, so fsys must bear that, as those of os, zip, embed and fstest
// do; what comes out is the same for any number. Cost: 0.2 ms of a CPU for a
// file of 3 KB.
func Load(fsys fs.FS, o Options) (*Set, error) {
	o = o.withDefaults()
	s := &Set{}
	var found []file
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if name == "." {
				return err
			}
			found = append(found, file{name: name, problems: []sigma.Problem{*sigma.Problem{Code: sigma.Unreadable, File: name}.Because(sigma.WhySystem, err)}, failed: true})
			return nil
		}
		if base := path.Base(name); name != "." && strings.HasPrefix(base, ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() || !slices.Contains([]string{".yml", ".yaml"}, strings.ToLower(path.Ext(name))) {
			return nil
		}
		if s.Files++; s.Files > o.MaxFiles {
			return sigma.Problem{Code: sigma.TooMany, File: name}.Because(sigma.WhyManyFiles, o.MaxFiles)
		}
		found = append(found, file{name: name})
		return nil
	})
	if err != nil {
		return nil, err
	}
	ids := map[string]Document{}
	readAll(fsys, found, o, func(f file) { s.add(f, ids) })
	linked, problems := s.Link()
	s.Library = linked
	for _, p := range problems {
		if p.Code.Note() {
			s.Notes = append(s.Notes, p)
		} else {
			s.Refused = append(s.Refused, p)
		}
	}
	return s, nil
}

// file is a file of the folder and what was read of it.
type file struct {
	name     string
	docs     []Document
	problems []sigma.Problem
	failed   bool // none of it could be read
}

func (f *file) read(fsys fs.FS, o Options) {
	if f.failed {
		return
	}
	data, p := readFile(fsys, f.name, o.MaxFile)
	if p != nil {
		f.problems, f.failed = []sigma.Problem{*p}, true
		return
	}
	f.docs, f.problems = Read(f.name, data, o)
}

// Bounds of reading side by side: readers, and files that are read and not yet
// taken, since a file may take a hundred times its size.
const (
	maxReaders = 4
	aheadFiles = 4 // for each reader
)

// readAll reads the files and gives them to take in their order.
func readAll(fsys fs.FS, files []file, o Options, take func(file)) {
	readers := min(runtime.GOMAXPROCS(0), maxReaders, max(len(files), 1))
	done := make([]chan struct{}, len(files))
	for i := range done {
		done[i] = make(chan struct{})
	}
	turns := make(chan int, readers*aheadFiles)
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for i := range turns {
				files[i].read(fsys, o)
				close(done[i])
			}
		})
	}
	next := 0
	for i := range files {
		for ; next < len(files) && next < i+readers*aheadFiles; next++ {
			turns <- next
		}
		<-done[i]
		take(files[i])
		files[i] = file{}
	}
	close(turns)
	wg.Wait()
}

// add puts what was read of a file into the set.
func (s *Set) add(f file, ids map[string]Document) {
	s.Refused = append(s.Refused, f.problems...)
	if f.failed {
		return
	}
	s.Documents += len(f.docs) + refusedDocuments(f.problems)
	for _, d := range f.docs {
		id := strings.ToLower(d.ID())
		if first, taken := ids[id]; taken && id != "" {
			s.Duplicates = append(s.Duplicates, Duplicate{ID: d.ID(), File: d.File, Line: d.Line, FirstFile: first.File, FirstLine: first.Line, SameTitle: same(first, d)})
			continue
		}
		ids[id] = d
		s.Notes = append(s.Notes, d.Notes...)
		switch {
		case d.Rule != nil:
			s.Rules = append(s.Rules, d.Rule)
		case d.Correlation != nil:
			s.Correlations = append(s.Correlations, d.Correlation)
		case d.Filter != nil:
			s.Filters = append(s.Filters, d.Filter)
		}
	}
}

func readFile(fsys fs.FS, name string, most int) ([]byte, *sigma.Problem) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, sigma.Problem{Code: sigma.Unreadable, File: name}.Because(sigma.WhySystem, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err != nil {
		return nil, sigma.Problem{Code: sigma.Unreadable, File: name}.Because(sigma.WhySystem, err)
	}
	if len(data) > most {
		return nil, sigma.Problem{Code: sigma.TooLarge, File: name}.Because(sigma.WhyFileBytes, most)
	}
	return data, nil
}

// refusedDocuments counts the documents that problems are about.
func refusedDocuments(problems []sigma.Problem) int {
	begins := map[int]bool{}
	for _, p := range problems {
		begins[p.Begins] = true
	}
	return len(begins)
}

func same(a, b Document) bool {
	return a.Rule != nil && b.Rule != nil && a.Rule.Title == b.Rule.Title && a.Rule.LogSource == b.Rule.LogSource
}
