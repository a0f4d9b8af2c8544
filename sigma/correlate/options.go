package correlate

import "time"

// Options bound a State. Zero values are the defaults.
type Options struct {
	// MaxGroups is how many groups all correlations hold together: 200,000. The
	// one that was not touched for longest goes first.
	MaxGroups int
	// MaxGroupsEach is how many groups one correlation holds: a quarter of
	// MaxGroups, so that a flood of keys in one cannot empty the others.
	MaxGroupsEach int
	// MaxBytes is how much memory the groups take together, estimated: 64 MiB.
	MaxBytes int
	// MaxValues is how many times, values or numbers one group holds: 10,000. A
	// correlation whose condition needs more is refused by New.
	MaxValues int
	// MaxEvidence is how many references a firing carries: the latest 16.
	MaxEvidence int
	// Tolerance is by how much hits of a group may come out of order and still
	// be counted where they belong: 2 minutes. Negative is none.
	Tolerance time.Duration
	// Quiet is for how long a condition must not have held before a group fires
	// again: the correlation's own timespan where it is 0.
	Quiet time.Duration
}

func (o Options) withDefaults() Options {
	for _, x := range []struct {
		value    *int
		standard int
	}{{&o.MaxGroups, 200_000}, {&o.MaxBytes, 64 << 20}, {&o.MaxValues, 10_000}, {&o.MaxEvidence, 16}} {
		if *x.value <= 0 {
			*x.value = x.standard
		}
	}
	if o.MaxGroupsEach <= 0 {
		o.MaxGroupsEach = max(1, o.MaxGroups/4)
	}
	switch {
	case o.Tolerance == 0:
		o.Tolerance = 2 * time.Minute
	case o.Tolerance < 0:
		o.Tolerance = 0
	}
	return o
}

// Stats says what a State holds and what it had to give up since it was made.
// Counts of what was given up are not part of a snapshot.
type Stats struct {
	Hits    uint64 // that were observed and belong to a correlation
	Firings uint64
	Groups  int // held now
	Bytes   int // taken by them, estimated

	EvictedGroups   uint64 // given up before their time, for room
	EvictedEpisodes uint64 // of them with an episode going on: it may fire once more
	DroppedValues   uint64 // values and numbers a full group had to forget although they counted
	Late            uint64 // hits too old for their group to be counted
	Ungrouped       uint64 // hits without one of the group-by fields
	NoValue         uint64 // hits without the field that is counted, or with no number in it
}
