package staff

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
)

func sortPeople(all []Person) {
	slices.SortFunc(all, func(a, b Person) int { return strings.Compare(a.Number, b.Number) })
}

// load reads everything that the desk holds in memory.
func (d *Desk) load(ctx context.Context) error {
	for _, part := range []func(context.Context) error{d.loadPeople, d.loadSettings, d.loadGlasses, d.loadSessions} {
		if err := part(ctx); err != nil {
			return fmt.Errorf("staff: load: %w", err)
		}
	}
	return nil
}

func (d *Desk) loadPeople(ctx context.Context) error {
	rows, err := d.book.DB().Read().QueryContext(ctx, `SELECT id, number, name, kana, role, dept, extra, state, pin, once, once_until, created_at, pin_at FROM staff_person`)
	if err != nil {
		return err
	}
	defer rows.Close()
	people, numbers := map[string]person{}, map[string]string{}
	for rows.Next() {
		var p person
		var extra string
		var once, created, pinAt int64
		err := rows.Scan(&p.ID, &p.Number, &p.Name, &p.Kana, &p.Role, &p.Dept, &extra, &p.State, &p.pin, &p.once, &once, &created, &pinAt)
		if err != nil {
			return err
		}
		p.Extra, p.HasPIN, p.OnceUntil, p.CreatedAt, p.PINAt = splitExtra(extra), p.pin != "", sqlite.FromMS(once), sqlite.FromMS(created), sqlite.FromMS(pinAt)
		people[p.ID], numbers[p.Number] = p, p.ID
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people, d.numbers = people, numbers
	return rows.Err()
}

func splitExtra(s string) []Extra {
	var out []Extra
	for _, e := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' }) {
		out = append(out, Extra(e))
	}
	return out
}

func joinExtra(all []Extra) string {
	var out []string
	for _, e := range all {
		out = append(out, string(e))
	}
	return strings.Join(out, ",")
}

// loadSessions brings sessions back after a restart, locked: who sits there
// types the PIN and goes on.
func (d *Desk) loadSessions(ctx context.Context) error {
	rows, err := d.book.DB().Read().QueryContext(ctx, "SELECT hash, id, person, glass, started_at, from_addr FROM staff_session")
	if err != nil {
		return err
	}
	defer rows.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	for rows.Next() {
		var hash string
		var started int64
		s := session{locked: true}
		if err := rows.Scan(&hash, &s.id, &s.person, &s.glass, &started, &s.from); err != nil {
			return err
		}
		s.started, s.seen = sqlite.FromMS(started), d.now()
		if _, ok := d.holder(&s, d.now()); ok {
			d.sessions[hash] = &s
		}
	}
	return rows.Err()
}

// put writes an account inside a transaction.
func put(ctx context.Context, tx *ledger.Tx, p person) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO staff_person(id, facility, number, name, kana, role, dept, extra, state, pin, once, once_until, created_at, pin_at)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT(id) DO UPDATE SET name = excluded.name, kana = excluded.kana, role = excluded.role, dept = excluded.dept, extra = excluded.extra,
		state = excluded.state, pin = excluded.pin, once = excluded.once, once_until = excluded.once_until, pin_at = excluded.pin_at`,
		p.ID, tx.Facility, p.Number, p.Name, p.Kana, string(p.Role), p.Dept, joinExtra(p.Extra), string(p.State), p.pin, p.once, sqlite.MS(p.OnceUntil), sqlite.MS(p.CreatedAt), sqlite.MS(p.PINAt))
	return err
}

// keep puts accounts that were written into memory.
func (d *Desk) keep(people ...person) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range people {
		d.people[p.ID], d.numbers[p.Number] = p, p.ID
	}
}

// write stores one changed account with its line.
func (d *Desk) write(ctx context.Context, actor ledger.Actor, action string, p person) error {
	err := d.book.Write(ctx, actor, action, func(tx *ledger.Tx) error {
		tx.Subject(p.Ref())
		tx.Detail(map[string]any{"number": p.Number, "state": p.State, "role": p.Role})
		return put(ctx, tx, p)
	})
	if err == nil {
		d.keep(p)
	}
	return err
}

// act is who does what.
type act struct {
	who  ledger.Actor
	what string
}

// change stores what do makes of an account as it is now. Of two who change one
// at the same time (somebody who is just being blocked chooses a PIN) one comes
// after the other, and neither undoes what the other did.
func (d *Desk) change(ctx context.Context, a act, id string, do func(p *person) error) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	p, ok := d.byID(id)
	if !ok {
		return fault.New(fault.NotFound, "staff.person.none")
	}
	if err := do(&p); err != nil {
		return err
	}
	return d.write(ctx, a.who, a.what, p)
}

// Block keeps an account out, Unblock lets it in again; sessions end at once.
func (d *Desk) Block(ctx context.Context, actor ledger.Actor, id string, block bool) error {
	if err := refuseGlass(actor); err != nil {
		return err
	}
	action := "staff.unblock"
	if block {
		action = "staff.block"
	}
	err := d.change(ctx, act{actor, action}, id, func(p *person) error {
		if p.State = Active; !block {
			return nil
		}
		p.State = Blocked
		if p.Ref() == actor.ID {
			return fault.New(fault.Conflict, "staff.person.self")
		}
		d.mu.RLock()
		defer d.mu.RUnlock()
		if d.admins(id) == 0 {
			return fault.New(fault.Conflict, "staff.admin.last")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if block {
		d.endOf(ctx, id)
	}
	return nil
}

// Slip is a new one-time code or PIN, to be printed once.
type Slip struct {
	Person Person
	Code   string // one-time code in groups, or empty
	PIN    string // or empty
	Until  time.Time
}

// NewCode gives somebody a new one-time code; the PIN that there was ends.
func (d *Desk) NewCode(ctx context.Context, actor ledger.Actor, id string) (Slip, error) {
	if err := refuseGlass(actor); err != nil {
		return Slip{}, err
	}
	var slip Slip
	err := d.change(ctx, act{actor, "staff.code.new"}, id, func(p *person) error {
		if p.State != Active {
			return fault.New(fault.NotFound, "staff.person.none")
		}
		slip = d.giveCode(p)
		return nil
	})
	if err != nil {
		return Slip{}, err
	}
	d.endOf(ctx, id)
	d.guard.clear("account " + slip.Person.Number)
	return slip, nil
}

// giveCode puts a new one-time code into an account in the place of its PIN.
func (d *Desk) giveCode(p *person) Slip {
	code := newDigits(lenOnce)
	until := d.now().AddDate(0, 0, d.Settings().Once)
	p.pin, p.HasPIN, p.PINAt = "", false, time.Time{}
	p.once, p.OnceUntil = hashOnce(p.ID, code), until
	return Slip{Person: p.Person, Code: grouped(code), Until: until}
}

func (d *Desk) loadSettings(ctx context.Context) error {
	rows, err := d.book.DB().Read().QueryContext(ctx, "SELECT key, value FROM staff_setting")
	if err != nil {
		return err
	}
	defer rows.Close()
	s := DefaultSettings()
	for rows.Next() {
		var key string
		var value int
		if err := rows.Scan(&key, &value); err != nil {
			return err
		}
		if field := s.field(key); field != nil {
			*field = value
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.setting = s
	return rows.Err()
}

func (s *Settings) field(key string) *int {
	switch key {
	case "idle":
		return &s.Idle
	case "shift":
		return &s.Shift
	case "glass":
		return &s.Glass
	case "vouch":
		return &s.OnlyVouch
	case "once":
		return &s.Once
	}
	return nil
}

// SetSettings stores the settings.
func (d *Desk) SetSettings(ctx context.Context, actor ledger.Actor, s Settings) error {
	if err := refuseGlass(actor); err != nil {
		return err
	}
	within := func(n, most int) bool { return n >= 1 && n <= most }
	if !within(s.Idle, 60) || !within(s.Shift, 24) || !within(s.Glass, 24) || !within(s.Once, 90) {
		return fault.New(fault.Invalid, "staff.settings.range")
	}
	err := d.book.Write(ctx, actor, "staff.settings", func(tx *ledger.Tx) error {
		tx.Subject("staff/settings")
		tx.Detail(s)
		for _, key := range []string{"idle", "shift", "glass", "vouch", "once"} {
			_, err := tx.ExecContext(ctx, "INSERT INTO staff_setting(facility, key, value) VALUES(?, ?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", tx.Facility, key, *s.field(key))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		d.mu.Lock()
		d.setting = s
		d.mu.Unlock()
	}
	return err
}
