package view

import (
	"slices"
	"sort"
)

// Culture is what grew in one specimen: the items of a panel that share OBX-4.
type Culture struct {
	Panel   int      `json:"panel"` // place in Panels
	Group   string   `json:"group"`
	Results []Result `json:"results"` // organism and amount, in their order
	// Tests are the susceptibility panels that name this organism as their
	// parent result (OBR-26).
	Tests []int `json:"tests,omitempty"`
}

// Cultures takes the microbiology out of a laboratory message: pairs of organism
// and amount by OBX-4, and the susceptibility panels that belong to each by
// OBR-26 (same group, and the same organism where it is named). A panel counts as
// microbiology if its JLAC10 code begins with 6. It is a view upon the
// same results, which stay in their panels.
func (p *Panels) Cultures() []Culture {
	var out []Culture
	named := map[string][]int{} // group and organism → places in out, in the order of panels
	for i := range p.Panels {
		panel := &p.Panels[i]
		if panel.Parent.Has() || !micro(panel) {
			continue
		}
		groups := map[string]int{}
		for _, r := range panel.Results {
			if !r.Group.Has() {
				continue
			}
			at, ok := groups[r.Group.Text]
			if !ok {
				at = len(out)
				groups[r.Group.Text] = at
				out = append(out, Culture{Panel: i, Group: r.Group.Text})
				named[r.Group.Text+"\x00"] = append(named[r.Group.Text+"\x00"], at)
			}
			out[at].Results = append(out[at].Results, r)
			for _, name := range organism(&r) {
				key := r.Group.Text + "\x00" + name
				named[key] = append(named[key], at)
			}
		}
	}
	for i := range p.Panels {
		parent := p.Panels[i].Parent
		if !parent.Has() {
			continue
		}
		list := named[parent.Group+"\x00"+fold(parent.Value)]
		if len(list) == 0 {
			continue
		}
		// The nearest culture before the test, else the first one behind it.
		k := sort.Search(len(list), func(k int) bool { return out[list[k]].Panel > i })
		at := list[max(k-1, 0)]
		out[at].Tests = append(out[at].Tests, i)
	}
	return out
}

// organism gives what OBR-26 may call a result by: its text or one of its codes.
// The item's own code is not compared: real senders write another one there.
func organism(r *Result) []string {
	var out []string
	for _, v := range r.Values {
		out = append(out, fold(v.Show))
		if v.Coded != nil {
			out = append(out, v.Coded.Code, v.Coded.AltCode)
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

func micro(p *Panel) bool {
	if c := p.Code.Code; len(c) > 1 && c[0] == '6' && c[1] >= 'A' && c[1] <= 'C' {
		return true
	}
	for _, r := range p.Results {
		if c := r.Item.Code; len(c) > 1 && c[0] == '6' && c[1] >= 'A' && c[1] <= 'C' {
			return true
		}
	}
	return false
}
