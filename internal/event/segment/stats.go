package segment

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// stats gathers the Info of a file that is being written.
type stats struct {
	first, last event.Position
	shares      map[shareKey]*Share
	lastKey     shareKey
	lastShare   *Share
}

type shareKey struct{ source, dataset string }

func (s *stats) add(r *row) {
	if at := r.position(); s.shares == nil {
		s.shares = map[shareKey]*Share{}
		s.first, s.last = at, at
	} else if at.Compare(s.first) < 0 {
		s.first = at
	} else if at.Compare(s.last) > 0 {
		s.last = at
	}
	received, t := r.received, r.time
	key := shareKey{*r.str(ColSource), *r.str(ColDataset)}
	if s.lastShare == nil || key != s.lastKey {
		share, ok := s.shares[key]
		if !ok {
			key = shareKey{strings.Clone(key.source), strings.Clone(key.dataset)}
			share = &Share{Source: key.source, Dataset: key.dataset}
			share.ReceivedMin, share.ReceivedMax, share.TimeMin, share.TimeMax = micro(received), micro(received), micro(t), micro(t)
			s.shares[key] = share
		}
		s.lastKey, s.lastShare = key, share
	}
	share := s.lastShare
	share.Rows++
	share.Bytes += int64(len(*r.long(ColOriginal)))
	if r.flags&flagBackfill != 0 {
		share.Backfill++
	}
	widen(&share.ReceivedMin, &share.ReceivedMax, micro(received))
	widen(&share.TimeMin, &share.TimeMax, micro(t))
}

func micro(n int64) time.Time { return time.UnixMicro(n).UTC() }

func widen(least, greatest *time.Time, t time.Time) {
	if t.Before(*least) {
		*least = t
	}
	if t.After(*greatest) {
		*greatest = t
	}
}

func (s *stats) info(facility string, bounds []Bound) Info {
	i := Info{Version: Version, Facility: facility, First: s.first, Last: s.last, Bounds: slices.Clone(bounds)}
	for _, share := range s.shares {
		if i.Rows == 0 {
			i.ReceivedMin, i.ReceivedMax, i.TimeMin, i.TimeMax = share.ReceivedMin, share.ReceivedMax, share.TimeMin, share.TimeMax
		}
		i.Rows += share.Rows
		widen(&i.ReceivedMin, &i.ReceivedMax, share.ReceivedMin)
		widen(&i.ReceivedMin, &i.ReceivedMax, share.ReceivedMax)
		widen(&i.TimeMin, &i.TimeMax, share.TimeMin)
		widen(&i.TimeMin, &i.TimeMax, share.TimeMax)
		i.Shares = append(i.Shares, *share)
	}
	slices.SortFunc(i.Shares, func(a, b Share) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Dataset, b.Dataset))
	})
	slices.SortFunc(i.Bounds, func(a, b Bound) int { return a.First.Compare(b.First) })
	return i
}
