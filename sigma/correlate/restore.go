package correlate

import (
	"encoding/binary"
	"math"

	"github.com/torideproject/toride/sigma"
)

// reader takes a snapshot apart. Its checksum was right, but a state must not
// break on bytes of another program either: every count is held against what
// is left, and bad is set instead of a panic.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) fail() {
	r.bad, r.b = true, nil
}

func (r *reader) int() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

// time reads a time; those beyond any clock would make sums wrap.
func (r *reader) time() int64 {
	n := r.int()
	if n < never || n > forever {
		r.fail()
		return 0
	}
	return n
}

// count reads how many things follow, each of at least so many bytes.
func (r *reader) count(each int) int {
	n := r.uint()
	if n > uint64(len(r.b)/each) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) text() string { return string(r.bytes(r.count(1))) }

func (r *reader) bytes(n int) []byte {
	if n > len(r.b) {
		r.fail()
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) bit() bool {
	b := r.bytes(1)
	return len(b) == 1 && b[0] == 1
}

// group reads a group. Its length stands before it, so that one without a
// counter can be passed over: then it is nil.
func (r *reader) group(k *counter, o Options) *group {
	size := r.bytes(4)
	if r.bad {
		return nil
	}
	body := &reader{b: r.bytes(int(binary.LittleEndian.Uint32(size)))}
	if k == nil || r.bad {
		return nil
	}
	g := &group{counter: k, key: body.text()}
	for range k.GroupBy {
		g.labels = append(g.labels, body.text())
	}
	g.bytes = groupBytes + 2*len(g.key) + g.empty()
	g.touched, g.first, g.newest = body.time(), body.time(), body.time()
	g.episode.began, g.episode.last = body.time(), body.time()
	g.episode.hits, g.count = int(body.int()), int(body.int())
	g.episode.number = math.Float64frombits(body.uint())
	g.episode.open, g.pending = body.bit(), body.bit()
	for range body.count(16) {
		g.remember(Ref(body.bytes(16)), o.MaxEvidence)
	}
	body.storage(g)
	if body.bad || len(body.b) > 0 {
		r.fail()
	}
	return g
}

func (r *reader) storage(g *group) {
	k := g.counter
	switch {
	case g.values != nil:
		for range r.count(3) {
			key, show, at := r.text(), r.text(), r.time()
			if !r.bad {
				g.bytes += g.values.add([]byte(key), show, at, max(g.newest, at))
			}
		}
		freed, _ := g.values.trim(never, g.newest, k.keep)
		g.bytes -= freed
	case g.marks != nil:
		for i := range g.marks.recent {
			for j := range g.marks.recent[i] {
				g.marks.recent[i][j] = r.time()
			}
		}
		for i := range g.marks.chains {
			g.marks.chains[i] = r.time()
		}
	case g.numbers != nil:
		for range r.count(2) {
			at, n := r.time(), math.Float64frombits(r.uint())
			if math.IsNaN(n) {
				r.fail()
				return
			}
			g.numbers.add(at, n, needsSorted(k.Type))
			g.bytes += numberBytes
		}
		gone, _ := g.numbers.trim(never, k.keep)
		g.bytes -= gone * numberBytes
	case k.Type == sigma.EventCount:
		for range r.count(1) {
			g.times.add(r.time())
			g.bytes += timeBytes
		}
		g.bytes -= timeBytes * g.times.trim(never, k.keep)
	}
}
