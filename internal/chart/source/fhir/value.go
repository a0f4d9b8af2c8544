package fhir

import (
	"cmp"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
)

// concept reads a CodeableConcept, Coding or text: the sender's own words
// first, else the standard's, else a code.
func concept(n node) model.Text {
	if s, ok := n.v.(string); ok {
		return model.Text{Show: s, Origin: place(n)}
	}
	t := model.Text{Show: strings.TrimSpace(n.at("text").str()), Origin: place(n)}
	codings := n.each("coding")
	if len(codings) == 0 && n.at("code").has() && n.at("code").str() != "" {
		codings = []node{n}
	}
	for _, c := range codings {
		t.Show = cmp.Or(t.Show, strings.TrimSpace(c.at("display").str()))
		if t.Code == "" {
			t.Code, t.System = c.at("code").str(), c.at("system").str()
		}
	}
	t.Show = model.Clip(cmp.Or(t.Show, t.Code), model.MaxText)
	return t
}

func place(n node) *model.Origin { return placeIn(model.Ref{}, n.path) }

// placeIn is the origin of a value that names its item; nil where it says nothing.
func placeIn(ref model.Ref, path string) *model.Origin {
	if ref == (model.Ref{}) && path == "" {
		return nil
	}
	return &model.Origin{Ref: ref, Place: path}
}

// in names the item that a text stands in.
func in(ref model.Ref, t model.Text) model.Text {
	t.Origin = placeIn(ref, t.Origin.Within(model.Origin{}).Place)
	return t
}

// plain reads a text.
func plain(n node) model.Text {
	return model.Text{Show: model.Clip(strings.TrimSpace(n.str()), model.MaxText), Origin: place(n)}
}

func (r *reading) when(n node) model.When {
	s := n.str()
	if s == "" {
		return model.When{}
	}
	w := model.When{Stamp: stampOf(s, r.s.zone), Origin: place(n)}
	if w.Stamp == "" || len(s) > 19 { // more than the stamp says: parts of a second, another clock
		w.Raw = s
	}
	return w
}

// first gives the first time among several places.
func (r *reading) first(list ...node) model.When {
	for _, n := range list {
		if w := r.when(n); w.Has() {
			return w
		}
	}
	return model.When{}
}

// quantity reads a number with its unit; neither is converted.
func quantity(n node) model.Text {
	v := n.at("value").str()
	if v == "" {
		return model.Text{}
	}
	u := unit(n)
	return model.Text{Show: n.at("comparator").str() + v + gap(u.Show) + u.Show, Code: u.Code, System: u.System, Origin: place(n)}
}

func unit(n node) model.Text {
	u := n.at("unit").str()
	return model.Text{Show: cmp.Or(u, n.at("code").str()), Code: n.at("code").str(), System: n.at("system").str(), Origin: place(n.at("unit"))}
}

// gap stands between a number and a unit in Latin letters.
func gap(unit string) string {
	if unit != "" && unit[0] < 0x80 && unit != "%" {
		return " "
	}
	return ""
}

// notes reads Annotations.
func notes(list []node) (out []model.Text) {
	for _, n := range list {
		if t := plain(n.at("text")); t.Has() {
			out = append(out, t)
		}
	}
	return out
}

func appendText(list []model.Text, t model.Text) []model.Text {
	if !t.Has() {
		return list
	}
	for _, o := range list {
		if o.Show == t.Show {
			return list
		}
	}
	return append(list, t)
}

// follow finds what a Reference means: within the resource, in its Bundle, or
// anywhere in the files. The zero node is what is not there.
func (r *reading) follow(from *resource, ref node) node {
	name := ref.at("reference").str()
	if inner, ok := strings.CutPrefix(name, "#"); ok {
		for _, c := range from.node.each("contained") {
			if c.at("id").str() == inner {
				return c
			}
		}
		return node{}
	}
	if name == "" || r.err != nil {
		return node{}
	}
	at, ok := r.t.resolve(from.e.bundle, name)
	if !ok {
		return node{}
	}
	if p := r.t.entries[at].patient; p != nobody && r.p != nil && r.t.patients[p].id != r.p.id {
		return node{} // nothing of another patient, whatever refers to it
	}
	if res, ok := r.fetched[at]; ok {
		return res.node
	}
	if e := &r.t.entries[at]; r.t.packed[e.file] {
		r.skipped += e.offset
	}
	if len(r.fetched) >= maxFetched || r.skipped > maxSkipped {
		return node{}
	}
	list, err := r.s.fetch(r.ctx, r.t, []int{at})
	if err != nil {
		r.err = err
		return node{}
	}
	r.fetched[at] = &list[0]
	return list[0].node
}

// named shows whom or what a Reference means: its display, else the name of
// what it leads to, else an identifier.
func (r *reading) named(from *resource, ref node) model.Text {
	if d := plain(ref.at("display")); d.Has() {
		return d
	}
	n := r.follow(from, ref)
	if inner := n.at("practitioner"); inner.has() { // PractitionerRole
		if t := r.named(from, inner); t.Has() {
			return t
		}
	}
	out := model.Text{Origin: place(ref)}
	for _, name := range n.each("name") {
		if s, ok := name.v.(string); ok {
			out.Show = cmp.Or(out.Show, s)
			continue
		}
		full := name.at("text").str()
		if full == "" {
			given := ""
			for _, g := range name.each("given") {
				given += " " + g.str()
			}
			full = strings.TrimSpace(name.at("family").str() + given)
		}
		if !kanaOnly(full) || out.Show == "" {
			if out.Show == "" || kanaOnly(out.Show) {
				out.Show = full
			}
		}
	}
	if out.Show == "" {
		out.Show = ref.at("identifier", "value").str()
	}
	return out
}

// extension finds an extension by the end of its address.
func extension(n node, end string) node {
	for _, e := range n.each("extension") {
		if strings.HasSuffix(e.at("url").str(), end) {
			return e
		}
	}
	return node{}
}

// origin is that of a row.
func (x *resource) origin() model.Origin { return model.Origin{Ref: x.ref} }
