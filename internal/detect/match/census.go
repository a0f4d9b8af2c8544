package match

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/sigma"
)

// Seen is what arrived of one shape of events.
type Seen struct {
	Dataset  string            `json:"dataset"`
	Provider string            `json:"provider,omitempty"`
	Sources  []sigma.LogSource `json:"sources"`
	Names    []string          `json:"names"`
	Filled   []bool            `json:"filled"` // by name: it had a value at least once
	// Fixed are the fields that always had the same value.
	Fixed []sigma.Field        `json:"fixed,omitempty"`
	Codes map[string]time.Time `json:"codes"` // event codes, with the time of the last
	First time.Time            `json:"first"`
	Last  time.Time            `json:"last"`
	Count int64                `json:"count"`
	// ID names the shape; it is made of what tells shapes apart.
	ID string `json:"id"`

	index map[string]bool // of Has, once Index was called
}

// Index makes Has quick, for who asks it often.
func (s *Seen) Index() {
	index := map[string]bool{}
	for i, name := range s.Names {
		if s.Filled[i] {
			index[name] = true
			if second := s.renamed(name); second != "" {
				index[second] = true
			}
		}
	}
	for _, f := range s.Fixed {
		if f.Value != "" {
			index[f.Name] = true
		}
	}
	s.index = index
}

// Has reports whether the field is among the names and had a value, under its
// own or under a second name.
func (s *Seen) Has(field string) bool {
	if s.index != nil {
		return s.index[field]
	}
	for i, name := range s.Names {
		if s.Filled[i] && (name == field || s.renamed(name) == field) {
			return true
		}
	}
	for _, f := range s.Fixed {
		if f.Name == field && f.Value != "" {
			return true
		}
	}
	return false
}

// renamed gives the second name of a field of a Windows event, or "".
func (s *Seen) renamed(name string) string {
	id := 0
	for _, f := range s.Fixed {
		if f.Name == "EventID" {
			id, _ = strconv.Atoi(f.Value)
		}
	}
	if id == 0 {
		return ""
	}
	for _, source := range s.Sources {
		if r, ok := sigma.WindowsField(source.Service, name, id); ok {
			return r.To
		}
	}
	return ""
}

// Limits of a census: shapes beyond maxSeen are matched but not remembered, and
// of each shape at most maxCodes event codes.
const (
	maxSeen  = 3000
	maxCodes = 300
)

// Census is what arrived of all shapes. Counting is for one goroutine; List and
// Changed may be called by others.
type Census struct {
	mu      sync.Mutex // guards all; taken once for each event
	entries map[string]*entry
}

// entry is Seen with what counting needs.
type entry struct {
	census  *Census
	seen    Seen
	empty   []int // fields that never had a value
	changed bool
}

// NewCensus makes one from what was stored before.
func NewCensus(stored []Seen) *Census {
	c := &Census{entries: map[string]*entry{}}
	for _, s := range stored {
		if len(s.Filled) != len(s.Names) || len(c.entries) >= maxSeen {
			continue
		}
		if s.Codes == nil {
			s.Codes = map[string]time.Time{}
		}
		c.entries[s.ID] = newEntry(c, s)
	}
	return c
}

func newEntry(c *Census, s Seen) *entry {
	e := &entry{census: c, seen: s}
	for i, filled := range s.Filled {
		if !filled {
			e.empty = append(e.empty, i)
		}
	}
	return e
}

// entry finds or makes the entry of a shape; nil when there are too many.
func (c *Census) entry(s *shape, sources []sigma.LogSource, same []sigma.Field) *entry {
	id := s.id()
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[id]; ok {
		e.seen.Sources, e.seen.Fixed = sources, same // the program may route better since
		return e
	}
	if len(c.entries) >= maxSeen {
		return nil
	}
	e := newEntry(c, Seen{ID: id, Dataset: s.dataset, Provider: s.provider, Sources: sources, Names: s.names,
		Filled: make([]bool, len(s.names)), Fixed: same, Codes: map[string]time.Time{}})
	c.entries[id] = e
	return e
}

// key is what tells shapes apart.
func (s *shape) key() []string {
	parts := []string{s.dataset, s.source.Product, s.source.Service, s.source.Category, s.provider}
	for _, f := range s.fixed {
		parts = append(parts, f.name, f.value)
	}
	return append(parts, s.names...)
}

// id is a hash of what tells shapes apart.
func (s *shape) id() string {
	h := sha256.New()
	for _, part := range s.key() {
		h.Write([]byte(part))
		h.Write([]byte{0x1F})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (n *entry) count(e *event.Event) {
	at := when(e)
	n.census.mu.Lock()
	defer n.census.mu.Unlock()
	s := &n.seen
	if s.Count == 0 {
		s.First = at
	}
	s.Count++
	n.changed = true
	if at.After(s.Last) {
		s.Last = at
	}
	for i := 0; i < len(n.empty); i++ {
		if at := n.empty[i]; e.Fields[at].Value != "" && e.Fields[at].Value != "-" {
			s.Filled[at] = true
			n.empty = slices.Delete(n.empty, i, i+1)
			i--
		}
	}
	n.code(e.Core.Code, at)
}

// code notes the time of an event code, to the minute: more would cost a write
// into the map for each event.
func (n *entry) code(code string, at time.Time) {
	if last, known := n.seen.Codes[code]; known {
		if at.Sub(last) >= time.Minute {
			n.seen.Codes[strings.Clone(code)] = at
		}
		return
	}
	if len(n.seen.Codes) < maxCodes {
		n.seen.Codes[strings.Clone(code)] = at
	}
}

// List gives all that was seen, by data set, provider and last arrival.
func (c *Census) List() []Seen {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Seen, 0, len(c.entries))
	for _, e := range c.entries {
		out = append(out, e.seen.clone())
	}
	slices.SortFunc(out, func(a, b Seen) int {
		return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Provider, b.Provider), b.Last.Compare(a.Last), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Last is when an entry of any shape last came, zero for never.
func (c *Census) Last() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	var last time.Time
	for _, e := range c.entries {
		if e.seen.Last.After(last) {
			last = e.seen.Last
		}
	}
	return last
}

// Changed gives what was counted since the last call.
func (c *Census) Changed() []Seen {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Seen
	for _, e := range c.entries {
		if e.changed {
			e.changed = false
			out = append(out, e.seen.clone())
		}
	}
	return out
}

// Forget drops shapes that were not seen since then and gives their IDs.
func (c *Census) Forget(before time.Time) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for id, e := range c.entries {
		if e.seen.Last.Before(before) {
			delete(c.entries, id)
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func (s *Seen) clone() Seen {
	c := *s
	c.Filled = slices.Clone(s.Filled)
	c.Codes = make(map[string]time.Time, len(s.Codes))
	for k, v := range s.Codes {
		c.Codes[k] = v
	}
	return c
}
