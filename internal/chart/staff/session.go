package staff

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/web"
)

// session is one browser of one person. Desk.mu guards it.
type session struct {
	id      string
	person  string // account, or empty
	glass   string // break-glass, or empty
	from    string
	started time.Time
	seen    time.Time
	locked  bool
}

// saving bounds what is written beside a sign-in: it may fail, and nobody
// waits long for that.
const saving = 2 * time.Second

// Person finds who a session token belongs to; it is web.Sessions. It reads no
// database. A session that was not used for Settings.Idle locks here, whatever
// its browser does; requests that a page makes by itself do not count as use.
func (d *Desk) Person(ctx context.Context, token, _ string) (web.Person, error) {
	signIn := fault.New(fault.SignIn, "web.sign_in")
	d.mu.Lock()
	defer d.mu.Unlock()
	hash := credential.HashToken(token)
	s := d.sessions[hash]
	if s == nil {
		return web.Person{}, signIn
	}
	now := d.now()
	p, ok := d.holder(s, now)
	if !ok {
		delete(d.sessions, hash)
		return web.Person{}, signIn
	}
	if idle := now.Sub(s.seen); idle >= time.Duration(d.setting.Idle)*time.Minute {
		s.locked = true
	}
	if s.locked {
		return web.Person{}, signIn
	}
	if !web.Passive(ctx) {
		s.seen = now
	}
	p.Idle = time.Duration(d.setting.Idle) * time.Minute
	return p, nil
}

// holder is who a session is for; false: it has ended. The caller holds mu.
func (d *Desk) holder(s *session, now time.Time) (web.Person, bool) {
	if now.Sub(s.started) > time.Duration(d.setting.Shift)*time.Hour {
		return web.Person{}, false
	}
	p := web.Person{Session: s.id}
	if s.glass != "" {
		g, ok := d.glasses[s.glass]
		if !ok || !g.EndedAt.IsZero() || !now.Before(g.Until) {
			return web.Person{}, false
		}
		p.ID, p.Name, p.Glass, p.Perms = g.Ref(), g.Name, g.Until, map[web.Perm]bool{}
		for _, perm := range glassPerms() {
			p.Perms[perm] = true
		}
		return p, true
	}
	who, ok := d.people[s.person]
	if !ok || who.State != Active {
		return web.Person{}, false
	}
	p.ID, p.Name, p.Login, p.Roles, p.Perms = who.Ref(), who.Name, who.Number, []string{string(who.Role)}, permsOf(who.Role, who.Extra)
	return p, true
}

// start opens a session and gives its token. The session that the browser had
// before ends, so that a token which somebody planted is worth nothing.
func (d *Desk) start(ctx context.Context, s session, old string) string {
	token, hash := credential.NewToken()
	now := d.now()
	s.id, s.started, s.seen = ledger.NewID(), now, now
	d.mu.Lock()
	d.sessions[hash] = &s
	oldHash := credential.HashToken(old)
	delete(d.sessions, oldHash)
	for h, other := range d.sessions { // those that ended without a sign-out
		if _, ok := d.holder(other, now); !ok {
			delete(d.sessions, h)
		}
	}
	d.mu.Unlock()
	d.save(ctx, "a session", func(ctx context.Context, tx *ledger.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM staff_session WHERE hash = ? OR started_at < ?", oldHash, sqlite.MS(now.Add(-24*time.Hour))); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO staff_session(hash, id, facility, person, glass, started_at, from_addr) VALUES(?, ?, ?, ?, ?, ?, ?)",
			hash, s.id, tx.Facility, s.person, s.glass, sqlite.MS(now), s.from)
		return err
	})
	return token
}

// save writes what the memory holds already; when that fails, a restart knows
// less and nothing else happens. It reports whether it was written.
func (d *Desk) save(ctx context.Context, what string, fn func(context.Context, *ledger.Tx) error) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saving)
	defer cancel()
	err := d.book.Record(ctx, func(tx *ledger.Tx) error { return fn(ctx, tx) })
	if err != nil {
		d.cfg.Log.Warn("not stored: "+what, "err", err)
	}
	return err == nil
}

// end ends the session of a token.
func (d *Desk) end(ctx context.Context, token string) {
	hash := credential.HashToken(token)
	d.mu.Lock()
	s := d.sessions[hash]
	delete(d.sessions, hash)
	d.mu.Unlock()
	if s == nil {
		return
	}
	if s.glass != "" {
		d.endGlass(ctx, s.glass)
	}
	d.save(ctx, "the end of a session", func(ctx context.Context, tx *ledger.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM staff_session WHERE hash = ?", hash)
		return err
	})
}

// endOf ends all sessions of a person.
func (d *Desk) endOf(ctx context.Context, id string) { d.endOthers(ctx, id, "") }

// endOthers ends all sessions of a person but the one of a token.
func (d *Desk) endOthers(ctx context.Context, id, token string) {
	own := credential.HashToken(token)
	d.mu.Lock()
	for hash, s := range d.sessions {
		if s.person == id && hash != own {
			delete(d.sessions, hash)
		}
	}
	d.mu.Unlock()
	d.save(ctx, "the end of sessions", func(ctx context.Context, tx *ledger.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM staff_session WHERE person = ? AND hash <> ?", id, own)
		return err
	})
}

// Lock locks the session of a token. It is safe to ask twice.
func (d *Desk) Lock(token string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.sessions[credential.HashToken(token)]; s != nil {
		s.locked = true
	}
}

// locked gives whose session a token is, if it is locked and has not ended.
func (d *Desk) locked(token string) (web.Person, *session, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.sessions[credential.HashToken(token)]
	if s == nil {
		return web.Person{}, nil, false
	}
	p, ok := d.holder(s, d.now())
	if idle := d.now().Sub(s.seen); idle >= time.Duration(d.setting.Idle)*time.Minute {
		s.locked = true
	}
	copied := *s
	return p, &copied, ok && s.locked
}

// Unlock opens a locked session with the PIN of its holder. The fault for a
// wrong one is "staff.signin.wrong", for a session that ended "staff.lock.over".
func (d *Desk) Unlock(ctx context.Context, token, pin, from string) error {
	who, s, ok := d.locked(token)
	if !ok {
		return fault.New(fault.SignIn, "staff.lock.over")
	}
	d.mu.RLock()
	stored, number := d.people[s.person].pin, d.people[s.person].Number
	if s.glass != "" {
		if own := d.glasses[s.glass].pin; own != "" || s.person == "" {
			stored, number = own, s.glass
		}
	}
	d.mu.RUnlock()
	actor := ledger.Actor{ID: who.ID, Name: who.Name, Login: who.Login, Via: from}
	if err := d.verify(ctx, attempt{number: number, from: from, stored: stored, pin: pin, actor: actor, action: "staff.unlock.failed"}); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if live := d.sessions[credential.HashToken(token)]; live != nil {
		live.locked, live.seen = false, d.now()
	}
	return nil
}
