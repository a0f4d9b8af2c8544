package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
)

// linkKind says what a one-time link is for.
type linkKind string

const (
	linkSetup  linkKind = "setup"
	linkInvite linkKind = "invite" // set password and second factor
	linkSecond linkKind = "second" // set a new second factor, with the present password
	linkDemo   linkKind = "demo"   // be signed in
)

// life is how long a link is good.
func (k linkKind) life() time.Duration {
	switch k {
	case linkSetup:
		return 30 * time.Minute
	case linkDemo:
		return 24 * time.Hour
	}
	return 72 * time.Hour
}

// link is a stored one-time link.
type link struct {
	hash    string
	kind    linkKind
	person  string
	expires time.Time
}

// makeLink stores a new link and voids earlier ones of the same kind and
// person.
func makeLink(ctx context.Context, tx *ledger.Tx, kind linkKind, person string) (string, error) {
	if kind != linkDemo {
		_, err := tx.ExecContext(ctx, "DELETE FROM identity_link WHERE person = ? AND kind <> 'demo' AND used_at = 0", person)
		if err != nil {
			return "", err
		}
	}
	token, hash := credential.NewToken()
	_, err := tx.ExecContext(ctx, "INSERT INTO identity_link(hash, facility, kind, person, made_at, expires_at) VALUES(?, ?, ?, ?, ?, ?)",
		hash, tx.Facility, string(kind), person, sqlite.MS(tx.Now), sqlite.MS(tx.Now.Add(kind.life())))
	return token, err
}

// findLink reads a link that can still be used. Unknown, used, expired and
// made in the future (a clock that was set back) are the same fault.
func (d *People) findLink(ctx context.Context, token string, kinds ...linkKind) (link, error) {
	l := link{hash: credential.HashToken(token)}
	var made, expires, used int64
	err := d.read().QueryRowContext(ctx, "SELECT kind, person, made_at, expires_at, used_at FROM identity_link WHERE hash = ?", l.hash).
		Scan((*string)(&l.kind), &l.person, &made, &expires, &used)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return link{}, fmt.Errorf("identity: link: %w", err)
	}
	l.expires = sqlite.FromMS(expires)
	now := d.now()
	if err == nil && used == 0 && now.Before(l.expires) && !now.Before(sqlite.FromMS(made).Add(-backstep)) {
		for _, kind := range kinds {
			if l.kind == kind {
				return l, nil
			}
		}
	}
	return link{}, fault.New(fault.NotFound, "identity.link.bad")
}

// useLink marks a link as used; of two that come at once one is refused.
func useLink(ctx context.Context, tx *ledger.Tx, l link) error {
	ok, err := one(tx.ExecContext(ctx, "UPDATE identity_link SET used_at = ? WHERE hash = ? AND used_at = 0", sqlite.MS(tx.Now), l.hash))
	if err == nil && !ok {
		return fault.New(fault.NotFound, "identity.link.bad")
	}
	return err
}

// SetupLink gives the token of the first-run set-up, /setup?token=…, good for
// 30 minutes and one use; an earlier one becomes void. After the set-up it is
// the fault "identity.setup.done".
func (d *People) SetupLink(ctx context.Context) (token string, err error) {
	if !d.Hospital().SetUpAt.IsZero() {
		return "", fault.New(fault.Conflict, "identity.setup.done")
	}
	console := ledger.Actor{ID: "console", Name: "console", Via: "console"}
	err = d.book.Write(ctx, console, "identity.setup.link", func(tx *ledger.Tx) error {
		tx.Subject("identity/setup")
		token, err = makeLink(ctx, tx, linkSetup, "")
		return err
	})
	return token, err
}

// DemoLink gives the token of a sign-in without password, /signin/demo?token=…,
// for one use within a day. It exists with Config.Demo only.
func (d *People) DemoLink(ctx context.Context, login string) (token string, err error) {
	if !d.cfg.Demo {
		return "", fault.New(fault.Denied, "identity.demo.off")
	}
	p, err := personBy(ctx, d.read(), "login", foldLogin(login))
	if err != nil {
		return "", err
	}
	err = d.book.Write(ctx, ledger.System("demo"), "identity.demo.link", func(tx *ledger.Tx) error {
		tx.Subject(p.Ref())
		token, err = makeLink(ctx, tx, linkDemo, p.ID)
		return err
	})
	return token, err
}

// enterDemo signs in by a demo link.
func (d *People) enterDemo(ctx context.Context, token string, v visitor) (session string, err error) {
	l, err := d.findLink(ctx, token, linkDemo)
	if err != nil {
		return "", err
	}
	if !d.cfg.Demo { // a folder of a demo that is served for real
		return "", fault.New(fault.Denied, "identity.demo.off")
	}
	p, err := d.person(ctx, l.person)
	if err != nil {
		return "", err
	}
	err = d.book.Write(ctx, p.actor(v.from), "identity.signin", func(tx *ledger.Tx) error {
		tx.Subject(p.Ref())
		tx.Detail(map[string]any{"second": "demo link"})
		if err := useLink(ctx, tx, l); err != nil {
			return err
		}
		if err := exec1(ctx, tx, "UPDATE identity_person SET signin_at = ? WHERE id = ? AND state = 'active'", sqlite.MS(tx.Now), p.ID); err != nil {
			return err
		}
		session, err = d.newSession(ctx, tx, sessionStart{person: p.ID, from: v.from, agent: v.agent, old: v.old})
		return err
	})
	return session, err
}

// enrolSeed gives the seed that an enrolment under this key shows, the same
// until the enrolment is done or half an hour has passed.
func (d *People) enrolSeed(key string) (string, error) {
	now := d.now()
	if p, ok := d.pending.get(key, now); ok && p.seed != "" {
		return p.seed, nil
	}
	seed := credential.NewSeed()
	return seed, d.pending.put(key, pending{seed: seed}, now, linkSetup.life())
}

// Enrolled is what is shown once after an enrolment.
type Enrolled struct {
	Token    string      // of the new session
	Codes    []string    // recovery codes for paper
	Recovery seal.Secret // of the seal, after the first-run set-up only
}

func newRecoveryCodes() []string {
	codes := make([]string, credential.RecoveryCount)
	for i := range codes {
		codes[i] = credential.NewPaperCode(credential.RecoveryLen)
	}
	return codes
}

// enrolment is a password and a second factor as somebody sets them.
type enrolment struct {
	password string
	code     string
	seed     string
}

// accept takes the link of an invitation or of a new second factor. The faults
// of fields come back as messages by field name.
func (d *People) accept(ctx context.Context, l link, in enrolment, v visitor) (out Enrolled, bad map[string]text.Msg, err error) {
	p, err := d.person(ctx, l.person)
	if err != nil {
		return out, nil, err
	}
	if p.State == Disabled {
		return out, nil, fault.New(fault.NotFound, "identity.link.bad")
	}
	if in.seed, err = d.enrolSeed(l.hash); err != nil {
		return out, nil, err
	}
	password, bad, err := d.linkPassword(ctx, l, p, in, v)
	if err != nil || len(bad) > 0 {
		return out, bad, err
	}
	step, verdict := credential.CheckCode(in.seed, in.code, d.now(), 0)
	if verdict != credential.Accepted {
		return out, map[string]text.Msg{"code": text.M("identity.enrol.code.wrong")}, nil
	}
	sealed, err := d.cfg.Seal.Seal([]byte(in.seed))
	if err != nil {
		return out, nil, err
	}
	out.Codes = newRecoveryCodes()
	err = d.book.Write(ctx, p.actor(v.from), "identity.enrol", func(tx *ledger.Tx) error {
		tx.Subject(p.Ref())
		tx.Detail(map[string]any{"link": l.kind})
		if err := useLink(ctx, tx, l); err != nil {
			return err
		}
		err := exec1(ctx, tx, `UPDATE identity_person SET state = 'active', seed = ?, step = ?, password = ?,
			password_at = CASE WHEN ? = 'invite' THEN ? ELSE password_at END, signin_at = ?, locks = 0, locked_until = 0
			WHERE id = ? AND state <> 'disabled'`, sealed, step, password, string(l.kind), sqlite.MS(tx.Now), sqlite.MS(tx.Now), p.ID)
		if err != nil {
			return err
		}
		if err := putRecovery(ctx, tx, p.ID, out.Codes); err != nil {
			return err
		}
		if _, err := endSessions(ctx, tx, p.ID, ""); err != nil {
			return err
		}
		out.Token, err = d.newSession(ctx, tx, sessionStart{person: p.ID, from: v.from, agent: v.agent, old: v.old})
		return err
	})
	if err != nil {
		return Enrolled{}, nil, err
	}
	d.pending.drop(l.hash)
	d.guard.clear(accountKey(p.Login))
	return out, nil, nil
}

// linkPassword gives the hash to be stored: of a new password for an
// invitation; for a new second factor the present one, which must be proved
// and is limited like any sign-in.
func (d *People) linkPassword(ctx context.Context, l link, p person, in enrolment, v visitor) (string, map[string]text.Msg, error) {
	if l.kind == linkInvite {
		if faults := credential.PasswordFaults(in.password, true, d.ownerOf(p.Person)); len(faults) > 0 {
			return "", map[string]text.Msg{"password": faults[0]}, nil
		}
		stored, err := d.hash.Hash(ctx, in.password)
		return stored, nil, err
	}
	bad, err := d.proof(ctx, p, in.password, v)
	return p.password, bad, err
}

// proof checks the present password of somebody who holds a link or a session.
// Failures count like those of a sign-in.
func (d *People) proof(ctx context.Context, p person, password string, v visitor) (map[string]text.Msg, error) {
	ctx, cancel := steadfast(ctx)
	defer cancel()
	now, key := d.now(), accountKey(p.Login)
	if err := d.checkLocks(now, key); err != nil {
		return nil, err
	}
	total, locks, until := d.guard.attempt(key, d.Policy().account(), now)
	ok, _, err := d.hash.Verify(ctx, p.password, password)
	if err != nil {
		return nil, err
	}
	if ok {
		d.guard.clear(key)
		return nil, nil
	}
	if loud(total) {
		if err := d.note(ctx, v, "identity.signin.failed", p, map[string]any{"attempt": total, "half": "password"}); err != nil {
			return nil, err
		}
	}
	if !until.IsZero() {
		if err := d.lockAccount(ctx, v, p, locks, until); err != nil {
			return nil, err
		}
	}
	return map[string]text.Msg{"password": text.M("identity.password.notpresent")}, nil
}

// ownerOf is what a new password must not be made of.
func (d *People) ownerOf(p Person) credential.Owner {
	h := d.Hospital()
	return credential.Owner{Login: p.Login, Name: p.Name, Hospital: h.Name, Kana: h.Kana}
}
