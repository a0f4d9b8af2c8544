package identity

import (
	"context"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
)

// FirstRun is what the first page of the set-up asks for. The password is kept
// as its hash only, also while the second page waits.
type FirstRun struct {
	Hospital Hospital
	Login    string
	Name     string
	password string
}

// firstRunKey is where the second page's data wait, apart from a link's seed.
func firstRunKey(l link) string { return l.hash + " first run" }

// beginSetup checks the first page and keeps it for the second.
func (d *People) beginSetup(ctx context.Context, l link, in FirstRun, password string) (bad map[string]text.Msg, err error) {
	in.Login = foldLogin(in.Login)
	if !validLogin(in.Login) {
		return map[string]text.Msg{"login": text.M("identity.person.login.bad", maxLogin)}, nil
	}
	of := credential.Owner{Login: in.Login, Name: in.Name, Hospital: in.Hospital.Name, Kana: in.Hospital.Kana}
	if faults := credential.PasswordFaults(password, true, of); len(faults) > 0 {
		return map[string]text.Msg{"password": faults[0]}, nil
	}
	if in.password, err = d.hash.Hash(ctx, password); err != nil {
		return nil, err
	}
	return nil, d.pending.put(firstRunKey(l), pending{seed: credential.NewSeed(), first: &in}, d.now(), linkSetup.life())
}

// finishSetup checks the code and writes hospital, first administrator and
// session in one transaction.
func (d *People) finishSetup(ctx context.Context, l link, code string, v visitor) (out Enrolled, bad map[string]text.Msg, err error) {
	wait, ok := d.pending.get(firstRunKey(l), d.now())
	if !ok || wait.first == nil {
		return out, nil, fault.New(fault.Invalid, "identity.setup.late")
	}
	step, verdict := credential.CheckCode(wait.seed, code, d.now(), 0)
	if verdict != credential.Accepted {
		return out, map[string]text.Msg{"code": text.M("identity.enrol.code.wrong")}, nil
	}
	if out.Recovery, err = d.cfg.Seal.NewRecovery(); err != nil {
		return out, nil, err
	}
	p := person{Person: Person{ID: ledger.NewID(), Login: wait.first.Login, Name: wait.first.Name, State: Active,
		Roles: []string{roleAdmin, roleAnalyst}, PasswordAt: d.now(), SignInAt: d.now()}, password: wait.first.password, step: step}
	if p.seed, err = d.cfg.Seal.Seal([]byte(wait.seed)); err != nil {
		return out, nil, err
	}
	out.Codes = newRecoveryCodes()
	err = d.book.Write(ctx, p.actor(v.from), "identity.setup", func(tx *ledger.Tx) error {
		tx.Subject("facility/" + tx.Facility)
		tx.Detail(map[string]any{"hospital": wait.first.Hospital.Name, "login": p.Login, "recovery_key": d.cfg.Seal.Recovery()})
		if err := useLink(ctx, tx, l); err != nil {
			return err
		}
		if err := d.putFirst(ctx, tx, wait.first.Hospital, p); err != nil {
			return err
		}
		if err := putRecovery(ctx, tx, p.ID, out.Codes); err != nil {
			return err
		}
		out.Token, err = d.newSession(ctx, tx, sessionStart{person: p.ID, from: v.from, agent: v.agent, old: v.old})
		return err
	})
	if err != nil {
		return Enrolled{}, nil, err
	}
	d.pending.drop(firstRunKey(l))
	return out, nil, d.loadHospital(ctx)
}

// putFirst writes hospital and first person; a second set-up is refused by the
// database, also when two links were used at the same moment.
func (d *People) putFirst(ctx context.Context, tx *ledger.Tx, h Hospital, p person) error {
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM identity_hospital").Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return fault.New(fault.Conflict, "identity.setup.done")
	}
	if err := putHospital(ctx, tx, h); err != nil {
		return err
	}
	if p.ID == "" {
		return nil
	}
	return insertPerson(ctx, tx, p)
}

// SeedDemo fills an empty installation with a made-up hospital and people, who
// sign in by DemoLink alone: their passwords and seeds are random and shown to
// nobody. It exists with Config.Demo only.
func (d *People) SeedDemo(ctx context.Context, h Hospital, people []NewPerson) error {
	if !d.cfg.Demo {
		return fault.New(fault.Denied, "identity.demo.off")
	}
	if _, err := d.cfg.Seal.NewRecovery(); err != nil {
		return err
	}
	var ready []person
	for _, n := range people {
		if err := d.checkNew(ctx, &n); err != nil {
			return err
		}
		stored, err := d.hash.Hash(ctx, credential.NewSeed())
		if err != nil {
			return err
		}
		seed, err := d.cfg.Seal.Seal([]byte(credential.NewSeed()))
		if err != nil {
			return err
		}
		ready = append(ready, person{Person: Person{ID: ledger.NewID(), Login: n.Login, Name: n.Name, Vendor: n.Vendor,
			State: Active, Roles: n.Roles, PasswordAt: d.now()}, password: stored, seed: seed})
	}
	err := d.book.Write(ctx, ledger.System("demo"), "identity.demo.seed", func(tx *ledger.Tx) error {
		tx.Subject("facility/" + tx.Facility)
		if err := d.putFirst(ctx, tx, h, person{}); err != nil {
			return err
		}
		for _, p := range ready {
			if err := insertPerson(ctx, tx, p); err != nil {
				return err
			}
			if err := putRecovery(ctx, tx, p.ID, newRecoveryCodes()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.loadHospital(ctx)
}
