package identity

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

// glassLife is how long a break-glass session lasts.
const glassLife = 4 * time.Hour

// maxEnvelopes is how many envelopes one sheet makes.
const maxEnvelopes = 10

// BreakGlass is one use of an envelope.
type BreakGlass struct {
	ID        string
	Number    int    // of the envelope
	Name      string // as the person wrote it
	Reason    string
	Roles     []string
	From      string
	StartedAt time.Time
	Until     time.Time
	EndedAt   time.Time // zero while it was not ended before Until
	AckAt     time.Time // zero until an administrator has acknowledged it
	AckBy     string
	AckText   string
}

// Ref names the session's holder in the ledger.
func (b BreakGlass) Ref() string { return glassRef(b.ID) }

func glassRef(id string) string { return "glass/" + id }

func glassID(actor string) (string, bool) { return strings.CutPrefix(actor, "glass/") }

// Envelope is a code that lies in the safe. The code itself is not known here.
type Envelope struct {
	ID     string
	Number int
	Roles  []string
	MadeAt time.Time
	MadeBy string
	UsedAt time.Time
	VoidAt time.Time
}

// InSafe reports whether the envelope can still be used.
func (e Envelope) InSafe() bool { return e.UsedAt.IsZero() && e.VoidAt.IsZero() }

// Printed is a new envelope with its code, to be printed once.
type Printed struct {
	Number int
	Code   string
}

// MakeEnvelopes makes n codes which open a session with the roles. What comes
// back is shown once; only hashes are kept.
func (d *People) MakeEnvelopes(ctx context.Context, actor ledger.Actor, n int, roles []string) ([]Printed, error) {
	if err := d.refuseGlass(actor); err != nil {
		return nil, err
	}
	if n < 1 || n > maxEnvelopes {
		return nil, fault.New(fault.Invalid, "identity.glass.count", maxEnvelopes)
	}
	if err := d.checkRoles(ctx, roles, ""); err != nil {
		return nil, err
	}
	var printed []Printed
	err := d.book.Write(ctx, actor, "identity.glass.envelopes", func(tx *ledger.Tx) error {
		var last int
		if err := tx.QueryRowContext(ctx, "SELECT COALESCE(max(number), 0) FROM identity_envelope").Scan(&last); err != nil {
			return err
		}
		printed = nil
		for i := range n {
			p := Printed{Number: last + 1 + i, Code: credential.NewPaperCode(credential.EnvelopeLen)}
			_, err := tx.ExecContext(ctx, `INSERT INTO identity_envelope(id, facility, number, hash, roles, made_at, made_by)
				VALUES(?, ?, ?, ?, ?, ?, ?)`, tx.NewID(), tx.Facility, p.Number, credential.HashPaperCode(p.Code), toJSON(roles), sqlite.MS(tx.Now), actor.Name)
			if err != nil {
				return err
			}
			printed = append(printed, p)
		}
		tx.Subject("identity/envelopes")
		tx.Detail(map[string]any{"first": last + 1, "count": n, "roles": roles})
		return nil
	})
	return printed, err
}

// VoidEnvelope makes an unused envelope worthless.
func (d *People) VoidEnvelope(ctx context.Context, actor ledger.Actor, id string) error {
	return d.book.Write(ctx, actor, "identity.glass.void", func(tx *ledger.Tx) error {
		tx.Subject("envelope/" + id)
		ok, err := one(tx.ExecContext(ctx, "UPDATE identity_envelope SET void_at = ? WHERE id = ? AND used_at = 0 AND void_at = 0", sqlite.MS(tx.Now), id))
		if err == nil && !ok {
			return fault.New(fault.Conflict, "identity.glass.gone")
		}
		return err
	})
}

// Break opens a session by an envelope's code. Name and reason are required.
// Wrong codes are limited by address and leave ledger lines like failed
// sign-ins.
func (d *People) breakGlass(ctx context.Context, code, name, reason string, v visitor) (token string, err error) {
	ctx, cancel := steadfast(ctx)
	defer cancel()
	now, key := d.now(), "glass "+sourceKey(v.from)
	if err := d.checkLocks(now, key); err != nil {
		return "", err
	}
	total, _, until := d.guard.attempt(key, d.Policy().account(), now)
	var env Envelope
	var roles string
	err = d.read().QueryRowContext(ctx, "SELECT id, number, roles FROM identity_envelope WHERE hash = ? AND used_at = 0 AND void_at = 0",
		credential.HashPaperCode(code)).Scan(&env.ID, &env.Number, &roles)
	if errors.Is(err, sql.ErrNoRows) {
		return "", d.wrongEnvelope(ctx, v, total, until)
	}
	if err != nil {
		return "", fmt.Errorf("identity: envelope: %w", err)
	}
	b := BreakGlass{ID: ledger.NewID(), Number: env.Number, Name: name, Reason: reason, From: v.from}
	actor := ledger.Actor{ID: b.Ref(), Name: name, Via: v.from}
	err = d.book.Write(ctx, actor, "identity.glass.break", func(tx *ledger.Tx) error {
		tx.Subject(b.Ref())
		tx.Detail(map[string]any{"envelope": env.Number, "name": name, "reason": reason, "roles": json.RawMessage(roles), "until": tx.Now.Add(glassLife)})
		ok, err := one(tx.ExecContext(ctx, "UPDATE identity_envelope SET used_at = ? WHERE id = ? AND used_at = 0 AND void_at = 0", sqlite.MS(tx.Now), env.ID))
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.Invalid, "identity.glass.wrong")
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO identity_glass(id, facility, envelope, number, name, reason, roles, from_addr, started_at, until)
			VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, b.ID, tx.Facility, env.ID, env.Number, name, reason, roles, v.from, sqlite.MS(tx.Now), sqlite.MS(tx.Now.Add(glassLife)))
		if err != nil {
			return err
		}
		token, err = d.newSession(ctx, tx, sessionStart{glass: b.ID, from: v.from, agent: v.agent, old: v.old})
		return err
	})
	if err != nil {
		return "", err
	}
	d.guard.clear(key)
	d.cfg.Log.Warn("break-glass session opened", "envelope", env.Number, "from", v.from)
	return token, nil
}

func (d *People) wrongEnvelope(ctx context.Context, v visitor, total int, until time.Time) error {
	if loud(total) || !until.IsZero() {
		if err := d.book.Note(ctx, nobody(v.from), "identity.glass.failed", "identity/envelopes", map[string]any{"attempt": total, "locked": !until.IsZero()}); err != nil {
			return err
		}
	}
	return fault.New(fault.Invalid, "identity.glass.wrong")
}

// Acknowledge closes a use of break-glass with an administrator's words. Who
// is signed in by break-glass cannot do it.
func (d *People) Acknowledge(ctx context.Context, actor ledger.Actor, id, words string) error {
	if err := d.refuseGlass(actor); err != nil {
		return err
	}
	words = strings.TrimSpace(words)
	if words == "" {
		return fault.New(fault.Invalid, "identity.reason.none")
	}
	return d.book.Write(ctx, actor, "identity.glass.acknowledge", func(tx *ledger.Tx) error {
		tx.Subject(glassRef(id))
		tx.Detail(map[string]any{"words": words})
		ok, err := one(tx.ExecContext(ctx, "UPDATE identity_glass SET ack_at = ?, ack_by = ?, ack_text = ? WHERE id = ? AND ack_at = 0",
			sqlite.MS(tx.Now), actor.Name, words, id))
		if err == nil && !ok {
			return fault.New(fault.Conflict, "identity.glass.acked")
		}
		return err
	})
}

// EndGlass ends a break-glass session before its time.
func (d *People) EndGlass(ctx context.Context, actor ledger.Actor, id string) error {
	return d.book.Write(ctx, actor, "identity.glass.end", func(tx *ledger.Tx) error {
		tx.Subject(glassRef(id))
		if _, err := tx.ExecContext(ctx, "DELETE FROM identity_session WHERE glass = ?", id); err != nil {
			return err
		}
		ok, err := one(tx.ExecContext(ctx, "UPDATE identity_glass SET ended_at = ? WHERE id = ? AND ended_at = 0 AND until > ?",
			sqlite.MS(tx.Now), id, sqlite.MS(tx.Now)))
		if err == nil && !ok {
			return fault.New(fault.Conflict, "identity.glass.over")
		}
		return err
	})
}

// Glasses lists the uses of break-glass, newest first, at most 200; with
// openOnly those which nobody has acknowledged.
func (d *People) Glasses(ctx context.Context, openOnly bool) ([]BreakGlass, error) {
	rows, err := d.read().QueryContext(ctx, `SELECT id, number, name, reason, roles, from_addr, started_at, until, ended_at, ack_at, ack_by, ack_text
		FROM identity_glass WHERE (? = 0 OR ack_at = 0) ORDER BY started_at DESC LIMIT 200`, openOnly)
	if err != nil {
		return nil, fmt.Errorf("identity: break-glass: %w", err)
	}
	defer rows.Close()
	var all []BreakGlass
	for rows.Next() {
		var b BreakGlass
		var roles string
		var started, until, ended, ack int64
		err := rows.Scan(&b.ID, &b.Number, &b.Name, &b.Reason, &roles, &b.From, &started, &until, &ended, &ack, &b.AckBy, &b.AckText)
		if err == nil {
			err = json.Unmarshal([]byte(roles), &b.Roles)
		}
		if err != nil {
			return nil, fmt.Errorf("identity: break-glass: %w", err)
		}
		b.StartedAt, b.Until, b.EndedAt, b.AckAt = sqlite.FromMS(started), sqlite.FromMS(until), sqlite.FromMS(ended), sqlite.FromMS(ack)
		all = append(all, b)
	}
	return all, rows.Err()
}

// Envelopes lists all envelopes by number, the newest first.
func (d *People) Envelopes(ctx context.Context) ([]Envelope, error) {
	rows, err := d.read().QueryContext(ctx, "SELECT id, number, roles, made_at, made_by, used_at, void_at FROM identity_envelope ORDER BY number DESC LIMIT 500")
	if err != nil {
		return nil, fmt.Errorf("identity: envelopes: %w", err)
	}
	defer rows.Close()
	var all []Envelope
	for rows.Next() {
		var e Envelope
		var roles string
		var made, used, void int64
		err := rows.Scan(&e.ID, &e.Number, &roles, &made, &e.MadeBy, &used, &void)
		if err == nil {
			err = json.Unmarshal([]byte(roles), &e.Roles)
		}
		if err != nil {
			return nil, fmt.Errorf("identity: envelopes: %w", err)
		}
		e.MadeAt, e.UsedAt, e.VoidAt = sqlite.FromMS(made), sqlite.FromMS(used), sqlite.FromMS(void)
		all = append(all, e)
	}
	return all, rows.Err()
}
