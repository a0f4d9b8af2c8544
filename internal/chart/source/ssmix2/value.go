package ssmix2

import (
	"fmt"
	"strings"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// at makes the chart's values of those that stand in one item, out of a pool.
// Its ref goes into every origin; it is zero for the values of a row, whose own
// origin names the item.
type at struct {
	ref  model.Ref
	pool *pool
}

func (a at) str(s string) string { return a.pool.text(s) }

func (a at) origin(f view.From) *model.Origin {
	switch {
	case f.At.Field == 0:
		return nil
	case a.ref != (model.Ref{}):
		return &model.Origin{Ref: a.ref, Place: placeName(f.At)}
	}
	return a.pool.place(f.At)
}

// make gives a text; raw is left out where it says no more.
func (a at) make(f view.From, show string) model.Text {
	if f.State == view.Absent || f.State == view.Empty {
		return model.Text{}
	}
	t := model.Text{Show: a.str(model.Clip(show, model.MaxText)), Origin: a.origin(f)}
	if f.Raw != show {
		t.Raw = a.str(model.Clip(f.Raw, model.MaxText))
	}
	return t
}

func (a at) text(t view.Text) model.Text { return a.make(t.From, t.Text) }

func (a at) texts(list []view.Text) []model.Text {
	var out []model.Text
	for i := range list {
		out = appendText(out, a.text(list[i]))
	}
	return out
}

// coded takes the standard's code where there is one: the hospital's own stands
// in Raw.
func (a at) coded(c view.Coded) model.Text {
	t := a.make(c.From, c.Display)
	var ok bool
	if t.Code, _, t.System, ok = c.CWE().Standard(); !ok {
		if t.Code, t.System = c.Code, c.System; t.Code == "" {
			t.Code, t.System = c.AltCode, c.AltSystem
		}
	}
	t.Code, t.System = a.str(t.Code), a.str(t.System)
	return t
}

func (a at) codes(list []view.Coded) []model.Text {
	var out []model.Text
	for _, c := range list {
		out = appendText(out, a.coded(c))
	}
	return out
}

// appendText leaves out what says nothing.
func appendText(list []model.Text, texts ...model.Text) []model.Text {
	for _, t := range texts {
		if t.Has() {
			list = append(list, t)
		}
	}
	return list
}

// quantity shows the number with its unit, as sent; neither is converted.
func (a at) quantity(q view.Quantity) model.Text {
	t := a.make(q.From, join(q.Number, q.Unit.Display))
	t.Code, t.System = a.str(q.Unit.Code), a.str(q.Unit.System)
	if q.Unit.Raw != "" && q.Unit.Has() {
		t.Raw = a.str(strings.TrimSpace(q.Raw + " " + q.Unit.Raw))
	}
	if t.Raw == t.Show {
		t.Raw = ""
	}
	return t
}

// join puts a unit behind a number; a blank stands before a unit of letters.
func join(number, unit string) string {
	if number == "" || unit == "" {
		return number
	}
	if c := unit[0] | 0x20; c >= 'a' && c <= 'z' {
		return number + " " + unit
	}
	return number + unit
}

func (a at) person(p view.Person) model.Text {
	show := p.Name
	if show == "" {
		show = p.ID
	}
	t := a.make(p.From, show)
	t.Code = a.str(p.ID)
	return t
}

func (a at) value(v *view.Value) model.Text {
	t := a.make(v.From, v.Show)
	if v.Coded != nil {
		t.Code, t.System = a.str(v.Coded.Code), a.str(v.Coded.System)
	}
	return t
}

func (a at) when(t view.Time) model.When {
	if !t.Has() {
		return model.When{}
	}
	w := model.When{Stamp: a.pool.stamp(t), Origin: a.origin(t.From)}
	if string(w.Stamp) != t.Raw {
		w.Raw = a.str(t.Raw)
	}
	return w
}

// stamp gives a time's digits as far as they were written, to the second;
// hours from 24 are of the next day.
func stamp(v view.Time) model.Stamp {
	t := v.Time
	s := ""
	switch {
	case t.Precision < hl7.Year:
		return ""
	case t.Precision == hl7.Year:
		return model.Stamp(fmt.Sprintf("%04d", t.Year))
	case t.Precision == hl7.Month:
		return model.Stamp(fmt.Sprintf("%04d%02d", t.Year, t.Month))
	}
	if s = t.Date(); s == "" {
		return ""
	}
	if t.Precision >= hl7.Hour {
		s += two(t.Hour % 24)
	}
	if t.Precision >= hl7.Minute {
		s += two(t.Minute)
	}
	if t.Precision >= hl7.Second {
		s += two(t.Sec)
	}
	return model.Stamp(s)
}

func two(n uint8) string { return string([]byte{'0' + n/10%10, '0' + n%10}) }

func (a at) place(p view.Place) model.Place {
	return model.Place{Ward: a.str(p.Ward), Room: a.str(p.Room), Bed: a.str(p.Bed), Raw: a.str(p.Raw)}
}

// dept is the department of an order, else where it was ordered.
func (a at) dept(o *view.Order) model.Text {
	if o.Dept.Has() {
		return a.coded(o.Dept)
	}
	t := a.make(o.Place.From, o.Place.Ward)
	return t
}
