package identity

import (
	"context"

	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// newRecoveryKey replaces the seal's recovery key, for when the printed one
// was lost or seen, and seals every seed again, so that the new key opens
// them. Backups made before still need the old key. When it fails half-way,
// the old key still opens what was sealed to it, and it can be repeated.
// One read and one write for each person with a second factor.
func (d *People) newRecoveryKey(ctx context.Context, actor ledger.Actor, reason string) (seal.Secret, error) {
	if err := d.refuseGlass(actor); err != nil {
		return seal.Secret{}, err
	}
	before := d.cfg.Seal.Recovery()
	secret, err := d.cfg.Seal.NewRecovery()
	if err != nil {
		return seal.Secret{}, err
	}
	err = d.book.Write(ctx, actor, "identity.recovery_key", func(tx *ledger.Tx) error {
		tx.Subject("facility/" + tx.Facility)
		n, err := d.resealSeeds(ctx, tx)
		tx.Detail(map[string]any{"before": before, "after": d.cfg.Seal.Recovery(), "resealed": n, "reason": reason})
		return err
	})
	return secret, err
}

// resealSeeds reads all seeds before it writes the first: a transaction has
// one connection.
func (d *People) resealSeeds(ctx context.Context, tx *ledger.Tx) (int, error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, seed FROM identity_person WHERE seed IS NOT NULL")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	seeds := map[string][]byte{}
	for rows.Next() {
		var id string
		var seed []byte
		if err := rows.Scan(&id, &seed); err != nil {
			return 0, err
		}
		seeds[id] = seed
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	for id, seed := range seeds {
		again, err := d.cfg.Seal.Reseal(seed)
		if err != nil {
			return 0, err
		}
		if err := exec1(ctx, tx, "UPDATE identity_person SET seed = ? WHERE id = ?", again, id); err != nil {
			return 0, err
		}
	}
	return len(seeds), nil
}

func recoveryForm() web.Form {
	return web.Form{Title: text.M("identity.recovery.title"), Intro: text.M("identity.recovery.intro"), Action: "/people/recovery",
		Submit: text.M("identity.recovery.submit"), Danger: true, Cancel: "/people", Fields: []web.Field{
			auto(required("password", web.PasswordField), "current-password"), reasonField()}}
}

func (d *People) recoveryShow(c *web.Call) error { return c.RenderForm(recoveryForm()) }

// recoveryPost asks for the password: whoever has this key and a backup reads
// every secret.
func (d *People) recoveryPost(c *web.Call) error {
	id, err := ownID(c)
	if err != nil {
		return err
	}
	f := recoveryForm()
	if done, err := f.Taken(c); done {
		return err
	}
	p, err := d.person(c.Ctx(), id)
	if err != nil {
		return err
	}
	bad, err := d.proof(c.Ctx(), p, f.Text("password"), visitorOf(c))
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		failFields(&f, bad)
		return c.RenderForm(f)
	}
	secret, err := d.newRecoveryKey(c.Ctx(), actorOf(c), f.Text("reason"))
	if err != nil {
		return err
	}
	return d.showCodes(c, p.Person, Enrolled{Recovery: secret})
}
