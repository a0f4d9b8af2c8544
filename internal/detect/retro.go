package detect

import (
	"context"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/ledger"
)

// maxRetro bounds the findings of one day that going back keeps; of the others
// it is only counted how many.
const maxRetro = 20_000

// remember keeps a finding of a stored day until the day is through. Nothing in
// it may point into the event.
func (t *trying) remember(s sighting) {
	if len(t.kept) >= maxRetro {
		t.trial.Cut++
		return
	}
	t.desk.complete(&s)
	s.words, s.event, s.retro = s.text(), nil, true
	s.account = strings.Clone(s.account)
	for i := range s.accounts {
		s.accounts[i] = strings.Clone(s.accounts[i])
	}
	t.kept = append(t.kept, s)
}

// resume gives from where stored days have to be gone through: what was before
// is not found twice.
func (t *trying) resume(ctx context.Context) (time.Time, error) {
	done, known, err := t.desk.Trial(ctx, t.trial.Scope, true)
	from := t.trial.From
	if err != nil || !known || from.Before(done.From) || !from.Before(done.Through) {
		return from, err
	}
	t.trial.From = done.From
	return done.Through, nil
}

// keep folds the findings of a day and writes them together with how far it
// came, so that a day counts once even when the program stops in between.
func (t *trying) keep(ctx context.Context) error {
	if !t.trial.Retro {
		return nil
	}
	d := t.desk
	kept := t.kept
	t.kept = nil
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.settled(ctx); err != nil {
		return err
	}
	for _, s := range kept {
		d.found(s)
	}
	return d.commitWith(ctx, func(tx *ledger.Tx) error { return putTrial(ctx, tx, t.trial) })
}

// commitWith writes the draft, and more in the same transaction.
func (d *Desk) commitWith(ctx context.Context, more func(*ledger.Tx) error) error {
	d.draft.also = more
	err := d.commit(ctx, d.cfg.Clock(), false)
	d.draft.also = nil
	return err
}
