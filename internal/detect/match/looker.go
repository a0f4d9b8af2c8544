package match

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/sigma"
)

// maxYoung bounds the cache of shapes: when so many were met, those not met
// since the last time are forgotten. At most twice as many are held.
const maxYoung = 4096

// Looker matches events. It is for one goroutine.
type Looker struct {
	engine  *sigma.Engine
	matcher *sigma.Matcher
	young   map[uint64]*shape
	old     map[uint64]*shape
	values  []sigma.Value
	raw     []byte
	low     []byte
	seen    *Census
	tag     func(*event.Event) uint64
}

// NewLooker makes a Looker for the engine's rules. The census may be shared by
// one Looker after the other: it outlives a change of rules. tag is asked once
// for each shape, and Match gives its answer with every event of the shape; it
// may look at what makes a shape: data set, log source, names, and of a
// Windows event its code and provider.
func NewLooker(engine *sigma.Engine, census *Census, tag func(*event.Event) uint64) *Looker {
	return &Looker{engine: engine, matcher: engine.NewMatcher(), young: map[uint64]*shape{}, old: map[uint64]*shape{}, seen: census, tag: tag}
}

// shape is what is known about events that look alike.
type shape struct {
	dataset, code, provider string
	source                  sigma.LogSource
	names                   []string
	fixed                   []fixed
	renames                 []rename
	engine                  *sigma.EngineShape
	needs                   []sigma.Need
	entry                   *entry
	tag                     uint64
	next                    *shape // with the same hash
}

// fixed is a field whose value decides a Windows event's log sources; events
// that differ in one have different shapes.
type fixed struct {
	at    int // in the event's fields
	name  string
	value string
}

// rename is a second name of a field.
type rename struct {
	at int
	sigma.Rename
}

// Match appends to dst the rules that match e, as indices of the engine's
// rules. It allocates nothing for a shape that is known. The event is counted
// in the census unless it is a backfill: a file that somebody uploads does not
// show that logs arrive.
func (l *Looker) Match(e *event.Event, dst []int32) ([]int32, uint64) {
	s := l.shape(e)
	if s.entry != nil && !e.Backfill {
		s.entry.count(e)
	}
	if s.engine.Empty() {
		return dst, s.tag
	}
	return l.matcher.Match(s.engine, l.read(s, e), dst), s.tag
}

// read fills the values that the rules of the shape ask for.
func (l *Looker) read(s *shape, e *event.Event) []sigma.Value {
	l.values, l.raw, l.low = l.values[:0], l.raw[:0], l.low[:0]
	for i := range e.Fields {
		l.value(s, i, e.Fields[i].Value)
	}
	for j := range s.renames {
		r := &s.renames[j]
		l.value(s, len(e.Fields)+j, r.Value(e.Fields[r.at].Value))
	}
	return l.values
}

func (l *Looker) value(s *shape, i int, text string) {
	if s.needs[i] == sigma.NeedNothing {
		l.values = append(l.values, sigma.Value{})
		return
	}
	from, fold := len(l.raw), len(l.low)
	l.raw = append(l.raw, text...)
	raw := l.raw[from:len(l.raw):len(l.raw)]
	if raw == nil {
		raw = []byte{} // an empty first field: present all the same
	}
	l.low = sigma.AppendFold(l.low, raw)
	end := len(l.low)
	l.low = append(l.low, "\x00\x00\x00\x00\x00\x00\x00\x00"...) // the engine reads ahead
	l.values = append(l.values, sigma.Value{Raw: raw, Low: l.low[fold:end]})
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
	s := &shape{dataset: strings.Clone(e.Dataset), code: strings.Clone(e.Core.Code), provider: strings.Clone(e.Core.Provider),
		source: sigma.LogSource{Category: e.Category, Product: e.Product, Service: e.Service}}
	s.names = make([]string, len(e.Fields), len(e.Fields)+2)
	for i := range e.Fields {
		s.names[i] = strings.Clone(e.Fields[i].Name) // an event may point into a message of many
	}
	var sources []sigma.LogSource
	var same []sigma.Field
	if e.Product == "windows" {
		sources, same = s.windows(e)
	} else {
		sources = sigma.SourcesOf(nil, s.source)
	}
	names := s.names
	for _, r := range s.renames {
		names = append(names, r.To)
	}
	s.engine = l.engine.Shape(sources, names, same)
	s.needs = s.engine.Needs()
	s.entry = l.seen.entry(s, sources, same)
	if l.tag != nil {
		s.tag = l.tag(e)
	}
	return s
}

// windows works out what channel, provider and event id say.
func (s *shape) windows(e *event.Event) (sources []sigma.LogSource, same []sigma.Field) {
	id, _ := strconv.Atoi(e.Core.Code) // 0 where there is none: no category then
	names := []string{"EventID", "Channel", "Provider_Name"}
	if id == 12 {
		names = append(names, "EventType")
	}
	values := map[string]string{"EventID": s.code, "Provider_Name": s.provider}
	for i, name := range s.names {
		if slices.Contains(names, name) && !slices.ContainsFunc(s.fixed, func(f fixed) bool { return f.name == name }) {
			value := strings.Clone(e.Fields[i].Value)
			s.fixed = append(s.fixed, fixed{at: i, name: name, value: value})
			values[name] = value
		}
	}
	for _, name := range names {
		if values[name] != "" {
			same = append(same, sigma.Field{Name: name, Value: values[name]})
		}
	}
	sources = sigma.WindowsSources(nil, values["Channel"], values["Provider_Name"], id, values["EventType"])
	for _, source := range sources {
		s.rename(source.Service, id)
	}
	return sources, same
}

// rename notes the second names of fields, where the format has not given them.
func (s *shape) rename(service string, id int) {
	for i, name := range s.names {
		r, ok := sigma.WindowsField(service, name, id)
		if !ok || slices.Contains(s.names, r.To) || slices.ContainsFunc(s.renames, func(o rename) bool { return o.To == r.To }) {
			continue
		}
		s.renames = append(s.renames, rename{at: i, Rename: r})
	}
}

func (s *shape) fits(e *event.Event) bool {
	if len(s.names) != len(e.Fields) || s.dataset != e.Dataset || s.source.Product != e.Product ||
		s.source.Service != e.Service || s.source.Category != e.Category {
		return false
	}
	if e.Product == "windows" {
		if s.code != e.Core.Code || s.provider != e.Core.Provider {
			return false
		}
		for i := range s.fixed {
			if e.Fields[s.fixed[i].at].Value != s.fixed[i].value {
				return false
			}
		}
	}
	for i := range s.names {
		if s.names[i] != e.Fields[i].Name {
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

// Fields are an event's values under the names that rules use, for who counts
// them: its own, and the second names of Windows events.
type Fields struct{ Event *event.Event }

// Get gives the value of a field.
func (f Fields) Get(name string) (string, bool) {
	if v, ok := f.Event.Get(name); ok {
		return v, true
	}
	if f.Event.Product != "windows" {
		return "", false
	}
	switch name {
	case "EventID":
		return f.Event.Core.Code, f.Event.Core.Code != ""
	case "Provider_Name":
		return f.Event.Core.Provider, f.Event.Core.Provider != ""
	case "Computer":
		return f.Event.Core.Host, f.Event.Core.Host != ""
	}
	return f.second(name)
}

func (f Fields) second(name string) (string, bool) {
	id, _ := strconv.Atoi(f.Event.Core.Code) // 0: no second names
	service := f.Event.Service
	for i := range f.Event.Fields {
		if r, ok := sigma.WindowsField(service, f.Event.Fields[i].Name, id); ok && r.To == name {
			return r.Value(f.Event.Fields[i].Value), true
		}
	}
	return "", false
}
