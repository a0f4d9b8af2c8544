package detect

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/torideproject/toride/internal/detect/match"
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/sigma/correlate"
)

// position is how far the journal was taken.
type position struct {
	at        event.Position // last batch taken
	committed event.Position // last batch whose findings are written
	// mark is the last batch that the stored memory of correlations includes.
	// Between mark and committed batches are taken again after a restart, to
	// rebuild that memory, and their findings are known already.
	mark event.Position
	// from is mark as it was when the program started: later batches count in
	// the noise of rules, which is written together with the mark.
	from event.Position
}

// observer is what evaluating needs. It belongs to whoever holds mu.
type observer struct {
	set     *ruleset
	looker  *match.Looker
	hits    []int32
	correl  map[string]*correlator // by pack
	firings []correlate.Firing
	correlN []int   // by place in set.rules: number in the pack's correlations, -1: none asks for it
	tallies []tally // by place in set.rules
	touched []int32
	scenes  []watch.Scene // by watch
	event   *event.Event  // in hand, for the scenes
	day     dayspan
	house   time.Time // when the register was last asked
	acts    int64     // how many acts of people there had been then
	now     current
}

// current is the batch and entry in hand.
type current struct {
	found   bool // findings of it count; false while memory is rebuilt
	tallied bool // it counts in the noise
}

// tally is how often a rule matched today, not yet written.
type tally struct{ n, hidden int64 }

// dayspan is one day of the hospital.
type dayspan struct {
	name       string
	from, till time.Time
}

// correlator counts for the correlations of one pack.
type correlator struct {
	digest string
	state  *correlate.State
}

// Take evaluates a batch of the journal. Batches come in their order; one that
// is known already changes nothing. What is found is written later, together
// with the position, at the latest commitEvery after the batch or with a later
// one; Done says how far. An error means that the batch was not taken, because
// earlier findings could not be written: the caller tries again later.
//
// Cost: about 2 µs for an event without findings, no allocation.
func (d *Desk) Take(ctx context.Context, epoch uint32, seq uint64, events []event.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.commitDue(ctx, false); err != nil {
		return err
	}
	at := event.Position{Epoch: epoch, Seq: seq}
	if at.Compare(d.position.at) <= 0 {
		return nil
	}
	if err := d.renew(ctx); err != nil {
		return err
	}
	o := &d.observer
	o.now = current{found: at.Compare(d.position.committed) > 0, tallied: at.Compare(d.position.from) > 0}
	if n := len(events); n > 0 && !events[n-1].Backfill {
		d.advance(events[n-1].Received) // before: what comes now must not look old
	}
	for i := range events {
		d.look(&events[i])
	}
	d.position.at = at
	d.draft.batch(d.cfg.Clock())
	return d.commitDue(ctx, false)
}

// Done is the last batch that may be purged from the journal: what was found in
// it, and what has to be remembered of it, is written.
func (d *Desk) Done() event.Position {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.position.mark
}

// renew takes new rules and the register as it is now into use. It is called for
// every batch, and an act that was over before is always seen: a visit whose
// window was approved a moment ago must not be judged by the register of the
// moment before. Cost: nothing while nobody acts.
func (d *Desk) renew(ctx context.Context) error {
	o := &d.observer
	if set := d.rules.Load(); set != o.set {
		d.adopt(set)
	}
	now, acts := d.cfg.Clock(), d.book.Acts() // before the register is read: what is done meanwhile is read next time
	if age := now.Sub(o.house); acts == o.acts && age >= 0 && age <= houseAge {
		return nil
	}
	if err := d.house.Refresh(ctx, now); err != nil {
		return err
	}
	o.house, o.acts = now, acts
	return nil
}

// houseAge is how old the register in use may become although nothing was
// written: windows come into reach with time.
const houseAge = time.Hour

// adopt puts a set of rules into use. Counting goes on for packs that are the
// same.
func (d *Desk) adopt(set *ruleset) {
	o := &d.observer
	d.settleTallies()
	if o.set == nil || o.set.build != set.build {
		o.looker = match.NewLooker(set.engine, d.census, d.wants)
		old := o.correl
		o.correl = map[string]*correlator{}
		for _, p := range set.packs {
			if len(p.Library.Correlations) == 0 {
				continue
			}
			if c := old[p.Name]; c != nil && c.digest == p.Digest {
				o.correl[p.Name] = c
				continue
			}
			state, err := correlate.New(p.Library.Correlations, correlOptions())
			if err != nil { // a newer program is stricter: the rest of the pack goes on
				d.cfg.Log.Error("the correlations of a rule pack cannot be counted and are out of use", "pack", p.Name, "err", err)
				continue
			}
			o.correl[p.Name] = &correlator{digest: p.Digest, state: state}
		}
	}
	o.set, o.correlN = set, make([]int, len(set.rules))
	for i, r := range set.rules {
		o.correlN[i] = -1
		if c := o.correl[r.Pack]; c != nil {
			if n, ok := c.state.Rule(r.name()); ok {
				o.correlN[i] = n
			}
		}
	}
	o.tallies, o.touched = make([]tally, len(set.rules)), nil
}

// name is what correlations of its pack call the rule.
func (r *Rule) name() string {
	switch {
	case r.Correlation != nil:
		return r.Correlation.Key()
	case r.Sigma != nil:
		return r.Sigma.Key()
	}
	return r.Key
}

// correlOptions bound the memory of one pack's correlations.
func correlOptions() correlate.Options {
	return correlate.Options{MaxGroups: 100_000, MaxBytes: 24 << 20}
}

// wants gives the watches that want entries of this shape, one bit each.
func (d *Desk) wants(e *event.Event) uint64 {
	var bits uint64
	for i := range d.watches {
		if w := &d.watches[i]; w.Wants != nil && w.Wants(e) {
			bits |= 1 << i
		}
	}
	return bits
}

// look evaluates one event.
func (d *Desk) look(e *event.Event) {
	o := &d.observer
	var wanted uint64
	o.hits, wanted = o.looker.Match(e, o.hits[:0])
	for _, hit := range o.hits {
		d.matched(o.set.ofEngine[hit], e)
	}
	for i := 0; wanted != 0; i, wanted = i+1, wanted>>1 {
		if wanted&1 != 0 {
			o.event = e
			d.watches[i].Look(e, o.scenes[i])
		}
	}
}

// matched is called for every Sigma rule that matches, on or off.
func (d *Desk) matched(place int32, e *event.Event) {
	o := &d.observer
	r := o.set.rules[place]
	d.tally(place, e)
	if n := o.correlN[place]; n >= 0 {
		c := o.correl[r.Pack]
		o.firings = c.state.Observe(correlate.Hit{Rule: n, Time: e.Time, Fields: match.Fields{Event: e}, Ref: refOf(e.At)}, o.firings[:0])
		for i := range o.firings {
			d.fired(r.Pack, &o.firings[i], e)
		}
	}
	if r.On && !r.Feeds && o.now.found {
		d.found(d.sight(r, e))
	}
}

// fired is called for every correlation that begins an episode.
func (d *Desk) fired(pack string, f *correlate.Firing, e *event.Event) {
	o := &d.observer
	place, ok := o.set.byKey[pack][f.Correlation.Key()]
	if !ok {
		return
	}
	r := o.set.rules[place]
	d.tally(place, e)
	if r.On && !r.Feeds && o.now.found {
		d.found(d.sightFiring(r, f, e))
	}
}

// advance tells correlations what time it is, so that windows which have passed
// are judged.
func (d *Desk) advance(now time.Time) {
	o := &d.observer
	for pack, c := range o.correl {
		o.firings = c.state.Advance(now, o.firings[:0])
		for i := range o.firings {
			d.fired(pack, &o.firings[i], nil)
		}
	}
}

// makeScenes makes what the watches may ask, once: a watch is called for every
// logon of the hospital.
func (d *Desk) makeScenes() {
	o := &d.observer
	o.scenes = make([]watch.Scene, len(d.watches))
	for i := range d.watches {
		o.scenes[i] = watch.Scene{House: d.house, Memory: d.memory, Found: func(h watch.Hit) {
			place, ok := o.set.watched[i][h.Rule]
			if !ok {
				return
			}
			r := o.set.rules[place]
			d.tally(place, o.event)
			if r.On && o.now.found {
				d.found(d.sightHit(r, h, o.event))
			}
		}}
	}
}

// Signal takes something that is no log entry. It is written at once.
func (d *Desk) Signal(ctx context.Context, sig watch.Signal) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.renew(ctx); err != nil {
		return err
	}
	if sig.At.IsZero() {
		sig.At = d.cfg.Clock()
	}
	d.observer.event = &event.Event{Time: sig.At, Received: sig.At}
	d.observer.now = current{found: true, tallied: true}
	for i := range d.watches {
		if d.watches[i].Hear != nil {
			d.watches[i].Hear(sig, d.observer.scenes[i])
		}
	}
	return d.commitDue(ctx, true)
}

// refOf packs a position into what correlations carry.
func refOf(p event.Position) correlate.Ref {
	var r correlate.Ref
	binary.BigEndian.PutUint32(r[0:], p.Epoch)
	binary.BigEndian.PutUint64(r[4:], p.Seq)
	binary.BigEndian.PutUint32(r[12:], p.Index)
	return r
}

func positionOf(r correlate.Ref) event.Position {
	return event.Position{Epoch: binary.BigEndian.Uint32(r[0:]), Seq: binary.BigEndian.Uint64(r[4:]), Index: binary.BigEndian.Uint32(r[12:])}
}
