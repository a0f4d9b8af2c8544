package view

import (
	"cmp"
	"slices"
	"strings"

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
	for _, i := range sortedPlaces(files, kinds...) {
		out = append(out, files[i])
	}
	return out
}

// sortedPlaces is sorted by the files' places in the list.
func sortedPlaces(files []File, kinds ...string) []int32 {
	var out []int32
	for i, f := range files {
		if f.View != nil && slices.Contains(kinds, f.Name.Kind) {
			out = append(out, int32(i)) //nolint:gosec // files of one patient
		}
	}
	slices.SortStableFunc(out, func(i, k int32) int {
		a, b := &files[i].Name, &files[k].Name
		if c := strings.Compare(a.Sent, b.Sent); c != 0 {
			return c
		}
		return strings.Compare(a.String(), b.String()) // made for equal times alone: it takes memory
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
