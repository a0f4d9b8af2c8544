package paper

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/paper/page"
	"github.com/torideproject/toride/internal/chart/paper/pdf"
	"github.com/torideproject/toride/internal/chart/source"
)

// run is a job that is being printed.
type run struct {
	job      Job
	form     Form
	pen      *pen
	out      output
	font     *pdf.Font
	progress func(Progress)
	result   Result
	of       int
}

// output takes sheets in order.
type output interface {
	mark(title string) // the sheets that follow are a ward's, or somebody's
	sheet(s *page.Sheet) error
	pages() int
}

// pdfOut writes sheets into a file.
type pdfOut struct {
	file  *pdf.File
	paper *page.Paper
}

func (o *pdfOut) mark(title string) { o.file.Mark(0, title) }

func (o *pdfOut) sheet(s *page.Sheet) error {
	_, err := o.paper.Draw(o.file, s)
	return err
}

func (o *pdfOut) pages() int { return o.file.Pages() }

// sheetsOut keeps sheets, for a browser.
type sheetsOut struct{ list []*page.Sheet }

func (o *sheetsOut) mark(string) {}

func (o *sheetsOut) sheet(s *page.Sheet) error {
	o.list = append(o.list, s)
	return nil
}

func (o *sheetsOut) pages() int { return len(o.list) }

// readAhead is how many patients are read before their turn comes.
const readAhead = 4

func contains(list []string, s string) bool { return slices.Contains(list, s) }

func sortBeds(hits []index.Hit) {
	slices.SortStableFunc(hits, func(a, b index.Hit) int {
		x, y := a.Bed, b.Bed
		if x == nil || y == nil {
			return cmp.Compare(a.ID, b.ID)
		}
		return cmp.Or(cmp.Compare(x.Ward, y.Ward), cmp.Compare(len(x.Room), len(y.Room)), cmp.Compare(x.Room, y.Room), cmp.Compare(len(x.Bed), len(y.Bed)), cmp.Compare(x.Bed, y.Bed), cmp.Compare(a.ID, b.ID))
	})
}

func (r *run) all(ctx context.Context) error {
	list := r.job.batches(ctx)
	for _, b := range list {
		r.of += len(b.hits)
	}
	if r.of == 0 && r.form.About == OfNobody && !r.job.Everyone && len(r.job.Wards) == 0 {
		for range r.pen.copies() {
			if err := r.draw(r.form.patient(r.pen, nil)); err != nil {
				return err
			}
		}
		return nil
	}
	for _, b := range list {
		if b.ward != nil {
			r.out.mark(r.pen.wardName(*b.ward))
		} else {
			r.out.mark(r.pen.t("form." + r.form.Code))
		}
		if err := r.batch(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func (p *pen) wardName(w index.Ward) string {
	if w.Name != "" && w.Name != w.Code {
		return p.t("ward", w.Name, w.Code)
	}
	return first(w.Code, p.t("ward.none"))
}

// batch prints what a form makes of the patients of a ward. Only lists and
// labels hold all of them at once.
func (r *run) batch(ctx context.Context, b batch) error {
	switch r.form.About {
	case OfWard, OfLabels:
		var list []*subject
		if err := r.each(ctx, b.hits, func(who *subject) error { list = append(list, who); return nil }); err != nil {
			return err
		}
		if r.form.About == OfLabels {
			if len(list) == 0 {
				return nil
			}
			return r.draw(r.pen.labelSheet(r.form.Code, list))
		}
		w := index.Ward{Name: r.pen.t("ward.chosen")}
		if b.ward != nil {
			w = *b.ward
		}
		return r.draw(r.form.ward(r.pen, w, list))
	case OfNobody:
		return r.each(ctx, b.hits, func(who *subject) error {
			for range r.pen.copies() {
				if err := r.draw(r.form.patient(r.pen, who)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return r.each(ctx, b.hits, func(who *subject) error { return r.draw(r.form.patient(r.pen, who)) })
}

// draw prints a sheet and lists below it what the font could not print.
func (r *run) draw(s *page.Sheet) error {
	finish(r.pen, s, r.font.Has)
	return r.out.sheet(s)
}

// finish makes a sheet printable.
func finish(p *pen, s *page.Sheet, has func(rune) bool) {
	s.Blocks = append(s.Blocks, p.spoken()...)
	if lost := page.Readable(s, has); len(lost) > 0 {
		s.Blocks = append(s.Blocks, page.Text{Frame: page.Thin, Cell: joinLost(p, lost)})
	}
}

// joinLost lists what could not be printed in one paragraph.
func joinLost(p *pen, lost []string) page.Cell {
	words := ""
	for i, l := range lost {
		if i > 0 {
			words += p.t("sep")
		}
		words += l
	}
	return page.S(p.t("lost", len(lost)), words)
}

// each reads patients, a few ahead of their turn, and gives them to do in
// order.
func (r *run) each(ctx context.Context, hits []index.Hit, do func(*subject) error) error {
	ctx, stop := context.WithCancel(ctx)
	type slot chan *subject
	slots := make(chan slot, readAhead)
	var readers sync.WaitGroup
	defer readers.Wait()
	defer stop()
	readers.Go(func() {
		defer close(slots)
		for i := range hits {
			s := make(slot, 1)
			select {
			case slots <- s:
			case <-ctx.Done():
				return
			}
			readers.Go(func() { s <- r.read(ctx, &hits[i]) })
		}
	})
	for s := range slots {
		who := <-s
		if err := ctx.Err(); err != nil {
			return err
		}
		if who.chart == nil {
			r.result.Unread++
		}
		if err := do(who); err != nil {
			return err
		}
		r.result.Patients++
		if r.progress != nil {
			r.progress(Progress{Done: r.result.Patients, Of: r.of, Pages: r.out.pages()})
		}
	}
	return ctx.Err()
}

// read reads one patient. One who cannot be read is a subject without a chart.
func (r *run) read(ctx context.Context, hit *index.Hit) *subject {
	who := &subject{id: hit.ID, hit: hit}
	if r.job.Data.Reader == nil {
		return who
	}
	c, err := r.job.Data.Reader.Read(ctx, hit.ID, source.Want{Today: r.pen.today(), Only: r.form.Parts})
	if err != nil || absent(c) {
		return who
	}
	who.chart = c
	if c.ID != "" && c.ID != hit.ID { // typed without its zeros: paper and bar code have the number of the wristband
		full := r.job.hit(ctx, c.ID)
		who.id, who.hit = c.ID, &full
	}
	return who
}

// absent: no source has anything of the patient.
func absent(c *model.Chart) bool {
	if c == nil {
		return true
	}
	for _, s := range c.Stores {
		if !s.Absent && !s.Failed {
			return false
		}
	}
	return len(c.Stores) > 0
}

// String says what a run did, for logs without patients.
func (r Result) String() string {
	return fmt.Sprintf("%d patients, %d pages, %d not read", r.Patients, r.Pages, r.Unread)
}
