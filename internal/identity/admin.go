package identity

import (
	"context"
	"slices"
	"strings"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// NewPerson is what an invitation says.
type NewPerson struct {
	Login  string
	Name   string
	Vendor string // required for the role vendor, and for it alone
	Roles  []string
}

// checkNew folds and checks the fields. Its faults name the field by their key.
func (d *People) checkNew(ctx context.Context, n *NewPerson) error {
	n.Login, n.Name = foldLogin(n.Login), strings.TrimSpace(n.Name)
	if !validLogin(n.Login) {
		return fault.New(fault.Invalid, "identity.person.login.bad", maxLogin)
	}
	if n.Name == "" {
		return fault.New(fault.Invalid, "identity.person.name.bad")
	}
	return d.checkRoles(ctx, n.Roles, n.Vendor)
}

// checkRoles refuses unknown roles, nobody's roles, and a vendor's account that
// is bound to no company or that has a role of the house beside.
func (d *People) checkRoles(ctx context.Context, roles []string, vendor string) error {
	if len(roles) == 0 {
		return fault.New(fault.Invalid, "identity.person.roles.none")
	}
	for _, id := range roles {
		if _, err := d.role(id); err != nil {
			return err
		}
	}
	isVendor := slices.Contains(roles, roleVendor)
	if isVendor != (vendor != "") || isVendor && len(roles) > 1 {
		return fault.New(fault.Invalid, "identity.person.vendor.roles")
	}
	if vendor == "" || d.cfg.Vendors == nil {
		return nil
	}
	vendors, err := d.cfg.Vendors(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(vendors, func(v Vendor) bool { return v.ID == vendor }) {
		return fault.New(fault.Invalid, "identity.person.vendor.unknown")
	}
	return nil
}

// Invite makes an account and gives the token of its one-time link,
// /invite?token=…, good for 72 hours. The person sets password and second
// factor; nobody else ever knows them.
func (d *People) Invite(ctx context.Context, actor ledger.Actor, n NewPerson) (id, token string, err error) {
	if err := d.refuseGlass(actor); err != nil {
		return "", "", err
	}
	if err := d.checkNew(ctx, &n); err != nil {
		return "", "", err
	}
	err = d.book.Write(ctx, actor, "identity.person.create", func(tx *ledger.Tx) error {
		id = tx.NewID()
		tx.Subject("person/" + id)
		tx.Detail(map[string]any{"login": n.Login, "name": n.Name, "vendor": n.Vendor, "roles": n.Roles})
		p := person{Person: Person{ID: id, Login: n.Login, Name: n.Name, Vendor: n.Vendor, State: Invited, Roles: n.Roles}}
		if err := insertPerson(ctx, tx, p); err != nil {
			return err
		}
		token, err = makeLink(ctx, tx, linkInvite, id)
		return err
	})
	return id, token, err
}

// Change sets name, vendor and roles. The last administrator keeps the right.
func (d *People) Change(ctx context.Context, actor ledger.Actor, id string, n NewPerson) error {
	if err := d.refuseGlass(actor); err != nil {
		return err
	}
	p, err := d.person(ctx, id)
	if err != nil {
		return err
	}
	n.Login = p.Login
	if err := d.checkNew(ctx, &n); err != nil {
		return err
	}
	return d.book.Write(ctx, actor, "identity.person.update", func(tx *ledger.Tx) error {
		tx.Subject(p.Ref())
		tx.Detail(map[string]any{
			"before": map[string]any{"name": p.Name, "vendor": p.Vendor, "roles": p.Roles},
			"after":  map[string]any{"name": n.Name, "vendor": n.Vendor, "roles": n.Roles},
		})
		if err := exec1(ctx, tx, "UPDATE identity_person SET name = ?, vendor = ? WHERE id = ?", n.Name, n.Vendor, id); err != nil {
			return err
		}
		if err := putPersonRoles(ctx, tx, id, n.Roles); err != nil {
			return err
		}
		return d.keepAdmin(ctx, tx, "", d.adminRoles())
	})
}

// refuseGlass keeps who came by break-glass from giving rights that outlast the
// four hours: no new people, roles, rules or envelopes. They may disable and
// unlock, and give people back what they had by a new link.
func (d *People) refuseGlass(actor ledger.Actor) error {
	if _, ok := glassID(actor.ID); ok {
		return fault.New(fault.Denied, "identity.glass.limits")
	}
	return nil
}

// Disable ends an account and its sessions and links. People are not deleted:
// the ledger names them.
func (d *People) Disable(ctx context.Context, actor ledger.Actor, id, reason string) error {
	return d.change(ctx, actor, onPerson{"identity.person.disable", id, reason}, func(tx *ledger.Tx, p person) error {
		if err := d.keepAdmin(ctx, tx, id, d.adminRoles()); err != nil {
			return err
		}
		if err := exec1(ctx, tx, "UPDATE identity_person SET state = 'disabled' WHERE id = ?", id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM identity_link WHERE person = ? AND used_at = 0", id); err != nil {
			return err
		}
		_, err := endSessions(ctx, tx, id, "")
		return err
	})
}

// Enable lets a disabled person in again by a new invitation: password and
// second factor are set anew.
func (d *People) Enable(ctx context.Context, actor ledger.Actor, id, reason string) (token string, err error) {
	return d.relink(ctx, actor, id, reason, linkInvite)
}

// ResetSecond takes the second factor away and gives the token of a link,
// /invite?token=…, by which the person sets a new one with the present
// password. All sessions end.
func (d *People) ResetSecond(ctx context.Context, actor ledger.Actor, id, reason string) (token string, err error) {
	return d.relink(ctx, actor, id, reason, linkSecond)
}

// Reinvite takes password and second factor away and gives a new invitation.
func (d *People) Reinvite(ctx context.Context, actor ledger.Actor, id, reason string) (token string, err error) {
	return d.relink(ctx, actor, id, reason, linkInvite)
}

func (d *People) relink(ctx context.Context, actor ledger.Actor, id, reason string, kind linkKind) (token string, err error) {
	action := or(kind == linkSecond, "identity.person.reset_second", "identity.person.reinvite")
	err = d.change(ctx, actor, onPerson{action, id, reason}, func(tx *ledger.Tx, p person) error {
		if p.State == Active {
			if err := d.keepAdmin(ctx, tx, id, d.adminRoles()); err != nil {
				return err
			}
		}
		if kind == linkSecond && p.State != Active {
			return fault.New(fault.Conflict, "identity.person.notactive")
		}
		if kind == linkSecond {
			err = exec1(ctx, tx, "UPDATE identity_person SET seed = NULL WHERE id = ?", id)
		} else {
			err = exec1(ctx, tx, "UPDATE identity_person SET seed = NULL, password = '', state = 'invited' WHERE id = ?", id)
		}
		if err != nil {
			return err
		}
		if err := putRecovery(ctx, tx, id, nil); err != nil {
			return err
		}
		if _, err := endSessions(ctx, tx, id, ""); err != nil {
			return err
		}
		token, err = makeLink(ctx, tx, kind, id)
		return err
	})
	return token, err
}

// Unlock lifts a lock after too many wrong attempts.
func (d *People) Unlock(ctx context.Context, actor ledger.Actor, id, reason string) error {
	login := ""
	err := d.change(ctx, actor, onPerson{"identity.person.unlock", id, reason}, func(tx *ledger.Tx, p person) error {
		login = p.Login
		return exec1(ctx, tx, "UPDATE identity_person SET locks = 0, locked_until = 0 WHERE id = ?", id)
	})
	if err == nil {
		d.guard.clear(accountKey(login))
	}
	return err
}

// onPerson is one act of an administrator on a person.
type onPerson struct{ action, id, reason string }

// change runs one act of an administrator on a person; a reason is required
// and stands in the ledger.
func (d *People) change(ctx context.Context, actor ledger.Actor, a onPerson, fn func(*ledger.Tx, person) error) error {
	reason := strings.TrimSpace(a.reason)
	if reason == "" {
		return fault.New(fault.Invalid, "identity.reason.none")
	}
	return d.book.Write(ctx, actor, a.action, func(tx *ledger.Tx) error {
		p, err := personBy(ctx, tx, "id", a.id)
		if err != nil {
			return err
		}
		tx.Subject(p.Ref())
		tx.Detail(map[string]any{"login": p.Login, "reason": reason})
		return fn(tx, p)
	})
}

// EndAll ends all sessions of a person.
func (d *People) EndAll(ctx context.Context, actor ledger.Actor, id, reason string) error {
	return d.change(ctx, actor, onPerson{"identity.session.end_all", id, reason}, func(tx *ledger.Tx, p person) error {
		_, err := endSessions(ctx, tx, p.ID, "")
		return err
	})
}
