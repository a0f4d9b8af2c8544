package match

import (
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/sigma"
)

// Route gives every Sigma log source that an event belongs to. It is asked once
// for each shape, so it may look at data set, channel, provider and event id,
// and at which fields there are, but at no other value.
type Route func(e *event.Event) []sigma.LogSource

// Plain is the Route of events that belong to one log source: the one that
// their format named.
func Plain(e *event.Event) []sigma.LogSource {
	return []sigma.LogSource{{Category: e.Category, Product: e.Product, Service: e.Service}}
}

// maxYoung bounds the cache of shapes: when so many were met, those not met
// since the last time are forgotten. At most twice as many are held.
const maxYoung = 4096

// Looker matches events. It is for one goroutine.
type Looker struct {
	engine  *sigma.Engine
	matcher *sigma.Matcher
	route   Route
	young   map[uint64]*shape
	old     map[uint64]*shape
	values  []sigma.Value
	raw     []byte
	low     []byte
	seen    *Census
}

// NewLooker makes a Looker for the engine's rules. The census may be shared by
// one Looker after the other: it outlives a change of rules.
func NewLooker(engine *sigma.Engine, route Route, census *Census) *Looker {
	return &Looker{engine: engine, matcher: engine.NewMatcher(), route: route, young: map[uint64]*shape{}, old: map[uint64]*shape{}, seen: census}
}

// shape is what is known about events that look alike.
type shape struct {
	dataset, code, provider string
	source                  sigma.LogSource
	names                   []string
	fixed                   [3]string // values of fixedNames; part of the key
	engine                  *sigma.EngineShape
	needs                   []sigma.Need
	entry                   *entry
	next                    *shape // with the same hash
}

// fixedNames are the fields whose value decides a Windows event's log sources;
// events that differ in them have different shapes.
func fixedNames() [3]string { return [3]string{"EventID", "Channel", "Provider_Name"} }

// Match appends to dst the rules that match e, as indices of the engine's
// rules. It allocates nothing for a shape that is known. The event is counted
// in the census unless it is a backfill: a file that somebody uploads does not
// show that logs arrive.
func (l *Looker) Match(e *event.Event, dst []int32) []int32 {
	s := l.shape(e)
	if s.entry != nil && !e.Backfill {
		s.entry.count(e)
	}
	if s.engine.Empty() {
		return dst
	}
	return l.matcher.Match(s.engine, l.read(s, e), dst)
}

// read fills the values that the rules of the shape ask for.
func (l *Looker) read(s *shape, e *event.Event) []sigma.Value {
	l.values, l.raw, l.low = l.values[:0], l.raw[:0], l.low[:0]
	for i := range e.Fields {
		if i < len(s.needs) && s.needs[i] == sigma.NeedNothing {
			l.values = append(l.values, sigma.Value{})
			continue
		}
		from, fold := len(l.raw), len(l.low)
		l.raw = append(l.raw, e.Fields[i].Value...)
		raw := l.raw[from:len(l.raw):len(l.raw)]
		if raw == nil {
			raw = []byte{} // an empty field of the first event: present
		}
		l.low = sigma.AppendFold(l.low, raw)
		end := len(l.low)
		l.low = append(l.low, "\x00\x00\x00\x00\x00\x00\x00\x00"...) // the engine reads ahead
		l.values = append(l.values, sigma.Value{Raw: raw, Low: l.low[fold:end]})
	}
	return l.values
}

func (l *Looker) shape(e *event.Event) *shape {
	h := hash(e)
	for s := l.young[h]; s != nil; s = s.next {
		if s.fits(e) {
			return s
		}
	}
	for s := l.old[h]; s != nil; s = s.next {
		if s.fits(e) {
			kept := *s
			l.keep(h, &kept)
			return &kept
		}
	}
	s := l.learn(e)
	l.keep(h, s)
	return s
}

func (l *Looker) keep(h uint64, s *shape) {
	if len(l.young) >= maxYoung {
		l.old, l.young = l.young, make(map[uint64]*shape, maxYoung)
	}
	s.next = l.young[h]
	if s.next != nil && s.next.depth() > 8 {
		s.next = nil // made to collide; learn them again rather than walk far
	}
	l.young[h] = s
}

func (s *shape) depth() int {
	n := 0
	for ; s != nil; s = s.next {
		n++
	}
	return n
}

func (l *Looker) learn(e *event.Event) *shape {
	s := &shape{dataset: e.Dataset, code: e.Core.Code, provider: e.Core.Provider,
		source: sigma.LogSource{Category: e.Category, Product: e.Product, Service: e.Service}}
	s.names = make([]string, len(e.Fields))
	for i := range e.Fields {
		s.names[i] = e.Fields[i].Name
	}
	var fixed []sigma.Field
	if e.Product == "windows" {
		for i, name := range fixedNames() {
			if v, ok := e.Get(name); ok {
				s.fixed[i] = v
				fixed = append(fixed, sigma.Field{Name: name, Value: v})
			}
		}
	}
	sources := l.route(e)
	s.engine = l.engine.Shape(sources, s.names, fixed)
	s.needs = s.engine.Needs()
	s.entry = l.seen.entry(s, sources, fixed)
	return s
}

func (s *shape) fits(e *event.Event) bool {
	if len(s.names) != len(e.Fields) || s.dataset != e.Dataset || s.source.Product != e.Product ||
		s.source.Service != e.Service || s.source.Category != e.Category {
		return false
	}
	windows := e.Product == "windows"
	if windows && (s.code != e.Core.Code || s.provider != e.Core.Provider) {
		return false
	}
	for i := range s.names {
		if s.names[i] != e.Fields[i].Name {
			return false
		}
	}
	return !windows || s.sameFixed(e)
}

func (s *shape) sameFixed(e *event.Event) bool {
	for i, name := range fixedNames() {
		if v, _ := e.Get(name); v != s.fixed[i] {
			return false
		}
	}
	return true
}

// hash mixes what tells shapes apart cheaply: lengths and ends of the names,
// and for Windows the event id. fits decides.
func hash(e *event.Event) uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037) ^ uint64(len(e.Fields))<<32 ^ uint64(len(e.Dataset))
	for i := range e.Fields {
		name := e.Fields[i].Name
		n := len(name)
		if n == 0 {
			h *= prime
			continue
		}
		h = (h ^ (uint64(n)<<16 | uint64(name[0])<<8 | uint64(name[n-1]))) * prime
	}
	if e.Product == "windows" {
		for i := range len(e.Core.Code) {
			h = (h ^ uint64(e.Core.Code[i])) * prime
		}
		h = (h ^ uint64(len(e.Core.Provider))) * prime
	}
	return h ^ h>>29
}

// when is the time by which an event is said to have arrived.
func when(e *event.Event) time.Time { return e.Received }
