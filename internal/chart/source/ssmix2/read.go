package ssmix2

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// Read reads one patient. It lists his folders, one listing for each date and
// type, and opens at most want.Limit messages and documents, several at a time:
// those that say the whole state, then movements, then the newest. A message
// takes about a tenth of a millisecond of one processor and, until the chart is
// made, some 20 KB of memory.
func (s *store) Read(ctx context.Context, id string, want source.Want) (*model.Chart, error) {
	r := reader{s: s, want: want, pool: newPool(), of: map[ssmix2.Name]int{}, chart: &model.Chart{ID: id, Today: want.Today}}
	p, ok, err := s.patient(ctx, id, &r.notes)
	if err != nil {
		return nil, err
	}
	if !ok {
		if err := s.gone(); err != nil {
			return nil, err
		}
		r.finish()
		return r.chart, nil
	}
	give := sync.OnceFunc(s.reading.take(ctx))
	defer give()
	if r.listing, err = s.s.List(ctx, p); err != nil {
		return nil, s.failed(ctx, err)
	}
	var lints []ssmix2.Lint
	r.items, lints = ssmix2.Resolve(r.listing.Records)
	r.lints(append(r.listing.Lints, lints...))
	r.choose()
	if len(r.jobs) >= long { // whoever is read quickly waits for none that is long
		give()
		defer s.longOnes.take(ctx)()
	}
	r.inside = s.rooms.of(len(r.jobs)).enter(ctx, len(r.jobs))
	defer r.inside.leave()
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	r.inside.loaded.Store(true)
	defer s.making.take(ctx)()
	r.judge()
	r.fill()
	r.finish()
	return r.chart, nil
}

// patient finds the folders of a number as the store writes it.
func (s *store) patient(ctx context.Context, id string, notes *notices) (ssmix2.Patient, bool, error) {
	found, lints, err := s.s.Find(ctx, id)
	if err != nil {
		return ssmix2.Patient{}, false, s.failed(ctx, err)
	}
	for _, l := range lints {
		notes.lint(l, model.Ref{})
	}
	for _, p := range found {
		if p.ID == id {
			return p, true, nil
		}
	}
	if len(found) == 1 {
		return found[0], true, nil
	}
	return ssmix2.Patient{}, false, nil
}

// fate is what became of an item when it was to be read.
type fate uint8

const (
	notWanted fate = iota
	unread         // beyond the limit, or beyond mostOfOne
	readWell
	broken
	suspect // names another patient, or has his number and is another's
)

// job is a version of an item to be read.
type job struct {
	item, record int
	older        bool // a further version that claims to hold
	pid          string
	ref          model.Ref // of rows; zero until one asks: see reader.ref
	fate         fate
	view         *view.View
	results      []result // of the laboratory: see loader.rows
	content      *ssmix2.Content
	media        string
	confidential bool
	ended        bool // the message ends with the end of a segment
	lints        []ssmix2.Lint
}

// reader makes one chart.
type reader struct {
	s       *store
	want    source.Want
	listing *ssmix2.Listing
	items   []ssmix2.Item
	jobs    []job
	fates   []fate // of items
	jobOf   []int  // of items: the job of the shown version; -1
	files   []view.File
	older   []view.File // valid versions besides those shown
	docs    []int       // jobs of documents that hold a message
	of      map[ssmix2.Name]int
	jobsOf  []int              // of files: their jobs
	holding []view.MergedPlace // results of the laboratory, once merged is set
	merged  bool
	pool    *pool
	notes   notices
	chart   *model.Chart
	inside  *stay
	taken   atomic.Int64 // bytes of memory that what was read takes
}

// lints takes what was found in names and folders.
func (r *reader) lints(list []ssmix2.Lint) {
	if len(list) == 0 {
		return
	}
	refs := map[string]model.Ref{}
	for i := range r.listing.Records {
		rec := &r.listing.Records[i]
		refs[rec.Path()] = r.s.ref(rec)
	}
	for _, l := range list {
		r.notes.lint(l, refs[l.Path])
	}
}

func (r *reader) record(j *job) *ssmix2.Record { return &r.listing.Records[j.record] }

// wanted gives the data types that the wanted parts need, and whether
// documents are needed. ADT-00 always is: it says whose folder this is.
func (r *reader) wanted() (kinds map[string]bool, documents bool) {
	kinds = map[string]bool{details: true}
	for _, p := range model.Parts() {
		if !r.want.Needs(p) {
			continue
		}
		for _, k := range feeding(p) {
			kinds[k] = true
		}
		documents = documents || p == model.Vitals || p == model.Infections
	}
	return kinds, documents
}

// labLike tells results of the laboratory that later versions of the
// specification number differently (OML-12).
func labLike(kind string) bool { return strings.HasPrefix(kind, "OML-1") }

// choose makes the jobs, in the order of their weight, up to the limit.
func (r *reader) choose() {
	kinds, documents := r.wanted()
	r.fates, r.jobOf = make([]fate, len(r.items)), make([]int, len(r.items))
	for i, it := range r.items {
		r.jobOf[i] = -1
		rec := &r.listing.Records[it.Shown]
		switch {
		case it.Standing == ssmix2.Deleted:
			continue
		case rec.Extended && !documents, !rec.Extended && !kinds[rec.Kind] && !(labLike(rec.Kind) && kinds["OML-11"]):
			continue
		}
		r.fates[i] = unread
		r.jobs = append(r.jobs, job{item: i, record: it.Shown})
		for n, k := range it.Others {
			if o := &r.listing.Records[k]; n < maxSame && o.Flag == ssmix2.Valid && (allergies(rec) || o.Root != rec.Root) {
				r.jobs = append(r.jobs, job{item: i, record: k, older: true})
			}
		}
	}
	slices.SortStableFunc(r.jobs, func(a, b job) int {
		x, y := r.record(&a), r.record(&b)
		if c := cmp.Or(weight(x)-weight(y), strings.Compare(y.Date, x.Date)); c != 0 {
			return c
		}
		return cmp.Or(recordsFirst(x.Kind, y.Kind), strings.Compare(y.Sent, x.Sent), strings.Compare(x.Dir, y.Dir), strings.Compare(x.File, y.File))
	})
	limit := r.want.Limit
	if limit <= 0 {
		limit = source.DefaultLimit
	}
	r.jobs = r.jobs[:min(len(r.jobs), limit)]
	for i := range r.jobs {
		if j := &r.jobs[i]; !j.older {
			r.jobOf[j.item] = i
		}
	}
}

// allergies tells the types of which every version that claims to hold is read:
// no allergy is dropped because there are two. Of other types that is done where
// two volumes have one thing, which may be of two people with one number.
func allergies(rec *ssmix2.Record) bool {
	return !rec.Extended && (rec.Kind == details || rec.Kind == "ADT-61")
}

// weight puts the types that say the whole state first, then movements.
func weight(r *ssmix2.Record) int {
	if r.Extended {
		return 2
	}
	if t, ok := ssmix2.TypeOf(r.Kind); ok && t.Snapshot {
		return 0
	}
	if strings.HasPrefix(r.Kind, "ADT") && r.Kind != "ADT-12" {
		return 1
	}
	return 2
}

// recordsFirst orders the types of one day so that what was recorded for an
// order is read before the order: where the limit falls between them, an order
// must not look as if nothing had been done.
func recordsFirst(a, b string) int {
	place := func(kind string) int {
		switch kind {
		case "OMP-11", "OMP-12", "OML-11", "OMG-11", "OMG-12", "OMG-13":
			return 0
		}
		return 1
	}
	return cmp.Or(place(a)-place(b), strings.Compare(a, b))
}

// judge says which messages speak of another patient than their folder, and
// gives the rest to the merging functions.
func (r *reader) judge() {
	own, others := 0, map[string]int{}
	for i := range r.jobs {
		switch j := &r.jobs[i]; {
		case j.fate != readWell || j.pid == "":
		case ssmix2.SamePatient(j.pid, r.listing.Patient.ID):
			own++
		default:
			others[strings.TrimLeft(j.pid, "0")]++
		}
	}
	form := own == 0 && len(others) == 1 // the hospital writes its numbers in two ways
	if form {
		for other := range others {
			r.notes.Add(model.Danger, "patient.number_differs", model.Ref{}, r.listing.Patient.ID, other)
		}
	}
	for i := range r.jobs {
		j := &r.jobs[i]
		if j.fate == readWell && !form && j.pid != "" && !ssmix2.SamePatient(j.pid, r.listing.Patient.ID) {
			j.fate = suspect
		}
	}
	r.strangers()
	r.promote()
	r.cut()
	for i := range r.jobs {
		j := &r.jobs[i]
		for _, l := range j.lints {
			if form && l.Code == ssmix2.MessagePatient {
				continue
			}
			r.notes.lint(l, r.s.ref(r.record(j)))
		}
		if !j.older {
			r.fates[j.item] = j.fate
		}
		r.take(i)
	}
}

// take gives what a job read to the merging functions.
func (r *reader) take(i int) {
	j := &r.jobs[i]
	if j.fate != readWell || j.view == nil {
		return
	}
	rec := r.record(j)
	if rec.Extended {
		if !j.older {
			r.docs = append(r.docs, i)
		}
		return
	}
	name := nameOf(rec, j.view)
	r.of[name] = i
	if j.older {
		if !allergies(rec) {
			return
		}
		r.older = append(r.older, view.File{Name: name, View: j.view})
		return
	}
	r.files, r.jobsOf = append(r.files, view.File{Name: name, View: j.view}), append(r.jobsOf, i)
}

// nameOf is the name that a message is merged under: results of types that later
// versions of the specification number differently are results.
func nameOf(rec *ssmix2.Record, v *view.View) ssmix2.Name {
	name := rec.Name
	if _, known := ssmix2.TypeOf(name.Kind); !known && v.Lab != nil && v.Header.Message == "OUL" {
		name.Kind = "OML-11"
	}
	return name
}

func (r *reader) at() at { return at{pool: r.pool} }

// ref names the item that a merged value's file is.
func (r *reader) ref(name ssmix2.Name) model.Ref {
	if i, ok := r.of[name]; ok {
		j := &r.jobs[i]
		if j.ref == (model.Ref{}) { // rows of one file share it
			j.ref = r.s.ref(r.record(j))
		}
		return j.ref
	}
	return model.Ref{}
}

// row is the origin of a row out of a file: its item, and the place of the
// segment that begins it.
func (r *reader) row(name ssmix2.Name, f view.From) model.Origin {
	return r.at().origin(f).Within(model.Origin{Ref: r.ref(name)})
}

// finish writes what is known of the store and the notices.
func (r *reader) finish() {
	st := model.Store{Source: r.s.info.Name, Label: r.s.info.Label, Format: Format, Absent: r.listing == nil,
		AsOf: model.StampOf(r.s.info.AsOf, r.s.zone)}
	if r.listing != nil {
		st.Newest = model.Stamp(r.listing.Newest(""))
		r.chart.ID = r.listing.Patient.ID
	} else {
		r.absent()
	}
	r.chart.Stores = []model.Store{st}
	r.chart.Notices = r.notes.List()
}
