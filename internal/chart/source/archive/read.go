package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/document"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2/view"
)

func itoa(n int) string { return strconv.Itoa(n) }

// ready gives the table if it has been made.
func (s *store) ready() *table {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table
}

// load makes the table, or takes the one that is there if the indexes did not
// change since. anew makes it whatever is there.
func (s *store) load(ctx context.Context, anew bool) (*table, error) {
	select {
	case s.one <- struct{}{}:
		defer func() { <-s.one }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	stamp := s.stampOf()
	s.mu.Lock()
	t, same := s.table, s.stamp == stamp
	s.mu.Unlock()
	if t != nil && same && !anew {
		return t, nil
	}
	t, err := s.build(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.table, s.stamp = t, stamp
	s.mu.Unlock()
	return t, nil
}

// stampOf tells whether an index was changed, by size and time.
func (s *store) stampOf() string {
	var out strings.Builder
	for _, name := range s.indexes {
		if info, err := fs.Stat(s.fsys, name); err == nil {
			fmt.Fprintf(&out, "%d %d;", info.Size(), info.ModTime().UnixNano())
		}
	}
	return out.String()
}

// people gives all spellings of a number: from the table, else by a scan, which
// begins to make the table in the background.
func (s *store) people(ctx context.Context, id string) ([]person, *table, error) {
	if err := s.gone(); err != nil {
		return nil, nil, err
	}
	if id == "" {
		return nil, nil, nil
	}
	t := s.ready()
	if t != nil && (len(s.indexes) > 0 || !s.pattern.folder) {
		var out []person
		for i, to := t.find(id); i < to; i++ {
			out = append(out, t.person(i))
		}
		return out, t, ctx.Err()
	}
	if len(s.indexes) > 0 || !s.pattern.folder {
		s.begin.Do(func() {
			s.work.Go(func() { _, _ = s.load(s.life, false) }) // if it fails, a walk makes it
		})
	}
	out, err := s.scan(ctx, id)
	return out, t, err
}

// Find gives the patients that a number may mean, with other spellings of it
// that differ in leading zeros only, as spreadsheets lose them. With the table
// it takes microseconds; see the package's comment for before.
func (s *store) Find(ctx context.Context, id string) ([]source.Found, error) {
	id = strings.TrimSpace(norm.NFKC.String(id))
	people, _, err := s.people(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []source.Found
	for _, p := range people {
		var n notices
		s.spelling(&n, p, people, id)
		out = append(out, source.Found{ID: p.id, Person: p.brief, Notices: n.List()})
	}
	slices.SortStableFunc(out, func(a, b source.Found) int { // the number as it was typed goes first
		switch id {
		case a.ID:
			return -1
		case b.ID:
			return 1
		}
		return 0
	})
	return out, nil
}

// spelling says what is odd about a patient's number.
func (s *store) spelling(n *notices, p person, all []person, asked string) {
	if p.conflict {
		n.add(model.Danger, "two_people", model.Ref{}, p.id)
	}
	var others []string
	for _, o := range all {
		if o.id != p.id {
			others = append(others, o.id)
		}
	}
	switch {
	case len(others) > 0:
		n.add(model.Warn, "other_spelling", model.Ref{}, p.id, strings.Join(others, ", "))
	case asked != "" && p.id != asked:
		n.add(model.Info, "id_zeros", model.Ref{}, asked, p.id)
	}
}

// Read gives the patient's documents as items, and who the index says he is.
// Every list of the chart is not stored. Of want.Limit files it is looked
// whether they are there.
func (s *store) Read(ctx context.Context, id string, want source.Want) (*model.Chart, error) {
	people, t, err := s.people(ctx, id)
	if err != nil {
		return nil, err
	}
	c := &model.Chart{ID: id, Today: want.Today}
	lists(c, want)
	var n notices
	p, ok := choose(people, id)
	st := model.Store{Source: s.info.Name, Label: s.info.Label, Format: Format, AsOf: model.StampOf(s.info.AsOf, s.zone), Absent: !ok}
	if ok {
		c.ID = p.id
		c.Person = who(p, want.Today)
		s.spelling(&n, p, people, id)
		if err := s.unlisted(ctx, &p, &n); err != nil {
			return nil, err
		}
		if c.Items, err = s.items(ctx, &p, want, &n); err != nil {
			return nil, err
		}
		for _, it := range c.Items {
			st.Newest = max(st.Newest, it.Sent)
		}
	}
	s.general(&n, t)
	c.Stores, c.Notices = []model.Store{st}, n.List()
	return c, nil
}

// choose takes the spelling that was asked for, else the only one.
func choose(people []person, id string) (person, bool) {
	for _, p := range people {
		if p.id == id {
			return p, true
		}
	}
	if len(people) == 1 {
		return people[0], true
	}
	return person{}, false
}

// lists says of every part that was asked for that an archive of documents does
// not store it.
func lists(c *model.Chart, want source.Want) {
	for _, l := range c.Lists() {
		if want.Needs(l.Part) {
			*l.State = model.NotStored
		}
	}
}

func who(p person, today model.Day) model.Person {
	b := p.brief
	out := model.Person{ID: model.Text{Show: p.id}, Kanji: model.Text{Show: b.Kanji}, Kana: model.Text{Show: b.Kana}, Sex: model.Text{Show: b.Sex, Code: b.Sex}}
	if b.Birth != "" {
		out.Birth = model.When{Stamp: model.Stamp(b.Birth)}
		birth := view.Time{From: view.From{State: view.Present, Raw: b.Birth}, Time: hl7.ParseTime(b.Birth), Day: b.Birth}
		out.Age = view.Patient{Birth: birth}.Age(today)
	}
	return out
}

// unlisted adds the files of the patient's folder that have no row.
func (s *store) unlisted(ctx context.Context, p *person, n *notices) error {
	if len(s.indexes) == 0 || s.pattern == nil || !s.pattern.folder {
		return nil
	}
	known := make(map[string]bool, len(p.rows))
	for _, r := range p.rows {
		known[strings.ToLower(r.path)] = true
	}
	more := 0
	for _, dir := range s.spellings(p.id) {
		if info, err := fs.Stat(s.fsys, path.Join(s.folder, dir)); err != nil || !info.IsDir() {
			continue
		}
		err := s.walkFiles(ctx, dir, 1, func(at string) error {
			if r, ok := s.pattern.match(at); ok && !known[strings.ToLower(at)] {
				r.unlisted = true
				p.rows = append(p.rows, r)
				more++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if more > 0 {
		n.add(model.Info, "unlisted_here", model.Ref{}, itoa(more))
	}
	return nil
}

// items names the documents, newest first, and looks whether files are there.
func (s *store) items(ctx context.Context, p *person, want source.Want, n *notices) ([]model.Item, error) {
	rows := p.rows
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(strings.Compare(b.day, a.day), strings.Compare(a.kind, b.kind), strings.Compare(a.path, b.path))
	})
	limit := want.Limit
	if limit <= 0 {
		limit = source.DefaultLimit
	}
	out := make([]model.Item, 0, len(rows))
	missing, undated := 0, 0
	for i, r := range rows {
		if i&31 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		it := model.Item{Ref: ref(s.info.Name, p.id, r.path), Kind: kindOf(r.kind), Title: r.title, Day: r.day, Sent: model.Stamp(r.day), Dept: r.dept, Media: mediaOf(r.path)}
		if r.day == "" {
			undated++
		}
		if r.shared {
			n.add(model.Danger, "file_two_patients", it.Ref, path.Base(r.path))
		}
		if i < limit {
			if _, err := s.regular(r.path); err != nil {
				if gone := s.gone(); gone != nil {
					return nil, gone
				}
				it.Standing = model.Uncertain
				if missing++; missing <= 5 {
					n.add(model.Warn, "file_missing", it.Ref, r.path)
				}
			}
		}
		out = append(out, it)
	}
	if missing > 5 {
		n.add(model.Warn, "files_missing", model.Ref{}, itoa(missing))
	}
	if undated > 0 {
		n.add(model.Info, "undated", model.Ref{}, itoa(undated))
	}
	return out, nil
}

func kindOf(kind string) string {
	if kind == "" {
		return NoKind
	}
	return kind
}

// mediaOf tells by the name alone; Document looks into the file.
func mediaOf(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".pdf":
		return "pdf"
	case ".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".bmp", ".webp", ".jp2", ".dcm":
		return "image"
	case ".htm", ".html", ".xhtml":
		return "html"
	case ".txt":
		return "text"
	case ".cda":
		return "cda"
	case ".xml":
		return "xml"
	}
	return "other"
}

// general says what concerns the archive as a whole, as far as it is known.
func (s *store) general(n *notices, t *table) {
	if t == nil {
		return
	}
	for _, x := range []struct {
		count int
		code  string
	}{{t.bad, "rows_bad"}, {t.refused, "paths_refused"}, {t.undated, "rows_undated"}, {t.shared, "files_shared"}} {
		if x.count > 0 {
			n.add(model.Info, x.code, model.Ref{}, itoa(x.count))
		}
	}
	if t.more {
		n.add(model.Warn, "table_full", model.Ref{})
	}
	s.mu.Lock()
	extra := s.extra
	s.mu.Unlock()
	if extra > 0 {
		n.add(model.Info, "unlisted", model.Ref{}, strconv.FormatInt(extra, 10))
	}
}

// errLink reports a link or special file, which is never followed.
var errLink = errors.New("archive: a link or special file")

// regular describes a file of the archive. Neither it nor a folder above it may
// be a link.
func (s *store) regular(at string) (fs.FileInfo, error) {
	full := path.Join(s.folder, at)
	parts := strings.Split(full, "/")
	for i := range parts {
		info, err := fs.Lstat(s.fsys, strings.Join(parts[:i+1], "/"))
		switch {
		case err != nil:
			return nil, err
		case i == len(parts)-1 && info.Mode().IsRegular():
			return info, nil
		case !info.IsDir():
			return nil, errLink
		}
	}
	return nil, errLink
}

// Document opens a document of a patient who has it: a ref to any other file is
// source.ErrNoItem.
func (s *store) Document(ctx context.Context, r model.Ref) (*source.Document, error) {
	id, at, ok := strings.Cut(r.Item, "\x00")
	if !ok || r.Source != s.info.Name || !fs.ValidPath(at) {
		return nil, source.ErrNoItem
	}
	people, _, err := s.people(ctx, id)
	if err != nil {
		return nil, err
	}
	p, _ := choose(people, id)
	var n notices
	if err := s.unlisted(ctx, &p, &n); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(p.rows, func(x row) bool { return x.path == at })
	if p.id != id || i < 0 {
		return nil, source.ErrNoItem
	}
	d := &source.Document{Ref: r, Kind: kindOf(p.rows[i].kind), Title: p.rows[i].title, Main: -1}
	info, err := s.regular(at)
	if err != nil {
		if gone := s.gone(); gone != nil {
			return nil, gone
		}
		d.Notices = append(d.Notices, model.Notice{Level: model.Warn, Code: "archive.file_missing", Args: []string{at}, Ref: r})
		return d, nil
	}
	open := func() (io.ReadCloser, error) {
		f, err := s.fsys.Open(path.Join(s.folder, at))
		if err != nil {
			return nil, s.failed(err)
		}
		return f, nil
	}
	look, err := sniff(at, open)
	if err != nil {
		return nil, err
	}
	if p.rows[i].shared {
		d.Notices = append(d.Notices, model.Notice{Level: model.Danger, Code: "archive.file_two_patients", Args: []string{path.Base(at)}, Ref: r})
	}
	d.Main, d.Files = 0, []source.File{{Name: path.Base(at), Media: look.Media, MIME: look.MIME, Size: info.Size(), Open: open}}
	return d, nil
}

func sniff(name string, open func() (io.ReadCloser, error)) (document.Look, error) {
	f, err := open()
	if err != nil {
		return document.Look{}, err
	}
	defer f.Close()
	head := make([]byte, document.HeadSize)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return document.Look{}, err
	}
	return document.Sniff(name, head[:n]), nil
}
