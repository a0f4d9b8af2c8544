package correlate

import (
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"hash/maphash"
	"math"
	"strings"
	"time"

	"github.com/torideproject/toride/sigma"
)

// counter is a correlation made ready.
type counter struct {
	*sigma.Correlation
	at          int   // place among the State's counters
	span, quiet int64 // nanoseconds
	tolerance   int64
	judged      bool // when its window has passed, not with each hit
	need        int  // of prompt counts: the least that fulfils the condition
	keep        int  // how many times or values a group holds
	feeds       map[int]feed
	own         int // the rule that its firings are hits of, or -1
	finger      uint64
	seed        maphash.Seed

	groups map[string]*group
	// All groups, about from the longest unused to the latest (CLOCK: a hit only
	// marks its group; who looks for one to give up puts marked ones to the end).
	oldest, newest *group
	spare          []*group
}

// feed is what a hit of one rule means to a correlation.
type feed struct {
	places []int    // in Rules, from the last to the first
	group  []string // the fields of group-by in the events of this rule
	fields []string // the fields whose values count
}

func newCounter(c *sigma.Correlation, o Options) (*counter, error) {
	if p := c.Check(); p != nil {
		p.File, p.Line, p.Rule = c.File, c.Line, c.Key()
		return nil, p
	}
	k := &counter{Correlation: c, span: int64(c.Timespan), quiet: int64(o.Quiet), tolerance: int64(o.Tolerance), own: -1,
		feeds: map[int]feed{}, groups: map[string]*group{}, finger: fingerprint(c), seed: maphash.MakeSeed()}
	if k.quiet <= 0 {
		k.quiet = k.span
	}
	k.judged = canBeUndone(c)
	k.keep = o.MaxValues
	if !k.judged && (c.Type == sigma.EventCount || c.Type == sigma.ValueCount) {
		k.need = least(c.Bounds)
		if k.need > o.MaxValues {
			return nil, sigma.Problem{Code: sigma.TooMany, File: c.File, Line: c.Line, Rule: c.Key(), Construct: "condition"}.
				Because(sigma.WhyHeld, k.need, o.MaxValues)
		}
		k.keep = min(o.MaxValues, max(2*k.need, 64))
	}
	return k, nil
}

// canBeUndone says whether a later hit can make the condition false again.
func canBeUndone(c *sigma.Correlation) bool {
	for _, b := range c.Bounds {
		if b.Op != "gt" && b.Op != "gte" {
			return true
		}
	}
	return c.Together != nil && hasNot(c.Together)
}

func hasNot(e *sigma.RuleExpr) bool {
	if e.Op == sigma.Not {
		return true
	}
	for _, kid := range e.Kids {
		if hasNot(kid) {
			return true
		}
	}
	return false
}

// least gives the smallest count that fulfils lower bounds.
func least(bounds sigma.Bounds) int {
	n := 1.0
	for _, b := range bounds {
		switch b.Op {
		case "gt":
			n = max(n, math.Floor(b.Number)+1)
		case "gte":
			n = max(n, math.Ceil(b.Number))
		}
	}
	return int(min(n, math.MaxInt32))
}

// fingerprint tells whether a correlation in a snapshot is the one that is
// running: state of another definition would be counted wrongly.
func fingerprint(c *sigma.Correlation) uint64 {
	what, err := json.Marshal([]any{c.Type, c.Rules, c.GroupBy, c.Timespan, c.Aliases, c.Bounds, c.Fields, c.Percentile, c.Together})
	if err != nil { // numbers are finite and all else is plain: it cannot be
		return 0
	}
	h := fnv.New64a()
	h.Write(what)
	return h.Sum64()
}

// connect tells the counter that a rule is one of its own.
func (k *counter) connect(rule int, key string, place int) {
	f, known := k.feeds[rule]
	if !known {
		f.group, f.fields = k.fieldsFor(key, k.GroupBy), k.fieldsFor(key, k.Fields)
	}
	f.places = append([]int{place}, f.places...)
	k.feeds[rule] = f
}

func (k *counter) fieldsFor(rule string, names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = name
		if field, ok := k.Aliases[name][rule]; ok {
			out[i] = field
		}
	}
	return out
}

// maxKeyPart is how much of a value keeps groups and values apart; of a longer
// one the rest is hashed.
const maxKeyPart = 200

// appendKey appends the values of some fields so that different values give
// different bytes. Case does not matter, as everywhere in Sigma. ok is false
// when one of the fields is missing.
func appendKey(dst []byte, fields Fields, names []string) (key []byte, ok bool) {
	for _, name := range names {
		v, there := fields.Get(name)
		if !there {
			return dst, false
		}
		from := len(dst)
		dst = appendFolded(dst, v)
		if long := dst[from:]; len(long) > maxKeyPart {
			h := fnv.New64a()
			h.Write(long)
			dst = h.Sum(dst[:from+maxKeyPart])
		}
		dst = binary.LittleEndian.AppendUint16(dst, uint16(len(dst)-from))
	}
	return dst, true
}

func appendFolded(dst []byte, v string) []byte {
	for i := range len(v) {
		if v[i] >= 0x80 {
			return sigma.AppendFold(dst, []byte(v))
		}
	}
	for i := range len(v) {
		c := v[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// labels appends the values of the group as they were written.
func labels(dst []string, fields Fields, names []string) []string {
	for _, name := range names {
		v, _ := fields.Get(name)
		dst = append(dst, clip(v))
	}
	return dst
}

// clip copies a value that is kept, cut to what a page can show.
func clip(v string) string {
	if len(v) > maxKeyPart {
		return strings.ToValidUTF8(v[:maxKeyPart], "")
	}
	return strings.Clone(v)
}

func instant(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// nanoseconds gives a time as the State counts. What no clock can mean is put
// at the edge: a device that says year 1 or 9999 must not make numbers wrap.
func nanoseconds(t time.Time) int64 {
	const earliest, latest = -1e9, 8e9 // seconds: years 1938 and 2223
	return min(max(t.Unix(), earliest), latest)*1e9 + int64(t.Nanosecond())
}
