package witness

import (
	"context"
	"encoding/json"
	"time"

	"github.com/torideproject/toride/internal/ledger"
)

// recovered is the action of the line that ends an outage, acknowledged that
// of the person who saw to the paper.
const (
	recovered    = "witness.recovered"
	acknowledged = "witness.acknowledged"
)

// run writes notes until Close: all that wait, in one transaction, again and
// again.
func (w *Witness) run() {
	defer w.file.close()
	for {
		select {
		case <-w.wake:
		case <-w.stop:
			w.flush()
			w.report()
			return
		}
		for !w.flush() {
			timer := time.NewTimer(w.cfg.Retry)
			select {
			case <-timer.C:
			case <-w.stop:
				timer.Stop()
				w.flush()
				w.report()
				return
			}
		}
	}
}

// flush writes everything that waits, and late notes after it. It reports
// whether the ledger took it.
func (w *Witness) flush() bool {
	for {
		w.mu.Lock()
		now := w.pending[:min(len(w.pending), batch)]
		w.pending = w.pending[len(now):]
		if len(w.pending) == 0 {
			w.pending = nil // what was written is not kept alive
		}
		failing := !w.outage.Since.IsZero()
		w.mu.Unlock()
		if len(now) == 0 {
			return !failing || w.recover()
		}
		if err := w.write(now, false); err != nil {
			w.fail(now, err)
			return false
		}
		w.mu.Lock()
		for _, n := range now {
			w.settle(n)
			if n.overdue {
				w.file.put(&note{Done: n.ID, written: make(chan struct{})})
			}
		}
		w.mu.Unlock()
	}
}

// write puts notes into the ledger. A late one says in its detail when it
// happened, because the line's own time is that of the writing, and its ID, by
// which a restart knows that it is there.
func (w *Witness) write(notes []*note, late bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), writing)
	defer cancel()
	lines := make([]ledger.Line, len(notes))
	for i, n := range notes {
		lines[i] = ledger.Line{Actor: n.Actor, Action: n.Action, Subject: n.Subject}
		switch {
		case late:
			lines[i].Detail = lateDetail{Happened: n.At, Late: true, Note: n.ID, Detail: n.Detail}
		case n.Detail != nil:
			lines[i].Detail = n.Detail
		}
	}
	return w.book.Notes(ctx, lines)
}

// lateDetail is what the line of a late note holds.
type lateDetail struct {
	Happened time.Time       `json:"happened"`
	Late     bool            `json:"late"`
	Note     string          `json:"note"`
	Detail   json.RawMessage `json:"detail,omitempty"`
}

// settle lets the note's reader go on. The caller holds mu.
func (w *Witness) settle(n *note) {
	if !n.settled {
		n.settled = true
		close(n.written)
	}
}

// fail makes notes late that the ledger did not take.
func (w *Witness) fail(notes []*note, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin(notes[0].At)
	w.cfg.Log.Error("the ledger cannot be written: notes are late", "notes", len(notes), "err", err)
	for _, n := range append(notes, w.pending...) {
		if !n.overdue || len(w.late) >= w.cfg.Room { // an overdue one is in the file already
			n.kept = w.putOff(n)
		} else {
			w.hold(n)
		}
		w.settle(n)
	}
	w.pending = nil
}

// begin starts an outage, unless there is one. The caller holds mu.
func (w *Witness) begin(since time.Time) {
	if w.outage.Since.IsZero() {
		w.outage = Outage{Since: since}
	}
}

// hold keeps a late note in memory, if there is room. The caller holds mu.
func (w *Witness) hold(n *note) bool {
	w.outage.Late++
	if len(w.late) >= w.cfg.Room {
		w.outage.Spilled++
		return false
	}
	w.late = append(w.late, n)
	return true
}

// putOff makes a note late and gives what is closed once it is kept. The
// caller holds mu.
func (w *Witness) putOff(n *note) <-chan struct{} {
	held := w.hold(n)
	copied := *n
	copied.Spilled, copied.written = !held, make(chan struct{})
	if !w.file.put(&copied) && !held {
		w.drop(1)
	}
	return copied.written
}

// drop counts notes that are kept nowhere. The caller holds mu.
func (w *Witness) drop(n int) {
	w.outage.Late -= n
	w.outage.Spilled -= n
	w.outage.Dropped += n
}

// overdue lets a reader go on whose notes take too long. They may still be
// written in time. It gives what is closed once they are kept.
func (w *Witness) overdue(notes []*note) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	kept := notes[len(notes)-1].written
	for _, n := range notes {
		if n.settled {
			continue
		}
		w.begin(n.At)
		n.overdue = true
		copied := *n
		copied.written = make(chan struct{})
		kept = copied.written
		w.file.put(&copied)
	}
	return kept
}

// recover writes late notes, first those in memory, then what is in the file
// alone, and ends the outage with a line of its own. It reports whether the
// ledger took them.
func (w *Witness) recover() bool {
	for {
		w.mu.Lock()
		some := w.late[:min(len(w.late), batch)]
		w.mu.Unlock()
		if len(some) == 0 {
			break
		}
		if err := w.write(some, true); err != nil {
			return false
		}
		w.mu.Lock()
		w.late = w.late[len(some):]
		w.mu.Unlock()
	}
	spilled, lost := w.file.spilled()
	for len(spilled) > 0 {
		some := spilled[:min(len(spilled), batch)]
		if err := w.write(some, true); err != nil {
			return false
		}
		for _, n := range some {
			w.file.put(&note{Done: n.ID, written: make(chan struct{})})
		}
		spilled = spilled[len(some):]
	}
	return w.end(lost)
}

// end closes the outage unless another note came late meanwhile.
func (w *Witness) end(lost int) bool {
	w.mu.Lock()
	over := w.outage
	more := len(w.late) > 0
	w.mu.Unlock()
	if more {
		return w.recover()
	}
	if over.Since.IsZero() {
		return true
	}
	over.Until = w.cfg.Clock().UTC()
	over.Dropped += lost
	ctx, cancel := context.WithTimeout(context.Background(), writing)
	defer cancel()
	if err := w.book.Note(ctx, ledger.System("witness"), recovered, "ledger", over); err != nil {
		return false
	}
	w.mu.Lock()
	if len(w.late) > 0 { // it came between; the outage goes on
		w.mu.Unlock()
		return w.recover()
	}
	w.outage, w.last = Outage{}, over
	w.file.empty()
	w.mu.Unlock()
	w.cfg.Log.Warn("the ledger can be written again", "late", over.Late, "dropped", over.Dropped)
	if w.cfg.Back != nil {
		w.cfg.Back()
	}
	return true
}

// report says at the end what remains.
func (w *Witness) report() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.late) > 0 {
		w.cfg.Log.Error("stopped with late notes", "late", len(w.late), "in_file", w.file.works())
	}
}
