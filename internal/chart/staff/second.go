package staff

import (
	"context"
	"slices"

	"github.com/torideproject/toride/internal/web"
)

// Second checks number and PIN of a second person who signs at the screen of
// somebody who is signed in. No session begins. Faults are those of SignIn.
func (d *Desk) Second(ctx context.Context, number, pin string) (web.Person, error) {
	p, ok := d.byNumber(number)
	a := attempt{number: foldNumber(number), from: "second", pin: pin, actor: nobody("second"), action: "staff.signin.failed"}
	if ok && p.State == Active {
		a.number, a.stored, a.actor = p.Number, p.pin, p.actor("second")
	}
	if err := d.verify(ctx, a); err != nil {
		return web.Person{}, err
	}
	return web.Person{ID: p.Ref(), Name: p.Name, Login: p.Number, Roles: []string{string(p.Role)}, Perms: permsOf(p.Role, p.Extra)}, nil
}

// Office says for which of the two offices of an override a person stands.
func Office(p web.Person) (physician, it bool) {
	return slices.Contains(p.Roles, string(Physician)), slices.Contains(p.Roles, string(IT))
}
