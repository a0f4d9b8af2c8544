package store

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
	"github.com/torideproject/toride/internal/event/store/keys"
)

// wanted is an event that may be a resend, as the index of keys says.
type wanted struct {
	number   int // in the batch
	e        *event.Event
	identity []byte
}

// resends tells which of the events the store has already, at another position.
// The result is nil when none has a natural key. It leaves what the index needs
// of each event in s.ids. An event is a resend only when the other one was read
// and its identity is the same, byte for byte; a hash alone never decides.
func (s *Store) resends(ctx context.Context, events []event.Event) ([]bool, error) {
	s.ids = s.ids[:0]
	keyedOnes := false
	for i := range events {
		s.ids = append(s.ids, keyed{})
		keyedOnes = keyedOnes || events[i].Key != ""
	}
	if !keyedOnes {
		return nil, nil
	}
	// The tails first: what is sealed meanwhile is in the index before it leaves
	// them, so that it is seen in one of the two.
	s.mu.Lock()
	tails := s.unsealed()
	unpin := s.views.pin()
	s.mu.Unlock()
	defer unpin()
	resent := make([]bool, len(events))
	here := map[uint64][]int{} // the batch itself
	byLeaf := map[uint32][]wanted{}
	var leaves []uint32
	var buf [256]byte
	for i := range events {
		e := &events[i]
		if e.Key == "" {
			continue
		}
		identity := keys.Identity(buf[:0], e)
		k := keyed{keys.PartOf(e), s.cfg.hash(identity)}
		s.ids[i] = k
		if inBatch(events, here[k.hash], identity) || inTails(tails, k.hash, identity, e.At) {
			resent[i] = true
			continue
		}
		here[k.hash] = append(here[k.hash], i)
		var err error
		if leaves, err = s.lookUp(ctx, k, leaves[:0]); err != nil {
			return nil, err
		}
		for _, l := range leaves {
			byLeaf[l] = append(byLeaf[l], wanted{i, e, bytes.Clone(identity)})
		}
	}
	if len(byLeaf) > 0 {
		if err := s.confirm(ctx, byLeaf, resent); err != nil {
			return nil, err
		}
	}
	return resent, nil
}

// lookUp asks the index of keys. A damaged index is made again from the
// segments first; until then nothing is taken.
func (s *Store) lookUp(ctx context.Context, k keyed, out []uint32) ([]uint32, error) {
	found, err := s.index.Find(k.part, k.hash, out)
	if errors.Is(err, keys.ErrDamaged) {
		s.cfg.Log.Warn("store: the index of keys is made again", "error", err)
		if err := s.remakeIndex(ctx); err != nil {
			return nil, err
		}
		found, err = s.index.Find(k.part, k.hash, out)
	}
	return found, err
}

func inBatch(events []event.Event, numbers []int, identity []byte) bool {
	var buf [256]byte
	for _, n := range numbers {
		if bytes.Equal(keys.Identity(buf[:0], &events[n]), identity) {
			return true
		}
	}
	return false
}

// inTails looks for the identity at another position than the event's own.
func inTails(tails []*batch, hash uint64, identity []byte, at event.Position) bool {
	for _, b := range tails {
		first, ok := b.keys.first[hash]
		if !ok {
			continue
		}
		v := b.events.View()
		var e event.Event
		var buf [256]byte
		for _, n := range append([]int32{first}, b.keys.more[hash]...) {
			v.Event(int(n), &e)
			if e.At != at && bytes.Equal(keys.Identity(buf[:0], &e), identity) {
				return true
			}
		}
	}
	return false
}

// confirm reads the segments in which resends may have their first. A segment
// that cannot be read confirms nothing: then the entry is kept twice.
func (s *Store) confirm(ctx context.Context, byLeaf map[uint32][]wanted, resent []bool) error {
	s.mu.Lock()
	parts := s.parts
	s.mu.Unlock()
	byPart := map[*part][]wanted{}
	for leaf, want := range byLeaf {
		if p := partOfLeaf(parts, int64(leaf)); p != nil { // otherwise it was deleted
			byPart[p] = append(byPart[p], want...)
		}
	}
	for p, want := range byPart {
		r, done, err := s.readers.open(p)
		if err == nil {
			err = findKeys(ctx, r, want, resent)
			done()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil {
			s.cfg.Log.Warn("store: a segment cannot be read for its keys, resends may be kept twice", "file", p.Name, "error", err)
		}
	}
	return nil
}

// findKeys marks the wanted events of which the segment has the first. Row
// groups without any of the keys cost a look into their filter.
func findKeys(ctx context.Context, r *segment.Reader, want []wanted, resent []bool) error {
	for i := range r.Groups() {
		g := r.Group(i)
		err := findKeysInGroup(ctx, g, want, resent)
		g.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func findKeysInGroup(ctx context.Context, g *segment.Group, want []wanted, resent []bool) error {
	here := map[string][]wanted{}
	for _, w := range want {
		key := strings.ToValidUTF8(w.e.Key, "\uFFFD") // as the segments keep it
		// The filter only saves reading the keys: without it they are read.
		ok, err := g.MayHoldValue(segment.ColKey, []byte(key))
		if (ok || err != nil) && !resent[w.number] {
			here[key] = append(here[key], w)
		}
	}
	if len(here) == 0 {
		return nil
	}
	for row := 0; row < g.Rows(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		slice, first, end := g.Slice(row)
		values, err := g.Strings(segment.ColKey, slice)
		if err != nil {
			return err
		}
		for ; row < end; row++ {
			key := values.At(row - first)
			if len(key) == 0 {
				continue
			}
			for _, w := range here[string(key)] {
				same, err := sameIdentity(g, row, key, w)
				if err != nil {
					return err
				}
				resent[w.number] = resent[w.number] || same
			}
		}
	}
	return nil
}

// sameIdentity compares a row with a wanted event. The event itself, at its
// own position, is not its resend.
func sameIdentity(g *segment.Group, row int, key []byte, w wanted) (bool, error) {
	source, err := value(g, segment.ColSource, row)
	if err != nil {
		return false, err
	}
	peer, err := value(g, segment.ColPeer, row)
	if err != nil {
		return false, err
	}
	if !bytes.Equal(keys.Compose(nil, source, peer, string(key)), w.identity) {
		return false, nil
	}
	at, err := g.Position(row)
	return err == nil && at != w.e.At, err
}

// value gives what a row has in a column with a dictionary.
func value(g *segment.Group, c segment.Column, row int) (string, error) {
	for i := range g.Blocks() {
		b := g.Block(i)
		if row >= b.First+b.Rows {
			continue
		}
		values, err := g.Dict(c)
		if err != nil {
			return "", err
		}
		indexes, err := g.Indexes(c, i)
		if err != nil {
			return "", err
		}
		return values[indexes[row-b.First]], nil
	}
	return "", nil
}
