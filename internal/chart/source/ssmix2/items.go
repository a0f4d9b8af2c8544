package ssmix2

import (
	"cmp"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2"
)

// namesOfItems lists everything that is stored, newest day first.
func (r *reader) namesOfItems() []model.Item {
	out := make([]model.Item, 0, len(r.items))
	for i := range r.items {
		out = append(out, r.item(i))
	}
	return model.SortRows(out, func(a, b *model.Item) int {
		return cmp.Or(strings.Compare(b.Day, a.Day), strings.Compare(string(b.Sent), string(a.Sent)), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Ref.Item, b.Ref.Item))
	})
}

func (r *reader) item(i int) model.Item {
	it := r.items[i]
	rec := &r.listing.Records[it.Shown]
	out := model.Item{Ref: r.s.ref(rec), Kind: kindOf(rec), Sent: model.Stamp(rec.Sent), Standing: standing(it.Standing), Suspect: r.fates[i] == suspect}
	if rec.Date != "-" {
		out.Day = rec.Date
	}
	if rec.Dept != "-" {
		out.Dept = rec.Dept
	}
	if strings.Trim(rec.Order, "9") != "" {
		out.Order = rec.Order
	}
	if !rec.Extended {
		out.Media = "hl7"
	}
	if k := r.jobOf[i]; k >= 0 {
		out.Confidential = r.jobs[k].confidential
		if m := r.jobs[k].media; m != "" {
			out.Media = m
		}
	}
	for _, k := range it.Others {
		o := &r.listing.Records[k]
		out.Older = append(out.Older, model.Older{Ref: r.s.ref(o), Sent: model.Stamp(o.Sent), Standing: olderStanding(o.Flag)})
	}
	return out
}

func standing(s ssmix2.Standing) string {
	switch s {
	case ssmix2.Deleted:
		return model.Deleted
	case ssmix2.Uncertain:
		return model.Uncertain
	}
	return model.Holds
}

func olderStanding(flag byte) string {
	if flag == ssmix2.Invalid {
		return model.Deleted
	}
	return model.Superseded // also a further valid one: the newest was taken
}

// tally is how many items of some kinds there are, and what became of them.
type tally struct {
	items, unread, broken int
	newest                model.Stamp
	kinds                 []string
}

// count counts the items whose kind feeds a list.
func (r *reader) count(feeds func(*ssmix2.Record) bool) tally {
	var t tally
	for i, it := range r.items {
		rec := &r.listing.Records[it.Shown]
		if !feeds(rec) {
			continue
		}
		if k := kindOf(rec); !slices.Contains(t.kinds, k) {
			t.kinds = append(t.kinds, k)
		}
		t.newest = max(t.newest, model.Stamp(rec.Sent))
		t.items++
		switch r.fates[i] {
		case unread:
			t.unread++
		case broken, suspect:
			t.broken++
		}
	}
	return t
}

func ofKinds(kinds []string) func(*ssmix2.Record) bool {
	return func(rec *ssmix2.Record) bool {
		return !rec.Extended && (slices.Contains(kinds, rec.Kind) || slices.Contains(kinds, "OML-11") && labLike(rec.Kind))
	}
}

// state says why a list is as it is.
func (r *reader) state(rows int, t tally, kinds []string) model.State {
	switch {
	case rows > 0:
		return model.Some
	case t.broken > 0:
		return model.Unreadable
	case t.unread > 0:
		return model.Unknown
	case t.items > 0:
		return model.NoRecord
	}
	return r.want.StateOf(kinds)
}

// list makes a part of the chart from its rows.
func list[T any](r *reader, rows []T, kinds []string) model.List[T] {
	if r.listing == nil {
		return model.List[T]{State: r.want.StateOf(kinds), Kinds: kinds}
	}
	t := r.count(ofKinds(kinds))
	return model.List[T]{State: r.state(len(rows), t, kinds), Rows: rows, Kinds: kinds, Newest: t.newest, Unread: t.unread, Broken: t.broken}
}

// split divides a path into its folder and the last name.
func split(path string) (dir, name string) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return ".", path
	}
	return path[:i], path[i+1:]
}
