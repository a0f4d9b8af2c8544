package clock

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/incident/pack"
)

// Category is one of the four kinds of loss after which a report may be due
// (施行規則7条1号〜4号).
type Category struct {
	ID   string     `json:"id"`
	No   int        `json:"no"`             // number in the rule, 1 to 4
	Over int        `json:"over,omitempty"` // applies above this number of people
	Name pack.Words `json:"name"`
	Ask  pack.Words `json:"ask"`
	Hint pack.Words `json:"hint"`
}

// Rule is one clock of the pack.
type Rule struct {
	ID         string     `json:"id"`
	ShowDays   []int      `json:"show_days,omitempty"`  // days shown as marks and never moved
	Days       int        `json:"days,omitempty"`       // last day, moved over closed days
	Categories []string   `json:"categories,omitempty"` // empty: any category starts it
	Name       pack.Words `json:"name"`
	To         pack.Words `json:"to"`
	Rule       pack.Words `json:"rule"`
}

// Rules is the pack of legal clocks.
type Rules struct {
	Head       pack.Head  `json:"head"`
	Categories []Category `json:"categories"`
	Clocks     []Rule     `json:"clocks"`
	Decides    pack.Words `json:"decides"`
}

// PackHead gives the pack's head.
func (r Rules) PackHead() pack.Head { return r.Head }

// ShippedRules reads the pack that is built in.
func ShippedRules() (Rules, error) {
	data, err := files.ReadFile("rules.json")
	if err != nil {
		return Rules{}, err
	}
	return ParseRules(data)
}

// maxDays bounds what a rule may ask for, so that a damaged pack cannot show a
// date in another century.
const maxDays = 400

// ParseRules reads and checks a pack of clocks.
func ParseRules(data []byte) (Rules, error) {
	r, err := pack.Read[Rules](data)
	if err != nil {
		return Rules{}, err
	}
	if len(r.Categories) == 0 || len(r.Clocks) == 0 || !r.Decides.Whole() {
		return Rules{}, errors.New("clock: rules need categories, clocks and who decides")
	}
	known := map[string]bool{}
	for _, c := range r.Categories {
		if c.ID == "" || known[c.ID] || c.Over < 0 || !c.Name.Whole() || !c.Ask.Whole() || !c.Hint.Whole() {
			return Rules{}, fmt.Errorf("clock: category %q is incomplete or stands twice", c.ID)
		}
		known[c.ID] = true
	}
	seen := map[string]bool{}
	for _, c := range r.Clocks {
		if err := c.check(known); err != nil {
			return Rules{}, err
		}
		if seen[c.ID] {
			return Rules{}, fmt.Errorf("clock: clock %q stands twice", c.ID)
		}
		seen[c.ID] = true
	}
	return r, nil
}

func (c Rule) check(known map[string]bool) error {
	if c.ID == "" || !c.Name.Whole() || !c.To.Whole() || !c.Rule.Whole() || c.Days < 0 || c.Days > maxDays {
		return fmt.Errorf("clock: clock %q is incomplete", c.ID)
	}
	for _, n := range c.ShowDays {
		if n < 1 || n > maxDays {
			return fmt.Errorf("clock: clock %q: day %d", c.ID, n)
		}
	}
	for _, id := range c.Categories {
		if !known[id] {
			return fmt.Errorf("clock: clock %q names category %q, which is not there", c.ID, id)
		}
	}
	return nil
}

// Answer is the answer to one category.
type Answer string

// The answers of the wizard. NotKnown is stored as itself: an open question is
// not a no.
const (
	Yes      Answer = "yes"
	May      Answer = "may" // おそれ: cannot be ruled out
	NotKnown Answer = "unknown"
	No       Answer = "no"
)

// Answers lists the answers in the order in which the wizard shows them.
func Answers() []Answer { return []Answer{Yes, May, NotKnown, No} }

// Applies reports whether the answer may start a clock: the law puts "may
// have" beside "has".
func (a Answer) Applies() bool { return a == Yes || a == May }

// Fact is what somebody in the hospital came to know: it starts clocks.
type Fact struct {
	ID       string
	KnownAt  time.Time // when the first person of the hospital, in any department, knew
	KnownBy  string    // who that was, with department
	Answers  map[string]Answer
	People   int // number of people affected as known then; -1 not known
	Basis    string
	Recorded time.Time
	Recorder string
}

// Started reports whether any category applies or may apply.
func (f Fact) Started() bool {
	for _, a := range f.Answers {
		if a.Applies() {
			return true
		}
	}
	return false
}

// OpenQuestions lists the categories that nobody has answered with yes, may
// or no.
func (f Fact) OpenQuestions(r Rules) []Category {
	var out []Category
	for _, c := range r.Categories {
		if a := f.Answers[c.ID]; !a.Applies() && a != No {
			out = append(out, c)
		}
	}
	return out
}

// Mark is one day shown for a clock that has no last day in law.
type Mark struct {
	Number int // third day, fifth day …
	Day    Day
}

// Clock is one running clock.
type Clock struct {
	Rule       Rule
	Known      Day    // day 1
	Fact       string // ID of the fact that started it
	Marks      []Mark // for a clock that is shown, not moved
	Due        *Due   // nil for a clock without a last day
	Reference  bool   // shown beside a longer clock that applies: strict readers keep it
	BeforeRule bool   // the day of knowing is before the rules took effect
}

// Target is the day by which a careful hospital acts: the last mark, or the
// last day. The zero Day for a clock without days.
func (c Clock) Target() Day {
	if c.Due != nil {
		return c.Due.Day
	}
	if n := len(c.Marks); n > 0 {
		return c.Marks[n-1].Day
	}
	return Day{}
}

// Run gives the clocks that the facts start, in the order of the pack. The
// earliest day of knowing counts for each clock, because the law looks at the
// hospital as a whole. When a 60-day clock applies the 30-day one is kept as a
// reference: somebody has to decide that category 3 holds. No facts, or facts
// that start nothing, give no clocks: nothing is guessed.
func Run(r Rules, cal *Calendar, zone *time.Location, facts []Fact) []Clock {
	from, err := ParseDay(r.Head.From)
	if err != nil {
		return nil
	}
	var out []Clock
	longest := 0
	for _, rule := range r.Clocks {
		first, ok := earliest(rule, facts)
		if !ok {
			continue
		}
		c := Clock{Rule: rule, Fact: first.ID, Known: DayOf(first.KnownAt, zone)}
		c.BeforeRule = c.Known.Before(from)
		for _, n := range rule.ShowDays {
			c.Marks = append(c.Marks, Mark{n, Count(c.Known, n)})
		}
		if rule.Days > 0 {
			due := cal.Last(c.Known, rule.Days)
			c.Due = &due
			longest = max(longest, rule.Days)
		}
		out = append(out, c)
	}
	for i := range out {
		out[i].Reference = out[i].Due != nil && out[i].Rule.Days < longest
	}
	return out
}

func earliest(rule Rule, facts []Fact) (Fact, bool) {
	var best Fact
	found := false
	for _, f := range facts {
		starts := false
		for id, a := range f.Answers {
			if a.Applies() && (len(rule.Categories) == 0 || slices.Contains(rule.Categories, id)) {
				starts = true
			}
		}
		if starts && (!found || f.KnownAt.Before(best.KnownAt)) {
			best, found = f, true
		}
	}
	return best, found
}
