package sigma

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Problem says why a document was refused, or what is odd about one that was
// read: where, which construct, and by its Code what to do. It is the error of
// every function of this package and of sigmayaml.
type Problem struct {
	Code      Code
	File      string   // where it was read from; may be empty
	Line      int      // from 1; 0 where none is known
	Begins    int      // first line of the document concerned; 0 for a whole file
	Rule      string   // id of the document, else its title; may be empty
	Construct string   // the words concerned as they were written, cut to 120 bytes
	Detail    string   // what exactly, in English; may be empty
	Why       Why      // the same as a code; empty where Code says it all
	Args      []string // of the sentence of Why, in their order
}

// Code names a kind of problem; it never changes, so that callers can keep
// their own texts in other languages.
type Code string

// The codes.
const (
	BadYAML            Code = "bad_yaml"              // not YAML
	BadEncoding        Code = "bad_encoding"          // not UTF-8
	TooLarge           Code = "too_large"             // file, document or value beyond the limit
	TooDeep            Code = "too_deep"              // nested beyond the limit
	TooMany            Code = "too_many"              // values, documents or aliases beyond the limit
	BadDocument        Code = "bad_document"          // not a mapping, or of no known kind
	BadKey             Code = "bad_key"               // a key twice, or with a value of the wrong form
	Missing            Code = "missing"               // a key the specification demands
	BadLevel           Code = "bad_level"             // an unknown level
	BadValue           Code = "bad_value"             // a value of the wrong type
	UnknownModifier    Code = "unknown_modifier"      // no modifier of the specification
	BadModifier        Code = "bad_modifier"          // modifiers that do not go together
	BadRegexp          Code = "bad_regexp"            // an expression that cannot be run
	LargeRegexp        Code = "large_regexp"          // an expression that would grow too large
	BadNetwork         Code = "bad_network"           // no address range
	NoPlaceholder      Code = "no_placeholder"        // expand without values
	BadCondition       Code = "bad_condition"         // a condition that cannot be read
	UnknownDetection   Code = "unknown_detection"     // a condition names what is not there
	Aggregation        Code = "aggregation"           // count() and near of Sigma 1
	BadCorrelation     Code = "bad_correlation"       // a correlation that makes no sense
	UnknownRule        Code = "unknown_rule"          // a correlation or filter names a rule that is not there
	Cycle              Code = "cycle"                 // correlations that wait for each other
	BadAction          Code = "bad_action"            // an unknown action of a collection
	Unreadable         Code = "unreadable"            // a file that could not be opened
	DuplicateID        Code = "duplicate_id"          // an id that another document has
	NoteUnused         Code = "note_unused"           // a detection that no condition uses
	NoteID             Code = "note_id"               // an id that is no UUID
	NoteStatus         Code = "note_status"           // an unknown status
	NoteTaxonomy       Code = "note_taxonomy"         // field names of another taxonomy
	NoteKeepingFilter  Code = "note_keeping_filter"   // a filter without not keeps what it selects
	NoteUnusedFilter   Code = "note_unused_filter"    // a filter that concerns no rule
	NoteTimeframe      Code = "note_timeframe"        // a timeframe without an aggregation has no effect
	NoteSingleValueAll Code = "note_single_value_all" // all with a single value has no effect
)

// Codes lists every code, so that a catalogue of texts can be checked.
func Codes() []Code {
	return []Code{BadYAML, BadEncoding, TooLarge, TooDeep, TooMany, BadDocument, BadKey, Missing, BadLevel, BadValue,
		UnknownModifier, BadModifier, BadRegexp, LargeRegexp, BadNetwork, NoPlaceholder, BadCondition, UnknownDetection,
		Aggregation, BadCorrelation, UnknownRule, Cycle, BadAction, Unreadable, DuplicateID, NoteUnused, NoteID, NoteStatus,
		NoteTaxonomy, NoteKeepingFilter, NoteUnusedFilter, NoteTimeframe, NoteSingleValueAll}
}

// Note says whether a document with this problem is used all the same.
func (c Code) Note() bool { return strings.HasPrefix(string(c), "note_") }

// Do says in one English sentence what a person can do about it.
func (c Code) Do() string {
	switch c {
	case BadYAML:
		return "correct the YAML at this line; indentation and quotation marks are the usual causes"
	case BadEncoding:
		return "save the file as UTF-8"
	case TooLarge, TooDeep, TooMany:
		return "split the rule, or shorten the list"
	case BadDocument:
		return "a document is a mapping with detection, correlation or filter"
	case BadKey, BadValue:
		return "write the value as the Sigma specification shows it"
	case Missing:
		return "add the key"
	case BadLevel:
		return "use informational, low, medium, high or critical"
	case UnknownModifier:
		return "check the spelling against the modifiers of Sigma 2"
	case BadModifier:
		return "use modifiers that go together, in the order in which they are to be applied"
	case BadRegexp:
		return "write the expression without look-around, back-references and possessive quantifiers"
	case LargeRegexp:
		return "use smaller repetitions or split the expression"
	case BadNetwork:
		return "write a range such as 192.0.2.0/24 or 2001:db8::/32"
	case NoPlaceholder:
		return "give values for the placeholder, or leave the rule out"
	case BadCondition:
		return "write the condition with and, or, not, parentheses, 1 of and all of"
	case UnknownDetection:
		return "check the name against the detections of the rule"
	case Aggregation:
		return "rewrite the rule as a Sigma 2 correlation"
	case BadCorrelation:
		return "write the correlation as the Sigma correlation specification shows it"
	case UnknownRule, NoteUnusedFilter:
		return "load the rule it names as well, or correct its id or name"
	case Cycle:
		return "remove one of the references"
	case BadAction:
		return "use global, reset or repeat"
	case Unreadable:
		return "check that the file is there and may be read"
	case DuplicateID:
		return "keep one of the two, or give the copy an id of its own"
	}
	return c.doNote()
}

func (c Code) doNote() string {
	switch c {
	case NoteUnused:
		return "use the detection in the condition, or remove it"
	case NoteID:
		return "give the rule a random UUID"
	case NoteStatus:
		return "use stable, test, experimental, deprecated or unsupported"
	case NoteTaxonomy:
		return "check that the field names are those of the logs"
	case NoteKeepingFilter:
		return "write not in the condition if what is selected is to be left out"
	case NoteTimeframe:
		return "remove timeframe, or write a correlation"
	case NoteSingleValueAll:
		return "remove all, or give more values"
	}
	return ""
}

// Error gives file, line, code, construct and detail on one line, and what to
// do.
func (p *Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File + ":")
	}
	if p.Line > 0 {
		b.WriteString(strconv.Itoa(p.Line) + ":")
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	b.WriteString(strings.ReplaceAll(string(p.Code), "_", " "))
	if p.Construct != "" {
		b.WriteString(": " + strconv.Quote(p.Construct))
	}
	if p.Detail != "" {
		b.WriteString(": " + p.Detail)
	}
	if do := p.Code.Do(); do != "" {
		b.WriteString(" (" + do + ")")
	}
	return b.String()
}

// problem makes a Problem whose place is filled in by the reader of the file.
func problem(code Code, construct string, why Why, args ...any) *Problem {
	return Problem{Code: code, Construct: clip(construct)}.Because(why, args...)
}

// Cut shortens Construct, Detail and Args to what fits into a message. Everything that
// reads texts of strangers calls it.
func (p *Problem) Cut() {
	p.Construct, p.Detail = clip(p.Construct), clip(p.Detail)
	for i := range p.Args {
		p.Args[i] = clip(p.Args[i])
	}
}

// clip cuts a text that goes into a message, at a character.
func clip(s string) string {
	const most = 120
	if len(s) <= most {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	s = s[:most]
	for len(s) > 0 {
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return strings.ToValidUTF8(s, "\uFFFD") + "…"
}
