package records

import (
	"cmp"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// The senders, as Record.Source names them; whoever plays the records puts the
// ID of a configured source there.
const (
	Firewall = "firewall" // FortiGates, by syslog
	Servers  = "servers"  // servers with Winlogbeat of their own
	PCs      = "pcs"      // PCs and further servers, through one collector
	Files    = "files"    // the file server's Samba and sshd, by syslog
)

// Host is a computer of the hospital.
type Host struct{ Name, Addr string }

// Visit is approved maintenance through the chart system's line: a person of
// the vendor works on the bastion from From to Until.
type Visit struct {
	From, Until   time.Time
	User, Address string // account of the VPN, and where it comes from
}

// Hospital is whose entries are written.
type Hospital struct {
	Zone *time.Location
	// Since is the beginning of the records. In the day after it the
	// administrators visit every chart server once, as they do each month.
	Since time.Time
	// Direct is when the servers got a Winlogbeat of their own; until then the
	// collector sends for them.
	Direct time.Time
	// Groups are the computers by the prefix of their names.
	Groups map[string][]Host
	Visits []Visit
	// Night is the midnight at which the Night begins, zero: none. From its end
	// on the servers it struck send nothing any more.
	Night time.Time
	// Span is how long the Night takes, from midnight to its last entry, where it
	// is played faster than it was; zero: NightEnd.
	Span time.Duration
}

// End is when the last entry of a struck server came.
func (h *Hospital) End() time.Time {
	if h.Span > 0 {
		return h.Night.Add(h.Span)
	}
	return h.Night.Add(NightEnd)
}

// NightEnd is how long after midnight the last entry of a struck server came.
const NightEnd = 5*time.Hour + 20*time.Minute

// domain is behind the names of computers in Windows.
const domain = "minato.example"

func (h *Hospital) host(group string, i int) Host {
	g := h.Groups[group]
	if len(g) == 0 {
		return Host{Name: group + "-0001", Addr: "10.10.99.1"}
	}
	return g[i%len(g)]
}

func bastion() Host     { return Host{"FUMIDAI-01", "10.10.1.20"} }
func collector() string { return "10.10.4.30" }

// files is the file server, printing the one that prints.
func (h *Hospital) files() Host    { return h.host("BUMON", 43) }
func (h *Hospital) printing() Host { return h.host("BUMON", 42) }

// senders are the servers with Winlogbeat of their own. They write something
// every half hour, so that their silence means something.
func (h *Hospital) senders() []Host {
	return append(h.struck(), h.host("AD", 0), h.host("AD", 1), h.host("LIS", 0), h.host("PACS", 0), h.host("RIS", 0), h.printing(), bastion())
}

// struck are those that are silent after the Night.
func (h *Hospital) struck() []Host {
	return []Host{h.host("KYUSHOKU", 0), h.host("KARTE-DB", 0), h.host("KARTE-DB", 1), h.host("KARTE-AP", 0), h.host("ORDER", 0), h.host("DACS", 0), h.host("BACKUP", 0)}
}

// charts are the servers that hold charts and orders.
func (h *Hospital) charts() []Host {
	return slices.Concat(h.Groups["KARTE-DB"], h.Groups["KARTE-AP"], h.Groups["ORDER"])
}

// maker writes entries.
type maker struct {
	h     *Hospital
	rng   *rand.Rand
	out   []event.Record
	own   map[string]bool // servers with Winlogbeat of their own
	dead  map[string]bool // silent after the Night
	quiet time.Time       // since when
	zero  time.Time       // of the Night that is played faster; zero: nothing is
	speed float64         // how many times
}

func newMaker(h *Hospital, seed, part uint64) *maker {
	m := &maker{h: h, rng: rand.New(rand.NewPCG(seed, part)), own: map[string]bool{}, dead: map[string]bool{}}
	for _, s := range h.senders() {
		m.own[s.Name] = true
	}
	for _, s := range h.struck() {
		m.dead[s.Name] = true
	}
	if !h.Night.IsZero() {
		m.quiet = h.End()
	}
	return m
}

// moment is when something happens that happened at a time of the Night as it was.
func (m *maker) moment(at time.Time) time.Time {
	if m.zero.IsZero() {
		return at
	}
	return m.zero.Add(time.Duration(float64(at.Sub(m.zero)) / m.speed))
}

// put takes an entry in: it arrives a moment after it was written.
func (m *maker) put(source, format, peer string, at time.Time, data []byte) {
	way := time.Duration(200+m.rng.IntN(1_300)) * time.Millisecond
	if !m.zero.IsZero() {
		way = time.Duration(float64(way) / m.speed)
	}
	received := at.Add(way)
	m.out = append(m.out, event.Record{Source: source, Format: format, Peer: peer, Received: received.UTC(), Data: data})
}

// give gives what was written between from and to in the order of arrival.
func (m *maker) give(from, to time.Time, yield func(event.Record) bool) bool {
	slices.SortStableFunc(m.out, func(a, b event.Record) int {
		return cmp.Or(a.Received.Compare(b.Received), strings.Compare(a.Peer, b.Peer))
	})
	for _, r := range m.out {
		if r.Received.Before(from) || !r.Received.Before(to) {
			continue
		}
		if !yield(r) {
			return false
		}
	}
	m.out = m.out[:0]
	return true
}

// one picks of a list.
func one[T any](m *maker, list []T) T { return list[m.rng.IntN(len(list))] }

// person is an account of the hospital's staff.
func (m *maker) person() string {
	family := [...]string{"yamada", "suzuki", "sato", "tanaka", "ito", "kobayashi", "nakamura", "kato", "yoshida", "matsumoto", "inoue", "kimura"}
	return family[m.rng.IntN(len(family))] + "." + string(rune('a'+m.rng.IntN(20)))
}

// Merge gives two runs as one, in the order of arrival.
func Merge(a, b iter.Seq[event.Record]) iter.Seq[event.Record] {
	return func(yield func(event.Record) bool) {
		next, stop := iter.Pull(b)
		defer stop()
		r, ok := next()
		for x := range a {
			for ok && r.Received.Before(x.Received) {
				if !yield(r) {
					return
				}
				r, ok = next()
			}
			if !yield(x) {
				return
			}
		}
		for ok {
			if !yield(r) {
				return
			}
			r, ok = next()
		}
	}
}
