package identity

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Role is a named set of rights.
type Role struct {
	ID       string // "admin", or a UUID of the hospital's own roles
	Name     string // of the hospital's own roles; empty for the built-in ones
	Perms    []web.Perm
	Built    bool
	EditedAt time.Time // zero while a built-in role follows the program
}

// Say is the role's name.
func (r Role) Say() text.Msg {
	if r.Built {
		return text.M("identity.role." + r.ID)
	}
	return text.Raw(r.Name)
}

// Can reports whether the role has the right.
func (r Role) Can(p web.Perm) bool { return slices.Contains(r.Perms, p) }

// The built-in roles that the program itself refers to.
const (
	roleAdmin   = "admin"
	roleAnalyst = "analyst"
	roleVendor  = "vendor"
)

// builtRoles are the roles that every installation has, in the order of forms.
func builtRoles() []string {
	return []string{roleAdmin, roleAnalyst, "viewer", "executive", "ward", roleVendor}
}

// chartActs are a role's rights on charts: those who treat read, print and write
// back; who prepares the viewer, answers for it or looks back at who read reads
// no chart. An administrator has none (SaveRole).
func chartActs(role string) []string {
	switch role {
	case "ward":
		return []string{"read", "print", "entry"}
	case roleAnalyst:
		return []string{"setup"}
	case "executive":
		return []string{"setup", "seen"}
	case "viewer":
		return []string{"seen"}
	}
	return nil
}

// granted reports whether a built-in role has the right as long as nobody
// edited it. Rights are named domain.act; "read" is the act of looking.
func granted(role string, p web.Perm) bool {
	domain, act, _ := strings.Cut(string(p), ".")
	if domain == "chart" {
		return slices.Contains(chartActs(role), act)
	}
	switch role {
	case roleAdmin:
		return true
	case roleAnalyst:
		return domain != "identity"
	case "executive":
		return domain != "identity" && (act == "read" || act == "readings" || act == "approve" || act == "command" || act == "entry")
	case "viewer":
		return (act == "read" || act == "readings") && domain != "ledger" && domain != "identity"
	case "ward":
		return p == "incident.read" || p == "incident.entry"
	case roleVendor: // what they see is limited further by the company they are bound to
		return p == "access.read" || p == "access.request"
	}
	return false
}

// Know hands over every right that a route needs. It is called once, before
// serving, where Config.Permissions could not hold them.
func (d *People) Know(perms []web.Perm) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := append(slices.Clone(d.known), perms...)
	all = append(all, Admin)
	all = slices.DeleteFunc(all, func(p web.Perm) bool { return p == web.Public || p == web.SignedIn })
	slices.Sort(all)
	d.known = slices.Compact(all)
	for _, id := range builtRoles() {
		if r := d.roles[id]; r.EditedAt.IsZero() && d.roles != nil {
			d.roles[id] = d.built(id)
		}
	}
}

// built gives a built-in role as the program defines it. The caller holds mu.
func (d *People) built(id string) Role {
	r := Role{ID: id, Built: true}
	for _, p := range d.known {
		if granted(id, p) {
			r.Perms = append(r.Perms, p)
		}
	}
	return r
}

// loadRoles fills the cache: built-in roles, then what was edited.
func (d *People) loadRoles(ctx context.Context) error {
	stored, err := d.storedRoles(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.roles = map[string]Role{}
	for _, id := range builtRoles() {
		d.roles[id] = d.built(id)
	}
	for _, r := range stored {
		r.Built = d.roles[r.ID].Built
		d.roles[r.ID] = r
	}
	return nil
}

// Roles lists all roles: built-in ones first, then the hospital's own by name.
func (d *People) Roles() []Role {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var all, own []Role
	for _, id := range builtRoles() {
		all = append(all, d.roles[id])
	}
	for _, r := range d.roles {
		if !r.Built {
			own = append(own, r)
		}
	}
	slices.SortFunc(own, func(a, b Role) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return append(all, own...)
}

// role finds a role.
func (d *People) role(id string) (Role, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	r, ok := d.roles[id]
	if !ok {
		return Role{}, fault.New(fault.NotFound, "identity.role.none")
	}
	return r, nil
}

// permsOf is the union of the roles' rights.
func (d *People) permsOf(roles []string) map[web.Perm]bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	perms := map[web.Perm]bool{}
	for _, id := range roles {
		for _, p := range d.roles[id].Perms {
			perms[p] = true
		}
	}
	return perms
}

// adminRoles lists the roles with the right Admin, as JSON for a query. with
// replaces one role by how it is about to be.
func (d *People) adminRoles(with ...Role) string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	ids := []string{}
	for id, r := range d.roles {
		for _, w := range with {
			if w.ID == id {
				r = w
			}
		}
		if r.Can(Admin) {
			ids = append(ids, id)
		}
	}
	return toJSON(ids)
}

func toJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil { // lists of strings only
		return "[]"
	}
	return string(data)
}

// SaveRole changes a role's rights, or makes a new role when its ID is empty.
// It refuses an administrator's role with rights on charts, a set that leaves
// nobody who can administrate, and rights that no page needs.
func (d *People) SaveRole(ctx context.Context, actor ledger.Actor, r Role) (string, error) {
	if err := d.refuseGlass(actor); err != nil {
		return "", err
	}
	var before []web.Perm
	if r.ID != "" {
		old, err := d.role(r.ID)
		if err != nil {
			return "", err
		}
		r.Built, before = old.Built, old.Perms
	}
	if err := d.checkRole(r); err != nil {
		return "", err
	}
	action := "identity.role.update"
	err := d.book.Write(ctx, actor, or(r.ID == "", "identity.role.create", action), func(tx *ledger.Tx) error {
		if r.ID == "" {
			r.ID = tx.NewID()
		} else if err := d.keepAdmin(ctx, tx, "", d.adminRoles(r)); err != nil {
			return err
		}
		r.EditedAt = tx.Now
		tx.Subject("role/" + r.ID)
		tx.Detail(map[string]any{"name": r.Name, "before": before, "after": r.Perms})
		return putRole(ctx, tx, r)
	})
	if err != nil {
		return "", err
	}
	return r.ID, d.loadRoles(ctx)
}

func (d *People) checkRole(r Role) error {
	if !r.Built && strings.TrimSpace(r.Name) == "" {
		return fault.New(fault.Invalid, "identity.role.noname")
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, p := range r.Perms {
		if !slices.Contains(d.known, p) {
			return fault.New(fault.Invalid, "identity.role.unknown", string(p))
		}
		if r.Can(Admin) && strings.HasPrefix(string(p), "chart.") {
			return fault.New(fault.Conflict, "identity.role.chart")
		}
	}
	return nil
}

// ResetRole makes a built-in role follow the program again.
func (d *People) ResetRole(ctx context.Context, actor ledger.Actor, id string) error {
	if err := d.refuseGlass(actor); err != nil {
		return err
	}
	r, err := d.role(id)
	if err != nil {
		return err
	}
	if !r.Built {
		return fault.New(fault.Conflict, "identity.role.own")
	}
	d.mu.RLock()
	fresh := d.built(id)
	d.mu.RUnlock()
	err = d.book.Write(ctx, actor, "identity.role.reset", func(tx *ledger.Tx) error {
		if err := d.keepAdmin(ctx, tx, "", d.adminRoles(fresh)); err != nil {
			return err
		}
		tx.Subject("role/" + id)
		tx.Detail(map[string]any{"before": r.Perms, "after": fresh.Perms})
		return dropRole(ctx, tx, id)
	})
	if err != nil {
		return err
	}
	return d.loadRoles(ctx)
}

func or(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
