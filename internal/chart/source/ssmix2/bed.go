package ssmix2

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// bed says where a patient lies, or nil. By names alone it tells who was never
// admitted; of a patient whose newest movement is a discharge it opens that
// one, as a discharge may have been taken back under the same name; of the rest
// the movements since the newest admission.
func (w *walker) bed(ctx context.Context, l *ssmix2.Listing, items []ssmix2.Item) (*source.Bed, error) {
	admitted, in, out := newestOf(l, items, "ADT-22"), newestOf(l, items, "ADT-22", "ADT-42"), newestOf(l, items, "ADT-52")
	if in == nil {
		return nil, nil
	}
	if out != nil && later(out, in) > 0 {
		if f, ok := w.read(out); !ok || f.View.Life == view.Live {
			return nil, ctx.Err()
		}
	}
	var files []view.File
	doubt := false
	for _, it := range items {
		rec := &l.Records[it.Shown]
		if it.Standing == ssmix2.Deleted || !moves(rec) || admitted != nil && rec.Date < admitted.Date {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f, ok := w.read(rec)
		if doubt = doubt || !ok || it.Standing == ssmix2.Uncertain; ok {
			files = append(files, f)
		}
	}
	c := view.Stays(files)
	if len(c.Stays) == 0 || !c.Stays[0].Inside() {
		return nil, nil
	}
	return bedOf(&c.Stays[0], doubt), nil
}

func bedOf(s *view.Stay, doubt bool) *source.Bed {
	b := &source.Bed{Ward: s.Place.Ward, Room: s.Place.Room, Bed: s.Place.Bed, Dept: s.Dept.Display, Attending: cmp.Or(s.Attending.Name, s.Attending.ID),
		Doubt: doubt || len(s.Doubts) > 0}
	if s.Admitted != nil {
		b.Admitted = stamp(s.Admitted.At)
	}
	return b
}

// moves tells the types that say where a patient lies.
func moves(r *ssmix2.Record) bool {
	return !r.Extended && slices.Contains([]string{"ADT-01", "ADT-22", "ADT-31", "ADT-32", "ADT-42", "ADT-52"}, r.Kind)
}

// newestOf is the record with the latest date, and of one date sent last.
func newestOf(l *ssmix2.Listing, items []ssmix2.Item, kinds ...string) *ssmix2.Record {
	var best *ssmix2.Record
	for _, it := range items {
		rec := &l.Records[it.Shown]
		if it.Standing == ssmix2.Deleted || rec.Extended || !slices.Contains(kinds, rec.Kind) {
			continue
		}
		if best == nil || later(rec, best) > 0 {
			best = rec
		}
	}
	return best
}

func later(a, b *ssmix2.Record) int {
	return cmp.Or(strings.Compare(a.Date, b.Date), strings.Compare(a.Sent, b.Sent))
}

// own leaves out the movements of somebody else who has the patient's number:
// in a list of a ward he would lie in the other's bed. Of several versions that
// claim to hold, his own is taken. It reads all movements, which is why it is
// for numbers whose details tell of two people.
func (w *walker) own(ctx context.Context, l *ssmix2.Listing, items []ssmix2.Item, who model.Identity) ([]ssmix2.Item, error) {
	his := func(k int) bool {
		rec := &l.Records[k]
		data, _, ok := w.s.s.Read(w.d, &w.m, rec, w.buf)
		w.buf = data
		return !ok || !model.Another(who, identity(briefOf(view.PatientOf(&w.m)))) // what cannot be read stays, and is a doubt
	}
	out := make([]ssmix2.Item, 0, len(items))
	for _, it := range items {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if it.Standing != ssmix2.Deleted && moves(&l.Records[it.Shown]) && !his(it.Shown) {
			at := slices.IndexFunc(it.Others, func(k int) bool { return l.Records[k].Flag == ssmix2.Valid && his(k) })
			if at < 0 {
				continue
			}
			it = ssmix2.Item{Standing: it.Standing, Shown: it.Others[at]}
		}
		out = append(out, it)
	}
	return out, nil
}

// read reads a movement; one that names another patient counts as not read,
// unless the patient's own details name that number too.
func (w *walker) read(rec *ssmix2.Record) (view.File, bool) {
	data, _, ok := w.s.s.Read(w.d, &w.m, rec, w.buf)
	w.buf = data
	if !ok {
		return view.File{}, false
	}
	if pid := hl7.PatientID(w.m.First("PID").Field(3)); pid != "" && !ssmix2.SamePatient(pid, rec.Patient) && (w.other == "" || !ssmix2.SamePatient(pid, w.other)) {
		return view.File{}, false
	}
	v, err := view.Read(rec.Kind, &w.m)
	return view.File{Name: rec.Name, View: v}, err == nil
}
