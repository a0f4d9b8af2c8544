package exposure

import (
	"time"

	"github.com/torideproject/toride/internal/exposure/pack"
)

// Step is one of the three things that must be done about a hole, or the
// maker's answer where it is not known whether the hole applies.
type Step string

// The steps.
const (
	Patched   Step = "patched"   // the version without the hole runs, or the device is gone
	Logs      Step = "logs"      // the records since the hole was known were looked through
	Passwords Step = "passwords" // every password and key that the device knew is new
	Applies   Step = "applies"   // the maker said that the hole applies
	NotHere   Step = "nothere"   // the maker said that the hole does not apply
)

// Steps lists the three that close a case, in the order of work.
func Steps() []Step { return []Step{Patched, Logs, Passwords} }

// Why a case was closed.
const (
	byThreeSteps = "steps"
	byAnswer     = "answer" // the maker said that it does not apply
	byVersion    = "beyond" // it never matched, and a version read later lies beyond
)

// Done is one step as it was written down.
type Done struct {
	ID         string
	Case       string
	Step       Step
	On         string // day on which it was done, 2006-01-02
	Who        string // who did it, in the words of the hospital
	Evidence   string // how one can see it
	Version    string // the register's version at that time
	RecordedAt time.Time
	RecordedBy string // the person who was signed in
}

// Case is a hole on a target.
type Case struct {
	ID       string
	Target   string // "line/ID"
	CVE      string
	Name     string // of the target when it was opened
	Version  string // of the target when it was opened
	Matched  bool   // it matched once; such a case never closes by itself
	OpenedAt time.Time
	Since    time.Time // last opening; steps before do not count
	ClosedAt time.Time
	Why      string // why it was closed
	By       string // who closed it
	Times    int    // how often it was opened
	Done     []Done // all, oldest first
}

// Open reports whether the case is open.
func (c Case) Open() bool { return c.ClosedAt.IsZero() }

// Last gives the step as it was done last since the case was opened.
func (c Case) Last(s Step) (Done, bool) {
	for i := len(c.Done) - 1; i >= 0; i-- {
		if d := c.Done[i]; d.Step == s && !d.RecordedAt.Before(c.Since) {
			return d, true
		}
	}
	return Done{}, false
}

// Lacking gives the steps that are still to be done.
func (c Case) Lacking() []Step {
	var out []Step
	for _, s := range Steps() {
		if _, ok := c.Last(s); !ok {
			out = append(out, s)
		}
	}
	return out
}

// complete reports whether the three steps close the case while the version
// stands as judged.
func (c Case) complete(now pack.Verdict) bool {
	return len(c.Lacking()) == 0 && now != pack.Matches
}

// next says what the present verdict does to a stored case: open it again,
// close it by itself, note that it matches now, or nothing.
type change uint8

const (
	stay change = iota
	reopen
	settle // closes a case that never matched
	harden // may became matches
)

func (c Case) next(now pack.Verdict) change {
	switch {
	case now == pack.Matches && !c.Open():
		return reopen
	case now == pack.Matches && !c.Matched:
		return harden
	case now == pack.May && !c.Open() && c.Why == byVersion:
		return reopen
	case now == pack.Beyond && c.Open() && !c.Matched && !c.answered():
		return settle
	}
	return stay
}

// answered reports whether the maker said that the hole applies.
func (c Case) answered() bool {
	_, ok := c.Last(Applies)
	return ok
}
