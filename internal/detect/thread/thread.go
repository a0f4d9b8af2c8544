package thread

import (
	"slices"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/sigma"
)

// Knot is an alert as linking sees it. Hosts and sources are keys: "asset/ID",
// else an address or the folded name of a computer.
type Knot struct {
	Alert    string // ID
	Level    sigma.Level
	Steps    []rulepack.Step
	Hosts    []string // the computers it is about
	Sources  []string // where it came from
	Accounts []string
	First    time.Time
	Last     time.Time
}

// Reason says why a knot belongs to a thread.
type Reason string

// The reasons, the strongest first.
const (
	Begins  Reason = "begins"  // it is the first
	Onward  Reason = "onward"  // it comes from a computer of the thread
	Back    Reason = "back"    // it is about a computer from which the thread came
	Host    Reason = "host"    // the same computer
	Source  Reason = "source"  // the same source
	Account Reason = "account" // the same account
)

// Windows of time within which a knot joins.
const (
	near    = 24 * time.Hour
	forward = 7 * 24 * time.Hour // 6.4 days passed in Okayama between the way in and the encryption
	common  = 6 * time.Hour      // for accounts that exist everywhere
	longest = 30 * 24 * time.Hour
)

// Thread is a chain so far.
type Thread struct {
	ID       string
	First    time.Time
	Last     time.Time
	Hosts    map[string]time.Time // when last
	Sources  map[string]time.Time
	Accounts map[string]time.Time
	Steps    []rulepack.Step // sorted, each once
	Size     int             // alerts
	Level    sigma.Level
}

// New begins a thread.
func New(id string) *Thread {
	return &Thread{ID: id, Hosts: map[string]time.Time{}, Sources: map[string]time.Time{}, Accounts: map[string]time.Time{}}
}

// maxNames bounds what a thread remembers of each kind; what comes later joins
// by what is there.
const maxNames = 500

// Add puts a knot into the thread; one that is there already brings what is new
// of it.
func (t *Thread) Add(k Knot, again bool) {
	if t.Size == 0 || k.First.Before(t.First) {
		t.First = k.First
	}
	if k.Last.After(t.Last) {
		t.Last = k.Last
	}
	if !again {
		t.Size++
	}
	for _, h := range k.Hosts {
		note(t.Hosts, h, k.Last)
	}
	for _, s := range k.Sources {
		note(t.Sources, s, k.Last)
	}
	for _, a := range k.Accounts {
		note(t.Accounts, a, k.Last)
	}
	t.Steps = append(t.Steps, k.Steps...)
	slices.Sort(t.Steps)
	t.Steps = slices.Compact(t.Steps)
	t.Level = max(t.Level, k.Level)
}

func note(m map[string]time.Time, key string, at time.Time) {
	if key == "" || (len(m) >= maxNames && m[key].IsZero()) {
		return
	}
	if at.After(m[key]) {
		m[key] = at
	}
}

// Severity is the level of the whole: that of its worst alert, and critical when
// three steps of the chain came together, each of which alone may be harmless.
func (t *Thread) Severity() sigma.Level {
	if len(t.Steps) >= 3 && t.Size >= 3 && t.Level >= sigma.High {
		return sigma.Critical
	}
	return t.Level
}

// Why gives the reason for which the knot belongs to the thread, or "".
func (t *Thread) Why(k Knot) Reason {
	if k.First.Sub(t.First) > longest || t.First.Sub(k.Last) > longest {
		return ""
	}
	window := near
	if t.forward(k) {
		window = forward
	}
	in := func(m map[string]time.Time, key string, within time.Duration) bool {
		at, ok := m[key]
		return ok && key != "" && k.First.Sub(at) <= within && t.First.Sub(k.Last) <= within
	}
	onHost, back := false, false
	for _, h := range k.Hosts {
		onHost = onHost || in(t.Hosts, h, window)
		back = back || in(t.Sources, h, window)
	}
	for _, s := range k.Sources {
		if !slices.Contains(k.Hosts, s) && in(t.Hosts, s, window) {
			return Onward
		}
	}
	if back && !onHost {
		return Back
	}
	if onHost {
		return Host
	}
	for _, s := range k.Sources {
		if in(t.Sources, s, window) {
			return Source
		}
	}
	for _, a := range k.Accounts {
		within := near
		if everywhere(a) {
			within = common
		}
		if in(t.Accounts, a, within) && t.moves(k) {
			return Account
		}
	}
	return ""
}

// forward says whether the knot shows a step beyond those of the thread.
func (t *Thread) forward(k Knot) bool {
	return len(t.Steps) > 0 && len(k.Steps) > 0 && k.Steps[len(k.Steps)-1] > t.Steps[len(t.Steps)-1]
}

// moves says whether the knot's steps fit behind the thread's beginning. An
// account alone joins nothing that shows no step.
func (t *Thread) moves(k Knot) bool {
	return len(t.Steps) > 0 && len(k.Steps) > 0 && k.Steps[len(k.Steps)-1] >= t.Steps[0]
}

// everywhere says whether an account exists on most computers.
func everywhere(account string) bool {
	switch account {
	case "administrator", "admin", "root", "guest", "user", "test", "sa", "scan", "backup", "operator", "support":
		return true
	}
	return false
}

func (r Reason) rank() int {
	return slices.Index([]Reason{Begins, Onward, Back, Host, Source, Account}, r)
}

// Link finds the thread to which the knot belongs: the one with the strongest
// reason, the most recent of equals. others are further threads for which it
// belongs by a strong reason (a computer), and which it so joins into one; they are
// in the order of the list.
func Link(k Knot, threads []*Thread) (best *Thread, why Reason, others []*Thread) {
	for _, t := range threads {
		r := t.Why(k)
		if r == "" {
			continue
		}
		if best == nil || r.rank() < why.rank() || (r.rank() == why.rank() && t.Last.After(best.Last)) {
			best, why = t, r
		}
	}
	if best == nil {
		return nil, Begins, nil
	}
	for _, t := range threads {
		if t == best {
			continue
		}
		if r := t.Why(k); r == Onward || r == Back || (r == Host && why.rank() <= Host.rank()) {
			others = append(others, t)
		}
	}
	return best, why, others
}

// Join puts all of other into t.
func (t *Thread) Join(other *Thread) {
	if other.First.Before(t.First) {
		t.First = other.First
	}
	if other.Last.After(t.Last) {
		t.Last = other.Last
	}
	for _, pair := range [][2]map[string]time.Time{{t.Hosts, other.Hosts}, {t.Sources, other.Sources}, {t.Accounts, other.Accounts}} {
		for key, at := range pair[1] {
			note(pair[0], key, at)
		}
	}
	t.Steps = append(t.Steps, other.Steps...)
	slices.Sort(t.Steps)
	t.Steps = slices.Compact(t.Steps)
	t.Size += other.Size
	t.Level = max(t.Level, other.Level)
}
