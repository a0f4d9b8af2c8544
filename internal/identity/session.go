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
	"github.com/torideproject/toride/internal/web"
)

// Session is one signed-in browser.
type Session struct {
	ID        string
	From      string
	Agent     string
	StartedAt time.Time
	SeenAt    time.Time
	Current   bool // the one that asks
}

// Person finds who a session token belongs to; it is web.Sessions. One indexed
// read; a write at most once a minute for a session, and never a ledger line.
func (d *People) Person(ctx context.Context, token, _ string) (web.Person, error) {
	hash := credential.HashToken(token)
	var s Session
	var p web.Person
	var id, state, roles, glass, glassName, glassRoles string
	var started, seen, until int64
	err := d.read().QueryRowContext(ctx, `SELECT s.id, s.started_at, s.seen_at, COALESCE(p.id, ''), COALESCE(p.name, ''),
		COALESCE(p.login, ''), COALESCE(p.vendor, ''), COALESCE(p.state, ''),
		COALESCE((SELECT group_concat(r.role) FROM identity_person_role r WHERE r.person = p.id), ''),
		COALESCE(g.id, ''), COALESCE(g.name, ''), COALESCE(g.roles, '[]'), COALESCE(g.until, 0)
		FROM identity_session s LEFT JOIN identity_person p ON p.id = s.person LEFT JOIN identity_glass g ON g.id = s.glass
		WHERE s.hash = ?`, hash).Scan(&s.ID, &started, &seen, &id, &p.Name, &p.Login, &p.Vendor, &state, &roles,
		&glass, &glassName, &glassRoles, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return web.Person{}, fault.New(fault.SignIn, "web.sign_in")
	}
	if err != nil {
		return web.Person{}, fmt.Errorf("identity: session: %w", err)
	}
	now := d.now()
	if !d.Policy().alive(sqlite.FromMS(started), sqlite.FromMS(seen), now) {
		return web.Person{}, fault.New(fault.SignIn, "web.sign_in")
	}
	switch {
	case id != "" && State(state) == Active:
		p.ID, p.Roles = "person/"+id, splitList(roles)
	case glass != "" && now.Before(sqlite.FromMS(until)):
		p.ID, p.Name, p.Glass = glassRef(glass), glassName, sqlite.FromMS(until)
		if err := json.Unmarshal([]byte(glassRoles), &p.Roles); err != nil {
			return web.Person{}, fmt.Errorf("identity: break-glass roles: %w", err)
		}
	default:
		return web.Person{}, fault.New(fault.SignIn, "web.sign_in")
	}
	p.Session, p.Perms = s.ID, d.permsOf(p.Roles)
	if !web.Passive(ctx) {
		d.touch(ctx, hash, sqlite.FromMS(seen), now)
	}
	return p, nil
}

// touch notes that a session is in use. It is no change of the hospital's data
// and no act of a person, so it leaves no ledger line; when it cannot be
// written, the session only ends earlier.
func (d *People) touch(ctx context.Context, hash string, seen, now time.Time) {
	if now.Sub(seen) < time.Minute {
		return
	}
	d.mu.Lock()
	tried, ok := d.seen[hash]
	if ok && now.Sub(tried) < time.Minute {
		d.mu.Unlock()
		return
	}
	if len(d.seen) > maxPending {
		clear(d.seen)
	}
	d.seen[hash] = now
	d.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, lastSeenWait)
	defer cancel()
	err := d.book.DB().Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE identity_session SET seen_at = ? WHERE hash = ?", sqlite.MS(now), hash)
		return err
	})
	if err != nil {
		d.cfg.Log.Warn("last-seen of a session not written", "err", err)
	}
}

// newSession starts a session of a person or a break-glass in an open
// transaction, and sweeps out sessions and links that have ended.
func (d *People) newSession(ctx context.Context, tx *ledger.Tx, s sessionStart) (string, error) {
	token, hash := credential.NewToken()
	_, err := tx.ExecContext(ctx, `INSERT INTO identity_session(hash, id, facility, person, glass, started_at, seen_at, from_addr, agent)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`, hash, tx.NewID(), tx.Facility, s.person, s.glass, sqlite.MS(tx.Now), sqlite.MS(tx.Now),
		s.from, shorten(s.agent, 160))
	if err != nil {
		return "", err
	}
	if s.old != "" {
		if _, err := tx.ExecContext(ctx, "DELETE FROM identity_session WHERE hash = ?", credential.HashToken(s.old)); err != nil {
			return "", err
		}
	}
	p := d.Policy()
	_, err = tx.ExecContext(ctx, "DELETE FROM identity_session WHERE seen_at < ? OR started_at < ?",
		sqlite.MS(tx.Now.Add(-time.Duration(p.Idle)*time.Minute)), sqlite.MS(tx.Now.Add(-time.Duration(p.Absolute)*time.Hour)))
	if err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM identity_link WHERE expires_at < ?", sqlite.MS(tx.Now.Add(-24*time.Hour)))
	return token, err
}

// sessionStart is for whom a session is. old is the token that the browser had
// before: it ends, so that a token which somebody planted is worth nothing.
type sessionStart struct {
	person, glass    string
	from, agent, old string
}

// shorten cuts what a browser says of itself to n characters.
func shorten(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// SignOut ends the session of a token.
func (d *People) SignOut(ctx context.Context, actor ledger.Actor, token string) error {
	return d.book.Write(ctx, actor, "identity.signout", func(tx *ledger.Tx) error {
		tx.Subject(actor.ID)
		if glass, ok := glassID(actor.ID); ok {
			if _, err := tx.ExecContext(ctx, "UPDATE identity_glass SET ended_at = ? WHERE id = ? AND ended_at = 0", sqlite.MS(tx.Now), glass); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM identity_session WHERE hash = ?", credential.HashToken(token))
		return err
	})
}

// Sessions lists the live sessions of a person, the newest first. current is
// the ID of the one that asks.
func (d *People) Sessions(ctx context.Context, id, current string) ([]Session, error) {
	rows, err := d.read().QueryContext(ctx, `SELECT id, from_addr, agent, started_at, seen_at FROM identity_session
		WHERE person = ? ORDER BY started_at DESC`, id)
	if err != nil {
		return nil, fmt.Errorf("identity: sessions: %w", err)
	}
	defer rows.Close()
	var all []Session
	policy, now := d.Policy(), d.now()
	for rows.Next() {
		var s Session
		var started, seen int64
		if err := rows.Scan(&s.ID, &s.From, &s.Agent, &started, &seen); err != nil {
			return nil, fmt.Errorf("identity: sessions: %w", err)
		}
		s.StartedAt, s.SeenAt, s.Current = sqlite.FromMS(started), sqlite.FromMS(seen), s.ID == current
		if policy.alive(s.StartedAt, s.SeenAt, now) {
			all = append(all, s)
		}
	}
	return all, rows.Err()
}

// EndSession ends one session of the person.
func (d *People) EndSession(ctx context.Context, actor ledger.Actor, person, session string) error {
	return d.book.Write(ctx, actor, "identity.session.end", func(tx *ledger.Tx) error {
		tx.Subject("person/" + person)
		tx.Detail(map[string]any{"session": session})
		ok, err := one(tx.ExecContext(ctx, "DELETE FROM identity_session WHERE person = ? AND id = ?", person, session))
		if err == nil && !ok {
			return fault.New(fault.NotFound, "identity.session.none")
		}
		return err
	})
}

// EndOthers ends all sessions of the person but one; keep may be empty.
func (d *People) EndOthers(ctx context.Context, actor ledger.Actor, person, keep string) error {
	return d.book.Write(ctx, actor, "identity.session.end_others", func(tx *ledger.Tx) error {
		tx.Subject("person/" + person)
		n, err := endSessions(ctx, tx, person, keep)
		tx.Detail(map[string]any{"ended": n})
		return err
	})
}

func endSessions(ctx context.Context, tx *ledger.Tx, person, keep string) (int64, error) {
	res, err := tx.ExecContext(ctx, "DELETE FROM identity_session WHERE person = ? AND id <> ?", person, keep)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// langOf is the language that the person of a session chose; "" where there is
// none, as for break-glass.
func (d *People) langOf(ctx context.Context, token string) (lang string, err error) {
	err = d.read().QueryRowContext(ctx, `SELECT p.lang FROM identity_session s JOIN identity_person p ON p.id = s.person
		WHERE s.hash = ?`, credential.HashToken(token)).Scan(&lang)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("identity: language: %w", err)
	}
	return lang, nil
}
