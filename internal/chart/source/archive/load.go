package archive

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// person is one spelling of a number with his rows.
type person struct {
	id       string
	brief    source.Brief
	conflict bool
	rows     []row
}

// tally counts what was wrong with rows.
type tally struct{ rows, bad, refused, undated int }

// read goes through all index files and gives every row to yield, until it says
// false. only, if not "", is a number: rows of other numbers are not taken
// apart.
func (s *store) read(ctx context.Context, only string, yield func(*row) bool) (tally, error) {
	var t tally
	for _, name := range s.indexes {
		goOn, err := s.readIndex(ctx, name, only, &t, yield)
		if err != nil || !goOn {
			return t, err
		}
	}
	return t, nil
}

func (s *store) readIndex(ctx context.Context, name, only string, t *tally, yield func(*row) bool) (bool, error) {
	f, err := s.fsys.Open(name)
	if err != nil {
		return false, s.failed(err)
	}
	defer f.Close()
	rec := newRecords(f, s.settings.Encoding)
	defer func() { t.bad += rec.bad }()
	heads, err := rec.next()
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	if err != nil {
		return false, s.failed(err)
	}
	l, ok := recognise(headingTexts(rec, heads), s.settings.Columns)
	if !ok {
		return false, fmt.Errorf("%w: %s", ErrSettings, name)
	}
	p := parser{rec: rec, l: l, s: s, days: map[string]string{}, words: map[string]string{}}
	want := []byte(bare(only))
	for n := 0; ; n++ {
		if n&4095 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		fields, err := rec.next()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, s.failed(err)
		}
		t.rows++
		if only != "" && (l[colID] >= len(fields) || !bytes.HasSuffix(bytes.TrimSpace(fields[l[colID]]), want) && ascii(fields[l[colID]])) {
			continue
		}
		r, ok := p.row(fields, t)
		if !ok || only != "" && bare(r.id) != bare(only) {
			continue
		}
		if !yield(&r) {
			return false, nil
		}
	}
}

func ascii(b []byte) bool { return !bytes.ContainsFunc(b, func(r rune) bool { return r >= 0x80 }) }

func headingTexts(rec *records, fields [][]byte) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = rec.text(f)
	}
	return out
}

// parser makes rows of records. Words that come again are read once.
type parser struct {
	rec   *records
	l     layout
	s     *store
	days  map[string]string
	words map[string]string
}

// cached reads a field whose values repeat.
func (p *parser) cached(fields [][]byte, c column) string {
	i := p.l[c]
	if i < 0 || i >= len(fields) || len(fields[i]) == 0 {
		return ""
	}
	if s, ok := p.words[string(fields[i])]; ok {
		return s
	}
	s := p.rec.text(fields[i])
	if len(p.words) < maxInterned {
		p.words[string(fields[i])] = s
	}
	return s
}

func (p *parser) text(fields [][]byte, c column) string {
	i := p.l[c]
	if i < 0 || i >= len(fields) {
		return ""
	}
	return p.rec.text(fields[i])
}

func (p *parser) day(s string) string {
	if s == "" || len(s) == 8 && digits(s) {
		return parseDay(s)
	}
	if d, ok := p.days[s]; ok {
		return d
	}
	d := parseDay(s)
	if len(p.days) < maxInterned {
		p.days[s] = d
	}
	return d
}

// row reads a record; ok is false where it has no number or no file that may be
// opened.
func (p *parser) row(fields [][]byte, t *tally) (row, bool) {
	r := row{id: cleanID(p.text(fields, colID)), kind: p.cached(fields, colKind), title: p.cached(fields, colTitle), dept: p.cached(fields, colDept),
		name: p.text(fields, colName), kana: p.text(fields, colKana), birth: p.day(p.text(fields, colBirth)), sex: parseSex(p.cached(fields, colSex))}
	file := p.text(fields, colPath)
	if r.id == "" || file == "" || len(r.id) > 64 {
		t.bad++
		return r, false
	}
	if dir := p.cached(fields, colFolder); dir != "" {
		file = dir + "/" + file
	}
	at, ok := p.s.clean(file)
	if !ok {
		t.refused++
		return r, false
	}
	r.path = at
	if date := p.text(fields, colDate); date != "" {
		if r.day = p.day(date); r.day == "" {
			t.undated++
		}
	}
	if r.title == "" {
		r.title = stem(at)
	}
	return r, true
}

// cleanID takes what spreadsheets put around a number: blanks, a quotation
// mark, ="0001", full-width digits.
func cleanID(s string) string {
	if !ascii([]byte(s)) {
		s = norm.NFKC.String(s)
	}
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "=") || strings.HasPrefix(s, "'") {
		s = strings.Trim(strings.TrimPrefix(strings.TrimPrefix(s, "="), "'"), `"`)
	}
	return strings.TrimSpace(s)
}

// clean makes a path of the index one below the archive's folder; ok is false
// for one that leads out of it, or is absolute.
func (s *store) clean(file string) (string, bool) {
	if strip := s.settings.Strip; strip != "" && len(file) >= len(strip) && strings.EqualFold(file[:len(strip)], strip) {
		file = strings.TrimLeft(file[len(strip):], `\/`)
	}
	file = strings.TrimPrefix(strings.ReplaceAll(file, `\`, "/"), "./")
	if strings.HasPrefix(file, "/") || len(file) > 1 && file[1] == ':' || strings.Contains(file, "\x00") {
		return "", false
	}
	for _, part := range strings.Split(file, "/") {
		if part == ".." {
			return "", false
		}
	}
	file = path.Clean(file)
	return file, fs.ValidPath(file) && file != "."
}

// walkFiles yields the paths of all documents below a folder of the archive, in
// the order of names. Links are not followed, so that no loop can hold it.
func (s *store) walkFiles(ctx context.Context, dir string, level int, yield func(at string) error) error {
	if level > maxLevels {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, _, err := ssmix2.ListDir(s.fsys, path.Join(s.folder, dir), math.MaxInt-1)
	if err != nil {
		if level == 0 || errors.Is(err, context.Canceled) {
			return s.failed(err)
		}
		if gone := s.gone(); gone != nil {
			return gone
		}
		return nil // one folder that cannot be listed does not hide the others
	}
	for _, e := range entries {
		at := path.Join(dir, e.Name())
		switch {
		case !fs.ValidPath(at) || strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			if err := s.walkFiles(ctx, at, level+1, yield); err != nil {
				return err
			}
		case e.Type().IsRegular() && documentName(e.Name()) && !slices.Contains(s.indexes, path.Join(s.folder, at)):
			if err := yield(at); err != nil {
				return err
			}
		}
	}
	return nil
}

const maxLevels = 12

// documentName tells names of documents from what else lies in an archive.
func documentName(name string) bool {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return false
	}
	switch strings.ToLower(name[i+1:]) {
	case "pdf", "jpg", "jpeg", "png", "gif", "tif", "tiff", "bmp", "webp", "jp2", "dcm", "txt", "htm", "html", "xhtml", "xml", "cda", "rtf",
		"doc", "docx", "xls", "xlsx", "ppt", "pptx", "xdw", "xbd":
		return true
	}
	return false
}

// build makes the whole table.
func (s *store) build(ctx context.Context) (*table, error) {
	b := newBuilder()
	if len(s.indexes) > 0 {
		t, err := s.read(ctx, "", b.add)
		if err != nil {
			return nil, err
		}
		b.t.rows, b.t.bad, b.t.refused, b.t.undated = t.rows, t.bad, t.refused, t.undated
		return b.finish(), nil
	}
	err := s.walkFiles(ctx, ".", 0, func(at string) error {
		r, ok := s.pattern.match(at)
		if !ok {
			b.t.bad++
			return nil
		}
		b.t.rows++
		if !b.add(&r) {
			return fs.SkipAll
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.SkipAll) {
		return nil, err
	}
	return b.finish(), nil
}

// scan finds one number without the table: in the patient's folder where the
// pattern has one, else by reading all names, or the whole index.
func (s *store) scan(ctx context.Context, id string) ([]person, error) {
	b := newBuilder()
	take := func(r *row) bool { return bare(r.id) != bare(id) || b.add(r) }
	if len(s.indexes) > 0 {
		if _, err := s.read(ctx, id, take); err != nil {
			return nil, err
		}
		return people(b.finish()), nil
	}
	match := func(at string) error {
		if r, ok := s.pattern.match(at); ok {
			take(&r)
		}
		return nil
	}
	if !s.pattern.folder {
		if err := s.walkFiles(ctx, ".", 0, match); err != nil {
			return nil, err
		}
		return people(b.finish()), nil
	}
	for _, dir := range s.spellings(id) {
		if info, err := fs.Stat(s.fsys, path.Join(s.folder, dir)); err != nil || !info.IsDir() {
			continue
		}
		if err := s.walkFiles(ctx, dir, 1, match); err != nil {
			return nil, err
		}
	}
	return people(b.finish()), nil
}

// spellings are the names that a number's folder may have: as typed, without
// leading zeros, and filled up to as many digits as the archive's numbers have.
func (s *store) spellings(id string) []string {
	if !fs.ValidPath(id) || strings.Contains(id, "/") || id == "." {
		return nil
	}
	out := []string{id}
	add := func(x string) {
		if x != "" && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	add(bare(id))
	for n := max(1, len(bare(id))+1); n <= 16; n++ {
		add(strings.Repeat("0", n-len(bare(id))) + bare(id))
	}
	if d := s.settings.Digits; d > 16 && d < 40 && len(id) < d {
		add(strings.Repeat("0", d-len(bare(id))) + bare(id))
	}
	return out
}

func people(t *table) []person {
	var out []person
	for i := range t.patients {
		out = append(out, t.person(i))
	}
	return out
}

// failed says whether an error means that the archive is away.
func (s *store) failed(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return cmp.Or(s.gone(), err)
}

// gone wraps source.ErrGone if the folder or the first index cannot be opened any
// more, or the folder is empty all at once.
func (s *store) gone() error {
	for _, name := range append([]string{s.folder}, s.indexes[:min(1, len(s.indexes))]...) {
		f, err := s.fsys.Open(name)
		if err != nil {
			return fmt.Errorf("%w: %w", source.ErrGone, err)
		}
		dir, ok := f.(fs.ReadDirFile)
		if ok && name == s.folder {
			_, err = dir.ReadDir(1)
		}
		_ = f.Close()
		if err != nil {
			return fmt.Errorf("%w: %w", source.ErrGone, err)
		}
	}
	return nil
}

func ref(name, id, at string) model.Ref { return model.Ref{Source: name, Item: id + "\x00" + at} }
