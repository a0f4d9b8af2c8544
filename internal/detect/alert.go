package detect

import (
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/detect/thread"
	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/sigma"
)

// State says how far people have got with an alert or a story. The names are
// stored and exported.
type State string

// The states, in the order in which they are passed. Merged is a story that
// became part of another.
const (
	IsNew    State = "new"
	IsAcked  State = "acked"
	IsClosed State = "closed"
	IsMerged State = "merged"
)

// Outcome says what an alert turned out to be.
type Outcome string

// The outcomes of closing.
const (
	Attack Outcome = "true"   // it was what the rule looks for, and unwanted
	Benign Outcome = "benign" // it really happened, and was meant to
	False  Outcome = "false"  // the rule was wrong
)

// Outcomes lists the choices of the form.
func Outcomes() []Outcome { return []Outcome{Attack, Benign, False} }

// EpisodeEnd is how long without findings an episode lasts on.
const EpisodeEnd = time.Hour

// Named is something that an alert is about: its key for comparing, and its name
// as it was on that day.
type Named struct {
	Key  string `json:"key"`            // "asset/ID", an address or a folded name
	Name string `json:"name"`           // as people call it
	Raw  string `json:"raw,omitempty"`  // as the log wrote it, where that differs
	Sys  string `json:"sys,omitempty"`  // departmental system
	Stop string `json:"stop,omitempty"` // what stops when it stops, as entered by people
	Rank int    `json:"rank,omitempty"` // clinical priority, 0 not known
}

// Alert is findings that one person handles as one thing.
type Alert struct {
	ID     string      `json:"id"`
	No     int         `json:"no"`
	Key    string      `json:"key"`
	Family string      `json:"family"`
	Level  sigma.Level `json:"level"`
	State  State       `json:"state"`
	Retro  bool        `json:"retro,omitempty"` // found by going back over stored days
	Old    bool        `json:"old,omitempty"`   // of an upload
	Storm  bool        `json:"storm,omitempty"` // stands for alerts that were too many
	// Rules are those that matched, the first one first.
	Rules    []RuleCount     `json:"rules"`
	Steps    []rulepack.Step `json:"steps"`
	Host     Named           `json:"host"`
	Others   []Named         `json:"others,omitempty"` // further computers, of a rule about many
	Sources  []Named         `json:"sources"`
	Accounts []string        `json:"accounts"`
	Line     watch.Line      `json:"line,omitzero"`
	Vendor   watch.Vendor    `json:"vendor,omitzero"`
	// Values are further places of the sentence.
	Values map[string]string `json:"values,omitempty"`
	First  time.Time         `json:"first"`
	Last   time.Time         `json:"last"`
	Opened time.Time         `json:"opened"` // when Toride noticed
	Count  int64             `json:"count"`
	Story  string            `json:"story,omitempty"`
	Why    thread.Reason     `json:"why,omitempty"`  // why it belongs to the story
	Prev   string            `json:"prev,omitempty"` // the alert of the same kind before it
	Ack    Deed              `json:"ack,omitzero"`
	Close  Deed              `json:"close,omitzero"`
	Result Outcome           `json:"result,omitempty"`
	// Kept is how many samples were stored; later ones take the place of others.
	Kept int `json:"kept"`

	touched time.Time // by the clock, when a finding last came
	chained time.Time // of the entry that was last brought to the story
}

// RuleCount is one rule in an alert, with its words as they were.
type RuleCount struct {
	Rule  string         `json:"rule"` // Rule.Ref
	Title rulepack.Words `json:"title"`
	Tell  rulepack.Words `json:"tell,omitzero"`
	Level sigma.Level    `json:"level"`
	Count int64          `json:"count"`
}

// Deed is who did something, when and why.
type Deed struct {
	By   string    `json:"by,omitempty"`
	At   time.Time `json:"at,omitzero"`
	Note string    `json:"note,omitempty"`
}

// Done reports whether it was done.
func (d Deed) Done() bool { return !d.At.IsZero() }

// Ended reports whether the episode is over at that time.
func (a *Alert) Ended(now time.Time) bool { return now.Sub(a.Last) > EpisodeEnd }

// Sample is one finding that is kept as evidence.
type Sample struct {
	Rule    string         `json:"rule"`
	At      event.Position `json:"at"` // zero: no entry, a signal
	Time    time.Time      `json:"time"`
	Host    string         `json:"host,omitempty"`
	Account string         `json:"account,omitempty"`
	Source  string         `json:"source,omitempty"`
	Text    string         `json:"text"` // the entry in short
}

// URL is the page of the entry, or "".
func (s Sample) URL() string {
	if s.At == (event.Position{}) {
		return ""
	}
	return "/log/event/" + s.At.String()
}

// Samples that are kept of one alert: the first ones, and a ring of the latest.
const (
	firstKept = 30
	lastKept  = 10
)

// slot gives where the n-th finding, from 0, is kept.
func slot(n int64) int {
	if n < firstKept {
		return int(n)
	}
	return firstKept + int(n-firstKept)%lastKept
}

// Limits of what one alert names.
const (
	maxSources  = 20
	maxAccounts = 20
	maxRules    = 20
)

// knot is the alert as linking sees it.
func (a *Alert) knot() thread.Knot {
	k := thread.Knot{Alert: a.ID, Level: a.Level, Steps: a.Steps, Accounts: a.Accounts, First: a.First, Last: a.Last}
	if a.Host.Key != "" {
		k.Hosts = append(k.Hosts, a.Host.Key)
	}
	for _, o := range a.Others {
		k.Hosts = append(k.Hosts, o.Key)
	}
	for _, s := range a.Sources {
		k.Sources = append(k.Sources, s.Key)
	}
	return k
}

// rule gives the count of a rule in the alert, a new one where there is room.
func (a *Alert) rule(r *Rule) *RuleCount {
	for i := range a.Rules {
		if a.Rules[i].Rule == r.Ref {
			return &a.Rules[i]
		}
	}
	if len(a.Rules) >= maxRules {
		return &a.Rules[len(a.Rules)-1]
	}
	c := RuleCount{Rule: r.Ref, Title: r.Title, Level: r.Level}
	if r.About != nil {
		c.Tell = r.About.Tell
	}
	a.Rules = append(a.Rules, c)
	return &a.Rules[len(a.Rules)-1]
}

// Story is alerts of one chain.
type Story struct {
	ID       string          `json:"id"`
	No       int             `json:"no"`
	State    State           `json:"state"`
	Level    sigma.Level     `json:"level"`
	Retro    bool            `json:"retro,omitempty"` // all of it was found by going back
	Old      bool            `json:"old,omitempty"`   // all of it is of uploads
	First    time.Time       `json:"first"`
	Last     time.Time       `json:"last"`
	Opened   time.Time       `json:"opened"`
	Steps    []rulepack.Step `json:"steps"`
	Size     int             `json:"size"`
	Head     Head            `json:"head"`
	Ack      Deed            `json:"ack,omitzero"`
	Close    Deed            `json:"close,omitzero"`
	Result   Outcome         `json:"result,omitempty"`
	Incident string          `json:"incident,omitempty"` // ID
	Into     string          `json:"into,omitempty"`     // of a merged one: the other
	Prev     string          `json:"prev,omitempty"`     // a closed story of the same chain
	Thread   *thread.Thread  `json:"thread"`

	touched time.Time // by the clock, when it last changed
}

// Head is what the headline of a story names: the alert that weighs most.
type Head struct {
	Step   rulepack.Step `json:"step,omitempty"`
	Level  sigma.Level   `json:"level"`
	Host   Named         `json:"host"`
	Source Named         `json:"source,omitzero"`
	Line   string        `json:"line,omitempty"`
}

// Open reports whether somebody still has to do something.
func (s *Story) Open() bool { return s.State == IsNew || s.State == IsAcked }

// URL is the story's page.
func (s *Story) URL() string { return storyURL(s.ID) }

func storyURL(id string) string { return "/alerts/stories/" + id }

func alertURL(id string) string { return "/alerts/one/" + id }
