package paper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/paper/page"
	"github.com/torideproject/toride/internal/chart/paper/pdf"
	"github.com/torideproject/toride/internal/text"
	bizudpgothic "github.com/torideproject/toride/third_party/biz-udpgothic"
)

// ErrForm reports a form that does not exist; ErrNobody a job without a patient
// or ward to print for.
var (
	ErrForm   = errors.New("paper: there is no such form")
	ErrNobody = errors.New("paper: there is nobody to print for")
)

// Options are how a form is printed.
type Options struct {
	Large        bool          // letters a quarter larger
	Confidential bool          // with what is marked as confidential
	Days         int           // of results: 7 or 30; 0: 7
	Copies       int           // of blank forms and labels; 0: 1, at most 50
	LabelWidth   float64       // millimetres; 0: 66
	LabelHeight  float64       // millimetres; 0: 33.9
	Old          time.Duration // a copy older than this is called old; 0: 26 hours
}

// Job is what is to be printed.
type Job struct {
	Data     Data
	Catalog  *text.Catalog // with the texts of this package and of the chart
	Lang     text.Lang
	Zone     *time.Location
	Hospital string
	Now      time.Time
	By       string // who prints

	Form string
	// For whom: patients by number, or the patients of wards by code, or of all
	// wards. None of them: a form that needs nobody, without a patient's head.
	Patients []string
	Wards    []string
	Everyone bool
	Options  Options
}

// Progress is how far a Write is.
type Progress struct {
	Done, Of int // patients
	Pages    int
}

// Result is what a Write wrote.
type Result struct {
	Patients int
	Pages    int
	Unread   int // patients whose chart could not be read: their sheets say so
}

// ParseFont reads the font of all sheets. It takes some milliseconds and a few
// megabytes, so that who prints often keeps it.
func ParseFont() (*pdf.Font, error) { return pdf.ParseFont(bizudpgothic.TTF()) }

// Write prints a job as one PDF with bookmarks for wards and patients. Pages
// are written as they are made: the memory is that of a few patients, whatever
// the size of the hospital. progress, if not nil, is called after each patient.
// A patient whose chart cannot be read gets a sheet that says so; an error is
// the context's, the writer's, ErrForm or ErrNobody.
func Write(ctx context.Context, w io.Writer, job Job, progress func(Progress)) (Result, error) {
	font, err := ParseFont()
	if err != nil {
		return Result{}, err
	}
	return write(ctx, w, font, job, progress)
}

func write(ctx context.Context, w io.Writer, font *pdf.Font, job Job, progress func(Progress)) (Result, error) {
	form, ok := FormOf(job.Form)
	if !ok {
		return Result{}, fmt.Errorf("%w: %q", ErrForm, job.Form)
	}
	p := job.pen()
	file := pdf.New(w, font, pdf.Info{Title: p.t("form." + form.Code), Maker: "Toride", Made: job.Now, Lang: string(job.Lang)})
	r := &run{job: job, form: form, pen: p, out: &pdfOut{file: file, paper: page.NewPaper(font, job.Options.Large)}, font: font, progress: progress}
	if err := r.all(ctx); err != nil {
		return r.result, err
	}
	r.result.Pages = file.Pages()
	if err := file.Close(); errors.Is(err, pdf.ErrEmpty) {
		return r.result, ErrNobody
	} else if err != nil {
		return r.result, err
	}
	return r.result, nil
}

// sheets gives a job's sheets without drawing them.
func sheets(ctx context.Context, font *pdf.Font, job Job) ([]*page.Sheet, error) {
	form, ok := FormOf(job.Form)
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrForm, job.Form)
	}
	out := &sheetsOut{}
	r := &run{job: job, form: form, pen: job.pen(), out: out, font: font}
	if err := r.all(ctx); err != nil {
		return nil, err
	}
	if len(out.list) == 0 {
		return nil, ErrNobody
	}
	return out.list, nil
}

func (j *Job) pen() *pen {
	p := &pen{cat: j.Catalog, lang: j.Lang, zone: j.Zone, hospital: j.Hospital, by: j.By, now: j.Now, kind: j.Data.Kind, partial: !j.Data.complete(), old: j.Options.Old, opt: j.Options}
	if p.zone == nil {
		p.zone = time.UTC
	}
	if p.old <= 0 {
		p.old = 26 * time.Hour
	}
	if j.Data.AsOf != nil {
		p.asOf, p.newest = j.Data.AsOf(), j.Data.Newest != nil && j.Data.Newest()
	}
	if j.Data.Warn != nil {
		p.warn = j.Data.Warn()
	}
	return p
}

// batch is the patients of one ward, or those who were named.
type batch struct {
	ward *index.Ward
	hits []index.Hit
}

// batches lists whom a job is for, in the order of the beds. Cost: the census,
// in memory.
func (j *Job) batches(ctx context.Context) []batch {
	if len(j.Patients) > 0 {
		hits := make([]index.Hit, 0, len(j.Patients))
		for _, id := range j.Patients {
			hits = append(hits, j.hit(ctx, id))
		}
		return []batch{{hits: hits}}
	}
	var out []batch
	if j.Data.Census == nil || !j.Everyone && len(j.Wards) == 0 {
		return nil
	}
	for _, w := range j.Data.Census.Wards() {
		if !j.Everyone && !contains(j.Wards, w.Code) {
			continue
		}
		hits := j.Data.Census.Ward(w.Code)
		sortBeds(hits)
		out = append(out, batch{ward: &w, hits: hits})
	}
	return out
}

// People are the numbers of the patients whom a job prints, for the record of
// it.
func (j *Job) People(ctx context.Context) []string {
	var out []string
	for _, b := range j.batches(ctx) {
		for _, h := range b.hits {
			out = append(out, h.ID)
		}
	}
	return out
}

// hit is what the index knows of a patient; at least the number.
func (j *Job) hit(ctx context.Context, id string) index.Hit {
	if j.Data.Find != nil {
		if h, ok := j.Data.Find(ctx, id); ok {
			return h
		}
	}
	return index.Hit{ID: id}
}
