package witness

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/discreet"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sheet"
)

// Config is what a Witness is made of.
type Config struct {
	Book  *ledger.Book
	Clock func() time.Time
	Log   *slog.Logger
	// Late are files for notes that the ledger cannot take, the best place
	// first: another disk than the ledger's. A folder that is missing is made,
	// mode 0700. None: such notes are kept in memory alone.
	Late []string
	// Patience is for how long a reader waits for the ledger, 0: 1 s.
	Patience time.Duration
	// Retry is how long after a failure the ledger is tried again, 0: 5 s.
	Retry time.Duration
	// Room is how many late notes are held in memory, 0: 20,000.
	Room int
	// Staff knows accounts, for the pages; nil: nobody is known.
	Staff Staff
	// Back is called when the ledger could be written again; nil: nobody.
	Back func()
}

// Staff knows the accounts behind actors of the ledger.
type Staff interface {
	// Actor gives the ledger's ID of the person with that staff number.
	Actor(number string) (id string, ok bool)
	// Number gives staff number and department of an actor, "" if unknown.
	Number(actor string) (number, department string)
}

// batch is how many notes go into one transaction at most.
const batch = 1000

// writing bounds one transaction: a ledger that takes longer is not written.
const writing = 5 * time.Second

// Witness takes notes. It is safe for use by many goroutines.
type Witness struct {
	cfg  Config
	book *ledger.Book
	wake chan struct{}
	stop chan struct{}
	done sync.WaitGroup
	file *keeper

	mu      sync.Mutex
	closed  bool
	pending []*note // for the next transaction
	late    []*note // in the order in which they happened
	outage  Outage  // Since is zero while the ledger can be written
	last    Outage  // the one before, until somebody acknowledged it
}

// Outage is a time in which the ledger could not be written.
type Outage struct {
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"` // zero while it lasts
	Late    int       `json:"late"`  // notes that were written afterwards, or wait
	Spilled int       `json:"-"`     // of them, in the late file alone
	Dropped int       `json:"dropped"`
}

// note is one act.
type note struct {
	ID      string          `json:"id"`
	At      time.Time       `json:"at"`
	Actor   ledger.Actor    `json:"actor"`
	Action  string          `json:"action"`
	Subject string          `json:"subject"`
	Detail  json.RawMessage `json:"detail,omitempty"`
	Spilled bool            `json:"spilled,omitempty"` // not held in memory
	Done    string          `json:"done,omitempty"`    // ID of a note that is in the ledger after all

	written chan struct{}   // closed once it is in the ledger, or late
	settled bool            // written was closed; guarded by Witness.mu
	kept    <-chan struct{} // closed once the late file has it; nil: it is not late; guarded by Witness.mu
	overdue bool            // its reader went on; guarded by Witness.mu
}

// New starts a witness. Late notes of an earlier run go into the ledger first.
func New(ctx context.Context, cfg Config) (*Witness, error) {
	if cfg.Book == nil || cfg.Clock == nil || cfg.Log == nil {
		return nil, errors.New("witness: Config lacks Book, Clock or Log")
	}
	cfg.Log = discreet.Logger(cfg.Log)
	if cfg.Patience <= 0 {
		cfg.Patience = time.Second
	}
	if cfg.Retry <= 0 {
		cfg.Retry = 5 * time.Second
	}
	if cfg.Room <= 0 {
		cfg.Room = 20_000
	}
	w := &Witness{cfg: cfg, book: cfg.Book, wake: make(chan struct{}, 1), stop: make(chan struct{})}
	w.file = newKeeper(cfg.Late, cfg.Room, cfg.Log)
	w.load(ctx)
	w.done.Go(w.run)
	w.done.Go(w.file.run)
	w.rouse()
	return w, nil
}

// Patient is the subject of notes about the patient with that number. Width,
// case and leading zeros of the number do not matter.
func Patient(id string) string { return "patient/" + foldID(id) }

func foldID(id string) string {
	id = strings.ToUpper(sheet.Narrow(id))
	if short := strings.TrimLeft(id, "0"); short != "" {
		return short
	}
	return id
}

// subjectOf folds the number of a subject that is a patient, however the pages
// write it.
func subjectOf(subject string) string {
	for _, prefix := range []string{"patient/", "chart/p/"} {
		if id, ok := strings.CutPrefix(subject, prefix); ok {
			return Patient(id)
		}
	}
	return subject
}

// Note writes one line: who did what (action, as "chart.open") with whom
// (subject, see Patient), and more about it (detail, any JSON; nil: nothing).
// It returns once the line is in the ledger, or, when that fails or takes longer
// than Config.Patience, once the note is kept as well as can be: the reader goes
// on in both cases. The only error is a fault after Close. It goes on writing
// when ctx ends: what was asked for counts, not whether the answer arrived.
func (w *Witness) Note(ctx context.Context, actor ledger.Actor, action, subject string, detail any) error {
	return w.take(ctx, []*note{w.note(actor, action, subject, detail)})
}

// Printed writes a line for each patient of a print, or one if it names none,
// as Note does.
func (w *Witness) Printed(ctx context.Context, actor ledger.Actor, form string, patients []string) error {
	detail := map[string]any{"form": form}
	if len(patients) == 0 {
		return w.Note(ctx, actor, printAction, "chart/print", detail)
	}
	if len(patients) > 1 {
		detail["patients"] = len(patients)
	}
	var notes []*note
	for _, id := range patients {
		notes = append(notes, w.note(actor, printAction, Patient(id), detail))
	}
	return w.take(ctx, notes)
}

// printAction is the action of a print.
const printAction = "chart.print"

func (w *Witness) note(actor ledger.Actor, action, subject string, detail any) *note {
	n := &note{ID: ledger.NewID(), At: w.cfg.Clock().UTC(), Actor: actor, Action: action, Subject: subjectOf(subject), written: make(chan struct{})}
	if detail != nil {
		data, err := json.Marshal(detail)
		if err != nil { // a mistake of the program must not cost the line
			w.cfg.Log.Error("detail of a note is no JSON", "action", action)
			data = json.RawMessage(`{"detail":"unreadable"}`)
		}
		n.Detail = data
	}
	return n
}

// take writes notes of one act and waits for the last of them.
func (w *Witness) take(ctx context.Context, notes []*note) error {
	last := notes[len(notes)-1]
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return fault.New(fault.Busy, "witness.closed")
	}
	if !w.outage.Since.IsZero() {
		var kept <-chan struct{}
		for _, n := range notes {
			kept = w.putOff(n)
		}
		w.mu.Unlock()
		wait(ctx, kept, w.cfg.Patience)
		return nil
	}
	w.pending = append(w.pending, notes...)
	w.mu.Unlock()
	w.rouse()
	if wait(ctx, last.written, w.cfg.Patience) {
		w.mu.Lock()
		kept := last.kept
		w.mu.Unlock()
		if kept != nil { // it came late: it must be in the file before the answer
			wait(ctx, kept, w.cfg.Patience)
		}
		return nil
	}
	if ctx.Err() == nil {
		wait(ctx, w.overdue(notes), w.cfg.Patience)
	}
	return nil
}

// wait reports whether c was closed before the time was over or ctx ended.
func wait(ctx context.Context, c <-chan struct{}, patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// rouse tells the writer that there is something to do.
func (w *Witness) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// State says whether the ledger can be written; Since is zero if so.
func (w *Witness) State() Outage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.outage
}

// Close writes what still can be written and stops. Late notes that remain are
// in the late file; what is in memory alone is lost and counted in the log.
func (w *Witness) Close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	w.closed = true
	w.mu.Unlock()
	close(w.stop)
	w.rouse()
	w.done.Wait()
	return nil
}
