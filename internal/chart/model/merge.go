package model

import (
	"cmp"
	"slices"
	"strings"

	"github.com/torideproject/toride/ssmix2/view"
)

// Merge makes one chart of what several sources hold about one patient. Nothing
// is dropped and nothing taken as the same: rows of all sources stand in one
// list, each with its origin. A list's state is that of the source that says
// most: rows before a statement that there is none, that before what could not
// be read, that before "nothing recorded", that before "not stored". The person
// is taken from the source that says most of him, and what that one leaves out
// from the others; where they say different things of birth, name or sex nothing
// is filled in and each difference is a notice of danger. Nil charts are passed
// over. The charts share their rows with what is made of them: change neither.
func Merge(charts ...*Chart) *Chart {
	charts = slices.DeleteFunc(slices.Clone(charts), func(c *Chart) bool { return c == nil })
	switch len(charts) {
	case 0:
		return &Chart{}
	case 1:
		return charts[0]
	}
	out := &Chart{ID: charts[0].ID, Today: charts[0].Today}
	for _, c := range charts {
		if len(c.Items) > 0 {
			out.ID = c.ID
			break
		}
	}
	for _, c := range charts {
		out.Items = append(out.Items, c.Items...)
		out.Stores = append(out.Stores, c.Stores...)
		out.Notices = append(out.Notices, c.Notices...)
	}
	mergePerson(out, charts)
	mergeLists(out, charts)
	out.Items = SortRows(out.Items, func(a, b *Item) int {
		return cmp.Or(strings.Compare(b.Day, a.Day), newer(a.Sent, b.Sent), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Ref.Source, b.Ref.Source), strings.Compare(a.Ref.Item, b.Ref.Item))
	})
	out.Notices = sortNotices(out.Notices)
	return out
}

// newer orders stamps, the newest first; none is last.
func newer(a, b Stamp) int { return strings.Compare(string(b), string(a)) }

func mergeLists(out *Chart, in []*Chart) {
	for _, l := range lists() {
		l.merge(out, in)
	}
	if out.Allergies.State == SaysNone && slices.ContainsFunc(out.Allergies.Rows, func(a Allergy) bool { return a.Life == view.Live && !a.SaysNone.Value }) {
		out.Allergies.State = Some
	}
}

func merged[T any](charts []*Chart, of func(*Chart) *List[T], order func(a, b *T) int) List[T] {
	var out List[T]
	for _, c := range charts {
		l := of(c)
		out.State = stronger(out, *l)
		out.Rows = append(out.Rows, l.Rows...)
		for _, k := range l.Kinds {
			if !slices.Contains(out.Kinds, k) {
				out.Kinds = append(out.Kinds, k)
			}
		}
		out.Newest = max(out.Newest, l.Newest)
		out.Unread += l.Unread
		out.Broken += l.Broken
	}
	out.Rows = SortRows(out.Rows, order)
	return out
}

// stronger gives the state that says most.
func stronger[T any](a, b List[T]) State {
	if weightOf(b) > weightOf(a) {
		return b.State
	}
	return a.State
}

func weightOf[T any](l List[T]) int {
	switch l.State {
	case Some:
		return 7
	case SaysNone:
		return 6
	case Unreadable:
		return 5
	case NoRecord:
		return 3
	case Unknown:
		if l.Unread > 0 { // something is there and was not read
			return 4
		}
		return 2
	case NotStored:
		return 1
	}
	return 0
}

// rankAllergy puts what holds before statements of none, and what was taken
// back last.
func rankAllergy(a *Allergy) int {
	switch {
	case a.Life != view.Live:
		return 3
	case a.SaysNone.Value:
		return 2
	case a.Older:
		return 1
	}
	return 0
}

func rankProblem(p *Problem) int {
	switch {
	case p.Life != view.Live:
		return 4
	case p.Active.OK && !p.Active.Value:
		return 3
	case p.Suspected:
		return 2
	case p.Main:
		return 0
	}
	return 1
}

// sortNotices puts the most pressing first and leaves out what was said twice.
func sortNotices(list []Notice) []Notice {
	level := func(n Notice) int { return slices.Index([]string{Danger, Warn, Info}, n.Level) }
	slices.SortStableFunc(list, func(a, b Notice) int { return level(a) - level(b) })
	out := list[:0]
	for _, n := range list {
		if !slices.ContainsFunc(out, func(o Notice) bool {
			return o.Code == n.Code && o.Level == n.Level && o.Ref == n.Ref && slices.Equal(o.Args, n.Args)
		}) {
			out = append(out, n)
		}
	}
	return out
}
