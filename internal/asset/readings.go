package asset

import (
	"context"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/text"
)

// Readings computes what the register shows: a handful of queries over the
// lists of lines, vendors, contracts and systems, and one count per gap over
// the assets.
func (g *Register) Readings(ctx context.Context) ([]reading.Reading, error) {
	lines, err := g.Lines(ctx)
	if err != nil {
		return nil, err
	}
	out := g.lineReadings(lines)
	duties, err := g.dutyReading(ctx, lines)
	if err != nil {
		return nil, err
	}
	out = append(out, duties)
	for _, more := range []func(context.Context) ([]reading.Reading, error){g.assetReadings, g.vendorReadings, g.systemReadings} {
		readings, err := more(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, readings...)
	}
	return out, nil
}

// reading makes one from how many of how many were found wanting. Without
// anything to look at it is Unknown: an empty register proves nothing.
func (g *Register) reading(id string, bad, total int, url string) reading.Reading {
	r := reading.Reading{ID: id, State: reading.Unknown, Basis: reading.Register, URL: url, Count: bad, Total: total}
	key := id + ".unknown"
	switch {
	case total == 0:
	case bad > 0:
		r.State, key = reading.Bad, id+".bad"
	default:
		r.State, key = reading.Good, id+".good"
	}
	if total > 0 {
		r.At = g.clock()
	}
	r.Say = text.M(key, bad, total)
	return r
}

// lineReading counts the lines for which bad holds. Lines about which the
// register knows nothing are counted apart: they make the reading Unknown
// unless others are bad.
func (g *Register) lineReading(id string, lines []Line, look func(Line) Answer) reading.Reading {
	r := g.reading(id, 0, len(lines), "/lines")
	open := 0
	for _, l := range lines {
		switch look(l) {
		case Yes:
			r.Count++
			if len(r.Items) < reading.MaxItems {
				r.Items = append(r.Items, reading.Item{Say: text.Raw(l.Name), URL: "/lines/" + l.ID})
			}
		case NotKnown:
			open++
		}
	}
	switch {
	case len(lines) == 0:
	case r.Count > 0:
		r.State, r.Say = reading.Bad, text.M(id+".bad", r.Count, len(lines))
	case open > 0:
		r.State, r.Say = reading.Unknown, text.M("asset.lines.open", open, len(lines))
	}
	return r
}

func yes(b bool) Answer {
	if b {
		return Yes
	}
	return No
}

// not turns "is it limited" into "is it wanting".
func not(a Answer) Answer {
	switch a {
	case Yes:
		return No
	case No:
		return Yes
	}
	return NotKnown
}

func (g *Register) lineReadings(lines []Line) []reading.Reading {
	listed := g.reading("asset.lines", 0, len(lines), "/lines")
	listed.Say = text.M("asset.lines.good", len(lines))
	if len(lines) > 0 { // a list cannot show what is missing from it
		listed.State = reading.Unknown
	}
	if len(lines) == 0 {
		listed.Say = text.M("asset.lines.unknown")
	}
	return []reading.Reading{
		listed,
		g.lineReading("asset.lines.owner", lines, func(l Line) Answer {
			return yes(l.OwnerParty == NoParty || l.PatchParty == NoParty)
		}),
		g.lineReading("asset.lines.always", lines, func(l Line) Answer {
			if l.Hours == HoursUnknown {
				return NotKnown
			}
			return yes(l.Standing())
		}),
		g.lineReading("asset.lines.rdp", lines, func(l Line) Answer {
			if l.RDP == Yes && l.Hours == AlwaysOpen {
				return Yes
			}
			if l.RDP == NotKnown || (l.RDP == Yes && l.Hours == HoursUnknown) {
				return NotKnown
			}
			return No
		}),
		g.lineReading("asset.lines.source", lines, func(l Line) Answer { return not(l.SourceLimit) }),
		g.lineReading("asset.lines.mfa", lines, func(l Line) Answer {
			if l.Kind != VPN && l.Kind != Maker && l.Kind != LTE && l.Kind != Dialup {
				return No // nobody signs in there
			}
			return not(l.MFA)
		}),
	}
}

func (g *Register) dutyReading(ctx context.Context, lines []Line) (reading.Reading, error) {
	splits, err := g.lineSplits(ctx, lines)
	if err != nil {
		return reading.Reading{}, err
	}
	bad, total, err := g.count(ctx, dutyCond, dutyBearing)
	if err != nil {
		return reading.Reading{}, err
	}
	var items []reading.Item
	for _, l := range lines {
		if splits[l.ID].Gaps() > 0 {
			bad++
			if len(items) < reading.MaxItems {
				items = append(items, reading.Item{Say: text.Raw(l.Name), URL: "/lines/" + l.ID})
			}
		}
	}
	r := g.reading("asset.duties", bad, total+len(lines), "/assets/duties")
	r.Items = items
	return r, nil
}

// count counts the assets that fit cond, and those that fit all.
func (g *Register) count(ctx context.Context, cond, all string, args ...any) (bad, total int, err error) {
	err = g.read().QueryRowContext(ctx, "SELECT count(*) FILTER (WHERE "+cond+"), count(*) FROM asset_asset WHERE removed_at = '' AND "+all, args...).
		Scan(&bad, &total)
	if err != nil {
		err = fmt.Errorf("asset: count: %w", err)
	}
	return bad, total, err
}

// kept is for how long a register counts as kept after its last change.
const kept = 365 * 24 * time.Hour

// inventory says whether the register is being kept: it holds assets and was
// changed within a year. It does not say that nothing is missing.
func (g *Register) inventory(ctx context.Context, total int) (reading.Reading, error) {
	r := g.reading("asset.inventory", 0, total, "/assets")
	if total == 0 {
		return r, nil
	}
	var at string
	if err := g.read().QueryRowContext(ctx, "SELECT at FROM asset_change ORDER BY id DESC LIMIT 1").Scan(&at); err != nil {
		return r, fmt.Errorf("asset: last change: %w", err)
	}
	last, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return r, fmt.Errorf("asset: last change: %w", err)
	}
	r.Say = text.M("asset.inventory.good", total, last)
	if g.clock().Sub(last) > kept {
		r.State, r.Count, r.Say = reading.Bad, 1, text.M("asset.inventory.bad", total, last)
	}
	return r, nil
}

func (g *Register) assetReadings(ctx context.Context) ([]reading.Reading, error) {
	var out []reading.Reading
	_, total, err := g.count(ctx, "1", "1")
	if err != nil {
		return nil, err
	}
	inventory, err := g.inventory(ctx, total)
	if err != nil {
		return nil, err
	}
	out = append(out, inventory)
	outside, _, err := g.count(ctx, "kind IN ('medical', 'building', 'cloud')", "1")
	if err != nil {
		return nil, err
	}
	unmanaged := g.reading("asset.unmanaged", 0, outside, "/assets?kind=medical")
	if outside > 0 {
		unmanaged.State = reading.Unknown
		unmanaged.Say = text.M("asset.unmanaged.good", outside)
	}
	out = append(out, unmanaged)
	for _, gap := range []struct {
		id, cond, all, url string
		args               []any
	}{
		{"asset.eol", eolCond, "end_of_support <> ''", "/assets?gap=eol", []any{g.today()}},
		{"asset.impact", impactCond, "priority = 1", "/assets?gap=impact", nil},
		{"asset.antivirus", antivirusCond, chartServer, "/assets?gap=antivirus", nil},
	} {
		bad, total, err := g.count(ctx, gap.cond, gap.all, gap.args...)
		if err != nil {
			return nil, err
		}
		out = append(out, g.reading(gap.id, bad, total, gap.url))
	}
	return g.antivirusOpen(ctx, out)
}

// antivirusOpen corrects the last reading: chart servers about which nobody
// said anything are not known, not good.
func (g *Register) antivirusOpen(ctx context.Context, out []reading.Reading) ([]reading.Reading, error) {
	open, total, err := g.count(ctx, "antivirus = ''", chartServer)
	if err != nil {
		return nil, err
	}
	if last := &out[len(out)-1]; last.State == reading.Good && open > 0 {
		last.State, last.Say = reading.Unknown, text.M("asset.antivirus.open", open, total)
	}
	return out, nil
}

func (g *Register) vendorReadings(ctx context.Context) ([]reading.Reading, error) {
	vendors, err := g.Vendors(ctx)
	if err != nil {
		return nil, err
	}
	contacts := g.reading("asset.vendors.contacts", 0, len(vendors), "/vendors")
	for _, v := range vendors {
		if v.NightContact == "" {
			contacts.Count++
			contacts.State = reading.Bad
			if len(contacts.Items) < reading.MaxItems {
				contacts.Items = append(contacts.Items, reading.Item{Say: text.Raw(v.Name), URL: "/vendors/" + v.ID})
			}
		}
	}
	if contacts.Count > 0 {
		contacts.Say = text.M("asset.vendors.contacts.bad", contacts.Count, len(vendors))
	}
	contracts, err := g.Contracts(ctx, "")
	if err != nil {
		return nil, err
	}
	r := g.reading("asset.contracts", 0, len(contracts), "/vendors")
	today := g.today()
	for _, k := range contracts {
		if k.DutySplit == Yes && (k.EndDay == "" || k.EndDay >= today) {
			continue
		}
		r.Count++
		r.State = reading.Bad
		if len(r.Items) < reading.MaxItems {
			r.Items = append(r.Items, reading.Item{Say: text.Raw(k.Name), URL: "/contracts/" + k.ID})
		}
	}
	if r.Count > 0 {
		r.Say = text.M("asset.contracts.bad", r.Count, len(contracts))
	}
	return []reading.Reading{contacts, r}, nil
}

func (g *Register) systemReadings(ctx context.Context) ([]reading.Reading, error) {
	systems, err := g.Systems(ctx)
	if err != nil {
		return nil, err
	}
	r := g.reading("asset.vendors.disclosure", 0, len(systems), "/systems")
	for _, s := range systems {
		if s.Disclosure != "" {
			continue
		}
		r.Count++
		r.State = reading.Bad
		if len(r.Items) < reading.MaxItems {
			r.Items = append(r.Items, reading.Item{Say: text.Raw(s.Name), URL: "/systems/" + s.ID})
		}
	}
	if r.Count > 0 {
		r.Say = text.M("asset.vendors.disclosure.bad", r.Count, len(systems))
	}
	return []reading.Reading{r}, nil
}
