package ssmix2

import (
	"cmp"
	"slices"
	"strconv"
)

// Record is one file of standard storage or one content folder of extended
// storage, seen by its name.
type Record struct {
	Name
	Root     int32  // number in Store.Roots
	Extended bool   // a content folder: its files are listed by Store.Content
	Dir      string // the folder that holds it, in the store's file system
	File     string // its own name there
}

// Path is where the record stands in the store's file system.
func (r *Record) Path() string { return r.Dir + "/" + r.File }

// Standing says what became of a record by the rule of versions.
type Standing uint8

// The standings.
const (
	Current   Standing = iota + 1 // there is a valid version
	Deleted                       // all versions are invalid
	Uncertain                     // no valid version, though it was not deleted: perhaps an interrupted copy
)

// Item is one thing that was recorded, in all its versions.
type Item struct {
	Standing Standing
	Shown    int   // the version to show, as a place in the records given; for Deleted the newest
	Others   []int // the further versions, newest first
}

// Resolve applies the rule of versions to the records of one patient: those
// of the same patient, date, type and order are versions of one thing; valid
// ones (flag 1) win, of several the one sent last; without any the newest
// superseded one is shown with a warning, unless a newer invalid one says
// that it was deleted. Diagnoses (PPR-01) are kept apart by department, as
// some hospitals write one list for each. It reads names only: that a message
// takes its own event back is said by Judge.
//
// Items come sorted by type, date (newest first), order and department. It
// sorts a copy of the places, nothing of records is changed.
func Resolve(records []Record) ([]Item, []Lint) {
	places := make([]int, len(records))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int {
		x, y := &records[a], &records[b]
		if c := compareKey(x, y); c != 0 {
			return c
		}
		return cmp.Compare(y.Sent, x.Sent)
	})
	var items []Item
	var l lints
	for from := 0; from < len(places); {
		to := from + 1
		for to < len(places) && compareKey(&records[places[from]], &records[places[to]]) == 0 {
			to++
		}
		items = append(items, resolve(records, places[from:to], &l))
		from = to
	}
	return items, l
}

func compareKey(a, b *Record) int {
	extended := func(r *Record) int {
		if r.Extended {
			return 1
		}
		return 0
	}
	if c := cmp.Or(cmp.Compare(extended(a), extended(b)), cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.Date, a.Date), cmp.Compare(a.Order, b.Order),
		cmp.Compare(a.Patient, b.Patient)); c != 0 || a.Kind != "PPR-01" {
		return c
	}
	return cmp.Compare(a.Dept, b.Dept)
}

// resolve judges the versions of one thing, newest first.
func resolve(records []Record, versions []int, l *lints) Item {
	const valid, old, void = Valid - '0', Superseded - '0', Invalid - '0'
	var best, count [3]int // newest place in versions, and how many, by flag
	for i, v := range versions {
		flag := (records[v].Flag - '0') % 3
		if count[flag]++; count[flag] == 1 {
			best[flag] = i
		}
	}
	item := Item{Standing: Current}
	show := best[valid]
	switch {
	case count[valid] > 0:
		shown := &records[versions[show]]
		if count[valid] > 1 {
			l.add(TwoValid, shown.Path(), strconv.Itoa(count[valid]))
		}
		if newest := &records[versions[best[void]]]; count[void] > 0 && newest.Sent > shown.Sent {
			l.add(NewerDeleted, shown.Path(), shown.Sent, newest.Sent)
		}
	case count[old] > 0 && (count[void] == 0 || best[old] < best[void]):
		show = best[old]
		item.Standing = Uncertain
		l.add(NoneValid, records[versions[show]].Path())
	default:
		show = best[void]
		item.Standing = Deleted
	}
	item.Shown = versions[show]
	if len(versions) > 1 {
		item.Others = append(append(make([]int, 0, len(versions)-1), versions[:show]...), versions[show+1:]...)
	}
	return item
}
