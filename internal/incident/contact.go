package incident

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/incident/pack"
	"github.com/torideproject/toride/internal/incident/plan"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
)

// vendorSide is the side of contacts that come from the register.
const vendorSide plan.Side = "vendor"

// Contact is one place in the contact tree: a shipped slot, overlaid with what
// the hospital entered; a contact of the hospital's own; or a vendor of the
// register.
type Contact struct {
	Key       string // slot, UUID, or "vendor/ID"
	Side      plan.Side
	Name      pack.Words
	When      pack.Words
	Person    string
	Phone     string
	Night     string
	Mail      string
	URL       string
	Note      string
	TrueOn    string     // day of the source of a shipped address
	Source    pack.Words // of a shipped address
	Must      bool
	Voluntary bool
	Own       bool // entered by the hospital, not a slot
	ChangedAt time.Time
	ChangedBy string
	CheckedAt time.Time
	CheckedBy string
}

// checkedFor is how long a check of an address counts.
const checkedFor = 365 * 24 * time.Hour

// Callable reports whether there is any way to reach the contact.
func (c Contact) Callable() bool {
	return c.Phone != "" || c.Mail != "" || c.Night != "" || c.URL != ""
}

// Fresh reports whether somebody confirmed the address within the last year.
func (c Contact) Fresh(now time.Time) bool {
	return !c.CheckedAt.IsZero() && now.Sub(c.CheckedAt) < checkedFor
}

// Mark says how far one can rely on the address.
func (c Contact) Mark(now time.Time) web.Mark {
	switch {
	case !c.Callable():
		return web.Mark{Level: web.Danger, Say: text.M("incident.contact.empty")}
	case c.Fresh(now):
		return web.Mark{Level: web.Done, Say: text.M("incident.contact.checked", text.Day(c.CheckedAt))}
	case !c.CheckedAt.IsZero():
		return web.Mark{Level: web.Warn, Say: text.M("incident.contact.stale", text.Day(c.CheckedAt))}
	}
	return web.Mark{Level: web.Unclear, Say: text.M("incident.contact.unchecked")}
}

// Contacts gives the whole tree: slots in their order, the hospital's own,
// then the register's vendors by name. Cost: two queries.
func (d *Desk) Contacts(ctx context.Context) ([]Contact, error) {
	own, err := d.ownContacts(ctx)
	if err != nil {
		return nil, err
	}
	var out []Contact
	for _, side := range []plan.Side{plan.Inside, plan.Outside} {
		for _, s := range d.plan.Tree.Slots {
			if s.Side == side {
				out = append(out, overlay(s, own))
			}
		}
		for _, c := range own {
			if c.Own && c.Side == side {
				out = append(out, c)
			}
		}
	}
	vendors, err := d.register.Vendors(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range vendors {
		out = append(out, vendorContact(v))
	}
	return out, nil
}

func vendorContact(v asset.Vendor) Contact {
	return Contact{Key: "vendor/" + v.ID, Side: vendorSide, Name: pack.Words{JA: v.Name, EN: v.Name}, Phone: v.DayContact,
		Night: v.NightContact, Mail: v.Mail, Note: v.Role, ChangedAt: v.UpdatedAt}
}

func overlay(s plan.Slot, own []Contact) Contact {
	c := Contact{Key: s.ID, Side: s.Side, Name: s.Name, When: s.When, Phone: s.Phone, Mail: s.Mail, URL: s.URL,
		TrueOn: s.TrueOn, Source: s.Source, Must: s.Must, Voluntary: s.Voluntary}
	for _, o := range own {
		if o.Key != s.ID {
			continue
		}
		same := o.Phone == s.Phone && o.Mail == s.Mail && o.URL == s.URL
		c.Person, c.Phone, c.Night, c.Mail, c.URL, c.Note = o.Person, o.Phone, o.Night, o.Mail, o.URL, o.Note
		c.ChangedAt, c.ChangedBy, c.CheckedAt, c.CheckedBy = o.ChangedAt, o.ChangedBy, o.CheckedAt, o.CheckedBy
		if !same { // the hospital's own address has no shipped source
			c.TrueOn, c.Source = "", pack.Words{}
		}
	}
	return c
}

// Contact gives one contact. The error is a NotFound fault when there is none.
func (d *Desk) Contact(ctx context.Context, key string) (Contact, error) {
	all, err := d.Contacts(ctx)
	if err != nil {
		return Contact{}, err
	}
	for _, c := range all {
		if c.Key == key {
			return c, nil
		}
	}
	return Contact{}, fault.New(fault.NotFound, "incident.contact.unknown")
}

func (d *Desk) slot(key string) bool {
	for _, s := range d.plan.Tree.Slots {
		if s.ID == key {
			return true
		}
	}
	return false
}

func (d *Desk) ownContacts(ctx context.Context) ([]Contact, error) {
	rows, err := d.book.DB().Read().QueryContext(ctx, `SELECT slot, side, name, person, phone, night, mail, url, note,
		changed_at, changed_by, checked_at, checked_by FROM incident_contact WHERE facility = ? AND removed_at = '' ORDER BY name, slot`, d.book.Facility())
	if err != nil {
		return nil, fmt.Errorf("incident: contacts: %w", err)
	}
	defer rows.Close()
	var out []Contact
	for rows.Next() {
		var c Contact
		var name, changed, checked string
		err := rows.Scan(&c.Key, &c.Side, &name, &c.Person, &c.Phone, &c.Night, &c.Mail, &c.URL, &c.Note, &changed, &c.ChangedBy, &checked, &c.CheckedBy)
		if err != nil {
			return nil, fmt.Errorf("incident: contacts: %w", err)
		}
		c.Name, c.Own = pack.Words{JA: name, EN: name}, !d.slot(c.Key)
		if c.ChangedAt, err = stamp.Parse(changed); err != nil {
			return nil, fmt.Errorf("incident: contacts: %w", err)
		}
		if c.CheckedAt, err = stamp.Parse(checked); err != nil {
			return nil, fmt.Errorf("incident: contacts: %w", err)
		}
		if !c.CheckedAt.IsZero() {
			c.CheckedAt = c.CheckedAt.In(d.zone) // it is shown as a day
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// SaveContact fills a slot or a contact of the hospital's own (empty Key: a
// new one) and gives its key. A change of the address ends an earlier check.
func (d *Desk) SaveContact(ctx context.Context, actor ledger.Actor, c Contact) (string, error) {
	if strings.HasPrefix(c.Key, "vendor/") {
		return "", fault.New(fault.Invalid, "incident.contact.vendor")
	}
	if c.Key == "" && (c.Name.JA == "" || (c.Side != plan.Inside && c.Side != plan.Outside)) {
		return "", fault.New(fault.Invalid, "incident.contact.incomplete")
	}
	old := Contact{}
	if c.Key != "" {
		var err error
		if old, err = d.Contact(ctx, c.Key); err != nil {
			return "", err
		}
	}
	err := d.book.Write(ctx, actor, "incident.contact.save", func(tx *ledger.Tx) error {
		c.Key = cmp.Or(c.Key, tx.NewID())
		if old.Key != "" {
			c.Side = old.Side
		}
		checkedAt, checkedBy := stamp.Text(old.CheckedAt), old.CheckedBy
		if c.Phone != old.Phone || c.Night != old.Night || c.Mail != old.Mail || c.URL != old.URL {
			checkedAt, checkedBy = "", ""
		}
		tx.Subject("incident/contact/" + c.Key)
		_, err := tx.ExecContext(ctx, `INSERT INTO incident_contact(facility, slot, side, name, person, phone, night, mail, url, note, changed_at, changed_by, checked_at, checked_by)
			VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT(facility, slot) DO UPDATE SET name = excluded.name, person = excluded.person, phone = excluded.phone, night = excluded.night,
			mail = excluded.mail, url = excluded.url, note = excluded.note, changed_at = excluded.changed_at, changed_by = excluded.changed_by,
			checked_at = excluded.checked_at, checked_by = excluded.checked_by, removed_at = ''`,
			tx.Facility, c.Key, string(c.Side), c.Name.JA, c.Person, c.Phone, c.Night, c.Mail, c.URL, c.Note,
			stamp.Text(tx.Now), tx.Actor.Name, checkedAt, checkedBy)
		return err
	})
	return c.Key, err
}

// CheckContact records that somebody tried the address and it holds.
func (d *Desk) CheckContact(ctx context.Context, actor ledger.Actor, key string) error {
	c, err := d.Contact(ctx, key)
	if err != nil {
		return err
	}
	if c.Side == vendorSide {
		return fault.New(fault.Invalid, "incident.contact.vendor")
	}
	if !c.Callable() {
		return fault.New(fault.Conflict, "incident.contact.nothing_to_check")
	}
	if c.ChangedAt.IsZero() { // a shipped address that was never saved
		if _, err := d.SaveContact(ctx, actor, c); err != nil {
			return err
		}
	}
	return d.book.Write(ctx, actor, "incident.contact.check", func(tx *ledger.Tx) error {
		tx.Subject("incident/contact/" + key)
		_, err := tx.ExecContext(ctx, "UPDATE incident_contact SET checked_at = ?, checked_by = ? WHERE facility = ? AND slot = ?",
			stamp.Text(tx.Now), tx.Actor.Name, tx.Facility, key)
		return err
	})
}

// RemoveContact removes a contact of the hospital's own; slots stay.
func (d *Desk) RemoveContact(ctx context.Context, actor ledger.Actor, key string) error {
	c, err := d.Contact(ctx, key)
	if err != nil {
		return err
	}
	if !c.Own {
		return fault.New(fault.Conflict, "incident.contact.slot_stays")
	}
	return d.book.Write(ctx, actor, "incident.contact.remove", func(tx *ledger.Tx) error {
		tx.Subject("incident/contact/" + key)
		_, err := tx.ExecContext(ctx, "UPDATE incident_contact SET removed_at = ? WHERE facility = ? AND slot = ?", stamp.Text(tx.Now), tx.Facility, key)
		return err
	})
}

// wanting lists the contacts that every cyber incident needs and that nobody
// filled or checked within a year, and how many are needed.
func wanting(all []Contact, now time.Time) (bad []Contact, total int) {
	for _, c := range all {
		if !c.Must {
			continue
		}
		total++
		if !c.Callable() || !c.Fresh(now) {
			bad = append(bad, c)
		}
	}
	return bad, total
}

// unreached lists the contacts that this incident still has to reach: the
// needed ones, and those whose task is waiting; on the light track the privacy
// officer alone.
func (in *Incident) unreached(all []Contact) []Contact {
	wanted := map[string]bool{}
	for _, t := range in.Tasks {
		if t.Slot != "" && t.State != Dropped {
			wanted[t.Slot] = true
		}
	}
	var out []Contact
	for _, c := range all {
		if (wanted[c.Key] || (c.Must && in.Kind == Cyber)) && !in.Reached(c.Key) {
			out = append(out, c)
		}
	}
	return out
}
