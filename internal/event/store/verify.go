package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/tiles"
)

// VerifyConfig says what is verified without a running store: a folder, or a
// copy of one, and the public keys.
type VerifyConfig struct {
	Folder string
	FS     files.FS // nil is Folder on the disk
	Keys   []note.Verifier
	// Checkpoints are signed checkpoints of earlier, as they were printed: the
	// only way to notice that a log was cut back together with its files.
	Checkpoints []string
	// Progress is told how many bytes of files are read, of how many. It may be nil.
	Progress func(done, total int64)
	Now      time.Time
}

// Report is the outcome of a verification.
type Report struct {
	At       time.Time
	Facility string
	Logs     []LogReport // the oldest first; the last one counts
	Files    int
	Rows     int64
	Bytes    int64
	// From and To are the least and the greatest time of receipt of the events
	// in the files, as the log says; zero when there are none.
	From, To time.Time
	Deleted  []Deletion // lawfully
	Findings []Finding
}

// LogReport is one log.
type LogReport struct {
	Name       string
	Origin     string
	Size       int64
	Checkpoint string // signed; empty when it cannot be read
	Begin      time.Time
	Why        string // why it began: empty for the first
}

// Deletion is a day, or a part of one, that was deleted and entered in the log.
type Deletion struct {
	Day   string
	At    time.Time
	Files int
	Rows  int64
	By    string
}

// Broken reports whether anything is not as it was sealed. Notices do not count.
func (r *Report) Broken() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return !f.Kind.Notice() })
}

// VerifyFolder verifies a folder: the logs, their checkpoints, every file and
// every event in them. It costs reading all of it. The error says that it could
// not be done; what was found is in the report.
func VerifyFolder(ctx context.Context, cfg VerifyConfig) (*Report, error) {
	if cfg.FS == nil {
		cfg.FS = files.Disk(cfg.Folder)
	}
	v := &verifier{cfg: cfg, fs: cfg.FS, report: &Report{At: cfg.Now}}
	if err := v.logs(ctx); err != nil {
		return nil, err
	}
	if err := v.files(ctx); err != nil {
		return nil, err
	}
	return v.finish(), nil
}

// verifier is one verification.
type verifier struct {
	cfg    VerifyConfig
	fs     files.FS
	report *Report
	hist   *history // of the last log
	seals  []sealed
	onDisk map[string]int64 // files of segments
	named  map[string]bool  // of those, the ones that an entry names
	read   int64
	total  int64
	// pardon has files that a running store is about to remove; with it, those
	// under temporary names are being written.
	pardon map[string]bool
	// each is called for every segment that could be read, and may be nil.
	each func(ctx context.Context, p *part, r *segment.Reader) error
}

// sealed is what the log says of one seal.
type sealed struct {
	leaf     int64
	epoch    uint32
	from, to uint64
	rows     int64
	root     tlog.Hash
	received [2]int64
}

func (v *verifier) add(f Finding) { v.report.Findings = append(v.report.Findings, f) }

// logs reads all logs, and lists what is on the disk.
func (v *verifier) logs(ctx context.Context) error {
	names, err := logNames(v.fs)
	if err != nil {
		return err
	}
	if len(v.cfg.Keys) == 0 {
		return errors.New("store: no key to verify with")
	}
	known := v.known()
	if err := v.facility(); err != nil {
		return err
	}
	if err := v.list(); err != nil {
		return err
	}
	if len(names) == 0 {
		v.add(Finding{Kind: NoLog})
		v.hist = newHistory()
	}
	for _, name := range names {
		if err := v.log(ctx, name, known); err != nil {
			return err
		}
	}
	for _, k := range known {
		if !slices.ContainsFunc(v.report.Logs, func(l LogReport) bool { return l.Origin == k.Origin }) {
			v.add(Finding{Kind: LogGone, File: k.Origin, Rows: k.Size})
		}
	}
	slices.SortFunc(v.seals, func(a, b sealed) int { return cmp.Or(cmp.Compare(a.epoch, b.epoch), cmp.Compare(a.from, b.from)) })
	return nil
}

func (v *verifier) known() []tiles.Head {
	var out []tiles.Head
	for _, text := range v.cfg.Checkpoints {
		h, err := tiles.ParseHead([]byte(text), note.VerifierList(v.cfg.Keys...))
		if err != nil {
			v.add(Finding{Kind: BadCheckpoint, Cause: err.Error()})
			continue
		}
		out = append(out, h)
	}
	return out
}

// facility finds whose log it is: the name of the folder beside it.
func (v *verifier) facility() error {
	list, err := v.fs.List(".")
	if err != nil {
		return err
	}
	for _, e := range list {
		if id, ok := strings.CutPrefix(e.Name, "facility="); ok && e.Dir && v.report.Facility == "" {
			v.report.Facility = id
		} else if ok {
			v.add(Finding{Kind: Foreign, File: e.Name})
		}
	}
	return nil
}

func (v *verifier) list() error {
	v.onDisk, v.named = map[string]int64{}, map[string]bool{}
	days, err := v.fs.List(facilityFolder(v.report.Facility))
	if err != nil {
		return err
	}
	for _, d := range days {
		if !d.Dir {
			v.onDisk[d.Name] = d.Size
			continue
		}
		inside, err := v.fs.List(path.Join(facilityFolder(v.report.Facility), d.Name))
		if err != nil {
			return err
		}
		for _, f := range inside {
			v.onDisk[path.Join(d.Name, f.Name)] = f.Size
		}
	}
	return nil
}

// log checks one log and applies its entries.
func (v *verifier) log(ctx context.Context, name string, known []tiles.Head) error {
	cfg := tiles.Config{FS: v.fs, Dir: path.Join(logFolder, name), Origin: v.cfg.Keys[0].Name() + "/" + name, Known: note.VerifierList(v.cfg.Keys...)}
	out := LogReport{Name: name}
	h := newHistory()
	h.complain = func(leaf int64, e *Entry, what string) {
		v.add(Finding{Kind: OddEntry, File: cmp.Or(e.File, name), Entry: leaf, At: e.At, Cause: what})
	}
	v.hist = h
	head, problems, err := tiles.Check(ctx, cfg, known, func(leaf int64, data []byte, sound bool) error {
		e, derr := decodeEntry(data)
		if derr != nil {
			v.add(Finding{Kind: BadEntry, File: name, Entry: leaf, Cause: derr.Error()})
			return nil
		}
		if !sound { // told as a problem of the log; what it says does not count
			return nil
		}
		if leaf == 0 {
			out.Begin, out.Why = e.At, e.Why
			v.begins(name, e)
		}
		v.entry(h, leaf, e)
		return nil
	})
	if err != nil {
		return err
	}
	out.Origin, out.Size, out.Checkpoint = head.Origin, head.Size, string(head.Text)
	v.report.Logs = append(v.report.Logs, out)
	for _, p := range problems {
		v.add(problemFinding(p))
	}
	return nil
}

// begins checks that a log follows the one before it.
func (v *verifier) begins(name string, e *Entry) {
	n := len(v.report.Logs)
	switch {
	case e.Kind != Begin || e.Facility != v.report.Facility:
		v.add(Finding{Kind: OddEntry, File: name, At: e.At, Cause: "is no beginning of a log of this facility"})
	case n == 0 && e.Why != "":
		v.add(Finding{Kind: LogGone, At: e.At, Cause: "the log before this one"})
	case n > 0:
		v.add(Finding{Kind: LogRenewed, File: name, At: e.At, Cause: e.Why})
		if e.After == "" {
			return
		}
		was, err := tiles.ParseHead([]byte(e.After), note.VerifierList(v.cfg.Keys...))
		if before := v.report.Logs[n-1]; err == nil && was.Origin == before.Origin && was.Size > before.Size {
			v.add(Finding{Kind: LogShortened, File: before.Name, Rows: was.Size - before.Size, At: e.At})
		}
	}
}

// entry applies one entry, and notes what files and notices need.
func (v *verifier) entry(h *history, leaf int64, e *Entry) {
	begin, _ := h.apply(leaf, e)
	for _, name := range append([]string{e.File}, e.Of...) {
		if _, ok := v.onDisk[name]; ok {
			v.named[name] = true
		}
	}
	switch e.Kind {
	case Seal:
		if e.Rows > 0 && len(e.Root) == tlog.HashSize && begin != nil {
			v.seals = append(v.seals, sealed{leaf, e.Epoch, e.From, e.To, e.Rows, tlog.Hash(e.Root), begin.Received})
		}
	case Keep:
		if e.Why == "found" {
			v.add(Finding{Kind: TakenOver, File: e.File, Rows: e.Rows, At: e.At})
		}
	case Gap:
		v.add(Finding{Kind: LostBatches, At: e.At, First: event.Position{Epoch: e.Epoch, Seq: e.From}, Last: event.Position{Epoch: e.Epoch, Seq: e.To}})
	case Delete:
		v.report.Deleted = append(v.report.Deleted, Deletion{Day: e.Day, At: e.At, Files: len(e.Of), Rows: e.Rows, By: e.By})
	}
}

// files checks every file that counts, and finds those that do not.
func (v *verifier) files(ctx context.Context) error {
	parts := make([]*part, 0, len(v.hist.live))
	for _, p := range v.hist.live {
		parts = append(parts, p)
		v.total += p.Bytes
	}
	slices.SortFunc(parts, func(a, b *part) int { return cmp.Compare(a.LeafFirst, b.LeafFirst) })
	for _, p := range parts {
		if err := v.file(ctx, p); err != nil {
			return err
		}
		v.report.Files, v.report.Rows, v.report.Bytes = v.report.Files+1, v.report.Rows+p.Rows, v.report.Bytes+p.Bytes
		from, to := time.UnixMicro(p.Received[0]).UTC(), time.UnixMicro(p.Received[1]).UTC()
		if v.report.From.IsZero() || from.Before(v.report.From) {
			v.report.From = from
		}
		if to.After(v.report.To) {
			v.report.To = to
		}
		delete(v.onDisk, p.Name)
	}
	for name, size := range v.onDisk {
		base := path.Base(name)
		switch {
		case v.pardon != nil && (v.pardon[name] || strings.HasPrefix(base, files.Temporary)):
		case strings.HasPrefix(base, files.Temporary) || v.named[name]:
			v.add(Finding{Kind: Leftover, File: name, Bytes: size})
		default:
			v.add(Finding{Kind: Foreign, File: name, Bytes: size})
		}
	}
	return nil
}

func (v *verifier) file(ctx context.Context, p *part) error {
	defer func(before int64) { v.progress(before + p.Bytes - v.read) }(v.read)
	whole := Finding{File: p.Name, Rows: p.Rows, Bytes: p.Bytes, From: time.UnixMicro(p.Received[0]).UTC(), To: time.UnixMicro(p.Received[1]).UTC(),
		First: event.Position{Epoch: p.Epoch, Seq: p.From}, Last: event.Position{Epoch: p.Epoch, Seq: p.To}}
	if _, ok := v.onDisk[p.Name]; !ok {
		if whole.Kind = Missing; v.onDisk[temporary(p.Name)] == p.Bytes {
			whole.Kind = Unnamed
		}
		v.add(whole)
		return nil
	}
	name := path.Join(facilityFolder(v.report.Facility), p.Name)
	sum, size, err := files.Sum(v.fs, name, func(n int) error { v.progress(int64(n) / 2); return ctx.Err() })
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, fs.ErrNotExist) {
		whole.Kind = Missing
		v.add(whole)
		return nil
	}
	changed := err != nil || size != p.Bytes || hex.EncodeToString(sum[:]) != p.Sum
	where, err := v.events(ctx, p, name)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch {
	case err != nil:
		whole.Kind, whole.Cause = Altered, err.Error()
		v.add(whole)
	case len(where) > 0:
		for _, f := range where {
			v.add(f)
		}
	case changed:
		whole.Kind, whole.Cause = Altered, "the originals are as they were sealed"
		v.add(whole)
	}
	return nil
}

func (v *verifier) progress(n int64) {
	v.read += n
	if v.cfg.Progress != nil {
		v.cfg.Progress(v.read, v.total)
	}
}

// events computes the roots of a file again, and gives the sealed minutes that
// do not have theirs.
func (v *verifier) events(ctx context.Context, p *part, name string) ([]Finding, error) {
	f, err := v.fs.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	r, err := segment.NewReader(f, size)
	if err != nil {
		return nil, err
	}
	bounds, received := v.bounds(p, r)
	stray, err := checkBounds(ctx, v.report.Facility, p.Epoch, r, bounds)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for i, b := range bounds {
		if b.wrong {
			out = append(out, Finding{Kind: RowsAltered, File: p.Name, Rows: b.rows, From: time.UnixMicro(received[i][0]).UTC(), To: time.UnixMicro(received[i][1]).UTC(),
				First: event.Position{Epoch: p.Epoch, Seq: b.from}, Last: event.Position{Epoch: p.Epoch, Seq: b.to}, Entry: b.leaf})
		}
	}
	if stray > 0 {
		out = append(out, Finding{Kind: RowsAdded, File: p.Name, Rows: stray, From: time.UnixMicro(p.Received[0]).UTC(), To: time.UnixMicro(p.Received[1]).UTC()})
	}
	if v.each != nil && len(out) == 0 {
		if err := v.each(ctx, p, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// bounds gives what the logs say was sealed into a file; what no log says any
// more, the file itself says.
func (v *verifier) bounds(p *part, r *segment.Reader) (out []*bound, received [][2]int64) {
	at, _ := slices.BinarySearchFunc(v.seals, p, func(s sealed, p *part) int {
		return cmp.Or(cmp.Compare(s.epoch, p.Epoch), cmp.Compare(s.from, p.From))
	})
	rows := int64(0)
	for ; at < len(v.seals) && v.seals[at].epoch == p.Epoch && v.seals[at].to <= p.To; at++ {
		s := &v.seals[at]
		out = append(out, &bound{leaf: s.leaf, from: s.from, to: s.to, rows: s.rows, root: s.root})
		received = append(received, s.received)
		rows += s.rows
	}
	if rows == p.Rows {
		return out, received
	}
	out, received = nil, nil
	for _, b := range r.Info().Bounds {
		own := &bound{leaf: -1, from: b.First.Seq, to: b.Last.Seq, rows: b.Rows}
		copy(own.root[:], b.Root)
		out, received = append(out, own), append(received, p.Received)
	}
	return out, received
}

func (v *verifier) finish() *Report {
	r := v.report
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		if a.Kind.Notice() != b.Kind.Notice() {
			if b.Kind.Notice() {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.File, b.File), a.From.Compare(b.From))
	})
	return r
}
