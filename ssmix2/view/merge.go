package view

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/ssmix2"
)

// File is a View with the name of its file. Give the merging functions what
// ssmix2.Resolve shows (the newest valid version of each item); superseded
// versions only where first reports are asked for.
type File struct {
	Name ssmix2.Name
	View *View
}

// sorted gives the files with a view whose name is of this patient's types, the
// oldest sent first; equal times by name, so that the order of the input does
// not matter.
func sorted(files []File, kinds ...string) []File {
	var out []File
	for _, f := range files {
		if f.View != nil && slices.Contains(kinds, f.Name.Kind) {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b File) int {
		if c := strings.Compare(a.Name.Sent, b.Name.Sent); c != 0 {
			return c
		}
		return strings.Compare(a.Name.String(), b.Name.String()) // made for equal times alone: it takes memory
	})
	return out
}

// MergedAllergy is an allergy with the file it stands in.
type MergedAllergy struct {
	Allergy
	File ssmix2.Name `json:"file"`
	// Older: it stands in a file that a newer one of the same type replaces. It
	// is given because an allergy is never dropped.
	Older bool `json:"older,omitempty"`
}

// AllergyList is every allergy of a patient. Where a type is not stored the
// empty list does not mean that there is none.
type AllergyList struct {
	Items []MergedAllergy `json:"items,omitempty"`
	// Details and List say whether a valid ADT-00 and ADT-61 were among the
	// files.
	Details bool `json:"details"`
	List    bool `json:"list"`
}

// Allergies brings together IAM of ADT-61 and AL1 of ADT-00 (and of any other
// message that carries them): both are given, each labelled by its source and
// file, nothing is taken as the same. Of a type with several files the newest
// comes first and the others' items are Older.
func Allergies(files []File) AllergyList {
	var out AllergyList
	seen := map[string]bool{}
	var all []File
	for _, f := range files {
		if f.View != nil && (len(f.View.Allergies) > 0 || f.Name.Kind == "ADT-00" || f.Name.Kind == "ADT-61") && f.View.Life == Live {
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b File) int {
		return cmp.Or(allergyRank(a)-allergyRank(b), strings.Compare(b.Name.Sent, a.Name.Sent), strings.Compare(a.Name.String(), b.Name.String()))
	})
	for _, f := range all {
		out.Details = out.Details || f.Name.Kind == "ADT-00"
		out.List = out.List || f.Name.Kind == "ADT-61"
		older := seen[f.Name.Kind]
		seen[f.Name.Kind] = true
		for _, a := range f.View.Allergies {
			out.Items = append(out.Items, MergedAllergy{a, f.Name, older})
		}
	}
	return out
}

func allergyRank(f File) int {
	switch f.Name.Kind {
	case "ADT-61":
		return 0
	case "ADT-00":
		return 1
	}
	return 2
}

// MergedProblem is a diagnosis with the file it stands in and how many older
// ones it replaced.
type MergedProblem struct {
	Problem
	File     ssmix2.Name `json:"file"`
	Replaced int         `json:"replaced,omitempty"`
}

// Problems brings together the diagnoses of several PPR-01 (departments that
// write a list each; no source says which list wins): those with the same
// PRB-4, or without one the same disease, day and classification, are one, and
// the one sent last holds, deletions too. The list is sorted: main diagnoses,
// others, suspected, then those that ended, and those deleted last; within by
// the day they were set, newest first.
func Problems(files []File) []MergedProblem {
	var out []MergedProblem
	at := map[string]int{}
	for _, f := range sorted(files, "PPR-01") {
		for _, p := range f.View.Problems {
			key := problemKey(&p)
			if i, ok := at[key]; ok && key != "" {
				out[i] = MergedProblem{p, f.Name, out[i].Replaced + 1}
				continue
			}
			at[key] = len(out)
			out = append(out, MergedProblem{p, f.Name, 0})
		}
	}
	slices.SortStableFunc(out, func(a, b MergedProblem) int {
		return cmp.Or(problemRank(&a.Problem)-problemRank(&b.Problem), strings.Compare(b.SetAt.Day, a.SetAt.Day))
	})
	return out
}

func problemKey(p *Problem) string {
	if p.Instance.Has() {
		return "4|" + p.Instance.Text
	}
	if !p.Disease.Has() && !p.Name.Has() {
		return ""
	}
	// The uncoded disease (20084317) is told apart by its name.
	return strings.Join([]string{"3", p.Disease.Code, p.Disease.Display, p.Name.Text, p.SetAt.Day, p.Class.Raw}, "|")
}

func problemRank(p *Problem) int {
	switch active := p.Active(); {
	case p.Life != Live:
		return 4
	case !active.Value:
		return 3
	case p.Suspected():
		return 2
	case p.Main():
		return 0
	}
	return 1
}

// MergedResult is one item of a laboratory result: the version that holds and
// the ones before it.
type MergedResult struct {
	Result
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
	Result Result      `json:"result"`
	File   ssmix2.Name `json:"file"`
}

// Labs brings together laboratory results (OML-11): the same item, group and
// specimen of the same order and time of collection is one result, of which the
// one sent last holds; P, F and C follow each other that way. A preliminary
// result sent later than a final one does not replace it. Results of different
// orders are never merged, nor are different units. A patient's order
// (OML-01) is not a result: see Orders. Sorted by time of collection, newest
// first, then as sent.
func Labs(files []File) []MergedResult {
	messages := sorted(files, "OML-11")
	most := 0
	for _, f := range messages {
		if f.View.Lab != nil {
			for i := range f.View.Lab.Panels {
				most += len(f.View.Lab.Panels[i].Results)
			}
		}
	}
	out := make([]MergedResult, 0, most) // results are large: growing would copy each several times
	at := make(map[string]int, most)
	for _, f := range messages {
		if f.View.Lab == nil {
			continue
		}
		twice := map[string]int{}
		for i := range f.View.Lab.Panels {
			p := &f.View.Lab.Panels[i]
			for _, r := range p.Results {
				m := merged(f, p, r)
				key := m.key()
				twice[key]++
				if n := twice[key]; n > 1 { // the same item twice in one message: two results
					key += "#" + string(rune('0'+min(n, 1000)))
				}
				if k, ok := at[key]; ok {
					out[k].replace(m)
					continue
				}
				at[key] = len(out)
				out = append(out, m)
			}
		}
	}
	return byCollection(out)
}

// byCollection sorts results, the newest first, by moving each of them once:
// they are large.
func byCollection(list []MergedResult) []MergedResult {
	type place struct {
		at time.Time
		i  int
	}
	places := make([]place, len(list))
	for i := range list {
		places[i] = place{list[i].Collected.Time.In(nowhere()), i}
	}
	slices.SortStableFunc(places, func(a, b place) int { return b.at.Compare(a.at) })
	if len(list) == 0 {
		return nil
	}
	for first := range places { // along each cycle of places
		held, to := list[first], first
		for places[to].i != first && places[to].i >= 0 {
			from := places[to].i
			list[to], places[to].i = list[from], -1
			to = from
		}
		if places[to].i == first {
			list[to], places[to].i = held, -1
		}
	}
	return list
}

func merged(f File, p *Panel, r Result) MergedResult {
	m := MergedResult{Result: r, File: f.Name, Order: p.Number.Text, Panel: p.Code, First: f.Name.Sent}
	if m.Order == "" {
		m.Order = f.Name.Order
	}
	var spm Time
	if p.Specimen >= 0 && p.Specimen < len(f.View.Lab.Specimens) {
		s := &f.View.Lab.Specimens[p.Specimen]
		m.Specimen, spm = s.Kind, s.Collected
	}
	m.Collected = first(r.At, spm, p.Start)
	return m
}

func (m *MergedResult) key() string {
	code, system := m.Item.CWE().Key()
	if code == "" {
		code = m.Item.Display
	}
	return strings.Join([]string{m.Order, system, code, m.Panel.Code, m.Group.Text, m.Specimen.Code, m.Collected.Raw, m.Unit.Code, m.Unit.Text}, "\x00")
}

func (m *MergedResult) replace(next MergedResult) {
	// What was withdrawn stands in nobody's way: a preliminary result sent
	// behind it is the one to show.
	firm := func(s Stage) bool { return s == Final || s == Corrected }
	if firm(m.Stage) && !firm(next.Stage) {
		m.Earlier = append(m.Earlier, Version{next.Result, next.File})
		return
	}
	next.First = m.First
	next.Earlier = append(m.Earlier, Version{m.Result, m.File})
	*m = next
}
