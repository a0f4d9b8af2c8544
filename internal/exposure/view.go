package exposure

import (
	"context"
	"slices"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/exposure/kev"
	"github.com/torideproject/toride/internal/exposure/pack"
)

// view is everything that was computed from one state of the register and one
// catalogue.
type view struct {
	targets map[string]Target
	matches []Match // those that are or become cases, the most pressing first
	groups  []Group
	beyond  []Beyond
	outside int // outside lines whose version was compared or could not be
}

// Group is a product of which no ranges are known, on assets that are no
// outside lines: too many for cases, never dropped.
type Group struct {
	Vendor     string // catalogue's name
	Product    string // as in the register
	Assets     int
	Entries    int
	Ransomware int
	Newest     string // day on which the newest entry was added
}

// Beyond is how many entries were judged to be about other versions.
type Beyond struct {
	Target Target
	Count  int
}

// lineKinds on which an asset's own matches become cases even when no range is
// known: the device of an outside line is judged through its line.
func targetsOf(lines []asset.Line, assets []asset.Asset) []Target {
	byID := make(map[string]asset.Asset, len(assets))
	for _, a := range assets {
		byID[a.ID] = a
	}
	through := map[string]bool{}
	var out []Target
	for _, l := range lines {
		t := Target{Ref: "line/" + l.ID, Name: l.Name, Maker: l.Maker, Model: l.Model, OS: l.OS, Version: l.Version,
			Vendor: l.VendorID, Outside: true, Updated: l.UpdatedAt}
		if a, ok := byID[l.AssetID]; ok {
			through[l.AssetID] = true
			t.Priority = a.Priority
			t.fill(a)
		}
		out = append(out, t)
	}
	for _, a := range assets {
		if !through[a.ID] {
			out = append(out, Target{Ref: "asset/" + a.ID, Name: a.Name, Maker: a.Maker, Model: a.Model, OS: a.OS, Version: a.Version,
				Vendor: a.VendorID, Priority: a.Priority, Updated: a.UpdatedAt})
		}
	}
	return out
}

// fill takes from the line's device what the line does not say itself.
func (t *Target) fill(a asset.Asset) {
	if t.Maker == "" && t.Model == "" && t.OS == "" {
		t.Maker, t.Model, t.OS = a.Maker, a.Model, a.OS
	}
	if t.Version == "" {
		t.Version = a.Version
	}
	if t.Vendor == "" {
		t.Vendor = a.VendorID
	}
}

// compute matches all targets with all entries. It takes time in the number of
// targets and of matches.
func compute(p *pack.Pack, ix *index, targets []Target) *view {
	v := &view{targets: make(map[string]Target, len(targets))}
	groups := map[string]*Group{}
	for _, t := range targets {
		v.targets[t.Ref] = t
		hits := ix.find(t)
		if t.Outside {
			v.outside++
		}
		if len(hits) == 0 {
			continue
		}
		if !t.Outside && !t.isFortiOS() {
			group(groups, ix, t, hits)
			continue
		}
		version, ok := pack.ParseVersion(t.Version)
		beyond := 0
		for _, i := range hits {
			j := judge(p, t, ix.entries[i], version, ok)
			if j.Verdict == pack.Beyond {
				beyond++
				continue
			}
			v.matches = append(v.matches, Match{Target: t, Entry: ix.entries[i], Judged: j})
		}
		if beyond > 0 {
			v.beyond = append(v.beyond, Beyond{Target: t, Count: beyond})
		}
	}
	slices.SortFunc(v.matches, compare)
	for _, g := range groups {
		v.groups = append(v.groups, *g)
	}
	slices.SortFunc(v.groups, func(a, b Group) int {
		if c := b.Assets - a.Assets; c != 0 {
			return c
		}
		return b.Entries - a.Entries
	})
	return v
}

// group counts an asset under its product.
func group(groups map[string]*Group, ix *index, t Target, hits []int) {
	product := t.OS
	if product == "" {
		product = t.Model
	}
	entry := ix.entries[hits[0]]
	key := entry.Vendor + "\x00" + product
	g := groups[key]
	if g == nil {
		g = &Group{Vendor: entry.Vendor, Product: product, Entries: len(hits)}
		for _, i := range hits {
			if ix.entries[i].Ransomware {
				g.Ransomware++
			}
			g.Newest = max(g.Newest, ix.entries[i].Added)
		}
		groups[key] = g
	}
	g.Assets++
}

// current gives the view of the present register and catalogue. It is computed
// again only when the ledger has grown or another catalogue was carried in.
func (x *Exposure) current(ctx context.Context) (*view, Feed, error) {
	feed, err := x.Feed(ctx)
	if err != nil {
		return nil, feed, err
	}
	head, err := x.book.Head(ctx)
	if err != nil {
		return nil, feed, err
	}
	key := head.String() + feed.ID
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.view != nil && x.viewAt == key {
		return x.view, feed, nil
	}
	if x.ix == nil || x.feed.ID != feed.ID {
		var entries []kev.Entry
		if feed.ID != "" {
			if entries, err = x.entries(ctx); err != nil {
				return nil, feed, err
			}
		}
		x.ix, x.feed = newIndex(entries), feed
	}
	lines, err := x.register.Lines(ctx)
	if err != nil {
		return nil, feed, err
	}
	assets, _, err := x.register.Assets(ctx, asset.Filter{})
	if err != nil {
		return nil, feed, err
	}
	x.view, x.viewAt = compute(x.pack, x.ix, targetsOf(lines, assets)), key
	return x.view, feed, nil
}
