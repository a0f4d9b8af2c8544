package view

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"unique"

	"github.com/torideproject/toride/ssmix2"
)

// MergedResult is one item of a laboratory result: the version that holds and
// the ones before it. Result is that of the file's View, never nil: results are
// large, and a patient may have a hundred thousand.
type MergedResult struct {
	*Result
	File      ssmix2.Name `json:"file"`
	Order     string      `json:"order,omitempty"`
	Panel     Coded       `json:"panel,omitzero"`
	Specimen  Coded       `json:"specimen,omitzero"`
	Collected Time        `json:"collected,omitzero"` // OBX-14, else SPM-17, else OBR-7
	// First is when the item was first reported among these files.
	First string `json:"first,omitempty"`
	// Earlier are the versions that this one replaced, oldest first.
	Earlier []Version `json:"earlier,omitempty"`
}

// Version is a superseded version of a result.
type Version struct {
	Result *Result     `json:"result"` // of the file's View, never nil
	File   ssmix2.Name `json:"file"`
}

// Labs brings together laboratory results (OML-11): the same item, group and
// specimen of the same order and time of collection is one result, of which the
// one sent last holds; P, F and C follow each other that way. A preliminary
// result sent later than a final one does not replace it. Results of different
// orders are never merged, nor are different units. A patient's order
// (OML-01) is not a result: see Orders. Sorted by time of collection, newest
// first, then as sent. Of a slim View (View.Slim) nothing is given: LabPlaces
// says where its results stood.
func Labs(files []File) []MergedResult {
	places := LabPlaces(files)
	if len(places) == 0 {
		return nil
	}
	out := make([]MergedResult, 0, len(places))
	for i := range places {
		f := files[places[i].File]
		p, r := f.View.LabResult(places[i].Result)
		if r == nil {
			continue
		}
		m := MergedResult{Result: r, File: f.Name, Order: orderOf(f.Name, p), Panel: p.Code, First: files[places[i].First].Name.Sent,
			Specimen: f.View.LabSpecimen(p), Collected: f.View.LabCollected(p, r)}
		for _, e := range places[i].Earlier {
			if _, r := files[e.File].View.LabResult(e.Result); r != nil {
				m.Earlier = append(m.Earlier, Version{r, files[e.File].Name})
			}
		}
		out = append(out, m)
	}
	return out
}

// LabPlace says where one version of a laboratory result stands: File counts the
// files that were given, Result the results of its panels (View.Lab) one behind
// the other, both from 0.
type LabPlace struct {
	File, Result int32
}

// MergedPlace is where the version of a result stands that holds.
type MergedPlace struct {
	LabPlace
	First   int32      // the file that reported it first
	Earlier []LabPlace // the versions that this one replaced, oldest first
}

// LabPlaces is Labs for who makes rows of his own of each message and lets go of
// it (View.Slim) before the next is read: it says which results hold, in the
// same order, and not what they say. A place takes some 40 bytes.
func LabPlaces(files []File) []MergedPlace {
	type merging struct {
		MergedPlace
		firm bool
		at   int64
	}
	messages, most := sortedPlaces(files, "OML-11"), 0
	for _, k := range messages {
		for _, p := range panelsOf(files[k]) {
			most += len(p.Results) + len(p.marks)
		}
	}
	out, at := make([]merging, 0, most), make(map[resultKey]int32, most)
	for _, k := range messages {
		view := files[k].View
		if view.Lab == nil {
			continue
		}
		twice, n := map[resultKey]uint64{}, int32(-1)
		for i := range view.Lab.Panels {
			for _, m := range view.marks(files[k].Name, &view.Lab.Panels[i]) {
				n++
				place, key := LabPlace{k, n}, m.key
				twice[key]++
				if again := twice[key]; again > 1 { // the same item twice in one message: two results
					key = key.again(min(again, 1000))
				}
				old, ok := at[key]
				if !ok {
					at[key] = int32(len(out)) //nolint:gosec // results of one patient
					out = append(out, merging{MergedPlace{LabPlace: place, First: k}, m.firm, m.at})
					continue
				}
				// What was withdrawn stands in nobody's way: a preliminary result sent
				// behind it is the one to show.
				if o := &out[old]; o.firm && !m.firm {
					o.Earlier = append(o.Earlier, place)
				} else {
					o.Earlier = append(o.Earlier, o.LabPlace)
					o.LabPlace, o.firm, o.at = place, m.firm, m.at
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b merging) int { return cmp.Compare(b.at, a.at) })
	list := make([]MergedPlace, len(out))
	for i := range out {
		list[i] = out[i].MergedPlace
	}
	return list
}

// LabResult gives a result of the view's laboratory panels by LabPlace.Result,
// with its panel; nil where there is none, or where the view is slim.
func (v *View) LabResult(n int32) (*Panel, *Result) {
	if v.Lab == nil || n < 0 {
		return nil, nil
	}
	for i := range v.Lab.Panels {
		p := &v.Lab.Panels[i]
		if int(n) < len(p.Results) {
			return p, &p.Results[n]
		}
		n -= int32(len(p.Results)) //nolint:gosec // less than n
	}
	return nil, nil
}

// LabSpecimen is the kind of specimen of a panel of View.Lab (SPM-4).
func (v *View) LabSpecimen(p *Panel) Coded {
	if s := v.specimen(p); s != nil {
		return s.Kind
	}
	return Coded{}
}

// LabCollected is when the specimen of a result of View.Lab was taken: OBX-14,
// else SPM-17, else OBR-7.
func (v *View) LabCollected(p *Panel, r *Result) Time {
	var spm Time
	if s := v.specimen(p); s != nil {
		spm = s.Collected
	}
	return first(r.At, spm, p.Start)
}

func (v *View) specimen(p *Panel) *Specimen {
	if v.Lab == nil || p.Specimen < 0 || p.Specimen >= len(v.Lab.Specimens) {
		return nil
	}
	return &v.Lab.Specimens[p.Specimen]
}

// orderOf is the number of the order that a panel of a result belongs to.
func orderOf(name ssmix2.Name, p *Panel) string {
	if p.Number.Text != "" {
		return p.Number.Text
	}
	return name.Order
}

// resultKey stands for all that makes two laboratory results one: a hash long
// enough that two results never have the same by chance.
type resultKey [16]byte

// again tells a result apart that stands in one message several times.
func (k resultKey) again(n uint64) resultKey {
	sum := sha256.Sum256(binary.AppendUvarint(slices.Clone(k[:]), n))
	return resultKey(sum[:16])
}

// mark is what the merging functions ask of a result: some 50 bytes of its 1,100.
type mark struct {
	key     resultKey
	at      int64 // time of collection, in microseconds
	test    unique.Handle[test]
	firm    bool // final or corrected
	arrived bool // a result is there
}

// test tells what a result is of.
type test struct {
	hospital                bool // it has a code of the hospital's own
	local, system, standard string
}

// testOf takes the hospital's own code, and the first twelve characters of
// JLAC10 (analyte, identification and material), as the method is known only
// afterwards.
func testOf(c *Coded) test {
	var t test
	t.local, _, t.system, t.hospital = c.CWE().Local()
	if code, _, _, _ := c.CWE().Standard(); len(code) >= 12 {
		t.standard = code[:12]
	}
	return t
}

// same compares an ordered item with a result's: by the hospital's own codes
// where both have one of the same system, else by the standard's.
func (t test) same(o test) bool {
	if t.hospital && o.hospital && t.local != "" && t.system == o.system {
		return t.local == o.local
	}
	return t.standard != "" && t.standard == o.standard
}

// marks gives the marks of a panel's results; name is the message's.
func (v *View) marks(name ssmix2.Name, p *Panel) []mark {
	if p.marks != nil {
		return p.marks
	}
	out := make([]mark, len(p.Results))
	specimen, order, buf := v.LabSpecimen(p).Code, orderOf(name, p), []byte(nil)
	for i := range p.Results {
		r := &p.Results[i]
		code, system := r.Item.CWE().Key()
		if code == "" {
			code = r.Item.Display
		}
		collected := v.LabCollected(p, r)
		buf = buf[:0]
		for _, s := range [...]string{order, system, code, p.Code.Code, r.Group.Text, specimen, collected.Raw, r.Unit.Code, r.Unit.Text} {
			buf = append(append(buf, s...), 0)
		}
		sum := sha256.Sum256(buf)
		out[i] = mark{key: resultKey(sum[:16]), at: collected.Time.In(nowhere()).UnixMicro(), test: unique.Make(testOf(&r.Item)),
			firm: r.Stage == Final || r.Stage == Corrected, arrived: arrived(r)}
	}
	return out
}

// Slim gives of the view of laboratory results (OML-11) what the merging
// functions (Labs excepted) ask of it, with the patient and the allergies: a few
// kilobytes for who has made rows of the results and lets the rest go. Patient
// and allergies still keep the message's text in memory. name is the message's,
// as it will stand in File. Of a view without laboratory panels it gives the
// view itself.
func (v *View) Slim(name ssmix2.Name) *View {
	if v.Lab == nil {
		return v
	}
	out := &View{Kind: v.Kind, Known: v.Known, Life: v.Life, Patient: v.Patient, Allergies: v.Allergies, Lab: &Panels{Panels: make([]Panel, len(v.Lab.Panels))}}
	out.Header.Message, out.Header.Trigger = short(v.Header.Message), short(v.Header.Trigger)
	for i := range v.Lab.Panels {
		p := &v.Lab.Panels[i]
		number := p.Number
		if !number.Has() {
			number = p.Order.Number
		}
		number.Raw, number.Text = "", short(number.Text)
		out.Lab.Panels[i] = Panel{Life: p.Life, Specimen: -1, Number: number, marks: v.marks(name, p), done: p.done + len(p.Performed) + len(p.Studies)}
	}
	return out
}

// short gives a text that keeps nothing else in memory.
func short(s string) string { return unique.Make(s).Value() }
