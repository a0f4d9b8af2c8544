package demo

import (
	"context"
	"errors"
	"iter"
	"net/netip"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/demo/records"
	"github.com/torideproject/toride/internal/detect"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/notify"
	"github.com/torideproject/toride/internal/text"
)

// Seed is that of the demo's records.
const Seed = 20221031

// How much of the story's time is sent in one go: less than an hour once
// each server is listened to by itself, so that one which writes every half hour
// is heard each time; more before, because each hanging up has its cost.
const (
	stride  = 59 * time.Minute
	early   = 6 * time.Hour
	morning = 20 * time.Minute // while the servers' silence is waited for
)

// direct is for how long the servers have sent by themselves: more than the week
// for which Toride only listens to a new sender.
const direct = 8 * day

// afterNight is how long after the Night's midnight the story is told: the
// servers' silence has been noticed by then.
const afterNight = 9 * time.Hour

// NightOf is the midnight of the last night whose end has been noticed by now.
func NightOf(now time.Time, zone *time.Location) time.Time {
	t := now.In(zone).Add(-afterNight)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
}

// Hospital is the made-up hospital as its records know it.
func Hospital(zone *time.Location, since, night time.Time) records.Hospital {
	h := records.Hospital{Zone: zone, Since: since, Night: night, Groups: map[string][]records.Host{}}
	for _, d := range devices() {
		for i := 1; d.subnet != "" && i <= d.count; i++ {
			h.Groups[d.prefix] = append(h.Groups[d.prefix], records.Host{Name: d.name(i), Addr: d.address(i)})
		}
	}
	return h
}

// player sends records as their time comes.
type player struct {
	hospital records.Hospital
	scale    float64
	told     time.Time      // up to when records were handed over
	night    []event.Record // what is left of it
	wires    wires
	stop     func() error // ends the intake; nil: records are not taken
}

// intake sets up the sources and lets them run: from now on the story's clock
// brings records along.
func (st *story) intake() error {
	if st.Log == nil {
		return nil
	}
	now := st.Clock.Now()
	p := &st.player
	m := Memory{Since: now}
	if !st.Later {
		m.Night = NightOf(st.Clock.real(), st.Zone)
	}
	p.hospital, p.told, p.scale = Hospital(st.Zone, now, m.Night), now, 1
	if st.Most > 0 {
		p.scale = 0.25
	}
	p.hospital.Direct = st.Clock.real().Add(-direct)
	if !st.Later {
		p.night = slices.Collect(records.Night(p.hospital, Seed))
	}
	if st.File != "" {
		if err := m.keep(st.File); err != nil {
			return err
		}
	}
	running, cancel := context.WithCancel(st.ctx)
	ended := make(chan error, 1)
	go func() { ended <- st.Run(running) }()
	p.stop = func() error { cancel(); return <-ended }
	tokens, err := configure(st.ctx, st.Log)
	if err != nil {
		return err
	}
	p.wires, err = connect(st.ctx, st.Log, tokens)
	return err
}

// until lets the story's time go on to a moment; records arrive meanwhile.
func (st *story) until(to time.Time) error {
	p := &st.player
	if p.stop == nil {
		st.Clock.set(to)
		return nil
	}
	for p.told.Before(to) {
		next := p.next()
		if next.After(to) {
			next = to
		}
		st.Clock.set(next)
		if err := st.hand(p.told, next); err != nil {
			return err
		}
		p.told = next
		if !st.Later && next.After(p.hospital.Night.Add(records.NightEnd)) {
			if err := st.look(); err != nil {
				return err
			}
		}
		if st.Clock.told != nil {
			st.Clock.told(p.told)
		}
	}
	if err := st.Log.Settle(st.ctx); err != nil { // what people do next is not known to what came before
		return err
	}
	if p.told.Equal(to) {
		st.Clock.set(to)
	}
	return nil
}

// next is the end of what is handed over now.
func (p *player) next() time.Time {
	dawn := p.hospital.Night.Add(records.NightEnd)
	switch {
	case p.told.Before(p.hospital.Direct):
		return sooner(p.told.Add(early), p.hospital.Direct)
	case !p.told.Before(dawn) && p.told.Before(dawn.Add(5*time.Hour)):
		return p.told.Add(morning)
	}
	return p.told.Add(stride)
}

// hand sends what arrived between from and to to its sources, each entry when the
// story's clock shows its time.
func (st *story) hand(from, to time.Time) error {
	p := &st.player
	cut := 0
	for cut < len(p.night) && p.night[cut].Received.Before(to) {
		cut++
	}
	list := records.Merge(records.Week(p.hospital, from, to, Seed, p.scale), sequence(p.night[:cut]))
	p.night = p.night[cut:]
	var together []event.Record // what is near enough to be received at one time
	for r := range list {
		if n := len(together); n > 0 && (exact(p.hospital, r.Received) || r.Received.Sub(together[0].Received) > near) {
			if err := st.give(together); err != nil {
				return err
			}
			together = together[:0]
		}
		together = append(together, r)
	}
	return errors.Join(st.give(together), p.wires.finish(st.ctx))
}

// near is how far apart entries of ordinary time may be that are received at one
// time, that of the last of them: relays gather for longer.
const near = 20 * time.Second

// exact says whether an entry is received by itself: in the Night.
func exact(h records.Hospital, at time.Time) bool {
	return !h.Night.IsZero() && !at.Before(h.Night) && at.Before(h.End())
}

// give sends entries and returns when their sources have them, so that the clock
// can go on.
func (st *story) give(list []event.Record) error {
	if len(list) == 0 {
		return nil
	}
	if at := list[len(list)-1].Received; at.After(st.Clock.Now()) { // it may have run on while somebody was slow; it never goes back
		st.Clock.set(at)
	}
	for _, r := range list {
		if err := st.player.wires.send(st.ctx, r); err != nil {
			return err
		}
	}
	return st.player.wires.received(st.ctx)
}

func sequence(list []event.Record) iter.Seq[event.Record] { return slices.Values(list) }

// end looks a last time and ends the intake. The app begins it again.
func (st *story) end() (err error) {
	p := &st.player
	if p.stop == nil {
		return nil
	}
	defer func() {
		stop := p.stop
		p.stop = nil
		err = errors.Join(err, stop())
	}()
	return st.look()
}

// look waits until everything that was taken was looked at, and looks for who is
// silent.
func (st *story) look() error {
	if err := st.Log.Settle(st.ctx); err != nil {
		return err
	}
	st.Log.Check(st.ctx)
	return nil
}

func sooner(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// visit says to the records that a vendor works in a window that was opened.
func (st *story) visit(from, until time.Time, address string) {
	if a, err := netip.ParseAddr(address); err == nil {
		st.player.hospital.Visits = append(st.player.hospital.Visits, records.Visit{From: from, Until: until, User: "shinonome-hosyu", Address: a.String()})
	}
}

// accounts says which accounts belong to vendors.
func (st *story) accounts() error {
	if st.Detect == nil {
		return nil
	}
	for name, vendor := range map[string]string{"kyushoku-hosyu": meals, "shinonome-hosyu": ehr} {
		if err := st.Detect.SaveAccount(st.ctx, st.actors["suzuki"], detect.VendorAccount{Name: name, Vendor: st.vendors[vendor], Note: "保守用ID一覧 令和8年度"}); err != nil {
			return err
		}
	}
	return nil
}

// roster says who is woken. There is no channel yet: whether and how a message
// leaves the house is for people to set up.
func (st *story) roster() error {
	if st.Notify == nil {
		return nil
	}
	clerk := st.actors["suzuki"]
	for i, m := range []notify.Member{
		{Name: "佐藤 一郎(情報企画室長)", Mail: "sato@minato.example", Phone: "090-0000-2100", Phone2: "内線 2100", Note: "夜間は携帯電話から", Lang: text.JA},
		{Name: "鈴木 花子(情報企画室)", Mail: "suzuki@minato.example", Phone: "090-0000-2101", Phone2: "内線 2101", Note: "佐藤が出ないとき", Lang: text.JA},
	} {
		id, err := st.Notify.SaveMember(st.ctx, clerk, m)
		if err != nil {
			return err
		}
		shift := notify.Shift{MemberID: id, Days: notify.EveryDay, Rank: i + 1, Since: st.Clock.Now().In(st.Zone).Format(time.DateOnly)}
		if _, err := st.Notify.SaveShift(st.ctx, clerk, shift); err != nil {
			return err
		}
	}
	return nil
}
