package ssmix2

import (
	"slices"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// recentDates is how many of a patient's newest dates a quick walk looks into.
const recentDates = 3

// A mark has two halves: the upper one is of all names, the lower one of those
// that a quick walk looks at.

// recent tells which of a patient's dates a quick walk looks into: "-" and the
// newest recentDates of each root.
func recent(dates []ssmix2.Dir) map[string]bool {
	out := map[string]bool{}
	left, root := 0, int32(-1)
	for i := len(dates) - 1; i >= 0; i-- { // root by root, sorted
		if dates[i].Root != root {
			root, left = dates[i].Root, recentDates
		}
		_, name := split(dates[i].Path)
		if name == "-" {
			out[dates[i].Path] = true
		} else if left > 0 {
			out[dates[i].Path] = true
			left--
		}
	}
	return out
}

// hash is FNV-1a of 32 bits, which needs no memory.
type hash uint32

const emptyHash hash = 2166136261

func (h hash) add(s string) hash {
	for i := range len(s) {
		h = (h ^ hash(s[i])) * 16777619
	}
	return (h ^ 0xff) * 16777619
}

// hashAll is a sum, so that it can be told anew from what came and what went.
func hashAll(records []ssmix2.Record) uint32 {
	sum := uint32(0)
	for i := range records {
		sum += hashOf(&records[i])
	}
	return sum
}

func hashOf(r *ssmix2.Record) uint32 { return uint32(emptyHash.add(r.Dir).add(r.File)) }

func hashRecent(l *ssmix2.Listing) uint32 {
	h, look := emptyHash, recent(l.Dates)
	for _, d := range l.Dates {
		h = h.add(d.Path)
	}
	for i := range l.Records {
		if date, _ := split(l.Records[i].Dir); look[date] {
			h = h.add(l.Records[i].Dir).add(l.Records[i].File)
		}
	}
	return uint32(h)
}

// counts tells of each kind how many items there are and when the newest was
// sent. What was deleted does not count.
func counts(l *ssmix2.Listing, items []ssmix2.Item) []source.Count {
	var out []source.Count
	folder := ""
	for _, it := range items { // sorted by kind within standard and extended storage
		if it.Standing == ssmix2.Deleted {
			continue
		}
		rec := &l.Records[it.Shown]
		i := len(out) - 1
		if rec.Extended {
			if f := rec.TypeFolder(); f != folder || i < 0 {
				folder = f
				kind := documentKind(f)
				if i = slices.IndexFunc(out, func(c source.Count) bool { return c.Kind == kind }); i < 0 {
					i, out = len(out), append(out, source.Count{Kind: kind})
				}
			} else {
				kind := documentKind(folder)
				i = slices.IndexFunc(out, func(c source.Count) bool { return c.Kind == kind })
			}
		} else if i < 0 || out[i].Kind != rec.Kind {
			i, out = len(out), append(out, source.Count{Kind: rec.Kind})
		}
		out[i].Items++
		out[i].Newest = max(out[i].Newest, model.Stamp(rec.Sent))
	}
	return out
}
