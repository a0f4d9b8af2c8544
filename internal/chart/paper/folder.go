package paper

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
)

// manifestName marks a folder of ours: nothing without it is ever removed.
const manifestName = "manifest.json"

// roundName is the name of a round's folder: when it was made, then until when
// the copy was true. Names sort by time.
var roundName = regexp.MustCompile(`^(\d{8}-\d{4,6})_asof-(\d{8}-\d{4}|unknown)$`)

// stampLayout is the time at the beginning of a round's name, to the minute.
const stampLayout = "20060102-1504"

// manifest says what a round's folder holds.
type manifest struct {
	Made     time.Time      `json:"made"`
	AsOf     time.Time      `json:"as_of,omitzero"`
	Place    string         `json:"place"`
	Hospital string         `json:"hospital"`
	Wards    []string       `json:"wards"`
	Partial  bool           `json:"partial,omitempty"` // patients may be missing
	Files    []manifestFile `json:"files"`
}

type manifestFile struct {
	Name     string `json:"name"`
	Form     string `json:"form"`
	Title    string `json:"title"`
	Patients int    `json:"patients"`
	Unread   int    `json:"unread,omitempty"`
	Pages    int    `json:"pages"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"`
}

// errUnread reports a round in which no patient's chart could be read: the copy
// is away. Such sheets would push the last good ones out of the folder.
var errUnread = errors.New("paper: no chart could be read")

// early is a failure before anything was recorded as printed.
type early struct{ error }

func (e early) Unwrap() error { return e.error }

// readable reports whether one of the first patients of a round can be read.
func (d *Desk) readable(ctx context.Context, p *Place, now time.Time) bool {
	for _, form := range p.forms() {
		j := d.job(ctx, p, form, now)
		people := j.People(ctx)
		if len(people) == 0 || d.cfg.Data.Reader == nil {
			continue
		}
		for _, id := range people[:min(len(people), 20)] {
			if c, err := d.cfg.Data.Reader.Read(ctx, id, source.Want{Today: model.DayOf(now.In(d.cfg.Zone))}); err == nil && !absent(c) {
				return true
			}
		}
		return false
	}
	return true // forms without a patient
}

// fill makes a round in a folder beside the others and gives it its name when
// it is whole; then the index page, and what is too old goes.
func (d *Desk) fill(ctx context.Context, w *work, p *Place, actor ledger.Actor) (Round, error) {
	r, now := Round{}, w.begun
	if d.cfg.Data.AsOf != nil {
		r.AsOf = d.cfg.Data.AsOf()
	}
	// What is told now costs no line of the ledger, and is tried again soon.
	part, err := d.part(ctx, w, p.Folder)
	if err != nil {
		return r, err
	}
	defer func() { _ = w.do(ctx, func() error { return os.RemoveAll(part) }) }() // gone where it got its name
	if !d.readable(ctx, p, now) {
		return r, early{errUnread}
	}
	if err := d.witness(ctx, p, now, actor); err != nil {
		return r, err
	}
	r.Partial = !d.cfg.Data.complete()
	m := manifest{Partial: r.Partial, Made: now.UTC(), AsOf: r.AsOf, Place: p.Name, Wards: p.Wards}
	if d.cfg.Hospital != nil {
		m.Hospital = d.cfg.Hospital(ctx)
	}
	for i, form := range p.forms() {
		f, err := d.file(ctx, w, filepath.Join(part, fmt.Sprintf("%02d", i+1)), d.job(ctx, p, form, now))
		if errors.Is(err, ErrNobody) && form != p.forms()[0] {
			continue
		}
		if err != nil {
			return r, fmt.Errorf("%s: %w", form, err)
		}
		m.Files = append(m.Files, f)
		r.Files, r.Pages, r.Bytes = r.Files+1, r.Pages+f.Pages, r.Bytes+f.Bytes
		r.Patients, r.Unread = max(r.Patients, f.Patients), max(r.Unread, f.Unread)
	}
	if r.Patients > 0 && r.Unread >= r.Patients {
		return r, errUnread
	}
	return r, d.finish(ctx, w, p, part, &m)
}

// finish gives a whole round its name.
func (d *Desk) finish(ctx context.Context, w *work, p *Place, part string, m *manifest) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return durable.WriteFile(filepath.Join(part, manifestName), append(data, '\n'), 0o640) },
		func() error { return os.Chmod(part, 0o750) }, //nolint:gosec // the folder's group prints
		func() error { return d.place(part, p.Folder, w.begun, m.AsOf) },
		func() error { return d.tidy(w, p) },
	} {
		if err := w.do(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// witness records what a round prints, form by form, before it is made.
func (d *Desk) witness(ctx context.Context, p *Place, now time.Time, actor ledger.Actor) error {
	if d.cfg.Witness == nil {
		return nil
	}
	for _, form := range p.forms() {
		j := d.job(ctx, p, form, now)
		if err := d.cfg.Witness.Printed(ctx, actor, form, j.People(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// file writes one form. The name says its order, with which path ends, and what
// it is.
func (d *Desk) file(ctx context.Context, w *work, path string, job Job) (manifestFile, error) {
	title := d.cfg.Catalog.Say(job.Lang, text.M("paper.form."+job.Form))
	path += "_" + fileName(title) + ".pdf"
	out, f := manifestFile{Form: job.Form, Title: title, Name: filepath.Base(path)}, &steps{ctx: ctx, work: w}
	err := w.do(ctx, func() (err error) {
		f.file, err = d.create(path)
		return err
	})
	if f.file == nil {
		return out, err
	}
	var res Result
	sum, buffer, count := sha256.New(), bufio.NewWriterSize(f, 256<<10), &counter{}
	if err == nil {
		res, err = write(ctx, io.MultiWriter(buffer, sum, count), d.font, job, nil)
	}
	for _, step := range []func() error{buffer.Flush, f.Sync, f.Close} {
		if e := step(); err == nil {
			err = e
		}
	}
	if err != nil {
		_ = w.do(ctx, func() error { return os.Remove(path) })
		return out, err
	}
	out.Patients, out.Unread, out.Pages, out.Bytes, out.SHA256 = res.Patients, res.Unread, res.Pages, count.n, hex.EncodeToString(sum.Sum(nil))
	return out, nil
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// fileName makes a title fit for every file system.
func fileName(title string) string {
	out := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"/\|?* .`, r) {
			return '-'
		}
		return r
	}, title)
	return strings.Trim(out, "-")
}

// place gives a whole round its name. Two rounds of one minute get seconds.
func (d *Desk) place(part, folder string, now, asOf time.Time) error {
	tail := "_asof-unknown"
	if !asOf.IsZero() {
		tail = "_asof-" + asOf.In(d.cfg.Zone).Format("20060102-1504")
	}
	at := now.In(d.cfg.Zone)
	to := filepath.Join(folder, at.Format("20060102-1504")+tail)
	for range 60 {
		if _, err := os.Lstat(to); err != nil {
			break
		}
		to = filepath.Join(folder, at.Format("20060102-150405")+tail)
		at = at.Add(time.Second)
	}
	if err := os.Rename(part, to); err != nil {
		return err
	}
	return durable.SyncDir(folder)
}

// kept lists the rounds in a folder, newest first. Those of a time that has not
// come yet were made while the clock was wrong: they count as the oldest, or the
// sheets of today would be removed in their favour.
func kept(folder, now string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if !e.IsDir() || !roundName.MatchString(e.Name()) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(folder, e.Name(), manifestName)); err == nil {
			out = append(out, e.Name())
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		x, y := a[:len(stampLayout)] > now, b[:len(stampLayout)] > now
		if x != y {
			if x {
				return 1
			}
			return -1
		}
		return strings.Compare(b, a)
	})
	return out, nil
}

// tidy writes the index page and the note for whoever opens the folder, then
// removes what is beyond Keep and left-overs of rounds that were cut off.
func (d *Desk) tidy(w *work, p *Place) error {
	now := w.begun
	rounds, err := kept(p.Folder, now.In(d.cfg.Zone).Format(stampLayout))
	if err != nil {
		return err
	}
	keep := rounds[:min(len(rounds), max(p.Keep, 1))]
	if err := d.index(w, p, keep); err != nil {
		return err
	}
	for _, name := range rounds[len(keep):] {
		w.beat()
		if err := os.RemoveAll(filepath.Join(p.Folder, name)); err != nil {
			return err
		}
	}
	parts, err := filepath.Glob(filepath.Join(escapeGlob(p.Folder), "part-*"))
	if err != nil {
		return err
	}
	for _, part := range parts {
		if info, err := os.Lstat(part); err == nil && info.IsDir() && now.Sub(info.ModTime()) > 24*time.Hour {
			if err := os.RemoveAll(part); err != nil {
				return err
			}
		}
	}
	return nil
}

func escapeGlob(s string) string {
	return strings.NewReplacer(`[`, `[[]`, `*`, `[*]`, `?`, `[?]`).Replace(s)
}

// maxManifest bounds a manifest, in bytes: of a round of ours it takes some
// thousand.
const maxManifest = 1 << 20

// readManifest reads what a round's folder says of itself. Everybody who may
// write into a place's folder may have put something there: only a file is read,
// no link and nothing that waits for a writer, and only so much of it.
func readManifest(dir string) (m manifest, err error) {
	path := filepath.Join(dir, manifestName)
	info, err := os.Lstat(path)
	if err != nil {
		return m, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxManifest {
		return m, fmt.Errorf("%s: %w", path, fs.ErrInvalid)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(data, &m)
}

// indexPage is what index.html shows.
type indexPage struct {
	Lang   text.Lang
	Place  string
	Rounds []indexRound
	say    func(key string, args ...any) string
}

// T is a sentence of the page.
func (p indexPage) T(key string, args ...any) string { return p.say("paper."+key, args...) }

type indexRound struct {
	Name     string
	Made     string
	AsOf     string
	Hospital string
	Files    []manifestFile
	Partial  bool
}

func (d *Desk) index(w *work, p *Place, names []string) error {
	lang := p.Lang
	if lang == "" {
		lang = text.JA
	}
	page := indexPage{Lang: lang, Place: p.Name, say: func(key string, args ...any) string { return d.cfg.Catalog.Say(lang, text.M(key, args...)) }}
	pen := &pen{lang: lang, zone: d.cfg.Zone, cat: d.cfg.Catalog}
	for _, name := range names {
		w.beat()
		m, err := readManifest(filepath.Join(p.Folder, name))
		if err != nil { // its sheets may be what somebody planted, or half of a disk's
			d.cfg.Log.Warn("a round cannot be listed", "place", p.ID, "round", name, "err", err)
			continue
		}
		asOf := pen.t("index.unknown")
		if !m.AsOf.IsZero() {
			asOf = pen.at(m.AsOf)
		}
		page.Rounds = append(page.Rounds, indexRound{Name: name, Made: pen.at(m.Made), AsOf: asOf, Hospital: m.Hospital, Files: m.Files, Partial: m.Partial})
	}
	tmpl, err := template.New("index").Parse(indexTemplate)
	if err != nil {
		return err
	}
	if err := durable.Write(filepath.Join(p.Folder, "index.html"), 0o640, func(w io.Writer) error { return tmpl.Execute(w, page) }); err != nil {
		return err
	}
	readme := d.cfg.Catalog.Say(text.JA, text.M("paper.readme", p.Name)) + "\n\n" + d.cfg.Catalog.Say(text.EN, text.M("paper.readme", p.Name)) + "\n"
	return durable.WriteFile(filepath.Join(p.Folder, "READ ME.txt"), []byte("\ufeff"+strings.ReplaceAll(readme, "\n", "\r\n")), 0o640)
}
