package ssmix2

import (
	"strconv"
	"strings"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// pool keeps one of each text, place and the like that a chart says over and
// over: a patient of a dialysis unit has a hundred thousand results of sixty
// tests. What is taken from a pool keeps no message in memory. It is for one
// goroutine and one chart.
type pool struct {
	strings map[string]string
	places  map[view.Origin]*model.Origin
	stamps  map[hl7.Time]model.Stamp
	texts   map[model.Text]model.Shared[model.Text]
	flags   map[flagging]model.Shared[model.Computed[string]]
	keys    map[string]model.Shared[model.Computed[view.Key]]
	lines   map[[3]string]string
	last    *model.When
	names   map[string]bool // of tests: whether they name an infection
}

func newPool() *pool {
	return &pool{strings: map[string]string{}, places: map[view.Origin]*model.Origin{}, stamps: map[hl7.Time]model.Stamp{}, texts: map[model.Text]model.Shared[model.Text]{},
		flags: map[flagging]model.Shared[model.Computed[string]]{}, keys: map[string]model.Shared[model.Computed[view.Key]]{}, lines: map[[3]string]string{}, names: map[string]bool{}}
}

// longText is how long a text is that is not looked for: two of them are seldom
// the same.
const longText = 256

// text gives a text of the same letters that keeps nothing else in memory.
func (p *pool) text(s string) string {
	switch {
	case s == "":
		return ""
	case len(s) > longText:
		return strings.Clone(s)
	}
	out, ok := p.strings[s]
	if !ok {
		out = strings.Clone(s)
		p.strings[out] = out
	}
	return out
}

// place writes where in its message a value stands.
func (p *pool) place(o view.Origin) *model.Origin {
	out, ok := p.places[o]
	if !ok {
		out = &model.Origin{Place: placeName(o)}
		p.places[o] = out
	}
	return out
}

func placeName(o view.Origin) string {
	b := strconv.AppendInt(make([]byte, 0, 12), int64(o.Segment), 10)
	b = strconv.AppendInt(append(b, '-'), int64(o.Field), 10)
	b = strconv.AppendInt(append(b, '~'), int64(o.Rep), 10)
	return string(b)
}

func (p *pool) stamp(t view.Time) model.Stamp {
	out, ok := p.stamps[t.Time]
	if !ok {
		key := t.Time
		key.Raw = p.text(key.Raw)
		out = stamp(t)
		p.stamps[key] = out
	}
	return out
}

// when gives a time that the results of a message, whose specimen was taken once,
// may share.
func (p *pool) when(w model.When) *model.When {
	if p.last == nil || *p.last != w {
		p.last = &w
	}
	return p.last
}

// whole keeps one of a text with all that is said of it; the text was made of
// this pool.
func (p *pool) whole(t model.Text) model.Shared[model.Text] {
	out, ok := p.texts[t]
	if !ok {
		out = model.Share(t)
		p.texts[t] = out
	}
	return out
}

func (p *pool) notes(list []model.Note) []model.Note {
	if len(list) == 0 {
		return list
	}
	out := make([]model.Note, len(list))
	for i, n := range list {
		out[i] = model.Note{Code: n.Code}
		for _, arg := range n.Args {
			out[i].Args = append(out[i].Args, p.text(arg))
		}
	}
	return out
}

// computed gives what was computed, with doubts that keep no message in memory.
func computed[T any](p *pool, c model.Computed[T]) model.Computed[T] {
	c.Doubts = p.notes(c.Doubts)
	return c
}

// flagging is what view.Result.Flag asks of a result.
type flagging struct {
	sent, shown, limits, raw string
	has, wrote               bool // a flag was sent; limits were written
	values                   int
	unit                     view.State
	life                     view.Life
}

func (p *pool) flag(o *view.Result) model.Shared[model.Computed[string]] {
	f := flagging{limits: o.Range.Text, raw: o.Range.Raw, wrote: o.Range.Has(), values: len(o.Values), unit: o.Unit.State, life: o.Life}
	for i := range o.Flags {
		if o.Flags[i].Has() {
			f = flagging{sent: o.Flags[i].Code, has: true}
			break
		}
	}
	if !f.has && f.values > 0 {
		f.shown = o.Values[0].Show
	}
	out, ok := p.flags[f]
	if !ok {
		c := computed(p, o.Flag())
		c.Value = p.text(c.Value)
		f.sent, f.shown, f.limits, f.raw = p.text(f.sent), p.text(f.shown), p.text(f.limits), p.text(f.raw)
		out = model.Share(c)
		p.flags[f] = out
	}
	return out
}

// key makes a result comparable; the zero key is of no value at all.
func (p *pool) key(o *view.Result) model.Shared[model.Computed[view.Key]] {
	if len(o.Values) == 0 {
		return model.Shared[model.Computed[view.Key]]{}
	}
	shown := o.Values[0].Show
	out, ok := p.keys[shown]
	if !ok {
		c := computed(p, view.SortKey(shown))
		c.Value.Comparator = p.text(c.Value.Comparator)
		out = model.Share(c)
		p.keys[p.text(shown)] = out
	}
	return out
}

// line tells which results may stand in one row: those of the hospital's own
// code, else of JLAC10's first twelve characters (analyte, identification,
// material), in the same unit. Units are never converted, so two units are two
// rows.
func (p *pool) line(o *view.Result) string {
	key := lineOf(o)
	out, ok := p.lines[key]
	if !ok {
		out = key[0] + "|" + key[1] + "|" + strings.ToLower(key[2])
		for i := range key {
			key[i] = p.text(key[i])
		}
		p.lines[key] = out
	}
	return out
}
