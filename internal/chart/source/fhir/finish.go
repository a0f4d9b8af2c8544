package fhir

import (
	"cmp"
	"slices"

	"github.com/torideproject/toride/internal/chart/model"
)

// finish finds everybody's patient and sorts.
func (b *builder) finish() *table {
	t := b.t
	of := make([]int32, len(b.subjects))
	for i := range b.subjects {
		of[i] = b.find(&b.subjects[i])
	}
	place := map[int32]uint32{} // root → place in t.patients
	var roots []int32
	for i := range t.entries {
		e := &t.entries[i]
		if e.patient == nobody {
			continue
		}
		root := of[e.patient]
		if root < 0 {
			t.lost++
			e.patient = nobody
			continue
		}
		root = b.people.root(root)
		at, ok := place[root]
		if !ok {
			at = uint32(len(roots)) //nolint:gosec // at most maxResources
			place[root] = at
			roots = append(roots, root)
		}
		e.patient = at
		t.sent = max(t.sent, int64(e.sent))
	}
	rank := b.name(roots)
	b.beds(of, place, rank)
	t.sort(rank)
	b.people, b.subjects, b.last = nil, nil, nil
	return t
}

// beds gives patients the stay that is not known to have ended. Of an Encounter
// in several versions the one sent last counts; of several stays the one that
// began last, with a doubt.
func (b *builder) beds(of []int32, place map[int32]uint32, rank []uint32) {
	slices.SortStableFunc(b.lying, func(x, y lying) int { return cmp.Compare(x.sent, y.sent) })
	newest := map[[2]uint64]int{}
	for i, l := range b.lying {
		if root := of[l.subject]; root >= 0 {
			newest[[2]uint64{uint64(b.people.root(root)), l.encounter}] = i //nolint:gosec // a root is no negative number
		}
	}
	for i, l := range b.lying {
		if l.bed == nil || of[l.subject] < 0 {
			continue
		}
		root := b.people.root(of[l.subject])
		if newest[[2]uint64{uint64(root), l.encounter}] != i { //nolint:gosec // a root is no negative number
			continue
		}
		p := &b.t.patients[rank[place[root]]]
		doubt := p.bed != nil
		if p.bed == nil || p.bed.Admitted < l.bed.Admitted {
			p.bed, p.location, p.bundle = l.bed, l.location, l.bundle
		}
		p.bed.Doubt = p.bed.Doubt || doubt
	}
	b.lying = nil
}

// find gives the person of a subject, whom nobody may have described; -1 where
// it means several.
func (b *builder) find(x *subject) int32 {
	if x.person >= 0 {
		return x.person
	}
	for _, h := range x.hashes {
		if b.people.two[h] {
			return -1
		}
		if i, ok := b.people.find(h); ok {
			return i
		}
	}
	if len(x.hashes) == 0 {
		return -1
	}
	i := b.people.add(person{name: x.name, number: x.number, rank: numberRank(x.number)})
	for _, h := range x.hashes {
		b.people.by[h] = i
	}
	return i
}

// name makes the patients of the roots, sorted by number, and gives their
// ranks. Two people with one number get names of their own.
func (b *builder) name(roots []int32) []uint32 {
	t := b.t
	t.patients = make([]patient, len(roots))
	order := make([]int, len(roots))
	used := map[string]int{}
	for i, r := range roots {
		x := &b.people.all[r]
		p := patient{id: cmp.Or(x.id(), "?"), brief: x.brief, facility: x.number.System, notices: x.notices}
		if !x.known {
			p.notices = append(p.notices, model.Notice{Level: model.Warn, Code: "fhir.no_patient", Args: []string{p.id}})
		}
		if used[p.id]++; used[p.id] > 1 {
			p.notices = append(p.notices, model.Notice{Level: model.Danger, Code: "fhir.number_of_two", Args: []string{p.id}})
			p.id += "#" + itoa(used[p.id])
		}
		t.patients[i], order[i] = p, i
	}
	slices.SortFunc(order, func(x, y int) int { return compareIDs(t.patients[x].id, t.patients[y].id) })
	rank := make([]uint32, len(roots))
	sorted := make([]patient, len(roots))
	for i, at := range order {
		rank[at] = uint32(i) //nolint:gosec // at most maxResources
		sorted[i] = t.patients[at]
	}
	t.patients = sorted
	return rank
}
