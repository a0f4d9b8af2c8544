package reading

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// State is what a reading came to.
type State string

// The states of a reading.
const (
	Unknown State = "unknown" // nothing was read
	Good    State = "good"    // read, and nothing found wanting
	Bad     State = "bad"     // read, and found wanting
	None    State = "none"    // there is nothing to which it applies
)

// Level is the mark's level of a state: nothing read is never shown as good.
func (s State) Level() web.Level {
	switch s {
	case Good:
		return web.Done
	case Bad:
		return web.Danger
	case None:
		return web.Nothing
	}
	return web.Unclear
}

// Basis is where a reading comes from.
type Basis string

// The bases of a reading.
const (
	Read     Basis = "read"     // from a file or a log of a device
	Register Basis = "register" // computed from the register and Toride's own records
	Declared Basis = "declared" // a named person said so
)

// Reading is one statement about the hospital.
type Reading struct {
	ID    string    // "asset.lines.always"; never changes
	State State     //
	Basis Basis     //
	At    time.Time // when it was read or declared; zero when Unknown
	By    string    // file name or person
	Say   text.Msg  // the statement as a sentence
	Count int       // how many were found wanting
	Total int       // of how many
	URL   string    // page with the details
	Items []Item    // the first of those found wanting, at most MaxItems
}

// Item is one thing that was found wanting.
type Item struct {
	Say text.Msg
	URL string
}

// MaxItems bounds Reading.Items; pages link to the whole list.
const MaxItems = 20

// Source publishes readings. It reads its own tables; cost and errors are its
// own.
type Source func(ctx context.Context) ([]Reading, error)

// Set is readings by ID.
type Set map[string]Reading

// Collect asks all sources. An ID that two sources publish is an error of the
// program.
func Collect(ctx context.Context, sources []Source) (Set, error) {
	set := Set{}
	for _, source := range sources {
		readings, err := source(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range readings {
			if _, twice := set[r.ID]; twice {
				return nil, fmt.Errorf("reading: %s is published twice", r.ID)
			}
			set[r.ID] = r
		}
	}
	return set, nil
}

// Get gives the reading of the ID, or an Unknown one when nobody published it.
func (s Set) Get(id string) Reading {
	if r, ok := s[id]; ok {
		return r
	}
	return Reading{ID: id, State: Unknown}
}

// List gives the readings in order of their IDs.
func (s Set) List() []Reading {
	var out []Reading
	for _, id := range slices.Sorted(maps.Keys(s)) {
		out = append(out, s[id])
	}
	return out
}
