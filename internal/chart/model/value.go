package model

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/torideproject/toride/ssmix2/view"
)

// These are the same words in every source.
type (
	// Life says what became of an item: live, deleted, cancelled, mistaken.
	Life = view.Life
	// Note is a stable code with arguments; its text is "chart.note.<code>".
	Note = view.Note
	// Day is a calendar day of the hospital.
	Day = view.Day
	// Usage says whether a drug is in use on a day.
	Usage = view.Usage
	// Carried says what is known about an order being carried out.
	Carried = view.Carried
)

// Computed is something that Toride worked out and nobody sent; Rule names how,
// Doubts say why it may be wrong. A reader must see that it is computed.
type Computed[T any] = view.Computed[T]

// Ref names a stored item: the source (Info.Name) and the source's own name of
// the item, which no other package reads.
type Ref struct {
	Source string
	Item   string
}

// String writes the ref so that it can stand in a URL: source.base64url.
func (r Ref) String() string {
	if r == (Ref{}) {
		return ""
	}
	return r.Source + "." + base64.RawURLEncoding.EncodeToString([]byte(r.Item))
}

// MarshalText is String.
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is ParseRef; what is no ref becomes the zero Ref.
func (r *Ref) UnmarshalText(text []byte) error {
	*r, _ = ParseRef(string(text))
	return nil
}

// ParseRef reads what String wrote; ok is false for anything else.
func ParseRef(s string) (r Ref, ok bool) {
	source, item, cut := strings.Cut(s, ".")
	data, err := base64.RawURLEncoding.DecodeString(item)
	if !cut || err != nil || source == "" || len(data) == 0 {
		return Ref{}, false
	}
	return Ref{Source: source, Item: string(data)}, true
}

// Origin is where a value came from. Place is the place in the item as the
// source counts it (segment-field~repetition of an HL7 message, a path of a
// FHIR resource); "" means the item as a whole. A value inside a row (a Drug's
// name) leaves Ref zero where it stands in the row's own item: rows repeat
// thousands of times, and their refs are long.
type Origin struct {
	Ref   Ref    `json:"ref,omitzero"`
	Place string `json:"place,omitempty"`
}

// Within gives the origin of a value that stands in a row: the value's own, with
// the row's item where it names none. Without a value's origin it is the row's.
func (o *Origin) Within(row Origin) Origin {
	switch {
	case o == nil:
		return row
	case o.Ref == (Ref{}):
		return Origin{Ref: row.Ref, Place: o.Place}
	}
	return *o
}

// Text is what a sender wrote. Show is for reading: the hospital's own words,
// else the standard's, else a code. Raw is as sent, "" where it is the same.
type Text struct {
	Show   string `json:"show,omitempty"`
	Raw    string `json:"raw,omitempty"`
	Code   string `json:"code,omitempty"`
	System string `json:"system,omitempty"`
	// Origin is nil where the value has no place of its own. Values share it: it
	// is never changed.
	Origin *Origin `json:"origin,omitempty"`
}

// Has reports whether there is something to show.
func (t Text) Has() bool { return t.Show != "" }

// How long texts of a chart are at most, in bytes. A damaged message may hold a
// field of many megabytes, and every page and sheet of the patient would carry
// it; the original is always at hand.
const (
	MaxText = 16 << 10
	MaxName = 600
)

// Clip shortens a text to most bytes at a character's border and says so by an
// ellipsis.
func Clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	n := max(0, most-len("…"))
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// Stamp is a time of the hospital's clock by its digits, as far as it was
// written: YYYY, YYYYMM, YYYYMMDD, YYYYMMDDHHMM, YYYYMMDDHHMMSS and further. ""
// is none. Stamps compare as text.
type Stamp string

// Day gives the calendar day; ok is false where it was not written.
func (s Stamp) Day() (Day, bool) {
	if len(s) < 8 {
		return 0, false
	}
	return view.ParseDay(string(s[:8]))
}

// When is a time that a sender wrote.
type When struct {
	Stamp  Stamp   `json:"stamp,omitempty"`
	Raw    string  `json:"raw,omitempty"`    // where it is more or other than Stamp
	Origin *Origin `json:"origin,omitempty"` // as a Text's
}

// Has reports whether something was written.
func (w When) Has() bool { return w.Stamp != "" || w.Raw != "" }

// State says why a list is as it is.
type State string

// The states. A page gives each its own words and mark.
const (
	// Unknown: it is not yet known whether this copy stores the kind at all
	// (its counts are still being made); or, with Unread, nothing of the kind
	// was among what was read.
	Unknown State = "unknown"
	// NotStored: this copy holds the kind for no patient (保存なし).
	NotStored State = "not_stored"
	// NoRecord: the copy stores the kind, and nothing of it for this patient
	// (記録なし). It does not mean that there is none.
	NoRecord State = "no_record"
	// SaysNone: somebody recorded that there is none (無しとの記録).
	SaysNone State = "says_none"
	// Some: there are rows.
	Some State = "some"
	// Unreadable: there are items of the kind that could not be read, and what
	// could be read holds nothing.
	Unreadable State = "unreadable"
)

// List is one part of a chart.
type List[T any] struct {
	State  State    `json:"state"`
	Rows   []T      `json:"rows,omitempty"`
	Kinds  []string `json:"kinds,omitempty"`  // Item.Kind that feed it, of all sources
	Newest Stamp    `json:"newest,omitempty"` // when the newest item that feeds it was sent
	Unread int      `json:"unread,omitempty"` // items that were not read for Want.Limit: older than all rows
	Broken int      `json:"broken,omitempty"` // items that could not be read
}
