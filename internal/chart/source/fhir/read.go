package fhir

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// fate is what became of an item when it was to be read.
type fate uint8

const (
	notWanted fate = iota
	unread         // beyond the limit
	readWell
	broken
	older // a version that another one replaces
)

// item is one resource of the patient.
type item struct {
	e     *entry
	at    int
	kind  string
	fate  fate
	res   *resource
	older []int // places in items of the versions that this one replaces
}

// reading makes one chart.
type reading struct {
	ctx     context.Context
	s       *store
	t       *table
	p       *patient
	want    source.Want
	items   []item
	chart   *model.Chart
	fetched map[int]*resource // that references lead to
	skipped int64             // bytes of packed files that were read to get to what references lead to
	err     error
	times   map[string]model.Stamp // of the measures that stand in the head
}

// maxFetched is how many resources are read that references of a patient's
// resources lead to.
const maxFetched = 300

// maxSkipped bounds what is unpacked for them. Names of persons and places then
// stay as the references give them.
const maxSkipped = 512 << 20

func (s *store) refOf(t *table, e *entry) model.Ref {
	id := ""
	if e.patient != nobody {
		id = t.patients[e.patient].id
	}
	return model.Ref{Source: s.info.Name, Item: t.files[e.file] + "\x00" + strconv.FormatInt(e.offset, 10) + "\x00" + id}
}

// Read reads one patient: all his resources of the kinds that are needed, at
// most want.Limit of them, the newest last to be left out.
func (s *store) Read(ctx context.Context, id string, want source.Want) (*model.Chart, error) {
	t, err := s.load(ctx, false)
	if err != nil {
		return nil, err
	}
	r := &reading{ctx: ctx, s: s, t: t, want: want, chart: &model.Chart{ID: id, Today: want.Today}, fetched: map[int]*resource{}}
	st := model.Store{Source: s.info.Name, Label: s.info.Label, Format: Format, AsOf: model.StampOf(s.info.AsOf, s.zone)}
	r.p = t.choose(id)
	if st.Absent = r.p == nil; !st.Absent {
		r.chart.ID = r.p.id
		r.chart.Notices = slices.Clone(r.p.notices)
		if err := r.load(); err != nil {
			return nil, err
		}
		for i := range r.items {
			st.Newest = max(st.Newest, r.items[i].e.stamp())
		}
	}
	r.fill()
	if r.err != nil {
		return nil, r.err
	}
	r.names()
	r.general()
	r.chart.Stores = []model.Store{st}
	return r.chart, nil
}

// choose takes the number as it was asked for, else the only one that differs
// in leading zeros.
func (t *table) choose(id string) *patient {
	from, to := t.find(id)
	for i := from; i < to; i++ {
		if t.patients[i].id == id {
			return &t.patients[i]
		}
	}
	if to-from == 1 && id != "" {
		return &t.patients[from]
	}
	return nil
}

// load chooses what to read, reads it and puts versions together.
func (r *reading) load() error {
	needed := map[string]bool{"Patient": true}
	for _, p := range model.Parts() {
		if r.want.Needs(p) {
			for _, k := range feeding(p) {
				needed[k] = true
			}
		}
	}
	entries := r.t.of(r.p)
	r.items = make([]item, len(entries))
	var jobs []int
	for i := range entries {
		kind := r.t.kinds[entries[i].kind]
		r.items[i] = item{e: &entries[i], at: int(r.p.first) + i, kind: kind}
	}
	r.versions()
	for i := range r.items {
		if needed[r.items[i].kind] && r.items[i].fate != older {
			r.items[i].fate = unread
			jobs = append(jobs, i)
		}
	}
	slices.SortStableFunc(jobs, func(a, b int) int {
		x, y := &r.items[a], &r.items[b]
		return cmp.Or(weight(x.kind)-weight(y.kind), cmp.Compare(y.e.day, x.e.day), cmp.Compare(y.e.sent, x.e.sent), cmp.Compare(x.at, y.at))
	})
	limit := r.want.Limit
	if limit <= 0 {
		limit = source.DefaultLimit
	}
	jobs = jobs[:min(len(jobs), limit)]
	slices.Sort(jobs) // as they stand in the files
	places := make([]int, len(jobs))
	for i, j := range jobs {
		places[i] = r.items[j].at
	}
	list, err := r.s.fetch(r.ctx, r.t, places)
	if err != nil {
		return err
	}
	for i := range list {
		it := &r.items[jobs[i]]
		it.res, it.fate = &list[i], readWell
		if list[i].err != nil {
			it.fate = broken
			r.notice(model.Warn, "unreadable", list[i].ref, list[i].kind, list[i].err.Error())
		}
	}
	return nil
}

func (r *reading) notice(level, code string, ref model.Ref, args ...string) {
	const most = 40
	if len(r.chart.Notices) < most {
		r.chart.Notices = append(r.chart.Notices, model.Notice{Level: level, Code: "fhir." + code, Args: args, Ref: ref})
	}
}

// versions puts together what is one resource in several versions: the one sent
// last holds, of those without a time the one that stands last.
func (r *reading) versions() {
	groups := map[uint64][]int{}
	for i := range r.items {
		groups[r.items[i].e.id] = append(groups[r.items[i].e.id], i)
	}
	for i := range r.items {
		group := groups[r.items[i].e.id]
		if len(group) < 2 {
			continue
		}
		delete(groups, r.items[i].e.id)
		slices.SortStableFunc(group, func(a, b int) int {
			return cmp.Or(cmp.Compare(r.items[b].e.sent, r.items[a].e.sent), cmp.Compare(b, a))
		})
		head := &r.items[group[0]]
		for _, k := range group[1:] {
			r.items[k].fate = older
			head.older = append(head.older, k)
		}
	}
}

// of gives the resources of a type that hold.
func (r *reading) of(kinds ...string) []*resource {
	var out []*resource
	for i := range r.items {
		if it := &r.items[i]; it.fate == readWell && slices.Contains(kinds, it.kind) {
			out = append(out, it.res)
		}
	}
	return out
}

// fill makes the parts that are wanted, always in the same order.
func (r *reading) fill() {
	for _, part := range model.Parts() {
		if !r.want.Needs(part) {
			continue
		}
		switch part {
		case model.Allergies:
			r.allergies()
		case model.Infections:
			r.infections()
		case model.Problems:
			r.problems()
		case model.Drugs:
			r.drugs()
		case model.Injections:
			r.injections()
		case model.Labs:
			r.chart.Labs = r.results(part)
		case model.Vitals:
			r.chart.Vitals = r.results(part)
		case model.Stays:
			r.stays()
		case model.Meals:
			r.meals()
		case model.Orders:
			r.orders()
		case model.Reports:
			r.reports()
		}
	}
	if r.p != nil {
		r.person()
	}
}

// names lists all resources as items, newest day first.
func (r *reading) names() {
	for i := range r.items {
		it := &r.items[i]
		if it.fate == older {
			continue
		}
		x := model.Item{Ref: r.s.refOf(r.t, it.e), Kind: it.kind, Day: dayText(it.e.day), Sent: it.e.stamp(), Media: "fhir", Confidential: it.e.flags&flagMasked != 0}
		if it.kind == "Patient" {
			x.Day = ""
		}
		if it.res != nil && it.fate == readWell {
			x.Title = title(it.res.node)
			if mistaken(it.res.node) {
				x.Standing = model.Deleted
			}
		}
		for _, k := range it.older {
			o := &r.items[k]
			x.Older = append(x.Older, model.Older{Ref: r.s.refOf(r.t, o.e), Sent: o.e.stamp(), Standing: model.Superseded})
		}
		r.chart.Items = append(r.chart.Items, x)
	}
	slices.SortStableFunc(r.chart.Items, func(a, b model.Item) int {
		return cmp.Or(strings.Compare(b.Day, a.Day), strings.Compare(a.Kind, b.Kind), strings.Compare(string(b.Sent), string(a.Sent)))
	})
}

// mistaken: entered in error.
func mistaken(n node) bool {
	return n.at("status").str() == "entered-in-error" || n.at("docStatus").str() == "entered-in-error" || n.at("verificationStatus", "coding", "code").str() == "entered-in-error"
}

// title is what a resource is about, in its own words.
func title(n node) string {
	for _, names := range [][]string{{"title"}, {"description"}, {"type"}, {"code"}, {"vaccineCode"}, {"medicationCodeableConcept"}} {
		v := n.at(names...)
		if s, ok := v.v.(string); ok && s != "" {
			return s
		}
		if t := concept(v); t.Has() {
			return t.Show
		}
	}
	return ""
}

// general says what concerns the files as a whole. Of a patient who is not
// there it is worth less: it may be his, and most likely is not.
func (r *reading) general() {
	level := model.Warn
	if r.p == nil {
		level = model.Info
	}
	for i, d := range r.t.broken {
		if i == 5 {
			r.notice(level, "more_broken", model.Ref{}, itoa(len(r.t.broken)-5+r.t.more))
			break
		}
		r.notice(level, "broken", model.Ref{}, d.file, d.why)
	}
	if r.t.lost > 0 {
		r.notice(level, "lost", model.Ref{}, itoa(r.t.lost))
	}
}
