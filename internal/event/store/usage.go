package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
)

// Usage is what the store takes of the disk, and for how long it lasts.
type Usage struct {
	At          time.Time
	Free, Total uint64 // bytes of the disk
	Reserve     uint64 // that stay free
	Full        bool   // nothing is taken
	FullSince   time.Time
	Files       int
	Rows        int64
	Bytes       int64 // of the segments
	NotSealed   int   // events in memory
	Days        []DayUse
	Shares      []ShareUse // the largest first
	Forecast    Forecast
}

// DayUse is one day of receipt (UTC).
type DayUse struct {
	Day   string
	Rows  int64
	Bytes int64 // of the segments
}

// ShareUse is what one source and dataset take: the segments' bytes, shared by
// the bytes of the originals.
type ShareUse struct {
	Source, Dataset string
	Rows            int64
	Originals       int64 // bytes
	Bytes           int64
}

// Forecast says when the disk is full.
type Forecast struct {
	// Days is how many whole days the rate is the mean of, at most seven; 0 means
	// that there is none yet and nothing is known.
	Days   int
	PerDay int64 // bytes a day
	// FullOn is the day on which the reserve is reached; zero means not within ten
	// years, with what will be deleted by then counted in.
	FullOn time.Time
	Left   int // days until FullOn
	// Held says that nothing is deleted because of a hold, which the forecast
	// takes as lasting.
	Held bool
}

const (
	rateDays    = 7
	horizonDays = 3650
)

// Usage counts what is stored. It costs reading a few kilobytes for each file.
func (s *Store) Usage(ctx context.Context) (*Usage, error) {
	now := s.cfg.Clock()
	free, total, err := s.cfg.Free()
	if err != nil {
		return nil, err
	}
	c, err := s.countsBetween(ctx, time.UnixMicro(-1<<60), time.UnixMicro(1<<60))
	if err != nil {
		return nil, err
	}
	u := &Usage{At: now, Free: free, Total: total, Reserve: s.reserve(total), Files: len(c.parts)}
	s.mu.Lock()
	u.Full = s.room.full
	if u.Full {
		u.FullSince = s.room.since
	}
	u.Forecast.Held = len(s.holds(now)) > 0
	s.mu.Unlock()
	days, shares := map[string]*DayUse{}, map[[2]string]*ShareUse{}
	for _, p := range c.parts {
		d := days[p.day()]
		if d == nil {
			d = &DayUse{Day: p.day()}
			days[d.Day] = d
		}
		d.Rows, d.Bytes = d.Rows+p.Rows, d.Bytes+p.Bytes
		u.Rows, u.Bytes = u.Rows+p.Rows, u.Bytes+p.Bytes
		c.share(p, shares)
	}
	for _, n := range c.tail {
		u.NotSealed += int(n.rows)
	}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		u.Days = append(u.Days, *days[day])
	}
	for _, sh := range shares {
		u.Shares = append(u.Shares, *sh)
	}
	slices.SortFunc(u.Shares, func(a, b ShareUse) int {
		return cmp.Or(-cmp.Compare(a.Bytes, b.Bytes), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Dataset, b.Dataset))
	})
	u.Forecast = u.forecast(s.settings().KeepDays, u.Reserve)
	return u, nil
}

// share adds what the sources have of a part.
func (c *counts) share(p *part, shares map[[2]string]*ShareUse) {
	all := int64(0)
	for _, n := range c.hours[p.Name] {
		all += n.bytes
	}
	for k, n := range c.hours[p.Name] {
		at := [2]string{k.source, k.dataset}
		sh := shares[at]
		if sh == nil {
			sh = &ShareUse{Source: k.source, Dataset: k.dataset}
			shares[at] = sh
		}
		sh.Rows, sh.Originals = sh.Rows+n.rows, sh.Originals+n.bytes
		if all > 0 {
			sh.Bytes += int64(float64(p.Bytes) * float64(n.bytes) / float64(all))
		}
	}
}

// Foresee gives the forecast with other settings, as if what they make due were
// deleted already, unless a hold keeps it.
func (u *Usage) Foresee(set Settings) Forecast {
	set = set.filled()
	after := *u
	if today, err := time.Parse(time.DateOnly, dayString(u.At)); err == nil && !u.Forecast.Held {
		before := dayString(today.AddDate(0, 0, -set.KeepDays))
		after.Days = nil
		for _, d := range u.Days {
			if d.Day < before {
				after.Free += uint64(d.Bytes)
				d.Bytes = 0
			}
			after.Days = append(after.Days, d)
		}
	}
	return after.forecast(set.KeepDays, set.ReserveOf(u.Total))
}

// forecast plays the coming days: each adds the mean of the last whole days, and
// takes away the day that is over by then.
func (u *Usage) forecast(keep int, reserve uint64) Forecast {
	f := Forecast{Held: u.Forecast.Held}
	today, err := time.Parse(time.DateOnly, dayString(u.At))
	if err != nil || len(u.Days) == 0 {
		return f
	}
	byDay := map[string]int64{}
	for _, d := range u.Days {
		byDay[d.Day] = d.Bytes
	}
	first := u.Days[0].Day
	for n := 1; n <= rateDays; n++ {
		day := dayString(today.AddDate(0, 0, -n))
		if day < first {
			break
		}
		f.Days++
		f.PerDay += byDay[day]
	}
	if f.Days == 0 {
		return f
	}
	f.PerDay /= int64(f.Days)
	room := int64(u.Free) - int64(reserve)
	for n := 0; n <= horizonDays; n++ {
		if room < 0 {
			f.FullOn, f.Left = today.AddDate(0, 0, n), n
			return f
		}
		room -= f.PerDay
		if over := today.AddDate(0, 0, n-keep); !f.Held {
			if over.Before(today) {
				room += byDay[dayString(over)]
			} else {
				room += f.PerDay
			}
		}
	}
	return f
}
