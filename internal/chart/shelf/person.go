package shelf

import (
	"slices"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// withPerson makes sure that a source says whose record it has: without that
// nobody sees that two sources speak of two people.
func withPerson(want source.Want) source.Want {
	if want.Only != nil && !want.Needs(model.Who) {
		want.Only = append(slices.Clone(want.Only), model.Who)
	}
	return want
}

// onePerson leaves out what sources have of another person under the number: a
// chart never holds two people's records. The first source that has the number
// as it was asked for says who is meant, else the first that has anything. Of
// the same number, name and birth have to differ; of one that differs by leading
// zeros, anything does. What is left out is a store without the patient and a
// notice of danger that says whose record it holds.
func onePerson(id string, charts []*model.Chart) []*model.Chart {
	at := slices.IndexFunc(charts, func(c *model.Chart) bool { return len(c.Items) > 0 && c.ID == id })
	if at < 0 {
		at = slices.IndexFunc(charts, func(c *model.Chart) bool { return len(c.Items) > 0 })
	}
	if at < 0 {
		return charts
	}
	meant := charts[at]
	out := slices.Clone(charts)
	for i, c := range out {
		if i == at || len(c.Items) == 0 {
			continue
		}
		a, b := meant.Person.Identity(), c.Person.Identity()
		if c.ID == meant.ID && !model.Another(a, b) || c.ID != meant.ID && len(model.Differences(a, b)) == 0 {
			continue
		}
		out[i] = leftOut(c)
	}
	return out
}

// leftOut stands for a chart of another person.
func leftOut(c *model.Chart) *model.Chart {
	out := &model.Chart{ID: c.ID, Today: c.Today}
	for _, st := range c.Stores {
		st.Absent, st.Newest = true, ""
		out.Stores = append(out.Stores, st)
		id := c.Person.Identity()
		name, birth := id.Who()
		out.Notices = append(out.Notices, model.Notice{Level: model.Danger, Code: "patient.other_root", Args: []string{st.Label, c.ID, name, birth}})
	}
	return out
}

// present takes from sources that do not know the patient what they would say of
// his lists, where another one knows him: that they hold allergies of other
// people does not make "nothing recorded" of a copy that holds none at all.
func present(charts []*model.Chart) []*model.Chart {
	if !slices.ContainsFunc(charts, func(c *model.Chart) bool { return len(c.Items) > 0 }) {
		return charts
	}
	out := slices.Clone(charts)
	for i, c := range out {
		if !absent(c) || slices.ContainsFunc(c.Stores, func(st model.Store) bool { return st.Failed }) {
			continue
		}
		silent := *c
		for _, l := range silent.Lists() {
			if *l.State == model.NoRecord {
				*l.State = ""
			}
		}
		out[i] = &silent
	}
	return out
}
