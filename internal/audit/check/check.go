package check

import (
	"io/fs"
	"time"

	"github.com/torideproject/toride/internal/audit/fortios"
	"github.com/torideproject/toride/internal/text"
)

// Check is one member of the family. Members have no state; the same value may
// run for many files at once.
type Check interface {
	About() About
	Run(Facts) Result
}

// Facts is what a check may look at.
type Facts struct {
	Config *fortios.Config
	Faces  fortios.Faces    // computed once for all checks
	Object *fortios.Objects // computed once for all checks
	Today  time.Time
}

// NewFacts computes what all checks share. It takes time in the size of the
// configuration.
func NewFacts(c *fortios.Config, today time.Time) Facts {
	return Facts{Config: c, Faces: c.Faces(), Object: c.Objects(), Today: today}
}

// About says what a check is.
type About struct {
	ID    string // the folder's name; stored, never changes
	Cost  Cost   // of the remedy
	Items []Item // items of the ministry's checklist that it serves
	Texts fs.FS  // about_ja.json and about_en.json, see Texts
}

// Item is an item of a checklist that a check serves.
type Item struct {
	ID        string // "mhlw-cl-r7:2-⑥"
	Confirmed bool   // false where the number was reconstructed, not seen in print
}

// Cost says what the remedy asks of the hospital.
type Cost string

// Costs. Free needs nothing but time; Contract needs the maker's support
// contract, which most devices have; Buy needs money.
const (
	Free     Cost = "free"
	Contract Cost = "contract"
	Buy      Cost = "buy"
)

// Verdict is what a check came to.
type Verdict string

// The verdicts. Unknown is never merged with Pass.
const (
	Pass    Verdict = "pass"    // read, and nothing found wanting
	Fail    Verdict = "fail"    // read, and found wanting
	None    Verdict = "none"    // there is nothing to which it applies
	Unknown Verdict = "unknown" // the file does not say
)

// Severity orders findings.
type Severity int

// Severities, the worst first. NoSeverity is that of every result that is no
// finding.
const (
	NoSeverity Severity = iota
	Critical            // open to the internet now
	High
	Medium
	Low
)

// Result is what a check found.
type Result struct {
	Verdict  Verdict
	Severity Severity
	Say      text.Msg   // one sentence: what was found
	Evidence []Evidence // at most MaxEvidence
	More     int        // pieces of evidence that were left out
	Fix      []string   // FortiOS commands for this very file, in order; at most MaxFix lines
	FixCut   bool       // there were more commands
}

// MaxFix bounds Result.Fix, in lines.
const MaxFix = 300

// MaxEvidence bounds Result.Evidence.
const MaxEvidence = 30

// Evidence is one line that a result rests on.
type Evidence struct {
	Line    int      // in the file; 0 when no line says it
	Text    string   // the line as it stands there
	Say     text.Msg // what it means
	Default bool     // follows from a default of FortiOS, not from the line
	Bad     bool     // is part of what was found wanting
}

// Of makes evidence of a setting.
func Of(s fortios.Setting, say text.Msg) Evidence {
	return Evidence{Line: s.Line, Text: s.Text, Say: say}
}

// OfBlock makes evidence of a config or edit line.
func OfBlock(b *fortios.Block, say text.Msg) Evidence {
	return Evidence{Line: b.Line, Text: b.Text, Say: say}
}

// Wrong marks the evidence as found wanting.
func (e Evidence) Wrong() Evidence {
	e.Bad = true
	return e
}

// ByDefault marks the evidence as following from a default.
func (e Evidence) ByDefault() Evidence {
	e.Default = true
	return e
}

// Add appends evidence up to the bound and counts the rest.
func (r *Result) Add(e ...Evidence) {
	for _, one := range e {
		if len(r.Evidence) >= MaxEvidence {
			r.More++
			continue
		}
		r.Evidence = append(r.Evidence, one)
	}
}

// Worsen makes the result a finding of at least the severity.
func (r *Result) Worsen(s Severity) {
	r.Verdict = Fail
	if r.Severity == NoSeverity || s < r.Severity {
		r.Severity = s
	}
}

// Run runs a check. A file that is not whole proves nothing by what it lacks:
// a pass becomes Unknown, evidence stays.
func Run(c Check, f Facts) Result {
	r := c.Run(f)
	if !f.Config.Whole() && (r.Verdict == Pass || r.Verdict == None) {
		r.Verdict, r.Say = Unknown, text.M("audit.check.partial")
	}
	r.cutFix()
	return r
}

// cutFix shortens the commands at the end of a block.
func (r *Result) cutFix() {
	if len(r.Fix) <= MaxFix {
		return
	}
	n := MaxFix
	for n > 1 && r.Fix[n-1] != "end" {
		n--
	}
	r.Fix, r.FixCut = r.Fix[:n:n], true
}

// Missing gives the Unknown result for a file that lacks the block.
func Missing(block string) Result {
	return Result{Verdict: Unknown, Say: text.M("audit.check.missing", block)}
}
