package copy

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/torideproject/toride/internal/text"
)

// Code names what a finding is about. Its texts are "copy.finding.<code>" and
// "copy.why.<code>", the reason of its limit.
type Code string

// What can be found.
const (
	CodeSigned     Code = "signed"     // the signature or the machine's fingerprint does not fit
	CodeChain      Code = "chain"      // a predecessor was exchanged
	CodeMedium     Code = "medium"     // files of the vault are missing, cut or damaged
	CodeIncomplete Code = "incomplete" // files of the generation could not be read while checking
	CodeNote       Code = "note"       // names as of ransom notes
	CodeEnding     Code = "ending"     // extensions that ransomware gives
	CodeEncrypted  Code = "encrypted"  // content like noise, of no known format
	CodeUnparsable Code = "unparsable" // messages that do not begin as messages
	CodeEmpty      Code = "empty"      // files without content
	CodeSilent     Code = "silent"     // other content, though time and size are the same
	CodeInPlace    Code = "in_place"   // messages rewritten under the same name
	CodeOld        Code = "old"        // changes to days that should rest
	CodeShrunk     Code = "shrunk"     // fewer files than before
	CodeLight      Code = "light"      // fewer bytes than before
	CodeKindLess   Code = "kind_less"  // a type has fewer files than before
	CodeStopped    Code = "stopped"    // a type has no files on the last days
	CodeStalled    Code = "stalled"    // no type has files on the last days
	CodeFew        Code = "few"        // far fewer than on any day of the weeks before
	CodeMany       Code = "many"       // far more than on any day of the weeks before
	CodeBurst      Code = "burst"      // far more files written than by the runs before
	CodeKindNew    Code = "kind_new"   // types that were never there
	CodeCarried    Code = "carried"    // could not be read, taken over from before
	CodeUnstable   Code = "unstable"   // changed while it was read, again and again
	CodeLinks      Code = "links"      // links and special files, not taken
	CodeNames      Code = "names"      // names that cannot be copied
	CodeFuture     Code = "future"     // sent after the as-of time
	CodeLog        Code = "log"        // the transaction storage has names that the copy has not
	CodeIndex      Code = "index"      // the index export has names that the copy has not
	CodeInherited  Code = "inherited"  // what made the generation before suspect is still in it
	CodeLayout     Code = "layout"     // names and places that SS-MIX2 does not know
)

// Weight is how much a finding weighs.
type Weight string

// Suspects make a generation suspect; Notes are said and change nothing.
const (
	Suspects Weight = "suspects"
	Notes    Weight = "notes"
)

// Limit is beyond what count or share something becomes a finding.
type Limit struct {
	Code   Code    `json:"code"`
	Weight Weight  `json:"weight"`
	Least  int64   `json:"least"` // at least so many
	Share  float64 `json:"share"` // and at least this part of what was looked at or was there
	Factor float64 `json:"factor"`
	Days   int     `json:"days"`
}

// Why is the limit's reason, for people.
func (l Limit) Why() text.Msg {
	return text.M("copy.why."+string(l.Code), l.Least, percent(l.Share), fmt.Sprint(l.Factor), l.Days)
}

func percent(share float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", share*100), "0"), ".") + "%"
}

// Limits are all limits, in the order of their weight: worst first.
type Limits struct {
	All     []Limit  `json:"limits"`
	Endings []string `json:"endings"`
	Notes   []string `json:"notes"`

	byCode  map[Code]int
	endings map[string]struct{}
	notes   []string
}

//go:embed limits.json
var limitsJSON []byte

// DefaultLimits reads the limits that come with Toride; their reasons are in
// the texts "copy.why.<code>".
func DefaultLimits() (*Limits, error) { return ParseLimits(limitsJSON) }

// ParseLimits reads limits in the form of limits.json.
func ParseLimits(data []byte) (*Limits, error) {
	l := &Limits{byCode: map[Code]int{}, endings: map[string]struct{}{}}
	if err := json.Unmarshal(data, l); err != nil {
		return nil, fmt.Errorf("copy: limits: %w", err)
	}
	for i, x := range l.All {
		if _, twice := l.byCode[x.Code]; twice || x.Code == "" || x.Weight != Suspects && x.Weight != Notes || x.Least < 0 || x.Share < 0 || x.Share > 1 {
			return nil, fmt.Errorf("copy: limits: %q cannot be used", x.Code)
		}
		l.byCode[x.Code] = i
	}
	for _, e := range l.Endings {
		l.endings[strings.ToLower(e)] = struct{}{}
	}
	for _, n := range l.Notes {
		l.notes = append(l.notes, strings.ToLower(n))
	}
	return l, nil
}

// of gives the limit of a code; one without a limit is only noted.
func (l *Limits) of(c Code) Limit {
	if i, ok := l.byCode[c]; ok {
		return l.All[i]
	}
	return Limit{Code: c, Weight: Notes, Least: 1}
}

// rank is the place of a code: the worst is 0.
func (l *Limits) rank(c Code) int {
	if i, ok := l.byCode[c]; ok {
		return i
	}
	return len(l.All)
}
