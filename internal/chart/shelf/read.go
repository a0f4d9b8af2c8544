package shelf

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/ssmix2"
)

// Find gives the patients that a typed number may mean, over all sources,
// straight from paths and without an index. Sources that know the same patient
// give one Found, under the number of the first; where they say different things
// of birth, name or sex it has a notice of danger ("patient.differs.…"). None is
// no error, unless a root could not be asked: then it cannot be said that there
// is nobody, and the fault says which root.
func (s *Shelf) Find(ctx context.Context, id string) ([]source.Found, error) {
	type answer struct {
		found []source.Found
		err   error
	}
	answers := gather(ctx, s, func(_ int, r *root, o *opened, err error) (a answer) {
		if err != nil {
			return answer{err: err}
		}
		for _, src := range o.sources {
			found, err := src.Find(ctx, id)
			if err != nil {
				a.err = s.readFault(ctx, r, o, err)
				continue
			}
			if len(found) == 0 && o.medium.alive() != nil {
				a.err = r.lost(&s.cfg, o, o.medium.alive())
			}
			a.found = append(a.found, found...)
		}
		return a
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out []source.Found
	var failed []error
	var away []model.Notice
	for i, a := range answers {
		if a.err != nil {
			failed = append(failed, a.err)
			away = append(away, model.Notice{Level: model.Warn, Code: "source.away", Args: []string{s.roots[i].path}})
		}
		for _, f := range a.found {
			out = join(out, f)
		}
	}
	if len(out) == 0 && len(failed) > 0 {
		return nil, failed[0]
	}
	for i := range out {
		if len(away) > 0 {
			out[i].Notices = append(slices.Clone(out[i].Notices), away...)
		}
	}
	return out, nil
}

// join puts a patient to those found before: with the one of the same number, or,
// if none has exactly that, of the same number but for zeros.
func join(out []source.Found, f source.Found) []source.Found {
	at := slices.IndexFunc(out, func(o source.Found) bool { return o.ID == f.ID })
	if at < 0 {
		at = slices.IndexFunc(out, func(o source.Found) bool {
			return ssmix2.SamePatient(o.ID, f.ID) && len(model.Differences(identity(o.Person), identity(f.Person))) == 0
		})
	}
	if at < 0 {
		return append(out, f)
	}
	o := &out[at]
	o.Notices = append(slices.Clone(o.Notices), f.Notices...)
	for _, d := range model.Differences(identity(o.Person), identity(f.Person)) {
		o.Notices = append(o.Notices, model.Notice{Level: model.Danger, Code: "patient.differs." + d.What, Args: []string{d.First, d.Second}})
	}
	if o.Person == (source.Brief{}) {
		o.Person = f.Person
	}
	return out
}

func identity(b source.Brief) model.Identity {
	return model.Identity{Kanji: b.Kanji, Kana: b.Kana, Birth: b.Birth, Sex: b.Sex}
}

// readFault says what an error of a source means, and notes a medium that is
// away.
func (s *Shelf) readFault(ctx context.Context, r *root, o *opened, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case isGone(err):
		return r.lost(&s.cfg, o, err)
	}
	if dead := o.medium.alive(); dead != nil {
		return r.lost(&s.cfg, o, errors.Join(dead, err))
	}
	return fault.New(fault.Internal, "shelf.read", r.path).With(err)
}

// Read reads one patient from every source and merges what they say of him; what
// a source has of another person under his number is left out, with a notice of
// danger that says so ("patient.other_root"). What it
// gives is shared: nobody may change it. A source that could not be read is a
// Store that Failed, with a notice of danger; lists that would then say that
// nothing is recorded or stored say that it is not known. A patient whom nobody
// has is a Chart without Items, all of whose Stores are Absent. The error is the
// context's, or a fault if no root could be read at all.
//
// Charts are kept for a while (Config.Keep) and dropped when the index sees that
// something of the patient changed. Who asks for a chart that is being read
// waits for that one.
func (s *Shelf) Read(ctx context.Context, id string, want source.Want) (*model.Chart, error) {
	key := keyOf(id, want, s.index.Progress().Whole.IsZero())
	if key == (cacheKey{}) {
		return s.read(ctx, id, want)
	}
	return s.cache.get(ctx, key, func(ctx context.Context) (*model.Chart, error) {
		// A reader who goes away must not take it from those who wait; Close
		// ends it all the same.
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		defer cancel()
		stop := context.AfterFunc(s.life, cancel)
		defer stop()
		c, err := s.read(ctx, id, want)
		if err != nil && s.life.Err() != nil {
			return nil, fs.ErrClosed
		}
		return c, err
	})
}

func (s *Shelf) read(ctx context.Context, id string, want source.Want) (*model.Chart, error) {
	want = withPerson(want)
	type answer struct {
		charts []*model.Chart
		err    error
	}
	answers := gather(ctx, s, func(_ int, r *root, o *opened, err error) (a answer) {
		if err != nil {
			return answer{failedCharts(r, id, want), err}
		}
		for _, src := range o.sources {
			c, err := s.readOne(ctx, src, id, want)
			if err != nil {
				a.err = s.readFault(ctx, r, o, err)
				c = failedChart(src.Info(), id, want)
			} else if (absent(c) || unreadable(c)) && o.medium.alive() != nil {
				a.err = r.lost(&s.cfg, o, o.medium.alive())
				c = model.Merge(c, failedChart(src.Info(), id, want))
			}
			a.charts = append(a.charts, c)
		}
		return a
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	any, failed := false, error(nil)
	var charts []*model.Chart
	for _, a := range answers {
		any = any || a.err == nil
		if failed == nil {
			failed = a.err
		}
		charts = append(charts, a.charts...)
	}
	c := model.Merge(present(onePerson(id, charts))...)
	if !any && len(c.Items) == 0 {
		return nil, failed
	}
	if failed != nil {
		c = doubted(c)
	}
	return c, nil
}

// readOne reads the patient under the number that the source writes: the same,
// or the only one that differs by leading zeros.
func (s *Shelf) readOne(ctx context.Context, src source.Source, id string, want source.Want) (*model.Chart, error) {
	name := src.Info().Name
	if want.Stored == nil {
		want.Stored = func(kind string) (bool, bool) { return s.index.Stored(name, kind) }
	}
	c, err := src.Read(ctx, id, want)
	if err != nil || !absent(c) || len(s.roots) == 1 {
		return c, err
	}
	found, err := src.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(f source.Found) bool { return f.ID == id || !ssmix2.SamePatient(f.ID, id) })
	if len(found) != 1 {
		return c, nil
	}
	return src.Read(ctx, found[0].ID, want)
}

func absent(c *model.Chart) bool {
	return !slices.ContainsFunc(c.Stores, func(st model.Store) bool { return !st.Absent })
}

// unreadable tells that something of a chart could not be read: then it is worth
// looking whether the medium is there at all.
func unreadable(c *model.Chart) bool {
	return slices.ContainsFunc(c.Notices, func(n model.Notice) bool {
		return n.Code == string(ssmix2.FileUnreadable) || n.Code == string(ssmix2.DirUnreadable)
	})
}

// failedCharts stand for the sources of a root that is not open: those of last
// time, or the root as a whole.
func failedCharts(r *root, id string, want source.Want) []*model.Chart {
	r.mu.Lock()
	last := r.last
	r.mu.Unlock()
	if len(last) == 0 {
		last = []source.Info{{Name: r.name, Label: r.path}}
	}
	var out []*model.Chart
	for _, info := range last {
		out = append(out, failedChart(info, id, want))
	}
	return out
}

func failedChart(info source.Info, id string, want source.Want) *model.Chart {
	c := &model.Chart{ID: id, Today: want.Today, Notices: []model.Notice{{Level: model.Danger, Code: "source.away", Args: []string{info.Label}}}}
	c.Stores = []model.Store{{Source: info.Name, Label: info.Label, Format: info.Format, Failed: true}}
	if !info.AsOf.IsZero() {
		c.Stores[0].AsOf = model.Stamp(info.AsOf.Format("20060102150405"))
	}
	return c
}

// doubted makes "nothing recorded" and "not stored" unknown: a source that could
// not be read may have it.
func doubted(c *model.Chart) *model.Chart {
	d := *c
	for _, l := range d.Lists() {
		if *l.State == model.NoRecord || *l.State == model.NotStored {
			*l.State = model.Unknown
		}
	}
	return &d
}

// named tells whether a source of this name stands, or stood last, in the root.
func (r *root) named(sourceName string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.last, func(i source.Info) bool { return i.Name == sourceName })
}

// keepOpen makes the medium stay open while a file of the document is read.
func (o *opened) keepOpen(r *root, cfg *Config, doc *source.Document) *source.Document {
	out := *doc
	out.Files = slices.Clone(doc.Files)
	for i := range out.Files {
		open := out.Files[i].Open
		out.Files[i].Open = func() (io.ReadCloser, error) {
			if !o.enterIfOpen() {
				return nil, source.ErrGone
			}
			return o.openFile(r, cfg, open)
		}
	}
	return &out
}
