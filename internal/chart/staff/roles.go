package staff

import (
	"slices"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// Role is what somebody does in the hospital. It decides the rights.
type Role string

// The roles.
const (
	Physician  Role = "physician"
	Nurse      Role = "nurse"
	Pharmacist Role = "pharmacist"
	Technician Role = "technician"
	Dietitian  Role = "dietitian"
	Clerk      Role = "clerk"
	IT         Role = "it"
)

// Roles lists all roles in the order in which pages show them.
func Roles() []Role {
	return []Role{Physician, Nurse, Pharmacist, Technician, Dietitian, Clerk, IT}
}

// Say is the role's name.
func (r Role) Say() text.Msg { return text.M("staff.role." + string(r)) }

// Perms gives the rights of a role. Who runs the machines reads no chart: it
// comes to one by break-glass alone, as anybody else.
func Perms(r Role) []web.Perm {
	care := []web.Perm{right.Read, right.Print, right.Entry}
	switch r {
	case Physician: // an override of a suspect copy takes a physician and somebody of IT
		return append(care, right.Seen, right.CopyRead, right.CopyOverride)
	case Nurse, Pharmacist, Technician, Dietitian, Clerk:
		return care
	case IT:
		return []web.Perm{right.CopyRead, right.CopyRun, right.CopyCheck, right.CopyOverride, right.Staff, right.Setup}
	}
	return nil
}

// glassPerms are the rights of a break-glass session: care, and nothing that
// outlives it.
func glassPerms() []web.Perm { return []web.Perm{right.Read, right.Print, right.Entry} }

// Extra is a right given to a single person besides those of the role.
type Extra string

// The extra rights.
const (
	Seen  Extra = "seen"  // looks up who opened which chart
	Setup Extra = "setup" // decides what the viewer may be used for
)

// Extras lists them.
func Extras() []Extra { return []Extra{Seen, Setup} }

// Say is the extra right's name.
func (e Extra) Say() text.Msg { return text.M("staff.extra." + string(e)) }

func (e Extra) perms() []web.Perm {
	switch e {
	case Seen:
		return []web.Perm{right.Seen, "ledger.read", "ledger.export"}
	case Setup:
		return []web.Perm{right.Setup}
	}
	return nil
}

// permsOf gives the rights of a person. Words that somebody looked for stand in
// the ledger, so nobody who must not read charts is given it as an extra.
func permsOf(r Role, extras []Extra) map[web.Perm]bool {
	out := map[web.Perm]bool{}
	for _, p := range Perms(r) {
		out[p] = true
	}
	for _, e := range extras {
		if r == IT && e == Seen {
			continue
		}
		for _, p := range e.perms() {
			out[p] = true
		}
	}
	return out
}

func knownRole(s string) bool  { return slices.Contains(Roles(), Role(s)) }
func knownExtra(s string) bool { return slices.Contains(Extras(), Extra(s)) }
