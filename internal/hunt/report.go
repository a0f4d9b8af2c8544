package hunt

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

// Bounds of a report.
const (
	maxShown  = 3000   // hits that the HTML shows, the gravest first
	maxNames  = 20_000 // hosts, and accounts
	maxHours  = 100_000
	maxPairs  = 400_000 // which rule on which host, which rule for which account
	maxLosses = 2000
)

// Report is what a run found, in numbers.
type Report struct {
	Events  int
	Hits    int
	Files   int // inputs of the list
	Read    int // of which at least one event was read, members of archives counted
	Rules   int
	Refused []sigma.Problem // rules that were left out
	Began   time.Time       // first and last event with a hit
	Ended   time.Time
	ByRule  []RuleCount
	ByHost  []NameCount
	ByUser  []NameCount
	ByStep  [rulepack.Last + 1]int // hits by step of the attack chain
	// ByTactic are hits by ATT&CK tactic ("lateral-movement"), as the rules' tags
	// name them.
	ByTactic []TacticCount
	Hours    []HourCount
	Shown    []Hit // in the order of their times
	Losses   []Loss
	Lost     int  // losses beyond those listed
	Overfed  int  // events that correlations could not be given
	Passed   int  // files in folders that are no logs by their names
	Crowded  bool // more hosts, accounts or hours than are counted apart
	Stopped  bool // the run was ended before it had looked at everything

	rules  map[string]*RuleCount
	hosts  map[string]*NameCount
	users  map[string]*NameCount
	hours  map[int64]*HourCount
	losses map[string]int
	last   string // file of the last event
	pairs  int    // entries of the sets of hosts and of rules
	worst  worst
	// tactics counts by the order of tactics().
	tactics [14]int
}

// TacticCount is how often rules of a tactic were met.
type TacticCount struct {
	Tactic string
	Hits   int
}

// tactics are those of ATT&CK for enterprises in the order of an attack.
func tactics() [14]string {
	return [...]string{"reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation", "defense-evasion",
		"credential-access", "discovery", "lateral-movement", "collection", "command-and-control", "exfiltration", "impact"}
}

// RuleCount is how often a rule was met.
type RuleCount struct {
	Rule        *rulepack.Rule
	Hits        int
	First, Last time.Time
	Hosts       int
	hosts       map[string]bool
}

// NameCount is how often a host or an account was met, and the gravest level.
type NameCount struct {
	Name        string
	Hits        int
	Rules       int
	Worst       sigma.Level
	First, Last time.Time
	rules       map[string]bool
}

// HourCount are the hits of an hour by level.
type HourCount struct {
	Hour    time.Time
	ByLevel [sigma.Critical + 1]int
}

func newReport(o Options, rules *ruleset, files int) *Report {
	r := &Report{Files: files, Rules: len(rules.rules) + len(rules.byKey), rules: map[string]*RuleCount{}, hosts: map[string]*NameCount{}, users: map[string]*NameCount{},
		hours: map[int64]*HourCount{}, losses: map[string]int{}}
	for _, p := range o.Packs {
		r.Refused = append(r.Refused, p.Refused...)
	}
	return r
}

func (r *Report) file(name string) {
	if r.last != name { // the units of a file come together
		r.last = name
		r.Read++
	}
}

// lose notes a loss; the same in the same file becomes one line.
func (r *Report) lose(l Loss) {
	key := l.File + "\x00" + l.What.Key
	if i, ok := r.losses[key]; ok {
		r.Losses[i].Count += l.Count
		return
	}
	if len(r.Losses) >= maxLosses {
		r.Lost++
		return
	}
	r.losses[key] = len(r.Losses)
	r.Losses = append(r.Losses, l)
}

func (r *Report) unread(file string, n int) {
	r.lose(Loss{File: file, What: text.M("hunt.loss.unread"), Count: n})
}

func (r *Report) hit(h *Hit) {
	r.Hits++
	if r.Began.IsZero() || h.Time.Before(r.Began) {
		r.Began = h.Time
	}
	if h.Time.After(r.Ended) {
		r.Ended = h.Time
	}
	c := r.rules[h.Rule.Key]
	if c == nil {
		c = &RuleCount{Rule: h.Rule, First: h.Time, Last: h.Time, hosts: map[string]bool{}}
		r.rules[h.Rule.Key] = c
	}
	c.Hits++
	c.First, c.Last = earlier(c.First, h.Time), later(c.Last, h.Time)
	r.note(c.hosts, h.Host)
	r.count(r.hosts, h.Host, h)
	r.count(r.users, h.User, h)
	for _, step := range h.Rule.Steps() {
		r.ByStep[step]++
	}
	for i, tactic := range tactics() {
		if slices.Contains(h.Rule.Tags(), "attack."+tactic) || slices.Contains(h.Rule.Tags(), "attack."+strings.ReplaceAll(tactic, "-", "_")) {
			r.tactics[i]++
		}
	}
	r.hour(h)
	r.worst.add(*h)
}

func (r *Report) hour(h *Hit) {
	hour := h.Time.Truncate(time.Hour)
	c := r.hours[hour.Unix()]
	if c == nil {
		if len(r.hours) >= maxHours {
			r.Crowded = true
			return
		}
		c = &HourCount{Hour: hour}
		r.hours[hour.Unix()] = c
	}
	c.ByLevel[h.Rule.Level()]++
}

// note puts a name into a set; all sets together are bounded.
func (r *Report) note(set map[string]bool, name string) {
	if set[name] {
		return
	}
	if r.pairs >= maxPairs {
		r.Crowded = true
		return
	}
	r.pairs++
	set[name] = true
}

func (r *Report) count(all map[string]*NameCount, name string, h *Hit) {
	if name == "" {
		return
	}
	c := all[name]
	if c == nil {
		if len(all) >= maxNames {
			r.Crowded = true
			return
		}
		c = &NameCount{Name: name, First: h.Time, Last: h.Time, rules: map[string]bool{}}
		all[name] = c
	}
	c.Hits++
	r.note(c.rules, h.Rule.Key)
	c.Worst = max(c.Worst, h.Rule.Level())
	c.First, c.Last = earlier(c.First, h.Time), later(c.Last, h.Time)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// settle puts the counts into the order in which they are shown.
func (r *Report) settle() {
	for _, c := range r.rules {
		c.Hosts = len(c.hosts)
		r.ByRule = append(r.ByRule, *c)
	}
	slices.SortFunc(r.ByRule, func(a, b RuleCount) int {
		return cmp.Or(cmp.Compare(b.Rule.Level(), a.Rule.Level()), cmp.Compare(b.Hits, a.Hits), cmp.Compare(a.Rule.Key, b.Rule.Key))
	})
	for i, tactic := range tactics() {
		if r.tactics[i] > 0 {
			r.ByTactic = append(r.ByTactic, TacticCount{tactic, r.tactics[i]})
		}
	}
	r.ByHost, r.ByUser = names(r.hosts), names(r.users)
	for _, c := range r.hours {
		r.Hours = append(r.Hours, *c)
	}
	slices.SortFunc(r.Hours, func(a, b HourCount) int { return a.Hour.Compare(b.Hour) })
	r.Shown = r.worst.hits
	slices.SortStableFunc(r.Shown, func(a, b Hit) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.File, b.File), cmp.Compare(a.Record, b.Record), cmp.Compare(a.Rule.Key, b.Rule.Key))
	})
}

func names(all map[string]*NameCount) []NameCount {
	var out []NameCount
	for _, c := range all {
		c.Rules = len(c.rules)
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b NameCount) int {
		return cmp.Or(cmp.Compare(b.Worst, a.Worst), cmp.Compare(b.Hits, a.Hits), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// worst keeps the gravest hits, of equal ones the earliest, in a heap whose
// root is the first to go.
type worst struct{ hits []Hit }

func (w *worst) add(h Hit) {
	if len(w.hits) < maxShown {
		heap.Push(w, h)
		return
	}
	if graver(&h, &w.hits[0]) {
		w.hits[0] = h
		heap.Fix(w, 0)
	}
}

// graver orders hits: level, then time, then place, so that the choice does
// not depend on the number of workers.
func graver(a, b *Hit) bool {
	return cmp.Or(cmp.Compare(b.Rule.Level(), a.Rule.Level()), a.Time.Compare(b.Time), cmp.Compare(a.File, b.File), cmp.Compare(a.Record, b.Record), cmp.Compare(a.Rule.Key, b.Rule.Key)) < 0
}

func (w *worst) Len() int           { return len(w.hits) }
func (w *worst) Less(i, j int) bool { return graver(&w.hits[j], &w.hits[i]) }
func (w *worst) Swap(i, j int)      { w.hits[i], w.hits[j] = w.hits[j], w.hits[i] }

// Push and Pop are heap.Interface.
func (w *worst) Push(x any) { w.hits = append(w.hits, x.(Hit)) }

// Pop takes the last one off.
func (w *worst) Pop() any {
	h := w.hits[len(w.hits)-1]
	w.hits = w.hits[:len(w.hits)-1]
	return h
}
