package witness

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/torideproject/toride/internal/ledger"
)

// load takes over what an earlier run left: late notes of the files that are
// not in the ledger yet, and the last outage, unless somebody saw to it.
func (w *Witness) load(ctx context.Context) {
	notes := read(w.cfg.Late)
	slices.SortStableFunc(notes, func(a, b *note) int { return a.At.Compare(b.At) })
	if len(notes) > 0 {
		known := w.written(ctx, notes[0])
		notes = slices.DeleteFunc(notes, func(n *note) bool { return known[n.ID] })
		if len(notes) == 0 {
			w.file.empty()
		}
	}
	for _, n := range notes {
		n.Spilled, n.settled = false, true
		w.begin(n.At)
		w.outage.Late++
		w.late = append(w.late, n)
	}
	w.loadLast(ctx)
}

// written gives the IDs of late notes that are in the ledger: the run before
// ended between the transaction and the end of the file.
func (w *Witness) written(ctx context.Context, first *note) map[string]bool {
	known := map[string]bool{}
	err := w.book.Each(ctx, ledger.Query{From: first.At}, func(e ledger.Entry) error {
		var d lateDetail
		if json.Unmarshal(e.Detail, &d) == nil && d.Late {
			known[d.Note] = true
		}
		return nil
	})
	if err != nil { // then a line may stand twice; none is missing
		w.cfg.Log.Error("late notes could not be compared with the ledger", "err", err)
	}
	return known
}

// loadLast finds the last outage, unless somebody acknowledged it.
func (w *Witness) loadLast(ctx context.Context) {
	var end, ack int64
	var last Outage
	err := w.book.Each(ctx, ledger.Query{Action: recovered, Limit: 1}, func(e ledger.Entry) error {
		end = e.Seq
		return json.Unmarshal(e.Detail, &last)
	})
	if err == nil {
		err = w.book.Each(ctx, ledger.Query{Action: acknowledged, Limit: 1}, func(e ledger.Entry) error {
			ack = e.Seq
			return nil
		})
	}
	if err != nil {
		w.cfg.Log.Error("the last outage of the ledger is not known", "err", err)
		return
	}
	if end > ack {
		w.last = last
	}
}
