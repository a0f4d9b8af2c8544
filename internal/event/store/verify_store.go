package store

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"github.com/torideproject/toride/internal/event/segment"
	"github.com/torideproject/toride/internal/event/store/keys"
)

// Verified is what the store remembers of its last verification.
type Verified struct {
	At         time.Time
	Log        string // its name
	Size       int64  // entries
	Checkpoint string // signed: what was verified goes up to it
	Files      int
	Rows       int64
	Broken     bool
	Findings   []Finding // at most maxRemembered
}

const maxRemembered = 1000

// Verify verifies the store while it runs: everything that VerifyFolder does, and
// that the catalogue says the same as log and files. What is taken meanwhile is
// not looked at. Sealing waits while the log is read, a second or two for a year.
// checkpoints are those of earlier to compare with, progress may be nil.
func (s *Store) Verify(ctx context.Context, checkpoints []string, progress func(done, total int64)) (*Report, error) {
	v := &verifier{fs: s.fs, report: &Report{}, cfg: VerifyConfig{FS: s.fs, Keys: s.cfg.Known, Checkpoints: checkpoints, Progress: progress}}
	v.each = func(ctx context.Context, p *part, r *segment.Reader) error { return s.compareCounts(ctx, v, p, r) }
	unpin, err := s.verifyLogs(ctx, v)
	if err != nil {
		return nil, err
	}
	defer unpin()
	if err := v.files(ctx); err != nil {
		return nil, err
	}
	if err := s.index.Check(ctx); errors.Is(err, keys.ErrDamaged) {
		v.add(Finding{Kind: WrongKeys, Cause: err.Error()})
	} else if err != nil {
		return nil, err
	}
	v.report.At = s.cfg.Clock()
	r := v.finish()
	return r, s.remember(ctx, r)
}

// verifyLogs reads the logs and the catalogue at one moment, and keeps the files
// of that moment from being removed.
func (s *Store) verifyLogs(ctx context.Context, v *verifier) (unpin func(), err error) {
	s.bookMu.Lock()
	defer s.bookMu.Unlock()
	if err := s.settle(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	unpin = s.views.pin()
	s.mu.Unlock()
	if err = s.pardoned(ctx, v); err == nil {
		err = v.logs(ctx)
	}
	if err == nil {
		s.record(ctx, change{}) // what it had not got yet is no difference
		err = s.compareCatalogue(ctx, v)
	}
	if err != nil {
		unpin()
		return nil, err
	}
	return unpin, nil
}

// pardoned lists the files that ended and were not removed yet.
func (s *Store) pardoned(ctx context.Context, v *verifier) error {
	gone, err := s.cat.gone(ctx)
	v.pardon = map[string]bool{}
	for _, name := range gone {
		v.pardon[name] = true
	}
	return err
}

// compareCatalogue compares the catalogue's list of files with the log's.
func (s *Store) compareCatalogue(ctx context.Context, v *verifier) error {
	parts, err := s.cat.parts(ctx)
	if err != nil {
		return err
	}
	left := maps.Clone(v.hist.live)
	for _, p := range parts {
		if q, ok := left[p.Name]; !ok || *q != *p {
			v.add(Finding{Kind: WrongCatalog, File: p.Name, Rows: p.Rows, Cause: "its row is not what the log says"})
		}
		delete(left, p.Name)
	}
	for name, p := range left {
		v.add(Finding{Kind: WrongCatalog, File: name, Rows: p.Rows, Cause: "it has no row"})
	}
	return nil
}

// compareCounts counts the events of a part again, and compares with what the
// catalogue says: retention proofs are made of it.
func (s *Store) compareCounts(ctx context.Context, v *verifier, p *part, r *segment.Reader) error {
	have, err := s.cat.hoursOf(ctx, []*part{p})
	if err != nil {
		return err
	}
	old, ok := have[p.Name]
	if !ok { // merged or deleted since, or not counted yet
		return nil
	}
	now, err := countHours(ctx, r)
	if err != nil {
		return err
	}
	if !sameCounts(old, now) {
		v.add(Finding{Kind: WrongCatalog, File: p.Name, Rows: p.Rows, Cause: "its counts are not those of the file"})
	}
	return nil
}

// sameCounts compares counts of the same events. Peers beyond the limit may be
// put together differently; everything else is the same.
func sameCounts(a, b hours) bool {
	without := func(h hours) map[hourKey]hourCount {
		out := map[hourKey]hourCount{}
		for k, c := range h {
			k.peer = ""
			have, ok := out[k]
			if !ok {
				have.first = c.first
			}
			out[k] = hourCount{have.rows + c.rows, have.bytes + c.bytes, min(have.first, c.first), max(have.last, c.last)}
		}
		return out
	}
	if !maps.Equal(without(a), without(b)) {
		return false
	}
	for k, c := range a {
		if d, ok := b[k]; ok && k.peer != Others && *c != *d && !hasOthers(a, k) && !hasOthers(b, k) {
			return false
		}
	}
	return true
}

func hasOthers(h hours, k hourKey) bool {
	k.peer = Others
	_, ok := h[k]
	return ok
}

// remember keeps the outcome for the proofs.
func (s *Store) remember(ctx context.Context, r *Report) error {
	last := r.Logs[len(r.Logs)-1]
	text, err := json.Marshal(Verified{At: r.At, Log: last.Name, Size: last.Size, Checkpoint: last.Checkpoint, Files: r.Files, Rows: r.Rows,
		Broken: r.Broken(), Findings: r.Findings[:min(len(r.Findings), maxRemembered)]})
	if err != nil {
		return err
	}
	return s.cat.commit(ctx, change{state: map[string]string{stateVerify: string(text)}})
}

// LastVerified gives the last verification, or nil when there was none.
func (s *Store) LastVerified(ctx context.Context) (*Verified, error) {
	text, err := s.cat.state(ctx, stateVerify)
	if err != nil || text == "" {
		return nil, err
	}
	v := &Verified{}
	return v, json.Unmarshal([]byte(text), v)
}
