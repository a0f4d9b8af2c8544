package comply

import (
	"github.com/torideproject/toride/internal/reading"
)

// Evidence is what Toride read about an item. It never answers the item.
type Evidence struct {
	Readings []reading.Reading // readings that speak about this very item, in the pack's order
	Related  []reading.Reading // readings near it; shown, never counted
	Good     int
	Bad      int
	Unknown  int
	None     int
}

// EvidenceOf looks up the readings of an item. A reading that nobody published
// is Unknown: nothing was read.
func EvidenceOf(i Item, set reading.Set) Evidence {
	var e Evidence
	for _, id := range i.Readings {
		r := set.Get(id)
		e.Readings = append(e.Readings, r)
		switch r.State {
		case reading.Good:
			e.Good++
		case reading.Bad:
			e.Bad++
		case reading.None:
			e.None++
		default:
			e.Unknown++
		}
	}
	for _, id := range i.Related {
		e.Related = append(e.Related, set.Get(id))
	}
	return e
}

// State sums the evidence up: Bad if anything was found wanting, Good if
// something was read and nothing is unknown, None if all of it has nothing to
// apply to, else Unknown. An item without readings is Unknown.
func (e Evidence) State() reading.State {
	switch {
	case e.Bad > 0:
		return reading.Bad
	case e.Good > 0 && e.Unknown == 0:
		return reading.Good
	case e.None > 0 && e.Unknown == 0:
		return reading.None
	}
	return reading.Unknown
}

// Wired reports whether this version of Toride has any reading for the item.
func (e Evidence) Wired() bool { return len(e.Readings) > 0 }
