package store

import (
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/store/tiles"
	"github.com/torideproject/toride/internal/text"
)

// Finding is one thing that a verification found.
type Finding struct {
	Kind  FindingKind
	File  string    // of a segment or of the log
	Rows  int64     // events concerned, as the log says; for logs, entries
	Bytes int64     // of the file
	From  time.Time // receipt of the events concerned, as the log says
	To    time.Time
	First event.Position // batches concerned, as the log says
	Last  event.Position
	Entry int64     // of the log
	At    time.Time // when the entry was written
	Cause string    // for the technician, in English
}

// FindingKind is what was found. The text of a kind is "event.store.finding.<kind>".
type FindingKind string

// The kinds. Those of the second group are notices: they explain something that
// is in the log, or is no evidence.
const (
	NoLog         FindingKind = "no_log"         // there is no log
	LogUnsigned   FindingKind = "log_unsigned"   // the checkpoint is missing, changed or of another key
	LogMissing    FindingKind = "log_missing"    // a file of the log is missing
	LogAltered    FindingKind = "log_altered"    // a file of the log was changed
	LogBeyond     FindingKind = "log_beyond"     // entries that the checkpoint does not cover
	LogDisowned   FindingKind = "log_disowned"   // it is not the log of a known checkpoint
	LogShortened  FindingKind = "log_shortened"  // a known checkpoint had more entries
	LogForeign    FindingKind = "log_foreign"    // a file that belongs to no log
	LogGone       FindingKind = "log_gone"       // a log that is known is not there
	BadEntry      FindingKind = "bad_entry"      // an entry cannot be read
	OddEntry      FindingKind = "odd_entry"      // an entry does not fit those before it
	BadCheckpoint FindingKind = "bad_checkpoint" // a checkpoint given to compare with is not signed by a known key
	Missing       FindingKind = "missing"        // a file is missing
	Altered       FindingKind = "altered"        // a file is not the one that was sealed
	RowsAltered   FindingKind = "rows_altered"   // events of one sealed minute were changed, removed or exchanged
	RowsAdded     FindingKind = "rows_added"     // events that were never sealed
	Foreign       FindingKind = "foreign"        // a file that no entry names
	WrongCatalog  FindingKind = "wrong_catalog"  // the catalogue says something else than log and files

	LogRenewed  FindingKind = "log_renewed"  // a new log began after the one before was damaged or lost
	TakenOver   FindingKind = "taken_over"   // a file was taken over that the catalogue did not know
	LostBatches FindingKind = "lost_batches" // batches of the journal were acknowledged and lost
	Unnamed     FindingKind = "unnamed"      // a file gets its name at the next start
	Leftover    FindingKind = "leftover"     // a file that ended was not removed yet
	WrongKeys   FindingKind = "wrong_keys"   // the index of keys is damaged; it is made again
)

// Notice reports whether nothing sealed is concerned.
func (k FindingKind) Notice() bool {
	switch k {
	case LogRenewed, TakenOver, LostBatches, Unnamed, Leftover, WrongKeys:
		return true
	}
	return false
}

// FindingKinds lists all kinds.
func FindingKinds() []FindingKind {
	return []FindingKind{NoLog, LogUnsigned, LogMissing, LogAltered, LogBeyond, LogDisowned, LogShortened, LogForeign, LogGone, BadEntry, OddEntry,
		BadCheckpoint, Missing, Altered, RowsAltered, RowsAdded, Foreign, WrongCatalog, LogRenewed, TakenOver, LostBatches, Unnamed, Leftover, WrongKeys}
}

// Say gives the sentence for people: {0} file, {1} events or entries, {2} and {3}
// from when to when they were received or when it was written, {4} and {5} batches.
func (f Finding) Say() text.Msg {
	from, to := f.From, f.To
	if from.IsZero() {
		from, to = f.At, f.At
	}
	return text.M("event.store.finding."+string(f.Kind), f.File, f.Rows, from, to, f.First.String(), f.Last.String())
}

// problemFinding makes a finding of a problem of a log.
func problemFinding(p tiles.Problem) Finding {
	kinds := map[tiles.ProblemKind]FindingKind{tiles.Unsigned: LogUnsigned, tiles.Missing: LogMissing, tiles.Altered: LogAltered, tiles.Beyond: LogBeyond,
		tiles.Disowned: LogDisowned, tiles.Shortened: LogShortened, tiles.Foreign: LogForeign}
	f := Finding{Kind: kinds[p.Kind], File: p.File, Rows: p.To - p.From, Entry: p.From}
	if p.Cause != nil {
		f.Cause = p.Cause.Error()
	}
	return f
}
