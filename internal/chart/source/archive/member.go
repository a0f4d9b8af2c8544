package archive

import (
	"context"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// Format is Info.Format of this package's sources.
const Format = "archive"

// Member is document archives as package all lists them.
func Member() source.Member { return source.Member{Format: Format, Open: open} }

// store is one archive. It may be used by several goroutines.
type store struct {
	fsys     fs.FS
	info     source.Info
	settings Settings
	folder   string   // the documents, in fsys
	indexes  []string // in fsys; none: the pattern alone
	pattern  *pattern
	zone     *time.Location

	stop  context.CancelFunc
	life  context.Context
	work  sync.WaitGroup
	begin sync.Once
	mu    sync.Mutex // guards what follows
	table *table
	stamp string        // of the indexes when the table was made
	extra int64         // files without a row; -1: not counted
	one   chan struct{} // who holds it makes the table
}

const (
	maxFolders  = 60  // that are looked into for an archive
	maxBeside   = 30  // folders beside each other; more are patients
	maxListings = 200 // folders that are listed in all, on a disk of which nothing is cached yet
	maxArchives = 16
	maxIndexes  = 1000
)

// open looks for settings and indexes at the top and two levels below it, then
// for paths that fit a common pattern.
func open(ctx context.Context, fsys fs.FS, opt source.Options) ([]source.Source, []model.Notice, error) {
	if _, err := fs.Stat(fsys, "."); err != nil {
		return nil, nil, err
	}
	f := finder{fsys: fsys, opt: opt}
	for _, dir := range f.folders(ctx) {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if !f.within(dir) && len(f.out) < maxArchives {
			f.look(dir)
		}
	}
	if len(f.out) == 0 && !f.refused && !f.smix {
		f.guess(ctx)
	}
	return f.out, f.notes.List(), ctx.Err()
}

// finder looks for archives.
type finder struct {
	fsys    fs.FS
	opt     source.Options
	out     []source.Source
	taken   []string
	notes   notices
	refused bool // there are settings that could not be followed
	smix    bool // there is SS-MIX2 storage: patterns are not guessed
	listed  int
	known   map[string][]fs.DirEntry // folders that were listed
}

// folders are the top and what is below it, breadth first.
func (f *finder) folders(ctx context.Context) []string {
	out := []string{"."}
	for i, from := 0, 0; i < 2 && ctx.Err() == nil; i++ {
		to := len(out)
		for _, dir := range out[from:to] {
			var below []string
			for _, e := range f.list(dir, 4096) {
				if at := path.Join(dir, e.Name()); e.IsDir() && fs.ValidPath(at) && !strings.HasPrefix(e.Name(), ".") {
					below = append(below, at)
				}
			}
			switch {
			case prefixes(below):
				f.smix = true
			case len(below) <= maxBeside && len(out)+len(below) <= maxFolders:
				out = append(out, below...)
			}
		}
		from = to
	}
	return out
}

// prefixes tells the first level of SS-MIX2 storage: names of three digits.
func prefixes(dirs []string) bool {
	n := 0
	for _, d := range dirs {
		if base := path.Base(d); len(base) == 3 && digits(base) {
			n++
		}
	}
	return n > 0 && n == len(dirs)
}

// list gives the first entries of a folder.
func (f *finder) list(dir string, most int) []fs.DirEntry {
	if known, ok := f.known[dir]; ok && (len(known) < 4096 || most <= 4096) {
		return known[:min(len(known), most)]
	}
	if f.listed++; f.listed > maxListings {
		return nil
	}
	entries, _, err := ssmix2.ListDir(f.fsys, dir, most)
	if err != nil {
		return nil
	}
	if f.known == nil {
		f.known = map[string][]fs.DirEntry{}
	}
	if most >= 4096 && len(f.known) < maxFolders {
		f.known[dir] = entries
	}
	return entries
}

func (f *finder) within(dir string) bool {
	for _, t := range f.taken {
		if t == "." || dir == t || strings.HasPrefix(dir, t+"/") {
			return true
		}
	}
	return false
}

// look opens the archive whose settings or indexes stand in a folder.
func (f *finder) look(dir string) {
	settings, unknown, err := readSettings(f.fsys, dir)
	if err != nil {
		f.refused = true
		f.notes.add(model.Danger, "settings_bad", model.Ref{}, path.Join(dir, SettingsFile), err.Error())
		return
	}
	for _, k := range unknown {
		f.notes.add(model.Warn, "settings_unknown", model.Ref{}, path.Join(dir, SettingsFile), k)
	}
	if settings == nil {
		if indexes := f.indexes(dir, "*", Settings{}); len(indexes) > 0 {
			f.add(&store{folder: dir, indexes: indexes}, dir)
		}
		return
	}
	s := &store{folder: path.Join(dir, settings.Folder), settings: *settings}
	glob := settings.Index
	if glob == "" && settings.Pattern == "" {
		glob = "*"
	}
	if glob != "" {
		s.indexes = f.indexes(s.folder, glob, *settings)
		if len(s.indexes) == 0 {
			s.indexes = f.indexes(dir, glob, *settings)
		}
		if len(s.indexes) == 0 {
			f.refused = true
			f.notes.add(model.Danger, "index_none", model.Ref{}, path.Join(dir, SettingsFile), glob)
			return
		}
	}
	if settings.Pattern != "" {
		if s.pattern, err = compile(settings.Pattern); err != nil {
			return // check has refused it
		}
	}
	f.add(s, dir)
}

// indexes are the files of a folder that fit a pattern of names and have the
// headings of an index.
func (f *finder) indexes(dir, glob string, settings Settings) (out []string) {
	for _, e := range f.list(dir, 20_000) {
		name := e.Name()
		fits, err := path.Match(glob, name)
		ext := strings.ToLower(path.Ext(name))
		if err != nil || !fits || !e.Type().IsRegular() || len(out) >= maxIndexes || glob == "*" && ext != ".csv" && ext != ".tsv" && ext != ".txt" {
			continue
		}
		if f.isIndex(path.Join(dir, name), settings) {
			out = append(out, path.Join(dir, name))
		}
	}
	return out
}

func (f *finder) isIndex(name string, settings Settings) bool {
	in, err := f.fsys.Open(name)
	if err != nil {
		return false
	}
	defer in.Close()
	rec := newRecords(in, settings.Encoding)
	heads, err := rec.next()
	if err != nil {
		return false
	}
	_, ok := recognise(headingTexts(rec, heads), settings.Columns)
	return ok
}

func (f *finder) add(s *store, dir string) {
	opt := f.opt.Nth(len(f.out))
	s.fsys, s.zone, s.extra, s.one = f.fsys, opt.Zone, -1, make(chan struct{}, 1)
	s.life, s.stop = context.WithCancel(context.Background())
	s.info = source.Info{Name: opt.Name, Format: Format, Label: opt.Label, AsOf: opt.AsOf, Counts: opt.Counts, Volumes: 1}
	if s.settings.Label != "" {
		s.info.Label = s.settings.Label
	}
	f.taken = append(f.taken, dir)
	f.out = append(f.out, s)
}

const (
	sampleNames = 400
	sampleDirs  = 12
)

// guess compares a sample of names with common patterns.
func (f *finder) guess(ctx context.Context) {
	roots := []string{"."}
	for _, e := range f.list(".", 50) {
		if e.IsDir() && len(roots) < 6 {
			roots = append(roots, e.Name())
		}
	}
	for _, root := range roots {
		names := f.sample(ctx, root)
		if len(names) < 3 {
			continue
		}
		for _, text := range common() {
			p, err := compile(text)
			if err != nil {
				continue
			}
			fits, kinds := 0, map[string]bool{}
			for _, n := range names {
				if r, ok := p.match(n); ok && likelyID(r.id) {
					fits++
					kinds[r.kind] = true
				}
			}
			if strings.HasPrefix(text, "{kind}") && len(kinds) < 2 {
				continue // one folder around all others says no kind
			}
			if fits*100 >= len(names)*95 {
				f.notes.add(model.Info, "guessed", model.Ref{}, root, text, itoa(fits), itoa(len(names)))
				f.add(&store{folder: root, pattern: p}, root)
				return
			}
		}
	}
}

// likelyID tells a patient's number from a word or a day.
func likelyID(id string) bool {
	n := 0
	for _, c := range id {
		if c >= '0' && c <= '9' {
			n++
		}
	}
	return n >= 3 && n*2 >= len(id) && (len(id) != 8 || parseDay(id) == "")
}

// sample gives names of documents out of several folders, spread evenly.
func (f *finder) sample(ctx context.Context, root string) (out []string) {
	dirs := []string{"."}
	for level := 0; level < 4 && len(out) < sampleNames && len(dirs) > 0 && ctx.Err() == nil; level++ {
		var below []string
		step := max(1, len(dirs)/sampleDirs)
		for i := 0; i < len(dirs); i += step {
			docs := 0
			var folders []string
			for _, e := range f.list(path.Join(root, dirs[i]), 4096) {
				at := path.Join(dirs[i], e.Name())
				switch {
				case e.IsDir() && !strings.HasPrefix(e.Name(), "."):
					folders = append(folders, at)
				case e.Type().IsRegular() && documentName(e.Name()) && docs < sampleNames/4 && len(out) < sampleNames:
					docs++
					out = append(out, at)
				}
			}
			if !prefixes(folders) { // in SS-MIX2 storage there are patients, as many as there are
				below = append(below, folders...)
			}
		}
		dirs = below
	}
	return out
}

// Info says what the archive is.
func (s *store) Info() source.Info { return s.info }

// Close ends what goes on in the background. The file system belongs to who
// opened it.
func (s *store) Close() error {
	s.stop()
	s.work.Wait()
	return nil
}

// Kind names a category of documents by its own words.
func (s *store) Kind(code string) source.Kind {
	if code == NoKind {
		return source.Kind{Code: code, Japanese: "文書(種別の記載なし)", English: "Document (no kind given)", Document: true, Order: 598}
	}
	return source.Kind{Code: code, Japanese: code, English: code, Document: true, Order: order(code)}
}

// NoKind is the kind of documents for which the archive names none.
const NoKind = "document"

// order puts first what a reader in a downtime opens first.
func order(kind string) int {
	for i, word := range []string{"退院時サマリ", "退院サマリ", "サマリ", "入院診療録", "経過記録", "診療録", "カルテ", "看護サマリ", "看護", "紹介状", "診療情報提供", "手術", "麻酔",
		"薬", "処方", "注射", "感染", "検査", "病理", "画像", "内視鏡", "心電図", "計画", "同意"} {
		if strings.Contains(kind, word) {
			return 500 + i
		}
	}
	return 590
}
