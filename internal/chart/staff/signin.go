package staff

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// attempt is one PIN typed for one account.
type attempt struct {
	number string // counted by; folded
	from   string
	stored string // hash, or empty: nobody, or no PIN
	pin    string
	actor  ledger.Actor // of a failure's line
	action string
}

// attemptTime bounds one attempt, waiting for a slot included.
const attemptTime = 20 * time.Second

// verify checks a PIN under the guard. Whether the account exists costs and
// says nothing. Faults: "staff.signin.wait", "staff.signin.wrong",
// "staff.busy".
func (d *Desk) verify(ctx context.Context, a attempt) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), attemptTime)
	defer cancel()
	now, address := d.now(), source(a.from)
	desk, account := "desk "+a.number+" "+address, "account "+a.number
	keys := map[string]limit{desk: perDesk(), account: perAccount(), "address " + address: perAddress()}
	var wait time.Duration
	for key, l := range keys {
		wait = max(wait, d.guard.waiting(key, l, now))
	}
	if wait > 0 {
		return fault.New(fault.Busy, "staff.signin.wait", int((wait+time.Second-1)/time.Second))
	}
	total := 0
	for key, l := range keys {
		if n := d.guard.try(key, l, now); key == desk {
			total = n
		}
	}
	right, _, err := d.hash.Verify(ctx, a.stored, digits(a.pin))
	if err != nil {
		return fault.New(fault.Busy, "staff.busy").With(err)
	}
	if right {
		d.guard.clear(desk)
		d.guard.forgive(account)
		d.guard.forgive("address " + address)
		return nil
	}
	if loud(total) {
		d.note(ctx, a.actor, a.action, a.actor.ID, map[string]any{"attempt": total})
	}
	return fault.New(fault.Invalid, wrong)
}

// wrong is the fault of a number and a PIN that do not belong together.
const wrong = "staff.signin.wrong"

// visitor is a browser that is not signed in.
type visitor struct {
	from string
	old  string // the session token it came with
}

// SignIn opens a session. A one-time code in the place of the PIN gives first,
// a token with which the person chooses a PIN, instead of a session.
func (d *Desk) SignIn(ctx context.Context, number, pin string, v visitor) (token, first string, err error) {
	p, ok := d.byNumber(number)
	if ok && p.State != Active {
		p.pin, p.once = "", ""
	}
	a := attempt{number: foldNumber(number), from: v.from, stored: p.pin, pin: pin, actor: nobody(v.from), action: "staff.signin.failed"}
	if ok {
		a.number, a.actor = p.Number, p.actor(v.from)
	}
	if code := digits(pin); len(code) == lenOnce {
		return d.signInOnce(ctx, p, code, a)
	}
	if err := d.verify(ctx, a); err != nil {
		return "", "", err
	}
	if now, _ := d.byID(p.ID); now.pin != p.pin { // it was taken away while it was compared
		return "", "", fault.New(fault.Invalid, wrong)
	}
	return d.enter(ctx, p, v), "", nil
}

// signInOnce takes a one-time code, counted like a PIN.
func (d *Desk) signInOnce(ctx context.Context, p person, code string, a attempt) (token, first string, err error) {
	fits := sameHash(p.once, hashOnce(p.ID, code)) && d.now().Before(p.OnceUntil)
	a.stored = "" // the same way for a code that fits: it is counted and waits are kept
	if err := d.verify(ctx, a); err != nil && (!fits || fault.Of(err).Msg.Key != wrong) {
		return "", "", err
	}
	return "", d.first.put(typed{p.ID, p.once}, d.now()), nil
}

// typed is a one-time code that was typed and stands for nothing once the account
// has another: a slip that was lost is worth nothing from then on.
type typed struct{ id, once string }

// enter opens the session of somebody who proved who he is.
func (d *Desk) enter(ctx context.Context, p person, v visitor) string {
	d.note(ctx, p.actor(v.from), "staff.signin", p.Ref(), map[string]any{"role": p.Role})
	return d.start(ctx, session{person: p.ID, from: v.from}, v.old)
}

// ChoosePIN ends a first sign-in: the one-time code is used up.
func (d *Desk) ChoosePIN(ctx context.Context, first, pin string, v visitor) (token string, err error) {
	code, ok := d.first.get(first, d.now())
	p, known := d.byID(code.id)
	if !ok || !known || p.State != Active || p.once == "" || p.once != code.once {
		return "", fault.New(fault.Invalid, "staff.first.late")
	}
	if err := d.putPIN(ctx, p.actor(v.from), p, pin); err != nil {
		return "", err
	}
	d.first.drop(first)
	p, _ = d.byID(code.id)
	return d.enter(ctx, p, v), nil
}

// OwnPIN is what somebody types who changes the own PIN. Token is the session's:
// it alone goes on.
type OwnPIN struct{ Account, Present, PIN, Token string }

// ChangePIN changes the PIN of somebody who knows the present one, and ends his
// other sessions: who knew the old PIN may sit there.
func (d *Desk) ChangePIN(ctx context.Context, actor ledger.Actor, in OwnPIN) error {
	p, ok := d.byID(in.Account)
	if !ok {
		return fault.New(fault.NotFound, "staff.person.none")
	}
	err := d.verify(ctx, attempt{number: p.Number, from: actor.Via, stored: p.pin, pin: in.Present, actor: actor, action: "staff.signin.failed"})
	if err != nil {
		return err
	}
	if err := d.putPIN(ctx, actor, p, in.PIN); err != nil {
		return err
	}
	d.endOthers(ctx, p.ID, in.Token)
	return nil
}

// putPIN stores a new PIN and uses the one-time code up. It refuses if the
// account is not any more what was proved: it was blocked, or has another PIN or
// code.
func (d *Desk) putPIN(ctx context.Context, actor ledger.Actor, was person, pin string) error {
	pin = digits(pin)
	if bad := pinFault(pin, was.Number); !bad.Zero() {
		return fault.New(fault.Invalid, bad.Key, bad.Args...)
	}
	stored, err := d.hash.Hash(ctx, pin)
	if err != nil {
		return fault.New(fault.Busy, "staff.busy").With(err)
	}
	return d.change(ctx, act{actor, "staff.pin.set"}, was.ID, func(p *person) error {
		if p.State != Active || p.pin != was.pin || p.once != was.once {
			return fault.New(fault.Invalid, "staff.first.late")
		}
		p.pin, p.once, p.HasPIN, p.OnceUntil, p.PINAt = stored, "", true, time.Time{}, d.now()
		return nil
	})
}

// SignOut ends the session of a token; one of break-glass is over for good.
func (d *Desk) SignOut(ctx context.Context, actor ledger.Actor, token string) {
	d.note(ctx, actor, "staff.signout", actor.ID, nil)
	d.end(ctx, token)
}
