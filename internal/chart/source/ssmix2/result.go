package ssmix2

import (
	"cmp"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/view"
)

// result is a row of the laboratory before it is known which rows hold: the
// texts that other rows say, too, are theirs. Rows are made as messages are read, and each message goes.
type result struct {
	life                                view.Life
	stage                               view.Stage
	item, unit, limits, panel, specimen model.Shared[model.Text]
	flag                                model.Shared[model.Computed[string]]
	key                                 model.Shared[model.Computed[view.Key]]
	values, notes                       []model.Text
	line, group, order                  string
	collected                           *model.When
	place                               *model.Origin
	infection                           *model.Infection // what it says of an infection, without its origin
	culture                             bool
}

// result makes a row of a result but for its panel, specimen and collection.
func (a at) result(o *view.Result) result {
	x := result{life: o.Life, stage: o.Stage, item: a.pool.whole(a.coded(o.Item)), unit: a.pool.whole(a.coded(o.Unit)), limits: a.pool.whole(a.text(o.Range)),
		flag: a.pool.flag(o), key: a.pool.key(o), line: a.pool.line(o), group: a.str(o.Group.Text), notes: a.texts(o.Notes), place: a.origin(o.Item.From)}
	if len(o.Values) > 0 {
		x.values = make([]model.Text, len(o.Values))
	}
	for i := range o.Values {
		x.values[i] = a.value(&o.Values[i])
	}
	return x
}

// lab makes a row of the chart; ref is the item's, sent is when it was.
func (x *result) lab(ref model.Ref, sent string) model.Lab {
	return model.Lab{Life: x.life, Stage: x.stage, Item: x.item, Line: x.line, Values: x.values, Unit: x.unit, Range: x.limits, Flag: x.flag, Key: x.key,
		Collected: *x.collected, Reported: model.When{Stamp: model.Stamp(sent)}, Panel: x.panel, Specimen: x.specimen, Group: x.group, Culture: x.culture, Order: x.order,
		Notes: x.notes, Origin: x.place.Within(model.Origin{Ref: ref})}
}

// results makes the rows of a message of the laboratory, in the order of
// view.LabPlace.Result.
func (a at) results(v *view.View, name ssmix2.Name) []result {
	n := 0
	for i := range v.Lab.Panels {
		n += len(v.Lab.Panels[i].Results)
	}
	out := make([]result, 0, n)
	for i := range v.Lab.Panels {
		p := &v.Lab.Panels[i]
		panel, specimen := a.pool.whole(a.coded(p.Code)), a.pool.whole(a.coded(v.LabSpecimen(p)))
		order := a.str(cmp.Or(p.Number.Text, name.Order))
		for k := range p.Results {
			o := &p.Results[k]
			x := a.result(o)
			x.collected, x.panel, x.specimen, x.order = a.pool.when(a.when(v.LabCollected(p, o))), panel, specimen, order
			x.culture = micro(jlac(&o.Item)) || micro(jlac(&p.Code))
			if a.aboutInfection(o) {
				about := a.infection(o, *x.collected)
				x.infection = &about
			}
			out = append(out, x)
		}
	}
	return out
}

// micro tells microbiology by the first characters of JLAC10.
func micro(code string) bool {
	return len(code) > 1 && code[0] == '6' && code[1] >= 'A' && code[1] <= 'C'
}

// lineOf gives the system, the code and the unit of a result: see pool.line.
func lineOf(o *view.Result) [3]string {
	code, _, system, ok := o.Item.CWE().Local()
	if !ok || code == "" {
		if code, system = jlac(&o.Item), "JC10"; code == "" {
			code, system = cmp.Or(o.Item.Code, o.Item.Display), o.Item.System
		} else if len(code) > 12 {
			code = code[:12]
		}
	}
	return [3]string{system, code, cmp.Or(o.Unit.Display, o.Unit.Code)}
}

func (a at) infection(o *view.Result, when model.When) model.Infection {
	x := model.Infection{Name: a.coded(o.Item), At: when, Mark: model.Computed[string]{Rule: "infection.mark"}}
	if len(o.Values) == 0 || o.Life != view.Live {
		return x
	}
	x.Result = a.value(&o.Values[0])
	for i := range o.Values[1:] {
		x.Result.Show += " " + o.Values[1+i].Show
	}
	x.Mark = computed(a.pool, source.InfectionMark(o.Values[0].Show))
	return x
}

// aboutInfection tells a result about an infection by JLAC10 (HBs, HBc, HCV, HIV,
// syphilis), by the item's name, and by an organism's name as the result.
func (a at) aboutInfection(o *view.Result) bool {
	if o.Stage == view.Ordered || o.Stage == view.Pending {
		return false
	}
	code := jlac(&o.Item)
	for _, prefix := range []string{"5F016", "5F018", "5F360", "5F500", "5F560", "5E071", "5E074", "5E075"} {
		if strings.HasPrefix(code, prefix) {
			return true
		}
	}
	names, known := a.pool.names[o.Item.Display]
	if !known {
		names = source.NamesInfection(o.Item.Display)
		a.pool.names[a.str(o.Item.Display)] = names
	}
	return names || slices.ContainsFunc(o.Values, func(v view.Value) bool { return source.NamesOrganism(v.Show) })
}
