package view

import "github.com/torideproject/toride/hl7"

// Specimen is an SPM segment.
type Specimen struct {
	Set       Text     `json:"set,omitzero"`
	ID        Text     `json:"id,omitzero"`
	Kind      Coded    `json:"kind,omitzero"`      // SPM-4
	Site      Coded    `json:"site,omitzero"`      // SPM-8
	Amount    Quantity `json:"amount,omitzero"`    // SPM-12
	Collected Time     `json:"collected,omitzero"` // SPM-17, its beginning where it is a range
	Until     Time     `json:"until,omitzero"`     // SPM-17's end
	Findings  []Result `json:"findings,omitempty"`
}

// Parent is OBR-26: the result that this panel belongs to, such as the organism
// of a susceptibility test.
type Parent struct {
	From
	Item  Coded  `json:"item,omitzero"`
	Group string `json:"group,omitempty"`
	Value string `json:"value,omitempty"`
}

// Panel is an OBR segment with all that belongs to it: an order for tests or
// examinations, or what came of it.
type Panel struct {
	Life Life `json:"life"`
	// Order is the ORC that stands before or behind the OBR; its Control is
	// absent if there is none.
	Order     Order       `json:"order,omitzero"`
	Specimen  int         `json:"specimen"`          // place in the list of specimens; -1: none
	Number    Text        `json:"number,omitzero"`   // OBR-2
	Filler    Text        `json:"filler,omitzero"`   // OBR-3
	Code      Coded       `json:"code,omitzero"`     // OBR-4
	Start     Time        `json:"start,omitzero"`    // OBR-7
	End       Time        `json:"end,omitzero"`      // OBR-8
	Danger    Coded       `json:"danger,omitzero"`   // OBR-12: the specimen is dangerous
	Clinical  Text        `json:"clinical,omitzero"` // OBR-13
	By        Person      `json:"by,omitzero"`       // OBR-16
	Reported  Time        `json:"reported,omitzero"` // OBR-22
	Section   Text        `json:"section,omitzero"`  // OBR-24
	Status    Text        `json:"status,omitzero"`   // OBR-25
	Parent    Parent      `json:"parent,omitzero"`   // OBR-26
	Above     Text        `json:"above,omitzero"`    // OBR-29
	Planned   Time        `json:"planned,omitzero"`  // OBR-36
	Timings   []Timing    `json:"timings,omitempty"`
	Results   []Result    `json:"results,omitempty"`
	Notes     []Text      `json:"notes,omitempty"`
	Performed []Performed `json:"performed,omitempty"`
	Studies   []Study     `json:"studies,omitempty"`

	// Of a slim view: what stands for Results, and how many Performed and Studies
	// there were.
	marks []mark
	done  int
}

// Panels is what the messages of tests and examinations hold.
type Panels struct {
	Specimens []Specimen `json:"specimens,omitempty"`
	Panels    []Panel    `json:"panels,omitempty"`
	// Orders are ORC segments without any OBR.
	Orders []Order `json:"orders,omitempty"`
	Notes  []Text  `json:"notes,omitempty"` // before the first panel
}

// panelReader keeps what is open. Senders write SPM OBR ORC OBX and SPM ORC OBR
// OBX alike: an ORC belongs to the OBR right before it if that has none yet and
// the order's number does not speak against it, else to the next OBR.
type panelReader struct {
	out     Panels
	pending *Order   // an ORC whose OBR has not come
	timings []Timing // TQ1 between them
	fresh   bool     // the last panel has had nothing but notes and timings so far
	results []Result // room for all results of the message, of which lists take their parts
}

// PanelsOf reads OBR and what belongs to it from OML, OUL, OMG, OMI and ORU
// messages. Results without any OBR make a panel of their own, without code.
func PanelsOf(m *hl7.Message) Panels {
	var r panelReader
	panels, results := 0, 0
	for s := range m.Segments() {
		switch s.ID() {
		case "OBR":
			panels++
		case "OBX":
			results++
		}
	}
	if panels > 0 {
		r.out.Panels = make([]Panel, 0, panels)
	}
	r.results = make([]Result, 0, results)
	for s := range m.Segments() {
		r.read(s)
	}
	r.drop()
	return r.out
}

// put adds a result to a list: in the room made for all of them as long as the
// list is the last that took from it, so that a message of many results is not
// copied over and over. A list has no room of its own behind it: nobody who
// appends to one writes into the next.
func (r *panelReader) put(list []Result, add Result) []Result {
	if cap(r.results) == len(r.results) {
		return append(list, add)
	}
	n, k := len(list), len(r.results)
	if n > 0 && (k == 0 || &list[n-1] != &r.results[k-1]) {
		return append(list, add)
	}
	r.results = append(r.results, add)
	return r.results[k-n : k+1 : k+1]
}

func (r *panelReader) last() *Panel {
	if n := len(r.out.Panels); n > 0 {
		return &r.out.Panels[n-1]
	}
	return nil
}

func (r *panelReader) drop() {
	if r.pending != nil {
		r.out.Orders = append(r.out.Orders, *r.pending)
	}
	r.pending, r.timings = nil, nil
}

func (r *panelReader) read(s hl7.Segment) {
	p := r.last()
	switch s.ID() {
	case "SPM":
		r.drop()
		r.out.Specimens = append(r.out.Specimens, specimen(s))
		r.fresh = false
	case "ORC":
		r.orc(order(s))
	case "OBR":
		r.obr(s)
	case "TQ1":
		switch {
		case r.pending != nil:
			r.timings = append(r.timings, timing(s))
		case p != nil:
			p.Timings = append(p.Timings, timing(s))
		}
	case "NTE":
		r.note(p, text(s, 3))
	case "OBX":
		r.obx(s)
	case "ZE1", "ZE2", "IPC":
		if p == nil {
			p = r.panel(Panel{Life: Live, Specimen: -1})
		}
		p.perform(s)
		r.fresh = false
	}
}

func (r *panelReader) panel(p Panel) *Panel {
	r.out.Panels = append(r.out.Panels, p)
	return r.last()
}

func (r *panelReader) orc(o Order) {
	p := r.last()
	if p != nil && r.fresh && r.pending == nil && p.Order.Life == "" &&
		(!o.Number.Has() || !p.Number.Has() || o.Number.Text == p.Number.Text) {
		p.Order, p.Life = o, o.Life
		return
	}
	r.drop()
	r.pending, r.fresh = &o, false
}

func (r *panelReader) obr(s hl7.Segment) {
	p := Panel{Life: Live, Specimen: len(r.out.Specimens) - 1, Number: word(s, 2), Filler: word(s, 3), Code: coded(s, 4), Start: when(s, 7), End: when(s, 8),
		Danger: coded(s, 12), Clinical: text(s, 13), By: person(s, 16), Reported: when(s, 22), Section: word(s, 24), Status: word(s, 25), Above: word(s, 29),
		Planned: when(s, 36)}
	if v := s.Field(26); v.Has() {
		f := from(s, 26, 1, v)
		code, value := v.Comp(1), v.Comp(3)
		item := hl7.CWEOf(code)
		p.Parent = Parent{f, codedOf(From{At: f.At, State: f.State}, item), v.Comp(2).Text(), value.All()}
	}
	if r.pending != nil {
		p.Order, p.Life, p.Timings = *r.pending, r.pending.Life, r.timings
	}
	if p.Status.Text == "X" { // OBR-25: no result, the order was cancelled
		p.Life = Cancelled
	}
	r.pending, r.timings, r.fresh = nil, nil, true
	r.panel(p)
}

func (r *panelReader) note(p *Panel, t Text) {
	switch {
	case p == nil || r.pending != nil:
		r.out.Notes = append(r.out.Notes, t)
	case len(p.Results) > 0:
		last := &p.Results[len(p.Results)-1]
		last.Notes = append(last.Notes, t)
	default:
		p.Notes = append(p.Notes, t)
	}
}

func (r *panelReader) obx(s hl7.Segment) {
	p := r.last()
	n := len(r.out.Specimens)
	switch {
	case r.pending != nil: // ORC OBX without OBR
		o := *r.pending
		p = r.panel(Panel{Life: o.Life, Order: o, Specimen: n - 1, Timings: r.timings})
		r.pending, r.timings = nil, nil
	case n > 0 && (p == nil || p.Specimen < n-1):
		spm := &r.out.Specimens[n-1]
		spm.Findings = r.put(spm.Findings, result(s))
		return
	case p == nil:
		p = r.panel(Panel{Life: Live, Specimen: -1})
	}
	r.fresh = false
	if k := len(p.Performed); k > 0 {
		p.Performed[k-1].Findings = r.put(p.Performed[k-1].Findings, result(s))
		return
	}
	p.Results = r.put(p.Results, result(s))
}

func specimen(s hl7.Segment) Specimen {
	out := Specimen{Set: word(s, 1), ID: word(s, 2), Kind: coded(s, 4), Site: coded(s, 8), Amount: quantity(s, 12), Collected: when(s, 17)}
	if end := s.Field(17).Comp(2); end.Has() {
		out.Until = timeOf(from(s, 17, 1, end), hl7.TimeOf(end))
	}
	return out
}
