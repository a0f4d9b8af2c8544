package eventtest

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// Facility is the made-up facility of tests.
const Facility = "6f1d3a52-0c1e-4d59-9d8e-7a40c2b1e001"

// BatchRows is how many records share a sequence number, as in the journal.
const BatchRows = 500

// Generator makes one entry after the other. It needs no memory for those it
// made, so that it can make ten million.
type Generator struct {
	rng     *rand.Rand
	from    time.Time
	hours   []float64 // cumulative share of the entries at the end of each hour
	n, i    int
	needles map[int]int // entry → index in Needles()
	line    line
	serial  uint64
	remote  *rand.Zipf
	people  *rand.Zipf
}

// New makes a generator of n entries that arrive between from and to, more by
// day than by night.
func New(seed uint64, n int, from, to time.Time) *Generator {
	rng := rand.New(rand.NewPCG(seed, 0x746f72696465))
	g := &Generator{rng: rng, from: from.UTC(), n: n, needles: map[int]int{}, serial: 100_000}
	g.remote = rand.NewZipf(rng, 1.3, 4, 20_000)
	g.people = rand.NewZipf(rng, 1.2, 20, 1_499)
	total := 0.0
	for t := from; t.Before(to); t = t.Add(time.Hour) {
		share := min(1, to.Sub(t).Hours())
		weight := 1.0
		if h := t.In(jst()).Hour(); h >= 8 && h < 18 {
			weight = 4
		}
		total += weight * share
		g.hours = append(g.hours, total)
	}
	for i := range g.hours {
		g.hours[i] /= total
	}
	g.plant()
	return g
}

func jst() *time.Location { return time.FixedZone("JST", 9*3600) }

// plant spreads the needles evenly, each kind shifted, so that none meets
// another when n is at least 1,000.
func (g *Generator) plant() {
	for k, needle := range Needles() {
		for j := range needle.Count {
			at := (2*j+1)*g.n/(2*needle.Count) + 7*k
			for at < g.n && g.has(at) {
				at++
			}
			if at < g.n {
				g.needles[at] = k
			}
		}
	}
}

func (g *Generator) has(i int) bool { _, ok := g.needles[i]; return ok }

// at gives the time at which entry i arrives.
func (g *Generator) at(i int) time.Time {
	f := (float64(i) + 0.5) / float64(g.n)
	h, _ := slices.BinarySearch(g.hours, f)
	before := 0.0
	if h > 0 {
		before = g.hours[h-1]
	}
	within := (f - before) / (g.hours[h] - before)
	return g.from.Add(time.Duration(h)*time.Hour + time.Duration(within*float64(time.Hour))).Truncate(time.Microsecond)
}

// Next makes the next entry, as the record that a source would hand over and as
// the event that its format would make of it; either may be nil. What they
// point to is valid until the next call. It returns false after the last.
func (g *Generator) Next(r *event.Record, e *event.Event) bool {
	if g.i >= g.n {
		return false
	}
	i := g.i
	g.i++
	var spare event.Event
	if e == nil {
		e = &spare
	}
	received := g.at(i)
	*e = event.Event{
		At:       event.Position{Epoch: 1, Seq: uint64(i/BatchRows) + 1, Index: uint32(i % BatchRows)},
		Received: received, Offset: 9 * 3600, Fields: e.Fields[:0],
	}
	e.Time = received.Add(-time.Duration(g.rng.IntN(2_000_000)+1_000) * time.Microsecond)
	needle := Needle{Kind: g.kind()}
	if k, ok := g.needles[i]; ok {
		needle = Needles()[k]
	}
	g.line.reset()
	format := g.write(needle, e)
	g.line.finish(e)
	if r != nil {
		*r = event.Record{Source: e.Source, Format: format, Peer: e.Peer, Received: e.Received, Key: e.Key, Data: e.Original}
	}
	return true
}

func (g *Generator) kind() Kind {
	switch p := g.rng.IntN(100); {
	case p < 37:
		return FortiGate
	case p < 67:
		return Flow
	case p < 95:
		return Windows
	}
	return Chart
}

func (g *Generator) write(needle Needle, e *event.Event) (format string) {
	switch needle.Kind {
	case FortiGate:
		g.fortigate(needle, e)
		return "fortigate"
	case Flow:
		g.flow(e)
		return "json"
	case Windows:
		g.windows(needle, e)
		return "windows"
	}
	g.chart(needle, e)
	return "syslog"
}

// Records gives n records; see New.
func Records(seed uint64, n int, from, to time.Time) []event.Record {
	g := New(seed, n, from, to)
	out := make([]event.Record, n)
	for i := range out {
		g.Next(&out[i], nil)
		out[i].Data = bytes.Clone(out[i].Data)
	}
	return out
}

// Events gives n events; see New. Entry i is record i of Records.
func Events(seed uint64, n int, from, to time.Time) []*event.Event {
	g := New(seed, n, from, to)
	out := make([]*event.Event, n)
	for i := range out {
		e := &event.Event{}
		g.Next(nil, e)
		Keep(e)
		out[i] = e
	}
	return out
}

// Keep makes e independent of the generator's next call.
func Keep(e *event.Event) {
	same := len(e.Original) > 0 && len(e.Text) > 0 && &e.Original[0] == &e.Text[0]
	e.Original = bytes.Clone(e.Original)
	if e.Text = bytes.Clone(e.Text); same {
		e.Text = e.Original
	}
	e.Fields = slices.Clone(e.Fields)
}

// line is an entry as it is written, with the places of its values.
type line struct {
	b     []byte
	spans []span
}

type span struct {
	name, value string
	from, to    int // of the value in b, where value is empty
}

func (l *line) reset() { l.b, l.spans = l.b[:0], l.spans[:0] }

func (l *line) put(s string) { l.b = append(l.b, s...) }

func (l *line) num(n uint64) { l.b = strconv.AppendUint(l.b, n, 10) }

// field notes that what was written since from is the value of name.
func (l *line) field(name string, from int) {
	l.spans = append(l.spans, span{name: name, from: from, to: len(l.b)})
}

// also notes a field whose value is written in another way.
func (l *line) also(name, value string) { l.spans = append(l.spans, span{name: name, value: value}) }

// finish makes the fields parts of one string, as formats do.
func (l *line) finish(e *event.Event) {
	whole := string(l.b)
	e.Original, e.Text = l.b, l.b
	for _, s := range l.spans {
		v := s.value
		if s.to > s.from {
			v = whole[s.from:s.to]
		}
		e.Fields = append(e.Fields, event.Field{Name: s.name, Value: v})
	}
}
