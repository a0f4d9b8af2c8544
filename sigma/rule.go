package sigma

// Rule is one Sigma rule, ready to be evaluated.
type Rule struct {
	ID             string // UUID; may be empty
	Name           string // short name other rules may refer to
	Title          string
	Status         string // stable, test, experimental, deprecated, unsupported
	Level          Level
	Description    string
	Author         string
	Date, Modified string // as written
	License        string
	References     []string
	Tags           []string // "attack.t1021.001"
	FalsePositives []string
	Fields         []string
	Related        []Related
	LogSource      LogSource
	Condition      *Expr // several conditions of one rule are joined by or
	// Custom are the keys the specification does not know, as they were read.
	Custom map[string]any
	File   string // where the rule was read from
	Line   int    // first line of its document, from 1
}

// Related names another rule, and what it is to this one: derived, obsolete,
// merged, renamed, similar.
type Related struct{ ID, Type string }

// LogSource says for which logs a rule is meant (specification, "Log Source").
// An empty part means any.
type LogSource struct {
	Category   string `json:"category,omitempty"`
	Product    string `json:"product,omitempty"`
	Service    string `json:"service,omitempty"`
	Definition string `json:"-"` // which logging has to be switched on, for people
}

// Covers says whether a rule for l is to be tried on an event of log source
// event: every part that l names must be the same.
func (l LogSource) Covers(event LogSource) bool {
	return (l.Category == "" || l.Category == event.Category) &&
		(l.Product == "" || l.Product == event.Product) &&
		(l.Service == "" || l.Service == event.Service)
}

// Level is the severity of a rule.
type Level uint8

// The levels of the specification. NoLevel stands for a rule without one.
const (
	NoLevel Level = iota
	Informational
	Low
	Medium
	High
	Critical
)

func levelNames() [6]string {
	return [...]string{"", "informational", "low", "medium", "high", "critical"}
}

// String gives the level's word in the specification.
func (l Level) String() string {
	if l <= Critical {
		return levelNames()[l]
	}
	return ""
}

// ParseLevel reads the word of the specification; ok is false for any other.
func ParseLevel(word string) (l Level, ok bool) {
	for i, name := range levelNames() {
		if i > 0 && name == word {
			return Level(i), true
		}
	}
	return NoLevel, false
}
