package ssmix2

import (
	"context"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// details is the type that says who the patient is.
const details = "ADT-00"

// Find looks a number up by its computed paths and reads ADT-00 of what it
// finds. It lists one small folder for each root and opens as many files as
// there are valid versions of ADT-00, one as a rule; without any it lists the
// patient's folders and opens the message sent last.
func (s *store) Find(ctx context.Context, id string) ([]source.Found, error) {
	patients, lints, err := s.s.Find(ctx, id)
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	if len(patients) == 0 {
		return nil, s.gone()
	}
	var out []source.Found
	for _, p := range patients {
		var notes notices
		for _, l := range lints {
			notes.lint(l, model.Ref{})
		}
		l, err := s.s.ListOnly(ctx, p, ssmix2.Filter{Dates: []string{"-"}, Kinds: []string{details}})
		if err != nil {
			return nil, s.failed(ctx, err)
		}
		w := s.loader()
		who, err := w.who(ctx, l, &notes)
		if err != nil {
			return nil, err
		}
		if who == (source.Brief{}) { // without ADT-00, or with one that cannot be read: all names, one file
			if l, err = s.s.List(ctx, p); err != nil {
				return nil, s.failed(ctx, err)
			}
			items, _ := ssmix2.Resolve(l.Records)
			who = w.anyone(l, items, &notes)
		}
		out = append(out, source.Found{ID: p.ID, Person: who, Notices: notes.List()})
	}
	return out, nil
}

// who reads ADT-00 from a listing: the newest that holds says who the patient
// is, and further valid ones have to agree.
func (w *loader) who(ctx context.Context, l *ssmix2.Listing, notes *notices) (source.Brief, error) {
	items, _ := ssmix2.Resolve(l.Records)
	var best source.Brief
	w.other, w.two = "", false
	for _, it := range items {
		if l.Records[it.Shown].Kind != details || it.Standing == ssmix2.Deleted {
			continue
		}
		for i, k := range append([]int{it.Shown}, it.Others...) {
			r := &l.Records[k]
			if i > 0 && (r.Flag != ssmix2.Valid || i > maxSame) {
				continue
			}
			if err := ctx.Err(); err != nil {
				return best, err
			}
			data, lints, ok := w.s.s.Read(w.d, &w.m, r, w.buf)
			w.buf = data
			for _, x := range lints {
				notes.lint(x, w.s.ref(r))
			}
			if !ok {
				continue
			}
			p := view.PatientOf(&w.m)
			b := briefOf(p)
			if w.other == "" && !ssmix2.SamePatient(p.ID.Text, l.Patient.ID) {
				w.other = p.ID.Text
			}
			if best == (source.Brief{}) {
				best = b
				continue
			}
			w.two = w.two || model.Another(identity(best), identity(b))
			differs(notes, w.s.ref(r), best, b)
		}
	}
	return best, nil
}

// anyone takes the patient from the message that was sent last, for a store
// that has no details of him; where that one cannot be read, from one before.
func (w *loader) anyone(l *ssmix2.Listing, items []ssmix2.Item, notes *notices) source.Brief {
	var newest []*ssmix2.Record
	for _, it := range items {
		if r := &l.Records[it.Shown]; !r.Extended && r.Kind != details && it.Standing != ssmix2.Deleted {
			newest = append(newest, r)
		}
	}
	slices.SortStableFunc(newest, func(a, b *ssmix2.Record) int { return strings.Compare(b.Sent, a.Sent) })
	for _, r := range newest[:min(len(newest), maxSame)] {
		data, lints, ok := w.s.s.Read(w.d, &w.m, r, w.buf)
		w.buf = data
		for _, x := range lints {
			notes.lint(x, w.s.ref(r))
		}
		if !ok {
			continue
		}
		if who := briefOf(view.PatientOf(&w.m)); who != (source.Brief{}) {
			notes.Add(model.Info, "person.other_message", w.s.ref(r), r.Kind)
			return who
		}
	}
	return source.Brief{}
}

// maxSame is how many versions of ADT-00 that claim to hold are compared, and how
// many messages are read for a patient who has none.
const maxSame = 8

// briefOf takes from a patient what tells him from others.
func briefOf(p view.Patient) source.Brief {
	b := source.Brief{Kanji: model.Clip(p.Kanji, model.MaxName), Kana: model.Clip(p.Kana, model.MaxName), Birth: p.Birth.Day, Sex: p.Sex.Text}
	if b.Birth == "" {
		b.Birth = string(stamp(p.Birth))
	}
	return b
}

// differs notes that two records of one number speak of different people.
func differs(notes *notices, ref model.Ref, a, b source.Brief) {
	for _, d := range model.Differences(identity(a), identity(b)) {
		notes.Add(model.Danger, "patient.differs."+d.What, ref, d.First, d.Second)
	}
}

func identity(b source.Brief) model.Identity {
	return model.Identity{Kanji: b.Kanji, Kana: b.Kana, Birth: b.Birth, Sex: b.Sex}
}
