package detect

import (
	"context"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/notify"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/sigma"
)

// Caller is where calls are raised and settled; *notify.Desk is one.
type Caller interface {
	Raise(ctx context.Context, tx *ledger.Tx, r notify.Raise) error
	Settle(ctx context.Context, tx *ledger.Tx, key string, why text.Msg) error
	Nudge()
}

// Waker is the Raiser that calls people: a story that is new or became worse is
// a call; it is settled when somebody takes the story on, closes it, or it
// becomes part of another. What was found in uploads or in days long past wakes
// nobody: it is told by day.
type Waker struct{ Calls Caller }

var _ Raiser = Waker{}

// callKey names the call of a story.
func callKey(story string) string { return "story/" + story }

// Story raises or settles the call of a story.
func (w Waker) Story(ctx context.Context, tx *ledger.Tx, n Notice) error {
	switch n.Kind {
	case Opened, Raised:
		return w.Calls.Raise(ctx, tx, notify.Raise{Key: callKey(n.Story), Level: n.call(), Title: n.Title, Body: n.Body, URL: n.URL})
	case Taken:
		return w.Calls.Settle(ctx, tx, callKey(n.Story), text.M("detect.wake.taken", n.By))
	case Settled:
		return w.Calls.Settle(ctx, tx, callKey(n.Story), text.M("detect.wake.settled", n.By))
	case Joined:
		return w.Calls.Settle(ctx, tx, callKey(n.Story), text.M("detect.wake.joined"))
	}
	return nil // another alert of a story that people know of
}

// Nudge starts the sending.
func (w Waker) Nudge() { w.Calls.Nudge() }

// call is how pressing the call is.
func (n Notice) call() notify.Level {
	switch {
	case n.Quiet || n.Level < sigma.High:
		return notify.Info
	case n.Level >= sigma.Critical:
		return notify.Critical
	}
	return notify.High
}
