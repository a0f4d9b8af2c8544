package witness

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sheet"
)

// Search asks who saw what. One of Patient, Actor must be set.
type Search struct {
	Patient string    // number, as typed
	Actor   string    // ID; "glass/" all break-glass sessions
	From    time.Time // of the act itself, not of its line
	To      time.Time // exclusive; zero: until now
}

// Seen is one act as a line of the ledger tells it.
type Seen struct {
	Seq     int64
	At      time.Time // when it happened
	Written time.Time // when its line was written; the same but for late ones
	Late    bool
	Actor   string // ID
	Name    string // as it was then
	Via     string
	Action  string
	Patient string // number, or ""
	Detail  json.RawMessage
}

// maxSeen bounds what is held for a page or a file.
const maxSeen = 100_000

var errMany = errors.New("witness: more than can be shown")

// Find gives the acts that fit, the newest first, and whether there are more
// than the 100,000 that it gives at most. It costs what the patient or the
// person has, not the size of the ledger.
func (w *Witness) Find(ctx context.Context, s Search) (all []Seen, more bool, err error) {
	if s.Patient == "" && s.Actor == "" {
		return nil, false, nil
	}
	subjects := []string{""}
	if s.Patient != "" { // other domains write numbers as they are
		subjects = []string{Patient(s.Patient), "patient/" + sheet.Clean(s.Patient)}
	}
	for _, subject := range slices.Compact(subjects) {
		all, more, err = w.add(ctx, all, s, subject)
		if more || err != nil {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b Seen) int { return b.At.Compare(a.At) })
	return all, more, err
}

// add puts the acts with one subject to those that were found.
func (w *Witness) add(ctx context.Context, all []Seen, s Search, subject string) (_ []Seen, more bool, err error) {
	err = w.book.Each(ctx, ledger.Query{Subject: subject, Actor: s.Actor, From: s.From}, func(e ledger.Entry) error {
		seen := told(e)
		if !s.To.IsZero() && !seen.At.Before(s.To) {
			return nil
		}
		if len(all) == maxSeen {
			return errMany
		}
		all = append(all, seen)
		return nil
	})
	if errors.Is(err, errMany) {
		more, err = true, nil
	}
	return all, more, err
}

// told reads an entry, a late one with its own time.
func told(e ledger.Entry) Seen {
	s := Seen{Seq: e.Seq, At: e.At, Written: e.At, Actor: e.ActorID, Name: e.Actor, Via: e.Via, Action: e.Action, Detail: e.Detail}
	s.Patient, _ = strings.CutPrefix(e.Subject, "patient/")
	if s.Patient == e.Subject {
		s.Patient = ""
	}
	var d lateDetail
	if json.Unmarshal(e.Detail, &d) == nil && d.Late {
		s.At, s.Late, s.Detail = d.Happened, true, d.Detail
	}
	return s
}

// plain shows a detail without the signs of JSON.
func plain(detail json.RawMessage) string {
	if s := string(detail); s == "" || s == "{}" || s == "null" {
		return ""
	}
	return strings.NewReplacer(`{"`, "", `"}`, "", `":`, ": ", `,"`, ", ", `"`, "", "{", "", "}", "").Replace(string(detail))
}
