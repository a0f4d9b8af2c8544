package copy

import (
	"fmt"
	"io/fs"
	"time"

	"github.com/torideproject/toride/internal/chart/vault"
)

// Plan says how a run is to go.
type Plan struct {
	// Source is what is copied: OpenSource, or any fs.FS that is not written
	// to. A source on a share should be mounted read-only all the same.
	Source  fs.FS
	Vault   *vault.Vault
	Machine *vault.Machine
	// VaultID, if not "", is the vault that this is meant to be; another one is
	// "copy.medium.changed".
	VaultID string
	By      string // program and version, for the manifest
	Now     func() time.Time
	Zone    *time.Location // of the hospital's days
	// AsOf is the time whose state is copied; zero is when the run begins.
	AsOf time.Time
	// Rate gives the throttle of a time; nil does not throttle.
	Rate func(time.Time) Rate
	// Rereads is in how many runs every file is read again although its name,
	// size and time did not change, a part each time; 0 never, 1 all of them
	// now. Turn says which part: the number of the run.
	Rereads, Turn int
	Rule          vault.Rule // which generations stay; the zero Rule removes none
	Trust         []string   // fingerprints that count besides the machine's own
	Damaged       []string   // packs that a full Verify found damaged: their files are written anew
	Limits        *Limits    // nil: DefaultLimits
	// Accepted are suspect generations that people looked at and took for
	// right: what follows them does not inherit their suspicion.
	Accepted []string
	// SkipReadBack leaves out reading back from the medium what was written.
	SkipReadBack bool
}

// Phase is what a run is doing.
type Phase string

// The phases in their order.
const (
	PhaseCopy  Phase = "copy"
	PhaseBack  Phase = "read_back" // what was written is read from the medium
	PhasePrune Phase = "prune"
)

// Progress is how far a run has come.
type Progress struct {
	Phase   Phase
	Files   int64 // seen so far
	Of      int64 // how many the generation before had; 0: unknown
	Read    int64 // files read from the source
	Bytes   int64 // read from the source; of PhaseBack from the medium
	BytesOf int64 // of PhaseBack
	Begun   time.Time
	At      time.Time
}

// Rate is files a second since the beginning.
func (p Progress) Rate() float64 {
	if s := p.At.Sub(p.Begun).Seconds(); s > 0 {
		return float64(p.Files) / s
	}
	return 0
}

// Left is how long it will take at the rate so far; false if nothing can be
// said.
func (p Progress) Left() (time.Duration, bool) {
	done, of := p.Files, p.Of
	if p.Phase == PhaseBack {
		done, of = p.Bytes, p.BytesOf
	}
	if done <= 0 || of < done {
		return 0, false
	}
	return time.Duration(float64(p.At.Sub(p.Begun)) * float64(of-done) / float64(done)), true
}

// Counts is what a run saw and did.
type Counts struct {
	Files   int64 `json:"files"` // in the generation
	Bytes   int64 `json:"bytes"`
	New     int64 `json:"new"`
	Changed int64 `json:"changed"` // other size or time, or other content
	Kept    int64 `json:"kept"`
	Removed int64 `json:"removed"` // in the generation before and not in the source
	Carried int64 `json:"carried"` // unreadable tonight, taken over from before
	Lost    int64 `json:"lost"`    // unreadable tonight, and nothing before
	Read    int64 `json:"read"`    // files read from the source
	Taken   int64 `json:"taken"`   // bytes read from the source
	Reread  int64 `json:"reread"`  // of Read: those whose name, size and time had not changed
}

// Report is what came of a run that made a generation.
type Report struct {
	Generation string            `json:"generation"`
	Previous   string            `json:"previous"` // "": a full generation
	Begun      time.Time         `json:"begun"`
	Ended      time.Time         `json:"ended"`
	AsOf       time.Time         `json:"as_of"`
	Counts     Counts            `json:"counts"`
	Written    int64             `json:"written"` // bytes onto the medium
	ReadBack   bool              `json:"read_back"`
	Judgement  Judgement         `json:"judgement"`
	Removed    []string          `json:"removed"` // generations that went by the rule
	Kept       map[string]string `json:"kept"`    // generations that stay, and why
	// RuleHeld is true if nothing was removed because this generation is
	// suspect.
	RuleHeld bool `json:"rule_held"`
}

// String sums a report up for a technician's log.
func (r *Report) String() string {
	c := r.Counts
	return fmt.Sprintf("generation %s: %d files (%d new, %d changed, %d removed, %d kept), %d bytes read, %d written, %s, %s",
		r.Generation, c.Files, c.New, c.Changed, c.Removed, c.Kept, c.Taken, r.Written, r.Ended.Sub(r.Begun).Round(time.Second), r.Judgement.Verdict)
}
