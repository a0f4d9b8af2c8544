package ssmix2

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// load does the jobs, several at a time. The error is the context's, or that a
// root is away: then nothing that was read so far is shown as the whole.
func (r *reader) load(ctx context.Context) error {
	var next atomic.Int64
	var running sync.WaitGroup
	for range min(r.s.workers, (len(r.jobs)+7)/8) {
		running.Go(func() {
			l := r.s.loader()
			if r.want.Needs(model.Labs) || r.want.Needs(model.Infections) {
				l.pool = newPool()
			}
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(r.jobs) {
					return
				}
				r.one(ctx, l, &r.jobs[i])
				runtime.Gosched() // after whoever only wants to look somebody up
			}
		})
	}
	running.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range r.jobs {
		if r.jobs[i].fate == broken {
			return r.s.gone()
		}
	}
	return nil
}

// one does a job, unless what was read fills the memory of one chart: jobs stand
// in the order of their weight.
func (r *reader) one(ctx context.Context, l *loader, j *job) {
	defer r.inside.moves.Add(1)
	if r.taken.Load() >= max(r.s.mostOfOne, mostFor(r.want.Limit)) {
		j.fate = unread
		return
	}
	l.took = 0
	l.do(ctx, j, r.record(j))
	r.taken.Add(l.took)
}

// loader reads messages one behind the other and keeps its working memory.
type loader struct {
	s     *store
	d     *hl7.Decoder
	m     hl7.Message
	buf   []byte
	other string // another number that ADT-00 of the patient in hand names: see bed
	two   bool   // ADT-00 of the patient in hand tells of two people: see own
	pool  *pool  // of rows of the laboratory; without, none are made
	last  who
	took  int64 // memory of what it read for the job in hand
}

// who is the patient of the message that was read last, as it stood there. That
// of the next says the same as a rule: then it is shared, and no message is kept
// in memory for it.
type who struct {
	segment    string
	index      int
	charset    hl7.Charset
	delimiters hl7.Delimiters
	patient    view.Patient
}

func (s *store) loader() *loader { return &loader{s: s, d: hl7.NewDecoder(hl7.Options{})} }

func (l *loader) do(ctx context.Context, j *job, rec *ssmix2.Record) {
	if rec.Extended {
		l.document(ctx, j, rec)
		return
	}
	j.media = "hl7"
	l.message(j, rec)
}

// message reads a file into its job.
func (l *loader) message(j *job, rec *ssmix2.Record) {
	data, lints, ok := l.s.s.Read(l.d, &l.m, rec, l.buf)
	l.buf = data
	j.lints = append(j.lints, lints...)
	if !ok {
		j.fate = broken
		return
	}
	v, err := view.Read(rec.Kind, &l.m)
	if err != nil {
		j.fate = broken
		return
	}
	j.fate, j.view, j.pid, j.ended = readWell, v, v.Patient.ID.Text, ended(data)
	j.confidential = confidential(v, &l.m)
	l.took = int64(len(data)) + int64(l.m.Len())*segmentBytes
	if name := nameOf(rec, v); name.Kind == "OML-11" && v.Lab != nil && l.pool != nil && j.content == nil {
		j.results = at{pool: l.pool}.results(v, name)
		j.view = v.Slim(name)
		l.took = int64(len(data)) + int64(len(j.results))*resultBytes
		l.share(j.view)
		j.pid = j.view.Patient.ID.Text
	}
}

// share gives a view the patient of the message before where it is the same to
// the letter.
func (l *loader) share(v *view.View) {
	s := l.m.First("PID")
	now := who{segment: s.Raw(), index: s.Index(), charset: l.m.Charset(), delimiters: l.m.Delimiters()}
	if now.segment != l.last.segment || now.index != l.last.index || now.charset != l.last.charset || now.delimiters != l.last.delimiters {
		l.last, l.last.patient = now, v.Patient
		return
	}
	v.Patient = l.last.patient
}

// document lists a content folder, and reads the message where the main
// document is one (vital signs).
func (l *loader) document(ctx context.Context, j *job, rec *ssmix2.Record) {
	c, err := l.s.s.Content(ctx, rec)
	if err != nil {
		j.fate = broken
		j.lints = append(j.lints, ssmix2.Lint{Code: ssmix2.DirUnreadable, Path: rec.Path(), Args: []string{err.Error()}})
		return
	}
	j.fate, j.content, j.media = readWell, c, mediaOf(c)
	j.lints = append(j.lints, c.Lints...)
	if c.Main < 0 || c.Files[c.Main].Kind != ssmix2.HL7File {
		return
	}
	file := *rec
	file.Extended = false
	file.Dir, file.File = split(c.Files[c.Main].Path)
	l.message(j, &file)
	for i := range j.lints { // told of the item, whose ref they get
		if l := &j.lints[i]; l.Code == ssmix2.MessageTrigger || l.Code == ssmix2.MessageOrder {
			l.Code = ""
		}
	}
	j.lints = keep(j.lints)
}

// keep leaves out lints without a code: the name of a document's type and key
// are not those of the message in it.
func keep(list []ssmix2.Lint) []ssmix2.Lint {
	out := list[:0]
	for _, l := range list {
		if l.Code != "" {
			out = append(out, l)
		}
	}
	return out
}

// confidential reports whether the sender asks for discretion: PRB-25 of a
// diagnosis or ORC-28 of an order.
func confidential(v *view.View, m *hl7.Message) bool {
	for i := range v.Problems {
		if v.Problems[i].Confidential {
			return true
		}
	}
	for s := range m.All("ORC") {
		switch s.Field(28).Text() {
		case "V", "R":
			return true
		}
	}
	return false
}

// mediaOf is the kind of the main document; mixed where files that could be
// it are of several kinds.
func mediaOf(c *ssmix2.Content) string {
	if c.Main < 0 {
		return "other"
	}
	main := mediaName(c.Files[c.Main].Kind)
	for _, f := range c.Files {
		if f.Kind != ssmix2.StyleFile && f.Kind != ssmix2.ImageFile && mediaName(f.Kind) != main {
			return "mixed"
		}
	}
	return main
}

func mediaName(k ssmix2.FileKind) string {
	switch k {
	case ssmix2.HL7File:
		return "hl7"
	case ssmix2.CDAFile:
		return "cda"
	case ssmix2.XMLFile:
		return "xml"
	case ssmix2.PDFFile:
		return "pdf"
	case ssmix2.HTMLFile:
		return "html"
	case ssmix2.ImageFile:
		return "image"
	case ssmix2.TextFile:
		return "text"
	}
	return "other"
}
