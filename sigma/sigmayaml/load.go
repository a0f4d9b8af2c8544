package sigmayaml

import (
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

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
func Load(fsys fs.FS, o Options) (*Set, error) {
	o = o.withDefaults()
	s := &Set{}
	ids := map[string]Document{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if name == "." {
				return err
			}
			s.Refused = append(s.Refused, *sigma.Problem{Code: sigma.Unreadable, File: name}.Because(sigma.WhySystem, err))
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
		s.file(fsys, name, o, ids)
		return nil
	})
	if err != nil {
		return nil, err
	}
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

// file reads one file into the set.
func (s *Set) file(fsys fs.FS, name string, o Options, ids map[string]Document) {
	data, p := readFile(fsys, name, o.MaxFile)
	if p != nil {
		s.Refused = append(s.Refused, *p)
		return
	}
	docs, problems := Read(name, data, o)
	s.Refused = append(s.Refused, problems...)
	s.Documents += len(docs) + refusedDocuments(problems)
	for _, d := range docs {
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
