package logbook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/event/journal"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

const stamp = sqlite.Exact

// The values of the column senders.
const (
	sendersNot   int64 = iota // nobody is listened to one by one
	sendersAddr               // by the address that connects
	sendersNamed              // by the name in the entry: Spec.Relay
)

func (s Spec) senders() int64 {
	switch {
	case !s.Senders:
		return sendersNot
	case s.Relay:
		return sendersNamed
	}
	return sendersAddr
}

const sourceColumns = "id, name, kind, network, address, tls, folder, token, zone, format, max_line, expect, senders, asset, enabled, made_at, changed_at, removed_at"

func sources(ctx context.Context, q sqlite.Querier, where string, args ...any) ([]Source, error) {
	rows, err := q.QueryContext(ctx, "SELECT "+sourceColumns+" FROM logbook_source WHERE "+where+" ORDER BY name, id", args...)
	if err != nil {
		return nil, fmt.Errorf("logbook: sources: %w", err)
	}
	defer rows.Close()
	var out []Source
	for rows.Next() {
		var s Source
		var expect, senders int64
		var made, changed, removed string
		if err := rows.Scan(&s.ID, &s.Name, &s.Kind, &s.Network, &s.Address, &s.TLS, &s.Folder, &s.token, &s.Zone, &s.Format, &s.MaxLine,
			&expect, &senders, &s.Asset, &s.Enabled, &made, &changed, &removed); err != nil {
			return nil, fmt.Errorf("logbook: sources: %w", err)
		}
		s.Expect, s.Token = time.Duration(expect)*time.Second, s.token != ""
		s.Senders, s.Relay = senders != sendersNot, senders == sendersNamed
		s.MadeAt, s.ChangedAt, s.RemovedAt = stamp.Read(made), stamp.Read(changed), stamp.Read(removed)
		out = append(out, s)
	}
	return out, rows.Err()
}

// Sources gives the configured sources by name, one query.
func (l *Logbook) Sources(ctx context.Context) ([]Source, error) {
	return sources(ctx, l.cfg.Book.DB().Read(), "removed_at = ''")
}

// Source gives one source, one that was removed too. The error is a NotFound
// fault when there never was one.
func (l *Logbook) Source(ctx context.Context, id string) (Source, error) {
	return oneSource(ctx, l.cfg.Book.DB().Read(), id)
}

func oneSource(ctx context.Context, q sqlite.Querier, id string) (Source, error) {
	found, err := sources(ctx, q, "id = ?", id)
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, "logbook.source.gone")
	}
	if err != nil {
		return Source{}, err
	}
	return found[0], nil
}

// AddSource makes a source and, where its kind asks for one, a token, which is
// shown this once: only its hash is kept. The source runs when this returns,
// or its state says why not.
func (l *Logbook) AddSource(ctx context.Context, actor ledger.Actor, spec Spec) (id, token string, err error) {
	if err := l.clean(&spec); err != nil {
		return "", "", err
	}
	s := Source{Spec: spec}
	if k, _ := l.kind(spec.Kind); k.Token {
		token, s.token = credential.NewToken()
	}
	if err := l.try(s); err != nil {
		return "", "", err
	}
	err = l.cfg.Book.Write(ctx, actor, "logbook.source.create", func(tx *ledger.Tx) error {
		s.ID = tx.NewID()
		s.MadeAt, s.ChangedAt = tx.Now, tx.Now
		tx.Subject("logbook/source/" + s.ID)
		tx.Detail(spec)
		return put(ctx, tx, s)
	})
	if err != nil {
		return "", "", err
	}
	return s.ID, token, l.reload(ctx)
}

// ChangeSource replaces what is said of a source; its kind stays. A source
// that runs is stopped and started with the new settings.
func (l *Logbook) ChangeSource(ctx context.Context, actor ledger.Actor, id string, spec Spec) error {
	if err := l.clean(&spec); err != nil {
		return err
	}
	others := false // its senders are called differently from now on
	err := l.cfg.Book.Write(ctx, actor, "logbook.source.change", func(tx *ledger.Tx) error {
		s, err := present(ctx, tx, id)
		if err != nil {
			return err
		}
		if s.Kind != spec.Kind {
			return fault.New(fault.Invalid, "logbook.source.kind_stays")
		}
		before := s.Spec
		s.Spec, s.ChangedAt = spec, tx.Now
		if err := l.try(s); err != nil {
			return err
		}
		tx.Subject("logbook/source/" + id)
		tx.Detail(map[string]Spec{"from": before, "to": spec})
		if others = before.Relay != spec.Relay; others {
			if _, err := tx.ExecContext(ctx, "DELETE FROM logbook_heard WHERE source = ? AND peer != ''", id); err != nil {
				return err
			}
		}
		return put(ctx, tx, s)
	})
	if err != nil {
		return err
	}
	if others {
		l.sup.forget(id)
	}
	return l.reload(ctx)
}

// RemoveSource stops a source for good. Its events stay, and its name with
// them.
func (l *Logbook) RemoveSource(ctx context.Context, actor ledger.Actor, id string) error {
	err := l.cfg.Book.Write(ctx, actor, "logbook.source.remove", func(tx *ledger.Tx) error {
		s, err := present(ctx, tx, id)
		if err != nil {
			return err
		}
		tx.Subject("logbook/source/" + id)
		tx.Detail(map[string]string{"name": s.Name, "kind": s.Kind})
		s.RemovedAt, s.Enabled, s.token = tx.Now, false, ""
		return put(ctx, tx, s)
	})
	if err != nil {
		return err
	}
	return l.reload(ctx)
}

// RenewToken gives a source a new token; the old one is refused from then on.
func (l *Logbook) RenewToken(ctx context.Context, actor ledger.Actor, id string) (token string, err error) {
	err = l.cfg.Book.Write(ctx, actor, "logbook.source.token", func(tx *ledger.Tx) error {
		s, err := present(ctx, tx, id)
		if err != nil {
			return err
		}
		if k, err := l.kind(s.Kind); err != nil || !k.Token {
			return fault.New(fault.Invalid, "logbook.source.no_token").With(err)
		}
		token, s.token = credential.NewToken()
		s.ChangedAt = tx.Now
		tx.Subject("logbook/source/" + id)
		return put(ctx, tx, s)
	})
	if err != nil {
		return "", err
	}
	return token, l.reload(ctx)
}

// try makes the source without running it, so that what its kind refuses is
// said at once.
func (l *Logbook) try(s Source) error {
	k, err := l.kind(s.Kind)
	if err != nil {
		return err
	}
	set, err := l.settings(s)
	if err != nil {
		return err
	}
	_, err = k.New(source.Config{ID: "new", Clock: l.cfg.Clock, Log: l.cfg.Log, Stats: &source.Stats{}}, set)
	return err
}

// present gives a source that was not removed.
func present(ctx context.Context, tx *ledger.Tx, id string) (Source, error) {
	s, err := oneSource(ctx, tx, id)
	if err == nil && !s.RemovedAt.IsZero() {
		err = fault.New(fault.NotFound, "logbook.source.gone")
	}
	return s, err
}

// put writes a source; two that are enabled cannot have the same place.
func put(ctx context.Context, tx *ledger.Tx, s Source) error {
	if place := s.place(); s.Enabled && place != "" {
		others, err := sources(ctx, tx, "enabled = 1 AND removed_at = '' AND id != ?", s.ID)
		if err != nil {
			return err
		}
		for _, o := range others {
			if o.place() == place {
				return fault.New(fault.Conflict, "logbook.source.taken", place, o.Name)
			}
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO logbook_source(facility, `+sourceColumns+`) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
		ON CONFLICT(id) DO UPDATE SET name=excluded.name, network=excluded.network, address=excluded.address, tls=excluded.tls, folder=excluded.folder,
		token=excluded.token, zone=excluded.zone, format=excluded.format, max_line=excluded.max_line, expect=excluded.expect, senders=excluded.senders,
		asset=excluded.asset, enabled=excluded.enabled, changed_at=excluded.changed_at, removed_at=excluded.removed_at`,
		tx.Facility, s.ID, s.Name, s.Kind, s.Network, s.Address, s.TLS, s.Folder, s.token, s.Zone, s.Format, s.MaxLine,
		int64(s.Expect/time.Second), s.senders(), s.Asset, s.Enabled, stamp.Text(s.MadeAt), stamp.Text(s.ChangedAt), stamp.Text(s.RemovedAt))
	if err != nil {
		return fmt.Errorf("logbook: source: %w", err)
	}
	return nil
}

// heardRow is what is stored of a source or a sender.
type heardRow struct {
	Source, Peer string
	Rhythm       rhythm
	Counts       Counts
}

// loadHeard reads what was heard, one query.
func (l *Logbook) loadHeard(ctx context.Context) ([]heardRow, error) {
	rows, err := l.cfg.Book.DB().Read().QueryContext(ctx, "SELECT source, peer, since, last, silent, gaps, counts FROM logbook_heard")
	if err != nil {
		return nil, fmt.Errorf("logbook: heard: %w", err)
	}
	defer rows.Close()
	var out []heardRow
	for rows.Next() {
		var h heardRow
		var since, last, silent, gaps, counts string
		err := rows.Scan(&h.Source, &h.Peer, &since, &last, &silent, &gaps, &counts)
		if err == nil {
			err = errors.Join(json.Unmarshal([]byte(gaps), &h.Rhythm.Gaps), json.Unmarshal([]byte(counts), &h.Counts))
		}
		if err != nil {
			return nil, fmt.Errorf("logbook: heard: %w", err)
		}
		h.Rhythm.Since, h.Rhythm.Last, h.Rhythm.Silent = stamp.Read(since), stamp.Read(last), stamp.Read(silent)
		h.Rhythm.from = h.Rhythm.Last
		out = append(out, h)
	}
	return out, rows.Err()
}

// saveHeard writes what was heard, in one transaction, and forgets the senders
// in gone.
func (l *Logbook) saveHeard(ctx context.Context, rows []heardRow, gone []heardRow) error {
	if len(rows)+len(gone) == 0 {
		return nil
	}
	return l.cfg.Book.Record(ctx, func(tx *ledger.Tx) error {
		for _, h := range gone {
			if _, err := tx.ExecContext(ctx, "DELETE FROM logbook_heard WHERE source = ? AND peer = ?", h.Source, h.Peer); err != nil {
				return err
			}
		}
		for _, h := range rows {
			gaps, err1 := json.Marshal(h.Rhythm.Gaps)
			counts, err2 := json.Marshal(h.Counts)
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO logbook_heard(source, peer, facility, since, last, silent, gaps, counts) VALUES(?,?,?,?,?,?,?,?)
				ON CONFLICT(source, peer) DO UPDATE SET since=excluded.since, last=excluded.last, silent=excluded.silent, gaps=excluded.gaps, counts=excluded.counts`,
				h.Source, h.Peer, tx.Facility, stamp.Text(h.Rhythm.Since), stamp.Text(h.Rhythm.Last), stamp.Text(h.Rhythm.Silent), string(gaps), string(counts))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Loss is a range of batches that the journal acknowledged and could not give
// back.
type Loss struct {
	journal.Loss
	NoticedAt time.Time
}

// Losses gives what the journal lost, newest first.
func (l *Logbook) Losses(ctx context.Context) ([]Loss, error) {
	rows, err := l.cfg.Book.DB().Read().QueryContext(ctx, "SELECT epoch, first, last, why, noticed_at FROM logbook_loss ORDER BY noticed_at DESC, epoch, first")
	if err != nil {
		return nil, fmt.Errorf("logbook: losses: %w", err)
	}
	defer rows.Close()
	var out []Loss
	for rows.Next() {
		var x Loss
		var at string
		if err := rows.Scan(&x.Epoch, &x.From, &x.To, &x.Why, &at); err != nil {
			return nil, fmt.Errorf("logbook: losses: %w", err)
		}
		x.NoticedAt = stamp.Read(at)
		out = append(out, x)
	}
	return out, rows.Err()
}

// addLoss writes a loss down, once; fresh says whether it is a new one.
func (l *Logbook) addLoss(ctx context.Context, loss journal.Loss) (fresh bool, err error) {
	err = l.cfg.Book.Record(ctx, func(tx *ledger.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO logbook_loss(facility, epoch, first, last, why, noticed_at) VALUES(?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
			tx.Facility, loss.Epoch, int64(loss.From), int64(loss.To), string(loss.Why), stamp.Text(tx.Now))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		fresh = n > 0
		return err
	})
	return fresh, err
}
