package view

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
// OBR-26 (same group, and the same item where both are given). A panel counts as
// microbiology if its JLAC10 code begins with 6. It is a view upon the
// same results, which stay in their panels.
func (p *Panels) Cultures() []Culture {
	var out []Culture
	for i := range p.Panels {
		panel := &p.Panels[i]
		if panel.Parent.Has() || !micro(panel) {
			continue
		}
		first := len(out)
		for _, r := range panel.Results {
			if !r.Group.Has() {
				continue
			}
			at := -1
			for j := first; j < len(out); j++ {
				if out[j].Group == r.Group.Text {
					at = j
				}
			}
			if at < 0 {
				at = len(out)
				out = append(out, Culture{Panel: i, Group: r.Group.Text})
			}
			out[at].Results = append(out[at].Results, r)
		}
	}
	for i := range p.Panels {
		if parent := p.Panels[i].Parent; parent.Has() {
			for j := range out {
				if out[j].Group == parent.Group && out[j].names(parent) {
					out[j].Tests = append(out[j].Tests, i)
				}
			}
		}
	}
	return out
}

// names reports whether the organism is the one of OBR-26, whose item real
// senders write in a code of their own; the text decides.
func (c *Culture) names(p Parent) bool {
	if p.Value == "" {
		return true
	}
	for i := range c.Results {
		v := c.Results[i].Show()
		if fold(v) == fold(p.Value) {
			return true
		}
		for _, x := range c.Results[i].Values {
			if x.Coded != nil && x.Coded.Is(p.Value) {
				return true
			}
		}
	}
	return false
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
