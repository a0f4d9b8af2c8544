package identity

import (
	"context"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
)

// SetLang keeps the language that a person chose; empty means what the browser
// asks for.
func (d *People) SetLang(ctx context.Context, actor ledger.Actor, id, lang string) error {
	return d.book.Write(ctx, actor, "identity.own.lang", func(tx *ledger.Tx) error {
		tx.Subject("person/" + id)
		tx.Detail(map[string]any{"lang": lang})
		return exec1(ctx, tx, "UPDATE identity_person SET lang = ? WHERE id = ?", lang, id)
	})
}

// newPassword is the present password and the one to come.
type newPassword struct{ present, fresh string }

// changePassword sets a new password of somebody who proves the present one.
// All other sessions end.
func (d *People) changePassword(ctx context.Context, id, session string, in newPassword, v visitor) (bad map[string]text.Msg, err error) {
	p, err := d.person(ctx, id)
	if err != nil {
		return nil, err
	}
	fresh := in.fresh
	if faults := credential.PasswordFaults(fresh, true, d.ownerOf(p.Person)); len(faults) > 0 {
		return map[string]text.Msg{"new": faults[0]}, nil
	}
	if bad, err := d.proof(ctx, p, in.present, v); err != nil || len(bad) > 0 {
		return bad, err
	}
	if same, _, err := d.hash.Verify(ctx, p.password, fresh); err != nil {
		return nil, err
	} else if same {
		return map[string]text.Msg{"new": text.M("identity.password.same")}, nil
	}
	stored, err := d.hash.Hash(ctx, fresh)
	if err != nil {
		return nil, err
	}
	return nil, d.book.Write(ctx, p.actor(v.from), "identity.own.password", func(tx *ledger.Tx) error {
		tx.Subject(p.Ref())
		err := exec1(ctx, tx, "UPDATE identity_person SET password = ?, password_at = ? WHERE id = ? AND password = ?",
			stored, sqlite.MS(tx.Now), id, p.password)
		if err != nil {
			return err
		}
		_, err = endSessions(ctx, tx, id, session)
		return err
	})
}

// changeSecond replaces the second factor of somebody who proves the password
// and has set up the new one. The old recovery codes become void.
func (d *People) changeSecond(ctx context.Context, id, session string, in enrolment, v visitor) (codes []string, bad map[string]text.Msg, err error) {
	p, err := d.person(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if bad, err := d.proof(ctx, p, in.password, v); err != nil || len(bad) > 0 {
		return nil, bad, err
	}
	step, verdict := credential.CheckCode(in.seed, in.code, d.now(), 0)
	if verdict != credential.Accepted {
		return nil, map[string]text.Msg{"code": text.M("identity.enrol.code.wrong")}, nil
	}
	sealed, err := d.cfg.Seal.Seal([]byte(in.seed))
	if err != nil {
		return nil, nil, err
	}
	codes = newRecoveryCodes()
	err = d.book.Write(ctx, p.actor(v.from), "identity.own.second", func(tx *ledger.Tx) error {
		tx.Subject(p.Ref())
		ok, err := one(tx.ExecContext(ctx, "UPDATE identity_person SET seed = ?, step = ? WHERE id = ? AND state = 'active'", sealed, step, id))
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.NotFound, "identity.person.none")
		}
		if err := putRecovery(ctx, tx, id, codes); err != nil {
			return err
		}
		_, err = endSessions(ctx, tx, id, session)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	d.pending.drop(seedKey(id))
	return codes, nil, nil
}

// seedKey is where a signed-in person's new seed waits.
func seedKey(id string) string { return "seed " + id }
