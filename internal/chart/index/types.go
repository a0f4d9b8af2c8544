package index

import (
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

// Query is what somebody looks for.
type Query struct {
	// Text is what was typed or scanned: a number, kana, kanji, a day of birth,
	// several of them; what it may mean is tried in that order.
	Text  string
	Ward  string // only patients who lie there now; "" any
	Limit int    // 0: 50
}

// Hit is a patient who fits.
type Hit struct {
	Source string // the source that knows the patient best; others may too
	ID     string
	Brief  source.Brief
	Bed    *source.Bed // nil: not known to be in the hospital
	Newest model.Stamp
	Items  int
	// By says what of the query fitted: id, id_zeros, barcode, kana, kanji,
	// birth, name_folded.
	By []string
	// Twins are other patients with the same name or the same day of birth and
	// kana: a page warns of them.
	Twins int
}

// Result is the answer to a Query.
type Result struct {
	Hits []Hit
	More int // further patients that fit
	// Complete: the index is whole. Otherwise somebody who is not among the
	// hits may be in the store all the same.
	Complete bool
}

// Ward is a ward with patients.
type Ward struct {
	Code     string
	Name     string
	Patients int
}

// Progress says how far the index is.
type Progress struct {
	Phase    string // waiting, loading, building, refreshing, ready, failed
	Patients int    // so far
	Items    int64  // so far
	Of       int64  // items expected in all; 0: not known
	Left     time.Duration
	Since    time.Time // when the phase began
	Whole    time.Time // when everything was last gone through; zero: never
	Err      error     // of Phase failed: what went wrong last; it is tried again
}

// KindCount is a kind in the whole copy.
type KindCount struct {
	Source   string
	Kind     source.Kind
	Items    int64
	Patients int64
	Newest   model.Stamp
}
