package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// ProofOf says what a retention proof is about. Times are of receipt.
type ProofOf struct {
	Source string // ID of the source
	Peer   string // the sender; empty for all of the source
	From   time.Time
	To     time.Time // not included
}

// Proof is what can be said of the entries of one source in a time: the data of
// a printed page.
type Proof struct {
	ProofOf
	Facility string
	Made     time.Time
	Zone     *time.Location // in which the days are counted
	Rows     int64
	Bytes    int64     // of the originals
	First    time.Time // receipt of the first and the last; zero when there are none
	Last     time.Time
	Days     []ProofDay
	Silent   []Span // hours without an entry, while Toride was running all the time
	Unknown  []Span // hours without an entry, while Toride was not running all the time
	Deleted  []Deletion
	Lost     []LostSpan // batches of the journal, of whatever source, that were lost
	// NotSealed is how many of the entries are in memory yet, and in no checkpoint.
	NotSealed int64
	// Checkpoint is the signed checkpoint that covers all the others; Key names
	// the key that signed it.
	Checkpoint, Key string
	// Verified is the last verification, or nil. VerifiedRows is how many of the
	// entries it looked at.
	Verified     *Verified
	VerifiedRows int64
	// Findings are those of the last verification that concern the time.
	Findings []Finding
}

// ProofDay is one day.
type ProofDay struct {
	Day   string // 2006-01-02 in the proof's zone
	Rows  int64
	Bytes int64
	Hours []ProofHour
}

// ProofHour is one hour.
type ProofHour struct {
	Start time.Time
	Rows  int64
	State HourState
}

// HourState is what is known of an hour.
type HourState string

// The states of an hour.
const (
	Heard     HourState = "heard"   // there are entries
	Silence   HourState = "silent"  // there are none, and Toride was running
	NotKnown  HourState = "unknown" // there are none, and Toride was not running all the time, or the hour is not over
	WasErased HourState = "deleted" // what there was is deleted, lawfully
)

// Span is a time.
type Span struct{ From, To time.Time }

// LostSpan is a loss that the journal noticed.
type LostSpan struct {
	At       time.Time // when
	Epoch    uint32
	From, To uint64 // batches
}

// Head is the newest state of the log of seals that is signed.
type Head struct {
	Log        string // its name
	Size       int64  // entries
	Root       string // of the tree, in base64
	Checkpoint string // signed
}

// Head gives it, without reading anything.
func (s *Store) Head() Head {
	s.bookMu.Lock()
	defer s.bookMu.Unlock()
	return Head(*s.book.state())
}

// runsAgain is how long Toride may be away without an hour becoming unknown: a
// restart takes seconds.
const runsAgain = 2 * time.Minute

// Proof makes the retention proof of a source. It costs reading a few kilobytes
// for each file of the time; nothing is verified by it, it says what was verified.
func (s *Store) Proof(ctx context.Context, of ProofOf) (*Proof, error) {
	zone := s.settings().Zone
	p := &Proof{ProofOf: of, Facility: s.cfg.Facility, Made: s.cfg.Clock(), Zone: zone}
	if p.To.After(p.Made) {
		p.To = p.Made
	}
	s.bookMu.Lock()
	p.Checkpoint = string(s.book.log.Head().Text)
	log := s.book.name
	s.bookMu.Unlock()
	p.Key = fmt.Sprintf("%s+%08x", s.cfg.Signer.Name(), s.cfg.Signer.KeyHash())
	c, err := s.countsBetween(ctx, of.From, p.To)
	if err != nil {
		return nil, err
	}
	if p.Verified, err = s.LastVerified(ctx); err != nil {
		return nil, err
	}
	byHour := p.sum(c, log)
	away, err := s.marksOf(ctx, p)
	if err != nil {
		return nil, err
	}
	p.hours(byHour, away)
	if p.Verified != nil {
		for _, f := range p.Verified.Findings {
			if f.From.IsZero() || f.From.Before(p.To) && !f.To.Before(of.From) {
				p.Findings = append(p.Findings, f)
			}
		}
	}
	return p, nil
}

// sum adds up what is counted of the source, by the hour.
func (p *Proof) sum(c *counts, log string) map[int32]*hourCount {
	byHour := map[int32]*hourCount{}
	from, to := p.From.UnixMicro(), p.To.UnixMicro()
	c.each(func(at *part, k hourKey, n *hourCount) {
		if k.source != p.Source || p.Peer != "" && k.peer != p.Peer || n.last < from || n.first >= to {
			return
		}
		if p.Rows == 0 || n.first < p.First.UnixMicro() {
			p.First = time.UnixMicro(n.first).UTC()
		}
		if p.Rows == 0 || n.last > p.Last.UnixMicro() {
			p.Last = time.UnixMicro(n.last).UTC()
		}
		p.Rows, p.Bytes = p.Rows+n.rows, p.Bytes+n.bytes
		switch v := p.Verified; {
		case at == nil:
			p.NotSealed += n.rows
		case v != nil && v.Log == log && at.LeafLast < v.Size:
			p.VerifiedRows += n.rows
		}
		h := byHour[k.hour]
		if h == nil {
			h = &hourCount{}
			byHour[k.hour] = h
		}
		h.rows, h.bytes = h.rows+n.rows, h.bytes+n.bytes
	})
	return byHour
}

// marksOf reads what the log says besides segments: when Toride was away, what
// was deleted and what was lost.
func (s *Store) marksOf(ctx context.Context, p *Proof) (away []Span, err error) {
	marks, err := s.cat.marks(ctx, Begin, Start, Delete, Gap)
	if err != nil {
		return nil, err
	}
	first := time.Time{}
	for _, m := range marks {
		e := m.Entry
		switch e.Kind {
		case Begin:
			if first.IsZero() || e.At.Before(first) {
				first = e.At
			}
		case Start:
			if !e.Down.IsZero() && e.At.Sub(e.Down) > runsAgain {
				away = append(away, Span{e.Down, e.At})
			}
		case Delete:
			day, derr := time.Parse(time.DateOnly, e.Day)
			if derr == nil && day.Before(p.To) && day.Add(24*time.Hour).After(p.From) {
				p.Deleted = append(p.Deleted, Deletion{Day: e.Day, At: e.At, Files: len(e.Of), Rows: e.Rows, By: e.By})
			}
		case Gap:
			if !e.At.Before(p.From) && e.At.Before(p.To) {
				p.Lost = append(p.Lost, LostSpan{At: e.At, Epoch: e.Epoch, From: e.From, To: e.To})
			}
		}
	}
	if !first.IsZero() { // before the first log nobody listened
		away = append(away, Span{time.Time{}, first})
	}
	return append(away, Span{p.Made, p.Made.AddDate(100, 0, 0)}), nil
}

// hours makes the days, hour by hour.
func (p *Proof) hours(byHour map[int32]*hourCount, away []Span) {
	erased := map[string]bool{}
	for _, d := range p.Deleted {
		erased[d.Day] = true
	}
	for at := p.From.UTC().Truncate(time.Hour); at.Before(p.To); at = at.Add(time.Hour) {
		h := ProofHour{Start: at, State: Silence}
		n := byHour[hourOf(at.UnixMicro())]
		end := at.Add(time.Hour)
		switch {
		case n != nil:
			h.Rows, h.State = n.rows, Heard
		case erased[dayString(at)] && !slices.ContainsFunc(away, func(s Span) bool { return s.From.IsZero() && !s.To.Before(end) }):
			h.State = WasErased
		case slices.ContainsFunc(away, func(s Span) bool { return s.From.Before(end) && s.To.After(at) }):
			h.State = NotKnown
			p.Unknown = extend(p.Unknown, at, end)
		default:
			p.Silent = extend(p.Silent, at, end)
		}
		day := at.In(p.Zone).Format(time.DateOnly)
		if k := len(p.Days); k == 0 || p.Days[k-1].Day != day {
			p.Days = append(p.Days, ProofDay{Day: day})
		}
		d := &p.Days[len(p.Days)-1]
		d.Hours = append(d.Hours, h)
		if n != nil {
			d.Rows, d.Bytes = d.Rows+n.rows, d.Bytes+n.bytes
		}
	}
	slices.SortFunc(p.Deleted, func(a, b Deletion) int { return cmp.Compare(a.Day, b.Day) })
}

// extend adds an hour to spans, joined with the one before where they touch.
func extend(spans []Span, from, to time.Time) []Span {
	if n := len(spans); n > 0 && spans[n-1].To.Equal(from) {
		spans[n-1].To = to
		return spans
	}
	return append(spans, Span{from, to})
}
