package view

import (
	"slices"

	"github.com/torideproject/toride/ssmix2"
)

// Carried says what is known about an order being carried out.
type Carried string

// What is known. Unrecorded is 未実施または記録なし: no administration, or no
// result, was found for the order, which does not mean that there was none.
const (
	Unrecorded    Carried = "unrecorded"
	CarriedOut    Carried = "carried_out"
	PartlyCarried Carried = "partly"
	WasRefused    Carried = "refused"
	WasNotGiven   Carried = "not_given"
	Mixed         Carried = "mixed"    // the doses of one order have different outcomes
	Stated        Carried = "recorded" // there is a record that does not say how it went
	WasStopped    Carried = "stopped"  // the order was cancelled, and nothing was recorded for it
)

// MergedOrder is an order for a drug, an injection, tests or an examination with
// what was recorded for it.
type MergedOrder struct {
	Kind       string      `json:"kind"` // the order's data type
	File       ssmix2.Name `json:"file"`
	Number     string      `json:"number"`
	Group      string      `json:"group,omitempty"`
	Carried    Carried     `json:"carried"`
	Medication *Medication `json:"medication,omitempty"`
	Panel      *Panel      `json:"panel,omitempty"`
	Doses      []*Dose     `json:"doses,omitempty"`
	// Results counts the results of a test or examination that came.
	Results int           `json:"results,omitempty"`
	Records []ssmix2.Name `json:"records,omitempty"` // the files of doses and results
	Doubts  []Note        `json:"doubts,omitempty"`
}

// OrderList is all orders of a patient. Recorded lists the types of records
// (OMP-11, OMP-12, OML-11, OMG-11 …) that were among the files at all: for an
// order of a type without it, Unrecorded says nothing.
type OrderList struct {
	Orders   []MergedOrder `json:"orders,omitempty"`
	Recorded []string      `json:"recorded,omitempty"`
	// Unmatched are doses and results whose order is not among the files.
	Unmatched []ssmix2.Name `json:"unmatched,omitempty"`
}

// maxCompared bounds the comparisons of one call: a real patient's orders take
// thousands, up to two million where everything was stored for years. Orders beyond it carry the doubt order.not_compared.
const maxCompared = 5_000_000

type matcher struct {
	given  map[recordKey][]record
	used   map[string]bool
	budget int
}

// spend takes n comparisons out of the budget; false: there is not enough left.
func (w *matcher) spend(o *MergedOrder, n int) bool {
	if w.budget -= n; w.budget >= 0 {
		return true
	}
	w.budget = 0
	o.Doubts = append(o.Doubts, Note{"order.not_compared", []string{o.Number}})
	return false
}

type recordKey struct{ kind, number, group string }

// Orders compares orders with what was recorded for them: prescriptions with
// OMP-11, injections with OMP-12 by ORC-2 and ORC-4, and where the record has no
// ORC-4 by ORC-2 alone with a doubt; tests and examinations with their results by
// OBR-2 or ORC-2, and where single tests were ordered (OBX-11 O) by these. Superseded and deleted files must not be given.
func Orders(files []File) OrderList {
	var out OrderList
	w := matcher{given: map[recordKey][]record{}, used: map[string]bool{}, budget: maxCompared}
	for _, f := range sorted(files, "OMP-11", "OMP-12", "OML-11", "OMG-11", "OMG-12", "OMG-13") {
		if !slices.Contains(out.Recorded, f.Name.Kind) {
			out.Recorded = append(out.Recorded, f.Name.Kind)
		}
		collect(f, w.given)
	}
	slices.Sort(out.Recorded)
	for _, f := range sorted(files, "OMP-01", "OMP-02", "OML-01", "OMG-01", "OMG-02", "OMG-03") {
		out.Orders = append(out.Orders, w.ordersOf(f)...)
	}
	for _, f := range sorted(files, "OMP-11", "OMP-12", "OML-11", "OMG-11", "OMG-12", "OMG-13") {
		if !w.used[f.Name.String()] {
			out.Unmatched = append(out.Unmatched, f.Name)
		}
	}
	return out
}

type record struct {
	file  ssmix2.Name
	doses []Dose
	panel *Panel
}

// came counts what a panel reports: results that are there, not those still
// waited for, and what was done.
func came(p *Panel) int {
	n := p.done + len(p.Performed) + len(p.Studies)
	for i := range p.Results {
		if arrived(&p.Results[i]) {
			n++
		}
	}
	for i := range p.marks {
		if p.marks[i].arrived {
			n++
		}
	}
	return n
}

func arrived(r *Result) bool { return r.Life == Live && r.Stage != Ordered && r.Stage != Pending }

// reports tells whether a panel has a result of a test.
func (p *Panel) reports(want test) bool {
	return slices.ContainsFunc(p.Results, func(x Result) bool { return arrived(&x) && want.same(testOf(&x.Item)) }) ||
		slices.ContainsFunc(p.marks, func(m mark) bool { return m.arrived && want.same(m.test.Value()) })
}

// fill compares the tests that were ordered with the results that came.
func (w *matcher) fill(o *MergedOrder, list []record) {
	ordered, found, all := 0, 0, 0
	for _, r := range list {
		all += len(r.panel.Results) + len(r.panel.marks)
	}
	if o.Carried = Unrecorded; !w.spend(o, all*max(1, len(o.Panel.Results))) {
		return
	}
	all = 0
	for i := range o.Panel.Results {
		want := &o.Panel.Results[i]
		if want.Stage != Ordered {
			continue
		}
		ordered++
		item := testOf(&want.Item)
		for _, r := range list {
			if r.panel.reports(item) {
				found++
				break
			}
		}
	}
	for _, r := range list {
		all += came(r.panel)
	}
	switch {
	case ordered == 0 && all > 0:
		o.Carried, o.Results = CarriedOut, all
	case ordered > 0 && found == ordered:
		o.Carried, o.Results = CarriedOut, found
	case found > 0:
		o.Carried, o.Results = PartlyCarried, found
	case o.Panel.Life != Live:
		o.Carried = WasStopped
	default:
		o.Carried = Unrecorded
		if len(list) > 0 {
			o.Doubts = append(o.Doubts, Note{"order.other_results", []string{o.Number}})
		}
	}
}

// recordOf is the type that records what a type orders.
func recordOf(kind string) string { return kind[:len(kind)-2] + "1" + kind[len(kind)-1:] }

func collect(f File, given map[recordKey][]record) {
	for i := range f.View.Given {
		a := &f.View.Given[i]
		if a.Order.Life != Live {
			continue
		}
		number := a.Order.Number.Text
		if number == "" {
			number = f.Name.Order
		}
		k := recordKey{f.Name.Kind, number, a.Order.Group.Text}
		given[k] = append(given[k], record{file: f.Name, doses: a.Doses})
	}
	for _, p := range panelsOf(f) {
		k := recordKey{f.Name.Kind, panelNumber(f, p), ""}
		given[k] = append(given[k], record{file: f.Name, panel: p})
	}
}

func panelsOf(f File) []*Panel {
	all := f.View.Lab
	if all == nil {
		all = f.View.Exams
	}
	if all == nil {
		return nil
	}
	out := make([]*Panel, len(all.Panels))
	for i := range all.Panels {
		out[i] = &all.Panels[i]
	}
	return out
}

func panelNumber(f File, p *Panel) string {
	switch {
	case p.Number.Has():
		return p.Number.Text
	case p.Order.Number.Has():
		return p.Order.Number.Text
	}
	return f.Name.Order
}

func (w *matcher) ordersOf(f File) (out []MergedOrder) {
	kind := recordOf(f.Name.Kind)
	for _, list := range [][]Medication{f.View.Prescription, f.View.Injections} {
		for i := range list {
			d := &list[i]
			o := MergedOrder{Kind: f.Name.Kind, File: f.Name, Number: d.Order.Number.Text, Group: d.Order.Group.Text, Medication: d}
			if o.Number == "" {
				o.Number = f.Name.Order
			}
			exact := w.given[recordKey{kind, o.Number, o.Group}]
			if len(exact) == 0 && o.Group != "" {
				if exact = w.given[recordKey{kind, o.Number, ""}]; len(exact) > 0 {
					o.Doubts = append(o.Doubts, Note{"order.group_unsaid", []string{o.Number}})
				}
			}
			w.match(&o, exact)
			o.Carried = carried(o.Doses, len(o.Records) > 0, d.Life)
			out = append(out, o)
		}
	}
	for _, p := range panelsOf(f) {
		o := MergedOrder{Kind: f.Name.Kind, File: f.Name, Number: panelNumber(f, p), Panel: p}
		list := w.given[recordKey{kind, o.Number, ""}]
		w.match(&o, list)
		w.fill(&o, list)
		out = append(out, o)
	}
	return out
}

// match takes the records of an order; a prescription's doses are those of the
// same drug where the record names it.
func (w *matcher) match(o *MergedOrder, list []record) {
	n := len(list)
	for _, r := range list {
		n += len(r.doses)
	}
	if !w.spend(o, n) {
		return
	}
	for _, r := range list {
		w.used[r.file.String()] = true
		before := len(o.Doses)
		for i := range r.doses {
			if d := &r.doses[i]; d.Life == Live && o.ofDrug(d) {
				o.Doses = append(o.Doses, d)
			}
		}
		if (len(o.Doses) > before || r.panel != nil) && (len(o.Records) == 0 || o.Records[len(o.Records)-1] != r.file) {
			o.Records = append(o.Records, r.file)
		}
	}
}

// ofDrug tells whether a dose is of the ordered drug: of an injection any of
// its components.
func (o *MergedOrder) ofDrug(d *Dose) bool {
	m := o.Medication
	if m == nil || o.Kind == "OMP-02" || !m.Drug.Has() || !d.Drug.Has() {
		return true
	}
	switch {
	case m.Drug.Code != "" && d.Drug.Is(m.Drug.Code), m.Drug.AltCode != "" && d.Drug.Is(m.Drug.AltCode), m.Drug.Display == d.Drug.Display:
		return true
	case m.Drug.Code != "" && d.Drug.Code != "" && m.Drug.System == d.Drug.System: // two codes of one system are two drugs
		return false
	}
	return fold(m.Drug.Display) == fold(d.Drug.Display)
}

func carried(doses []*Dose, recorded bool, life Life) Carried {
	if len(doses) == 0 {
		switch {
		case life != Live:
			return WasStopped
		case recorded:
			return Stated
		}
		return Unrecorded
	}
	out := doses[0].Outcome
	for _, d := range doses[1:] {
		if d.Outcome != out {
			return Mixed
		}
	}
	switch out {
	case Given:
		return CarriedOut
	case Partial:
		return PartlyCarried
	case Refused:
		return WasRefused
	case NotGiven:
		return WasNotGiven
	}
	return Stated
}
