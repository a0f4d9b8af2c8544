package staff

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/right"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
)

// plan is what a list would change. Nothing is written until it is applied.
type plan struct {
	File    string
	Added   []line
	Changed []change
	Gone    []Person
	Same    int
	Bad     []Bad
	base    string // of the accounts it was compared with
	by      string // who uploaded it
}

// change is a person who is on the list with something else than in the
// accounts.
type change struct {
	line line
	was  Person
	Diff []Diff
}

// Diff is one field that changes.
type Diff struct {
	Field    string
	Old, New text.Msg
}

// base names a state of the accounts: a plan made for another is refused.
// The caller holds mu.
func (d *Desk) base() string {
	var all []Person
	for _, p := range d.people { // not PINs: people choose theirs at any time
		all = append(all, Person{ID: p.ID, Number: p.Number, Name: p.Name, Kana: p.Kana, Role: p.Role, Dept: p.Dept, Extra: p.Extra, State: p.State})
	}
	sortPeople(all)
	data, err := json.Marshal(all)
	if err != nil {
		return "" // plain data: it cannot fail
	}
	return hashOnce("base", string(data))
}

// compare makes the plan of a list.
func (d *Desk) compare(file, by string, lines []line, bad []Bad) plan {
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := plan{File: file, Bad: bad, base: d.base(), by: by}
	met := map[string]bool{}
	for _, l := range lines {
		was, ok := d.find(l.number)
		if !ok {
			p.Added = append(p.Added, l)
			continue
		}
		met[was.ID] = true
		if diff := l.diff(was.Person); len(diff) > 0 {
			p.Changed = append(p.Changed, change{line: l, was: was.Person, Diff: diff})
		} else {
			p.Same++
		}
	}
	for _, b := range bad { // somebody whose line is bad is not gone
		number, _, _ := strings.Cut(b.Who, " ")
		if was, ok := d.find(number); ok {
			met[was.ID] = true
		}
	}
	for id, was := range d.people {
		if !met[id] && was.State == Active {
			p.Gone = append(p.Gone, was.Person)
		}
	}
	sortPeople(p.Gone)
	return p
}

// diff compares what the list says with an account. A column that the list
// lacks changes nothing.
func (l line) diff(was Person) []Diff {
	var out []Diff
	field := func(name, old, now string) {
		if l.cols[name] && old != now {
			out = append(out, Diff{Field: name, Old: text.Raw(old), New: text.Raw(now)})
		}
	}
	field("name", was.Name, l.name)
	field("kana", was.Kana, l.kana)
	if was.Role != l.role {
		out = append(out, Diff{Field: "role", Old: was.Role.Say(), New: l.role.Say()})
	}
	field("dept", was.Dept, l.dept)
	if l.cols["extra"] && !slices.Equal(was.Extra, l.extra) {
		out = append(out, Diff{Field: "extra", Old: text.Raw(joinExtra(was.Extra)), New: text.Raw(joinExtra(l.extra))})
	}
	if l.pin != "" {
		out = append(out, Diff{Field: "pin", Old: text.M("staff.pin.hidden"), New: text.M("staff.pin.new")})
	}
	if was.State == Gone {
		out = append(out, Diff{Field: "state", Old: was.State.Say(), New: Active.Say()})
	}
	return out
}

// onto puts what the list says onto an account.
func (l line) onto(p person) person {
	p.Name, p.Role = l.name, l.role
	if l.cols["kana"] {
		p.Kana = l.kana
	}
	if l.cols["dept"] {
		p.Dept = l.dept
	}
	if l.cols["extra"] {
		p.Extra = l.extra
	}
	if p.State == Gone || p.State == "" {
		p.State = Active
	}
	return p
}

// How says how a plan is applied.
type How struct {
	Whole bool // who is not on the list is no longer let in
	PINs  bool // print a PIN for who has none, instead of a one-time code
}

// apply writes a plan in one transaction and gives the slips for those who
// have no PIN yet. Hashing takes some 30 ms for each PIN of the list or printed.
func (d *Desk) apply(ctx context.Context, actor ledger.Actor, p plan, how How) ([]Slip, error) {
	if err := refuseGlass(actor); err != nil {
		return nil, err
	}
	d.mu.RLock()
	stale := p.base != d.base()
	d.mu.RUnlock()
	if stale {
		return nil, fault.New(fault.Conflict, "staff.import.stale")
	}
	todo, slips, err := d.prepare(ctx, p, how)
	if err != nil {
		return nil, err
	}
	d.changing.Lock()
	defer d.changing.Unlock()
	if !d.still(p, todo) { // hashing many PINs takes a while
		return nil, fault.New(fault.Conflict, "staff.import.stale")
	}
	if err := d.leavesAdmin(actor, todo); err != nil {
		return nil, err
	}
	gone := 0
	if how.Whole {
		gone = len(p.Gone)
	}
	gained, own := d.gain(actor, todo)
	err = d.book.Write(ctx, actor, "staff.import", func(tx *ledger.Tx) error {
		id := tx.NewID()
		tx.Subject("staff/import/" + id)
		tx.Detail(map[string]any{"file": p.File, "added": len(p.Added), "changed": len(p.Changed), "gone": gone, "bad": len(p.Bad), "gained": gained, "own": own})
		_, err := tx.ExecContext(ctx, "INSERT INTO staff_import(id, facility, at, by, by_id, file, added, changed, gone, gained, own) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			id, tx.Facility, sqlite.MS(tx.Now), actor.Name, actor.ID, p.File, len(p.Added), len(p.Changed), gone, gained, own)
		for i := 0; i < len(todo) && err == nil; i++ {
			if err = put(ctx, tx, todo[i].person); err == nil {
				_, err = tx.ExecContext(ctx, "INSERT INTO staff_change(facility, import, person, before) VALUES(?, ?, ?, ?)", tx.Facility, id, todo[i].ID, todo[i].before)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	d.settle(ctx, actor, todo)
	return slips, nil
}

// still reports whether the accounts are those of the plan. A PIN that somebody
// chose meanwhile stays his, unless the list has another. The caller holds
// changing.
func (d *Desk) still(p plan, todo []touched) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for i := range todo {
		t := &todo[i]
		if now, ok := d.people[t.ID]; ok && !t.given {
			t.pin, t.HasPIN, t.PINAt = now.pin, now.HasPIN, now.PINAt
			if t.State == Active {
				t.once, t.OnceUntil = now.once, now.OnceUntil
			}
		}
	}
	return p.base == d.base()
}

// settle puts accounts that were written into memory, and ends the sessions of
// who is not let in any more or has another PIN.
func (d *Desk) settle(ctx context.Context, actor ledger.Actor, todo []touched) {
	for _, t := range todo {
		was, _ := d.byID(t.ID)
		d.keep(t.person)
		if t.State != Active || t.pin != was.pin && t.Ref() != actor.ID {
			d.endOf(ctx, t.ID)
		}
	}
}

// touched is an account as an import leaves it, and as it was before.
type touched struct {
	person
	before string
	given  bool // the import gave it a PIN or a code
}

// before keeps what an undo needs of an account.
type before struct {
	Person
	PIN       string `json:"pin_hash"`
	Once      string `json:"once"`
	OnceUntil int64  `json:"once_until"`
	PINAt     int64  `json:"pin_at"`
	Created   int64  `json:"created"`
}

func remember(p person) (string, error) {
	data, err := json.Marshal(before{Person: p.Person, PIN: p.pin, Once: p.once, OnceUntil: sqlite.MS(p.Person.OnceUntil), PINAt: sqlite.MS(p.Person.PINAt), Created: sqlite.MS(p.CreatedAt)})
	return string(data), err
}

func recall(data string) (person, error) {
	var b before
	err := json.Unmarshal([]byte(data), &b)
	p := person{Person: b.Person, pin: b.PIN, once: b.Once}
	p.HasPIN, p.OnceUntil, p.PINAt, p.CreatedAt = b.PIN != "", sqlite.FromMS(b.OnceUntil), sqlite.FromMS(b.PINAt), sqlite.FromMS(b.Created)
	return p, err
}

// prepare makes the accounts as they will be, with the slips.
func (d *Desk) prepare(ctx context.Context, p plan, how How) (todo []touched, slips []Slip, err error) {
	add := func(l line, to person, was string) error {
		to = l.onto(to)
		had := to
		slip, err := d.credentials(ctx, &to, l, how)
		if err == nil && slip != nil {
			slips = append(slips, *slip)
		}
		todo = append(todo, touched{to, was, to.pin != had.pin || to.once != had.once})
		return err
	}
	for _, l := range p.Added {
		if err := add(l, person{Person: Person{ID: ledger.NewID(), Number: l.number, CreatedAt: d.now()}}, ""); err != nil {
			return nil, nil, err
		}
	}
	for _, c := range p.Changed {
		was, _ := d.byID(c.was.ID)
		memo, err := remember(was)
		if err == nil {
			err = add(c.line, was, memo)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if !how.Whole {
		return todo, slips, nil
	}
	for _, g := range p.Gone {
		was, _ := d.byID(g.ID)
		memo, err := remember(was)
		if err != nil {
			return nil, nil, err
		}
		was.State, was.once, was.OnceUntil = Gone, "", time.Time{}
		todo = append(todo, touched{person: was, before: memo})
	}
	return todo, slips, nil
}

// credentials gives an account the list's PIN, or one of its own, or a one-time
// code. An account that has a PIN keeps it unless the list has another.
func (d *Desk) credentials(ctx context.Context, p *person, l line, how How) (*Slip, error) {
	pin := l.pin
	switch {
	case pin == "" && p.pin != "":
		return nil, nil
	case pin == "" && !how.PINs:
		slip := d.giveCode(p)
		return &slip, nil
	case pin == "":
		pin = newPIN(p.Number)
	}
	if p.pin != "" {
		if same, _, err := d.hash.Verify(ctx, p.pin, pin); err == nil && same {
			return nil, nil // a list that is imported again signs nobody out
		}
	}
	stored, err := d.hash.Hash(ctx, pin)
	if err != nil {
		return nil, fault.New(fault.Busy, "staff.busy").With(err)
	}
	p.pin, p.HasPIN, p.PINAt, p.once, p.OnceUntil = stored, true, d.now(), "", time.Time{}
	if l.pin != "" { // whoever made the list knows it, and so does its owner
		return nil, nil
	}
	return &Slip{Person: p.Person, PIN: pin}, nil
}

// leavesAdmin refuses what would leave nobody who manages accounts, or the one
// who does it without an account.
func (d *Desk) leavesAdmin(actor ledger.Actor, todo []touched) error {
	d.mu.RLock()
	after := map[string]Person{}
	for id, p := range d.people {
		after[id] = p.Person
	}
	d.mu.RUnlock()
	for _, t := range todo {
		after[t.ID] = t.Person
	}
	for _, p := range after {
		if p.State == Active && permsOf(p.Role, p.Extra)[right.Staff] {
			if p.Ref() == actor.ID {
				return nil
			}
		}
	}
	return fault.New(fault.Conflict, "staff.admin.self")
}
