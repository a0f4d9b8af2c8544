package logbook

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/event/store"
	"github.com/torideproject/toride/internal/ledger"
)

// actAnchor is the ledger's word for a line with a state of the log of seals.
const actAnchor = "log.checkpoint"

// maxAnchors is how many lines are compared at a verification: ten years.
const maxAnchors = 3700

// Anchor is a state of the log of seals that stands in the ledger. Two chains
// hold each other: whoever makes the log of seals anew must also make the ledger
// anew, and everything of either that was exported or printed.
type Anchor struct {
	Line int64 // of the ledger
	At   time.Time
	store.Head
}

type anchorDetail struct {
	Log        string `json:"log"`
	Size       int64  `json:"size"`
	Root       string `json:"root"`
	Checkpoint string `json:"checkpoint"`
}

// Anchor writes the state of the log of seals into the ledger, at most once a
// day of the hospital, and not when it is the one that stands there already. It
// is cheap enough to be called each hour.
func (l *Logbook) Anchor(ctx context.Context, head store.Head) error {
	last, err := l.Anchors(ctx, 1)
	if err != nil {
		return err
	}
	day := func(t time.Time) string { return t.In(l.cfg.Zone).Format(time.DateOnly) }
	if len(last) > 0 && (last[0].Head == head || day(last[0].At) == day(l.cfg.Clock())) {
		return nil
	}
	return l.cfg.Book.Note(ctx, ledger.System("toride"), actAnchor, "log/"+head.Log, anchorDetail(head))
}

// Anchors gives the newest lines with a state of the log of seals, the newest
// first. It reads through the ledger: 0.1 s for some hundred thousand lines.
func (l *Logbook) Anchors(ctx context.Context, limit int) ([]Anchor, error) {
	lines, _, err := l.cfg.Book.Entries(ctx, ledger.Filter{Action: actAnchor, Limit: limit})
	if err != nil {
		return nil, err
	}
	out := make([]Anchor, 0, len(lines))
	for _, e := range lines {
		var d anchorDetail
		if err := json.Unmarshal(e.Detail, &d); err != nil {
			return nil, fmt.Errorf("logbook: ledger line %d: %w", e.Seq, err)
		}
		out = append(out, Anchor{Line: e.Seq, At: e.At, Head: store.Head(d)})
	}
	return out, nil
}

// Checkpoints are the states of the log of seals that stand in the ledger, for
// a verification to compare with.
func (l *Logbook) Checkpoints(ctx context.Context) ([]string, error) {
	anchors, err := l.Anchors(ctx, maxAnchors)
	out := make([]string, 0, len(anchors))
	for _, a := range anchors {
		out = append(out, a.Checkpoint)
	}
	return out, err
}
