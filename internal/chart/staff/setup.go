package staff

import (
	"context"
	"strings"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/identity/credential"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sheet"
)

// SetupCode gives a code with which the first administrator makes an account,
// to be printed on the console of the machine: whoever can read that may do
// more than that anyway. It is empty while somebody can manage accounts. It
// holds until it is used or the process ends.
func (d *Desk) SetupCode() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.admins("") > 0 {
		return ""
	}
	code := credential.NewPaperCode(credential.RecoveryLen)
	d.setup = credential.HashPaperCode(code)
	return code
}

// NeedsSetup reports whether the set-up is still to be done.
func (d *Desk) NeedsSetup() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.setup != ""
}

// First is the first administrator.
type First struct {
	Code   string
	Number string
	Name   string
	PIN    string
}

// SetUp makes the first administrator (role IT) and signs him in.
func (d *Desk) SetUp(ctx context.Context, in First, v visitor) (token string, err error) {
	key, now := "setup "+source(v.from), d.now()
	if wait := d.guard.waiting(key, perDesk(), now); wait > 0 {
		return "", fault.New(fault.Busy, "staff.signin.wait", int(wait.Seconds())+1)
	}
	d.guard.try(key, perDesk(), now)
	d.mu.RLock()
	fits := sameHash(d.setup, credential.HashPaperCode(in.Code))
	d.mu.RUnlock()
	if !fits {
		d.note(ctx, nobody(v.from), "staff.setup.failed", "staff", nil)
		return "", fault.New(fault.Invalid, "staff.setup.wrong")
	}
	number, name := foldNumber(in.Number), sheet.Clean(in.Name)
	if bad := numberFault(number); !bad.Zero() {
		return "", fault.New(fault.Invalid, bad.Key, bad.Args...)
	}
	if name == "" || len([]rune(name)) > maxName {
		return "", fault.New(fault.Invalid, "staff.bad.name")
	}
	pin := digits(in.PIN)
	if bad := pinFault(pin, number); !bad.Zero() {
		return "", fault.New(fault.Invalid, bad.Key, bad.Args...)
	}
	stored, err := d.hash.Hash(ctx, pin)
	if err != nil {
		return "", fault.New(fault.Busy, "staff.busy").With(err)
	}
	d.changing.Lock()
	defer d.changing.Unlock()
	p, known := d.byNumber(number)
	if !known {
		p = person{Person: Person{ID: ledger.NewID(), Number: number, CreatedAt: now}}
	}
	p.Name, p.Role, p.State, p.pin, p.HasPIN, p.PINAt, p.once = name, IT, Active, stored, true, now, ""
	d.mu.Lock()
	if d.setup == "" { // somebody was quicker
		d.mu.Unlock()
		return "", fault.New(fault.Invalid, "staff.setup.wrong")
	}
	was := d.setup
	d.setup = ""
	d.mu.Unlock()
	if err := d.write(ctx, p.actor(v.from), "staff.setup", p); err != nil {
		d.mu.Lock()
		d.setup = was
		d.mu.Unlock()
		return "", err
	}
	d.guard.clear(key)
	return d.enter(ctx, p, v), nil
}

// wordsOf splits a cell that holds several words.
func wordsOf(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune("、,，/／・;；|｜ 　", r) })
}
