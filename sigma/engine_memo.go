package sigma

import (
	"hash/maphash"
	"math/bits"
)

// memo remembers which facts followed from values of a field, because logs say
// the same again and again. What was seen once is only marked; what is seen
// again is kept. It takes a bounded amount of memory: kept values lie in two
// rooms, and when the newer one is full the older one is given up.
type memo struct {
	seed  maphash.Seed
	slots []memoSlot
	turn  uint32 // number of the newer room, never 0
	rooms [2]memoRoom

	marks []uint32 // fact → round in which it was gathered
	round uint32
	facts []int32
}

// memoSlot is where values with the same part of their hash meet.
type memoSlot struct {
	marked uint64 // hash of the value last seen once
	hash   uint64 // of the value that is kept
	index  uint32 // its field
	turn   uint32 // its room; 0 where no value is kept
	key    uint32 // where it lies there
	size   uint32
	facts  uint32 // where its facts lie
	count  uint32
}

type memoRoom struct {
	keys  []byte
	facts []int32
}

// Limits of a memo: a value longer than longestMemo is rarely seen twice, one
// shorter than shortestMemo is searched as fast.
const (
	shortestMemo = 20
	longestMemo  = 2048
	leastMemo    = 1 << 16 // bytes; a smaller one would forget at once
)

// newMemo makes a memo of about size bytes, nil for less than a useful one.
func newMemo(size int) *memo {
	if size < leastMemo {
		return nil
	}
	m := &memo{seed: maphash.MakeSeed(), turn: 1}
	m.slots = make([]memoSlot, 1<<(bits.Len(uint(size/256))-1))
	for i := range m.rooms {
		m.rooms[i] = memoRoom{keys: make([]byte, 0, size/4), facts: make([]int32, 0, size/32)}
	}
	return m
}

// find gives the facts that are known to follow from a value. If none are
// known, slot is where to keep them, nil where that is not worth it yet.
func (m *memo) find(index uint32, low []byte) (facts []int32, known bool, slot *memoSlot, hash uint64) {
	hash = maphash.Bytes(m.seed, low) + uint64(index)*0x9E3779B97F4A7C15
	s := &m.slots[hash&uint64(len(m.slots)-1)]
	if s.hash == hash && s.index == index && s.turn != 0 && m.turn-s.turn < 2 {
		room := &m.rooms[s.turn&1]
		if string(room.keys[s.key:s.key+s.size]) == string(low) {
			if s.turn != m.turn { // the room may be cleared for it; append moves what overlaps
				m.keep(s, hash, index, low, room.facts[s.facts:s.facts+s.count])
				room = &m.rooms[s.turn&1]
			}
			return room.facts[s.facts : s.facts+s.count], true, nil, hash
		}
	}
	if s.marked == hash {
		return nil, false, s, hash
	}
	s.marked = hash
	return nil, false, nil, hash
}

// keep puts a value and its facts into the newer room.
func (m *memo) keep(s *memoSlot, hash uint64, index uint32, low []byte, facts []int32) {
	room := &m.rooms[m.turn&1]
	if len(room.keys)+len(low) > cap(room.keys) || len(room.facts)+len(facts) > cap(room.facts) {
		if len(low) > cap(room.keys) || len(facts) > cap(room.facts) || m.turn == 1<<32-1 {
			return
		}
		m.turn++
		room = &m.rooms[m.turn&1]
		room.keys, room.facts = room.keys[:0], room.facts[:0]
	}
	s.hash, s.index, s.turn = hash, index, m.turn
	s.key, s.size = uint32(len(room.keys)), uint32(len(low))
	s.facts, s.count = uint32(len(room.facts)), uint32(len(facts))
	room.keys = append(room.keys, low...)
	room.facts = append(room.facts, facts...)
}

// gather lists the facts of literals, each once; the list is good until the
// next call.
func (m *memo) gather(b *bucket, literals []int32) []int32 {
	m.facts = m.facts[:0]
	m.marks = grown(m.marks, len(b.facts))
	if m.round++; m.round == 0 {
		clear(m.marks)
		m.round = 1
	}
	for _, id := range literals {
		for _, f := range b.litFact.of(id) {
			if m.marks[f] != m.round {
				m.marks[f] = m.round
				m.facts = append(m.facts, f)
			}
		}
	}
	return m.facts
}
