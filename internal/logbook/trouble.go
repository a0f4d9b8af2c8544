package logbook

import "github.com/torideproject/toride/internal/text"

// trouble says of what a source received what was not as it should be.
func trouble(c Counts) []text.Msg {
	var out []text.Msg
	for _, t := range []struct {
		key string
		n   uint64
	}{{"lost", c.Lost}, {"refused", c.Refused}, {"cut", c.Cut}, {"skewed", c.Skewed}} {
		if t.n > 0 {
			out = append(out, text.M("logbook.trouble."+t.key, int(t.n)))
		}
	}
	return out
}

// quietShown is how many silent senders a row names before it folds.
const quietShown = 2

// FirstQuiet are the silent senders that the row names.
func (r SourceRow) FirstQuiet() []Quiet { return r.Quiet[:min(len(r.Quiet), quietShown)] }

// MoreQuiet are the silent senders that are folded.
func (r SourceRow) MoreQuiet() []Quiet { return r.Quiet[min(len(r.Quiet), quietShown):] }
