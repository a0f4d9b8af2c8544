package correlate

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
)

// Errors of Restore. The state is unchanged after each of them.
var (
	ErrSnapshot = errors.New("correlate: the bytes are no snapshot, or not the whole of one")
	ErrVersion  = errors.New("correlate: the snapshot is of another version")
)

const (
	magic   = "sgcorr"
	version = 1
)

// Snapshot appends everything that the state counts, so that another process can
// go on. Correlations are written with a fingerprint of their definition. Cost:
// every group is written, about 100 bytes for a small one.
func (s *State) Snapshot(dst []byte) []byte {
	from := len(dst)
	w := writer{append(append(dst, magic...), version)}
	w.int(s.clock)
	w.uint(uint64(len(s.counters)))
	for _, k := range s.counters {
		w.text(k.Key())
		w.uint(k.finger)
		w.uint(uint64(len(k.groups)))
		for g := k.oldest; g != nil; g = g.next {
			at := len(w.b)
			w.b = append(w.b, 0, 0, 0, 0)
			w.group(g)
			binary.LittleEndian.PutUint32(w.b[at:], uint32(len(w.b)-at-4))
		}
	}
	return binary.LittleEndian.AppendUint32(w.b, crc32.ChecksumIEEE(w.b[from:]))
}

// Restore replaces what the state counts by a snapshot. Groups of correlations
// that are no longer there, or are defined otherwise now, are left out; lost
// says how many. The limits of this state hold: a larger snapshot is evicted
// from.
func (s *State) Restore(data []byte) (lost int, err error) {
	if len(data) < len(magic)+1+4 || string(data[:len(magic)]) != magic {
		return 0, ErrSnapshot
	}
	if data[len(magic)] != version {
		return 0, ErrVersion
	}
	body, sum := data[:len(data)-4], data[len(data)-4:]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(sum) {
		return 0, ErrSnapshot
	}
	fresh := s.emptied()
	r := &reader{b: body[len(magic)+1:]}
	fresh.clock = r.time()
	for range r.count(1) {
		key, finger := r.text(), r.uint()
		k := fresh.counterOf(key, finger)
		for range r.count(4) {
			if g := r.group(k, fresh.opts); g == nil {
				lost++
			} else if !r.bad && k.groups[g.key] == nil {
				fresh.adopt(k, g)
			}
		}
	}
	if r.bad || len(r.b) > 0 {
		return 0, ErrSnapshot
	}
	fresh.stats = s.stats
	*s = *fresh
	return lost, nil
}

// emptied gives a state for the same correlations without groups.
func (s *State) emptied() *State {
	out := *s
	out.crowded = nil
	out.counters, out.groups, out.bytes, out.order, out.swept = nil, 0, 0, 0, never
	for _, k := range s.counters {
		c := *k
		c.groups, c.oldest, c.newest, c.spare = map[string]*group{}, nil, nil, nil
		out.counters = append(out.counters, &c)
	}
	return &out
}

func (s *State) counterOf(key string, finger uint64) *counter {
	for _, k := range s.counters {
		if k.Key() == key && k.finger == finger {
			return k
		}
	}
	return nil
}

func (s *State) adopt(k *counter, g *group) {
	k.groups[g.key] = g
	s.groups++
	s.bytes += g.bytes
	s.toEnd(g)
	if len(k.groups) > s.opts.MaxGroupsEach {
		s.crowded = append(s.crowded, k)
	}
	s.makeRoom()
}

type writer struct{ b []byte }

func (w *writer) int(n int64)   { w.b = binary.AppendVarint(w.b, n) }
func (w *writer) uint(n uint64) { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) text(s string) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) bit(b bool) {
	if b {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

func (w *writer) group(g *group) {
	w.text(g.key)
	for _, l := range g.labels {
		w.text(l)
	}
	for _, n := range []int64{g.touched, g.first, g.newest, g.episode.began, g.episode.last, int64(g.episode.hits), int64(g.count)} {
		w.int(n)
	}
	w.uint(math.Float64bits(g.episode.number))
	w.bit(g.episode.open)
	w.bit(g.pending)
	w.uint(uint64(len(g.refs)))
	for i := range g.refs {
		w.b = append(w.b, g.latest(i)[:]...)
	}
	w.storage(g)
}

func (w *writer) storage(g *group) {
	switch {
	case g.values != nil:
		v := g.values
		w.uint(uint64(v.n))
		for i := v.first; i != none; i = v.nodes[i].next {
			w.text(v.nodes[i].key)
			w.text(v.nodes[i].shown)
			w.int(v.nodes[i].at)
		}
	case g.marks != nil:
		for _, r := range g.marks.recent {
			for _, t := range r {
				w.int(t)
			}
		}
		for _, t := range g.marks.chains {
			w.int(t)
		}
	case g.numbers != nil:
		live := g.numbers.list[g.numbers.head:]
		w.uint(uint64(len(live)))
		for _, x := range live {
			w.int(x.at)
			w.uint(math.Float64bits(x.n))
		}
	default:
		live := g.times.live()
		w.uint(uint64(len(live)))
		for _, t := range live {
			w.int(t)
		}
	}
}
