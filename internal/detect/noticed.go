package detect

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/sigma"
)

// Noticed is what was noticed of one step of the chain.
type Noticed struct {
	Alerts      int
	First, Last time.Time // of the entries
	URL         string    // of the first alert
}

// NoticedSince says, by step, what alerts of medium level or above told since
// then. What was uploaded or found by going back counts as well: it happened. It
// costs one query; at most 5,000 alerts are looked at, the newest.
func (d *Desk) NoticedSince(ctx context.Context, since time.Time) (map[rulepack.Step]Noticed, error) {
	list, err := bodies[*Alert](ctx, d.read(), "SELECT body FROM detect_alert WHERE last_at > ? AND level >= ? ORDER BY last_at DESC LIMIT 5000", stamp.Text(since), int(sigma.Medium))
	if err != nil {
		return nil, err
	}
	out := map[rulepack.Step]Noticed{}
	for _, a := range list {
		for _, s := range a.Steps {
			n := out[s]
			if n.Alerts++; n.First.IsZero() || a.First.Before(n.First) {
				n.First, n.URL = a.First, alertURL(a.ID)
			}
			if a.Last.After(n.Last) {
				n.Last = a.Last
			}
			out[s] = n
		}
	}
	return out, nil
}
